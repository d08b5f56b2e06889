"""Items of lists at positions that are known only at run time, and loops over lists of arrays."""

# ruff: noqa: B007, B905 (users write that)

import numpy as np

from tests.corpus import program, sample

V = np.array([0.3, -0.7, 1.1])
EACH = [(V, n) for n in (1, 2, 3)]


@program(V, 0, also=EACH, float32=True)
def array_in_a_list_is_multiplied(v, n):
    ws = [v * 1.0, v * v]
    ws[n % 2] *= np.sin(v[0])
    ws[n % 2][1] = v[2]
    return np.sum(ws[0] * ws[-1])


@program(V, 0, also=EACH)
def array_in_a_list_is_replaced(v, n):
    ws = [v * 1.0, v * v]
    ws[n % 2] = np.sin(ws[1])
    ws.append(ws[n % 2 - 1] * v[0])
    return np.sum(ws[0] * ws[-1])


@program(V, 0, also=EACH)
def array_is_in_a_list_twice(v, n):
    ws = [v * 1.0, v * v, np.sin(v)]
    ws[0] = ws[1]
    u = ws[n % 3]
    u[1] = 3 * v[0]
    w = ws[(n + 1) % 3]
    w *= 2.0
    return np.sum(ws[0] * ws[1] * ws[2]) + np.sum(u)


@program(V, 0, also=EACH)
def view_of_an_argument_in_a_list(v, n):
    ws = [v * 1.0, v[::-1], np.sin(v)]
    u = ws[n % 3]
    u[1] = 3 * v[0]
    v[0] *= 2
    ws[-n % 3] *= 2.0
    return np.sum(ws[0] * ws[1] * ws[2]) + np.sum(u)


@program(V, 0, also=EACH)
def buffers_take_turns(v, n):
    ws = [v * 1.0, v * v, np.sin(v)]
    for i in range(n):
        ws[i % 3] *= v[1]
        ws[(i + 1) % 3] += ws[i % 3]
        ws[i % 2] = ws[i % 3] * v[0]
    return np.sum(ws[0] * ws[1] * ws[2])


@program(V, 1, also=[(V, 2), (V, 0)])
def number_is_popped_from_a_known_list(v, n):
    xs = [v[0], v[1] * v[2], v[2]]
    taken = xs.pop(n)
    xs.insert(0, taken * taken)
    del xs[n]
    return xs[0] * xs[1] + taken


@program(V, 0, also=[(V, 2)])
def list_of_the_run_is_sorted_and_cut(v, n):
    xs = [u * 2.0 for u in v]
    xs.sort(reverse=True)
    taken = xs.pop(n) * xs.pop(0)
    xs.insert(n, v[0])
    xs.insert(-1, v[1] ** 2)
    del xs[1:2]
    xs.sort()
    return xs[0] * taken + 2 * xs[-1]


@program(V, 1, also=EACH, float32=True)
def list_gets_numbers_of_another_type(v, n):
    xs = list(v)
    for i in range(n):
        xs[i % 2] = np.sin(v[0]) * i + 0.5
        if i > 1:
            xs.append(1.5 * v[2])
    return sum(xs) * xs[-1]


@program(0.7, 1, also=[(0.7, 2)])
def whole_numbers_become_floats(y, n):
    xs = [i + 3 for i in range(n + 2)]
    xs.insert(0, 4)
    xs[0] = y * y
    xs[1] = xs[0] * xs[1]
    xs[n] = y
    return xs[1] * xs[0] * xs[2] * xs[-1]


@program(V, 2, also=EACH)
def elements_of_a_comprehension_change(v, n):
    ws = [np.zeros(3) + v * k for k in range(n)]
    for u in ws:
        u[0] += v[0]
        u *= 2.0
        for w in ws:
            w += u * 0.1
    return np.sum(ws[0] * ws[-1] * v)


@program(V, 2)
def last_element_is_kept(v, n):
    ws = [v * 1.0, v * 2.0]
    for u in ws:
        best = u
    best *= 3.0
    return np.sum(ws[1] * v)


@program(V, 2)
def loop_variable_changes_after_the_loop(v, n):
    ws = [v * 1.0, v * 2.0]
    for u in ws:
        pass
    u *= 3.0
    return np.sum(ws[1] * ws[0])


