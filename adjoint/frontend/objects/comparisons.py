"""Comparisons, identity and membership."""

from __future__ import annotations

import operator
from typing import Any

import gast
import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.missing import compare_with_none
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.arraylike import beside_arrays
from adjoint.frontend.objects.containers import tables
from adjoint.frontend.objects.operators import negate
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, fold, key_object
from adjoint.frontend.state.lowering import FALSE, TRUE, Frame
from adjoint.frontend.state.memory.read_sets import check_all_are_taken
from adjoint.frontend.state.store import refuse_stand_in
from adjoint.ir.core import Constant, Value
from adjoint.ir.descriptions import described
from adjoint.ir.operators import COMPARISONS, function_of
from adjoint.ir.types import Scalar, is_label, is_numeric, is_rank0


def compare(frame: Frame, node_op: Any, a: o.Obj, b: o.Obj) -> o.Obj:
    if isinstance(node_op, (gast.In, gast.NotIn)):
        return membership(frame, a, b, isinstance(node_op, gast.In))
    target = function_of(node_op, COMPARISONS)
    outside = foreign.operate(frame, target, a, b)
    if outside is not None:
        return outside
    if not isinstance(node_op, (gast.Is, gast.IsNot)):
        a, b = foreign.as_operand(frame, a), foreign.as_operand(frame, b)
    if isinstance(node_op, (gast.Is, gast.IsNot)):
        same = _is_same(frame, a, b)
        if same is not None:
            return o.Ref(Constant(same == isinstance(node_op, gast.Is)))
        ka, va = constant_of(a)
        kb, vb = constant_of(b)
        if ka and kb:
            return o.Ref(Constant(bool(target(va, vb))))
        if (ka or kb) and (va if ka else vb) in (None, True, False):
            other = b if ka else a
            if (va if ka else vb) is None and isinstance(other, o.Ref) and other.missing:
                return compare_with_none(frame, other, target)
            if (va if ka else vb) is None or not isinstance(other, o.Ref):
                return o.Ref(Constant(isinstance(node_op, gast.IsNot)))
        return o.Ref(frame.lowering.builder.apply(target, *map(frame.lowering.value, (a, b))))
    if isinstance(a, o.Instance) or isinstance(b, o.Instance):
        refuse_stand_in(a)
        refuse_stand_in(b)
        return instances.compare(frame, node_op, a, b)
    for each in (a, b):
        if isinstance(each, o.Known):
            frame.lowering.outside.contents(each.value)
    folded = fold(target, a, b) or tables.compare(target, a, b)
    if folded is not None:
        return folded
    if isinstance(node_op, (gast.Eq, gast.NotEq)):
        settled = _equal_or_none(frame, target, a, b)
        if settled is not None:
            return settled
    (known, python), (also, other) = constant_of(a), constant_of(b)
    if known and also and (isinstance(python, np.dtype) or isinstance(other, np.dtype)):
        return o.Ref(Constant(bool(target(python, other))))
    if isinstance(node_op, (gast.Eq, gast.NotEq)):
        decided = _equal_items(frame, a, b)
        if decided is not None:
            return decided if isinstance(node_op, gast.Eq) else negate(frame, decided)
        labels = [_label(frame, obj) for obj in (a, b)]
        if None not in labels:
            return o.Ref(frame.lowering.builder.apply(target, *labels))
    a, b = beside_arrays(frame, target, a, b)
    left, right = frame.lowering.value(a), frame.lowering.value(b)
    if not (is_numeric(left.type) and is_numeric(right.type)):
        if isinstance(node_op, (gast.Eq, gast.NotEq)):
            raise UnsupportedError("these objects cannot be compared at compile time")
        shown = f"{described(left.type)} and {described(right.type)}"
        raise UnsupportedError(f"{shown} cannot be ordered")
    return o.Ref(frame.lowering.builder.apply(target, left, right))


_CONTAINERS = (o.Seq, o.Mapping, o.Instance)


