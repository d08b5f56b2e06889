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

_COSTLY = (
    np.linalg.inv, np.linalg.pinv, np.linalg.solve, np.linalg.det, np.linalg.cholesky,
    np.linalg.eigh, np.linalg.qr, np.linalg.svd,
)  # fmt: skip


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
    _region(function.body, _Scope(), _Scope(), {})


def _region(region: Region, seen: _Scope, primal: _Scope, scopes: dict[Region, _Scope]) -> None:
    scopes[region] = seen
    kept: list[Op] = []
    for op in region.ops:
        mergeable, work, costly = _mergeable(op), _is_work(op), _is_costly(op)
        if mergeable or work or costly:
            key = (id(op.target), tuple(map(operand_key, op.operands)), op.keywords)
        if work and not mergeable:
            _use_one(op, primal.setdefault(key, primal.get(key, op)))
        if mergeable or costly:
            earlier = seen.get(key) if mergeable else None
            if earlier is not None and len(earlier.results) == len(op.results):
                for old, new in zip(op.results, earlier.results, strict=True):
                    new.take_name(old)
                    old.replace_with(new)
                if "raises" in op.attrs:
                    earlier.attrs["raises"] = True
                op.drop()
                continue
            seen.setdefault(key, op)
        kept.append(op)
        mirror = op.attrs.get("mirror") if "checkpoint" not in op.attrs else None
        for k, nested in enumerate(op.regions):
            forward = None if mirror is None else scopes.get(mirror.regions[k])
            _region(nested, _Scope(seen, forward), _Scope(primal), scopes)
    region.ops = kept


class _Scope(dict[Any, Op]):
    """A table that sees the operations of enclosing regions.

    It also sees the costly ones of the region that it reverses.
    """

    def __init__(self, outer: _Scope | None = None, forward: _Scope | None = None):
        super().__init__()
        self.outer, self.forward = outer, forward

    def get(self, key: Any, default: Any = None) -> Any:
        if key in self:
            return self[key]
        found = None if self.outer is None else self.outer.get(key)
        if found is None and self.forward is not None:
            found = self.forward.get(key)
            found = found if found is not None and _is_costly(found) else None
        return default if found is None else found


def _is_costly(op: Op) -> bool:
    """Would an expert rather keep the result than compute it again in the backward half?"""
    return op.kind == "apply" and not op.backward and op.target in _COSTLY


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


def _mergeable(op: Op) -> bool:
    if op.kind != "apply" or not is_pure(op.target):
        return False
    try:
        if op.target in _NEVER or op.target is ops.make_list and not op.operands:
            return False  # each of these is written to
        return op.backward or "derived" in op.attrs or op.target in _PROJECTIONS
    except TypeError:
        return False
