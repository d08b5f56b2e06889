"""Filters of SciPy: values of SciPy, and both modes against differences, for each continuation."""

import numpy as np
import pytest
from scipy import ndimage, signal

from adjoint import UnsupportedError, check_grads, grad, vjp

pytestmark = pytest.mark.generated  # a sample of them in `make test`

RNG = np.random.default_rng(0)
IMAGE, ROW, KERNEL = RNG.normal(size=(7, 6)), RNG.normal(size=23), RNG.normal(size=(3, 2))
PLACES = np.stack([RNG.uniform(0.3, 5.6, (4, 3)), RNG.uniform(0.3, 4.6, (4, 3))])
MODES = ("reflect", "mirror", "nearest", "wrap", "constant", "grid-wrap")


def check(f, *args, order=1):
    np.testing.assert_allclose(vjp(f, *args)[0], f(*args), rtol=1e-10, atol=1e-12)
    check_grads(f, args, modes=("forward", "reverse"), order=order, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("mode", MODES)
def test_modes(mode):
    check(lambda x: ndimage.gaussian_filter(x, 1.3, mode=mode, cval=0.7), IMAGE)
    check(lambda x, w: ndimage.correlate(x, w, mode=mode, cval=0.3) ** 2, IMAGE, KERNEL, order=2)


def test_settings():
    kernel = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5], [1.0, 1.0, 2.0]])
    check(lambda x: ndimage.gaussian_filter(x, (1.0, 0.5), order=(0, 1), truncate=3.0), IMAGE)
    check(lambda x: ndimage.gaussian_filter1d(x, 2.0, axis=0, radius=2), IMAGE)
    check(lambda x: ndimage.convolve(x, kernel, origin=(1, 0)), IMAGE)
    check(lambda x, w: ndimage.convolve(x, w), IMAGE, KERNEL)
    check(lambda x: ndimage.convolve1d(x, np.array([1.0, 2.0, 4.0, 3.0]), mode="constant"), ROW)
    check(lambda x: ndimage.uniform_filter(x, (2, 3)), IMAGE)
    check(lambda x: ndimage.uniform_filter1d(x, 4), ROW)


@pytest.mark.parametrize("mode", ["constant", "mirror", "reflect", "grid-wrap"])
@pytest.mark.parametrize("order", [1, 3])
def test_coordinates(mode, order):
    check(lambda x, c: ndimage.map_coordinates(x, c, order=order, mode=mode), IMAGE, PLACES)
    if mode == "constant":
        far = PLACES * 1.4 - 0.8
        check(lambda x, c: ndimage.map_coordinates(x, c, order=order, cval=0.3), IMAGE, far)


def test_signals():
    sections, (b, a) = signal.butter(4, 0.3, output="sos"), signal.butter(3, 0.3)
    check(lambda x: signal.sosfilt(sections, x), ROW)
    check(lambda x: signal.sosfilt(sections, x, axis=0), IMAGE)
    check(lambda x: signal.filtfilt(b, a, x), ROW)
    check(lambda x: signal.filtfilt(b, a, x, padtype="even", padlen=5), ROW)
    check(lambda x: signal.filtfilt(b, a, x, padtype=None), ROW)
    check(lambda x: signal.savgol_filter(x, 5, 2, deriv=1, delta=0.5, axis=0), IMAGE)
    check(lambda x: signal.savgol_filter(x, 5, 2, mode="nearest"), ROW)
    check(lambda x: signal.resample(x, 9, axis=1), IMAGE)
    check(lambda x, w: signal.oaconvolve(x, w, "same"), ROW, KERNEL[:, 0].copy())


def test_roots():
    check(lambda c: np.max(np.roots(c).real) ** 2, np.array([1.0, -3.0, 2.0]), order=2)
    check(lambda c: np.sum(np.abs(np.roots(c)) ** 2), np.array([1.0, -3.0, 4.0, 2.2]))
    with pytest.raises(np.linalg.LinAlgError, match="not simple"):
        grad(lambda c: np.sum(np.roots(c).real))(np.array([1.0, -2.0, 1.0]))


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: ndimage.median_filter(x, 3)[0, 0], "median_filter"),
        (lambda x: ndimage.gaussian_filter(IMAGE, x[0, 0])[0, 0], "sigma"),
        (lambda x: ndimage.map_coordinates(x, PLACES, mode="nearest")[0, 0], "nearest"),
        (lambda x: signal.resample(x, 4, window="hann")[0, 0], "window"),
    ],
)
def test_refusals(f, message):
    with pytest.raises(UnsupportedError, match=message):
        grad(f)(IMAGE)
