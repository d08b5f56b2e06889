"""The back end of derivatives: an option of each, and a default for a block of code."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from adjoint.requests import COMPARES, Request

NAMES = ("numpy", "numba")


@dataclass(frozen=True)
class Choice:
    """What derivatives are compiled for that name no back end of their own."""

    backend: str = "numpy"
    fallback: bool = False


@functools.cache
def _choice(backend: str, fallback: bool) -> Choice:
    """One object for each choice: by it, functions see that another one was made."""
    return Choice(backend, fallback)


_NUMPY = _choice("numpy", False)
_current: contextvars.ContextVar[Choice] = contextvars.ContextVar("backend", default=_NUMPY)
#: Empty until `use` is entered for the first time: calls ask nothing else until then.
USED: list[bool] = []


@contextmanager
def use(backend: str, *, fallback: bool = False, compare: bool = True) -> Iterator[None]:
    """Compile the derivatives that are called inside of the `with` for this back end.

    It holds for the thread or task that entered it, and for derivatives that have no `backend=` of
    their own.

    Parameters
    ----------
    backend : "numpy" or "numba"
        "numba" compiles to machine code and needs Numba; see docs/native.md.
    fallback : bool
        Where the back end refuses a program, run it in NumPy, and warn once.
    compare : bool
        Compare the first result for each kind of arguments with that of the program in NumPy.

    Returns
    -------
    context manager
        For a `with` statement.

    Raises
    ------
    ValueError
        If there is no such back end.

    Examples
    --------
    >>> with use("numpy"):
    ...     grad(lambda x: x * x)(3.0)
    6.0
    """
    USED.append(True)
    del USED[1:]
    token = _current.set(_choice(checked(backend), fallback))
    compares = COMPARES.set(compare)
    try:
        yield
    finally:
        COMPARES.reset(compares)
        _current.reset(token)


def checked(backend: str | None) -> str:
    """The name of a back end; empty where none is given.

    Raises
    ------
    ValueError : where there is none of that name.
    """
    if backend is not None and backend not in NAMES:
        raise ValueError(f"backend={backend!r}: there are 'numpy' and 'numba'")
    return backend or ""


def current() -> Choice:
    return _current.get()


def resolved(request: Request) -> Request:
    """The request with the back end that it is compiled for at this moment."""
    if request.backend:
        return request
    choice = current()
    return replace(request, backend=choice.backend, fallback=choice.fallback)
