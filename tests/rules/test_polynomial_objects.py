"""np.poly1d and the classes of numpy.polynomial inside of programs."""

import numpy as np
import pytest
from numpy import polynomial

from adjoint import UnsupportedError, check_grads, grad, vjp

C = np.array([1.0, -3.0, 0.5, 0.3])
NODES, VALUES = np.array([0.0, 1.0, 2.5, 3.0, 4.0]), np.array([1.0, 2.0, 0.5, 3.0, 1.0])
KINDS = (
    polynomial.Polynomial, polynomial.Chebyshev, polynomial.Legendre, polynomial.Hermite,
    polynomial.HermiteE, polynomial.Laguerre,
)  # fmt: skip
OUTSIDE = np.poly1d([1.0, 2.0, 3.0])
SERIES = polynomial.Chebyshev([1.0, 2.0, 3.0], domain=[0.0, 2.0])


def arithmetic(c):
    p = np.poly1d(c)
    q = p * p + 2 * p - p / 3 + p**2 - 1
    return q(0.7) + p.deriv()(0.4) + p.integ(k=2.0)(0.8) + q.deriv(2)(0.1) + (3 - p)(0.2)


def division(c):
    quotient, rest = np.poly1d(c) / np.poly1d([1.0, c[0]])
    return quotient(0.3) + rest(0.4)


PROGRAMS = [
    (lambda c: np.poly1d(c)(1.3), C),
    (lambda c: np.poly1d(c)(np.array([0.1, 1.3])), C),
    (lambda x: np.poly1d([1, 2, 3])(x), 1.3),
    (arithmetic, C),
    (division, C),
    (lambda c: np.sum(np.poly1d(c).coeffs ** 2) + np.poly1d(c)[1] + np.poly1d(c)[9], C),
    (lambda c: np.sum(np.poly1d(c).roots.real ** 2), C),
    (lambda r: np.poly1d(r, True)(0.3), C),
    (lambda y: np.poly1d(np.polyfit(NODES, y, 2))(0.3), VALUES),
    (lambda x: OUTSIDE(x) + OUTSIDE.deriv()(x) + (OUTSIDE * x)(2.0), 0.3),
    (lambda x: SERIES(x) * SERIES.integ()(x) + (x * SERIES)(0.4), 0.3),
    (lambda y: polynomial.Polynomial.fit(NODES, y, 2).convert().coef, VALUES),
    (lambda y: polynomial.Chebyshev.fit(NODES, y, 2, w=VALUES)(0.3), VALUES),
    (lambda r: polynomial.Polynomial.fromroots(r)(0.3), C),
    (lambda a: polynomial.Polynomial([1.0, 2.0], domain=[0.0, a])(0.7), 1.5),
    (lambda c: (polynomial.Polynomial(c) // polynomial.Polynomial([1.0, 2.0]))(0.3), C),
    (lambda c: (polynomial.Polynomial(c) % polynomial.Polynomial([1.0, 2.0])).coef, C),
    (lambda c: polynomial.chebyshev.chebval(0.3, c), C),
]


@pytest.mark.parametrize(("f", "x"), PROGRAMS)
def test_programs(f, x):
    value, _ = vjp(f, x)
    assert np.allclose(value, f(x), rtol=1e-13)
    check_grads(f, (x,), order=2)


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind):
    def f(c, x):
        p = kind(c)
        q = p * p + p - p**2 / 3 + 1 - 2 * p
        return q(x) + p.deriv(2)(x) + p.integ(lbnd=0.2)(x) + kind(c, [0.0, 3.0]).deriv()(x)

    value, _ = vjp(f, C, 0.4)
    assert np.allclose(value, f(C, 0.4), rtol=1e-12)
    check_grads(f, (C, 0.4), order=2)
    check_grads(lambda c: np.sum(kind(c).roots() ** 2).real, (C,))
    check_grads(lambda c: kind(c).convert(kind=polynomial.Legendre).coef, (C,))


def test_zero_at_the_highest_power():
    f = grad(lambda c: np.sum(np.poly1d(c).coeffs))
    with pytest.raises(ArithmeticError, match="highest power"):
        f(np.array([0.0, 1.0]))
    check_grads(lambda c: np.poly1d(c)(0.3), (np.array([0.0, 1.0]),))


def test_roots_that_are_not_simple():
    with pytest.raises(np.linalg.LinAlgError, match="simple"):
        grad(lambda c: np.sum(polynomial.Polynomial(c).roots()).real)(np.array([1.0, -2.0, 1.0]))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda c: np.poly1d(c)(np.poly1d([1.0, 2.0]))(0.3), "at another one"),
        (lambda c: polynomial.Chebyshev(c).linspace(3)[1][0], "linspace"),
        (lambda c: (polynomial.Chebyshev(c) // polynomial.Chebyshev([1.0]))(0.3), "quotient"),
        (lambda c: polynomial.Polynomial.fit(c, VALUES[:4], 2)(0.3), "places"),
        (lambda c: 1.0 if isinstance(np.poly1d(c), np.poly1d) else c[0], "class of an object"),
    ],
)
def test_refused(f, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(f)(C)
