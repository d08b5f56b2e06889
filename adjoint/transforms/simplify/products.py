"""Numbers in the products of the backward half, which gather at the left; sums of products."""

from __future__ import annotations

import math
import operator

import numpy as np

from adjoint.ir.core import Op, Value, comes_before
from adjoint.ir.types import Array, Scalar, compatible, equal_dims, is_loose, is_rank0
from adjoint.transforms.simplify.rewriting import MULTIPLY, Rewriter, number_of, same_shape


def gathered(new: Rewriter, number: float | np.floating, v: Value) -> Value | None:
    """`number * v`, with a number at the left end of v's products taken into it.

    `2 * (0.5 * g * s)` is `g * s`, and `2 * (r / n)` is `2 / n * r`: a quotient of numbers.
    """
    op = v.op
    if op is None or op.kind != "apply" or not op.backward:
        return None
    if len(v.users) != 1 and not _is_share(op):
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


def _is_share(op: Op) -> bool:
    """Is this a number over a size, as in a mean? Each of its users may have one of its own."""
    if op.target is not operator.truediv or number_of(op.operands[0]) is None:
        return False
    size = op.operands[1].type
    return isinstance(size, Scalar) and size.kind == "int"


def leading(v: Value, single: bool = True) -> float | np.floating | None:
    """The number at the left end of a product of the backward half."""
    op = v.op
    if op is None or op.kind != "apply" or not op.backward:
        return None
    if single and len(v.users) != 1 and not _is_share(op):
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


def scaled(v: Value) -> tuple[float | np.floating, Value] | None:
    """The number and the rest of `2 * x`, as the user wrote it inside of an expression."""
    op = v.op
    if op is None or op.kind != "apply" or op.target not in MULTIPLY or v.name:
        return None
    a, b = op.operands
    for number, rest in ((number_of(a), b), (number_of(b), a)):
        if number is not None and number != 0 and math.isfinite(number):
            if isinstance(number, float) and isinstance(rest.type, (Array, Scalar)):
                return (number, rest) if rest.type == v.type else None
    return None


def without_factor(new: Rewriter, op: Op) -> Value | None:
    """`2 * (g * x)` for `g * (2 * x)` and `-(g * b)` for `g * -b`, of the user's `2 * x` and `-b`.

    What the user has named, or gave, is at hand. The multiple would be kept for the backward half.
    """
    for k, v in enumerate(op.operands):
        made = v.op
        if made is None or made.backward or op.target in MULTIPLY and not is_rank0(v.type):
            continue
        found = scaled(v)
        rest = None if found is None else found[1]
        if made.target is operator.neg and not v.name and is_rank0(v.type):
            rest = made.operands[0]
        if rest is None or not rest.name:
            continue
        product = new(op.target, *(rest if j == k else u for j, u in enumerate(op.operands)))
        if found is None:
            return new(operator.neg, product)
        return new(operator.mul, found[0], product)
    return None


def product_at_hand(new: Rewriter, op: Op) -> Value | None:
    """`g * y` for `g * a * b`, of the user's `y = a * b`: one factor need not be kept for it."""
    inner, last = op.operands[0].op, op.operands[1]
    if inner is None or inner.target not in MULTIPLY or not inner.backward:
        return None
    if len(inner.result.users) != 1:
        return None
    for g, factor in (inner.operands, inner.operands[::-1]):
        for kept, other in ((factor, last), (last, factor)):
            if kept.op is None or kept.op.backward or kept.name or not _is_read_once(kept, op):
                continue
            for user in kept.users:
                same = user.parent is kept.op.parent and user.target in MULTIPLY
                if not same or user.backward or not user.result.name:
                    continue
                if other in user.operands and comes_before(user, op):  # not so in forward mode
                    return new(op.target, g, user.result)
    return None


def _is_read_once(value: Value, op: Op) -> bool:
    """Does the backward half read the value in this product only?"""
    readers = [user for user in value.users if user.backward]
    return readers == [op] or len(readers) == 1 and list(readers[0].results[0].users) == [op]


def product_with_ones(new: Rewriter, op: Op) -> Value | None:
    """`g.sum()` for the product of a vector or matrix with a vector of ones."""
    a, b = op.operands
    for x, other, axis in ((a, b, 1), (b, a, 0)):
        ones = other.op is not None and other.op.target in (np.ones, np.ones_like)
        vector = isinstance(other.type, Array) and other.type.rank == 1
        if not ones or not vector or not isinstance(x.type, Array) or is_loose(x.type):
            continue
        if x.type.rank == 1:
            return new(np.sum, x)
        if x.type.rank == 2:
            return new(np.sum, x, axis=axis)
    return None


def trace_of_product(new: Rewriter, product: Op) -> Value | None:
    """`np.trace(g)` for the sum of `g * np.eye(n)`."""
    if product.target not in MULTIPLY:
        return None
    a, b = product.operands
    for x, other in ((a, b), (b, a)):
        made = other.op
        if made is None or made.target is not np.eye or len(made.operands) != 1:
            continue
        if same_shape(x, other) and isinstance(x.type, Array) and not is_loose(x.type):
            return new(np.trace, x)
    return None


def sum_of_products(new: Rewriter, op: Op) -> Value | None:
    """`x @ (a + b)` for `x @ a + x @ b`, of matrices, also behind another sum."""
    a, b = op.operands
    rest: Value | None = None
    if _matrices(a) is None and a.op is not None and a.op.target is operator.add:
        if a.op.backward and len(a.users) == 1:
            rest, a = a.op.operands
    left, right = _matrices(a), _matrices(b)
    if left is None or right is None or left[0] != right[0]:
        return None
    for k in (0, 1):
        shared, other = left[1].operands[k], (left[1].operands[1 - k], right[1].operands[1 - k])
        if shared is right[1].operands[k] and other[0].type == other[1].type:
            both = new(operator.add, *other)
            product = new(operator.matmul, *((shared, both) if k == 0 else (both, shared)))
            if left[0] is not None:
                product = new(operator.mul, left[0], product)
            total = product if rest is None else new(operator.add, rest, product)
            return total if compatible(total.type, op.result.type) else None
    return None


def _matrices(v: Value) -> tuple[float | np.floating | None, Op] | None:
    """A product of two matrices that is used once in the backward half, and a number before it."""
    op = v.op
    if op is None or not op.backward or sum(v.users.values()) != 1:
        return None
    if op.target in MULTIPLY:
        number, inner = number_of(op.operands[0]), _matrices(op.operands[1])
        return (number, inner[1]) if number is not None and inner and inner[0] is None else None
    plain = op.target is operator.matmul and all(
        isinstance(u.type, Array) and u.type.rank == 2 and not is_loose(u.type)
        for u in op.operands
    )
    return (None, op) if plain else None
