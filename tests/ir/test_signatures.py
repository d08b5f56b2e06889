"""The parameters of compiled functions of NumPy, which old ones do not tell."""

import inspect

import numpy as np
import pytest

from adjoint import UnsupportedError, grad
from adjoint.ir.callables.signatures import signature_of, untold
from tests.oracle import assert_same_gradient, richardson_gradient


@pytest.mark.every
def test_what_this_numpy_tells() -> None:
    """What stands in the table is what a NumPy that tells it says, defaults included."""
    told = 0
    for target, ours in untold().items():
        assert str(signature_of(target)).startswith("(")
        try:
            theirs = inspect.signature(target)
        except ValueError:
            continue
        told += 1
        shown = [(p.name, p.kind, p.default) for p in theirs.parameters.values()]
        assert [(p.name, p.kind, p.default) for p in ours.parameters.values()] == shown, target
    assert told or np.lib.NumpyVersion(np.__version__) < "2.4.0"


def by_keyword(w: np.ndarray) -> float:
    return np.sum(np.bincount(np.array([0, 1, 1]), weights=w) ** 2) + np.dot(a=w, b=w * 2.0)


def copied(w: np.ndarray) -> float:
    z = np.zeros(3)
    np.copyto(dst=z, src=w * w)
    return np.sum(z) + np.sum(np.array(object=[w[0], w[1]]) ** 2)


def of_another_type(w: np.ndarray) -> float:
    """A conversion by position: what it gives is not the array, which is written afterwards."""
    v = w * 2.0
    z = np.asanyarray(v, np.float32) * 1.0
    y = np.asarray(v, float) * 1.0
    v[0] = 0.0
    return np.sum(z * w) + np.sum(y * w) + np.sum(v)


def of_its_own_type(w: np.ndarray) -> float:
    v = w * 2.0
    z = np.asanyarray(v, np.float64)
    z[0] = 0.0
    return np.sum(v * w)


def test_by_position_only() -> None:
    for f in (
        lambda w: np.vdot(a=w, b=w),
        lambda w: np.sum(np.where(w > 0.2, x=w, y=0.0)),
        lambda w: np.sum(np.concatenate(arrays=[w, w])),
        lambda w: np.sum(np.add(x1=w, x2=w)),
    ):
        with pytest.raises(TypeError):
            f(np.ones(3))
        with pytest.raises(UnsupportedError, match="by position only"):
            grad(f)(np.ones(3))


@pytest.mark.every
@pytest.mark.parametrize("f", [by_keyword, copied, of_another_type, of_its_own_type])
def test_arguments_are_found_wherever_they_stand(f) -> None:
    w = np.array([0.5, 0.25, 1.5])
    assert_same_gradient((grad(f)(w),), richardson_gradient(f, (w,), (0,)), 1e-5, 1e-5)
