"""What one path does to names and containers, and what is left of it where paths meet."""

# ruff: noqa: B905, E501, F841 (users write that)

import functools
import itertools

import numpy as np

from tests.corpus import program

X = np.array([0.5, 1.5, 2.5])


@program(-0.7, also=[(0.7,)])
def walrus_in_one_arm_of_a_comprehension(x):
    k = 1
    scaled = [(k := 3) * v if v > 0 else v for v in [x, 2 * x]]
    return k * sum(scaled)


@program(1.3, also=[(-1.3,)])
def walrus_behind_an_or_of_a_comprehension(x):
    k = 1
    kept = [v for v in [x, -2 * x] if v > 0 or (k := 5) > 3]
    return k * sum(kept)


@program(1.3, also=[(-1.3,)])
def walrus_of_a_label(x):
    mode = "a"
    total = sum(v if v > 0 else (v * v if (mode := "b") else v) for v in [x, 2 * x])
    return total * 3 if mode == "b" else total


@program(X)
def last_of_a_comprehension_over_an_array(x):
    last = 0.0
    kept = [(last := v * v) if v > 1 else v for v in x]
    return last * sum(kept)


@program(X)
def walrus_in_the_condition_of_a_comprehension(x):
    kept = [last for v in x if (last := v * v) > 1]
    return last * sum(kept)


@program(0.7, also=[(1.7,)])
def none_in_a_comprehension(x):
    w = None
    if x > 1:
        w = 2 * x
    scaled = [w * v if v > 1 else v for v in [x, 0.5 * x]]
    if w is None:
        return 5 * sum(scaled)
    return sum(scaled)


@program(1.3, also=[(0.3,)])
def list_is_named_and_changed_in_one_arm(x):
    a, b = [x, 1.0], [2.0 * x, 3.0]
    if x > 1:
        y = a
        a[0] = 5 * x
    else:
        y = b
        b[1] = x * x
    return y[0] * y[1] + a[0] + b[1]


@program(1.3, also=[(0.3,)])
def dict_is_named_and_changed_in_one_arm(x):
    a, b = {"k": x, "l": 1.0}, {"k": 2 * x, "l": x}
    if x > 1:
        a["k"] = 5 * x
        y = a
    else:
        y = b
        b["l"] = x * x
    return y["k"] * y["l"] + a["k"]


class Pair:
    def __init__(self, u, v):
        self.u, self.v = u, v


@program(1.3, also=[(0.3,)])
def object_is_named_and_changed_in_one_arm(x):
    a, b = Pair(x, 1.0), Pair(2 * x, x)
    y = b
    if x > 1:
        y = a
        a.u = a.u * a.u * 3
    return y.u * y.v + a.u


@program(X)
def carried_list_changes_before_it_is_rebound(x):
    xs = [x[0], x[1]]
    for _ in range(3):
        xs[0] *= x[2]
        xs = [xs[1], xs[0]]
    return xs[0] * xs[1] * xs[1]


@program(X)
def iterator_is_used_in_either_arm(x):
    squares = iter([v * v for v in x])
    if x[0] > 0:
        total = sum(squares)
    else:
        total = 2 * sum(squares)
    return total


@program(X)
def counter_by_walrus(x):
    n = 0
    scaled = [(n := n + 1) * v for v in x]
    return sum(scaled) * n


@program(X)
def filter_and_count(x):
    s = sum(v * v for v in filter(lambda t: t > 1, x))
    for k in itertools.count(1, 2):
        s = s + x[0] * k
        if k > 6:
            break
    return s * s + k * x[1]


@program(X)
def nonlocal_changes_in_a_branch_of_a_loop(x):
    k = x[0]

    def bump():
        nonlocal k
        k = k * x[1]

    for i in range(3):
        if x[2] > i:
            bump()
    return k


@program(X)
def cached_function_reads_a_nonlocal(x):
    k = x[0]

    def bump():
        nonlocal k
        k = k * x[1]

    bump()

    @functools.lru_cache
    def scaled(v):
        return v * k

    return scaled(3.0) + scaled(3.0)


class Node:
    def __init__(self, v):
        self.v, self.next = v, None


@program(X)
def objects_in_a_circle(x):
    a, b = Node(x[0]), Node(x[1])
    a.next, b.next = b, a
    p, s = a, 0.0
    for _ in range(4):
        p.v = p.v * x[2]
        s = s + p.v
        p = p.next
    return s


@program(X, also=[(-X,)])
def one_of_two_objects_that_hold_themselves(x):
    a, b = Node(x[0]), Node(x[1])
    a.next, b.next = a, b
    c = a if x[0] > 0 else b
    return c.v * c.next.v


@program(X, 3)
def circle_is_passed_on(x, n):
    a, b = Node(x[0]), Node(x[1])
    a.next, b.next = b, a

    def walk(p, k):
        return p.v if k <= 0 else walk(p.next, k - 1) * x[2]

    s = walk(a, n)
    for i in range(n):
        c = a if x[i] > 1 else b
        s += c.v * c.next.v**2
    return s


@program(X)
def dictionary_that_holds_itself(x):
    d = {"v": x[0]}
    d["me"] = d
    for _ in range(3):
        d["v"] = d["me"]["v"] * x[1]
    return d["v"]


@program(X, 3)
def item_changes_and_the_list_grows(x, n):
    xs, ys = [1.1], [x[2], x[1]]
    for i in range(n):
        xs[-1] *= x[0]
        xs.append(x[1])
        ys[0] = ys[0] * x[1]
        if x[0] < i:
            ys.append(x[1] * i)
    return sum(xs) * sum(ys)
