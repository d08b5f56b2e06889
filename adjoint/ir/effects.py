"""Effects of operations, read from the records of `ir/callables`.

A callable without a record is taken to have effects that must stay in order, and its result to be
or hold what it was given.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.ir.callables import Call, Cheap, Effect, Memory, Result, facts_of
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.indexing import index_items, is_basic, is_slice
from adjoint.ir.types import (
    BOOL,
    Array,
    Scalar,
    dims_of,
    is_immutable_number,
    proven_equal,
    proven_many,
)

_ANYTHING = Result(Memory.HELD, (), read_only=True)


def is_random(target: Any) -> bool:
    """Is this a draw, of `np.random` or of a generator: another one each time?"""
    facts = facts_of(target)
    return facts is not None and facts.effect is Effect.DRAWS


def is_pure(target: Any) -> bool:
    """No effect and nothing random: may be dropped, repeated, merged."""
    facts = facts_of(target)
    return facts is not None and facts.is_pure


def is_update(target: Any) -> bool:
    """Is the result the first operand with a part of it changed, in place where possible?"""
    facts = facts_of(target)
    return facts is not None and facts.updates


def reads_form(target: Any) -> bool:
    """Does it read the shape or the dtype of its operand, which no write changes?"""
    facts = facts_of(target)
    return facts is not None and facts.form_only


def op_is_pure(op: Op) -> bool:
    """May this operation, with everything nested in it, be dropped when nobody uses it?"""
    if op.kind == "apply":
        return is_pure(op.target)
    if op.kind == "call":
        return bool(op.attrs["function"].attrs.get("pure"))
    if op.kind in ("yield", "return"):
        return False
    if op.kind == "while":
        return False  # it may not end; dropping it would change that
    return all(o.kind == "yield" or op_is_pure(o) for r in op.regions for o in r.ops)


def result_of(op: Op) -> Result:
    """The result of an operation: whose memory it is, and whether it can be written to."""
    facts = facts_of(op.target)
    if facts is None:
        return _ANYTHING
    operands, keywords = op.arguments()
    return facts.of(Call(op.target, operands, keywords))


def memory_of_result(call: Op, result: Value) -> frozenset[int] | None:
    """The operands whose memory the result of a call may have; None where that is not known."""
    memory = call.attrs["function"].attrs.get("memory")
    place = next(k for k, r in enumerate(call.results) if r is result)
    return None if memory is None or place >= len(memory) else memory[place]


def lenders(op: Op) -> list[Value]:
    """The operands whose memory the result has, or may have."""
    result = result_of(op)
    if result.memory is Memory.OWN:
        return []
    return [op.operands[k] for k in result.of if k < len(op.operands)] or list(op.operands)


def holds(op: Op) -> bool:
    """Is the result a container that holds the operands, or an item of such a container?"""
    return op.kind == "apply" and result_of(op).memory is Memory.HELD


def is_view(op: Op) -> bool:
    """May the result share memory with an operand, or hold one?"""
    if op.kind != "apply":
        return True
    number = len(op.results) == 1 and is_immutable_number(op.result.type)
    return not number and result_of(op).memory is not Memory.OWN


def looks(op: Op) -> bool:
    """Does the operation only look at an operand: as a view, a part, or the operand itself?"""
    own = (Memory.OWN, Memory.HELD)
    return op.kind == "apply" and result_of(op).memory not in own


def is_cheap(op: Op) -> bool:
    """Would an expert compute this again rather than store it for the backward pass?"""
    facts = facts_of(op.target) if op.kind == "apply" else None
    if facts is None or not facts.is_pure:
        return False
    arrays = [
        v for v in [*op.operands, *op.results]
        if isinstance(v.type, Array) and not v.type.scalar and v.type.dims
    ]  # fmt: skip
    if not arrays or all(v in op.operands for v in arrays) and op.target is operator.getitem:
        return Cheap.NUMBERS in facts.cheap
    if op.target is operator.getitem:
        return isinstance(op.operands[0].type, Array) and is_basic(op.operands[1]) is True
    return Cheap.ARRAYS in facts.cheap


def may_repeat(index: Value) -> bool:
    """Could this index name an element twice? Then += loses a contribution, and = a write."""
    items = [item for item in index_items(index) if not is_slice(item)]
    if all(_names_once(item) or _has_no_repeats(item) for item in items):
        return False
    return not any(_tells_apart(item, items) for item in items)


def _tells_apart(item: Value, items: Sequence[Value]) -> bool:
    """Are all elements different for this item alone, as the rows of `x[np.arange(n), labels]`?"""
    own = dims_of(item.type) if isinstance(item.type, Array) else None
    if own is None or not _has_no_repeats(item):
        return False
    for other in items:
        dims = dims_of(other.type) if isinstance(other.type, Array | Scalar) else None
        if dims is None or len(dims) > 1 or _is_mask(other):
            return False
        if dims and not proven_many(own[0]) and not proven_equal(own[0], dims[0]):
            return False  # one position, which is repeated
    return True


def _is_mask(item: Value) -> bool:
    return isinstance(item.type, Array) and item.type.dtype.kind == "b" or item.type == BOOL


def _has_no_repeats(item: Value) -> bool:
    """Is this a list of positions, all of them different (and counted from one end)?"""
    if isinstance(item, Constant):
        positions = np.asarray(item.value)
        if positions.ndim != 1 or positions.dtype.kind not in "iu":
            return False
        one_end = bool(np.all(positions >= 0) or np.all(positions < 0))
        return one_end and len(np.unique(positions)) == len(positions)
    return (
        item.op is not None
        and item.op.target in (np.arange, np.argsort, np.argpartition, np.flatnonzero)
        and (isinstance(item.type, Array) and item.type.rank == 1)
        and (item.op.target is not np.arange or _counts_up(item.op))
    )


def _counts_up(op: Op) -> bool:
    """Does this `np.arange` begin at 0 or above? A negative position may be one of the others."""
    first = op.operands[0]
    if len(op.operands) == 1 or op.keywords:
        return not op.keywords or op.keywords == ("dtype",) and len(op.operands) == 2
    steps = [v.value if isinstance(v, Constant) else None for v in (first, *op.operands[2:])]
    return all(isinstance(v, int) and v >= 0 for v in steps)


def _names_once(item: Value) -> bool:
    """Is this one number, a mask, None or an ellipsis?"""
    if isinstance(item, Constant) and not isinstance(item.value, np.ndarray):
        return item.value is None or item.value is ... or isinstance(item.value, (int, np.integer))
    if isinstance(item.type, Array):
        return not item.type.dims or item.type.dtype.kind == "b"
    return isinstance(item.type, Scalar)
