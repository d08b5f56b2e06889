"""Programs with names that are None, or unassigned, until something is found for them."""

import numpy as np

from tests.corpus import program, sample

X = np.array([0.3, 1.2, -0.5, 0.7])


@program(X, also=[(-X,)])
def the_largest(x):
    best = None
    for v in x:
        if best is None or v > best:
            best = v
    return best * best


@program(X)
def the_largest_and_where(x):
    best = where = None
    for i, v in enumerate(x):
        if best is None:
            best, where = v, i
        elif v > best:
            best, where = v, i
    return best * where + x[where] ** 2


@program(X)
def differences_to_the_one_before(x):
    total, before = 0.0, None
    for v in x:
        if before is not None:
            total += (v - before) ** 2 * before
        before = v
    return total


@program(X)
def a_default_for_none(x):
    before, total = None, 0.0
    for v in x:
        last = before if before is not None else v
        total += last * v
        before = v * v
    return total


class Momentum:
    def __init__(self, rate):
        self.rate, self.velocity = rate, None

    def step(self, w, g):
        if self.velocity is None:
            self.velocity = np.zeros_like(w)
        self.velocity = 0.9 * self.velocity - self.rate * g
        return w + self.velocity


class MomentumInPlace(Momentum):
    def step(self, w, g):
        if self.velocity is None:
            self.velocity = np.zeros_like(w)
        self.velocity *= 0.9
        self.velocity -= self.rate * g
        return w + self.velocity


@program(X, 0.1, wrt=(0, 1))
def an_optimiser_that_makes_its_state(x, rate):
    optimiser, w = Momentum(rate), x
    for _ in range(4):
        w = optimiser.step(w, w**3)
    return np.sum(w**2)


@program(X, 0.1, wrt=(0, 1))
def an_optimiser_that_changes_its_state(x, rate):
    optimiser, w = MomentumInPlace(rate), x
    for _ in range(4):
        w = optimiser.step(w, w**3)
    return np.sum(w**2)


@program(X, 3)
def assigned_in_the_first_trip(x, n):
    for i in range(n):
        if i == 0:
            v = x**2
        v = 0.9 * v + x
    return np.sum(v**2)


@program(X, 2)
def what_the_loop_leaves(x, n):
    for i in range(n):
        last = x[i] ** 3
    return last


@program(X)
def assigned_where_it_is_read(x):
    if x[0] > 0:
        y = x**2
    total = np.sum(x)
    if x[0] > 0:
        total = total + np.sum(y)
    return total


@program(X)
def not_found(x):
    found = None
    for v in x:
        if v > 5.0:
            found = v
            break
    return 2.0 * np.sum(x**2) if found is None else found


@program(X)
def returns_while_it_is_none(x):
    def scaled(v, scale):
        if scale is None:
            return v * v
        return v * scale

    scale, total = None, 0.0
    for v in x:
        total += scaled(v, scale)
        if v > 1.0:
            scale = v
    return total


@program(sample(40))
def second_differences(x):
    last = before = None
    total = 0.0
    for v in x:
        if last is not None and before is not None:
            total += (v - 2 * last + before) ** 2
        last, before = v, last
    return total


def leaky(state, v):
    if state is None:
        return v
    return 0.9 * state + 0.1 * v * state


@program(sample(40))
def a_state_that_a_function_makes(x):
    state = None
    for v in x:
        state = leaky(state, v)
    return state**2


class Best:
    def __init__(self):
        self.best, self.count = None, 0

    def offer(self, v):
        if self.best is None or v > self.best:
            self.best = v
            self.count += 1


@program(sample(40))
def the_best_of_an_instance(x):
    kept = Best()
    for v in x:
        kept.offer(v)
    return kept.best * kept.count
