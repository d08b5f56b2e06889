"""Mistakes with structures and functions that only the run decides."""
# ruff: noqa: E731

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from tests.messages.mistake import Mistake

point = np.array([1.0, 2.0, 3.0])


def scaled_by(factor: Any) -> Any:
    return lambda v: v * factor


class ListsOfTwoStructures(Mistake):
    arguments = (point,)

    def program(x):
        if x[0] > 0.0:
            values = [x[0], x[1]]
        else:
            values = [[x[0]], x]
        return np.sum(values[0]) * x[1]

    def remedy(x):
        if x[0] > 0.0:
            values = [x[:1], x[1:2]]
        else:
            values = [x[:1], x]
        return np.sum(values[0]) * x[1]

    at = "np.sum(values[0])"
    says = "'values' is a different kind of object on different paths through the code"


class AppendsToOneOfTwoLists(Mistake):
    arguments = (point,)

    def program(x):
        small, large = [x[0]], [x[1]]
        chosen = small if x[0] < 0.0 else large
        chosen.append(x[0] * x[1])
        return sum(small) * sum(large)

    def remedy(x):
        small, large = [x[0]], [x[1]]
        if x[0] < 0.0:
            small.append(x[0] * x[1])
        else:
            large.append(x[0] * x[1])
        return sum(small) * sum(large)

    at = "chosen.append(x[0] * x[1])"
    says = "this changes a container that 'large' may or may not refer to"
    instead = "make a copy of it first"


class FunctionThatABranchMakes(Mistake):
    arguments = (point,)

    def program(x):
        f = scaled_by(x[1]) if x[0] > 0.0 else scaled_by(x[2])
        return f(x[0])

    def remedy(x):
        factor = x[1] if x[0] > 0.0 else x[2]
        return scaled_by(factor)(x[0])

    at = "f = scaled_by(x[1]) if x[0] > 0.0 else scaled_by(x[2])"
    says = "the result is made in a branch or loop, and holds values of it"


class DefaultThatABranchMakes(Mistake):
    arguments = (point,)

    def program(x):
        if x[0] > 0.0:
            s = x[1] * 2.0
            f = lambda v, s=s: v * s
        else:
            s = x[1] * 3.0
            f = lambda v, s=s: v + s
        return f(x[2])

    def remedy(x):
        if x[0] > 0.0:
            s = x[1] * 2.0
            f = lambda v, s: v * s
        else:
            s = x[1] * 3.0
            f = lambda v, s: v + s
        return f(x[2], s)

    at = "f"
    says = "'f' is made in a branch or loop, and holds values of it"


class FunctionOfTheIterationBefore(Mistake):
    arguments = (point,)

    def program(x):
        total, f = 0.0, scaled_by(x[0])
        for k in range(len(x)):
            total += f(x[k])
            f = scaled_by(x[k] * total)
        return total

    def remedy(x):
        total, factor = 0.0, x[0]
        for k in range(len(x)):
            total += scaled_by(factor)(x[k])
            factor = x[k] * total
        return total

    at = "f"
    says = "'f' is a different kind of object on different paths through the code"


class FunctionInATableOfABranch(Mistake):
    arguments = (point,)

    def program(x):
        table = {"f": scaled_by(x[0])}
        if x[0] > 0.0:
            table["f"] = scaled_by(x[1])
        return table["f"](x[2])

    def remedy(x):
        table = {"factor": x[0]}
        if x[0] > 0.0:
            table["factor"] = x[1]
        return scaled_by(table["factor"])(x[2])

    at = "if x[0] > 0.0:"
    says = "item 'f' is made in a branch or loop, and holds values of it"


class RecursionThatChangesAnOuterList(Mistake):
    arguments = (point,)

    def program(x):
        product = [x[0]]

        def visit(k):
            if k == 0:
                return 0.0
            product[0] = product[0] * x[k]
            return visit(k - 1) + product[0]

        return visit(len(x) - 1) * product[0]

    def remedy(x):
        def visit(k, product):
            if k == 0:
                return 0.0, product
            total, last = visit(k - 1, product * x[k])
            return total + product * x[k], last

        total, product = visit(len(x) - 1, x[0])
        return total * product

    at = "product[0] = product[0] * x[k]"
    says = "this changes a container, and it belongs to an enclosing function"
    instead = "pass it as an argument, or work on a copy"


class RecursionThatWritesIntoAnOuterArray(Mistake):
    arguments = (point,)

    def program(x):
        y = x * 2.0

        def visit(k):
            if k > 0:
                y[0] = y[0] * x[k]
                visit(k - 1)

        visit(len(x) - 1)
        return y[0]

    def remedy(x):
        y = x * 2.0
        for k in range(len(x) - 1, 0, -1):
            y[0] = y[0] * x[k]
        return y[0]

    at = "y[0] = y[0] * x[k]"
    says = "this writes into an array, and it belongs to an enclosing function"
    instead = "make a copy of the array, or write the result to a new name"


