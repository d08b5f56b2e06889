"""How functions are applied to many values at once, along a new first axis.

A rule gets the operands of a call, of which some are batched: they have one more axis than the
program says, the first one. It applies NumPy such that the result has this axis as well, first.
What has no rule here, or not for these arguments, is `NotBatched`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import items_of, python_argument
from adjoint.ir.infer import is_elementwise
from adjoint.ir.missing import may_be_missing
from adjoint.ir.staging import active_builders, stage
from adjoint.ir.types import (
    Array,
    Scalar,
    Size,
    Struct,
    Type,
    rank_of,
)  # fmt: skip


class NotBatched(Exception):
    """Nothing here says how this operation acts on many values at once."""


@dataclass(frozen=True)
class Operand:
    """An operand of a call.

    Attributes
    ----------
    value : it, with the new axis where it is `batched`.
    single : it in the program as it was.
    """

    value: Value
    single: Value
    batched: bool

    @property
    def type(self) -> Type:
        return self.single.type

    @property
    def rank(self) -> int:
        rank = rank_of(self.type)
        if rank is None:
            raise NotBatched(f"a value of type {self.type}")
        return rank


@dataclass(frozen=True)
class Call:
    """A call with batched operands.

    Attributes
    ----------
    result : that of a single call.
    count : the size of the new axis, as a value of the program.
    size : the same, as a dimension.
    """

    target: Any
    args: list[Operand]
    kwargs: dict[str, Operand]
    result: Value
    count: Callable[[], Value]
    size: Size

    @property
    def rank(self) -> int:
        return Operand(self.result, self.result, True).rank

    def static(self, position: int, name: str, default: Any) -> Any:
        """An argument that is part of the program, as a Python value."""
        if name in self.kwargs:
            given = self.kwargs[name]
        elif position < len(self.args):
            given = self.args[position]
        else:
            return default
        value = python_argument(given.value)
        if given.batched or isinstance(value, Value):
            raise NotBatched(f"{name} is known only at run time")
        return value

    def only(self, *names: str, positional: int) -> None:
        """Refuse arguments that a rule knows nothing of."""
        if set(self.kwargs) - set(names) or len(self.args) > positional:
            raise NotBatched("unusual arguments")

    def spread(self, x: Operand) -> Value:
        return spread(x, self.count)

    def known(self, result: Any) -> Value:
        """A result whose first axis is the new one, even if type inference cannot tell."""
        single = self.result.type
        if isinstance(result.type, Array) and isinstance(single, Array):
            result.type = Array(result.type.dtype, (self.size, *single.dims))
        return result  # type: ignore[no-any-return]


Rule = Callable[[Call], Any]
RULES: dict[Any, Rule] = {}


def batches(*targets: Any) -> Callable[[Rule], Rule]:
    def declare(rule: Rule) -> Rule:
        for target in targets:
            RULES[target] = rule
        return rule

    return declare


def batch_call(call: Call) -> Any:
    """The results of a call for all batched operands, along the first axis."""
    try:
        rule = RULES.get(call.target)
    except TypeError:
        rule = None
    if rule is not None:
        return rule(call)
    if is_elementwise(call.target):
        return elementwise(call)
    raise NotBatched(getattr(call.target, "__name__", str(call.target)))


# Forms


def sizes(x: Operand) -> tuple[Any, ...]:
    """The shape of a single operand, of staged sizes where known only at run time."""
    if isinstance(x.type, Array) and all(isinstance(d, int) for d in x.type.dims):
        return x.type.dims
    if x.rank == 0:
        return ()
    shape = stage(np.shape, x.value)
    return tuple(stage(operator.getitem, shape, k + x.batched) for k in range(x.rank))


def spread(x: Operand, count: Callable[[], Value]) -> Value:
    """An operand with the new axis, be it the same for all."""
    if x.batched:
        return x.value
    if not _is_zero(x.value):
        return stage(np.broadcast_to, x.value, many(x, count))  # type: ignore[no-any-return]
    like = x
    if x.value.op is not None and x.value.op.target in (np.zeros_like, ops.zero):
        assert x.single.op is not None
        like = Operand(x.value.op.operands[0], x.single.op.operands[0], False)
    dtype = x.value.dtype
    named = {} if dtype == np.float64 else {"dtype": dtype}
    shape = many(like, count) if x.rank else count()
    return stage(np.zeros, shape, **named)  # type: ignore[no-any-return]


def _is_zero(value: Value) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, (int, float)) and value.value == 0
    return value.op is not None and value.op.target in (np.zeros, np.zeros_like, ops.zero)


def many(x: Operand, count: Callable[[], Value]) -> Any:
    """The shape of many of an operand that has no new axis."""
    if x.rank == 0 or isinstance(x.type, Array) and all(isinstance(d, int) for d in x.type.dims):
        return (count(), *sizes(x))
    if may_be_missing(x.single):
        raise NotBatched("a name that some path does not assign")
    return behind_count(active_builders[-1].apply(np.shape, x.value), count)


def behind_count(shape: Value, count: Callable[[], Value]) -> Any:
    """A shape with the new axis before it."""
    if isinstance(shape.type, Scalar):
        return (count(), shape)
    items = items_of(shape)
    if items is not None:
        return (count(), *(i.value if isinstance(i, Constant) else i for i in items))
    builder = active_builders[-1]
    first = builder.value((count(),))
    if not (isinstance(first.type, Struct) and isinstance(shape.type, Struct)):
        raise NotBatched("a shape whose length is known only at run time")
    type_ = Struct(tuple, first.type.items + shape.type.items)
    return builder.emit(operator.add, [first, shape], type_)


def aligned(x: Operand, rank: int) -> Any:
    """The operand with axes of size 1 behind the new one, as if it had `rank` axes itself."""
    if not x.batched or x.rank == rank:
        return x.value
    return x.value[(slice(None), *(None,) * (rank - x.rank))]


def moved(axis: Any, rank: int) -> Any:
    """Axes of a single value, counted behind the new axis."""
    if isinstance(axis, tuple):
        return tuple(moved(a, rank) for a in axis)
    if not isinstance(axis, int):
        raise NotBatched("an axis that is no number")
    return axis % rank + 1


def elementwise(c: Call) -> Any:
    if any(x.batched for x in c.kwargs.values()):
        raise NotBatched("a keyword argument that differs")
    args = [aligned(x, c.rank) for x in c.args]
    return stage(c.target, *args, **{k: x.value for k, x in c.kwargs.items()})
