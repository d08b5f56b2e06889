"""Identities of arithmetic: products with 1, sums with 0, signs, what broadcasting does anyway."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.ir.actual import may_be_integer
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.infer import infer, is_elementwise
from adjoint.ir.types import (
    Array,
    Scalar,
    compatible,
    dims_of,
    is_loose,
    is_rank0,
    proven_equal,
)
from adjoint.transforms.simplify.products import (
    gathered,
    leading,
    product_at_hand,
    product_with_ones,
    scaled,
    sum_of_product,
    sum_of_products,
    trace_of_product,
    without_factor,
)
from adjoint.transforms.simplify.rewriting import (
    MULTIPLY,
    Rewriter,
    Rule,
    agree,
    broadcast_of,
    is_zero_bar,
    number_of,
    same_shape,
)


def _multiply(new: Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    x, y = number_of(a), number_of(b)
    if x is not None and y is not None:
        return Constant(x * y)
    if x == 1 and compatible(b.type, op.result.type):
        return None if may_be_integer(b) else b
    if y == 1 and compatible(a.type, op.result.type):
        return None if may_be_integer(a) else a
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
        first = number_of(inner.operands[0])
        if first is not None and not math.isnan(number * first):
            result = new(op.target, number * first, inner.operands[1])
            if compatible(result.type, op.result.type):
                return result
    for simple in (without_factor(new, op), product_at_hand(new, op)):
        if simple is not None and compatible(simple.type, op.result.type):
            return simple
    if x is not None:
        shorter = gathered(new, x, b)
        if shorter is not None and compatible(shorter.type, op.result.type):
            return shorter
    divided = a.op
    if divided is not None and divided.target is operator.truediv and divided.backward:
        if divided.operands[1] is b and b.op is not None and b.op.target is np.linalg.det:
            return divided.operands[0]  # a determinant of 0 has raised: the matrix is inverted
    # (1.0 * s) * x, where s may be an integer: x makes it a float as well
    inner = a.op
    if inner is not None and inner.target in MULTIPLY and inner.backward and len(a.users) == 1:
        if number_of(inner.operands[0]) == 1 and not may_be_integer(b):
            result = new(op.target, inner.operands[1], b)
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
            if number_of(inverse.operands[0]) in (1, -1) and len(y_value.users) == 1:
                if x_value is not a and number_of(x_value) is not None:
                    continue
                quotient = new(operator.truediv, x_value, inverse.operands[1])
                if number_of(inverse.operands[0]) == -1:
                    quotient = new(operator.neg, quotient)
                return quotient if compatible(quotient.type, op.result.type) else None
    # y_bar * (2 * x): the number goes to the front
    inner = b.op
    if inner is not None and inner.target in MULTIPLY and inner.backward and len(b.users) == 1:
        first = number_of(inner.operands[0])
        if first is not None and x is None:
            result = new(op.target, first, new(op.target, a, inner.operands[1]))
            if compatible(result.type, op.result.type):
                return result
    return _move_broadcast(new, op)


def _divide(new: Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    x, y = number_of(a), number_of(b)
    if y == 1 and compatible(a.type, op.result.type):
        return a
    if x is not None and y is not None and y != 0:
        return Constant(x / y)
    under = scaled(b)
    if x is not None and under is not None and x / under[0] * under[0] == x:
        return new(op.target, x / under[0], under[1])  # pi / (2 * pi * s) is 0.5 / s
    if a.op is not None and a.op.target is operator.neg and a.op.backward and len(a.users) == 1:
        return new(operator.neg, new(operator.truediv, a.op.operands[0], b))
    return _move_broadcast(new, op)


def _add(new: Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    if a is b and compatible(a.type, op.result.type):
        if a.op is not None and a.op.backward and len(a.users) == 1:
            a.name, a.of = "", None  # it was half of the cotangent only
        return new(operator.mul, 2.0 if not _is_integer(a) else 2, a)
    for x, y in ((a, b), (b, a)):
        if is_zero_bar(x) and compatible(y.type, op.result.type) and same_shape(y, op.result):
            return y
        if _is_integer(y) and isinstance(x, Constant) and type(x.value) is int and x.value == 0:
            return y
    if b.op is not None and b.op.target is operator.neg and b.op.backward and len(b.users) == 1:
        return new(operator.sub, a, b.op.operands[0])
    if a.op is not None and a.op.target is operator.neg and a.op.backward and len(a.users) == 1:
        return new(operator.sub, b, a.op.operands[0])
    turned = _turned(new, a, b)
    if turned is not None:
        return new(operator.sub, a, turned)
    shared = sum_of_products(new, op)
    if shared is not None:
        return shared
    inner = a.op
    if inner is not None and inner.target is operator.add and inner.backward:
        if inner.operands[1] is b and len(a.users) == 1:  # x + t + t
            twice = new(operator.mul, 2.0, b)
            if compatible(twice.type, b.type):
                return new(operator.add, inner.operands[0], twice)
    return _unbroadcast_operands(new, op)


def _is_integer(value: Value) -> bool:
    return isinstance(value.type, Scalar) and value.type.kind == "int"


def _subtract(new: Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    if b.op is not None and b.op.target is operator.neg and b.op.backward and len(b.users) == 1:
        return new(operator.add, a, b.op.operands[0])
    turned = _turned(new, a, b)
    if turned is not None:
        return new(operator.add, a, turned)
    return _unbroadcast_operands(new, op)


def _turned(new: Rewriter, a: Value, b: Value) -> Value | None:
    """`2 * y` for a term b = `-2 * y` that is used once, in the backward half.

    Not beside another multiple by the same number: the two may turn out to be the same.
    """
    first = leading(b)
    if first is None or not first < 0 or leading(a, single=False) == first:
        return None
    return gathered(new, -1, b)


def _negate(new: Rewriter, op: Op) -> Value | None:
    (a,) = op.operands
    number = number_of(a)
    if number is not None:
        return Constant(-number)
    inner = a.op
    if inner is not None and inner.target in MULTIPLY and not a.name and is_rank0(a.type):
        first = inner.operands[0]  # of the user's `-a * b`
        if first.op is not None and first.op.target is operator.neg and not first.name:
            return new(inner.target, first.op.operands[0], inner.operands[1])
    if inner is None or not inner.backward:
        return None
    if inner.target is operator.neg:
        return inner.operands[0]
    if leading(a) is not None:
        return gathered(new, -1, a)
    if inner.target is np.broadcast_to:
        small = new(operator.neg, inner.operands[0])
        return new(np.broadcast_to, small, inner.operands[1])
    return None


def _power(new: Rewriter, op: Op) -> Value | None:
    a, b = op.operands
    if number_of(b) == 1 and compatible(a.type, op.result.type):
        return a
    return None


def _matrix_product(new: Rewriter, op: Op) -> Value | None:
    """A product with ones is a sum; numbers stand in front."""
    for simple in (product_with_ones(new, op), without_factor(new, op)):
        if simple is not None and compatible(simple.type, op.result.type):
            return simple
    return None


def _where(new: Rewriter, op: Op) -> Value | None:
    """A choice inside of a choice by the same condition has been made."""
    if len(op.operands) == 3:
        condition, *arms = op.operands
        for k, arm in enumerate(arms):
            inner = arm.op if arm.op is not None and arm.op.target is np.where else None
            if inner is None or inner.operands[0] is not condition or not inner.backward:
                continue
            other = inner.operands[2 - k]
            if is_rank0(other.type) and same_shape(arm, op.result):
                kept = [*arms]
                kept[k] = inner.operands[1 + k]
                return new(np.where, condition, *kept)
    return _unbroadcast_operands(new, op)


def _sum(new: Rewriter, op: Op) -> Value | None:
    """The sign of what is summed is that of the sum, which is smaller.

    `sum(broadcast_to(g, shape))` over everything is g times the number of elements.
    """
    (a, *positional), named = op.arguments()
    inner = a.op
    if inner is not None and inner.target is operator.neg and inner.backward:
        if len(a.users) == 1 and "initial" not in named and len(positional) < 5:
            return new(operator.neg, new(np.sum, inner.operands[0], *positional, **named))
    products = (*MULTIPLY, operator.truediv)
    if inner is not None and inner.target in products and inner.backward and not positional:
        product = sum_of_product(new, inner, named) if len(a.users) == 1 else None
        if product is None and not named:
            product = trace_of_product(new, inner)
        if product is not None and compatible(product.type, op.result.type):
            return product
    wide = broadcast_of(a)
    if positional or named or wide is None or not is_rank0(wide[0].type):
        return None
    return new(operator.mul, wide[0], new(np.size, a))


def _broadcast_to(new: Rewriter, op: Op) -> Value | None:
    a = op.operands[0]
    have, want = dims_of(a.type), dims_of(op.result.type)
    if is_loose(a.type):
        return None
    if have is not None and want is not None and isinstance(a.type, Array) and not a.type.scalar:
        if len(have) == len(want) and all(map(proven_equal, have, want)):
            return a
    if have == () == want and isinstance(a.type, Array) and isinstance(op.result.type, Array):
        return a
    return None


def _move_broadcast(new: Rewriter, op: Op) -> Value | None:
    if is_rank0(op.result.type):
        return None  # nothing is broadcast
    direct = _unbroadcast_operands(new, op)
    return _scalar_inside_broadcast(new, op) if direct is None else direct


def _unbroadcast_operands(new: Rewriter, op: Op) -> Value | None:
    """`broadcast_to(g, x.shape) * x` is `g * x`."""
    if is_rank0(op.result.type):
        return None
    for k, operand in enumerate(op.operands):
        covered = any(same_shape(v, op.result) for i, v in enumerate(op.operands) if i != k)
        number = _repeated(operand) if covered else None
        if covered and number is None:
            number = _without_repetition(new, operand)
        if number is not None:
            operands = [number if i == k else v for i, v in enumerate(op.operands)]
            if compatible(infer(op.target, operands, {}), op.result.type):
                return new(op.target, *operands)
        thin = _without_leading_ones(op, k)
        if thin is not None:
            operands = [thin if i == k else v for i, v in enumerate(op.operands)]
            if compatible(infer(op.target, operands, {}), op.result.type):
                return new(op.target, *operands)
        wide = broadcast_of(operand)
        others = [v for i, v in enumerate(op.operands) if i != k]
        if wide is not None and not all(map(broadcast_of, others)):
            if not _covers(operand, others):
                continue
            operands = [wide[0] if i == k else v for i, v in enumerate(op.operands)]
            result_type = infer(op.target, operands, {})
            if compatible(result_type, op.result.type):
                return new(op.target, *operands)
    return None


def _without_repetition(new: Rewriter, value: Value) -> Value | None:
    """`g * x` for a product `broadcast_to(g, s) * x` with something that is broadcast itself."""
    op = value.op
    if op is None or not op.backward or op.target not in MULTIPLY or len(value.users) != 1:
        return None
    wide = broadcast_of(op.operands[0])
    if wide is None or not is_rank0(wide[0].type):
        return None
    return new(op.target, wide[0], op.operands[1])


def _repeated(value: Value) -> Value | None:
    """The number that all elements of an array are: of `broadcast_to(g, s)[:, None]` it is g."""
    op = value.op
    if op is None or not op.backward or op.target is not np.expand_dims:
        return None
    wide = broadcast_of(op.operands[0])
    return wide[0] if wide is not None and is_rank0(wide[0].type) else None


def _without_leading_ones(op: Op, k: int) -> Value | None:
    """For an operand `expand_dims(x, 0)` that is broadcast: x, since that puts axes in front."""
    made = op.operands[k].op
    if made is None or made.target is not np.expand_dims or not made.backward:
        return None
    axis = made.operands[1]
    rank = len(dims_of(op.operands[k].type) or ())
    ranks = [len(dims_of(v.type) or ()) for i, v in enumerate(op.operands) if i != k]
    leads = isinstance(axis, Constant) and axis.value == 0 and len(made.operands) == 2
    return made.operands[0] if leads and max(ranks, default=0) >= rank else None


def _covers(value: Value, others: list[Value]) -> bool:
    """Does another operand have all of the shape that `value` was broadcast to?"""
    want = dims_of(value.type)
    if want is None:
        return False
    for other in others:
        have = dims_of(other.type)
        if have is None or is_loose(other.type) and not _has_shape_of(other, value):
            continue
        if len(have) == len(want) and all(map(agree, have, want)):
            return True
    return False


def _has_shape_of(value: Value, wide: Value) -> bool:
    """Was `wide` broadcast to the shape of what `value` is computed from, element by element?"""
    shape = wide.op.operands[1].op if wide.op is not None else None
    return shape is not None and shape.target is np.shape and (
        _element_by_element(shape.operands[0]) is _element_by_element(value)
    )  # fmt: skip


def _element_by_element(value: Value) -> Value:
    """The array that a value is a function of, element by element, if it is one only."""
    op = value.op
    while op is not None and is_elementwise(op.target):
        arrays = [v for v in op.operands if not is_rank0(v.type)]
        if len(arrays) != 1:
            break
        value, op = arrays[0], arrays[0].op
    return value


def _scalar_inside_broadcast(new: Rewriter, op: Op) -> Value | None:
    """Arithmetic with a scalar moves inside a broadcast: `broadcast_to(1.0, s) / n`."""
    a, b = op.operands
    for x, other, flip in ((a, b, False), (b, a, True)):
        wide = broadcast_of(x)
        if wide is not None and is_rank0(other.type) and is_rank0(wide[0].type):
            inner, shape = wide
            small = new(op.target, *((other, inner) if flip else (inner, other)))
            result = new(np.broadcast_to, small, shape)
            if compatible(result.type, op.result.type):
                return result
    return None


IDENTITIES: dict[Any, Rule] = {
    operator.eq: _unbroadcast_operands,
    operator.mul: _multiply,
    np.multiply: _multiply,
    operator.matmul: _matrix_product,
    operator.truediv: _divide,
    np.divide: _divide,
    operator.add: _add,
    operator.sub: _subtract,
    operator.neg: _negate,
    operator.pow: _power,
    np.where: _where,
    np.broadcast_to: _broadcast_to,
    np.sum: _sum,
}
