"""The two texts, line by line: which lines belong together, halves, loops and their twins."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adjoint.emit.module import Emitted
from adjoint.emit.text.places import Origin, origin_of, parsed_with_origins
from adjoint.errors import Span

#: A line of the user's: file and number.
Place = tuple[str, int]


@dataclass
class Statement:
    """A statement of the generated text, or the head of a loop, a branch or a function.

    Attributes
    ----------
    half : "forward", "backward", or "again" for what the backward half computes once more.
    main : the user's statement that it belongs to.
    places : all user's statements whose operations stand in it.
    """

    line: int
    last: int
    half: str
    main: Place | None
    places: list[Place]
    spans: list[Span]
    loops: tuple[int, ...]
    function: str


@dataclass
class Loop:
    """A loop of the generated text. Loops of one `group` are one loop of the user's."""

    number: int
    line: int
    half: str
    backwards: bool
    group: int
    place: Place | None
    head: str
    outer: tuple[int, ...]
    span: Span | None


@dataclass
class Listing:
    """The generated text as the page needs it."""

    source: str
    tree: ast.Module
    statements: dict[int, Statement] = field(default_factory=dict)
    loops: list[Loop] = field(default_factory=list)
    groups: list[Place | None] = field(default_factory=list)
    functions: dict[str, tuple[int, int]] = field(default_factory=dict)

    def spans(self) -> Iterator[Span]:
        for statement in self.statements.values():
            yield from statement.spans


def listing(emitted: Emitted) -> Listing:
    """Read a generated text."""
    source = emitted.source
    found = Listing(source, parsed_with_origins(source, emitted.statements))
    _Reader(found, emitted).read()
    return found


def place_of(span: Span) -> Place:
    return span.file, span.statement


class _Reader:
    """Walks over the statements of the text, in their order."""

    def __init__(self, found: Listing, emitted: Emitted) -> None:
        self.found, self.emitted = found, emitted
        self.lines = found.source.split("\n")

    def read(self) -> None:
        for node in self.found.tree.body:
            if isinstance(node, ast.FunctionDef):
                last = node.end_lineno or node.lineno
                self.found.functions[node.name] = (node.lineno, last)
                marks = [k for k in range(node.lineno, last + 1)
                         if self.lines[k - 1].strip() == "# backward"]  # fmt: skip
                whole = "_backward" in node.name
                self.turn = node.lineno if whole else marks[0] if marks else last + 1
                self.marked = bool(marks) or whole
                self.function = node.name
                self._head(node, (), node.body)
                self._block(node.body, ())
        self._pair()

    def _block(self, body: list[ast.stmt], loops: tuple[int, ...]) -> None:
        for node in body:
            inner = loops
            if isinstance(node, (ast.For, ast.While)):
                inner = (*loops, len(self.found.loops))
                statement = self._head(node, inner, node.body)
                self._loop(node, statement, loops)
            elif isinstance(node, (ast.If, ast.With, ast.Try, ast.FunctionDef)):
                self._head(node, loops, node.body)
            elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
                self._statement(node, node, loops, node.end_lineno or node.lineno)
            for part in ("body", "orelse", "finalbody"):
                self._block(getattr(node, part, []), inner)
            for handler in getattr(node, "handlers", []):
                self._block(handler.body, inner)

    def _head(self, node: ast.stmt, loops: tuple[int, ...], body: list[ast.stmt]) -> Statement:
        head: list[ast.AST] = []
        for name in ("target", "iter", "test", "items"):
            part = getattr(node, name, None)
            if part is not None:
                head += part if isinstance(part, list) else [part]
        ends = [getattr(part, "end_lineno", 0) for part in head]
        return self._statement(node, head, loops, max([node.lineno, *ends]))

    def _statement(
        self, node: ast.stmt, parts: ast.AST | list[ast.AST], loops: tuple[int, ...], last: int
    ) -> Statement:
        walked = ast.walk(parts) if isinstance(parts, ast.AST) else (
            n for part in parts for n in ast.walk(part))  # fmt: skip
        own = origin_of(node)
        origins: list[Origin] = [own] if own else []
        origins += [o for n in walked if (o := origin_of(n)) is not None and o not in origins]
        spans = [o.span for o in origins if o.span is not None]
        main = self.emitted.span_of(node.lineno) or (spans[0] if spans else None)
        places = list(dict.fromkeys(place_of(s) for s in [*([main] if main else []), *spans]))
        statement = Statement(
            node.lineno, last, self._half(node.lineno, origins),
            place_of(main) if main else None, places, spans, loops, self.function,
        )  # fmt: skip
        self.found.statements[node.lineno] = statement
        return statement

    def _half(self, line: int, origins: list[Origin]) -> str:
        if line < self.turn and self.marked:
            return "forward"
        backward = any(o.backward for o in origins)
        if not self.marked:
            return "backward" if backward else "forward"
        return "backward" if backward or not origins else "again"

    def _loop(
        self, node: ast.For | ast.While, statement: Statement, outer: tuple[int, ...]
    ) -> None:
        own = origin_of(node)
        span = own.span if own else None
        head = self.lines[node.lineno - 1].strip().rstrip(":")
        self.found.loops.append(
            Loop(len(self.found.loops), node.lineno, statement.half, _steps_back(node), -1,
                 statement.main, head, outer, span)
        )  # fmt: skip

    def _pair(self) -> None:
        """Let loops of one loop of the user's be a group: the last forward loop of a place is the
        first one that the backward half takes.

        A loop of an iteration that is taken where it is reversed has no twin before it."""
        waiting: dict[Any, list[int]] = {}
        loops = self.found.loops
        for loop in sorted(loops, key=lambda each: (each.half != "forward", each.number)):
            around = tuple(loops[k].group for k in loop.outer)
            key = (loop.span, loop.span.calls if loop.span else loop.number, around)
            twins = waiting.setdefault((key, loop.half), list(waiting.get((key, "forward"), [])))
            if loop.half != "forward" and twins:
                loop.group = twins.pop(0 if loop.half == "again" else -1)
            else:
                loop.group = len(self.found.groups)
                self.found.groups.append(loop.place)
                twins.append(loop.group)
                if loop.half == "again":
                    waiting.setdefault((key, "forward"), []).append(loop.group)


def _steps_back(node: ast.For | ast.While) -> bool:
    """Does the loop take the iterations from the last one to the first?"""
    if isinstance(node, ast.While):
        return False
    for part in ast.walk(node.iter):
        if isinstance(part, ast.Name) and part.id == "reversed":
            return True
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name):
            step = part.args[2] if part.func.id == "range" and len(part.args) == 3 else None
            if isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub):
                return True
    return False
