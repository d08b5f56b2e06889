"""Reverse mode: `grad`, `value_and_grad`, `vjp`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.api.function import GradientFunction
from adjoint.api.programs import annotate
from adjoint.frontend.nested import register_maker
from adjoint.runtime.containers import copy, mapped, zeros_like
from adjoint.runtime.records import is_record
from adjoint.transforms.gradient import Request


def _decorator(kind: str, f: Any, argnums: Any, argnames: Any, has_aux: bool) -> Any:
    request = Request(kind, has_aux)
    if f is None:
        return lambda function: GradientFunction(function, request, argnums, argnames)
    return GradientFunction(f, request, argnums, argnames)


def grad(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
) -> Any:
    """The gradient of a function that returns a real number.

    Works as a function and as a decorator, with or without arguments. A bare `@grad` makes the
    name mean the gradient; the function as written stays at `.primal`.

    Parameters
    ----------
    f : a Python function over numbers, NumPy arrays and containers of them.
    argnums : which parameters: an int gives a bare gradient, a tuple a tuple.
    argnames : the same by name; takes the place of `argnums`.
    has_aux : `f` returns (value, aux), and the gradient function (gradient, aux).

    Returns
    -------
    A `GradientFunction`. Each gradient has its argument's structure, shape and dtype.

    Raises
    ------
    UnsupportedError : at the first call, for what cannot be differentiated, with its place.
    """
    return _decorator("gradient", f, argnums, argnames, has_aux)


def value_and_grad(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
) -> Any:
    """The value and the gradient in one pass: `(value, gradient)`.

    With `has_aux`, `((value, aux), gradient)`. Parameters as for `grad`.
    """
    return _decorator("value_and_gradient", f, argnums, argnames, has_aux)


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f(*primals)` and its pullback.

    Returns
    -------
    value, pullback : `pullback(cotangent)` gives a tuple with one cotangent per primal, and may be
        called more than once. With `has_aux`, `f` returns (value, aux) and this returns
        (value, pullback, aux).
    """
    value, pullback, aux = pull(f, tuple(range(len(primals))), primals, has_aux)
    return (value, pullback, aux) if has_aux else (value, pullback)


def pull(
    f: Callable[..., Any], argnums: tuple[int, ...], args: Sequence[Any], has_aux: bool = False
) -> tuple[Any, Callable[[Any], tuple[Any, ...]], Any]:
    """As `vjp`, with respect to some of the arguments: (value, pullback, aux or None)."""
    function = _pullback_function(f, argnums, has_aux)
    values = function._values(tuple(map(copy, args)), {})
    entry, extra = function._find(values)
    value, *aux, run = function._invoke(entry, values, extra)
    template = zeros_like(value)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seed = copy(in_form_of(template, cotangent))
        try:
            result = run(seed)
        except Exception as error:
            annotate(error, entry.program)
            raise
        return (result,) if len(argnums) == 1 else tuple(result)

    return copy(value), pullback, copy(aux[0]) if aux else None


_pullbacks: dict[Any, GradientFunction] = {}


def _pullback_function(f: Any, positions: tuple[int, ...], has_aux: bool) -> GradientFunction:
    """One `GradientFunction` per function and argument count, so that programs are kept."""
    key = (f, positions, has_aux)
    try:
        found = _pullbacks.get(key)
    except TypeError:
        return GradientFunction(f, Request("pullback", has_aux), positions)
    if found is None:
        found = GradientFunction(f, Request("pullback", has_aux), positions)
        if len(_pullbacks) > 256:
            _pullbacks.clear()
        _pullbacks[key] = found
    return found


def in_form_of(value: Any, given: Any, what: str = "cotangent", of: str = "value") -> Any:
    """A cotangent in the structure, shape and dtype of the value; anything else is refused."""

    def inner(v: Any, g: Any) -> Any:
        return in_form_of(v, g, what, of)

    if is_record(value) and not isinstance(value, tuple):
        if type(given) is not type(value):
            raise ValueError(f"the {of} is a {type(value).__name__}: so must be the {what}")
        return mapped(inner, value, given)
    if isinstance(value, (tuple, list)):
        if not isinstance(given, (tuple, list)) or len(given) != len(value):
            raise ValueError(f"the {of} is a {type(value).__name__} of {len(value)}: so must be "
                             f"the {what}")  # fmt: skip
        items = map(inner, value, given)
        return type(value)(*items) if is_record(value) else type(value)(items)
    if isinstance(value, dict):
        if not isinstance(given, dict) or given.keys() != value.keys():
            raise ValueError(f"the {of} has keys {list(value)}: so must the {what}")
        return {k: inner(v, given[k]) for k, v in value.items()}
    if np.shape(given) != np.shape(value):
        raise ValueError(f"the {what} has shape {np.shape(given)}, the {of} {np.shape(value)}")
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc":
        array = np.asarray(given).astype(value.dtype, casting="same_kind", copy=False)
        return array if isinstance(value, np.ndarray) else array[()]
    return float(given) if isinstance(value, float) else given


register_maker(grad, "gradient")
register_maker(value_and_grad, "value_and_gradient")
