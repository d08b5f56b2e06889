"""NumPy's elementwise functions and its reductions."""

import numpy as np

from tests.corpus import program, sample

V = sample(5)
P = sample(5, low=0.3, high=2.0, seed=9)
A = sample(3, 4, seed=1)
T = sample(2, 3, 4, seed=3)

# --- elementwise functions ----------------------------------------------------------------------

program(V)(lambda x: np.sum(np.sin(x) * np.cos(x) + np.tan(x)))
program(V)(lambda x: np.sum(np.arcsin(x) + np.arccos(x) * np.arctan(x)))
program(V)(lambda x: np.sum(np.sinh(x) * np.cosh(x) - np.tanh(x)))
program(V)(lambda x: np.sum(np.arcsinh(x) + np.arccosh(x + 3.0) + np.arctanh(0.5 * x)))
program(V, float32=True)(lambda x: np.sum(np.exp(x) + np.exp2(x) * np.expm1(x)))
program(P, float32=True)(lambda x: np.sum(np.log(x) + np.log2(x) * np.log10(x) - np.log1p(x)))
program(P)(lambda x: np.sum(np.sqrt(x) + np.cbrt(x) * np.square(x) - np.reciprocal(x)))
program(V)(lambda x: np.sum(np.deg2rad(x) + np.rad2deg(x) + np.degrees(x) * np.radians(x)))
program(V)(lambda x: np.sum(np.abs(x) * np.absolute(x * x) + np.fabs(x) + np.sign(x) * x))
program(V, P, wrt=(0, 1))(lambda x, y: np.sum(np.add(x, y) * np.subtract(x, y)))
program(V, P, wrt=(0, 1))(lambda x, y: np.sum(np.multiply(x, y) + np.divide(x, y)))
program(V, P, wrt=(0, 1))(
    lambda x, y: np.sum(np.true_divide(x, y) + np.negative(x) * np.positive(y))
)
program(P, V, wrt=(0, 1))(lambda x, y: np.sum(np.power(x, y) + np.float_power(x, 2.0)))
program(P, V, wrt=(0, 1))(lambda x, y: np.sum(np.arctan2(x, y) * np.hypot(x, y)))
program(P, V, wrt=(0, 1))(lambda x, y: np.sum(np.logaddexp(x, y) + np.logaddexp2(x, y) ** 2))
program(V, P - 1.0, wrt=(0, 1))(lambda x, y: np.sum(np.maximum(x, y) ** 2 + np.minimum(x, y)))
program(V, P - 1.0, wrt=(0, 1))(lambda x, y: np.sum(np.fmax(x, y) * np.fmin(x, 2.0 * y)))
program(3.0 * V, P, wrt=(0, 1))(lambda x, y: np.sum(np.mod(x, y) * x + np.remainder(x, y)))
program(3.0 * V, P, wrt=(0, 1))(lambda x, y: np.sum(np.fmod(x, y) * np.floor_divide(x, y)))
program(V, P - 1.0, wrt=(0, 1))(lambda x, y: np.sum(np.copysign(x, y) * np.heaviside(x, 0.5) * y))
program(3.0 * V)(lambda x: np.sum(x * np.floor(x) + np.ceil(x) * x + np.trunc(x) * np.rint(x) * x))
program(3.0 * V)(lambda x: np.sum(x[np.isfinite(x)] ** 2) + np.sum(np.where(np.isnan(x), 0.0, x)))


@program(sample(4), float32=True)
def gelu(x):
    inner = np.sqrt(2.0 / np.pi) * (x + 0.044715 * np.power(x, 3))
    return np.sum(0.5 * x * (1.0 + np.tanh(inner)))


@program(sample(3, 4), sample(4, seed=1), 0.3, wrt=(0, 1, 2), float32=True)
def broadcasting(A, row, s):
    return np.sum(np.sin(A * row + s) / (1.0 + row * row)) * s


@program(sample(3, 1), sample(4, seed=1), sample(2, 1, 4, seed=2), wrt=(0, 1, 2))
def broadcasting_three_ways(x, y, z):
    return np.sum((x + y) * z - np.exp(x) * z / (2.0 + y))


