"""Subclasses of dict and mappings of the user's; sorting, groups and slices of any length."""

# ruff: noqa: B905, RUF005 (users write zip without strict, and longer than need be)

import collections
import contextlib
import copy
import inspect
import itertools
import math

import numpy as np

from tests.corpus import program

X = np.array([0.7, 1.4, -0.4, 2.1])


class Scaled(dict):
    """The values are scaled where they are assigned, not where the dictionary is filled."""

    scale = 2.0

    def __init__(self, *args, **entries):
        super().__init__(*args, **entries)
        self.first = len(self)

    def __setitem__(self, key, value):
        super().__setitem__(key, value * self.scale)

    def norm(self):
        return sum(v**2 for v in self.values())


class Attributes(dict):
    __getattr__ = dict.__getitem__
    __setattr__ = dict.__setitem__


class Lower(dict):
    def __getitem__(self, key):
        return dict.__getitem__(self, key.lower())

    def __contains__(self, key):
        return dict.__contains__(self, key.lower())


class Default(dict):
    def __missing__(self, key):
        return 2.0


class Table(collections.abc.MutableMapping):
    def __init__(self):
        self.entries = {}

    def __getitem__(self, key):
        return self.entries[key]

    def __setitem__(self, key, value):
        self.entries[key] = value

    def __delitem__(self, key):
        del self.entries[key]

    def __iter__(self):
        return iter(self.entries)

    def __len__(self):
        return len(self.entries)


@program(X)
def subclass_of_dict(x):
    p = Scaled(a=x[0])
    p["b"] = x[1]
    p.update(c=x[2])
    q = {**p, "d": x[3]}
    return p.norm() * p.first + len(p) * q["d"] + Scaled({"k": x[0]}).pop("k")


@program(X)
def subclass_with_attributes(x):
    p = Attributes(a=x[0], b=x[1])
    p.c = p.a * x[2]
    return p["c"] ** 2 + math.prod(v for v in p.values())


@program(X)
def subclass_with_its_own_reads(x):
    p = Lower(a=x[0])
    t = 5.0 * x[1] if "A" in p else x[2]
    return p["A"] ** 2 + t + p.get("A", 7.0) + Default(a=x[3])["b"] * x[3]


@program(X)
def subclass_in_loops_and_branches(x):
    p = Scaled(s=x[0])
    for v in x:
        p["s"] = p["s"] * 0.1 + v * v
    if x[1] > 1:
        p["s"] = p["s"] * x[1]
    by_sign = Scaled()
    for v in x:
        by_sign[int(v > 1)] = v
    return p["s"] + by_sign.norm()


@program(X)
def mapping_of_the_users(x):
    m = Table()
    m["a"] = x[0] ** 2
    m.update(b=x[1])
    m.setdefault("c", x[2])
    t = sum(v * len(m) for _, v in m.items())
    return t * sum(m.values()) * m.pop("a") + m.get("none", x[3])


@program(X)
def user_dict(x):
    p = collections.UserDict({"a": x[0]})
    p["b"] = x[1]
    return sum(p.data.values()) * p["a"] * len(p)


def weighted(x, a=1.0, b=2.0):
    return np.sum(x**2) * a * b


def known_to(function, **options):
    options = copy.copy(options)
    for name in set(options.keys()) - set(inspect.signature(function).parameters.keys()):
        options.pop(name)
    return options


@program(X)
def options_by_signature(x):
    return weighted(x, **known_to(weighted, a=x[0], c=3.0))


def has_units(value):
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return getattr(value, "units", None) is not None


@program(X)
def unions_of_classes(x):
    return x[0] if has_units([[x[0], 2.0], [3.0, 4.0]]) else np.sum(x**2)


@program(X, also=[(np.array([2.0, -1.0, 0.5]),)])
def sorted_by_a_key(x):
    up = sorted([v for v in x if v > 0], key=lambda v: (v - 1.2) ** 2)
    down = sorted(zip(x, range(len(x))), key=lambda p: p[0], reverse=True)
    places = sorted(range(len(x)), key=lambda k: x[k])
    return up[0] ** 2 + 2 * up[-1] + down[0][0] * (1 + down[0][1]) + x[places[0]] ** 3


@program(X)
def sorted_by_several_keys(x):
    pairs = sorted([(int(v > 1), v) for v in x], reverse=True)
    return sum((k + 1) * v for k, (_, v) in enumerate(pairs))


@program(X)
def groups(x):
    total = 1.0
    for key, group in itertools.groupby([0, 0, 1, 1], key=lambda k: 2 * k):
        total = total + (1 + key) * len(list(group)) * x[key]
    return total


@program(X)
def groups_of_pairs(x):
    pairs = [("a", x[0]), ("a", x[1]), ("b", x[2])]
    sums = {k: sum(v for _, v in g) for k, g in itertools.groupby(pairs, key=lambda p: p[0])}
    return sums["a"] * sums["b"]


@program(X)
def slices_are_assigned(x):
    kept = [v for v in x if v > 0]
    same = kept
    kept[1:2] = [x[0], x[1] * x[2], 3]
    kept[:0] = [x[0] ** 2]
    kept[-1:] = (v * 2 for v in kept)
    rest = [v for v in x if v > 0]
    rest[:] = []
    rest.append(x[3])
    return sum(p * (i + 1) for i, p in enumerate(same)) * rest[0]


def inverses(x):
    for v in x:
        try:
            yield 1.0 / v
        except ZeroDivisionError:
            yield 0.0


def squares(x):
    with contextlib.suppress(ValueError):
        for v in x:
            yield v * v


@program(X)
def generators_with_try_and_with(x):
    total = 1.0
    for v in squares(x):
        total *= 1 + v
    return total * sum(inverses(x))


def power(a, b, p=2):
    return a**p * b


by_power = np.vectorize(power, otypes=[float], excluded={"p"})


@np.vectorize(otypes=[float])
def ramp(a):
    return 0 if a < 0 else a * 1.5


@program(X)
def vectorize_with_options(x):
    total = np.sum(by_power(x, 2.0, p=3)) + np.sum(by_power(b=x, a=x[::-1].copy()))
    fit = np.vectorize(lambda t, c: np.sum(c * t ** np.arange(3)), excluded=[1])
    return total + np.sum(ramp(x)) + np.sum(fit(x, np.array([1.0, 2.0, 3.0])))


@program(X)
def apply_along_axis_by_name(x):
    rows = x.reshape(2, 2)
    sums = np.apply_along_axis(lambda r, p, q=1: np.sum(r**p) * q, 0, rows, 2, q=3.0)
    return np.sum(sums) + np.sum(np.apply_along_axis(np.cumsum, arr=rows, axis=1) ** 2)


@program(X)
def nan_to_num_in_place(x):
    y = np.where(x > 0, x * x, np.inf)
    z = y
    np.nan_to_num(y, copy=False, posinf=3.0)
    return np.sum(z * x)
