"""Records of sums, statistics, sorting and searching."""

from __future__ import annotations

import numpy as np

from adjoint.ir.callables.facts import (
    NUMBER,
    OWN,
    Call,
    Facts,
    Memory,
    Rank0,
    Result,
    Table,
    each,
    functions,
    named,
)
from adjoint.ir.core import Constant

_NUMBER_OF_ANY = Facts(Result(rank0=Rank0.NUMBER), any_shapes=True)
_OF_ANY = Facts(any_shapes=True)
_SIZED = Facts(sized_by_values=True)


def _unless_zero(name: str, default: int) -> object:
    """The argument comes back as it is where nothing is to be done: `np.diff(x, n=0)`."""

    def result(call: Call) -> Result:
        times = call.given(name)
        times = Constant(default) if times is None else times
        nothing = not isinstance(times, Constant) or times.value == 0
        return Result(Memory.MAYBE if nothing else Memory.OWN)

    return result


_POLYNOMIALS = (
    np.polynomial.polynomial, np.polynomial.chebyshev, np.polynomial.legendre,
    np.polynomial.hermite, np.polynomial.hermite_e, np.polynomial.laguerre,
)  # fmt: skip

REDUCING: Table = (
    each(
        _NUMBER_OF_ANY,
        *named(np, "sum mean prod var std any all median count_nonzero trace nansum nanmean"),
    ),
    each(
        NUMBER,
        *named(np, "max min amax amin ptp average quantile percentile argmax argmin nanargmax "
               "nanargmin nanprod nanvar nanstd nanmax nanmin nanmedian "
               "nanquantile nanpercentile trapezoid trapz"),
    ),
    each(_OF_ANY, np.cumsum, np.cumprod, np.sort, np.argsort, ),
    each(
        OWN,
        *named(np, "nancumsum nancumprod cumulative_sum cumulative_prod gradient corrcoef "
               "histogram_bin_edges polyadd polysub polymul polydiv "
               "polyfit poly roots take take_along_axis sort_complex"),
    ),
    each(Facts(Result(rank0=Rank0.ARRAY)), np.cov),
    each(Facts(arrays=(0, 1)), np.convolve, np.correlate),
    each(Facts(sequences=True), np.lexsort),
    each(
        Facts(static=frozenset({"kth"})), np.partition, np.argpartition,
    ),
    each(Facts(_unless_zero("n", 1), static=frozenset({"n"}), any_shapes=True), np.diff),  # type: ignore
    each(Facts(_unless_zero("m", 1)), np.polyder),  # type: ignore[arg-type]
    each(Facts(_unless_zero("m", 1)), np.polyint),  # type: ignore[arg-type]
    each(Facts(sized_by_values=True, any_shapes=True), np.nonzero, np.unique),
    each(
        _SIZED,
        *named(np, "delete flatnonzero argwhere extract compress union1d intersect1d "
               "setdiff1d setxor1d bincount unique_all unique_counts unique_inverse "
               "unique_values"),
    ),
    each(
        Facts(Result(Memory.MAYBE, ())),
        *named(np, "apply_along_axis apply_over_axes histogram histogram2d histogramdd"),
        *(f for module in _POLYNOMIALS for f in functions(module)),
    ),
)  # fmt: skip
