"""The facts in a record of a callable."""

from __future__ import annotations

import enum
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adjoint.ir.callables.signatures import parameter_names
from adjoint.ir.core import Constant, Value


class Memory(enum.Enum):
    """Whose memory a result has, where the arguments are arrays (numbers have none)."""

    OWN = "its own"
    SAME = "that of the argument, which is the result"
    VIEW = "that of the argument"
    MAYBE = "its own or that of the argument: values, sizes or the layout decide"
    PARTS = "that of the argument, each part of the result some of it"
    HELD = "the result is a container that holds the argument, or is held by it"


class Rank0(enum.Enum):
    """The kind of a result of rank 0: a number, which no write changes, or an array."""

    ASK = "what type inference finds"
    NUMBER = "a NumPy scalar"
    ARRAY = "an array of rank 0"
    LIKE = "what the first argument is; an array, for a Python number"


class Effect(enum.Enum):
    """The effects of a call besides its result."""

    NONE = "nothing: it may be dropped, repeated and merged"
    ORDERED = "something that depends on what was done before, or that others see"
    DRAWS = "it draws a random number"


class Cheap(enum.Flag):
    """Of what a call is cheap enough to be made again in the backward pass."""

    NEVER = 0
    NUMBERS = enum.auto()
    ARRAYS = enum.auto()
    ALWAYS = NUMBERS | ARRAYS


@dataclass(frozen=True)
class Result:
    """The result of a call.

    Attributes
    ----------
    memory : whose memory it has.
    of : the positions of the arguments that `memory` speaks of; all of them, if empty.
    read_only : can the result be one that refuses writes?
    contiguous : is it always in C order?
    rank0 : what it is, where it is of rank 0.
    """

    memory: Memory = Memory.OWN
    of: tuple[int, ...] = (0,)
    read_only: bool = False
    contiguous: bool = False
    rank0: Rank0 = Rank0.ASK

    @property
    def is_own(self) -> bool:
        return self.memory is Memory.OWN


@dataclass(frozen=True)
class Call:
    """The arguments of a call, as values of the program with their types."""

    target: Any
    operands: Sequence[Value]
    named: dict[str, Value] = field(default_factory=dict)

    def given(self, name: str) -> Value | None:
        """The argument of this name, wherever it stands."""
        if name in self.named:
            return self.named[name]
        names = parameter_names(self.target)
        place = names.index(name) if name in names else len(self.operands)
        return self.operands[place] if place < len(self.operands) else None

    def says(self, name: str, *answers: Any) -> bool:
        """Is this argument left out, or certainly one of the answers?"""
        value = self.given(name)
        if value is None:  # left out, unless it is not known what stands where
            return len(self.operands) <= 1 or bool(parameter_names(self.target))
        known = value.value if isinstance(value, Constant) else ()
        return any(type(known) is type(answer) and known == answer for answer in answers)


@dataclass(frozen=True)
class Facts:
    """The record of one callable.

    Whether it has a derivative, or is constant between jumps, stands in `adjoint.rules`.

    Attributes
    ----------
    result : what a call gives; a function of the call where the arguments decide.
    effect : what else it does.
    writes : the positions of the arguments that it changes.
    arrays : the positions of the arguments that it makes arrays of, also of a list; an
        element-wise function of all.
    sequences : does it take lists of arrays, or make an array of a list itself?
    static : the arguments that must be known when compiling, besides those of `STATIC`.
    elementwise : does it broadcast its arguments, and work element by element?
    updates : is the result the first argument with a part of it changed, as `ops.store` gives it?
    form_only : does it read the form of its argument (structure, shape, dtype), but no element?
    folds : is a call carried out when compiling, if all arguments are part of the program?
    sized_by_values : do the elements of the arguments decide how large the result is?
    any_shapes : does it take arrays of all shapes, once its axes are right?
    cheap : of what it is cheap enough to be computed again, rather than kept.
    """

    result: Result | Callable[[Call], Result] = Result()
    effect: Effect = Effect.NONE
    writes: tuple[int, ...] = ()
    arrays: tuple[int, ...] = ()
    sequences: bool = False
    static: frozenset[str] = frozenset()
    elementwise: bool = False
    updates: bool = False
    form_only: bool = False
    folds: bool = False
    sized_by_values: bool = False
    any_shapes: bool = False
    cheap: Cheap = Cheap.NEVER

    @property
    def is_pure(self) -> bool:
        """No effect and nothing random: may be dropped, repeated, merged."""
        return self.effect is Effect.NONE and not self.writes

    def takes_array(self, position: int) -> bool:
        """Is this argument an array, whatever sequence of numbers it is given as?"""
        return self.elementwise or position in self.arrays

    def of(self, call: Call) -> Result:
        """The result of this call."""
        return self.result if isinstance(self.result, Result) else self.result(call)


#: The records of one area: each with the callables that have it.
Table = Sequence[tuple[Facts, Sequence[Any]]]


def each(facts: Facts, *targets: Any) -> tuple[Facts, Sequence[Any]]:
    """One record for several callables."""
    return facts, targets


def named(module: Any, names: str) -> list[Any]:
    """The functions of a module, by name; those that this version of it does not have are left."""
    return [getattr(module, name) for name in names.split() if hasattr(module, name)]


def functions(module: Any) -> list[Any]:
    """The public functions of a module that are written in Python."""
    found = [f for name, f in vars(module).items() if not name.startswith("_")]
    return [f for f in found if isinstance(f, types.FunctionType)]


def merged(*tables: Table) -> dict[Any, Facts]:
    """All records by callable; no callable has two."""
    result: dict[Any, Facts] = {}
    for facts, targets in (line for table in tables for line in table):
        twice = [t for t in targets if t in result and result[t] is not facts]
        assert not twice, f"two records of {twice}"
        result |= dict.fromkeys(targets, facts)
    return result


#: A number, an array or a container of its own.
OWN = Facts()
#: The same, of rank 0 as a number.
NUMBER = Facts(Result(rank0=Rank0.NUMBER))
#: The same, of rank 0 as an array.
ARRAY = Facts(Result(rank0=Rank0.ARRAY))
