"""Loops: their tapes, and the exits of their bodies."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Protocol

from adjoint.emit.placement.exits import Exits, is_false
from adjoint.emit.placement.nesting import is_comprehension
from adjoint.emit.python.assignments import Assignments
from adjoint.emit.python.headers import loop_header
from adjoint.emit.text.comments import Citations
from adjoint.emit.text.printer import Comment
from adjoint.emit.text.syntax import assign, call_method, name, negated
from adjoint.ir.core import Constant, Op, Region, Value


class Block(Protocol):
    """Writes the statements of a region up to operation `stop`, without what its end does."""

    def __call__(
        self, region: Region, out: list[ast.stmt], loop: Op | None = None, stop: int = -1
    ) -> None: ...


class Loops:
    """Writes loops; `block` writes what is in them."""

    def __init__(self, assignments: Assignments, citations: Citations, exits: Exits, block: Block):
        self.copies = assignments.copies
        self.expressions = assignments.expressions
        self.citations, self.exits, self.block = citations, exits, block
        self.nested, self.variables = self.expressions.nested, self.expressions.variables

    def write(self, op: Op, out: list[ast.stmt]) -> None:
        if is_comprehension(op, self.nested):
            made = self.expressions.comprehension(op)
            out.append(assign([self.variables.name(op.result)], made))
            return
        for stack in op.stacks:
            out.append(assign([self.variables.name(stack)], ast.List([], ast.Load())))
        out.extend(self.copies(op.carries, op.inits, op))
        body: list[ast.stmt] = []
        with self.citations.block(afresh=op.backward):
            self._body(op, body)
        if all(isinstance(s, Comment) for s in body):
            body.append(ast.Pass())
        if op.kind == "for":
            target, iterable = loop_header(self.expressions, op)
            out.append(ast.For(target, iterable, body, []))
        else:
            out.append(self._while(op, body))
        out.extend(self.copies(op.results[: op.n_carries], op.carries, op))
        if op.attrs.get("backwards"):
            for stack in op.stacks:
                tape = name(self.variables.name(stack))
                out.append(ast.Expr(call_method(tape, "reverse")))

    def _while(self, op: Op, body: list[ast.stmt]) -> ast.stmt:
        condition = op.regions[0]
        before: list[ast.stmt] = []
        self.block(condition, before)
        test = condition.yields[0]
        if not before:
            return ast.While(self.expressions.value(test), body, [])
        leave = ast.If(negated(self.expressions.value(test)), [ast.Break()], [])
        return ast.While(ast.Constant(True), [*before, leave, *body], [])

    # Bodies

    def _body(self, op: Op, out: list[ast.stmt]) -> None:
        """The body, its appends and its exits."""
        flag = op.exit_flag
        flags = [] if flag is None else self.exits.flags(flag)
        if self.exits.leaving_branch(op.body, flags, op):
            self._tail(op.body, flags, op, out, lambda: [])
            return
        self.block(op.body, out, op)
        copies = self.copies(op.carries, op.next_carries, op)
        if flag is None or isinstance(flag, Constant):
            out.extend(copies)
            if flag is not None and flag.value:
                out.append(ast.Break())
            return
        out.extend(_leave_after(copies, self.expressions.value(flag)))

    def _tail(
        self,
        region: Region,
        flags: list[Value],
        loop: Op,
        out: list[ast.stmt],
        outer_copies: Callable[[], list[ast.stmt]],
    ) -> None:
        """The end of a loop's body: the arm that leaves ends in `break`, the other goes on."""
        own = loop if region is loop.body else None
        branch = self.exits.leaving_branch(region, flags, own)

        def finish() -> list[ast.stmt]:
            if own is not None:
                return self.copies(loop.carries, loop.next_carries, loop)
            return outer_copies()

        if branch is None:
            self.block(region, out, own)
            tests = [
                self.expressions.value(f)
                for f in flags
                if not (isinstance(f, Constant) and not f.value)
            ]
            if not tests:
                out.extend(finish())
                return
            test = tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), tests)
            out.extend(_leave_after(finish(), test))
            return
        self.block(region, out, own, region.ops.index(branch))
        kinds = [self.exits.outcome(branch, k, flags) for k in (0, 1)]
        first = 0 if not flags or kinds[0] == "leaves" else 1
        silent = {f for f in flags if self.exits.only_steers(f, branch)}
        still_false = {f for f in flags if not self._is_overwritten(f, loop)}

        def arm_copies(k: int) -> list[ast.stmt]:
            # A flag that starts as False is not set to False again where the loop goes on.
            kept = [
                (r, y)
                for r, y in zip(branch.results, branch.regions[k].yields, strict=True)
                if r not in silent and not (r in still_false and k != first and is_false(y))
            ]
            return [*self.copies([r for r, _ in kept], [y for _, y in kept], branch), *finish()]

        leaving: list[ast.stmt] = []
        with self.citations.block():
            self.block(branch.regions[first], leaving)
            leaving.extend(arm_copies(first))
        leaving.append(ast.Break() if flags else ast.Continue())
        test = self.expressions.value(branch.operands[0])
        out.append(ast.If(test if first == 0 else negated(test), leaving, []))
        other = 1 - first
        rest = [self.exits.in_arm(branch, other, f) for f in flags]
        if kinds[other] == "either":
            self._tail(branch.regions[other], rest, loop, out, lambda: arm_copies(other))
            return
        self.block(branch.regions[other], out)
        out.extend(arm_copies(other))
        if kinds[other] == "leaves" and flags:
            out.append(ast.Break())

    def _is_overwritten(self, flag: Value, loop: Op | None) -> bool:
        """Does something else in the loop have the variable of the flag for a while?"""
        if loop is None:
            return False
        own = self.variables.name(flag)
        made = [v for op in loop.body.walk() if op not in self.nested for v in op.results]
        return any(
            self.variables.name(v) == own and not self.variables.same(v, flag) for v in made
        )


def _leave_after(copies: list[ast.stmt], test: ast.expr) -> list[ast.stmt]:
    """Hand the carries on, then leave the loop where `test` holds.

    The test reads what the iteration computed. Where a copy takes a variable of the test, the
    test comes first, and both ways hand the carries on.
    """
    read = {n.id for n in ast.walk(test) if isinstance(n, ast.Name)}
    targets = [t for copy in copies if isinstance(copy, ast.Assign) for t in copy.targets]
    written = {n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)}
    if read.isdisjoint(written):
        return [*copies, ast.If(test, [ast.Break()], [])]
    return [ast.If(test, [*copies, ast.Break()], []), *copies]
