"""Functions of scipy.special: Bessel, elliptic, hypergeometric; orthogonal polynomials.

Formulas are those of the Digital Library of Mathematical Functions (DLMF), chapters 9, 10, 15, 18
and 19. Derivatives with respect to orders and parameters are computed by differences and
quadrature (`adjoint.runtime.with_scipy.parameters`), or are not known.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from adjoint.ir import callables
from adjoint.rules.kinds import refused
from adjoint.rules.registry import elementwise, rule
from adjoint.rules.staged import call, equal, select, sign
from adjoint.runtime.with_scipy import parameters as p

_order = refused("the derivative with respect to the order of this function is not known")
_parameter = refused("the derivative with respect to the parameter of this function is not known")
_twice = refused("the second derivative with respect to a parameter of this function is not known")


def _by(derivative: Any) -> Any:
    """The slope that a function of the same arguments computes."""
    return lambda y, *args: call(derivative, *args)


# Bessel functions: DLMF 10.6.1 and 10.29.1, and for the scaled ones the product rule. The same
# recurrences hold for the derivatives with respect to the order.

for bessel, by_order in (
    (special.jv, p.jv_by_order),
    (special.yv, p.yv_by_order),
    (special.yn, None),
):
    slope_by_order = _order if by_order is None else _by(by_order)
    for each in (bessel, by_order):
        if each is not None:
            elementwise(
                each,
                v=slope_by_order if each is bessel else _twice,
                x=lambda y, v, x, each=each: (call(each, v - 1, x) - call(each, v + 1, x)) / 2,
            )
for each, order in ((special.iv, _by(p.iv_by_order)), (p.iv_by_order, _twice)):
    elementwise(
        each,
        v=order,
        x=lambda y, v, x, each=each: (call(each, v - 1, x) + call(each, v + 1, x)) / 2,
    )
for each, order in (
    (special.kv, _by(p.kv_by_order)),
    (p.kv_by_order, _twice),
    (special.kn, _order),
):
    elementwise(
        each,
        v=order,
        x=lambda y, v, x, each=each: -(call(each, v - 1, x) + call(each, v + 1, x)) / 2,
    )
for each, order in ((special.ive, _by(p.ive_by_order)), (p.ive_by_order, _twice)):
    elementwise(
        each,
        v=order,
        x=lambda y, v, x, each=each: (
            (call(each, v - 1, x) + call(each, v + 1, x)) / 2 - sign(x) * y
        ),
    )
for each, order in ((special.kve, _by(p.kve_by_order)), (p.kve_by_order, _twice)):
    elementwise(
        each,
        v=order,
        x=lambda y, v, x, each=each: y - (call(each, v - 1, x) + call(each, v + 1, x)) / 2,
    )
elementwise(special.j0, x=lambda y, x: -special.j1(x))
elementwise(special.j1, x=lambda y, x: (special.j0(x) - special.jv(2, x)) / 2)
elementwise(special.y0, x=lambda y, x: -special.y1(x))
elementwise(special.y1, x=lambda y, x: special.y0(x) - y / x)
elementwise(special.i0, x=lambda y, x: special.i1(x))
elementwise(special.i1, x=lambda y, x: (special.i0(x) + special.iv(2, x)) / 2)
elementwise(special.i0e, x=lambda y, x: special.i1e(x) - sign(x) * y)
elementwise(special.i1e, x=lambda y, x: (special.i0e(x) + special.ive(2, x)) / 2 - sign(x) * y)
elementwise(special.k0, x=lambda y, x: -special.k1(x))
elementwise(special.k1, x=lambda y, x: -special.k0(x) - y / x)
elementwise(special.k0e, x=lambda y, x: y - special.k1e(x))
elementwise(special.k1e, x=lambda y, x: y - special.k0e(x) - y / x)


def _spherical(function: Any, constant: int) -> None:
    """A spherical function solves y'' = -2/z y' + (constant + n(n+1)/z^2) y (DLMF 10.47)."""
    callables.declare(function, elementwise=True)

    @rule(function)
    def spherical(y_bar: Any, y: Any, n: Any, z: Any, derivative: bool = False) -> Any:
        if not derivative:
            return None, y_bar * call(function, n, z, derivative=True)
        value = call(function, n, z)
        return None, y_bar * ((constant + n * (n + 1) / (z * z)) * value - 2 / z * y)


_spherical(special.spherical_jn, -1)
_spherical(special.spherical_yn, -1)
_spherical(special.spherical_in, 1)
_spherical(special.spherical_kn, 1)


@rule(special.airy)
def airy(y_bar: Any, y: Any, z: Any) -> Any:
    """Both Ai and Bi solve w'' = z w (DLMF 9.2.1)."""
    slopes = y_bar[0] * y[1] + y_bar[1] * z * y[0]
    return slopes + y_bar[2] * y[3] + y_bar[3] * z * y[2]


# Hypergeometric functions (DLMF 13.3.15, 13.3.22, 15.5.1, 16.3.1)

