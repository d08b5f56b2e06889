"""Records of what makes arrays: of a shape, of a range, of numbers and sequences."""

from __future__ import annotations

import numpy as np

from adjoint.ir.callables.facts import (
    ARRAY,
    Call,
    Cheap,
    Facts,
    Memory,
    Rank0,
    Result,
    Table,
    each,
    named,
)
from adjoint.ir.types import Array, is_immutable_number, is_rank0

_FRESH = Result(contiguous=True, rank0=Rank0.ARRAY)


def _filled(call: Call) -> Result:
    """An array of its own, in C order unless another one is asked for."""
    by_position = len(call.operands) > 2 and call.given("dtype") is None  # the names are unknown
    in_order = call.says("order", None, "C") and not by_position
    return Result(contiguous=in_order, rank0=Rank0.ARRAY)


def _points(call: Call) -> Result:
    """Between arrays they have the layout of these."""
    ends = call.operands[:2]
    return Result(contiguous=all(is_rank0(v.type) for v in ends), rank0=Rank0.ARRAY)


def _converted(call: Call) -> Result:
    """The result of a conversion: an array itself, or a new one of a number or sequence."""
    return Result(_memory_of_conversion(call), rank0=Rank0.ARRAY)


def _memory_of_conversion(call: Call) -> Memory:
    if not call.operands:
        return Memory.MAYBE
    source = call.operands[0].type
    if is_immutable_number(source) or call.says("copy", True) and call.given("copy") is not None:
        return Memory.OWN
    if len(call.operands) == 1 and not call.named:
        return Memory.SAME
    if isinstance(source, Array):
        dtypes = [None, source.dtype, source.dtype.type, source.dtype.name]
        python = {"float64": float, "complex128": complex, "bool": bool}.get(source.dtype.name)
        same = call.says("dtype", *dtypes, *([] if python is None else [python]))
        if same and set(call.named) <= {"dtype"} and len(call.operands) <= 2:
            return Memory.SAME
    return Memory.MAYBE


def _of_dtype(call: Call) -> Result:
    """`np.float64(x)`: a number, or of an array the array itself, if that is its dtype."""
    if call.operands and is_immutable_number(call.operands[0].type):
        return Result(rank0=Rank0.NUMBER)
    return Result(Memory.MAYBE, rank0=Rank0.NUMBER)


#: np.float64 and the like.
_DTYPES = dict.fromkeys(
    t for t in vars(np).values() if isinstance(t, type) and issubclass(t, (np.number, np.bool_))
)

CREATION: Table = (
    each(
        Facts(_filled, any_shapes=True),
        *named(np, "zeros ones empty"),
    ),
    each(Facts(_filled), np.full),
    each(Facts(_FRESH, any_shapes=True), np.arange, np.identity),
    each(Facts(_points, any_shapes=True), np.linspace),
    each(
        Facts(lambda call: Result(contiguous=call.says("order", None, "C"), rank0=Rank0.ARRAY),
              any_shapes=True),
        np.eye,
    ),
    each(
        Facts(Result(rank0=Rank0.ARRAY), form_only=True, any_shapes=True),
        np.zeros_like, np.ones_like,
    ),
    each(Facts(Result(rank0=Rank0.ARRAY), any_shapes=True), np.empty_like),
    each(
        ARRAY,
        *named(np, "full_like geomspace logspace tri vander indices fromiter fromfunction "
               "bartlett blackman hamming hanning kaiser"),
    ),
    each(Facts(Result(rank0=Rank0.ARRAY), sequences=True), np.array),
    each(
        Facts(_converted, sequences=True, cheap=Cheap.ARRAYS), np.asanyarray, np.require,
    ),
    each(Facts(_converted, sequences=True, any_shapes=True, cheap=Cheap.ARRAYS), np.asarray),
    each(Facts(_converted, sequences=True), np.asarray_chkfinite),
    # of a number these make an array of rank 1
    each(
        Facts(Result(Memory.MAYBE), sequences=True, cheap=Cheap.ARRAYS, any_shapes=True),
        np.ascontiguousarray, np.asfortranarray,
    ),
    each(Facts(Result(rank0=Rank0.ARRAY), any_shapes=True), np.copy),
    each(Facts(any_shapes=True), np.astype),
    each(Facts(_of_dtype), *_DTYPES),
    each(Facts(
        lambda call: Result() if call.says("copy", True) else Result(Memory.PARTS, ()),
        any_shapes=True,
    ), np.meshgrid),
    each(Facts(), *named(np, "diag_indices tril_indices triu_indices mask_indices")),
)  # fmt: skip
