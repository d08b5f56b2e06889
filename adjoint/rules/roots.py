"""The roots of a polynomial: an implicit function of its coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.infer import register_inference
from adjoint.ir.types import ANY, Array
from adjoint.rules.registry import expand, rule
from adjoint.rules.staged import as_array, call, is_complex
from adjoint.runtime.roots import complex_roots, root_slopes

_COMPLEX = np.dtype(complex)
register_inference(complex_roots, lambda args, kwargs: Array(_COMPLEX, (ANY,)))
register_inference(root_slopes, lambda args, kwargs: Array(_COMPLEX, (ANY,)))


@expand(np.roots)
def roots(p: Any) -> Any:
    return call(complex_roots, as_array(p))


@rule(complex_roots)
def complex_roots_vjp(r_bar: Any, r: Any, p: Any) -> Any:
    """p(r) = 0, so that dr = -dp(r) / p'(r): of simple roots."""
    n = call(np.size, p)
    weight = -r_bar / call(root_slopes, p, r)
    p_bar = weight @ np.vander(r, n)
    return p_bar if is_complex(p) else np.real(p_bar)


@rule(root_slopes)
def root_slopes_vjp(y_bar: Any, y: Any, p: Any, r: Any) -> Any:
    """The value of the derivative of the polynomial."""
    n = call(np.size, p)
    counts = call(np.arange, n - 1, 0, -1)
    r_bar = y_bar * call(np.polyval, (p[:-1] * counts)[:-1] * counts[1:], r)
    p_bar = np.concatenate([(y_bar @ np.vander(r, n - 1)) * counts, np.zeros(1)])
    return (p_bar if is_complex(p) else np.real(p_bar)), r_bar
