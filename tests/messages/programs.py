"""Mistakes in the function that is differentiated."""
# ruff: noqa: E501, F821

from __future__ import annotations

import json
import random
import types
from typing import Any

import numpy as np
import math
import scipy.integrate
import scipy.optimize
from tests.messages.mistake import Mistake

history: list[Any] = []
count = 0
settings = types.SimpleNamespace(scale=2.0)
point = np.array([1.0, 2.0, 3.0])


def scaled(x: Any, factor: float = 1.0) -> Any:
    return np.sum(x) * factor


def residual(t: Any, x: Any) -> Any:
    return t * t - x


class Model:
    def __init__(self, weight: Any) -> None:
        self.weight = weight

    def loss(self, x: Any) -> Any:
        return np.sum(self.wieght * x)


class ForgottenReturn(Mistake):
    arguments = (point,)

    def program(x):
        np.sum(x * x)

    def remedy(x):
        return np.sum(x * x)

    at = ""
    says = ""


class VectorResult(Mistake):
    arguments = (point,)

    def program(x):
        return x * x

    def remedy(x):
        return np.sum(x * x)

    at = ""
    says = ""


class ResultOfShapeOne(Mistake):
    arguments = (point,)

    def program(x):
        return x[:1] * 2.0

    def remedy(x):
        return (x[:1] * 2.0)[0]

    at = ""
    says = ""


class ComplexResult(Mistake):
    arguments = (point,)

    def program(x):
        return np.fft.fft(x)[1]

    def remedy(x):
        return np.abs(np.fft.fft(x)[1])

    at = ""
    says = ""


class TextResult(Mistake):
    arguments = (2.0,)

    def program(x):
        return f"{x * x:.3f}"

    def remedy(x):
        return x * x

    at = ""
    says = ""


class MisspeltFunctionOfNumPy(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.Sin(x))

    def remedy(x):
        return np.sum(np.sin(x))

    at = ""
    says = ""


class MisspeltName(Mistake):
    arguments = (2.0,)

    def program(x):
        alpha = 3.0
        return alhpa * x * alpha

    def remedy(x):
        alpha = 3.0
        return alpha * x * alpha

    at = ""
    says = ""


class MisspeltMethod(Mistake):
    arguments = (point,)

    def program(x):
        return x.summ()

    def remedy(x):
        return x.sum()

    at = ""
    says = ""


