"""Keywords of NumPy's functions: out=, where=, dtype=, by name and by position."""

from typing import Any

import numpy as np

from adjoint import grad

x = np.array([0.5, -1.0, 2.0])


def test_dtype_of_a_ufunc_is_the_precision_of_its_operands() -> None:
    def single(x: Any) -> Any:
        return np.sum(np.multiply(x, x, dtype=np.float32))

    def double(x: Any) -> Any:
        return np.sum(np.exp(x, dtype=np.float64))

    got = grad(single)(x)
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, 2 * x)
    got = grad(double)(x.astype(np.float32))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, np.exp(x), rtol=1e-6)


def test_out_by_position_is_written() -> None:
    """Also where nothing has a derivative, and the result of the call is not used."""

    def by_ufunc(x: Any, y: Any, buffer: Any) -> Any:
        np.add(y, 2.0, buffer)
        return np.sum(buffer * x)

    def by_reduction(x: Any, y: Any, buffer: Any) -> Any:
        np.sum(y, 0, None, buffer)
        return np.sum(buffer * x)

    assert grad(by_ufunc)(x, x.copy(), np.zeros(3)).tolist() == (x + 2.0).tolist()
    rows = np.stack([x, x])
    assert grad(by_reduction)(x, rows, np.zeros(3)).tolist() == (2.0 * x).tolist()


def test_where_without_a_warning() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.log(x, where=x > 0, out=np.zeros_like(x)))

    with np.errstate(all="raise"):
        assert grad(f)(x).tolist() == [2.0, 0.0, 0.5]
