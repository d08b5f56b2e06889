"""Finding the operation that makes the first nan of a derivative."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: What stops a program: nothing, "nan" or "inf" (infinities as well).
_stops: contextvars.ContextVar[str] = contextvars.ContextVar("adjoint_debug_nans", default="")

#: Empty until `debug_nans` is used for the first time: calls ask nothing else until then.
ENTERED: list[bool] = []


@contextmanager
def debug_nans(on: bool = True, *, infs: bool = False) -> Iterator[None]:
    """Stop every derivative at the operation that makes the first nan.

    Inside of the `with`, generated programs check the result of each operation, in the forward and
    in the backward half. They raise `NonFiniteError` at the first nan. It names the user's line,
    the operation and its operands, and marks operands that were bad already. Outside of the
    `with`, nothing is checked. It holds for the thread or task that entered it.

    Parameters
    ----------
    on : bool
        False switches the checks off again, inside of another `with`.
    infs : bool
        Stop at infinities as well. They are allowed by default, because masks are often made of
        them.

    Returns
    -------
    context manager
        For a `with` statement.

    Raises
    ------
    NonFiniteError
        In the `with`, at the first nan.

    Examples
    --------
    >>> with debug_nans():
    ...     grad(lambda x: np.sqrt(np.sum(x * x)))(np.zeros(2))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    adjoint.errors.NonFiniteError: ...
    """
    ENTERED.append(True)
    del ENTERED[1:]
    token = _stops.set(("inf" if infs else "nan") if on else "")
    try:
        yield
    finally:
        _stops.reset(token)


def stops() -> str:
    """The values that stop the programs that are called now."""
    return _stops.get()


def option(given: Any) -> str:
    """The option `debug_nans=` of a derivative: False, True or "infs".

    Raises
    ------
    TypeError : for anything else.
    """
    choices = {False: "", True: "nan", "infs": "inf"}
    if not isinstance(given, (bool, str)) or given not in choices:
        raise TypeError(f"debug_nans={given!r}: it is True, False or 'infs'")
    return choices[given]
