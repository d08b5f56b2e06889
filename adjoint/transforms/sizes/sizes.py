"""The size of an array does not change when its elements do.

`len(u)` of an array that a loop writes into is the length that it had before the loop: it need not
be kept for each trip. For the text, the same question is put to the array as it is at that
place, so that no earlier state of it has to be kept apart.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, encloses
from adjoint.ir.effects import reads_form
from adjoint.ir.infer import infer
from adjoint.ir.missing import may_be_missing
from adjoint.ir.types import (
    UNDEFINED,
    Array,
    Dim,
    Scalar,
    Size,
    equal_dims,
    proven_equal,
    rank_of,
    representative,
)
from adjoint.transforms.simplify.accesses import is_read_backwards

_WRITES = (ops.store, ops.index_add)


def sizes_at_hand(function: Function) -> None:
    """Answer questions of the backward half for sizes by what is there anyway.

    The user's own `n` is best, then an argument of the same shape: no temporary array is kept, and
    none goes onto a tape, for its shape only.

    >>> # n = len x: %1 = size v   becomes   n, where v is as long as x
    """
    numbers = [v for v in _of_the_body(function) if _holds_size(v)]
    arrays = [v for v in _of_the_body(function) if _is_given(v)]
    for op in list(function.body.walk()):
        if op.kind != "apply" or not op.backward:
            continue
        number = _as_number(op, numbers)
        if number is not None:
            op.result.replace_with(number)
        elif op.target is operator.getitem and _is_shape(op):
            _ask_for_axis(op, arrays)
        elif op.target in (len, np.size) and _is_temporary(op.operands[0]):
            _ask_argument(op, arrays)
        elif reads_form(op.target) and op.operands and _is_temporary(op.operands[0]):
            beside = [] if is_read_backwards(op.operands[0]) else _read_beside(op.operands[0])
            like = _like(op, [*arrays, *beside])
            if like is not None:
                op.set_operands([like, *op.operands[1:]])


def _read_beside(value: Value) -> list[Value]:
    """Arrays that are computed in the same region, and that the backward half has anyway."""
    home = value.op.parent if value.op is not None else value.owner
    if not isinstance(home, Region):
        return []
    values = [*home.params, *(r for op in home.ops if not op.backward for r in op.results)]
    arrays = [v for v in values if isinstance(v.type, Array) and not v.type.loose]
    return [v for v in arrays if is_read_backwards(v)]


def _like(op: Op, arrays: list[Value]) -> Value | None:
    """An array of the form that the operation asks for, which is there when it runs."""
    asked = op.operands[0]
    every = (v for v in arrays if _has_form(v, asked, op.target) and _comes_before(v, op))
    return next((v for v in every if not may_be_missing(v) or _is_there_with(v, asked)), None)


def _is_there_with(value: Value, other: Value) -> bool:
    """Is there an array wherever there is the other one? They come from the same branch."""
    branch = other.op
    if branch is None or value.op is not branch or branch.kind != "if":
        return False
    k, j = branch.results.index(value), branch.results.index(other)
    return all(
        not may_be_missing(region.yields[k]) or region.yields[j].type == UNDEFINED
        for region in branch.regions
    )


def _comes_before(value: Value, op: Op) -> bool:
    """Is the value computed before the operation? The tangents stand among the primal values."""
    home = value.op.parent if value.op is not None else None
    if home is None:
        return True
    place: Op | None = op
    while place is not None and place.parent is not home:
        place = place.parent.parent if place.parent is not None else None
    if place is None:  # the backward half of a region comes after it
        return True
    assert value.op is not None
    return home.ops.index(value.op) < home.ops.index(place)


def _ask_argument(op: Op, arrays: list[Value]) -> None:
    """Ask an argument for its size along the axis that is as long as the array."""
    value = op.operands[0]
    assert isinstance(value.type, Array)
    if value.type.rank != 1:
        beside = [] if is_read_backwards(value) else _read_beside(value)
        like = _like(op, [*arrays, *beside])
        if like is not None:
            op.set_operands([like])
        return
    for array in sorted(arrays, key=lambda v: rank_of(v.type) or 0):
        assert isinstance(array.type, Array)
        for axis, size in enumerate(array.type.dims):
            if proven_equal(size, value.type.dims[0]):
                if array.type.rank == 1 or axis == 0:
                    op.target = np.size if array.type.rank == 1 else len
                    op.set_operands([array])
                return


def _ask_for_axis(op: Op, arrays: list[Value]) -> None:
    """Ask an argument for the size of a temporary array: `words.shape[1]` for `row.shape[0]`."""
    shape, index = op.operands
    assert shape.op is not None
    value = shape.op.operands[0]
    if not _is_temporary(value) or is_read_backwards(value) or len(shape.op.operands) != 1:
        return
    assert isinstance(value.type, Array)
    if not isinstance(index, Constant) or not isinstance(index.value, int):
        return
    size = value.type.dims[index.value]
    places = [(a, k) for a in arrays for k, own in enumerate(a.type.dims)  # type: ignore
              if proven_equal(own, size)]  # fmt: skip
    if not places or any(array is value for array, _ in places):
        return
    array, axis = min(places, key=lambda place: rank_of(place[0].type) or 0)
    region = op.parent
    assert region is not None
    asked = Op("apply", [array], [infer(np.shape, [array], {})], target=np.shape, span=op.span)
    asked.backward, asked.parent = True, region
    region.ops.insert(region.ops.index(op), asked)
    op.set_operands([asked.result, Constant(axis)])


def _of_the_body(function: Function) -> Iterator[Value]:
    """Arguments, and what the program computes outside of loops and branches."""
    yield from function.params
    for op in function.body.ops:
        if not op.backward:
            yield from op.results


def _holds_size(value: Value) -> bool:
    """Is this a variable of the program that holds the size of an array?"""
    if not value.name or not isinstance(value.type, Scalar):
        return False
    size = value.type.size
    return isinstance(size, Dim) and size.symbol != 0 and not isinstance(value, Constant)


def _is_given(value: Value) -> bool:
    """Is this an argument, or an array out of one?"""
    if not isinstance(value.type, Array) or value.type.loose:
        return False
    op = value.op
    while op is not None and op.target in (operator.getitem, ops.unpack):
        if isinstance(op.operands[0].type, Array):
            return False
        value, op = op.operands[0], op.operands[0].op
    return op is None and isinstance(value.owner, Region) and not isinstance(value, Constant)


def _as_number(op: Op, numbers: list[Value]) -> Value | None:
    """The variable or number that says what the operation asks for: one size of an array."""
    asks = op.target in (len, np.size) or op.target is operator.getitem and _is_shape(op)
    type_ = op.results[0].type if op.results else None
    if not asks or not isinstance(type_, Scalar) or type_.size is None:
        return None
    size: Size = representative(type_.size)
    if isinstance(size, int):
        return Constant(size)
    known = (n for n in numbers if proven_equal(n.type.size, size))  # type: ignore[attr-defined]
    return next((n for n in known if _comes_before(n, op)), None)


def _is_shape(op: Op) -> bool:
    made = op.operands[0].op
    return made is not None and made.target is np.shape


def _is_temporary(value: Value) -> bool:
    """Would this array be kept for the question? One with a name outside of loops is there."""
    if not isinstance(value.type, Array) or value.type.loose or isinstance(value, Constant):
        return False
    op = value.op
    home = op.parent if op is not None else value.owner
    outside = isinstance(home, Region) and home.parent is None
    backward = op is not None and op.backward
    return not backward and not (outside and (op is None or value.name))


def _has_form(value: Value, like: Value, question: object) -> bool:
    a, b = value.type, like.type
    assert isinstance(a, Array) and isinstance(b, Array)
    by_dtype = question in (ops.zero, np.zeros_like, np.ones_like, np.empty_like)
    if by_dtype and (a.dtype, a.scalar) != (b.dtype, b.scalar):
        return False
    return bool(a.dims) and equal_dims(a.dims, b.dims)


def sizes_of_first_states(function: Function) -> None:
    """Ask the earliest state of an array for its size.

    >>> # for _ in range(3) carry u.1 = u: %0 = len u.1   becomes   %0 = len u
    """
    for op in list(_questions(function)):
        first = _first(op.operands[0])
        if first is not op.operands[0]:
            op.set_operands([first, *op.operands[1:]])


def sizes_of_latest_states(function: Function) -> None:
    """Ask the state of an array that there is at the place of the question."""
    order = {op: k for k, op in enumerate(function.body.walk())}
    for op in list(_questions(function)):
        value = op.operands[0]
        while True:
            following = next((v for v in _followers(value) if _is_there(v, op, order)), None)
            if following is None:
                break
            value = following
        if value is not op.operands[0]:
            op.set_operands([value, *op.operands[1:]])


def _questions(function: Function) -> Iterator[Op]:
    for op in function.body.walk():
        if op.kind == "apply" and reads_form(op.target) and isinstance(op.operands[0].type, Array):
            yield op


def _first(value: Value) -> Value:
    """The earliest state of the array: before stores, and before loops that store into it."""
    while True:
        op = value.op
        if op is not None and op.kind == "apply" and op.target in _WRITES:
            value = op.operands[0]
            continue
        loop, k = _carried(value)
        if loop is None or not _keeps_its_size(loop, k):
            return value
        value = loop.inits[k]


def _carried(value: Value) -> tuple[Op | None, int]:
    """The loop that carries the value, or whose result it is, and its place there."""
    op = value.op
    if op is not None and op.kind in ("for", "while") and op.results.index(value) < op.n_carries:
        return op, op.results.index(value)
    loop = value.owner.parent if isinstance(value.owner, Region) else None
    if loop is not None and loop.kind in ("for", "while") and value in loop.carries:
        return loop, loop.carries.index(value)
    return None, 0


def _keeps_its_size(loop: Op, k: int) -> bool:
    """Does a trip hand on the array that it was given, with other elements?"""
    carry, value = loop.carries[k], loop.next_carries[k]
    while value is not carry:
        op = value.op
        if op is None:
            return False
        if op.kind == "apply" and op.target in _WRITES:
            value = op.operands[0]
            continue
        inner, j = _carried(value)
        if inner is None or inner is loop or not _keeps_its_size(inner, j):
            return False
        value = inner.inits[j]
    return True


def _followers(value: Value) -> Iterator[Value]:
    """The next states of an array."""
    for user in list(value.users):
        if user.kind == "apply" and user.target in _WRITES and user.operands[0] is value:
            yield user.result
        elif user.kind in ("for", "while"):
            for k, init in enumerate(user.inits):
                if init is value and _keeps_its_size(user, k):
                    yield user.carries[k]
                    yield user.results[k]


def _is_there(value: Value, op: Op, order: dict[Op, int]) -> bool:
    """Has the value been computed, in a region around `op`, when `op` runs?"""
    made = value.op
    region: Region | None = op.parent
    while region is not None:
        if made is None and region is value.owner:
            return True
        if made is not None and region is made.parent:
            inside = encloses(made, op)
            return not inside and order[made] < order[op]
        region = region.parent.parent if region.parent is not None else None
    return False
