"""np.poly1d as a Python object to differentiate: the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.rules.registry import adopts, composed, stands_in
from adjoint.rules.staged import as_array, is_complex, rank_of
from adjoint.runtime.roots import complex_roots
from adjoint.runtime.series import full_degree


class Poly1d:
    """`np.poly1d`. The coefficients of the highest powers may be zero as long as nobody asks."""

    def __init__(self, coefficients: Any, variable: Any = None):
        self.all = coefficients
        self.variable = variable

    @property
    def coeffs(self) -> Any:
        return full_degree(self.all, 0)

    @property
    def c(self) -> Any:
        return full_degree(self.all, 0)

    @property
    def coef(self) -> Any:
        return full_degree(self.all, 0)

    @property
    def coefficients(self) -> Any:
        return full_degree(self.all, 0)

    @property
    def roots(self) -> Any:
        return complex_roots(full_degree(self.all, 0))

    @property
    def r(self) -> Any:
        return complex_roots(full_degree(self.all, 0))

    @property
    def order(self) -> Any:
        return len(full_degree(self.all, 0)) - 1

    @property
    def o(self) -> Any:
        return len(full_degree(self.all, 0)) - 1

    def __call__(self, val: Any) -> Any:
        if isinstance(val, Poly1d):
            refuse("a poly1d at another one is not differentiated",
                   "evaluate one after the other, as in p(q(x))")  # fmt: skip
        return np.polyval(self.all, val)

    def __getitem__(self, power: Any) -> Any:
        n = len(self.all)
        return self.all[n - 1 - power] if 0 <= power < n else 0.0

    def __len__(self) -> Any:
        return len(full_degree(self.all, 0)) - 1

    def deriv(self, m: int = 1) -> Any:
        return Poly1d(one_at_least(np.polyder(self.all, m)))

    def integ(self, m: int = 1, k: Any = 0) -> Any:
        if m != 1:
            refuse("integ of a poly1d is differentiated with m=1", "call it several times")
        return Poly1d(np.polyint(self.all, 1, first_of(k)))

    def __neg__(self) -> Any:
        return Poly1d(-self.all)

    def __pos__(self) -> Any:
        return self

    def __add__(self, other: Any) -> Any:
        return Poly1d(np.polyadd(self.all, as_coefficients(other)))

    def __radd__(self, other: Any) -> Any:
        return Poly1d(np.polyadd(as_coefficients(other), self.all))

    def __sub__(self, other: Any) -> Any:
        return Poly1d(np.polysub(self.all, as_coefficients(other)))

    def __rsub__(self, other: Any) -> Any:
        return Poly1d(np.polysub(as_coefficients(other), self.all))

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Poly1d):
            return Poly1d(np.convolve(self.all, other.all))
        return Poly1d(convolved(self.all, other))

    def __rmul__(self, other: Any) -> Any:
        return Poly1d(convolved(self.all, other))

    def __pow__(self, n: int) -> Any:
        if n < 0:
            raise ValueError("Power to non-negative integers only.")
        found = np.ones(1)
        for _ in range(n):
            found = np.convolve(found, self.all)
        return Poly1d(found)

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Poly1d):
            quotient, rest = divided(full_degree(self.all, 0), full_degree(other.all, 0))
            return Poly1d(quotient), Poly1d(rest)
        return Poly1d(self.all / number(other))


def divided(u: Any, v: Any) -> Any:
    """The quotient of two polynomials, the highest power first, and what is left."""
    m, n = len(u), len(v)
    if m < n:
        return np.zeros(1), u
    rest = u * 1.0
    quotient = np.zeros(m - n + 1)
    for k in range(m - n + 1):
        factor = rest[k] / v[0]
        quotient[k] = factor
        rest[k : k + n] -= factor * v
    return quotient, lower(rest, n)


def lower(rest: Any, n: Any) -> Any:
    return rest[len(rest) - n + 1 :] if n > 1 else np.zeros(1)


def as_coefficients(other: Any) -> Any:
    return other.all if isinstance(other, Poly1d) else vector(other)


# Parts that are decided while compiling


@composed
def refuse(reason: str, instead: str = "") -> Any:
    raise UnsupportedError(reason, instead=instead)


@composed
def vector(c: Any) -> Any:
    """Coefficients as a vector, of a number as well."""
    c = as_array(c)
    if is_complex(c):
        raise UnsupportedError("polynomials of complex coefficients are not differentiated")
    if isinstance(c, (int, float)):
        return np.array([c])
    if rank_of(c) > 1:
        raise UnsupportedError("the coefficients of a polynomial are a vector")
    return np.expand_dims(c, 0) if rank_of(c) == 0 else c


@composed
def convolved(c: Any, other: Any) -> Any:
    other = as_array(other)
    return c * other if rank_of(other) == 0 else np.convolve(c, other)


@composed
def number(x: Any) -> Any:
    if rank_of(as_array(x)) != 0:
        raise UnsupportedError("a polynomial is divided by an array",
                               instead="make a polynomial of it")  # fmt: skip
    return x


@composed
def first_of(k: Any) -> Any:
    k = as_array(k)
    return k if rank_of(k) == 0 else k[0]


@composed
def one_at_least(c: Any) -> Any:
    """Coefficients, in whose place a zero stands where there are none: the value is the same."""
    return np.concatenate([np.zeros(1), c])


@stands_in(np.poly1d)
def poly1d(c_or_r: Any, r: bool = False, variable: Any = None) -> Any:
    if isinstance(c_or_r, Poly1d):
        return Poly1d(c_or_r.all)
    c = vector(c_or_r)
    return Poly1d(from_roots(c) if r else c)


def from_roots(r: Any) -> Any:
    found = np.ones(1)
    for k in range(len(r)):
        found = np.convolve(found, np.array([1.0, -r[k]]))
    return found


@adopts(np.poly1d)
def adopted_poly1d(p: Any) -> Any:
    return Poly1d(p.coeffs)
