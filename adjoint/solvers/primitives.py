"""The operations that models of solvers are written with; the compiler knows what they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def solution(theorem: Callable[..., Any], find: Callable[..., Any], inputs: Any, **f: Any) -> Any:
    """`find(*functions, *inputs)`, whose derivative is that of the theorem.

    Parameters
    ----------
    theorem : called as theorem(*functions, *inputs, p, y, y_bar), with functions that take `p` as
        a further, last argument: the values that they capture. It returns the cotangents of the
        inputs and of `p`.
    find : calls the solver, with `run`.
    inputs : a tuple of what else the solution depends on.
    f : for each function of the user's, that function and a tuple of arguments like those that
        the solver calls it with.
    """
    raise NotImplementedError


def run(solver: Callable[..., Any], like: Any, *args: Any, **kwargs: Any) -> Any:
    """`solver(*args, **kwargs)`, a constant of the type of `like`."""
    raise NotImplementedError


def field(result: Any, name: str, like: Any) -> Any:
    """`result.name`, a constant of the type of `like` (or `like` is bool, int, float or str)."""
    raise NotImplementedError


def has_derivative(p: Any) -> bool:
    """Is there a real number in this container?"""
    raise NotImplementedError
