"""Parts of interpolators that are decided while compiling: ranks, axes, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Value
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import Array, Type, dims_of
from adjoint.rules.registry import composed, linear
from adjoint.rules.staged import as_array, call, is_complex, rank_of
from adjoint.runtime.with_scipy.piecewise import increasing


def _nodes_type(args: Any, kwargs: Any) -> Type:
    dims = dims_of(infer(np.asarray, [args[0]], {}))
    return Array(np.dtype(float), dims or (None,))  # type: ignore[arg-type]


register_inference(increasing, _nodes_type)


def _of_nodes(tangents: Any, y: Any, x: Any, values: Any, axis: int = 0) -> Any:
    return np.zeros_like(y) if tangents[0] is None else tangents[0]


@linear(increasing, jvp=_of_nodes)
def increasing_vjp(y_bar: Any, x: Any, values: Any, axis: int = 0) -> Any:
    return y_bar


@composed
def refuse(reason: str, instead: str = "") -> Any:
    """Refuse what the program does here."""
    raise UnsupportedError(reason, instead=instead)


@composed
def require_constant(value: Any, reason: str, instead: str = "") -> Any:
    """Refuse what is known only at run time."""
    if isinstance(value, Value):
        raise UnsupportedError(reason, instead=instead)
    return value


@composed
def constant(_: None, axis: Any) -> Any:
    """A number that is part of the program, as every `axis` is."""
    return axis


@composed
def as_points(x: Any, dimensions: Any = 1) -> Any:
    """Points as an array, whose last axis has the coordinates: also of a tuple of these.

    One row is as many points as it has coordinates for, as in SciPy.
    """
    if isinstance(x, tuple) and len(x) == 1:
        x = x[0]
    if isinstance(x, tuple):
        parts = call(np.broadcast_arrays, *map(as_array, x))
        return np.stack([parts[k] for k in range(len(x))], axis=-1)
    x = as_array(x)
    return call(np.reshape, x, (-1, dimensions)) if rank_of(x) == 1 else x


@composed
def points_of(t: Any) -> Any:
    """Points as a number or an array."""
    return as_array(t)


@composed
def real_values(y: Any, axis: int) -> Any:
    """The values with the axis of the nodes in front."""
    y = as_array(y)
    if is_complex(y):
        raise UnsupportedError("interpolators of complex values are not differentiated",
                               instead="interpolate the real and the imaginary part")  # fmt: skip
    axis = axis % rank_of(y)
    return np.moveaxis(y, axis, 0) if axis else y


@composed
def is_smoothing(s: Any) -> bool:
    """Does a spline with this `s=` smooth? What is known only at run time may."""
    return not isinstance(s, (int, float)) or s != 0


@composed
def beside(x: Any, y: Any) -> Any:
    """x with as many axes behind its own as y has."""
    extra = rank_of(y) - rank_of(x)
    return np.expand_dims(x, tuple(range(rank_of(x), rank_of(y)))) if extra > 0 else x


@composed
def place_axis(y: Any, axis: int, t: Any) -> Any:
    """Values at points, whose axes are put where `axis` was."""
    axis = axis % (rank_of(y) - rank_of(t) + 1)
    if not axis:
        return y
    order, rank = list(range(rank_of(y))), rank_of(t)
    return np.transpose(y, [*order[rank : rank + axis], *order[:rank], *order[rank + axis :]])


@composed
def in_columns(b: Any) -> Any:
    """An array as a matrix, whose rows the first axis is."""
    return b if rank_of(b) <= 2 else call(np.reshape, b, (call(len, b), -1))


@composed
def in_shape(x: Any, like: Any) -> Any:
    """The columns in their first form."""
    return x if rank_of(like) <= 2 else call(np.reshape, x, call(np.shape, like))


def over_trailing(g: Any, rank: int) -> Any:
    """The sum over all axes but the first ones."""
    extra = rank_of(g) - rank
    return np.sum(g, axis=tuple(range(rank, rank + extra))) if extra else g
