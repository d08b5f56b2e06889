"""Views, aliases and buffers: one memory, several names."""

import copy

import numpy as np

from tests.corpus import program

SQUARE = np.random.default_rng(0).normal(size=(3, 3))
ROW = np.array([0.3, -0.4, 0.9, 1.1])


@program(ROW)
def alias(x):
    y = x
    y[0] = 2 * x[1]
    return np.sum(x * x)


@program(ROW)
def slice_view(x):
    y = x * 2
    t = y[1:]
    t[0] = x[0] * 3
    t *= x[1:]
    return np.sum(y * y)


@program(SQUARE)
def transposed(A):
    B = A * 1.0
    B.T[0] = A[0] ** 2
    return np.sum(B * B * A)


@program(SQUARE)
def rows(A):
    B = A * A
    for row in B:
        row[0] = row[1] * row[2]
    return np.sum(B * A)


@program(SQUARE)
def rows_enum(A):
    for i, row in enumerate(A):
        row[i] += row[0] * 2
    return np.sum(A * A)


@program(SQUARE)
def rows_zip(A):
    B = np.zeros((3, 3))
    for r, s in zip(A, B, strict=False):
        s[:] = np.sin(r)
    return np.sum(B * A)


@program(SQUARE)
def chain(A):
    B = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            B[i][j] = A[j][i] * (i + 1)
    return np.sum(B * A)


@program(ROW)
def inlist(x):
    a, b = x * 2, x * 3
    xs = [a, b]
    xs[0][1] = x[0]
    xs[1] += x
    return np.sum(a * b)


@program(ROW)
def stale_view(x):
    y = x * 1.0
    t = y[1:]
    y[1] = 5.0 * x[0]
    return np.sum(t * t)


@program(ROW)
def double_buffer(x):
    u, v = x * 1.0, np.zeros(4)
    for _t in range(5):
        for i in range(1, 3):
            v[i] = 0.5 * (u[i - 1] + u[i + 1])
        u, v = v, u
    return np.sum(u * u) + np.sum(v)


def fill(out, x):
    for i in range(len(x)):
        out[i] = x[i] ** 2


@program(ROW)
def helper(x):
    y = np.zeros(4)
    fill(y, x)
    return np.sum(y * x)


@program(ROW)
def closure(x):
    y = np.zeros(4)

    def put(i, v):
        y[i] = v

    for i in range(4):
        put(i, x[i] * i)
    return np.sum(y * x)


@program(ROW)
def reshape_view(x):
    y = np.zeros(4)
    z = y.reshape(2, 2)
    z[0, 1] = x[0]
    z[1] = x[2:]
    return np.sum(y * x)


@program(ROW)
def ravel_copy(x):
    a = x[::2]
    r = a.flatten()
    r[0] = 100.0
    return np.sum(a * a) + np.sum(r * x[:2])


@program(ROW)
def branch_store(x):
    y = x * 1.0
    if x[0] > 0.05:
        y[1] = x[0]
    else:
        y[2] = x[0] * 2
    return np.sum(y * y)


@program(ROW)
def while_break(x):
    y = np.zeros(4)
    i = 0
    while True:
        y[i] = x[i] * x[0]
        i += 1
        if i == 3:
            break
    return np.sum(y**3)


@program(ROW)
def early_return(x):
    y = np.ones(4)
    for i in range(4):
        y[i] = x[i]
        if i == 2:
            return np.sum(y * y * y)
    return np.sum(y)


@program(ROW)
def stencil(u):
    u = u.copy()
    for _t in range(4):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return np.sum(u * u)


@program(ROW)
def nonlinear_stencil(u):
    for _t in range(4):
        u[1:-1] += 0.1 * u[2:] * u[:-2]
    return np.sum(u * u)


@program(ROW)
def list_items(x):
    xs = [0.0] * 4
    for i in range(4):
        xs[i] = x[i] ** 2
    return sum(xs)


@program(ROW)
def params_update(x):
    ws = [x * 1.0, x * 2.0]
    for _step in range(3):
        for w in ws:
            w -= 0.1 * w * w
    return np.sum(ws[0] * ws[1])


@program(ROW)
def swap(a):
    a[[0, 1]] = a[[1, 0]]
    a[2], a[3] = a[3], a[2]
    return np.sum(a * np.arange(4.0) * a)


