"""Forward mode on every program of the corpus: against reverse mode, and against differences."""

import copy
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, hvp
from adjoint.pushforwards import PushforwardFunction
from adjoint.transforms.gradient import Request
from tests.corpus import Case
from tests.oracle import map_leaves, richardson_gradient
from tests.test_corpus import CASES, bits

pytestmark = pytest.mark.generated  # from the corpus


def direction(x: Any, seed: int = 0) -> Any:
    """A random tangent of an argument."""
    rng = np.random.default_rng(seed)

    def leaf(path: Any, value: Any) -> Any:
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f":
            moved = rng.uniform(0.5, 1.5, np.shape(value)).astype(value.dtype)
            return moved if isinstance(value, np.ndarray) else moved[()]
        if isinstance(value, complex):
            return complex(*rng.uniform(0.5, 1.5, 2))
        return float(rng.uniform(0.5, 1.5)) if isinstance(value, float) else value

    return map_leaves(leaf, x)


def leaves(x: Any) -> list[np.ndarray]:
    """The leaves of an argument or a gradient that have a derivative."""
    found: list[np.ndarray] = []

    def leaf(path: Any, value: Any) -> Any:
        number = isinstance(value, (float, complex, np.generic, np.ndarray))
        if number and np.asarray(value).dtype.kind in "fc":
            found.append(np.asarray(value, np.result_type(value, np.float64)))
        return value

    map_leaves(leaf, x)
    return found


def dot(a: Any, b: Any) -> float:
    return sum(float(np.sum(x * y).real) for x, y in zip(leaves(a), leaves(b), strict=True))


def moved(x: Any, v: Any, h: float) -> Any:
    """The argument after a step along a tangent, in double precision."""
    steps: list[Any] = []
    map_leaves(lambda path, leaf: steps.append(leaf), v)
    rest = iter(steps)

    def leaf(path: Any, value: Any) -> Any:
        step = next(rest)
        if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind == "f":
            return value.astype(np.float64) + h * np.asarray(step, np.float64)
        return value + h * step if isinstance(value, (float, complex)) else value

    return map_leaves(leaf, x)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tangent(case: Case) -> None:
    chosen = case.wrt if isinstance(case.wrt, tuple) else (case.wrt,)
    positions = [k % len(case.args) for k in chosen]
    function = PushforwardFunction(case.function, Request("pushforward"), case.wrt)
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    tangents = [direction(args[k], k) for k in positions]
    given = copy.deepcopy(tangents)
    value, tangent = function.value_and_tangent(function._values(args, kwargs), tangents)
    assert bits((args, kwargs)) == bits((case.args, case.kwargs)), "an argument was modified"
    assert bits(tangents) == bits(given), "a tangent was modified"

    gradient = grad(case.function, positions)(*copy.deepcopy(args), **copy.deepcopy(kwargs))
    want = sum(dot(g, v) for g, v in zip(gradient, tangents, strict=True))
    rtol, atol = (1e-10, 1e-10) if case.rtol < 1e-6 else (2e-4, 1e-4)
    assert float(tangent) == pytest.approx(want, rel=rtol, abs=atol)
    assert np.asarray(tangent).dtype == np.asarray(value).dtype

    def along(h: float) -> float:
        own, own_kwargs = copy.deepcopy((list(args), kwargs))
        for k, v in zip(positions, tangents, strict=True):
            own[k] = moved(own[k], v, h)
        return float(case.function(*own, **own_kwargs))

    with np.errstate(all="ignore"):
        slope = richardson_gradient(along, (0.0,))
    assert float(tangent) == pytest.approx(slope, rel=max(case.rtol, 1e-6), abs=10 * atol)


#: The gradients of these jump where they decide something else.
JUMPS = ("bisection",)
SECOND = [
    case for case in CASES if isinstance(case.wrt, int) and case.rtol < 1e-6
    and isinstance(case.args[case.wrt], (float, np.ndarray))
    and case.function.__name__ not in JUMPS
]  # fmt: skip


@pytest.mark.parametrize("case", SECOND, ids=lambda case: case.name)
def test_product_with_the_hessian(case: Case) -> None:
    """Forward over reverse, against differences of the gradient."""
    v = direction(case.args[case.wrt], 1)
    args, kwargs = copy.deepcopy((list(case.args), case.kwargs))
    gradient = grad(case.function, case.wrt)

    def slope(h: float) -> float:
        own, own_kwargs = copy.deepcopy((args, kwargs))
        own[case.wrt] = moved(own[case.wrt], v, h)
        return dot(gradient(*own, **own_kwargs), v)

    try:
        product = hvp(case.function, case.wrt)(*copy.deepcopy(args), v, **copy.deepcopy(kwargs))
    except UnsupportedError as error:  # as the gradient of a recursive function is
        assert error.span is not None or error.instead
        return
    with np.errstate(all="ignore"):
        want = richardson_gradient(slope, (0.0,))
    assert dot(product, v) == pytest.approx(want, rel=1e-5, abs=1e-5)
