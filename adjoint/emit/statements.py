"""Operations as statements: blocks, branches, assignments."""

from __future__ import annotations

import ast

from adjoint.emit.assignments import Assignments
from adjoint.emit.comments import Citations
from adjoint.emit.exits import Exits
from adjoint.emit.liveness import starts_from_zero
from adjoint.emit.loops import Loops
from adjoint.emit.nesting import is_expression
from adjoint.emit.places import mark, origin_of
from adjoint.emit.printer import Comment
from adjoint.emit.syntax import assign, call, call_method, name, negated, negated_check
from adjoint.emit.updates import Updates
from adjoint.errors import Span
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region
from adjoint.ir.effects import is_pure


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
        for count, op in enumerate(region.ops[:stop], start=1):
            self.op(op, out)
            if loop is not None:
                self._appends(loop, count, out)

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
        for statement in out[start:]:
            self.origins.setdefault(id(statement), (statement, op.span))
            if origin_of(statement) is None:
                mark(statement, op)

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
        dropped = not op.result.users and op.target is not ops.cotangent
        if dropped and not (is_pure(op.target) and op.result.name):
            out.append(ast.Expr(self.expressions.op(op)))
            return
        if op.target is ops.store:
            self.updates.store(op, out)
            return
        target = self.variables.name(op.result)
        if starts_from_zero(op, self.nested):
            out.append(assign([target], value(op.operands[0])))
            out.append(self.updates.accumulate(op, target))
            return
        if self.updates.in_place(op):
            out.append(self.updates.accumulate(op, target))
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
