"""The samples of all areas, collected by being imported."""

from adjoint.testing.samples import (
    complex,
    elementwise,
    fft,
    indexing,
    linalg,
    products,
    reductions,
    shaping,
)
from adjoint.testing.samples.table import CALLS, EXEMPT, SAMPLES, Sample, text_of

__all__ = [
    "CALLS",
    "EXEMPT",
    "SAMPLES",
    "Sample",
    "complex",
    "elementwise",
    "fft",
    "indexing",
    "linalg",
    "products",
    "reductions",
    "shaping",
    "text_of",
]
