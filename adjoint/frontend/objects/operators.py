"""Operators of numbers, arrays and containers, and the truth of an object."""

from __future__ import annotations

import collections
import enum
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.flow.branches import choose
from adjoint.frontend.objects import instances, stand_ins
from adjoint.frontend.objects.arraylike import beside_arrays
from adjoint.frontend.objects.containers import strings, tables
from adjoint.frontend.objects.containers.joining import sequence_operator
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import fold
from adjoint.frontend.state.lowering import FALSE, Frame
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.descriptions import described_value
from adjoint.ir.operators import function_of
from adjoint.ir.types import (
    BOOL,
    Array,
    List,
    Opaque,
    Range,
    Struct,
    Type,
    is_many,
    is_numeric,
    is_sparse,
)


def binary(frame: Frame, node_op: Any, a: o.Obj, b: o.Obj) -> o.Obj:
    target = function_of(node_op)
    outside = foreign.operate(frame, target, a, b)
    if outside is not None:
        return outside
    a, b = stand_ins.beside(frame, target, a, b)
    if instances.is_instance(a) or instances.is_instance(b):
        result = instances.binary(frame, node_op, a, b)
        if result is not None:
            return result
    a, b = beside_arrays(frame, target, a, b)
    joined = sequence_operator(frame, target, a, b)
    if joined is not None:
        return joined
    if tables.is_set(a):
        return tables.set_operator(target, a, b)
    if isinstance(a, o.Mapping) and isinstance(b, o.Mapping) and target is operator.or_:
        if collections.Counter in (a.kind, b.kind) or set in (a.kind, b.kind):
            raise UnsupportedError("the union of a Counter or set with another dictionary")
        return o.Mapping({**a.items, **b.items}, kind=a.kind, factory=a.factory)
    if any(isinstance(x, o.Known) and is_sparse(x.value) for x in (a, b)):
        return sparse_operator(frame, target, a, b, node_op)
    folded = fold(target, a, b)
    if folded is None and strings.is_string(frame, a):
        folded = strings.binary(frame, target, a, b)
    if folded is not None:
        return folded
    builder = frame.lowering.builder
    return o.Ref(builder.apply(target, numeric(frame, a), numeric(frame, b)))


def sparse_operator(
    frame: Frame, target: Callable[..., Any], a: o.Obj, b: o.Obj, node_op: Any = None
) -> o.Obj:
    """The product of a matrix of scipy.sparse, which is constant, with an array."""
    lowering = frame.lowering
    if target is not operator.matmul or not (isinstance(a, o.Ref) or isinstance(b, o.Ref)):
        records = [stand_ins.adopted(frame, x) or x for x in (a, b)]
        if node_op is not None and any(map(instances.is_record, records)):
            made = instances.binary(frame, node_op, *records)
            if made is not None:
                return made
        raise UnsupportedError(
            "of a sparse matrix only its product with an array is differentiated",
            instead="write A @ x, or make the matrix outside of the function",
        )
    return o.Ref(lowering.builder.apply(target, lowering.value(a), lowering.value(b)))


def numeric(frame: Frame, obj: o.Obj) -> Value:
    value = frame.lowering.value(foreign.as_operand(frame, obj))
    if isinstance(value, Constant) and isinstance(value.value, enum.Enum):
        if isinstance(value.value, (int, float)):  # a member of an IntEnum is a number
            value = Constant(value.value.value)
    if not is_numeric(value.type) and not isinstance(value.type, Struct):
        raise UnsupportedError(
            f"arithmetic on {described_value(value)} is not supported",
            instead=_instead_of_arithmetic(value.type),
        )
    return value


def _instead_of_arithmetic(type_: Type) -> str:
    match type_:
        case List():
            return "make an array of the list with np.asarray"
        case Opaque(cls) if issubclass(cls, np.ndarray):
            return "make an array of floats with astype(float)"
        case Opaque(cls) if cls is str:
            return "make a number of it with float"
        case Range():
            return "use np.arange"
        case Opaque(cls) if hasattr(cls, "to_numpy"):
            return "pass its values, as to_numpy() gives them"
    return ""


def negate(frame: Frame, operand: o.Obj) -> o.Obj:
    condition = truth(frame, operand)
    if not isinstance(condition, Value):
        return o.Ref(Constant(not condition))
    if isinstance(condition, Constant):
        return o.Ref(Constant(not condition.value))
    return o.Ref(frame.lowering.builder.apply(operator.not_, condition))


def _decided(value: Value) -> bool | None:
    """The truth of `a and b` if b is known to be false, or of `a or b` if it is true."""
    op = value.op
    style = op.attrs.get("style") if op is not None and op.kind == "if" else None
    if op is None or style not in ("and", "or"):
        return None
    last = op.regions[0 if style == "and" else 1].yields[op.results.index(value)]
    absent = isinstance(last, Constant) and last.value is ops.UNDEFINED_VALUE  # which is None
    if isinstance(last, Constant) and (bool(last.value) and not absent) is (style == "or"):
        return style == "or"
    return None


def _is_there_and_true(frame: Frame, value: Value) -> Value:
    there = frame.lowering.builder.apply(operator.is_not, value, Constant(None))
    held, false = o.Ref(value), o.Ref(FALSE)
    return frame.lowering.value(choose(frame, there, lambda: held, lambda: false, style="and"))


def truth(frame: Frame, obj: o.Obj) -> Value | bool:
    """The condition of `if obj:`: a value, or a Python bool if it is known when compiling."""
    if isinstance(obj, o.Outside):
        size = obj.length()
        return truth(frame, size)
    if foreign.is_foreign(frame, obj):
        return foreign.truth(frame, obj)
    match obj:
        case o.Ref(missing="None"):
            value = frame.lowering.current(obj)
            if isinstance(value.type, List):
                raise UnsupportedError(
                    "this tests a list that may be None", instead="write `... is not None`"
                )
            decided = _decided(value)
            if decided is None and value.type == BOOL:
                return _is_there_and_true(frame, value)
            return value if decided is None else decided  # None is false, as a number 0 is
        case o.Ref():
            value = frame.lowering.operand(obj)
            if isinstance(value, Constant):
                return bool(value.value)
            if isinstance(value.type, List):
                return frame.lowering.builder.apply(len, value) > 0
            if (
                isinstance(value.type, Array)
                and not value.type.loose
                and any(map(is_many, value.type.dims))
            ):
                reason = "the truth value of an array with more than one element is ambiguous"
                said = f"T{reason[1:]}. Use a.any() or a.all()"
                raise CertainError(ValueError, reason, said, instead="use .any() or .all()")
            decided = _decided(value)
            return value if decided is None else decided
        case o.Known(value):
            for name in ("__bool__", "__len__"):
                asked = instances.ask_known(frame, obj, name, [])
                if asked is not None:
                    return truth(frame, asked)
            return bool(frame.lowering.outside.contents(value))
        case o.Seq(_, items):
            return bool(items)
        case o.Mapping(items) | o.DictView(o.Mapping(items)):
            return bool(items)
        case o.Closure() | o.Partial() | o.Method():
            return True
        case o.Instance():
            for name in ("__bool__", "__len__"):
                if instances.has(frame, obj, name):
                    return truth(frame, instances.call_method(frame, obj, name, []))
            return True
    return frame.lowering.value(obj)
