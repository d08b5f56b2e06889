"""The residuals of a generated text: what the forward half leaves for the backward half.

They are found in the text, where they are variables and tapes. Their bytes come from a run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from adjoint.emit.text.places import origin_of
from adjoint.errors import Span
from adjoint.explorer.listing import Listing


@dataclass
class Residual:
    """A value that is saved on one line and used on others.

    Attributes
    ----------
    kind : "tape" (one record for each iteration), "value", or "argument", which costs nothing.
    field : which part of the record it is.
    text : what is saved, as it is written.
    """

    name: str
    kind: str
    function: str
    save: int
    uses: list[int]
    text: str
    field: int = 0
    span: Span | None = None


def residuals(listing: Listing, source: ast.Module) -> list[Residual]:
    """All residuals, in the order in which they are saved."""
    found: list[Residual] = []
    for node in source.body:
        if isinstance(node, ast.FunctionDef):
            found += _Function(listing, node).residuals()
    return sorted(found, key=lambda r: (r.kind == "argument", r.save, r.field))


class _Function:
    """One function of the text."""

    def __init__(self, listing: Listing, node: ast.FunctionDef) -> None:
        self.node, self.listing = node, listing
        halves = {line: s.half for line, s in listing.statements.items()}
        self.forward: dict[str, int] = {}  # variables, and the line that assigns them last
        self.appended: list[ast.Call] = []
        self.reads: dict[str, list[int]] = {}  # in the backward half, before it assigns them
        self.written: set[str] = set()
        self.loops: list[ast.For] = []
        for statement in _statements(node.body):
            if halves.get(statement.lineno, "forward") == "forward":
                self._forward(statement)
            else:
                self._backward(statement)

    def _forward(self, statement: ast.stmt) -> None:
        for part in _own_parts(statement):
            for each in ast.walk(part):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                    self.forward[each.id] = statement.lineno
                elif _appends(each):
                    assert isinstance(each, ast.Call)
                    self.appended.append(each)

    def _backward(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.For):
            self.loops.append(statement)
        stored: set[str] = set()
        for part in _own_parts(statement):
            for each in ast.walk(part):
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                    if each.id not in self.written:
                        self.reads.setdefault(each.id, []).append(statement.lineno)
                elif isinstance(each, ast.Name):
                    stored.add(each.id)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            if name not in self.written:
                self.reads.setdefault(name, []).append(statement.lineno)
        self.written |= stored

    def residuals(self) -> Iterator[Residual]:
        function, tapes = self.node.name, set()
        for call in self.appended:
            assert isinstance(call.func, ast.Attribute)
            tape = ast.unparse(call.func.value)
            tapes.add(tape)
            record = call.args[0]
            fields = record.elts if isinstance(record, ast.Tuple) else [record]
            for k, each in enumerate(fields):
                name, uses = self._uses(tape, k if len(fields) > 1 else None)
                origin = origin_of(each)
                yield Residual(
                    name or ast.unparse(each), "tape", function, call.lineno,
                    uses, ast.unparse(each), k, origin.span if origin else None,
                )  # fmt: skip
        arguments = {a.arg for a in (*self.node.args.args, *self.node.args.kwonlyargs)}
        for name, lines in self.reads.items():
            lines = list(dict.fromkeys(lines))
            if name in tapes or name in self.written and name not in self.forward | dict.fromkeys(
                arguments
            ):
                continue
            if name in self.forward:
                yield Residual(name, "value", function, self.forward[name], lines, name)
            elif name in arguments:
                yield Residual(name, "argument", function, self.node.lineno, lines, name)

    def _uses(self, tape: str, field: int | None) -> tuple[str, list[int]]:
        """The variable that a field of a record becomes, and the lines that read it."""
        for loop in self.loops:
            for sequence, target in _pairs(loop):
                if tape not in {n.id for n in ast.walk(sequence) if isinstance(n, ast.Name)}:
                    continue
                if field is not None and isinstance(target, ast.Tuple):
                    if field >= len(target.elts):
                        continue
                    target = target.elts[field]
                names = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)} - {"_"}
                lines = [
                    statement.lineno
                    for statement in _statements(loop.body)
                    for part in _own_parts(statement)
                    for n in ast.walk(part)
                    if isinstance(n, ast.Name) and n.id in names and isinstance(n.ctx, ast.Load)
                ]
                return ", ".join(sorted(names)), list(dict.fromkeys(lines)) or [loop.lineno]
        return "", self.reads.get(tape, [])


def _appends(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and len(node.args) == 1
    )


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from _statements(handler.body)


def _own_parts(node: ast.stmt) -> Iterator[ast.AST]:
    """The expressions of a statement: what it reads before what it assigns."""
    if isinstance(node, ast.For):
        yield from (node.iter, node.target)
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        yield from (*([node.value] if node.value else []), *targets)
    else:
        for part in ast.iter_child_nodes(node):
            if not isinstance(part, (ast.stmt, ast.ExceptHandler)):
                yield part


def _pairs(loop: ast.For) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The sequences of a loop, each with its target."""
    call, target = loop.iter, loop.target
    zipped = (
        isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "zip"
    )
    if zipped and isinstance(call, ast.Call) and isinstance(target, ast.Tuple):
        yield from zip(call.args, target.elts, strict=False)
    else:
        yield call, target
