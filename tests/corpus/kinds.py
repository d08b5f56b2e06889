"""Programs with names that are of one kind on one path, and of another kind on another one."""

import math

import numpy as np

from tests.corpus import program, sample

X = np.array([0.4, -0.7, 1.3, 0.9])


@program(2.0)
def error_or_value(x):
    r = math.sqrt(x) if x > 0.0 else ValueError("no")
    return r * 2.0


@program(X, also=[(-X,)])
def error_that_is_asked_for(x):
    if x[0] > 0.0:
        r = x[1] * x[0]
    else:
        r = ValueError("negative")
    if isinstance(r, ValueError):
        return x[2] ** 2
    return r * x[3]


@program(X, also=[(-X,)])
def number_or_pair(x):
    r = x[0] ** 2 if x[0] > 0.0 else (x[1], x[2])
    y = x[3] * 2.0
    if isinstance(r, tuple):
        a, b = r
        y = y * a * b
    else:
        y = y + r
    return y * y


@program(X, 3, also=[(-X, 3)])
def list_or_table_in_a_loop(x, n):
    total = 0.0
    for i in range(n):
        if x[i] > 0.0:
            r = {"a": x[i], "b": 2.0}
        else:
            r = [x[i], x[0]]
        total = total * 0.5
        if isinstance(r, dict):
            total = total + r["a"] ** 2 * r["b"]
        else:
            total = total + r[0] * r[1]
    return total


@program(X, also=[(-X,)])
def none_or_tuple(x):
    if x[0] > 0.0:
        found = None
    else:
        found = (x[0], x[1] ** 2)
    if found is None:
        return x[2] * x[3]
    return found[0] * found[1]


def scaled(r, k):
    return r * k if isinstance(r, float) else [v * k for v in r]


@program(2.0, also=[(-2.0,)])
def number_or_list_given_to_a_helper(x):
    r = x * x if x > 0.0 else [x, x**3]
    s = scaled(r, x)
    return s if isinstance(s, float) else s[0] * s[1]


@program(sample(2, 3), also=[(-sample(2, 3),)])
def arrays_of_two_ranks(a):
    r = a[0] if a[0, 0] > 0.0 else a * a
    r = r * 2.0
    return np.sum(r * r)


@program(X, also=[(-X,)])
def rank_by_branch(x):
    if x[0] > 0.0:
        y = x
    else:
        y = np.outer(x, x)
    return np.sum(y * x)


@program(X, also=[(-X,), (X[::-1].copy(),)])
def two_branches_of_kinds(x):
    p = x[0] if x[0] > 0.5 else (x[1], x[2])
    q = [x[3]] if x[1] > 0.0 else x[3] ** 2
    left = p if not isinstance(p, tuple) else p[0] * p[1]
    right = q[0] * x[0] if isinstance(q, list) else q
    return left * right


@program(X, also=[(-X,)])
def written_on_one_path(x):
    r = [x[0], x[1]] if x[0] > 0.0 else x.copy()
    r[0] = x[2] * x[3]
    r[1] = r[0] * r[1]
    return r[1] * x[0]


@program(X, also=[(-X,)])
def error_that_is_raised_and_caught(x):
    try:
        r = x[0] if x[0] > 0.0 else KeyError("no")
        y = r if not isinstance(r, KeyError) else None
        if y is None:
            raise r
    except KeyError:
        y = x[1] * x[2]
    return y * x[3]
