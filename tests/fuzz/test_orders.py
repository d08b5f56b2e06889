"""Random programs: all directions, and all orders, at once and one after the other."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from adjoint import UnsupportedError, derivative, grad
from adjoint.higher import DerivativeFunction
from adjoint.transforms.gradient import Request
from tests.fuzz.grammar import Program, programs
from tests.fuzz.judge import load
from tests.fuzz.test_fuzz import EXAMPLES
from tests.test_batching import jacobian_of


def agree(found: Any, want: Any) -> None:
    finite = np.nan_to_num(want, nan=0.0, posinf=0.0, neginf=0.0)
    scale = max(1.0, float(np.max(np.abs(finite), initial=0.0)))
    np.testing.assert_allclose(found, want, rtol=1e-7, atol=1e-7 * scale)


def compare(make_one: Any, make_other: Any, program: Program) -> bool:
    """Whether the second could be had to compare the first with."""
    try:
        want = make_other(*copy.deepcopy(program.args))
    except (UnsupportedError, ArithmeticError, ValueError):
        return False  # refused, or the primal fails here
    agree(make_one(*copy.deepcopy(program.args)), want)
    return True


@pytest.mark.parametrize("mutation", [False, True])
def test_random_programs(mutation: bool, tmp_path: Path) -> None:
    compared = {"directions": 0, "orders": 0}

    @settings(
        max_examples=max(5, EXAMPLES // 20),
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(programs(mutation))
    def each(program: Program) -> None:
        f = load(program.source, tmp_path).f
        for k, argument in enumerate(program.args):
            if isinstance(argument, np.ndarray) and argument.dtype.kind == "f":
                slope = grad(f, k)
                for mode in ("forward", "reverse"):
                    one_by_one = jacobian_of(slope, mode, k, batch=False)
                    compared["directions"] += compare(
                        jacobian_of(slope, mode, k), one_by_one, program
                    )
            elif type(argument) is float:
                nested = f
                for _ in range(3):
                    nested = DerivativeFunction(nested, Request("derivative"), k)
                compared["orders"] += compare(derivative(f, 3, k), nested, program)

    with np.errstate(all="ignore"):
        each()
    assert min(compared.values()) >= 5, compared
