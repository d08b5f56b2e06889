"""Programs that are nested more deeply than Python's stack allows are refused."""

import inspect
import sys
from collections.abc import Callable

import pytest

from adjoint import UnsupportedError, grad, pipeline


def of_depth(n: int) -> Callable[[float], float]:
    f = lambda x: x * x  # noqa: E731
    for _ in range(n):
        f = (lambda g: lambda x: g(x) + 1.0)(f)
    return f


def test_a_deep_program_is_refused_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    limit = sys.getrecursionlimit()
    monkeypatch.setattr(pipeline, "_RECURSION_LIMIT", 0)
    grad(of_depth(1))(3.0)  # the compiler is imported
    sys.setrecursionlimit(len(inspect.stack()) + 250)
    try:
        with pytest.raises(UnsupportedError, match="nested too deeply, or too long"):
            grad(of_depth(60))(3.0)
    finally:
        sys.setrecursionlimit(limit)
    assert grad(of_depth(40))(3.0) == 6.0
