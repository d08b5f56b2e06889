"""Keyword arguments of models: none is dropped in silence, none is accepted that Python refuses."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.state import objects as o


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


def check_arguments(function: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> None:
    """Raise the TypeError that Python raises for arguments that a function does not take."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return  # some builtins have none
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        name = getattr(function, "__name__", "this function")
        raise CertainError(TypeError, f"{name}: {error}", f"{name}: {error}") from None
