"""The splines of scipy.interpolate that are combinations of B-splines, linear in their values."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from adjoint.rules.interpolation.cubic import is_periodic
from adjoint.rules.interpolation.parts import (
    constant,
    is_smoothing,
    place_axis,
    points_of,
    real_values,
    refuse,
)
from adjoint.rules.registry import adopts, composed, is_reached, stands_in
from adjoint.rules.staged import has_values
from adjoint.runtime.with_scipy.bsplines import (
    bspline,
    fitted,
    fitted_knots,
    integrated,
    interpolation,
    interpolation_knots,
)

_NODES = "splines are differentiated with respect to their values, not to their nodes or knots"
_CUBIC = "use CubicSpline, which is differentiated with respect to its nodes"


@composed
def longer(t: Any) -> Any:
    """The knots of the integral: one more at each end."""
    return np.concatenate([t[:1], t, t[-1:]])


@composed
def is_part_of_program(x: Any) -> bool:
    return not has_values([x])


class Spline:
    """A spline: knots, coefficients, degree; what it is outside; which derivative it is."""

    def __init__(self, t: Any, c: Any, k: int, mode: Any, axis: int, order: int = 0):
        self.t = t
        self.c = c
        self.k = k
        self.mode = mode
        self.axis = axis
        self.order = order

    def at(self, x: Any, nu: int, mode: Any) -> Any:
        y = bspline(self.t, self.c, self.k, x, self.order + nu, mode)
        return place_axis(y, self.axis, x)

    def integral_from_start(self, x: Any, mode: Any) -> Any:
        if self.order:
            refuse("the integral of the derivative of a B-spline is not differentiated",
                   "take the difference of its values")  # fmt: skip
        c = integrated(self.c, self.t, self.k)
        return bspline(longer(self.t), c, self.k + 1, x, 0, mode)


class BSpline(Spline):
    """`interpolate.BSpline`."""

    @property
    def extrapolate(self) -> Any:
        return self.mode

    @property
    def tck(self) -> Any:
        return self.t, self.c, self.k

    def __call__(self, x: Any, nu: int = 0, extrapolate: Any = None) -> Any:
        mode = self.mode if extrapolate is None else extrapolate
        return self.at(points_of(x), nu, mode)

    def derivative(self, nu: int = 1) -> Any:
        return BSpline(self.t, self.c, self.k, self.mode, self.axis, self.order + nu)

    def antiderivative(self, nu: int = 1) -> Any:
        if nu != 1 or self.order:
            refuse("the antiderivative of a BSpline is differentiated with nu=1")
        if self.mode == "periodic":
            refuse("the antiderivative of a periodic BSpline is not differentiated")
        c = integrated(self.c, self.t, self.k)
        return BSpline(longer(self.t), c, self.k + 1, self.mode, self.axis)

    def integrate(self, a: Any, b: Any, extrapolate: Any = None) -> Any:
        mode = self.mode if extrapolate is None else extrapolate
        if mode == "periodic":
            refuse("the integral of a periodic BSpline is not differentiated")
        inside = True if mode else "boundary"
        return self.integral_from_start(b, inside) - self.integral_from_start(a, inside)


@stands_in(interpolate.BSpline)
def bspline_object(t: Any, c: Any, k: int, extrapolate: Any = True, axis: int = 0) -> Any:
    return BSpline(points_of(t), real_values(c, axis), constant(None, k), extrapolate, axis)


@adopts(interpolate.BSpline)
def adopted_bspline(spline: Any) -> Any:
    extrapolate, axis = constant(None, spline.extrapolate), constant(None, spline.axis)
    return BSpline(spline.t, spline.c, constant(None, spline.k), extrapolate, axis)


@stands_in(interpolate.make_interp_spline)
def make_interp_spline(
    x: Any,
    y: Any,
    k: int = 3,
    t: Any = None,
    bc_type: Any = None,
    axis: int = 0,
    check_finite: bool = True,
) -> Any:
    if is_reached(x) or is_reached(t) or is_reached(bc_type):
        refuse(_NODES, _CUBIC)
    if not is_part_of_program(bc_type):
        refuse("the boundary conditions of make_interp_spline must be known when compiling")
    if is_periodic(bc_type):
        refuse("a periodic spline is not differentiated with respect to its values")
    y = real_values(y, axis)
    c = interpolation(x, y, k, t, bc_type)
    knots = interpolation_knots(x, k, bc_type) if t is None else points_of(t)
    return BSpline(knots, c, k, True, axis)


# FITPACK


class Univariate(Spline):
    """`interpolate.UnivariateSpline` and its relatives."""

    def __call__(self, x: Any, nu: int = 0, ext: Any = None) -> Any:
        mode = self.mode if ext is None else mode_of(constant(None, ext))
        if mode == "boundary" and nu:
            mode = True  # FITPACK continues the derivatives of a spline that is constant outside
        return self.at(points_of(x), nu, mode)

    def derivative(self, n: int = 1) -> Any:
        mode = "zeros" if self.mode == "boundary" else self.mode  # as SciPy's is
        return Univariate(self.t, self.c, self.k, mode, 0, self.order + n)

    def antiderivative(self, n: int = 1) -> Any:
        if n != 1 or self.order:
            refuse("the antiderivative of a UnivariateSpline is differentiated with n=1")
        c = integrated(self.c, self.t, self.k)
        return Univariate(longer(self.t), c, self.k + 1, self.mode, 0)

    def integral(self, a: Any, b: Any) -> Any:
        """Outside of its knots the spline is zero here."""
        return self.integral_from_start(b, "boundary") - self.integral_from_start(a, "boundary")


@composed
def mode_of(ext: Any) -> Any:
    """The `ext` of FITPACK, in our words."""
    known = {0: True, 1: "zeros", 2: "error", 3: "boundary", "extrapolate": True,
             "zeros": "zeros", "raise": "error", "const": "boundary"}  # fmt: skip
    return known[int(ext) if isinstance(ext, (bool, np.integer)) else ext]


@adopts(
    interpolate.UnivariateSpline,
    interpolate.InterpolatedUnivariateSpline,
    interpolate.LSQUnivariateSpline,
)
def adopted_univariate(spline: Any) -> Any:
    t, c, k = spline._eval_args
    return Univariate(t, c, constant(None, k), mode_of(constant(None, spline.ext)), 0)


def fitted_spline(
    x: Any, y: Any, w: Any, ends: Any, k: int, t: Any, ext: Any
) -> Any:
    if is_reached(x) or is_reached(t) or is_reached(w) or is_reached(ends):
        refuse(_NODES, _CUBIC)
    c = fitted(x, real_values(y, 0), w, ends, k, t)
    return Univariate(fitted_knots(x, w, ends, k, t), c, k, mode_of(constant(None, ext)), 0)


@stands_in(interpolate.InterpolatedUnivariateSpline)
def interpolated_univariate_spline(
    x: Any, y: Any, w: Any = None, bbox: Any = (None, None), k: int = 3, ext: Any = 0,
    check_finite: bool = False,
) -> Any:  # fmt: skip
    return fitted_spline(x, y, w, (bbox[0], bbox[1]), k, None, ext)


@stands_in(interpolate.LSQUnivariateSpline)
def lsq_univariate_spline(
    x: Any, y: Any, t: Any, w: Any = None, bbox: Any = (None, None), k: int = 3, ext: Any = 0,
    check_finite: bool = False,
) -> Any:  # fmt: skip
    return fitted_spline(x, y, w, (bbox[0], bbox[1]), k, t, ext)


@stands_in(interpolate.UnivariateSpline)
def univariate_spline(
    x: Any, y: Any, w: Any = None, bbox: Any = (None, None), k: int = 3, s: Any = None,
    ext: Any = 0, check_finite: bool = False,
) -> Any:  # fmt: skip
    if is_smoothing(constant(None, s)):
        refuse("a UnivariateSpline that smooths chooses its knots by the values",
               "give it s=0, or the knots, with LSQUnivariateSpline")  # fmt: skip
    return fitted_spline(x, y, w, (bbox[0], bbox[1]), k, None, ext)


@stands_in(interpolate.splrep)
def splrep(
    x: Any, y: Any, w: Any = None, xb: Any = None, xe: Any = None, k: int = 3, task: int = 0,
    s: Any = None, t: Any = None, full_output: int = 0, per: int = 0, quiet: int = 1,
) -> Any:  # fmt: skip
    if full_output or per:
        refuse("splrep is differentiated without full_output and per")
    if task == -1:
        spline = fitted_spline(x, y, w, (xb, xe), k, t, 0)
    else:
        if task or (w is not None if s is None else is_smoothing(constant(None, s))):
            refuse("a spline that smooths chooses its knots by the values",
                   "give splrep s=0, or the knots, with task=-1")  # fmt: skip
        spline = fitted_spline(x, y, w, (xb, xe), k, None, 0)
    return spline.t, spline.c, spline.k


@stands_in(interpolate.splev)
def splev(x: Any, tck: Any, der: int = 0, ext: Any = 0) -> Any:
    spline = of_tck(tck)
    mode = mode_of(constant(None, ext))
    return Univariate(spline.t, spline.c, spline.k, mode, 0, spline.order)(x, der)


def of_tck(tck: Any) -> Any:
    if isinstance(tck, BSpline):
        return tck
    t, c, k = tck
    return Univariate(points_of(t), one_curve(c), constant(None, k), True, 0)


@composed
def one_curve(c: Any) -> Any:
    if isinstance(c, (list, tuple)):
        refuse("a parametric spline is not differentiated",
               "evaluate the spline of each coordinate")  # fmt: skip
    return c


@stands_in(interpolate.splint)
def splint(a: Any, b: Any, tck: Any, full_output: int = 0) -> Any:
    if full_output:
        refuse("splint is differentiated without full_output")
    spline = of_tck(tck)
    return Univariate(spline.t, spline.c, spline.k, True, 0).integral(a, b)
