"""Records of what arranges elements anew: most results are views of the first argument."""

from __future__ import annotations

import numpy as np

from adjoint.ir.callables.facts import (
    OWN,
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
from adjoint.ir.core import Constant
from adjoint.ir.types import Array, rank_of
from adjoint.runtime.arrays import sum_to, with_length

_VIEW = Result(Memory.VIEW, rank0=Rank0.LIKE)
_READ_ONLY = Result(Memory.VIEW, read_only=True, rank0=Rank0.ARRAY)
_MAYBE = Result(Memory.MAYBE, rank0=Rank0.LIKE)


def _diag(call: Call) -> Result:
    """Of a matrix a view that is read-only; of a vector a matrix of its own."""
    rank = rank_of(call.operands[0].type) if call.operands else None
    if rank == 1:
        return Result()
    return Result(Memory.VIEW if rank == 2 else Memory.MAYBE, read_only=True)


def _real(call: Call) -> Result:
    """Of a real array the array itself, of a complex one a view."""
    return Result(Memory.SAME if _is_complex(call) is False else Memory.MAYBE)


def _imag(call: Call) -> Result:
    """Of a real array zeros that are read-only, of a complex one a view."""
    real = _is_complex(call) is False
    return Result(Memory.OWN if real else Memory.MAYBE, read_only=True)


def _is_complex(call: Call) -> bool | None:
    type_ = call.operands[0].type if call.operands else None
    return type_.dtype.kind == "c" if isinstance(type_, Array) else None


def _reshaped(call: Call) -> Result:
    """The layout decides whether a view will do."""
    copied = call.given("copy") is not None and call.says("copy", True)
    return Result(Memory.OWN if copied else Memory.MAYBE, rank0=Rank0.LIKE)


def _power(call: Call) -> Result:
    """The first power is the matrix itself."""
    n = call.given("n")
    other = isinstance(n, Constant) and n.value != 1
    return Result(Memory.OWN if other else Memory.MAYBE)


#: They only look at an array in another way.
_LOOKS = Cheap.ARRAYS

SHAPING: Table = (
    each(
        Facts(_VIEW, cheap=_LOOKS, any_shapes=True),
        np.transpose, np.matrix_transpose,
    ),
    each(
        Facts(Result(Memory.VIEW, rank0=Rank0.ARRAY), cheap=_LOOKS, any_shapes=True),
        np.expand_dims,
    ),
    each(Facts(Result(Memory.VIEW, rank0=Rank0.NUMBER), cheap=_LOOKS, any_shapes=True), np.flip),
    each(
        Facts(_VIEW, cheap=_LOOKS, any_shapes=True),
        *named(np, "swapaxes moveaxis fliplr flipud rot90"),
    ),
    each(
        Facts(_VIEW, cheap=_LOOKS), np.squeeze, np.linalg.matrix_transpose,
    ),
    each(Facts(_VIEW, cheap=_LOOKS, static=frozenset({"start"})), np.rollaxis),
    each(Facts(_READ_ONLY, cheap=_LOOKS), np.broadcast_to),
    each(Facts(_READ_ONLY, cheap=_LOOKS, any_shapes=True), np.diagonal),
    each(Facts(_READ_ONLY, cheap=_LOOKS), np.linalg.diagonal),
    each(Facts(_READ_ONLY, cheap=_LOOKS), np.lib.stride_tricks.sliding_window_view),
    each(Facts(_diag, cheap=_LOOKS, any_shapes=True), np.diag),
    each(Facts(_reshaped, cheap=_LOOKS), np.reshape),
    each(Facts(_reshaped, cheap=_LOOKS, any_shapes=True), np.ravel),
    each(Facts(_real, any_shapes=True, elementwise=True), np.real),
    each(Facts(_imag, any_shapes=True, elementwise=True), np.imag),
    each(Facts(
        Result(Memory.MAYBE, rank0=Rank0.ARRAY), cheap=_LOOKS, elementwise=True
    ), np.real_if_close),
    each(
        Facts(Result(Memory.MAYBE, ()), cheap=_LOOKS, any_shapes=True),
        np.atleast_1d, np.atleast_2d,
    ),
    each(Facts(Result(Memory.MAYBE, ()), cheap=_LOOKS), np.atleast_3d),
    each(Facts(Result(Memory.MAYBE), cheap=_LOOKS, sized_by_values=True), np.trim_zeros),
    each(Facts(_power), np.linalg.matrix_power),
    each(
        Facts(Result(Memory.PARTS), cheap=_LOOKS),
        *named(np, "split array_split hsplit vsplit dsplit unstack"),
    ),
    each(Facts(Result(Memory.PARTS, (), read_only=True), cheap=_LOOKS), np.broadcast_arrays),
    # it may overlap itself
    each(Facts(Result(Memory.PARTS)), np.lib.stride_tricks.as_strided),
    each(Facts(Result(Memory.PARTS, ()), sequences=True), np.ix_),
    each(OWN, *named(np, "repeat resize insert ediff1d packbits "
                       "unpackbits"), np.fft.fftshift, np.fft.ifftshift),
    each(Facts(any_shapes=True), np.tril, np.triu, np.roll, np.tile),
    each(OWN, np.diagflat),
    each(OWN, np.pad),
    each(
        Facts(sequences=True),
        *named(np, "concatenate stack vstack hstack dstack column_stack block append"),
        *([np.row_stack] if hasattr(np, "row_stack") and np.row_stack is not np.vstack else []),
    ),
    # of ours
    each(Facts(Result(Memory.MAYBE, read_only=True), cheap=_LOOKS), sum_to),
    each(Facts(Result(Memory.MAYBE, read_only=True)), with_length),
)  # fmt: skip
