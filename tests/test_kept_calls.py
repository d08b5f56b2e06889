"""The corpus with every call kept that can be: the gradient is that of the inlined calls.

A fixed sample of the programs is tried; all of them with the environment variable ADJOINT_FULL.
"""

import copy
import os
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad, vjp
from adjoint.api import sharing
from adjoint.frontend.control import kept_calls
from adjoint.frontend.control.keeping import Keeping
from tests.corpus import Case
from tests.oracle import assert_same_gradient, map_leaves
from tests.test_corpus import CASES

ONE_IN = 1 if os.environ.get("ADJOINT_FULL") else 8
CHOSEN = [c for c in CASES if zlib.crc32(f"kept {c.name}".encode()) % ONE_IN == 0]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Keep every call that can be, in programs that are compiled anew; counts them."""
    count = [0]
    call = kept_calls.call_recursive

    def counted(*args: Any, **kwargs: Any) -> Any:
        result = call(*args, **kwargs)
        count[0] += 1
        return result

    monkeypatch.setattr(sharing, "_caches", OrderedDict())
    monkeypatch.setattr(kept_calls, "call_recursive", counted)
    monkeypatch.setattr(kept_calls, "SMALL_FUNCTION", 0)
    monkeypatch.setattr(Keeping, "wants", lambda self, function, called: True)
    monkeypatch.setattr("adjoint.pipeline.Keeping", lambda **_: Keeping(keeps=True))
    yield count


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_same_gradient(case: Case, kept: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    got = _gradient(case)
    if not kept[0]:
        pytest.skip("no call could be kept")
    monkeypatch.undo()
    monkeypatch.setattr(sharing, "_caches", OrderedDict())
    want = _gradient(case)
    rtol = max(case.rtol, 1e-10) if case.rtol < 1e-6 else 1e-5
    assert_same_gradient(got, want, rtol, 1e-12 if case.rtol < 1e-6 else 1e-6)


def _gradient(case: Case) -> Any:
    return grad(case.function, case.wrt)(*copy.deepcopy(case.args), **copy.deepcopy(case.kwargs))


@pytest.mark.parametrize("case", [c for c in CHOSEN if not c.kwargs], ids=lambda case: case.name)
def test_a_pullback_owns_its_results(case: Case, kept: list[int]) -> None:
    """A caller who changes what a pullback gave, or what it was made from, changes no other."""
    args = copy.deepcopy(case.args)
    try:
        value, pullback = vjp(case.function, *args)
    except AdjointError:
        pytest.skip("not differentiable with respect to all arguments")
    if not kept[0]:
        pytest.skip("no call could be kept")
    cotangent = map_leaves(lambda _, x: np.ones_like(x)[()], value)
    first = pullback(cotangent)
    want = copy.deepcopy(first)
    arrays: list[Any] = []
    map_leaves(lambda _, x: arrays.append(x), [*args, first])
    arrays = [x for x in arrays if isinstance(x, np.ndarray) and x.flags.writeable]
    for k, x in enumerate(arrays):
        assert not any(np.shares_memory(x, other) for other in arrays[:k])
        if x.dtype.kind == "f":
            x[...] = 7.0
    assert_same_gradient(pullback(cotangent), want, 1e-12, 1e-12)
