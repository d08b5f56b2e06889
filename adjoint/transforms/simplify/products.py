"""Numbers in the products of the backward half, which gather at the left; sums of products."""

from __future__ import annotations

import math
import operator

import numpy as np

from adjoint.ir.core import Op, Value
from adjoint.ir.types import Array, equal_dims, is_loose, is_rank0
from adjoint.transforms.simplify.rewriting import MULTIPLY, Rewriter, number_of


def gathered(new: Rewriter, number: float | np.floating, v: Value) -> Value | None:
    """`number * v`, with a number at the left end of v's products taken into it.

    `2 * (0.5 * g * s)` is `g * s`, and `2 * (r / n)` is `2 / n * r`: a quotient of numbers.
    """
    op = v.op
    if op is None or op.kind != "apply" or not op.backward or len(v.users) != 1:
        return None
    if op.target is np.expand_dims:
        inner = gathered(new, number, op.operands[0])
        return None if inner is None else new.like(op, np.expand_dims, inner, *op.operands[1:])
    if op.target not in (*MULTIPLY, operator.truediv):
        return None
    a, b = op.operands
    first = number_of(a)
    if first is not None:
        product = number * first
        if math.isnan(product) or math.isinf(product):
            return None
        if product == 1 and op.target in MULTIPLY:
            return b
        return new.like(op, op.target, product, b)
    inner = gathered(new, number, a)
    if inner is not None:
        return new.like(op, op.target, inner, b)
    inner = gathered(new, number, b) if op.target in MULTIPLY else None
    if inner is not None:
        return new.like(op, op.target, a, inner)
    under = leading(b) if op.target is operator.truediv else None
    if under and number / under * under == number:  # 2 * (g / (2 * a)) is g / a
        rest = gathered(new, 1 / under, b)
        over = a if number == under else new(operator.mul, number / under, a)
        return None if rest is None else new.like(op, operator.truediv, over, rest)
    if op.target is operator.truediv and is_rank0(b.type) and not is_rank0(a.type):
        return new(operator.mul, new.like(op, operator.truediv, number, b), a)
    return None


def leading(v: Value, single: bool = True) -> float | np.floating | None:
    """The number at the left end of a product of the backward half."""
    op = v.op
    if op is None or op.kind != "apply" or not op.backward or single and len(v.users) != 1:
        return None
    if op.target not in (*MULTIPLY, operator.truediv):
        return None
    first = number_of(op.operands[0])
    return leading(op.operands[0], single) if first is None else first


def sum_of_product(new: Rewriter, product: Op, named: dict[str, Value]) -> Value | None:
    """A number leaves a sum; the sum of the products of two vectors is `a @ b`."""
    a, b = product.operands
    if product.target is operator.truediv:
        if not set(named) <= {"axis", "keepdims"} or not is_rank0(b.type) or is_rank0(a.type):
            return None
        return new.like(product, operator.truediv, new(np.sum, a, **named), b)
    if set(named) <= {"axis", "keepdims"} and is_rank0(a.type) and not is_rank0(b.type):
        return new(operator.mul, a, new(np.sum, b, **named))
    vectors = [isinstance(v.type, Array) and v.type.rank == 1 for v in (a, b)]
    if named or not all(vectors) or is_loose(a.type) or is_loose(b.type):
        return None
    assert isinstance(a.type, Array) and isinstance(b.type, Array)
    both = a.type.dtype == b.type.dtype == np.float64
    return new(operator.matmul, a, b) if both and equal_dims(a.type.dims, b.type.dims) else None
