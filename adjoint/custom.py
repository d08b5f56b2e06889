"""`custom_vjp` and `custom_jvp`: Python functions with a derivative of their own, as JAX has them.

Called outside of any gradient they are the functions that they were made from.
"""

from __future__ import annotations

import functools
import inspect
import operator
import types
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, Self, TypeVar, overload

from adjoint.api import grad
from adjoint.errors import UnsupportedError
from adjoint.requests import Custom
from adjoint.runtime.containers import contract

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Owner = TypeVar("Owner")
Rest = ParamSpec("Rest")


class _CustomFunction(Generic[P, T]):
    """The common part of both: calling, binding as a method, naming arguments."""

    def __init__(self, fun: Callable[P, T], fixed: tuple[int, ...]):
        self.fun, self.fixed = fun, fixed
        functools.update_wrapper(self, fun)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.fun(*args, **kwargs)

    @overload
    def __get__(self, instance: None, owner: Any = None) -> Self: ...
    @overload
    def __get__(
        self: _CustomFunction[Concatenate[Owner, Rest], T], instance: Owner, owner: Any = None
    ) -> Callable[Rest, T]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def _missing(self, method: str) -> UnsupportedError:
        name = getattr(self.fun, "__name__", "the function")
        return UnsupportedError(f"{name} has no derivative yet", instead=f"call {name}.{method}")


class CustomVjp(_CustomFunction[P, T]):
    """A function with its own pullback; made by `custom_vjp`."""

    fwd: Callable[..., Any] | None = None
    bwd: Callable[..., Any] | None = None

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any]) -> None:
        """Declare the derivative.

        Parameters
        ----------
        fwd : takes the arguments of the function; returns (value, residuals).
        bwd : takes the arguments named in `nondiff_argnums`, the residuals and the cotangent of
            the value; returns a tuple with a cotangent for each of the other arguments, in its
            structure. None stands for zero.
        """
        self.fwd, self.bwd = fwd, bwd

    def __adjoint_custom__(self) -> Custom:
        if self.fwd is None:
            raise self._missing("defvjp")
        return Custom(self.fun, self.fwd, self.bwd, fixed=self.fixed)


