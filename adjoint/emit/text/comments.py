"""Comments in the backward half: the primal statement that a group of statements belongs to."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager

from adjoint.emit.text.printer import Comment
from adjoint.errors import Span
from adjoint.ir import ops
from adjoint.ir.core import Op, Value


class Citations:
    """Cites each primal statement once, where the statements that belong to it begin."""

    def __init__(self, file: str, silent: bool):
        self.file, self.silent = file, silent
        self._latest: tuple[str, int] | None = None

    def cite(self, op: Op, out: list[ast.stmt]) -> None:
        """Cite the statement of a backward operation, unless the one before it has done so."""
        span = op.span
        if self.silent or not op.backward or span is None:
            return
        if op.kind == "if" and op.attrs.get("mirror") is not None:
            return
        key = (span.file, span.statement)
        if key != self._latest:
            self._latest = key
            out.append(Comment(self._text(span)))

    def cite_values(self, values: list[Value], nested: set[Op], out: list[ast.stmt]) -> None:
        """Cite the one statement that values belong to which are computed where they are used."""
        made = [v.op for v in values if v.op is not None and v.op in nested and v.op.backward]
        made = [op for op in made if op.target not in ops.CONTAINERS]
        if len({op.span.statement for op in made if op.span is not None}) == 1:
            self.cite(made[0], out)

    def _text(self, span: Span) -> str:
        text = span.text(span.statement).strip()
        where = f"line {span.statement}"
        if span.file != self.file:
            where = f"{span.file.rsplit('/', 1)[-1]}:{span.statement}"
        if len(text) > 70:
            text = text[:67] + "..."
        return f"{where}: {text}"

    @contextmanager
    def block(self, afresh: bool = False) -> Iterator[None]:
        """For the statements of a nested block: what follows it belongs to what came before."""
        before = self._latest
        if afresh:
            self._latest = None
        yield
        self._latest = before
