"""Mistakes with arrays, lists, tables and branches."""
# ruff: noqa: E501, F821

from __future__ import annotations

import numpy as np

from tests.messages.mistake import Mistake

point = np.array([1.0, 2.0, 3.0])


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

    at = "y[0] = x[0] * x[1]"
    says = "a number is written into an array of another kind, which cuts off a part of it"
    instead = "make the array with dtype=float (or complex)"


class BranchOnAnArray(Mistake):
    arguments = (point,)

    def program(x):
        if x > 0.0:
            return np.sum(x)
        return 0.0

    def remedy(x):
        return np.sum(np.where(x > 0.0, x, 0.0))

    at = "x > 0.0"
    says = "the truth value of an array with more than one element is ambiguous"
    instead = "use .any() or .all()"


class AndOfArrays(Mistake):
    arguments = (point,)

    def program(x):
        return np.sum(np.where(x > 0.5 and x < 2.5, x, 0.0))

    def remedy(x):
        return np.sum(np.where((x > 0.5) & (x < 2.5), x, 0.0))

    at = "return np.sum(np.where(x > 0.5 and x < 2.5, x, 0.0))"
    says = (
        "The truth value of an array with more than one element is ambiguous. Use a.any() or "
        "a.all()"
    )


class FloatOfAnArray(Mistake):
    arguments = (point,)

    def program(x):
        return float(x) * 2.0

    def remedy(x):
        return float(x[0]) * 2.0

    at = "float(x)"
    says = "float of an array that may have several elements"
    instead = "take the one that is meant, as in x[0]"


class ListTimesNumber(Mistake):
    arguments = ([1.0, 2.0, 3.0],)

    def program(xs):
        return np.sum(xs * 2.0)

    def remedy(xs):
        return np.sum(np.asarray(xs) * 2.0)

    at = "xs * 2.0"
    says = "a list and a float have no such operator"
    instead = "make an array of the list, with np.asarray"


class ListPlusNumber(Mistake):
    arguments = ([1.0, 2.0, 3.0],)

    def program(xs):
        return np.sum(xs + 1.0)

    def remedy(xs):
        return np.sum(np.asarray(xs) + 1.0)

    at = "xs + 1.0"
    says = "a list and a float have no such operator"
    instead = "make an array of the list, with np.asarray"


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

    at = "z"
    says = "name 'z' is not defined"


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

    at = "def program(x):"
    says = "every path through this function raises, or recurses for ever"


class KeyOfANumber(Mistake):
    arguments = (2.0,)

    def program(x):
        table = {x: 3.0}
        return table[x] * x

    def remedy(x):
        table = {"x": 3.0}
        return table["x"] * x

    at = "{x: 3.0}"
    says = "a dictionary key that is known only at run time"
    instead = "use a string or a literal, or an int that is an argument"


class TooManyIndices(Mistake):
    arguments = (point,)

    def program(x):
        return x[0, 1] * 2.0

    def remedy(x):
        return x[1] * 2.0

    at = "x[0, 1]"
    says = "too many indices for an array of rank 1"


class WritesIntoOneOfTwo(Mistake):
    arguments = (point,)

    def program(x):
        if x[0] > 0.0:
            y = x * 2.0
            z = y
        else:
            y, z = x, x * 1.0
        y[0] = 3.0
        return np.sum(y) + np.sum(z)

    def remedy(x):
        if x[0] > 0.0:
            y = x * 2.0
            z = y
        else:
            y, z = x, x * 1.0
        y = y.copy()
        y[0] = 3.0
        return np.sum(y) + np.sum(z)

    at = "y[0] = 3.0"
    says = "this writes into an array that 'z' may or may not refer to"
    instead = "make a copy of the array, or write the result to a new name"


class ArrayOfMixedRows(Mistake):
    arguments = (2.0,)

    def program(x):
        return np.sum(np.array([[x, 1.0], [x]]))

    def remedy(x):
        return np.sum(np.array([[x, 1.0], [x, 0.0]]))

    at = "return np.sum(np.array([[x, 1.0], [x]]))"
    says = (
        "setting an array element with a sequence. The requested array has an inhomogeneous "
        "shape after 1 dimensions. The detected shape was (2,) + inhomogeneous part."
    )


class WritesThroughReal(Mistake):
    arguments = (point,)

    def program(x):
        z = np.zeros(3, dtype=complex)
        z.real = x
        return np.sum(np.abs(z))

    def remedy(x):
        z = x + 0j
        return np.sum(np.abs(z))

    at = "z.real = x"
    says = "the attribute 'real' of an array or number is assigned"
    instead = "write z = x + 1j * z.imag"


class SortsEitherWay(Mistake):
    arguments = (point,)

    def program(x):
        values = sorted([v * v for v in x], reverse=x[0] > 2.0)
        return values[0] * 2.0

    def remedy(x):
        values = [v * v for v in x]
        if x[0] > 2.0:
            return sorted(values, reverse=True)[0] * 2.0
        return sorted(values)[0] * 2.0

    at = "sorted([v * v for v in x], reverse=x[0] > 2.0)"
    says = "whether this sorts backwards is known only at run time"
    instead = "write a branch with both"


class ComplexEigenvalues(Mistake):
    arguments = (np.array([[2.0, 1.0], [0.5, 1.0]]),)

    def program(A):
        return np.linalg.eigvals(A)[0]

    def remedy(A):
        return np.linalg.eigvals(A)[0].real

    at = "np.linalg.eigvals(A)[0]"
    says = "the function returns a number of dtype complex128; a gradient needs a real number"
    instead = "return its real part, its imaginary part or its absolute value"


class IndexBeyondTheEnd(Mistake):
    arguments = (2.0,)

    def program(x):
        items = [x, x * x]
        return items[2]

    def remedy(x):
        items = [x, x * x]
        return items[1]

    at = "items[2]"
    says = "index 2 is out of range"


class KeyThatIsNotThere(Mistake):
    arguments = ({"weight": 2.0},)

    def program(parameters):
        return parameters["wieght"] ** 2

    def remedy(parameters):
        return parameters["weight"] ** 2

    at = 'parameters["wieght"]'
    says = "'wieght'"  # Python's own KeyError
