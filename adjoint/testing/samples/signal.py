"""Samples of scipy.signal."""

import numpy as np
from scipy import signal

from adjoint.rules.registry import load_optional
from adjoint.runtime.arrays import in_middle, middle_of
from adjoint.testing.samples.table import any_, call, internal, sample

load_optional()

functions = [signal.convolve, signal.correlate, signal.fftconvolve, signal.oaconvolve]
for mode in ("full", "same", "valid"):
    for a, b in (((7,), (3,)), ((3,), (6,)), ((4,), (4,)), ((5, 4), (2, 3)), ((5, 4), (1, 3))):
        sample(functions, any_(*a), any_(*b), mode)
    sample(functions, any_(6)[::2], any_(2), mode=mode)
sample(functions, any_(5), any_(2))
sample(functions, any_(5, dtype=np.float32), any_(3, dtype=np.float32), "same")
sample([signal.convolve, signal.correlate], any_(7), any_(3), "same", method="direct")
sample(signal.convolve, any_(7), np.array([1, 2, 1]))
call("signal.convolve({0}, [0.5, 1.0, 0.5], 'same')", any_(7))
for shape, inner in (((5,), (2,)), ((4, 3), (1, 3))):
    internal(in_middle, any_(*inner), shape)
    internal(middle_of, any_(*shape), inner)
top, bottom = np.array([0.4, 0.3, -0.2]), np.array([1.5, -0.5, 0.2])
sample(signal.lfilter, top, bottom, any_(7))
sample(signal.lfilter, top[:1], bottom, any_(7))
sample(signal.lfilter, top, bottom[:1], any_(7))
sample(signal.lfilter, top, bottom, any_(2))
call("signal.lfilter([0.4, 0.3], [1.0, -0.5], {0})", any_(3, 6))
call("signal.lfilter([0.4, 0.3], [1.0, -0.5], {0}, axis=0)", any_(6, 2))
