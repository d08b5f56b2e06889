"""Traps: programs whose gradient goes wrong as soon as an alias, a view or an order is missed."""

import itertools
import math

import numpy as np

from tests.corpus import program, sample

ROW = np.array([0.3, -0.4, 0.9, 1.1])
SQUARE = np.arange(9.0).reshape(3, 3) / 7 + 0.1


def bump(a):
    """Changes its argument, and gives it back."""
    a[0] = a[1] * 3
    return a


@program(ROW)
def alias_comprehension(x):
    y = x * 1.0
    rows = [r for r in (y, y)]
    rows[0][0] = x[1] ** 2
    return np.sum(rows[1] * x)


@program(SQUARE)
def view_in_list(M):
    B = M * 1.0
    vs = [B[i] for i in range(3)]
    vs[1][0] = M[0, 0] ** 2
    return np.sum(B * B)


@program(SQUARE)
def listrows(M):
    B = M * 1.0
    rows = list(B)
    rows[0][0] = M[1, 1] ** 2
    return np.sum(B * B)


@program(ROW)
def exit_store_after(x):
    y = np.zeros(4)
    for i in range(4):
        if x[i] > 0.8:
            break
        y[i] = x[i] ** 2
        if x[i] < 0:
            continue
        y[i] *= x[0]
    else:
        y[:] = 1.0
    return np.sum(y * x)


@program(ROW)
def raise_mid(x):
    y = x * 1.0
    y[0] = y[1] * y[2]
    for k in range(3):
        t = y[k:]
        if k == 1:
            break
    t[0] = 2 * x[0]
    return np.sum(y * y)


@program(ROW)
def cond_view(x):
    y = x * 2.0
    t = y[:2] if x[0] > 0 else y[2:]
    s = np.sum(t)
    y[0] = 5.0
    return s * np.sum(y * x)


@program(ROW)
def lambda_capture(x):
    y = x * 1.0

    def f():
        return np.sum(y * y)

    a = f()
    y[0] = x[2] * 3
    return a * f()


@program(ROW)
def ternary_rank(x):
    s = 0
    for i in range(3):
        s = s + (x if i == 1 else x[i])
    return np.sum(s * s)


@program(ROW)
def default_buffer(x):

    def g(v, out=None):
        if out is None:
            out = np.zeros(4)
        out[0] = v
        out[1:] += out[:-1]
        return out

    b = g(x[0] * x[1])
    c = g(x[2], b)
    return np.sum(b * x) + np.sum(c)


@program(ROW)
def return_alias(x):

    def same(v):
        return v

    y = x * 1.0
    z = same(y)
    z[1] = x[0] ** 2
    return np.sum(y * y)


@program(ROW)
def tuple_swap_views(x):
    y = x * 1.0
    a, b = (y[:2], y[2:])
    a[:], b[:] = (b, a)
    return np.sum(y * np.arange(4.0) * y)


@program(ROW)
def outer_loop_view(x):
    y = x * 1.0
    w = y[1:]
    for i in range(3):
        w[i] = w[i] * y[i]
        if w[i] > 0.3:
            break
    return np.sum(y * y)


@program(ROW)
def while_cond_reads_stored(x):
    y = x * 1.0
    n = 0
    while y[0] < 2.0:
        y[0] += 0.5 * y[3]
        y[1] *= y[0]
        n += 1
    return np.sum(y * y)


@program(ROW)
def sum_result_inplace(x):
    y = np.where(x > 0, x, 0.0)
    z = y
    y -= np.mean(y)
    y /= 2
    return np.sum(z * z * x)


@program(ROW)
def asarray_view_of_reshape(x):
    y = np.asarray(x).reshape(2, 2)
    s = np.sum(y * y)
    x[0] = 2.0
    return s + np.sum(x * x)


@program(ROW)
def obj_field_alias(x):
    class_ = {"a": x * 1.0}
    b = class_["a"]
    class_["a"] = class_["a"] * 2
    b[0] = x[1]
    return np.sum(class_["a"] * b)


@program(ROW)
def iter_own(x):
    y = x * 1.0
    t = 0.0
    for i, v in enumerate(y):
        if i < 3:
            y[i + 1] += v * v
        t += v
    return t


@program(ROW)
def zip_rows(x):
    B = np.outer(x, x)
    for a, b in zip(B[:-1], B[1:], strict=False):
        b += 0.5 * a
    return np.sum(B * B)


@program(ROW)
def map_store(x):
    y = np.zeros(4)

    def put(i):
        y[i] = x[i] ** 2
        return y[i]

    t = sum(put(i) for i in range(4))
    return t * np.sum(y)


