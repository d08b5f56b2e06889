"""The gradient has the dtype and the shape of its argument, for each rule and each precision.

One sample of each rule, with its arrays in other precisions, alone and mixed with double.
"""

import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, value_and_grad
from tests.rules.test_rules import (
    ALL,
    COMPILED,
    active,
    named,
    program_text,
    weights,
)

pytestmark = pytest.mark.generated  # for every rule, type and program

DTYPES = (np.float16, np.float32, np.longdouble)


def _one_for_each_rule() -> list[int]:
    """The first sample of a rule whose active arguments are all arrays of doubles, not empty."""
    chosen: dict[Any, int] = {}
    for index in COMPILED:
        target, sample = ALL[index]
        arguments = [sample.args[k] for k in active(sample.args)]
        if target is None or target in chosen or not arguments:
            continue
        if all(isinstance(x, np.ndarray) and x.dtype == float and x.size for x in arguments):
            chosen[target] = index
    return list(chosen.values())


CHOSEN = _one_for_each_rule()
PROGRAMS: dict[int, Any] = {}


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    lines = ["import cmath", "import operator", "", "import numpy as np"]
    lines += ["from scipy import linalg, signal, special"]
    for index in CHOSEN:
        lines += ["", "", *program_text(index)]
    path = tmp_path_factory.mktemp("dtypes") / "programs.py"
    path.write_text("\n".join(lines) + "\n")
    spec = importlib.util.spec_from_file_location("programs", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    PROGRAMS.update({index: getattr(module, f"call_{index}") for index in CHOSEN})
    yield


def check(index: int, args: tuple[Any, ...]) -> None:
    target, sample = ALL[index]
    try:
        y = target(*args, **sample.kwargs)
    except Exception as error:
        pytest.skip(f"the function itself refuses this: {error}")
    chosen = active(args)
    gradient = value_and_grad(PROGRAMS[index], chosen, has_aux=True)
    with np.errstate(all="ignore"):
        (_, value), got = gradient(*args, weights(y))
    assert np.asarray(value).dtype == np.asarray(y).dtype if not isinstance(y, tuple) else True
    for k, g in zip(chosen, got, strict=True):
        assert np.shape(g) == np.shape(args[k])
        assert np.asarray(g).dtype == np.asarray(args[k]).dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("index", CHOSEN, ids=[named(*ALL[k]) for k in CHOSEN])
def test_precision(index: int, dtype: Any) -> None:
    args = ALL[index][1].args
    chosen = active(args)
    try:
        check(index, tuple(x.astype(dtype) if k in chosen else x for k, x in enumerate(args)))
    except UnsupportedError as error:  # half precision is too coarse for the compiler's samples
        assert dtype is np.float16 and "refuses these arguments" in str(error)


SEVERAL = [k for k in CHOSEN if len(active(ALL[k][1].args)) > 1]


@pytest.mark.parametrize("dtype", [np.float32, np.int64, bool])
@pytest.mark.parametrize("index", SEVERAL, ids=[named(*ALL[k]) for k in SEVERAL])
def test_mixed(index: int, dtype: Any) -> None:
    """One argument is of another precision, or of integers, which have no gradient."""
    args = list(ALL[index][1].args)
    first = active(tuple(args))[0]
    args[first] = np.where(args[first] > 0, 1, 2).astype(dtype)
    try:
        check(index, tuple(args))
    except UnsupportedError as error:  # truths have no sign, and matrices of them are singular
        assert dtype is not np.float32
        assert "refuses" in error.reason or "returns a whole number" in error.reason


@pytest.mark.parametrize("index", CHOSEN, ids=[named(*ALL[k]) for k in CHOSEN])
def test_layout(index: int) -> None:
    """Fortran order, and every second element of a larger array."""
    args = ALL[index][1].args
    chosen = active(args)
    check(index, tuple(np.asfortranarray(x) if k in chosen and x.ndim else x
                       for k, x in enumerate(args)))  # fmt: skip
    spread = tuple(
        np.repeat(x, 2, axis=-1)[..., ::2] if k in chosen and x.ndim else x
        for k, x in enumerate(args)
    )
    check(index, spread)
