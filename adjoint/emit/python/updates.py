"""Operations that write into memory: stores into arrays and containers, sums in place."""

from __future__ import annotations

import ast
import operator

from adjoint.emit.memory.inplace import Storage
from adjoint.emit.memory.liveness import adds_to_item
from adjoint.emit.python.expressions import BINARY, Expressions
from adjoint.emit.text.syntax import assign, call, call_method, dotted, name
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value, python_value
from adjoint.ir.effects import may_repeat
from adjoint.ir.indexing import same_all
from adjoint.ir.types import Array, List, is_immutable_number

#: Operations that may write their result into the memory of their first operand.
_ACCUMULATING = (ops.index_add, operator.add, operator.sub, ops.append, ops.drop_last)

_AUGMENTED = (
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.matmul,
)  # fmt: skip


class Updates:
    """Writes them as `x[i] = v`, `x += g`, `xs.append(v)`; `storage` knows where that is right."""

    def __init__(self, expressions: Expressions, storage: Storage):
        self.expressions, self.storage = expressions, storage
        self.nested, self.variables = expressions.nested, expressions.variables

    def in_place(self, op: Op) -> bool:
        """May the result reuse the memory of the first operand, or is it just a number?"""
        if op.attrs.get("augmented") and op.target in _AUGMENTED:
            old = op.operands[0]
            is_variable = not isinstance(old, Constant) and old.op not in self.nested
            same = is_variable and self.variables.name(old) == self.variables.name(op.result)
            return same and is_immutable_number(op.result.type)
        if op.target not in _ACCUMULATING or op not in self.storage.in_place:
            return False
        if not self.variables.same(op.result, op.operands[0]):
            return False
        if op.target is ops.index_add and isinstance(op.result.type, List):
            return adds_to_item(op)
        return True

    def accumulate(self, op: Op, target: str, first: bool = False) -> ast.stmt:
        """The statement that changes the first operand, which the variable `target` holds.

        The `first` contribution to an array of zeros is assigned.
        """
        value = self.expressions.value
        node = name(target)
        if op.target in _AUGMENTED:
            return ast.AugAssign(node, BINARY[op.target](), value(op.operands[1]))
        if op.target is ops.drop_last:
            return ast.Expr(call_method(node, "pop"))
        if op.target is ops.append:
            return ast.Expr(call_method(node, "append", value(op.operands[1])))
        _, index, g = op.operands
        if isinstance(op.result.type, Array) and may_repeat(index):
            self.expressions.references.use_numpy()
            return ast.Expr(call(dotted("np.add.at"), [node, value(index), value(g)]))
        element = ast.Subscript(node, self.expressions.index(index), ast.Load())
        change = value(g)
        if first and isinstance(op.result.type, Array):
            return ast.Assign([element], change)
        positive = _turned(change)
        if positive is not None:
            return ast.AugAssign(element, ast.Sub(), positive)
        return ast.AugAssign(element, ast.Add(), change)

    def store(self, op: Op, out: list[ast.stmt]) -> None:
        """`x[i] = v`, or `x[i] += w` where v is the old element and a change."""
        base, new, path, *arguments = op.operands
        target = self.variables.name(op.result)
        if self.variables.name(base) != target:
            out.append(assign([target], self.expressions.value(base)))
        steps = python_value(path)
        place = self.expressions.place(target, steps, arguments)
        change = self._change(op)
        if change is None or new.op is None:
            out.append(ast.Assign([place], self.expressions.value(new)))
            return
        whole = not steps  # `x += w` then, where `x[...] = v` would be needed
        kind = BINARY[new.op.target]()
        changed = name(target) if whole else place
        out.append(ast.AugAssign(changed, kind, self.expressions.value(change)))

    def _change(self, op: Op) -> Value | None:
        """For a store of `x[i] + w` at x[i]: w."""
        base, new, path, *arguments = op.operands
        change = new.op
        if isinstance(base.type, List) and not is_immutable_number(new.type):
            return None  # an array in a list may be in other lists: it is replaced
        if change is None or change not in self.nested or change.target not in _AUGMENTED:
            return None
        old, *rest = change.operands
        steps = list(python_value(path))
        left = list(arguments)
        while steps:
            target, n = steps.pop()
            step = old.op
            if step is None or step.target is not target:
                return None
            if not same_all(step.operands[1:], left[len(left) - n :]):
                return None
            if step not in self.nested:
                return None
            left = left[: len(left) - n]
            old = step.operands[0]
        return rest[0] if old is base and len(rest) == 1 else None


def _turned(node: ast.expr) -> ast.expr | None:
    """The negative of an expression with a sign in front: of `-g`, and of `-2 * g`."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return node.operand
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        left = _turned(node.left)
        return None if left is None else ast.BinOp(left, node.op, node.right)
    return None
