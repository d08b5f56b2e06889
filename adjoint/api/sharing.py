"""Functions of one code share their programs: what else they hold is guarded at every call."""

from __future__ import annotations

import types
from collections import OrderedDict
from typing import Any

from adjoint.api.programs import Cache
from adjoint.errors import UnsupportedError
from adjoint.frontend.calls import is_declared
from adjoint.frontend.keys.signature import ById
from adjoint.limits import KEPT_FUNCTIONS
from adjoint.pipeline import LOCK
from adjoint.requests import Transform

_caches: OrderedDict[Any, tuple[Cache, list[Any]]] = OrderedDict()


def cache_of(function: types.FunctionType, use: Any, callee: Any) -> Cache:
    """The cache for a `use` of a function: `grad(lambda ...)` in a loop compiles once.

    What its cells and globals hold is guarded by each program. Its defaults are arguments like
    others; only the text shows them. With a `callee`, a program calls that instead of the
    function; it shares programs where it is made of derivatives of the function, and nothing else.
    A function that is declared to have a rule is known by itself, not by its code.
    """
    computed = () if callee is None else _computed(callee, function)
    if computed is None:
        return Cache()  # the callee may be another one each time
    kept = [function.__code__, function.__globals__, function if is_declared(function) else None]
    named = function.__kwdefaults__ or {}
    defaults = (*(function.__defaults__ or ()), *named.values())
    of_code = tuple(map(id, kept))
    key = (of_code, function.__qualname__, tuple(map(type, defaults)), *named, use, computed)
    with LOCK:
        found = _caches.get(key)
        if found is None:
            found = _caches[key] = Cache(), kept  # which keeps the ids
            if len(_caches) > KEPT_FUNCTIONS:
                _caches.popitem(last=False)
        _caches.move_to_end(key)
        return found[0]


def _computed(callee: Any, function: types.FunctionType) -> tuple[Any, ...] | None:
    """Which derivatives `callee` takes of the function; None where it holds anything else."""
    if callee is function:
        return ()
    of = getattr(type(callee), "__adjoint_transform__", None)
    if of is None:
        return None
    try:
        transform: Transform = of(callee)
    except UnsupportedError:
        return None
    inner = None if transform.leading else _computed(transform.function, function)
    if inner is None:
        return None
    kind = (type(callee), transform.kind, transform.argnums, transform.single, transform.has_aux)
    made = (transform.checkpoint, transform.maker, *transform.arguments)
    return (*kind, tuple(map(_told_apart, made)), inner)


def _told_apart(option: Any) -> Any:
    """Positions and orders are told apart by value, all else by identity."""
    numbers = option if isinstance(option, tuple) else (option,)
    return option if all(type(n) is int for n in numbers) else ById(option)
