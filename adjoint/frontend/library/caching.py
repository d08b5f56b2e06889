"""`functools.lru_cache` and `cache` of a function that the program defines.

A cached result is what the function gives as long as what it reads, besides its arguments, stays
the same; then the function is called anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.read_sets import footprint, is_unchanged


def call_cache(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`cache(f)` and `lru_cache(f)`, and `lru_cache(maxsize)`, which is called with f next.

    No result shows how many results are kept, or whether 1 and 1.0 are told apart.
    """
    for name in ("maxsize", "typed"):
        kwargs.get(name)
    if args and isinstance(args[0], o.Closure):
        return o.Cached(args[0])
    return o.Known(decorate)


def decorate(function: Any) -> Any:
    """Stands for what `lru_cache(maxsize)` gives."""
    return function


def call_decorated(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    return o.Cached(args[0])


def call_cached(
    frame: Frame, cached: o.Cached, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], node: Any
) -> o.Obj:
    """Call the function itself, unless it would not give what was kept.

    Raises
    ------
    UnsupportedError : where something that it reads or writes changed since its first call.
    """
    if cached.footprint is None:
        reads = footprint(frame.lowering, [cached.function])
        frame.lowering.state.mark(cached, footprint=reads)
    if not is_unchanged(frame.lowering, cached.footprint or []):
        raise UnsupportedError(
            "a cached function reads or writes something that changes between its calls",
            instead="pass it as an argument, or leave out the cache",
        )
    return call_object(frame, cached.function, args, kwargs, node)
