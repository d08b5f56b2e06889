"""Samples of functions that make arrays."""

import numpy as np

from adjoint.testing.samples.table import any_, call, positive, sample

single = np.float32

for x in (any_(2, 3), np.asarray(0.7), any_(2, 3).T, any_(0), any_(3, dtype=single), 0.7):
    sample([np.asanyarray, np.asfortranarray, np.require], x)
for text in (
    "np.array({0}, ndmin=3)",
    "np.array([{0}, {0}], ndmin=4)",
    "np.array({0}, dtype=np.float32)",
    "np.array({0}, np.float32)",
    "np.array({0}, copy=True)",
    "np.array({0}, copy=None)",
    "np.array({0}, order='F')",
    "np.asarray({0}, dtype=np.float32)",
    "np.asarray({0}, order='F')",
    "np.asarray({0}, copy=True)",
    "np.asanyarray({0}, np.float32)",
    "np.copy({0}, order='F')",
    "np.copy(a={0})",
    "np.ascontiguousarray({0})",
    "np.ascontiguousarray({0}, dtype=np.float32)",
    "np.require({0}, np.float32)",
    "np.require({0}, requirements='C')",
    "np.require({0}, np.float64, ['C', 'W'])",
    "{0}.astype(np.float32)",
    "{0}.astype('float32')",
    "{0}.astype(float, copy=False)",
    "{0}.astype(np.float32, copy=False)",
    "{0}.astype(dtype=np.float32)",
    "np.astype({0}, np.float32)",
    "np.float32({0})",
    "np.nan_to_num({0})",
    "np.nan_to_num({0}, nan=2.0, posinf=1.0, neginf=0.0)",
    "np.nan_to_num({0}, True, 2.0)",
    "np.full_like({0}, {0}[0])",
    "np.full_like({0}, {0}[0], shape=(4, 3))",
    "np.full((2, 3), {0}, order='F')",
    "np.full(fill_value={0}[0, 1], shape=(2,))",
):
    call(text, any_(2, 3))
call("np.array([[{0}, {1}]], ndmin=3)", 0.3, 0.7)
call("np.ascontiguousarray({0})", 0.7)
call("np.array({0}, ndmin=1)", 0.7)

for target in (np.linspace, np.geomspace, np.logspace):
    sample(target, 0.3, 1.4, 5)
    sample(target, 0.3, 1.4)
    sample(target, 0.3, 1.4, num=1)
    sample(target, 0.3, 1.4, 0)
    sample(target, 0.3, 1.4, 4, endpoint=False)
    sample(target, positive(2), positive(2), 3)
    sample(target, positive(2), 1.5, 4, axis=1)
    sample(target, positive(2, 3), positive(3), 4, axis=-1)
    sample(target, positive(2, 3), positive(2, 1), 4, axis=1)
    sample(target, positive(2, 3), positive(2, 1), 4)
    sample(target, positive(2, dtype=single), positive(2, dtype=single), 3)
    sample(target, np.float32(0.4), 2.0, 3)
    sample(target, np.asarray(0.4), np.float64(2.0), 3)
    call("np." + target.__name__ + "(start={0}, stop={1}, num=4)", 0.3, 1.4)
    call("np." + target.__name__ + "({0}, {1}, 4, True, dtype=np.float32)", 0.3, 1.4)
sample(np.logspace, 0.3, 1.4, 4, True, 2.0)
sample(np.logspace, 0.3, 1.4, 4, True, np.float64(2.5))
call("np.logspace({0}, {1}, 4, base={2})", 0.3, 1.4, 3.0)
call("np.logspace({0}, {1}, 4, base=2)", 0.3, 1.4)
for x in (
    any_(3),
    any_(2, 3),
    any_(2, 3, 2),
    any_(3, dtype=single),
    np.asarray(0.7),
    any_(3, 2).T,
):
    sample(np.ndarray.tolist, x)
for x in (any_(3), any_(2, 3), np.asarray(0.7), any_(3, dtype=single)):
    sample([np.asarray_chkfinite, np.imag], x)
sample(np.ndarray.tolist, np.asarray(0.7))
