"""The harness for packages: what it calls right, refused and not counted."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.wild.__main__ import listed, outside, table
from benchmarks.wild.calls import Call
from benchmarks.wild.judging import judge

PACKAGE = '''
import functools
import math
import random

import numpy as np

STATE = {"calls": 0}


def area(r, kind="disc"):
    """
    >>> area(2.0)
    12.566
    """
    return math.pi * r * r if kind == "disc" else r * r


def counted(x):
    """
    >>> import sample
    >>> sample.counted(np.array([1.0, 2.0]))
    """
    STATE["calls"] += 1
    return x * x


def kink(x):
    """
    >>> kink(0.0)
    """
    return abs(x)


def drawn(x):
    """
    >>> drawn(2.0)
    """
    return x * random.random()


def whole(n):
    """
    >>> whole(3)
    """
    return n + 1


def text(x):
    """
    >>> text(3.0)
    """
    return x * float(f"{x}")


def unused(x):
    """No example calls it.

    >>> 1 + 1
    2
    """
    return x
'''
EXPECTED = {
    "area": ("right", ""),
    "counted": ("right", ""),
    "kink": ("excluded", "differences of both sides disagree"),
    "drawn": ("excluded", "another value each time"),
    "whole": ("excluded", "no float argument"),
    "text": ("refused", None),
    "unused": ("excluded", "no call of it in its examples"),
}


def test_each_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sample.py").write_text(PACKAGE)
    root = Path(__file__).parent.parent.parent
    monkeypatch.setattr("benchmarks.wild.__main__.ROOTS", (str(root), str(tmp_path)))
    records = outside("sample", 0, 100.0)
    found = {r["name"].rpartition(".")[2]: (r["verdict"], r["reason"]) for r in records}
    assert found.keys() == EXPECTED.keys()
    for name, (verdict, reason) in EXPECTED.items():
        assert found[name][0] == verdict, found[name]
        assert reason is None or found[name][1] == reason
    report = table({"sample": records})
    assert "| **all** | 7 | 3 | 2 (67 %) | 0 | 1 | 0 | 0 |" in report


def test_a_wrong_gradient_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    import adjoint

    def wrong(f: Any, argnums: Any) -> Any:
        return lambda *args: (f(*args), tuple(2.0 for _ in args))

    monkeypatch.setattr(adjoint, "value_and_grad", wrong)
    record = judge(Call("square", lambda x: x * x, (3.0,), {}))
    assert record["verdict"] == "wrong" and "slope" in record["reason"]
    assert judge(Call("double", lambda x: 2.0 * x, (3.0,), {}))["verdict"] == "right"


def test_the_list_names_versions() -> None:
    assert len(listed()) >= 10
    assert len(set(listed())) == len(listed())
