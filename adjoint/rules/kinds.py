"""A derivative rule: its kind, its functions, and how a transform applies them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError

Partial = Callable[..., Any] | None


@dataclass(frozen=True)
class Refused:
    """In the place of a cotangent: there is one, which the rule does not know."""

    reason: str


def refused(reason: str) -> Callable[..., Refused]:
    """A partial derivative that is refused when it is needed; None would mean that it is zero."""
    return lambda *args, **kwargs: Refused(reason)


@dataclass(frozen=True)
class Rule:
    """The derivative rule of one callable.

    Attributes
    ----------
    kind : elementwise, linear, multilinear or general.
    partials : for elementwise rules, one function (y, *args) per operand; None is inactive.
    vjp : for the others, the pullback described in the module's docstring.
    jvp : the tangent map, where it does not follow from the kind.
    affine : the function has a constant part, or depends on the operand's special values, so that
        it is not its own tangent map; the transpose of its transpose is.
    """

    target: Callable[..., Any]
    kind: str
    partials: tuple[Partial, ...] = ()
    vjp: Callable[..., Any] | None = None
    jvp: Callable[..., Any] | None = None
    affine: bool = False

    def pushforward(
        self, tangents: list[Any], y: Any, args: list[Any], kwargs: dict[str, Any]
    ) -> Any:
        """The tangent of `y` by the rule's own tangent map.

        Raises
        ------
        UnsupportedError : for arguments that the rule does not know.
        """
        assert self.jvp is not None
        return self._call(self.jvp, tangents, y, *args, **kwargs)

    def pullback(self, y_bar: Any, y: Any, args: list[Any], kwargs: dict[str, Any]) -> list[Any]:
        """Cotangents of the positional arguments; None where there is none.

        Raises
        ------
        UnsupportedError : for arguments that the rule does not know, such as `initial`.
        """
        if self.kind == "elementwise":
            return [
                None if f is None else scale(y_bar, self._call(f, y, *args, **kwargs))
                for f in self.partials
            ]
        assert self.vjp is not None
        if self.kind == "general":
            result = self._call(self.vjp, y_bar, y, *args, **kwargs)
        else:
            result = self._call(self.vjp, y_bar, *args, **kwargs)
        return list(result) if isinstance(result, tuple) else [result]

    def position(self, name: str) -> int:
        """Which of the cotangents belongs to the argument `name`; -1 where there is none."""
        if self.vjp is None:
            return -1
        names = list(inspect.signature(self.vjp).parameters)[1 + (self.kind == "general") :]
        return names.index(name) if name in names else -1

    def _call(self, f: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            _signature(f).bind(*args, **kwargs)
        except TypeError as error:
            name = getattr(self.target, "__name__", self.target)
            raise UnsupportedError(
                f"the derivative of {name} is not known for these arguments: {error}"
            ) from None
        return f(*args, **kwargs)


#: The parameters of the functions of a rule, which are asked for at every use.
_signature = functools.lru_cache(maxsize=4096)(inspect.signature)


def scale(y_bar: Any, derivative: Any) -> Any:
    """`y_bar * derivative`, where the derivatives 1 and -1 of sums leave no trace in the text."""
    if derivative is None or isinstance(derivative, Refused):
        return derivative
    if isinstance(derivative, (int, float)):
        if derivative == 1:
            return y_bar
        if derivative == -1:
            return -y_bar
        if derivative == 0:
            return None
        return derivative * y_bar
    return y_bar * derivative
