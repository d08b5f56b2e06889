"""Lists of lists that grow: buckets, adjacency, groups by a key that only the run knows."""

# ruff: noqa: B905 (users write zip without strict)

from collections import defaultdict

import numpy as np

from tests.corpus import program

X = np.array([0.7, 1.4, -0.4, 2.1])
LONGER = np.array([0.3, -1.2, 1.7, 0.9, 2.4])


@program(X, also=[(LONGER,)])
def adjacency(x):
    n = len(x)
    neighbours = [[] for _ in range(n)]
    for i in range(n):
        neighbours[(i * i) % n].append(i)
        neighbours[i].append((i + 1) % n)
    total = 0.0
    for i in range(n):
        for j in neighbours[i]:
            total += x[i] * x[j]
    return total


@program(X, also=[(LONGER,)])
def weighted_edges(x):
    n = len(x)
    edges = [[] for _ in range(n)]
    for i in range(n):
        edges[(i * i) % n].append((i, x[i] ** 2))
    total = 0.0
    for i in range(n):
        for j, w in edges[i]:
            total += w * x[j] * (i + 1)
    return total


@program(X)
def rows_have_names(x):
    n = len(x)
    rows = [[] for _ in range(n)]
    for i in range(n):
        row = rows[i]
        row.append(x[i])
        row.append(x[i] ** 2)
    for each, v in zip(rows, x):
        each.extend([v, 1.0])
    return sum(sum(r) ** 2 * (k + 1) for k, r in enumerate(rows))


@program(X)
def a_row_has_a_name_of_its_own(x):
    rows = [[] for _ in range(len(x))]
    second = rows[1]
    for i in range(len(x)):
        rows[i].append(x[i])
    second.append(x[0])
    return sum(sum(row) ** 2 for row in rows)


@program(X)
def rows_with_numbers(x):
    rows = [[1.0] * 2 for _ in range(len(x))]
    first = rows[0]
    for i in range(len(x)):
        rows[i].append(x[i])
        rows[i] += [x[0], 2.0]
    first.append(x[3])
    return sum(sum(row) ** 2 for row in rows)


@program(X, also=[(LONGER,)])
def rows_in_branches(x):
    n = len(x)
    rows = [[] for _ in range(2 * n)]
    for i in range(n):
        if x[i] > 0:
            rows[i].append(x[i])
        else:
            rows[n + i].append(-x[i] * 2)
    return sum(sum(row) ** 3 for row in rows)


@program(X)
def rows_get_shorter(x):
    n = len(x)
    rows = [[] for _ in range(n)]
    for i in range(n):
        rows[i // 2].append(x[i])
    total = 0.0
    for i in range(n):
        while rows[i]:
            total = total * x[0] + rows[i].pop()
    return total


@program(X, also=[(LONGER,)])
def groups_by_setdefault(x):
    groups = {}
    for v in x:
        groups.setdefault(int(v > 1.0), []).append(v)
    means = {k: sum(g) / len(g) for k, g in groups.items()}
    return means[0] * means[1] + sum((k + 1) * sum(g) ** 2 for k, g in groups.items())


@program(X, also=[(LONGER,)])
def groups_by_defaultdict(x):
    groups = defaultdict(list)
    first = groups[int(x[0] > 1.0)]
    for v in x:
        group = groups[int(v > 1.0)]
        group.append(v)
        group.append(v * v)
    first.append(x[1])
    total = 0.0
    for k in sorted(groups):
        total = total * 2 + sum(groups[k]) * (k + 1)
    return total + sum(np.mean(g) ** 2 for g in groups.values())


@program(X)
def groups_of_pairs(x):
    groups = defaultdict(list)
    for i, v in enumerate(x):
        groups["big" if v > 1.0 else "small"].append((i, v * v))
    return sum(sum(i * w for i, w in g) ** 2 for g in groups.values())


@program(X)
def a_group_begins_again(x):
    groups = defaultdict(list)
    for v in x:
        k = int(v > 1.0)
        groups[k].append(v)
        if len(groups[k]) > 1:
            groups[k] = []
            groups[k].append(v**2)
    return sum(sum(g) ** 2 for g in groups.values())