@program(ROW)
def aug_rhs_mutates(x):
    y = x * 1.0

    def g():
        y[0] = 3 * x[1]
        return x[2]

    y[0] += g()
    return np.sum(y * y)


@program(ROW)
def cond_expr_store_then(x):
    y = x * 1.0
    z = x * 2.0
    if x[0] > 0:
        y, z = (z, y)
    s = np.sum(y)
    return s * np.sum(z * y)


@program(ROW)
def early_return_nested(x):
    y = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            y[i, j] = x[i] * x[j]
            if i == 1:
                return np.sum(y * y) * y[0, 1]
            y[j] += x[i]
    return np.sum(y)


@program(ROW)
def generator_twice(x):
    g = (v * v for v in x)
    a = sum(g)
    return a + 2 * sum(g)


@program(ROW)
def zip_twice(x):
    z = zip(x, x[::-1], strict=False)
    t = 0.0
    for a, b in z:
        t += a * b * b
    for a, _ in z:
        t += a
    return t


@program(ROW)
def gen_first_iter_eager(x):
    y = x * 2
    g = (v * v for v in y)
    y = y * 3
    return sum(g)


@program(ROW)
def gen_late_free(x):
    k = 2.0
    g = (v * k for v in x)
    k = 5.0
    return sum(g) * x[0]


@program(ROW)
def map_in_loop(x):
    m = map(lambda v: v * v, [x[0], x[1]])
    t = 0.0
    for i in range(2):
        t += sum(m) * (i + 1)
    return t


@program(ROW)
def fn_arg_twice(x):

    def f(it):
        return sum(it) + 2 * sum(it)

    return f(v * v for v in x)


@program(ROW)
def enum_partial(x):
    e = enumerate(x)
    t = 0.0
    for i, v in e:
        t += v * v
        if i == 1:
            break
    for i, v in e:
        t += i * v
    return t


class Account:
    def __init__(self, a):
        self.a = a

    def add(self, v):
        self.a += v
        return self


@program(ROW)
def two_names(x):
    p = Account(x[0])
    q = p
    q.add(x[1])
    q.a *= x[2]
    return p.a * x[3]


@program(ROW)
def array_attr_alias(x):
    p = Account(x * 1.0)
    y = p.a
    p.a += x
    y[0] = 7.0 * x[1]
    return np.sum(p.a * y)


@program(ROW)
def branch_obj(x):
    p = Account(x[0])
    q = Account(x[1])
    r = p if x[2] > 0 else q
    r.add(x[3])
    return p.a * q.a


@program(ROW)
def loop_rebind_obj(x):
    p = Account(x[0])
    for _i in range(3):
        q = p
        p = Account(q.a * x[1])
        q.add(1.0)
    return p.a + q.a


@program(ROW)
def eq_after_join(x):
    p = Account(x[0])
    q = p
    if x[1] < 0:
        q = Account(x[0])
    return x[2] if q == p else x[3] ** 2


@program(ROW)
def method_in_list(x):
    qs = [Account(x[i]) for i in range(3)]
    for q in qs:
        q.add(x[3])
    qs[0].add(qs[1].a)
    return qs[0].a * qs[2].a


@program(ROW)
def list_alias_in_dict(x):
    xs = [x[0], x[1]]
    d = {"a": xs}
    d["a"][0] = x[2]
    xs.append(x[3])
    return d["a"][0] * d["a"][2]


@program(ROW)
def plus_eq(x):
    xs = [x[0]]
    ys = xs
    ys += [x[1]]
    return xs[1] * ys[0]


@program(ROW)
def plus_eq_loop(x):
    xs = []
    for v in x:
        xs += [v * v]
    return sum(xs)


@program(ROW)
def branch_list_shared(x):
    xs = [x[0], x[1]]
    ys = xs
    if x[2] > 0:
        ys = [x[2], x[3]]
    ys[0] = 5.0 * x[1]
    return xs[0] * ys[1]


@program(ROW)
def default_mut(x):

    def f(v, acc=None):
        if acc is None:
            acc = []
        acc.append(v)
        return sum(acc)

    return f(x[0]) * f(x[1])


@program(ROW)
def slice_copy(x):
    xs = [x[0], x[1], x[2]]
    ys = xs[:]
    ys[0] = x[3]
    return xs[0] * ys[0]


@program(ROW)
def dict_copy(x):
    d = {"a": x * 1.0}
    e = d.copy()
    e["a"][0] = x[1] * 2
    e["b"] = 1.0
    return np.sum(d["a"] ** 2) * len(d)


