"""Functions of single numbers: those of `math`, and the built-in ones."""

from __future__ import annotations

import builtins
import math
import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.infer.elementwise import elementwise
from adjoint.ir.infer.operands import Args, InferType, KwArgs
from adjoint.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    UNKNOWN,
    Array,
    List,
    Scalar,
    Struct,
    Type,
    is_rank0,
    join,
)

_PREDICATES = (
    operator.not_, operator.is_, operator.is_not, operator.contains, isinstance, all, any,
)  # fmt: skip

_INTEGRAL = {
    math.floor, math.ceil, math.trunc, math.factorial, math.comb, math.gcd, math.perm, math.isqrt,
    math.lcm,
}  # fmt: skip
_BOOLEAN = {math.isnan, math.isinf, math.isfinite, math.isclose}


def math_type(target: Any) -> Type:
    """The type of what a function of the module `math` returns."""
    return INT if target in _INTEGRAL else BOOL if target in _BOOLEAN else FLOAT


def _int(args: Args, kwargs: KwArgs) -> Type:
    if args and isinstance(args[0].type, Scalar) and args[0].type.kind == "int":
        return args[0].type
    return INT


def _item(args: Args, kwargs: KwArgs) -> Type:
    if isinstance(args[0].type, Array):
        return {"f": FLOAT, "i": INT, "u": INT, "b": BOOL, "c": COMPLEX}[args[0].type.dtype.kind]
    return args[0].type


def _round(args: Args, kwargs: KwArgs) -> Type:
    if len(args) == 1 and is_rank0(args[0].type):
        return INT
    return args[0].type


def _conj(args: Args, kwargs: KwArgs) -> Type:
    """`z.conjugate()` of a Python number, as it is written, is a Python number."""
    if isinstance(args[0].type, Scalar) and args[0].type.kind != "bool":
        return Scalar(args[0].type.kind)
    return elementwise(np.conj, args, kwargs)


def _extremum(args: Args, kwargs: KwArgs) -> Type:
    if len(args) == 1:  # of the items of a list or an array
        type_ = args[0].type
        if isinstance(type_, Array) and len(type_.dims) == 1:
            return Array(type_.dtype, (), scalar=True)
        return type_.element if isinstance(type_, List) else UNKNOWN
    result = join(args[0].type, args[1].type)
    return UNKNOWN if result is None else result


NUMBERS: dict[Any, InferType] = {
    builtins.float: lambda args, kwargs: FLOAT,
    builtins.int: _int,
    builtins.bool: lambda args, kwargs: BOOL,
    builtins.round: _round,
    max: _extremum,
    min: _extremum,
    ops.index_of_max: lambda args, kwargs: INT,
    ops.index_of_min: lambda args, kwargs: INT,
    np.ndarray.item: _item,
    np.conj: _conj,
    math.modf: lambda args, kwargs: Struct(tuple, (FLOAT, FLOAT)),
    math.frexp: lambda args, kwargs: Struct(tuple, (FLOAT, INT)),
    **{predicate: lambda args, kwargs: BOOL for predicate in _PREDICATES},
}