@program(0.5, sample(2, 2), wrt=(0, 1))
def number_and_array(s, A):
    return np.sum(s**2 * A + A / s - s) + s


@program(np.array(0.5), np.array(2.0), wrt=(0, 1))
def arrays_without_axes(x, y):
    return np.sin(x) * y + x**y


@program(sample(4, low=0.2), sample(4, seed=3), wrt=(0, 1))
def powers(x, y):
    return np.sum(x**2 + x**3.5 + 2.0**y + x**y + (-x) ** 3 + x**-1.5 + np.power(x, 2))


@program(sample(4), np.array([0, 1, 2, 3]))
def whole_powers(x, n):
    return np.sum(x**n + np.power(x, 3))


@program(P, np.array([2, 3, 1, 4, 2]))
def mixed_with_integers(x, n):
    return np.sum(x * n + x / n - n / x + np.power(n * 1.0, x))


@program(sample(6), float32=True)
def smooth_l1(x):
    a = np.abs(x)
    return np.sum(np.where(a < 0.4, x * x / 0.8, a - 0.2)) + np.sum(np.sign(x))


@program(V)
def absolute_values_and_signs(x):
    return np.sum(abs(x)) * np.sum(np.sign(x) * x**2) + np.absolute(x[0])


@program(3.0 * V)
def clipped(x):
    return np.sum(np.clip(x, -1.0, 1.5) ** 2 + x * np.clip(x, 0.1, None) + np.clip(x, None, 0.1))


@program(3.0 * V, -0.7, 1.2, wrt=(0, 1, 2))
def clipped_by_active_bounds(x, low, high):
    return np.sum(np.sin(np.clip(x, low, high)) * x)


@program(3.0 * A)
def clipped_method(A):
    return np.sum(A.clip(-1.0, 1.0) * A)


@program(V, P, wrt=(0, 1))
def where_both_sides(x, y):
    return np.sum(np.where(x > 0.0, x * y, y**2)) + np.sum(np.where(y > x, x, 1.0))


@program(V)
def where_guards_the_domain(x):
    safe = np.where(x > 0.0, x, 1.0)
    return np.sum(np.where(x > 0.0, np.log(safe), x))


@program(A, sample(4, seed=8), wrt=(0, 1))
def where_broadcasts(A, row):
    return np.sum(np.where(A > 0.1, row, A) ** 2) + np.sum(np.where(True, A, row))


@program(V, P, wrt=(0, 1))
def hinge(x, y):
    return np.sum(np.maximum(0.0, 1.0 - x * y)) + np.sum(np.minimum(x, 0.1))


@program(A)
def rectified(A):
    return np.sum(np.maximum(A, 0.0) @ np.maximum(A, 0.01 * A).T + np.minimum(A[0, 0], 5.0))


# --- more of the elementwise functions -----------------------------------------------------------


@program(P, sample(5, seed=2), wrt=(0, 1))
def named_arithmetic(x, y):
    s = np.add(np.multiply(x, y), np.negative(y))
    return np.sum(np.subtract(s, np.divide(y, x)) * np.positive(s)) + np.sum(np.square(s))


@program(0.7, 1.4, wrt=(0, 1))
def named_arithmetic_of_numbers(x, y):
    s = np.multiply(np.add(x, 1.0), np.subtract(y, x))
    return np.divide(s, np.square(y)) + np.reciprocal(x) * np.negative(np.true_divide(y, 3.0))


@program(P, 1.3, wrt=(0, 1))
def reciprocals(x, s):
    return np.sum(np.reciprocal(x) * np.positive(s)) + np.sum(np.true_divide(s, x) ** 2)


@program(0.4)
def inverse_functions_of_a_number(x):
    return np.arcsin(np.sin(x)) * np.arccos(x) + np.arctan(np.tan(x)) ** 2 + np.arcsinh(np.sinh(x))


