"""A generated text with a check behind each operation, to find the first nan.

The tree of the text is rewritten: `a * b` becomes `_binary(k, multiply, a, b)`, which computes the
product and looks at it. Operands are evaluated once, in their order, and the lines stay, so that a
traceback shows the text as it was written.
"""

from __future__ import annotations

import ast
import types
from dataclasses import dataclass
from typing import Any

from adjoint.emit.module import Emitted, load
from adjoint.emit.text.places import Origin, origin_of, parsed_with_origins
from adjoint.errors import NonFiniteError
from adjoint.ir.operators import BINARY
from adjoint.runtime.nonfinite import first_bad, summary

#: Calls that compute no number.
_PLAIN = {"range", "zip", "reversed", "enumerate", "len", "slice", "isinstance", "print"}


@dataclass(frozen=True)
class Check:
    """An operation of the text, and the operands as they are written."""

    origin: Origin | None
    text: str
    operands: tuple[str, ...]


def load_checked(emitted: Emitted, infs: bool) -> types.FunctionType:
    """The function of the text, which raises at the first nan, with `infs` at an infinity too.

    Raises (the function that is returned)
    ------
    NonFiniteError : with the user's line, the operation and its operands.
    """
    tree = parsed_with_origins(emitted.source, emitted.statements)
    writer = _Checks(_unused_prefix(tree))
    tree = ast.fix_missing_locations(writer.visit(tree))
    checker = _Checker(writer.checks, infs, emitted)
    functions = {"binary": checker.binary, "call": checker.call, "written": checker.written}
    helpers = {writer.prefix + name: function for name, function in functions.items()}
    return load(emitted, tree, helpers)


class _Checks(ast.NodeTransformer):
    """Puts the checks in. It visits what is computed: no indices, no decorators."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.checks: list[Check] = []

    def _check(self, node: ast.AST, operands: list[ast.expr]) -> ast.expr:
        texts = tuple(map(ast.unparse, operands))
        self.checks.append(Check(origin_of(node), ast.unparse(node), texts))
        return ast.copy_location(ast.Constant(len(self.checks) - 1), node)

    def _call(self, name: str, *args: ast.expr) -> ast.Call:
        return ast.Call(ast.Name(self.prefix + name, ast.Load()), list(args), [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        check = self._check(node, [node.left, node.right])
        kind = ast.Constant(type(node.op).__name__)
        operands = [self.visit(node.left), self.visit(node.right)]
        return ast.copy_location(self._call("binary", check, kind, *operands), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if isinstance(node.func, ast.Name) and node.func.id in _PLAIN:
            self.generic_visit(node)
            return node
        named = [k.value for k in node.keywords]
        owner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        owner = [o for o in owner if not _is_module(o)]
        check = self._check(node, [*owner, *node.args, *named])
        if isinstance(node.func, ast.Attribute):
            node.func.value = self.visit(node.func.value)
        args = [self.visit(a) for a in node.args]
        for keyword in node.keywords:
            keyword.value = self.visit(keyword.value)
        call = self._call("call", check, node.func, *args)
        call.keywords = node.keywords
        return ast.copy_location(call, node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        node.value = self.visit(node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        check = self._check(node, [node.value])
        node.value = self.visit(node.value)
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        return [node, ast.copy_location(ast.Expr(self._call("written", check, target)), node)]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        body: list[ast.stmt] = []
        for statement in node.body:
            found = self.visit(statement)
            body += found if isinstance(found, list) else [found]
        node.body = body
        return node


def _unused_prefix(tree: ast.AST) -> str:
    """What no name of the text begins with."""
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    names += [n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)]
    prefix = "_"
    while any(name.startswith(prefix) and name != "_" for name in names):
        prefix += "_"
    return prefix


def _is_module(node: ast.expr) -> bool:
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    return isinstance(root, ast.Name) and root.id in ("np", "math", "numpy", "scipy")


class _Checker:
    """Computes the operations, and looks at what they give."""

    def __init__(self, checks: list[Check], infs: bool, emitted: Emitted):
        self.checks, self.infs, self.emitted = checks, infs, emitted

    def binary(self, number: int, kind: str, a: Any, b: Any) -> Any:
        return self.look(number, BINARY[kind](a, b), (a, b))

    def call(self, number: int, function: Any, *args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        values = (*args, *kwargs.values())
        if len(self.checks[number].operands) > len(values):
            values = (getattr(function, "__self__", None), *values)
        return self.look(number, result, values)

    def written(self, number: int, value: Any) -> None:
        self.look(number, value, ())

    def look(self, number: int, result: Any, operands: tuple[Any, ...]) -> Any:
        kind = first_bad(result, self.infs)
        if kind is not None:
            raise self.error(self.checks[number], kind, result, operands)
        return result

    def error(
        self, check: Check, kind: str, result: Any, operands: tuple[Any, ...]
    ) -> NonFiniteError:
        origin = check.origin or Origin(None, False)
        lines = [f"computed as {check.text}: {summary(result)}"]
        for text, value in zip(check.operands, operands, strict=False):
            if (said := summary(value)) and not _is_literal(text):
                already = ", before this operation" if first_bad(value, self.infs) else ""
                lines.append(f"{text}: {said}{already}")
        half = "derivative" if origin.backward else "value"
        return NonFiniteError(kind, half, self.emitted.name, origin.span, lines)


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return False
    return True
