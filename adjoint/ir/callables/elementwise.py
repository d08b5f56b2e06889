"""Records of functions that broadcast their arguments and work element by element."""

from __future__ import annotations

import cmath
import math
from typing import Any

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
    functions,
    named,
)

_UFUNC = Facts(Result(rank0=Rank0.NUMBER), elementwise=True)
_GENERALIZED = Facts(Result(rank0=Rank0.NUMBER), arrays=(0, 1, 2))
_REDUCED = Facts(Result(rank0=Rank0.NUMBER))
_OUTER = Facts(Result(rank0=Rank0.NUMBER))
_CHANGED = Facts(writes=(0,))
_MATH = Facts(cheap=Cheap.NUMBERS)
#: Of whole numbers, so are the results: calls are carried out when compiling.
_OF_WHOLE_NUMBERS = Facts(folds=True, cheap=Cheap.NUMBERS)


def _where(call: Call) -> Result:
    """With one argument the positions of what is true: a tuple of arrays."""
    return Result(rank0=Rank0.ARRAY)


def _without_nan(call: Call) -> Result:
    return Result() if call.says("copy", True) else Result(Memory.MAYBE)


ELEMENTWISE: Table = (
    each(
        Facts(any_shapes=True, elementwise=True, result=Result(rank0=Rank0.NUMBER)),
        np.round, np.tan,
    ),
    each(OWN, np.around),
    each(Facts(_where, elementwise=True), np.where),
    each(
        Facts(Result(rank0=Rank0.NUMBER), elementwise=True),
        *named(np, "clip sinc angle fix isclose"),
    ),
    each(Facts(_without_nan, elementwise=True, any_shapes=True), np.nan_to_num),
    each(Facts(Result(rank0=Rank0.ARRAY), elementwise=True), np.i0),
    each(OWN, *named(np, "isneginf isposinf isreal iscomplex isin unwrap interp digitize "
                       "searchsorted piecewise polyval")),
    each(Facts(Result(rank0=Rank0.NUMBER)), *functions(np.emath)),
    each(Facts(sequences=True), np.select),
    each(Facts(Result(rank0=Rank0.NUMBER), sequences=True, arrays=(0,)), np.choose),
    each(_OF_WHOLE_NUMBERS, *named(math, "gcd comb factorial isqrt perm lcm")),
    each(OWN, math.fsum),
)  # fmt: skip


def ufunc_method(name: str) -> Facts:
    """The record of `np.add.reduce` and the like."""
    if name == "at":
        return _CHANGED
    return _OUTER if name == "outer" else _REDUCED


def family(target: Any) -> Facts | None:
    """The record of a ufunc, of a method of one, or of a function of single numbers."""
    if isinstance(target, np.ufunc):
        return _UFUNC if target.signature is None else _GENERALIZED
    if isinstance(getattr(target, "__self__", None), np.ufunc):
        return ufunc_method(target.__name__)
    module = getattr(target, "__module__", None)
    return {math.__name__: _MATH, cmath.__name__: OWN}.get(module or "")


__all__ = ["ELEMENTWISE", "family"]
