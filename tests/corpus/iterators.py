"""What is stepped through changes meanwhile: Python makes an item when it is asked for it."""

# ruff: noqa: B905, B007, B023, C417, C419, B031 (users write that, and laziness is the point)

import functools
import itertools

import numpy as np

from tests.corpus import program

X = np.array([1.2, 2.3, 3.1])


@program(X)
def list_grows_under_its_loop(x):
    xs, total = [x[0], x], 0.0
    for v in xs:
        if len(xs) < 4:
            xs.append(x[1] ** 2)
        total += np.sum(v)
    return total


@program(X)
def list_shrinks_under_its_loop(x):
    xs, total = [x[0], x, x[1], x[2] ** 2], 0.0
    for v in xs:
        xs.pop()
        total += np.sum(v)
    return total


@program(X)
def list_grows_under_enumerate(x):
    xs, total = [x[0], x, x[1]], 0.0
    for i, v in enumerate(xs):
        xs[2] = x[2] * 5.0
        if i < 2:
            xs.append(x[2] ** 2)
        total = total + np.sum(v) * (i + 1)
    return total


@program(X)
def list_grows_under_zip(x):
    xs, total = [x[0], x], 0.0
    for v, w in zip(xs, [1.0, 2.0, 3.0, 4.0]):
        if len(xs) < 4:
            xs.append(x[1] ** 2)
        total += np.sum(v) * w
    return total


@program(X)
def list_in_a_dict_grows_under_its_loop(x):
    d, total = {"a": [x[0], x]}, 0.0
    for v in d["a"]:
        if len(d["a"]) < 4:
            d["a"].append(x[1] ** 2)
        total += np.sum(v) * len(d["a"])
    return total


@program(X)
def list_is_bound_anew_under_its_loop(x):
    xs, total = [x[0], x], 0.0
    for v in xs:
        xs = xs + [x[1] ** 2]
        total += np.sum(v) * len(xs)
    return total


@program(X)
def function_of_map_changes_the_list(x):
    xs = [x[0], x, x[1]]

    def g(v):
        xs[2] = x[2] * 5.0
        if len(xs) < 5:
            xs.append(x[1] ** 2)
        return np.sum(v)

    return sum(map(g, xs))


@program(X)
def elements_change_the_list(x):
    xs = [x[0], x, x[1]]

    def g(v):
        xs[2] = x[2] * 5.0
        return np.sum(v)

    return sum(g(v) * i for i, v in enumerate(xs)) + sum([g(v) for v in xs])


@program(X)
def function_of_reduce_changes_the_list(x):
    xs = [x[0], x[1], x[1]]

    def g(total, v):
        xs[2] = x[2] * 5.0
        return total + v

    return functools.reduce(g, xs, 0.0)


@program(X)
def dict_changes_under_items(x):
    d, total = {"a": x[0], "b": x[1]}, 0.0
    for n in range(2):
        for i, (k, v) in enumerate(d.items()):
            d["b"] = x[2] * v
            total += v * (i + n + len(k))
    return total


@program(X)
def dict_changes_under_values_and_keys(x):
    d, total = {"a": x[0], "b": x[1]}, 0.0
    for v in d.values():
        d["b"] = x[2] * v
        total += v
    for k in d.keys():  # noqa: SIM118
        d["b"] = x[2] * d[k]
        total += d[k]
    return total


@program(X)
def dict_changes_in_the_elements_of_its_values(x):
    d = {"a": x[0], "b": x[1]}

    def g(v):
        d["b"] = x[2] * v
        return v

    return sum(g(v) for v in d.values())


@program(X)
def dict_grows_under_a_list_of_its_items(x):
    d, total = {"a": x[0], "b": x[1]}, 0.0
    for k, v in list(d.items()):
        d["b"] = x[2] * v
        d[k + "c"] = v
        total += v
    return total + sum(d.values()) * len(d)


@program(X)
def views_of_a_dict_follow_it(x):
    d = {"a": x[0], "b": x[1]}
    values, items = d.values(), d.items()
    for _ in range(3):
        d["a"] = d["a"] * x[2]
    if x[0] > 0.5:
        d["b"] = d["a"] * x[1]
    d["c"] = x[2]
    (_, first), *_ = items
    return sum(values) * len(values) + first * max(values) + (x[1] if "c" in d.keys() else 0.0)  # noqa: SIM118


