"""Samples of windows that slide over an array."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from adjoint.runtime.windows import window_sums
from adjoint.testing.samples.table import any_, internal, sample

sample(sliding_window_view, any_(6), 3)
sample(sliding_window_view, any_(6), (2,))
sample(sliding_window_view, any_(4, 3), (2, 2))
sample(sliding_window_view, any_(4, 5), 2, axis=1)
sample(sliding_window_view, any_(4, 5), 2, -2)
sample(sliding_window_view, any_(2, 5, 3), (2, 3), axis=(2, 1))
sample(sliding_window_view, any_(6), (2, 3), axis=(0, 0))
sample(sliding_window_view, any_(3), 3)
sample(sliding_window_view, any_(5, dtype=np.float32), 2)
internal(window_sums, any_(3, 2), (4,))
internal(window_sums, any_(2, 4, 3), (2, 6), axis=1)
