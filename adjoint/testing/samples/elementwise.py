"""Samples of element-wise functions."""

import math
import operator

import numpy as np

from adjoint.ir import ops
from adjoint.rules.functions import polygamma
from adjoint.runtime.special import bessel_i
from adjoint.testing.samples.table import (
    above_one,
    any_,
    apart,
    between,
    binary,
    call,
    internal,
    mask,
    pairs_of,
    positive,
    sample,
    steps,
    unary,
    unit,
)

unary(
    any_,
    np.exp,
    np.expm1,
    np.exp2,
    np.sin,
    np.cos,
    np.arctan,
    np.sinh,
    np.cosh,
    np.tanh,
    np.arcsinh,
    np.square,
    np.deg2rad,
    np.rad2deg,
    np.radians,
    np.degrees,
    np.negative,
    np.positive,
    operator.neg,
    operator.pos,
    np.sinc,
    np.conj,
    np.real,
    np.nan_to_num,
)
unary(
    any_,
    math.exp,
    math.expm1,
    math.exp2,
    math.sin,
    math.cos,
    math.atan,
    math.sinh,
    math.cosh,
    math.tanh,
    math.asinh,
    math.radians,
    math.degrees,
    math.erf,
    math.erfc,
)
unary(any_, np.i0, np.real_if_close)
for order in range(4):
    internal(bessel_i, order, any_(3))
    internal(bessel_i, order, any_(2, 2) + 5.0)
call("np.i0({0})", np.array([8.5, -7.0, 0.2]))
call("np.nan_to_num({0}, nan=1.0, posinf=5.0)", any_(3))
unary(unit, np.tan, np.arcsin, np.arccos, np.arctanh, np.log1p, math.tan, math.asin, math.acos,
      math.atanh, math.log1p)  # fmt: skip
unary(positive, np.log, np.log2, np.log10, np.sqrt, math.log, math.log2, math.log10, math.sqrt,
      math.lgamma, math.gamma)  # fmt: skip
unary(above_one, np.arccosh, math.acosh)
unary(apart, abs, np.abs, np.fabs, np.reciprocal, np.cbrt, math.fabs, math.cbrt)
sample(operator.abs, apart(3))
for x in (apart(1)[0], np.float64(0.3), np.asarray(0.7), np.float32(0.25), np.array([1.5])[0]):
    sample(float, x)
for order in range(4):
    internal(polygamma, order, 1.7)
    internal(polygamma, order, -0.6)
sample([math.lgamma, math.gamma], 12.5)
sample([math.lgamma, math.gamma], -1.3)

binary(any_, any_, operator.add, operator.sub, operator.mul, np.add, np.subtract, np.multiply,
       np.logaddexp, np.logaddexp2)  # fmt: skip
binary(steps(0.0), steps(0.1), np.maximum, np.minimum, np.fmax, np.fmin)
binary(any_, apart, operator.truediv, np.divide)
binary(apart, apart, np.hypot, np.arctan2, np.copysign, math.hypot, math.atan2, math.copysign)
binary(positive, any_, operator.pow, np.power, np.float_power, math.pow)
sample(math.hypot, 0.3, -0.4, 1.2)
sample(math.hypot, 0.7)
sample(math.log, 1.7, 3.0)
sample(math.fsum, [0.3, 0.4, -0.2])
sample(math.dist, [0.3, 0.4], [1.2, -0.2])
# Quotients between 3.2 and 3.8: clear of the jumps of floor and trunc.
binary(between(2.1, 2.2), between(0.6, 0.63), operator.mod, np.mod, np.fmod)
for target in (operator.mod, np.mod, np.fmod, math.fmod, math.remainder):
    sample(target, 2.15, 0.62)
    sample(target, -2.15, 0.62)
sample([operator.mod, np.mod], np.array([2.1, -2.1]), np.array([[-0.6], [0.6]]))

# Integers beside floats
for target in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
    sample(target, any_(3), 2)
    sample(target, positive(3), np.array([1, 2, 3]))
    sample(target, 3, positive(2, 2))
    sample(target, np.array([2, 3]), positive(2))
    sample(target, positive(2, dtype=np.float32), 3)
for exponent in (0, 1, 2, 3, -1, -2, 0.5, -1.5, 2.0):
    sample([operator.pow, np.power], positive(3), exponent)
    sample(operator.pow, 0.7, exponent)
for exponent in (0, 1, 2, 3, -1):
    sample(operator.pow, np.array([-1.2, 0.7, -0.4]), exponent)
    sample(operator.pow, -1.2, exponent)
sample([np.power, operator.pow], np.array([-1.2, 0.7]), np.array([3, 2]))
sample(pow, 0.7, 1.3)
sample(pow, 0.7, 3)
sample([np.modf, np.frexp], apart(3))
sample([np.modf, np.frexp], apart(2, dtype=np.float32))
sample([np.modf, np.frexp, math.modf, math.frexp], 0.7)
sample(np.divmod, np.array([2.15, -2.15]), np.array([0.62, 0.61]))
sample(np.divmod, 2.15, np.array([0.62, 0.61]))
sample(np.ldexp, any_(3), 2)
sample(np.ldexp, any_(3), np.array([1, -2, 0]))
sample(math.ldexp, 0.7, 3)
sample(np.nextafter, any_(3), 2.0)
sample(math.nextafter, 0.7, 2.0)

sample([max, min], 0.3, 0.7)
sample([max, min], 0.7, 0.3)
sample([max, min], 0.3, 0)
sample([max, min], np.float64(0.3), np.float64(0.7))

for a, b in pairs_of(any_, any_):
    if np.ndim(a) + np.ndim(b):
        shape = np.broadcast_shapes(np.shape(a), np.shape(b))
        sample(np.where, np.random.default_rng(0).random(shape) < 0.5, a, b)
sample(np.where, True, any_(3), any_(2, 3))
sample(np.where, mask, any_(2, 3), 0.0)
sample(np.where, mask, 1, any_(3))
sample(np.where, np.array([[True], [False]]), any_(3), any_(1))
sample(np.where, mask, 0.5, 1.5)
internal(ops.select, True, 0.3, 0.7)
internal(ops.select, False, np.float64(0.3), 0.0)

for x in (steps(0.0)(2, 4), steps(0.0)(2, 4, dtype=np.float32), steps(0.0)(), steps(0.0)(0)):
    sample(np.clip, x, -0.5, 0.5)
    sample(np.clip, x, None, 0.5)
    sample(np.clip, x, -0.5, None)
sample(np.clip, steps(0.0)(2, 4), np.array([-0.5, -0.3, -0.1, 0.1]), np.array([[0.3], [0.5]]))
sample(np.clip, steps(0.0)(4), steps(-2.1)(2, 4), 0.9)
sample(np.clip, 0.6, -0.5, 0.5)
call("np.clip({0}, a_min=-0.5, a_max=0.5)", steps(0.0)(5))
call("np.clip({0}, min=-0.5, max=0.5)", steps(0.0)(5))
call("np.clip({0}, min=-0.5)", steps(0.0)(5))
call("{0}.clip(-0.5, 0.5)", steps(0.0)(5))
