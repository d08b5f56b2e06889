"""break, continue, return inside loops, else on loops."""

# ruff: noqa: B905 (users write zip without strict)

import math

import numpy as np

from tests.corpus import program, sample


@program(0.9, 20, also=[(0.9, 0), (3.0, 20), (0.1, 3)])
def break_when_large(x, n):
    s = x
    for _ in range(n):
        s = s * 1.5 + x
        if s > 5.0:
            break
    return s


@program(0.9, 20, also=[(0.9, 0), (6.0, 20)])
def break_before_the_work(x, n):
    s = x
    for i in range(n):
        if s > 5.0:
            break
        s = s * 1.5 + i * x
    return s * s


@program(sample(6), also=[(sample(0),), (-np.abs(sample(6)),)])
def continue_on_negative(x):
    total = 0.0
    for v in x:
        if v < 0.0:
            continue
        total += v * v
    return total


@program(0.4, 6, also=[(0.4, 0)])
def continue_every_other(x, n):
    s = 1.0
    for i in range(n):
        s = s + x
        if i % 2:
            continue
        s = s * math.cos(x)
    return s


@program(0.4, 7, also=[(1.4, 7), (-0.4, 7)])
def break_and_continue(x, n):
    s = 0.0
    for i in range(n):
        if i == 1:
            continue
        s = s + x * i
        if s > 3.0:
            break
        if s < -1.0:
            continue
        s = s + x * x
    return s


@program(0.4, 7, also=[(3.4, 7), (0.4, 0)])
def return_from_a_loop(x, n):
    s = x
    for i in range(n):
        s = s * x + 1.0
        if s > 4.0:
            return s * i
    return s


@program(sample(5), 0.3, wrt=(0, 1), also=[(sample(5), 9.0), (sample(0), 9.0)])
def first_above(x, threshold):
    for v in x:
        if v > threshold:
            return v * v
    return threshold


@program(sample(3, 3), also=[(sample(3, 3) - 5.0,)])
def return_from_two_loops(A):
    total = 0.0
    for i in range(3):
        for j in range(3):
            total += A[i, j] ** 2
            if total > 1.0 and A[i, j] > -2.0:
                return total * A[i, j]
    return total


@program(0.5, 4, also=[(2.5, 4), (0.5, 0)])
def return_from_branches(x, n):
    s = 1.0
    for i in range(n):
        if s > 3.0:
            if i > 2:
                return s
            else:
                return s * x
        elif s < -10.0:
            break
        else:
            s = s + x
    return s + 0.1 * x


@program(-1.0, also=[(0.0,), (1.0,), (2.5,), (4.0,)])
def guard_clauses(x):
    if x < -0.5:
        return -x
    y = x * x
    if y < 0.5:
        return math.sin(y) + x
    y = y + x
    if y < 4.0:
        return y
    if x > 3.0:
        y = y * 2.0
    return y * x


@program(1.5, also=[(-1.5,)])
def return_in_both_branches(x):
    if x > 0.0:
        y = x * x
        return y
    else:
        y = np.exp(x)
        return y * 2.0


@program(0.2, 4, also=[(2.2, 4), (0.2, 0)])
def for_else(x, n):
    s = x
    for _ in range(n):
        s = s * s + 0.1
        if s > 2.0:
            break
    else:
        s = s + math.sin(x)
    return s


@program(sample(4), 5.0, wrt=(0, 1), also=[(sample(4), 0.0), (sample(0), 0.0)])
def for_else_with_return(x, limit):
    total = 0.0
    for v in x:
        if v > limit:
            return v * 3.0
        total += v
    else:
        return total * limit
    return total


@program(0.2, also=[(5.2,), (2.0,)])
def while_else(x):
    s = x
    steps = 0
    while s < 4.0:
        s = s * 1.7 + 0.3
        steps += 1
        if steps > 4:
            break
    else:
        s = s * x
    return s


@program(0.7, also=[(0.2,), (3.7,)])
def while_else_with_return(x):
    s, k = x, 0
    while k < 4:
        s = s * 1.2 + 0.1 * k
        k += 1
        if s > 4.0:
            return s * x
    else:
        s += 1.0
    return s * s


@program(0.7, also=[(0.3,), (9.0,)])
def while_else_in_a_loop(x):
    total = 0.0
    for i in range(3):
        s = x
        while s < 3.0:
            s = s * 1.5 + i
            if s > 2.5:
                break
        else:
            total += s
            continue
        total += s * s
    return total


@program(30.0, also=[(0.4,)])
def collatz_with_return(x):
    while x > 1.0:
        if x > 8.0:
            x = 0.5 * x
            continue
        x = x - 1.3
        if x < 3.0:
            return x * x
    return 2.0 * x


@program(0.2, 3, also=[(0.2, 0)])
def else_that_always_runs(x, n):
    s = x
    for i in range(n):
        s = s + math.sin(s) * i
    else:
        s = s * x
    return s


@program(0.7, also=[(3.0,), (0.1,)])
def while_true(x):
    s = x
    k = 0
    while True:
        s = s + 0.5 * math.sin(s) + 0.2
        k += 1
        if s > 2.0:
            break
        if k == 5:
            return s * x
    return s


