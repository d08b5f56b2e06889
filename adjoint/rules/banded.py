"""Banded systems of scipy.linalg: solves, and the products that their derivatives are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.infer import infer, register_inference
from adjoint.ir.types import UNKNOWN, Array, Type, dims_of
from adjoint.rules.registry import linear, multilinear, rule
from adjoint.rules.staged import as_array, call, is_complex, shape_of
from adjoint.runtime.with_scipy.banded import banded_product, outer_bands, transposed_bands


def _dtype(*values: Value) -> np.dtype[Any]:
    types = [infer(np.asarray, [v], {}) for v in values]
    return np.result_type(float, *(t.dtype for t in types if isinstance(t, Array)))


def _like(position: int) -> Any:
    def infer_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
        dims = dims_of(infer(np.asarray, [args[position]], {}))
        return UNKNOWN if dims is None else Array(_dtype(*args[:2], args[position]), dims)

    return infer_type


def _bands_type(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    dims = dims_of(args[0].type)
    bands = [a.value for a in args[2:4] if isinstance(a, Constant)]
    if dims is None or len(bands) != 2:
        return UNKNOWN
    return Array(_dtype(*args[:2]), (sum(bands) + 1, dims[0]))


def _same(args: Sequence[Value], kwargs: dict[str, Value]) -> Type:
    return args[0].type


register_inference(linalg.solve_banded, _like(2))
register_inference(linalg.solveh_banded, _like(1))
register_inference(banded_product, _like(1))
register_inference(outer_bands, _bands_type)
register_inference(transposed_bands, _same)


@multilinear(banded_product)
def banded_product_vjp(
    y_bar: Any, ab: Any, x: Any, lower: int, upper: int, transposed: bool = False
) -> Any:
    left, right = (x, y_bar) if transposed else (y_bar, x)
    return (
        call(outer_bands, left, right, lower, upper),
        call(banded_product, ab, y_bar, lower, upper, not transposed),
    )


@multilinear(outer_bands)
def outer_bands_vjp(ab_bar: Any, a: Any, b: Any, lower: int, upper: int) -> Any:
    return (
        call(banded_product, ab_bar, b, lower, upper),
        call(banded_product, ab_bar, a, lower, upper, True),
    )


@linear(transposed_bands)
def transposed_bands_vjp(y_bar: Any, ab: Any, lower: int, upper: int) -> Any:
    return call(transposed_bands, y_bar, upper, lower)


@rule(linalg.solve_banded)
def solve_banded(
    x_bar: Any, x: Any, l_and_u: Any, ab: Any, b: Any, *, check_finite: bool = True
) -> Any:
    """A x = b: the cotangent of b solves with A^T, that of A is its outer product with -x."""
    lower, upper = _known(l_and_u)
    ab, b = as_array(ab), as_array(b)
    _real(ab, b)
    transposed = call(transposed_bands, ab, lower, upper)
    b_bar = call(linalg.solve_banded, (upper, lower), transposed, x_bar)
    return None, call(outer_bands, -b_bar, x, lower, upper), b_bar


def _known(l_and_u: Any) -> tuple[int, int]:
    numbers = tuple(l_and_u) if isinstance(l_and_u, (tuple, list)) else ()
    if len(numbers) != 2 or not all(isinstance(n, (int, np.integer)) for n in numbers):
        raise UnsupportedError("the numbers of diagonals must be known when compiling")
    return int(numbers[0]), int(numbers[1])


def _real(*operands: Any) -> None:
    if any(map(is_complex, operands)):
        raise UnsupportedError("complex banded matrices are not differentiated")


@rule(linalg.solveh_banded)
def solveh_banded(
    x_bar: Any, x: Any, ab: Any, b: Any, *, lower: bool = False, check_finite: bool = True
) -> Any:
    """A symmetric matrix, given by one half: each entry outside of the diagonal counts twice."""
    ab, b = as_array(ab), as_array(b)
    _real(ab, b)
    rows = shape_of(ab)[0]
    if isinstance(rows, Value):
        raise UnsupportedError("the number of diagonals must be known when compiling")
    options = {"lower": True} if lower else {}
    b_bar = call(linalg.solveh_banded, ab, x_bar, **options)
    bands = (rows - 1, 0) if lower else (0, rows - 1)
    once = call(outer_bands, -b_bar, x, *bands)
    other = call(outer_bands, -x, b_bar, *bands)
    diagonal = np.reshape(np.arange(rows) == (0 if lower else rows - 1), (rows, 1))
    return once + other * np.where(diagonal, 0.0, 1.0), b_bar
