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

    Inside of the `with`, generated programs look at the result of each of their operations, in
    the forward and in the backward half, and raise `NonFiniteError` at the first nan: with the
    user's line, the operation, its operands, and which of these were bad already. Outside of it
    nothing is looked at. It holds for the thread or task that entered it.

    Parameters
    ----------
    on : False switches the checks off again, inside of another `with`.
    infs : stop at infinities as well. Masks are often made of them, so they are allowed at first.

    Examples
    --------
    >>> with adjoint.debug_nans():
    ...     grad(loss)(x)
    """
    ENTERED.append(True)
    del ENTERED[1:]
    token = _stops.set(("inf" if infs else "nan") if on else "")
    try:
        yield
    finally:
        _stops.reset(token)


def stops() -> str:
    """What stops the programs that are called now."""
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
