"""The abstract objects that names point to while a function is being lowered.

Names are not values: a name points to an object, and an object has a current SSA value. `y = x`
shares the object, so that a store through either name is seen by both. Containers of known
structure exist at compile time only; they become SSA values where they leave the program.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from adjoint.ir.core import Value
from adjoint.ir.ops import Path


class Obj:
    """Base of the abstract objects; identity is aliasing."""

    __slots__ = ()


#: Why what comes from globals, cells, defaults and constants is not changed.
FOREIGN = "it does not belong to the function"

_serial = itertools.count()


@dataclass(eq=False)
class Ref(Obj):
    """A number, an array or another run-time object, whose value when created is `value`.

    A reference that may be one of several known arrays is a choice, `Either`. The first four of
    these attributes speak of arrays that are none, since no tag says what they are: their members
    cannot be enumerated. A write that one of them leaves ambiguous is refused.

    Attributes
    ----------
    shared : why a write into it would be ambiguous for good: something that is no name of the
        program (a list that is one value, an enclosing function, a library) may hold its memory.
    aliases : older objects whose memory this may be: where an arm of a branch made an array under
        two names, or a function that was not inlined gave back what it was given.
    group, confused : the loop that carries it, and what else of that loop it may be. Names that
        a loop exchanges have the same aliases over time, and are never the same at one time.
    token : of the loop whose element it is, where a write needs to know which item it is. It is
        no array that has a name, but a position; the loop is lowered once more, by position.
    undecided : the argument whose layout decides whether this is a view or a copy of it. That is
        known when the layout is in the key, so that no program has to choose.
    layout : how it lies in memory, where that is known: "contiguous" (in C order) or "strided".
    rows : has this list rows (lists or arrays) of its own, that nothing else holds? Where a
        comprehension has made it, its place.
    missing : what it is on some path instead of a value: "unassigned" or "None".
    """

    value: Value
    shared: str = ""
    aliases: frozenset[Ref] = frozenset()
    group: Any = None
    confused: set[Ref] = field(default_factory=set)
    token: Any = None
    layout: str = ""
    rows: Any = False
    undecided: Value | None = None
    missing: str = ""
    serial: int = field(default_factory=lambda: next(_serial))

    @property
    def points_to(self) -> frozenset[Ref]:
        """The older objects whose memory this may be."""
        return self.aliases


@dataclass(eq=False)
class View(Ref):
    """A part of the array `base`, as the value is when the base is `seen`.

    `path` and `arguments` lead from the base to it, as in `ops.store`. A view that is not
    `writable` (of a broadcast array) refuses writes, as NumPy does.
    """

    base: Ref = field(kw_only=True)
    path: Path = field(kw_only=True)
    arguments: tuple[Value, ...] = field(kw_only=True)
    seen: Value = field(kw_only=True)
    writable: bool = True


@dataclass(eq=False)
class Either(Ref):
    """One of several arrays, which a branch has chosen; `value` is its value then.

    Attributes
    ----------
    tag : the `Tag` that says which one it is.
    members : the arrays, and views of arrays; None is memory that is nobody else's.
    made : the arrays that arms have made, which is what None stands for.
    seen : the values of `roots` when the last known value was that of the member.
    """

    tag: Any = field(kw_only=True)
    members: tuple[Ref | None, ...] = field(kw_only=True)
    made: frozenset[Ref] = field(default=frozenset(), kw_only=True)
    seen: tuple[Value, ...] | None = field(default=None, kw_only=True)

    @property
    def roots(self) -> list[Ref]:
        """The arrays that own the memory of the members."""
        owners = (m.base if isinstance(m, View) else m for m in self.members)
        return list(dict.fromkeys(owner for owner in owners if owner is not None))

    @property
    def points_to(self) -> frozenset[Ref]:
        return self.made.union(self.roots, self.aliases)


class Outside:
    """A big container from outside: what is read of it is captured when it is read.

    It is a `Ref`, `Seq` or `Mapping` as well, so everything else may use it as one. Reading the
    value or the items of that captures the whole container, and guards all of its contents. The
    methods capture, and guard, just what they are asked for.

    Attributes
    ----------
    place : where the container is read.
    """

    place: Any

    def length(self) -> Obj:
        """Capture how many items there are."""
        raise NotImplementedError

    def item(self, key: Any) -> Obj | None:
        """Capture the item at a position, or of a key; None if there is no such item."""
        raise NotImplementedError

    def has(self, key: Any) -> bool:
        """Capture whether there is this key."""
        raise NotImplementedError

    def whole(self) -> Any:
        """Capture all of the container: what it would be if it were small."""
        raise NotImplementedError

    def keys(self) -> list[Obj]:
        """Capture the keys of a dictionary."""
        raise NotImplementedError

    def is_constant(self) -> bool:
        """Is all that it holds part of the program, such as names?"""
        return False

    def is_uniform(self) -> bool:
        """Are all items numbers of one kind?"""
        return False


#: Containers, arrays and variables, each with what it held.
Footprint = list[tuple[Any, Any]]


class NeedItems(Exception):
    """A loop over rows or items is written to: it has to know which item an element is."""

    def __init__(self, token: Any):
        self.token = token


class NeedLayout(Exception):
    """How an argument lies in memory decides what a write changes."""

    def __init__(self, param: Value):
        self.param = param


def now() -> int:
    """A number between those of the objects made so far, and of those to come."""
    return next(_serial)


def parts_of(obj: Obj) -> list[Obj]:
    """The objects that an object holds."""
    match obj:
        case Seq(_, items):
            return list(items)
        case Mapping(entries, factory=factory):
            return [*entries.values(), *([] if factory is None else [factory])]
        case Instance(_, fields):
            return list(fields.values())
        case Super(_, owner):
            return [owner]
        case Partial(function, args, kwargs):
            return [function, *args, *kwargs.values()]
        case Closure():
            return [*obj.defaults, *obj.kw_defaults.values()]
        case Rows(array):
            return [array]
        case Zip(parts):
            return list(parts)
        case Items(whole):
            return [whole]
        case DictView(owner):
            return [owner]
        case Generator(_, _, first):
            return [first]
        case Cycle(items):
            return list(items)
        case Groups(keys, groups, step):
            return [*keys, *(item for group in groups for item in group), step]
        case Count(start, step):
            return [start, step]
        case Enumerate(part) | Reversed(part):
            return [part]
        case Map(function, parts):
            return [function, *parts]
        case Choice(_, then, otherwise):
            return [then, otherwise]
        case Method(owner):
            return [owner]
        case Transformed(function) | Cached(function):
            return [function]
    return []


def own_parts(obj: Obj) -> list[Obj]:
    """The objects that an object holds and that the program may change, or has made.

    A container from outside has none, and is not read for this.
    """
    return [] if isinstance(obj, Outside) else parts_of(obj)


def whole(obj: Obj) -> list[Obj]:
    """An object, with all that it holds."""
    found, work = {obj: None}, [obj]
    while work:
        new = [part for part in own_parts(work.pop()) if part not in found]
        found.update(dict.fromkeys(new))
        work += new
    return list(found)


@dataclass(eq=False)
class Known(Obj):
    """A Python object that is part of the program: a function, module, class, string, None."""

    value: Any


@dataclass(eq=False)
class Seq(Obj):
    """A tuple, list or deque whose items are known one by one; `value` if it exists as a whole.

    A deque has no more items than its `limit`, if it has one.
    """

    kind: type
    items: list[Obj]
    value: Value | None = None
    serial: int = field(default_factory=lambda: next(_serial))
    origins: frozenset[Obj] = frozenset()  # the containers that it may be, after a join
    shared: str = ""  # why a change would be lost or ambiguous, as in `Ref`
    token: Any = None
    limit: int | None = None

    @property
    def cls(self) -> type:
        return self.kind


@dataclass(eq=False)
class Mapping(Obj):
    """A dictionary of some `kind` with known keys, or a set of known elements.

    A `factory` makes what is missing. A set that is not `ordered` has a history which decides in
    what order its elements come. One that is asked for keys which only the run knows, and gets
    empty lists there, is `of_lists`.
    """

    items: dict[Any, Obj]
    value: Value | None = None
    serial: int = field(default_factory=lambda: next(_serial))
    origins: frozenset[Obj] = frozenset()  # the containers that it may be, after a join
    shared: str = ""  # why a change would be lost or ambiguous, as in `Ref`
    token: Any = None
    kind: type = dict
    factory: Obj | None = None
    ordered: bool = True
    of_lists: bool = False


@dataclass(eq=False)
class DictView(Obj):
    """`d.keys()`, `d.values()` or `d.items()`: what the dictionary holds whenever it is read."""

    owner: Mapping
    name: str


@dataclass(eq=False)
class Instance(Obj):
    """An instance of the user's class `cls`, made by the program, with its attributes."""

    cls: type
    items: dict[Any, Obj]
    value: Value | None = None
    serial: int = field(default_factory=lambda: next(_serial))
    origins: frozenset[Obj] = frozenset()
    shared: str = ""
    token: Any = None


