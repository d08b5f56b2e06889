"""The gradients by hand agree with differences and with adjoint, so they can be a measure."""

import copy
import math
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from benchmarks.text.program import load, names
from tests.oracle import assert_same_gradient, extrapolate, map_leaves

NAMES = names()


def leaves(tree: Any) -> list[Any]:
    """The numbers and arrays of nested containers and records."""
    found: list[Any] = []
    map_leaves(lambda path, leaf: found.append(leaf), tree)
    return found


def add(tree: Any, scale: float, direction: Any) -> Any:
    steps = iter(leaves(direction))
    return map_leaves(lambda path, leaf: leaf + scale * next(steps), tree)


def as_tuple(value: Any, argnums: int | tuple[int, ...]) -> tuple[Any, ...]:
    return value if isinstance(argnums, tuple) else (value,)


@pytest.mark.parametrize("name", NAMES)
def test_by_hand_agrees_with_differences(name: str) -> None:
    """Along three random directions; along one, faults in two entries could cancel."""
    program = load(name)
    argnums = as_tuple(program.argnums, program.argnums)
    arguments = program.example()
    gradient = as_tuple(program.by_hand(*copy.deepcopy(arguments)), program.argnums)
    rng = np.random.default_rng(0)
    for _ in range(3):
        directions = {
            n: map_leaves(lambda path, leaf: rng.normal(size=np.shape(leaf)), arguments[n])
            for n in argnums
        }

        def along(h: float, directions: dict[int, Any] = directions) -> float:
            moved = list(copy.deepcopy(arguments))
            for n, direction in directions.items():
                moved[n] = add(moved[n], 0.02 * h, direction)
            return float(program.function(*moved))

        expected, error = extrapolate(along)
        found = 0.02 * math.fsum(
            float(np.sum(bar * direction))
            for n, part in zip(argnums, gradient, strict=True)
            for bar, direction in zip(leaves(part), leaves(directions[n]), strict=True)
        )
        assert error < 1e-6 * max(1.0, abs(expected)), "the differences do not settle"
        assert found == pytest.approx(expected, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_by_hand_agrees_with_adjoint(name: str) -> None:
    program = load(name)
    arguments = program.example()
    found = program.by_hand(*copy.deepcopy(arguments))
    gradient = grad(program.function, program.argnums)(*arguments)
    assert_same_gradient(found, gradient, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_by_hand_leaves_its_arguments_alone(name: str) -> None:
    """It is timed on the same arguments again and again, as adjoint's gradient is."""
    program = load(name)
    arguments = program.example()
    program.by_hand(*arguments)
    again = program.example()
    for left, fresh in zip(leaves(arguments), leaves(again), strict=True):
        np.testing.assert_array_equal(left, fresh)


def test_there_are_enough_programs() -> None:
    assert len(NAMES) >= 22
