"""Variables that nested functions assign (`nonlocal`).

They live in a container of the function that owns them, so that whoever changes them, and
wherever, branches and loops see it as a change of a container.
"""

from __future__ import annotations

import functools
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.keys.places import FUNCTION, Place
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.state import Place as StatePlace
from adjoint.frontend.state.store import Slot
from adjoint.frontend.syntax.bindings import declared_names
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


def variable_of(scope: Frame | None, name: str) -> tuple[Frame, StatePlace] | None:
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
    if scope is None and name in declared_names(frame.source.node):
        _bind_outside(frame, name, obj)
        return
    frame.variables(name)[name] = obj


def _bind_outside(frame: Frame, name: str, obj: o.Obj) -> None:
    """Let a global, or a variable of a function around the program, hold an object."""
    outermost = frame
    while outermost.parent is not None:
        outermost = outermost.parent
    function = outermost.function
    place = global_place(frame, function, name)
    if place is None:
        names = function.__globals__
        place = Place.of("global", names, name, names.get("__name__", ""))
    if place.holder is FUNCTION:
        raise UnsupportedError(
            f"the variable '{name}' of the function around this one is assigned",
            instead="pass the value as an argument and return the new one",
        )
    frame.lowering.root.outliving.assign(frame.lowering, place, obj)


def global_place(frame: Frame, function: Any, name: str) -> Place | None:
    """Where a name of a function is read that is not local: in its closure, or its globals."""
    outside = frame.lowering.outside
    free = outside.code(function).co_freevars
    if name in free:
        number = free.index(name)
        cell = function.__closure__[number]
        try:
            _ = cell.cell_contents
        except ValueError:
            raise UnsupportedError(f"name '{name}' is not assigned yet in its scope") from None
        if function is outside.function:
            return Place.of("cell", FUNCTION, number, name)
        return Place.of("cell", cell, name)
    names = function.__globals__
    if name in names:
        return Place.of("global", names, name, names.get("__name__", ""))
    return None
