"""A float stays a float: a power of a negative number that Python makes complex is refused.

`(-2.0) ** 0.5` is a complex number in Python, and everything behind it would be complex without
the types saying so. Where a base may be negative, a check comes first.
"""

from __future__ import annotations

import math
import operator

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.types import Scalar
from adjoint.transforms.effects.raising import Inserter, raising_branch

_POWERS = (operator.pow, pow)
_NEVER_NEGATIVE = (abs, math.sqrt, math.exp, math.fabs, math.hypot, math.cosh, len, math.dist)
_KEEP_THE_SIGN = (operator.add, operator.mul, operator.truediv, max, min, math.fsum, float)


def check_powers(function: Function) -> None:
    """Put a check before every power of Python numbers that may be complex.

    >>> # %0 = pow x, 0.5   becomes   if lt x, 0.0: fail ValueError ...; %0 = pow x, 0.5
    """
    _region(function.body, frozenset(), {function})


def _region(region: Region, checked: frozenset[Value], seen: set[Function]) -> None:
    for op in list(region.ops):
        for nested in op.regions:
            _region(nested, checked, seen)
        inner = op.attrs.get("function")
        if isinstance(inner, Function) and inner not in seen:
            seen.add(inner)
            _region(inner.body, frozenset(), seen)
        if op.target in _POWERS and _may_be_complex(op) and op.operands[0] not in checked:
            _check(region, op)
            if isinstance(op.operands[1], Constant):
                checked |= {op.operands[0]}


def _may_be_complex(op: Op) -> bool:
    base, exponent = op.operands[:2]
    if not (isinstance(base.type, Scalar) and isinstance(exponent.type, Scalar)):
        return False
    if exponent.type.kind != "float" or base.type.kind == "complex":
        return False
    if isinstance(exponent, Constant) and float(exponent.value).is_integer():
        return False
    return not _is_never_negative(base)


def _check(region: Region, op: Op) -> None:
    base, exponent = op.operands[:2]
    inserter = Inserter(region, region.ops.index(op), op)
    line = op.span.statement if op.span is not None else 0
    known = isinstance(exponent, Constant)
    power = exponent.value if isinstance(exponent, Constant) else "of a fraction"
    message = f"line {line}: a negative number to the power {power} is complex"
    negative = inserter.add(operator.lt, base, Constant(0.0))
    branch = raising_branch(negative, ValueError, message, op)
    if not known:
        arm = branch.regions[0]
        inside = Inserter(arm, 0, op)
        rest = inside.add(operator.mod, exponent, Constant(1.0))
        fraction = inside.add(operator.ne, rest, Constant(0.0))
        fails = arm.ops.pop(-2)
        fails.drop()
        inside.insert(raising_branch(fraction, ValueError, message, op))
    inserter.insert(branch)


def _is_never_negative(value: Value) -> bool:
    """Is the number certainly not below 0: a square, a sum of such numbers?"""
    if isinstance(value, Constant):
        return isinstance(value.value, (int, float)) and value.value >= 0
    op = value.op
    if op is None or op.kind != "apply":
        return False
    if op.target in _NEVER_NEGATIVE:
        return True
    if op.target is operator.mul and op.operands[0] is op.operands[1]:
        return True
    if op.target in _POWERS:
        base, exponent = op.operands[:2]
        even = isinstance(exponent, Constant) and exponent.value % 2 == 0
        return even or _is_never_negative(base)
    if op.target is max:
        return any(map(_is_never_negative, op.operands))
    if op.target is ops.literal or op.target in _KEEP_THE_SIGN:
        return all(map(_is_never_negative, op.operands))
    return False
