"""Programs that other tools for differentiation got wrong once, or still do, and their gradients.

The comment above each says what went wrong, and where it was reported. What adjoint has to give is
written next to the program, from a closed form or from docs/conventions.md; where nothing is
written, differences say it.
"""

import copy
import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, jacobian, stop_gradient, value_and_grad, vjp
from tests.oracle import assert_same_gradient, richardson, richardson_gradient
from tests.test_corpus import bits
from tests.test_second_order_corpus import weighted


@dataclass(frozen=True)
class Bit:
    """A program, a point, and its gradient there; None stands for that of differences."""

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    want: Any
    wrt: int | tuple[int, ...]


BITS: list[Bit] = []


def bit(
    *args: Any, want: Any = None, wrt: int | tuple[int, ...] = 0
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def remember(f: Callable[..., Any]) -> Callable[..., Any]:
        BITS.append(Bit(f.__name__, f, args, want, wrt))
        return f

    return remember


def array(*numbers: Any) -> np.ndarray:
    return np.array(numbers, float)


# 0 * inf, and the side that is not taken.


# JAX #1052, HIPS autograd #802: nan at 1, from the square root of -1 that `where` does not select.
@bit(array(1.0, 4.0), want=array(1.0, 1.0))
def where_root_of_the_negative(x):
    return np.sum(np.where(x >= 0.0, x, np.sqrt(-x)))


# JAX #2630: nan, since the infinity in the other branch is multiplied by zero.
@bit(1.0, want=0.0)
def where_times_infinity(x):
    return np.where(x > 0.0, 0.0, x * np.inf)


# PyTorch #18287: cos(inf) is nan, and so was the gradient, although `where` selects the zero.
@bit(array(0.0, math.inf), want=array(0.0, 0.0))
def where_cosine_of_infinity(x):
    return np.sum(np.where(x < 1.0, np.cos(x), 0.0))


# JAX #1052: arctan2(0, 0) on the side that is not taken.
@bit(array(3.0, 0.0, -5.0), want=array(0.0, 0.0, 0.0))
def where_arctan2(a):
    return np.sum(np.where(np.array([0.0, 1.0, 0.0]) > 0.5, 0.0, np.arctan2(a, a)))


# JAX #8247: nan_to_num hides the infinity of the value, not that of the derivative 1 / 0.
@bit(2.0, want=-1.0 + 1.0)
def infinity_is_replaced(x):
    return np.sum(np.nan_to_num(x / np.array([-1.0, 0.0, 1.0]), posinf=0.0))


# A mask that selects nothing but zeros: the usual double-where trick is not needed for a product.
@bit(array(0.0, 2.0), want=array(0.0, 1.0 + math.log(2.0)))
def entropy_with_where(p):
    return np.sum(np.where(p > 0.0, p * np.log(p), 0.0))


# Kinks.


# HIPS autograd #212: maximum(x, y) gave all to the first argument where they tie.
@bit(1.0, 1.0, want=(0.5, 0.5), wrt=(0, 1))
def maximum_of_equals(x, y):
    return np.maximum(x, y)


# PyTorch before #43519 gave all to the first element that ties.
@bit(array(2.0, 2.0, 1.0, 2.0), want=array(1.0, 1.0, 0.0, 1.0) / 3.0)
def maximum_that_ties_thrice(x):
    return np.max(x)


# Ties over several axes: a count along one axis only gives parts that sum to more than one.
@bit(np.array([[[1.0, 3.0], [3.0, 0.0]], [[2.0, 5.0], [1.0, 4.0]]]))
def maximum_over_several_axes(x):
    return np.sum(np.max(x * np.array([[1.0, 1.5], [1.5, 1.0]]), axis=(0, 2)) ** 2)


@bit(
    np.array([[[1.0, 3.0], [3.0, 0.0]], [[2.0, 3.0], [3.0, 3.0]]]),
    want=np.array([[[0, 1 / 2], [1 / 3, 0]], [[0, 1 / 2], [1 / 3, 1 / 3]]]),
)
def ties_over_several_axes(x):
    return np.sum(np.max(x, axis=(0, 2)))


# TensorFlow and Theano differ at the bounds of clip; here, a bound that is a number has slope 0.
@bit(array(-1.0, 0.0, 0.5, 1.0), want=array(0.0, 0.0, 1.0, 0.0))
def clip_at_its_bounds(x):
    return np.sum(np.clip(x, 0.0, 1.0))


# HIPS autograd #151, JAX #3058, PyTorch #2421: nan, from a division by the norm.
@bit(np.zeros(3), want=np.zeros(3))
def norm_at_zero(x):
    return np.linalg.norm(x)


# HIPS autograd #183, #570, #586: the square is smooth, its gradient was nan all the same.
@bit(np.zeros((2, 1)), want=np.zeros((2, 1)))
def squared_norm_at_zero(x):
    return np.exp(-1.0 * np.linalg.norm(x) ** 2)


# HIPS autograd #617: the same with an axis; one row is zero, the other is not.
@bit(np.array([[0.0, 0.0], [3.0, 4.0]]), want=np.array([[0.0, 0.0], [6.0, 8.0]]))
def squared_norm_of_rows(x):
    return np.sum(np.linalg.norm(x, axis=-1) ** 2)


# PyTorch #4320: nan wherever all elements are equal.
@bit(np.full((2, 3), 7.0), want=np.zeros((2, 3)))
def deviation_of_a_constant(x):
    return np.sum(np.std(x, axis=1))


# JAX #8126, #8128: nan for an element that is left out.
@bit(array(1.0, math.nan, 4.0), want=array(-0.5, 0.0, 0.5))
def deviation_without_nans(x):
    return np.nanstd(x)


# The square root at 0: infinite, as it is; never nan, and not zero.
@bit(array(0.0, 4.0), want=array(math.inf, 0.25))
def root_at_zero(x):
    return np.sum(np.sqrt(x))


# JAX #10515, #10800: the slope of abs at 0 was 1 for a real number and 0 for a complex one.
@bit(array(0.0, -2.0), want=array(0.0, -1.0))
def absolute_value_at_zero(x):
    return np.sum(np.abs(x))


# HIPS autograd #566: rounding is flat, whatever the number of decimals.
@bit(2.3, want=0.0)
def rounding_is_flat(x):
    return np.round(x**2, decimals=3)


# Products and powers.


# PyTorch #773, Theano: the product divided by each element is nan where it is zero.
@bit(array(2.0, 0.0, 3.0), want=array(0.0, 6.0, 0.0))
def product_with_a_zero(x):
    return np.prod(x)


# PyTorch #82644: a single element that is zero.
@bit(array(0.0), want=array(1.0))
def product_of_one_zero(x):
    return np.prod(x, axis=0)


# PyTorch #194699: inf * 0 where the true derivative is 0; the large numbers overflow in pairs.
@bit(np.array([[1e200, 0.0, 0.0], [1e200, 1e-200, 1.0]]), want=np.zeros((2, 3)))
def product_with_two_zeros(x):
    return np.prod(x)


# TensorFlow #3862, PyTensor #1911: nan from the division by x in the scan.
@bit(array(2.0, 0.0, 3.0, 5.0))
def running_product_with_a_zero(x):
    return np.sum(np.cumprod(x) * np.array([1.0, -2.0, 3.0, 0.5]))


@bit(np.array([[2.0, 0.0], [0.0, 3.0], [0.0, 4.0]]))
def running_product_along_an_axis(x):
    return np.sum(np.cumprod(x, axis=0) * np.arange(6.0).reshape(3, 2))


# Several tools give nan for x**0 at 0, from 0 * 0**-1.
@bit(array(0.0, 0.0, 0.0), want=array(0.0, 1.0, 0.0))
def powers_of_zero(x):
    return np.sum(x ** np.array([0.0, 1.0, 2.0]))


# PyTorch #27134: d/dn x**n at x == 0 was nan, from 0 * log(0).
@bit(array(0.0, 2.0), np.ones(2), want=array(0.0, 2.0 * math.log(2.0)), wrt=1)
def exponent_of_zero(a, b):
    return np.sum(a**b)


# A power by exp(n * log(x)) has no derivative at a negative base.
@bit(array(-2.0, -0.5), want=array(12.0, 0.75))
def power_of_a_negative_number(x):
    return np.sum(x**3)


# tfjs #346: with respect to a negative base, while the exponent is an array of floats.
@bit(array(-2.0, 3.0), want=array(-4.0, 6.0))
def power_with_a_float_exponent(x):
    return np.sum(np.power(x, np.array([2.0, 2.0])))


# Integer exponents in integer arrays raise ValueError for n - 1 < 0 if taken as integers.
@bit(array(2.0, 3.0), want=array(0.0, 1.0))
def integer_array_of_exponents(x):
    return np.sum(x ** np.array([0, 1]))


# JAX #1722, #6936: nan at 0.
@bit(array(0.0, 0.5), want=array(0.0, -4.0 / math.pi))
def sinc_at_zero(x):
    return np.sum(np.sinc(x))


# JAX #34139: cancellation for small numbers; the slope is -pi**2 x / 3.
@bit(array(1e-6), want=array(-(math.pi**2) / 3.0))
def sinc_near_zero(x):
    return np.sum(np.sinc(x)) * 1e6


# JAX #4882: hypot by squares overflows, and its gradient with it.
@bit(1e200, 1e200, want=(math.sqrt(0.5), math.sqrt(0.5)), wrt=(0, 1))
def hypot_of_large_numbers(x, y):
    return np.hypot(x, y)


@bit(0.0, 0.0, want=(0.0, 0.0), wrt=(0, 1))
def hypot_at_zero(x, y):
    return np.hypot(x, y)


# MLX #2451: the gradient of arctan2 had the two arguments mixed up.
@bit(
    array(1.0, 2.0), array(2.0, -3.0), want=(array(0.4, -3 / 13), array(-0.2, -2 / 13)), wrt=(0, 1)
)
def arctan2_in_all_quadrants(y, x):
    return np.sum(np.arctan2(y, x))


# The softplus and logsumexp of large numbers: exp overflows, the slope is 1 or 0.
@bit(array(1000.0, -1000.0), want=array(1.0, 0.0))
def softplus_of_large_numbers(x):
    return np.sum(np.logaddexp(x, 0.0))


# Google Tangent #66: zeros, for a log-sum-exp by loops over an array of integers.
@bit(array(1.0, 2.0, 3.0, 4.0))
def logsumexp_by_loops(a):
    result = 0.0
    largest = a[0]
    for i in range(1, len(a)):
        if a[i] > largest:
            largest = a[i]
    for i in range(len(a)):
        result += np.exp(a[i] - largest)
    return np.log(result) + largest


# Repeated indices.


# PyTorch #1528, #1631: only one of the copies counted.
@bit(array(1.0, 2.0, 3.0), want=array(0.0, 30.0, 4.0))
def gathered_twice(x):
    return np.sum(x[[1, 1, 2]] * np.array([10.0, 20.0, 4.0]))


# TensorFlow #56961, PyTorch #473: of a store with equal indices, only the last one is there.
@bit(array(1.0, 2.0, 3.0), want=array(0.0, 7.0, 5.0))
def stored_twice(x):
    y = np.zeros(2)
    y[[0, 0, 1]] = x
    return 7.0 * y[0] + 5.0 * y[1]


# PyTorch #57006: the number that fills equal places counted twice.
@bit(3.0, want=5.0)
def filled_twice(v):
    t = np.ones((4, 5))
    t[[2, 2]] = v
    return np.sum(t)


# `y[i] += x` reads y once, so the last of two equal indices wins; np.add.at adds both.
@bit(array(1.0, 2.0, 3.0), want=array(0.0, 1.0, 1.0))
def augmented_store_with_equal_indices(x):
    y = np.zeros(2)
    y[[0, 0, 1]] += x
    return np.sum(y)


@bit(array(1.0, 2.0, 3.0), want=array(6.0, 6.0, 6.0))
def add_at_with_equal_indices(x):
    y = np.zeros(2)
    np.add.at(y, [0, 0, 1], x)
    return y[0] ** 2 + 6.0 * y[1]


# Aliasing and writes.


# A tool that gives the cotangent of z to y by reference adds to both.
@bit(array(1.0, 2.0))
def one_name_of_two_is_changed(x):
    y = x * 3.0
    z = y
    y += x
    return np.sum(z * y)


# PyTorch raises or, by .data, is silently wrong: a buffer that is refilled after it was used.
@bit(array(1.0, 2.0, 3.0))
def refilled_buffer(x):
    buffer = np.empty(3)
    total = 0.0
    for k in range(3):
        buffer[:] = x * (k + 1.0)
        total = total + np.sum(np.sin(buffer) * buffer)
    return total


# Overlapping slices: the right-hand side is read before anything is written.
@bit(array(1.0, 2.0, 3.0, 4.0))
def overlapping_slices(x):
    y = x * x
    y[1:] += y[:-1]
    return np.sum(y * np.array([1.0, 2.0, 3.0, 4.0]))


# Zygote #39, #199: the gradient through copyto! was silently wrong.
@bit(array(1.0, -2.0), 0.7, wrt=(0, 1))
def copyto(r, t):
    s = r * 1.0
    np.copyto(s, np.sin(t) * r)
    return np.sum(s**2)


# PyTorch #36608: a write into a view of a view.
@bit(np.arange(9.0).reshape(3, 3) / 7.0)
def view_of_a_view(x):
    y = x.copy()
    rows = [y[0], y[1], y[2]]
    part = rows[0][1:]
    part *= x[2, 0]
    return np.sum(y**2)


# MyGrad, Tangent: a swap through a temporary that is a view swaps nothing.
@bit(np.array([[1.0, 2.0], [3.0, 4.0]]))
def swap_of_views(x):
    y = x * 1.0
    first = y[0]
    y[0] = y[1]
    y[1] = first
    return np.sum(y * np.array([[1.0, 2.0], [3.0, 4.0]]) * y)


@bit(np.array([[1.0, 2.0], [3.0, 4.0]]))
def swap_by_index(x):
    y = x * 1.0
    y[[0, 1]] = y[[1, 0]]
    y[0, 0], y[0, 1] = y[0, 1], y[0, 0]
    return np.sum(y**2 * np.array([[1.0, 2.0], [3.0, 4.0]]))


# PyTorch: "modified by an inplace operation", for the result of exp that its derivative needs.
@bit(array(0.5, 1.0))
def result_that_is_needed_is_changed(x):
    y = np.exp(x)
    y *= y
    y -= 1.0
    return np.sum(y * x)


# A reversed view of the array that is written to.
@bit(array(1.0, 2.0, 3.0))
def reversed_view(x):
    y = x**2
    r = y[::-1]
    r[0] = x[0] * x[1]
    y += r
    return np.sum(y * np.array([1.0, 2.0, 3.0]))


# Google Tangent #56: a name that is bound by the loop, and read after it.
@bit(np.arange(12.0).reshape(2, 2, 3))
def last_slice(x):
    for f in range(np.shape(x)[2]):
        r = x[:, :, f]
    return np.sum(r * r)


# Kinds of numbers.


# Google Tangent #66, HIPS autograd #3: integers in, zeros or an error out; as constants they meet
# floats everywhere.
@bit(array(0.5, 1.5), np.array([2, 3]), want=array(2.0 * 0.5 * 2, 2.0 * 1.5 * 3))
def integers_meet_floats(x, n):
    return np.sum(n * x**2)


# `//` and an array of integers that a loop turns into floats.
@bit(2.0, np.array([1, 2, 3]))
def integers_become_floats(x, n):
    s = 0
    for k in n:
        s = s * x + k // 1
    return s


# HIPS autograd #199, Theano #969: float64 out of float32.
@bit(
    np.array([[1.0, 3.0], [2.0, 2.0]], np.float32),
    want=np.array([[0.0, 1.0], [0.5, 0.5]], np.float32),
)
def maximum_in_single_precision(x):
    return np.sum(np.max(x, 1))


# HIPS autograd #671: a Python number or a NumPy scalar widens the gradient.
@bit(np.array([1.0, 2.0], np.float32), want=np.array([np.sqrt(2.0), np.sqrt(8.0)], np.float32))
def double_constant_in_single_precision(x):
    return np.sum(x**2 * np.float64(np.sqrt(0.5)))


# Two precisions: each argument has a gradient in its own.
@bit(
    np.array([1.0, 2.0], np.float32),
    array(3.0, 5.0),
    want=(np.array([3.0, 5.0], np.float32), array(1.0, 2.0)),
    wrt=(0, 1),
)
def two_precisions(x, y):
    return np.sum(x * y)


# MyGrad #373, PyTorch #11176: an array of rank 0 against an array, its gradient a float or (1,).
@bit(np.array(2.0), np.arange(6.0).reshape(2, 3), want=np.array(15.0))
def rank_zero_array(scale, x):
    return np.sum(scale * x)


# NumPy scalars are numbers like others.
@bit(np.float64(2.0), want=np.float64(12.0))
def scalar_of_numpy(x):
    return x**3


# Deeplearning4j #6871: size one in all dimensions, but not a number.
@bit(np.full((1, 1, 1), 2.0), np.arange(6.0).reshape(1, 2, 3), want=np.full((1, 1, 1), 15.0))
def all_sizes_one(x, y):
    return np.sum(x * y)


# HIPS autograd #376: einsum broadcasts size one, and its gradient had the size of the other.
@bit(array(2.0, 3.0), array(5.0), want=(array(5.0, 5.0), array(5.0)), wrt=(0, 1))
def einsum_that_broadcasts(x, y):
    return np.einsum("i,i", x, y)


# The column and the row: each is summed over the other's direction.
@bit(np.array([[1.0], [2.0]]), array(1.0, 2.0, 3.0), wrt=(0, 1))
def column_against_row(c, r):
    return np.sum(np.tanh(c * r) + c)


# PyTorch #31782, #15223: an error for arrays without elements.
@bit(np.zeros((2, 0)), want=np.zeros((2, 0)))
def running_sum_of_nothing(x):
    return np.sum(np.cumsum(x, axis=-1)) + np.sum(np.cumprod(x, axis=-1))


@bit(array(1.0, 2.0), np.zeros((2, 0)), want=np.zeros(2))
def broadcast_against_nothing(b, a):
    return np.sum(a + b[:, None])


# HIPS autograd #78: np.diff of a single element.
@bit(array(0.5), want=array(0.0))
def difference_of_one_element(x):
    return np.sum(np.diff(x) ** 2)


# Layouts: a Fortran array, a transposed one and one with negative strides are what they show.
@bit(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
def fortran_order(x):
    return np.sum(x.reshape(3, 2) ** 2 * np.arange(6.0).reshape(3, 2))


@bit(np.arange(6.0).reshape(2, 3)[:, ::-1])
def negative_strides(x):
    y = x.ravel()
    return np.sum(y**2 * np.arange(6.0)) + np.sum(x[::-1] * x)


@bit(np.arange(12.0).reshape(3, 4)[::2, 1:].T)
def ravel_by_columns(x):
    return np.sum(x.ravel(order="F") ** 2 * np.arange(6.0))


# Statistics and order.


# ddof in the derivative, where it is easily forgotten; and two axes at once.
@bit(np.sin(np.arange(12.0)).reshape(2, 3, 2))
def deviation_with_ddof(x):
    return np.sum(np.std(x, axis=(0, 2), ddof=1) * np.array([1.0, 2.0, 3.0])) + np.var(x, ddof=2)


# HIPS autograd #810: `where` was ignored, the derivative is that of all elements.
@bit(array(1.0, 2.0, 4.0, 8.0))
def reductions_of_some_elements(x):
    mask = np.array([True, False, True, True])
    total = np.sum(x, where=mask) + np.mean(x**2, where=mask) + np.prod(x, where=mask)
    return total + np.var(x, where=mask) + np.std(x, where=mask, ddof=1)


# The gradient of sort goes back through the permutation, with ties too.
@bit(array(2.0, 1.0, 2.0, 0.0), want=array(3.0, 2.0, 4.0, 1.0))
def sort_with_ties(x):
    return np.sum(np.sort(x) * np.array([1.0, 2.0, 3.0, 4.0]))


# PyTorch #39520: the median of an even number is the mean of two.
@bit(array(3.0, 1.0, 2.0, 0.0), want=array(0.0, 0.5, 0.5, 0.0))
def median_of_even_length(x):
    return np.median(x)


# PyTorch #37680: argmax is an integer, and what comes of it a constant.
@bit(array(1.0, 3.0, 2.0), want=array(0.0, 1.0, 0.0))
def position_is_constant(x):
    return np.argmax(x) + x[np.argmax(x)]


# Linear algebra.


# PyTorch #171704: ones beside the diagonal, for more rows than columns.
@bit(np.zeros((4, 2)), want=np.eye(4, 2))
def trace_of_a_tall_matrix(A):
    return np.trace(A)


# HIPS autograd #29: an offset, and a wide matrix.
@bit(np.zeros((2, 4)), want=np.eye(2, 4, 2) * np.array([[3.0], [5.0]]))
def diagonal_with_offset(A):
    return np.sum(np.diag(A, 2) * np.array([3.0, 5.0]))


# HIPS autograd #115, #510: the same index twice.
@bit(np.arange(16.0).reshape(4, 4), np.arange(8.0).reshape(4, 2), wrt=(0, 1))
def einsum_with_a_repeated_index(W, x):
    return np.sum(np.einsum("nd,nn->d", x, W) ** 2) + np.einsum("ii->", W)


# HIPS autograd #242: an index that only one operand has, and that is summed.
@bit(np.sin(np.arange(36.0)).reshape(3, 2, 3, 2))
def einsum_that_sums(x):
    return np.sum(np.einsum("abcd->bd", x) ** 2)


# No arrow: the indices that occur once, in alphabetical order. The result is transposed.
@bit(np.arange(6.0).reshape(2, 3), want=np.array([[0.0, 2.0, 4.0], [1.0, 3.0, 5.0]]))
def einsum_without_arrow(x):
    return np.sum(np.einsum("ba", x) * np.arange(6.0).reshape(3, 2))


# JAX #40421: what is in the triangle that is not read. The gradient is in the one that is.
@bit(np.array([[4.0, 1.0], [1.0, 3.0]]), want=np.array([[-0.0625, 0.0], [0.5, 0.0]]))
def cholesky_reads_one_triangle(A):
    return np.linalg.cholesky(A)[1, 0]


# The same through a matrix that is symmetric by construction: no convention is left.
@bit(np.array([[1.0, 0.2], [0.4, 1.5]]))
def cholesky_of_a_product(B):
    return np.sum(np.linalg.cholesky(B @ B.T + np.eye(2)) * np.array([[1.0, 0.0], [2.0, 3.0]]))


# The sign is a constant, of a negative determinant too.
@bit(np.array([[0.0, 2.0], [1.0, 1.0]]), want=np.array([[-0.5, 0.5], [1.0, 0.0]]) * -1.0)
def logarithm_of_a_negative_determinant(A):
    sign, logarithm = np.linalg.slogdet(A)
    return sign * logarithm


# JAX #669, PyTorch #47599: eigenvalues that tie; their sum of squares is smooth.
@bit(2.0 * np.eye(3), want=4.0 * np.eye(3))
def eigenvalues_that_tie(A):
    return np.sum(np.linalg.eigvalsh(A) ** 2)


@bit(np.array([[2.0, 1.0], [0.5, 1.5]]))
def negative_matrix_power(A):
    return np.sum(np.linalg.matrix_power(A, -2)) + np.linalg.matrix_power(A, 3)[0, 1]


@bit(np.array([[2.0, 1.0], [0.5, 1.5]]), want=np.zeros((2, 2)))
def zeroth_matrix_power(A):
    return np.sum(np.linalg.matrix_power(A, 0))


# Complex numbers.


# JAX #979, #9110: a convention and its conjugate mixed up.
@bit(1.0 + 0.5j, want=2.0 - 1.0j)
def squared_absolute_value(z):
    return np.real(z) ** 2 + np.imag(z) ** 2


# JAX #10515: nan, from 0 / 0.
@bit(0j, want=0j)
def complex_absolute_value_at_zero(z):
    return np.abs(z)


# A real argument keeps a real gradient, whatever comes in between.
@bit(array(0.3, 0.8), want=array(-math.sin(0.3), -math.sin(0.8)))
def real_part_of_complex(t):
    return np.sum(np.real(np.exp(1j * t)))


# Control flow.


# Nx #1747: a loop whose body depends on x in its factor.
@bit(0.5, want=1.0)
def factor_in_a_loop(x):
    total, i = 1.0, 0
    while i < 2:
        total = total * x
        i += 1
    return total


# A while loop stops where x says; TensorFlow and Theano need the number of trips.
@bit(3.7)
def trips_depend_on_x(x):
    y, n = x, 0
    while y > 0.1:
        y = y / (1.0 + x)
        n += 1
    return y * n


# An early return from a nested loop, after a continue and a break of the inner one.
@bit(array(0.5, 2.0, 3.0, -1.0))
def return_from_a_nested_loop(x):
    total = 1.0
    for i in range(4):
        for j in range(4):
            if j < i:
                continue
            if x[j] < 0.0:
                break
            total = total * x[j] + x[i]
            if total > 40.0:
                return total * x[0]
    return total


# A tool that traces sees the value at the definition; Python looks it up at the call.
@bit(2.0, want=3.0 * 4.0 + 1.0)
def late_binding(x):
    total = 0.0
    for k in range(3):
        term = lambda y: y**k  # noqa: B023, E731
        total = total * 0.0 + term(x)
    k = 3
    return term(x) + x


# ... unless a default holds it.
@bit(2.0, want=2.0 * 2.0)
def early_binding(x):
    k = 2
    term = lambda y, k=k: y**k  # noqa: E731
    k = 3
    return term(x) + 0.0 * k


def collect(x, found=[]):  # noqa: B006, a mutable default is what this is about
    return x * x + len(found)


@bit(3.0, want=6.0)
def mutable_default(x):
    return collect(x)


# A generator gives its elements once.
@bit(array(1.0, 2.0), want=array(2.0, 4.0))
def generator_is_exhausted(x):
    return sum(v * v for v in x) + sum(v for v in [])


# The order of a dict is that of insertion, and replacing a value keeps its place.
@bit(2.0, 3.0, wrt=(0, 1))
def order_of_a_dict(x, y):
    d = {"b": x, "a": y}
    d["b"] = d["b"] * y
    total = 0.0
    for value in d.values():
        total = total * x + value
    return total


# Zygote #717: no gradient for a dict that a closure looks into.
@bit({"y": 0.4, "z": 2.0}, want={"y": 2.0 * 0.4, "z": 0.0})
def dict_in_a_closure(d):
    def look():
        return d["y"] ** 2

    return look()


# ForwardDiff #443: a closure that rebinds the variable of its function, called twice.
@bit(2.0, want=12.0)
def closure_that_rebinds(x):
    y = 1.0

    def multiply():
        nonlocal y
        y = y * x

    for _ in range(3):
        multiply()
    return y


def fibonacci(x, n):
    return x if n < 2 else fibonacci(x, n - 1) * fibonacci(x, n - 2)


# Recursion with two calls.
@bit(1.1, want=8.0 * 1.1**7)
def recursion(x):
    return fibonacci(x, 5)


def weighted_sum(*terms, scale=1.0, **more):
    return scale * sum(terms) + sum(more.values())


# Arguments in all forms, among them one that comes twice.
@bit(2.0, want=3.0 * (1.0 + 2.0 * 2.0) + 1.0)
def arguments_of_all_kinds(x):
    return weighted_sum(x, *(x * x, 1.0), scale=3.0, **{"last": x})


# Zygote cannot differentiate try; here the branch that runs counts.
@bit(array(1.0, 2.0), want=array(2.0, 3.0))
def exception_is_a_branch(x):
    total = 0.0
    for k in range(4):
        try:
            total = total * 2.0 + x[k] * (3.0 if k else 1.0)
        except IndexError:
            break
    return total


@dataclass
class Spring:
    stiffness: float
    length: float

    def energy(self, x):
        return 0.5 * self.stiffness * (x - self.length) ** 2


# A record in, a record of the same class out.
@bit(Spring(2.0, 1.0), 4.0, want=Spring(4.5, -6.0))
def record(spring, x):
    return spring.energy(x)


# Arguments that a partial holds, and one by name.
@bit(2.0, want=2.0 * 2.0 * 9.0)
def partial(x):
    return functools.partial(lambda y, z: (y * z) ** 2, 3.0)(z=x)


# Perturbation confusion. ForwardDiff #83: the closure takes the derivative of x for that of y.
@bit(1.0, want=1.0)
def confusion_of_a_sum(x):
    return x * grad(lambda y: x + y)(1.0)


# ReverseDiff #45: D(x -> x * D(y -> x * y)) is 2 x.
@bit(4.0, want=8.0)
def confusion_of_a_product(x):
    return x * grad(lambda y: x * y)(1.0)


# AutoGrad.jl #75: the inner derivative is taken at x itself.
@bit(5.0, want=1.0)
def confusion_at_the_same_point(x):
    return x * grad(lambda y: x + y)(x)


@bit(2.0, want=12.0 * 2.0)
def confusion_of_the_second_order(x):
    return grad(grad(lambda y: y**3 * x))(x)


# JAX's stop_gradient at the second order: constant there as well.
@bit(3.0, want=3.0)
def constant_by_decree(x):
    return stop_gradient(x) * x


@pytest.mark.filterwarnings("ignore::adjoint.DisconnectedWarning")
@pytest.mark.parametrize("case", BITS, ids=lambda case: case.name)
def test_gradient(case: Bit) -> None:
    want = case.want
    with np.errstate(all="ignore"):
        if want is None:
            want, error = richardson(case.function, case.args, case.wrt)
            assert error < 1e-8, "differences do not converge"
        gradient = grad(case.function, case.wrt)
        args = copy.deepcopy(case.args)
        got = gradient(*args)
        assert bits(args) == bits(case.args), "an argument was modified"
        assert_same_gradient(got, want)
        assert bits(gradient(*args)) == bits(got), "the second call gives something else"


SMOOTH = [
    case
    for case in BITS
    if case.want is None
    and isinstance(case.wrt, int)
    and type(case.args[0]) in (float, np.ndarray)
]


@pytest.mark.parametrize("case", SMOOTH, ids=lambda case: case.name)
def test_gradient_of_the_gradient(case: Bit) -> None:
    (wrt,) = (case.wrt,)
    weights = np.random.default_rng(0).normal(size=np.shape(case.args[wrt]))
    gradient = grad(case.function, wrt)
    total = weighted(gradient, weights if weights.ndim else float(weights), len(case.args))
    with np.errstate(all="ignore"):
        want, error = richardson(total, case.args, wrt)
        assert error < 1e-6, "differences do not converge"
        assert_same_gradient(grad(total, wrt)(*case.args), want, rtol=1e-5, atol=1e-6)


# Second derivatives at points where a formula for them is easily nan.


@pytest.mark.parametrize(
    "f, x, want",
    [
        # PyTorch functorch #1097: the second derivative of a norm at 0, and of its square.
        (lambda x: x**0, 0.0, 0.0),
        (lambda x: x**1, 0.0, 0.0),
        (lambda x: x**2, 0.0, 2.0),
        (lambda x: x**3, 0.0, 0.0),
        (lambda x: abs(x), 0.0, 0.0),
        (lambda x: abs(x) ** 3, -2.0, 12.0),
        (lambda x: np.sinc(x), 0.0, -(math.pi**2) / 3.0),
        (lambda x: np.where(x > 0.0, np.sqrt(x), x**2), -1.0, 2.0),
        (lambda x: np.prod(np.stack([x, 2.0 * x, x - 1.0])), 0.0, -4.0),
        (lambda x: np.sum(np.cumprod(np.stack([x, x, x - 1.0]))), 0.0, 2.0 - 2.0),
        (lambda x: np.logaddexp(x, 0.0), 800.0, 0.0),
        (lambda x: np.tanh(x), 400.0, 0.0),
        (lambda x: np.hypot(x, 1.0), 0.0, 1.0),
        (lambda x: np.arctan2(x, 1.0), 0.0, 0.0),
        (lambda x: np.clip(x, 0.0, 1.0) ** 2, 0.5, 2.0),
    ],
)
def test_second_derivatives(f: Any, x: float, want: float) -> None:
    with np.errstate(all="ignore"):
        assert grad(grad(f))(x) == pytest.approx(want, rel=1e-12, abs=1e-300)


# What lies around a call.

FACTOR = 2.0
TABLE = [1.0, 2.0]
SETTINGS = {"scale": 3.0}
WEIGHTS = np.array([1.0, 2.0])


def surroundings(x):
    return np.sum(WEIGHTS * x) * FACTOR * SETTINGS["scale"] + TABLE[-1] * len(TABLE) * x[0]


def test_globals_are_read_at_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numba takes globals for constants, jax.jit keeps what it traced (JAX #1426)."""
    gradient, x = grad(surroundings), array(1.0, 1.0)

    def check() -> None:
        assert_same_gradient(gradient(x), richardson_gradient(surroundings, (x,)))

    check()
    monkeypatch.setitem(globals(), "FACTOR", -1.0)
    check()
    monkeypatch.setitem(globals(), "WEIGHTS", array(5.0, 7.0))
    check()
    WEIGHTS[0] = 11.0  # the same array, with another content
    check()
    monkeypatch.setitem(SETTINGS, "scale", 0.5)
    check()
    TABLE.append(4.0)
    check()
    TABLE.pop()
    check()


def test_a_variable_of_the_enclosing_function_is_read_at_each_call() -> None:
    """JAX #1426, from below `jit`: the variable had changed, the gradient had not."""
    a = 10.0

    def loss(x):
        return np.sum(x**2) * a

    gradient = grad(loss)
    assert gradient(array(2.0, 3.0)).tolist() == [40.0, 60.0]
    a = 20.0
    assert gradient(array(2.0, 3.0)).tolist() == [80.0, 120.0]


def test_closures_that_a_loop_makes_differ() -> None:
    """A cache by the code of a function confuses closures that share it."""
    gradients = [grad(lambda x, k=k: x**k) for k in (1, 2, 3)]
    assert [g(2.0) for g in gradients] == [1.0, 4.0, 12.0]
    late = [grad(lambda x: x**k) for k in (1, 2, 3)]  # noqa: B023, all see the last one
    assert [g(2.0) for g in late] == [12.0, 12.0, 12.0]


def test_a_default_that_is_mutable_is_the_same_at_every_call() -> None:
    def remember(x, found=[1.0]):  # noqa: B006
        return x**2 * found[0]

    gradient = grad(remember)
    assert gradient(3.0) == 6.0
    remember.__defaults__[0][0] = 5.0
    assert gradient(3.0) == 30.0


def writes_into_its_arguments(x, out, items):
    out[:] = x * 2.0
    x *= out
    items.append(x[0])
    items[0] = items[0] * x[1]
    return np.sum(x) + items[0] + items[-1]


def test_what_the_program_writes_does_not_leak() -> None:
    args = (array(1.0, 2.0), np.zeros(2), [3.0, 4.0])
    kept = copy.deepcopy(args)
    for wrt in (0, 1, 2, (0, 1, 2)):
        got = grad(writes_into_its_arguments, wrt)(*args)
        assert bits(args) == bits(kept)
        assert_same_gradient(got, richardson_gradient(writes_into_its_arguments, kept, wrt))


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: np.sum(x + y),
        lambda x, y: np.sum(x * y),
        lambda x, y: np.vdot(x, y),
        lambda x, y: np.sum(np.stack([x, y])),
        lambda x, y: np.sum(np.maximum(x, 0.0)) + np.sum(y),
        lambda x, y: np.sum(x.reshape(2, 2) @ y.reshape(2, 2)),
    ],
)
def test_gradients_share_no_memory(f: Any) -> None:
    """A sum gives the same cotangent to both sides; an optimizer updates them in place."""
    x, y = array(1.0, 2.0, 3.0, 4.0), array(5.0, 6.0, 7.0, 8.0)
    kept = x.copy(), y.copy()
    x_bar, y_bar = grad(f, (0, 1))(x, y)
    want = y_bar.copy()
    for gradient in (x_bar, y_bar):
        assert gradient.flags.writeable
        assert not np.shares_memory(gradient, x) and not np.shares_memory(gradient, y)
    x_bar *= 0.0
    assert np.array_equal(y_bar, want)
    assert np.array_equal(x, kept[0]) and np.array_equal(y, kept[1])


def test_the_same_array_twice_is_two_arguments() -> None:
    x = array(1.0, 2.0)
    x_bar, y_bar = grad(lambda x, y: np.sum(x * x * y), (0, 1))(x, x)
    assert x_bar.tolist() == [2.0, 8.0] and y_bar.tolist() == [1.0, 4.0]


def test_a_pullback_outlives_its_arguments() -> None:
    """PyTorch guards this by counting versions, and #197887 tells where it missed one."""
    x, w = array(1.0, 2.0), np.array([[1.0, 2.0], [3.0, 4.0]])
    value, pullback = vjp(lambda x, w: x @ w, x, w)
    want = [g.copy() for g in pullback(array(1.0, -1.0))]
    x += 100.0
    w[:] = 0.0
    value[:] = 7.0
    for _ in range(2):
        for got, expected in zip(pullback(array(1.0, -1.0)), want, strict=True):
            np.testing.assert_array_equal(got, expected)


def test_integers_are_refused_where_they_are_differentiated() -> None:
    """HIPS autograd #3, #482: an error once, a warning and a cast later, then an error again."""
    for n in (3, np.array([1, 2]), True):
        with pytest.raises(UnsupportedError, match="not differentiable"):
            grad(lambda n: np.sum(n * n * 1.0))(n)


def test_degenerate_eigenvectors_are_not_silently_finite() -> None:
    """PyTorch #47599: finite and wrong; no vectors of equal eigenvalues have a derivative."""
    with np.errstate(all="ignore"):
        got = grad(lambda A: np.linalg.eigh(A)[1][0, 0])(np.eye(2))
    assert not np.isfinite(got).all()


def test_jacobian_of_a_function_with_repeated_indices() -> None:
    got = jacobian(lambda x: x[[1, 1, 0]] ** 2)(array(2.0, 3.0))
    assert got.tolist() == [[0.0, 6.0], [0.0, 6.0], [4.0, 0.0]]


def test_values_and_gradients_agree_on_the_branch() -> None:
    value, slope = value_and_grad(lambda x: x if x > 0.0 else 2.0 * x)(0.0)
    assert (value, slope) == (0.0, 2.0)


# ForwardDiff #313: one class, differentiated within its own derivative.
@dataclass
class Confuse:
    outer: bool
    x: float

    def __call__(self, xy: float) -> float:
        if self.outer:
            return xy * grad(lambda y: Confuse(False, xy)(y))(1.0)
        return self.x + xy


def test_confusion_within_one_class() -> None:
    assert grad(lambda x: Confuse(True, 0.0)(x))(1.0) == 1.0