@program(sample(3, 2))
def inverse_functions(A):
    circular = np.arcsin(0.9 * A) * np.arctan(A) + np.arccos(A) * np.tan(A)
    hyperbolic = np.arcsinh(A) * np.arctanh(0.9 * A) + np.arccosh(2.0 + A) * np.sinh(A)
    return np.sum(circular * hyperbolic)


@program(0.4, 0.8, wrt=(0, 1))
def hyperbolic_distance(x, y):
    """Between two points of the upper half plane."""
    d = np.arccosh(1.0 + (np.square(x - 0.1) + np.square(y - 2.0)) / (4.0 * y))
    return d * np.cosh(x) + np.arctanh(x) * np.sinh(y)


@program(P, float32=True)
def exponentials_and_logarithms(x):
    up = np.exp2(np.log2(x)) + np.expm1(np.log1p(x)) * np.log10(x)
    return np.sum(up * np.log(x))


@program(1.3)
def exponentials_of_a_number(x):
    return np.exp2(x) * np.log2(x) + np.expm1(x) * np.log1p(x) - np.log10(x) * np.cbrt(x)


@program(0.4, 0.9, wrt=(0, 1))
def softmax_of_two(x, y):
    z = np.logaddexp(x, y)
    return np.exp(x - z) * x + np.logaddexp2(x, y)


@program(sample(3, 2), sample(2, seed=1), wrt=(0, 1))
def logaddexp_broadcasts(A, row):
    return np.sum(np.logaddexp(A, row) * np.logaddexp2(A, 0.5)) + np.sum(np.cbrt(row + 3.0))


@program(sample(4), sample(4, seed=1), wrt=(0, 1))
def polar_coordinates(x, y):
    r, angle = np.hypot(x, y), np.arctan2(y, x)
    return np.sum(r * np.degrees(angle) / 180.0) + np.sum(np.deg2rad(np.rad2deg(angle) * r))


@program(0.3, 1.1, wrt=(0, 1))
def polar_coordinates_of_numbers(x, y):
    angle = np.radians(np.degrees(np.arctan2(y, x)))
    return np.hypot(x, y) * angle + np.rad2deg(x) * np.deg2rad(y)


@program(60.0)
def degrees_of_a_number(x):
    return np.sin(np.deg2rad(x)) + np.cos(np.radians(x)) * np.degrees(x) + np.rad2deg(0.01 * x)


