"""Which names reach which memory, and whether a write through one of them is unambiguous.

Every array has a root object; views are paths into it, so that whoever holds the root or a view
of it sees a write. After a branch or loop has left a name with one of several objects, the
new object remembers in `aliases` whose memory it may be. A write is refused when a name that is
still alive may or may not see it.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.memory.known_items import need_known_items
from adjoint.frontend.state.memory.outliving import may_be_written
from adjoint.frontend.state.state import Place, Variable
from adjoint.frontend.state.store import contents_of, place_name
from adjoint.ir.core import Constant, Region

if TYPE_CHECKING:
    from adjoint.frontend.state.lowering import Frame


def root_of(ref: o.Ref) -> o.Ref:
    return ref.base if isinstance(ref, o.View) else ref


def may_alias(a: o.Ref, b: o.Ref) -> bool:
    """May two root objects be the same memory?"""
    if a is b:
        return True
    if a.group is not None and a.group is b.group:
        return b in a.confused
    if a.serial < b.serial:
        a, b = b, a
    return any(may_alias(x, b) for x in a.points_to)


def family(obj: o.Obj) -> Iterator[o.Ref]:
    """An array, and all older ones whose memory it may be."""
    if isinstance(obj, o.Ref):
        yield obj
        for older in root_of(obj).points_to:
            yield from family(older)


def may_be_confused(a: o.Ref, b: o.Ref) -> bool:
    """May two root objects be the same memory, without that it is known when they are?"""
    if a is b:
        return False
    exact = isinstance(a, o.Either) and isinstance(b, o.Either)
    if a.group is not None and a.group is b.group and (b not in a.confused or not exact):
        return b in a.confused
    if not isinstance(a, o.Either) and not isinstance(b, o.Either):
        return may_alias(a, b)
    return any(x is not y and may_alias(x, y) for x in _allocated(a) for y in _allocated(b))


def _allocated(ref: o.Ref) -> set[o.Ref]:
    """The arrays that a choice may be, those that nothing else refers to included."""
    if not isinstance(ref, o.Either):
        return {ref}
    own = ref.points_to.difference(ref.roots)
    return set(own).union(*map(_allocated, ref.roots))


def references(frame: Frame) -> Iterator[tuple[str, o.Ref]]:
    """Every array or number that a live name reaches."""
    for name, obj in reachable(frame):
        if isinstance(obj, o.Ref):
            yield name, obj


def edges(frame: Frame) -> Iterator[tuple[str, Any, Any, o.Obj]]:
    """Every way to an object in the functions that are being executed: name, holder, key, object.

    The holder is the names of a frame, with the key a live one, or another object. What an object
    holds comes once, under the first name that reaches it.
    """
    frames: list[Frame] = [frame]
    seen_frames: list[Frame] = []
    seen: set[int] = set()
    for outside in frame.lowering.root.outliving.holders.values():
        for key, item in outside.items.items():
            for part in o.whole(item):
                holder, at = (outside, key) if part is item else (item, None)
                yield "%outside", holder, at, part
    while frames:
        scope = frames.pop()
        if any(scope is s for s in seen_frames):
            continue
        seen_frames.append(scope)
        frames += [s for s in (scope.caller, scope.parent) if s is not None]
        work: list[tuple[str, Any, Any, o.Obj]] = [
            (name, scope.names, name, obj)
            for name, obj in scope.names.items()
            if scope.alive is None or name in scope.alive
        ]
        work += [(name, scope.hidden, name, obj) for name, obj in scope.hidden.items()]
        if scope.cells is not None:
            work.append(("%cells", scope, "%cells", scope.cells))
        work += [("%pending", scope.pending, k, obj) for k, obj in enumerate(scope.pending)]
        while work:
            name, holder, key, item = work.pop()
            yield name, holder, key, item
            if id(item) in seen:
                continue
            seen.add(id(item))
            if isinstance(item, (o.Closure, o.Generator)):
                frames.append(item.frame)
            if isinstance(item, o.Outside):
                continue
            if isinstance(item, (o.Seq, o.Mapping, o.Instance)):
                work += [(name, item, k, part) for k, part in contents_of(item).items()]
            else:
                work += [(name, item, k, part) for k, part in enumerate(o.parts_of(item))]


def reachable(frame: Frame) -> Iterator[tuple[str, o.Obj]]:
    """Every object that a live name reaches, in all functions that are being executed."""
    seen: set[int] = set()
    for name, _, _, obj in edges(frame):
        if id(obj) not in seen:
            seen.add(id(obj))
            yield name, obj


def holders(frame: Frame, wanted: o.Obj) -> Iterator[tuple[str, Any, Any]]:
    """Who holds an object: the name that leads there, the holder, and where in it."""
    for name, holder, key, obj in edges(frame):
        if obj is wanted:
            yield name, holder, key


def check_store(frame: Frame, ref: o.Ref) -> None:
    """Refuse a write that some live name may or may not see.

    Raises
    ------
    UnsupportedError : naming the other way to the memory.
    """
    root = root_of(ref)
    instead = "make a copy of the array, or write the result to a new name"
    if ref.token is not None:
        raise o.NeedItems(ref.token)
    if root.shared:
        may_be_written(frame.lowering, root.value)
        need_known_items(frame.lowering, root.shared, root)
        raise UnsupportedError(f"this writes into an array, and {root.shared}", instead=instead)
    if isinstance(root.value, Constant) and isinstance(root.value.value, np.ndarray):
        raise UnsupportedError("this changes an array that is part of the program")
    captured = frame.lowering.captures.values()
    may_be_written(frame.lowering, root.value)
    if any(value is not None and is_part_of(root.value, value) for _, value in captured):
        raise UnsupportedError(
            "this changes an array that does not belong to the function",
            instead="pass it as an argument, or work on a copy",
        )
    if isinstance(root, o.Either):
        for member in root.members:
            if member is not None:
                check_store(frame, member)
    for name, other in references(frame):
        there = root_of(other)
        if may_be_confused(there, root):
            for ref in (root, there):
                if ref.undecided is not None:
                    raise o.NeedLayout(ref.undecided)
            raise UnsupportedError(
                f"this writes into an array that {shown(name)} may or may not refer to",
                instead=instead,
            )


def shown(name: str) -> str:
    """How a message calls what a name holds, which may be none of the user's."""
    if name == "%pending":
        return "another part of this statement"
    if name.startswith("%over"):
        return "the loop"
    if name == "%outside":
        return "an object from outside"
    return "the result" if name.startswith("%") else f"'{name}'"


