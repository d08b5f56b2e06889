"""Activity: which values depend on the inputs asked for, and reach the result.

Both are worklist closures over the def-use chains: `varied` runs forward from the inputs, `useful`
backward from the results (Hascoet and Pascual, The Tapenade tool, section 4). Only values that
are in both need a cotangent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.infer import is_elementwise
from adjoint.ir.types import Array, is_differentiable, is_loose, is_rank0
from adjoint.rules import is_inactive, no_rule
from adjoint.runtime.arrays import sum_to


def active_values(
    function: Function, inputs: Iterable[Value], outputs: Iterable[Value]
) -> set[Value]:
    moving = varied(inputs)
    _refuse_unrecorded(moving)
    return moving & useful(outputs)


def _refuse_unrecorded(moving: Iterable[Value]) -> None:
    """Refuse a call that could write an active array, of a function that nothing is known of."""
    for op in (op for value in moving for op in value.users):
        if op.attrs.get("unrecorded"):
            raise no_rule(op.target).located(op.span)


def varied(inputs: Iterable[Value]) -> set[Value]:
    """Values that depend differentiably on the inputs."""
    return _closure(inputs, dependents)


def useful(outputs: Iterable[Value]) -> set[Value]:
    """Values on which the outputs depend differentiably."""
    return _closure(outputs, dependencies)


def _closure(start: Iterable[Value], step: Callable[[Value], Iterable[Value]]) -> set[Value]:
    found: set[Value] = set()
    work = list(start)
    while work:
        value = work.pop()
        if value in found or isinstance(value, Constant) or not is_differentiable(value.type):
            continue
        found.add(value)
        work.extend(step(value))
    return found


def _may_depend(op: Op) -> bool:
    return not is_inactive(op.target)


def dependents(value: Value, passes: Callable[[Op], bool] = _may_depend) -> Iterator[Value]:
    """The values computed from a value: by operations that let it through, or around a loop."""
    for op in list(value.users):
        if op.kind == "apply":
            if passes(op):
                yield from op.results
        else:
            yield from dependents_of(op, value)


def dependents_of(op: Op, value: Value) -> Iterator[Value]:
    """The values that a call, a loop or the end of a region hands a value on to."""
    if op.kind in ("yield", "return"):
        yield from after_yield(op, value)
    elif op.kind == "call":
        yield from op.results
    elif op.kind in ("for", "while"):
        for position, operand in enumerate(op.operands):
            if operand is value:
                yield op.body.params[position]
                if op.kind == "while":
                    yield op.regions[0].params[position]
                if position >= op.n_sequences:
                    yield op.results[position - op.n_sequences]


def after_yield(op: Op, value: Value) -> Iterator[Value]:
    region = op.parent
    parent = region.parent if region is not None else None
    if parent is None:
        return
    for position, operand in enumerate(op.operands):
        if operand is not value or position >= len(parent.results):
            continue
        if region is not parent.body and parent.kind == "while":
            continue
        yield parent.results[position]
        if parent.kind in ("for", "while") and position < parent.n_carries:
            yield parent.carries[position]
            if parent.kind == "while":
                yield parent.regions[0].params[position]


def dependencies(value: Value) -> Iterator[Value]:
    """The values that a value is computed from: by an operation, or around a loop."""
    owner = value.owner
    if isinstance(owner, Op):
        if owner.kind == "apply":
            if not is_inactive(owner.target) and owner.target is not ops.cotangent:
                yield from owner.operands
        elif owner.kind == "call":
            yield from owner.operands
        else:
            position = owner.results.index(value)
            if owner.kind == "if":
                for region in owner.regions:
                    yield region.yields[position]
            else:
                yield owner.body.yields[position]
                if position < owner.n_carries:
                    yield owner.inits[position]
                    yield owner.carries[position]
    elif isinstance(owner, Region) and owner.parent is not None:
        loop = owner.parent
        if loop.kind in ("for", "while") and owner is loop.body:
            position = owner.params.index(value)
            yield loop.operands[position]
            if position >= loop.n_sequences:
                yield owner.yields[position - loop.n_sequences]


def refuse_loose(op: Op, active: set[Value]) -> None:
    """Refuse operations on what may be a number or an array, where a rule asks for its rank.

    Element-wise operations, and reductions of the whole, are the same for both: how much of a
    cotangent is summed is asked at run time.
    """
    arrays = [(v, v.type) for v in op.operands if isinstance(v.type, Array) and v.type.dims]
    loose = [v for v, type_ in arrays if type_.loose]
    if not loose or op.target in _MOVES or is_elementwise(op.target) or _is_of_the_whole(op):
        return
    if any(v in active and not type_.loose for v, type_ in arrays) or any(
        _is_active_number(v, active, set()) for v in loose
    ):
        named = f"'{loose[0].name}'" if loose[0].name else "an operand"
        raise UnsupportedError(
            f"{named} is a number on one path and an array on another, so how this broadcasts is "
            "known only at run time",
            op.span,
            "begin with an array, as np.zeros or np.ones gives it",
        )


def _is_of_the_whole(op: Op) -> bool:
    """Does the operation reduce all axes, whatever their number?"""
    positional, named = op.arguments()
    return op.target in _REDUCTIONS and len(positional) == 1 and not named


def _is_active_number(value: Value, active: set[Value], seen: set[Value]) -> bool:
    """May this be, on some path, a number that the derivative is taken through?"""
    if value in seen or value not in active:
        return False
    seen.add(value)
    if is_rank0(value.type):
        return True
    op = value.op
    if not is_loose(value.type) or op is not None and op.kind == "call":
        return not isinstance(value.type, Array)
    sources = dependencies(value)
    return any(_is_active_number(v, active, seen) for v in sources if not _is_factor(op, v))


def _is_factor(op: Op | None, operand: Value) -> bool:
    """Is it a number that an operation combines with something else that may be an array?"""
    return op is not None and op.kind == "apply" and is_rank0(operand.type)


#: Reductions that a number has as well.
_REDUCTIONS = {
    np.sum, np.mean, np.prod, np.max, np.min, np.amax, np.amin, np.var, np.std, np.size, np.shape,
    np.ndim,
}  # fmt: skip
#: Operations that only hand on their operands, or are given the shape of the result.
_MOVES = {ops.store, ops.index_add, ops.append, sum_to, np.broadcast_to, *ops.CONTAINERS}
