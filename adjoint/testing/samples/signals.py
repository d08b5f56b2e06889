"""Samples of convolutions, numerical derivatives, integrals and interpolation."""

import numpy as np

from adjoint.runtime.signals import within_full, within_full_cotangent
from adjoint.testing.samples.table import any_, call, composed, internal, positive, sample

for sizes in ((5, 3), (3, 5), (4, 4), (6, 2), (2, 6), (1, 3), (5, 4), (4, 5)):
    for mode in ("full", "same", "valid"):
        sample([np.convolve, np.correlate], any_(sizes[0]), any_(sizes[1]), mode)
        for correlation in (False, True):
            a, v = any_(sizes[0]), any_(sizes[1])
            y = np.correlate(a, v, mode) if correlation else np.convolve(a, v, mode)
            if mode != "full":
                internal(within_full, y, a, v, mode, correlation)
                internal(within_full_cotangent, np.convolve(a, v), a, v, mode, correlation)
sample([np.convolve, np.correlate], any_(4), any_(3))
sample([np.convolve, np.correlate], any_(4), any_(3), mode="same")
sample([np.convolve, np.correlate], any_(4, dtype=np.float32), any_(3, dtype=np.float32))
call("np.convolve({0}, np.array([0.25, 0.5, 0.25]), mode='same')", any_(5))
call("np.convolve({0}, {0})", any_(3))

uneven = np.array([0.0, 0.3, 0.7, 1.6, 1.9])
for order in (1, 2):
    composed(np.gradient, any_(5), edge_order=order)
    composed(np.gradient, any_(5, 4), axis=1, edge_order=order)
    composed(np.gradient, any_(4, 5), edge_order=order)
    call(f"np.gradient({{0}}, {{1}}, edge_order={order})", any_(5), uneven)
    call(f"np.gradient({{0}}, {{1}}, edge_order={order})", any_(5), 0.3)
    call(f"np.gradient({{0}}, {{1}}, axis=0, edge_order={order})", any_(5, 3), uneven)
    call(f"np.gradient({{0}}, 0.5, {{1}}, edge_order={order})", any_(3, 5), uneven)
composed(np.gradient, any_(5), 0.5)
composed(np.gradient, any_(3, 4), 0.5, 2)
composed(np.gradient, any_(5, dtype=np.float32))
composed(np.gradient, any_(3, 4, 3), axis=(0, 2))
composed(np.gradient, any_(3, 4, 3), axis=-1)

composed(np.trapezoid, any_(5))
composed(np.trapezoid, any_(2, 5), axis=0)
composed(np.trapezoid, any_(5, dtype=np.float32))
call("np.trapezoid({0}, {1})", any_(5), uneven)
call("np.trapezoid({0}, {1})", any_(2, 5), uneven)
call("np.trapezoid({0}, x={1}, axis=0)", any_(5, 2), uneven)
call("np.trapezoid({0}, {1}, axis=0)", any_(5, 2), any_(5, 2))
call("np.trapezoid({0}, dx={1})", any_(5), 0.3)
call("np.trapezoid({0}, dx=0.5, axis=-1)", any_(2, 5))

knots = np.array([-1.0, -0.2, 0.5, 1.1])
places = np.array([-1.3, -0.9, 0.1, 0.6, 1.05, 1.4])
sample(np.interp, places, knots, any_(4))
sample(np.interp, places.reshape(2, 3), knots, any_(4))
sample(np.interp, 0.3, knots, any_(4))
sample(np.interp, np.float64(1.4), knots, any_(4))
sample(np.interp, places, knots[:2], any_(2))
sample(np.interp, places, knots, any_(4), 0, 2)
call("np.interp({0}, {1}, {2}, right=0.0)", places, knots, any_(4))
call("np.interp({0}, [0.0, 0.5, 1.0], [1.0, -1.0, 2.0])", positive(3) - 0.35)
