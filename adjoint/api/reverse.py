"""Reverse mode: `grad`, `value_and_grad`, `vjp`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal, ParamSpec, Protocol, TypeVar, overload

from adjoint.api.backends import checked
from adjoint.api.function import GradientFunction, remembered
from adjoint.api.nans import option
from adjoint.requests import Request, checkpointing

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


def _request(
    kind: str,
    has_aux: bool,
    checkpoint: Any,
    debug_nans: Any,
    backend: str | None,
    fallback: bool,
) -> Request:
    if not (checkpoint is None or isinstance(checkpoint, checkpointing)):
        raise TypeError("checkpoint takes what adjoint.checkpointing(...) returns")
    stops, chosen = option(debug_nans), checked(backend)
    return Request(
        kind, has_aux, checkpoint=checkpoint, stops=stops, backend=chosen, fallback=fallback
    )


@overload
def grad(
    f: Callable[P, T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    checkpoint: checkpointing | None = ...,
    debug_nans: bool | Literal["infs"] = ...,
    backend: Literal["numpy", "numba"] | None = ...,
    fallback: bool = ...,
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
    backend: Literal["numpy", "numba"] | None = ...,
    fallback: bool = ...,
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
    backend: str | None = None,
    fallback: bool = False,
) -> Any:
    """Make a function that computes the gradient of `f`.

    Works as a function and as a decorator, with or without options. A bare `@grad` makes the
    name mean the gradient; the function as written stays at `.primal`.

    Parameters
    ----------
    f : callable
        A Python function over numbers, NumPy arrays and containers of them. It returns one real
        number: a float, or an array of shape ().
    argnums : int or sequence of int
        The parameters to differentiate with respect to. An int gives one gradient, a sequence a
        tuple. Negative numbers count from the last parameter.
    argnames : str or sequence of str, optional
        The same by name, instead of `argnums`.
    has_aux : bool
        `f` returns (value, aux). The gradient function then returns (gradient, aux).
    checkpoint : checkpointing, optional
        Keep only a few states of the outermost loops; see `adjoint.checkpointing`.
    debug_nans : bool or "infs"
        True stops at the first nan, "infs" also at an infinity; see `adjoint.debug_nans`.
    backend : "numpy" or "numba", optional
        What the program is compiled for; see `adjoint.use`, whose choice is the default.
    fallback : bool
        Run the program in NumPy, and warn once, where that back end refuses it.

    Returns
    -------
    GradientFunction
        It takes the arguments of `f`. A gradient has the pytree structure of its argument, and
        each array in it has the shape and dtype of its array.

    Raises
    ------
    UnsupportedError
        At the first call, if the program cannot be differentiated. It has the line and a remedy.

    Examples
    --------
    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> grad(lambda width, height: width * height, argnums=(0, 1))(2.0, 3.0)
    (3.0, 2.0)
    """
    request = _request("gradient", has_aux, checkpoint, debug_nans, backend, fallback)
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
    backend: Literal["numpy", "numba"] | None = ...,
    fallback: bool = ...,
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
    backend: Literal["numpy", "numba"] | None = ...,
    fallback: bool = ...,
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
    backend: str | None = None,
    fallback: bool = False,
) -> Any:
    """Make a function that computes the value of `f` and its gradient in one pass.

    Works as a function and as a decorator, as `grad` does.

    Parameters
    ----------
    f : callable
        A function that returns one real number.
    argnums, argnames, checkpoint, debug_nans, backend, fallback
        As for `grad`.
    has_aux : bool
        `f` returns (value, aux). The result is then ((value, aux), gradient).

    Returns
    -------
    GradientFunction
        It takes the arguments of `f` and returns (value, gradient). Shapes and dtypes are those of
        `grad`.

    Raises
    ------
    UnsupportedError
        At the first call, if the program cannot be differentiated.

    Examples
    --------
    >>> value_and_grad(lambda w: (w - 3.0) ** 2)(1.0)
    (4.0, -4.0)
    """
    request = _request("value_and_gradient", has_aux, checkpoint, debug_nans, backend, fallback)
    return GradientFunction(f, request, argnums, argnames)


@overload
def vjp(
    f: Callable[..., T],
    *primals: Any,
    argnums: None = ...,
    has_aux: Literal[False] = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> tuple[T, Callable[[Any], tuple[Any, ...]]]: ...
@overload
def vjp(
    f: Callable[..., T],
    *primals: Any,
    argnums: int | Sequence[int],
    has_aux: Literal[False] = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> tuple[T, Callable[[Any], Any]]: ...
@overload
def vjp(
    f: Callable[..., tuple[T, A]],
    *primals: Any,
    argnums: int | Sequence[int] | None = ...,
    has_aux: Literal[True],
    backend: Literal["numpy", "numba"] | None = ...,
) -> tuple[T, Callable[[Any], Any], A]: ...
@overload
def vjp(
    f: Callable[..., Any],
    *primals: Any,
    argnums: int | Sequence[int] | None = ...,
    has_aux: bool,
    backend: Literal["numpy", "numba"] | None = ...,
) -> tuple[Any, ...]: ...
def vjp(
    f: Callable[..., Any],
    *primals: Any,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
    backend: str | None = None,
) -> Any:
    """Run `f(*primals)` and return the value and its pullback.

    Parameters
    ----------
    f : callable
        A function over numbers, arrays and containers. It may return containers, too.
    *primals
        Its arguments.
    argnums : int or sequence of int, optional
        The arguments to differentiate with respect to. All of them by default.
    has_aux : bool
        `f` returns (value, aux), and the result is (value, pullback, aux).
    backend : "numpy" or "numba", optional
        As for `grad`. The pullback of "numba" runs the forward half again.

    Returns
    -------
    value
        The value of `f`.
    pullback : callable
        It takes a cotangent with the structure, shapes and dtypes of the value. It returns a tuple
        with one cotangent per primal, or that alone if `argnums` is an int. It may be called
        repeatedly.

    Raises
    ------
    UnsupportedError
        If the program cannot be differentiated.

    Examples
    --------
    >>> value, pullback = vjp(lambda x, y: x * y, 2.0, 3.0)
    >>> value, pullback(1.0)
    (6.0, (3.0, 2.0))
    """
    positions = tuple(range(len(primals))) if argnums is None else argnums
    function = remembered(GradientFunction, "pullback", has_aux, f, positions, checked(backend))
    values = function._all_values(primals, {})
    value, pullback, aux = function.value_and_pullback(values, keep=True)
    return (value, pullback, *aux)