@program(ROW)
def put_clip(x):
    y = x * 1.0
    np.put(y, [7], x[0] ** 2, mode="clip")
    return np.sum(y * y)


@program(ROW)
def putmask_cycle(x):
    y = x * 1.0
    np.putmask(y, np.array([True, True, True, False]), x[:2])
    return np.sum(y * np.arange(4.0))


@program(ROW)
def scalar_arr_alias(x):
    s = np.zeros(())
    t = s
    s += x[0]
    t *= 2
    s[()] = s * x[1]
    return float(t) * x[2]


@program(ROW)
def ravel_T(x):
    B = np.outer(x, x)
    r = B.T.ravel()
    r[0] = 9.0
    return np.sum(B) + np.sum(r * r)


@program(ROW)
def neg_step_overlap(x):
    y = x * 1.0
    y[1:] = y[:-1]
    y[:-1] += y[1:]
    y[::-1] += y
    return np.sum(y * y)


@program(ROW)
def idx_repeat_loop(x):
    y = np.zeros(3)
    idx = np.array([0, 1, 0])
    for i in range(2):
        y[idx] += x[:3] * (i + 1)
    return np.sum(y * y)


@program(ROW)
def bool_scalar_store(x):
    y = x * 1.0
    m = y > 0.5
    y[m] = y[m] ** 2
    y[~m] += y[m].sum()
    return np.sum(y * y)


@program(ROW)
def two_dim_mask_row(x):
    B = np.outer(x, x)
    B[B > 0.2] *= x[0]
    B[:, B[0] > 0] = 1.5 * x[1]
    return np.sum(B * B)


@program(ROW)
def nested_fn_state(x):
    buf = np.zeros(4)
    n = [0]

    def push(v):
        buf[n[0]] = v
        n[0] += 1

    for v in x:
        push(v * v)
    return np.sum(buf * x)


@program(ROW)
def while_else_store(x):
    y = x * 1.0
    i = 0
    while i < 3:
        y[i] = y[i + 1] * x[0]
        if y[i] > 5:
            break
        i += 1
    else:
        y[3] = y[0]
    return np.sum(y * y)


@program(ROW)
def grow_while_iter(x):
    xs = [x[0], x[1]]
    t = 0.0
    for v in xs:
        t += v * v
        if len(xs) < 4:
            xs.append(v * x[2])
    return t


@program(ROW)
def replace_while_iter(x):
    xs = [x[0], x[1], x[2]]
    t = 0.0
    for i, v in enumerate(xs):
        t += v * v
        if i < 2:
            xs[i + 1] = v * x[3]
    return t


@program(ROW)
def map_effects(x):
    acc = []

    def push(v):
        acc.append(v)
        return v

    s = sum(map(push, [x[0], x[1]]))
    return s * len(acc)


@program(ROW)
def gen_effects_max(x):
    n = np.zeros(1)

    def push(v):
        n[0] += 1
        return v

    s = max(push(v) for v in x)
    return s * n[0]


@program(ROW)
def comp_pop(x):
    st = [x[0], x[1], x[2]]
    ys = [st.pop() for _ in (0, 1)]
    return ys[0] * ys[1] * len(st) + st[0]


@program(ROW)
def cond_comp_effect(x):
    n = [0]

    def f(v):
        n[0] += 1
        return v

    ys = [f(v) for v in [x[0], x[1], x[2]] if v > 0]
    return sum(ys) * n[0]


@program(ROW)
def run_list_grow(x):
    xs = [v for v in x]
    t = 0.0
    for v in xs:
        t += v
        if len(xs) < 6:
            xs.append(v * v)
    return t


@program(ROW)
def dict_view_live(x):
    d = {"a": x[0]}
    vs = d.values()
    d["b"] = x[1]
    return sum(vs)


@program(ROW)
def items_mutate(x):
    d = {"a": x[0], "b": x[1]}
    for k, v in d.items():
        d[k] = v * v
    return d["a"] + d["b"] * x[2]


@program(ROW)
def next_style(x):
    r = reversed([x[0], x[1]])
    a = list(r)
    b = list(r)
    return a[0] * (1 + len(b))


@program(ROW)
def chain_twice(x):
    c = itertools.chain([x[0]], [x[1]])
    return sum(c) + sum(c)


@program(ROW)
def filter_once(x):
    f = filter(lambda i: i % 2 == 0, range(4))
    return sum(x[i] for i in f)


