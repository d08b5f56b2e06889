"""Records of functions of SciPy, which is not imported before a program does."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from adjoint.ir.callables.facts import NUMBER, OWN, Effect, Facts, Memory, Result, named

_POINTS = Facts(static=frozenset({"nu", "extrapolate", "kind", "raises", "rescale"}))
_SPLINES = Facts(
    static=frozenset({"nu", "nus", "mode", "k", "degrees", "bc_type", "ends", "bbox", "kx", "ky"})
)
#: They call functions of the user's.
_CALLING = Facts(effect=Effect.ORDERED)
#: They give back their argument, if it is fit.
_CHECKING = Facts(Result(Memory.MAYBE), Effect.ORDERED)
_BANDS = Facts(static=frozenset({"lower", "upper", "transposed"}))

#: Package, record, names. The ufuncs of `scipy.special` have the record of all ufuncs.
_OPTIONAL: dict[str, tuple[tuple[Facts, str], ...]] = {
    "scipy.special": (
        (NUMBER, "logsumexp"),
        (OWN, "softmax log_softmax softplus comb perm factorial polygamma zeta lambertw "
              "multigammaln spherical_jn spherical_yn spherical_in spherical_kn"),
    ),
    "scipy.linalg": (
        (Facts(Result(Memory.HELD, ())), "cho_factor"),
        (NUMBER, "det norm"),
        (OWN, "inv solve solve_triangular eigh eigvalsh cholesky cho_solve expm "
              "expm_frechet sqrtm solve_sylvester solve_toeplitz matmul_toeplitz toeplitz"),
        (Facts(static=frozenset({"l_and_u"})), "solve_banded solveh_banded"),
    ),
    "scipy.signal": (
        (OWN, "convolve correlate fftconvolve oaconvolve lfilter sosfilt detrend filtfilt"),
        (Facts(static=frozenset({"window_length", "polyorder", "deriv", "delta", "mode"})),
         "savgol_filter"),
        (Facts(static=frozenset({"domain"})), "resample"),
    ),
    "scipy.optimize": (
        (_CALLING, "minimize_scalar lsq_linear curve_fit root root_scalar fsolve Bounds newton "
                   "bisect ridder minimize brentq brenth toms748 nnls least_squares"),
    ),
    "scipy.integrate": (
        (_CALLING, "quad_vec odeint quad dblquad tplquad trapezoid fixed_quad "
                   "cumulative_trapezoid simpson solve_ivp cumulative_simpson nquad romb"),
    ),
    "scipy.ndimage": (
        (Facts(static=frozenset({"mode", "order", "size", "origin", "padlen", "padtype"})),
         "correlate correlate1d convolve convolve1d gaussian_filter gaussian_filter1d "
         "uniform_filter uniform_filter1d sobel prewitt laplace gaussian_laplace "
         "map_coordinates shift zoom rotate affine_transform spline_filter spline_filter1d"),
    ),
    "adjoint.runtime.with_scipy.filters": (
        (Facts(static=frozenset(
            {"mode", "origins", "order", "axis", "prefilter", "window_length", "polyorder",
             "deriv", "delta"})),
         "gaussian_weights correlated correlated_transposed windows_against "
         "initial_response savgol_transposed resample_transposed"),
    ),
    "adjoint.runtime.with_scipy.resampling": (
        (Facts(static=frozenset({"mode", "order", "axis", "prefilter"})),
         "at_coordinates image_slope image_spread unfiltered pixels zoomed_pixels turned_shape"),
        (_CHECKING, "without_offset"),
    ),
    "adjoint.runtime.with_scipy.toeplitz": (
        (OWN, "product solution along_column along_row"),
    ),
    "adjoint.runtime.roots": ((OWN, "complex_roots root_slopes"),),
    "adjoint.runtime.series": (
        (Facts(static=frozenset({"kind", "other"})),
         "series basis projected product factor derivative_matrix integral_matrix "
         "conversion_matrix series_roots"),
        (_CHECKING, "simple full_degree"),
    ),
    "adjoint.runtime.with_scipy.piecewise": (
        (_POINTS, "piecewise spread increasing"),
    ),
    "adjoint.runtime.with_scipy.cubic": (
        (Facts(static=frozenset({"bc_type"})), "spline_coefficients spline_transposed"),
    ),
    "adjoint.runtime.with_scipy.bsplines": (
        (_SPLINES, "bspline bspline_spread tensor_spline tensor_spread integrated "
                   "integrated_transposed interpolation_knots interpolation "
                   "interpolation_transposed fitted fitted_knots fitted_transposed grid_fitted "
                   "grid_knots grid_transposed"),
    ),
    "adjoint.runtime.with_scipy.tables": (
        (_POINTS, "linear_knots nearest_node simplex_values"),
    ),
    "adjoint.runtime.with_scipy.entries": (
        (Facts(static=frozenset({"solver", "options"})),
         "entries_of row_of col_of sizes_of product gathered solution iterated exponential dense "
         "summed extent expanded pairs united chosen chosen_size on_diagonal mask_at"),
    ),
    "adjoint.runtime.with_scipy.parameters": (
        (Facts(elementwise=True),
         "gammainc_by_a betainc_by_a betainc_by_b jv_by_order yv_by_order iv_by_order "
         "kv_by_order ive_by_order kve_by_order hyp2f1_by_a hyp2f1_by_c hyp1f1_by_a hyp1f1_by_b"),
    ),
    "adjoint.runtime.with_scipy.banded": (
        (_BANDS, "banded_product outer_bands transposed_bands"),
    ),
}  # fmt: skip
_waiting = dict(_OPTIONAL)


def imported() -> dict[Any, Facts]:
    """The records of packages that were imported since this was asked last."""
    found: dict[Any, Facts] = {}
    for package in [p for p in _waiting if p in sys.modules]:
        module = sys.modules[package]
        if getattr(module.__spec__, "_initializing", False):
            continue
        for facts, names in _waiting.pop(package):
            functions = [f for f in named(module, names) if not isinstance(f, np.ufunc)]
            found |= dict.fromkeys(functions, facts)
    return found
