"""Classes of the user's whose instances have gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, overload

from adjoint.kinds import is_user_class

C = TypeVar("C", bound=type[Any])


@overload
def register(cls: C, *, fields: Iterable[str] | None = ...) -> C: ...
@overload
def register(cls: None = None, *, fields: Iterable[str] | None = ...) -> Callable[[C], C]: ...
def register(cls: type | None = None, *, fields: Iterable[str] | None = None) -> Any:
    """Let instances of a class be arguments whose attributes have gradients.

    Data classes and named tuples need no registration.

    Parameters
    ----------
    cls : type
        A class written in Python. Without it, `register` is a decorator.
    fields : iterable of str, optional
        The attributes that are parameters. By default all floats and float arrays.

    Returns
    -------
    type
        The class itself. A gradient with respect to an instance is an instance of the same class,
        made without running `__init__`. It has cotangents in `fields`; other attributes are
        copied.

    Raises
    ------
    TypeError
        If the class defines `__new__`, `__getattr__` or `__setattr__`, or is no Python class.

    Examples
    --------
    >>> @register(fields=["slope"])
    ... class Line:
    ...     def __init__(self, slope, name):
    ...         self.slope, self.name = slope, name
    >>> grad(lambda line, x: line.slope * x)(Line(2.0, "a"), 3.0).slope
    3.0
    """
    if cls is None:
        return lambda made: register(made, fields=fields)
    if not is_user_class(cls):
        raise TypeError(f"{cls!r} is no plain Python class: it controls how attributes are set")
    names = None if fields is None else frozenset(fields)
    cls.__adjoint_fields__ = names  # type: ignore[attr-defined]
    return cls