elementwise(special.hyp0f1, v=_parameter, z=lambda y, v, z: special.hyp0f1(v + 1, z) / v)
elementwise(
    special.hyp1f1,
    a=_by(p.hyp1f1_by_a),
    b=_by(p.hyp1f1_by_b),
    x=lambda y, a, b, x: a / b * special.hyp1f1(a + 1, b + 1, x),
)
elementwise(
    special.hyperu,
    a=_parameter,
    b=_parameter,
    x=lambda y, a, b, x: -a * special.hyperu(a + 1, b + 1, x),
)
elementwise(
    special.hyp2f1,
    a=_by(p.hyp2f1_by_a),
    b=lambda y, a, b, c, z: call(p.hyp2f1_by_a, b, a, c, z),
    c=_by(p.hyp2f1_by_c),
    z=lambda y, a, b, c, z: a * b / c * special.hyp2f1(a + 1, b + 1, c + 1, z),
)


for each in (p.hyp1f1_by_a, p.hyp1f1_by_b):
    elementwise(
        each,
        a=_twice,
        b=_twice,
        x=lambda y, a, b, x, each=each: _slope_of_1f1(each, a, b, x),
    )
for each in (p.hyp2f1_by_a, p.hyp2f1_by_c):
    elementwise(
        each,
        a=_twice,
        b=_twice,
        c=_twice,
        z=lambda y, a, b, c, z, each=each: _slope_of_2f1(each, a, b, c, z),
    )


def _slope_of_1f1(each: Any, a: Any, b: Any, x: Any) -> Any:
    """Of the derivative of a / b * F(a + 1, b + 1; x)."""
    factor = 1 / b if each is p.hyp1f1_by_a else -a / (b * b)
    moved = call(each, a + 1, b + 1, x)
    return factor * special.hyp1f1(a + 1, b + 1, x) + a / b * moved


def _slope_of_2f1(each: Any, a: Any, b: Any, c: Any, z: Any) -> Any:
    factor = b / c if each is p.hyp2f1_by_a else -a * b / (c * c)
    moved = call(each, a + 1, b + 1, c + 1, z)
    return factor * special.hyp2f1(a + 1, b + 1, c + 1, z) + a * b / c * moved


# Elliptic integrals, as hypergeometric functions so that m = 0 is no exception (DLMF 19.5)

elementwise(special.ellipk, m=lambda y, m: math.pi / 8 * special.hyp2f1(1.5, 1.5, 2, m))
elementwise(special.ellipe, m=lambda y, m: -math.pi / 8 * special.hyp2f1(0.5, 1.5, 2, m))
elementwise(special.ellipkm1, p=lambda y, p: (y - special.ellipe(1 - p) / p) / (2 * (1 - p)))
elementwise(
    special.ellipkinc,
    phi=lambda y, phi, m: 1 / np.sqrt(1 - m * np.sin(phi) ** 2),
    m=_parameter,
)
elementwise(
    special.ellipeinc,
    phi=lambda y, phi, m: np.sqrt(1 - m * np.sin(phi) ** 2),
    m=_parameter,
)


# Orthogonal polynomials (DLMF 18.9.15 to 18.9.28): the derivative has a degree less

elementwise(
    special.eval_jacobi,
    n=_order,
    alpha=_parameter,
    beta=_parameter,
    x=lambda y, n, alpha, beta, x: (
        (n + alpha + beta + 1) / 2 * special.eval_jacobi(n - 1, alpha + 1, beta + 1, x)
    ),
)
elementwise(
    special.eval_legendre,
    n=_order,
    x=lambda y, n, x: (n + 1) / 2 * special.eval_jacobi(n - 1, 1, 1, x),
)
elementwise(
    special.eval_sh_legendre,
    n=_order,
    x=lambda y, n, x: (n + 1) * special.eval_jacobi(n - 1, 1, 1, 2 * x - 1),
)
elementwise(
    special.eval_gegenbauer,
    n=_order,
    alpha=_parameter,
    x=lambda y, n, alpha, x: 2 * alpha * special.eval_gegenbauer(n - 1, alpha + 1, x),
)
elementwise(special.eval_chebyt, n=_order, x=lambda y, n, x: n * special.eval_chebyu(n - 1, x))
elementwise(
    special.eval_chebyu, n=_order, x=lambda y, n, x: 2 * special.eval_gegenbauer(n - 1, 2, x)
)
elementwise(
    special.eval_laguerre, n=_order, x=lambda y, n, x: -special.eval_genlaguerre(n - 1, 1, x)
)
elementwise(
    special.eval_genlaguerre,
    n=_order,
    alpha=_parameter,
    x=lambda y, n, alpha, x: -special.eval_genlaguerre(n - 1, alpha + 1, x),
)


def _below(n: Any) -> Any:
    """n - 1, but 0 for n = 0, where it is multiplied by n."""
    return max(n - 1, 0) if isinstance(n, int) else select(equal(n, 0), 0, n - 1)


elementwise(
    special.eval_hermite, n=_order, x=lambda y, n, x: 2 * n * special.eval_hermite(_below(n), x)
)
elementwise(
    special.eval_hermitenorm,
    n=_order,
    x=lambda y, n, x: n * special.eval_hermitenorm(_below(n), x),
)
