"""Derivatives of higher order, and products with them, put together from both modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Protocol, TypeVar, overload

import numpy as np

from adjoint.api import Decorator, GradientFunction, decorating, grad
from adjoint.api.backends import checked
from adjoint.jacobians import jacfwd
from adjoint.pushforwards import PushforwardFunction
from adjoint.requests import Request
from adjoint.runtime.containers import is_container, mapped, zeros_like

if TYPE_CHECKING:
    from adjoint.pipeline import Program

P = ParamSpec("P")
T = TypeVar("T")


class ProductDecorator(Protocol):
    """`hvp` or `gnvp` with options: it waits for the function."""

    def __call__(self, f: Callable[..., T], /) -> GradientFunction[..., T, Any]: ...


class DerivativeDecorator(Protocol):
    """`derivative` with options: it waits for the function."""

    def __call__(self, f: Callable[P, T], /) -> GradientFunction[P, T, T]: ...


@overload
def hessian(
    f: Callable[P, T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    sparsity: Any = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> GradientFunction[P, T, Any]: ...
@overload
def hessian(
    f: None = None,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    sparsity: Any = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> Decorator: ...
@decorating
def hessian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    sparsity: Any = None,
    backend: Literal["numpy", "numba"] | None = None,
) -> Any:
    """Make the matrix of second derivatives of `f`, by forward mode over reverse mode.

    Parameters
    ----------
    f : callable
        A function that returns one real number.
    argnums, argnames, has_aux, backend
        As for `grad`.
    sparsity : array, sparse matrix or str, optional
        The second derivatives that may differ from zero, as for `jacobian`. A diagonal Hessian
        takes one product with a vector, and one that checks it.

    Returns
    -------
    GradientFunction
        It takes the arguments of `f`. For an argument of shape s the Hessian has shape s + s. A
        tuple of `argnums` gives a tuple of tuples, a container a container of containers: the
        outer level is that of the gradient. With `has_aux`, the result is (Hessian, aux).

    Raises
    ------
    UnsupportedError
        At the first call, if the program cannot be differentiated.
    ValueError
        If an entry outside of the pattern `sparsity` is not zero.

    Examples
    --------
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    gradient = grad(f, argnums, argnames=argnames, has_aux=has_aux)
    return jacfwd(
        gradient, argnums, argnames=argnames, has_aux=has_aux, sparsity=sparsity, backend=backend
    )


class HessianProduct(PushforwardFunction):
    """`(*args, v) -> H v`; made by `hvp`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        *rest, v = args
        return self.push(self._all_values(tuple(rest), kwargs), [v] if self._single else v)


@overload
def hvp(
    f: Callable[..., T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> GradientFunction[..., T, Any]: ...
@overload
def hvp(
    f: None = None,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> ProductDecorator: ...
@decorating
def hvp(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    backend: Literal["numpy", "numba"] | None = None,
) -> Any:
    """Make products of the Hessian of `f` with vectors, by forward mode over reverse mode.

    The Hessian itself is never formed. A product costs about two gradients.

    Parameters
    ----------
    f : callable
        A function that returns one real number.
    argnums, argnames, has_aux, backend
        As for `grad`.

    Returns
    -------
    GradientFunction
        It takes the arguments of `f`, and then `v`. Both `v` and the product have the structure
        and shape of the argument; for a tuple of `argnums` they are tuples. With `has_aux`, the
        result is (product, aux).

    Raises
    ------
    UnsupportedError
        At the first call, if the program cannot be differentiated.

    Examples
    --------
    >>> hvp(lambda x: x**3)(2.0, 1.0)
    12.0
    """
    gradient = grad(f, argnums, argnames=argnames, has_aux=has_aux)
    request = Request("tangent", has_aux, backend=checked(backend))
    return HessianProduct(gradient, request, argnums, argnames)


class GaussNewtonProduct(GradientFunction):
    """`(*args, v) -> J^T H J v`; made by `gnvp`."""

    _title = "Gauss-Newton product"

    def __init__(
        self,
        primal: Callable[..., Any],
        request: Request,
        argnums: int | Sequence[int] = 0,
        argnames: str | Sequence[str] | None = None,
        bound: tuple[Any, ...] = (),
        loss: Callable[..., Any] | None = None,
    ):
        super().__init__(primal, request, argnums, argnames, bound)
        self._options = {"loss": loss}
        self._loss = loss
        self._curvature = None if loss is None else hvp(loss)
        forward = Request("pushforward", request.has_aux, backend=request.backend)
        self._pushforward = PushforwardFunction(primal, forward, argnums, argnames, bound)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        *rest, v = args
        values = self._all_values(tuple(rest), kwargs)
        moved = self._pushforward.value_and_tangent(values, [v] if self._single else v)[1]
        value, run, aux = self.value_and_pullback(values)
        if self._curvature is not None:
            moved = self._curvature(value, moved)
        return _and_aux(run(moved), aux)

    def _maker(self, argnums: int | tuple[int, ...]) -> tuple[Any, ...]:
        return gnvp, self._loss, argnums


@overload
def gnvp(
    f: Callable[..., T],
    loss: Callable[..., Any] | None = ...,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> GradientFunction[..., T, Any]: ...
@overload
def gnvp(
    f: None = None,
    loss: Callable[..., Any] | None = ...,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> ProductDecorator: ...
@decorating
def gnvp(
    f: Callable[..., Any],
    loss: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    backend: Literal["numpy", "numba"] | None = None,
) -> Any:
    """Make products of the Gauss-Newton matrix with vectors: J^T H J v.

    Parameters
    ----------
    f : callable
        The residuals, or the predictions of a model.
    loss : callable, optional
        A function of the value of `f` that returns a real number; H is its Hessian. Without it H
        is the identity, as for half the sum of squares.
    argnums, argnames, has_aux, backend
        The parameters of `f` that J is with respect to, as for `grad`.

    Returns
    -------
    GradientFunction
        It takes the arguments of `f`, and then `v`. Both `v` and the product have the structure
        and shape of the argument. With `has_aux`, the result is (product, aux).

    Raises
    ------
    UnsupportedError
        At the first call, if the program cannot be differentiated.

    Examples
    --------
    >>> A = np.array([[1.0, 2.0], [0.0, 1.0]])
    >>> gnvp(lambda x: A @ x)(np.zeros(2), np.array([1.0, 0.0]))
    array([1., 2.])
    """
    request = Request("pullback", has_aux, backend=checked(backend))
    return GaussNewtonProduct(f, request, argnums, argnames, loss=loss)


class ElementwiseGradient(GradientFunction):
    """The slopes of all elements at once; made by `elementwise_grad`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        value, run, aux = self.value_and_pullback(self._all_values(args, kwargs))
        return _and_aux(run(_ones_like(value)), aux)

    def _maker(self, argnums: int | tuple[int, ...]) -> tuple[Any, ...]:
        return elementwise_grad, argnums


