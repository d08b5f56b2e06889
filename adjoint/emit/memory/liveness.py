"""When each value is alive, on a numbering of the program in the order of its text.

Every statement gets a position: it reads its operands, then writes its results. A value lives from
its write to its last read; one that was made before a loop and is read in it lives to the loop's
end; one that only an `else` needs does not live in the `then`. Two values may share a Python
variable when their intervals are disjoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, free_values
from adjoint.ir.types import FLOAT, Array, List, Scalar, is_immutable_number


@dataclass
class Liveness:
    """Intervals of all values that need a variable, found in one walk from the end to the start.

    Attributes
    ----------
    nested : operations whose text stands inside that of their user.
    placed : for a loop, after how many operations of its body each record is appended.
    headers : for a loop, the time from the assignment of what it carries to that of its sequences.
    """

    nested: set[Op]
    placed: dict[Op, list[int]]
    intervals: dict[Value, list[tuple[int, int]]] = field(default_factory=dict)
    headers: dict[Op, tuple[int, int]] = field(default_factory=dict)
    _clock: int = 0
    _open: dict[Value, int] = field(default_factory=dict)
    _opened: list[list[Value]] = field(default_factory=lambda: [[]])

    def run(self, function: Function) -> None:
        at = self._tick()
        for value in function.results:
            self._read(value, at)
        seed = seed_position(function)
        if seed is not None:  # a pullback may be called again: what it reads stays as it is
            inner = Region()
            inner.ops = function.body.ops[seed + 1 :]
            for value in free_values(inner):
                if value.op is None or value.op not in inner.ops:
                    self._read(value, at)
        self._region(function.body)
        start = self._tick()
        for param in function.params:
            self._write(param, start)
        for segments in self.intervals.values():
            segments.reverse()

    def leaves(self, value: Value) -> Iterable[Value]:
        """The variables that the text of `value` mentions."""
        if isinstance(value, Constant):
            return
        op = value.op
        if op is not None and op in self.nested:
            for operand in op.operands:
                yield from self.leaves(operand)
            for region in op.regions:
                yield from self.leaves(region.yields[0])
        else:
            yield value

    def _tick(self) -> int:
        self._clock -= 2
        return self._clock

    def _read(self, value: Value, at: int) -> None:
        for leaf in self.leaves(value):
            self._open_at(leaf, at)

    def _open_at(self, leaf: Value, at: int) -> None:
        if leaf not in self._open:
            self._open[leaf] = at
            self._opened[-1].append(leaf)

    def _write(self, value: Value, at: int) -> None:
        """The value begins here; even when nobody reads it, it takes its variable for a moment."""
        self._segment(value, at + 1, self._open.pop(value, at + 2))

    def _segment(self, value: Value, start: int, end: int) -> None:
        self.intervals.setdefault(value, []).append((start, max(end, start + 1)))

    def _region(self, region: Region, loop: Op | None = None) -> None:
        for count in range(len(region.ops) - 1, 0, -1):
            if loop is not None:
                self._appends(loop, count)
            op = region.ops[count - 1]
            if op not in self.nested:
                self._op(op)
            else:
                self._comprehensions(op)
        if loop is not None:
            self._appends(loop, 0)

    def _comprehensions(self, op: Op) -> None:
        """The variables of comprehensions in an expression, which its reader has opened."""
        for loop in (op, *(inner for region in op.regions for inner in region.walk())):
            if loop.kind == "for":
                at = self._tick()
                for element in loop.elements:
                    for value in targets_of(loop, element):
                        self._write(value, at)

    def _appends(self, loop: Op, count: int) -> None:
        for record, place in zip(loop.records, self.placed[loop], strict=True):
            if place == count:
                self._read(record, self._tick())

    def _op(self, op: Op) -> None:
        if op.kind == "if":
            self._branch(op)
        elif op.kind in ("for", "while"):
            self._loop(op)
        else:
            first = op.operands
            if op.target is ops.store or starts_from_zero(op, self.nested):
                # two statements: make the buffer (or name it), write (or add) to it
                first = op.operands[:1]
                added = self._tick()
                self._open_at(op.result, added)
                copied = self._copied(op.operands[0])
                for operand in op.operands[1:]:
                    for leaf in self.leaves(operand):
                        if leaf is copied:  # the copy may take its name: it holds the same
                            first = [*first, leaf]
                        else:
                            self._open_at(leaf, added)
            at = self._tick()
            for result in op.results:
                self._write(result, at)
            for operand in first:
                self._read(operand, at)

    def _copied(self, buffer: Value) -> Value | None:
        """The variable that a buffer is, or is a new copy of."""
        op = buffer.op
        if op is None or op not in self.nested:
            return buffer
        if op.target is not np.copy:
            return None
        source = op.operands[0]
        return None if source.op in self.nested else source

    def _branch(self, op: Op) -> None:
        join = self._tick()
        for result in op.results:
            self._write(result, join)
        entering: list[Value] = []
        for region in reversed(op.regions):
            self._opened.append([])
            end = self._tick()
            for result in op.results:
                self._segment(result, end + 1, end + 2)
            for value in region.yields:
                self._read(value, end)
            self._region(region)
            start = self._tick()
            for value in self._opened.pop():
                if value in self._open:
                    self._segment(value, start, self._open.pop(value))
                    entering.append(value)
        at = self._tick()
        for value in entering:
            self._open_at(value, at)
        self._read(op.operands[0], at)

    def _loop(self, op: Op) -> None:
        out = self._tick()
        for result in op.results[: op.n_carries]:
            self._write(result, out)
        for stack in op.stacks:
            self._open_at(stack, out)
        for region in op.regions:
            for value in free_values(region):
                if value not in op.carries:
                    self._read(value, out)
        end = self._tick()
        for param in op.carries:
            self._segment(param, end + 1, end + 2)
        for value in op.next_carries:
            self._read(value, end)
        if op.exit_flag is not None:
            self._read(op.exit_flag, end)
        self._region(op.body, op)
        if op.kind == "while":
            test = self._tick()
            for value in [op.regions[0].yields[0], *op.carries]:
                self._read(value, test)
            self._region(op.regions[0])
        targets = [value for element in op.elements for value in targets_of(op, element)]
        if any(_is_tape(value) for value in targets):  # `for tape in reversed(tape)` would do
            held = self._tick()
            for value in op.sequences:
                if _is_tape(value):
                    self._read(value, held)
        header = self._tick()
        for value in targets:
            self._write(value, header)
        evaluated = self._tick()
        for value in op.sequences:
            self._read(value, evaluated)
        assigned = self._tick()  # `s = init` stands above `for ... in sequence`
        for value in op.carries:
            self._write(value, assigned)
        at = self._tick()
        for value in op.inits:
            self._read(value, at)
        self.headers[op] = (at, evaluated)
        start = self._tick()
        for stack in op.stacks:
            self._write(stack, start)


def _is_tape(value: Value) -> bool:
    return isinstance(value.type, List) and value.type.tape


def seed_position(function: Function) -> int | None:
    """Where the backward half begins, if it is a pullback: the index of its cotangent."""
    for k, op in enumerate(function.body.ops):
        if op.target is ops.cotangent:
            return k
    return None


def starts_from_zero(op: Op, nested: set[Op]) -> bool:
    """Is this the first contribution to a buffer that is made for it right here?"""
    if op.kind != "apply" or op.target is not ops.index_add:
        return False
    zero = op.operands[0].op
    is_zero = zero is not None and zero in nested and zero.target is ops.zero
    type_ = op.result.type
    if isinstance(type_, List):  # a tuple's zeros are a tuple, unless the text makes a list
        made = type_.element == FLOAT or isinstance(type_.element, Array) and type_.element.dims
        return is_zero and bool(made) and adds_to_item(op)
    return is_zero and isinstance(type_, Array)


def adds_to_item(op: Op) -> bool:
    """Can `xs[i] += g` be written for this sum in a list?

    For slices, and items that are containers, it means something else in Python. An array is
    changed itself, so that it must be one that was made for the list.
    """
    type_ = op.result.type
    if not isinstance(type_, List) or not isinstance(op.operands[1].type, Scalar):
        return False
    if is_immutable_number(type_.element):
        return True
    return isinstance(type_.element, Array) and _grows_from_zeros(op.result, set())


def _grows_from_zeros(value: Value, seen: set[Value]) -> bool:
    """Was the list made as one of zeros, and only added to since?"""
    if value in seen:
        return True
    seen.add(value)
    op = value.op
    if op is not None and op.kind == "apply":
        if op.target is ops.index_add:
            return _grows_from_zeros(op.operands[0], seen)
        return op.target is ops.zero
    if op is not None and op.kind == "if":
        k = op.results.index(value)
        return all(_grows_from_zeros(r.yields[k], seen) for r in op.regions)
    region = value.owner if isinstance(value.owner, Region) else None
    loop = region.parent if region is not None else op
    if loop is None or loop.kind != "for":
        return False
    values = loop.results if op is not None else loop.carries
    if value not in values or values.index(value) >= loop.n_carries:
        return False
    k = values.index(value)
    return all(_grows_from_zeros(v, seen) for v in (loop.inits[k], loop.next_carries[k]))


def targets_of(op: Op, element: Value) -> list[Value]:
    """The variables that a loop binds for one element: itself, or what it unpacks into."""
    pattern = op.attrs.get("patterns", {}).get(element)
    if pattern is None:
        return [element]
    return [v for v in pattern if v is not None]
