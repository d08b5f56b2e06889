"""The state of a lowering as one value: it forks, and what a fork did is joined, kept or dropped.

The state is all that the compiler knows at one point of the program: what the variables of every
frame refer to, the values of arrays, what containers hold, and what is noted of objects. It is
spread over cells, which hold what is so now. A fork lays a `Layer` over the state. The layer
remembers of every cell that is changed from then on what it held before. So a fork costs nothing,
and dropping it costs as much as was changed.

Cells that are younger than a fork are not remembered: nothing outside of the fork reaches them.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.memory.tags import by_tag
from adjoint.frontend.state.store import Contents, Slot, contents_of, is_mutable, replace
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.types import Unknown

#: What a cell holds that holds nothing.
ABSENT: Any = object()


class Names(dict[Any, Any]):
    """The objects of a frame's variables; every change is noted in the state.

    What is `lasting` holds on every path, once it was found out, unless an exception undoes it.
    """

    def __init__(self, state: State, names: dict[Any, Any] | None = None, lasting: bool = False):
        super().__init__(names or {})
        self.state, self.lasting, self.serial = state, lasting, o.now()

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __setitem__(self, name: Any, obj: Any) -> None:
        self.state.note(Variable(self, name))
        super().__setitem__(name, obj)

    def __delitem__(self, name: Any) -> None:
        self.state.note(Variable(self, name))
        super().__delitem__(name)

    def pop(self, name: Any, default: Any = None) -> Any:
        if name not in self:
            return default
        obj = self[name]
        del self[name]
        return obj


# Cells: `get` and `set` what one holds, `serial` says how old it is.


@dataclass(frozen=True)
class Variable:
    """A variable of a frame."""

    names: Names
    key: Any

    @property
    def serial(self) -> int:
        return self.names.serial

    def get(self) -> Any:
        return dict.get(self.names, self.key, ABSENT)

    def set(self, held: Any) -> None:
        if held is ABSENT:
            dict.pop(self.names, self.key, None)
        else:
            dict.__setitem__(self.names, self.key, held)


@dataclass(frozen=True)
class Stored:
    """The value of an array (or number): it is another one after every write."""

    values: Values
    ref: o.Ref

    @property
    def serial(self) -> int:
        return self.ref.serial

    def get(self) -> Any:
        return self.values.get(self.ref, ABSENT)

    def set(self, held: Any) -> None:
        if held is ABSENT:
            self.values.pop(self.ref, None)
        else:
            self.values[self.ref] = held


class Values(dict[o.Ref, Value]):
    """The values of the arrays that have been written to."""

    def __hash__(self) -> int:  # type: ignore[override]
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True)
class Held:
    """The contents of a container, and the value that it came as, if it still is that value."""

    container: Any

    @property
    def serial(self) -> int:
        return self.container.serial  # type: ignore[no-any-return]

    def get(self) -> tuple[Contents, Value | None]:
        return contents_of(self.container), self.container.value

    def set(self, held: tuple[Contents, Value | None]) -> None:
        contents, self.container.value = held
        replace(self.container, contents)


@dataclass(frozen=True)
class Mark:
    """Something that is noted of an object while the program goes on."""

    obj: Any
    name: str

    @property
    def serial(self) -> int:
        return self.obj.serial  # type: ignore[no-any-return]

    def get(self) -> Any:
        return getattr(self.obj, self.name)

    def set(self, held: Any) -> None:
        setattr(self.obj, self.name, held)


Cell = Variable | Stored | Held | Mark
#: A place that holds an object: a variable of a frame, an item of a container.
Place = Variable | Slot

#: What is noted of objects, and what is so of an object of which one of two things is.
MARKS = {
    "shared": lambda a, b: a or b,
    "missing": lambda a, b: a or b,
    "ordered": lambda a, b: a and b,
    "reads": max,
    "effects": lambda a, b: a or b,
    "listed": lambda a, b: a if a is b else None,
    "footprint": lambda a, b: a if a is b else None,
    "seen": lambda a, b: a if a is b else {} if isinstance(a, dict) else None,
    "entire": lambda a, b: a if a is b else None,
}


def in_order(cells: Iterable[Cell | Place]) -> list[Variable]:
    """The variables among these cells, as each frame came by them; the compiler's own first."""
    found = {c: None for c in cells if isinstance(c, Variable) and not c.names.lasting}
    ordered = []
    own_first = sorted(found, key=lambda variable: not variable.key.startswith("%"))
    for names in dict.fromkeys(variable.names for variable in own_first):
        keys = dict.fromkeys([*names, *(c.key for c in found if c.names is names)])
        ordered += [v for key in keys if (v := Variable(names, key)) in found]
    return ordered


