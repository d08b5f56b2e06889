"""Local rewriting: what an expert would not have written in the first place.

Only backward operations are touched; primal arithmetic stays as the user wrote it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, enclosing_region, is_inside
from adjoint.ir.effects import may_repeat
from adjoint.ir.infer import infer, is_elementwise
from adjoint.ir.types import (
    Array,
    Scalar,
    Size,
    compatible,
    dims_of,
    is_many,
    is_rank0,
    same_size,
)
from adjoint.transforms.cse import operand_key

MULTIPLY = (operator.mul, np.multiply)


def simplify(function: Function) -> None:
    """Rewrite until nothing changes (each rule makes the program smaller, so it ends)."""
    for _ in range(4):
        if not _region(function.body):
            return


def _region(region: Region) -> bool:
    changed = False
    index = 0
    while index < len(region.ops):
        op = region.ops[index]
        for nested in op.regions:
            changed |= _region(nested)
        if op.kind in ("for", "while") and op.backward:
            changed |= _drop_unchanged_carries(op)
        if op.kind == "if" and op.backward:
            changed |= _drop_equal_results(op)
        rule = _RULES.get(op.target) if op.kind == "apply" and op.backward else None
        if rule is not None and op.result.users:
            before = len(region.ops)
            replacement = rule(_Rewriter(region, index, op), op)
            index += len(region.ops) - before
            if replacement is not None and replacement is not op.result:
                if not replacement.name and not isinstance(replacement, Constant):
                    if replacement.op is not None and replacement.op.backward:
                        replacement.name = op.result.name
                op.result.replace_with(replacement)
                changed = True
        index += 1
    return changed


class _Rewriter:
    """Inserts replacement operations just before the one that is rewritten."""

    def __init__(self, region: Region, index: int, op: Op):
        self.region, self.index, self.op = region, index, op

    def __call__(self, target: Any, *args: Any, **kwargs: Any) -> Value:
        operands = [a if isinstance(a, Value) else Constant(a) for a in args]
        named = {k: v if isinstance(v, Value) else Constant(v) for k, v in kwargs.items()}
        new = Op(
            "apply",
            [*operands, *named.values()],
            [infer(target, operands, named)],
            target=target,
            keywords=tuple(named),
            span=self.op.span,
            backward=True,
        )
        new.parent = self.region
        self.region.ops.insert(self.index, new)
        self.index += 1
        return new.result


def _drop_unchanged_carries(op: Op) -> bool:
    """A carry that every iteration passes on as it is equals its initial value."""
    changed = False
    for k in range(op.n_carries):
        param, result = op.carries[k], op.results[k]
        if op.next_carries[k] is param and (param.users or result.users):
            others = [u for u in param.users if u is not op.body.terminator]
            if not others and not result.users:
                continue
            init = op.inits[k]
            result.replace_with(init)
            for user in others:
                user.replace_operand(param, init)
            if op.kind == "while":
                op.regions[0].params[k].replace_with(init)
            changed = True
    return changed


def _drop_equal_results(op: Op) -> bool:
    """What both arms of a branch hand out as it was before needs no branch."""
    changed = False
    for result, a, b in zip(op.results, *(r.yields for r in op.regions), strict=True):
        inside = any(is_inside(enclosing_region(a), r) for r in op.regions)
        if a is b and result.users and not inside:
            result.replace_with(a)
            changed = True
    return changed


def _number(value: Value) -> float | int | None:
    """The Python number of a constant, else None."""
    if isinstance(value, Constant) and isinstance(value.value, (int, float, np.floating)):
        return value.value  # type: ignore[return-value]
    return None


def _is_broadcast(value: Value) -> bool:
    return value.op is not None and value.op.target is np.broadcast_to and value.op.backward


def _covers(value: Value, others: list[Value]) -> bool:
    """Does another operand have all of the shape that `value` was broadcast to?"""
    want = dims_of(value.type)
    if want is None:
        return False
    for other in others:
        have = dims_of(other.type)
        if have is not None and len(have) == len(want) and all(map(_agree, have, want)):
            return True
    return False


def _agree(a: Size, b: Size) -> bool:
    """Are two sizes that meet in one element-wise operation equal? If neither is 1, they are."""
    return same_size(a, b) or is_many(a) and is_many(b)


def _unbroadcast_operands(new: _Rewriter, op: Op) -> Value | None:
    """`broadcast_to(g, x.shape) * x` is `g * x`."""
    for k, operand in enumerate(op.operands):
        others = [v for i, v in enumerate(op.operands) if i != k]
        if _is_broadcast(operand) and not all(map(_is_broadcast, others)):
            if not _covers(operand, others):
                continue
            inner = operand.op.operands[0]  # type: ignore[union-attr]
            operands = [inner if i == k else v for i, v in enumerate(op.operands)]
            result_type = infer(op.target, operands, {})
            if compatible(result_type, op.result.type):
                return new(op.target, *operands)
    return None


def _scalar_inside_broadcast(new: _Rewriter, op: Op) -> Value | None:
    """Arithmetic with a scalar moves inside a broadcast: `broadcast_to(1.0, s) / n`."""
    a, b = op.operands
    for x, other, flip in ((a, b, False), (b, a, True)):
        if _is_broadcast(x) and is_rank0(other.type) and is_rank0(x.op.operands[0].type):  # type: ignore
            inner, shape = x.op.operands  # type: ignore[union-attr]
            small = new(op.target, *((other, inner) if flip else (inner, other)))
            wide = new(np.broadcast_to, small, shape)
            if compatible(wide.type, op.result.type):
                return wide
    return None


def _move_broadcast(new: _Rewriter, op: Op) -> Value | None:
    direct = _unbroadcast_operands(new, op)
    return _scalar_inside_broadcast(new, op) if direct is None else direct


def _multiply(new: _Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    x, y = _number(a), _number(b)
    if x is not None and y is not None:
        return Constant(_folded(x, y))
    if x == 1 and compatible(b.type, op.result.type):
        return b
    if y == 1 and compatible(a.type, op.result.type):
        return a
    if x == -1 and compatible(b.type, op.result.type):
        return new(operator.neg, b)
    if y == -1 and compatible(a.type, op.result.type):
        return new(operator.neg, a)
    if y is not None and x is None:  # constants first, as one writes 2 * x
        return new(op.target, b, a)
    for number, other in ((x, b), (y, a)):
        inner = other.op
        if number is None or inner is None or inner.target not in MULTIPLY or not inner.backward:
            continue
        first = _number(inner.operands[0])
        if first is not None and _folded(number, first) == number * first:
            result = new(op.target, _folded(number, first), inner.operands[1])
            if compatible(result.type, op.result.type):
                return result
    negated = b.op
    if negated is not None and negated.target is operator.neg and negated.backward:
        return new(operator.neg, new(op.target, a, negated.operands[0]))
    negated = a.op
    if negated is not None and negated.target is operator.neg and negated.backward:
        if len(a.users) == 1:
            return new(operator.neg, new(op.target, negated.operands[0], b))
    # y_bar * (1 / x) is a division
    for x_value, y_value in ((a, b), (b, a)):
        inverse = y_value.op
        if inverse is not None and inverse.target is operator.truediv and inverse.backward:
            if _number(inverse.operands[0]) in (1, -1) and len(y_value.users) == 1:
                if x_value is not a and _number(x_value) is not None:
                    continue
                quotient = new(operator.truediv, x_value, inverse.operands[1])
                if _number(inverse.operands[0]) == -1:
                    quotient = new(operator.neg, quotient)
                return quotient if compatible(quotient.type, op.result.type) else None
    # y_bar * (2 * x): the number goes to the front
    inner = b.op
    if inner is not None and inner.target in MULTIPLY and inner.backward and len(b.users) == 1:
        first = _number(inner.operands[0])
        if first is not None and x is None:
            result = new(op.target, first, new(op.target, a, inner.operands[1]))
            if compatible(result.type, op.result.type):
                return result
    return _move_broadcast(new, op)


def _folded(x: Any, y: Any) -> Any:
    product = x * y
    if isinstance(product, np.floating) and not isinstance(x, np.floating):
        return product
    return product


def _divide(new: _Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    if _number(b) == 1 and compatible(a.type, op.result.type):
        return a
    if _number(a) is not None and _number(b) is not None and _number(b) != 0:
        return Constant(_number(a) / _number(b))  # type: ignore[operator]
    if a.op is not None and a.op.target is operator.neg and a.op.backward and len(a.users) == 1:
        return new(operator.neg, new(operator.truediv, a.op.operands[0], b))
    return _move_broadcast(new, op)


def _add(new: _Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    if a is b and compatible(a.type, op.result.type):
        if a.op is not None and a.op.backward and len(a.users) == 1:
            a.name = ""  # it was half of the cotangent only
        return new(operator.mul, 2.0 if not _is_integer(a) else 2, a)
    for x, y in ((a, b), (b, a)):
        if _is_zero(x) and compatible(y.type, op.result.type) and _same_shape(y, op.result):
            return y
    if b.op is not None and b.op.target is operator.neg and b.op.backward and len(b.users) == 1:
        return new(operator.sub, a, b.op.operands[0])
    turned = _turned(new, a, b)
    if turned is not None:
        return new(operator.sub, a, turned)
    inner = a.op
    if inner is not None and inner.target is operator.add and inner.backward:
        if inner.operands[1] is b and len(a.users) == 1:  # x + t + t
            twice = new(operator.mul, 2.0, b)
            if compatible(twice.type, b.type):
                return new(operator.add, inner.operands[0], twice)
    return _unbroadcast_operands(new, op)


def _is_integer(value: Value) -> bool:
    return isinstance(value.type, Scalar) and value.type.kind == "int"


def _same_shape(a: Value, b: Value) -> bool:
    return dims_of(a.type) == dims_of(b.type)


def _is_zero(value: Value) -> bool:
    if value.op is not None and value.op.target is ops.zero:
        return True
    return isinstance(value, Constant) and value.value == 0.0 and type(value.value) is float


def _subtract(new: _Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    if b.op is not None and b.op.target is operator.neg and b.op.backward and len(b.users) == 1:
        return new(operator.add, a, b.op.operands[0])
    turned = _turned(new, a, b)
    if turned is not None:
        return new(operator.add, a, turned)
    return _unbroadcast_operands(new, op)


def _turned(new: _Rewriter, a: Value, b: Value) -> Value | None:
    """`2 * y` for a term b = `-2 * y` that is used once, in the backward half.

    Not beside another multiple by the same number: the two may turn out to be the same.
    """
    if b.op is None or not b.op.backward or b.op.target not in MULTIPLY or len(b.users) != 1:
        return None
    first = _number(b.op.operands[0])
    if first is None or not first < 0:
        return None
    if a.op is not None and a.op.target in MULTIPLY and _number(a.op.operands[0]) == first:
        return None
    return new(operator.mul, -first, b.op.operands[1])


def _negate(new: _Rewriter, op: Op) -> Value | None:
    (a,) = op.operands
    number = _number(a)
    if number is not None:
        return Constant(-number)
    inner = a.op
    if inner is None or not inner.backward:
        return None
    if inner.target is operator.neg:
        return inner.operands[0]
    if inner.target in MULTIPLY and len(a.users) == 1:
        first = _number(inner.operands[0])
        if first is not None:
            return new(operator.mul, -first, inner.operands[1])
    if inner.target is np.broadcast_to:
        small = new(operator.neg, inner.operands[0])
        return new(np.broadcast_to, small, inner.operands[1])
    return None


def _power(new: _Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    if _number(b) == 1 and compatible(a.type, op.result.type):
        return a
    return None


def _where(new: _Rewriter, op: Op) -> Value | None:
    """A choice inside of a choice by the same condition has been made."""
    if len(op.operands) == 3:
        condition, *arms = op.operands
        for k, arm in enumerate(arms):
            inner = arm.op if arm.op is not None and arm.op.target is np.where else None
            if inner is None or inner.operands[0] is not condition or not inner.backward:
                continue
            other = inner.operands[2 - k]
            if is_rank0(other.type) and _same_shape(arm, op.result):
                kept = [*arms]
                kept[k] = inner.operands[1 + k]
                return new(np.where, condition, *kept)
    return _unbroadcast_operands(new, op)


def _elementwise(new: _Rewriter, op: Op) -> Value | None:
    return _unbroadcast_operands(new, op)


def _broadcast_to(new: _Rewriter, op: Op) -> Value | None:
    a = op.operands[0]
    have, want = dims_of(a.type), dims_of(op.result.type)
    if have is not None and want is not None and isinstance(a.type, Array) and not a.type.scalar:
        if len(have) == len(want) and all(map(same_size, have, want)):
            return a
    if have == () == want and isinstance(a.type, Array) and isinstance(op.result.type, Array):
        return a
    return None


def _sum(new: _Rewriter, op: Op) -> Value | None:
    """`sum(broadcast_to(g, shape))` over everything is g times the number of elements."""
    (a, *_), keywords = op.operands, op.keywords
    if keywords or not _is_broadcast(a):
        return None
    inner, _ = a.op.operands  # type: ignore[union-attr]
    if not is_rank0(inner.type):
        return None
    size = new(np.size, a)
    return new(operator.mul, inner, size)


def _getitem(new: _Rewriter, op: Op) -> Value | None:
    base, index = op.operands
    inner = base.op
    if inner is None or not isinstance(index, Constant) or isinstance(index.value, slice):
        return None
    if inner.target in (ops.make_tuple, ops.make_list) and isinstance(index.value, int):
        return inner.operands[index.value]
    if inner.target in (ops.make_dict, ops.make_record):
        position = base.type.position(index.value)  # type: ignore[attr-defined]
        return inner.operands[ops.CONTAINERS[inner.target] + position]
    if inner.target is ops.zero and inner.backward:
        item = new(operator.getitem, inner.operands[0], index)
        return new(ops.zero, item)
    return None


def _shape_query(new: _Rewriter, op: Op) -> Value | None:
    """The shape of an element-wise result is that of an operand: `(a ** 2).size` is `a.size`."""
    value = op.operands[0]
    dims = dims_of(value.type)
    inner = value.op
    if inner is None or dims is None or len(op.operands) != 1 or not is_elementwise(inner.target):
        return None
    for operand in inner.operands:
        have = dims_of(operand.type)
        if have is not None and len(have) == len(dims) and all(map(_agree, have, dims)):
            return new(op.target, operand)
    return None


def _zero(new: _Rewriter, op: Op) -> Value | None:
    """The zero of a Python float is the number 0.0; that of a zero is itself."""
    (like,) = op.operands
    if isinstance(op.result.type, Scalar) and op.result.type.kind == "float":
        return Constant(0.0)
    if isinstance(op.result.type, Array) and op.result.type.scalar:
        if op.result.type.dtype == np.float64:
            return Constant(0.0, op.result.type)
        return Constant(op.result.type.dtype.type(0))
    made = like.op
    if made is not None and (
        made.target is ops.zero or made.backward and made.target is ops.index_add
    ):
        return new(ops.zero, made.operands[0])
    return None


def _index_add(new: _Rewriter, op: Op) -> Value | None:
    """What is added to a cleared part is simply written there; two changes are added at once."""
    accumulator, index, change = op.operands
    if _puts_back(op):
        return op.operands[0]
    store = accumulator.op
    if store is not None and store.target is ops.index_add and list(accumulator.users) == [op]:
        first, where, earlier = store.operands
        numbers = isinstance(change.type, (Array, Scalar)) and earlier.type == change.type
        if numbers and _same_index(where, index) and store.backward:
            return new(ops.index_add, first, index, new(operator.add, earlier, change))
    if store is None or store.target is not ops.store or list(accumulator.users) != [op]:
        return None
    base, cleared, path, *arguments = store.operands
    single = path.value == ((operator.getitem, 1),)  # type: ignore[attr-defined]
    if not single or not _is_zero(cleared) or not _same_index(arguments[0], index):
        return None
    if may_repeat(index):
        return None
    return new(ops.store, base, change, path, index)


def _puts_back(op: Op) -> bool:
    """Is what `x[i] += v` cleared added again, other changes in between? Then neither is done.

    Sums may be taken in any order; the store that clears is dropped here.
    """
    _, index, change = op.operands
    read, step = change.op, op.operands[0].op
    if read is None or read.target is not operator.getitem or may_repeat(index):
        return False
    user = op
    while step is not None and step.target is ops.index_add and list(step.result.users) == [user]:
        user, step = step, step.operands[0].op
    if step is None or step.target is not ops.store or list(step.result.users) != [user]:
        return False
    base, cleared, path, *arguments = step.operands
    single = path.value == ((operator.getitem, 1),)  # type: ignore[attr-defined]
    same = single and _same_index(arguments[0], index) and _same_index(read.operands[1], index)
    if not same or not _is_zero(cleared) or read.operands[0] is not base:
        return False
    step.result.replace_with(base)
    return True


def _store(new: _Rewriter, op: Op) -> Value | None:
    """Writing back what was read there changes nothing."""
    base, value, path, *arguments = op.operands
    read = value.op
    if path.value != ((operator.getitem, 1),):  # type: ignore[attr-defined]
        return None
    if read is None or read.target is not operator.getitem or read.operands[0] is not base:
        return None
    return base if _same_index(read.operands[1], arguments[0]) else None


def _same_index(a: Value, b: Value) -> bool:
    return a is b or operand_key(a) == operand_key(b)


def _transpose(new: _Rewriter, op: Op) -> Value | None:
    inner = op.operands[0].op
    if inner is not None and inner.target is np.transpose and len(op.operands) == 1:
        if len(inner.operands) == 1:
            return inner.operands[0]
    return None


def _reverse_list(new: _Rewriter, op: Op) -> Value | None:
    inner = op.operands[0].op
    if inner is not None and inner.target is ops.reverse_list:
        return inner.operands[0]
    return None


_RULES: dict[Any, Callable[[_Rewriter, Op], Value | None]] = {
    operator.mul: _multiply,
    np.multiply: _multiply,
    operator.truediv: _divide,
    np.divide: _divide,
    operator.add: _add,
    operator.sub: _subtract,
    operator.neg: _negate,
    operator.pow: _power,
    np.where: _where,
    np.broadcast_to: _broadcast_to,
    np.sum: _sum,
    operator.getitem: _getitem,
    ops.zero: _zero,
    ops.index_add: _index_add,
    ops.store: _store,
    ops.reverse_list: _reverse_list,
    np.transpose: _transpose,
    np.shape: _shape_query,
    np.size: _shape_query,
    len: _shape_query,
}
