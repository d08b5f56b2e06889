"""Arrays without elements, samples of one element, and values with more axes than their place.

Each program runs on all shapes. Where it gives a number, the gradient has the shape of the
argument and agrees with differences; where it raises, so does the gradient.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad

WEIGHTS = np.array([[0.3, -0.7, 1.1], [0.9, 0.2, -0.4]])


def _into(place: Any, shape: tuple[int, ...]) -> Callable[[Any], Any]:
    def stored(x: Any) -> Any:
        y = np.zeros(shape)
        y[place] = x
        return np.sum(y * WEIGHTS[0, 0] + y * y)

    return stored


def _copied(x: Any) -> Any:
    y = np.zeros(2)
    np.copyto(y, x)
    return np.sum(y * WEIGHTS[0, :2])


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "median": lambda x: np.sum(np.median(x, axis=0)),
    "median of all": np.median,
    "quantile": lambda x: np.sum(np.quantile(x, [0.3, 0.6], axis=0)),
    "nanmedian": lambda x: np.sum(np.nanmedian(x, axis=0)),
    "diff": lambda x: np.sum(np.diff(x) ** 2),
    "diff of diff": lambda x: np.sum(np.diff(x, n=2) ** 2) + np.sum(x),
    "diff over rows": lambda x: np.sum(np.diff(x, n=3, axis=0)),
    "ediff1d": lambda x: np.sum(np.ediff1d(x) ** 2),
    "resize": lambda x: np.sum(np.resize(x, (2, 2)) ** 2),
    "cov": lambda x: np.sum(np.cov(x)),
    "cov, biased": lambda x: np.sum(np.cov(x, bias=True)),
    "cov, few degrees of freedom": lambda x: np.sum(np.cov(x, ddof=3)),
    "var": lambda x: np.var(x, ddof=1),
    "full": lambda x: np.sum(np.full((2, 3), x) * WEIGHTS),
    "full_like": lambda x: np.sum(np.full_like(np.ones(2), x) * WEIGHTS[0, :2]),
    "a slice": _into(slice(None), (2,)),
    "a row": _into(0, (2, 3)),
    "part of a row": _into((0, slice(1, None)), (2, 3)),
    "rows": _into(np.array([0, 1]), (2, 3)),
    "a mask": _into(np.array([True, False]), (2,)),
    "an array of rank 0": _into(..., ()),
    "copyto": _copied,
}
SHAPES: list[tuple[int, ...]] = [
    (0,), (0, 3), (3, 0), (1,), (1, 1), (1, 1, 1), (1, 2), (2,), (3, 2), (5,),
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient_of_few_elements(name: str, shape: tuple[int, ...]) -> None:
    program = PROGRAMS[name]
    x = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape) ** 2
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            program(x)
        except Exception as error:
            with pytest.raises((type(error), AdjointError)):
                grad(program)(x)
            return
        found = grad(program)(x)
        expected = np.zeros(shape)
        for place in np.ndindex(shape):
            step = np.zeros(shape)
            step[place] = 1e-6
            expected[place] = (program(x + step) - program(x - step)) / 2e-6
    assert found.shape == shape
    finite = np.isfinite(expected)
    np.testing.assert_allclose(found[finite], expected[finite], atol=1e-6)
    assert not np.isfinite(found[~finite]).any()
