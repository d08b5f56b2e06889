"""The states of random generators, so that draws can be made a second time. NumPy only."""

from __future__ import annotations

from typing import Any

import numpy as np


def random_state(generator: Any = None) -> Any:
    """The state that the next draws of a generator, or of `np.random`, depend on."""
    if generator is None:
        return np.random.get_state(legacy=False)
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    return getattr(generator, "bit_generator", generator).state


def swap_random_state(generator: Any, state: Any) -> Any:
    """Let a generator go on from `state`; returns the one that it has had."""
    before = random_state(generator)
    if generator is None:
        np.random.set_state(state)
    elif isinstance(generator, np.random.RandomState):
        generator.set_state(state)
    else:
        getattr(generator, "bit_generator", generator).state = state
    return before
