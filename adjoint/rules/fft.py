"""Discrete Fourier transforms.

The matrix of a transform is symmetric, so that it is its own transpose. A transform of given
length crops its input or pads it with zeros; the transpose pads or crops. Half spectra of real
signals leave out entries that are conjugates of others: going back, those count for both.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.rules.registry import linear, multilinear, rule
from adjoint.rules.staged import call, equal
from adjoint.runtime.arrays import with_length

_SWAPPED = {None: "forward", "backward": "forward", "forward": None, "ortho": "ortho"}


def _options(norm: str | None) -> dict[str, Any]:
    """A normalisation as a keyword, which the default one leaves out."""
    return {} if norm in (None, "backward") else {"norm": norm}


def _along(axis: int) -> dict[str, Any]:
    return {} if axis == -1 else {"axis": axis}


def _cut(x_bar: Any, x: Any, n: Any, axis: int) -> Any:
    """The transpose of cropping or padding x along `axis`; nothing if n says to do neither."""
    if n is None:
        return x_bar
    return call(with_length, x_bar, x.shape[axis], axis)


def _cut_all(x_bar: Any, x: Any, s: Any, axes: Sequence[int]) -> Any:
    for k, axis in enumerate(axes):
        x_bar = x_bar if s is None else _cut(x_bar, x, s[k], axis)
    return x_bar


@multilinear(with_length)
def with_length_rule(y_bar: Any, x: Any, n: Any, axis: int) -> Any:
    return call(with_length, y_bar, x.shape[axis], axis), None, None


def _axes(rank: int, s: Any, axes: Any) -> tuple[int, ...]:
    """The axes of a transform over several; all of them unless said otherwise."""
    if axes is not None:
        return tuple(axes)
    return tuple(range(rank)) if s is None else tuple(range(-len(s), 0))


# Complex spectra


@linear(np.fft.fft)
def fft(y_bar: Any, a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    return _cut(np.fft.fft(y_bar, **_along(axis), **_options(norm)), a, n, axis)


@linear(np.fft.ifft)
def ifft(y_bar: Any, a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    return _cut(np.fft.ifft(y_bar, **_along(axis), **_options(norm)), a, n, axis)


@linear(np.fft.fftn)
def fftn(y_bar: Any, a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    return _several(np.fft.fftn, y_bar, a, s, axes, norm)


@linear(np.fft.ifftn)
def ifftn(y_bar: Any, a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    return _several(np.fft.ifftn, y_bar, a, s, axes, norm)


@linear(np.fft.fft2)
def fft2(y_bar: Any, a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    return _several(np.fft.fft2, y_bar, a, s, axes, norm)


@linear(np.fft.ifft2)
def ifft2(y_bar: Any, a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    return _several(np.fft.ifft2, y_bar, a, s, axes, norm)


def _several(transform: Any, y_bar: Any, a: Any, s: Any, axes: Any, norm: str | None) -> Any:
    default = (-2, -1) if transform in (np.fft.fft2, np.fft.ifft2) else None
    options = _options(norm)
    if s is not None:
        axes = _axes(a.ndim, s, axes)
    if axes is not None and tuple(axes) != default:
        options["axes"] = tuple(axes)
    a_bar = transform(y_bar, **options)
    return _cut_all(a_bar, a, s, axes or ())


# Half spectra of real signals


@linear(np.fft.rfft)
def rfft(y_bar: Any, a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    """The entries left out have the cotangent zero, which `n` pads with."""
    length = a.shape[axis] if n is None else n
    a_bar = np.real(np.fft.fft(y_bar, length, **_along(axis), **_options(norm)))
    return _cut(a_bar, a, n, axis)


@linear(np.fft.ihfft)
def ihfft(y_bar: Any, a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    """The conjugate of rfft, normalised like an inverse."""
    length = a.shape[axis] if n is None else n
    a_bar = np.real(np.fft.ifft(y_bar, length, **_along(axis), **_options(norm)))
    return _cut(a_bar, a, n, axis)


@linear(np.fft.irfft)
def irfft(y_bar: Any, a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    spectrum = np.conj(np.fft.rfft(y_bar, **_along(axis), **_options(_SWAPPED[norm])))
    return _cut(_doubled(spectrum, y_bar.shape[axis], axis), a, n, axis)


@linear(np.fft.hfft)
def hfft(y_bar: Any, a: Any, n: Any = None, axis: int = -1, norm: str | None = None) -> Any:
    """irfft of the conjugate, without its normalisation."""
    spectrum = np.fft.rfft(y_bar, **_along(axis), **_options(norm))
    return _cut(_doubled(spectrum, y_bar.shape[axis], axis), a, n, axis)


def _doubled(spectrum: Any, n: Any, axis: int) -> Any:
    """Half of a spectrum of length n, with the entries twice that stand for two."""
    k = call(np.arange, n // 2 + 1)
    alone = call(operator.or_, equal(k, 0), equal(2 * k, n))
    behind = spectrum.ndim - 1 - axis % spectrum.ndim
    if behind:
        alone = np.expand_dims(alone, tuple(range(1, behind + 1)))
    return np.where(alone, spectrum, 2 * spectrum)


@linear(np.fft.rfftn)
def rfftn(y_bar: Any, a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    axes = _axes(a.ndim, s, axes)
    lengths = tuple(a.shape[axis] if s is None else s[k] for k, axis in enumerate(axes))
    a_bar = np.real(np.fft.fftn(y_bar, lengths, axes, **_options(norm)))
    return _cut_all(a_bar, a, s, axes)


@linear(np.fft.rfft2)
def rfft2(y_bar: Any, a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
    return rfftn(y_bar, a, s, axes, norm)


@linear(np.fft.irfftn)
def irfftn(y_bar: Any, a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Any:
    axes = _axes(a.ndim, s, axes)
    spectrum = np.conj(np.fft.rfftn(y_bar, axes=axes, **_options(_SWAPPED[norm])))
    a_bar = _doubled(spectrum, y_bar.shape[axes[-1]], axes[-1])
    return _cut_all(a_bar, a, s, axes)


@linear(np.fft.irfft2)
def irfft2(
    y_bar: Any, a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None
) -> Any:
    return irfftn(y_bar, a, s, axes, norm)


# Orders and frequencies


@linear(np.fft.fftshift)
def fftshift(y_bar: Any, x: Any, axes: Any = None) -> Any:
    return np.fft.ifftshift(y_bar) if axes is None else np.fft.ifftshift(y_bar, axes)


@linear(np.fft.ifftshift)
def ifftshift(y_bar: Any, x: Any, axes: Any = None) -> Any:
    return np.fft.fftshift(y_bar) if axes is None else np.fft.fftshift(y_bar, axes)


@rule([np.fft.fftfreq, np.fft.rfftfreq])
def fftfreq(y_bar: Any, y: Any, n: Any, d: Any = 1.0, device: Any = None) -> Any:
    """The frequencies are k / (n d)."""
    return None, -np.sum(y_bar * y) / d
