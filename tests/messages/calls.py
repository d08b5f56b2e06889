"""Mistakes in calls of adjoint: what is differentiated, with respect to what, and the arguments.

Lines are not wrapped where the message is about one of them.
"""
# ruff: noqa: E501

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

import adjoint
from adjoint import check_grads, grad, hessian, jvp, value_and_grad, vjp
from tests.messages.mistake import Mistake


def square(x: Any) -> Any:
    return x * x


def weighted(x: Any, weight: Any, bias: Any = 0.0) -> Any:
    return np.sum(weight * x * x) + bias


def moments(x: Any) -> Any:
    return np.mean(x), np.mean(x * x)


class ArgumentBesideTheFunction(Mistake):
    transform = None

    def program():
        return grad(square, 2.0)

    def remedy():
        return grad(square)(2.0)

    at = "grad(square, 2.0)"
    says = ""


class ValueInThePlaceOfTheFunction(Mistake):
    transform = None

    def program():
        return grad(square(2.0))

    def remedy():
        return grad(square)(2.0)

    at = "grad(square(2.0))"
    says = ""


class NoFunction(Mistake):
    transform = None

    def program():
        return grad(None)(2.0)

    def remedy():
        return grad(square)(2.0)

    at = "grad(None)"
    says = ""


class PrimalWithoutTuple(Mistake):
    transform = None

    def program():
        return jvp(square, 2.0, 1.0)

    def remedy():
        return jvp(square, (2.0,), (1.0,))

    at = "jvp(square, 2.0, 1.0)"
    says = ""


class ArrayInThePlaceOfPrimals(Mistake):
    transform = None

    def program():
        return jvp(square, np.ones(3), np.ones(3))

    def remedy():
        return jvp(square, (np.ones(3),), (np.ones(3),))

    at = "jvp(square, np.ones(3), np.ones(3))"
    says = ""


class CheckWithoutTuple(Mistake):
    transform = None

    def program():
        check_grads(square, 2.0)

    def remedy():
        check_grads(square, (2.0,))

    at = "check_grads(square, 2.0)"
    says = ""


class CheckOfAnArray(Mistake):
    transform = None

    def program():
        check_grads(weighted, np.ones(3))

    def remedy():
        check_grads(weighted, (np.ones(3), 2.0))

    at = "check_grads(weighted, np.ones(3))"
    says = ""


class NumberOfNoArgument(Mistake):
    transform = None

    def program():
        return grad(weighted, argnums=3)

    def remedy():
        return grad(weighted, argnums=1)(np.ones(3), 2.0)

    at = "argnums=3"
    says = ""


class MisspeltArgument(Mistake):
    transform = None

    def program():
        return grad(weighted, argnames="wieght")

    def remedy():
        return grad(weighted, argnames="weight")(np.ones(3), 2.0)

    at = 'argnames="wieght"'
    says = ""


class NameAsNumber(Mistake):
    transform = None

    def program():
        return grad(weighted, "weight")

    def remedy():
        return grad(weighted, argnames="weight")(np.ones(3), 2.0)

    at = 'grad(weighted, "weight")'
    says = ""


class MisspeltKeyword(Mistake):
    transform = None

    def program():
        return grad(weighted)(np.ones(3), wieght=2.0)

    def remedy():
        return grad(weighted)(np.ones(3), weight=2.0)

    at = "wieght=2.0"
    says = ""


class MissingArgument(Mistake):
    transform = None

    def program():
        return grad(weighted)(np.ones(3))

    def remedy():
        return grad(weighted)(np.ones(3), 2.0)

    at = "grad(weighted)(np.ones(3))"
    says = ""


class TooManyArguments(Mistake):
    transform = None

    def program():
        return grad(square)(2.0, 3.0)

    def remedy():
        return grad(square)(2.0)

    at = "grad(square)(2.0, 3.0)"
    says = ""


class MisspeltOption(Mistake):
    transform = None

    def program():
        return grad(square, argnum=0)

    def remedy():
        return grad(square, argnums=0)(2.0)

    at = "argnum=0"
    says = ""


class CotangentOfAnotherShape(Mistake):
    transform = None

    def program():
        value, pullback = vjp(square, np.ones(3))
        return pullback(np.ones(2))

    def remedy():
        value, pullback = vjp(square, np.ones(3))
        return pullback(np.ones(3))

    at = "pullback(np.ones(2))"
    says = ""


class TangentOfAnotherShape(Mistake):
    transform = None

    def program():
        return jvp(square, (np.ones(3),), (np.ones(2),))

    def remedy():
        return jvp(square, (np.ones(3),), (np.ones(3),))

    at = "jvp("
    says = ""


