"""Tuples whose length only the run knows: they are no lists, as an index least of all."""

import numpy as np

from tests.corpus import program

X = np.array([0.3, -0.7, 1.2, 0.9])
A = np.array([[1.0, 0.2, 0.3], [0.4, 2.0, 0.6], [0.7, 0.8, 3.0]])


@program(A, np.array([1, 2]), also=[(A, np.array([0]))])
def element_at_a_tuple(a, place):
    return np.sum(a[tuple(place)] ** 2)


@program(A, [1, 2])
def element_at_a_tuple_of_a_list(a, place):
    return a[tuple(place)] * np.sum(a[place])


@program(A, np.array([1, 2]))
def written_at_a_tuple(a, place):
    y = a * 1.0
    y[tuple(place)] = a[0, 0] ** 2
    y[tuple(place)] *= 3.0
    return np.sum(y**2)


@program(A, np.array([[1, 2], [0, 1]]))
def element_at_each_row(a, places):
    total = 0.0
    for place in places:
        total += a[tuple(place)] ** 2
    return total


@program(X)
def tuple_behind_a_tuple(x):
    t = (1.0,) + tuple(x)
    return np.sum(np.array(t) ** 2) * t[1]


@program(X)
def tuple_grows_under_its_name_only(x):
    t = tuple(x)
    u = t
    u += (x[0], x[1] ** 2)
    return sum(t) * sum(u) * len(u)


@program(X)
def list_and_tuple_do_not_add(x):
    try:
        return sum([1.0] + tuple(x))
    except TypeError:
        return x[0] ** 2


@program(X)
def tuple_cannot_be_written(x):
    t = tuple(x)
    try:
        t[0] = 2.0
    except TypeError:
        return x[1] ** 2
    return sum(t)


@program(X)
def tuple_has_no_append(x):
    t = tuple(v * v for v in x)
    try:
        t.append(x[0])
    except AttributeError:
        return sum(t)
    return x[1]


@program(X)
def kind_of_a_sequence(x):
    def total(v):
        if isinstance(v, tuple):
            return 2.0 * sum(v)
        return sum(v)

    return total(tuple(x)) * total(list(x)) * (3.0 if type(tuple(x)[1:]) is tuple else 1.0)


@program(X)
def rest_of_a_tuple_is_a_list(x):
    first, *rest = tuple(x)
    rest.append(first**2)
    return sum(rest) * rest[0]
