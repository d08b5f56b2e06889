"""Common subexpressions: a pure operation that was computed already, in scope, is not repeated."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.effects import is_pure
from adjoint.ir.types import is_sparse

#: Cheap projections; these are merged in the forward half too, of all else only what the user has
#: not written: the backward half, and derivatives that were taken inside of the program.
_PROJECTIONS = {operator.getitem, np.shape, np.size, len, np.transpose}
_NEVER = {ops.literal, ops.zero, np.zeros, np.zeros_like, np.ones, np.empty, ops.cotangent}


def constant_key(value: Constant) -> Any:
    """Type and exact bits: 1, 1.0, True and -0.0 are four different constants."""
    python = value.value
    if isinstance(python, (float, complex)):
        return (type(python), repr(python))
    if isinstance(python, slice):
        return (slice, repr(python))
    if isinstance(python, (tuple, list)):
        return (type(python), tuple(constant_key(Constant(p)) for p in python))
    if isinstance(python, (np.ndarray, dict, set)) or is_sparse(python):
        return (type(python), id(python))  # of the object, which lives as long as the program
    return (type(python), python)


def operand_key(value: Value) -> Any:
    return constant_key(value) if isinstance(value, Constant) else id(value)


def eliminate_common_subexpressions(function: Function) -> None:
    _region(function.body, {}, {})


def _region(region: Region, outer: dict[Any, Op], outer_primal: dict[Any, Op]) -> None:
    seen, primal = _Scope(outer), _Scope(outer_primal)
    kept: list[Op] = []
    for op in region.ops:
        mergeable = _mergeable(op)
        if mergeable or _is_work(op):
            key = (id(op.target), tuple(map(operand_key, op.operands)), op.keywords)
        if not mergeable and _is_work(op):
            _use_one(op, primal.setdefault(key, primal.get(key, op)))
            if _is_found_again(op):
                seen.setdefault(key, op)
        if mergeable:
            earlier = seen.get(key)
            if earlier is not None and len(earlier.results) == len(op.results):
                for old, new in zip(op.results, earlier.results, strict=True):
                    if not new.name:
                        new.name = old.name
                    old.replace_with(new)
                if "raises" in op.attrs:
                    earlier.attrs["raises"] = True
                op.drop()
                continue
            seen[key] = op
        kept.append(op)
        for nested in op.regions:
            _region(nested, seen, primal)
    region.ops = kept


class _Scope(dict[Any, Op]):
    """A table that sees the operations of enclosing regions."""

    def __init__(self, outer: dict[Any, Op]):
        super().__init__()
        self.outer = outer

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else self.outer.get(key, default)


def _is_work(op: Op) -> bool:
    """Is this an operation of the program that gives the same each time?"""
    if op.kind != "apply" or len(op.results) != 1 or not is_pure(op.target):
        return False
    try:
        return op.target not in _NEVER and op.target not in ops.CONTAINERS
    except TypeError:
        return False


def _use_one(op: Op, earlier: Op) -> None:
    """Let the backward half read the first of equal values that the program computes."""
    for user in list(op.result.users) if op is not earlier else ():
        if user.backward and user.kind == "apply":
            user.replace_operand(op.result, earlier.result)


def _is_found_again(op: Op) -> bool:
    """Is this work that takes so long that the backward half should not do it again?"""
    module = getattr(op.target, "__module__", None) or ""
    return module.startswith(("numpy.linalg", "scipy.linalg"))


def _mergeable(op: Op) -> bool:
    if op.kind != "apply" or not is_pure(op.target):
        return False
    try:
        if op.target in _NEVER or op.target is ops.make_list and not op.operands:
            return False  # each of these is written to
        return op.backward or "derived" in op.attrs or op.target in _PROJECTIONS
    except TypeError:
        return False