@program(7.0 * V, np.array([0.7, 1.1, 2.0, 0.9, 3.0]), wrt=(0, 1))
def remainders(x, y):
    r = np.mod(x, y) + np.fmod(x, y) * np.remainder(x, 2.0)
    return np.sum(r * r + x % y * (x // y)) + np.sum(np.floor_divide(x, y) * x)


@program(7.3, 2.1, wrt=(0, 1), also=[(-7.3, 2.1)])
def remainders_of_numbers(x, y):
    return np.mod(x, y) * np.fmod(x, y) + np.remainder(y, x) * np.floor_divide(x, y) * x


@program(5.0 * V, also=[(np.array(2.3),)])
def rounded(x):
    saw = x - np.floor(x)
    return np.sum(saw * saw + (x - np.rint(x)) ** 2 * np.ceil(x) + x * np.trunc(x))


@program(2.3, also=[(-2.3,)])
def rounded_number(x):
    return np.floor(x) * x + np.ceil(x) * x**2 - np.trunc(x) / x + np.rint(x) * x


@program(1.3, -0.4, wrt=(0, 1))
def signs_of_numbers(x, y):
    return np.copysign(x, y) * np.heaviside(y, 0.0) + np.fabs(y) * np.sign(x) + np.copysign(y, x)


@program(sample(3, 2), sample(3, 2, seed=1), wrt=(0, 1))
def signs_of_arrays(A, B):
    step = np.heaviside(A, 1.0)
    return np.sum(step * B + np.copysign(A, B) ** 3 + np.fabs(A) * np.absolute(B) * np.sign(B))


@program(1.3, -0.4, wrt=(0, 1))
def larger_and_smaller_numbers(x, y):
    return np.fmax(x, y) * np.fmin(x, y) + np.maximum(x, y) ** 2 - np.minimum(x, y)


@program(sample(3, 2), sample(2, seed=1), wrt=(0, 1))
def larger_and_smaller_broadcast(A, row):
    return np.sum(np.fmax(A, row) * A) + np.sum(np.fmin(A, 0.1) ** 2 * np.float_power(row, 2))


@program(P, 1.7, wrt=(0, 1))
def float_powers(x, y):
    return np.sum(np.float_power(x, y) * np.power(y, x)) + np.float_power(y, 3)


@program(2.3, -0.7, wrt=(0, 1), also=[(0.2, 5.0)])
def clipped_numbers(x, y):
    return np.clip(x, -1.0, 1.0) * y + np.clip(y, -1.0, 10.0) ** 2 * x


@program(A, sample(4, seed=4), wrt=(0, 1))
def clipped_between_rows(A, row):
    return np.sum(np.clip(A, row - 0.3, row + 0.3) ** 2) + np.sum(A.clip(-0.5, 0.5) ** 3)


@program(A)
def smallest_of_everything(A):
    soft = np.min(A, axis=1) - np.min(A)
    return np.sum(soft**2) + A.min(axis=0) @ A.max(axis=0) * np.min(A[0])


# --- reductions ---------------------------------------------------------------------------------


@program(A, float32=True)
def sums(A):
    rows = np.sum(A, axis=1)
    columns = A.sum(axis=0, keepdims=True)
    return np.sum(rows**2) + np.sum(columns * A) + np.sum(A)


@program(T)
def sums_over_several_axes(T):
    return np.sum(np.sum(T, axis=(0, 2)) ** 2) + np.sum(np.sum(T, axis=(-1, 0), keepdims=True) * T)


@program(A, float32=True)
def means(A):
    centred = A - np.mean(A, axis=0)
    return np.mean(centred**2) + np.sum(A.mean(axis=-1) ** 3) + np.mean(T) * A[0, 0]


@program(A)
def products(A):
    return (
        np.prod(A) * 10.0 + np.sum(np.prod(A, axis=1)) + np.sum(A.prod(axis=0, keepdims=True) * A)
    )


@program(np.array([0.5, 0.0, -2.0]), also=[(np.array([0.0, 0.0, 2.0]),)])
def product_with_zeros(x):
    return np.prod(x)


@program(A)
def maxima(A):
    return np.max(A) * np.sum(np.max(A, axis=1) ** 2) + np.sum(A.max(axis=0, keepdims=True) * A)


@program(A)
def minima(A):
    return np.min(A) * np.sum(np.min(A, axis=0) ** 2) + np.sum(A.min(axis=1, keepdims=True) * A)


@program(A)
def largest_minus_smallest(A):
    spread = np.max(A, axis=0) - np.min(A, axis=0)
    return np.sum(spread**2) + np.amax(A) * np.amin(A)


@program(A, float32=True)
def variances(A):
    return np.var(A) + np.sum(np.var(A, axis=0) ** 2) + np.sum(A.var(axis=1, keepdims=True) * A)


@program(A)
def deviations(A):
    z = (A - A.mean(axis=1, keepdims=True)) / A.std(axis=1, keepdims=True)
    return np.std(A) * np.sum(np.std(A, axis=0)) + np.sum(z**3)


@program(A)
def with_degrees_of_freedom(A):
    return (
        np.var(A, ddof=1) + np.sum(np.std(A, axis=0, ddof=1)) + np.sum(A.var(axis=-1, ddof=1) ** 2)
    )


@program(V)
def standardised(x):
    z = (x - np.mean(x)) / np.std(x)
    return np.sum(z**3) + np.prod(1.0 + 0.1 * z) + np.var(x)


@program(V)
def log_sum_exp(x):
    m = np.max(x)
    return m + np.log(np.sum(np.exp(x - m)))


@program(sample(2, 0), also=[(sample(0),)])
def empty_arrays(x):
    return np.sum(x * x) + np.prod(x) + np.sum(x, axis=0).sum()
