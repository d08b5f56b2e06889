"""Differentiate through C: functions of the C library, with derivatives that are declared.

adjoint cannot read compiled code, so it is told the derivative. `erf` works element by element,
and `adjoint.elementwise` takes its formula. The Bessel function `jn` has an order, a whole number,
for which there is no derivative; `custom_vjp` leaves it out. The generated code calls both by
their names. Their derivatives are made of functions with derivatives, so there are second ones.

With them, two models of a star in a telescope are fitted to the light that a row of pixels has
counted: a Gaussian, whose integral over a pixel is a difference of `erf`, and the rings that
diffraction makes of a point of light, J₁(r)²/r² (Airy, "On the diffraction of an object-glass with
circular aperture", 1835). The light, centre and width of the star come from Newton's method.
"""

import ctypes
import ctypes.util
import math
from collections.abc import Callable

import numpy as np

import adjoint
from adjoint import custom_vjp, hessian, value_and_grad

TRUTH = np.array([5000.0, 0.3, 1.5])  # light, centre and width of the star
EDGES = np.linspace(-8.0, 8.0, 42)  # of the pixels


def from_c(name: str, result: type, *parameters: type) -> Callable:
    """A function of the C library, made to take arrays."""
    library = ctypes.util.find_library("m")
    if library is None:
        raise SystemExit("this example calls a C library, libm, and there is none on this machine")
    function = getattr(ctypes.CDLL(library), name)
    function.restype, function.argtypes = result, parameters
    return np.vectorize(function, otypes=[float])


c_erf = from_c("erf", ctypes.c_double, ctypes.c_double)
c_jn = from_c("jn", ctypes.c_double, ctypes.c_int, ctypes.c_double)


def erf(x):
    """The error function."""
    return c_erf(x)


adjoint.elementwise(erf, x=lambda y, x: 2.0 / math.sqrt(math.pi) * np.exp(-x * x))


@custom_vjp(nondiff_argnames="order")
def bessel(order, x):
    """The Bessel function of the first kind."""
    return c_jn(order, x)


def bessel_forward(order, x):
    return bessel(order, x), x


def bessel_backward(order, x, y_bar):
    return (0.5 * y_bar * (bessel(order - 1, x) - bessel(order + 1, x)),)


bessel.defvjp(bessel_forward, bessel_backward)


def gaussian(star, edges):
    """What falls into each pixel, for a star of a given light, centre and width."""
    light, centre, width = star
    below = 0.5 * erf((edges - centre) / width)
    return light * (below[1:] - below[:-1])


def airy(star, edges):
    """The same for light that was diffracted; a pixel is small enough to take its middle."""
    light, centre, width = star
    r = 2.0 * (0.5 * (edges[1:] + edges[:-1]) - centre) / width
    ring = 0.5 * (bessel(0, r) + bessel(2, r))  # is J₁(r)/r
    return light * 0.75 * math.pi * ring**2 * (edges[1:] - edges[:-1]) / width


def misfit(star, model, counted):
    """Half the sum of the squared errors, weighted by the noise that counting has."""
    return 0.5 * np.sum((model(star, EDGES) - counted) ** 2 / (counted + 1.0))


slope = value_and_grad(misfit)
curvature = hessian(misfit)


def fit(model: Callable, counted: np.ndarray, steps: int = 30) -> tuple[np.ndarray, float]:
    """Newton's method, damped where the curvature is not positive, and the misfit it reaches."""
    star, damping = np.array([np.sum(counted), 0.0, 2.0]), 1.0
    value, gradient = slope(star, model, counted)
    for _ in range(steps):
        H = curvature(star, model, counted)
        trial = star - np.linalg.solve(H + damping * np.diag(np.abs(np.diag(H))), gradient)
        reached, gradient_there = slope(trial, model, counted)
        if reached < value:
            star, value, gradient, damping = trial, reached, gradient_there, 0.2 * damping
        else:
            damping *= 5.0
    return star, float(value)


def main() -> dict[str, tuple[np.ndarray, float]]:
    """Each model's star and misfit."""
    rng = np.random.default_rng(0)
    counted = rng.poisson(airy(TRUTH, EDGES)).astype(float)
    found = {}
    for model in gaussian, airy:
        star, value = found[model.__name__] = fit(model, counted)
        light, centre, width = star
        print(
            f"{model.__name__:8s}  light {light:6.1f}  centre {centre:.3f}  width {width:.3f}  "
            f"misfit {value:.1f} for {len(counted)} pixels"
        )
    print("\nThe gradient of the second, as adjoint wrote it:\n")
    print(slope.source)
    return found


if __name__ == "__main__":
    main()
