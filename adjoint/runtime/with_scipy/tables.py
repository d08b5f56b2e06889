"""Tables: the node that a step takes its value from, and the triangle that a point lies in."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import spatial


def linear_knots(x: Any) -> Any:
    """The knots of the broken line through the nodes."""
    x = np.asarray(x, float)
    if np.any(np.diff(x) <= 0.0):
        raise ValueError("The points of a table must be strictly ascending")
    return np.concatenate([x[:1], x, x[-1:]])


def nearest_node(x: Any, t: Any, kind: str, raises: bool = False) -> Any:
    """The node whose value a step has at t: the nearest, previous or next one."""
    x, t = np.asarray(x, float), np.asarray(t, float)
    if raises and np.any((t < x[0]) | (t > x[-1])):
        raise ValueError("A value in x_new is outside the interpolation range.")
    if kind in ("nearest", "nearest-up"):
        middle = x[1:] / 2.0 + x[:-1] / 2.0
        return np.searchsorted(middle, t, "left" if kind == "nearest" else "right")
    if kind == "previous":
        return np.clip(np.searchsorted(np.nextafter(x, -np.inf), t, "left") - 1, 0, len(x) - 1)
    return np.clip(np.searchsorted(np.nextafter(x, np.inf), t, "right"), 0, len(x) - 1)


def simplex_values(nodes: Any, x: Any, rescale: bool = False) -> tuple[Any, Any, Any]:
    """The corners of the triangle around each point, its barycentric map, and if there is one."""
    nodes, x = np.asarray(nodes, float), np.asarray(x, float)
    low, scale = np.zeros(nodes.shape[1]), np.ones(nodes.shape[1])
    if rescale:
        low, scale = nodes.mean(axis=0), np.ptp(nodes, axis=0)
        scale = np.where(scale > 0.0, scale, 1.0)
    triangles = spatial.Delaunay((nodes - low) / scale)
    found = triangles.find_simplex((x - low) / scale)
    maps = np.array(triangles.transform[found])
    maps[..., :-1, :] /= scale
    maps[..., -1, :] = maps[..., -1, :] * scale + low
    return triangles.simplices[found], maps, found >= 0
