"""The abstract objects that names point to while a function is being lowered.

Names are not values: a name points to an object, and an object has a current SSA value. `y = x`
shares the object, so that a store through either name is seen by both. Containers of known
structure exist at compile time only; they become SSA values where they leave the program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adjoint.ir.core import Value


class Obj:
    """Base of the abstract objects; identity is aliasing."""

    __slots__ = ()


@dataclass(eq=False)
class Ref(Obj):
    """A number, an array or another run-time object, whose value when created is `value`.

    `shared` says why a store into it would be ambiguous: it may be a view or have views, or be
    one of several objects; empty when it is certainly the only way to its memory.
    """

    value: Value
    shared: str = ""


@dataclass(eq=False)
class Known(Obj):
    """A Python object that is part of the program: a function, module, class, string, None."""

    value: Any


@dataclass(eq=False)
class Seq(Obj):
    """A tuple or list whose items are known one by one; `value` if it exists as a whole."""

    kind: type
    items: list[Obj]
    value: Value | None = None


@dataclass(eq=False)
class Mapping(Obj):
    """A dict with known keys."""

    items: dict[Any, Obj]
    value: Value | None = None


@dataclass(eq=False)
class Closure(Obj):
    """A nested `def` or `lambda`, with the frame in which it was made."""

    node: Any
    frame: Any
    defaults: list[Obj]
    kw_defaults: dict[str, Obj]

    @property
    def name(self) -> str:
        return getattr(self.node, "name", "<lambda>")


@dataclass(eq=False)
class Method(Obj):
    """`x.name`, about to be called."""

    owner: Obj
    name: str


@dataclass(eq=False)
class Partial(Obj):
    """`functools.partial(function, *args, **kwargs)`."""

    function: Obj
    args: list[Obj]
    kwargs: dict[str, Obj]


@dataclass(eq=False)
class Transformed(Obj):
    """`grad(f)` and its relatives, made inside the program."""

    function: Obj
    options: Any


@dataclass(eq=False)
class Zip(Obj):
    parts: list[Obj]
    strict: bool = False


@dataclass(eq=False)
class Enumerate(Obj):
    part: Obj
    start: Obj


@dataclass(eq=False)
class Reversed(Obj):
    part: Obj


@dataclass(eq=False)
class Generator(Obj):
    """A generator expression, evaluated by what consumes it."""

    node: Any
    frame: Any


@dataclass(eq=False)
class Map(Obj):
    """`map(function, *parts)`."""

    function: Obj
    parts: list[Obj]


@dataclass(eq=False)
class Choice(Obj):
    """One of two functions, by a condition that the run knows."""

    condition: Value
    then: Obj
    otherwise: Obj


@dataclass(eq=False)
class Ambiguous(Obj):
    """A name that may be one of several things; an error as soon as it is used."""

    reason: str


@dataclass(eq=False)
class Unassigned(Obj):
    """A name that this path has not assigned."""

    name: str = field(default="")


UNASSIGNED = Unassigned()


@dataclass
class Iteration:
    """What a loop runs over: sequences to step through together, and how a step is seen."""

    sequences: list[Value]
    element: Callable[[Sequence[Value]], Obj]
    strict: bool = False
