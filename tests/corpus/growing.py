"""Lists and dicts that grow and shrink, and the functions of Python that go over them."""

# ruff: noqa: B905, B007, C416 (users write zip without strict, and longer than need be)

import functools
import itertools
import math
import operator
from collections import Counter, defaultdict, deque

import numpy as np

from tests.corpus import program, sample


@program(0.6, 5, also=[(0.6, 0)])
def append_in_a_loop(x, n):
    values = [x]
    for i in range(n):
        values.append(values[-1] * x + i)
    return values[-1] + sum(values)


@program([0.5, 1.5, -0.3])
def argument_grows(values):
    values.append(values[0] * values[1])
    values.extend([v * v for v in values])
    return sum(values) * len(values)


@program(0.6, 1.2, wrt=(0, 1))
def insert_and_pop(x, y):
    values = [x, y, x * y]
    values.insert(1, math.sin(y))
    last = values.pop()
    first = values.pop(0)
    values.insert(0, last * first)
    return values[0] * values[1] + values[2] * len(values)


@program(0.6)
def index_count_and_remove(x):
    names = ["a", "b", "c", "b"]
    values = [x, x * x, math.exp(x), 1.0]
    names.remove("a")
    k = names.index("c")
    return values[k] * values[k + 1] + names.count("b") * values[0]


@program(0.6, 1.2, wrt=(0, 1))
def list_store(x, y):
    values = [x, y, 0.0]
    values[2] = values[0] * values[1]
    values[0] = values[2] ** 2
    values[-2] += values[0]
    values[1] *= x
    return sum(values)


@program([0.5, 1.5, -0.3, 0.8])
def list_slice_assignment(values):
    values[1:3] = [values[0] ** 2, values[3] * 2.0, 1.0]
    values[::2] = [v * 0.5 for v in values[::2]]
    del values[0]
    return sum(v * v for v in values) + len(values)


@program(0.6, 3)
def plus_equals_and_clear(x, n):
    values, total = [], 0.0
    for k in range(n):
        values += [x * k, x * x]
        total += values[0] * values[-1]
        if k == 1:
            total += sum(values)
            values.clear()
    return total + values[0]


@program([0.5, 1.5], [0.3, 0.4, 0.1], wrt=(0, 1))
def lists_joined_and_repeated(xs, ys):
    both = xs + ys
    twice = xs * 2
    zeros = [0.0] * 2 + ys[:1]
    return sum(a * b for a, b in zip(both, twice)) + sum(zeros) * both[-1]


@program(sample(4), 3)
def history_of_states(h, n):
    history = [h]
    for _ in range(n):
        h = np.tanh(h + 0.5 * history[0])
        history.append(h)
    return np.sum(np.stack(history) ** 2)


@program(sample(5))
def list_to_array(x):
    values = []
    for i in range(len(x)):
        if x[i] > 0.0:
            values.append(x[i] ** 2)
        else:
            values.append(x[i] * x[0])
    return np.sum(np.array(values) * np.arange(5.0))


@program(sample(3, 2), also=[(sample(1, 2),)])
def concatenate_grown_parts(A):
    parts = []
    for i, row in enumerate(A):
        parts.append(row[: i % 2 + 1] * row[0])
        parts.append(np.sin(row))
    joined = np.concatenate(parts)
    return np.sum(joined**2) + np.prod(joined[:3])


@program(sample(3), 2)
def nested_lists_grow(x, n):
    table = []
    for i in range(n):
        row = []
        for v in x:
            row.append(v * v + i)
        table.append(row)
    table[0].append(table[1][0] * table[0][1])
    return table[0][-1] + np.sum(np.array([row[:3] for row in table]) ** 2)


@program([0.5, 1.5, -0.3], [0.2, 0.9], wrt=(0, 1))
def table_of_lists(a, b):
    """The soft edit distance, in a table of lists."""
    m, n = len(a), len(b)
    table = [[0.0] * (n + 1) for _ in range(m + 1)]
    for i in range(1, m + 1):
        table[i][0] = table[i - 1][0] + a[i - 1] ** 2
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            cost = (a[i - 1] - b[j - 1]) ** 2
            above, left, corner = table[i - 1][j], table[i][j - 1], table[i - 1][j - 1]
            table[i][j] = cost - math.log(math.exp(-above) + math.exp(-left) + math.exp(-corner))
    return table[m][n] + table[m][0]


