"""Loops whose trips differ in more than values: they are written out, one copy for each trip."""

# ruff: noqa: B905, B007, B023

import numpy as np

from tests.corpus import program, sample


@program(0.6, 5, also=[(0.6, 0), (0.6, 1)])
def keys_of_a_counter(x, n):
    powers = {}
    for k in range(n):
        powers[k] = x ** (k + 1)
    return sum(v * k for k, v in powers.items()) + len(powers) * x


@program(0.6, 4)
def loops_in_loops_give_keys(x, n):
    table = {}
    for i in range(n):
        for j in range(i):
            table[f"{i}{j}"] = x**i * (j + 1) + table.get(f"{i - 1}{j}", x)
    return table["32"] * table["10"] + len(table) * x


@program(sample(4), 4)
def key_exists_from_some_trip_on(x, n):
    d = {}
    for k in range(n):
        if k == 2:
            d["late"] = x[0] ** 2
        x = x * 0.9
        if "late" in d:
            d["late"] *= x[k]
    return d["late"]


@program(sample(4))
def list_of_known_length_is_emptied_by_while(x):
    todo, total = [x[0], x[1], x[2]], 0.0
    while todo:
        v = todo.pop()
        if len(todo) == 1:
            todo.extend([v * x[3], v * v])
            todo.pop(0)
            todo.pop(0)
        total = total * 0.5 + v**2
    return total


@program(sample(4), 4)
def break_by_a_value_in_a_loop_that_gives_keys(x, n):
    d, total = {"0": x[0]}, 0.0
    for k in range(n):
        if total > 0.05:
            break
        total += x[k] ** 2
    else:
        total *= 2.0
    for k in range(1, n):
        d[str(k)] = d[str(k - 1)] * x[k]
    return total + sum(d.values())


@program(sample(4), 4, also=[(np.array([0.1, 5.0, 0.3, 0.2]), 4)])
def return_by_a_value_in_a_loop_of_other_ranks(x, n):
    state = 0.0
    for k in range(n):
        state = state + (x if k == 1 else x[k])
        if np.sum(state) > 4.0:
            return np.sum(state * state)
    return np.sum(state) * x[0]


@program(sample(4), 4)
def exit_is_known_when_compiling(x, n):
    d, k = {}, 0
    while True:
        if k == n:
            break
        k += 1
        if k == 2:
            continue
        d[k] = x[k - 1] ** k
    else:
        d[0] = x[0]
    return sum(d.values()) * len(d)


@program(sample(4), 3)
def names_hold_other_kinds_of_things(x, n):
    head = None
    for k in range(n):
        head = (x[k] ** (k + 1), head)
    total = 0.0
    while head is not None:
        value, head = head
        total = total * x[3] + value
    return total


def scaled_by(factor):
    return lambda v: v * factor


@program(sample(4))
def function_of_the_trip_before(x):
    total, f = 0.0, scaled_by(x[0])
    for k in range(3):
        total += f(x[k])
        f = scaled_by(x[k] * total)
    return total


@program(sample(4), 3)
def arrays_of_other_sizes_and_ranks(x, n):
    y = x
    for k in range(n):
        y = np.outer(y, x[:2]) if k % 2 == 0 else np.sum(y, axis=1)
    return np.sum(y * y)


@program(sample(4), 3)
def lists_are_swapped(x, n):
    a, b = [x[0]], [x[1], x[2]]
    for k in range(n):
        a, b = b, a
        a.append(b[0] * x[k])
    return sum(a) * sum(v * v for v in b)


class Counter:
    def __init__(self, start):
        self.total = start

    def add(self, v):
        self.total = self.total * 0.5 + v


@program(sample(4), 3)
def instances_are_swapped(x, n):
    p, q = Counter(x[0]), Counter(x[1])
    for k in range(n):
        p.add(x[k] ** 2)
        p, q = q, p
    return p.total * q.total**2


@program(sample(4), 3)
def one_of_several_instances_is_kept(x, n):
    counters = [Counter(x[0]), Counter(x[1] * 2.0)]
    kept = counters[0]
    for k in range(n):
        kept.add(x[k])
        kept = counters[(k + 1) % 2]
    kept.total = kept.total * x[3]
    return counters[0].total * counters[1].total


@program(sample(4), 3)
def method_changes_one_instance_in_each_trip(x, n):
    seen = {}
    for k in range(n):
        counter = seen.setdefault(k % 2, Counter(x[3]))
        counter.add(x[k])
    return seen[0].total * seen[1].total


@program(sample(4), 3)
def recursion_changes_a_list_of_its_caller(x, n):
    found = [x[0]]

    def visit(k, v):
        found.append(v * len(found))
        if k > 0:
            visit(k - 1, v * x[k])
            found[0] = found[0] * v

    visit(n, x[3])
    return sum(found) * found[-1]


@program(sample(4))
def recursion_writes_into_an_array_of_its_caller(x):
    y = x * 2.0

    def halve(lo, hi):
        if hi - lo == 1:
            y[lo] = y[lo] * x[hi % 4]
            return y[lo]
        middle = (lo + hi) // 2
        return halve(lo, middle) * 0.5 + halve(middle, hi)

    return halve(0, 4) * np.sum(y)


@program(sample(4), 6)
def table_of_results_by_pairs(x, n):
    table = {}

    def paths(i, j):
        if i == 0 or j == 0:
            return x[i + j]
        if (i, j) not in table:
            table[i, j] = paths(i - 1, j) * x[0] + paths(i, j - 1)
        return table[i, j]

    return paths(2, n // 3) + len(table) * x[1]


@program(sample(4), 2)
def key_is_an_argument(x, k):
    d = {1: x[0], 2: x[1] ** 2, 3: x[2]}
    d[k] = d[k] * d.get(k + 1, x[3]) + d.pop(k - 1)
    if k == 2:
        d[7] = x[0]
    return sum(d.values()) * len(d)
