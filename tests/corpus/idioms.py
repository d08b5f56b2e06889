"""Small idioms: `next`, `count`, ranges as indices, `f(*x)`, namespaces, `x.shape = ...`."""

import functools
import math
from types import SimpleNamespace

import numpy as np

from tests.corpus import program, sample

X = np.array([0.4, -0.7, 1.3, 0.9])
POS = np.array([0.5, 0.8, 1.1])
A = sample(3, 4, seed=3)


# --- next


@program(2.0, also=[(4.0,)])
def first_that_fits(x):
    return next(v for v in (x, 2 * x) if v > 3.0) ** 2


@program(X)
def first_that_fits_or_a_default(x):
    return next((v * v for v in x if v > 1.0), 3.0 * x[0]) + next((v for v in x if v > 9.0), x[1])


@program(X, 3)
def first_that_fits_in_a_loop(x, n):
    total = 0.0
    for i in range(n):
        total = total + next(v * v for v in x if v > 0.3 * i)
    return total


@program(X)
def first_pair_that_fits(x):
    i, v = next((i, v) for i, v in enumerate(x) if v < 0.0)
    return x[i + 1] * v


@program(X)
def first_of_a_nested_generator(x):
    return next(a * b for a in x for b in x if a * b > 0.5)


def the_first(xs, limit):
    found = next((v for v in xs if v > limit), None)
    return 0.0 if found is None else found**3


@program(X, also=[(-X,)])
def first_or_none_of_a_helper(x):
    return the_first(x, 1.0) + the_first([x[0], x[1]], 5.0) + x[2]


@program(POS)
def no_later_item_is_made(x):
    return next(1.0 / (v - 0.8) for v in x if v > 0.4)


@program(POS)
def next_of_an_iterator(x):
    return next(iter(x)) ** 2 + next(zip(x, x[1:], strict=False))[1] * x[0]


@program(X)
def next_and_a_handler(x):
    try:
        y = next(v for v in x if v > 5.0)
    except StopIteration:
        y = x[0] * x[1]
    return y * y


@program(POS)
def array_written_before_next(x):
    y = x.copy()
    y[0] = x[1] * 4.0
    found = next(v for v in y if v > 2.0)
    y[1] = 0.0
    return found**2 * np.sum(y)


# --- count and index


@program(2.0, 3.0, wrt=(0, 1))
def count_of_a_tuple(a, b):
    if (a, b).count(0) != 0:
        raise ValueError("zero")
    return a * b


@program(2.0, 3, also=[(2.0, 2)])
def count_in_a_list(a, k):
    n = [k, 2, int(a * 1.2)].count(2)
    return a ** (n + 1)


@program(X, 2)
def count_of_ranks(x, n):
    total = 0.0
    for i in range(n):
        ranks = [int(v > 0.5 * i) for v in x]
        total += ranks.count(1) * x[i] ** 2
    return total


@program(POS)
def index_of_a_number(x):
    xs = [x[0], x[1], x[2]]
    return xs[xs.index(x[1])] * xs.index(x[2]) * x[0]


@program(POS)
def index_that_is_not_there(x):
    xs = [v * v for v in x]
    try:
        k = xs.index(7.0)
    except ValueError:
        k = 1
    return xs[k] * x[0]


# --- ranges as indices


@program(X)
def index_by_a_range(w):
    return np.sum(w[range(2)] ** 2)


@program(np.abs(np.outer(X, X)), [0, 2, 1, 3])
def picked_by_row(p, y):
    return -np.sum(np.log(p[range(len(y)), y]))


@program(A, 3)
def picked_in_a_loop(a, n):
    total = 0.0
    for k in range(1, n):
        total = total + np.sum(a[range(k)] * a[k]) * a[k, k]
    return total


@program(A)
def written_by_a_range(a):
    b = a * a
    b[range(3), [0, 2, 3]] = a[0, range(1, 4)]
    b[:, range(0, 4, 2)] += 1.0
    return np.sum(b * b)


def diagonal(a, n):
    return a[range(n), range(n)]


@program(A, 3)
def diagonal_of_a_helper(a, n):
    d = diagonal(a, n)
    return np.sum(d * d) if d[0] > -5.0 else d[1]


@program(X, 0)
def index_by_an_empty_range(x, n):
    return np.sum(x[range(n)]) + x[0] * x[1]


# --- f(*x)


@program(X)
def unpacked_into_a_call(x):
    return np.hypot(*x[:2]) + math.prod([*x])


def weighted(a, b, *rest, scale=2.0):
    return a * b * scale + sum(v * v for v in rest)