def check_change(frame: Frame, container: o.Seq | o.Mapping | o.Instance) -> None:
    """Refuse a change of a container that some live name may or may not see."""
    if container.token is not None:
        raise o.NeedItems(container.token)
    if container.shared:
        may_be_written(frame.lowering, container.value)
        need_known_items(frame.lowering, container.shared)
        raise UnsupportedError(
            f"this changes a container, and {container.shared}",
            instead="pass it as an argument, or work on a copy",
        )
    for name, other in reachable(frame):
        if other is container or not isinstance(other, (o.Seq, o.Mapping, o.Instance)):
            continue
        if (
            container in other.origins
            or other in container.origins
            or (container.origins & other.origins)
        ):
            raise UnsupportedError(
                f"this changes a container that {shown(name)} may or may not refer to",
                instead="make a copy of it first",
            )


def is_part_of(value: Any, whole: Any) -> bool:
    """Is the value a parameter, or read out of that parameter?"""
    while value is not whole:
        op = value.op
        if op is None or op.kind != "apply" or not op.operands:
            return False
        if op.target is not operator.getitem:
            return False
        value = op.operands[0]
    return True


def is_argument(value: Any) -> bool:
    """Does the memory belong to the caller?"""
    while value.op is not None and value.op.target is operator.getitem:
        value = value.op.operands[0]
    return isinstance(value.owner, Region) and value.owner.parent is None


def refuse_other_references(frame: Frame, name: str) -> None:
    """A list that is reachable in two ways cannot be grown by rebinding one name."""
    refuse_others(frame, frame.names[name], frame.place(name))


def refuse_others(frame: Frame, obj: o.Obj, place: Place) -> None:
    """Refuse a change of the list in `place` where anything else refers to it."""
    others = other_holders(frame, obj, place)
    if others:
        name = place_name(place)
        raise UnsupportedError(
            f"the list '{name}' changes, and {shown(others[0])} refers to it as well",
            instead=f"write {name} = {name} + [...]",
        )


def other_holders(frame: Frame, obj: o.Obj, place: Place) -> list[str]:
    """The names through which the list is reached in another way than through its place."""

    def is_own(holder: Any, key: Any) -> bool:
        own = place.names if isinstance(place, Variable) else place.container
        return holder is own and key == place.key

    return list(dict.fromkeys(n for n, holder, k in holders(frame, obj) if not is_own(holder, k)))