class TableOfTheRunAsAWhole(Mistake):
    arguments = (point + 0.1,)

    def program(x):
        table = {int(v * 4): v for v in x}
        return x[0] if table == {int(v * 4): v for v in x} else x[1]

    def remedy(x):
        table = {int(v * 4): v for v in x}
        return x[0] if len(table) == 3 and 8 in table else x[1]

    at = "table == {int(v * 4): v for v in x}"
    says = "a dict whose keys are known only at run time is used as a whole"
    instead = "use its items one by one"


class ArrayOfObjects(Mistake):
    arguments = (point,)

    def program(x):
        parts = np.empty(2, dtype=object)
        parts[0] = x[0] * x[1]
        parts[1] = x[:2]
        return parts[0] * np.sum(parts[1])

    def remedy(x):
        parts = [x[0] * x[1], x[:2]]
        return parts[0] * np.sum(parts[1])

    at = "parts[0] = x[0] * x[1]"
    says = "arrays of objects have no derivative"
    instead = "use a list, or an array of floats"


class SetOfResults(Mistake):
    arguments = (point,)

    def program(x):
        values = {x[0], x[1], x[0] * x[1]}
        return sum(v * v for v in values)

    def remedy(x):
        values = [x[0], x[1], x[0] * x[1]]
        return sum(v * v for v in values)

    at = "{x[0], x[1], x[0] * x[1]}"
    says = "an element of a set that is known only at run time"
    instead = "use a string or a literal, or an int that is an argument"


class RowsThatMove(Mistake):
    arguments = (point,)

    def program(x):
        rows = [[] for _ in range(len(x))]
        for i in range(len(x)):
            rows[i].append(x[i])
        row = rows[1]
        rows.pop(0)
        return sum(row) ** 2

    def remedy(x):
        rows = [[] for _ in range(len(x))]
        for i in range(len(x)):
            rows[i].append(x[i])
        row = rows[1].copy()
        rows.pop(0)
        return sum(row) ** 2

    at = "rows.pop(0)"
    says = "the rows of a list move, and 'row' refers to one of them"
    instead = "make a copy of the row, or read it again from the list"


class RowThatIsReplaced(Mistake):
    arguments = (point,)

    def program(x):
        rows = [[] for _ in range(len(x))]
        for i in range(len(x)):
            rows[i].append(x[i])
        row = rows[1]
        rows[1] = []
        return sum(row) ** 2

    def remedy(x):
        rows = [[] for _ in range(len(x))]
        for i in range(len(x)):
            rows[i].append(x[i])
        row = rows[1].copy()
        rows[1][:] = []
        return sum(row) ** 2

    at = "rows[1] = []"
    says = "a row of a list is replaced while something refers to it"
    instead = "write into the row, as in rows[i][:] = ..."


class ListThatAnotherHolds(Mistake):
    arguments = (point,)

    def program(x):
        groups = {}
        for v in x:
            k = int(v > 1.5)
            if k not in groups:
                groups[k] = row = []
                row.append(v * 2.0)
            groups[k].append(v)
        return sum(sum(g) ** 2 for g in groups.values())

    def remedy(x):
        groups = {}
        for v in x:
            k = int(v > 1.5)
            groups.setdefault(k, []).append(v)
        return sum(sum(g) ** 2 for g in groups.values())

    at = "row.append(v * 2.0)"
    says = "this changes a container, and a list holds it"
    instead = "pass it as an argument, or work on a copy"


class GroupsThatAreOver(Mistake):
    arguments = (point,)

    def program(x):
        kept = list(itertools.groupby([1, 1, 2]))
        return x[0] * sum(len(list(group)) for _, group in kept)

    def remedy(x):
        kept = [list(group) for _, group in itertools.groupby([1, 1, 2])]
        return x[0] * sum(len(group) for group in kept)

    at = "list(group)"
    says = (
        "something that an iterator steps through, or makes its items of, changes before the "
        "last one was taken"
    )
    instead = "make a list of it, if the items as they are at first are meant"


class Hooked:
    def __init__(self, value: Any) -> None:
        self.value = value

    def __getattr__(self, name: str) -> Any:
        if name == "double":
            return self.value * 2
        raise AttributeError(name)


class AsksForAnAttribute(Mistake):
    arguments = (point,)

    def program(x):
        hooked = Hooked(x[0])
        return hooked.double if hasattr(hooked, "double") else x[1]

    def remedy(x):
        hooked = Hooked(x[0])
        try:
            return hooked.double
        except AttributeError:
            return x[1]

    at = 'hasattr(hooked, "double")'
    says = "whether there is an attribute 'double', `__getattr__` tells"
    instead = "read the attribute in a try"
