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


@program(2.0, None, also=[(2.0, 2.0)])
def compared_with_none(x, low=None):
    y = x * x
    return x if y == low else y


def larger_than_one(xs):
    for v in xs:
        if v > 1.0:
            return v
    return None


@program(X, also=[(-X,)])
def found_by_a_helper_or_none(x):
    found = larger_than_one(x)
    return x[0] * x[1] if found is None else found**3 * x[0]


@program(X, also=[(-X,), (X + 1.0,)])
def none_in_the_middle_of_a_loop(x):
    def until_negative(xs):
        for v in xs:
            if v < 0.0:
                return None
            if v > 1.5:
                return v * v
        return xs[0]

    found = until_negative(x)
    return x[3] if found is None else found * x[1]


def ratio(cp=None, k=None, m=None):
    if cp is not None and m is not None:
        return cp * m
    if cp and k:
        return cp / k


@program(2.0, None, also=[(2.0, 3.0)])
def tested_for_none(x, mu):
    y = ratio(cp=x, m=mu)
    return x if y is None else y * x


@program(X, also=[(-X,), (X * 3.0,)])
def truth_of_what_may_be_none(x):
    best = None
    for v in x:
        if v > 1.0:
            best = v * x[0]
    if best and x[0] > 0.0:
        return best * best
    if not best:
        return x[1] ** 2
    return best * x[1]


@program(X, also=[(-X,)])
def truth_in_a_loop(x):
    total, before = 0.0, None
    for v in x:
        total += v * before if before else v * v
        before = v if v > 0.0 else None
    return total


@program(X, also=[(-X,)])
def or_of_what_may_be_none(x):
    low = None
    for v in x:
        if v < -0.4:
            low = v
    limit = low or x[0] * 2.0
    return limit * x[3]


@program(X, also=[(-X,)])
def equal_to_what_may_be_none(x):
    k = None
    for i, v in enumerate(x):
        if v > 1.0:
            k = i
    total = 0.0
    for i, v in enumerate(x):
        if k == i:
            total += v**3
        elif k != None:  # noqa: E711
            total += v
    return total + x[0] * x[1] if None == k else total  # noqa: E711


@program(X, 90, also=[(X, 1.0), (X, (-0.4, 1.0)), (X, [0.1, 0.8])])
def numbers_or_pairs(x, lim):
    if np.isscalar(lim):
        lo, hi = -lim, lim
    else:
        lo, hi = lim
    return np.sum(np.clip(x, lo, hi) ** 2)


@program(X, also=[(-X,)])
def truth_of_a_bool_that_may_be_none(x):
    large, total = None, 0.0
    for v in x:
        if large:
            total += v * v
        elif not large:
            total += v * 0.5
        large = bool(v > 0.6) if v > 0.0 else None
    return total * x[0] if large else total * x[1]


@program(0.7, 0.4, wrt=(0, 1))
def assigned_before_or_in_an_empty_loop(x, y):
    if x > y:
        a = x * y
    for _ in range(1, 0):
        a = np.sin(a)
    return a * a + x


@program(0.7, 0.4, wrt=(0, 1), also=[(0.3, 0.4), (0.7, 6.0)])
def assigned_by_two_arms_and_a_loop_that_may_be_empty(x, y):
    if x > 0.5:
        a = x * y
    elif x > 0.2:
        a = y
    n = 3 if y > 5.0 else 0
    for _ in range(n):
        a = np.sin(a)
    return a * x


@program(0.7, 0.4, wrt=(0, 1), also=[(0.05, 0.4)])
def arrays_of_one_shape_in_two_arms(x, y):
    """The size of one is not asked of the other, which is not there."""
    if x < 0.1:
        a, b, c = np.sin(np.array([x, y, 0.3]))
    else:
        w = np.tanh(np.array([x, y, 0.3])[np.array([2, 0, 2])])
        a, b, c = w[0] * y, x, np.sum(w)
    return a + np.sum(np.array([a, b, c]) ** 2)


@program(1.5, 0, also=[(1.5, 3)])
def name_that_no_trip_assigns(x, n):
    for i in range(n):
        t = x * i
    try:
        return t * x
    except NameError:
        return x * 5.0


@program(1.5, 0, also=[(1.5, 2)])
def variable_of_a_closure_that_no_trip_assigns(x, n):
    while n:
        q = x * n
        n -= 1

    def h():
        return q * x

    try:
        return h()
    except NameError:
        return x * 3.0