def _is_same(frame: Frame, a: o.Obj, b: o.Obj) -> bool | None:
    """Whether two containers or instances are one object; None where the values tell."""
    if not (isinstance(a, _CONTAINERS) and isinstance(b, _CONTAINERS)):
        return None
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    made = [x for x in (a, b) if x.value is None]
    if not made and all(map(frame.lowering.is_unchanged, (a, b))):
        return None
    if any(x.origins or x.shared or x.token is not None for x in made) or made != [a, b]:
        raise UnsupportedError("whether these are one object is known only at run time")
    if isinstance(a, o.Seq) and issubclass(a.kind, tuple):  # equal constants may be one
        known = constant_of(a)[0] and constant_of(b)[0]
        if known or not (a.items and b.items):
            raise UnsupportedError("tuples are asked whether they are one object",
                                   instead="write `==`")  # fmt: skip
    return False


def _equal_or_none(frame: Frame, target: Any, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """`a == b` where one of them is None, or may be None: it equals nothing but itself."""
    for one, other in ((a, b), (b, a)):
        known, python = constant_of(one)
        if known and python is None:
            if isinstance(other, o.Ref) and other.missing:
                same = operator.is_ if target is operator.eq else operator.is_not
                return compare_with_none(frame, other, same)
            if isinstance(other, o.Ref) and not is_rank0(frame.lowering.current(other).type):
                raise UnsupportedError("an array is compared with None, element by element",
                                       instead="write `... is None`")  # fmt: skip
            return o.Ref(Constant(target is operator.ne))
    if not any(isinstance(obj, o.Ref) and obj.missing for obj in (a, b)):
        return None
    if not (isinstance(a, o.Ref) and isinstance(b, o.Ref)):
        return None
    values = [frame.lowering.current(obj) for obj in (a, b)]
    if not all(isinstance(value.type, Scalar) for value in values):
        return None
    return o.Ref(frame.lowering.builder.apply(target, *values))


def _label(frame: Frame, obj: o.Obj) -> Value | None:
    """A string or member of an enumeration, which may be None as well: it equals no other one."""
    value: Value | None = None
    if isinstance(obj, o.Known):
        value = Constant(obj.value)
    elif isinstance(obj, o.Ref):
        value = frame.lowering.current(obj)
    return value if value is not None and is_label(value.type) else None


def _equal_items(frame: Frame, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """Whether two lists or tuples of numbers are equal, as shapes are; None for anything else."""
    if not (isinstance(a, o.Seq) and isinstance(b, o.Seq)) or a.kind is not b.kind:
        return None
    if len(a.items) != len(b.items):
        return o.Ref(FALSE)
    values = [[frame.lowering.value(item) for item in each.items] for each in (a, b)]
    if not all(is_rank0(v.type) for each in values for v in each):
        return None
    apply = frame.lowering.builder.apply
    equal: Value = TRUE
    for x, y in zip(*values, strict=True):
        same = apply(operator.eq, x, y)
        equal = same if equal is TRUE else apply(operator.and_, equal, same)
    return o.Ref(equal)


def membership(frame: Frame, a: o.Obj, b: o.Obj, positive: bool) -> o.Obj:
    known, python = constant_of(a)
    check_all_are_taken(b)
    outside = foreign.operate(frame, operator.contains, b, a)
    if outside is not None:
        return outside if positive else negate(frame, outside)
    if isinstance(b, o.Instance):
        found = instances.call_method(frame, b, "__contains__", [a])
        return found if positive else negate(frame, found)
    if isinstance(b, o.Known):
        asked = instances.ask_known(frame, b, "__contains__", [a])
        if asked is not None:
            return asked if positive else negate(frame, asked)
        frame.lowering.outside.contents(b.value)
    if isinstance(b, o.DictView) and b.name == "keys":
        b = b.owner
    if isinstance(b, o.Outside) and isinstance(b, o.Mapping) and known:
        return o.Ref(Constant(b.has(python) == positive))
    if isinstance(b, o.Mapping) and known:
        return o.Ref(Constant((python in b.items) == positive))
    if isinstance(b, (o.Seq, o.Mapping)) and not b.items:
        return o.Ref(Constant(not positive))
    if isinstance(b, o.Mapping) and b.kind is set:
        b = o.Seq(tuple, [key_object(key) for key in b.items])
    both = fold(lambda x, y: (x in y) == positive, a, b)
    if both is not None:
        return both
    result = frame.lowering.builder.apply(
        operator.contains, frame.lowering.value(b), frame.lowering.value(a)
    )
    return o.Ref(result) if positive else negate(frame, o.Ref(result))
