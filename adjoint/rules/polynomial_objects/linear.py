"""Rules for what the objects are made of: values, products and roots of series."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import ANY, UNKNOWN, Array, Type, dims_of
from adjoint.rules.registry import linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import call, is_complex, shape_of
from adjoint.runtime import series as s

_FLOAT, _COMPLEX = np.dtype(float), np.dtype(complex)


def _dtype(*values: Any) -> np.dtype[Any]:
    types = [infer(np.asarray, [v], {}) for v in values]
    return np.result_type(float, *(t.dtype for t in types if isinstance(t, Array)))


def _values(args: Any, kwargs: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[2]], {}))
    return UNKNOWN if dims is None else Array(_dtype(*args[1:3]), dims, scalar=not dims)


def _powers(args: Any, kwargs: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[1]], {}))
    return UNKNOWN if dims is None else Array(_dtype(args[1]), (*dims, ANY))


def _vector(args: Any, kwargs: Any) -> Type:
    return Array(_dtype(*args[1:3]), (ANY,))


register_inference(s.series, _values)
register_inference(s.basis, _powers)
register_inference(s.projected, _vector)
register_inference(s.product, _vector)
register_inference(s.factor, _vector)
register_inference(s.series_roots, lambda args, kwargs: Array(_COMPLEX, (ANY,)))
for _same in (s.simple, s.full_degree):
    register_inference(_same, lambda args, kwargs: args[0].type)
for _matrix in (s.derivative_matrix, s.integral_matrix, s.conversion_matrix):
    register_inference(_matrix, lambda args, kwargs: Array(_FLOAT, (ANY, ANY)))
nondifferentiable(s.derivative_matrix, s.integral_matrix, s.conversion_matrix)


def derived(kind: Any, coef: Any) -> Any:
    """The coefficients of the derivative."""
    return call(s.derivative_matrix, kind, shape_of(coef)[0]) @ coef


def _real_like(coef: Any, found: Any) -> Any:
    return np.real(found) if is_complex(found) and not is_complex(coef) else found


@rule(s.series)
def series(y_bar: Any, y: Any, kind: Any, coef: Any, x: Any) -> Any:
    slope = call(s.series, kind, derived(kind, coef), x)
    coef_bar = call(s.projected, kind, y_bar, x, shape_of(coef)[0])
    return None, _real_like(coef, coef_bar), y_bar * slope


@rule(s.projected)
def projected(c_bar: Any, c: Any, kind: Any, y_bar: Any, x: Any, n: Any) -> Any:
    """The value of the series whose coefficients are the cotangents."""
    value = call(s.series, kind, c_bar, x)
    slope = call(s.series, kind, derived(kind, c_bar), x)
    return None, value, y_bar * slope


@multilinear(s.product)
def product(c_bar: Any, kind: Any, a: Any, b: Any) -> Any:
    return (
        None,
        call(s.factor, kind, c_bar, b, shape_of(a)[0]),
        call(s.factor, kind, c_bar, a, shape_of(b)[0]),
    )


@multilinear(s.factor)
def factor(a_bar: Any, kind: Any, y_bar: Any, b: Any, n: Any) -> Any:
    return (
        None,
        call(s.product, kind, a_bar, b),
        call(s.factor, kind, y_bar, a_bar, shape_of(b)[0]),
    )


@rule(s.series_roots)
def series_roots(r_bar: Any, r: Any, kind: Any, coef: Any) -> Any:
    """p(r) = 0, so that dr = -dp(r) / p'(r): of simple roots."""
    slope = derived(kind, coef)
    sizes = call(s.series, kind, np.abs(slope), np.abs(r))
    slopes = call(s.simple, call(s.series, kind, slope, r), sizes)
    found = call(s.projected, kind, -r_bar / slopes, r, shape_of(coef)[0])
    return None, _real_like(coef, found)


@linear(s.simple)
def simple(y_bar: Any, slopes: Any, sizes: Any) -> Any:
    return y_bar


@linear(s.full_degree)
def full_degree(y_bar: Any, coef: Any, last: Any) -> Any:
    return y_bar
