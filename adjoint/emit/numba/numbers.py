"""Operators, and Python's functions of numbers: `+`, `//`, `math.exp`, `int`."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from adjoint.emit.numba import library
from adjoint.emit.numba.expressions import (
    BINARY,
    Expressions,
    all_numbers,
    are_ints,
    are_python,
    lowers,
)
from adjoint.emit.numba.kinds import converted, is_array, is_number, is_single, kind, refuse
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.types import Array, Opaque, Scalar, Struct

_CHECKED = {
    operator.add: library.add_ints, operator.sub: library.subtract_ints,
    operator.mul: library.multiply_ints,
}  # fmt: skip


def _pair(e: Expressions, op: Op) -> tuple[str, str]:
    a, b = op.operands
    return e.weak(a, b), e.weak(b, a)


@lowers(operator.add, operator.sub, operator.mul)
def _arithmetic(e: Expressions, op: Op) -> str:
    a, b = op.operands
    if isinstance(a.type, Struct) or isinstance(b.type, Struct):
        raise refuse("containers are joined or repeated", op.span)
    if not all(isinstance(v.type, (Scalar, Array)) for v in (a, b)):
        raise refuse("an operator between such values", op.span)
    e.arrays_agree(op)
    x, y = _pair(e, op)
    if are_python(op) and are_ints(op) and e.widths.of(op.result) > 62:
        return e.helper(_CHECKED[op.target], f"int({x})", f"int({y})")
    return f"{x} {BINARY[op.target]} {y}"


@lowers(operator.truediv)
def _true_division(e: Expressions, op: Op) -> str:
    e.arrays_agree(op)
    x, y = _pair(e, op)
    return f"{x} / {y}"  # of NumPy's numbers, too: where a zero raises, the text in NumPy decides


@lowers(operator.floordiv, operator.mod)
def _floor_division(e: Expressions, op: Op) -> str:
    if not all(isinstance(v.type, (Scalar, Array)) for v in op.operands):
        raise refuse("an operator between such values", op.span)
    e.arrays_agree(op)
    x, y = _pair(e, op)
    if all_numbers(op):
        return f"{x} {BINARY[op.target]} {y}"
    name = "floor_divide" if op.target is operator.floordiv else "remainder"
    return f"np.{name}({x}, {y})"


@lowers(operator.pow, pow)
def _power(e: Expressions, op: Op) -> str:
    if len(op.operands) != 2:
        raise refuse("a power with a modulus", op.span)
    e.arrays_agree(op)
    base, exponent = op.operands
    known = exponent.value if isinstance(exponent, Constant) else None
    if are_ints(op):
        if type(known) is not int or known < 0 or is_array(base.type):
            raise refuse("a power of integers whose exponent is not written there", op.span)
        return e.helper(library.int_power, f"int({e.value(base)})", str(known))
    if all_numbers(op) and not is_single(op.result.type):
        if known == 2:
            return e.helper(library.square, e.floating(base))
        return e.helper(library.power, e.floating(base), e.floating(exponent))
    x, y = _pair(e, op)
    if type(known) is int and known == 2:
        return f"np.square({x})"
    return f"np.power({x}, {y})"


@lowers(operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)
def _comparison(e: Expressions, op: Op) -> str:
    a, b = op.operands
    if not all(isinstance(v.type, (Scalar, Array)) for v in op.operands):
        raise refuse("a comparison of such values", op.span)
    texts = list(_pair(e, op))
    kinds = [kind(a.type), kind(b.type)]
    for k, value in enumerate((a, b)):
        inexact = kinds[k] == "i" and kinds[1 - k] == "f" and isinstance(value.type, Scalar)
        if inexact and e.widths.of(value) > 53:  # Python compares the exact values
            texts[k] = e.helper(library.exact_float, texts[k])
    return f"{texts[0]} {BINARY[op.target]} {texts[1]}"


@lowers(operator.and_, operator.or_, operator.xor)
def _bits(e: Expressions, op: Op) -> str:
    if not are_ints(op):
        raise refuse("an operator between such values", op.span)
    a, b = op.operands
    if kind(a.type) != kind(b.type):
        raise refuse("bits of a bool and an integer", op.span)
    return f"{e.value(a)} {BINARY[op.target]} {e.value(b)}"


@lowers(operator.neg, operator.pos)
def _sign(e: Expressions, op: Op) -> str:
    (x,) = op.operands
    if kind(x.type) == "b":
        raise refuse("the sign of a bool", op.span)
    if op.target is operator.pos:
        return f"{e.value(x)}.copy()" if is_array(x.type) else e.value(x)
    if isinstance(x.type, Scalar) and x.type.kind == "int" and e.widths.of(x) > 62:
        return e.helper(library.subtract_ints, "0", e.value(x))
    return f"-{e.value(x)}"


@lowers(operator.invert)
def _invert(e: Expressions, op: Op) -> str:
    (x,) = op.operands
    if isinstance(x.type, Array) and kind(x.type) == "b":
        return f"np.logical_not({e.value(x)})"
    raise refuse("the operator ~ of such a value", op.span)


@lowers(operator.not_)
def _not(e: Expressions, op: Op) -> str:
    (x,) = op.operands
    if not is_number(x.type):
        raise refuse("the truth of a container or an array", op.span)
    return f"not {e.value(x)}"


@lowers(bool)
def _bool(e: Expressions, op: Op) -> str:
    (x,) = op.operands
    if not is_number(x.type):
        raise refuse("the truth of a container or an array", op.span)
    return f"{e.value(x)} != 0"


@lowers(operator.is_, operator.is_not)
def _identity(e: Expressions, op: Op) -> str:
    a, b = op.operands
    nothing = [isinstance(v, Constant) and v.value is None for v in (a, b)]
    other = b if nothing[0] else a
    if any(nothing) and not isinstance(other.type, Opaque):
        return str(op.target is operator.is_not)  # what may be missing is refused before
    raise refuse("the identity of objects", op.span)


@lowers(ops.select)
def _select(e: Expressions, op: Op) -> str:
    condition, a, b = op.operands
    if not is_number(condition.type):
        raise refuse("the truth of a container or an array", op.span)
    then, other = (converted(e.value(v), v.type, op.result.type, op.span) for v in (a, b))
    return f"{then} if {e.value(condition)} else {other}"


@lowers(ops.literal, ops.alias, ops.stop_gradient, ops.hand_over, ops.custom)
def _itself(e: Expressions, op: Op) -> str:
    return e.value(op.operands[0])


# Functions

_PLAIN = "atan asinh tanh erf erfc fabs degrees radians atan2 hypot copysign".split()
_WITH_CHECKS = (
    "sqrt log log2 log10 log1p exp expm1 sinh cosh sin cos tan asin acos acosh atanh fmod"
).split()


def _math(e: Expressions, op: Op) -> str:
    name = op.target.__name__
    arguments = [e.floating(v) for v in _floats(op)]
    if name in _PLAIN:
        return f"math.{name}({', '.join(arguments)})"
    if name not in ("fmod", "atan2") and len(arguments) != 1:
        raise refuse(f"math.{name} of several numbers", op.span)
    return e.helper(getattr(library, f"math_{name}"), *arguments)


def _floats(op: Op) -> list[Value]:
    if op.keywords or not all_numbers(op):
        raise refuse(f"this form of math.{op.target.__name__}", op.span)
    return op.operands


lowers(*(getattr(math, name) for name in (*_PLAIN, *_WITH_CHECKS)))(_math)


@lowers(math.pow)
def _math_pow(e: Expressions, op: Op) -> str:
    return e.helper(library.power, *map(e.floating, _floats(op)))


@lowers(math.isnan, math.isinf, math.isfinite)
def _classify(e: Expressions, op: Op) -> str:
    return f"math.{op.target.__name__}({e.floating(_floats(op)[0])})"


@lowers(math.floor, math.ceil, math.trunc, int)
def _to_int(e: Expressions, op: Op) -> str:
    if len(op.operands) != 1 or not all_numbers(op):
        raise refuse("this form of a conversion to an integer", op.span)
    (x,) = op.operands
    if kind(x.type) != "f":
        return f"int({e.value(x)})"
    helper: Any = {math.floor: library.floor_int, math.ceil: library.ceil_int}.get(
        op.target, library.whole
    )
    return e.helper(helper, e.value(x))


@lowers(round)
def _round(e: Expressions, op: Op) -> str:
    if len(op.operands) != 1 or not are_python(op):
        raise refuse("rounding to digits", op.span)
    (x,) = op.operands
    if kind(x.type) != "f":
        return f"int({e.value(x)})"
    return e.helper(library.rounded, e.value(x))


@lowers(float)
def _to_float(e: Expressions, op: Op) -> str:
    if len(op.operands) != 1 or not all_numbers(op):
        raise refuse("this form of a conversion to a float", op.span)
    return f"float({e.value(op.operands[0])})"


@lowers(abs)
def _abs(e: Expressions, op: Op) -> str:
    (x,) = op.operands
    if kind(x.type) == "b":
        raise refuse("the absolute value of a bool", op.span)
    if isinstance(x.type, Scalar) and x.type.kind == "int" and e.widths.of(x) > 62:
        raise refuse("the absolute value of an integer of any size", op.span)
    return f"abs({e.value(x)})" if is_number(x.type) else f"np.abs({e.value(x)})"


@lowers(max, min)
def _extremum(e: Expressions, op: Op) -> str:
    """Python's: the first that nothing exceeds, whatever comparisons with nan say."""
    if op.keywords or len(op.operands) < 2 or not all_numbers(op):
        raise refuse(f"this form of {op.target.__name__}()", op.span)
    types = {kind(v.type) for v in op.operands}
    if len(types) > 1 or "b" in types:
        raise refuse(f"{op.target.__name__}() of numbers of different kinds", op.span)
    sign = ">" if op.target is max else "<"
    best = e.value(op.operands[0])
    for value in op.operands[1:]:
        text = e.value(value)
        best = e.made(
            f"first_{op.target.__name__}",
            f"def first_{op.target.__name__}(a, b):\n    return b if b {sign} a else a\n",
            best,
            text,
        )
    return best


