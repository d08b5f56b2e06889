"""Samples of Fourier transforms."""

import numpy as np

from adjoint.runtime.arrays import with_length
from adjoint.testing.samples.table import any_, complex_, internal, sample

single = np.float32
ONE = [np.fft.fft, np.fft.ifft]
for make in (any_, complex_):
    for size in (1, 4, 5):
        sample(ONE, make(size))
        sample(ONE, make(size), norm="ortho")
        sample(ONE, make(size), norm="forward")
    for n in (3, 4, 6):
        sample(ONE, make(4), n)
        sample(ONE, make(2, 4), n=n, axis=-1, norm="ortho")
        sample(ONE, make(4, 2), n, 0)
    sample(ONE, make(3, 4), axis=0)
    sample(ONE, make(2, 3, 2), axis=1)
sample(ONE, any_(4, dtype=single))
sample(ONE, complex_(4, dtype=np.complex64))
sample(ONE, complex_(6)[::2])
sample(ONE, np.asfortranarray(complex_(2, 3)))

REAL = [
    (np.fft.rfft, any_), (np.fft.ihfft, any_), (np.fft.irfft, complex_),
    (np.fft.hfft, complex_), (np.fft.irfft, any_), (np.fft.hfft, any_),
]  # fmt: skip
for transform, make in REAL:
    for size in (2, 4, 5):
        for norm in (None, "backward", "ortho", "forward"):
            sample(transform, make(size), norm=norm)
    for n in (1, 2, 3, 4, 5, 6, 7, 9):
        sample(transform, make(4), n)
    sample(transform, make(4, 3), 5, axis=0)
    sample(transform, make(2, 4, 3), axis=1)
    sample(transform, make(2, 4), 6, norm="ortho")
    sample(transform, make(2, 3), 4, -2, "forward")
for transform in (np.fft.rfft, np.fft.ihfft):
    sample(transform, any_(5, dtype=single))
    sample(transform, any_(5, dtype=single), 7)
for transform in (np.fft.irfft, np.fft.hfft):
    sample(transform, complex_(5, dtype=np.complex64))
    sample(transform, complex_(5, dtype=np.complex64), 7)

MANY = [
    ([np.fft.fftn, np.fft.ifftn], complex_), ([np.fft.fftn], any_), ([np.fft.rfftn], any_),
    ([np.fft.irfftn], complex_),
]  # fmt: skip
for transforms, make in MANY:
    sample(transforms, make(4))
    sample(transforms, make(3, 4))
    sample(transforms, make(2, 3, 4), norm="ortho")
    sample(transforms, make(2, 3, 4), axes=(0, 2))
    sample(transforms, make(2, 3, 4), axes=(-1, 0))
    sample(transforms, make(3, 4), (2, 5), (0, 1))
    sample(transforms, make(2, 3, 4), s=(4, 3), axes=(2, 1), norm="forward")
    sample(transforms, make(3, 4), axes=(1,))
TWO = [
    ([np.fft.fft2, np.fft.ifft2], complex_), ([np.fft.fft2], any_), ([np.fft.rfft2], any_),
    ([np.fft.irfft2], complex_),
]  # fmt: skip
for transforms, make in TWO:
    sample(transforms, make(3, 4))
    sample(transforms, make(2, 3, 4), norm="ortho")
    sample(transforms, make(2, 3, 4), axes=(0, 1))
    sample(transforms, make(3, 4), s=(2, 5))
    sample(transforms, make(3, 4), (4, 4), (1, 0), "forward")

for transform in (np.fft.fftshift, np.fft.ifftshift):
    sample(transform, any_(5))
    sample(transform, complex_(4, 3))
    sample(transform, any_(4, 3), 1)
    sample(transform, any_(2, 4, 3), axes=(0, 2))
sample([np.fft.fftfreq, np.fft.rfftfreq], 6, 0.7)
sample([np.fft.fftfreq, np.fft.rfftfreq], 5, 1.3)
for n in (2, 3, 5):
    internal(with_length, any_(3), n, 0)
    internal(with_length, complex_(3, 2), n, -2)
