"""Sets of what is known, queues, and the dictionaries of `collections`."""

# ruff: noqa: B905, B007, C416

import collections
import functools
import math
from collections import Counter, OrderedDict, defaultdict, deque
from operator import itemgetter

import numpy as np

from tests.corpus import program, sample


@program(sample(6))
def breadth_first_search(x):
    graph = {0: [1, 2], 1: [3], 2: [3, 4], 3: [5], 4: [5], 5: []}
    seen, queue, total = {0}, deque([(0, 1.0)]), 0.0
    while queue:
        node, weight = queue.popleft()
        total += weight * x[node] ** 2
        for other in graph[node]:
            if other not in seen:
                seen.add(other)
                queue.append((other, weight * x[node]))
    return total * len(seen)


@program(sample(6))
def depth_first_order_by_recursion(x):
    graph = {"a": "bc", "b": "d", "c": "d", "d": ""}
    seen, order = set(), []

    def visit(node):
        if node in seen:
            return
        seen.add(node)
        for other in graph[node]:
            visit(other)
        order.append(node)

    visit("a")
    return sum(x[k] ** (k + 1) * (ord(node) - 96) for k, node in enumerate(order))


@program(sample(4))
def sets_of_numbers(x):
    a, b = {0, 1, 2}, set(range(1, 4))
    a |= {3}
    same = b
    same -= {1}
    total = 0.0
    for k in sorted(a & b):
        total = total * 0.5 + x[k]
    if a >= b and not b.isdisjoint(a) and a - b == {0, 1} and (a ^ b) != b:
        total *= len(a | b)
    squares = {k * k % 3 for k in range(4)}
    return total * x[len(squares)] + sum(x[k] ** 2 for k in {2, 0}) + x[max(a)]


@program(sample(4), also=[(-sample(4),)])
def set_in_a_branch(x):
    s = {0, 1}
    if x[0] > 0.0:
        s.add(1)
        total = x[1]
    else:
        total = x[2] * 2.0
    s.discard(7)
    s.remove(0)
    return total * x[len(s)]


@program(sample(4), also=[(-sample(4),)])
def set_differs_by_a_branch(x):
    s = {0, 1}
    if x[0] > 0.0:
        s.add(2)
    return sum(x[k] for k in s)


@program(sample(4))
def set_is_shared(x):
    s = {0}
    same, copied = s, s.copy()
    same.add(1)
    s |= {2}
    return x[len(same)] * 2.0 + x[len(copied)]


@program(sample(4))
def order_of_a_set_after_removals(x):
    s = set(range(30))
    for k in range(30):
        if k not in (9, 1):
            s.discard(k)
    total = 0.0
    for k in s:
        total = total * 0.5 + x[k % 4]
    return total


@program([0.5, 1.5, -0.3, 0.8], ["u", "v", "u", "w"])
def groups_of_a_defaultdict(values, names):
    groups, first = defaultdict(list), {}
    for name, v in zip(names, values):
        groups[name].append(v * v)
        first.setdefault(name, []).append(len(groups[name]) * v)
    means = {name: sum(group) / len(group) for name, group in groups.items()}
    total = math.prod(means.values()) + len(groups["missing"]) + len(groups)
    return total * sum(first["u"]) + groups.get("none", [2.0])[0]


@program(sample(4), 4)
def counts_and_sums_of_a_defaultdict(x, n):
    sums, nested = defaultdict(float), defaultdict(lambda: defaultdict(int))
    for k in range(n):
        sums[k % 2] += x[k] ** 2
        nested[k % 2][k % 3] += 1
    return sums[0] * sums[1] + sums[5] + nested[0][0] * x[1] + len(nested[1]) * x[2]


@program(sample(4), "abcabca")
def counters(weights, text):
    counts = Counter(text)
    counts.update("ab")
    (top, often), *_ = counts.most_common(2)
    total = counts["z"] + often * weights[0]
    for letter, n in sorted(counts.items(), key=itemgetter(1, 0)):
        total = total * 0.5 + weights[ord(letter) - 97] ** n
    return total * (1.0 if top == "a" else 7.0) + len(counts)


@program(sample(4))
def ordered_dictionaries(x):
    d = OrderedDict([("a", x[0]), ("b", x[1])])
    d["c"] = x[2]
    d.move_to_end("a")
    e = OrderedDict(d)
    key, last = d.popitem()
    same = dict.fromkeys("pq", [x[3]])
    same["p"].append(last)
    total = 0.0
    for k, v in d.items():
        total = total * 0.3 + v
    return total + sum(same["q"]) * len(key) + list(e.values())[-1] ** 2


@program(sample(5), 5)
def moving_average(x, n):
    window, total = deque([], 3), 0.0
    for k in range(n):
        window.append(x[k])
        total += sum(window) / len(window) * window[0]
    return total


@program(sample(5))
def full_queue_in_a_loop_of_the_run(x):
    window, total = deque([x[0], x[1], x[2]], maxlen=3), 0.0
    for v in x:
        window.append(v * window[0])
        total += window[-1] * window[1]
    return total


@program(sample(5))
def queue_of_two_ends(x):
    q = deque([x[0], x[1]], maxlen=4)
    q.appendleft(x[2])
    q.extend([x[3], x[4]])
    q.rotate(1)
    q.extendleft([x[0] * x[1]])
    same = q
    q += [x[2]]
    first, last = q.popleft(), same.pop()
    q[0] = q[0] * first
    q.reverse()
    return sum(v * (k + 1) for k, v in enumerate(same)) * last + len(q)


@program(sample(5))
def queue_that_changes_under_its_loop(x):
    q, total = deque([x[0], x[1]], maxlen=3), 0.0
    for v in list(q):
        q.append(v * x[2])
        total += v
    return total + sum(np.array(q) ** 2)


@program(0.6, 7)
def cached_function_inside(x, n):
    @functools.lru_cache(maxsize=None)  # noqa: UP033
    def weight(k):
        return k if k < 2 else weight(k - 1) + weight(k - 2)

    return sum(weight(k) * x**k for k in range(n))


@program({"W": sample(2, 2), "b": sample(2, seed=1)}, 3)
def momentum_by_names(params, steps):
    velocity = {name: np.zeros_like(p) for name, p in params.items()}
    history = collections.defaultdict(list)
    for _ in range(steps):
        grads = {name: 2.0 * p + np.cos(p) for name, p in params.items()}
        for name in params:
            velocity[name] = 0.9 * velocity[name] - 0.1 * grads[name]
            params[name] = params[name] + velocity[name]
            history[name].append(np.sum(params[name] ** 2))
    return sum(sum(losses) for losses in history.values()) + np.sum(params["W"] @ params["b"])


@program({"W": sample(2, 2), "b": sample(2, seed=1)}, 3)
def adam_state_is_made_in_the_first_step(params, steps):
    m, v = {}, {}
    for t in range(1, steps + 1):
        for name, p in params.items():
            g = 2.0 * p + np.cos(p)
            if name not in m:
                m[name], v[name] = np.zeros_like(p), np.zeros_like(p)
            m[name] = 0.9 * m[name] + 0.1 * g
            v[name] = 0.99 * v[name] + 0.01 * g * g
            step = m[name] / (1.0 - 0.9**t) / (np.sqrt(v[name] / (1.0 - 0.99**t)) + 1e-3)
            params[name] = p - 0.05 * step
    return sum(np.sum(p * p) for p in params.values())
