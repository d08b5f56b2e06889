"""The generated function by itself, to be called without any checks."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adjoint.api.arguments import POSITIONAL, Parameters


def bare(
    run: types.FunctionType,
    parameters: Parameters,
    values: Sequence[Any],
    captured: Mapping[str, Any],
    given: Sequence[str],
) -> Callable[..., Any]:
    """A copy of a generated function that is called as the primal is.

    Its defaults are the captured values, and the values of the parameters that are not `given`,
    so that it costs nothing to leave them out. Arguments that the primal holds stay bound.
    """
    function = types.FunctionType(run.__code__, run.__globals__, closure=run.__closure__)
    function.__doc__ = run.__doc__
    left_out = {
        p.name: value
        for p, value in zip(parameters.all, values, strict=True)
        if p.name not in given and p.default is not p.empty
    }
    positional = [p.name for p in parameters.all if p.kind in POSITIONAL]
    last = next((n for n in range(len(positional), 0, -1) if positional[n - 1] not in left_out), 0)
    function.__defaults__ = tuple([left_out[name] for name in positional[last:]])
    named = {name: value for name, value in left_out.items() if name not in positional}
    function.__kwdefaults__ = {**captured, **named}
    if not (parameters.leading or parameters.named):
        return function
    return functools.partial(function, *parameters.leading, **parameters.named)