@program([0.5, 2.0, 1.5])
def calculator_with_a_stack(values):
    stack = []
    for token in "0 1 * 2 + 0 1 + *".split():
        if token == "*":
            b, a = stack.pop(), stack.pop()
            stack.append(a * b)
        elif token == "+":
            stack.append(stack.pop() + stack.pop())
        else:
            stack.append(values[int(token)])
    return stack.pop()


@program((((0.5, 2.0), 1.5), (0.3, (0.7, 0.2))))
def tree_by_a_stack(tree):
    todo, total = [(tree, 0)], 0.0
    while todo:
        node, depth = todo.pop()
        if isinstance(node, tuple):
            for child in node:
                todo.append((child, depth + 1))
        else:
            total += node**2 * depth
    return total


@program(0.6, 5)
def sliding_deque(x, n):
    window, total = deque(maxlen=2), 0.0
    for k in range(n):
        window.append(x ** (k + 1))
        total += window[0] * window[-1]
    return total


@program(0.6, 1.2, wrt=(0, 1))
def dict_grows(x, y):
    d = {}
    d["a"] = x * y
    d["b"] = d["a"] ** 2
    d["a"] = math.sin(d["b"])
    d["a"] += x
    return d["a"] * d["b"] + len(d)


@program({"a": 0.5, "b": 1.5})
def argument_dict_changes(d):
    d["c"] = d["a"] * d["b"]
    for key in list(d):
        d[key] *= 2.0
    d["a"] -= d["c"]
    return sum(v * v for v in d.values())


@program(0.6, 1.2, wrt=(0, 1))
def dict_update_and_union(x, y):
    defaults = {"rate": x, "scale": 2.0}
    options = dict(defaults, rate=x * y)
    options.update(scale=y, shift=x)
    options.update({"rate": options["rate"] ** 2})
    merged = options | {"shift": 1.0 + x}
    merged |= {"more": y}
    return merged["rate"] * merged["scale"] + merged["shift"] * merged["more"] * defaults["rate"]


@program({"W": sample(2, 2), "b": sample(2, seed=1)}, 3, also=[({"W": sample(2, 2)}, 1)])
def optimizer_state_in_a_dict(parameters, steps):
    state = {}
    for _ in range(steps):
        for name, value in parameters.items():
            g = 2.0 * value + np.cos(value)
            m = state.get(name, np.zeros_like(value))
            state[name] = 0.9 * m + g
            parameters[name] = value - 0.1 * state[name]
    return sum(np.sum(value**2) for value in parameters.values())


@program(0.6, 1.2, wrt=(0, 1))
def dict_get_setdefault_and_pop(x, y):
    d = {"a": x}
    first = d.setdefault("a", y)
    second = d.setdefault("b", y * y)
    third = d.pop("a")
    missing = d.pop("z", x * 3.0)
    if "a" not in d and "b" in d:
        second = second * first
    return second * third + missing * d.get("q", y) + d["b"]


@program([0.5, 1.5, -0.3, 0.8], ["u", "v", "u", "w"])
def totals_by_name(values, names):
    totals = {}
    for name, v in zip(names, values):
        if name not in totals:
            totals[name] = 0.0
        totals[name] += v * v
    return math.prod(1.0 + t for t in totals.values())


@program([0.5, 1.5, -0.3, 0.8])
def grouped_by_defaultdict(values):
    groups = defaultdict(list)
    for i, v in enumerate(values):
        groups[i % 2].append(v)
    return sum(groups[0]) * sum(v**2 for v in groups[1])


@program(sample(3), "abcab")
def counter_of_letters(weights, text):
    counts = Counter(text)
    seen = {}
    for letter in text:
        seen[letter] = seen.get(letter, 0) + 1
    assert seen == dict(counts)
    return sum(weights[ord(k) - ord("a")] ** n for k, n in counts.items())


@program(0.6, 7)
def memo_with_whole_keys(x, n):
    memo = {0: x, 1: 1.0}

    def f(k):
        if k not in memo:
            memo[k] = x * f(k - 1) + f(k - 2)
        return memo[k]

    return f(n) * f(2)


