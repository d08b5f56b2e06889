"""`checkpoint`: functions that are computed again in the backward pass, to save memory."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from adjoint.requests import checkpointing

P = ParamSpec("P")
T = TypeVar("T")
Owner = TypeVar("Owner")
Rest = ParamSpec("Rest")


class CheckpointedFunction(Generic[P, T]):
    """A function of which a gradient keeps nothing but the arguments; made by `checkpoint`."""

    def __init__(self, fun: Callable[P, T]):
        self.fun = fun
        functools.update_wrapper(self, fun)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.fun(*args, **kwargs)

    @overload
    def __get__(self, instance: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(
        self: CheckpointedFunction[Concatenate[Owner, Rest], T], instance: Owner, owner: Any = None
    ) -> Callable[Rest, T]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __adjoint_checkpoint__(self) -> Callable[..., Any]:
        return self.fun


def checkpoint(fun: Callable[P, T]) -> CheckpointedFunction[P, T]:
    """Make a version of `fun` of which a gradient keeps only the arguments of each call.

    The backward pass computes the function again before it goes back through it. One more forward
    pass saves the memory of everything in between, and the gradient is the same. (Griewank and
    Walther, "Evaluating Derivatives", 2008, chapter 12; Chen, Xu, Zhang and Guestrin, "Training
    deep nets with sublinear memory cost", 2016.)

    Works as a decorator.

    Parameters
    ----------
    fun : callable
        A function. Its prints happen once. The second computation draws the same random numbers,
        and the generator goes on as if there had been one call.

    Returns
    -------
    CheckpointedFunction
        It is called as `fun` is. Outside of gradients it is `fun` itself.

    Examples
    --------
    >>> @checkpoint
    ... def block(w, x):
    ...     return x + np.tanh(w * x)
    >>> float(grad(block)(0.0, 2.0))
    2.0
    """
    return CheckpointedFunction(fun)


__all__ = ["checkpoint", "checkpointing"]
