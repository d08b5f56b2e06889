"""The few operations that have no NumPy or Python callable of their own.

They are ordinary functions with their plain meaning, so that an op's target is always a callable.
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from adjoint.ir.staging import Staged, stage
from adjoint.requests import stop_gradient as stop_gradient
from adjoint.runtime import arrays, containers
from adjoint.runtime.records import new_record

T = TypeVar("T")
#: The steps from an array to a view of it, each with the number of its further arguments.
Path = tuple[tuple[Callable[..., Any], int], ...]


def make_tuple(*items: Any) -> tuple[Any, ...]:
    return items


def make_list(*items: Any) -> list[Any]:
    return list(items)


def make_dict(keys: tuple[Any, ...], *values: Any) -> dict[Any, Any]:
    return dict(zip(keys, values, strict=True))


def make_record(cls: Any, names: tuple[str, ...], *values: Any) -> Any:
    """An instance of a record class with these fields; `getitem` by a name reads one of them."""
    return new_record(cls, **dict(zip(names, values, strict=True)))


def unpack(value: Any) -> Any:
    """`a, b, c = value`: as many results as the value has items."""
    return value


def zero(like: Any) -> Any:
    """The zero cotangent of `like`: its structure, shape and dtype."""
    return containers.zeros_like(like)


def index_add(accumulator: Any, index: Any, value: Any) -> Any:
    """`accumulator` with `value` added at `index`; repeated indices accumulate."""
    return arrays.index_add(accumulator, index, value)


def store(base: Any, value: Any, path: Path, *arguments: Any) -> Any:
    """`base` after a write: the view that `path` leads to in a copy of it is set to `value`.

    The path is part of the program: one (callable, number of further arguments) for each step, as
    in ((np.transpose, 0), (operator.getitem, 1)) for `base.T[i] = value`. With an empty path
    the whole array is written. An index that names an element twice keeps its last value.
    """
    result = np.copy(base) if not isinstance(base, list) else copy.deepcopy(base)
    *steps, last = path if path else [(operator.getitem, 1)]
    arguments = arguments if path else (...,)
    split = len(arguments) - last[1]
    view = follow(result, tuple(steps), arguments[:split])
    if last[0] is operator.getitem:
        view[arguments[split]] = value
    else:
        last[0](view, *arguments[split:])[...] = value
    return result


def follow(base: Any, path: Path, arguments: Sequence[Any]) -> Any:
    """The view at the end of a path; on IR values each step is an operation."""
    place = 0
    for target, n in path:
        base = stage_or_call(target, base, *arguments[place : place + n])
        place += n
    return base


def stage_or_call(target: Any, *args: Any) -> Any:
    """On an IR value the operation is recorded, on anything else it is done."""
    return stage(target, *args) if any(isinstance(a, Staged) for a in args) else target(*args)


def last_writes(shape: tuple[int, ...], index: Any) -> Any:
    """Which elements of `x[index] = v` stay, and are not written over by a later one."""
    return arrays.last_writes(shape, index)


def cotangent(like: Any) -> Any:
    """The cotangent that a pullback is called with: where the backward half begins."""
    return like


def hand_over(total: Any) -> Any:
    """Give memory to a function that writes into it."""
    return total


def append(items: list[Any], value: Any) -> list[Any]:
    """The list `items` with `value` at its end."""
    return [*items, value]


def drop_last(items: list[Any]) -> list[Any]:
    """The list without its last item."""
    return items[:-1]


def reverse_list(items: list[Any]) -> list[Any]:
    return items[::-1]


def join_lists(a: list[Any], b: list[Any]) -> list[Any]:
    return a + b


def repeat_list(items: list[Any], times: int) -> list[Any]:
    """`items * times`, of numbers that carry no derivative."""
    return items * times


def index_of_max(keys: Any) -> int:
    return containers.index_of_max(keys)


def index_of_min(keys: Any) -> int:
    return containers.index_of_min(keys)


def pad_zeros(items: list[Any], like: Any) -> list[Any]:
    """`items` filled up with zero cotangents of the remaining elements of `like`."""
    return items + [containers.zeros_like(x) for x in like[len(items) :]]


def rows_to_array(rows: list[Any], like: Any) -> Any:
    """The cotangents of an array's rows as the cotangent of the array (rows may be none)."""
    return np.array(rows, dtype=like.dtype).reshape(like.shape)


