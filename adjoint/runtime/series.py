"""Series of polynomials, as numpy.polynomial has them: the lowest degree first.

All of it is linear in the coefficients. The matrices come from `numpy.polynomial` itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.polynomial import chebyshev, hermite, hermite_e, laguerre, legendre, polynomial

_VALUES: dict[str, Any] = {
    "polynomial": polynomial.polyval, "chebyshev": chebyshev.chebval, "legendre": legendre.legval,
    "hermite": hermite.hermval, "hermite_e": hermite_e.hermeval, "laguerre": laguerre.lagval,
}  # fmt: skip
_POWERS: dict[str, Any] = {
    "polynomial": polynomial.polyvander, "chebyshev": chebyshev.chebvander,
    "legendre": legendre.legvander, "hermite": hermite.hermvander,
    "hermite_e": hermite_e.hermevander, "laguerre": laguerre.lagvander,
}  # fmt: skip
_CLASSES: dict[str, Any] = {
    "polynomial": polynomial.Polynomial, "chebyshev": chebyshev.Chebyshev,
    "legendre": legendre.Legendre, "hermite": hermite.Hermite,
    "hermite_e": hermite_e.HermiteE, "laguerre": laguerre.Laguerre,
}  # fmt: skip


def series(kind: str, coef: Any, x: Any) -> Any:
    """The value of a series at points."""
    return _VALUES[kind](x, coef, tensor=False)


def basis(kind: str, x: Any, n: int) -> Any:
    """The first n polynomials at points, along the last axis."""
    return _POWERS[kind](x, n - 1)


def projected(kind: str, y_bar: Any, x: Any, n: int) -> Any:
    """The transpose of `series` in its n coefficients."""
    powers = basis(kind, np.ravel(x), n)
    return np.ravel(np.broadcast_to(y_bar, np.shape(x))) @ powers


def product(kind: str, a: Any, b: Any) -> Any:
    """The coefficients of the product of two series, all of them."""
    cls = _CLASSES[kind]
    found = (cls(a) * cls(b)).coef
    return np.concatenate([found, np.zeros(len(a) + len(b) - 1 - len(found))])


def factor(kind: str, y_bar: Any, b: Any, n: int) -> Any:
    """The transpose of `product` in the other factor, of n coefficients."""
    return np.array([y_bar @ product(kind, unit, b) for unit in np.eye(n)])


def derivative_matrix(kind: str, n: int) -> Any:
    """The matrix that differentiates n coefficients; of a constant it leaves zero."""
    cls, rows = _CLASSES[kind], max(n - 1, 1)
    return _in_columns([cls(unit).deriv().coef for unit in np.eye(n)], rows)


def integral_matrix(kind: str, n: int) -> Any:
    """The matrix that integrates n coefficients from 0 on."""
    return _in_columns([_CLASSES[kind](unit).integ().coef for unit in np.eye(n)], n + 1)


def conversion_matrix(
    kind: str, n: int, domain: Any, window: Any, other: str, to_domain: Any, to_window: Any
) -> Any:
    """The matrix that turns n coefficients into those of another basis."""
    target = _CLASSES[other]
    columns = [
        _CLASSES[kind](unit, domain, window).convert(to_domain, target, to_window).coef
        for unit in np.eye(n)
    ]
    return _in_columns(columns, n)


def _in_columns(columns: list[Any], rows: int) -> Any:
    matrix = np.zeros((rows, len(columns)))
    for k, column in enumerate(columns):
        matrix[: len(column), k] = column
    return matrix


def series_roots(kind: str, coef: Any) -> Any:
    """The roots in the order of numpy.polynomial, as complex numbers whatever they are."""
    return np.asarray(_CLASSES[kind](coef).roots(), complex)


def simple(slopes: Any, sizes: Any) -> Any:
    """The derivatives of a series at its roots.

    Raises
    ------
    numpy.linalg.LinAlgError : a root is not simple, and has no derivative.
    """
    if np.any(np.abs(slopes) <= 1e-7 * np.abs(sizes)):
        raise np.linalg.LinAlgError(
            "adjoint: a root of the polynomial is not simple, so that it has no derivative"
        )
    return slopes


def full_degree(coef: Any, last: int) -> Any:
    """The coefficients of a polynomial, as NumPy has them: without zeros at the highest powers.

    Raises
    ------
    ArithmeticError : there are such.
    """
    if len(coef) > 1 and coef[last] == 0.0:
        raise ArithmeticError(
            "the coefficient of the highest power is zero: NumPy leaves it out, so that the "
            "degree of the polynomial depends on the values"
        )
    return coef