@program(sample(3, 3))
def dict_keyed_by_pairs(A):
    energy = {}
    for i in range(3):
        for j in range(i):
            energy[i, j] = A[i, j] * A[j, i]
    energy[(2, 1)] *= 2.0
    return sum((i + j) * e**2 for (i, j), e in energy.items())


@program(0.6, 1.2, wrt=(0, 1))
def dict_of_dicts_and_lists(x, y):
    graph = {"a": {"b": x, "c": y}, "b": {"c": x * y}, "c": {}}
    order = {"seen": []}
    for node, edges in graph.items():
        for other, weight in edges.items():
            order["seen"].append(weight**2)
            graph[node][other] = 0.5 * weight
    return sum(order["seen"]) * graph["a"]["c"] + graph["b"]["c"]


@program(0.6, 1.2, wrt=(0, 1))
def dict_comprehensions_and_inversion(x, y):
    d = {k: v**2 for k, v in zip("ab", (x, y))}
    position = {name: i for i, name in enumerate(d)}
    powers = {k: v ** (position[k] + 2) for k, v in d.items() if v > 0.0}
    return powers["a"] * powers["b"] + max(d.keys(), key=position.get).count("b") * d["a"]


@program(sample(6))
def visited_is_a_set(x):
    visited, todo, total = set(), [0], 0.0
    neighbours = {0: [1, 2], 1: [0, 3], 2: [3], 3: []}
    while todo:
        node = todo.pop(0)
        if node in visited:
            continue
        visited.add(node)
        total = total * 0.5 + x[node] ** 2
        todo.extend(neighbours[node])
    return total + len(visited) * x[5]


@program([0.3, 0.4], {"c": 0.7}, wrt=(0, 1))
def stars_in_calls_and_literals(values, named):
    def f(a, b, c=1.0, *rest, d=2.0):
        return a * b + c * d + sum(rest)

    more = [*values, *values[::-1], 1.0]
    both = {**named, "d": values[0]}
    return f(*values, **both) * f(*more) + f(*values, named["c"], *more)


@program([0.5, -1.5, 0.3])
def map_and_filter(values):
    squares = list(map(lambda v: v * v, values))
    positive = list(filter(lambda v: v > 0.0, values))
    products = map(operator.mul, values, squares)
    return sum(squares) * sum(positive) + sum(products) + sum(map(math.sin, values))


@program(sample(4), sample(4, seed=1), wrt=(0, 1))
def zip_to_columns_and_back(x, y):
    pairs = list(zip(x, y))
    xs, ys = zip(*pairs)
    total = 0.0
    for i, (a, b) in enumerate(pairs, 1):
        total += a * b * i
    return total + xs[0] * ys[-1]


@program([0.5, -1.5, 0.3, 1.1])
def largest_by_a_key(values):
    far = max(values, key=abs)
    low = min(values, key=lambda v: (v - 0.2) ** 2)
    i, top = max(enumerate(values), key=lambda pair: pair[1])
    return far * low + i * top**2 + max(v * v for v in values) + min([], default=values[0])


@program([0.5, -1.5, 0.3])
def largest_of_several(values):
    a, b, c = values
    return max(a, b, c) * min(a, b, c) + max(a * a, b * b, 0.1) + max(*values, key=abs)


@program({"b": 0.5, "c": 1.5, "a": 0.3})
def sorted_keys(d):
    total = 0.0
    for rank, name in enumerate(sorted(d)):
        total += d[name] ** (rank + 1)
    order = sorted(d, key=lambda name: -ord(name))
    return total * d[order[0]]


@program([0.5, -1.5, 0.3, 1.1])
def sorted_values(values):
    ordered = sorted(values)
    by_size = sorted(values, key=lambda v: -v * v)
    values.sort(reverse=True)
    places = sorted(range(4), key=lambda i: values[i])
    return ordered[0] * by_size[1] + values[0] ** 2 + values[places[1]]


@program([0.5, 2.0, 1.5], sample(3, 2), wrt=(0, 1))
def reduce_with_functions(values, A):
    product = functools.reduce(lambda a, b: a * b + a, values)
    total = functools.reduce(operator.add, [row**2 for row in A], np.zeros(2))
    return product * np.sum(total * A[0])


