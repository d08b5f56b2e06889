"""Exceptions raised and caught inside of the program, `finally`, contexts, and who sees what."""

import contextlib
import math

import numpy as np

from tests.corpus import program, sample


class Negative(Exception):
    def __init__(self, value, place):
        super().__init__(value)
        self.value, self.place = value, place


def squared(v):
    if v < 0.0:
        raise ValueError("negative")
    return v * v


@program(2.0, also=[(-2.0,)])
def domain_of_a_function(x):
    try:
        y = math.log(x)
    except ValueError:
        y = x * 2.0
    return y * x


@program(2.0, 3, also=[(2.0, 7)])
def division_in_a_loop(x, d):
    total = 0.0
    for k in range(5):
        try:
            total += x / (k - d)
        except ZeroDivisionError:
            total -= x**2
            continue
        total *= 1.1
    return total


@program(sample(4, low=0.5), also=[(np.array([1.0, 2.0, -3.0, 4.0]),)])
def raised_in_the_middle_of_a_loop_that_stores(x):
    buffer = np.zeros(4)
    try:
        for i in range(4):
            if x[i] < 0.0:
                raise Negative(x[i] * 3.0, i)
            buffer[i] = x[i] ** 2
    except Negative as error:
        buffer[error.place] = error.value + x[0]
    finally:
        buffer *= 2.0
    return np.sum(buffer * buffer)


@program(0.5, also=[(1.5,)])
def handlers_inside_of_handlers(x):
    try:
        try:
            if x > 1.0:
                raise ValueError("large")
            y = x * 2.0
        except ZeroDivisionError:
            y = 0.0
        else:
            y = y * x
        finally:
            z = x * 7.0
    except ValueError:
        y = x**3
        z = 1.0
    return y * z


@program(0.5, also=[(1.5,)])
def raised_again(x):
    try:
        try:
            if x > 1.0:
                raise ValueError("large")
            y = x * 2.0
        except ValueError:
            y = x
            raise
    except Exception:
        return x**4
    return y


@program(
    np.array([1.0, 2.0, 3.0, 4.0]),
    also=[(np.array([1.0, -2.0, 3.0, 4.0]),), (np.array([1.0, 2.0, -3.0, 4.0]),)],
)
def raised_in_the_middle_of_an_expression(x):
    total = 1.0
    try:
        total = total + squared(x[0]) * squared(x[1]) + squared(x[2])
        total = total * 2.0
    except ValueError:
        total = total * x[3]
    return total


@program(np.arange(1.0, 6.0), 2)
def index_error_ends_the_loop(x, step):
    total, i = 0.0, 0
    try:
        while True:
            total += x[i] ** 2
            i += step
    except IndexError:
        pass
    return total


@program(2.0, also=[(-2.0,)])
def assertion_is_caught(x):
    try:
        assert x > 0.0, "negative"
        return x * x
    except AssertionError:
        return -x


@program(2.0)
def store_after_the_return_value_was_made(x):
    y = np.zeros(2)
    try:
        y[0] = x
        return y[0] * x + y[1]
    finally:
        y[1] = 5.0


@program(2.0)
def the_array_returned_is_written_to(x):
    def make():
        y = np.zeros(2)
        try:
            y[0] = x
            return y
        finally:
            y[1] = 5.0 * x

    made = make()
    return made[0] * made[1]


@program(2.0, also=[(-2.0,)])
def suppressed_half_way(x):
    r = x
    with contextlib.suppress(ZeroDivisionError, ValueError):
        r = r * 2.0
        r = r * math.sqrt(x)
        r = r * 3.0
    return r


@program(2.0, 0, also=[(2.0, 3), (2.0, 7)])
def division_in_a_conditional_expression(x, n):
    try:
        y = x / n if n < 5 else 1.0 / x
    except ZeroDivisionError:
        y = x * 3.0
    return y


@program(2.0, also=[(-2.0,)])
def raised_in_a_lambda(x):
    def longer(v):
        return squared(v) + 1.0

    try:
        y = (lambda v: longer(v) * 2.0 + v)(x)
    except ValueError:
        y = x**3
    return y


@program(2.0, also=[(0.5,), (20.0,)])
def raised_in_the_test_of_a_while(x):
    n = 0
    try:
        while squared(x) < 10.0:
            x = x * 1.5 - 0.1 * n
            n += 1
            if n > 3:
                x = -x
    except ValueError:
        x = x * 5.0
    return x