class CustomJvp(_CustomFunction[P, T]):
    """A function with its own tangent map; made by `custom_jvp`."""

    jvp: Callable[..., Any] | None = None

    def defjvp(self, jvp: F) -> F:
        """Declare the derivative; also as a decorator.

        Parameters
        ----------
        jvp : takes the arguments named in `nondiff_argnums`, the tuple of the others, and the
            tuple of their tangents; returns the value and its tangent. It is linear in the
            tangents, so that reverse mode finds its transpose by differentiating it by them.
        """
        self.jvp = jvp
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Declare the derivative argument by argument.

        Parameters
        ----------
        jvps : for each argument a function of its tangent, the value, and all arguments, which
            returns the tangent of the value; None where there is none.
        """
        if self.fixed:
            raise TypeError("defjvps has no place for nondiff_argnums: use defjvp")
        fun: Callable[..., Any] = self.fun

        def jvp(primals: Any, tangents: Any) -> Any:
            value = fun(*primals)
            terms = [
                f(tangent, value, *primals)
                for f, tangent in zip(jvps, tangents, strict=True)
                if f is not None
            ]
            return value, functools.reduce(operator.add, terms)

        self.jvp = jvp

    def __adjoint_custom__(self) -> Custom:
        if self.jvp is None:
            raise self._missing("defjvp")
        return Custom(self.fun, jvp=self.jvp, transpose=transpose, fixed=self.fixed)


def transpose(jvp: Any, primals: Any, y_bar: Any) -> Any:
    """The cotangents of the arguments: a linear map has its transpose as gradient, anywhere."""

    def along(tangents: Any) -> Any:
        return contract(jvp(primals, tangents)[1], y_bar)

    return grad(along)(primals)


def _make(kind: Any, fun: Any, nondiff_argnums: Any, nondiff_argnames: Any) -> Any:
    if fun is None:
        return lambda function: _make(kind, function, nondiff_argnums, nondiff_argnames)
    numbers = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else nondiff_argnums
    names = (nondiff_argnames,) if isinstance(nondiff_argnames, str) else nondiff_argnames
    parameters = list(inspect.signature(fun).parameters) if names else []
    if any(n < 0 for n in numbers):
        raise TypeError("nondiff_argnums counts from the first argument")
    return kind(fun, tuple(sorted({*numbers, *map(parameters.index, names)})))


class _VjpDecorator(Protocol):
    def __call__(self, fun: Callable[P, T], /) -> CustomVjp[P, T]: ...


class _JvpDecorator(Protocol):
    def __call__(self, fun: Callable[P, T], /) -> CustomJvp[P, T]: ...


@overload
def custom_vjp(
    fun: Callable[P, T],
    nondiff_argnums: int | Sequence[int] = ...,
    nondiff_argnames: str | Sequence[str] = ...,
) -> CustomVjp[P, T]: ...
@overload
def custom_vjp(
    fun: None = None,
    nondiff_argnums: int | Sequence[int] = ...,
    nondiff_argnames: str | Sequence[str] = ...,
) -> _VjpDecorator: ...
def custom_vjp(
    fun: Callable[..., Any] | None = None,
    nondiff_argnums: int | Sequence[int] = (),
    nondiff_argnames: str | Sequence[str] = (),
) -> Any:
    """Make a function whose pullback is given by `defvjp(fwd, bwd)`, as in JAX.

    Works as a decorator, with or without options. Outside of gradients the function is unchanged.

    Parameters
    ----------
    fun : callable
        The function. Its own derivative is never taken.
    nondiff_argnums, nondiff_argnames : int or str, or a sequence of them
        Arguments without derivative. They come first in the call of `bwd`.

    Returns
    -------
    CustomVjp
        Call its `defvjp(fwd, bwd)` before the first gradient. `fwd` takes the arguments and
        returns (value, residuals). `bwd` takes the residuals and the cotangent of the value. It
        returns a tuple with one cotangent per argument, in the argument's structure and shape, or
        None for zero.

    Raises
    ------
    UnsupportedError
        At the first gradient, if `defvjp` was not called, or if a derivative with respect to an
        argument in `nondiff_argnums` is needed.

    Examples
    --------
    >>> @custom_vjp
    ... def root(a):
    ...     return np.sqrt(a)
    >>> root.defvjp(lambda a: (root(a), root(a)), lambda y, y_bar: (y_bar / (2.0 * y),))
    >>> float(grad(root)(4.0))
    0.25
    """
    return _make(CustomVjp, fun, nondiff_argnums, nondiff_argnames)


@overload
def custom_jvp(
    fun: Callable[P, T],
    nondiff_argnums: int | Sequence[int] = ...,
    nondiff_argnames: str | Sequence[str] = ...,
) -> CustomJvp[P, T]: ...
@overload
def custom_jvp(
    fun: None = None,
    nondiff_argnums: int | Sequence[int] = ...,
    nondiff_argnames: str | Sequence[str] = ...,
) -> _JvpDecorator: ...
def custom_jvp(
    fun: Callable[..., Any] | None = None,
    nondiff_argnums: int | Sequence[int] = (),
    nondiff_argnames: str | Sequence[str] = (),
) -> Any:
    """Make a function whose tangent map is given by `defjvp(jvp)`, as in JAX.

    Works as a decorator, with or without options. Reverse mode transposes the tangent map.

    Parameters
    ----------
    fun : callable
        The function. Its own derivative is never taken.
    nondiff_argnums, nondiff_argnames : int or str, or a sequence of them
        Arguments without derivative. They come first in the call of the tangent map.

    Returns
    -------
    CustomJvp
        Call its `defjvp(jvp)`, or decorate with it, before the first derivative. `jvp` takes the
        tuple of the primals and the tuple of their tangents. It returns the value and its tangent,
        of the same shape.

    Raises
    ------
    UnsupportedError
        At the first derivative, if `defjvp` was not called.

    Examples
    --------
    >>> @custom_jvp
    ... def cube(x):
    ...     return x * x * x
    >>> @cube.defjvp
    ... def cube_jvp(primals, tangents):
    ...     (x,), (x_dot,) = primals, tangents
    ...     return cube(x), 3.0 * x * x * x_dot
    >>> grad(cube)(2.0)
    12.0
    """
    return _make(CustomJvp, fun, nondiff_argnums, nondiff_argnames)
