"""Zero gradients that come as a surprise: every way from an input to the result is cut.

Activity follows the operations that have a derivative. Here the others are followed, too:
roundings, comparisons, positions of extrema, conversions to integers, and the branches and loops
that they decide. Where only these connect an input with the result, the derivative is zero,
whatever the function computes.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Value
from adjoint.ir.types import is_differentiable
from adjoint.rules import is_inactive
from adjoint.transforms.activity.activity import after_yield, dependents_of, useful, varied


@dataclass(frozen=True)
class Cut:
    """Where the connection of an input with the result ends."""

    input: Value
    op: Op


#: No connection at all: sizes, types and text of a value, and arrays that are only like it.
_NO_PATH: frozenset[Any] = frozenset({
    ops.stop_gradient, ops.check, ops.fail, ops.fstring, ops.zero, len, isinstance, issubclass,
    callable, hasattr, id, type, repr, str, format, print, hash, slice,
    np.shape, np.size, np.ndim, np.iscomplexobj, np.isrealobj, np.isscalar, np.iterable,
    np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.eye, np.identity,
    np.may_share_memory, np.shares_memory, np.broadcast_shapes,
    np.array2string, np.array_repr, np.array_str, operator.is_, operator.is_not,
})  # fmt: skip
_LIBRARIES = ("numpy", "math", "cmath", "builtins", "operator", "_operator", "scipy")


def find_cuts(function: Function, inputs: Iterable[Value], result: Value) -> list[Cut]:
    """For each input that only operations without derivative connect with the result, the first.

    Nothing is found for an input that is unused, or used differentiably.
    """
    wanted = useful([result])
    order = {op: k for k, op in enumerate(function.body.walk())}
    cuts = []
    for value in inputs:
        if value in wanted or not is_differentiable(value.type):
            continue
        smooth = varied([value])
        ends = [op for v in smooth for op in v.users if _cuts(op, smooth)]
        ends = [op for op in ends if result in _reached(op.results)]
        if ends:
            cuts.append(Cut(value, min(ends, key=lambda op: order.get(op, 0))))
    return cuts


def _cuts(op: Op, smooth: set[Value]) -> bool:
    """Does a derivative end at this operation?"""
    if op.kind != "apply" or not _is_followed(op):
        return False
    return all(r not in smooth for r in op.results) and (
        is_inactive(op.target) or op.target is np.astype
    )


def _is_followed(op: Op) -> bool:
    """Does the value of the result depend on the values of the operands?"""
    try:
        if op.target in _NO_PATH:
            return False
    except TypeError:
        return False
    if not is_inactive(op.target):
        return True
    module = getattr(op.target, "__module__", None) or "numpy"  # ufuncs have none
    return module.partition(".")[0] in _LIBRARIES


def _reached(start: Iterable[Value]) -> set[Value]:
    """All values that depend on the given ones, by data or by control."""
    found: set[Value] = set()
    work = list(start)
    while work:
        value = work.pop()
        if value in found or isinstance(value, Constant):
            continue
        found.add(value)
        work.extend(_next(value))
    return found


def _next(value: Value) -> Iterator[Value]:
    for op in list(value.users):
        if op.kind == "apply":
            if _is_followed(op):
                yield from op.results
        elif op.kind == "if":
            yield from op.results
        elif op.kind == "yield":
            yield from after_yield(op, value)
            loop = op.parent.parent if op.parent is not None else None
            if loop is not None and loop.kind in ("for", "while") and _decides(op, value, loop):
                yield from loop.results
        else:
            yield from dependents_of(op, value)


def _decides(terminator: Op, value: Value, loop: Op) -> bool:
    """Does the value say whether the loop goes on?"""
    if terminator.parent is not loop.body:
        return True  # the condition of a `while`
    return value is loop.exit_flag
