"""Operations as statements: blocks, loops, branches, tapes, accumulation."""

from __future__ import annotations

import ast
import itertools
import operator
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.emit.expressions import BINARY, Expressions, call, dotted, name
from adjoint.emit.inplace import Storage
from adjoint.emit.liveness import Liveness, seed_position, starts_from_zero, targets_of
from adjoint.emit.naming import Variables
from adjoint.emit.nesting import is_expression, nested_operations, record_places
from adjoint.emit.printer import Comment
from adjoint.emit.references import scipy_name
from adjoint.errors import Span, UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.effects import is_pure, is_random, may_repeat
from adjoint.ir.types import Array, List, Range, Scalar, is_immutable_number
from adjoint.runtime.snapshots import Snapshots

#: Operations that may write their result into the memory of their first operand.
_ACCUMULATING = (ops.index_add, operator.add, operator.sub, ops.append, ops.drop_last)

_AUGMENTED = (
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.matmul,
)  # fmt: skip


class Writer:
    """Writes one function. `imports` and `helpers` collect what its module must provide."""

    def __init__(
        self,
        function: Function,
        file: str,
        reserved: set[str],
        helpers: dict[str, Any],
        embedded: dict[str, Any],
        storage: Storage,
    ):
        self.function, self.file = function, file
        self.helpers, self.embedded = helpers, embedded
        self.statements: list[ast.stmt] = []
        self.storage = storage
        self.nested = nested_operations(function, storage)
        self.places = record_places(function, self.nested)
        self.liveness = Liveness(self.nested, self.places)
        self.liveness.run(function)
        self.variables = Variables(function, self.liveness, reserved)
        self.expressions = Expressions(self)
        self.imports: set[str] = set()
        self.origins: dict[int, tuple[ast.stmt, Span | None]] = {}
        self._group: tuple[str, int] | None = None
        #: Tangents stand beside what they belong to: there is no backward half to comment on.
        self.interleaved = bool(function.attrs.get("interleaved"))

    # What the module must provide

    def use_numpy(self) -> None:
        self._import("np", "NumPy", "import numpy as np")

    def use_scipy(self, package: str) -> None:
        self._import(package, f"scipy.{package}", f"from scipy import {package}")

    def _import(self, name_: str, what: str, statement: str) -> None:
        if name_ in self.variables.fixed.values():
            raise UnsupportedError(
                f"a parameter named '{name_}' hides {what} in the generated code",
                self.function.span,
                "give the parameter another name",
            )
        self.imports.add(statement)

    def reference(self, target: Any, preferred: str | None) -> str:
        """How the text calls a Python object, and the import that it needs."""
        module = getattr(target, "__module__", "") or ""
        own = getattr(target, "__name__", "")
        scipy = scipy_name(target)
        if scipy:
            self.use_scipy(scipy.partition(".")[0])
            return scipy
        if is_random(target):
            if getattr(np.random, own, None) == target:
                self.use_numpy()
                return f"np.random.{own}"
            return f"{self.embed(target.__self__)}.{own}"
        if module in ("math", "cmath"):
            self.imports.add(f"import {module}")
            return f"{module}.{own}"
        if module == "builtins":
            return self.builtin(own)
        if isinstance(target, np.ufunc) or module.partition(".")[0] == "numpy":
            self.use_numpy()
            path = preferred or own
            for prefix, space in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
                if getattr(space, path, None) is target:
                    return f"{prefix}.{path}"
            for prefix, space in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
                for alias, found in vars(space).items():
                    if found is target and not alias.startswith("_"):
                        return f"{prefix}.{alias}"
        ufunc = getattr(target, "__self__", None)
        if isinstance(ufunc, np.ufunc):
            return f"{self.reference(ufunc, None)}.{own}"
        if getattr(sys.modules.get(module), own, None) is not target:
            return self.embed(target)  # no module has it by this name
        known_as = base = f"{own}_vjp" if module.startswith("adjoint.rules") else own
        version = 0
        while self.helpers.get(known_as, target) is not target:
            version += 1
            known_as = f"{base}_{version}"
        self.helpers[known_as] = target
        return known_as

    def decorators(self) -> list[ast.expr]:
        """`@np.errstate(...)`, where the user ignores errors of NumPy's."""
        ignored = self.function.attrs.get("errstate")
        if not ignored:
            return []
        self.use_numpy()
        settings = {k: ast.Constant(v) for k, v in sorted(ignored.items())}
        return [call(dotted("np.errstate"), [], **settings)]

    def builtin(self, own: str) -> str:
        """The text for a builtin, which a parameter may hide."""
        if own in self.variables.fixed.values():
            self.imports.add("import builtins")
            return f"builtins.{own}"
        return own

    def embed(self, python: Any) -> str:
        """A name for an object that has no literal: it is handed to the module when it runs."""
        for known, value in self.embedded.items():
            if value is python:
                return known
        known = f"captured_{len(self.embedded)}"
        self.embedded[known] = python
        return known

    # Blocks

    def write(self) -> None:
        """The statements of the function: forward half, backward half, return."""
        statements = self.statements
        region = self.function.body
        seed = seed_position(self.function)
        if seed is not None:
            self.pullback(region, seed)
            return
        if self.interleaved:
            for op in region.ops[:-1]:
                self.op(op, statements)
            statements.append(ast.Return(self._results(region.yields)))
            return
        first_backward = next((k for k, o in enumerate(region.ops) if self._backward(o)), None)
        split = len(region.ops) - 1 if first_backward is None else first_backward
        forward = region.ops[:split]
        if any(o not in self.nested for o in forward):
            statements.append(Comment("forward"))
            for op in forward:
                self.op(op, statements)
        self._group = None
        rest = region.ops[split:-1]
        if any(o not in self.nested for o in rest):
            if statements:
                statements.append(Comment(""))
            statements.append(Comment("backward"))
            for op in rest:
                self.comment(op, statements)
                self.op(op, statements)
        statements.append(ast.Return(self._results(region.yields)))

    def _results(self, values: list[Value]) -> ast.expr:
        shown = [self.expressions.value(v) for v in values]
        return shown[0] if len(shown) == 1 else ast.Tuple(shown, ast.Load())

    def pullback(self, region: Region, seed: int) -> None:
        """The forward half, then a function of the cotangent that does the backward half."""
        statements = self.statements
        forward = [o for o in region.ops[:seed] if o not in self.nested]
        if forward:
            statements.append(Comment("forward"))
        for op in forward:
            self.op(op, statements)
        n = self.function.attrs["values"]
        values = [self.expressions.value(v) for v in region.yields[:n]]
        inner: list[ast.stmt] = [Comment("backward")]
        for op in region.ops[seed + 1 : -1]:
            self.comment(op, inner)
            self.op(op, inner)
        gradients = [self.expressions.value(v) for v in region.yields[n:]]
        result = gradients[0] if len(gradients) == 1 else ast.Tuple(gradients, ast.Load())
        inner.append(ast.Return(result))
        cotangent = ast.arg(self.variables.name(region.ops[seed].result), None)
        arguments = ast.arguments([], [cotangent], None, [], [], None, [])
        if statements:
            statements.append(Comment(""))
        name_of_pullback = "pullback"
        while name_of_pullback in self.variables.names.values():
            name_of_pullback += "_"
        statements.append(
            ast.FunctionDef(
                name=name_of_pullback,
                args=arguments,
                body=inner,
                decorator_list=self.decorators(),
                returns=None,
            )
        )
        statements.append(Comment(""))
        statements.append(ast.Return(ast.Tuple([*values, name(name_of_pullback)], ast.Load())))

    def _backward(self, op: Op) -> bool:
        return op.backward and op not in self.nested

    def comment(self, op: Op, out: list[ast.stmt]) -> None:
        """Cite the primal statement that a group of backward statements belongs to."""
        span = op.span
        if op in self.nested or not op.backward or span is None or self.interleaved:
            return
        if op.kind in ("if", "for") and op.attrs.get("mirror") is not None and op.kind == "if":
            return
        key = (span.file, span.statement)
        if key == self._group:
            return
        self._group = key
        text = span.text(span.statement).strip()
        where = f"line {span.statement}"
        if span.file != self.file:
            where = f"{span.file.rsplit('/', 1)[-1]}:{span.statement}"
        if len(text) > 70:
            text = text[:67] + "..."
        out.append(Comment(f"{where}: {text}"))

    def block(self, region: Region, out: list[ast.stmt], loop: Op | None = None) -> None:
        """The statements of a region, without what its terminator does."""
        if loop is not None:
            self.appends(loop, 0, out)
        for count, op in enumerate(region.ops[:-1], start=1):
            self.comment(op, out)
            self.op(op, out)
            if loop is not None:
                self.appends(loop, count, out)

    def appends(self, loop: Op, count: int, out: list[ast.stmt]) -> None:
        for stack, record, place in zip(loop.stacks, loop.records, self.places[loop], strict=True):
            if place == count:
                tape = name(self.variables.name(stack))
                method = ast.Attribute(tape, "append", ast.Load())
                out.append(ast.Expr(call(method, [self.expressions.value(record)])))

    def op(self, op: Op, out: list[ast.stmt]) -> None:
        if op in self.nested:
            return
        start = len(out)
        if op.kind == "if":
            self.branch(op, out)
        elif op.kind in ("for", "while"):
            self.loop(op, out)
        elif op.kind == "call":
            targets = [self.variables.name(r) for r in op.results]
            function = op.attrs["function"]
            node = call(name(function.name), [self.expressions.value(v) for v in op.operands])
            out.append(_assign(targets, node))
        else:
            self.apply(op, out)
        for statement in out[start:]:
            self.origins.setdefault(id(statement), (statement, op.span))

    def apply(self, op: Op, out: list[ast.stmt]) -> None:
        value = self.expressions.value
        if op.target is ops.unpack:
            targets = [self.variables.name(r) if r.users else "_" for r in op.results]
            out.append(_assign(targets, value(op.operands[0]), unpack=True))
            return
        if op.target is ops.check:
            condition, message = op.operands
            shown = (
                None if isinstance(message, Constant) and message.value is None else value(message)
            )
            out.append(ast.Assert(value(condition), shown))
            return
        if op.target is ops.fail:
            error, *args = op.operands
            out.append(ast.Raise(call(value(error), [value(a) for a in args]), None))
            return
        if not is_pure(op.target) and not op.result.users and op.target is not ops.cotangent:
            out.append(ast.Expr(self.expressions.op(op)))
            return
        if op.target is ops.store:
            self.store(op, out)
            return
        target = self.variables.name(op.result)
        if starts_from_zero(op, self.nested):
            out.append(_assign([target], value(op.operands[0])))
            out.append(self.accumulate(op, target))
            return
        if op.target in _ACCUMULATING and self.in_place(op):
            out.append(self.accumulate(op, target))
            return
        out.append(_assign([target], self.expressions.op(op)))

    # Accumulation

    def in_place(self, op: Op) -> bool:
        """May the result reuse the memory of the first operand, or is it just a number?"""
        if op not in self.storage.in_place:
            return False
        if not self.variables.same(op.result, op.operands[0]):
            return False
        if op.target is ops.index_add and isinstance(op.result.type, List):
            # `xs[1:] += g` and `xs[0] += (a, b)` would extend a list and join tuples
            element = op.result.type.element
            return isinstance(op.operands[1].type, Scalar) and is_immutable_number(element)
        return op.target is not ops.add_containers

    def store(self, op: Op, out: list[ast.stmt]) -> None:
        """`x[i] = v`, or `x[i] += w` where v is the old element and a change."""
        base, new, path, *arguments = op.operands
        target = self.variables.name(op.result)
        if self.variables.name(base) != target:
            out.append(_assign([target], self.expressions.value(base)))
        place = self.expressions.place(target, path.value, arguments)  # type: ignore[attr-defined]
        change = self._change(op)
        if change is None:
            out.append(ast.Assign([place], self.expressions.value(new)))
            return
        if not path.value and isinstance(place, ast.Subscript):  # type: ignore[attr-defined]
            place = name(target)
        kind = BINARY[new.op.target]()  # type: ignore[union-attr]
        out.append(ast.AugAssign(place, kind, self.expressions.value(change)))

    def _change(self, op: Op) -> Value | None:
        """For a store of `x[i] + w` at x[i]: w."""
        base, new, path, *arguments = op.operands
        change = new.op
        if isinstance(base.type, List) and not is_immutable_number(new.type):
            return None  # an array in a list may be in other lists: it is replaced
        if change is None or change not in self.nested or change.target not in _AUGMENTED:
            return None
        old, *rest = change.operands
        steps = list(path.value)  # type: ignore[attr-defined]
        left = list(arguments)
        while steps:
            target, n = steps.pop()
            step = old.op
            if step is None or step.target is not target or step.operands[1:] != left[-n:]:
                return None
            if step not in self.nested:
                return None
            left = left[: len(left) - n]
            old = step.operands[0]
        return rest[0] if old is base and len(rest) == 1 else None

    def accumulate(self, op: Op, target: str) -> ast.stmt:
        value = self.expressions.value
        node = name(target)
        if op.target in (operator.add, operator.sub):
            kind = ast.Add() if op.target is operator.add else ast.Sub()
            return ast.AugAssign(node, kind, value(op.operands[1]))
        if op.target is ops.drop_last:
            return ast.Expr(call(ast.Attribute(node, "pop", ast.Load()), []))
        if op.target is ops.append:
            method = ast.Attribute(node, "append", ast.Load())
            return ast.Expr(call(method, [value(op.operands[1])]))
        _, index, g = op.operands
        if isinstance(op.result.type, Array) and may_repeat(index):
            self.use_numpy()
            return ast.Expr(call(dotted("np.add.at"), [node, value(index), value(g)]))
        element = ast.Subscript(node, self.expressions.index(index), ast.Load())
        change = value(g)
        if isinstance(change, ast.UnaryOp) and isinstance(change.op, ast.USub):
            return ast.AugAssign(element, ast.Sub(), change.operand)
        return ast.AugAssign(element, ast.Add(), change)

    # Branches

    def branch(self, op: Op, out: list[ast.stmt]) -> None:
        if is_expression(op, self.nested):
            node = self.expressions.branch(op)
            out.append(_assign([self.variables.name(op.result)], node))
            return
        group = self._group
        arms: list[list[ast.stmt]] = []
        for region in op.regions:
            self._group = group
            inner: list[ast.stmt] = []
            self.block(region, inner)
            inner.extend(self.copies(op.results, region.yields, op))
            arms.append(inner)
        self._group = group
        out.extend(self._if(op.operands[0], arms[0], arms[1]))

    def _if(self, condition: Value, then: list[ast.stmt], other: list[ast.stmt]) -> list[ast.stmt]:
        has_then = any(not isinstance(s, Comment) for s in then)
        has_other = any(not isinstance(s, Comment) for s in other)
        if not has_then and not has_other:
            return []
        test = self.expressions.value(condition)
        if not has_then:
            return [ast.If(_negated(test), other, [])]
        return [ast.If(test, then, other if has_other else [])]

    def copies(self, targets: list[Value], values: list[Value], op: Op) -> list[ast.stmt]:
        """The assignments at the end of a region: all at once, as SSA means them."""
        pairs: list[tuple[str, Value]] = []
        for target, value in zip(targets, values, strict=True):
            if not target.users and op.kind == "if":
                continue
            if isinstance(value, Constant) and value.value is ops.UNDEFINED_VALUE:
                if not self._must_be_bound(target):
                    continue
            elif not isinstance(value, Constant) and value.op not in self.nested:
                if self.variables.same(target, value):
                    continue
            text = self.variables.name(target)
            plain = not isinstance(value, Constant) and value.op not in self.nested
            if plain and self.variables.name(value) == text:
                continue  # the one ends where the other begins
            if all(text != t for t, _ in pairs):
                pairs.append((text, value))
        return _parallel(pairs, self)

    def _must_be_bound(self, target: Value) -> bool:
        """Is an undefined value recorded or carried on, so that its name has to exist?"""
        work, seen = [target], set()
        while work:
            value = work.pop()
            if value in seen:
                continue
            seen.add(value)
            for user in value.users:
                if user.kind == "yield":
                    parent = user.parent.parent  # type: ignore[union-attr]
                    assert parent is not None
                    for position, operand in enumerate(user.operands):
                        if operand is not value:
                            continue
                        if parent.kind == "if":
                            result = parent.results[position]
                            if result.users and not self.variables.same(value, result):
                                return True  # it is assigned to another name
                            work.append(result)
                        elif position >= parent.n_carries:
                            return True
                        else:
                            work.extend([parent.carries[position], parent.results[position]])
                elif user.kind in ("for", "while") and value in user.inits:
                    position = user.inits.index(value)
                    work.extend([user.carries[position], user.results[position]])
                elif user.kind == "apply" and user.target in (
                    ops.make_tuple, ops.make_list, ops.zero, Snapshots.append,
                ):  # fmt: skip
                    return True
                elif user.kind == "return":
                    return True
        return False

    # Loops

    def loop(self, op: Op, out: list[ast.stmt]) -> None:
        for stack in op.stacks:
            out.append(_assign([self.variables.name(stack)], ast.List([], ast.Load())))
        out.extend(self.copies(op.carries, op.inits, op))
        group = self._group
        self._group = None if op.backward else group
        body: list[ast.stmt] = []
        self.loop_body(op, body)
        self._group = group
        if not any(not isinstance(s, Comment) for s in body):
            body.append(ast.Pass())
        if op.kind == "for":
            target, iterable = self.header(op)
            out.append(ast.For(target, iterable, body, []))
        else:
            out.append(self.while_loop(op, body))
        copies = self.copies(op.results[: op.n_carries], op.carries, op)
        out.extend(copies)
        if op.attrs.get("backwards"):
            for stack in op.stacks:
                method = ast.Attribute(name(self.variables.name(stack)), "reverse", ast.Load())
                out.append(ast.Expr(call(method, [])))

    def while_loop(self, op: Op, body: list[ast.stmt]) -> ast.stmt:
        condition = op.regions[0]
        before: list[ast.stmt] = []
        self.block(condition, before)
        test = condition.yields[0]
        if not before:
            return ast.While(self.expressions.value(test), body, [])
        leave = ast.If(_negated(self.expressions.value(test)), [ast.Break()], [])
        return ast.While(ast.Constant(True), [*before, leave, *body], [])

    def header(self, op: Op) -> tuple[ast.expr, ast.expr]:
        """`for <target> in <iterable>`, with zip and enumerate where they say it best."""
        parts: list[tuple[ast.expr, ast.expr]] = []
        counter: tuple[ast.expr, Value] | None = None
        for sequence, element in zip(op.sequences, op.elements, strict=True):
            target = self.target(op, element)
            if sequence.op is not None and sequence.op.target is itertools.count:
                counter = (target, sequence.op.operands[0])
                continue
            parts.append((target, self.sequence(op, sequence)))
        if counter is not None and not parts:
            raise AssertionError("a loop over nothing but a counter")
        if len(parts) == 1:
            target, iterable = parts[0]
        else:
            target = ast.Tuple([t for t, _ in parts], ast.Store())
            iterable = call(dotted(self.builtin("zip")), [s for _, s in parts])
            if op.attrs.get("strict"):
                iterable.keywords.append(ast.keyword("strict", ast.Constant(True)))
        if counter is not None:
            start = counter[1]
            target = ast.Tuple([counter[0], target], ast.Store())
            args = [iterable]
            if not (isinstance(start, Constant) and start.value == 0):
                args.append(self.expressions.value(start))
            iterable = call(dotted(self.builtin("enumerate")), args)
        return target, iterable

    def target(self, op: Op, element: Value) -> ast.expr:
        pattern = op.attrs.get("patterns", {}).get(element)
        if pattern is None:
            return name(self._loop_name(element))
        names: list[ast.expr] = [
            name(self._nobody if v is None else self._loop_name(v)) for v in pattern
        ]
        return ast.Tuple(names, ast.Store())

    def _loop_name(self, element: Value) -> str:
        return self.variables.name(element) if element.users else self._nobody

    @property
    def _nobody(self) -> str:
        """The name of a loop variable that nobody reads."""
        return "_unused" if "_" in self.variables.fixed.values() else "_"

    def sequence(self, op: Op, sequence: Value) -> ast.expr:
        backwards = bool(op.attrs.get("backwards"))
        inner = sequence.op
        while inner is not None and inner in self.nested and _turns_around(inner):
            sequence, backwards = inner.operands[0], not backwards
            inner = sequence.op
        node = self.expressions.value(sequence)
        if backwards:
            return call(dotted(self.builtin("reversed")), [node])
        return node

    def loop_body(self, op: Op, out: list[ast.stmt]) -> None:
        """The body, its appends and its exits."""
        flag = op.exit_flag
        flags = [] if flag is None else self._flags(flag)
        if self.leaves_early(op.body, flags, op):
            self.tail(op.body, flags, op, out, lambda: [])
            return
        self.block(op.body, out, op)
        out.extend(self.copies(op.carries, op.next_carries, op))
        if flag is not None:
            if isinstance(flag, Constant):
                if flag.value:
                    out.append(ast.Break())
            else:
                out.append(ast.If(self.expressions.value(flag), [ast.Break()], []))

    # Exits, in the form that the user wrote

    def _flags(self, flag: Value) -> list[Value]:
        """The loop ends when one of these is true."""
        op = flag.op
        if op is not None and op.target is operator.or_ and op in self.nested:
            return [f for v in op.operands for f in self._flags(v)]
        return [flag]

    def leaves_early(self, region: Region, flags: list[Value], loop: Op | None) -> Op | None:
        """The branch at the end of a body that decides whether the loop goes on, if it can be
        written with `break` or `continue`: nothing may follow it, no record may depend on it."""
        last = next((o for o in reversed(region.ops[:-1]) if o not in self.nested), None)
        if last is None or last.kind != "if" or is_expression(last, self.nested):
            return None
        if not flags and last.attrs.get("style") != "continue":
            return None
        if last.backward and last.attrs.get("style") != "continue":
            return None
        for flag in flags:
            if not isinstance(flag, Constant) and flag.op is not last:
                return None
        if loop is not None and loop.stacks:
            if max(self.places[loop]) > region.ops.index(last):
                return None
        kinds = [self._leaves(last, k, flags) for k in (0, 1)]
        return last if "leaves" in kinds or not flags else None

    def _leaves(self, branch: Op, arm: int, flags: list[Value]) -> str:
        values = [self._in_arm(branch, arm, f) for f in flags]
        if any(isinstance(v, Constant) and v.value is True for v in values):
            return "leaves"
        if all(
            isinstance(v, Constant) and v.value in (False, ops.UNDEFINED_VALUE) for v in values
        ):
            return "stays"
        return "either"

    @staticmethod
    def _in_arm(branch: Op, arm: int, value: Value) -> Value:
        """What a result of the branch is when this arm was taken."""
        if value.op is branch:
            return branch.regions[arm].yields[branch.results.index(value)]
        return value

    def tail(
        self,
        region: Region,
        flags: list[Value],
        loop: Op,
        out: list[ast.stmt],
        outer_copies: Callable[[], list[ast.stmt]],
    ) -> None:
        """The end of a loop's body: the arm that leaves ends in `break`, the other goes on."""
        is_body = region is loop.body
        branch = self.leaves_early(region, flags, loop if is_body else None)

        def finish() -> list[ast.stmt]:
            if is_body:
                return self.copies(loop.carries, loop.next_carries, loop)
            return outer_copies()

        if branch is None:
            self.block(region, out, loop if is_body else None)
            out.extend(finish())
            condition = [f for f in flags if not (isinstance(f, Constant) and not f.value)]
            if condition:
                test: ast.expr = self.expressions.value(condition[0])
                if len(condition) > 1:
                    tests = [self.expressions.value(f) for f in condition]
                    test = ast.BoolOp(ast.Or(), tests)
                out.append(ast.If(test, [ast.Break()], []))
            return
        position = region.ops.index(branch)
        if is_body:
            self.appends(loop, 0, out)
        for count, op in enumerate(region.ops[:position], start=1):
            self.comment(op, out)
            self.op(op, out)
            if is_body:
                self.appends(loop, count, out)
        kinds = [self._leaves(branch, k, flags) for k in (0, 1)]
        first = 0 if not flags or kinds[0] == "leaves" else 1
        silent = {f for f in flags if self._only_steers(f, branch)}
        still_false = {f for f in flags if not self._is_overwritten(f, loop)}

        def arm_copies(k: int) -> list[ast.stmt]:
            kept = [
                (r, y)
                for r, y in zip(branch.results, branch.regions[k].yields, strict=True)
                if r not in silent and not (r in still_false and k != first and _is_false(y))
            ]
            return [*self.copies([r for r, _ in kept], [y for _, y in kept], branch), *finish()]

        group = self._group
        leaving: list[ast.stmt] = []
        self.block(branch.regions[first], leaving)
        leaving.extend(arm_copies(first))
        leaving.append(ast.Break() if flags else ast.Continue())
        test = self.expressions.value(branch.operands[0])
        out.append(ast.If(test if first == 0 else _negated(test), leaving, []))
        self._group = group
        other = 1 - first
        rest = [self._in_arm(branch, other, f) for f in flags]
        if kinds[other] == "either":
            self.tail(branch.regions[other], rest, loop, out, lambda: arm_copies(other))
            return
        self.block(branch.regions[other], out)
        out.extend(arm_copies(other))
        if kinds[other] == "leaves" and flags:
            out.append(ast.Break())

    def _is_overwritten(self, flag: Value, loop: Op) -> bool:
        """Does something else in the loop have the variable of the flag for a while?"""
        own = self.variables.name(flag)
        made = [v for op in loop.body.walk() if op not in self.nested for v in op.results]
        return any(
            self.variables.name(v) == own and not self.variables.same(v, flag) for v in made
        )

    @classmethod
    def _only_steers(cls, flag: Value, branch: Op) -> bool:
        """Is the flag read by nothing but the end of the loop or of the arm around it?"""
        for user in flag.users:
            if user.kind == "yield":
                parent = user.parent.parent if user.parent else None
                if parent is not None and parent.kind in ("for", "while"):
                    if any(v is flag for v in user.operands[: len(parent.results)]):
                        return False
                    continue
                if parent is None:
                    return False
                pairs = zip(parent.results, user.operands, strict=True)
                if all(cls._only_steers(r, parent) for r, v in pairs if v is flag):
                    continue  # the branch around it hands it on to the same end
                return False
            if user.kind == "apply" and user.target is operator.or_:
                continue
            return False
        return isinstance(flag, Value) and flag.op is branch


