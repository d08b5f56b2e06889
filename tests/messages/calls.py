"""Mistakes in calls of adjoint: what is differentiated, and with respect to what."""
# ruff: noqa: E501

from __future__ import annotations

from typing import Any

import numpy as np

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
    says = (
        "argnums is 2.0, and says which parameters of square() are meant: an int or a tuple "
        "of ints. The arguments of the function are given to the gradient: grad(square)(x)"
    )


class ValueInThePlaceOfTheFunction(Mistake):
    transform = None

    def program():
        return grad(square(2.0))

    def remedy():
        return grad(square)(2.0)

    at = "grad(square(2.0))"
    says = (
        "a derivative is of a function, and 4.0 is not callable: write grad(f)(x), not grad(f(x))"
    )


class NoFunction(Mistake):
    transform = None

    def program():
        return grad(None)(2.0)

    def remedy():
        return grad(square)(2.0)

    at = "grad(None)"
    says = (
        "a derivative is of a function, and None is not callable: write grad(f)(x), not grad(f(x))"
    )


class PrimalWithoutTuple(Mistake):
    transform = None

    def program():
        return jvp(square, 2.0, 1.0)

    def remedy():
        return jvp(square, (2.0,), (1.0,))

    at = "jvp(square, 2.0, 1.0)"
    says = (
        "the primals of jvp are a tuple with one item for each argument of square, and this "
        "is 2.0: write jvp(square, (x,), (x_dot,))"
    )


class ArrayInThePlaceOfPrimals(Mistake):
    transform = None

    def program():
        return jvp(square, np.ones(3), np.ones(3))

    def remedy():
        return jvp(square, (np.ones(3),), (np.ones(3),))

    at = "jvp(square, np.ones(3), np.ones(3))"
    says = (
        "the primals of jvp are a tuple with one item for each argument of square, and this "
        "is an array of rank 1: write jvp(square, (x,), (x_dot,))"
    )


class CheckWithoutTuple(Mistake):
    transform = None

    def program():
        check_grads(square, 2.0)

    def remedy():
        check_grads(square, (2.0,))

    at = "check_grads(square, 2.0)"
    says = (
        "the args of check_grads are a tuple, one item for each argument of square, and this "
        "is 2.0: write check_grads(square, (x,))"
    )


class NumberOfNoArgument(Mistake):
    transform = None

    def program():
        return grad(weighted, argnums=3)

    def remedy():
        return grad(weighted, argnums=1)(np.ones(3), 2.0)

    at = "argnums=3"
    says = (
        "argnums=3 is out of range: weighted() takes 3 positional parameters (x, weight, "
        "bias); keyword-only ones are named with argnames"
    )


class MisspeltArgument(Mistake):
    transform = None

    def program():
        return grad(weighted, argnames="wieght")

    def remedy():
        return grad(weighted, argnames="weight")(np.ones(3), 2.0)

    at = 'argnames="wieght"'
    says = "weighted() has no parameter 'wieght'; did you mean 'weight'?"


class NameAsNumber(Mistake):
    transform = None

    def program():
        return grad(weighted, "weight")

    def remedy():
        return grad(weighted, argnames="weight")(np.ones(3), 2.0)

    at = 'grad(weighted, "weight")'
    says = "argnums takes numbers: write argnames='weight'"


class MisspeltKeyword(Mistake):
    transform = None

    def program():
        return grad(weighted)(np.ones(3), wieght=2.0)

    def remedy():
        return grad(weighted)(np.ones(3), weight=2.0)

    at = "wieght=2.0"
    says = "weighted() has no parameter 'wieght'; did you mean 'weight'?"


class MissingArgument(Mistake):
    transform = None

    def program():
        return grad(weighted)(np.ones(3))

    def remedy():
        return grad(weighted)(np.ones(3), 2.0)

    at = "grad(weighted)(np.ones(3))"
    says = "weighted() missing 1 required positional argument: 'weight'"


class TooManyArguments(Mistake):
    transform = None

    def program():
        return grad(square)(2.0, 3.0)

    def remedy():
        return grad(square)(2.0)

    at = "grad(square)(2.0, 3.0)"
    says = "square() takes 1 argument (x), and 2 are given"


class CotangentOfAnotherShape(Mistake):
    transform = None

    def program():
        value, pullback = vjp(square, np.ones(3))
        return pullback(np.ones(2))

    def remedy():
        value, pullback = vjp(square, np.ones(3))
        return pullback(np.ones(3))

    at = "pullback(np.ones(2))"
    says = "the cotangent has shape (2,), the value (3,)"


class TangentOfAnotherShape(Mistake):
    transform = None

    def program():
        return jvp(square, (np.ones(3),), (np.ones(2),))

    def remedy():
        return jvp(square, (np.ones(3),), (np.ones(3),))

    at = "jvp("
    says = "the tangent has shape (2,), the primal (3,)"


class HessianOfAVector(Mistake):
    transform = None

    def program():
        return hessian(square)(np.ones(3))

    def remedy():
        return hessian(lambda x: np.sum(square(x)))(np.ones(3))

    at = "x * x"
    says = "the function returns an array of rank 1; a gradient needs a real number"
    instead = (
        "reduce it to a number with np.sum or np.mean, or use adjoint.vjp or adjoint.jacobian"
    )


class AuxWithoutSayingSo(Mistake):
    transform = None

    def program():
        return grad(moments)(np.ones(3))

    def remedy():
        return grad(moments, has_aux=True)(np.ones(3))

    at = "return np.mean(x), np.mean(x * x)"
    says = "the function returns a tuple; a gradient needs a real number"
    instead = (
        "return one number, use has_aux=True if it returns (value, aux), or adjoint.vjp "
        "or adjoint.jacobian for all items"
    )


class AuxThatIsNotThere(Mistake):
    transform = None

    def program():
        return grad(square, has_aux=True)(2.0)

    def remedy():
        return grad(square)(2.0)

    at = "x * x"
    says = "has_aux=True needs a function that returns (value, aux), and this one returns a float"
    instead = "leave out has_aux, or return the auxiliary value beside the number"


class SourceThatIsNotThere(Mistake):
    transform = None

    def program():
        namespace: dict[str, Any] = {}
        exec("def f(x):\n    return x * x\n", namespace)
        return grad(namespace["f"])(2.0)

    def remedy():
        return grad(square)(2.0)

    at = 'grad(namespace["f"])(2.0)'
    says = "the source of f is not available (<string>)"
    instead = "define it in a file, or register its text in linecache.cache"


class ShapesThatDoNotFit(Mistake):
    transform = None

    def program():
        return value_and_grad(weighted)(np.ones(3), np.ones(4))

    def remedy():
        return value_and_grad(weighted)(np.ones(3), np.ones(3))

    at = "value_and_grad(weighted)(np.ones(3), np.ones(4))"
    says = "operands could not be broadcast together with shapes (4,) (3,) "


class TooManyTangents(Mistake):
    transform = None

    def program():
        return jvp(square, (2.0,), (1.0, 1.0))

    def remedy():
        return jvp(square, (2.0,), (1.0,))

    at = "jvp(square, (2.0,), (1.0, 1.0))"
    says = "there are 1 primals and 2 tangents"
