"""The operations that models of solvers are written with; the compiler knows what they mean.

A model of a solver is an ordinary function, which is lowered in the place of the solver. Its first
argument is the solver itself:

    @solves(optimize.brentq)
    def _bracketed(solver, f, a, b, args=(), **options):
        g, problem = pose(residual=(lambda x: f(x, *args), (0.0,)))
        x = run(solver, 0.0, g, a, b, **options)
        return solved(x, _scalar_root, problem)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def pose(**functions: Any) -> Any:
    """Convert functions of the user's for a solver: (function, ..., problem).

    Each is given with a tuple of arguments like those that the solver calls it with.
    """
    raise NotImplementedError


def run(solver: Callable[..., Any], like: Any, *args: Any, **kwargs: Any) -> Any:
    """`solver(*args, **kwargs)`, a constant of the type of `like`."""
    raise NotImplementedError


def field(result: Any, name: str | int, like: Any) -> Any:
    """`result.name` or `result[name]`, a constant of the type of `like`.

    Instead of a value, `like` may be bool, int, float, str or object.
    """
    raise NotImplementedError


def solved(value: Any, theorem: Callable[..., Any], problem: Any, *inputs: Any) -> Any:
    """The same value, with the derivative of a theorem.

    The theorem is called with the functions of the problem, the inputs, `p`, the value and its
    cotangent. The functions take `p` as a further, last argument: the values that they capture.
    It returns the cotangents of the inputs and of `p`.
    """
    raise NotImplementedError


def underived(value: Any, what: str, problem: Any, *inputs: Any) -> Any:
    """The same value; it is refused to differentiate it with respect to the problem."""
    raise NotImplementedError


def has_derivative(p: Any) -> bool:
    """Is there a real number in this container?"""
    raise NotImplementedError


def parameter_count(f: Callable[..., Any]) -> int:
    """The number of positional parameters of a function of the user's; -1 if it takes any."""
    raise NotImplementedError


def spread(x: Any, like: Any) -> Any:
    """The elements of a vector as a tuple, which has as many items as `like`."""
    raise NotImplementedError


def pose_continuous(**functions: Any) -> Any:
    """The same as `pose`, of functions that must not jump where they are differentiated."""
    raise NotImplementedError


def smooth(f: Callable[..., Any]) -> Any:
    """The function, in which no comparison counts as a jump."""
    raise NotImplementedError


def by_part(function: Callable[..., Any], p: Any) -> Any:
    """`function(q, put)` for each real item q of `p`, where put(r) is `p` with r in its place."""
    raise NotImplementedError


def when_varied(x: Any) -> Any:
    """None of a number that is part of the program, and something else of any other."""
    raise NotImplementedError


def entry(result: Any, key: Any, like: Any) -> Any:
    """`result[key]`, a constant of the type of `like`."""
    raise NotImplementedError


def added(a: Any, b: Any) -> Any:
    """The sums of two tuples of cotangents, in which some are None."""
    raise NotImplementedError


def without(options: Any, *names: str) -> Any:
    """A copy of some options, without those of these names."""
    raise NotImplementedError


def attribute_of(f: Callable[..., Any], name: str, default: Any) -> Any:
    """An attribute of a function of the user's, as solve_ivp reads it of an event."""
    return getattr(f, name, default)


def posed(p: Any, *functions: Callable[..., Any]) -> Any:
    """The problem of functions that a theorem is given, with the values that they capture."""
    raise NotImplementedError


def refuse(what: str) -> None:
    """Refuse a call whose derivative is not known."""
    raise NotImplementedError(what)
