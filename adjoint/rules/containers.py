"""Lists of numbers and of rows: made of arrays, grown, reversed, made into arrays again."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.infer import Args, KwArgs, infer, register_inference
from adjoint.ir.types import Array, List, Scalar, Type
from adjoint.rules.registry import linear, multilinear, nondifferentiable
from adjoint.rules.staged import call
from adjoint.runtime.containers import zero_tangents


@linear(list)
def list_of_rows(y_bar: Any, x: Any) -> Any:
    """`list(x)` of an array holds its rows."""
    if isinstance(x, Value) and isinstance(x.type, Array):
        return call(ops.rows_to_array, y_bar, x)
    return y_bar


@linear(np.ndarray.tolist)
def tolist(y_bar: Any, x: Any) -> Any:
    """Lists of Python numbers, one in the other for each axis."""
    if x.ndim == 0:
        return np.reshape(y_bar, ())
    return call(ops.rows_to_array, y_bar, x)


def tolist_type(args: Args, kwargs: KwArgs) -> Type:
    array = args[0].type
    if not isinstance(array, Array):
        return array
    result = infer(np.ndarray.item, args, {})
    for size in reversed(array.dims):
        result = List(result, size)
    return result


register_inference(np.ndarray.tolist, tolist_type)


def _jointly(target: Any) -> Any:
    """The tangent map of a function that is linear in all its operands at once."""

    def tangent(tangents: Any, y: Any, *operands: Any) -> Any:
        lists = [list(x) if isinstance(x, tuple) else x for x in operands]  # of constants
        pairs = zip(tangents, lists, strict=True)
        return call(target, *[call(zero_tangents, x) if dot is None else dot for dot, x in pairs])

    return tangent


def _in_rows(target: Any) -> Any:
    """The tangent map of a function of rows, of which the second operand says how many."""
    return lambda tangents, y, rows, like: (
        None if tangents[0] is None else call(target, tangents[0], like)
    )


@multilinear(ops.append, jvp=_jointly(ops.append))
def append(y_bar: Any, items: Any, value: Any) -> Any:
    value_bar = y_bar[-1]
    return call(ops.drop_last, y_bar), value_bar


@multilinear(ops.join_lists, jvp=_jointly(ops.join_lists))
def join_lists(y_bar: Any, a: Any, b: Any) -> Any:
    first = call(len, a)
    return y_bar[:first], y_bar[first:]


@multilinear(ops.add_containers, jvp=_jointly(ops.add_containers))
def add_containers(y_bar: Any, a: Any, b: Any) -> Any:
    return y_bar, y_bar


@multilinear(ops.repeat_list)
def repeat_list(y_bar: Any, items: Any, times: Any) -> Any:
    raise UnsupportedError(
        "a list with an active number in it is repeated", instead="use a comprehension"
    )


@multilinear(ops.drop_last)
def drop_last(y_bar: Any, items: Any) -> Any:
    return call(ops.pad_zeros, y_bar, items)


@multilinear(ops.pad_zeros, jvp=_in_rows(ops.pad_zeros))
def pad_zeros(y_bar: Any, items: Any, like: Any) -> Any:
    return y_bar[: call(len, items)], None


@linear(ops.reverse_list)
def reverse_list(y_bar: Any, items: Any) -> Any:
    return call(ops.reverse_list, y_bar)


@multilinear([ops.rows_to_array], jvp=_in_rows(ops.rows_to_array))
def rows_to_array(y_bar: Any, rows: Any, like: Any) -> Any:
    type_ = rows.type if isinstance(rows, Value) else None
    if isinstance(type_, List) and isinstance(type_.element, (List, Scalar)):
        return call(np.ndarray.tolist, y_bar), None
    return call(list, y_bar), None


nondifferentiable(zero_tangents)