def held(place: Place) -> o.Obj:
    """The object in a place."""
    obj = place.get()
    return o.UNASSIGNED if obj is ABSENT else obj


@dataclass(eq=False)
class Layer:
    """The changes of the state since a fork.

    Attributes
    ----------
    since : objects with a greater serial were made in this layer.
    aside : will it be dropped?
    before : what the cells held at the fork that were changed since.
    after : what they held when the layer was dropped.
    """

    since: int = field(default_factory=o.now)
    aside: bool = False
    before: dict[Cell, Any] = field(default_factory=dict)
    after: dict[Cell, Any] = field(default_factory=dict)

    def at(self, cell: Cell) -> Any:
        """The entry of a cell when the layer was dropped, or that of the state below."""
        return self.after[cell] if cell in self.after else cell.get()

    def obj(self, variable: Variable) -> o.Obj:
        """The object of a variable when the layer was dropped."""
        found = self.at(variable)
        return o.UNASSIGNED if found is ABSENT else found  # type: ignore[no-any-return]

    def value(self, ref: o.Ref, values: Values) -> Value:
        """The value of an array when the layer was dropped."""
        found = self.at(Stored(values, ref))
        return ref.value if found is ABSENT else found  # type: ignore[no-any-return]

    def contents(self, container: Any) -> Contents:
        return self.at(Held(container))[0]  # type: ignore[no-any-return]

    def old_value(self, cell: Stored) -> Value:
        """The value of an array when the layer was begun."""
        found = self.before[cell]
        return cell.ref.value if found is ABSENT else found  # type: ignore[no-any-return]

    def variables(self) -> list[Variable]:
        """The variables of frames that have been assigned since, in a fixed order."""
        return in_order(self.before)

    def changed(self) -> list[Cell]:
        """The cells besides marks that hold something else now than at the fork."""
        return [
            cell
            for cell, old in self.before.items()
            if not isinstance(cell, Mark) and not _same(old, cell.get())
        ]


def _same(a: Any, b: Any) -> bool:
    """Is it the same that a cell held, as objects go?"""
    if not isinstance(a, tuple) or not isinstance(b, tuple):
        return a is b
    old, new = a[0], b[0]
    return list(old) == list(new) and all(new[k] is x for k, x in old.items())


