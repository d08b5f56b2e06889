"""A corpus of small programs as users write them, each with points to take its gradient at.

A program is a plain function; `program` leaves it as it is and only remembers it:

    @program(2.0, also=[(-1.0,)])
    def relu(x):
        return x if x > 0.0 else 0.0

All points are clear of kinks, ties and jumps, so that differences are an oracle for all of them.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tests.oracle import map_leaves


@dataclass(frozen=True)
class Case:
    """One program at one point."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: int | tuple[int, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    rtol: float = 1e-7


_registry: list[Case] = []


def program(
    *args: Any,
    wrt: int | tuple[int, ...] = 0,
    also: Iterable[tuple[Any, ...]] = (),
    float32: bool = False,
    **kwargs: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function at ``f(*args, **kwargs)`` and at the further points `also`.

    Parameters
    ----------
    wrt : int or tuple of int
        The arguments to differentiate with respect to.
    also : iterable of tuples
        More positional arguments: the other side of a branch, a loop that makes no trip.
    float32 : bool
        Run the first point once more with its arrays in single precision.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        area = function.__module__.rsplit(".", 1)[-1]
        name = f"{area}:{function.__code__.co_firstlineno}:{function.__name__}"
        for i, point in enumerate([args, *also]):
            _registry.append(Case(f"{name}-{i}", function, point, wrt, kwargs))
        if float32:
            single = map_leaves(_narrow, args)
            _registry.append(Case(f"{name}-f32", function, single, wrt, kwargs, rtol=2e-4))
        return function

    return register


def cases() -> Iterator[Case]:
    """All cases, in the order of the files."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    yield from _registry


def sample(*shape: int, low: float = -1.0, high: float = 1.0, seed: int = 0) -> np.ndarray:
    """An array without ties, the same in every run."""
    return np.random.default_rng(seed).uniform(low, high, shape)


def _narrow(path: Any, leaf: Any) -> Any:
    if isinstance(leaf, np.ndarray) and leaf.dtype == np.float64:
        return leaf.astype(np.float32)
    return leaf