@program(X)
def unpacked_into_a_helper(x):
    return weighted(*x) + weighted(x[0], *x[1:3], scale=x[3])


@program(A)
def rows_unpacked(a):
    r0, r1, r2 = [*a]
    return np.sum(np.cross(*a[:2, :3])) + r0 @ r1 * r2[0]


@program(X, 2)
def unpacked_in_a_loop(x, n):
    y, total = x * 1.0, 0.0
    for _ in range(n):
        total = total + max(*y) * math.hypot(*y)
        y = y * x
    return total


@program(X)
def unpacked_in_a_branch(x):
    pair = x[1:3]
    y = np.maximum(*pair) if x[0] > 0.0 else np.minimum(*pair)
    return y * np.add(*pair)


@program(X)
def unpacked_then_overwritten(x):
    y = x.copy()
    first = np.multiply(*y[:2])
    y[0] = 5.0
    return first * y[0] + np.multiply(*y[:2])


# --- columns


@program(np.outer(X, X))
def columns_by_zip(a):
    return sum(p * q for p, *_, q in zip(*a, strict=True))


@program(A)
def columns_in_a_loop(a):
    total = 0.0
    for p, q, r in zip(*a, strict=False):
        if p > q:
            total += p * q
        else:
            total += r * r
    return total


@program(A)
def columns_in_a_list(a):
    columns = [np.array(c) for c in zip(*a)]  # noqa: B905
    return np.sum(columns[0] * columns[-1])


@program(A)
def columns_of_a_helper(a):
    def norms(m):
        return [math.sqrt(sum(v * v for v in c)) for c in zip(*m)]  # noqa: B905

    return sum(norms(a)) * norms(a[:, 1:])[0]


@program(A)
def columns_then_written(a):
    b = a * 2.0
    total = sum(p * q * r for p, q, r in zip(*b))  # noqa: B905
    b[0] = a[1] ** 2
    return total + sum(p * q for p, q, _ in zip(*b))  # noqa: B905


# --- strings


@program(2.1, also=[(0.5,)])
def letter_of_a_number(x):
    return x * x if "CDEFGH"[int(x)] != "C" else x


@program(X, "ABBA")
def letters_in_a_loop(x, letters):
    total = 0.0
    for i in range(len(x)):
        total += x[i] ** 2 if letters[i] == "A" else x[i] * x[0]
    return total


@program(X, 4)
def walk_by_letters(x, n):
    y = 0.0
    for i in range(n):
        step = "LRRL"[i % 4]
        y = y + x[i] if step == "L" else y * x[i]
    return y * y


def note(k):
    return "CDEFGAB"[k % 7]


@program(2.3)
def letter_of_a_helper(x):
    y = x
    for k in range(int(x) + 5):
        if note(k) in ("C", "G"):
            y = y * x
    return y


@program(2.4)
def letter_that_is_not_there(x):
    try:
        letter = "AB"[int(x)]
    except IndexError:
        letter = "Z"
    return x**3 if letter == "Z" else x


# --- reduce


@program(X)
def reduced_comprehension(x):
    mats = [np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]) for t in x]
    return functools.reduce(np.matmul, mats)[0, 0]


@program(X)
def reduced_array(x):
    return functools.reduce(lambda a, b: a * b + a, x) + functools.reduce(max, x)


@program(A)
def reduced_rows(a):
    y = a * 1.0
    y[0] *= 2.0
    first = functools.reduce(np.add, y)
    return np.sum(first * functools.reduce(np.multiply, y))


@program(POS, 1)
def reduced_list_of_one(x, n):
    return functools.reduce(lambda a, b: a - b * b, [v * v for v in x[:n]])


@program(X, 3)
def reduced_in_a_loop(x, n):
    total = 0.0
    for i in range(n):
        parts = [v * (i + 1) for v in x]
        total += functools.reduce(lambda a, b: a * b if b > 0.0 else a + b, parts)
    return total


# --- namespaces


@program(2.0)
def namespace(x):
    s = SimpleNamespace(a=x, b=2.0)
    s.a = s.a * s.b
    return s.a * s.a


@program(X, 3)
def namespace_of_a_simulation(x, n):
    state = SimpleNamespace(position=x, velocity=np.zeros_like(x), step=0)
    for _ in range(n):
        state.velocity = state.velocity - 0.1 * state.position**3
        state.position = state.position + 0.1 * state.velocity
        state.step += 1
    return np.sum(state.position**2) * state.step


def scaled(p):
    p.weights = p.weights * p.scale
    return p


@program(X, 2.0, wrt=(0, 1))
def namespace_of_a_helper(x, k):
    p = SimpleNamespace(**{"weights": x, "scale": k})
    scaled(scaled(p))
    return np.sum(p.weights**2)


