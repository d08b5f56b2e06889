"""Refusals that are remembered: a call that was refused is refused again without compiling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adjoint.declarations import Reads
from adjoint.errors import UnsupportedError
from adjoint.frontend.keys.guards import Guards, compiled, write_captured
from adjoint.frontend.keys.places import Place
from adjoint.frontend.keys.signature import Key, frozen_key_of, key_of
from adjoint.requests import MISS


class Refusal:
    """Why a function is refused for arguments with some keys, as long as the outside is the same.

    Attributes
    ----------
    rules : the callables whose rules were read.
    """

    def __init__(
        self,
        error: UnsupportedError,
        keys: Sequence[tuple[Key, Callable[[Any], Key]]],
        reads: Mapping[tuple[Place, bool], Key],
        rules: Reads,
    ):
        self._error, self._keys, self.rules = error.fresh(), keys, rules
        guards = Guards()
        for frozen, describe in ((False, key_of), (True, frozen_key_of)):
            captured = {place: key for (place, each), key in reads.items() if each is frozen}
            write_captured(guards, captured, lambda place, describe=describe: describe)  # type: ignore[misc]
        self._outside = compiled(guards, "def outside(function):", ["return True"])

    def holds(self, function: Any, values: Sequence[Any]) -> bool:
        """Would compiling for these arguments go as it went then?"""
        described = zip(self._keys, values, strict=True)
        if not all(describe(value) == key for (key, describe), value in described):
            return False
        return self.rules.are_current() and self._outside(function) is not MISS

    def again(self) -> UnsupportedError:
        """The error, as if it had just been found out."""
        return self._error.fresh()
