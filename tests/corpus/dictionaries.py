"""Dictionaries whose keys are known only at run time: counting, grouping, tables of results."""

# ruff: noqa: B905, SIM401, PLR5501 (users write that)

import collections

import numpy as np

from tests.corpus import program, sample

X = np.array([0.3, 0.4, 1.2, -0.8, 1.3, 0.35])


@program(X)
def sums_by_key(x):
    counts = {}
    for v in x:
        key = int(v * 2)
        counts[key] = counts.get(key, 0.0) + v * v
    return sum(k * v for k, v in counts.items())


@program(X, also=[(X[:1],)])
def key_is_there_or_not(x):
    table = {}
    for v in x:
        key = int(v * 2)
        if key in table:
            table[key] += v
        else:
            table[key] = v * v
    total = 0.0
    for k, v in table.items():
        total += v * v * k
    return total + sum(table.values()) * len(table)


@program(X)
def default_of_a_table(x):
    table = collections.defaultdict(float)
    for v in x:
        table[round(v)] += v * v
    return max(table.values()) + sum(table.values()) * len(table)


@program(X)
def counter_of_run_time_keys(x):
    counts = collections.Counter()
    for v in x:
        counts[int(v * 2)] += 1
    total = 0.0
    for v in x:
        total += v * v / counts[int(v * 2)]
    return total


@program(X)
def known_entries_are_asked_for_keys_of_the_run(x):
    table = {0: x[0], 1: x[1]}
    total = 0.0
    for v in x:
        k = int(abs(v) * 1.2)
        if k in table:
            total += table[k] * v
    return total


@program(X)
def values_change_while_keys_are_stepped_through(x):
    means, counts = {}, {}
    for v in x:
        k = int(v * 2)
        if k not in means:
            means[k] = 0.0
            counts[k] = 0
        means[k] += v
        counts[k] += 1
    for k in means:
        means[k] /= counts[k]
    return sum((v - means[int(v * 2)]) ** 2 for v in x)


@program(X)
def entries_are_deleted(x):
    table = {}
    for v in x:
        k = int(v * 2)
        if v > 0:
            table[k] = v
        elif k in table:
            del table[k]
    first = table.pop(0)
    return sum(table.values()) * first


@program(X)
def largest_of_each_kind(x):
    best = {}
    for v in x:
        k = int(np.floor(v))
        if k not in best or best[k] < v:
            best[k] = v
    total = 0.0
    for _, v in best.items():
        total += v**2
    return total


@program(X)
def keys_are_tuples(x):
    grid = {}
    for v in x:
        row = int(v > 0)
        column = int(v * 2)
        grid[row, column] = grid.get((row, column), 0.0) + v * v
    total = 0.0
    for (r, c), v in grid.items():
        total += v * (r + 2 * c)
    return total


@program(X)
def memo_of_a_closure(x):
    memo = {}

    def f(v):
        k = int(v * 4)
        if k not in memo:
            memo[k] = np.sin(v)
        return memo[k]

    return sum(f(v) * v for v in x)


@program(X)
def values_are_arrays(x):
    rows = {}
    for v in x:
        rows[int(v * 2)] = v * np.ones(2)
    return sum(np.sum(w * w) for w in rows.values())


class Histogram:
    def __init__(self):
        self.bins = {}

    def add(self, v):
        k = int(v * 2)
        self.bins[k] = self.bins.get(k, 0.0) + v**2


@program(X)
def table_of_an_object(x):
    histogram = Histogram()
    for v in x:
        histogram.add(v)
    return sum(histogram.bins.values()) * histogram.bins[0]


@program(X)
def two_names_of_one_table(x):
    table = {}
    other = table
    for v in x:
        other[int(v * 2)] = v
    table[0] *= 3.0
    return sum(other.values()) * len(table)


@program(X)
def straight_line_of_keys(x):
    table = {}
    k = int(x[0] * 2)
    table[k] = x[1]
    table[k + 1] = x[2]
    table.setdefault(k, 7.0)
    return table[k] * table.get(k + 1, 1.0) * table.setdefault(k + 2, x[3])


@program(sample(4), {2: 0.5, 1: 3.0})
def table_that_was_given(x, weights):
    total = 0.0
    for v in x:
        total += weights.get(int(abs(v) * 3), 0.1) * v * v
    return total


@program(X)
def missing_key_is_caught(x):
    table = {}
    total = 0.0
    for v in x:
        k = int(v * 2)
        try:
            total += table[k] * v
        except KeyError:
            table[k] = v * v
            total += 3 * v
    return total


@program(X)
def comprehensions_of_run_time_keys(x):
    squares = {int(v * 2): v * v for v in x if v > 0}
    scaled = {k: v * 2 * k for k, v in squares.items()}
    products = {int(u * v * 2): u * v for u in x for v in x[:2]}
    return sum(scaled.values()) * len(squares) + sum(k * v for k, v in products.items())


@program(X)
def copies_of_a_table(x):
    table = {int(v * 2): v * v for v in x}
    other, third = dict(table), table.copy()
    other[100] = x[0]
    third.update({0: x[1], 100: x[2]})
    key, last = third.popitem()
    if isinstance(table, dict) and type(other) is dict:
        last = last * 2.0
    return sum(table.values()) * sum(other.values()) * last + third[0] * key


@program(X)
def sorted_keys_of_a_table(x):
    table = {}
    for v in x:
        table[int(v * 2)] = v
    total = 0.0
    for place, k in enumerate(sorted(table)):
        total += table[k] * (place + 1)
    return total + table[max(table, key=table.get)]


@program(X)
def set_of_run_time_elements(x):
    seen = set()
    total = 0.0
    for v in x:
        k = int(v * 2)
        if k not in seen:
            seen.add(k)
            total += v * v
    return total * len(seen)


@program(X)
def elements_come_and_go(x):
    seen = {0}
    total = 0.0
    for v in x:
        k = int(v * 2)
        if k in seen:
            total += v * v
            seen.discard(k)
        else:
            seen.add(k)
    for k in sorted(seen):
        total += k * x[0]
    return total


@program(X)
def known_entry_is_deleted_in_a_loop(x):
    table = {0: x[0], 2: x[1]}
    for v in x:
        k = int(v * 2)
        if k in table:
            del table[k]
        else:
            table[k] = v * v
    return sum(table.values()) + x[0]


@program(X, 1, also=[(-X, 1), (-X, 2)])
def keys_differ_by_path(x, n):
    table = {"a": x[0]}
    if x[1] > 0:
        table["b"] = x[2] * x[0]
    elif n > 1:
        table.update(c=x[3])
    else:
        table.pop("a")
    if "a" in table:
        table["a"] *= 2.0
    return sum(table.values()) * len(table) + table.get("b", x[1])


@program(X, 4, also=[(X, 0)])
def items_are_stepped_through_and_changed(x, n):
    table = dict(a=x[0])
    for i in range(n):
        if x[i] > 0.37:
            table["k"] = table.get("k", 1.0) * x[i]
    for k, v in table.items():
        table[k] = v * v
    return sum(table.values())
