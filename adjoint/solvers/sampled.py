"""Integrals of sampled functions: what SciPy computes, in operations that have rules."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import integrate, special

from adjoint.rules.registry import solves
from adjoint.runtime.solvers import romberg_weights
from adjoint.solvers.primitives import run
from adjoint.solvers.roots import as_array, as_tuple


def _along_last(y: Any, axis: Any) -> Any:
    return y if axis == -1 or np.ndim(y) == 1 else np.moveaxis(y, axis, -1)


def _places(x: Any, y: Any, axis: Any) -> Any:
    """The places of the samples along the last axis."""
    array = as_array(x)
    return array if np.ndim(array) == 1 else _along_last(array, axis)


@solves(integrate.trapezoid)
def _trapezoid(solver: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    return np.trapezoid(as_array(y), None if x is None else as_array(x), dx, axis)


@solves(integrate.cumulative_trapezoid)
def _cumulative_trapezoid(
    solver: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None
) -> Any:
    f = _along_last(as_array(y), axis)
    steps = dx if x is None else np.diff(_places(x, y, axis), axis=-1)
    total = np.cumsum(steps * (f[..., 1:] + f[..., :-1]) / 2.0, axis=-1)
    if initial is not None:
        total = np.concatenate([np.full_like(f[..., :1], initial), total], axis=-1)
    return total if axis == -1 or np.ndim(f) == 1 else np.moveaxis(total, -1, axis)


@solves(integrate.simpson)
def _simpson(solver: Any, y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Any:
    f = _along_last(as_array(y), axis)
    n = np.shape(f)[-1]
    if x is None:
        if n % 2 == 1:
            return _pairs(f, dx)
        if n == 2:
            return 0.5 * dx * (f[..., 0] + f[..., 1])
        end = 5.0 * f[..., -1] + 8.0 * f[..., -2] - f[..., -3]
        return _pairs(f[..., :-1], dx) + dx / 12.0 * end
    h = np.diff(_places(x, y, axis), axis=-1)
    if n % 2 == 1:
        return _uneven_pairs(f, h)
    if n == 2:
        return 0.5 * h[..., 0] * (f[..., 0] + f[..., 1])
    return _uneven_pairs(f[..., :-1], h[..., :-1]) + _uneven_end(f, h[..., -2], h[..., -1])


def _pairs(f: Any, dx: Any) -> Any:
    """Simpson's rule on pairs of equal intervals."""
    return dx / 3.0 * np.sum(f[..., :-2:2] + 4.0 * f[..., 1:-1:2] + f[..., 2::2], axis=-1)


def _uneven_pairs(f: Any, h: Any) -> Any:
    """The same on intervals of any length."""
    a, b = h[..., :-1:2], h[..., 1::2]
    middle = f[..., 1:-1:2] * ((a + b) ** 2 / (a * b))
    return np.sum(
        (a + b) / 6.0 * (f[..., :-2:2] * (2.0 - b / a) + middle + f[..., 2::2] * (2.0 - a / b)),
        axis=-1,
    )


def _uneven_end(f: Any, a: Any, b: Any) -> Any:
    """The last of an odd number of intervals (Cartwright, 2017, equation 8)."""
    alpha = (2.0 * b**2 + 3.0 * a * b) / (6.0 * (a + b))
    beta = (b**2 + 3.0 * a * b) / (6.0 * a)
    eta = b**3 / (6.0 * a * (a + b))
    return alpha * f[..., -1] + beta * f[..., -2] - eta * f[..., -3]


@solves(integrate.cumulative_simpson)
def _cumulative_simpson(
    solver: Any, y: Any, *, x: Any = None, dx: Any = 1.0, axis: Any = -1, initial: Any = None
) -> Any:
    f = _along_last(as_array(y), axis)
    h = np.full_like(f[..., 1:], dx) if x is None else np.diff(_places(x, y, axis), axis=-1)
    if np.shape(f)[-1] < 3:
        parts = h * (f[..., 1:] + f[..., :-1]) / 2.0
    else:
        first = _first_intervals(f, h)
        last = _first_intervals(f[..., ::-1], h[..., ::-1])[..., ::-1]
        n = np.shape(first)[-1]
        odd = np.arange(n + 1) % 2 == 1
        before = np.concatenate([first, last[..., -1:]], axis=-1)
        after = np.concatenate([last[..., :1], last], axis=-1)
        parts = np.where(odd | (np.arange(n + 1) == n), after, before)
    total = np.cumsum(parts, axis=-1)
    if initial is not None:
        total = np.concatenate([np.full_like(f[..., :1], initial), total + initial], axis=-1)
    return total if axis == -1 or np.ndim(f) == 1 else np.moveaxis(total, -1, axis)


def _first_intervals(f: Any, h: Any) -> Any:
    """Of each pair of intervals the integral over the first one."""
    a, b = h[..., :-1], h[..., 1:]
    both, ratio = a / (a + b), a / b
    inner = (3.0 + both * ratio + both) * f[..., 1:-1]
    return a / 6.0 * ((3.0 - both) * f[..., :-2] + inner - both * ratio * f[..., 2:])


@solves(integrate.romb)
def _romb(
    solver: Any, y: Any, dx: Any = 1.0, axis: Any = -1, show: Any = False
) -> Any:
    """Richardson's extrapolation of the trapezoidal rule is one weight for each sample."""
    f = _along_last(as_array(y), axis)
    weights = run(romberg_weights, np.zeros(np.shape(f)[-1]), np.shape(f)[-1])
    return dx * np.sum(f * weights, axis=-1)


@solves(integrate.fixed_quad)
def _fixed_quad(
    solver: Any, func: Any, a: Any, b: Any, args: Any = (), n: Any = 5
) -> Any:
    nodes = np.zeros(n)
    rule = run(special.roots_legendre, (nodes, nodes), n)
    x = (b - a) * (rule[0] + 1.0) / 2.0 + a
    return (b - a) / 2.0 * np.sum(rule[1] * func(x, *as_tuple(args)), axis=-1), None
