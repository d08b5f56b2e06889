"""Where the slope of an operation is infinite though its value is not an error."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.types import Array, Scalar

#: Functions with such a point; the derivatives of some raise there.
_FUNCTIONS: frozenset[Any] = frozenset({
    np.sqrt, math.sqrt, np.cbrt, math.cbrt, np.reciprocal, np.log, np.log2, np.log10, np.log1p,
    np.arcsin, np.arccos, np.arctanh, np.arccosh, math.asin, math.acos, math.acosh,
    np.arctan2, math.atan2, np.linalg.det, np.linalg.slogdet, np.linalg.norm,
})  # fmt: skip
_QUOTIENTS = (operator.truediv, np.divide)
_POWERS = (operator.pow, np.power, np.float_power, math.pow)


def singular_operands(op: Op) -> list[Value]:
    """The operands at some value of which the derivative is infinite or nan, or raises.

    The quotient of Python's numbers is not among the operations: it raises there itself.
    """
    if op.target in _FUNCTIONS:
        return op.operands[:2] if op.target in (np.arctan2, math.atan2) else op.operands[:1]
    if is_quotient(op):
        return [] if isinstance(op.result.type, Scalar) else _variable(op.operands[1])
    if op.target in _POWERS and not _is_steep(op.operands[1]):
        return []
    return _variable(op.operands[0]) if op.target in _POWERS else []


def may_raise(op: Op) -> bool:
    """Does this raise at some values of its operands, as inverses and quotients of numbers do?"""
    if op.target in (np.linalg.inv, np.linalg.solve):
        return True
    if not op.results or not isinstance(op.results[0].type, Scalar):
        return False
    if is_quotient(op):
        return not isinstance(op.operands[1], Constant)
    return op.target in _POWERS and _is_steep(op.operands[1])


def is_quotient(op: Op) -> bool:
    return op.target in _QUOTIENTS


def divides_by_zero(quotient: Any, divisor: Any) -> bool:
    """May NumPy divide by a zero here that is a number of Python's?

    The size of an array is none: it is zero only where there is nothing to differentiate.
    """
    if not isinstance(quotient, Value) or not isinstance(quotient.type, Array):
        return False
    if not isinstance(divisor, Value) or not isinstance(divisor.type, Scalar):
        return False
    if quotient.type.dims or isinstance(divisor, Constant):
        return False
    made = None if divisor.op is None else divisor.op.target
    return divisor.type.size is None or made not in (len, np.size, operator.getitem)


def _variable(value: Value) -> list[Value]:
    return [] if isinstance(value, Constant) else [value]


def _is_steep(exponent: Value) -> bool:
    """Is the slope of a power with this exponent infinite at 0, for all we know?"""
    number = exponent.value if isinstance(exponent, Constant) else None
    return not isinstance(number, (int, float)) or number < 1 and number != 0
