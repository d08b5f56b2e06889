"""Quotients by an exponential, differentiated as a whole: a sigmoid, a Fermi function, 1 / cosh.

Where the exponential overflows, `y = c / a` is 0, and so is its slope. But the chain rule, from a
to the exponent, multiplies 0 with infinity. The logarithmic derivative of a stays finite:

    dy = dc / a - y * d(log a)        with  d(log(d + exp u)) = (1 - d / a) du

So the slope of `y = 1 / (1 + exp(-x))` is `y * (1 - y)`, as an expert writes it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.ir.core import Constant, Op, Value
from adjoint.rules.kinds import scale
from adjoint.rules.staged import is_complex

#: A value, and the partial derivative with respect to it.
Term = tuple[Value, Any]

_QUOTIENTS = (operator.truediv, np.divide)
_SUMS = (operator.add, np.add)
_DIFFERENCES = (operator.sub, np.subtract)
_POWERS = (operator.pow, np.power)


def quotient_terms(op: Op, moves: Callable[[Value], bool]) -> list[Term] | None:
    """The partial derivatives of a quotient by an exponential; None where it is none.

    `moves` says which values depend on what is differentiated.
    """
    numerator: Value | None = None
    power: float = 1
    if op.target in _QUOTIENTS:
        numerator, a = op.operands
    elif op.target is np.reciprocal:
        a = op.operands[0]
    elif op.target in _POWERS and _number(op.operands[1]) < 0:
        a, power = op.operands[0], -_number(op.operands[1])
    else:
        return None
    y = op.result
    if op.keywords or is_complex(y):
        return None
    slopes = _slopes_of_logarithm(a, op, numerator, moves)
    if not slopes:
        return None
    terms = [(u, scale(scale(y, -power), slope)) for u, slope in slopes]
    if numerator is not None and moves(numerator):
        terms.append((numerator, 1 / a))
    return terms


def _slopes_of_logarithm(
    a: Value, quotient: Op, numerator: Value | None, moves: Callable[[Value], bool]
) -> list[Term]:
    """The partial derivatives of log(a) by the exponents in `a`, computed beside the quotient."""
    op = a.op
    if op is None or op.kind != "apply" or op.parent is not quotient.parent or op.keywords:
        return []
    if op.target is np.exp:
        return [(op.operands[0], 1)]
    if op.target is np.cosh:
        return [(op.operands[0], np.tanh(op.operands[0]))]
    if op.target in (*_SUMS, *_DIFFERENCES):
        e, d = op.operands if _is_exponential(op.operands[0], op) else op.operands[::-1]
        if not _is_exponential(e, op) or moves(d):
            return []
        assert e.op is not None
        share = _share(quotient, numerator, a, d)
        is_difference = op.target in _DIFFERENCES and d is op.operands[1]
        return [(e.op.operands[0], 1 + share if is_difference else 1 - share)]
    if op.target in _POWERS and _number(op.operands[1]) > 0:
        inner = _slopes_of_logarithm(op.operands[0], quotient, None, moves)
        return [(u, scale(slope, _number(op.operands[1]))) for u, slope in inner]
    return []


def _is_exponential(e: Value, op: Op) -> bool:
    return e.op is not None and e.op.target is np.exp and e.op.parent is op.parent


def _share(quotient: Op, numerator: Value | None, a: Value, d: Value) -> Any:
    """The part of the sum `a` that its term `d` is; the quotient itself, if that is `d / a`."""
    if isinstance(numerator, Constant) and isinstance(d, Constant) and numerator.value == d.value:
        return quotient.result
    return d / a


def _number(value: Value) -> float:
    """The constant exponent of a power, or 0."""
    number = value.value if isinstance(value, Constant) else 0
    return number if isinstance(number, (int, float)) else 0
