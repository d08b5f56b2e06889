"""Reads of arrays that the backward half may do again, since nothing overwrites what was read.

A Cholesky decomposition reads `L[i, :j]`, and writes into the columns from `j` on. So the
backward half finds the same numbers in the finished `L`: nothing of it is saved.

The state of an array that an operation reads leads to later states: through stores, and through
loops and branches that hand the array on. `Rereading` follows them, as long as every write on the
way provably leaves the elements alone that were read. `bounds` has the proofs. A value that is
written into an array and stays there is found in the same way.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from adjoint.ir import ops
from adjoint.ir.core import (
    Constant,
    Function,
    Op,
    Region,
    Value,
    enclosing_region,
    is_inside,
    python_value,
)
from adjoint.ir.effects import is_update, looks
from adjoint.ir.indexing import index_items, is_basic, is_slice, slice_parts
from adjoint.ir.infer import infer
from adjoint.ir.types import Array, List, Scalar, is_many, same_size
from adjoint.transforms.memory.bounds import Bounds, Form


@dataclass(frozen=True)
class Reread:
    """A read that can be done again: the subscripts, one after the other, of a later state."""

    state: Value
    steps: tuple[Value, ...]


class Rereading:
    """Finds the reads that can be done again; remembers what it found."""

    def __init__(self, function: Function) -> None:
        self.found: dict[Value, Reread | None] = {}
        self.handed_on: dict[tuple[Value, Value], set[Op] | None] = {}
        self.reversed_by: dict[Region, Op] = {}
        for op in function.body.walk():
            if "mirror" in op.attrs:
                self.reversed_by.update((r, op) for r in op.attrs["mirror"].regions)

    def of(self, value: Value) -> Reread | None:
        """How the backward half reads the value from memory, if it can."""
        if value not in self.found:
            self.found[value] = None  # of what depends on itself
            self.found[value] = self._read_again(value) or self._written(value)
        return self.found[value]

    def _read_again(self, value: Value) -> Reread | None:
        """The value is a part of an array."""
        steps: list[Value] = []
        state = value
        while state.op is not None and state.op.target is operator.getitem:
            base, index = state.op.operands
            if not isinstance(base.type, Array) or is_basic(index) is not True:
                break
            steps.insert(0, index)
            state = base
        return self._latest(state, tuple(steps), value) if steps else None

    def _written(self, value: Value) -> Reread | None:
        """The value is written into a part of an array, as it is."""
        for result in _handed_out(value):
            region = enclosing_region(result)
            for user in result.users:
                if user.target is not ops.store or user.backward or user.parent is not region:
                    continue
                base, stored, path, *indices = user.operands
                if stored is not result or base is result or not _is_item_path(path):
                    continue
                if isinstance(base.type, Array) and all(is_basic(i) is True for i in indices):
                    if _fills(value, base, indices) and _fills(result, base, indices):
                        found = self._latest(user.result, tuple(indices), value)
                        if found is not None:
                            return found
        return None

    # From state to state

    def _latest(self, state: Value, steps: tuple[Value, ...], value: Value) -> Reread | None:
        """Follow a state to the last one that has the same elements there."""
        while True:
            region = enclosing_region(state)
            if region is None or isinstance(state, Constant):
                return None
            following = self._next(state, region)
            if following is not None:
                after, writes = following
                inner = after.op
                assert inner is not None
                bounds = partial(_bounds, inner, None)
                if not self._are_apart(writes, steps, value, state, bounds):
                    return None
                state = after
                continue
            owner = region.parent
            if owner is None:
                break
            k = _position(region.terminator, state)
            if k is None:
                break
            if owner.kind == "if":
                state = owner.results[k]
                continue
            if region is not owner.body or k >= owner.n_carries or "checkpoint" in owner.attrs:
                break
            writes_of_all = self._way(state, owner.carries[k])
            if writes_of_all is None:
                break
            bounds = partial(_bounds, owner, owner)
            if not self._are_apart(writes_of_all, steps, value, state, bounds):
                return None
            state = owner.results[k]
        if is_overwritten(state) or not _is_behind_a_loop(state, value):
            return None
        reader = self.reversed_by.get(enclosing_region(value))  # type: ignore[arg-type]
        return Reread(state, steps) if reader is not None and _is_there(state, reader) else None

    def _next(self, state: Value, region: Region) -> tuple[Value, set[Op]] | None:
        """The state behind the next operation of the region that hands the array on."""
        found: dict[Value, set[Op]] = {}
        for user in state.users:
            op: Op | None = user
            while op is not None and op.parent is not region:
                op = op.parent.parent if op.parent is not None else None
            if op is None or op.backward or op is region.terminator:
                continue
            for k, result in enumerate(op.results):
                if op.kind in ("for", "while") and k >= op.n_carries:
                    break
                if type(result.type) is type(state.type):
                    writes = self._way(result, state)
                    if writes is not None:
                        found[result] = writes
        if len(found) != 1:
            return None
        return next(iter(found.items()))

    def _way(self, value: Value, start: Value) -> set[Op] | None:
        """The writes on all ways from one state to a later one; None where that is no state of it.

        >>> # for i in range(n) carry y.1 = y: y.2 = store y.1, x[i], i; yield y.2
        >>> # from y.1 to y.2, and from y to the result of the loop: the one store
        """
        if value is start:
            return set()
        key = (value, start)
        if key in self.handed_on:
            return self.handed_on[key]
        self.handed_on[key] = None
        self.handed_on[key] = found = self._find_way(value, start)
        return found

    def _find_way(self, value: Value, start: Value) -> set[Op] | None:
        op = value.op
        if op is None or op.backward:
            return None
        if op.target is ops.store:
            rest = self._way(op.operands[0], start)
            return None if rest is None else {op, *rest}
        if op.kind == "if":
            k = op.results.index(value)
            arms = [self._way(region.yields[k], start) for region in op.regions]
            if any(arm is None for arm in arms):
                return None
            return {write for arm in arms if arm is not None for write in arm}
        if op.kind in ("for", "while"):
            k = op.results.index(value)
            if k >= op.n_carries or "checkpoint" in op.attrs:
                return None
            inside = self._way(op.next_carries[k], op.carries[k])
            rest = self._way(op.inits[k], start)
            return None if inside is None or rest is None else inside | rest
        return None

    # Which elements

    def _are_apart(
        self,
        writes: set[Op],
        steps: tuple[Value, ...],
        value: Value,
        state: Value,
        make_bounds: Callable[[], Bounds],
    ) -> bool:
        """Do all the writes leave alone what the subscripts `steps` read, to give the value?"""
        return all(self._is_apart(w, steps, value, state, make_bounds()) for w in writes)

    @staticmethod
    def _is_apart(
        write: Op, steps: tuple[Value, ...], value: Value, state: Value, bounds: Bounds
    ) -> bool:
        _, _, path, *indices = write.operands
        if not _is_item_path(path):
            return False
        bounds.assume_arms(enclosing_region(value), 0)
        bounds.assume_arms(write.parent, 1)
        if bounds.is_impossible():
            return True
        read = _extent(steps, state, bounds, 0)
        if read is None:
            return False
        written = _extent(tuple(indices), state, bounds, 1)
        if written is None:
            return False
        return any(a.is_apart(b, bounds) for a, b in zip(read, written, strict=True))


@dataclass(frozen=True)
class Extent:
    """The positions along one axis: `first <= position < end`, where an end is known.

    An exact one begins at `first`, so that position k of the part is `first + k` of the array.
    """

    first: Form = Form()
    end: Form | None = None
    exact: bool = False

    def is_apart(self, other: Extent, bounds: Bounds) -> bool:
        return self._is_before(other, bounds) or other._is_before(self, bounds)

    def _is_before(self, other: Extent, bounds: Bounds) -> bool:
        return self.end is not None and bounds.holds(other.first - self.end)


def _extent(
    steps: tuple[Value, ...], state: Value, bounds: Bounds, tag: int
) -> list[Extent] | None:
    """Which positions along each axis of the array some subscripts, one after the other, name.

    They may name fewer. None where the subscripts are not made of numbers and slices.
    """
    assert isinstance(state.type, Array)
    sizes = state.type.dims
    extents = [Extent(Form(), bounds.length(size, k), True) for k, size in enumerate(sizes)]
    axes = [*range(len(sizes))]  # of the part that is left, the axes of the array
    whole, spread = set(axes), set[int]()
    for index in steps:
        if is_basic(index) is not True:
            return None
        items = index_items(index)
        used = sum(not _is_none_or_dots(item) for item in items)
        if used > len(axes):
            return None
        place, left = 0, list[int]()
        for item in items:
            if isinstance(item, Constant) and item.value is None:
                return None  # a new axis
            if isinstance(item, Constant) and item.value is ...:
                skip = len(axes) - used
                left += axes[place : place + skip]
                place += skip
                continue
            axis = axes[place]
            place += 1
            length = bounds.length(sizes[axis], axis) if axis in whole else None
            if is_slice(item):
                left.append(axis)
                if _is_full(item):
                    continue
                part = _slice_extent(item, length, bounds, tag)
            else:
                part = _point(item, length, bounds, tag)
            if axis not in spread:
                extents[axis] = _within(extents[axis], part)
            whole.discard(axis)
            if is_slice(item) and not _is_dense(item):
                spread.add(axis)
        axes = left + axes[place:]
    return extents


def _within(outer: Extent, part: Extent) -> Extent:
    """A part of a part, which counts from where the outer one begins."""
    counts = outer.exact and part.end is not None
    end = outer.first + part.end if counts and part.end is not None else outer.end
    return Extent(outer.first + part.first, end, outer.exact and part.exact)


def _point(item: Value, length: Form | None, bounds: Bounds, tag: int) -> Extent:
    """One position: an integer that is not negative, or a constant that counts from the end."""
    form = bounds.form(item, tag)
    if not bounds.holds(form):
        if form.terms or length is None:
            return Extent()
        form = length + form
    return Extent(form, form + 1)


def _slice_extent(item: Value, length: Form | None, bounds: Bounds, tag: int) -> Extent:
    """The positions between the bounds of a slice (with a positive step: some of them)."""
    if not isinstance(item, Constant) and (item.op is None or item.op.target is not slice):
        return Extent()
    start, stop, step = slice_parts(item)
    known = step.value if isinstance(step, Constant) else 0
    if known is not None and not (type(known) is int and known > 0):
        return Extent()
    first = Form() if _is_none(start) else _bound(start, length, bounds, tag)
    end = None if _is_none(stop) else _bound(stop, length, bounds, tag)
    from_end = isinstance(start, Constant) and not _is_none(start) and start.value < 0
    return Extent(first or Form(), end, first is not None and not from_end)


def _is_dense(item: Value) -> bool:
    """Does the slice leave out nothing between its bounds?"""
    if not isinstance(item, Constant) and (item.op is None or item.op.target is not slice):
        return False
    step = slice_parts(item)[2]
    return isinstance(step, Constant) and step.value in (None, 1)


def _bound(part: Value, length: Form | None, bounds: Bounds, tag: int) -> Form | None:
    if not isinstance(part.type, Scalar):
        return None
    form = bounds.form(part, tag)
    if bounds.holds(form):
        return form
    return None if form.terms or length is None else length + form


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


def _is_none_or_dots(item: Value) -> bool:
    return isinstance(item, Constant) and (item.value is None or item.value is ...)


def _is_full(item: Value) -> bool:
    return isinstance(item, Constant) and item.value == slice(None)


def _is_item_path(path: Value) -> bool:
    """Do only subscripts lead to what is written?"""
    steps = python_value(path)
    return bool(steps) and all(step == (operator.getitem, 1) for step in steps)


def is_overwritten(value: Value, seen: set[Value] | None = None) -> bool:
    """Is the array, or whatever it is a view of, written to in the forward half later on?

    Where nothing is known about the elements, the answer is about all of them.
    """
    seen = set() if seen is None else seen
    if value in seen or isinstance(value, Constant):
        return False
    seen.add(value)
    op = value.op
    if op is not None and (op.target is operator.getitem or looks(op)):
        if isinstance(value.type, (Array, List)) and is_overwritten(op.operands[0], seen):
            return True
    later: list[Value] = []
    for user in value.users:
        if user.kind == "apply" and is_update(user.target) and user.operands[0] is value:
            if not user.backward:
                return True
        elif user.kind in ("for", "while"):
            later += [c for c, init in zip(user.carries, user.inits, strict=True) if init is value]
        elif user.kind == "yield" and user.parent is not None and user.parent.parent is not None:
            owner = user.parent.parent
            if owner.kind == "if":
                later += [
                    r for r, v in zip(owner.results, user.operands, strict=True) if v is value
                ]
            elif user.parent is owner.body:
                pairs = zip(owner.next_carries, owner.carries, owner.results, strict=False)
                later += [v for n, c, r in pairs if n is value for v in (c, r)]
    return any(is_overwritten(v, seen) for v in later)


def _is_behind_a_loop(state: Value, value: Value) -> bool:
    """Does a loop make the value, that has ended where the state is? Else nothing is gained."""
    region, home = enclosing_region(value), enclosing_region(state)
    while region is not None and region is not home and region.parent is not None:
        if region.parent.kind in ("for", "while"):
            return True
        region = region.parent.parent
    return False


def _is_there(state: Value, reader: Op) -> bool:
    """Has the state been computed when the operation begins, or can it be saved for it?"""
    home = enclosing_region(state)
    op: Op | None = reader
    while op is not None:
        region = op.parent
        if region is not None and region is home:
            return state.op is None or region.ops.index(state.op) < region.ops.index(op)
        op = region.parent if region is not None else None
        if op is not None and "mirror" in op.attrs and home in op.attrs["mirror"].regions:
            return True
    return False


def _position(terminator: Op, state: Value) -> int | None:
    """Where a region hands the state out, if it is in one place only."""
    places = [k for k, v in enumerate(terminator.operands) if v is state]
    return places[0] if len(places) == 1 else None


def _bounds(around: Op, loop: Op | None) -> Bounds:
    """What is known of integers before an operation and in it, or in two iterations of a loop."""
    regions = around.regions
    bounds = Bounds(lambda value: any(is_inside(enclosing_region(value), r) for r in regions))
    if loop is not None:
        bounds.follows(loop)
    return bounds


def _handed_out(value: Value) -> Iterator[Value]:
    """The value, and what it is called behind the branches that it is computed in."""
    while True:
        yield value
        region = enclosing_region(value)
        if region is None or region.parent is None or region.parent.kind != "if":
            return
        k = _position(region.terminator, value)
        if k is None:
            return
        value = region.parent.results[k]


def _fills(value: Value, base: Value, indices: list[Value]) -> bool:
    """Is the part that is written exactly the value: of its shape, and of its type?"""
    type_ = base.type
    for index in indices:
        type_ = infer(operator.getitem, [Value(type_), index], {})
    if isinstance(type_, Array) and type_.scalar:
        return type_ == value.type
    if not (isinstance(type_, Array) and isinstance(value.type, Array)):
        return False
    if type_.dtype != value.type.dtype or len(type_.dims) != len(value.type.dims):
        return False
    pairs = zip(value.type.dims, type_.dims, strict=True)
    return not value.type.loose and all(is_many(a) or same_size(a, b) for a, b in pairs)


__all__ = ["Reread", "Rereading"]