@dataclass(eq=False)
class Super(Obj):
    """`super()` in a method: the attributes of the classes behind `cls`, bound to `owner`."""

    cls: type
    owner: Any


@dataclass(eq=False)
class Closure(Obj):
    """A nested `def` or `lambda`, with the frame in which it was made."""

    node: Any
    frame: Any
    defaults: list[Obj]
    kw_defaults: dict[str, Obj]
    attributes: dict[str, Obj] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return getattr(self.node, "name", "<lambda>")


@dataclass(eq=False)
class Converted(Obj):
    """A function after closure conversion: what it captures is its last argument, a tuple.

    Attributes
    ----------
    function : its IR function, whose first `captured` parameters are those values.
    part : which of the items of the tuple these are.
    result : the structure of what it returns.
    """

    function: Any
    part: slice
    result: Any


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
class Cached(Obj):
    """A function with a cache, and what it read when it was called first."""

    function: Obj
    footprint: Footprint | None = None
    serial: int = field(default_factory=lambda: next(_serial))


@dataclass(eq=False)
class Transformed(Obj):
    """`grad(f)` and its relatives, made inside the program."""

    function: Obj
    options: Any


@dataclass(eq=False)
class Iterator(Obj):
    """An iterator, which can be stepped through only once.

    Attributes
    ----------
    reads : how often a name gave it to the program; a second time it would be exhausted.
    listed : its items, once something asked for all of them: they are never made twice.
    footprint : what these items are made of, as it was when they were made.
    effects : was something done for them that has to be done when they are asked for?
    endless : may there be no last item, as far as anyone knows? Then all of them are asked for.
    """

    reads: int = field(default=0, kw_only=True)
    listed: Any = field(default=None, kw_only=True)
    footprint: Footprint | None = field(default=None, kw_only=True)
    effects: bool = field(default=False, kw_only=True)
    endless: bool = field(default=False, kw_only=True)
    serial: int = field(default_factory=lambda: next(_serial), kw_only=True)


