"""Second order of programs that change things: gradients of gradients, against differences."""

import copy
import linecache
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad
from tests.corpus import Case, cases
from tests.oracle import richardson
from tests.test_corpus import PENDING, written_as

AREAS = {"mutation", "views", "aliases", "imperative", "traps", "lists", "growing", "classics",
         "idioms", "missing"}  # fmt: skip
#: A list of lists comes back as a list of rows, which are arrays; a whole number that decides the
#: program is not made part of it where a gradient is taken inside of another function.
OPEN = {
    "lists:appendloop2", "growing:memo_with_whole_keys", "growing:helper_appends_to_its_argument",
    "traps:table_seen_through_a_slice_in_the_next_trip",
}  # fmt: skip


#: The halves of a recursive function are not differentiated again where a tape is between them.
RECURSIVE = {
    "calls:recursion",
}


def active(case: Case) -> int:
    return case.wrt if isinstance(case.wrt, int) else case.wrt[0]


def chosen(case: Case) -> bool:
    first = case.name.endswith("-0") and not case.kwargs
    number = isinstance(case.args[active(case)], (float, np.ndarray))
    open_or_later = written_as(case) in PENDING | OPEN | RECURSIVE
    return case.name.split(":")[0] in AREAS and first and number and not open_or_later


CASES = [case for case in cases() if chosen(case)][::2]


def weighted(gradient: Callable[..., Any], weights: Any, n: int) -> Callable[..., Any]:
    """The function `sum(gradient(*args) * weights)`, with a text that can be compiled."""
    names = ", ".join(f"a{k}" for k in range(n))
    text = f"def total({names}):\n    return np.sum(gradient({names}) * weights)\n"
    file = f"<weighted {id(gradient)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space: dict[str, Any] = {"gradient": gradient, "weights": weights, "np": np}
    exec(compile(text, file, "exec"), space)
    return space["total"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", sorted(RECURSIVE))
def test_recursion_is_refused(name: str) -> None:
    (case,) = (c for c in cases() if written_as(c) == name and c.name.endswith("-0"))
    gradient = grad(case.function, active(case))
    f = weighted(gradient, 1.0, len(case.args))
    with pytest.raises(UnsupportedError, match="gradient of a recursive function"):
        grad(f, active(case))(*copy.deepcopy(case.args))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_gradient_of_the_gradient(case: Case) -> None:
    wrt = active(case)
    weights = np.random.default_rng(0).normal(size=np.shape(case.args[wrt]))
    weights = weights if weights.ndim else float(weights)
    gradient = grad(case.function, wrt)

    def total(*args: Any) -> float:
        return float(np.sum(np.asarray(gradient(*copy.deepcopy(args))) * weights))

    with np.errstate(all="ignore"):
        want, error = richardson(total, copy.deepcopy(case.args), wrt)
        assert error < 1e-6, "differences do not converge"
        f = weighted(gradient, weights, len(case.args))
        got = grad(f, wrt)(*copy.deepcopy(case.args))
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
