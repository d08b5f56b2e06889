"""A name that refers to one of several arrays: a write changes the one that it is."""

# ruff: noqa: B007, B905, E501, F841 (users write that)

import numpy as np

from tests.corpus import program

X, Z = np.array([0.5, 1.5, 2.5]), np.array([2.5, 1.5, 0.7])
BOTH = [(X, Z, False)]


@program(X, Z, True, also=BOTH)
def argument_or_array(x, z, c):
    y = x * 2.0
    v = y if c else z
    v *= 3.0
    return np.sum(y * y) + np.sum(z * x)


@program(X, Z, True, also=BOTH)
def members_change_one_by_one(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    y[0] = 7 * x[1]
    v[1:] *= 2
    w *= 3
    return np.sum(y * y) + np.sum(w * x) + np.sum(v * v)


@program(X, Z, True, also=BOTH)
def view_of_a_choice(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    u = v[1:]
    u *= x[0]
    y += 1
    return np.sum(y * y) + np.sum(w * x) + np.sum(v * v) + np.sum(u)


@program(X, Z, True, also=BOTH)
def one_of_two_views(x, z, c):
    y = x * 2.0
    w = x * x
    v = y[1:] if c else w[:2]
    v *= x[0]
    y *= 2
    return np.sum(y * y) + np.sum(w * x) + np.sum(v * v)


@program(X, Z, True, also=BOTH)
def array_or_one_of_its_own(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else x * 3
    v *= x[0]
    y *= 2
    return np.sum(y * y) + np.sum(w * x) + np.sum(v * v)


@program(X, Z, True, also=BOTH)
def one_of_three(x, z, c):
    y = x * 2.0
    w = x * x
    q = x + 1
    if c:
        v = y
    elif x[0] > 1:
        v = w
    else:
        v = q
    v *= x[0]
    y *= 2
    q[0] += v[0]
    return np.sum(y * y) + np.sum(w * x) + np.sum(v * v) + np.sum(q)


@program(X, Z, True, also=BOTH)
def choice_in_each_iteration(x, z, c):
    y = x * 2.0
    w = x * x
    for i in range(3):
        v = y if (i % 2 == 0) == c else w
        v *= x[0]
        y[i] += w[i]
    return np.sum(y * y) + np.sum(w * x)


@program(X, Z, True, also=BOTH)
def choice_before_a_loop(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    for i in range(3):
        v[i] *= x[0]
        y[i] += w[i]
        w += v
    return np.sum(y * y) + np.sum(w * x)


@program(X, Z, True, also=BOTH)
def swapped_in_a_branch(x, z, c):
    y = x * 2.0
    w = x * x
    if c:
        a, b = y, w
    else:
        a, b = w, y
    a *= 2
    b += a
    a[0] = b[1]
    return np.sum(y * y) + np.sum(w * x)


@program(X, Z, True, also=BOTH)
def choice_changes_in_a_branch(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    if x[0] < 1:
        v *= 3
    else:
        y *= 2
    if not c:
        v[0] = 1
    return np.sum(y * y) + np.sum(w * x) + np.sum(v)


@program(X, Z, True, also=BOTH)
def one_of_two_arguments(x, z, c):
    v = x if c else z
    v *= 2
    return np.sum(v * x) + np.sum(z)


@program(X, Z, True, also=BOTH)
def choice_of_a_choice(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    u = v if x[0] < 1 else w
    u *= 2
    v += 1
    w *= 3
    y *= u
    return np.sum(y * y) + np.sum(w * x) + np.sum(v) + np.sum(u)


@program(X, Z, True, also=BOTH)
def choice_that_a_loop_runs_over(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    s = 0.0
    for q in v:
        s += q * q
        y[0] += 1
    return s + np.sum(y)


@program(X, Z, True, also=BOTH)
def reshaped_choice(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    r = v.reshape(3, 1)
    r *= 2
    return np.sum(y * y) + np.sum(w * x) + np.sum(v)


@program(X, Z, True, also=BOTH)
def methods_and_out(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    v.sort()
    np.add(v, 1, out=v)
    v.fill(x[0]) if x[1] > 9 else None
    return np.sum(y * y * x) + np.sum(w * x) + np.sum(v)


@program(X, Z, True, also=BOTH)
def rows_columns_and_transpose(x, z, c):
    A = np.outer(x, x)
    C = np.outer(x, x + 1)
    matrix = A if c else C
    matrix[0] = x
    matrix[:, 1] *= 2
    matrix.T[2] += x
    return np.sum(A * A) + np.sum(C * C * x)


@program(X, Z, True, also=BOTH)
def items_of_a_list(x, z, c):
    y = x * 2.0
    w = x * x
    items = [y, w]
    v = items[0] if c else items[1]
    v *= 2
    return np.sum(items[0] * items[1] ** 2)


@program(X, Z, True, also=BOTH)
def while_changes_it(x, z, c):
    y = x * 2.0
    w = x * x
    n = 0
    v = y if c else w
    while np.sum(v) < 30:
        v *= 1.5
        y += 0.1
        n += 1
    return np.sum(y * y) + np.sum(w * x) * n


@program(X, Z, True, also=BOTH)
def choice_in_a_try(x, z, c):
    y = x * 2.0
    w = x * x
    try:
        v = y if c else w
        v *= 2
        if c:
            raise ValueError
        y *= 3
    except ValueError:
        v += 1
    return np.sum(y * y) + np.sum(w * x)


@program(X, Z, True, also=BOTH)
def helper_changes_a_choice(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w

    def f(a):
        a *= 2
        return a

    q = f(v)
    q += 1
    return np.sum(y * y) + np.sum(w * x) + np.sum(q * v)


@program(X, Z, True, also=BOTH)
def copies_of_a_choice(x, z, c):
    y = x * 2.0
    w = x * x
    xs = []
    v = y if c else w
    for i in range(3):
        xs.append(v * i)
        v *= x
    return sum(np.sum(a) for a in xs) + np.sum(y * w)


@program(X, Z, True, also=BOTH)
def views_of_one_array(x, z, c):
    y = x * 2.0
    v = y[::2] if c else y[1:]
    v *= 3
    y *= 2
    return np.sum(y * y) + np.sum(v)


@program(X, Z, True, also=BOTH)
def choice_of_a_choice_with_memory_of_its_own(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else x * 3
    u = v if x[0] < 1 else w
    u *= 2
    v += 1
    w *= 3
    y *= u
    return np.sum(y * y) + np.sum(w * x) + np.sum(v) + np.sum(u)


@program(X, Z, True, also=BOTH)
def view_of_a_choice_of_a_choice(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    u = v if x[1] < 1 else y
    t = u[1:] if x[2] > 1 else v[:2]
    t *= 3
    u *= 2
    v += 1
    w *= 3
    y *= u
    t += x[:2]
    return np.sum(y * y) + np.sum(w * x) + np.sum(v) + np.sum(u)


@program(X, Z, True, also=BOTH)
def swap_and_choose(x, z, c):
    y = x * 2.0
    w = x * x
    for i in range(3):
        if c:
            y, w = w, y
        v = y if i == 1 else w
        v *= x
    return np.sum(y * y) + np.sum(w * x)


@program(X, Z, True, also=BOTH)
def array_by_number(x, z, c):
    ys = [x * 1.0, x * 2.0, x * 3.0]
    i = 0 if c else 2
    v = ys[0] if i == 0 else ys[1] if i == 1 else ys[2]
    v *= x
    v[i] += 1
    return sum(np.sum(a * a) for a in ys)


@program(X, Z, True, also=BOTH)
def entry_of_a_dict(x, z, c):
    d = {"a": x * 1.0, "b": x * x}
    t = d["a"]
    if c:
        d["a"] = d["b"]
    d["a"] *= 2
    t += 1
    return np.sum(d["a"] * d["b"] * t)


@program(X, Z, True, also=BOTH)
def nonlocal_choice(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w

    def f():
        nonlocal v
        v *= 2
        v = w

    f()
    v += 1
    y *= w
    return np.sum(y * y) + np.sum(w * x) + np.sum(v)


@program(X, Z, True, also=BOTH)
def helper_picks(x, z, c):
    y = x * 2.0
    w = x * x

    def pick(a, b):
        if c:
            return a
        return b

    pick(y, w)[1] += x[0]
    pick(w, y)[:] *= 2
    return np.sum(y * y) + np.sum(w * x)


@program(X, Z, True, also=BOTH)
def changed_and_chosen(x, z, c):
    y = x * 2.0
    w = x * x
    if c:
        v = y
        y[0] = 9 * x[0]
    else:
        v = w
        w[1] = x[1]
    y[1] = 3 * x[0]
    v *= y
    return np.sum(v * v) + np.sum(y * w)


@program(X, Z, True, also=BOTH)
def two_choices(x, z, c):
    y = x * 2.0
    w = x * x
    a = y if c else w
    b = w if c else y
    a += b
    b *= a
    y -= 1
    return np.sum(a * b) + np.sum(y * y * w)


@program(X, Z, True, also=BOTH)
def choice_and_member_trade_names(x, z, c):
    y = x * 2.0
    w = x * x
    v = y if c else w
    v, y = y, v
    v *= 2
    y += 1
    return np.sum(v * y) + np.sum(w)


class Model:
    def __init__(self, w):
        self.w = w

    def step(self, g):
        self.w += 0.1 * g


@program(X, Z, True, also=BOTH)
def attribute_that_is_one_of_two(x, z, c):
    y = x * 2.0
    model = Model(y if c else z * 1.0)
    for _ in range(3):
        model.step(model.w * x)
    return np.sum(y * y) + np.sum(model.w)


@program(X, Z, True, also=BOTH)
def attribute_is_replaced_in_a_branch(x, z, c):
    y, w = x * 2.0, x * x
    model = Model(y)
    if c:
        model.w = w
    model.step(x)
    model.step(model.w)
    return np.sum(y * y) + np.sum(model.w * w)


def clipped(y, low):
    if np.min(y) < low:
        y[y < low] = low
        return y
    return y


@program(X, also=[(X + 1.0,)])
def helper_gives_back_its_argument(x):
    y = x * 2.0
    z = clipped(y, 1.2)
    z += x
    return np.sum(y * z)


@program(X)
def store_into_one_of_two_arrays(x):
    a, b = x * 2.0, x * 3.0
    y = a if x[0] > 0.0 else b
    y[0] = x[1] ** 2
    return np.sum(a * b)


@program(X, also=[(-X,)])
def store_into_an_array_or_the_argument(x):
    y = x * 1.0
    if x[0] > 0.0:
        y = x
    y[1:] *= 2.0
    return np.sum(x * y)


@program(X, Z, True, also=BOTH)
def swapped_in_a_loop(x, z, c):
    u, v = x * 1.0, x * 2.0
    for i in range(3):
        if c:
            u, v = v, u
        u[i] = v[i] * x[0]
    return np.sum(u * v * x)


@program(X, Z, True, also=BOTH)
def chosen_for_the_next_iteration(x, z, c):
    y = x * 2.0
    w = x * x
    v = y
    for i in range(3):
        v *= x
        v[i] += 1
        v = w if i == 1 else y
    return np.sum(y * y) + np.sum(w * x) + np.sum(v)


@program(X, Z, True, also=BOTH)
def rebound_after_a_write(x, z, c):
    y = x * 2.0
    v = y
    for i in range(3):
        v[i] += y[0]
        v *= 2
        v = v * x
    return np.sum(y * y) + np.sum(v)


@program(X, Z, True, also=BOTH)
def double_buffer(x, z, c):
    a = x * 1.0
    b = np.zeros(3)
    for i in range(4):
        for j in range(3):
            b[j] = a[j] * x[0] + a[(j + 1) % 3]
        a, b = b, a
    return np.sum(a * a) + np.sum(b)


@program(X, Z, True, also=BOTH)
def three_names_in_turn(x, z, c):
    a = x * 1.0
    b = x * 2.0
    d = x * 3
    for i in range(4):
        a, b, d = b, d, a
        a[0] += b[1]
        d *= 1.1
    return np.sum(a * a) + np.sum(b) + np.sum(d * x)


@program(X, Z, True, also=BOTH)
def previous_and_current(x, z, c):
    prev = x * 1.0
    cur = x * 2.0
    for i in range(4):
        new = 2 * cur - prev + 0.1 * x
        prev = cur
        cur = new
        cur[0] = 0.5 * prev[1]
        prev[2] += cur[0]
    return np.sum(cur * prev)


@program(X, Z, True, also=BOTH)
def best_so_far_is_scaled(x, z, c):
    y = x * 2.0
    best = y
    for i in range(3):
        cand = y * (i + 1) * x
        if np.sum(cand) > np.sum(best):
            best = cand
        y[i] += 0.3
    best *= 2
    return np.sum(best * y)


@program(X, Z, True, also=BOTH)
def items_trade_places(x, z, c):
    ys = [x * 1.0, x * 2.0]
    for i in range(4):
        t = ys[0]
        ys[0] = ys[1]
        ys[1] = t
        ys[0] *= x
        ys[1][i % 3] += ys[0][0]
    return np.sum(ys[0] * ys[1])


@program(X, Z, True, also=BOTH)
def nested_loops_choose(x, z, c):
    y = x * 2.0
    w = x * 3
    v = y
    for i in range(3):
        for j in range(2):
            v[j] *= x[i]
            if c:
                v = w
        v += y
        if not c:
            v = y if i else w
    return np.sum(y * w) + np.sum(v)


@program(X, Z, True, also=BOTH)
def one_array_two_names(x, z, c):
    a = b = x * 1.0
    for i in range(3):
        a *= x
        if c:
            b = a * 2
        b += 1
    return np.sum(a * b)


@program(X, Z, True, also=BOTH)
def aliased_in_a_branch_of_a_loop(x, z, c):
    a = x * 1.0
    b = x * 2.0
    for i in range(4):
        a = b
        b = a * x
        if c:
            b = a
        b[0] += a[1]
    return np.sum(a * b)


@program(X, Z, True, also=BOTH)
def rows_one_after_the_other(x, z, c):
    a = np.outer(x, x)
    r = a[0]
    for i in range(3):
        r *= x
        r = a[i]
    return np.sum(a * a) + np.sum(r)


@program(X, Z, True, also=BOTH)
def break_and_else(x, z, c):
    p = x * 1.0
    v = x * 0.5
    for i in range(3):
        q = p
        if c:
            q = v
        q -= 0.1 * v * x
        p, v = v, p
        if np.sum(p) > 100:
            break
    else:
        p += q
    return np.sum(p * v)


@program(X, Z, True, also=BOTH)
def while_that_tests_a_choice(x, z, c):
    y = x * 2.0
    v, n = y, 0
    while np.sum(v) < 100 and n < 5:
        v += x
        if c and n == 2:
            v = v * 1.5
        y[1] += 0.5
        n += 1
    return np.sum(y * y) + np.sum(v)


@program(X)
def reshapes_are_written_back(x):
    A = np.outer(x, x).copy()
    A[:] = np.reshape(np.reshape(A, (3, 1, 3)) @ (np.eye(3) + 0.5), (3, 3))
    A += np.reshape(A, (3, 3)) * 2
    A[0] = np.reshape(A, (9,))[3:6]
    A[::-1] *= np.reshape(A, (3, 3))
    return np.sum(A * A * x)


@program(X)
def list_of_items_then_sorted(x):
    y = x * x
    items, kept = list(y), tuple(y)
    y.sort()
    y[0] *= 3.0
    return items[0] + y[1] * 2.0 + sum(items) * y[0] * kept[2]
