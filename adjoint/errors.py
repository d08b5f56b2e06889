"""Exceptions that know where in the user's source they come from, and draw a caret under it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Span:
    """A stretch of the user's source: where an operation comes from.

    `statement` is the line on which the enclosing statement starts; `lines` is the text of the
    whole file, shared by all spans of that file.
    """

    file: str
    line: int
    column: int
    statement: int
    end_column: int = -1
    lines: tuple[str, ...] = field(default=(), repr=False, compare=False, hash=False)

    def text(self, line: int | None = None) -> str:
        """The source line, without its line break; empty when the source is not at hand."""
        index = (self.line if line is None else line) - 1
        return self.lines[index].rstrip() if 0 <= index < len(self.lines) else ""


class AdjointError(Exception):
    """Base of all errors that adjoint raises on its own account."""


class UnsupportedError(AdjointError):
    """The program cannot be differentiated (or not yet), and this is where and why.

    Parameters
    ----------
    reason : what stands in the way, one sentence.
    span : the place in the user's source.
    instead : what to write instead, when there is something.
    """

    def __init__(self, reason: str, span: Span | None = None, instead: str = ""):
        self.reason, self.span, self.instead = reason, span, instead
        super().__init__(reason)

    def located(self, span: Span | None) -> UnsupportedError:
        """This error, placed at `span` unless it already knows a better place."""
        if self.span is None:
            self.span = span
        return self

    @property
    def file(self) -> str | None:
        return self.span.file if self.span else None

    @property
    def line(self) -> int | None:
        return self.span.line if self.span else None

    @property
    def column(self) -> int | None:
        return self.span.column if self.span else None

    def __str__(self) -> str:
        message = self.reason
        if self.span is not None:
            source = self.span.text()
            message = f"{self.span.file}:{self.span.line}: {message}"
            if source:
                indent = len(source) - len(source.lstrip())
                start = max(self.span.column - indent, 0)
                width = max(self.span.end_column - self.span.column, 1)
                width = max(min(width, len(source) - self.span.column), 1)
                message += f"\n    {source.lstrip()}\n    {' ' * start}{'^' * width}"
        if self.instead:
            message += f"\n  instead: {self.instead}"
        return message


class CertainError(UnsupportedError):
    """The program certainly raises `exception` here; a `try` in the program may catch that."""

    def __init__(self, exception: type, reason: str, *args: object, instead: str = ""):
        super().__init__(reason, None, instead)
        self.exception, self.args_ = exception, args


class LeavesExpressionError(UnsupportedError):
    """An exception leaves an expression of which another part would follow."""


class SourceUnavailableError(UnsupportedError):
    """There is no Python source to read for a function that should be differentiated."""


class VerificationError(AdjointError):
    """A pass broke an invariant of the IR: a bug in adjoint, never the user's fault."""
