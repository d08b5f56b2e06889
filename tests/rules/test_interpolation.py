"""Interpolators of SciPy: values of SciPy, and derivatives of these in values, points and nodes."""

import numpy as np
import pytest
from scipy import interpolate

from adjoint import UnsupportedError, check_grads, grad, vjp

X = np.array([0.0, 0.9, 2.1, 3.0, 4.2, 5.0])
Y = np.array([1.0, 2.0, 0.5, 3.0, 2.2, -1.0])
ROWS = np.stack([Y, Y[::-1] ** 2], axis=1)
T = np.array([0.3, 1.7, 2.6, 4.9])
Z = np.outer(Y, Y[:5]) + np.arange(30.0).reshape(6, 5) / 7.0
POINTS = np.array([[0.3, 0.4], [1.7, 2.2], [3.3, 3.9]])
NODES = np.random.default_rng(0).uniform(0.0, 5.0, (12, 2))
V = np.sin(NODES[:, 0]) * NODES[:, 1]


def check(f, *args, order=1):
    """The values are SciPy's own; both modes agree with differences."""
    np.testing.assert_allclose(vjp(f, *args)[0], f(*args), rtol=1e-10, atol=1e-12)
    check_grads(f, args, modes=("forward", "reverse"), order=order, rtol=1e-5, atol=1e-6)


MAKERS = {
    "CubicSpline": lambda y: interpolate.CubicSpline(X, y),
    "natural": lambda y: interpolate.CubicSpline(X, y, bc_type="natural"),
    "ends": lambda y: interpolate.CubicSpline(X, y, bc_type=((1, 0.3), (2, -0.2))),
    "Pchip": lambda y: interpolate.PchipInterpolator(X, y),
    "Akima": lambda y: interpolate.Akima1DInterpolator(X, y),
    "makima": lambda y: interpolate.Akima1DInterpolator(X, y, method="makima"),
    "make_interp_spline": lambda y: interpolate.make_interp_spline(X, y),
    "quadratic": lambda y: interpolate.make_interp_spline(X, y, k=2),
    "natural spline": lambda y: interpolate.make_interp_spline(X, y, bc_type="natural"),
    "UnivariateSpline": lambda y: interpolate.UnivariateSpline(X, y, s=0),
    "Interpolated": lambda y: interpolate.InterpolatedUnivariateSpline(X, y, k=2, ext=3),
    "LSQ": lambda y: interpolate.LSQUnivariateSpline(X, y, [2.5]),
}
TABLES = {
    "linear": lambda y: interpolate.interp1d(X, y),
    "cubic": lambda y: interpolate.interp1d(X, y, kind="cubic"),
    "extrapolated": lambda y: interpolate.interp1d(
        X, y, kind="quadratic", fill_value="extrapolate"
    ),
    "nearest": lambda y: interpolate.interp1d(X, y, kind="nearest"),
    "previous": lambda y: interpolate.interp1d(X, y, kind="previous"),
    "zero": lambda y: interpolate.interp1d(X, y, kind="zero"),
    "filled": lambda y: interpolate.interp1d(X, y, bounds_error=False, fill_value=(0.1, 2.0)),
}


@pytest.mark.parametrize("name", [*MAKERS, *TABLES])
def test_values_and_points(name):
    make = (MAKERS | TABLES)[name]
    outside = make(Y)
    check(lambda y, t: make(y)(t), Y, T, order=2)
    check(lambda y, t: make(y)(t) ** 2, Y, 1.7)
    check(lambda t: outside(t) * outside(t + 0.05), T)
    check(lambda t: make(Y)(t) ** 2, 1.7)


@pytest.mark.parametrize("name", MAKERS)
def test_derivatives_and_integrals(name):
    make = MAKERS[name]
    outside = make(Y)
    check(lambda y, t: make(y).derivative()(t) * make(y)(t, 1), Y, T)
    check(lambda t: outside.derivative()(t) * outside(t, 1), T)
    check(lambda y, t: make(y).antiderivative()(t), Y, T)
    if hasattr(outside, "integrate"):
        check(lambda y, a, b: make(y).integrate(a, b), Y, 0.2, 4.3)
        check(lambda b: outside.integrate(0.2, b) ** 2, 4.3)
    else:
        check(lambda y, a, b: make(y).integral(a, b), Y, 0.2, 4.3)


def test_axes():
    check(lambda y, t: interpolate.CubicSpline(X, y)(t), ROWS, T)
    check(lambda y, t: interpolate.CubicSpline(X, y, axis=1)(t), ROWS.T.copy(), T)
    check(lambda y, t: interpolate.PchipInterpolator(X, y)(t), ROWS, T)
    check(lambda y, t: interpolate.Akima1DInterpolator(X, y, axis=1)(t), ROWS.T.copy(), 1.2)
    check(lambda y, t: interpolate.make_interp_spline(X, y)(t), ROWS, T)
    check(lambda y, t: interpolate.interp1d(X, y)(t), ROWS.T.copy(), T)


