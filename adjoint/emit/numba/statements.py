"""Blocks, branches and writes as text for Numba."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from adjoint.emit.memory.inplace import Storage
from adjoint.emit.numba.expressions import Expressions
from adjoint.emit.numba.indexing import addition_statements, replaced_item, store_statements
from adjoint.emit.numba.kinds import (
    check_type,
    converted,
    is_array,
    is_flat,
    is_number,
    refuse,
)
from adjoint.emit.numba.loops import Loops
from adjoint.errors import Span
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.types import (
    UNDEFINED,
    List,
    Struct,
)

#: What a compiled program raises under its own name; the program in NumPy says all else.
_ERRORS = (
    ValueError, IndexError, KeyError, ZeroDivisionError, OverflowError, TypeError, RuntimeError,
    AssertionError, ArithmeticError, NotImplementedError, StopIteration,
)  # fmt: skip


class Statements(Loops):
    """Writes the operations of one function, line by line."""

    def __init__(self, expressions: Expressions, storage: Storage):
        super().__init__(expressions)
        self.storage = storage
        self.lines: list[str] = []
        self.spans: list[Span | None] = []
        self.depth = 1
        self.cited: int | None = None
        self.span: Span | None = None

    def line(self, text: str) -> None:
        """One statement, without parentheses that it does not need."""
        shown = ast.unparse(ast.parse(text)) if not text.endswith(":") else _header(text)
        self.lines.append("    " * self.depth + shown)
        self.spans.append(self.span)

    @contextmanager
    def indented(self) -> Iterator[None]:
        before, cited = len(self.lines), self.cited
        self.depth += 1
        yield
        if all(line.lstrip().startswith("#") for line in self.lines[before:]):
            self.line("pass")
        self.depth -= 1
        self.cited = cited

    def cite(self, op: Op) -> None:
        """The user's line, above what is computed for it."""
        span = self.span = op.span
        if span is None or span.statement == self.cited:
            return
        self.cited = span.statement
        text = span.text(span.statement).strip()
        if text:
            shown = text if len(text) < 70 else text[:67] + "..."
            self.lines.append("    " * self.depth + f"# line {span.statement}: {shown}")
            self.spans.append(None)

    # Operations

    def block(self, region: Region) -> None:
        """The operations of a region, without what its terminator does."""
        for op in region.ops[:-1]:
            if op in self.e.nested:
                continue
            self.cite(op)
            match op.kind:
                case "apply":
                    self._apply(op)
                case "if":
                    self._branch(op)
                case "for":
                    self._for(op)
                case "while":
                    self._while(op)
                case "call":
                    self._call(op)
                case other:
                    raise refuse(f"an operation of kind {other}", op.span)

    def _apply(self, op: Op) -> None:
        target = op.target
        if target is ops.check:
            return self._check(op)
        if target is ops.fail:
            return self.line(_raising(op.operands[0], op.operands[1:]))
        if target is ops.unpack:
            return self._unpack(op)
        if target in (ops.store, ops.index_add):
            return self._write(op)
        if target in (ops.append, ops.drop_last):
            return self._change_list(op)
        if len(op.results) != 1:
            raise refuse("an operation with several results", op.span)
        augmented = self._augmented(op)
        if augmented:
            return
        self.line(f"{self.names.of(op.result)} = {self.e.op(op)}")

    def _check(self, op: Op) -> None:
        condition, message, *raised = op.operands
        if not is_number(condition.type):
            raise refuse("the truth of a container or an array", op.span)
        error = raised[0] if raised else Constant(AssertionError)
        self.line(f"if not {self.e.value(condition)}:")
        with self.indented():
            self.line(_raising(error, [message]))

    def _unpack(self, op: Op) -> None:
        (whole,) = op.operands
        for result in op.results:
            check_type(result.type, op.span)
        text = self._variable(whole)
        if not isinstance(whole.type, Struct):
            self.line(f"if len({text}) != {len(op.results)}:")
            with self.indented():
                self.line('raise ValueError("another number of values to unpack")')
        for k, result in enumerate(op.results):
            if result.users:
                self.line(f"{self.names.of(result)} = {text}[{k}]")

    def _variable(self, value: Value) -> str:
        """The name of a variable that holds the value."""
        text = self.e.value(value)
        if text.isidentifier():
            return text
        name = self.names.fresh("held")
        self.line(f"{name} = {text}")
        return name

    # Writes

    def _write(self, op: Op) -> None:
        base = op.operands[0]
        check_type(op.result.type, op.span)
        if op.target is ops.index_add:
            replaced = replaced_item(self.e, op)
            if replaced is not None:
                return self.line(f"{self.names.of(op.result)} = {replaced}")
            if is_number(base.type):
                raise refuse("a sum in an array without dimensions", op.span)
        if op.target is ops.store and is_number(base.type):
            raise refuse("a write into an array without dimensions", op.span)
        target = self._buffer(op)
        write = store_statements if op.target is ops.store else addition_statements
        for text in write(self.e, op, target):
            self.line(text)

    def _change_list(self, op: Op) -> None:
        """`xs.append(v)` or `xs.pop()`, on the list itself or on a copy."""
        type_ = op.result.type
        check_type(type_, op.span)
        if not isinstance(type_, List) or is_flat(type_):
            raise refuse("a list of this type changes its length", op.span)
        target = self._buffer(op)
        if op.target is ops.drop_last:
            return self.line(f"{target}.pop()")
        value = op.operands[1]
        text = converted(self.e.value(value), value.type, type_.element, op.span)
        self.line(f"{target}.append({text})")

    def _buffer(self, op: Op) -> str:
        """The variable that is written to: that of the operand, or a copy of it."""
        base = op.operands[0]
        own = not isinstance(base, Constant) and base.op not in self.e.nested
        if own and op in self.storage.in_place:
            self.names.share(op.result, self.names.of(base))
            return self.names.of(base)
        name = self.names.of(op.result)
        text = self.e.value(base)
        made = not own and not isinstance(base, Constant)  # in the operand's own place
        if made and op in self.storage.in_place:
            self.line(f"{name} = {text}")
        elif isinstance(base.type, List):
            self.line(f"{name} = [item for item in {text}]")
        else:
            self.line(f"{name} = {text}.copy()")
        return name

    def _augmented(self, op: Op) -> bool:
        """Write a sum of arrays into the memory of its first operand, where that is free."""
        if op not in self.storage.in_place or op.target.__name__ not in ("add", "sub"):
            return False
        base, change = op.operands
        if not is_array(base.type) or base.type != op.result.type:
            return False
        if isinstance(base, Constant) or base.op in self.e.nested:
            return False
        check_type(op.result.type, op.span)
        self.e.arrays_agree(op)
        text = self.names.of(base)
        self.names.share(op.result, text)
        sign = "+" if op.target.__name__ == "add" else "-"
        shared = is_array(change.type) and self.e.may_share(change, base)
        added = f"({self.e.value(change)}).copy()" if shared else self.e.weak(change, base)
        self.line(f"{text} {sign}= {added}")
        return True

    # Branches and calls

    def _branch(self, op: Op) -> None:
        condition = op.operands[0]
        if not is_number(condition.type):
            raise refuse("the truth of a container or an array", op.span)
        then, other = op.regions
        self.line(f"if {self.e.value(condition)}:")
        self._arm(op, then)
        if len(other.ops) > 1 or any(r.users for r in op.results):
            self.line("else:")
            self._arm(op, other)

    def _arm(self, op: Op, region: Region) -> None:
        with self.indented():
            self.block(region)
            if not _always_fails(region):
                self._copies(op.results, region.yields, op)

    def _call(self, op: Op) -> None:
        callee = op.attrs["function"]
        targets = []
        for result in op.results:
            check_type(result.type, op.span)
            targets.append(self.names.of(result) if result.users else "_")
        arguments = []
        for value, param in zip(op.operands, callee.params, strict=True):
            arguments.append(converted(self.e.value(value), value.type, param.type, op.span))
        self.line(f"{', '.join(targets)} = {callee.name}({', '.join(arguments)})")

    def _copies(self, targets: list[Value], values: list[Value], op: Op) -> None:
        """Assignments that happen at once, one after the other where the order is safe."""
        todo: list[tuple[str, str]] = []
        for target, value in zip(targets, values, strict=True):
            if target.type == UNDEFINED or not target.users and op.kind == "if":
                continue
            check_type(target.type, op.span)
            if isinstance(value, Constant) and value.value is ops.UNDEFINED_VALUE:
                text = converted("", UNDEFINED, target.type, op.span)
            else:
                text = converted(self.e.value(value), value.type, target.type, op.span)
            name = self.names.of(target)
            if text != name:
                todo.append((name, text))
        while todo:
            reads = [_variables(text) for _, text in todo]
            for k, (name, text) in enumerate(todo):
                if all(name not in read for j, read in enumerate(reads) if j != k):
                    self.line(f"{name} = {text}")
                    del todo[k]
                    break
            else:
                self.line(f"{', '.join(n for n, _ in todo)} = {', '.join(t for _, t in todo)}")
                break


def _header(text: str) -> str:
    """The first line of a compound statement, without parentheses that it does not need."""
    if text == "else:":
        return text
    return ast.unparse(ast.parse(f"{text}\n    pass")).split("\n", 1)[0]


def _raising(error: Value, arguments: list[Value]) -> str:
    """A `raise`, with the message where it is part of the program."""
    python = error.value if isinstance(error, Constant) else None
    name = python.__name__ if python in _ERRORS else "RuntimeError"
    message = arguments[0].value if arguments and isinstance(arguments[0], Constant) else None
    return f"raise {name}({message!r})" if isinstance(message, str) else f"raise {name}"


def _always_fails(region: Region) -> bool:
    return any(op.target is ops.fail for op in region.ops)


def _variables(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


__all__ = ["Statements"]
