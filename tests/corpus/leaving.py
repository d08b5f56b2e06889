"""Exceptions that leave in the middle of an expression, and blocks that run whichever way."""

import math

import numpy as np

from tests.corpus import program, sample

ROW = sample(3, low=0.2)


class Half:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self.value * 0.5

    def __exit__(self, *error):
        return False


@program(0.7, 0.4, also=[(0.7, -0.4)])
def value_that_fails_is_not_bound(x, y):
    try:
        x = math.sqrt(y)
    except ValueError:
        pass
    return x * x


@program(0.7, 0.4, 1, also=[(0.7, 0.4, 3)])
def handler_raises_for_some_values(x, y, n):
    try:
        x = [x, y][n]
    except IndexError:
        if x > 100.0:
            raise KeyError("large") from None
    return x * x


@program(0.7, 0.4, 1, also=[(0.7, 0.4, 3)])
def names_of_an_unpacking_stay(x, y, n):
    a, b = x, 2.0 * x
    try:
        a, b = [x, y][n], 1.0
    except IndexError:
        b = b * b
    return a * b


@program(0.7, 0.4, also=[(0.7, -0.4)])
def walrus_that_fails(x, y):
    try:
        if (x := math.sqrt(y) * x) > 0.1:
            x = 3.0 * x
    except ValueError:
        x = x * 2.0
    return x * x


@program(0.7, 0.4, also=[(0.7, -0.4)])
def context_that_is_not_entered(x, y):
    t = x
    try:
        with Half(math.sqrt(y) + x) as t:
            t = 3.0 * t
    except ValueError:
        t = t * 2.0
    return t * x


@program(0.7, 0.4, also=[(0.7, -0.4)])
def call_that_changes_an_operand(x, y):
    def doubled():
        nonlocal x
        x = 2.0 * x
        return math.sqrt(y)

    try:
        z = x + doubled() * x
    except ValueError:
        z = 5.0 * x
    return z * x


@program(ROW, 5, also=[(ROW, 1)])
def exception_out_of_a_comprehension(x, n):
    try:
        return sum([float(v) / (n - k) for k, v in enumerate(x)])
    except ZeroDivisionError:
        return x[0] ** 2


@program(ROW, 5, also=[(ROW, 1), (ROW, 2)])
def two_risks_in_one_arm(x, n):
    try:
        return float(x[0]) / (n - 1) + float(x[1]) / (n - 2) if x[2] < 9.0 else 0.0
    except ZeroDivisionError:
        return x[2] ** 2


@program(0.7, 0.4, 2, also=[(0.7, -0.4, 2), (0.7, 0.9, 1)])
def test_of_a_while_fails(x, y, n):
    try:
        while math.sqrt(y) > 0.5:
            y = y - 0.3
            x = x * 1.5
            if x > 2.0:
                break
        else:
            x = x * x
    except ValueError:
        x = x * 3.0
    return x * x


@program(ROW)
def final_block_that_returns(x):
    try:
        return np.sum(x)
    finally:
        return np.sum(x * x)  # noqa: B012


@program(0.7, 1, also=[(0.7, 3)])
def final_block_that_returns_sometimes(x, n):
    try:
        if n > 0:
            return x
    finally:
        if n > 2:
            return x * x  # noqa: B012
    return 3.0 * x


@program(0.7, 0.4, also=[(0.7, -0.4)])
def final_block_swallows_the_exception(x, y):
    try:
        x = x * math.sqrt(y)
    finally:
        return x * x  # noqa: B012


@program(0.7, 1, also=[(0.7, 3)])
def final_block_leaves_the_loop(x, n):
    for k in range(4):
        try:
            x = x * 1.5
            if k == 1:
                continue
        finally:
            if k == n:
                break  # noqa: B012
    return x * x


@program(0.7, 0.4, also=[(0.7, -0.4)])
def final_block_fails(x, y):
    try:
        try:
            x = x * 2.0
        finally:
            x = x + math.sqrt(y)
    except ValueError:
        x = x * x
    return x * x


@program(0.7, 0, also=[(0.7, 3)])
def final_block_raises_another_exception(x, n):
    try:
        try:
            if n > 1:
                raise ValueError("first")
            x = x / n
        finally:
            raise KeyError("second")
    except KeyError:
        x = x * x
    return x


@program(0.7, 1)
def key_is_missing_in_an_arm(x, n):
    if n > 2:
        x = {"a": x}["b"]
    y = [x, x][5] if n > 2 else x * x
    return x * y


@program(0.7, 1, also=[(0.7, 5)])
def deleted_on_a_path_that_ends(x, n):
    y = x * 2.0
    if n > 3:
        del y
        return x
    return y * x


@program(0.7, 2, also=[(0.7, 3)])
def too_many_to_unpack(x, n):
    a, b = x, 2.0
    try:
        a, b = [x * k + 1.0 for k in range(n)]
    except ValueError:
        a = a * b
    return a * b * x


@program(ROW, 2, also=[(ROW, 3), (ROW, 1)])
def array_of_another_length(x, n):
    a = x[0]
    try:
        b, a = (x * x)[:n]
        a = a * b
    except ValueError:
        a = a * 3.0
    return a * x[1]


@program(0.7, 0.4, 1, also=[(0.7, 0.4, 3)])
def loop_assigns_a_variable_of_the_function_around(x, y, n):
    def step():
        nonlocal x
        k = 0
        while True:
            k += 1
            if k > n:
                break
            x = x * math.tanh(y)
        x = 0.5 * x + y
        return x

    return step() * x


class Patient:
    """Suppresses some exceptions, and counts what has happened."""

    def __init__(self):
        self.factor = 1.0

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.factor *= 2.0
        elif issubclass(kind, ZeroDivisionError):
            self.factor *= 5.0
            return True
        elif kind is ValueError:
            self.factor *= 7.0
        else:
            self.factor *= 11.0
            return True
        return False


@program(1.3, 0, also=[(1.3, 1), (1.3, 2), (1.3, 3)])
def suppressed_by_its_class(x, k):
    patient = Patient()
    y = x
    try:
        with patient:
            if k == 1:
                raise KeyError
            if k == 2:
                raise ValueError
            y = y * x / k
    except ValueError:
        y = y * 3.0
    return y * patient.factor


@program(np.array([0.3, 1.2]), 5, also=[(np.array([0.3, 1.2]), 1)])
def position_is_suppressed(x, k):
    patient = Patient()
    y = x[0]
    with patient:
        y = y * x[k]
    return y * patient.factor


@program(np.array([0.3, 1.2, 0.9]), 1, also=[(np.array([0.3, 1.2, 0.9]), 7)])
def suppressed_in_a_loop(x, k):
    patient = Patient()
    total = 0.0
    for i in range(3):
        with patient:
            if i == k:
                raise LookupError
            if i == 2:
                continue
            total += x[i] * patient.factor
    return total * patient.factor


@program(1.3, 0, also=[(1.3, 1), (1.3, 5)])
def left_by_return_or_suppressed(x, k):
    patient = Patient()

    def inner():
        with patient:
            if k == 0:
                return x
            z = 1 / (k - 1)
            return z * x**2
        return x**3

    return inner() * patient.factor
