"""Lists and dictionaries that grow and shrink."""

import functools
import itertools

import numpy as np

from tests.corpus import program

SQUARE = np.random.default_rng(0).normal(size=(3, 3))
ROW = np.array([0.3, -0.4, 0.9, 1.1])


@program(ROW)
def pops(x):
    p = [x, x**2, x**3]
    a = p.pop()
    b = p.pop(0)
    p.insert(0, b * a)
    p.extend([a, b])
    return np.sum(p[0] * p[1]) + np.sum(p[-1])


@program(ROW)
def stack_run(x):
    s = []
    for i in range(4):
        s.append(x[i] * x[0])
    t = 0.0
    while s:
        t = t * 0.5 + s.pop()
    return t


@program(ROW)
def stack_len(x):
    s = [x[0]]
    while len(s) < 4:
        s.append(s[-1] * x[1])
    t = 0.0
    while len(s) > 0:
        t += s.pop() ** 2
    return t


@program(ROW)
def dicts(x):
    d = {}
    d["a"] = x[0]
    d.setdefault("b", x[1])
    d.update(c=x[2])
    d["a"] *= 2
    e = d | {"z": x[3]}
    v = e.pop("z")
    return sum(k * 1.0 for k in e.values()) * v + (d.get("q", 0.0)) + (1.0 if "a" in d else 0.0)


@program(ROW)
def alias_list(x):
    a = []
    b = a
    b.append(x[0])
    a.append(x[1])
    return a[0] * b[1]


@program(ROW)
def append_branch(x):
    xs = [x[0]]
    if x[1] < 0:
        xs.append(x[2])
    else:
        xs.append(x[3])
    return xs[0] * xs[1]


@program(ROW)
def appendloop2(x):
    rows = []
    for i in range(3):
        r = []
        for j in range(2):
            r.append(x[i] * x[j])
        rows.append(r)
    return np.sum(np.array(rows) ** 2)


@program(ROW)
def slice_assign(x):
    xs = [x[0], x[1], x[2]]
    xs[1:] = [x[3] * 2, x[0]]
    return xs[0] * xs[1] * xs[2]


@program(ROW)
def sortkey(x):
    xs = sorted(range(4), key=lambda i: -i)
    return sum(x[i] * k for k, i in enumerate(xs))


@program(ROW)
def maxkey(x):
    return max([x[0], x[1], x[2]], key=lambda v: v * v) * x[0]


@program(ROW)
def it1(x):
    t = 0.0
    for i, j in itertools.product(range(2), range(2)):
        t += x[i] * x[j + 2]
    for a, b in itertools.pairwise([x[0], x[1], x[2]]):
        t += a * b
    for v in itertools.chain([x[0]], [x[1]]):
        t += v**3
    for s in itertools.accumulate([x[0], x[1], x[2]]):
        t += s * s
    return t


@program(ROW)
def red(x):
    return functools.reduce(lambda a, b: a * b + 1, [x[0], x[1], x[2]])


@program(ROW)
def mul_list(x):
    xs = [x[0]] * 3
    ys = xs + [x[1]]
    xs[1] = x[2]
    return xs[0] * ys[1] * xs[1] * ys[3]


@program(ROW)
def unp(x):
    def f(a, *b, **c):
        return a * b[0] * c["k"]

    return f(*[x[0], x[1]], **{"k": x[2]})


@program(ROW)
def store_into_one_array_of_a_repeated_list(x):
    rows = [np.zeros(2)] * 3
    rows[0][1] = x[0] * x[1]
    return np.sum(np.stack(rows)) * x[0]


@program(ROW)
def store_into_one_list_of_a_repeated_list(x):
    table = [[0.0] * 2] * 3
    table[0][1] = x[0] * x[1]
    return sum(row[1] for row in table) * x[0]


@program(np.array([0.3, -0.4, 1.2, 0.8, -0.7]))
def a_table_of_zeros_gets_floats(x):
    """`0` is a whole number; what is written over it is not."""
    n = len(x)
    best, table = [0] * (n + 1), [[0] * 3 for _ in range(n)]
    counts, sums = [0] * 2, [0 for _ in range(n)]
    for i in range(n):
        best[i + 1] = max(best[i], x[i] + 0.5 * best[i])
        counts[int(x[i] > 0.0)] += 1
        sums[i] += x[i] * counts[0]
    for i in range(1, n):
        for j in range(3):
            table[i][j] = table[i - 1][j] * 0.5 + x[i] * x[j]
    return best[n] + table[-1][0] * table[-1][2] + sum(sums)


@program(np.array([0.3, -0.4, 1.2]))
def product_of_polynomials(x):
    def times(p, q):
        r = [0] * (len(p) + len(q) - 1)
        for i, a in enumerate(p):
            for j, b in enumerate(q):
                r[i + j] += a * b
        return r

    p = times(list(x), [1.0, 2.0])
    return sum(c * 0.5**k for k, c in enumerate(times(p, p)))
