"""Products with sparse matrices, and solutions of sparse systems: of entries and dense arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.infer import infer, register_inference, shape_from
from adjoint.ir.types import ANY, INT, UNKNOWN, Array, Struct, Type, dims_of
from adjoint.rules.registry import linear, multilinear, nondifferentiable, rule
from adjoint.rules.staged import call, shape_of
from adjoint.runtime.with_scipy import entries as e

_FLOAT, _INDEX = np.dtype(float), np.dtype(np.intp)


def _dims(value: Any) -> Any:
    return dims_of(infer(np.asarray, [value], {}))


def _product_type(args: Any, kwargs: Any) -> Type:
    rows, dims = shape_from(args[3]), _dims(args[4])
    return UNKNOWN if rows is None or dims is None else Array(_FLOAT, (*rows, *dims[1:]))


def _like(position: int) -> Any:
    def infer_type(args: Any, kwargs: Any) -> Type:
        dims = _dims(args[position])
        return UNKNOWN if dims is None else Array(_FLOAT, dims)

    return infer_type


def _vector(dtype: Any) -> Any:
    return lambda args, kwargs: Array(dtype, (ANY,))


def _shaped(args: Any, kwargs: Any) -> Type:
    dims = shape_from(args[3])
    return UNKNOWN if dims is None else Array(_FLOAT, dims)


def _counted(args: Any, kwargs: Any) -> Type:
    dims = shape_from(args[2])
    return UNKNOWN if dims is None else Array(_FLOAT, dims)


def _tuple(*items: Any) -> Any:
    return lambda args, kwargs: Struct(tuple, items)


_INDICES = Array(_INDEX, (ANY,))
register_inference(e.product, _product_type)
register_inference(e.gathered, lambda args, kwargs: Array(_FLOAT, _dims(args[2]) or (ANY,)))
register_inference(e.solution, _like(3))
register_inference(e.iterated, _like(3))
register_inference(e.exponential, _like(3))
register_inference(e.dense, _shaped)
register_inference(e.summed, _counted)
register_inference(e.entries_of, _vector(_FLOAT))
for places in (e.row_of, e.col_of, e.expanded, e.mask_at):
    register_inference(places, _vector(_INDEX))
for sizes in (e.sizes_of, e.extent):
    register_inference(sizes, _tuple(INT, INT))
register_inference(e.chosen_size, lambda args, kwargs: INT)
register_inference(e.pairs, _tuple(_INDICES, _INDICES))
register_inference(e.on_diagonal, _tuple(_INDICES, _INDICES))
register_inference(e.united, _tuple(_INDICES, _INDICES, _INDICES))
register_inference(e.chosen, _tuple(_INDICES, _INDICES, _INDICES))
nondifferentiable(
    e.entries_of, e.row_of, e.col_of, e.expanded, e.mask_at, e.sizes_of, e.extent, e.chosen_size,
    e.pairs, e.on_diagonal, e.united, e.chosen,
)  # fmt: skip


@multilinear(e.product)
def product(y_bar: Any, data: Any, row: Any, col: Any, rows: Any, x: Any) -> Any:
    columns = shape_of(x)[0]
    x_bar = call(e.product, data, col, row, columns, y_bar)
    return call(e.gathered, y_bar, x, row, col), None, None, None, x_bar


@multilinear(e.gathered)
def gathered(data_bar: Any, a: Any, b: Any, row: Any, col: Any) -> Any:
    return (
        call(e.product, data_bar, row, col, shape_of(a)[0], b),
        call(e.product, data_bar, col, row, shape_of(b)[0], a),
    )


@rule(e.solution)
def solution(x_bar: Any, x: Any, data: Any, row: Any, col: Any, b: Any) -> Any:
    """A x = b: the transposed system for the cotangent of b; that of A is -b_bar x^T."""
    b_bar = call(e.solution, data, col, row, x_bar)
    return -call(e.gathered, b_bar, x, row, col), None, None, b_bar


@rule(e.iterated)
def iterated(
    x_bar: Any, x: Any, data: Any, row: Any, col: Any, b: Any, solver: Any, rtol: Any, atol: Any,
    options: Any,
) -> Any:  # fmt: skip
    """As exact as the solver's tolerance says."""
    b_bar = call(e.iterated, data, col, row, x_bar, solver, rtol, atol, options)
    return -call(e.gathered, b_bar, x, row, col), None, None, b_bar


@rule(e.exponential)
def exponential(y_bar: Any, y: Any, data: Any, row: Any, col: Any, b: Any) -> Any:
    """With respect to b; a matrix that an input reaches is made dense."""
    return None, None, None, call(e.exponential, data, col, row, y_bar)


@linear(e.dense)
def dense(y_bar: Any, data: Any, row: Any, col: Any, shape: Any) -> Any:
    return y_bar[row, col]


@linear(e.summed)
def summed(y_bar: Any, data: Any, index: Any, count: Any) -> Any:
    return y_bar[index]
