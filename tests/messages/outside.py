"""Calls of functions that cannot be differentiated, and effects on objects from outside."""
# ruff: noqa: E501, F821

from __future__ import annotations

import json
import random
import statistics
import types
from typing import Any

import numpy as np
import scipy.integrate
import scipy.interpolate
import scipy.optimize

import adjoint
from tests.messages.mistake import Mistake

settings = types.SimpleNamespace(scale=2.0)
point = np.array([1.0, 2.0, 3.0])
rng = np.random.default_rng(0)
positions = np.unique(point, return_index=True)[1]
factor = json.loads("3.0")


def residual(t: Any, x: Any) -> Any:
    return t * t - x


class Model:
    def __init__(self, weight: Any) -> None:
        self.weight = weight

    def loss(self, x: Any) -> Any:
        return np.sum(self.wieght * x)


class Evaluates(Mistake):
    arguments = (2.0,)

    def program(x):
        return eval("x * x")

    def remedy(x):
        return x * x

    at = 'eval("x * x")'
    says = "eval cannot be differentiated: the code is not known at compile time"
    instead = "write the expression, or pass a function"


class DrawsFromRandom(Mistake):
    arguments = (2.0,)

    def program(x):
        return x * random.gauss(0.0, x)

    checked = False  # each draw is another one

    def remedy(x):
        return x * (0.0 + x * rng.normal())

    at = "random.gauss(0.0, x)"
    says = "there is no derivative rule for Random.gauss"
    instead = "draw with a generator of NumPy's, as in m + s * rng.normal()"


class SolverOfSciPy(Mistake):
    arguments = (2.0,)

    def program(x):
        return scipy.optimize.broyden1(lambda z: residual(z, x), 3.0)

    def remedy(x):
        return adjoint.custom_root(residual, 3.0, x)

    at = "scipy.optimize.broyden1(lambda z: residual(z, x), 3.0)"
    says = "there is no derivative rule for broyden1"
    instead = (
        "use one of the functions of docs/scipy.md, give the equation and the solver to "
        "adjoint.custom_root, or make one step of the iteration and use adjoint.fixed_point"
    )


class Quadrature(Mistake):
    arguments = (2.0,)

    def program(x):
        return scipy.integrate.tanhsinh(lambda t: t * x, 0.0, 1.0).integral

    def remedy(x):
        t = np.linspace(0.0, 1.0, 101)
        return np.trapezoid(t * x, t)

    at = "scipy.integrate.tanhsinh(lambda t: t * x, 0.0, 1.0)"
    says = "there is no derivative rule for tanhsinh"
    instead = (
        "use one of the functions of docs/scipy.md, write the steps of the integration as a loop, "
        "or declare the derivative with adjoint.custom_vjp"
    )


class UniqueElements(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.unique(x))

    def remedy(x):
        return np.sum(x[positions])

    at = "np.unique(x)"
    says = (
        "unique is not differentiable: which elements its result holds depends on their "
        "values; find them outside of the differentiated function, or index with positions"
    )


class WeightedHistogram(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.histogram(x, weights=x)[0])

    def remedy(x):
        bins = np.digitize(point, [1.5, 2.5])
        return np.sum(np.bincount(bins, weights=x))

    at = "np.histogram(x, weights=x)"
    says = (
        "histogram is not differentiable: a histogram counts, which is constant between "
        "jumps; use np.bincount with the bins of np.digitize for weighted sums"
    )


class ParsesText(Mistake):
    arguments = (2.0,)

    def program(x):
        return x * json.loads(str(x))

    def remedy(x):
        return x * factor

    at = "json.loads(str(x))"
    says = "json.loads cannot be differentiated: inside of it, ..."
    instead = (
        "call it outside of the differentiated function, or give it a derivative with "
        "adjoint.custom_vjp"
    )


class StatisticsOfPython(Mistake):
    arguments = (2.0,)

    def program(x):
        return statistics.geometric_mean([x, 2.0 * x])

    def remedy(x):
        return np.exp(np.mean(np.log(np.array([x, 2.0 * x]))))

    at = "statistics.geometric_mean([x, 2.0 * x])"
    says = "statistics.geometric_mean cannot be differentiated: inside of it, ..."
    instead = (
        "call it outside of the differentiated function, or give it a derivative with "
        "adjoint.custom_vjp"
    )


class Interpolates(Mistake):
    arguments = (2.0,)

    def program(x):
        return scipy.interpolate.Rbf([0.0, 5.0], [1.0, x])(1.0)

    def remedy(x):
        return np.interp(1.0, np.array([0.0, 5.0]), np.array([1.0, x]))

    at = "scipy.interpolate.Rbf([0.0, 5.0], [1.0, x])"
    says = "there is no derivative rule for Rbf"
    instead = (
        "use an interpolator that has a rule, such as CubicSpline, or declare this one with "
        "adjoint.elementwise"
    )


class Asynchronous(Mistake):
    arguments = (2.0,)

    async def program(x):
        return x * x

    def remedy(x):
        return x * x

    at = "a"
    says = "Asynchronous.program is a coroutine (async def), which returns no number"
    instead = "make it an ordinary def, and await outside of it"


class Yields(Mistake):
    arguments = (2.0,)

    def program(x):
        yield x * x

    def remedy(x):
        return x * x

    at = "yield x * x"
    says = "Yields.program is a generator, which returns no number"
    instead = "return a list instead of yielding"


def counted():
    count = 0

    def square(x):
        nonlocal count
        count += 1
        return x * x * count

    return square


class CountsInAnEnclosingFunction(Mistake):
    arguments = (2.0,)

    program = counted()

    def remedy(x, count=0):
        count += 1
        return x * x * count

    at = "count += 1"
    says = "the variable 'count' of the function around this one is assigned"
    instead = "pass the value as an argument and return the new one"


class ChangesAnObjectFromOutside(Mistake):
    arguments = (2.0,)

    def program(x):
        settings.scale = x
        return settings.scale * x

    def remedy(x):
        own = Model(x)
        return own.weight * x

    at = "settings.scale = x"
    says = "the attribute 'scale' of an object from outside of the program is assigned"
    instead = "make the object inside of the function, or return the new value"


class MasksOfOtherSizes(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.ma.masked_where(x > 1.5, x))

    def remedy(x):
        return np.sum(np.where(x > 1.5, 0.0, x))

    at = "np.ma.masked_where(x > 1.5, x)"
    says = "nothing is known of masked_where: it may change or keep..."
    instead = "use np.where with the mask: a masked array carries no derivative"


class ChainedHelpers(Mistake):
    arguments = (point,)

    def program(x):
        def inner(v):
            return np.kaiser(3, v[0])

        def outer(v):
            return np.sum(inner(v))

        return outer(x)

    def remedy(x):
        def inner(v):
            return np.hanning(3) * v[0]

        def outer(v):
            return np.sum(inner(v))

        return outer(x)

    at = "np.kaiser(3, v[0])"
    says = "kaiser is not differentiable: the slope in beta is not known; pass beta as an int"
