"""Records of draws: of `np.random`, and of a generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.callables.facts import Effect, Facts, Table, each

_DRAW = Facts(effect=Effect.DRAWS)
_SHUFFLE = Facts(effect=Effect.DRAWS, writes=(0,))
_GENERATORS = (np.random.Generator, np.random.RandomState, np.random.BitGenerator)

_PUBLIC = [
    f for name, f in vars(np.random).items()
    if not name.startswith("_") and callable(f) and name != "test"
]  # fmt: skip

RANDOM: Table = (
    each(_DRAW, *(f for f in _PUBLIC if f is not np.random.shuffle)),
    each(_SHUFFLE, np.random.shuffle),
)


def family(target: Any) -> Facts | None:
    """The record of a method of a generator: another number each time."""
    if not isinstance(getattr(target, "__self__", None), _GENERATORS):
        return None
    return _SHUFFLE if target.__name__ == "shuffle" else _DRAW
