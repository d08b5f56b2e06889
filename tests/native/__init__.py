"""Programs on the back end "numba", beside the same programs in NumPy."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint import UnsupportedError, grad, use
from tests.corpus import Case
from tests.oracle import map_leaves

#: Of the largest entry: both programs do the same operations, in another order at most in sums.
TOLERANCE = 1e-12
SINGLE = 1e-5


def outcome(case: Case, make: Callable[..., Any] = grad) -> str:
    """The reason why a program is refused; "" where it gives what the program in NumPy gives.

    Raises
    ------
    AssertionError : where it gives something else.
    """
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = make(case.function, case.wrt)(*args, **kwargs)
        args, kwargs = copy.deepcopy((case.args, case.kwargs))
        with use("numba", compare=False):
            derivative = make(case.function, case.wrt)
            try:
                got = derivative(*args, **kwargs)
            except UnsupportedError as refusal:
                assert refusal.line is not None, "a refusal says where"
                return str(refusal.reason)
    native = derivative._latest.run.native
    assert not native.deferred, "the compiled program raises, and the one in NumPy does not"
    assert_same(got, want)
    before = copy.deepcopy((case.args, case.kwargs))
    assert_same((args, tuple(kwargs.values())), (before[0], tuple(before[1].values())), 0.0)
    return ""


def assert_same(got: Any, want: Any, tolerance: float | None = None) -> None:
    """The same structure, types, shapes and dtypes, and the same numbers but for rounding."""
    assert leaves(got, _form) == leaves(want, _form)
    numbers = [np.asarray(x, float).ravel() for _, x in leaves(want) if _is_number(x)]
    flat = np.concatenate([*numbers, np.zeros(0)])
    finite = np.abs(flat[np.isfinite(flat)])
    scale = max(1.0, float(finite.max(initial=0.0)))
    for (_, a), (_, b) in zip(leaves(got), leaves(want), strict=True):
        if _is_number(b):
            single = np.asarray(b).dtype == np.float32
            bound = (SINGLE if single else TOLERANCE) if tolerance is None else tolerance
            np.testing.assert_allclose(a, b, rtol=bound, atol=bound * scale)
        elif b is not None:
            assert a == b


def _form(x: Any) -> Any:
    """What a leaf is; np.float64 is a float, and after a branch a number may be either."""
    kind = float if isinstance(x, float) else type(x)
    return kind.__name__, np.shape(x), np.asarray(x).dtype


def _is_number(x: Any) -> bool:
    return isinstance(x, (bool, int, float, np.ndarray, np.generic)) and not isinstance(x, complex)


def leaves(tree: Any, seen: Callable[[Any], Any] = lambda x: x) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    map_leaves(lambda path, leaf: found.append((path, seen(leaf))), tree)
    return found