@program(X)
def namespace_by_a_branch(x):
    p = SimpleNamespace(y=x[0], z=None)
    if x[1] > 0.0:
        p.y = p.y * x[1]
    else:
        p.z = x[2] ** 2
    return p.y if p.z is None else p.y * p.z


@program(POS)
def namespaces_share_an_array(x):
    y = x * x
    one, other = SimpleNamespace(a=y), SimpleNamespace(a=y)
    one.a[0] = x[1] * 3.0
    return np.sum(other.a * x) * (one is other or getattr(one, "b", 2.0))


# --- the shape is assigned


@program(np.eye(2) * 1.5 + 0.1)
def shape_is_assigned(x):
    y = x * x
    y.shape = (4,)
    return y[0] * y[3] + y[1]


@program(X)
def shape_is_assigned_and_written(x):
    y = x * x
    z = y
    first = y[:2]
    y.shape = 2, 2
    z[0, 1] = x[3] ** 3
    first[0] = 5.0 * x[1]
    return np.sum(y @ z) + first[1]


@program(A)
def shape_of_unknown_size(a):
    y = np.exp(a)
    y.shape = (-1, 2)
    return np.sum(y[:, 0] * y[:, 1])


def flat(y):
    y.shape = -1
    return y


@program(A)
def shape_assigned_in_a_helper(a):
    y = a * 2.0
    z = flat(y * a)
    return np.sum(flat(y)[1:] * z[:-1])


@program(A, 2)
def shape_assigned_in_a_loop(a, n):
    total = 0.0
    for i in range(n):
        y = a * (i + 1.0)
        y.shape = (4, 3)
        total = total + np.sum(y[1] * y[2])
    return total


@program(X)
def shape_assigned_in_a_branch(x):
    y = x * x
    if x[0] > 0.0:
        y.shape = (2, 2)
        total = y[0, 1] * y[1, 0]
    else:
        total = y[0]
    return total * x[0]


# --- histograms with weights

R = np.array([0.3, 1.4, 2.5, 0.9, 1.0])
W = np.array([1.0, 2.0, 4.0, 0.5, 0.7])


@program(R, W, wrt=1)
def histogram_with_weights(r, w):
    return np.sum(np.histogram(r, 3, weights=w)[0] ** 2)


@program(R, W, wrt=1)
def histogram_with_edges(r, w):
    h, edges = np.histogram(r, bins=[0.3, 1.0, 1.4], weights=w * w)
    return np.sum(h**2 * (edges[1:] - edges[:-1]))


@program(R, W, wrt=1)
def histogram_as_density(r, w):
    h = np.histogram(r, 4, (0.5, 2.0), density=True, weights=w)[0]
    return np.sum(h**3)


@program(R, W, 3, wrt=1)
def histogram_in_a_loop(r, w, n):
    total = 0.0
    for i in range(n):
        h = np.histogram(r, n, (0.0, 3.0), weights=w ** (i + 1))[0]
        total += h[i] * h[1]
    return total


@program(np.array([[0.2, 0.7], [1.1, 1.9]]), W[:4].reshape(2, 2), wrt=1)
def histogram_of_a_matrix(r, w):
    u = w.copy()
    u[0] *= w[1]
    h, _ = np.histogram(r, 2, weights=u)
    return h[0] * h[1] if h[0] > 0.0 else h[0]


# --- generators with while


@program(0.5)
def generator_with_while(x):
    def points(a):
        while a < 3.0:
            yield a
            a = a + 1.0

    return sum(p * p for p in points(x))


def halves(x, limit):
    while x > limit:
        yield x
        x = x * 0.5


@program(3.0)
def while_of_a_helper(x):
    total = 0.0
    for v in halves(x, 0.1):
        total += v * v * x
    return total


@program(3.0)
def list_of_a_generator_with_while(x):
    points = list(halves(x, 0.2))
    return points[-1] * len(points) + np.sum(np.array(points) ** 2)


@program(3.0)
def generator_of_a_generator_with_while(x):
    def pairs(y):
        for v in halves(y, 0.5):
            yield v * y
        yield from halves(y, 1.0)

    return sum(pairs(x)) + max(pairs(x * x))


@program(X, 2)
def generator_with_while_in_a_loop(x, n):
    total = 0.0
    for i in range(n):
        total += sum([v * x[i] for v in halves(2.0 + x[0], 0.3) if v > 0.4])
    return total


@program(3.0)
def while_true_that_ends(x):
    def until(y):
        while True:
            y = y * 0.5
            if y < 0.2:
                break
            yield y

    return sum(v * v for v in until(x))
