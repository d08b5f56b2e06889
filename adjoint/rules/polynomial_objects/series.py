"""The classes of numpy.polynomial as Python objects to differentiate: the lowest degree first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import polynomial as p

from adjoint.ir.core import Value
from adjoint.rules.polynomial_objects.poly1d import (
    divided,
    from_roots,
    number,
    refuse,
    vector,
)
from adjoint.rules.registry import adopts, composed, expand, is_reached, stands_in
from adjoint.rules.staged import as_array, call, rank_of
from adjoint.runtime.series import (
    basis,
    conversion_matrix,
    derivative_matrix,
    full_degree,
    integral_matrix,
    product,
    series,
    series_roots,
)

_KINDS: dict[Any, str] = {
    p.Polynomial: "polynomial", p.Chebyshev: "chebyshev", p.Legendre: "legendre",
    p.Hermite: "hermite", p.HermiteE: "hermite_e", p.Laguerre: "laguerre",
}  # fmt: skip


class Series:
    """One of the classes: its kind, its coefficients, its domain and window.

    NumPy leaves out zeros behind the last coefficient of a result. `cut` says that it would here.
    """

    def __init__(self, kind: str, all: Any, domain: Any, window: Any, cut: bool = False):
        self.kind = kind
        self.all = all
        self.domain = domain
        self.window = window
        self.cut = cut

    @property
    def coef(self) -> Any:
        return full_degree(self.all, -1) if self.cut else self.all

    def of(self, all: Any, cut: bool = True) -> Any:
        return Series(self.kind, all, self.domain, self.window, cut)

    def degree(self) -> Any:
        return len(self.coef) - 1

    def __len__(self) -> Any:
        return len(self.coef)

    def mapparms(self) -> Any:
        return parameters(self.domain, self.window)

    def mapped(self, x: Any) -> Any:
        if is_same(self.domain, self.window):
            return x
        offset, scale = self.mapparms()
        return offset + scale * x

    def __call__(self, arg: Any) -> Any:
        if isinstance(arg, Series):
            refuse("a polynomial at another one is not differentiated",
                   "evaluate one after the other, as in p(q(x))")  # fmt: skip
        return series(self.kind, self.all, self.mapped(points(arg)))

    def deriv(self, m: int = 1) -> Any:
        found = self.all
        for _ in range(m):
            found = derivative_matrix(self.kind, len(found)) @ found
            if not is_same(self.domain, self.window):
                found = found * self.mapparms()[1]
        return self.of(found, self.cut)

    def integ(self, m: int = 1, k: Any = (), lbnd: Any = None) -> Any:
        if m != 1:
            refuse("integ of a polynomial is differentiated with m=1", "call it several times")
        found = integral_matrix(self.kind, len(self.all)) @ self.all
        if not is_same(self.domain, self.window):
            found = found / self.mapparms()[1]
        begin = 0.0 if lbnd is None else self.mapped(lbnd)
        first = first_or_zero(k) - series(self.kind, found, begin)
        return self.of(added(found, vector(first)), self.cut)

    def roots(self) -> Any:
        roots = series_roots(self.kind, full_degree(self.all, -1))
        if is_same(self.domain, self.window):
            return roots
        offset, scale = self.mapparms()
        return (roots - offset) / scale

    def convert(self, domain: Any = None, kind: Any = None, window: Any = None) -> Any:
        """The same polynomial in another basis: linear in the coefficients."""
        if is_reached(self.domain) or is_reached(domain):
            refuse("convert is differentiated with respect to the coefficients alone")
        name = self.kind if kind is None else name_of(kind)
        standard = interval_of(name)
        domain = standard if domain is None else domain
        window = standard if window is None else window
        matrix = conversion_matrix(
            self.kind, len(self.all), self.domain, self.window, name, domain, window
        )
        return Series(name, matrix @ self.all, domain, window, True)

    # Operators

    def others(self, other: Any) -> Any:
        if isinstance(other, Series):
            check_same(self, other)
            return other.all
        return vector(other)

    def __neg__(self) -> Any:
        return self.of(-self.all, self.cut)

    def __pos__(self) -> Any:
        return self

    def __add__(self, other: Any) -> Any:
        return self.of(added(self.all, self.others(other)))

    def __radd__(self, other: Any) -> Any:
        return self.of(added(self.all, vector(other)))

    def __sub__(self, other: Any) -> Any:
        return self.of(added(self.all, -self.others(other)))

    def __rsub__(self, other: Any) -> Any:
        return self.of(added(-self.all, vector(other)))

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Series):
            check_same(self, other)
            return self.of(product(self.kind, self.all, other.all))
        return self.of(multiplied(self.kind, self.all, other))

    def __rmul__(self, other: Any) -> Any:
        return self.of(multiplied(self.kind, self.all, other))

    def __truediv__(self, other: Any) -> Any:
        return self.of(self.all / number(other))

    def __pow__(self, n: int) -> Any:
        if n < 0:
            raise ValueError("Power must be a non-negative integer.")
        found = np.ones(1)
        for _ in range(n):
            found = product(self.kind, found, self.all)
        return self.of(found)

    def __divmod__(self, other: Any) -> Any:
        if self.kind != "polynomial":
            refuse("the quotient of two series is differentiated for Polynomial only",
                   "convert both")  # fmt: skip
        u, v = full_degree(self.all, -1), full_degree(self.others(other), -1)
        quotient, rest = divided(u[::-1], v[::-1])
        return self.of(quotient[::-1]), self.of(rest[::-1])

    def __floordiv__(self, other: Any) -> Any:
        return self.__divmod__(other)[0]

    def __mod__(self, other: Any) -> Any:
        return self.__divmod__(other)[1]


def check_same(a: Any, b: Any) -> None:
    """What NumPy raises for series that do not fit each other."""
    if a.kind != b.kind:
        raise TypeError("Polynomial types differ")
    if different(a.domain, b.domain):
        raise TypeError("Domains differ")
    if different(a.window, b.window):
        raise TypeError("Windows differ")


def added(a: Any, b: Any) -> Any:
    n = max(len(a), len(b))
    return padded(a, n) + padded(b, n)


def padded(a: Any, n: Any) -> Any:
    return np.concatenate([a, np.zeros(n - len(a))])


def parameters(old: Any, new: Any) -> Any:
    """The line that maps one interval to another one: offset and scale."""
    length = old[1] - old[0]
    return (old[1] * new[0] - old[0] * new[1]) / length, (new[1] - new[0]) / length


# Parts that are decided while compiling


@composed
def points(x: Any) -> Any:
    return as_array(x)


@composed
def is_same(a: Any, b: Any) -> bool:
    """Are these two intervals the same? What is known only at run time is taken as it is."""
    return _known(a) and _known(b) and bool(np.array_equal(a, b))


@composed
def different(a: Any, b: Any) -> bool:
    """Two intervals that are known to differ; others are compared at run time."""
    if _known(a) and _known(b):
        return not np.array_equal(a, b)
    if a is b:
        return False
    refuse_unknown()
    return False


def refuse_unknown() -> None:
    refuse("two polynomials are combined whose domains are known only at run time",
           "write the domains as literals")  # fmt: skip


def _known(interval: Any) -> bool:
    items = interval if isinstance(interval, (list, tuple)) else [interval]
    return not any(isinstance(item, Value) for item in items)


@composed
def multiplied(kind: str, c: Any, other: Any) -> Any:
    other = as_array(other)
    return c * other if rank_of(other) == 0 else call(product, kind, c, other)


@composed
def first_or_zero(k: Any) -> Any:
    if isinstance(k, (list, tuple)):
        return k[0] if k else 0.0
    k = as_array(k)
    return k if rank_of(k) == 0 else k[0]


@composed
def floats(c: Any) -> Any:
    c = vector(c)
    if not isinstance(c, Value):
        return np.asarray(c, float)
    return c if c.dtype.kind == "f" else call(np.asarray, c, float)


# Constructors


def made(kind: str, coef: Any, domain: Any, window: Any) -> Any:
    standard = interval_of(kind)
    domain = standard if domain is None else domain
    return Series(kind, floats(coef), domain, standard if window is None else window)


@composed
def interval_of(kind: str) -> Any:
    cls: Any = next(cls for cls, name in _KINDS.items() if name == kind)
    return tuple(float(end) for end in cls.window)


def _constructor(cls: Any, kind: str) -> None:
    def make(coef: Any, domain: Any = None, window: Any = None, symbol: Any = "x") -> Any:
        return made(kind, coef, domain, window)

    def fit(
        x: Any, y: Any, deg: Any, domain: Any = None, rcond: Any = None, full: bool = False,
        w: Any = None, window: Any = None, symbol: Any = "x",
    ) -> Any:  # fmt: skip
        if full:
            refuse("fit is differentiated with full=False")
        return fitted(kind, x, y, deg, domain, rcond, w, window)

    stands_in(cls)(make)
    stands_in(cls.fit)(fit)

    def adopted(one: Any) -> Any:
        ends = constant_pair(one.domain), constant_pair(one.window)
        return Series(kind, one.coef, ends[0], ends[1])

    adopts(cls)(adopted)


@composed
def name_of(cls: Any) -> str:
    return _KINDS[cls]


@composed
def constant_pair(ends: Any) -> Any:
    return ends


@composed
def domain_of(x: Any) -> Any:
    """The smallest interval with all points: constant, as the points are."""
    return call(np.min, x), call(np.max, x)


def fitted(
    kind: str, x: Any, y: Any, deg: Any, domain: Any, rcond: Any, w: Any, window: Any
) -> Any:
    """Least squares on the polynomials, each divided by its norm."""
    if is_reached(x) or is_reached(w):
        refuse("a fit is differentiated with respect to its values, not to its places and weights")
    x, y = points(x), points(y)
    standard = interval_of(kind)
    window = standard if window is None else window
    domain = domain_of(x) if domain is None else domain
    offset, scale = parameters(domain, window)
    powers = basis(kind, offset + scale * x, degree_of(deg) + 1)
    if w is not None:
        powers, y = powers * column(points(w)), y * points(w)
    norms = np.sqrt(np.sum(powers * powers, axis=0))
    rcond = len(x) * float(np.finfo(float).eps) if rcond is None else rcond
    c = np.linalg.lstsq(powers / norms, y, rcond)[0] / norms
    return Series(kind, c, domain, window)


@composed
def column(w: Any) -> Any:
    return np.expand_dims(w, 1)


@composed
def degree_of(deg: Any) -> Any:
    if isinstance(deg, (list, tuple)) or rank_of(as_array(deg)) != 0:
        refuse("a fit is differentiated with a number for its degree")
    return deg


for _cls, _kind in _KINDS.items():
    _constructor(_cls, _kind)


@stands_in(p.Polynomial.fromroots)
def polynomial_from_roots(
    roots: Any, domain: Any = (), window: Any = None, symbol: Any = "x"
) -> Any:
    standard = interval_of("polynomial")
    if domain is None or len(domain) or window is not None:
        refuse("fromroots is differentiated without domain and window")
    return Series("polynomial", from_roots(vector(roots))[::-1], standard, standard)


# Functions


def _value_of(kind: str, target: Any) -> None:
    @expand(target)
    def value(x: Any, c: Any, tensor: bool = True) -> Any:
        c = as_array(c)
        if rank_of(c) != 1:
            refuse("series of several columns are not differentiated",
                   "evaluate each for itself")  # fmt: skip
        return call(series, kind, c, as_array(x))


_value_of("polynomial", p.polynomial.polyval)
_value_of("chebyshev", p.chebyshev.chebval)
_value_of("legendre", p.legendre.legval)
_value_of("hermite", p.hermite.hermval)
_value_of("hermite_e", p.hermite_e.hermeval)
_value_of("laguerre", p.laguerre.lagval)