@program(2.0, also=[(3.0,)])
def bisection(a):
    """The square root of a, polished by one Newton step so that it depends smoothly on a."""
    low, high = 0.0, 4.0
    while True:
        middle = 0.5 * (low + high)
        if high - low < 1e-9:
            break
        if middle * middle > a:
            high = middle
        else:
            low = middle
    x = 0.5 * (middle + a / middle)
    return x * x * x


@program(0.7, 3, 4, also=[(1.7, 3, 4), (0.7, 0, 4), (0.7, 3, 0)])
def break_in_the_inner_loop(x, n, m):
    s = x
    for i in range(n):
        for j in range(m):
            s = s * x + 0.3
            if s > 2.0:
                break
            s = s + 0.1 * j
        s = s - i * x
    return s


@program(0.7, 3, 4, also=[(1.7, 3, 4)])
def break_in_the_outer_loop(x, n, m):
    s = x
    for i in range(n):
        for _ in range(m):
            s = s + 0.3 * x
        if s > 3.0:
            break
        s = s * (1.0 + 0.1 * i)
    return s * s


@program(0.3, 4, also=[(1.3, 4), (-0.5, 4)])
def for_else_inside_a_loop(x, n):
    total = 0.0
    for i in range(n):
        s = x
        for j in range(i):
            s = s + 0.4 * x * j
            if s > 2.0:
                break
        else:
            total += s
            continue
        total += s * s
    return total


@program(0.3, also=[(0.9,), (2.2,)])
def while_with_continue(x):
    i = 0
    s = x
    while i < 6:
        i += 1
        if i % 3 == 0:
            continue
        s = s + math.sin(x * i)
        if s > 3.0:
            break
    return s


@program(np.array([0.5, 0.8, 2.5, 0.1]), np.array([1.0, 2.0, 3.0, 4.0]), wrt=(0, 1))
def zip_with_break(x, w):
    total = 0.0
    for a, b in zip(x, w):
        if a > 2.0:
            break
        total += a * b
    return total * total


@program(sample(5, 2), also=[(sample(5, 2) + 3.0,)])
def rows_until(A):
    state = np.zeros(2)
    for i, row in enumerate(A):
        if np.sum(row) > 4.0:
            state = state + row * 2.0
            break
        if i == 1:
            continue
        state = np.tanh(state + row)
    return np.sum(state**2)


@program(2.0, also=[(30.0,)])
def newton_with_tolerance(a):
    x = a
    for _ in range(50):
        step = (x * x * x - a) / (3.0 * x * x)
        x = x - step
        if abs(step) < 1e-10:
            break
    return x


@program(1.0, 0.3, wrt=(0, 1), also=[(1.0, 5.0)])
def adaptive_decay(y, rate):
    """Explicit Euler until the value is small, at most fifty steps."""
    t = 0.0
    for _ in range(50):
        h = 0.1 / (1.0 + rate)
        y = y - h * rate * y
        t += h
        if y < 0.9:
            return t * y
    return y


@program(0.3, 1.0, wrt=(0, 1), also=[(0.7, 2.0)])
def bouncing_ball(height, restitution):
    velocity, bounces = 0.0, 0
    energy = 0.0
    restitution = 0.5 * restitution
    for _ in range(30):
        velocity = velocity - 0.05 * 9.81
        height = height + 0.05 * velocity
        if height < 0.0:
            height = -height * restitution
            velocity = -velocity * restitution
            bounces += 1
            if bounces == 2:
                break
            continue
        energy += 0.05 * (9.81 * height + 0.5 * velocity**2)
    return energy + velocity


@program(0.5, 6, also=[(0.5, 0), (0.5, 1)])
def pass_and_del_in_loops(x, n):
    s = 1.0
    for i in range(n):
        if i == 0:
            pass
        elif i == 4:
            break
        t = s * x
        s = t + math.sin(s)
        del t
    return s


@program(0.5, 1, also=[(0.5, 2), (0.5, 3)])
def code_after_a_return(x, n):
    for i in range(4):
        if i == n:
            return x * x * i
        x = x + 0.5
    return x


@program(np.array([1.3, 1.8, 1.6]))
def break_in_the_else_of_a_loop_over_items(v):
    for _ in range(3):
        for w in (v, 2.0):
            v = np.sin(v * w)
        else:
            v = np.sin(v)
            break
    return v[-1]


def returned_or_not(a, b):
    if a + b >= 0.33:
        if -0.9 < -b < 0.57:
            return 0.5
    elif b > 0.7:
        return math.tanh(a)
    return 0.7 * a


@program(-1.7, 0.0, also=[(-1.7, 0.8), (0.4, 0.1), (0.4, 2.0)])
def returns_from_some_arms(x, y):
    return math.atan(returned_or_not(x, y)) + x


@program(0.3, 0.2, also=[(0.3, 0.9), (1.2, 0.5)])
def returns_between_two_bounds(x, y):
    for _ in range(3):
        if -0.9 < math.sqrt(1.0 + x**2) - y < 0.57:
            return math.sin(x) * y
    return math.sin(0.7 * x + 1.7 * y)