# NumPy's functions, element by element

_UNARY = (
    "sin cos tan exp exp2 expm1 log log2 log10 log1p sqrt tanh sinh cosh arcsin arccos arctan "
    "arcsinh arccosh arctanh degrees radians rad2deg deg2rad reciprocal cbrt"
).split()
_KEEPING = "abs absolute fabs sign floor ceil trunc rint square negative positive conjugate".split()
_TESTS = "isnan isinf isfinite".split()
_PAIRS = (
    "add subtract multiply divide true_divide power maximum minimum fmax fmin hypot arctan2 "
    "logaddexp logaddexp2 fmod remainder mod floor_divide copysign"
).split()
_RELATIONS = "greater greater_equal less less_equal equal not_equal".split()
_LOGIC = "logical_and logical_or logical_xor".split()


def _numpy(names: list[str]) -> list[Any]:
    return [getattr(np, name) for name in names]


def _elementwise(op: Op, n: int) -> list[Value]:
    if op.keywords or len(op.operands) != n:
        raise refuse(f"this form of np.{op.target.__name__}", op.span)
    if not all(isinstance(v.type, (Scalar, Array)) for v in op.operands):
        raise refuse(f"np.{op.target.__name__} of a list", op.span)
    return op.operands


@lowers(*_numpy(_UNARY))
def _unary(e: Expressions, op: Op) -> str:
    (x,) = _elementwise(op, 1)
    if kind(x.type) != "f":
        if is_array(x.type) or op.target is np.reciprocal:
            raise refuse(f"np.{op.target.__name__} of integers", op.span)
        return f"np.{op.target.__name__}(float({e.value(x)}))"
    return f"np.{op.target.__name__}({e.value(x)})"