def _turns_around(op: Op) -> bool:
    """Is this `xs[::-1]`, which a loop writes as `reversed(xs)`?"""
    if op.target is ops.reverse_list:
        return True
    index = op.operands[1] if op.target is operator.getitem else None
    return isinstance(index, Constant) and index.value == slice(None, None, -1)


def _is_false(value: Value) -> bool:
    """A flag that starts as False is not set to False again where the loop goes on."""
    return isinstance(value, Constant) and value.value is False


def _assign(targets: list[str], value: ast.expr, unpack: bool = False) -> ast.stmt:
    if len(targets) == 1 and not unpack:
        return ast.Assign([name(targets[0])], value)
    names: list[ast.expr] = [name(t) for t in targets]
    return ast.Assign([ast.Tuple(names, ast.Store())], value)


def _negated(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.UnaryOp(ast.Not(), test)


def _parallel(pairs: list[tuple[str, Value]], writer: Writer) -> list[ast.stmt]:
    """Assignments that happen at once, one after the other where the order is safe."""
    reads = {
        text: {writer.variables.name(v) for v in writer.liveness.leaves(value)}
        for text, value in pairs
    }
    todo = list(pairs)
    out: list[ast.stmt] = []
    while todo:
        for k, (text, value) in enumerate(todo):
            if all(text not in reads[other] for other, _ in todo if other != text):
                out.append(_assign([text], writer.expressions.value(value)))
                del todo[k]
                break
        else:
            targets = [t for t, _ in todo]
            values: list[ast.expr] = [writer.expressions.value(v) for _, v in todo]
            out.append(_assign(targets, ast.Tuple(values, ast.Load()), unpack=True))
            break
    return out


__all__ = ["List", "Range", "Writer", "targets_of"]