@program(np.array([0.5, 1.5]), also=[(np.array([0.5, -1.5]),)])
def the_arms_of_a_branch_raise(x):
    try:
        if x[1] < 0.0:
            y = squared(x[1])
        else:
            y = squared(x[0]) * x[1]
        y = y * 2.0
    except ValueError as error:
        y = x[0] * len(error.args[0])
    else:
        y += x[1]
    return y


@program(sample(3))
def returned_from_inside_of_two_contexts(x):
    with contextlib.nullcontext(x * 2.0) as y:
        for v in y:
            with contextlib.suppress(ZeroDivisionError):
                return v * np.sum(y)
    return 0.0


@program(0.5, also=[(2.5,)])
def first_handler_that_fits(x):
    try:
        if x > 2.0:
            raise KeyError("a")
        raise IndexError("b")
    except KeyError:
        return x**2
    except LookupError:
        return x**3


@program([0.5, 1.5], also=[([0.5, -1.5],), ([0.5],)])
def looked_up_or_not(values):
    total = 0.0
    for k in (0, 1, 2):
        try:
            v = values[k]
        except IndexError:
            total += 0.5 * k * values[0]
            break
        else:
            total += v * v
    return total


@program(2.0, 3, also=[(2.0, 7)])
def augmented_division_that_fails(x, d):
    total = x
    for k in range(5):
        try:
            total += x / (k - d)
        except ZeroDivisionError:
            total *= x
    return total * total


@program(2.0, 0, also=[(2.0, 3)])
def divided_in_place(x, d):
    total = x
    try:
        total /= d
    except ZeroDivisionError:
        pass
    return total * x


@program(sample(3), 3, also=[(sample(3), 4)])
def shapes_that_do_not_fit(x, n):
    try:
        y = np.dot(x, np.ones(n))
    except ValueError:
        y = np.sum(x * x)
    return y


@program(sample(3), 3, also=[(sample(3), 4)])
def sum_of_arrays_that_do_not_fit(x, n):
    try:
        y = x + np.arange(n) * x[0]
    except ValueError:
        y = x * x
    else:
        y = y * 2.0
    finally:
        z = x[0]
    return np.sum(y * z)


@program(sample(3), 1, also=[(sample(3), 0), (sample(3), 2)])
def write_of_another_size(x, k):
    y = x * 2.0
    try:
        y[k:] = np.ones(2) * x[0]
        y[0] = x[1]
    except ValueError:
        y[1] = x[2] ** 3
    return np.sum(y * y)


@program(sample(3), 1, also=[(sample(3), 3)])
def largest_of_nothing(x, k):
    try:
        y = np.max(x[k:])
    except ValueError:
        y = x[0] ** 2
    return y * 1.0


@program(sample(3), 3, also=[(sample(3), 4)])
def systems_that_do_not_fit(x, n):
    try:
        y = np.linalg.solve(np.outer(x, x) + np.eye(3), np.ones(n) * x[0])
    except ValueError:
        y = x**3
    return np.sum(y)


@program(sample(3))
def products_that_do_not_fit_in_a_loop(x):
    total = 0.0
    for i in range(5):
        try:
            total = total + np.sum(x @ np.ones((i, 2)))
        except ValueError:
            total = total * 2.0 + x[0]
            continue
        total = total + 1.0
    return total


@program(sample(3), 1, also=[(sample(3), 7)])
def row_of_a_matrix_changes_in_a_try(x, k):
    A = np.outer(x, x)
    try:
        row = A[k]
        A[k] = row * 2.0
        total = np.sum(row * x)
    except IndexError:
        total = np.sum(x)
    return total


@program(sample(6), 2, also=[(sample(6), 4)])
def view_by_reshape_in_a_try(x, n):
    y = x * 1.0
    try:
        v = y.reshape(n, 3)
        v[0, 0] = x[1] ** 2
    except ValueError:
        y[0] = x[2]
    return np.sum(y * y)


@program(sample(3), 1, also=[(sample(3), 2)])
def index_that_is_wrong_in_one_arm(x, k):
    try:
        y = x[0] * 2.0 if k > 1 else [x[0]][3]
    except IndexError:
        y = x[1]
    return y


@program(sample(3), 0, also=[(sample(3), 2)])
def key_that_is_wrong_behind_an_and(x, k):
    d = {"a": x[0]}
    try:
        y = x[0] if k > 1 and d["b"] > 0.0 else x[2]
    except KeyError:
        y = x[1]
    return y


@program(sample(3), 0, also=[(sample(3), 2)])
def index_that_is_wrong_for_each_element(x, k):
    try:
        y = sum([v][3] for v in x[:k]) + x[0]
    except IndexError:
        y = x[1]
    return y