@program(V, 2, also=[(-V, 1)])
def best_element_is_kept(v, n):
    ws = [v * 1.0, v * 2.0]
    best = ws[0]
    for u in ws:
        for _ in range(n):
            if u[0] > best[0]:
                best = u
    best *= 3.0
    return np.sum(ws[1] * ws[0])


@program(V)
def element_is_put_into_another_list(v):
    ws = [v * 1.0, v * 2.0]
    kept = [v]
    for u in ws:
        kept[0] = u
    ws[1] *= 3.0
    return np.sum(ws[1] * kept[0])


@program(V)
def item_changes_while_the_loop_runs(v):
    ws = [v * 1.0, v * 2.0]
    total = 0.0
    previous = ws[0]
    for u in ws:
        total += np.sum(u * u)
        ws[1] *= 2.0
        u += previous
        previous = u
    return total + np.sum(ws[0] * ws[1])


@program(V)
def empty_list_beside_an_array(v):
    xs = []
    total = sum(a * b for a, b in zip(xs, v)) + v[0] ** 2
    for a, b in zip(v, xs):
        total += a * b
    return total * (v[1] + len([a * b for a, b in zip(xs, v)]))


@program(sample(6), 0, also=[(sample(6), n) for n in (2, 5, 6)])
def starred_unpacking_in_a_try(x, n):
    try:
        first, *rest, last = x[n:]
        return first * last + sum(rest)
    except IndexError:
        return x[0] * 2.0
    except ValueError:
        return x[0] * 3.0


def _cotangents_are_not_shared(x, v):
    xs = [u * x for u in v]
    last = xs[-1]
    return sum(xs) * last + np.sin(last) * v[0]


program(0.7, V, wrt=(0, 1), float32=True)(_cotangents_are_not_shared)


class Stack:
    def __init__(self, values):
        self.values = values


@program(V, 2, also=EACH)
def list_of_an_object_shrinks_in_a_loop(v, n):
    stack = Stack([v[0], v[1], v[2] * v[0], 1.0])
    total = 0.0
    for _ in range(n):
        total += stack.values.pop() ** 2
    return total * sum(stack.values)


@program(V, 0, also=[(-V, 0), (-V, 2)])
def list_is_shorter_on_one_path(v, n):
    xs = [v[0], v[1], v[2]]
    if v[1] < 0:
        xs.pop(0)
    elif n > 1:
        xs.reverse()
        xs.append(v[0] * v[1])
    return sum(xs) * xs[0] + len(xs)


def shortened(xs, v):
    if v > 0:
        del xs[-1]


@program(V, also=[(-V,)])
def helper_shortens_a_list_of_an_object(v):
    stack = Stack([v[0], v[1] * v[2], v[2]])
    shortened(stack.values, v[0])
    return sum(stack.values) * stack.values[-1]


@program(V, 1, also=[(V, 2)])
def rows_of_a_comprehension_become_one(v, n):
    ws = [np.zeros(3) for _ in range(2)]
    ws[0] = ws[1]
    ws[n % 2][2] += np.tanh(v[0])
    rows = [v * k for k in range(1, 4)]
    row = rows[1]
    rows[n % 3] = row
    rows[2] *= v[0]
    row[0] = v[1]
    for i in range(2):
        rows[i] = rows[i + 1]
        rows[i][i] += v[i]
    return np.sum(ws[0] * ws[-1] * v) + np.sum(rows[0] * rows[-1] * v)


@program(1.3, 3, also=[(1.3, 2)])
def constants_of_a_list_are_replaced(x, n):
    xs = [1.0, 2.0]
    xs[n % 2] = x
    ys = [xs[0], x, 2.0]
    ys[n % 2] *= x
    return xs[0] * xs[1] * sum(ys)


@program(1.3, 3, also=[(1.3, 2)])
def a_list_of_constants_grows_later(x, n):
    xs = [0.5] * 3
    if xs:
        xs[n % len(xs)] *= x
    xs.insert(0, x * x)
    xs.append(xs[n % 2] * x)
    return sum(xs) * xs[-1]


@program(1.3, 3, also=[(1.3, 1)])
def whole_numbers_of_a_list_become_floats_by_position(x, n):
    xs = [1, 2, 3]
    for i in range(n):
        xs[i % 3] = xs[i % 3] * x
    return sum(xs) * xs[0]
