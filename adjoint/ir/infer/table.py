"""The type of an operation's result, from the types of its operands.

Some functions have a line in the table, element-wise ones broadcast; for all others NumPy itself
is the oracle.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.callables import Call, Rank0, facts_of
from adjoint.ir.infer.containers import CONTAINERS
from adjoint.ir.infer.creation import CREATION
from adjoint.ir.infer.elementwise import elementwise, is_elementwise
from adjoint.ir.infer.numbers import NUMBERS, math_type
from adjoint.ir.infer.operands import Args, InferType, KwArgs, same_as_first
from adjoint.ir.infer.oracle import probe
from adjoint.ir.infer.shaping import SHAPING
from adjoint.ir.types import INT, UNKNOWN, Array, Opaque, Scalar, Type, is_loose, join
from adjoint.runtime.arrays import sum_to
from adjoint.runtime.solvers import CHECKS, end_value

_TABLE: dict[Any, InferType] = {
    **CONTAINERS,
    **CREATION,
    **SHAPING,
    **NUMBERS,
    slice: lambda args, kwargs: Opaque(slice),
    print: lambda args, kwargs: Opaque(type(None)),
    getattr: lambda args, kwargs: Opaque(),
    str: lambda args, kwargs: Opaque(str),
    **dict.fromkeys((tuple.count, tuple.index, list.count, list.index), lambda args, kwargs: INT),
    repr: lambda args, kwargs: Opaque(str),
    **dict.fromkeys((bin, oct, hex, chr), lambda args, kwargs: Opaque(str)),
    ord: lambda args, kwargs: INT,
    ops.zero: same_as_first,
    ops.cotangent: same_as_first,
    ops.store: same_as_first,
    ops.index_add: same_as_first,
    ops.stop_gradient: same_as_first,
    ops.alias: same_as_first,
    ops.custom: same_as_first,
    end_value: same_as_first,
    **dict.fromkeys((ops.field, ops.entry), lambda args, kwargs: Opaque()),
    ops.select: lambda args, kwargs: join(args[1].type, args[2].type) or UNKNOWN,
    ops.literal: lambda args, kwargs: _without_value(args[0].type),
    **dict.fromkeys(CHECKS, lambda args, kwargs: Opaque(type(None))),
    ops.check: lambda args, kwargs: Opaque(type(None)),
    ops.fail: lambda args, kwargs: Opaque(type(None)),
    ops.fstring: lambda args, kwargs: Opaque(str),
}


def _without_value(type_: Type) -> Type:
    return Scalar(type_.kind) if isinstance(type_, Scalar) else type_


#: Their results have the rank that they have for arrays: of a number they raise, or make an array.
_FIRM = {
    operator.getitem, operator.matmul, np.matmul, np.broadcast_to, sum_to, np.reshape, np.ravel,
    np.outer, np.concatenate, np.stack, np.array, np.atleast_1d, np.atleast_2d, np.atleast_3d,
}  # fmt: skip
#: Their results have the rank of one operand where the other is a number.
_PRODUCTS = {np.dot, np.inner, np.vdot, np.tensordot}


def infer(target: Any, args: Args, kwargs: KwArgs) -> Type:
    """The type of `target(*args, **kwargs)`."""
    result = _infer(target, args, kwargs)
    if any(is_loose(v.type) for v in args) and isinstance(result, Array):
        if target in _PRODUCTS:
            return UNKNOWN
        if result.dims and target not in _FIRM and not is_elementwise(target):
            return replace(result, loose=True)
    facts = facts_of(target)
    if facts is None:
        return result
    return _of_rank0(facts.of(Call(target, args, kwargs)).rank0, result, args)


def _of_rank0(rank0: Rank0, type_: Type, args: Args) -> Type:
    """The type of a result which, if it is of rank 0, is what its record says."""
    if rank0 is Rank0.ASK or not isinstance(type_, Array) or type_.dims:
        return type_
    given = args[0].type if args else None
    like = isinstance(given, Array) and given.scalar
    return replace(type_, scalar=rank0 is Rank0.NUMBER or rank0 is Rank0.LIKE and like)


def _infer(target: Any, args: Args, kwargs: KwArgs) -> Type:
    try:
        special = _TABLE.get(target)
    except TypeError:
        special = None
    if special is not None:
        return special(args, kwargs)
    if is_elementwise(target):
        return elementwise(target, args, kwargs)
    if getattr(target, "__module__", None) == "math":
        return math_type(target)
    return probe(target, args, kwargs)


def register_inference(target: Any, infer_type: InferType) -> None:
    """Declare the result type of a function that the oracle cannot be asked about."""
    _TABLE[target] = infer_type