@program(sample(3), sample(2, seed=1), wrt=(0, 1))
def product_and_chain(x, y):
    total = 0.0
    for i, j in itertools.product(range(3), range(2)):
        total += x[i] * y[j] ** (i + 1)
    for v in itertools.chain(x, y):
        total = total * 0.9 + v * v
    return total + sum(itertools.chain.from_iterable([[x[0]], [y[0] * x[1], y[1]]]))


@program([0.5, 2.0, 1.5, 0.7])
def accumulate_and_pairwise(values):
    sums = list(itertools.accumulate(values))
    products = list(itertools.accumulate(values, operator.mul, initial=1.0))
    jumps = [(b - a) ** 2 for a, b in itertools.pairwise(values)]
    return sums[2] * products[-1] + sum(jumps)


@program([0.5, 2.0, 1.5, 0.7])
def combinations_of_particles(charges):
    energy = 0.0
    for (i, a), (j, b) in itertools.combinations(enumerate(charges), 2):
        energy += a * b / (j - i)
    return energy


@program(0.5)
def count_until(x):
    total = 0.0
    for k in itertools.count(1):
        term = x**k / k
        if term < 1e-3:
            break
        total += term
    return total


@program([0.5, 2.0, 1.5])
def cycle_repeat_and_islice(values):
    total = 0.0
    for v, sign in zip(values, itertools.cycle([1.0, -2.0])):
        total += sign * v * v
    for v, w in zip(values, itertools.repeat(values[0])):
        total += v * w
    return total + sum(itertools.islice(values, 1, None))


@program(sample(4), also=[(-sample(4),)])
def generators_as_arguments(x):
    squares = (v * v for v in x)
    total = sum(squares) + max(abs(v) for v in x)
    if any(v > 0.9 for v in x) or not all(v < 0.0 for v in x):
        total *= math.prod(1.0 + v * v for v in x)
    return total + sum(a * b for i, a in enumerate(x) for b in x[:i] if i != 2)


@program([0.5, 2.0, 1.5])
def reversed_copied_and_unpacked(values):
    same = values
    other = values.copy()
    other.reverse()
    same.append(other[0] * other[-1])
    *most, last = values
    return sum(a * b for a, b in zip(most, other)) * last


@program([0.5, 2.0, 1.5, 0.7])
def pairs_are_merged(values):
    """A reduction by halves, as of a tournament."""
    while len(values) > 1:
        merged = []
        for i in range(0, len(values), 2):
            merged.append(values[i] * values[i + 1] + 0.5 * values[i])
        values = merged
    return values[0]


def collect(x, found, depth):
    found.append(x * depth)
    if depth > 0:
        collect(math.sin(x), found, depth - 1)


@program(0.8, 3, also=[(0.8, 0)])
def helper_appends_to_its_argument(x, depth):
    found = [x * x]
    collect(x, found, depth)
    return sum(found) + found[0] * found[-1]


@program([sample(2), sample(2, seed=1)])
def array_in_a_list_is_replaced(layers):
    layers[0] = layers[0] * layers[1]
    for i in range(len(layers)):
        layers[i] = np.tanh(layers[i] + i)
    layers[1] += layers[0]
    return np.sum(layers[0] * layers[1])


@program(sample(4))
def pairs_in_loops_of_the_run(x):
    pairs, records = [], [{"value": x[0], "place": 0}]
    for i in range(len(x)):
        for j in range(i):
            pairs.append([x[i], x[j] ** 2])
        records.append({"value": records[-1]["value"] * x[i], "place": i})
    first, last = pairs[0], records[-1]
    total = sum(a * b for a, b in pairs) * first[1] + last["value"]
    return total * sum(r["value"] * r["place"] for r in records)


@program(sample(4), also=[(-sample(4),)])
def tuples_with_arrays_in_loops_of_the_run(x):
    states = [(0, (x, x[0]))] if x[0] > 0.0 else []
    for i in range(len(x)):
        states.append((i, (x * x[i], x[i] ** 2)))
    total = 0.0
    for i, (v, w) in states:
        total = total * 0.5 + np.sum(v) * w * (i + 1)
    return total + states[-2][1][1]


@program(sample(4))
def row_changes_after_it_was_kept(x):
    rows = []
    for i in range(len(x)):
        row = [x[i], x[i] ** 2]
        rows.append(row)
        row[0] = 5.0 * x[0]
    return sum(a * b for a, b in rows)


