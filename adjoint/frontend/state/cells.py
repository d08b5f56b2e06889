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
from adjoint.frontend.state.state import Place
from adjoint.frontend.state.store import Slot
from adjoint.frontend.syntax.walking import nodes


@functools.lru_cache(maxsize=1024)
def shared_names(node: Any) -> frozenset[str]:
    """The names that functions inside of this one declare as nonlocal."""
    return frozenset(
        name for inner in nodes(node) if isinstance(inner, gast.Nonlocal) for name in inner.names
    )


def open_cells(frame: Frame) -> None:
    """Move the shared variables of a function that begins into their container."""
    names = shared_names(frame.source.node) & frame.local_names
    if names:
        held = {name: frame.names.pop(name, o.UNASSIGNED) for name in sorted(names)}
        frame.cells = o.Mapping(held)


def variable_of(scope: Frame | None, name: str) -> tuple[Frame, Place] | None:
    """The place of a name in the first of the scopes around that has it, and that scope."""
    while scope is not None:
        if scope.cells is not None and name in scope.cells.items:
            return scope, Slot(scope.cells, name)
        if name in scope.variables(name):
            return scope, scope.place(name)
        scope = scope.parent
    return None


def is_shared(frame: Frame, name: str) -> bool:
    """Does an assignment in this scope change a variable that lives in a container?"""
    scope: Frame | None = frame
    while scope is not None:
        if scope.cells is not None and name in scope.cells.items:
            return True
        if name in scope.local_names or scope.comprehension:
            return False
        scope = scope.parent
    return False


def bind_name(frame: Frame, name: str, obj: o.Obj) -> None:
    """Let a name of this scope, or a nonlocal one, point to an object."""
    scope: Frame | None = frame
    while scope is not None:
        if scope.cells is not None and name in scope.cells.items:
            if scope.lowering is not frame.lowering:
                raise UnsupportedError(
                    f"a recursive function assigns the variable '{name}' of another function",
                    instead="return the new value",
                )
            frame.lowering.put(Slot(scope.cells, name), obj)
            return
        if name in scope.local_names or scope.comprehension:
            break
        scope = scope.parent
    frame.variables(name)[name] = obj
