"""The coefficients of cubic splines, which are linear in the values, and their transpose."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate, linalg

_ORDERS = {"not-a-knot": 0, "clamped": 1, "natural": 2}


def spline_coefficients(x: Any, y: Any, bc_type: Any = "not-a-knot") -> Any:
    """`interpolate.CubicSpline(x, y, bc_type=bc_type).c`."""
    return interpolate.CubicSpline(x, y, bc_type=bc_type).c


def spline_transposed(c_bar: Any, x: Any, bc_type: Any = "not-a-knot") -> Any:
    """The cotangent of the values. What the conditions at the ends are equal to plays no part."""
    x, c_bar = np.asarray(x, float), np.asarray(c_bar)
    pair = (bc_type, bc_type) if isinstance(bc_type, str) else bc_type
    start, end = (_ORDERS[one] if isinstance(one, str) else one[0] for one in pair)
    if len(x) < 4:
        zero = [one if isinstance(one, str) else (one[0], np.zeros(len(x))) for one in pair]
        weights = interpolate.CubicSpline(x, np.eye(len(x)), bc_type=tuple(zero)).c
        return np.tensordot(weights, c_bar, ([0, 1], [0, 1]))
    h = np.diff(x)
    dx = h.reshape(-1, *(1,) * (c_bar.ndim - 2))
    y_bar = np.zeros((len(x), *c_bar.shape[2:]), c_bar.dtype)
    slope_bar, s_bar = np.zeros_like(c_bar[0]), np.zeros_like(y_bar)
    # The coefficients, from slopes s at the nodes and `slope` of the lines between them.
    bend_bar = c_bar[0] / dx - c_bar[1]
    slope_bar += c_bar[1] / dx - 2.0 * bend_bar / dx
    s_bar[:-1] += c_bar[2] - c_bar[1] / dx + bend_bar / dx
    s_bar[1:] += bend_bar / dx
    y_bar[:-1] += c_bar[3]
    # The tridiagonal system for s.
    b_bar = _solved(h, start, end, s_bar)
    slope_bar[:-1] += 3.0 * dx[1:] * b_bar[1:-1]
    slope_bar[1:] += 3.0 * dx[:-1] * b_bar[1:-1]
    _of_end(slope_bar, b_bar[0], dx[0], dx[1], start, 0, 1)
    _of_end(slope_bar, b_bar[-1], dx[-1], dx[-2], end, -1, -2)
    line_bar = slope_bar / dx
    y_bar[1:] += line_bar
    y_bar[:-1] -= line_bar
    return y_bar


def _solved(h: Any, start: int, end: int, s_bar: Any) -> Any:
    """The solution of the transposed system (`CubicSpline.__init__` has the system).

    Row i of the matrix has h[i] before and h[i - 1] behind the diagonal; the first row and the
    last one are those of the conditions at the ends.
    """
    before, diagonal, behind = np.zeros((3, len(h) + 1))
    before[1:-1], diagonal[1:-1], behind[1:-1] = h[1:], 2.0 * (h[:-1] + h[1:]), h[:-1]
    diagonal[0] = (h[1], 1.0, 2.0 * h[0])[start]
    behind[0] = (h[0] + h[1], 0.0, h[0])[start]
    diagonal[-1] = (h[-2], 1.0, 2.0 * h[-1])[end]
    before[-1] = (h[-1] + h[-2], 0.0, h[-1])[end]
    bands = np.stack([before, diagonal, behind])  # of the transpose: before is above
    flat = s_bar.reshape(len(s_bar), -1)
    return linalg.solve_banded((1, 1), bands, flat).reshape(s_bar.shape)


def _of_end(slope_bar: Any, g: Any, a: Any, b: Any, order: int, at: int, beyond: int) -> Any:
    """The right side of the row at an end."""
    if order == 0:
        slope_bar[at] += (a + 2.0 * (a + b)) * b / (a + b) * g
        slope_bar[beyond] += a**2 / (a + b) * g
    elif order == 2:
        slope_bar[at] += 3.0 * a * g
