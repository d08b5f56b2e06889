"""Samples of np.pad."""

import numpy as np

from adjoint.testing.samples.table import any_, call, distinct, sample

single = np.float32

sample(np.pad, any_(3), (2, 1), constant_values=4.0)
sample(np.pad, any_(2, 3), 1, constant_values=((1.0, 2.0), (3.0, 4.0)))
sample(np.pad, any_(3, dtype=single), 2)
sample(np.pad, any_(3), 0)
sample(np.pad, any_(0), 2)
sample(np.pad, any_(2, 3), (1, 2))
sample(np.pad, any_(2, 3), ((1,), (2,)))
sample(np.pad, any_(2, 3), ((0, 2),))
sample(np.pad, any_(2, 3, 2), ((0, 0), (1, 2), (2, 0)))
sample(np.pad, any_(3, 2).T, 1)
for mode in ("edge", "wrap", "symmetric", "reflect"):
    sample(np.pad, any_(4), 2, mode=mode)
    sample(np.pad, any_(3), (7, 8), mode=mode)
    sample(np.pad, any_(3), (0, 1), mode=mode)
    sample(np.pad, any_(2, 3), ((1, 0), (2, 1)), mode=mode)
    sample(np.pad, any_(2, 3, 2), ((0, 1), (2, 2), (0, 0)), mode=mode)
    sample(np.pad, any_(3, dtype=single), 2, mode=mode)
    sample(np.pad, any_(3, 2).T, 1, mode=mode)
    call(f"np.pad({{0}}, 1, '{mode}')", any_(2, 3))
for mode in ("symmetric", "reflect"):
    for width in (1, (0, 2), (2, 0), (7, 8)):
        sample(np.pad, any_(3), width, mode=mode, reflect_type="odd")
        sample(np.pad, any_(3, 4), width, mode=mode, reflect_type="odd")
    sample(np.pad, any_(3, dtype=single), 2, mode=mode, reflect_type="odd")
    sample(np.pad, any_(1), 2, mode=mode, reflect_type="odd")
    sample(np.pad, any_(2, 3, 2), ((0, 1), (2, 1), (5, 0)), mode=mode, reflect_type="odd")
for mode in ("mean", "maximum", "minimum", "linear_ramp"):
    call(f"np.pad({{0}}, (2, 1), mode='{mode}')", distinct(4))
    call(f"np.pad({{0}}, ((1, 2), (0, 1)), mode='{mode}')", distinct(2, 3))
    call(f"np.pad({{0}}, 1, '{mode}')", distinct(2, 3, dtype=single))
call("np.pad({0}, 2, mode='mean', stat_length=2)", any_(4))
call("np.pad({0}, 1, mode='maximum', stat_length=((1, 2), (2, 1)))", distinct(3, 3))
call("np.pad({0}, (2, 3), mode='linear_ramp', end_values=(1.0, -2.0))", any_(3))
call("np.pad({0}, (2, 3), mode='linear_ramp', end_values={1})", any_(3), 0.7)
call("np.pad({0}, (2, 3), constant_values={1})", any_(3), 0.7)
call("np.pad({0}, 1, mode='constant', constant_values={1})", any_(2, 3), 0.7)
call("np.pad({0}, 1, constant_values={1})", any_(3, dtype=single), 0.7)
if np.lib.NumpyVersion(np.__version__) >= "2.4.0":  # the widths can be given by axis
    call("np.pad({0}, {{1: (1, 2)}}, mode='edge')", any_(2, 3))
    call("np.pad({0}, {{-1: 1}})", any_(2, 3))