@overload
def elementwise_grad(
    f: Callable[P, T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> GradientFunction[P, T, Any]: ...
@overload
def elementwise_grad(
    f: None = None,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> Decorator: ...
@decorating
def elementwise_grad(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    backend: Literal["numpy", "numba"] | None = None,
) -> Any:
    """Make the derivative of a function that acts element by element, for all elements at once.

    It is the pullback of ones. If an element of the result depends on several elements of the
    argument, their derivatives are summed.

    Parameters
    ----------
    f : callable
        A function whose result has the shape of its argument.
    argnums, argnames, has_aux, backend
        As for `grad`.

    Returns
    -------
    GradientFunction
        It takes the arguments of `f`. The derivative has the shape and dtype of the argument.

    Raises
    ------
    UnsupportedError
        At the first call, if the program cannot be differentiated.

    Examples
    --------
    >>> elementwise_grad(lambda x: x**3)(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    request = Request("pullback", has_aux, backend=checked(backend))
    return ElementwiseGradient(f, request, argnums, argnames)


def _ones_like(x: Any) -> Any:
    if is_container(x):
        return mapped(_ones_like, x)
    return np.ones_like(x) if isinstance(x, np.ndarray) else zeros_like(x) + 1


def _and_aux(found: Any, aux: list[Any]) -> Any:
    return (found, aux[0]) if aux else found


class DerivativeFunction(GradientFunction):
    """A derivative of a function of a number; made by `derivative`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = self._all_values(args, kwargs)
        entry, extra = self._find(values)
        return self._invoke(entry, extra, values)

    def _otherwise(self, keys: list[Any], known: Any) -> Program:
        """Forward mode of forward mode, where all orders side by side are not known."""
        first = replace(self._request, order=1)
        nested: Any = self.primal
        for _ in range(self._request.order):
            nested = DerivativeFunction(nested, first, self._argnums, None, self._bound)
        return nested._dispatch.build(keys, known)  # type: ignore[no-any-return]

    def _maker(self, argnums: int | tuple[int, ...]) -> tuple[Any, ...]:
        if self._request.order == 1 or self._request.has_aux:
            return super()._maker(argnums)
        return derivative, self._request.order, argnums


@overload
def derivative(
    f: Callable[P, T],
    n: int = ...,
    argnums: int = ...,
    *,
    has_aux: bool = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> GradientFunction[P, T, T]: ...
@overload
def derivative(
    f: None = None,
    n: int = ...,
    argnums: int = ...,
    *,
    has_aux: bool = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> DerivativeDecorator: ...
@decorating
def derivative(
    f: Callable[..., Any],
    n: int = 1,
    argnums: int = 0,
    *,
    has_aux: bool = False,
    backend: Literal["numpy", "numba"] | None = None,
) -> Any:
    """Make the n-th derivative of a function of one number, by forward mode.

    Every value has its derivatives of orders 1 to n beside it, as in Taylor series (Griewank and
    Walther, "Evaluating Derivatives", chapter 13). So the text grows at most with the square of n.

    Parameters
    ----------
    f : callable
        A function of a float. It may return arrays or containers, such as a point on a curve.
    n : int
        The order, from 0.
    argnums : int
        The parameter that is the number.
    has_aux : bool
        `f` returns (value, aux), and the result is (derivative, aux).
    backend : "numpy" or "numba", optional
        As for `grad`.

    Returns
    -------
    GradientFunction
        It takes the arguments of `f`. The derivative has the structure and shapes of the value.

    Raises
    ------
    UnsupportedError
        At the first call, if the program cannot be differentiated, or the argument is no float.

    Examples
    --------
    >>> derivative(lambda t: t**5, 3)(2.0)
    240.0
    """
    if n < 0:
        raise ValueError("the order of a derivative counts from 0")
    if not isinstance(argnums, (int, np.integer)):
        raise TypeError("a derivative is with respect to one number: argnums is an int")
    if n == 0:
        return f
    request = Request("derivative", has_aux, order=n, backend=checked(backend))
    return DerivativeFunction(f, request, argnums)
