"""Where a name has no value and the program needs it, the gradient stops as the program does."""

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, jvp, value_and_grad

X = np.array([0.3, 1.2, -0.5])


def assigned_in_one_branch(x):
    if x[0] > 0:
        y = x * 2
    return y.sum()


def assigned_in_one_trip(x):
    for i in range(len(x)):
        if x[i] > 0.0:
            y = 2.0 * x[i]
    return y


def assigned_by_every_trip(x):
    for v in x:
        y = v * v
    return y


def never_found(x):
    found = None
    for v in x:
        if v > 0.0:
            found = v
    return found * 2


def may_return_none(x):
    found = None
    for v in x:
        if v > 0.0:
            found = v
    return found


@pytest.mark.parametrize(
    ("f", "x", "error"),
    [
        (assigned_in_one_branch, -abs(X), UnboundLocalError),
        (assigned_in_one_trip, -abs(X), UnboundLocalError),
        (assigned_by_every_trip, X[:0], UnboundLocalError),
        (never_found, -abs(X), TypeError),
        (may_return_none, -abs(X), TypeError),
    ],
)
def test_stops(f, x, error):
    assert np.isfinite(f(abs(X)))
    assert np.any(grad(f)(abs(X)))
    for derivative in (grad(f), value_and_grad(f), grad(lambda x: np.sum(grad(f)(x) * x))):
        with pytest.raises(error):
            derivative(x)
    with pytest.raises(error):
        jvp(f, (x,), (x,))


def test_text():
    """A loop is asked whether it makes a trip; what stops by itself is not asked at all."""
    source = grad(assigned_by_every_trip).source_for(X)
    assert "if len(x) <= 0:\n        raise UnboundLocalError(" in source

    def decay(x, n):
        for i in range(n):
            if i == 0:
                v = x**2
            v = 0.9 * v
        return np.sum(v)

    assert "v is not None" not in grad(decay).source_for(X, 3)


def test_truth_of_what_may_be_none():
    def f(x):
        last = None
        for v in x:
            if last:
                v = v * last
            last = v
        return last

    long = np.linspace(0.5, 1.5, 40)  # of short ones every element has a copy of the body
    gradient, h = grad(f)(long), 1e-6
    step = np.zeros(40)
    step[7] = h
    np.testing.assert_allclose(gradient[7], (f(long + step) - f(long - step)) / (2 * h), rtol=1e-6)
    np.testing.assert_allclose(grad(f)(X), [X[1] * X[2], X[0] * X[2], X[0] * X[1]])


def test_questions_about_what_may_be_none():
    def f(x):
        found = None
        for v in x:
            if v > 5.0:
                found = v
        return x[0] * 3 if isinstance(found, float) else np.sum(x)

    with pytest.raises(UnsupportedError, match="asks about a name that may be None"):
        grad(f)(np.linspace(-0.5, 1.0, 40))