@program(ROW)
def zip_list(x):
    return sum((a * b for a, b in list(zip(x, x[1:], strict=False))))


@program(ROW)
def plus_eq_param(x):
    xs = [x[0]]
    ys = xs
    xs += [x[1]]
    xs = xs + [x[2]]
    ys.append(x[3])
    return ys[2] * len(xs) * xs[1]


@program(ROW)
def gen_named_once(x):
    g = (v * v for v in x)
    return sum(g) * x[0]


@program(ROW)
def fn_gen(x):

    def tot(it):
        s = 0.0
        for v in it:
            s += v
        return s

    return tot(v * x[0] for v in x)


@program(ROW)
def rows_of_lists(x):
    rows = [[x[0], x[1]], [x[2], x[3]]]
    for r in rows:
        r[0] = r[1] * 2
    return rows[0][0] * rows[1][0] + rows[0][1]


@program(ROW)
def run_rows(x):
    rows = [[v, v * v] for v in x]
    rows[1][0] = 5.0 * x[0]
    return sum(r[0] * r[1] for r in rows)


@program([[0.3, 0.4], [0.5, 0.6]])
def param_nested(p):
    p[0][1] = p[1][0] ** 2
    return np.sum(np.array(p) ** 2)


@program({"a": [0.3, 0.4], "b": np.array([1.0, 2.0])})
def param_dict(p):
    p["a"][0] = p["a"][1] * p["b"][0]
    p["b"][1] = p["a"][0]
    p["c"] = p["b"] * 2
    return sum(p["a"]) * np.sum(p["b"] * p["c"])


@program(SQUARE)
def list_then_store(M):
    B = M * 1.0
    rows = list(B)
    B[0, 0] = 5.0 * M[1, 1]
    return np.sum(rows[0] ** 2)


@program(SQUARE)
def comp_views_then_store(M):
    B = M * 1.0
    vs = [B[i] for i in range(3)]
    B[0, 0] = 5.0 * M[1, 1]
    return np.sum(vs[0] ** 2)


@program(ROW)
def recursion_alias(x):

    def f(a, n):
        return a if n == 0 else f(a, n - 1)

    y = x * 1.0
    r = f(y, 2)
    y[0] = 5.0 * x[1]
    return np.sum(r * r)


@program(SQUARE)
def einsum_view(M):
    B = M * 1.0
    d = np.einsum("ii->i", B)
    B[0, 0] = 5.0 * M[1, 1]
    return np.sum(d * d)


@program(ROW)
def asanyarray(x):
    b = np.zeros(4)
    c = np.asanyarray(b)
    b[0] = x[0]
    return np.sum(c * x)


@program(ROW)
def astype_nocopy(x):
    b = x * 1.0
    c = b.astype(float, copy=False)
    b[0] = x[1] * 3
    return np.sum(c * c)


@program(ROW)
def nan_to_num(x):
    b = x * 1.0
    np.nan_to_num(b, copy=False)
    b[0] = 2 * x[1]
    return np.sum(b * b)


@program(ROW)
def real_view(x):
    b = x * 1.0
    c = b.real
    c[0] = x[1] * 3
    return np.sum(b * b)


@program(SQUARE)
def two_views_overlap(M):
    B = M * 1.0
    r = B[0]
    c = B[:, 0]
    r[0] = M[1, 1] ** 2
    c[1] += r[0]
    r += c
    return np.sum(B * B)


@program(ROW)
def closure_mutates_loop(x):
    y = x * 1.0

    def bump(i):
        y[i] *= 2.0
        return y[i]

    t = 0.0
    for i in range(4):
        if bump(i) > 1.0:
            break
        t += y[i] * y[0]
    return t + np.sum(y * y)


@program(ROW)
def args_alias(x):

    def f(a, b):
        a[0] = b[1] * 2
        return np.sum(a * b)

    y = x * 1.0
    return f(y, y) * f(y, y[::-1])


@program(ROW)
def trim(x):
    b = np.zeros(4)
    b[1] = 2.0
    c = np.trim_zeros(b)
    b[1] = x[0]
    return np.sum(c) * x[1]


@program(ROW)
def setdefault_list(x):
    d = {}
    for i in (0, 1, 2):
        d.setdefault(i % 2, []).append(x[i])
    return d[0][1] * d[1][0] + len(d[0]) * x[3]


@program(ROW)
def walrus_view(x):
    y = x * 1.0
    if (t := y[1:])[0] < 0:
        t[0] = x[3] ** 2
    return np.sum(y * y)


