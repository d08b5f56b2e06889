"""The samples of all areas, collected by being imported."""

from adjoint.testing.samples import (
    elementwise,
    indexing,
    polynomials,
    products,
    reductions,
    scans,
    shaping,
    signals,
    sorting,
    statistics,
)
from adjoint.testing.samples.table import CALLS, EXEMPT, SAMPLES, Sample, text_of

__all__ = [
    "CALLS",
    "EXEMPT",
    "SAMPLES",
    "Sample",
    "elementwise",
    "indexing",
    "polynomials",
    "products",
    "reductions",
    "scans",
    "shaping",
    "signals",
    "sorting",
    "statistics",
    "text_of",
]
