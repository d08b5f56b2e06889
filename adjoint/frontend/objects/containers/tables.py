"""Tables: sets, and the dictionaries and queues of `collections`.

A set is a mapping whose keys hold nothing; like the keys of a dictionary, its elements are part of
the program. A deque is a list with two ends, and perhaps with a bound.
"""

from __future__ import annotations

import collections
import operator
from collections.abc import Sequence
from typing import Any, TypeGuard

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, key_object
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import check_change
from adjoint.ir.core import Constant

ELEMENT = "an element of a set"


def change(frame: Frame, container: o.Seq | o.Mapping) -> None:
    check_change(frame, container)
    frame.lowering.change(container)


def new_set(keys: Sequence[Any], ordered: bool = True) -> o.Mapping:
    return o.Mapping(
        {key: o.Known(None) for key in dict.fromkeys(keys)}, kind=set, ordered=ordered
    )


def is_set(obj: o.Obj) -> TypeGuard[o.Mapping]:
    return isinstance(obj, o.Mapping) and obj.kind is set


def in_any_order(obj: o.Obj) -> o.Obj:
    """The elements of a set, for what does not depend on their order; anything else as it is."""
    return o.Seq(list, [key_object(key) for key in obj.items]) if is_set(obj) else obj


_SET_OPERATORS = (operator.or_, operator.and_, operator.sub, operator.xor)


def set_operator(target: Any, a: o.Mapping, b: o.Obj) -> o.Mapping:
    """`a | b`, `a & b`, `a - b`, `a ^ b`."""
    if not is_set(b) or target not in _SET_OPERATORS:
        raise UnsupportedError("sets have no such operator")
    return new_set(target(set(a.items), set(b.items)), False)


_COMPARISONS = (operator.eq, operator.ne, operator.le, operator.lt, operator.ge, operator.gt)


def compare(target: Any, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """A comparison of sets, or of dictionaries of constants; None for anything else."""
    if not (isinstance(a, o.Mapping) and isinstance(b, o.Mapping)) or target not in _COMPARISONS:
        return None
    if is_set(a) or is_set(b):
        both = a.kind is b.kind
        return o.Ref(Constant(bool(target(set(a.items), set(b.items))))) if both else None
    if target not in (operator.eq, operator.ne):
        return None
    pairs = [{k: constant_of(v) for k, v in each.items.items()} for each in (a, b)]
    if set(pairs[0]) == set(pairs[1]) and not all(known for p in pairs for known, _ in p.values()):
        return None
    if collections.OrderedDict is a.kind is b.kind:
        return o.Ref(Constant(bool(target(list(pairs[0].items()), list(pairs[1].items())))))
    return o.Ref(Constant(bool(target(*pairs))))


def missing(frame: Frame, owner: o.Mapping, key: Any) -> o.Obj | None:
    """The value of a dictionary for a missing key; None if that is an error."""
    if owner.kind is collections.Counter:
        return o.Ref(Constant(0))
    if owner.factory is None:
        return None
    made = call_object(frame, owner.factory, [], {}, None)
    change(frame, owner)
    owner.items[key] = made
    return made
