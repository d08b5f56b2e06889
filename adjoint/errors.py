"""Exceptions that know where in the user's source they come from, and draw a caret under it."""

from __future__ import annotations

from dataclasses import dataclass, field

#: How many attempts an error remembers.
MOST_ATTEMPTS = 16


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


@dataclass(frozen=True)
class Call:
    """A call that led to an error: the name of the callee, and where it is called."""

    callee: str
    span: Span | None


class AdjointError(Exception):
    """Base of all errors that adjoint raises on its own account."""


class UnsupportedError(AdjointError):
    """The program cannot be differentiated (or not yet), and this is where and why.

    Parameters
    ----------
    reason : the obstacle, one sentence.
    span : the place in the user's source.
    instead : what to write instead, when there is something.

    Attributes
    ----------
    calls : the calls that led to the place, innermost first.
    caller : the name of the function in which the outermost of these calls stands.
    attempts : the errors of the other ways in which the same code was tried. A loop that is
        refused is unrolled, for instance; the error is of the way that got furthest.
    way : how this attempt differs from the plain one, as "with this loop unrolled".
    """

    def __init__(self, reason: str, span: Span | None = None, instead: str = ""):
        self.reason, self.span, self.instead = reason, span, instead
        self.calls: tuple[Call, ...] = ()
        self.caller = ""
        self.attempts: list[UnsupportedError] = []
        self.way = ""
        super().__init__(reason)

    def located(self, span: Span | None) -> UnsupportedError:
        """This error, placed at `span` unless it already knows a better place."""
        if self.span is None:
            self.span = span
        return self

    def reached_by(self, calls: tuple[Call, ...], caller: str) -> None:
        """Note the calls that led here, unless those of a place further inside are known."""
        if not self.calls:
            self.calls, self.caller = calls, caller

    def or_later(self, attempt: UnsupportedError, way: str = "") -> UnsupportedError:
        """This error, or that of a second attempt if it got further; each keeps the other."""
        if attempt is self or attempt.reason == self.reason:
            return self
        attempt.way = attempt.way or way
        first, later = self.span, attempt.span
        further = first is not None and later is not None and first.file == later.file
        chosen, other = (attempt, self) if further and later.line > first.line else (self, attempt)  # type: ignore[union-attr]
        for each in (other, *other.attempts):
            if each is not chosen and each not in chosen.attempts:
                chosen.attempts.append(each)
        del chosen.attempts[MOST_ATTEMPTS:]
        return chosen

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
        message = f"{self.reason} ({self.way})" if self.way else self.reason
        if self.span is not None:
            source = self.span.text()
            message = f"{self.span.file}:{self.span.line}: {message}"
            if source:
                indent = len(source) - len(source.lstrip())
                start = max(self.span.column - indent, 0)
                width = max(self.span.end_column - self.span.column, 1)
                width = max(min(width, len(source) - self.span.column), 1)
                message += f"\n    {source.lstrip()}\n    {' ' * start}{'^' * width}"
        if self.calls:
            message += f"\n  {self._chain()}"
        if self.instead:
            message += f"\n  instead: {self.instead}"
        return message


    def _chain(self) -> str:
        """The calls that led here: 'in helper(), called from loss(), line 30'."""
        callers = [*(call.callee for call in self.calls[1:]), self.caller]
        text = f"in {self.calls[0].callee}()"
        for call, caller in zip(self.calls, callers, strict=True):
            text += f", called from {caller}()"
            if call.span is not None:
                elsewhere = self.span is None or call.span.file != self.span.file
                text += f", line {call.span.line}" + (f" of {call.span.file}" if elsewhere else "")
        return text


class CertainError(UnsupportedError):
    """The program certainly raises `exception` here; a `try` in the program may catch that."""

    def __init__(self, exception: type, reason: str, *args: object, instead: str = ""):
        super().__init__(reason, None, instead)
        self.exception, self.args_ = exception, args


class SourceUnavailableError(UnsupportedError):
    """There is no Python source to read for a function that should be differentiated."""


class VerificationError(AdjointError):
    """A pass broke an invariant of the IR: a bug in adjoint, never the user's fault."""