@program(ROW)
def return_store_in_arms(x):
    y = x * 1.0
    for i in range(4):
        if y[i] > 0.8:
            y[0] = y[i]
            return np.sum(y * y)
        y[i] += 0.5 * y[0]
    return 0.0


@program(ROW)
def tuple_of_arrays_aug(x):
    p = (x * 1.0, x * 2.0)
    for w in p:
        w *= x
    a, b = p
    b -= a
    return np.sum(p[0] * p[1])


def bump_too(a):
    a[0] = a[1] * 3
    return a


@program(ROW)
def choice_then_bump(x):
    a = x * 1.0
    b = x * 2.0
    return np.sum((a if x[0] > 0 else b) * bump(a) * x)


@program(ROW)
def ravel_then_bump(x):
    a = x * 1.0
    return np.sum(a.ravel() * bump(a) * x)


@program(ROW)
def view_then_bump(x):
    a = x * 1.0
    return np.sum(a[::-1] * bump(a) * x)


@program(ROW)
def while_test(x):
    a = x * 1.0
    b = x * 2.0
    k = 0

    def f(v):
        v[1] += 0.5
        return v[1]

    c = a if x[0] > 0 else b
    while f(c) < 1.0:
        k += 1
    return np.sum(c * x)


@program(ROW)
def while_test_other(x):
    a = x * 1.0
    b = x * 2.0
    c = a if x[0] > 0 else b

    def g(v):
        return v.sum()

    n = 0
    while g(c) < 3.0 and n < 5:
        a[0] += 1.0
        n += 1
    return np.sum(a * x)


@program(ROW)
def aug_call(x):
    a = x * 1.0
    a += bump(a)
    return np.sum(a * x)


@program(ROW)
def list_display(x):
    a = x * 1.0
    p = [a[1:], bump(a), a.copy(), bump(a)[0]]
    return np.sum(p[0]) * np.sum(p[2]) * p[3]


@program(ROW)
def arg_order(x):

    def f(u, v, w):
        return np.sum(u * v) * w

    a = x * 1.0
    return f(a, bump(a), a[0])


@program(ROW)
def scalar_before_bump(x):
    a = x * 1.0
    return a[0] * bump(a)[0] * a[0]


@program(ROW)
def compare_chain(x):
    a = x * 1.0
    if a[0] < bump(a)[3] < 2.0:
        return a[0] * x[1]
    return a[0]


@program(ROW)
def dict_disp(x):
    a = x * 1.0
    d = {"u": a.sum(), "v": bump(a).sum(), "w": a.sum()}
    return d["u"] * d["v"] * d["w"]


@program(ROW)
def fstring_etc(x):
    a = x * 1.0
    t = (a.max(), bump(a).max(), a.max())
    return t[0] * t[1] + t[2]


@program(ROW)
def helper_param_dead(x):

    def sim(u):
        v = np.zeros(4)
        for _ in range(2):
            for i in range(1, 3):
                v[i] = u[i - 1] * u[i + 1] + u[i]
            u, v = (v, u)
        return np.sum(u)

    y = x * 1.0
    return sim(y) * x[0]


@program(ROW)
def gen_reads_after(x):
    a = x * 1.0
    g = (a[i] for i in range(4))
    a[0] = 5.0 * x[1]
    return sum(v * v for v in g)


@program(ROW)
def lambda_default(x):
    a = x * 1.0

    def f(s=a):
        return np.sum(s * s)

    a[0] = 2 * x[1]
    a = a * 2
    return f() * np.sum(a)


@program(ROW)
def nested_choice_store(x):
    a = x * 1.0
    b = a if x[0] > 5 else a
    b[0] = x[1] * 2
    return np.sum(a * b)


@program(ROW)
def swap_in_branch(x):
    u, v = (x * 1.0, x * 2.0)
    for i in range(3):
        if i % 2 == 0:
            u, v = (v, u)
        u[i] = v[i] * x[0]
    return np.sum(u * v * x)


@program(SQUARE)
def zip_reversed(M):
    B = M * 1.0
    for a, b in zip(B, reversed(B), strict=False):
        a += 0.5 * b
    return np.sum(B * B)


@program(SQUARE)
def rows_of_view(M):
    B = M * 1.0
    for k, row in enumerate(B[1:], start=1):
        row *= M[0] * k
    for col in B.T:
        col[0] = col[1] * 2
    return np.sum(B * B)


@program(SQUARE)
def nested_rows(M):
    B = M * 1.0
    for row in B:
        for i in range(3):
            row[i] = row[i - 1] * B[0, 0] + row[i]
        if row[0] > 2:
            break
    return np.sum(B * B)