class HessianOfAVector(Mistake):
    transform = None

    def program():
        return hessian(square)(np.ones(3))

    def remedy():
        return hessian(lambda x: np.sum(square(x)))(np.ones(3))

    at = "def square(x: Any) -> Any:"
    says = ""


class MisspeltPublicName(Mistake):
    transform = None

    def program():
        return adjoint.value_and_gard(square)

    def remedy():
        return adjoint.value_and_grad(square)(2.0)

    at = "adjoint.value_and_gard"
    says = ""


class AuxWithoutSaying(Mistake):
    arguments = (np.arange(3.0),)

    def program(x):
        return np.mean(x), np.mean(x * x)

    def remedy(x):
        return np.mean(x)

    at = ""
    says = ""


class AuxWithoutSayingSo(Mistake):
    transform = None

    def program():
        return grad(moments)(np.ones(3))

    def remedy():
        return grad(moments, has_aux=True)(np.ones(3))

    at = ""
    says = ""


class AuxThatIsNotThere(Mistake):
    transform = None

    def program():
        return grad(square, has_aux=True)(2.0)

    def remedy():
        return grad(square)(2.0)

    at = ""
    says = ""


class WholeNumber(Mistake):
    transform = None

    def program():
        return grad(square)(3)

    def remedy():
        return grad(square)(3.0)

    at = "grad(square)(3)"
    says = ""


class ArrayOfIntegers(Mistake):
    transform = None

    def program():
        return grad(weighted)(np.arange(3), 2.0)

    def remedy():
        return grad(weighted)(np.arange(3).astype(float), 2.0)

    at = "grad(weighted)(np.arange(3), 2.0)"
    says = ""


class Text(Mistake):
    transform = None

    def program():
        return grad(square)("3.0")

    def remedy():
        return grad(square)(float("3.0"))

    at = 'grad(square)("3.0")'
    says = ""


class Nothing(Mistake):
    transform = None

    def program():
        return grad(square)(None)

    def remedy():
        return grad(square)(1.0)

    at = "grad(square)(None)"
    says = ""


class Namespace(Mistake):
    transform = None

    def program():
        return grad(lambda p: p.a * p.b)(SimpleNamespace(a=1.0, b=2.0))

    def remedy():
        return grad(lambda p: p["a"] * p["b"])({"a": 1.0, "b": 2.0})

    at = "SimpleNamespace"
    says = ""


class ArrayOfObjects(Mistake):
    transform = None

    def program():
        return grad(weighted)(np.array([1.0, 2.0], dtype=object), 2.0)

    def remedy():
        return grad(weighted)(np.array([1.0, 2.0], dtype=object).astype(float), 2.0)

    at = "dtype=object"
    says = ""


class RangeAsArgument(Mistake):
    transform = None

    def program():
        return grad(lambda xs: sum([x * x for x in xs]))(range(3))

    def remedy():
        return grad(lambda xs: np.sum(xs * xs))(np.arange(3.0))

    at = "range(3)"
    says = ""


class GeneratorAsArgument(Mistake):
    transform = None

    def program():
        return grad(sum)(x for x in [1.0, 2.0])

    def remedy():
        return grad(sum)([x for x in [1.0, 2.0]])

    at = "grad(sum)"
    says = ""


class Matrix(Mistake):
    transform = None

    def program():
        return grad(np.sum)(np.matrix([[1.0, 2.0]]))

    def remedy():
        return grad(np.sum)(np.asarray(np.matrix([[1.0, 2.0]])))

    at = "np.matrix"
    says = ""


class MaskedArray(Mistake):
    transform = None

    def program():
        return grad(np.sum)(np.ma.masked_less(np.arange(3.0), 1.0))

    def remedy():
        return grad(np.sum)(np.ma.masked_less(np.arange(3.0), 1.0).filled(0.0))

    at = "np.ma.masked_less"
    says = ""


class SourceThatIsNotThere(Mistake):
    transform = None

    def program():
        namespace: dict[str, Any] = {}
        exec("def f(x):\n    return x * x\n", namespace)
        return grad(namespace["f"])(2.0)

    def remedy():
        return grad(square)(2.0)

    at = 'grad(namespace["f"])(2.0)'
    says = ""


class ShapesThatDoNotFit(Mistake):
    transform = None

    def program():
        return value_and_grad(weighted)(np.ones(3), np.ones(4))

    def remedy():
        return value_and_grad(weighted)(np.ones(3), np.ones(3))

    at = "value_and_grad(weighted)(np.ones(3), np.ones(4))"
    says = ""
