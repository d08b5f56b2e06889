"""Functions that Numba compiled, differentiated through the Python below the decorator."""

import math
import pickle

import numpy as np
import pytest

import adjoint
from adjoint import AdjointError, SourceUnavailableError, UnsupportedError, grad

numba = pytest.importorskip("numba")

SCALE = 2.0
WEIGHTS = np.array([0.5, -1.0, 2.0])
BACKENDS = ["numpy", "numba"]


@numba.njit
def wave(x):
    return math.sin(x) * x


@numba.njit(parallel=True)
def total(x):
    s = 0.0
    for k in numba.prange(len(x)):
        s += wave(x[k]) * WEIGHTS[k]
    return s


@numba.njit
def scaled(x, power=3.0):
    return SCALE * x**power


@numba.njit(fastmath=True)
def settle(x):
    y = 1.0
    while abs(y * y - x) > 1e-13 * x:
        y = 0.5 * (y + x / y)
    return y


@numba.njit
def filled(x):
    out = np.empty(len(x))
    out[0] = x[0]
    for k in range(1, len(x)):
        out[k] = 0.5 * out[k - 1] + x[k] * x[k]
    return out


@numba.vectorize
def bump(x, y):
    if x > 0:
        return x * x * y
    return 3.0 * x * y


@numba.vectorize
def bend(x):
    return bump(x, 2.0)


@numba.guvectorize(["void(float64[:], float64[:])"], "(n)->(n)")
def squared(x, out):
    for k in range(len(x)):
        out[k] = x[k] * x[k]


def numerically(f, x, h=1e-6):
    """The gradient of the machine code by central differences."""
    x = np.asarray(x, dtype=float)
    steps = h * np.eye(x.size).reshape(-1, *x.shape)
    slopes = [(f(x + step) - f(x - step)) / (2 * h) for step in steps]
    return np.reshape(slopes, x.shape)


def around(x):
    return total(x) * settle(np.sum(x * x)) + scaled(x[1])


def elementwise(x):
    return np.sum(bend(x) * WEIGHTS) + bump(x[0], x[1])


def broadcast(x):
    return np.sum(bump(x, x[:, None]) * WEIGHTS)


def in_place(x):
    return np.sum(filled(x) ** 2) + max(map(wave, [x[0], x[2]]))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "f", [total, around, elementwise, broadcast, in_place], ids=lambda f: f.__name__
)
def test_the_derivative_is_that_of_the_machine_code(f, backend):
    if f is broadcast and backend == "numba":
        pytest.skip("np.broadcast_arrays has no machine code")
    x = np.array([0.7, -1.3, 2.1])
    assert np.allclose(grad(f, backend=backend)(x), numerically(f, x), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("f", [wave, scaled, settle], ids=lambda f: f.__name__)
def test_functions_of_numbers(f, backend):
    assert np.isclose(grad(f, backend=backend)(1.7), numerically(f, 1.7), rtol=1e-6)
    value, slope = adjoint.value_and_grad(f, backend=backend)(1.7)
    assert np.isclose(value, f(1.7), rtol=1e-12) and slope == grad(f, backend=backend)(1.7)


def test_a_ufunc_is_a_function_of_numbers_too():
    for x in (1.5, -1.5):
        assert np.isclose(grad(bump)(x, 2.0), numerically(lambda t: bump(t, 2.0), x), rtol=1e-6)


def test_defaults_keywords_methods_and_pickles():
    class Holder:
        cube = staticmethod(scaled)

    assert grad(scaled)(1.5, power=2.0) == 2 * SCALE * 1.5
    assert grad(lambda x: Holder().cube(x))(1.5) == grad(scaled)(1.5)
    assert pickle.loads(pickle.dumps(grad(scaled)))(1.5) == grad(scaled)(1.5)


def test_a_rule_of_the_compiled_function_comes_first():
    @numba.njit
    def straight(x):
        return float(round(x))

    @adjoint.rule(straight)
    def through(bar, y, x):
        return (bar,)

    assert grad(lambda x: straight(3.0 * x))(0.7) == 3.0
    assert grad(straight)(0.7) == 1.0


def test_another_function_under_the_same_name_makes_another_program():
    def program(x):
        return inner(x)

    inner = numba.njit(lambda x: x * x)
    gradient = grad(program)
    assert gradient(3.0) == 6.0
    inner = numba.njit(lambda x: x * x * x)
    assert gradient(3.0) == 27.0


def test_a_frozen_cell_that_changed_is_refused():
    scale = 2.0

    @numba.njit
    def stretched(x):
        return scale * x * x

    assert stretched(3.0) == 18.0
    gradient = grad(stretched)
    assert gradient(3.0) == 12.0
    scale = 4.0  # the machine code goes on with 2.0
    for refused in (gradient, grad(lambda x: stretched(x))):
        with pytest.raises(UnsupportedError, match="when scale had another value"):
            refused(3.0)
    stretched.recompile()
    assert np.isclose(gradient(3.0), numerically(stretched, 3.0))


def test_kernels_and_declared_ufuncs_are_refused():
    declared = numba.vectorize(["float64(float64)"])(lambda x: x * x)

    with pytest.raises(UnsupportedError, match="squared is a GUFunc"):
        grad(lambda x: np.sum(squared(x)))(np.ones(3))
    with pytest.raises(SourceUnavailableError, match="squared is a GUFunc"):
        grad(squared)
    with pytest.raises(UnsupportedError, match="declared types"):
        grad(lambda x: np.sum(declared(x)))(np.ones(3))


def test_a_stencil_is_refused():
    ring = numba.stencil(lambda a: a[-1] + a[1])
    with pytest.raises(AdjointError, match="StencilFunc"):
        grad(lambda x: np.sum(ring(x)))(np.ones(4))
