"""The page docs/coverage.md says what the registry says, and NumPy is covered."""

from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, undifferentiable
from adjoint.rules.registry import INACTIVE, REFUSED, RULES
from adjoint.tools.coverage import PAGE, missing, numpy_version, section

#: Functions of NumPy that have no rule yet: an empty set is the aim.
WITHOUT_A_RULE_YET = {
    # reductions and statistics
    "average", "bincount", "corrcoef", "cov", "cumprod", "cumulative_prod", "cumulative_sum",
    "ediff1d", "gradient", "median", "nanargmax", "nanargmin", "nancumprod", "nancumsum",
    "nanmax", "nanmean", "nanmedian", "nanmin", "nanpercentile", "nanprod", "nanquantile",
    "nanstd", "nansum", "nanvar", "partition", "percentile", "ptp", "quantile", "trapezoid",
    # element-wise, and selections
    "angle", "choose", "compress", "extract", "i0", "interp", "piecewise", "real_if_close",
    "select", "sort_complex", "take_along_axis", "unwrap",
    # polynomials, products and signals
    "convolve", "correlate", "cross", "poly", "polyadd", "polyder", "polydiv", "polyfit",
    "polyint", "polymul", "polysub", "polyval", "roots", "vander",
}  # fmt: skip


def test_the_page_is_up_to_date() -> None:
    if f"NumPy {numpy_version()}." not in PAGE.read_text():
        pytest.skip("the page is about another version of NumPy")
    assert section(np) in PAGE.read_text(), "run: python -m adjoint.tools.coverage"


def test_numpy_is_covered() -> None:
    assert set(missing(np)) <= WITHOUT_A_RULE_YET


def test_no_function_is_declared_twice() -> None:
    assert not INACTIVE & set(RULES), "a rule of an inactive function is never used"


def test_reasons_are_told() -> None:
    assert np.unique in REFUSED
    with pytest.raises(UnsupportedError, match="unique is not differentiable: which elements"):
        grad(lambda x: np.sum(np.unique(x)))(np.ones(2))
    assert grad(lambda x: x[0] * np.unique(np.array([2.0, 2.0]))[0])(np.ones(2))[0] == 2.0


def counted(x: Any) -> Any:
    return np.floor(x) + 1.0


def test_a_function_of_the_user_is_refused_with_a_reason() -> None:
    undifferentiable(counted, "it counts")
    with pytest.raises(UnsupportedError, match="counted is not differentiable: it counts"):
        grad(lambda x: np.sum(counted(x)))(np.ones(2))
    assert grad(lambda x, y: np.sum(x * counted(y)))(np.ones(2), np.ones(2)).tolist() == [2.0, 2.0]


def unknown(x: Any) -> Any:
    return np.sum(np.lib.stride_tricks.as_strided(x))


def test_the_refusal_shows_how_to_write_a_rule() -> None:
    with pytest.raises(UnsupportedError) as caught:
        grad(unknown)(np.ones(2))
    assert "@adjoint.rule(np.lib.stride_tricks.as_strided)" in str(caught.value)
    assert "adjoint.nondifferentiable(np.lib.stride_tricks.as_strided)" in str(caught.value)