@program(SQUARE)
def swap_rows(a):
    a[0], a[1] = a[1].copy(), a[0].copy()
    return np.sum(a * np.arange(9.0).reshape(3, 3) * a)


@program(ROW)
def dictstore(x):
    d = {"a": x * 1.0, "n": 0.0}
    d["a"][0] = x[1]
    for i in range(3):
        d["n"] += x[i] ** 2
    d["m"] = d["n"] * 2
    return np.sum(d["a"]) * d["m"]


@program(ROW)
def zy(y):
    z = y
    y += y[::-1].copy()
    return np.sum(z * np.arange(4.0))


@program(ROW)
def overlap(y):
    y[1:] += y[:-1]
    return np.sum(y * y)


@program(ROW)
def out_arg(x):
    b = np.empty(4)
    np.multiply(x, x, out=b)
    np.add(b, x, out=b)
    return np.sum(b * x)


@program(ROW)
def cond_in_loop(x):
    y = np.zeros(4)
    for i in range(4):
        if x[i] > 0:
            y[i] = x[i] ** 2
        elif i == 0:
            continue
        else:
            y[i - 1] += x[i]
    return np.sum(y * x)


@program(ROW)
def batches(x):
    batch = np.zeros(2)
    t = 0.0
    for i in range(2):
        batch[:] = x[2 * i : 2 * i + 2]
        t = t + np.sum(batch * batch * (i + 1))
    return t


@program(ROW[:3])
def union_in_place_of_a_dict(x):
    d = {"a": x[0], "inner": {"b": x[1]}}
    same, inner = d, d["inner"]
    d |= {"c": x[2] ** 2}
    d["inner"] |= {"d": x[0] * x[1]}
    return same["c"] * sum(inner.values()) * len(inner)


@program(ROW[:3])
def list_repeated_in_place(x):
    xs = [x[0], x[1]]
    d, same = {"a": xs}, xs
    xs *= 2
    d["a"] *= 2
    xs[0] = x[2]
    return sum(v * (k + 1) for k, v in enumerate(same))


@program(ROW[:3])
def list_held_twice_by_a_list_grows(x):
    rows = [[x[0], x[1]]] * 2
    rows[0][0] = x[2]
    rows[1] += [x[0]]
    rows[-1] *= 2
    return sum(rows[0]) * len(rows[0]) * rows[0][-1]


class Holder:
    def __init__(self, v):
        self.items, self.table = [v], {}


@program(ROW[:3])
def attributes_changed_in_place(x):
    holder = Holder(x[0])
    items, table = holder.items, holder.table
    holder.items *= 2
    holder.items += [x[1]]
    holder.table |= {"k": x[2]}
    return sum(items) * sum(table.values()) * len(items)


@program(ROW[:3], 3)
def lists_repeated_in_a_loop(x, n):
    xs = [x[0], x[1]]
    same = xs
    for k in range(n):
        xs *= 2
        xs[k] = xs[k] * x[2]
    return sum(same) * len(same)


@program(ROW[:3])
def slices_of_lists_changed_in_place(x):
    xs = [x[0], x[1], x[2]]
    xs[1:] += [x[0]]
    xs[:2] *= 2
    return sum(v * (k + 1) for k, v in enumerate(xs))


@program(ROW[:3])
def copies_of_containers(x):
    first = [x[0]]
    rows = [first, [x[1]], first]
    holder = Holder(x[2])
    d = {"rows": rows, "holder": holder, "array": x * 2.0}
    flat, deep = copy.copy(d), copy.deepcopy(d)
    rows[0][0] = x[2]
    d["array"][0] = x[1] ** 2
    deep["rows"][2][0] *= 3.0
    holder.items.append(x[0])
    deep["holder"].items[0] = x[1]
    flat["holder"] = 1.0
    total = flat["rows"][0][0] * 10.0 + deep["rows"][0][0] + sum(holder.items)
    return total * np.sum(deep["array"] * flat["array"]) + sum(deep["holder"].items) + len(d)


@program({"W": SQUARE[:2, :2], "b": ROW[:2]}, 3)
def best_parameters_are_copied(params, steps):
    best, least = copy.deepcopy(params), 1e9
    for _ in range(steps):
        loss = np.sum((params["W"] @ params["b"]) ** 2)
        if loss < least:
            best, least = copy.deepcopy(params), loss
        for name in params:
            params[name] *= 0.9
    return sum(np.sum(p * p) for p in best.values()) + least
