"""Operations as statements: blocks, branches, assignments."""

from __future__ import annotations

import ast

from adjoint.emit.memory.liveness import starts_from_zero
from adjoint.emit.placement.exits import Exits
from adjoint.emit.placement.nesting import is_expression
from adjoint.emit.python.assignments import Assignments
from adjoint.emit.python.expressions import foreign_write
from adjoint.emit.python.loops import Loops
from adjoint.emit.python.updates import Updates
from adjoint.emit.text.comments import Citations
from adjoint.emit.text.places import mark, origin_of
from adjoint.emit.text.printer import Comment
from adjoint.emit.text.syntax import (
    assign,
    call,
    call_method,
    chained,
    joined,
    name,
    negated,
    negated_check,
)
from adjoint.errors import Span
from adjoint.ir import foreign, ops
from adjoint.ir.core import Constant, Op, Region, Value


class Statements:
    """Writes the operations of one function.

    Attributes
    ----------
    places : for a loop, after how many operations of its body each record is appended.
    origins : the place in the primal that each statement comes from, by identity.
    """

    def __init__(
        self,
        assignments: Assignments,
        updates: Updates,
        citations: Citations,
        places: dict[Op, list[int]],
    ):
        self.assignments, self.updates, self.citations = assignments, updates, citations
        self.places = places
        self.expressions = assignments.expressions
        self.nested, self.variables = self.expressions.nested, self.expressions.variables
        self.loops = Loops(assignments, citations, Exits(self.nested, places), self.block)
        self.origins: dict[int, tuple[ast.stmt, Span | None]] = {}

    def block(
        self, region: Region, out: list[ast.stmt], loop: Op | None = None, stop: int = -1
    ) -> None:
        """The statements of a region, without what its terminator does."""
        if loop is not None:
            self._appends(loop, 0, out)
        places = set(self.places[loop]) if loop is not None else set()
        done = 0
        for count in range(1, len(region.ops[:stop]) + 1):
            if count > done:
                done = self._together(region.ops[count - 1 : stop], count, places, out)
            if loop is not None:
                self._appends(loop, count, out)

    def sequence(self, operations: list[Op], out: list[ast.stmt]) -> None:
        """The statements of some operations, one after the other."""
        done = 0
        for count in range(1, len(operations) + 1):
            if count > done:
                done = self._together(operations[count - 1 :], count, set(), out)

    def ending(self, operations: list[Op], values: list[Value], out: list[ast.stmt]) -> None:
        """The statements of some operations, and `return` of some values.

        Where the last one is a branch that gives these values, each arm returns its own.
        """
        shown = [op for op in operations if op not in self.nested]
        last = shown[-1] if shown else None
        if last is None or not self._gives(last, values):
            self.sequence(operations, out)
            self.citations.cite_values(values, self.nested, out)
            out.append(ast.Return(joined([self.expressions.value(v) for v in values])))
            return
        self.sequence(operations[: operations.index(last)], out)
        self.citations.cite(last, out)
        arms: list[list[ast.stmt]] = []
        for region in last.regions:
            given = dict(zip(last.results, region.yields, strict=True))
            arms.append([])
            with self.citations.block():
                self.ending(region.ops[:-1], [given.get(v, v) for v in values], arms[-1])
        branch = ast.If(self.expressions.value(last.operands[0]), arms[0], [])
        self.origins[id(branch)] = (branch, last.span)
        mark(branch, last)
        out += [branch, *arms[1]]

    def _gives(self, op: Op, values: list[Value]) -> bool:
        """Does a branch only give what is returned?"""
        if op.kind != "if" or is_expression(op, self.nested):
            return False
        ends = all(user.kind in ("return", "yield") for r in op.results for user in r.users)
        given = [y for r in op.regions for y in r.yields]
        defined = not any(
            isinstance(y, Constant) and y.value is ops.UNDEFINED_VALUE for y in given
        )
        return ends and defined and all(v in values for v in op.results if v.users)

    def _together(
        self, operations: list[Op], count: int, places: set[int], out: list[ast.stmt]
    ) -> int:
        """Write the first operation, with those that the user assigns in the same statement.

        Returns how many operations are done, of which `count - 1` were before these.
        """
        token, _, size = operations[0].attrs.get("together", (None, 0, 0))
        group = [op for op in operations if op not in self.nested][:size]
        tokens = [op.attrs.get("together") for op in group]
        simple = all(op.kind == "apply" and len(op.results) == 1 for op in group)
        if token is None or not simple or tokens != [(token, k, size) for k in range(size)]:
            self.op(operations[0], out)
            return count
        last = count + operations.index(group[-1])
        made = {op.result for op in group}
        plain = all(
            op.result.users
            and not self.updates.in_place(op)
            and made.isdisjoint(self.expressions.variables_in(op))
            for op in group
        )
        if not plain or any(count <= place < last for place in places):
            self.op(operations[0], out)
            return count
        self.citations.cite(group[0], out)
        values: list[ast.expr] = [self.expressions.op(op) for op in group]
        targets = [self.variables.name(op.result) for op in group]
        statement = assign(targets, ast.Tuple(values, ast.Load()), unpack=True)
        mark(statement, group[0])
        self.origins[id(statement)] = (statement, group[0].span)
        out.append(statement)
        return last

    def _appends(self, loop: Op, count: int, out: list[ast.stmt]) -> None:
        for stack, record, place in zip(loop.stacks, loop.records, self.places[loop], strict=True):
            if place == count:
                tape = name(self.variables.name(stack))
                append = call_method(tape, "append", self.expressions.value(record))
                out.append(ast.Expr(append))

    def op(self, op: Op, out: list[ast.stmt]) -> None:
        if op in self.nested:
            return
        self.citations.cite(op, out)
        start = len(out)
        if op.kind == "if":
            self._branch(op, out)
        elif op.kind in ("for", "while"):
            self.loops.write(op, out)
        elif op.kind == "call":
            targets = [self.variables.name(r) if r.users else "_" for r in op.results]
            function = op.attrs["function"]
            node = call(name(function.name), [self.expressions.value(v) for v in op.operands])
            out.append(assign(targets, node))
        else:
            self._apply(op, out)
            self._chain_literals(op, out)
        for statement in out[start:]:
            self.origins.setdefault(id(statement), (statement, op.span))
            if origin_of(statement) is None:
                mark(statement, op)

    def _chain_literals(self, op: Op, out: list[ast.stmt]) -> None:
        """`x = y = 0.0`, where the user has written that."""
        if op.target is ops.literal and len(out) > 1:
            before = origin_of(out[-2])
            if before is not None and before.span is not None and op.span is not None:
                if before.span.of_statement() == op.span.of_statement():
                    out[-2:] = chained(out[-2:])

    def _apply(self, op: Op, out: list[ast.stmt]) -> None:
        value = self.expressions.value
        if op.target is ops.unpack:
            targets = [self.variables.name(r) if r.users else "_" for r in op.results]
            out.append(assign(targets, value(op.operands[0]), unpack=True))
            return
        if op.target is ops.check:
            condition, message, *raised = op.operands
            shown = (
                None if isinstance(message, Constant) and message.value is None else value(message)
            )
            if raised:
                fails = ast.Raise(call(value(raised[0]), [value(message)]), None)
                out.append(ast.If(negated_check(value(condition)), [fails], []))
            else:
                out.append(ast.Assert(value(condition), shown))
            return
        if op.target is ops.fail:
            error, *args = op.operands
            out.append(ast.Raise(call(value(error), [value(a) for a in args]), None))
            return
        if op.target is foreign.write:
            out.append(foreign_write(self.expressions, op))
            return
        if not op.result.users and op.target is not ops.cotangent:
            out.append(ast.Expr(self.expressions.op(op)))
            return
        if op.target is ops.store:
            self.updates.store(op, out)
            return
        target = self.variables.name(op.result)
        if starts_from_zero(op, self.nested):
            out.append(assign([target], value(op.operands[0])))
            out.append(self.updates.accumulate(op, target, first=True))
            return
        if self.updates.in_place(op):
            zero = op.operands[0].op
            first = zero is not None and zero.target is ops.zero
            out.append(self.updates.accumulate(op, target, first))
            return
        out.append(assign([target], self.expressions.op(op)))

    def _branch(self, op: Op, out: list[ast.stmt]) -> None:
        if is_expression(op, self.nested):
            node = self.expressions.branch(op)
            out.append(assign([self.variables.name(op.result)], node))
            return
        then, other = (self._arm(op, region) for region in op.regions)
        has_then = any(not isinstance(s, Comment) for s in then)
        has_other = any(not isinstance(s, Comment) for s in other)
        if not has_then and not has_other:
            return
        test = self.expressions.value(op.operands[0])
        if has_then:
            out.append(ast.If(test, then, other if has_other else []))
        else:
            out.append(ast.If(negated(test), other, []))

    def _arm(self, branch: Op, region: Region) -> list[ast.stmt]:
        statements: list[ast.stmt] = []
        with self.citations.block():
            self.block(region, statements)
        statements.extend(self.assignments.copies(branch.results, region.yields, branch))
        return statements
