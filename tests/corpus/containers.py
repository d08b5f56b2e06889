"""Tuples, lists and dicts: as arguments, nested, unpacked, iterated, comprehended; not mutated."""

# ruff: noqa: B905, B007, C416, UP034 (users write zip without strict, and longer than need be)

import math

import numpy as np

from tests.corpus import program, sample


@program((0.5, 2.0), also=[((-0.5, 1.0),)])
def pair(p):
    x, y = p
    return x * y + math.sin(x)


@program([0.5, 2.0, 1.0])
def list_by_index(p):
    return p[0] * p[1] + p[-1] ** 2


@program({"slope": 0.5, "offset": 1.5}, 2.0, wrt=(0, 1))
def dict_by_key(p, x):
    return math.sin(p["slope"] * x + p["offset"])


@program({"W": sample(3, 2), "b": sample(2, seed=1)}, sample(4, 3, seed=2), float32=True)
def dict_of_arrays(p, x):
    h = np.tanh(x @ p["W"] + p["b"])
    return np.sum(h * h)


@program(
    {
        "layers": [(sample(3, 4), sample(4, seed=1)), (sample(4, 1, seed=2), sample(1, seed=3))],
        "scale": 0.7,
    },
    sample(5, 3, seed=4),
)
def nested_parameters(p, x):
    for W, b in p["layers"]:
        x = np.tanh(x @ W + b)
    return p["scale"] * np.sum(x)


@program(((0.5, [0.3, 0.2]), {"a": (0.1, 0.9)}))
def deeply_nested(p):
    (x, [y, z]), d = p
    u, v = d["a"]
    return x * y + z * u - v * x


@program([sample(2), sample(3, seed=1)], also=[([sample(2)],), ([],)])
def list_of_arrays(parts):
    total = 0.0
    for part in parts:
        total += np.sum(part**3)
    return total


@program((0.5, 2.0, 1.5, 0.3))
def starred_at_the_end(values):
    first, *rest = values
    return first * rest[0] + rest[1] * len(rest) - rest[-1] ** 2


@program([0.5, 2.0, 1.5, 0.3], also=[([0.5, 2.0],)])
def starred_in_the_middle(values):
    first, *middle, last = values
    total = first * last
    for m in middle:
        total += m * m * first
    return total


@program(sample(5))
def starred_from_an_array(x):
    *_, a, b = x
    head, *tail = x
    return a * b + head * sum(tail)


@program(sample(3))
def unpacked_array(v):
    x, y, z = v
    return x * y - z * math.sin(y)


@program(sample(2, 3))
def unpacked_rows(A):
    first, second = A
    return np.sum(first * second) + first[0]


@program(sample(2, 2))
def unpacked_nested(A):
    (a, b), (c, d) = A
    return a * d - b * c


@program(0.4)
def packs_and_unpacks(x):
    pair = (x, x * x)
    a, b = pair
    triple = (*pair, a + b)
    return triple[2] * a + triple[0] * b


@program(0.4)
def list_literals(x):
    values = [x, 2.0, x * x]
    more = [*values, 1.0]
    return values[0] * values[2] + more[3] * more[0] + len(more)


@program(0.4)
def dict_literals(x):
    d = {"a": x, "b": math.sin(x)}
    e = {**d, "c": x * 3.0}
    return d["a"] * d["b"] + e["c"] * e["a"]


@program(0.4)
def concatenated_containers(x):
    values = [x, x * x] + [1.0]
    pairs = (x,) + (2.0, x)
    return values[1] * pairs[0] + pairs[2] * values[2]


@program(0.4)
def nested_literal(x):
    state = {"position": (x, 2.0 * x), "steps": [1, 2, 3]}
    px, py = state["position"]
    return px * py * state["steps"][2]


@program([0.5, 2.0, 1.5], [1.0, 0.1, 0.2], wrt=(0, 1), also=[([], [])])
def sum_of_generator(x, y):
    return sum(a * b for a, b in zip(x, y))


@program(sample(4))
def sum_of_generator_over_range(x):
    return sum(x[i] * x[i + 1] for i in range(len(x) - 1)) * 2.0


@program(sample(5))
def sum_of_generator_with_condition(x):
    return sum(v * v for v in x if v > 0.0)


@program([0.5, 2.0, 1.5])
def sum_of_a_list(values):
    return sum(values) ** 2 + sum([v * v for v in values], 1.0)


@program([0.5, 2.0, 1.5])
def list_comprehension(values):
    squares = [v * v for v in values]
    return squares[0] * squares[1] + squares[2]


@program(0.4, 4, also=[(0.4, 1)])
def comprehension_over_range(x, n):
    powers = [x**k for k in range(n)]
    total = 0.0
    for p in powers:
        total += p * p
    return total


@program([0.5, -2.0, 1.5])
def comprehension_with_condition(values):
    positive = [v for v in values if v > 0.0]
    return sum(v * v for v in positive) * len(positive)


@program(sample(3), sample(2, seed=1), wrt=(0, 1))
def comprehension_with_two_loops(x, y):
    return sum([a * b * b for a in x for b in y])