@program(SQUARE)
def row_kept(M):
    B = M * 1.0
    last = B[0]
    for row in B:
        row += 0.1 * last
        last = row
    return np.sum(B * last)


@program(SQUARE)
def row_list(M):
    B = M * 1.0
    keep = []
    for row in B:
        keep.append(row.copy())
        row[:] = 0.0
    return np.sum(np.array(keep) * M) + np.sum(B)


@program(ROW)
def same_loop_var(x):
    y = x * 1.0
    for y in (y, y * 2):  # noqa: B020
        y = y + 1
    return np.sum(y * y)


@program(ROW)
def store_then_branch_alias(x):
    y = x * 1.0
    z = y
    if x[0] > 0:
        z = z.copy()
    z2 = z * 1.0
    z2[0] = y[1]
    return np.sum(z2 * y)


@program(ROW)
def loop_carry_view(x):
    y = x * 1.0
    w = y[:2]
    for _i in range(3):
        s = w * 1.0
        w = s[::-1]
    return np.sum(w * y[:2])


@program(ROW)
def tuple_state(x):
    st = (x * 1.0, 0.0)
    for i in range(3):
        a, t = st
        a[i] = a[i] * x[3] + t
        st = (a, t + a[0])
    return np.sum(st[0]) * st[1]


@program(ROW)
def dict_state_loop(x):
    d = {"a": x * 1.0, "t": 0.0}
    for i in range(3):
        d["a"][i] *= x[3]
        d["t"] += d["a"][i]
        d["a"] = d["a"] + 1.0
    return np.sum(d["a"]) * d["t"]


@program(ROW)
def swap_dict(x):
    d = {"u": x * 1.0, "v": x * 2.0}
    for i in range(3):
        d["u"], d["v"] = (d["v"], d["u"])
        d["u"][i] = d["v"][i] * x[0]
    return np.sum(d["u"] * d["v"])


@program(ROW)
def obj_swap(x):
    u = [x * 1.0, x * 2.0]
    for i in range(3):
        u[0], u[1] = (u[1], u[0])
        u[0][i] += u[1][i]
    return np.sum(u[0] * u[1])


@program(ROW)
def continue_store(x):
    y = np.zeros(4)
    for i, v in enumerate(x):
        if v < 0:
            y[i] = -v
            continue
        y[i] = v * v
        if i == 2:
            break
        y[3] += y[i]
    return np.sum(y * y)


@program(ROW)
def while_else_return(x):
    y = x * 1.0
    k = 0
    while k < 4:
        y[k] += y[k - 1]
        if y[k] > 10:
            return 0.0 * x[0]
        k += 1
    else:
        y[0] = np.sum(y)
    return y[0] * y[1]


@program(ROW)
def copy_on_branch(x):
    y = x * 1.0
    old = y.copy()
    if x[0] > 0:
        y[:] = old[::-1]
        old[0] = y[0] * 2
    return np.sum(y * old)


@program(ROW)
def np_where_inplace(x):
    y = x * 1.0
    y[:] = np.where(y > 0, np.sqrt(np.abs(y)), y)
    y[...] += y[::-1]
    return np.sum(y * x)


@program(2.0, also=[(-2.0,)])
def object_made_and_changed_in_an_arm(x):
    """What an arm has made is as the arm leaves it."""
    if x > 0.0:
        v = [x, 1.0]
        v[0] = x * x
    else:
        v = [1.0, x]
        v.insert(0, x**3)
        del v[2]
    return v[0] * v[1] * x


@program(1.5, 3)
def variable_rebound_between_recursive_calls(x, n):
    """A recursive function reads the variables of its enclosing function anew in each call."""
    w = x

    def rec(n, y):
        return y * w if n == 0 else rec(n - 1, y)

    a = rec(n, x)
    w = w * x
    return a + rec(n, x)


@program(1.5, 3)
def constant_rebound_between_recursive_calls(x, n):
    scale = 2.0

    def rec(n, y):
        return y * scale if n == 0 else rec(n - 1, y)

    a = rec(n, x)
    scale = 5.0
    return a + rec(n, x)


@program(sample(3))
def nonlocal_changes_in_one_arm(x):
    total = 1.0

    def add(v):
        nonlocal total
        if v > 0.0:
            total = total * v + 1.0

    for v in x:
        add(v)
        total += 0.1 * v
    return total * x[0]


@program(sample(3))
def nonlocal_of_two_levels(x):
    count = x[0]

    def outer():
        def inner():
            nonlocal count
            count = count * x[1] + 1.0

        inner()
        inner()
        return count

    return outer() * count


