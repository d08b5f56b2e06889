"""Mistakes in what a function returns, and in the names and keywords that it uses."""
# ruff: noqa: E501, F821

from __future__ import annotations

import math
import types
from typing import Any

import numpy as np

from tests.messages.mistake import Mistake

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

    at = "def program(x):"
    says = "the function returns None; a gradient needs a real number"
    instead = "return the number: is a 'return' missing?"


class VectorResult(Mistake):
    arguments = (point,)

    def program(x):
        return x * x

    def remedy(x):
        return np.sum(x * x)

    at = "x * x"
    says = "the function returns an array of rank 1; a gradient needs a real number"
    instead = (
        "reduce it to a number with np.sum or np.mean, or use adjoint.vjp or adjoint.jacobian"
    )


class ResultOfShapeOne(Mistake):
    arguments = (point,)

    def program(x):
        return x[:1] * 2.0

    def remedy(x):
        return (x[:1] * 2.0)[0]

    at = "x[:1] * 2.0"
    says = "the function returns an array of rank 1; a gradient needs a real number"
    instead = "return its only element, as in y[0]"


class ComplexResult(Mistake):
    arguments = (point,)

    def program(x):
        return np.fft.fft(x)[1]

    def remedy(x):
        return np.abs(np.fft.fft(x)[1])

    at = "np.fft.fft(x)[1]"
    says = "the function returns a number of dtype complex128; a gradient needs a real number"
    instead = "return its real part, its imaginary part or its absolute value"


class TextResult(Mistake):
    arguments = (2.0,)

    def program(x):
        return f"{x * x:.3f}"

    def remedy(x):
        return x * x

    at = 'f"{x * x:.3f}"'
    says = "the function returns a string; a gradient needs a real number"
    instead = "return the number itself"


class MisspeltFunctionOfNumPy(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.Sin(x))

    def remedy(x):
        return np.sum(np.sin(x))

    at = "np.Sin"
    says = "module 'numpy' has no attribute 'Sin'; did you mean 'sin'?"


class MisspeltName(Mistake):
    arguments = (2.0,)

    def program(x):
        alpha = 3.0
        return alhpa * x * alpha

    def remedy(x):
        alpha = 3.0
        return alpha * x * alpha

    at = "alhpa"
    says = "name 'alhpa' is not defined; did you mean 'alpha'?"


class MisspeltMethod(Mistake):
    arguments = (point,)

    def program(x):
        return x.summ()

    def remedy(x):
        return x.sum()

    at = "x.summ"
    says = "an array has no attribute 'summ'; did you mean 'sum'?"


class MisspeltAttribute(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(x) / x.shpae[0]

    def remedy(x):
        return np.sum(x) / x.shape[0]

    at = "x.shpae"
    says = "an array has no attribute 'shpae'; did you mean 'shape'?"


class MisspeltAttributeOfAnObject(Mistake):
    arguments = (point,)

    def program(x):
        return Model(2.0).loss(x)

    def remedy(x):
        return np.sum(Model(2.0).weight * x)

    at = "self.wieght"
    says = "'Model' object has no attribute 'wieght'; did you mean 'weight'?"


class MisspeltAttributeOfSettings(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(x) * settings.sclae

    def remedy(x):
        return np.sum(x) * settings.scale

    at = "settings.sclae"
    says = "'SimpleNamespace' object has no attribute 'sclae'; did you mean 'scale'?"


class MathOfAnArray(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(math.sin(x))

    def remedy(x):
        return np.sum(np.sin(x))

    at = "math.sin(x)"
    says = "math.sin takes one number, and this is an array of rank 1"
    instead = "write np.sin"


class MisspeltKeywordOfNumPy(Mistake):
    arguments = (np.ones((2, 2)),)

    def program(x):
        return np.sum(np.sum(x * x, axes=0))

    def remedy(x):
        return np.sum(np.sum(x * x, axis=0))

    at = "np.sum(x * x, axes=0)"
    says = "sum() has no parameter 'axes'; did you mean 'axis'?"


class MisspeltKeywordOfAHelper(Mistake):
    arguments = (point,)

    def program(x):
        return scaled(x, facto=3.0)

    def remedy(x):
        return scaled(x, factor=3.0)

    at = "scaled(x, facto=3.0)"
    says = "scaled() has no parameter 'facto'; did you mean 'factor'?"


class MissingArgumentOfAHelper(Mistake):
    arguments = (point,)

    def program(x):
        return residual(x)

    def remedy(x):
        return np.sum(residual(x, 1.0))

    at = "residual(x)"
    says = "residual() misses the argument 'x'"
