"""Rules of writes: the transpose of a store reads what was written, then clears it."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.effects import may_repeat
from adjoint.ir.staging import stage
from adjoint.ir.types import List, is_differentiable, is_immutable_number, is_rank0
from adjoint.rules.registry import nondifferentiable, rule
from adjoint.rules.staged import call, select, shape_of
from adjoint.runtime.containers import zero_tangents


def _store_tangent(
    tangents: Any, y: Any, base: Any, value: Any, path: Any, *arguments: Any
) -> Any:
    """The tangent is written where the value is."""
    base_dot, value_dot, *_ = tangents
    if base_dot is None:  # of the whole numbers in a list, too: floats may follow
        base_dot = _zero_tangent(base, y)
    if value_dot is None:
        value_dot = _blank(base, value)
    return call(ops.store, _array(base_dot), value_dot, path, *arguments)


def _zero_tangent(base: Any, y: Any) -> Any:
    if not isinstance(base, Value) and isinstance(y.type, List):  # a list of constants
        zeros = stage(ops.make_list, *map(zero_tangents, base))
        zeros.type = y.type
        return zeros
    in_list = isinstance(base, Value) and isinstance(base.type, List)
    return call(zero_tangents if in_list else ops.zero, base)


def _array(x: Any) -> Any:
    """Of rank 0, what arithmetic gives is a number: it cannot be written into."""
    number = isinstance(x, Value) and is_immutable_number(x.type)
    return call(np.asarray, x) if number else x


def _blank(base: Any, value: Any) -> Any:
    """The value that clears a place: a number, or zeros like it if a list holds arrays."""
    in_list = isinstance(base, Value) and isinstance(base.type, List)
    if in_list and isinstance(value, (list, tuple)):  # a row of constants
        return stage(ops.make_list, *map(zero_tangents, value))
    if not in_list or not isinstance(value, Value) or is_rank0(value.type):
        return 0.0
    return call(ops.zero if is_differentiable(value.type) else np.zeros_like, value)


@rule(ops.store, jvp=_store_tangent)
def store(y_bar: Any, y: Any, base: Any, value: Any, path: Any, *arguments: Any) -> Any:
    """Of `y = store(base, value)`: Griewank and Walther, Evaluating Derivatives, section 4.3."""
    value_bar = ops.follow(y_bar, path, arguments)
    if path and path[-1][0] is operator.getitem and _repeats(arguments[-1]):
        written = ops.follow(y, path[:-1], arguments[:-1])
        stays = call(ops.last_writes, shape_of(written), arguments[-1])
        value_bar = select(stays, value_bar, 0.0)
    in_list = isinstance(base, Value) and isinstance(base.type, List)
    in_list = in_list and isinstance(value_bar, Value) and not is_rank0(value_bar.type)
    blank: Any = 0.0
    if in_list:  # a row may have been of another length
        row = isinstance(value_bar.type, List)
        blank = call(ops.zero, ops.follow(base, path, arguments) if row else value_bar)
    base_bar = call(ops.store, _array(y_bar), blank, path, *arguments) if path else None
    return base_bar, value_bar


def _repeats(index: Any) -> bool:
    return may_repeat(index if isinstance(index, Value) else Constant(index))


nondifferentiable(ops.last_writes)
