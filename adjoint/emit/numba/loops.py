"""Loops as text for Numba.

Tapes of numbers are typed arrays. Where the number of iterations is known before the loop they
have exactly that length, else they grow. There is no bare `while True`: Numba gives wrong numbers
for a variable that is assigned in the branch that leaves one (its issue 5267).
"""

from __future__ import annotations

import abc
from contextlib import AbstractContextManager

from adjoint.emit.numba import library
from adjoint.emit.numba.expressions import Expressions
from adjoint.emit.numba.kinds import (
    check_type,
    converted,
    dtype_of,
    dtype_text,
    is_array,
    is_flat,
    is_number,
    refuse,
)
from adjoint.errors import Span
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value, start_of_counter
from adjoint.ir.types import UNDEFINED, List, Range, Scalar, Struct


class Loops(abc.ABC):
    """Writes loops; a subclass writes all other statements."""

    span: Span | None

    def __init__(self, expressions: Expressions):
        self.e, self.names = expressions, expressions.names

    @abc.abstractmethod
    def line(self, text: str) -> None: ...

    @abc.abstractmethod
    def indented(self) -> AbstractContextManager[None]: ...

    @abc.abstractmethod
    def block(self, region: Region) -> None: ...

    @abc.abstractmethod
    def _variable(self, value: Value) -> str: ...

    @abc.abstractmethod
    def _copies(self, targets: list[Value], values: list[Value], op: Op) -> None: ...

    def _begin(self, op: Op, length: str | None) -> None:
        """What a loop starts from: its tapes, and what it carries."""
        for stack in op.stacks:
            type_ = stack.type
            assert isinstance(type_, List)
            if is_flat(type_):
                dtype = dtype_text(dtype_of(type_.element))
                self.line(f"{self.names.of(stack)} = np.empty({length or '16'}, {dtype})")
            else:
                self.line(f"{self.names.of(stack)} = []")
        self._copies(op.carries, op.inits, op)

    def _records(self, op: Op, place: str | None, count: str | None) -> None:
        """What an iteration leaves behind."""
        for stack, record in zip(op.stacks, op.records, strict=True):
            assert isinstance(stack.type, List)
            check_type(stack.type, op.span)
            undefined = isinstance(record, Constant) and record.value is ops.UNDEFINED_VALUE
            text = "" if undefined else self.e.value(record)
            source = UNDEFINED if undefined else record.type
            text = converted(text, source, stack.type.element, op.span)
            name = self.names.of(stack)
            if not is_flat(stack.type):
                self.line(f"{name}.append({text})")
                continue
            if count is not None:
                self.line(f"{name} = {self.e.helper(library.grown, name, count)}")
            self.line(f"{name}[{place}] = {text}")
        if count is not None:
            self.line(f"{count} += 1")

    def _end(self, op: Op, count: str | None) -> None:
        for carry, result in zip(op.carries, op.results, strict=False):
            self.names.share(result, self.names.of(carry))
        if count is not None:
            for stack in op.stacks:
                if is_flat(stack.type):
                    name = self.names.of(stack)
                    self.line(f"{name} = {name}[:{count}]")

    def _while(self, op: Op) -> None:
        count = self.names.fresh("count") if op.stacks else None
        if count is not None:
            self.line(f"{count} = 0")
        self._begin(op, None)
        going = self.names.fresh("going")
        condition = op.regions[0]
        self._test(condition, going)
        self.line(f"while {going}:")
        with self.indented():
            left = self._step(op, count, count)
            if left is None:
                self._test(condition, going)
            else:
                self.line(f"{going} = not {left}")
                self.line(f"if {going}:")
                with self.indented():
                    self._test(condition, going)
        self._end(op, count)

    def _test(self, condition: Region, going: str) -> None:
        """Whether the loop goes on. It is written at two places, each with its own variables."""
        for inner in condition.walk():
            for result in inner.results:
                self.names.names.pop(result, None)
        self.block(condition)
        test = condition.yields[0]
        if not is_number(test.type):
            raise refuse("the truth of a container or an array", self.span)
        text = self.e.value(test)
        self.line(f"{going} = {text if test.type == Scalar('bool') else f'bool({text})'}")

    def _step(self, op: Op, place: str | None, count: str | None) -> str | None:
        """An iteration: what it computes, records and passes on; the name of its exit flag."""
        self.block(op.body)
        self._records(op, place, count)
        left = None
        if op.exit_flag is not None:
            left = self.names.fresh("left")
            self.line(f"{left} = {self._flag(op.exit_flag)}")
        self._copies(op.carries, op.next_carries, op)
        return left

    def _flag(self, flag: Value) -> str:
        if isinstance(flag, Constant) and flag.value is ops.UNDEFINED_VALUE:
            return "False"
        return self.e.value(flag)

    def _for(self, op: Op) -> None:
        if op.has_exit and op.stacks and op.attrs.get("backwards"):
            raise refuse("a loop that runs backwards is left early", op.span)
        if len(op.sequences) == 1 and not op.stacks and not op.attrs.get("backwards"):
            (made,) = (v.op for v in op.sequences)
            if made is not None and made.target is range:
                self._over_range(op, made)
                return
        self._over_positions(op)

    def _over_range(self, op: Op, made: Op) -> None:
        """`for i in range(...)`, as it is written."""
        self._begin(op, None)
        (element,) = op.elements
        header = self.e.op(made)
        name = self.names.of(element) if element.users else "_"
        self.line(f"for {name} in {header}:")
        with self.indented():
            self._body(op, None, None)
        self._end(op, None)

    def _over_positions(self, op: Op) -> None:
        """A loop over positions, which reads the elements of all its sequences there."""
        backwards = bool(op.attrs.get("backwards"))
        sequences = [self._sequence(value, op) for value in op.sequences]
        lengths = [s.length for s in sequences if s.length is not None]
        names = []
        for length in dict.fromkeys(lengths):
            if length.isidentifier():
                names.append(length)
                continue
            name = self.names.fresh("n")
            self.line(f"{name} = {length}")
            names.append(name)
            for sequence in sequences:
                if sequence.length == length:
                    sequence.length = name
        total = names[0]
        if op.attrs.get("strict"):
            for other in names[1:]:
                self.line(self.e.helper(library.same_lengths, total, other))
        elif len(names) > 1:
            total = self.names.fresh("n")
            self.line(f"{total} = min({', '.join(names)})")
        count = None
        if op.has_exit and op.stacks:
            count = self.names.fresh("count")
            self.line(f"{count} = 0")
        self._begin(op, None if count is not None else total)
        k = self.names.fresh("k")
        counted = any(s.length is None for s in sequences)
        down = backwards and len(names) == 1 and not counted
        self.line(f"for {k} in range({total} - 1, -1, -1):" if down else
                  f"for {k} in range({total}):")  # fmt: skip
        with self.indented():
            for sequence, element in zip(sequences, op.elements, strict=True):
                if not element.users:
                    continue
                check_type(element.type, op.span)
                place = k
                if backwards and not down and sequence.length is not None:
                    place = f"({sequence.length} - 1 - {k})"
                self.line(f"{self.names.of(element)} = {sequence.at(place)}")
            place = count or k
            if count is None and backwards and not down:
                place = f"{total} - 1 - {k}"
            self._body(op, place, count)
        self._end(op, count)
        if backwards:
            for stack in op.stacks:
                if not is_flat(stack.type):
                    self.line(f"{self.names.of(stack)}.reverse()")

    def _body(self, op: Op, place: str | None, count: str | None) -> None:
        left = self._step(op, place, count)
        if left is not None:
            self.line(f"if {left}:")
            with self.indented():
                self.line("break")

    def _sequence(self, value: Value, op: Op) -> _Sequence:
        start = start_of_counter(value)
        if start is not None:
            return _Sequence("counter", self.e.value(start), None)
        made = value.op
        if isinstance(value.type, Range) and made is not None and made.target is range:
            parts = [f"int({self.e.value(v)})" for v in made.operands]
            held = []
            for part in parts:
                inner = part[4:-1]
                if inner.isidentifier() or inner.strip("()-").isdigit():
                    held.append(inner)
                    continue
                name = self.names.fresh("held")
                self.line(f"{name} = {part}")
                held.append(name)
            length = f"len(range({', '.join(held)}))"
            if len(held) == 1:
                return _Sequence("range", "0", length)
            return _Sequence("range", held[0], length, held[2] if len(held) > 2 else "1")
        if isinstance(value.type, (List, Struct)) or is_array(value.type):
            text = self._variable(value)
            if isinstance(value.type, Struct):
                return _Sequence("items", text, str(len(value.type.items)))
            return _Sequence("items", text, f"len({text})")
        raise refuse("a loop over this", op.span)


class _Sequence:
    """What a loop steps through: its length, and how an element is read."""

    def __init__(self, kind: str, text: str, length: str | None, step: str = "1"):
        self.kind, self.text, self.length, self.step = kind, text, length, step

    def at(self, place: str) -> str:
        if self.kind == "items":
            return f"{self.text}[{place}]"
        if self.step == "1":
            return place if self.text == "0" else f"{self.text} + {place}"
        return f"{self.text} + {self.step} * {place}"


__all__ = ["Loops"]
