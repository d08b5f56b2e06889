"""The samples of all areas, collected by being imported."""

from adjoint.testing.samples import (
    constructors,
    elementwise,
    indexing,
    joining,
    padding,
    products,
    reductions,
    selecting,
    shaping,
)
from adjoint.testing.samples.table import CALLS, EXEMPT, SAMPLES, Sample, text_of

__all__ = [
    "CALLS",
    "EXEMPT",
    "SAMPLES",
    "Sample",
    "constructors",
    "elementwise",
    "indexing",
    "joining",
    "padding",
    "products",
    "reductions",
    "selecting",
    "shaping",
    "text_of",
]
