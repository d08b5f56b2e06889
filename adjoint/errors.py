"""Exceptions that know where in the user's source they come from, and draw a caret under it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any


def did_you_mean(name: str, candidates: Iterable[object]) -> str:
    """The end of a message about an unknown name: '; did you mean ...?', or nothing."""
    import difflib  # costs more than all else in this file, and few programs come here

    names = {c for c in candidates if isinstance(c, str) and not c.startswith(("__", "%"))}
    folded = {c.lower(): c for c in sorted(names, reverse=True)}
    close = difflib.get_close_matches(name.lower(), list(folded), 1, 0.7)
    return f"; did you mean '{folded[close[0]]}'?" if close else ""


#: How many attempts an error remembers.
MOST_ATTEMPTS = 16


@dataclass(frozen=True)
class Span:
    """A stretch of the user's source: where an operation comes from.

    `statement` is the line on which the enclosing statement starts; `lines` is the text of the
    whole file, shared by all spans of that file. `calls` are those that led there, the innermost
    first. Of an operation in a function of a library, this is the user's call, and `within` tells
    apart the places in the library.
    """

    file: str
    line: int
    column: int
    statement: int
    end_column: int = -1
    lines: tuple[str, ...] = field(default=(), repr=False, compare=False, hash=False)
    calls: tuple[Call, ...] = field(default=(), repr=False, compare=False, hash=False)
    within: tuple[str, int, int] | None = None

    def text(self, line: int | None = None) -> str:
        """The source line, without its line break; empty when the source is not at hand."""
        index = (self.line if line is None else line) - 1
        return self.lines[index].rstrip() if 0 <= index < len(self.lines) else ""

    def of_statement(self) -> Span:
        """The first line of the statement around this place."""
        text = self.text(self.statement)
        column = len(text) - len(text.lstrip())
        return replace(self, line=self.statement, column=column, end_column=len(text))

    def chain(self) -> str:
        """The calls that led here: 'in helper(), called from loss(), line 30'."""
        if not self.calls:
            return ""
        text = f"in {self.calls[0].callee}"
        for call in self.calls:
            text += f", called from {call.caller}"
            if call.span is not None:
                elsewhere = f" of {call.span.file}" if call.span.file != self.file else ""
                text += f", line {call.span.line}{elsewhere}"
        return text

    def excerpt(self) -> str:
        """The source line with a caret under the place, indented; empty without a source."""
        source = self.text()
        if not source:
            return ""
        start = max(self.column - (len(source) - len(source.lstrip())), 0)
        width = max(min(self.end_column, len(source)) - self.column, 1)
        return f"    {source.lstrip()}\n    {' ' * start}{'^' * width}"


@dataclass(frozen=True)
class Call:
    """A call that led to a place: who calls whom, and where."""

    callee: str
    caller: str
    span: Span | None


class AdjointError(Exception):
    """Base of all errors that adjoint raises on its own account.

    Examples
    --------
    >>> try:
    ...     grad(lambda x: x * x)(3)
    ... except AdjointError as error:
    ...     print(type(error).__name__)
    UnsupportedError
    """

    def __reduce__(self) -> Any:
        """Pickled by its attributes: the parameters differ between these classes."""
        return _unpickled, (type(self), self.args), self.__dict__


def _unpickled(kind: type[AdjointError], args: tuple[Any, ...]) -> AdjointError:
    return kind.__new__(kind, *args)


class UnsupportedError(AdjointError):
    """The program cannot be differentiated, and this is where and why.

    Parameters
    ----------
    reason : str
        The obstacle, one sentence.
    span : Span, optional
        The place in the user's source.
    instead : str
        The remedy, if there is one.

    Attributes
    ----------
    file, line, column
        The place, or None.
    attempts : list of UnsupportedError
        The errors of other attempts to compile the same code. A loop that is refused is unrolled,
        for instance. This error is that of the attempt that got furthest.
    way : str
        How this attempt differs from the plain one, such as "with this loop unrolled".

    Examples
    --------
    >>> try:
    ...     grad(lambda n: n * n)(3)
    ... except UnsupportedError as error:
    ...     print(error.instead)
    pass a float, as float(n), or choose other arguments with argnums
    """

    def __init__(self, reason: str, span: Span | None = None, instead: str = ""):
        self.reason, self.span, self.instead = reason, span, instead
        self.attempts: list[UnsupportedError] = []
        self.way = ""
        super().__init__(reason)

    def located(self, span: Span | None) -> UnsupportedError:
        """This error, placed at `span` unless it already knows a better place."""
        if self.span is None:
            self.span = span
        return self

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

    def fresh(self) -> UnsupportedError:
        """The same error without a traceback, to be raised once more."""
        copy = type(self).__new__(type(self), *self.args)
        copy.__dict__.update(self.__dict__)
        copy.attempts = [each.fresh() for each in self.attempts]
        if notes := getattr(self, "__notes__", None):
            copy.__notes__ = [*notes]
        return copy

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
            message = f"{self.span.file}:{self.span.line}: {message}"
            if excerpt := self.span.excerpt():
                message += f"\n{excerpt}"
            if chain := self.span.chain():
                message += f"\n  {chain}"
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

    def plain(self) -> UnsupportedError:
        """The same as a refusal, where the statement cannot be taken apart."""
        error = UnsupportedError(self.reason, self.span, self.instead)
        error.attempts, error.way = self.attempts, self.way
        return error


class SourceUnavailableError(UnsupportedError):
    """The Python source of a function to differentiate was not found, or has changed.

    Parameters
    ----------
    reason, span, instead
        As for `UnsupportedError`.

    Examples
    --------
    >>> namespace = {}
    >>> exec("def f(x): return x * x", namespace)
    >>> try:
    ...     grad(namespace["f"])(3.0)
    ... except SourceUnavailableError as error:
    ...     print(error.reason)
    the source of f is not available (<string>)
    """


class NonFiniteError(AdjointError, FloatingPointError):
    """A program has computed a nan, or an infinity, under `debug_nans`.

    Parameters
    ----------
    kind, half, program, span, details
        The attributes of the same name.

    Attributes
    ----------
    kind : str
        "nan" or "infinity".
    half : str
        "value" for the forward half of the program, "derivative" for the backward half.
    program : str
        The name of the generated function.
    span : Span or None
        The place in the user's source.
    details : tuple of str
        The operation, its result and its operands.

    Examples
    --------
    >>> try:
    ...     with debug_nans():
    ...         grad(lambda x: np.sqrt(np.sum(x * x)))(np.zeros(2))
    ... except NonFiniteError as error:
    ...     print(error.kind, "in the", error.half)
    nan in the derivative
    """

    def __init__(
        self, kind: str, half: str, program: str, span: Span | None, details: Sequence[str]
    ):
        self.kind, self.half, self.program = kind, half, program
        self.span, self.details = span, tuple(details)
        super().__init__(kind)

    def __str__(self) -> str:
        message = f"{self.kind} in the {self.half} ({self.program})"
        lines = [message]
        if self.span is not None:
            lines = [f"{self.span.file}:{self.span.line}: {message}"]
            lines += [part for part in (self.span.excerpt(),) if part]
            lines += [f"  {self.span.chain()}"] if self.span.calls else []
        return "\n".join([*lines, *(f"  {line}" for line in self.details)])


class DisconnectedWarning(UserWarning):
    """A gradient is zero because only operations without derivative lead to the result.

    Such operations are roundings, comparisons, positions such as `argmax`, and conversions to
    integers. The warning comes once, when the gradient is compiled, at the line where the
    connection ends.

    Examples
    --------
    >>> import warnings
    >>> with warnings.catch_warnings(record=True) as found:
    ...     warnings.simplefilter("always")
    ...     zero = grad(lambda x: np.sum(np.round(x)))(np.ones(2))
    >>> found[0].category is DisconnectedWarning
    True
    """


class NativeWarning(UserWarning):
    """A program of the back end "numba" runs in NumPy instead.

    Either the back end refused the program and `fallback=True` was given, or the first result of
    the compiled program was not that of the program in NumPy. The warning comes once.

    Examples
    --------
    >>> issubclass(NativeWarning, UserWarning)
    True
    """


class VerificationError(AdjointError):
    """A pass broke an invariant of the IR: a bug in adjoint, never the user's fault."""
