"""Parts of the rules for filters: types of results, and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Value
from adjoint.ir.infer import infer, shape_from
from adjoint.ir.types import UNKNOWN, Array, Type, dims_of
from adjoint.rules.kinds import Refused
from adjoint.rules.staged import as_array, is_complex

KERNEL = Refused("the derivative with respect to the kernel or coefficients is not known")


def like(args: Any, kwargs: Any) -> Type:
    """The type of a filtered array: that of the first argument, in double precision."""
    dims = dims_of(infer(np.asarray, [args[0]], {}))
    return UNKNOWN if dims is None else Array(np.dtype(float), dims)


def shaped(position: int) -> Any:
    """The type of an array whose shape is an argument."""

    def infer_type(args: Any, kwargs: Any) -> Type:
        dims = shape_from(args[position])
        return UNKNOWN if dims is None else Array(np.dtype(float), dims)

    return infer_type


def no_output(output: Any) -> None:
    if output is not None:
        raise UnsupportedError("output= of a filter is not supported", instead="leave it out")


def every_axis(axes: Any) -> None:
    if axes is not None:
        raise UnsupportedError(
            "axes= of a filter is not supported",
            instead="filter along each axis by the functions that end in 1d",
        )


def real(x: Any) -> Any:
    """An array of floats: SciPy filters others in their own types."""
    x = as_array(x)
    if is_complex(x):
        raise UnsupportedError("filters of complex arrays are not differentiated",
                               instead="filter the real and the imaginary part")  # fmt: skip
    if isinstance(x, Value) and (not isinstance(x.type, Array) or x.dtype != np.float64):
        raise UnsupportedError("filters are differentiated in double precision",
                               instead="make the array one of float64")  # fmt: skip
    return x
