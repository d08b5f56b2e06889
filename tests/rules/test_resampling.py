"""Images between their pixels: values of SciPy, and both modes against differences."""

import numpy as np
import pytest
from scipy import ndimage

from adjoint import UnsupportedError, check_grads, grad, vjp

RNG = np.random.default_rng(3)
IMAGE = RNG.normal(size=(5, 6))
MATRIX = np.array([[0.9, 0.1], [-0.2, 1.1]])


def check(f, *args, order=1):
    np.testing.assert_allclose(vjp(f, *args)[0], f(*args), rtol=1e-10, atol=1e-12)
    check_grads(f, args, modes=("forward", "reverse"), order=order, rtol=1e-6, atol=1e-7)


PROGRAMS = [
    (lambda x, s: ndimage.shift(x, s), (IMAGE, np.array([0.3, 0.7]))),
    (lambda x, s: ndimage.shift(x, s, order=1, mode="nearest"), (IMAGE, 0.3)),
    (lambda x: ndimage.shift(x, (0.3, 0.7, 0.1), order=2, mode="mirror"),
     (RNG.normal(size=(3, 4, 5)),)),
    (lambda x: ndimage.zoom(x, 1.7), (IMAGE,)),
    (lambda x: ndimage.zoom(x, (2, 0.8), order=1, mode="reflect"), (IMAGE,)),
    (lambda x: ndimage.zoom(x, 2.0, grid_mode=True, mode="grid-wrap"), (IMAGE,)),
    (lambda x: ndimage.rotate(x, 30.0, cval=0.5), (IMAGE,)),
    (lambda x: ndimage.rotate(x, 90.0), (IMAGE,)),
    (lambda x, a: ndimage.rotate(x, a, reshape=False, mode="reflect"), (IMAGE, 31.0)),
    (lambda x: ndimage.affine_transform(x, MATRIX, offset=0.2, mode="reflect"), (IMAGE,)),
    (lambda x, o: ndimage.affine_transform(
        x, [[0.9, 0.1], [-0.2, 1.1]], o, (4, 4), mode="mirror"), (IMAGE, np.array([0.2, 0.3]))),
    (lambda x, d: ndimage.affine_transform(x, d, mode="mirror"), (IMAGE, np.array([0.9, 1.1]))),
    (lambda x, M: ndimage.affine_transform(x, np.stack([M[0], M[1]]), mode="mirror"),
     (IMAGE, MATRIX)),
    (lambda x: ndimage.spline_filter(x), (IMAGE,)),
    (lambda x: ndimage.spline_filter1d(x, 5, 0, mode="reflect"), (IMAGE,)),
    (lambda x: ndimage.map_coordinates(
        ndimage.spline_filter(x), [[1.2, 3.3], [2.1, 0.4]], prefilter=False), (IMAGE,)),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args"), PROGRAMS)
def test_programs(f, args):
    check(f, *args)


def test_homogeneous_coordinates():
    M = np.concatenate([MATRIX, [[0.2], [0.4]]], axis=1)
    with pytest.raises(TypeError, match="offset for themselves"):
        grad(lambda M: np.sum(ndimage.affine_transform(IMAGE, M)))(M)
    check(lambda M: ndimage.affine_transform(IMAGE, M[:, :2], M[:, 2], mode="mirror"), M)


def test_second_order():
    places = np.array([[0.6, 1.2, 3.3], [1.1, 2.2, 3.4]])
    check(lambda x, c: ndimage.map_coordinates(x, c, mode="mirror"), IMAGE, places, order=2)
    with pytest.raises(UnsupportedError, match="jumps"):
        grad(
            lambda c: grad(lambda c: np.sum(ndimage.map_coordinates(IMAGE, c, order=1)))(c)[0, 0]
        )(places)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: ndimage.shift(x, 0.5, mode="nearest"), "mode 'constant'"),
        (lambda x: ndimage.shift(x, 0.5, order=0), "order from 1"),
        (lambda x: ndimage.rotate(IMAGE, 30.0 + x[0, 0]), "reshape=False"),
        (lambda x: ndimage.rotate(np.stack([x, x]), 30.0), "two axes"),
        (lambda x: ndimage.spline_filter(x, mode="wrap"), "wrap"),
    ],
)
def test_refused(f, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(lambda x: np.sum(f(x)))(IMAGE)