@program(sample(4), 4)
def rows_of_a_list_are_arrays(x, n):
    t = [np.zeros(3) for _ in range(n)]
    for i in range(n):
        t[i][i % 3] = x[i] ** 2
        t[i] += x[0]
        t[i][1:] *= x[1]
    return sum(np.sum(r * r) for r in t)


@program([0.3, 0.4], 2)
def shallow_copy_of_a_table(x, n):
    t = [[v, v * v, 1.0] for v in x]
    u = t[:]
    t[0][0] = 5.0 * x[1]
    return u[0][0] * t[1][1]


@program([[1.0, 2.0], [3.0, 4.0], [0.5, 0.6]])
def argument_is_a_table(t):
    t[0][1] = t[1][0] ** 2
    for i in range(len(t)):
        t[i][0] *= t[0][1]
    total = 0.0
    for row in t:
        for v in row:
            total += v * v
    return total


@program(sample(3), 3)
def table_seen_through_a_slice_in_the_next_trip(x, n):
    t = [np.zeros(2) for _ in range(n)]
    for k in range(n):
        t[0][0] = x[k]
        u = t[:]
        t[0][1] += u[0][0]
    return np.sum(t[0]) + u[0][0] * u[0][1]


@program([sample(3), sample(3, seed=1)], 0.3, 2)
def arrays_of_a_list_are_updated(ws, x, n):
    for _ in range(n):
        for i in range(len(ws)):
            ws[i] -= 0.1 * ws[i] * x
    return np.sum(ws[0] * ws[1])


@program([(sample(3), sample(2)), (sample(3, seed=1), sample(2, seed=2))], 0.3)
def pairs_of_arrays_are_updated_in_a_loop(layers, x):
    for W, b in layers:
        W -= 0.1 * W * x
        b *= 2.0
    return np.sum(layers[0][0] * layers[1][0]) + np.sum(layers[0][1])


@program([sample(2), sample(2, seed=1)])
def array_of_a_list_is_overwritten(ws):
    """The cotangent of what is overwritten is zero, and an array."""
    ws[0] = np.array([1.5, -0.5])
    return np.sum(ws[0] * ws[1])


@program([[0.3, 0.4], [0.5, 0.6]], 1)
def row_of_a_list_is_overwritten(rows, i):
    rows[i] = [rows[0][0] ** 2, 1.0]
    return rows[0][0] * rows[1][0] + rows[0][1] * rows[1][1]


# What an index out of range leaves behind


@program(ROW)
def index_of_a_short_list_is_caught(x):
    items = [x[0], x[1]]
    total = 0.0
    for k in range(4):
        try:
            total += items[k]
        except IndexError:
            total = total * x[k]
        else:
            total -= 0.5 * x[k] ** 2
        finally:
            total = total * 1.1
    return total


@program(ROW)
def index_of_a_tuple_is_caught(x):
    pair, total = (x[0], x[1]), 0.0
    for k in range(4):
        try:
            total += pair[k]
        except LookupError:
            total += x[2] * total
    return total


@program(SQUARE)
def index_of_two_axes_is_caught(M):
    total = 0.0
    for k in range(5):
        try:
            total = total + M[k, 1] * np.sum(M[[0, k]])
        except IndexError:
            total += M[2, 2] * total
    return total


@program(ROW)
def store_out_of_range_is_caught(x):
    y = np.zeros(2)
    for k in range(4):
        try:
            y[k] = x[k] * x[0]
        except IndexError:
            y[0] += x[0] * x[1]
    return np.sum(y)


@program(ROW)
def augmented_store_out_of_range_is_caught(x):
    y, items = x[:2] * 1.0, [x[2], x[3]]
    for k in range(4):
        try:
            y[k] *= 2 * x[k]
            items[k] *= y[k]
        except IndexError:
            y[0] += x[0] * x[1]
    return np.sum(y) * items[0] + items[1]


