"""Samples of banded systems, filters and roots."""

import numpy as np
from scipy import interpolate, linalg, ndimage, signal, sparse

from adjoint.rules.registry import RULES, load_optional
from adjoint.testing.samples.table import EXEMPT, any_, call, composed, sample

assert interpolate and sparse  # their rules are loaded with the packages
load_optional()

_BANDS = np.array([[0.0, 0.3, 0.2, 0.4], [4.0, 5.0, 3.0, 6.0], [0.1, -0.4, 0.2, 0.0]])
sample(linalg.solve_banded, (1, 1), _BANDS, any_(4))
sample(linalg.solve_banded, (0, 2), _BANDS[[0, 0, 1]], any_(4, 2))
for lower, bands in ((False, _BANDS[:2]), (True, _BANDS[1:])):
    sample(linalg.solveh_banded, bands, any_(4), lower=lower)
    sample(linalg.solveh_banded, bands, any_(4, 2), lower=lower)

for x in (any_(9), any_(7, 6)):
    call("ndimage.gaussian_filter({0}, 0.7)", x)
    call("ndimage.gaussian_filter1d({0}, 0.7, mode='constant')", x)
    call("ndimage.gaussian_laplace({0}, 0.7, mode='wrap')", x)
    composed([ndimage.uniform_filter, ndimage.uniform_filter1d], x, 3)
    composed([ndimage.laplace, ndimage.sobel, ndimage.prewitt], x)
    composed([ndimage.correlate1d, ndimage.convolve1d], x, any_(3), mode="mirror")
    composed(signal.savgol_filter, x, 5, 2, axis=0)
composed([ndimage.correlate, ndimage.convolve], any_(5, 4), any_(3, 3), mode="nearest")
call("ndimage.map_coordinates({0}, {1}, order=1)", any_(5, 4), np.array([[0.3, 2.6], [1.2, 2.3]]))
call("ndimage.map_coordinates({0}, {1})", any_(5, 4), np.array([[0.3, 2.6], [1.2, 2.3]]))
for mode in ("mirror", "reflect", "grid-wrap"):
    sample(ndimage.spline_filter1d, any_(5, 4), 3, 0, mode=mode)
call("ndimage.spline_filter({0}, 2)", any_(5, 4))
call("ndimage.shift({0}, {1}, mode='mirror')", any_(5, 4), np.array([0.3, 0.7]))
call("ndimage.zoom({0}, 1.7)", any_(5, 4))
call("ndimage.rotate({0}, 30.0)", any_(5, 4))
call("ndimage.affine_transform({0}, [[0.9, 0.1], [-0.2, 1.1]], 0.2)", any_(5, 4))
call("linalg.solve_toeplitz({0}, {1})", np.array([4.0, 1.0, 0.5]), any_(3))
call("linalg.matmul_toeplitz(({0}, {1}), {2})", any_(3), any_(4), any_(4))
call("linalg.toeplitz({0}, {1})", any_(3), any_(4))
call("signal.filtfilt([0.4, 0.3], [1.0, -0.5], {0})", any_(20))
sample(signal.savgol_filter, any_(9), 5, 2, deriv=1)
for n in (6, 7, 8, 12):
    sample(signal.resample, any_(8), n)
    sample(signal.resample, any_(7), n)
sample(signal.detrend, any_(6))
sample(signal.detrend, any_(5, 3), type="constant")
call("np.sum(np.abs(np.roots({0})) ** 2)", np.array([1.0, -3.0, 4.0, 2.2]))

#: They are called with records and knots, of which only some arguments have derivatives.
_MODULES = ("adjoint.runtime.with_scipy", "adjoint.runtime.roots", "adjoint.runtime.series")
for target in RULES:
    if str(getattr(target, "__module__", "")).startswith(_MODULES):
        EXEMPT[target] = "reached through objects and functions of SciPy: in tests/rules"
EXEMPT[signal.sosfilt] = "with respect to the signal alone: in tests/rules/test_filters.py"
