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

    Each is a function of (y, *operands); None marks an operand without derivative.
    """
    targets = _hashable(target)
    when_loaded(lambda: compiler.registry.elementwise(targets, **partials))


def rule(
    target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False
) -> Callable[[Pullback], Pullback]:
    """Declare the pullback of a function: it takes (y_bar, y, *args, **kwargs).

    Parameters
    ----------
    target : the function, or a list of functions.
    jvp : the tangent map, for forward mode.
    affine : the function has a constant part, so that it is not its own tangent map.
    """
    return _declaring("rule", target, jvp, affine)


def linear(
    target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False
) -> Callable[[Pullback], Pullback]:
    """Declare the pullback of a linear function, which takes (y_bar, *args, **kwargs).

    Parameters as for `rule`.
    """
    return _declaring("linear", target, jvp, affine)


def multilinear(
    target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False
) -> Callable[[Pullback], Pullback]:
    """Declare the pullback of a function that is linear in each of its operands.

    It takes (y_bar, *args, **kwargs). Parameters as for `rule`.
    """
    return _declaring("multilinear", target, jvp, affine)


def nondifferentiable(*targets: Any) -> None:
    """Declare functions whose derivative is zero where it exists, or with a discrete result."""
    _hashable(targets)
    when_loaded(lambda: compiler.registry.nondifferentiable(*targets))


def undifferentiable(targets: Any, reason: str) -> None:
    """Declare functions that have no rule for a reason, which the refusal of a call gives."""
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
