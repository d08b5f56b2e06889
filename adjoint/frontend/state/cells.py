"""Variables that nested functions assign (`nonlocal`).

They live in a container of the function that owns them, so that whoever changes them, and
wherever, branches and loops see it as a change of a container.
"""

from __future__ import annotations

import functools
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame

CELLS = "%cells"


@functools.lru_cache(maxsize=1024)
def shared_names(node: Any) -> frozenset[str]:
    """The names that functions inside of this one declare as nonlocal."""
    return frozenset(
        name
        for inner in gast.walk(node)
        if isinstance(inner, gast.Nonlocal)
        for name in inner.names
    )


def open_cells(frame: Frame) -> None:
    """Move the shared variables of a function that begins into their container."""
    names = shared_names(frame.source.node) & frame.local_names
    if names:
        held = {name: frame.names.pop(name, o.UNASSIGNED) for name in sorted(names)}
        frame.names[CELLS] = o.Mapping(held)


def cells_with(frame: Frame, name: str) -> o.Mapping | None:
    """The container that the variable `name` of this scope lives in, if it is shared."""
    cells = frame.names.get(CELLS)
    return cells if isinstance(cells, o.Mapping) and name in cells.items else None


def bind_name(frame: Frame, name: str, obj: o.Obj) -> None:
    """Let a name of this scope, or a nonlocal one, point to an object."""
    scope: Frame | None = frame
    while scope is not None:
        cells = cells_with(scope, name)
        if cells is not None:
            if scope.lowering is not frame.lowering:
                raise UnsupportedError(
                    f"a recursive function assigns the variable '{name}' of another function",
                    instead="return the new value",
                )
            frame.lowering.change(cells)
            cells.items[name] = obj
            return
        if name in scope.local_names or scope.comprehension:
            break
        scope = scope.parent
    frame.names[name] = obj
