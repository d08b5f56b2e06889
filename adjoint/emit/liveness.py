"""When each value is alive, on a numbering of the program in the order of its text.

Every statement gets a position: it reads its operands, then writes its results. A value lives from
its write to its last read; one that was made before a loop and is read in it lives to the loop's
end. Two values may share a Python variable when their intervals are disjoint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from adjoint.ir.core import Constant, Function, Op, Region, Value


@dataclass
class Liveness:
    """Intervals of all values that need a variable.

    Attributes
    ----------
    nested : operations whose text stands inside that of their user.
    placed : for a loop, after how many operations of its body each record is appended.
    """

    nested: set[Op]
    placed: dict[Op, list[int]]
    intervals: dict[Value, list[tuple[int, int]]] = field(default_factory=dict)
    _clock: int = 0
    _loops: list[dict[Value, None]] = field(default_factory=list)
    _born: dict[Value, int] = field(default_factory=dict)

    def run(self, function: Function) -> None:
        start = self._tick()
        for param in function.params:
            self._write(param, start)
        self._region(function.body)

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
        self._clock += 2
        return self._clock

    def _read(self, value: Value, at: int) -> None:
        for leaf in self.leaves(value):
            segments = self.intervals.get(leaf)
            if segments is None:
                self.intervals[leaf] = [(at, at + 1)]
                self._born.setdefault(leaf, at)
            else:
                start, end = segments[-1]
                segments[-1] = (start, max(end, at))
            if self._loops:
                self._loops[-1][leaf] = None

    def _write(self, value: Value, at: int) -> None:
        self.intervals.setdefault(value, []).append((at + 1, at + 2))
        self._born.setdefault(value, at + 1)

    def _region(self, region: Region, appends: tuple[Op, list[int]] | None = None) -> None:
        if appends is not None:
            self._appends(appends, 0)
        for count, op in enumerate(region.ops[:-1], start=1):
            if op not in self.nested:
                self._op(op)
            if appends is not None:
                self._appends(appends, count)
        if region.ops[-1].kind == "return":
            at = self._tick()
            for value in region.yields:
                self._read(value, at)

    def _appends(self, appends: tuple[Op, list[int]], count: int) -> None:
        loop, places = appends
        for record, place in zip(loop.records, places, strict=True):
            if place == count:
                self._read(record, self._tick())

    def _op(self, op: Op) -> None:
        if op.kind == "if":
            self._branch(op)
        elif op.kind in ("for", "while"):
            self._loop(op)
        else:
            at = self._tick()
            for operand in op.operands:
                self._read(operand, at)
            for result in op.results:
                self._write(result, at)

    def _branch(self, op: Op) -> None:
        self._read(op.operands[0], self._tick())
        for region in op.regions:
            self._region(region)
            end = self._tick()
            for value in region.yields:
                self._read(value, end)
            for result in op.results:
                self._write(result, end)
        join = self._tick()
        for result in op.results:
            self._write(result, join)

    def _loop(self, op: Op) -> None:
        at = self._tick()
        for stack in op.stacks:
            self._write(stack, at - 1)
        for value in op.operands:
            self._read(value, at)
        header = self._tick()
        self._loops.append({})
        for element in op.elements:
            for value in targets_of(op, element):
                self._write(value, header)
        for param in op.carries:
            self._write(param, header)
        if op.kind == "while":
            condition = op.regions[0]
            for param, twin in zip(op.carries, condition.params, strict=True):
                self._write(twin, header)
                self._read(twin, header + 2)
                self._read(param, header + 2)
            self._region(condition)
            test = self._tick()
            self._read(condition.yields[0], test)
            for param, twin in zip(op.carries, condition.params, strict=True):
                self._read(twin, test)
                self._read(param, test)
        self._region(op.body, (op, self.placed[op]))
        end = self._tick()
        for value in op.next_carries:
            self._read(value, end)
        if op.exit_flag is not None:
            self._read(op.exit_flag, end)
        for param in op.carries:
            self._write(param, end)
        out = self._tick()
        for stack in op.stacks:
            self._read(stack, out)
        inside = self._loops.pop()
        for value in inside:
            if self._born[value] <= header:
                start, last = self.intervals[value][-1]
                self.intervals[value][-1] = (start, max(last, out))
        if self._loops:
            self._loops[-1].update(inside)
        for result in op.results[: op.n_carries]:
            self._write(result, out)


def targets_of(op: Op, element: Value) -> list[Value]:
    """The variables that a loop binds for one element: itself, or what it unpacks into."""
    pattern = op.attrs.get("patterns", {}).get(element)
    if pattern is None:
        return [element]
    return [v for v in pattern if v is not None]
