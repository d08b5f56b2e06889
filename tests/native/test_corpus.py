"""Golden programs and the corpus on the back end "numba": the same numbers, or a reason."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests import golden
from tests.corpus import Case
from tests.native import outcome
from tests.test_corpus import CASES

pytest.importorskip("numba")

#: Always the same forty; `make full` runs all.
SAMPLE = {case.name for case in random.Random(14).sample(CASES, 40)}


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJOINT_CACHE_DIR", "")


def check(case: Case) -> None:
    reason = outcome(case)
    if reason:
        pytest.skip(reason)


@pytest.mark.parametrize("case", [c for c in CASES if c.name in SAMPLE], ids=lambda c: c.name)
def test_sample(case: Case) -> None:
    check(case)


@pytest.mark.generated
@pytest.mark.parametrize("case", [c for c in CASES if c.name not in SAMPLE], ids=lambda c: c.name)
def test_all(case: Case) -> None:
    check(case)


@pytest.mark.generated
@pytest.mark.parametrize("name", golden.PROGRAMS)
def test_golden(name: str) -> None:
    primal: Any = golden.load(name, "primal")
    function = getattr(primal, primal.FUNCTION)
    check(Case(name, function, primal.example(), primal.ARGNUMS))