@program(X)
def list_changes_before_its_iterator_is_used(x):
    xs, ys, zs = [x[0], x[1]], [x[0], x[1]], [x[0], x[1], x[2]]
    a, b, c, d = iter(xs), zip(ys, xs), map(lambda v: v * v, ys), (v * v for v in zs)
    e, f = reversed(zs), filter(lambda v: v > 0.0, ys)
    xs[1] = x[2] ** 2
    ys[0] = x[1] ** 3
    zs[0] = x[0] * x[1]
    total = sum(a) + sum(v * w for v, w in b) + sum(c) + sum(d) + sum(f)
    return total + sum(v * w for v, w in zip(e, [1.0, 2.0, 3.0]))


@program(X)
def list_changes_before_chain_is_used(x):
    xs = [x[0], x[1]]
    it = itertools.chain(xs, [x[2]])
    xs[1] = x[2] ** 2
    return sum(it)


@program(X)
def list_changes_before_islice_is_used(x):
    xs = [x[0], x[1], x[2]]
    it = itertools.islice(xs, 1, 3)
    xs[1] = x[2] ** 2
    return sum(it)


@program(X)
def list_changes_before_accumulate_is_used(x):
    xs = [x[0], x[1], x[2]]
    it = itertools.accumulate(xs)
    xs[1] = x[2] ** 2
    return sum(it)


@program(X)
def list_changes_before_pairwise_is_used(x):
    xs = [x[0], x[1], x[2]]
    it = itertools.pairwise(xs)
    xs[1] = x[2] ** 2
    return sum(a * b for a, b in it)


@program(X)
def list_changes_before_cycle_is_used(x):
    xs = [x[0], x[1], x[2]]
    it = itertools.cycle(xs)
    xs[1] = x[2] ** 2
    return sum(a * b for a, b in zip(it, [1.0, 2.0, 3.0, 4.0]))


@program(X)
def list_changes_under_chain(x):
    xs, total = [x[0], x[1], x[2]], 0.0
    for v in itertools.chain(xs, [1.0]):
        xs[1] = x[2] ** 2
        total += v
    return total


@program(X)
def list_changes_under_pairwise(x):
    xs, total = [x[0], x[1], x[2]], 0.0
    for a, b in itertools.pairwise(xs):
        xs[1] = x[2] ** 2
        total += a * b
    return total


@program(X)
def list_changes_under_zip_longest(x):
    xs, total = [x[0], x[1], x[2]], 0.0
    for a, _ in itertools.zip_longest(xs, [1.0, 2.0]):
        xs[1] = x[2] ** 2
        total += a
    return total


@program(X)
def list_changes_under_filter(x):
    xs, total = [x[0], x[1], x[2]], 0.0
    for a in filter(lambda v: v > 0.5, xs):
        xs[1] = x[2] ** 2
        total += a
    return total


@program(X)
def list_changes_under_map(x):
    xs, total = [x[0], x[1], x[2]], 0.0
    for a in map(lambda v: v * v, xs):
        xs[1] = x[2] ** 2
        total += a
    for a in (v * v for v in xs):
        xs[2] = x[0] ** 2
        total += a
    return total


@program(X)
def variable_changes_under_a_generator(x):
    total, k = 0.0, 2.0
    for a in (v * k for v in x):
        k = k + x[0]
        total += a
    for a in map(lambda v: v * k, [x[0], x[1]]):
        k = k + x[1]
        total += a
    return total


@program(X)
def variable_changes_before_a_generator_is_used(x):
    k = 2.0
    g, m = (v * k for v in x), map(lambda v: v + k, [x[0], x[1]])
    k = 5.0 * x[1]
    return sum(g) * sum(m)


@program(X)
def variable_changes_under_a_generator_with_conditions(x):
    total, k = 0.0, 2.0
    for a in (v * k for v in x if v > 1.5):
        k = k + x[0]
        total += a
    return total


@program(X)
def variable_changes_under_an_enumerated_generator(x):
    total, k = 0.0, x[1]
    for i, a in enumerate(v * k for v in x):
        total += a * (i + 1)
        k = k * 2.0
    return total


