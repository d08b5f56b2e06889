"""if, elif, else and conditional expressions, each taken on every side."""

import enum
import math

import numpy as np

from tests.corpus import program, sample


@program(1.5, also=[(-1.5,)])
def relu(x):
    if x > 0.0:
        return x
    return 0.0


@program(1.5, also=[(-1.5,)])
def leaky(x):
    if x > 0.0:
        y = x
    else:
        y = 0.1 * x
    return y * y


@program(3.0, also=[(0.5,), (-0.5,), (-3.0,)])
def huber_by_cases(x):
    if x > 1.0:
        y = x - 0.5
    elif x < -1.0:
        y = -x - 0.5
    else:
        y = 0.5 * x * x
    return y


@program(3.0, also=[(1.5,), (0.5,), (-0.5,)])
def elif_chain(x):
    y = x
    if x > 2.0:
        y = y * 2.0
    elif x > 1.0:
        y = np.sin(y)
    elif x > 0.0:
        y = y**3
    return y * x


@program(0.5, 2.0, wrt=(0, 1), also=[(0.5, -2.0), (-0.5, 2.0), (-0.5, -2.0)])
def nested(x, y):
    if x > 0.0:
        if y > 0.0:
            r = x * y
        else:
            r = x - y
            r = r * r
    else:
        if y > 0.0:
            r = np.exp(x) * y
        else:
            r = x / y
    return r + x


@program(0.5, also=[(-0.5,)])
def one_sided(x):
    y = np.sin(x)
    if y > 0.0:
        y = y * y * x
    return y + x


@program(0.5, also=[(-0.5,)])
def branch_that_does_nothing(x):
    y = x * 3.0
    if x > 0.0:
        pass
    else:
        pass
    return y * y


@program(0.5, 1.5, wrt=(0, 1), also=[(0.5, -1.5)])
def each_side_reads_another_argument(x, y):
    if y > 0.0:
        r = x * x
    else:
        r = y * y
    return r


@program(0.5, True, also=[(0.5, False)])
def flag(x, training):
    y = np.sin(x)
    if training:
        y = y * 2.0
    return y * x


@program(0.5, "tanh", also=[(0.5, "relu"), (0.5, "none")])
def chosen_by_a_string(x, activation):
    if activation == "tanh":
        y = np.tanh(x)
    elif activation == "relu":
        y = np.maximum(x, 0.0)
    else:
        y = x
    return y * x


@program(0.5, 0, also=[(0.5, 1), (0.5, 2), (0.5, -7)])
def chosen_by_a_number(x, n):
    if n == 0:
        return x
    elif n == 1:
        return x * x
    elif n in (2, 3):
        return x * x * x
    else:
        return 1.0 / x


@program(0.5, None, also=[(0.5, 2.0)])
def optional_argument(x, scale=None):
    if scale is None:
        scale = x * 2.0
    return scale * x


@program(0.5, also=[(-0.5,)])
def conditional_expression(x):
    return x * x if x > 0.0 else np.sin(x)


@program(1.5, also=[(0.5,), (-0.5,)])
def nested_conditional_expressions(x):
    y = x if x > 1.0 else (2.0 * x if x > 0.0 else x * x)
    return 3.0 * y


@program(0.5, also=[(-0.5,)])
def conditional_expression_inside(x):
    return np.sin(x) * (x if x > 0.0 else -x) + math.cos(x if x < 0.0 else x * x)


@program(4.0, also=[(-1.0,), (0.0,)])
def guards_the_domain(x):
    if x > 0.5:
        return math.sqrt(x)
    return x


@program(0.5, 0.25, wrt=(0, 1), also=[(0.5, -1.0), (-1.0, 0.25), (-1.0, -1.0)])
def and_or_not(x, y):
    if x > 0.0 and y > 0.0:
        r = x * y
    elif not x > 0.0 and not y > 0.0:
        r = np.exp(x + y)
    elif x > 0.0 or y > 5.0:
        r = x * x
    else:
        r = y * y
    return r


@program(0.5, also=[(1.5,), (-0.5,)])
def chained_comparison(x):
    if 0.0 < x < 1.0:
        y = x * x
    elif 1.0 <= x <= 2.0:
        y = x * x * x
    else:
        y = -x
    return y


@program(sample(4), also=[(sample(4) - 2.0,)])
def branch_on_a_sum(x):
    if np.sum(x) > -1.0:
        y = np.tanh(x)
    else:
        y = x * x
    return np.sum(y)


