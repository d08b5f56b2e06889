"""Reverse mode: `grad`, `value_and_grad`, `vjp`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal, ParamSpec, Protocol, TypeVar, overload

from adjoint.api.function import GradientFunction, remembered
from adjoint.api.nans import option
from adjoint.frontend.derivatives.nested import register_maker
from adjoint.frontend.state.checkpoint_policy import checkpointing
from adjoint.transforms.gradient import Request

_MISSING: Any = object()
P = ParamSpec("P")
T = TypeVar("T")
A = TypeVar("A")


class Decorator(Protocol):
    """`grad`, and its relatives whose results are of any type, waiting for the function."""

    def __call__(self, f: Callable[P, T], /) -> GradientFunction[P, T, Any]: ...


class ValueDecorator(Protocol):
    """`value_and_grad` with options: it waits for the function."""

    def __call__(self, f: Callable[P, T], /) -> GradientFunction[P, T, tuple[T, Any]]: ...


def decorating(make: Callable[..., Any]) -> Callable[..., Any]:
    """Let what is made of a function be a decorator, too: without the function it waits for it."""

    @functools.wraps(make)
    def made(f: Any = _MISSING, *args: Any, **kwargs: Any) -> Any:
        if f is _MISSING:
            return lambda function: make(function, *args, **kwargs)
        return make(f, *args, **kwargs)

    return made


def _request(kind: str, has_aux: bool, checkpoint: Any, debug_nans: Any) -> Request:
    if not (checkpoint is None or isinstance(checkpoint, checkpointing)):
        raise TypeError("checkpoint takes what adjoint.checkpointing(...) returns")
    return Request(kind, has_aux, checkpoint=checkpoint, stops=option(debug_nans))


@overload
def grad(
    f: Callable[P, T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    checkpoint: checkpointing | None = ...,
    debug_nans: bool | Literal["infs"] = ...,
) -> GradientFunction[P, T, Any]: ...
@overload
def grad(
    f: None = None,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    checkpoint: checkpointing | None = ...,
    debug_nans: bool | Literal["infs"] = ...,
) -> Decorator: ...
@decorating
def grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    checkpoint: checkpointing | None = None,
    debug_nans: bool | str = False,
) -> Any:
    """The gradient of a function that returns a real number.

    Works as a function and as a decorator, with or without arguments. A bare `@grad` makes the
    name mean the gradient; the function as written stays at `.primal`.

    Parameters
    ----------
    f : a Python function over numbers, NumPy arrays and containers of them.
    argnums : which parameters: an int gives a bare gradient, a tuple a tuple.
    argnames : the same by name; takes the place of `argnums`.
    has_aux : `f` returns (value, aux), and the gradient function (gradient, aux).
    checkpoint : `checkpointing(...)`, for loops in little memory.
    debug_nans : True stops at the first nan, "infs" also at an infinity; see `adjoint.debug_nans`.

    Returns
    -------
    A `GradientFunction`. Each gradient has its argument's structure, shape and dtype.

    Raises
    ------
    UnsupportedError : at the first call, for what cannot be differentiated, with its place.
    """
    request = _request("gradient", has_aux, checkpoint, debug_nans)
    return GradientFunction(f, request, argnums, argnames)


@overload
def value_and_grad(
    f: Callable[P, T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    checkpoint: checkpointing | None = ...,
    debug_nans: bool | Literal["infs"] = ...,
) -> GradientFunction[P, T, tuple[T, Any]]: ...
@overload
def value_and_grad(
    f: None = None,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    checkpoint: checkpointing | None = ...,
    debug_nans: bool | Literal["infs"] = ...,
) -> ValueDecorator: ...
@decorating
def value_and_grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    checkpoint: checkpointing | None = None,
    debug_nans: bool | str = False,
) -> Any:
    """The value and the gradient in one pass: `(value, gradient)`.

    With `has_aux`, `((value, aux), gradient)`. Parameters as for `grad`.
    """
    request = _request("value_and_gradient", has_aux, checkpoint, debug_nans)
    return GradientFunction(f, request, argnums, argnames)


@overload
def vjp(
    f: Callable[..., T],
    *primals: Any,
    argnums: None = ...,
    has_aux: Literal[False] = ...,
) -> tuple[T, Callable[[Any], tuple[Any, ...]]]: ...
@overload
def vjp(
    f: Callable[..., T],
    *primals: Any,
    argnums: int | Sequence[int],
    has_aux: Literal[False] = ...,
) -> tuple[T, Callable[[Any], Any]]: ...
@overload
def vjp(
    f: Callable[..., tuple[T, A]],
    *primals: Any,
    argnums: int | Sequence[int] | None = ...,
    has_aux: Literal[True],
) -> tuple[T, Callable[[Any], Any], A]: ...
@overload
def vjp(
    f: Callable[..., Any],
    *primals: Any,
    argnums: int | Sequence[int] | None = ...,
    has_aux: bool,
) -> tuple[Any, ...]: ...
def vjp(
    f: Callable[..., Any],
    *primals: Any,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
) -> Any:
    """The value of `f(*primals)` and its pullback.

    Parameters
    ----------
    argnums : with respect to which of the primals; without it all of them.

    Returns
    -------
    value, pullback : `pullback(cotangent)` gives a tuple with one cotangent per primal (that alone
        where `argnums` is an int), and may be called more than once. With `has_aux`, `f` returns
        (value, aux) and this returns (value, pullback, aux).
    """
    positions = tuple(range(len(primals))) if argnums is None else argnums
    function = remembered(GradientFunction, Request("pullback", has_aux), f, positions)
    values = function._all_values(primals, {})
    value, pullback, aux = function.value_and_pullback(values, keep=True)
    return (value, pullback, *aux)


register_maker(grad, "gradient")
register_maker(value_and_grad, "value_and_gradient")
