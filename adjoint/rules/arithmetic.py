"""Python's operators and the NumPy functions of the same meaning."""

from __future__ import annotations

import operator as op
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.numpy_numbers import is_surely_numpy
from adjoint.rules.registry import elementwise, nondifferentiable, rule
from adjoint.rules.singular import divides_by_zero
from adjoint.rules.staged import (
    as_array,
    both,
    by_items,
    call,
    conj,
    equal,
    is_complex,
    select,
    sign,
)


def _power_base(y: Any, a: Any, b: Any) -> Any:
    """d a**b / da = b a**(b-1), with the value 0 at b = 0 also where a = 0."""
    if isinstance(b, (int, float)):
        if b in (0, 1, 2):
            return {0: 0, 1: 1, 2: 2 * a}[int(b)]
        return b * a ** (b - 1)
    return b * call(op.pow, a, select(equal(b, 0), 1, b - 1))


def _power_exponent(y: Any, a: Any, b: Any) -> Any:
    """d a**b / db = a**b log(a), with the limit 0 at a = 0 (b > 0); nan for a < 0."""
    if isinstance(a, (int, float)) and a > 0:
        return y * float(np.log(a))
    if is_complex(b) and not is_complex(a):
        a = a + 0j  # a logarithm below zero
    return y * np.log(select(equal(a, 0), 1, a))


def _slope_of_abs(y: Any, a: Any) -> Any:
    """The derivative of |a|: the conjugate of a / |a| for complex numbers, 0 at 0."""
    return conj(a) / select(equal(y, 0), 1, y) if is_complex(a) else sign(a)


elementwise([op.add, np.add], a=lambda y, a, b: 1, b=lambda y, a, b: 1)
elementwise([op.sub, np.subtract], a=lambda y, a, b: 1, b=lambda y, a, b: -1)
elementwise([op.mul, np.multiply], a=lambda y, a, b: b, b=lambda y, a, b: a)
elementwise([op.pow, np.power, np.float_power, pow], a=_power_base, b=_power_exponent)
elementwise([ops.literal, ops.alias], a=lambda y, a: 1)
elementwise([op.neg, np.negative], a=lambda y, a: -1)
elementwise([op.pos, np.positive], a=lambda y, a: 1)
elementwise([abs, op.abs, np.abs, np.fabs], a=_slope_of_abs)
elementwise(
    [op.mod, np.mod, np.remainder], a=lambda y, a, b: 1, b=lambda y, a, b: -call(op.floordiv, a, b)
)
elementwise(np.fmod, a=lambda y, a, b: 1, b=lambda y, a, b: -np.trunc(a / b))


def _divide_tangent(tangents: Any, y: Any, a: Any, b: Any) -> Any:
    a_dot, b_dot = tangents
    if b_dot is None:
        return a_dot / _divisor(b, y, a_dot)
    if not is_surely_numpy(a_dot):
        b = _divisor(b, y, b_dot)
    return -y * b_dot / b if a_dot is None else (a_dot - y * b_dot) / b


@rule([op.truediv, np.divide], jvp=_divide_tangent)
def divide(y_bar: Any, y: Any, a: Any, b: Any) -> Any:
    b = _divisor(b, y, y_bar)
    return y_bar / b, -y_bar * y / b


def _is_number(x: Any) -> bool:
    """Is this a number of the program, as the 0 of `maximum(x, 0)`? It has the slope at a tie."""
    return isinstance(x, (int, float, np.number))


def _divisor(b: Any, y: Any, g: Any) -> Any:
    """The divisor of a cotangent or tangent `g`, as it divides in the program.

    A Python number divides a number of NumPy's there, and may be zero. Python would raise.
    """
    if not divides_by_zero(y, b) or is_surely_numpy(g):
        return b
    return call(np.astype, b, y.type.dtype)