@program(sample(4))
def kept_row_is_written_to(x):
    rows = []
    for i in range(len(x)):
        rows.append([x[i], x[i] ** 2])
    rows[0][1] = x[2]
    return sum(a * b for a, b in rows)


@program(sample(4))
def queue_of_the_run(x):
    queue, total = [x[0], x[1]], 0.0
    for v in x:
        queue.append(v * queue[0])
        total += queue.pop(0) * len(queue)
    queue.reverse()
    queue.insert(0, total * x[1])
    return sum(a * b for a, b in zip(queue, [1.0, 2.0, 3.0]))


@program(sample(5))
def list_of_the_run_is_halved(x):
    values = [v * v for v in x]
    same = values
    while len(values) > 1:
        a, b = values.pop(0), values.pop(0)
        values.append(a * b + x[0])
    same.extend(v + 1.0 for v in x)
    same.extend(x)
    return sum(a * b for a, b in zip(values, same[1:])) * same[0]


@program(sample(4))
def list_of_the_run_is_cleared(x):
    values, total = [], 0.0
    for i in range(len(x)):
        values.append(x[i] ** 2)
        if len(values) == 2:
            total += values[0] * values[1]
            values.clear()
            values.append(total * x[i])
    return total * sum(values)


@program(sample(6))
def stack_of_the_run(x):
    """A walk through a heap, whose size is known only at run time."""
    todo, total = [(0, 1.0)], 0.0
    while todo:
        k, weight = todo.pop()
        total = total * 0.5 + weight * x[k]
        if 2 * k + 2 < len(x):
            todo.append((2 * k + 1, weight * x[k]))
            todo.append((2 * k + 2, weight + x[k]))
    return total


@program(sample(3, low=0.5), also=[(np.array([1.2, 2.3, 3.1]),)])
def adaptive_intervals(x):
    stack, total, seen = [(x[0], x[1] + 3.0)], 0.0, 0
    while stack:
        a, b = stack.pop()
        seen += 1
        if b - a < 0.7:
            total += (b - a) * math.exp(-x[2] * (a + b))
        else:
            stack.append((a, 0.5 * (a + b)))
            stack += [(0.5 * (a + b), b)]
    return total * seen


@program(sample(5))
def two_lists_change_in_branches_of_a_loop(x):
    xs, ys = [x[0]], [x[1]]
    for v in x:
        if v > 0.0:
            xs.append(v * xs[-1])
            ys.pop()
            ys.append(v)
            ys.append(v * v)
        else:
            ys.append(xs[0])
    return sum(xs) * sum(ys) * len(ys)


@program(sample(4))
def stack_that_another_name_holds(x):
    stack = [x[0], x[1]]
    same, total = stack, 0.0
    for v in x:
        stack.append(v)
        if v > 0.0:
            total += stack.pop() * stack.pop()
    return total + sum(same)


@program([0.5, 1.5, -0.3, 0.8])
def argument_is_used_up(values):
    total, n = 0.0, len(values)
    while len(values) > 1:
        a = values.pop()
        if a > 0.0:
            values[0] += a * a
        total += a * values[0]
    return total * n + values[0]


@program(sample(4))
def columns_of_rows_of_the_run(x):
    rows = []
    for i in range(len(x)):
        rows.append((x[i], x[i] * x[0], i))
    first, second, places = zip(*rows)
    total = 0.0
    for column in zip(*[(a, b) for a, b, _ in rows]):
        total = total * 0.5 + sum(column) ** 2
    return total + sum(a * b * k for a, b, k in zip(first, second, places))


@program(1.0, 0.2, also=[(0.4, 0.2), (0.4, 0.5), (-0.4, 0.5)])
def a_list_of_an_arm_that_is_not_read_again(x, y):
    if x > 0.0:
        items = [x, y]
        if y > 0.3:
            del items[0]
        elif x < 0.57:
            items.insert(0, x * y)
            items += [x]
        x = x * y
    return x * y


@program(1.0, 0.2, also=[(0.4, 0.5)])
def a_table_of_an_arm_that_is_not_read_again(x, y):
    table = {"a": x}
    s = table["a"] * y
    if y > 0.3:
        table["b"] = y
        s += table["b"] * x
    return s * s
