"""Choices: a name that a branch lets refer to one of several arrays.

The choice knows its members and, as a tag, which one it is. A read takes the member's value; a
write gives every member a new state, which is the old one unless it is the member that is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.memory.aliasing import root_of
from adjoint.frontend.state.memory.tags import Tag, by_tag
from adjoint.frontend.state.state import State
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, Type

#: Sets what the path of a view leads to, in the value of its base.
Put = Callable[[Value, o.View, Value], Value]


@dataclass(frozen=True)
class Options:
    """The objects that a name may refer to, and the tag that selects one.

    Attributes
    ----------
    members : the arrays; None is memory of its own.
    number : which one it is, given the numbers of these members.
    """

    members: tuple[o.Ref | None, ...]
    number: Callable[[Sequence[int]], Value]

    @property
    def is_certain(self) -> bool:
        return len(self.members) == 1


def options_of(
    obj: o.Obj,
    since: int,
    shared: Callable[[o.Ref], bool],
    is_visible: Callable[[Value], bool] | None = None,
) -> Options | None:
    """The arrays that may leave a branch, in terms of those from before the branch.

    Parameters
    ----------
    since : objects with a greater serial were made in the branch.
    shared : does anything besides this name refer to memory that was made in the branch?
    is_visible : is a value there after the branch? Without it, new views are not known.

    Returns
    -------
    Options, or None where they are not known.
    """
    if not isinstance(obj, o.Ref) or not is_array(obj) or obj.missing:
        return None
    root = root_of(obj)
    if isinstance(obj, o.Either) and (obj.serial > since or None not in obj.members):
        if None in obj.members and (shared(obj) or obj.shared):
            return None
        parts = [
            _certain(None) if m is None else options_of(m, since, shared, is_visible)
            for m in obj.members
        ]
        known = [part for part in parts if part is not None]
        return _one_of(obj.tag, known) if len(known) == len(parts) else None
    if obj.serial < since:
        return _certain(obj)
    if isinstance(obj, o.View) and root.serial < since:
        if is_visible is None or obj.token or not all(map(is_visible, obj.arguments)):
            return None
        # Its value is none of what comes after the branch: it is read again.
        return _certain(replace(obj, seen=Constant(None)))
    if root.points_to or root.shared or root.token or shared(root):
        return None
    return _certain(None)


def _certain(member: o.Ref | None) -> Options:
    return Options((member,), lambda numbers: Constant(numbers[0]))


def _one_of(tag: Tag, parts: Sequence[Options]) -> Options:
    """Flatten a choice whose members are choices themselves."""
    members = tuple(dict.fromkeys(m for part in parts for m in part.members))

    def number(numbers: Sequence[int]) -> Value:
        def case(k: int) -> list[Value]:
            return [parts[k].number([numbers[members.index(m)] for m in parts[k].members])]

        return by_tag(tag, len(parts), case)[0]

    return Options(members, number)


def owners(obj: o.Obj) -> Iterator[o.Ref]:
    """The objects that own memory which a reference may be, as often as it may be that."""
    if isinstance(obj, o.Ref):
        root = root_of(obj)
        yield root
        for member in root.members if isinstance(root, o.Either) else ():
            if isinstance(member, o.Either):
                yield from owners(member)


def made_since(obj: o.Obj, since: int) -> Iterator[o.Ref]:
    """The arrays made since then whose memory is what a reference may have of its own."""
    for owner in owners(obj):
        if owner.serial < since:
            continue
        if isinstance(owner, o.Either):
            yield from owner.points_to.difference(owner.roots)
        else:
            yield owner


def is_array(ref: o.Ref) -> bool:
    return is_array_type(ref.value.type)


def is_array_type(type_: Type) -> bool:
    return isinstance(type_, Array) and not type_.scalar and not type_.loose


def memory_of(obj: o.Obj) -> Iterator[o.Ref]:
    """The arrays whose memory a reference may be."""
    if isinstance(obj, o.Ref):
        root = root_of(obj)
        yield root
        for member in root.members if isinstance(root, o.Either) else ():
            if member is not None:
                yield from memory_of(member)


def settle(state: State, ref: o.Ref, value: Value, put: Put) -> None:
    """Let an array have a value from now on, and with it the one of several that it is."""
    if isinstance(ref, o.Either):
        roots = ref.roots
        nested = any(isinstance(root, o.Either) for root in roots)  # which may be another root
        for group in [[root] for root in roots] if nested else [roots]:
            states = _states(state, ref, group, value, put)
            for root, new in zip(group, states, strict=True):
                new.name = new.name or root.value.name
                settle(state, root, new, put)
        state.mark(ref, seen=tuple(map(state.read, roots)))
    state.store(ref, value)


def _states(
    state: State, ref: o.Either, roots: Sequence[o.Ref], value: Value, put: Put
) -> list[Value]:
    """The new states of some roots of a choice, which gets a new value."""

    def case(k: int) -> Sequence[Value]:
        states = {root: state.read(root) for root in roots}
        member = ref.members[k]
        if isinstance(member, o.View) and member.base in states:
            states[member.base] = put(states[member.base], member, value)
        elif member in states:
            states[member] = value
        return list(states.values())

    return by_tag(ref.tag, len(ref.members), case)