def _to_larger(y_bar: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of a where a > b, and of b where b > a.

    Each has half of it where two operands tie: maximum(x, x) has slope 1.
    """
    if _is_number(a) or _is_number(b):
        return select(a > b, y_bar, 0.0), select(b > a, y_bar, 0.0)
    share = select(equal(a, b), 0.5 * y_bar, y_bar)
    return select(a >= b, share, 0.0), select(b >= a, share, 0.0)


@rule([np.fmax, np.fmin])
def extremum_but_nan(y_bar: Any, y: Any, a: Any, b: Any) -> Any:
    """As maximum and minimum, but where one operand is nan the other is the result."""
    if _is_number(a) or _is_number(b):
        return select(equal(b, y), 0.0, y_bar), select(equal(a, y), 0.0, y_bar)
    half = select(equal(a, b), 0.5 * y_bar, 0.0)
    return select(equal(a, y), y_bar - half, 0.0), select(equal(b, y), y_bar - half, 0.0)


def _where_larger_tangent(a: Any, b: Any, a_dot: Any, b_dot: Any) -> Any:
    """`a_dot` where a > b, else `b_dot`, the mean of both where they tie."""
    if _is_number(a) or _is_number(b):
        return select(a > b, a_dot, 0.0) if b_dot is None else select(b > a, b_dot, 0.0)
    a_dot, b_dot = (0.0 if dot is None else dot for dot in (a_dot, b_dot))
    return select(a > b, a_dot, select(equal(a, b), 0.5 * (a_dot + b_dot), b_dot))


@rule(np.maximum, jvp=lambda tangents, y, a, b: _where_larger_tangent(a, b, *tangents))
def maximum(y_bar: Any, y: Any, a: Any, b: Any) -> Any:
    return _to_larger(y_bar, _above(a, b, y), _above(b, a, y))


def _above(x: Any, limit: Any, y: Any) -> Any:
    """What is above a number where x is: the maximum y itself, if the user has named only that.

    Not where a loop begins with it: there its name goes on to another value.
    """
    if not _is_number(limit) or not isinstance(x, Value) or not isinstance(y, Value):
        return x
    lasts = y.name and not any(user.regions for user in y.users)
    return y if lasts and not x.name else x


@rule(np.minimum, jvp=lambda tangents, y, a, b: _where_larger_tangent(b, a, *tangents))
def minimum(y_bar: Any, y: Any, a: Any, b: Any) -> Any:
    return _to_larger(y_bar, b, a)


def _extremum_tangent(larger: Any) -> Any:
    def tangent(tangents: Any, y: Any, a: Any, b: Any = None) -> Any:
        if b is None:
            share = _share(y, as_array(a))
            return np.sum(share * as_array(tangents[0]))
        a_dot, b_dot = tangents
        if _is_number(a) or _is_number(b):
            reached = larger(b, a) if a_dot is None else _reaches(larger, b, a)
            return select(reached, b_dot, 0.0) if a_dot is None else select(reached, 0.0, a_dot)
        a_dot, b_dot = (0.0 if dot is None else dot for dot in tangents)
        return select(larger(b, a), b_dot, select(equal(a, b), 0.5 * (a_dot + b_dot), a_dot))

    return tangent


def _extremum(y_bar: Any, y: Any, a: Any, b: Any, larger: Any) -> Any:
    """As Python decides it: b where it is larger, else a, which is so if one of them is nan."""
    if b is None:
        return by_items(y_bar * _share(y, as_array(a)), a)
    if _is_number(a) or _is_number(b):
        return select(_reaches(larger, b, a), 0.0, y_bar), select(larger(b, a), y_bar, 0.0)
    half = select(equal(a, b), 0.5 * y_bar, 0.0)
    return (
        select(larger(b, a), 0.0, y_bar - half),
        select(larger(b, a), y_bar, half),
    )


def _reaches(larger: Any, b: Any, a: Any) -> Any:
    """Is b at least as large as a (or as small)? Not if one of them is nan."""
    return b >= a if larger is op.gt else b <= a


def _share(y: Any, items: Any) -> Any:
    """The items that are the extremum share its cotangent evenly."""
    hits = equal(items, y)
    return hits / np.sum(hits)


@rule(max, jvp=_extremum_tangent(op.gt))
def largest(y_bar: Any, y: Any, a: Any, b: Any = None) -> Any:
    return _extremum(y_bar, y, a, b, op.gt)


@rule(min, jvp=_extremum_tangent(op.lt))
def smallest(y_bar: Any, y: Any, a: Any, b: Any = None) -> Any:
    return _extremum(y_bar, y, a, b, op.lt)


def _where_tangent(tangents: Any, y: Any, condition: Any, a: Any, b: Any) -> Any:
    _, a_dot, b_dot = (0.0 if dot is None else dot for dot in tangents)
    return select(condition, a_dot, b_dot)


@rule([np.where, ops.select], jvp=_where_tangent)
def where(y_bar: Any, y: Any, condition: Any, a: Any, b: Any) -> Any:
    return None, select(condition, y_bar, 0.0), select(condition, 0.0, y_bar)


@rule(np.clip)
def clip(y_bar: Any, y: Any, x: Any, a_min: Any = None, a_max: Any = None, **bounds: Any) -> Any:
    low, high = bounds.get("min", a_min), bounds.get("max", a_max)
    if low is not None and high is not None:
        inside, edge = both(x > low, x < high), both(x >= low, x <= high)
    elif low is not None:
        inside, edge = x > low, x >= low
    else:
        inside, edge = x < high, x <= high
    numbers = all(_is_number(bound) for bound in (low, high) if bound is not None)
    at_edge = 0.0 if numbers else select(edge, 0.5 * y_bar, 0.0)
    x_bar = select(inside, y_bar, at_edge)
    low_bar = None if low is None else _to_larger(y_bar, low, x)[0]
    high_bar = None if high is None else _to_larger(y_bar, x, high)[0]
    return x_bar, low_bar, high_bar


nondifferentiable(
    op.lt, op.le, op.gt, op.ge, op.eq, op.ne, op.not_, op.and_, op.or_, op.xor, op.invert,
    op.is_, op.is_not, op.contains, op.floordiv, op.lshift, op.rshift,
    np.floor_divide, np.less, np.less_equal, np.greater, np.greater_equal, np.equal,
    np.not_equal, np.logical_and, np.logical_or, np.logical_not, np.logical_xor, np.sign,
    np.floor, np.ceil, np.trunc, np.rint, np.round, np.fix, np.isnan, np.isfinite, np.isinf,
    np.signbit, np.spacing, np.heaviside, np.isclose, np.allclose, np.array_equal,
    np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.bitwise_count, np.left_shift,
    np.right_shift, np.gcd, np.lcm, np.isnat,
    ops.stop_gradient, ops.check, ops.fail, ops.fstring,
    bool, int, isinstance, len, round, range, slice, any, all, callable, hasattr, id, type,
    repr, str, bin, oct, hex, chr, ord, hash, format, print, issubclass,
    ops.index_of_max, ops.index_of_min,
)  # fmt: skip