@program(X)
def variable_changes_under_nested_generators(x):
    total, k = 0.0, x[1]
    for a in (v * w * k for v in x for w in x):
        total += a
        k = k * 0.5
    return total


@program(X)
def array_changes_under_a_generator(x):
    total, y = 0.0, x.copy()
    for a in (v * v for v in y):
        y[2] = x[1] * 3.0
        total += a
    for a in map(lambda v: v * y[2], y):
        y[2] = y[1] * y[2]
        total += a
    return total


@program(X)
def array_changes_under_a_generator_with_conditions(x):
    total, y = 0.0, x.copy()
    for a in (v * v for v in y if v > 0.5):
        y[2] = x[1] * 3.0
        total += a
    return total


@program(X)
def chain_of_lists_of_the_run_is_exhausted(x):
    xs = [v for v in x]  # noqa: C416
    both, rest = itertools.chain(xs, xs), iter(xs)
    return sum(both) + 2.0 * sum(both) + sum(rest) + sum(rest)


@program(X)
def iterator_of_a_list_that_grows(x):
    xs = [v for v in x]  # noqa: C416
    rest = iter(xs)
    xs.append(x[0] ** 2)
    return sum(rest)


@program(X)
def elements_write_into_a_list_of_the_run(x):
    xs = [v for v in x]  # noqa: C416

    def g(v):
        xs[2] = x[0] * 5.0
        return v

    return sum(g(v) for v in xs)


@program(X)
def elements_write_into_the_array(x):
    y = x * 2.0

    def g(v):
        y[2] = x[0] * 5.0
        return v

    return sum([g(v) for v in y])


@program(X)
def function_of_map_writes_into_the_array(x):
    y = x * 2.0

    def g(v):
        y[2] = x[0] * 5.0
        return v

    return sum(map(g, y))


@program(X)
def function_of_reduce_writes_into_a_list_of_the_run(x):
    xs = [v for v in x]  # noqa: C416

    def g(total, v):
        xs[2] = x[0] * 5.0
        return total + v

    return functools.reduce(g, xs, 0.0)


@program(X)
def list_of_the_run_shrinks_under_its_loop(x):
    xs, total = [v for v in x], 0.0  # noqa: C416
    for v in xs:
        xs.pop(0)
        total = total * 2.0 + v
    return total


@program(X)
def list_of_the_run_is_written_under_enumerate(x):
    xs, total = [v for v in x], 0.0  # noqa: C416
    for i, v in enumerate(xs):
        xs[0] = xs[0] * v
        xs[-1] = xs[-1] * 0.5
        total = total * 2.0 + v * i
    return total * xs[0]


@program(X)
def comprehension_binds_a_name(x):
    total = 0.0
    known = [total := total * 0.5 + v for v in [x[0], x[1], x[2]]]
    return sum(known) * total


@program(X)
def comprehension_over_an_array_binds_a_name(x):
    total = 0.0
    sums = [total := total * 0.5 + v for v in x]
    return sum(sums) * total


@program(X)
def iterator_in_a_dict_is_used_twice(x):
    squares = map(lambda v: v * v, [x[0], x[1]])
    d = {"squares": squares}
    return sum(d["squares"]) + sum(d["squares"])


@program(X)
def iterator_in_a_list_is_used_twice(x):
    held = [[v * v for v in x], (v * v for v in x)]
    return sum(held[0]) + sum(held[0]) + sum(held[1]) + sum(held[-1])


@program(X)
def iterator_in_a_list_is_used_once(x):
    held = [zip(x, x), (v * v for v in x)]
    return sum(a * b for a, b in held[0]) * sum(held[1])


@program(np.arange(1.0, 7.0).reshape(2, 3))
def positions_in_an_array(x):
    total = 0.0
    for place, v in np.ndenumerate(x):
        total += v * sum(place)
    for place in np.ndindex(x.shape):
        total = total * 0.5 + x[place] ** 2
    return total


@program(np.array([0.3, 1.2, -0.5]))
def accumulated_from_an_array(x):
    return sum(itertools.accumulate(x, lambda a, b: 0.5 * a + b * b))
