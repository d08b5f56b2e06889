"""Quotients by an exponential, differentiated as a whole: a sigmoid, a Fermi function, 1 / cosh.

Where the exponential overflows, `y = c / a` is 0, and so is its slope. But the chain rule, from a
to the exponent, multiplies 0 with infinity. The logarithmic derivative of a stays finite:

    dy = dc / a - y * d(log a)        with  d(log(d + exp u)) = (1 - d / a) du

So the slope of `y = 1 / (1 + exp(-x))` is `y * (1 - y)`, as an expert writes it. The slope of its
logarithm is `1 - y`, that of `log(1 - y)` is `-y`, and that of `log(1 + exp(x))` is `y`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.ir.core import Constant, Op, Value
from adjoint.rules.kinds import scale
from adjoint.rules.staged import call, is_complex, is_python_number

#: A value, and the partial derivative with respect to it.
Partial = tuple[Value, Any]

_QUOTIENTS = (operator.truediv, np.divide)
_SUMS = (operator.add, np.add)
_DIFFERENCES = (operator.sub, np.subtract)
_EXPS = (np.exp, math.exp)
_POWERS = (operator.pow, np.power)


def quotient_terms(op: Op, moves: Callable[[Value], bool]) -> list[Partial] | None:
    """The partial derivatives of a quotient by an exponential; None where it is none.

    `moves` says which values depend on what is differentiated.
    """
    found = _logarithmic(op, moves)
    if found is None:
        return None
    slopes, numerator = found
    terms = [(u, scale(op.result, slope)) for u, slope in slopes]
    if numerator is not None and moves(numerator):
        terms.append((numerator, 1 / op.operands[1]))
    return terms


def logarithm_terms(op: Op, moves: Callable[[Value], bool]) -> list[Partial] | None:
    """The same for the logarithm of a quotient, of 1 + exp(u), or of 1 - sigmoid(u)."""
    inner = op.operands[0].op if op.operands else None
    if (
        inner is None
        or op.keywords
        or inner.keywords
        or inner.parent is not op.parent
        or is_complex(op.result)
    ):
        return None
    y = op.result
    if op.target in (np.log1p, math.log1p):
        exponent = inner.operands[0] if inner.target in _EXPS else None
        return None if exponent is None else [(exponent, _slope_of_softplus(y, exponent))]
    if op.target not in (np.log, math.log) or len(op.operands) != 1:
        return None
    if inner.target in _SUMS:
        exponent = _exponent_beside_one(inner)
        return None if exponent is None else [(exponent, _slope_of_softplus(y, exponent))]
    if inner.target in _DIFFERENCES and _is_one(inner.operands[0]):
        p = inner.operands[1]
        u = _exponent_of_sigmoid(p)
        same = p.op is not None and p.op.parent is op.parent
        return [(u, p)] if u is not None and same and moves(u) else None
    found = _logarithmic(inner, moves)
    if found is None or found[1] is not None and moves(found[1]):
        return None
    return found[0]


def _slope_of_softplus(y: Value, u: Value) -> Any:
    """The sigmoid of u; of a Python float in terms of y, since `math.exp` may overflow."""
    if is_python_number(y):
        return -call(math.expm1, -y)  # type: ignore[operator]
    negated = u.op is not None and u.op.target is operator.neg
    return 1 / (1 + np.exp(u.op.operands[0] if u.op is not None and negated else -u))  # type: ignore


def _exponent_of_sigmoid(p: Value) -> Value | None:
    """The `u` of `1 / (1 + exp(u))`."""
    op = p.op
    if op is None or op.target not in _QUOTIENTS or op.keywords or not _is_one(op.operands[0]):
        return None
    a = op.operands[1].op
    if a is None or a.target not in _SUMS or a.parent is not op.parent:
        return None
    return _exponent_beside_one(a)


def _exponent_beside_one(a: Op) -> Value | None:
    """The `u` of `1 + exp(u)`."""
    if a.keywords:
        return None
    e, d = a.operands if _is_exponential(a.operands[0], a) else a.operands[::-1]
    return e.op.operands[0] if e.op is not None and _is_exponential(e, a) and _is_one(d) else None


def _is_one(value: Value) -> bool:
    return isinstance(value, Constant) and _number(value) == 1


def _logarithmic(
    op: Op, moves: Callable[[Value], bool]
) -> tuple[list[Partial], Value | None] | None:
    """The partial derivatives of the logarithm of a quotient by the exponents; its numerator."""
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
    if op.keywords or is_complex(op.result):
        return None
    slopes = _slopes_of_logarithm(a, op, numerator, moves)
    if not slopes:
        return None
    return [(u, scale(slope, -power)) for u, slope in slopes], numerator


def _slopes_of_logarithm(
    a: Value, quotient: Op, numerator: Value | None, moves: Callable[[Value], bool]
) -> list[Partial]:
    """The partial derivatives of log(a) by the exponents in `a`, computed beside the quotient."""
    op = a.op
    if op is None or op.kind != "apply" or op.parent is not quotient.parent or op.keywords:
        return []
    if op.target in _EXPS:
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
    made = e.op
    if made is None or made.target not in _EXPS or made.keywords:
        return False
    return made.parent is op.parent


def _share(quotient: Op, numerator: Value | None, a: Value, d: Value) -> Any:
    """The part of the sum `a` that its term `d` is; the quotient itself, if that is `d / a`."""
    if isinstance(numerator, Constant) and isinstance(d, Constant) and numerator.value == d.value:
        return quotient.result
    return d / a


def _number(value: Value) -> float:
    """The constant exponent of a power, or 0."""
    number = value.value if isinstance(value, Constant) else 0
    return number if isinstance(number, (int, float)) else 0
