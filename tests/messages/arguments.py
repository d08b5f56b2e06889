"""Arguments that hold no real number, or no plain array."""
# ruff: noqa: E501

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np

from adjoint import grad
from tests.messages.mistake import Mistake


def square(x: Any) -> Any:
    return x * x


def weighted(x: Any, weight: Any, bias: Any = 0.0) -> Any:
    return np.sum(weight * x * x) + bias


class WholeNumber(Mistake):
    transform = None

    def program():
        return grad(square)(3)

    def remedy():
        return grad(square)(3.0)

    at = "grad(square)(3)"
    says = (
        "the derivative with respect to 'x' is asked for, and x is an int, which is not "
        "differentiable"
    )
    instead = "pass a float, as float(x), or choose other arguments with argnums"


class ArrayOfIntegers(Mistake):
    transform = None

    def program():
        return grad(weighted)(np.arange(3), 2.0)

    def remedy():
        return grad(weighted)(np.arange(3).astype(float), 2.0)

    at = "grad(weighted)(np.arange(3), 2.0)"
    says = (
        "the derivative with respect to 'x' is asked for, and x is an array of integers, "
        "which is not differentiable"
    )
    instead = "pass floats, as x.astype(float), or choose other arguments with argnums"


class Text(Mistake):
    transform = None

    def program():
        return grad(square)("3.0")

    def remedy():
        return grad(square)(float("3.0"))

    at = 'grad(square)("3.0")'
    says = (
        "the derivative with respect to 'x' is asked for, and x is the string '3.0', which is"
        " not differentiable"
    )
    instead = "pass a float, as float(x), or choose other arguments with argnums"


class Nothing(Mistake):
    transform = None

    def program():
        return grad(square)(None)

    def remedy():
        return grad(square)(1.0)

    at = "grad(square)(None)"
    says = (
        "the derivative with respect to 'x' is asked for, and x is None, which is not "
        "differentiable"
    )
    instead = "pass a float or an array, or choose other arguments with argnums"


class Namespace(Mistake):
    transform = None

    def program():
        return grad(lambda p: p.a * p.b)(SimpleNamespace(a=1.0, b=2.0))

    def remedy():
        return grad(lambda p: p["a"] * p["b"])({"a": 1.0, "b": 2.0})

    at = "SimpleNamespace"
    says = (
        "the derivative with respect to 'p' is asked for, and p is a SimpleNamespace, which "
        "is not differentiable"
    )
    instead = (
        "pass the numbers in it, in a dict, a named tuple or a dataclass, declare its class "
        "with adjoint.register, or choose other arguments with argnums"
    )


class ArrayOfObjects(Mistake):
    transform = None

    def program():
        return grad(weighted)(np.array([1.0, 2.0], dtype=object), 2.0)

    def remedy():
        return grad(weighted)(np.array([1.0, 2.0], dtype=object).astype(float), 2.0)

    at = "dtype=object"
    says = (
        "the derivative with respect to 'x' is asked for, and x is an array of objects, which"
        " is not differentiable"
    )
    instead = "pass an array of floats, as x.astype(float), or choose other arguments with argnums"


class RangeAsArgument(Mistake):
    transform = None

    def program():
        return grad(lambda xs: sum([x * x for x in xs]))(range(3))

    def remedy():
        return grad(lambda xs: np.sum(xs * xs))(np.arange(3.0))

    at = "range(3)"
    says = (
        "the derivative with respect to 'xs' is asked for, and xs is a range, which is not "
        "differentiable"
    )
    instead = (
        "pass an array of floats, as np.array(xs, dtype=float), or choose other arguments "
        "with argnums"
    )


class GeneratorAsArgument(Mistake):
    transform = None

    def program():
        return grad(sum)(x for x in [1.0, 2.0])

    def remedy():
        return grad(sum)([x for x in [1.0, 2.0]])

    at = "grad(sum)"
    says = (
        "the derivative with respect to 'iterable' is asked for, and iterable is a generator,"
        " which is not differentiable"
    )
    instead = "pass a list of its items, as list(iterable), or choose other arguments with argnums"


class Matrix(Mistake):
    transform = None

    def program():
        return grad(np.sum)(np.matrix([[1.0, 2.0]]))

    def remedy():
        return grad(np.sum)(np.asarray(np.matrix([[1.0, 2.0]])))

    at = "np.matrix"
    says = "an argument is a matrix, whose operators are not those of an array"
    instead = "pass np.asarray(x)"


class MaskedArray(Mistake):
    transform = None

    def program():
        return grad(np.sum)(np.ma.masked_less(np.arange(3.0), 1.0))

    def remedy():
        return grad(np.sum)(np.ma.masked_less(np.arange(3.0), 1.0).filled(0.0))

    at = "np.ma.masked_less"
    says = (
        "the derivative with respect to 'a' is asked for, and a is a masked array, which is not "
        "differentiable"
    )
    instead = (
        "pass a.filled(value), or the data and the mask as two arrays, or choose other arguments "
        "with argnums"
    )


class Table(Mistake):
    transform = None
    needs = "pandas"

    def program():
        import pandas

        return grad(np.sum)(pandas.Series([1.0, 2.0]))

    def remedy():
        import pandas

        return grad(np.sum)(pandas.Series([1.0, 2.0]).to_numpy())

    at = "pandas.Series"
    says = (
        "the derivative with respect to 'a' is asked for, and a is a Series, which is not "
        "differentiable"
    )
    instead = "pass its values, as a.to_numpy() gives them, or choose other arguments with argnums"


class Decimals(Mistake):
    transform = None

    def program():
        return grad(square)(Decimal("1.5"))

    def remedy():
        return grad(square)(float(Decimal("1.5")))

    at = "Decimal"
    says = (
        "the derivative with respect to 'x' is asked for, and x is a Decimal, which is not "
        "differentiable"
    )
    instead = "pass a float, as float(x), or choose other arguments with argnums"