@program(sample(3), 0, also=[(sample(3), 2)])
def key_that_is_wrong_in_a_loop(x, k):
    d, y = {"a": x[0]}, x[2]
    try:
        for _ in range(k):
            y = y * d["b"]
    except KeyError:
        y = y * x[1]
    return y


@program(sample(3, low=0.5), 0.0, also=[(sample(3, low=0.5), 0.4)])
def whole_number_of_nothing(x, v):
    try:
        k = int(np.float64(v) / np.float64(v)) if v > 0.0 else int(float("nan"))
        y = x[k] ** 2
    except ValueError:
        y = x[0] * 7.0
    return y


@program(sample(3), 2, also=[(sample(3), 0)])
def what_an_exception_of_an_operation_says(x, k):
    try:
        y = 1 // k * x[0]
    except ZeroDivisionError as error:
        y = x[1] * len(error.args)
    return y


@program(sample(3), 2, also=[(sample(3), 0)])
def exception_of_an_operation_is_raised_again(x, k):
    try:
        try:
            y = 1 // k * x[0]
        except ZeroDivisionError:
            if x[0] > 100.0:
                raise
            y = x[1]
    except ArithmeticError:
        y = x[2]
    return y


@program(1.3, also=[(5.3,)])
def a_finally_reads_another_shape_after_a_return(x):
    v = np.array([1.0, 2.0, 3.0]) * x
    try:
        if x > 5.0:
            return math.sin(x) * v[0]
        v = np.array([x, x])
    finally:
        x *= np.sum(v)
    return x + np.sum(v * v)


@program(1.3, also=[(5.3,)])
def a_function_reads_it_in_a_finally(x):
    v = np.array([1.0, 2.0, 3.0])
    r = [0.0]

    def note():
        r[0] = r[0] + np.sum(v) * x
        return r[0]

    try:
        if x > 5.0:
            v = np.array([x, 2.0 * x])
            return x * 2.0 + r[0]
        v = v[0] * x
    finally:
        x = x * note()
    return x + r[0]


@program(1.3, also=[(5.3,)])
def a_finally_of_each_trip_reads_another_shape(x):
    for i in range(3):
        try:
            if x > 5.0:
                w = np.ones(3) * x
                return np.sum(w)
            w = np.ones(2) * x
            if i == 1:
                continue
        finally:
            x = x + np.sum(w) * 0.1
    return x


@program(0.4, also=[(1.4,)])
def a_test_that_may_raise_leaves_a_loop(x):
    y = x
    try:
        k = 0
        while True:
            k += 1
            if k > 3 or abs(y) > math.exp(-(x**2)):
                break
            if x > 1.0:
                y = math.sin(math.exp(-(y**2)))
                return y * x
            y = y * 1.1
    finally:
        y += math.exp(x)
    return y * x


@program(0.4, also=[(1.4,)])
def a_name_without_a_value_in_a_test(x):
    s = 0.0
    for k in range(3):
        try:
            if x > 1.0:
                z = x * k
            if z > 0.5:
                continue
            s = s + z
        except UnboundLocalError:
            s = s + x * x
    return s * x


@program(0.4, also=[(1.4,)])
def a_name_without_a_value_before_a_return(x):
    try:
        if x > 1.0:
            z = x * x
        if z > 1.5 and x > 0.0:
            return z
        x = x * 2.0
    except NameError:
        x = x * 3.0
    return x * x


@program(np.array([0.3, 0.7, 1.2, 0.9]), also=[(np.array([0.3, 0.7, 1.2]),)])
def parts_that_may_not_be_there(x):
    try:
        a, b, c = np.split(x, 3)
    except ValueError:
        return x[0] ** 2
    return a[0] * b[0] + c[0]


@program(np.array([0.3, 0.7, 1.2, 0.9]), 1, also=[(np.array([0.3, 0.7, 1.2, 0.9]), -5)])
def pair_that_may_not_be_there(x, k):
    try:
        y = list(zip(x, x * 2.0, strict=True))[k + 6][0]
    except IndexError:
        y = x[2] * 5.0
    return y * x[0]


@program(np.array([[1.0, 2.0], [3.0, 5.0]]), also=[(np.array([[1.0, 2.0], [2.0, 4.0]]),)])
def inverse_that_may_not_be_there(a):
    try:
        y = np.linalg.inv(np.triu(a) * np.array([1.0, 0.0]))[0, 0]
    except ValueError:
        y = a[1, 1] * a[0, 1]
    return y * a[0, 0]
