"""The assignments at the end of a region: what SSA passes on, as Python variables."""

from __future__ import annotations

import ast
import operator

from adjoint.emit.memory.liveness import Liveness
from adjoint.emit.python.expressions import Expressions
from adjoint.emit.text.syntax import assign, chained
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.types import BOOL
from adjoint.runtime.snapshots import Snapshots

#: What may be given a value that is None, for which its name has to exist.
_TAKE_NONE = (
    ops.make_tuple, ops.make_list, ops.make_record, ops.zero, operator.is_, operator.is_not,
    Snapshots.append,
)  # fmt: skip
#: What tests a value, which may be a number or None.
_TEST = (operator.not_, operator.eq, operator.ne)


class Assignments:
    def __init__(self, expressions: Expressions, liveness: Liveness):
        self.expressions, self.liveness = expressions, liveness
        self.nested, self.variables = expressions.nested, expressions.variables

    def copies(self, targets: list[Value], values: list[Value], op: Op) -> list[ast.stmt]:
        """The assignments at the end of a region: all at once, as SSA means them."""
        pairs: list[tuple[str, Value]] = []
        for target, value in zip(targets, values, strict=True):
            if not target.users and op.kind == "if":
                continue
            if isinstance(value, Constant) and value.value is ops.UNDEFINED_VALUE:
                if value.text != "None" and not self._must_be_bound(target):
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
        return chained(self._parallel(pairs))

    def _must_be_bound(self, target: Value) -> bool:
        """Is an undefined value recorded or carried on, so that its name has to exist?"""
        work, seen = [target], set()
        while work:
            value = work.pop()
            if value in seen:
                continue
            seen.add(value)
            loop = value.owner.parent if isinstance(value.owner, Region) else None
            if loop is not None and value in loop.carries:  # without a trip, the result is this
                work.append(loop.results[loop.carries.index(value)])
            for user in value.users:
                if user.kind == "yield":
                    assert user.parent is not None and user.parent.parent is not None
                    parent = user.parent.parent
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
                        elif not self.variables.same(value, parent.carries[position]):
                            return True  # another name takes it over
                        else:
                            work.extend([parent.carries[position], parent.results[position]])
                elif user.kind in ("for", "while") and value in user.inits:
                    position = user.inits.index(value)
                    work.extend([user.carries[position], user.results[position]])
                elif user.kind == "apply" and user.target in _TAKE_NONE:
                    return True
                elif value.type != BOOL and (user.kind == "if" or user.target in _TEST):
                    return True  # a bool that may be None is asked first whether it is
                elif user.kind == "return":
                    return True
        return False

    def _parallel(self, pairs: list[tuple[str, Value]]) -> list[ast.stmt]:
        """Assignments that happen at once, one after the other where the order is safe."""
        reads = {
            text: {self.variables.name(v) for v in self.liveness.leaves(value)}
            for text, value in pairs
        }
        todo = list(pairs)
        out: list[ast.stmt] = []
        while todo:
            for k, (text, value) in enumerate(todo):
                if all(text not in reads[other] for other, _ in todo if other != text):
                    out.append(assign([text], self.expressions.value(value)))
                    del todo[k]
                    break
            else:
                targets = [t for t, _ in todo]
                values: list[ast.expr] = [self.expressions.value(v) for _, v in todo]
                out.append(assign(targets, ast.Tuple(values, ast.Load()), unpack=True))
                break
        return out