@pytest.mark.parametrize("n", [2, 3, 6])
def test_nodes(n):
    x, y, t = X[:n], Y[:n], np.array([0.2, 0.7])
    check(lambda x, y, t: interpolate.CubicSpline(x, y)(t), x, y, t, order=2)
    check(lambda x, y, t: interpolate.PchipInterpolator(x, y)(t), x, y, t)
    check(lambda x, y, t: interpolate.Akima1DInterpolator(x, y)(t), x, y, t)
    check(lambda y, t: interpolate.CubicSpline(x, y)(t), y, t)


def test_conditions_at_the_ends():
    check(
        lambda x, y, a, b: interpolate.CubicSpline(x, y, bc_type=((1, a), (2, b)))(1.2),
        X, Y, 0.3, -0.1,
    )  # fmt: skip
    check(lambda y, d, t: interpolate.CubicHermiteSpline(X, y, d)(t), Y, Y[::-1].copy(), T)


def test_fitpack():
    tck = interpolate.splrep(X, Y)
    check(lambda y, t: interpolate.splev(t, interpolate.splrep(X, y)), Y, T)
    check(lambda y, t: interpolate.splev(t, interpolate.splrep(X, y, s=0), der=1), Y, T)
    check(lambda y: interpolate.splev(T, interpolate.splrep(X, y, t=[2.5], task=-1)), Y)
    check(lambda t: interpolate.splev(t, tck) ** 2, T)
    for ext in (0, 1, 3):
        check(lambda t, ext=ext: interpolate.splev(t, tck, ext=ext), np.array([-0.4, 2.6, 5.7]))
    check(lambda a, b: interpolate.splint(a, b, tck), 0.3, 2.0)
    smooth = interpolate.UnivariateSpline(X, Y, s=1.0)
    check(lambda t: smooth(t) * smooth.derivative()(t), T)


def test_surfaces():
    x, y = X, X[:5]
    surface = interpolate.RectBivariateSpline(x, y, Z)
    columns = np.array([0.2, 3.0])
    check(lambda z, t: interpolate.RectBivariateSpline(x, y, z)(t, columns), Z, T)
    check(lambda z, t, u: interpolate.RectBivariateSpline(x, y, z).ev(t, u), Z, T[:3], T[:3] * 0.7)
    check(lambda t, u: surface(t, u, grid=False) * surface.ev(t, u, dx=1), T[:3], T[:3] * 0.7)
    places = [a.ravel() for a in np.meshgrid(x, y, indexing="ij")]
    tck = interpolate.bisplrep(*places, Z.ravel(), s=0)
    check(lambda t, u: interpolate.bisplev(t, u, tck), 1.2, 0.7)


def test_grids():
    axes = (X, X[:5])
    table = interpolate.RegularGridInterpolator(axes, Z)
    check(lambda z, p: interpolate.RegularGridInterpolator(axes, z)(p), Z, POINTS)
    check(lambda p: table(p) ** 2, POINTS)
    check(lambda t, u: table((t, u)) * table([t, u]), 0.3, 1.2)
    for fill in (None, 0.5):
        check(
            lambda z, p, fill=fill: interpolate.RegularGridInterpolator(
                axes, z, bounds_error=False, fill_value=fill
            )(p),
            Z, POINTS - 1.0,
        )  # fmt: skip
    check(lambda z, p: interpolate.interpn(axes, z, p), Z, POINTS)


def test_triangles():
    check(lambda v, p: interpolate.LinearNDInterpolator(NODES, v)(p), V, POINTS[1:])
    check(
        lambda v, t, u: interpolate.LinearNDInterpolator(NODES, v, fill_value=0.0)(t, u),
        V, 2.5, 2.2,
    )  # fmt: skip


def test_a_changed_spline_is_read_again():
    spline = interpolate.CubicSpline(X, Y)
    slope = grad(lambda t: spline(t))
    before = slope(1.7)
    spline.c = spline.c * 2.0
    assert np.isclose(slope(1.7), 2.0 * before)


def test_what_no_input_reaches_is_called_as_it_is():
    def f(a, x, y):
        return a * len(interpolate.CubicSpline(x, y).solve(0.7))

    assert grad(f)(2.0, X, Y) == f(1.0, X, Y)


@pytest.mark.parametrize(
    ("f", "at", "message"),
    [
        (lambda y: interpolate.CubicSpline(X, y).roots()[0], Y, "'roots' of this object"),
        (lambda y: interpolate.UnivariateSpline(X, y)(0.3), Y, "smooths"),
        (lambda y: interpolate.splev(0.3, interpolate.splrep(X, y, s=1.0)), Y, "smooths"),
        (lambda x: interpolate.make_interp_spline(x, Y)(0.3), X, "not to their nodes"),
        (lambda t: interpolate.BSpline(t, Y, 0)(0.3), np.arange(7.0), "knots"),
        (lambda y: interpolate.CubicSpline(X, y, bc_type="periodic")(0.3), Y, "periodic"),
        (
            lambda z: interpolate.RegularGridInterpolator((X, X[:5]), z, method="cubic")(POINTS)[0],
            Z, "method='linear'",
        ),
    ],
)  # fmt: skip
def test_refusals(f, at, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(f)(at)
