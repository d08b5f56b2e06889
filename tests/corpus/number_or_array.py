"""Programs for numbers and for arrays, which find out by a `try` which one it is."""

import math

import numpy as np

from tests.corpus import program

EITHER = [(np.array(1.4),), (np.array([1.4, 0.6]),)]


@program(1.4, also=EITHER)
def length_or_one(x):
    try:
        n = len(x)
    except TypeError:
        n = 1
    return np.sum(x * x) / n


@program(1.4, also=EITHER)
def first_or_itself(x):
    try:
        y = x[0]
    except (TypeError, IndexError):
        y = x * 3.0
    return y * np.sum(x)


@program(1.4, also=EITHER)
def items_or_itself(x):
    try:
        items = list(x)
    except TypeError:
        items = [x]
    return sum(v**2 for v in items) * len(items)


@program(1.4, also=EITHER)
def shape_or_none(x):
    try:
        n = x.shape[0]
    except AttributeError:
        n = 5
    except IndexError:
        n = 6
    return n * np.sum(x)


@program(1.4, also=EITHER)
def written_or_not(x):
    y = np.asarray(x) * 1.0  # of rank 0, NumPy gives a number
    try:
        y[...] = y * 3.0
    except TypeError:
        y = y * 5.0
    return np.sum(y * x)


@program(np.array([1.4, 0.6]))
def sum_is_a_number(x):
    y = x.sum()
    try:
        y[...] = 3.0 * x[0]
    except TypeError:
        return x[0] * y
    return y


@program(np.array([1.4, 0.6]))
def exact_sum_of_an_array(x):
    try:
        return math.fsum(x) * x[0]
    except TypeError:
        return x[0]


@program(np.array([1.4, 0.6]), also=[(1.4,), (np.array(1.4),)])
def softmax_of_a_number(x):
    z = np.exp(x - np.max(x, axis=-1))
    return np.sum(z / np.sum(z, axis=-1) * x) + np.sum(np.prod(x, axis=0))


@program(np.array(1.4))
def element_of_rank_0(x):
    return np.sum(x) * x[()] * x[...] + np.sum(np.pad(x, 1) ** 2)


@program(np.array(1.4))
def view_of_a_number(x):
    c = x * 3.0
    f = np.squeeze(x[None] * 2.0)
    g = f
    g += 1.0
    s = c * c
    return s * f * g


@program(np.array([1.4, 0.6]))
def sums_of_items(x):
    items = [v for v in x]
    return sum(np.sum(a * b) for a in items for b in items)
