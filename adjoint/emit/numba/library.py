"""What compiled programs call: Python's checks, and operations that Numba does not know.

The text of these functions becomes part of each module that uses them. Numba's `math` gives nan or
a wrapped integer where Python raises, so the checks are written out here. They only have to find
out *that* something is wrong: the program in NumPy then runs, and decides what happens.

None of them is run by Python itself.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

# Integers of 64 bits


def add_ints(a: Any, b: Any) -> Any:
    c = a + b
    if ((a ^ c) & (b ^ c)) < 0:
        raise OverflowError("an integer exceeds 64 bits")
    return c


def subtract_ints(a: Any, b: Any) -> Any:
    c = a - b
    if ((a ^ b) & (a ^ c)) < 0:
        raise OverflowError("an integer exceeds 64 bits")
    return c


def multiply_ints(a: Any, b: Any) -> Any:
    if abs(float(a) * float(b)) > 9.2e18:
        raise OverflowError("an integer exceeds 64 bits")
    return a * b


def int_power(a: Any, n: Any) -> Any:
    c = 1
    for _ in range(n):
        if abs(float(c) * float(a)) > 9.2e18:
            raise OverflowError("an integer exceeds 64 bits")
        c *= a
    return c


def exact_float(a: Any) -> Any:
    if a > 9007199254740992 or a < -9007199254740992:
        raise OverflowError("an integer is compared that no float is equal to")
    return float(a)


def whole(x: Any) -> Any:
    if not abs(x) < 9.2e18:
        raise OverflowError("a number is too large for an integer of 64 bits")
    return int(x)


def rounded(x: Any) -> Any:
    if not abs(x) < 9.2e18:
        raise OverflowError("a number is too large for an integer of 64 bits")
    return int(np.rint(x))


def floor_int(x: Any) -> Any:
    if not abs(x) < 9.2e18:
        raise OverflowError("a number is too large for an integer of 64 bits")
    return int(np.floor(x))


def ceil_int(x: Any) -> Any:
    if not abs(x) < 9.2e18:
        raise OverflowError("a number is too large for an integer of 64 bits")
    return int(np.ceil(x))


# Python's functions of floats


def power(x: Any, y: Any) -> Any:
    if x == 0.0 and y < 0.0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    if x < 0.0 and np.floor(y) != y:
        raise ValueError("a negative number to a power that is not whole")
    z = x**y
    if math.isinf(z) and not math.isinf(x) and not math.isinf(y):
        raise OverflowError("(34, 'Numerical result out of range')")
    return z


def square(x: Any) -> Any:
    y = x * x
    if math.isinf(y) and not math.isinf(x):
        raise OverflowError("(34, 'Numerical result out of range')")
    return y


def math_sqrt(x: Any) -> Any:
    if x < 0.0:
        raise ValueError("math domain error")
    return math.sqrt(x)


def math_log(x: Any) -> Any:
    if x <= 0.0:
        raise ValueError("math domain error")
    return math.log(x)


def math_log2(x: Any) -> Any:
    if x <= 0.0:
        raise ValueError("math domain error")
    return math.log2(x)


def math_log10(x: Any) -> Any:
    if x <= 0.0:
        raise ValueError("math domain error")
    return math.log10(x)


def math_log1p(x: Any) -> Any:
    if x <= -1.0:
        raise ValueError("math domain error")
    return math.log1p(x)


def math_exp(x: Any) -> Any:
    y = math.exp(x)
    if math.isinf(y) and not math.isinf(x):
        raise OverflowError("math range error")
    return y


def math_expm1(x: Any) -> Any:
    y = math.expm1(x)
    if math.isinf(y) and not math.isinf(x):
        raise OverflowError("math range error")
    return y


def math_sinh(x: Any) -> Any:
    y = math.sinh(x)
    if math.isinf(y) and not math.isinf(x):
        raise OverflowError("math range error")
    return y


def math_cosh(x: Any) -> Any:
    y = math.cosh(x)
    if math.isinf(y) and not math.isinf(x):
        raise OverflowError("math range error")
    return y


def math_sin(x: Any) -> Any:
    if math.isinf(x):
        raise ValueError("math domain error")
    return math.sin(x)


def math_cos(x: Any) -> Any:
    if math.isinf(x):
        raise ValueError("math domain error")
    return math.cos(x)


def math_tan(x: Any) -> Any:
    if math.isinf(x):
        raise ValueError("math domain error")
    return math.tan(x)


def math_asin(x: Any) -> Any:
    if abs(x) > 1.0:
        raise ValueError("math domain error")
    return math.asin(x)


def math_acos(x: Any) -> Any:
    if abs(x) > 1.0:
        raise ValueError("math domain error")
    return math.acos(x)


def math_acosh(x: Any) -> Any:
    if x < 1.0:
        raise ValueError("math domain error")
    return math.acosh(x)


def math_atanh(x: Any) -> Any:
    if abs(x) >= 1.0:
        raise ValueError("math domain error")
    return math.atanh(x)


def math_fmod(x: Any, y: Any) -> Any:
    if math.isinf(x) or y == 0.0:
        raise ValueError("math domain error")
    return math.fmod(x, y)


# Tapes


def grown(tape: Any, n: Any) -> Any:
    """The tape itself while it has room behind its first n entries, else a copy twice as long."""
    if n < len(tape):
        return tape
    longer = np.empty(max(16, 2 * n), tape.dtype)
    for k in range(n):  # the write of a slice would take Numba five seconds to compile
        longer[k] = tape[k]
    return longer


def same_lengths(a: Any, b: Any) -> Any:
    if a != b:
        raise ValueError("zip() arguments have different lengths")
    return a


# Arrays


def add_at(total: Any, index: Any, values: Any) -> Any:
    """`np.add.at` for a one-dimensional index, with one value or row for each entry of it."""
    if len(index) != len(values):
        raise ValueError("as many values as indices are added")
    for k in range(len(index)):
        total[index[k]] += values[k]
    return total


def add_same_at(total: Any, index: Any, value: Any) -> Any:
    """`np.add.at` of one and the same number for all entries of a one-dimensional index."""
    for k in range(len(index)):
        total[index[k]] += value
    return total


def add_at_pairs(total: Any, rows: Any, columns: Any, values: Any) -> Any:
    """`np.add.at(total, (rows, columns), values)`, each of one dimension."""
    if len(rows) != len(columns) or len(rows) != len(values):
        raise ValueError("as many values as indices are added")
    for k in range(len(rows)):
        total[rows[k], columns[k]] += values[k]
    return total


def stacked(rows: Any, like: Any) -> Any:
    """Arrays of equal shape along a new first axis."""
    result = np.empty(like.shape, like.dtype)
    if len(rows) != len(result):
        raise ValueError("the rows do not fit")
    for k in range(len(rows)):
        result[k] = rows[k]
    return result


def index_of_largest(x: Any) -> Any:
    """As np.argmax of a vector: the first nan, else the first of the largest."""
    if len(x) == 0:
        raise ValueError("attempt to get argmax of an empty sequence")
    best = 0
    for k in range(len(x)):
        if x[k] != x[k]:
            return k
        if x[k] > x[best]:
            best = k
    return best


def index_of_smallest(x: Any) -> Any:
    """As np.argmin of a vector: the first nan, else the first of the smallest."""
    if len(x) == 0:
        raise ValueError("attempt to get argmin of an empty sequence")
    best = 0
    for k in range(len(x)):
        if x[k] != x[k]:
            return k
        if x[k] < x[best]:
            best = k
    return best


def products_of_batches(a: Any, b: Any) -> Any:
    """`a @ b` for three dimensions each."""
    if len(a) != len(b):
        raise ValueError("batches of different sizes are multiplied")
    result = np.empty((a.shape[0], a.shape[1], b.shape[2]), a.dtype)
    for k in range(len(a)):
        result[k] = np.dot(a[k], b[k])
    return result


def products_of_others(x: Any) -> Any:
    """For each element of a vector the product of all others."""
    result = np.ones(x.shape, x.dtype)
    before = np.ones(1, x.dtype)[0]
    for k in range(len(x)):
        result[k] *= before
        before *= x[k]
    after = np.ones(1, x.dtype)[0]
    for k in range(len(x) - 1, -1, -1):
        result[k] *= after
        after *= x[k]
    return result


def variance(x: Any) -> Any:
    mean = np.divide(np.sum(x), x.size)
    difference = x - mean
    return np.divide(np.sum(difference * difference), x.size)


def float_range(start: Any, stop: Any, step: Any) -> Any:
    """As np.arange, which takes the step between its first two elements for all."""
    if step == 0.0:
        raise ZeroDivisionError("division by zero")
    length = np.ceil((stop - start) / step)
    if not length < 1e15:
        raise ValueError("Maximum allowed size exceeded")
    n = max(0, int(length))
    second = start + step
    result = np.empty(n)
    for k in range(n):
        result[k] = start + k * (second - start)
    return result


def array_of(items: Any, dtype: Any) -> Any:
    """The numbers of a list. Numba turns a list that it sees made into an array, with errors."""
    result = np.empty(len(items), dtype)
    for k in range(len(items)):
        result[k] = items[k]
    return result
