"""The generated text with a record behind each statement and each operation.

`h_bar = W.T @ u` becomes `h_bar = op(3, W.T @ u)` and `step(37, ("h_bar",), h_bar)`. Lines stay,
so that a traceback shows the text as it was written.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adjoint.emit.module import unused_prefix
from adjoint.emit.text.places import Origin, origin_of
from adjoint.explorer.listing import Listing

#: Where a value comes from: an operation of the text by its number, or a variable.
Source = int | str


@dataclass(frozen=True)
class Operation:
    """An operation of the text, and the values that it reads."""

    line: int
    text: str
    origin: Origin | None
    sources: tuple[Source, ...]


@dataclass
class Instrumented:
    """The rewritten tree; `sources` are those of the values that each statement assigns."""

    tree: ast.Module
    prefix: str
    operations: list[Operation] = field(default_factory=list)
    sources: dict[int, tuple[Source, ...]] = field(default_factory=dict)


def instrument(listing: Listing) -> Instrumented:
    """Rewrite the tree of a listing, which is changed."""
    found = Instrumented(listing.tree, unused_prefix(listing.tree))
    writer = _Writer(found, listing)
    for node in found.tree.body:
        if isinstance(node, ast.FunctionDef):
            writer.function(node)
    ast.fix_missing_locations(found.tree)
    return found


class _Writer(ast.NodeTransformer):
    def __init__(self, found: Instrumented, listing: Listing) -> None:
        self.found, self.listing = found, listing
        self.loops = {loop.line: loop.number for loop in listing.loops}
        self.line = 0  # of the statement at hand

    def _call(self, at: ast.AST, name: str, *args: Any) -> ast.Call:
        """A call of the recorder; arguments that are no nodes are constants."""
        nodes = [a if isinstance(a, ast.expr) else ast.Constant(a) for a in args]
        call = ast.Call(ast.Name(self.found.prefix + name, ast.Load()), nodes, [])
        return ast.copy_location(call, at)

    def _record(self, node: ast.stmt, names: list[str], helper: str = "step") -> ast.stmt:
        values = [ast.Name(name, ast.Load()) for name in names]
        call = self._call(node, helper, node.lineno, tuple(names), *values)
        return ast.copy_location(ast.Expr(call), node)

    # Expressions

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        return self._operation(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        return self._operation(node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        return self._operation(node)

    def _operation(self, node: ast.expr) -> ast.expr:
        text, origin = ast.unparse(node), origin_of(node)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                node.func.value = self.visit(node.func.value)
            node.args = [self.visit(a) for a in node.args]
            for keyword in node.keywords:
                keyword.value = self.visit(keyword.value)
        else:
            self.generic_visit(node)
        found = tuple(dict.fromkeys(_sources(node)))
        self.found.operations.append(Operation(self.line, text, origin, found))
        call = self._call(node, "op", len(self.found.operations) - 1, node)
        call.number = len(self.found.operations) - 1  # type: ignore[attr-defined]
        return call

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        node.value = self.visit(node.value)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return node  # its names are its own

    visit_GeneratorExp = visit_SetComp = visit_DictComp = visit_ListComp  # type: ignore[assignment]

    # Statements

    def function(self, node: ast.FunctionDef) -> None:
        names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        names += [a.arg for a in (node.args.vararg, node.args.kwarg) if a is not None]
        first = self._call(node, "enter_function", node.name)
        leave = ast.Expr(self._call(node, "leave_function"))
        body = [self._record(node, names, "given"), *self.block(node.body)]
        node.body = [
            ast.Expr(first),
            ast.Try(body=body, handlers=[], orelse=[], finalbody=[leave]),
        ]

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        return [each for node in body for each in self.statement(node)]

    def statement(self, node: ast.stmt) -> list[ast.stmt]:
        """The statements that take the place of one."""
        self.line = node.lineno
        match node:
            case ast.For() | ast.While():
                return self._loop(node)
            case ast.If():
                test = self.visit(node.test)
                self._reads(node, test)
                node.test = self._call(node, "test", node.lineno, test)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign() if node.value is not None:
                return self._assignment(node)
            case ast.Expr(value=ast.Call() as call):
                return self._expression(node, call)
            case ast.Return() if node.value is not None:
                names = _names_of_results(node.value)
                node.value = self.visit(node.value)
                self._reads(node, node.value)
                node.value = self._call(node, "returned", node.lineno, tuple(names), node.value)
            case ast.FunctionDef():
                return [node]
        for part in ("body", "orelse", "finalbody"):
            if getattr(node, part, None):
                setattr(node, part, self.block(getattr(node, part)))
        for handler in getattr(node, "handlers", []):
            handler.body = self.block(handler.body)
        return [node]

    def _reads(self, node: ast.stmt, value: ast.AST) -> None:
        self.found.sources[node.lineno] = tuple(dict.fromkeys(_sources(value)))

    def _loop(self, node: ast.For | ast.While) -> list[ast.stmt]:
        number, before = self.loops[node.lineno], []
        names: list[str] = []
        if isinstance(node, ast.For):
            names = _stored(node.target)
            read = self.visit(node.iter)
            self._reads(node, read)
            node.iter = self._call(node, "enter", number, read)
        else:
            before = [ast.Expr(self._call(node, "enter", number, None))]
            node.test = self.visit(node.test)
            self._reads(node, node.test)
        trip = ast.Expr(self._call(node, "trip", number))
        node.body = [trip, self._record(node, names), *self.block(node.body)]
        node.orelse = self.block(node.orelse)
        return [*before, node, ast.Expr(self._call(node, "leave", number))]

    def _assignment(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> list[ast.stmt]:
        assert node.value is not None
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = list(dict.fromkeys(name for t in targets for name in _stored(t)))
        value = self.visit(node.value)
        self._reads(node, value)
        if isinstance(node, ast.AugAssign):
            self.found.sources[node.lineno] += tuple(names)
            value = self._call(node, "added", node.lineno, value)
        node.value = value
        return [node, self._record(node, names)]

    def _expression(self, node: ast.Expr, call: ast.Call) -> list[ast.stmt]:
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr == "append" and call.args:
            names = _names_of_results(call.args[0])
            value = self.visit(call.args[0])
            self._reads(node, value)
            root = next(_roots(function.value), "")
            call.args[0] = self._call(
                node, "saved", node.lineno, root, ast.unparse(function.value), tuple(names), value
            )
            return [node]
        written = [k.value for k in call.keywords if k.arg == "out"] or call.args[:1]
        names = [each.id for each in written if isinstance(each, ast.Name)]
        node.value = self.visit(call)
        self._reads(node, node.value)
        return [node, self._record(node, names)]


def _sources(node: ast.AST) -> Iterator[Source]:
    for part in ast.iter_child_nodes(node) if not hasattr(node, "number") else [node]:
        if hasattr(part, "number"):
            yield part.number
        elif isinstance(part, ast.Name):
            yield part.id
        else:
            yield from _sources(part)
    if isinstance(node, ast.Name):
        yield node.id


def _roots(node: ast.AST) -> Iterator[str]:
    return (n.id for n in ast.walk(node) if isinstance(n, ast.Name))


def _stored(target: ast.expr) -> list[str]:
    """The variables that a target assigns or writes into."""
    match target:
        case ast.Tuple() | ast.List():
            return [name for item in target.elts for name in _stored(item)]
        case ast.Starred():
            return _stored(target.value)
        case ast.Subscript() | ast.Attribute():
            return _stored(target.value)
        case ast.Name():
            return [target.id]
    return []


def _names_of_results(value: ast.expr) -> list[str]:
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return [ast.unparse(part) for part in parts]
