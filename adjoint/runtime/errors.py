"""Whether a call raises: how generated code decides which side of a `try` it is on."""

from __future__ import annotations

from typing import Any


def raises(error: Any, function: Any, *args: Any, **kwargs: Any) -> bool:
    """Does `function(*args, **kwargs)` raise this exception (or one of these)?"""
    try:
        function(*args, **kwargs)
    except error:
        return True
    except Exception:  # another one, which is raised where the operation is done
        return False
    return False


def outcome(clauses: Any, function: Any, *args: Any, **kwargs: Any) -> tuple[int, Any, Any]:
    """Call a function once: its value, or the exception and the first clause that catches it.

    A clause is a class, or a tuple of classes. The number of the clause is -1 where nothing was
    raised. What no clause catches is raised.
    """
    try:
        return -1, function(*args, **kwargs), None
    except BaseException as error:
        for k, classes in enumerate(clauses):
            if isinstance(error, classes):
                return k, None, error
        raise


def call_method(owner: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """`owner.name(*args, **kwargs)`, where the name may be missing as well."""
    return getattr(owner, name)(*args, **kwargs)


def raise_again(error: BaseException) -> None:
    """Raise an exception that was caught."""
    raise error