def add_containers(a: Any, b: Any) -> Any:
    """The sum of two cotangents of one container."""
    return containers.add(a, b)


def select(condition: Any, a: Any, b: Any) -> Any:
    """`a if condition else b`, both arms being values that are at hand."""
    return a if condition else b


def literal(value: Any) -> Any:
    """A number that the user gave a name: `dt = 0.01`."""
    return value


def check(condition: Any, message: Any = None, error: Any = AssertionError) -> None:
    """An `assert` statement, or a check that raises what the program would raise here."""
    if not condition:
        raise error(message)


def fail(error: type[BaseException], *args: Any) -> None:
    """A `raise` statement."""
    raise error(*args)


def fstring(*parts: Any) -> str:
    """An f-string, of literal parts and values (with their format specifications)."""
    return "".join(map(str, parts))


def alias(x: Any) -> Any:
    """`x` again, as the argument of a function with a derivative of its own."""
    return x


#: The operations that make containers, with the number of operands before the items.
CONTAINERS: dict[Any, int] = {make_tuple: 0, make_list: 0, make_dict: 1, make_record: 2}


def custom(value: Any, rule: Any, *operands: Any) -> Any:
    """`value`, whose derivative is what `rule` makes of the operands (`adjoint.custom_vjp`)."""
    return value


class Found:
    """What a solver returns, or is made for one: a program reads single fields of it."""


def function_of(function: Any, *captured: Any) -> Any:
    """A function of the program as a value: an IR function, and the values that it captures.

    Those are the first parameters of the IR function, which the operation has as an attribute,
    too. It is what a solver is called with.
    """
    raise TypeError("only the text of a program has such a function")


def field(owner: Any, name: str) -> Any:
    """`owner.name`, of what a solver has returned: found by it, so that no derivative follows."""
    return getattr(owner, name)


def entry(owner: Any, position: int) -> Any:
    """`owner[position]`, of what a solver has returned."""
    return owner[position]


def is_undefined(value: Any) -> bool:
    return value is UNDEFINED_VALUE


class _UndefinedValue:
    def __repr__(self) -> str:
        return "undefined"


@dataclass(frozen=True, eq=False)
class CustomHalf:
    """The backward half of a function with a derivative of its own.

    Attributes
    ----------
    function : an IR function of the operands of `custom` behind the inputs, where the operands
        `seeds` have made way for the cotangents of the value. It returns those of some inputs.
    targets : which inputs these are.
    seeds : the range of those operands.
    fixed : operands that are no inputs: a derivative with respect to one is refused.
    solution : the range of the operands that are the value itself, which the rule differentiates
        as such: of a solution, the rule knows how it depends on the inputs.
    """

    function: Any
    targets: tuple[int, ...]
    seeds: range
    fixed: range
    solution: range = range(0)


@dataclass(frozen=True)
class Barrier:
    """A jump of a function that is given to a solver, where its rule does not hold.

    Attributes
    ----------
    what : the operation, in words.
    span : where it is written.
    inputs : the inputs that decide it; None where what the solver varies does.
    """

    what: str
    span: Any
    inputs: frozenset[int] | None

    def shifted(self, by: int) -> Barrier:
        if self.inputs is None:
            return self
        return Barrier(self.what, self.span, frozenset(k + by for k in self.inputs))


@dataclass(frozen=True, eq=False)
class CustomRule:
    """Facts of `custom` about a function: its name, its backward half, its number of inputs."""

    name: str
    n_inputs: int
    half: CustomHalf | None
    reason: str = ""  # why there is no half
    barriers: tuple[Barrier, ...] = ()


#: Stands for the value of a name on a path that does not assign it.
UNDEFINED_VALUE = _UndefinedValue()
