"""Keyword arguments of models: none is dropped, none is accepted that Python refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.ir.callables import signature_of


class Keywords(dict[str, o.Obj]):
    """Keyword arguments that know which of them have been looked at."""

    def __init__(self, given: dict[str, o.Obj]):
        super().__init__(given)
        self.unread = set(given)

    def __getitem__(self, name: str) -> o.Obj:
        self.unread.discard(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.unread.discard(name)  # type: ignore[arg-type]
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.unread.clear()
        return super().__iter__()

    def get(self, name: str, default: Any = None) -> Any:
        self.unread.discard(name)
        return super().get(name, default)

    def pop(self, name: str, *default: Any) -> Any:
        self.unread.discard(name)
        return super().pop(name, *default)

    def keys(self) -> Any:
        self.unread.clear()
        return super().keys()

    def values(self) -> Any:
        self.unread.clear()
        return super().values()

    def items(self) -> Any:
        self.unread.clear()
        return super().items()

    def check(self, name: str) -> None:
        """Refuse the call of a model that has not asked for all of them."""
        for each in sorted(self.unread):
            raise UnsupportedError(f"the argument '{each}' of {name} is not supported")


def arranged(
    function: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> tuple[list[o.Obj], Keywords]:
    """The arguments of a call, with what the function needs by position.

    Raises
    ------
    CertainError : the TypeError that Python raises for arguments that the function does not take.
    """
    args, given = list(args), dict(kwargs)
    try:
        signature = signature_of(function)
    except (TypeError, ValueError):
        return args, Keywords(given)  # some builtins have none
    try:
        signature.bind(*args, **given)
    except TypeError as error:
        name = getattr(function, "__name__", "this function")
        raise CertainError(TypeError, f"{name}: {error}", f"{name}: {error}") from None
    for parameter in list(signature.parameters.values())[len(args) :]:
        needed = parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        if not needed or parameter.default is not parameter.empty or parameter.name not in given:
            break
        args.append(given.pop(parameter.name))
    return args, Keywords(given)