@dataclass(eq=False)
class Zip(Iterator):
    parts: list[Obj]
    strict: bool = False


@dataclass(eq=False)
class Enumerate(Iterator):
    part: Obj
    start: Obj


@dataclass(eq=False)
class Reversed(Iterator):
    part: Obj


@dataclass(eq=False)
class Items(Iterator):
    """`iter(whole)`, or an iterator of itertools whose items were put into a list."""

    whole: Obj


@dataclass(eq=False)
class Rows(Iterator):
    """The rows or elements of an array whose length is part of the program, one by one."""

    array: Ref
    count: int


@dataclass(eq=False)
class Groups(Iterator):
    """`itertools.groupby`: its groups are steps of itself, so each is over with the next one.

    Attributes
    ----------
    keys, groups : the keys, and the items of each group.
    step : a list that holds the number of the present group.
    """

    keys: list[Obj]
    groups: list[list[Obj]]
    step: Seq


@dataclass(eq=False)
class Cycle(Iterator):
    """`itertools.cycle` of known items: it ends with what it is zipped with."""

    items: list[Obj]


@dataclass(eq=False)
class Count(Iterator):
    """`itertools.count(start, step)`."""

    start: Obj
    step: Obj


@dataclass(eq=False)
class Generator(Iterator):
    """A generator expression: its first iterable is evaluated at once, the rest when used."""

    node: Any
    frame: Any
    first: Obj


@dataclass(eq=False)
class Map(Iterator):
    """`map(function, *parts)`."""

    function: Obj
    parts: list[Obj]


@dataclass(eq=False)
class Choice(Obj):
    """One of two functions, by a condition known only at run time."""

    condition: Value
    then: Obj
    otherwise: Obj


@dataclass(eq=False)
class Ambiguous(Obj):
    """A name that may be one of several things; an error as soon as it is used.

    `branch` is the statement, of a branch, after which it is so.
    """

    reason: str
    branch: Any = None


@dataclass(eq=False)
class Unassigned(Obj):
    """A name that this path has not assigned."""

    name: str = field(default="")


UNASSIGNED = Unassigned()


@dataclass
class Iteration:
    """The iterable of a loop: sequences to step through together, and how a step is seen."""

    sequences: list[Value]
    element: Callable[[Sequence[Value]], Obj]
    strict: bool = False
    over: list[Obj] = field(default_factory=list)


#: The arguments of a call, by position and by name.
Args = Sequence[Obj]
KwArgs = dict[str, Obj]
