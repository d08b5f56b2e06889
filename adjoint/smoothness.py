"""A promise about a function that is given to a solver: it has no jumps."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from adjoint.requests import smoothly


class Smooth:
    """A function without jumps."""

    def __init__(self, fun: Callable[..., Any]):
        self.fun = fun
        functools.update_wrapper(self, fun)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return smoothly(self.fun, *args, **kwargs)


def assume_smooth(f: Callable[..., Any]) -> Callable[..., Any]:
    """Promise that a function has no jumps, so that an integral of it can be differentiated.

    The derivative of an integral, or of the solution of a differential equation, does not see a
    jump of the function inside. So SciPy's `quad`, `solve_ivp` and their relatives refuse a
    function with a comparison or a rounding. With this promise they take it: for a function that
    is continuous where its branches meet, or whose jumps do not move.

    Parameters
    ----------
    f : callable
        A function that is given to a solver.

    Returns
    -------
    callable
        The same function.

    Examples
    --------
    >>> from scipy import integrate
    >>> import adjoint
    >>> def area(a):
    ...     ramp = adjoint.assume_smooth(lambda t: t if t < a else a)
    ...     return integrate.quad(ramp, 0.0, 1.0, points=[0.5])[0]
    >>> round(adjoint.grad(area)(0.5), 6)
    0.5
    """
    return Smooth(f)