class MisspeltAttribute(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(x) / x.shpae[0]

    def remedy(x):
        return np.sum(x) / x.shape[0]

    at = ""
    says = ""


class MisspeltAttributeOfAnObject(Mistake):
    arguments = (point,)

    def program(x):
        return Model(2.0).loss(x)

    def remedy(x):
        return np.sum(Model(2.0).weight * x)

    at = ""
    says = ""


class MisspeltAttributeOfSettings(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(x) * settings.sclae

    def remedy(x):
        return np.sum(x) * settings.scale

    at = ""
    says = ""


class MathOfAnArray(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(math.sin(x))

    def remedy(x):
        return np.sum(np.sin(x))

    at = ""
    says = ""


class MisspeltKeywordOfNumPy(Mistake):
    arguments = (np.ones((2, 2)),)

    def program(x):
        return np.sum(np.sum(x * x, axes=0))

    def remedy(x):
        return np.sum(np.sum(x * x, axis=0))

    at = ""
    says = ""


class MisspeltKeywordOfAHelper(Mistake):
    arguments = (point,)

    def program(x):
        return scaled(x, facto=3.0)

    def remedy(x):
        return scaled(x, factor=3.0)

    at = ""
    says = ""


class MissingArgumentOfAHelper(Mistake):
    arguments = (point,)

    def program(x):
        return residual(x)

    def remedy(x):
        return np.sum(residual(x, 1.0))

    at = ""
    says = ""


class OpensAFile(Mistake):
    arguments = (2.0,)

    def program(x):
        return x * float(open("factor.txt").read())

    def remedy(x, factor=3.0):
        return x * factor

    at = ""
    says = ""


class Evaluates(Mistake):
    arguments = (2.0,)

    def program(x):
        return eval("x * x")

    def remedy(x):
        return x * x

    at = ""
    says = ""


class DrawsFromRandom(Mistake):
    arguments = (2.0,)

    def program(x):
        return x * random.gauss(0.0, x)

    def remedy(x):
        return x * (x * np.random.normal())

    at = ""
    says = ""


class SolverOfSciPy(Mistake):
    arguments = (2.0,)

    def program(x):
        return scipy.optimize.brentq(residual, 0.0, 10.0, args=(x,))

    def remedy(x):
        return x ** 0.5

    at = ""
    says = ""


class Quadrature(Mistake):
    arguments = (2.0,)

    def program(x):
        return scipy.integrate.quad(lambda t: t * x, 0.0, 1.0)[0]

    def remedy(x):
        t = np.linspace(0.0, 1.0, 101)
        return np.trapezoid(t * x, t)

    at = ""
    says = ""


class Histogram(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.histogram(x, bins=3)[0] * 1.0)

    def remedy(x):
        return np.sum(np.exp(-((x[:, None] - np.arange(3.0)) ** 2)))

    at = ""
    says = ""


class UniqueElements(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.unique(x))

    def remedy(x):
        return np.sum(x)

    at = ""
    says = ""


class ParsesText(Mistake):
    arguments = (2.0,)

    def program(x):
        return x * json.loads(str(x))

    def remedy(x):
        return x * x

    at = ""
    says = ""


class Asynchronous(Mistake):
    arguments = (2.0,)

    async def program(x):
        return x * x

    def remedy(x):
        return x * x

    at = ""
    says = ""


class Yields(Mistake):
    arguments = (2.0,)

    def program(x):
        yield x * x

    def remedy(x):
        return x * x

    at = ""
    says = ""


class AppendsToAGlobal(Mistake):
    arguments = (2.0,)

    def program(x):
        history.append(x)
        return x * x

    def remedy(x):
        return x * x

    at = ""
    says = ""


class CountsInAGlobal(Mistake):
    arguments = (2.0,)

    def program(x):
        global count
        count += 1
        return x * x

    def remedy(x):
        return x * x

    at = ""
    says = ""


class ChangesAnObjectFromOutside(Mistake):
    arguments = (2.0,)

    def program(x):
        settings.scale = x
        return settings.scale * x

    def remedy(x):
        scale = x
        return scale * x

    at = ""
    says = ""


class StoresIntoIntegers(Mistake):
    arguments = (point,)

    def program(x):
        y = np.zeros(3, dtype=int)
        y[0] = x[0] * x[1]
        return np.sum(y)

    def remedy(x):
        y = np.zeros(3)
        y[0] = x[0] * x[1]
        return np.sum(y)

    at = ""
    says = ""


class BranchOnAnArray(Mistake):
    arguments = (point,)

    def program(x):
        if x > 0.0:
            return np.sum(x)
        return 0.0

    def remedy(x):
        return np.sum(np.where(x > 0.0, x, 0.0))

    at = ""
    says = ""


class AndOfArrays(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.where(x > 0.0 and x < 2.0, x, 0.0))

    def remedy(x):
        return np.sum(np.where((x > 0.0) & (x < 2.0), x, 0.0))

    at = ""
    says = ""


class FloatOfAnArray(Mistake):
    arguments = (point,)

    def program(x):
        return float(x) * 2.0

    def remedy(x):
        return np.sum(x) * 2.0

    at = ""
    says = ""


class ListTimesNumber(Mistake):
    arguments = ([1.0, 2.0, 3.0],)

    def program(xs):
        return np.sum(xs * 2.0)

    def remedy(xs):
        return np.sum(np.asarray(xs) * 2.0)

    at = ""
    says = ""


class ListPlusNumber(Mistake):
    arguments = ([1.0, 2.0, 3.0],)

    def program(xs):
        return np.sum(xs + 1.0)

    def remedy(xs):
        return np.sum(np.asarray(xs) + 1.0)

    at = ""
    says = ""


class NameOfOneBranch(Mistake):
    arguments = (2.0,)

    def program(x):
        if x > 5.0:
            y = x
        return x * y if False else z

    def remedy(x):
        y = 0.0
        if x > 5.0:
            y = x
        return x + y

    at = ""
    says = ""


class RecursesForEver(Mistake):
    arguments = (2.0,)

    def program(x):
        def again(v):
            return again(v) * 2.0

        return again(x)

    def remedy(x):
        def again(v, n):
            return v if n == 0 else again(v, n - 1) * 2.0

        return again(x, 3)

    at = ""
    says = ""


class KeyOfANumber(Mistake):
    arguments = (2.0,)

    def program(x):
        table = {x: 3.0}
        return table[x] * x

    def remedy(x):
        table = {"x": 3.0}
        return table["x"] * x

    at = ""
    says = ""


class TooManyIndices(Mistake):
    arguments = (point,)

    def program(x):
        return x[0, 1] * 2.0

    def remedy(x):
        return x[1] * 2.0

    at = ""
    says = ""


class WritesIntoOneOfTwo(Mistake):
    arguments = (point,)

    def program(x):
        y = x * 1.0
        z = y if x[0] > 0.0 else x * 2.0
        z += x
        return np.sum(y)

    def remedy(x):
        y = x * 1.0
        z = y if x[0] > 0.0 else x * 2.0
        z = z + x
        return np.sum(z)

    at = ""
    says = ""


class ArrayOfMixedRows(Mistake):
    arguments = (2.0,)

    def program(x):
        return np.sum(np.array([[x, 1.0], [x]]))

    def remedy(x):
        return np.sum(np.array([[x, 1.0], [x, 0.0]]))

    at = ""
    says = ""


class MasksOfOtherSizes(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.ma.masked_where(x > 1.0, x))

    def remedy(x):
        return np.sum(np.where(x > 1.0, 0.0, x))

    at = ""
    says = ""


class SolvesWithTheWrongShape(Mistake):
    arguments = (np.eye(3), np.ones(2))

    def program(A, b):
        return np.sum(np.linalg.solve(A, b, 3))

    def remedy(A, b):
        return np.sum(A) + np.sum(b)

    at = ""
    says = ""


class WritesThroughReal(Mistake):
    arguments = (point,)

    def program(x):
        z = np.zeros(3, dtype=complex)
        z.real = x
        return np.sum(np.abs(z))

    def remedy(x):
        z = x + 0j
        return np.sum(np.abs(z))

    at = ""
    says = ""


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

    at = ""
    says = ""
