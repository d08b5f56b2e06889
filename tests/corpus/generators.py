"""Generator functions: consumed by loops, sums and lists; and what happens in between."""

# ruff: noqa: B905, UP028

import itertools

import numpy as np

from tests.corpus import program, sample

X = np.array([1.2, 2.3, 3.1])


def powers(x, n):
    p = 1.0
    for _ in range(n):
        yield p
        p = p * x


def walk(tree):
    if tree:
        left, value, right = tree
        yield from walk(left)
        yield value
        yield from walk(right)


def pairs_of(values):
    for i, a in enumerate(values):
        for b in values[:i]:
            if a * b > 0.0:
                yield a, b


@program(0.6, 5, also=[(0.6, 0)])
def powers_in_a_loop(x, n):
    total = 0.0
    for k, p in enumerate(powers(x, n)):
        total += k * p
    return total + sum(powers(x, n + 1)) + max(list(powers(x, 2)))


@program(sample(6))
def pairs_of_an_array(x):
    total = 0.0
    for a, b in pairs_of(x):
        total = total * 0.9 + a * b**2
    return total


@program((((), 0.5, ()), 1.5, ((), 0.3, ((), 0.8, ()))))
def tree_in_order(tree):
    total = 0.0
    for k, value in enumerate(walk(tree)):
        total += value ** (k + 1)
    return total


@program(X, also=[(-X,)])
def generator_returns_early(x):
    def until_negative():
        for v in x:
            if v < 0.0:
                return
            yield v * v
        yield 10.0 * x[0]

    return sum(until_negative()) + len(list(until_negative())) * x[1]


@program(X)
def generator_made_of_a_generator(x):
    def halves(values):
        for v in values:
            yield 0.5 * v

    def sums(values):
        total = 0.0
        for v in values:
            total = total + v
            yield total

    return sum(a * b for a, b in zip(sums(halves(x)), halves(sums(x))))


@program(X)
def break_in_a_loop_over_a_generator(x):
    total = 0.0
    for p in powers(x[0], 10):
        if total > 2.0:
            break
        total += p * x[1]
    return total


@program(X)
def what_a_generator_reads_changes_meanwhile(x):
    scale, total = x[0], 0.0

    def scaled():
        for v in x:
            yield v * scale

    for a in scaled():
        total += a
        scale = scale * 2.0
    return total


@program(X)
def array_changes_before_the_generator_is_used(x):
    y = x * 2.0

    def squares(values):
        for v in values:
            yield v * v

    it = squares(y)
    y[0] = x[1] * x[2]
    return sum(it)


@program(X)
def generator_changes_what_others_read(x):
    y, total = x * 2.0, 0.0

    def halved():
        for k in range(3):
            y[k] = y[k] * 0.5
            yield y[k]

    for v in halved():
        total += v * y[2]
    return total


@program(X)
def generator_yields_the_array_that_it_changes(x):
    def states(y, n):
        for _ in range(n):
            y *= 0.5
            yield y

    return np.sum(np.array(list(states(x * 1.0, 3))))


@program(X)
def endless_generator(x):
    def all_powers():
        p = 1.0
        while True:
            yield p
            p = p * x[0]

    return sum(itertools.islice(all_powers(), 4))


@program(X)
def generator_is_used_up(x):
    it = powers(x[0], 3)
    return sum(it) + 2.0 * sum(it)


@program(X)
def random_numbers_of_a_generator_and_its_loop(x):
    np.random.seed(0)
    total = 0.0

    def noisy():
        for v in x:
            yield v * np.random.normal()

    for v in noisy():
        total += v * np.random.normal()
    return total