@program(ROW)
def index_that_raises_writes_nothing(x):
    y = x * 1.0
    for k in range(3):
        try:
            y[1 // k] = x[3] * y[k]
        except ZeroDivisionError:
            y[2] *= x[0]
    return np.sum(y * x)


@program(ROW)
def augmented_number_stays_where_its_value_raises(x):
    total = 1.0
    for k in range(3, 6):
        try:
            total *= x[-k]
        except IndexError:
            total *= x[0] * 2
    return total


class Overflow(Exception):
    def __init__(self, value):
        self.value = value


@program(ROW)
def augmented_by_a_call_that_changes_it_and_raises(x):
    """Read before the call, written after it, and not at all where the call raises."""
    y, total = x * 1.0, 1.0

    def change(k):
        nonlocal total
        y[k] *= 3.0
        total = total * 2.0
        if k > 2:
            raise Overflow(y[0] * total)
        return y[k] + x[0]

    for k in range(4):
        try:
            y[k] += change(k)
            total += change(k - 1)
        except Overflow as error:
            y[0] += error.value
    return np.sum(y * x) * total


def scaled_by(factor):
    return lambda v: v * factor


@program(ROW, also=[(-ROW,)])
def functions_made_before_a_branch(x):
    double, triple = scaled_by(x[1]), scaled_by(3.0 * x[2])
    f = double if x[0] > 0.0 else triple
    if x[1] > 0.0:
        f = triple
    total = 0.0
    for k in range(4):
        g = scaled_by(x[k])
        total += g(x[3]) * f(x[k])
    return total


@program(0.3, 0, also=[(0.3, 1)])
def name_that_only_a_path_that_returns_has(x, n):
    k = 0
    while k < 3:
        k += 1
        if n == 1:
            s = np.sin(x)
            return x * s
    return x * x * k


@program(0.4 + 0.3j)
def complex_number_through_a_sum(z):
    """The cotangent of a sum that is a Python number: its imaginary part must not be lost."""
    return np.abs(np.sum(z * (1 + 2j)) + np.mean(z)) ** 2 + np.imag(np.sum(z))


@program(0.4 + 0.3j)
def complex_number_through_a_branch(z):
    """What leaves the branch is a NumPy number on one side, a Python number on the other."""
    w = z**2 if z.real > 0.0 else np.sum(z)
    return np.real(w)


@program(sample(3))
def column_of_an_array(x):
    w = np.array([[1.0], [2.0], [-0.5]])
    return np.sum(np.vstack(x * x) * w) + np.sum(np.column_stack(x) * w[:, 0])


@program([0.3, 0.4, -0.2])
def column_of_a_list(x):
    w = np.array([1.0, 2.0, -0.5])
    column = np.vstack(x) * w[:, np.newaxis]
    return np.sum(column) + np.sum(np.column_stack(x) * w**2) + np.sum(np.dstack(x) * w**3)


@program(sample(9), 2)
def weights_in_one_vector(w, n):
    """The slices are kept for the backward pass, and are read again in that of the gradient."""
    h, start = np.ones(3), 0
    for k in range(n):
        size = 3 * (k + 1)
        h = np.tanh(h * np.sum(w[start : start + size] ** 2) + w[:3])
        start += size
    return np.sum(h)


@program(ROW)
def buffer_named_as_what_its_first_entry_reads(x):
    """`g = np.zeros_like(g)` before `g[1] -= ... g[1] ...` would lose what is read."""
    w, table = x * x, np.zeros((2, 4))
    for row in table:
        row[0] = math.cos(np.stack([w, w])[1][1])
    return np.sum((table[1] + table[0]) * x)


@program(ROW)
def sizes_of_what_a_loop_swaps(x):
    u, w = x * 1.0, x[1:] * 2.0
    total = 0.0
    for k in range(len(u)):
        for j in range(len(w) - 1):
            total += u[k % 3] * w[j] ** 2
            u, w = w, u
        u, w = w * x[0], u
    return total


@program(sample(4, 4))
def a_list_as_an_index_makes_a_copy(a):
    """It was taken for a view where its numbers are known only at run time."""
    b, best, second = a.copy(), int(np.argmax(a[0])), 1
    rows = b[[best, second]]
    rows[0] = 5.0
    b[1] *= 2
    return np.sum(b**2) + np.sum(rows * b[:2])


@program(sample(4, 4))
def tuples_inside_of_an_index_make_a_copy(a):
    b = a.copy()
    rows, part = b[(2, 3),], b[(1, 2), 1:]
    rows[:] = 1.0
    part *= 2
    b[1] *= 2
    return np.sum(b**2) + np.sum(rows) + np.sum(part)


@program(0.2, np.array([-1.4, -1.2, -1.1]), wrt=(0, 1))
def array_changes_under_a_loop_that_is_written_out(x, v):
    """The third element was read as the argument had it, and not as the first trip has left it."""
    for e in v:
        for c in [e, 2 * e]:
            v[-1] = v[1]
            v = np.sin(np.array([v[0] * 1.1 + v[2], sum(u * c for u in v), x]))
    return np.sum(v) * x
