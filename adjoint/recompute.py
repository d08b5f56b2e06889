"""`checkpoint`: functions that are computed again in the backward pass, to save memory."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from adjoint.frontend.derivatives.checkpoint import call_checkpoint
from adjoint.frontend.library.builtins import BUILTINS
from adjoint.frontend.state.checkpoint_policy import checkpointing

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
    """`fun`, of which a differentiated program keeps only the arguments of each call.

    The backward pass computes the function a second time before it goes back through it: one more
    forward pass buys the memory of everything in between. The gradient is the same. In a loop
    with a checkpointed body only what goes into each trip is kept. (Griewank and Walther,
    "Evaluating Derivatives", 2008, chapter 12; Chen, Xu, Zhang and Guestrin, "Training deep nets
    with sublinear memory cost", 2016.)

    Works as a decorator. Called outside of any gradient it is the function itself.

    Parameters
    ----------
    fun : a function. What it prints or logs happens once. Random numbers that it draws are the
        same the second time, and the generator goes on as if it had been called once.
    """
    return CheckpointedFunction(fun)


BUILTINS[checkpoint] = call_checkpoint

__all__ = ["checkpoint", "checkpointing"]