@program(sample(4), also=[(-np.abs(sample(4)),), (np.abs(sample(4)),)])
def branch_on_any_and_all(x):
    if np.all(x > 0.0):
        return np.sum(np.sqrt(x))
    if np.any(x > 0.0):
        return np.sum(x**2)
    return np.sum(np.exp(x))


@program(sample(3), also=[(sample(3, 2),), (np.array(0.7),)])
def branch_on_the_rank(x):
    if x.ndim == 2:
        y = x @ x.T
    elif x.ndim == 1:
        y = np.outer(x, x)
    else:
        y = x * x
    return np.sum(y * 3.0)


@program(sample(4), 2, also=[(sample(4), 0)])
def branch_on_a_length(x, n):
    if len(x[:n]) > 0:
        return np.sum(x[:n] ** 2)
    return np.prod(x)


@program(0.5, also=[(-0.5,)])
def defined_on_one_path(x):
    if x > 0.0:
        helper = x * x
    y = x
    if x > 0.0:
        y = y + helper
    return y


@program(0.5, also=[(-0.5,)])
def tuples_from_branches(x):
    if x > 0.0:
        a, b = x, x * x
    else:
        a, b = np.sin(x), 1.0
    return a * b


@program(0.5, also=[(-0.5,)])
def constant_on_one_side(x):
    y = 1.0 if x > 0.0 else x
    return y * 3.0 + x


@program(0.5, also=[(1.5,), (2.5,)])
def truthiness(x):
    whole = x // 1.0
    if whole:
        y = x * whole
    else:
        y = np.exp(x)
    if not whole - 1.0:
        y += x
    return y


@program(0.9, also=[(1.8,), (6.0,)], wrt=0)
def smooth_step(x):
    t = (x - 0.5) / 2.0
    if t <= 0.0:
        return 0.0 * x
    elif t >= 1.0:
        return 1.0
    return t * t * (3.0 - 2.0 * t)


@program(
    sample(5, 2),
    sample(2, seed=1),
    "l2",
    wrt=(0, 1),
    also=[(sample(5, 2), sample(2, seed=1), "l1"), (sample(5, 2), sample(2, seed=1), "max")],
)
def distance(points, center, norm):
    difference = points - center
    if norm == "l2":
        each = np.sqrt(np.sum(difference**2, axis=1))
    elif norm == "l1":
        each = np.sum(np.abs(difference), axis=1)
    elif norm == "max":
        each = np.max(np.abs(difference), axis=1)
    else:
        raise ValueError(norm)
    return np.mean(each)


@program(sample(3), 2, also=[(sample(3), 0)])
def loop_over_made_items_in_a_branch(v, n):
    if n > 1:
        for e in [0.5, np.sum(v)]:
            for c in [e * e, e]:
                v = v * c
    return np.sum(v * v)


@program(sample(3), 2, also=[(sample(3), 0)])
def loop_over_one_made_item_in_a_branch(v, n):
    if n > 1:
        for e in [np.sum(v)]:
            v = v * e
    return np.sum(v * v)


class Phase(enum.Enum):
    WAIT, RUN, REST = range(3)


@program(sample(40), also=[(-sample(40),)])
def strings_say_what_to_do(x):
    state, last, total = "idle", None, 0.0
    for v in x:
        if state == "idle" and v > 0.0:
            state = "run"
        elif state == "run":
            total += v * v
            if v < -0.3:
                state, last = "idle", "small"
        else:
            total -= v
        if v > 0.9:
            last = "big"
    if last == "big" or last is None:
        total = total * x[0]
    return total


@program(sample(40, seed=1))
def phases_of_an_enumeration(x):
    phase, total = Phase.WAIT, 0.0
    for v in x:
        if phase is Phase.WAIT:
            total += v
            phase = Phase.RUN if v > 0.0 else Phase.REST
        elif phase == Phase.RUN:
            total += v * v
            phase = Phase.REST
        else:
            total -= v**3
            phase = Phase.WAIT
    return total


@program(sample(4))
def shapes_are_compared(x):
    y = np.outer(x, x)
    assert y.shape == (len(x), len(x)) and y.dtype == float
    if y[0].shape != x.shape or y.shape == x.shape:
        return 0.0
    return np.sum(y * x)


@program(np.array([0.3, -0.4, 1.2]), also=[(np.array([-0.3, 0.4, 1.2]),)])
def a_number_or_an_array(x):
    if x[0] > 0.0:
        y = x
    else:
        y = 1.5
    return np.sum(y * x) + np.sum(np.sin(y))
