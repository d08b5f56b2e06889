"""Rules of the user's: `rule`, `elementwise` and their relatives.

They are the declarations of `adjoint.rules.registry`. A declaration made before the compiler is
loaded waits for it: it comes after the compiler's own rules, and replaces them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.api import compiler
from adjoint.api.compiler import when_loaded

Pullback = Callable[..., Any]


def elementwise(target: Any, **partials: Callable[..., Any] | None) -> None:
    """Declare the partial derivatives of an element-wise function, operand by operand.

    Broadcasting is taken care of: a partial derivative has the shape of the result.

    Parameters
    ----------
    target : callable or list of callables
        The function.
    **partials : callable or None
        One per operand, in order. Each is a function of (y, *operands), where y is the result, and
        returns dy/d(operand). None declares that there is no derivative.

    Returns
    -------
    None

    Raises
    ------
    TypeError
        If `target` is not hashable.

    Examples
    --------
    >>> def sigmoid(x):
    ...     return 1.0 / (1.0 + np.exp(-x))
    >>> elementwise(sigmoid, x=lambda y, x: y * (1.0 - y))
    >>> float(grad(sigmoid)(0.0))
    0.25
    """
    targets = _hashable(target)
    when_loaded(lambda: compiler.registry.elementwise(targets, **partials))


def rule(
    target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False
) -> Callable[[Pullback], Pullback]:
    """Declare the pullback of any function.

    Parameters
    ----------
    target : callable or list of callables
        The function.
    jvp : callable, optional
        The tangent map: a function of (tangents, y, *args), with None for a tangent that is zero.
        By default forward mode follows from the decorated function.
    affine : bool
        Not needed for a general rule.

    Returns
    -------
    decorator
        It takes a function of (y_bar, y, *args): the cotangent of the result,
        the result, and the arguments. It returns one cotangent, or a tuple with one per
        argument, with the argument's shape.

    Raises
    ------
    TypeError
        If `target` is not hashable.

    Examples
    --------
    >>> def log_sum(x):
    ...     return np.log(np.sum(np.exp(x)))
    >>> @rule(log_sum)
    ... def log_sum_vjp(y_bar, y, x):
    ...     return y_bar * np.exp(x - y)
    >>> grad(log_sum)(np.zeros(2))
    array([0.5, 0.5])
    """
    return _declaring("rule", target, jvp, affine)


def linear(
    target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False
) -> Callable[[Pullback], Pullback]:
    """Declare the transpose of a function that is linear in its first argument.

    Parameters
    ----------
    target : callable or list of callables
        The function.
    jvp : callable, optional
        The tangent map: a function of (tangents, y, *args), with None for a tangent that is zero.
        By default forward mode follows from the decorated function.
    affine : bool
        The function has a constant part, so that it is not its own tangent map.

    Returns
    -------
    decorator
        It takes a function of (y_bar, *args): the cotangent of the result,
        and the arguments. It returns the cotangent of the first argument,
        with its shape.

    Raises
    ------
    TypeError
        If `target` is not hashable.

    Examples
    --------
    >>> def flipped(x):
    ...     return x[::-1].copy()
    >>> @linear(flipped)
    ... def flipped_transpose(y_bar, x):
    ...     return y_bar[::-1]
    >>> grad(lambda x: flipped(x)[0])(np.array([1.0, 2.0]))
    array([0., 1.])
    """
    return _declaring("linear", target, jvp, affine)


def multilinear(
    target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False
) -> Callable[[Pullback], Pullback]:
    """Declare the cotangents of a function that is linear in each of several arguments.

    Parameters
    ----------
    target : callable or list of callables
        The function.
    jvp : callable, optional
        The tangent map: a function of (tangents, y, *args), with None for a tangent that is zero.
        By default forward mode follows from the decorated function.
    affine : bool
        The function has a constant part, so that it is not its own tangent map.

    Returns
    -------
    decorator
        It takes a function of (y_bar, *args): the cotangent of the result,
        and the arguments. It returns a tuple with one cotangent per operand,
        with the operand's shape.

    Raises
    ------
    TypeError
        If `target` is not hashable.

    Examples
    --------
    >>> def scaled(a, x):
    ...     return np.multiply(a, x)
    >>> @multilinear(scaled)
    ... def scaled_transposes(y_bar, a, x):
    ...     return np.sum(y_bar * x), y_bar * a
    >>> float(grad(lambda a: np.sum(scaled(a, np.ones(3))))(2.0))
    3.0
    """
    return _declaring("multilinear", target, jvp, affine)


def nondifferentiable(*targets: Any) -> None:
    """Declare functions whose derivative is zero where it exists, or whose result is discrete.

    Parameters
    ----------
    *targets : callable
        The functions. Programs call them, and take their results as constants.

    Returns
    -------
    None

    Examples
    --------
    >>> def bucket(x):
    ...     return float(np.floor(x))
    >>> nondifferentiable(bucket)
    >>> grad(lambda x: x * bucket(x))(2.5)
    2.0
    """
    _hashable(targets)
    when_loaded(lambda: compiler.registry.nondifferentiable(*targets))


def undifferentiable(targets: Any, reason: str) -> None:
    """Declare functions that have no derivative, and the reason that the refusal gives.

    Parameters
    ----------
    targets : callable or list of callables
        The functions.
    reason : str
        The reason, a clause that follows "... is not differentiable:".

    Returns
    -------
    None

    Examples
    --------
    >>> def counts(x):
    ...     return np.bincount(x.astype(int))
    >>> undifferentiable(counts, "it is constant between jumps")
    """
    given = _hashable(targets)
    when_loaded(lambda: compiler.registry.undifferentiable(given, reason))


def _declaring(
    kind: str, target: Any, jvp: Callable[..., Any] | None, affine: bool
) -> Callable[[Pullback], Pullback]:
    targets = _hashable(target)

    def decorator(vjp: Pullback) -> Pullback:
        when_loaded(lambda: getattr(compiler.registry, kind)(targets, jvp=jvp, affine=affine)(vjp))
        return vjp

    return decorator


def _hashable(target: Any) -> tuple[Any, ...]:
    """The functions that a declaration is about, which have to be found in tables."""
    targets = tuple(target) if isinstance(target, (list, tuple)) else (target,)
    for each in targets:
        try:
            hash(each)
        except TypeError:
            raise TypeError(
                f"{each!r} cannot be looked up; wrap it: def f(x): return it(x)"
            ) from None
    return targets