@program(sample(2, 3))
def nested_comprehension(A):
    rows = [[v * v for v in row] for row in A]
    return rows[0][1] + rows[1][2] * rows[1][0]


@program({"a": 0.5, "b": 1.5})
def dict_comprehension(d):
    doubled = {k: 2.0 * v for k, v in d.items()}
    return doubled["a"] * doubled["b"]


@program([0.5, 1.5], 3)
def dict_from_zip(values, n):
    named = {name: v * v for name, v in zip(("a", "b"), (values[0], values[1]))}
    powers = {k: values[0] ** k for k in range(n)}
    return named["a"] * named["b"] + powers[2]


@program({"W": sample(2, 2), "b": sample(2, seed=1)}, sample(2, seed=2))
def gradient_step(parameters, x):
    """One step of decay for each parameter, as in a training loop."""
    smaller = {name: 0.9 * value for name, value in parameters.items()}
    total = sum(np.sum(value**2) for value in smaller.values())
    return total + np.sum(np.tanh(smaller["W"] @ x + smaller["b"]))


@program({"a": 0.5, "b": 1.5})
def keys_and_values(d):
    names = [k for k in d.keys() if k != "a"]  # noqa: SIM118
    return sum(d[k] for k in names) * max(d.values()) + d.get("a", 0.0)


@program([0.5, 1.5, -0.3])
def all_and_any(values):
    if all(v > -1.0 for v in values) and any([v < 0.0 for v in values]):
        return max(values) * min(values)
    return sum(values)


@program((0.5, 1.5, -0.3))
def all_of_a_tuple(values):
    assert all([v < 9.0 for v in values]) and any(v > 0.0 for v in values), "out of range"
    return min(values) * max(values)


@program({"a": 0.5, "b": 1.5})
def loop_over_items(d):
    total = 0.0
    for _key, value in d.items():
        total = total * 0.5 + value * value
    return total


@program({"a": sample(2), "b": sample(3, seed=1)})
def loop_over_values(d):
    return sum(np.sum(v * v) for v in d.values())


@program({"a": 0.5, "b": 1.5})
def loop_over_keys(d):
    total = 1.0
    for key in d:
        total = total * d[key]
    if "c" in d:
        total = total * 100.0
    return total


@program([(0.5, 1.0), (2.0, 0.3)])
def enumerate_pairs(pairs):
    total = 0.0
    for i, (a, b) in enumerate(pairs):
        total += a * b * (i + 1)
    return total


@program([0.5, 2.0, 1.5])
def zip_with_its_tail(x):
    total = 0.0
    for a, b in zip(x, x[1:]):
        total += (b - a) ** 2
    return total


@program([0.5, 2.0, 1.5])
def zip_with_reversed(x):
    return sum(a * b for a, b in zip(x, reversed(x))) + x[0]


@program((0.5, 2.0, 1.5))
def slices_of_a_tuple(t):
    a, b = t[1:]
    c = t[::-1][0]
    return a * b * c + t[:1][0]


@program([sample(3), sample(3, seed=1)], float32=True)
def arrays_from_lists(parts):
    stacked = np.stack(parts)
    joined = np.concatenate([parts[0], 2.0 * parts[1]])
    return np.sum(stacked**2) + np.prod(joined)


@program(0.4, 0.6, wrt=(0, 1))
def array_of_numbers(x, y):
    v = np.array([x, y, x * y])
    A = np.array([[x, 1.0], [0.5, y]])
    return np.sum(v * v) + A[0, 0] * A[1, 1]


@program([0.4, 0.6, 0.1])
def array_from_a_list_argument(values):
    v = np.array(values)
    w = np.asarray([u * u for u in values])
    return v @ w


@program((sample(3), 0.5), {"x": 1.5}, wrt=(0, 1))
def two_structures(a, b):
    v, s = a
    return np.sum(v) * s * b["x"]


@program((0.5, 2.0), (1.5, 0.3), wrt=(0, 1))
def tuple_state(position, velocity):
    for _ in range(3):
        (x, y), (vx, vy) = position, velocity
        r3 = (x * x + y * y) ** 1.5
        velocity = (vx - 0.1 * x / r3, vy - 0.1 * y / r3)
        position = (x + 0.1 * velocity[0], y + 0.1 * velocity[1])
    return position[0] * position[1] + velocity[0]


@program([0.5, 2.0, 1.5])
def largest_and_smallest(values):
    return max(values) * min(values) + max(values[0], 1.0) + min(values[1], 3.0)


@program(
    [(sample(2, 3), sample(2, seed=1)), (sample(1, 2, seed=2), sample(1, seed=3))],
    [sample(3, seed=4), sample(3, seed=5)],
    [0.5, -0.5],
)
def loss_over_a_data_set(layers, inputs, targets):
    def predict(x):
        for W, b in layers:
            x = np.tanh(W @ x + b)
        return x[0]

    errors = [(predict(x) - t) ** 2 for x, t in zip(inputs, targets)]
    return sum(errors) / len(errors)


@program(sample(4))
def any_and_all_of_generators(x):
    if any(v > 0.0 for v in x) and not all(v > 0.0 for v in x):
        return np.sum(x * x)
    return np.sum(x)