class State:
    """The state at the point of the program that is being lowered."""

    def __init__(self) -> None:
        self.values = Values()
        self._layers: list[Layer] = []

    # What is so now

    def value(self, ref: o.Ref) -> Value:
        """The value that was last stored in an array or number."""
        return self.values.get(ref, ref.value)

    def read(self, ref: o.Ref) -> Value:
        """The value of an array or number now; a view of a changed base is read again."""
        if isinstance(ref, o.Either):
            return self._chosen(ref)
        if not isinstance(ref, o.View):
            return self.value(ref)
        base = self.read(ref.base)
        if base is ref.seen:
            return ref.value
        if ref.token is not None:
            raise o.NeedItems(ref.token)
        if isinstance(ref.value.type, Unknown):
            raise UnsupportedError(
                "whether this is a number, or a view of an array that has changed since, depends "
                "on a type that is not known",
                instead="annotate the arguments, or call the gradient with actual arguments",
            )
        value: Value = ops.follow(base, ref.path, ref.arguments)
        value.name = value.name or ref.value.name
        return value

    def _chosen(self, ref: o.Either) -> Value:
        """The value of the one of several arrays that this is."""
        now = [self.read(root) for root in ref.roots]
        if ref.seen is not None and all(map(operator.is_, now, ref.seen)):
            return self.value(ref)

        def case(k: int) -> list[Value]:
            member = ref.members[k]
            return [self.value(ref) if member is None else self.read(member)]

        (value,) = by_tag(ref.tag, len(ref.members), case)
        value.name = value.name or ref.value.name
        return value

    def store(self, ref: o.Ref, value: Value) -> None:
        """Give an array another value."""
        self.note(Stored(self.values, ref))
        self.values[ref] = value

    def change(self, container: Any) -> None:
        """To be called before a container is changed."""
        self.note(Held(container))
        container.value = None

    def put(self, place: Place, obj: o.Obj) -> None:
        """Let a place hold an object."""
        if isinstance(place, Variable):
            place.names[place.key] = obj
        else:
            self.change(place.container)
            place.container.items[place.key] = obj

    def mark(self, obj: Any, **marks: Any) -> None:
        """Note something of an object: one of `MARKS`."""
        for name, held in marks.items():
            self.note(Mark(obj, name))
            setattr(obj, name, held)

    def hold(self, obj: o.Obj, why: str) -> None:
        """Something else refers to what is in `obj` from now on: changes of it are ambiguous."""
        work: list[Any] = [obj]
        seen: set[Any] = set()
        while work:
            item = work.pop()
            item = item.base if isinstance(item, o.View) else item
            container = isinstance(item, (o.Seq, o.Mapping, o.Instance))
            if item in seen or not (container or isinstance(item, o.Ref)):
                continue
            if isinstance(item, o.Outside):  # which is not changed in any case
                continue
            seen.add(item)
            if container or is_mutable(item.value.type):
                self.mark(item, shared=item.shared or why)
                work += o.parts_of(item) if container else []
            if isinstance(item, o.Either):
                work += item.roots

    def note(self, cell: Cell) -> None:
        """To be called before a cell is changed."""
        if self._layers and cell.serial < self._layers[-1].since:
            layer = self._layers[-1]
            if cell not in layer.before:
                layer.before[cell] = cell.get()

    def is_older(self, serial: int) -> bool:
        """Was the object there before the branch or loop that is being lowered?"""
        return any(layer.aside and serial < layer.since for layer in self._layers)

    # Forks

    @contextmanager
    def fork(self) -> Iterator[Layer]:
        """A context whose changes are kept, or dropped if an exception leaves it."""
        layer = self._open(Layer())
        try:
            yield layer
        except BaseException:
            self._drop(layer)
            raise
        self._keep(layer)

    @contextmanager
    def aside(self) -> Iterator[Layer]:
        """A context whose changes are dropped; the layer remembers them."""
        layer = self._open(Layer(aside=True))
        try:
            yield layer
        except BaseException:
            self._drop(layer)
            raise
        self._drop(layer)
        for cell in list(layer.after):
            if isinstance(cell, Variable) and cell.names.lasting:
                self.put(cell, layer.after.pop(cell))

    @contextmanager
    def resumed(self, layer: Layer) -> Iterator[None]:
        """Go on where a layer was dropped, and drop it again."""
        self._open(layer).before = {cell: cell.get() for cell in layer.after}
        for cell, held in layer.after.items():
            cell.set(held)
        try:
            yield
        finally:
            self._drop(layer)

    def join_marks(self, layers: Sequence[Layer | None]) -> None:
        """Note of objects what is so after any of these layers; None is an empty one."""
        marked = {c: None for layer in layers if layer for c in layer.after if isinstance(c, Mark)}
        for cell in marked:
            held = [cell.get() if layer is None else layer.at(cell) for layer in layers]
            joined = held[0]
            for other in held[1:]:
                joined = MARKS[cell.name](joined, other)  # type: ignore[operator]
            self.mark(cell.obj, **{cell.name: joined})

    def _open(self, layer: Layer) -> Layer:
        self._layers.append(layer)
        return layer

    def _close(self, layer: Layer) -> None:
        innermost = self._layers.pop()
        assert innermost is layer, "layers are closed in the order of their nesting"

    def _keep(self, layer: Layer) -> None:
        self._close(layer)
        for cell, old in layer.before.items():
            if self._layers and cell.serial < self._layers[-1].since:
                self._layers[-1].before.setdefault(cell, old)

    def _drop(self, layer: Layer) -> None:
        self._close(layer)
        layer.after = {cell: cell.get() for cell in layer.before}
        for cell, old in layer.before.items():
            cell.set(old)