@lowers(*_numpy(_KEEPING))
def _keeping(e: Expressions, op: Op) -> str:
    (x,) = _elementwise(op, 1)
    if kind(x.type) != "f":
        raise refuse(f"np.{op.target.__name__} of integers", op.span)
    if op.target in (np.positive, np.conjugate):
        return f"{e.value(x)}.copy()" if is_array(x.type) else e.value(x)
    return f"np.{op.target.__name__}({e.value(x)})"


@lowers(*_numpy(_TESTS))
def _tests(e: Expressions, op: Op) -> str:
    (x,) = _elementwise(op, 1)
    return f"np.{op.target.__name__}({e.value(x)})"


@lowers(*_numpy(_PAIRS))
def _pairs(e: Expressions, op: Op) -> str:
    a, b = _elementwise(op, 2)
    if kind(a.type) != "f" and kind(b.type) != "f":
        simple = op.target in (np.add, np.subtract, np.multiply, np.divide)
        if not simple or "b" in (kind(a.type), kind(b.type)):
            raise refuse(f"np.{op.target.__name__} of integers", op.span)
    return f"np.{op.target.__name__}({', '.join(_pair(e, op))})"


@lowers(*_numpy(_RELATIONS))
def _relations(e: Expressions, op: Op) -> str:
    _elementwise(op, 2)
    return f"np.{op.target.__name__}({', '.join(_pair(e, op))})"


@lowers(*_numpy(_LOGIC), np.logical_not)
def _logic(e: Expressions, op: Op) -> str:
    values = _elementwise(op, 1 if op.target is np.logical_not else 2)
    return f"np.{op.target.__name__}({', '.join(map(e.value, values))})"


@lowers(np.where)
def _where(e: Expressions, op: Op) -> str:
    condition, a, b = _elementwise(op, 3)
    if not any(is_array(v.type) for v in op.operands):
        then, other = (converted(e.value(v), v.type, op.result.type, op.span) for v in (a, b))
        return f"{then} if {e.value(condition)} else {other}"
    if is_number(a.type) and is_number(b.type) or kind(a.type) != kind(b.type):
        a_text, b_text = e.weak(a, op.result), e.weak(b, op.result)
        if kind(op.result.type) == "f" and kind(a.type) != "f" and is_number(a.type):
            a_text = f"float({a_text})"
        if kind(op.result.type) == "f" and kind(b.type) != "f" and is_number(b.type):
            b_text = f"float({b_text})"
    else:
        a_text, b_text = e.weak(a, op.result), e.weak(b, op.result)
    return f"np.where({e.value(condition)}, {a_text}, {b_text})"


@lowers(np.clip)
def _clip(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x low high")
    x = given["x"]
    if kind(x.type) != "f":
        raise refuse("np.clip of integers", op.span)
    text = e.value(x)
    if len(given) == 1:
        raise refuse("np.clip without bounds", op.span)
    if "low" in given:
        text = f"np.maximum({text}, {e.weak(given['low'], x)})"
    if "high" in given:
        text = f"np.minimum({text}, {e.weak(given['high'], x)})"
    return text
