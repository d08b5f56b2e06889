"""State that outlives the call: attributes of outside objects, globals, items of their containers.

Such a place is a slot of a container like any other, so that branches and loops join it, and later
reads see what was written. At the end of each statement the same change is made to the real
object, with copies of arrays: outside, everything is at any time as the program itself would have
left it, an exception included.

What a program writes is found out while it is lowered. It is lowered again then, with a slot for
the place from the beginning (`assumptions.WrittenOutside`).
"""

from __future__ import annotations

import copy
import sys
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from adjoint.assumptions import RecordByIdentity, WrittenOutside
from adjoint.errors import UnsupportedError
from adjoint.frontend.keys.places import Place
from adjoint.frontend.keys.signature import is_static, static_value
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.store import Slot, contents_of, is_mutable
from adjoint.frontend.state.structure import same_static
from adjoint.ir import foreign, ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, List
from adjoint.runtime import containers

#: What the containers hold, and the values of the arrays: when both worlds were alike last.
Seen = dict[o.Obj, Any]
#: How the text reaches an object: from what it begins, and over which attributes and items.
Way = tuple[Value, tuple[tuple[str, Any], ...]]


class _Holder:
    """The class of the containers that stand for outside objects."""


class Outliving:
    """The places outside that a program writes.

    Attributes
    ----------
    seen : of the state; what the outside world has been told.
    slots : where each place is in the containers of this class.
    """

    serial = -1  # it is there from the beginning

    def __init__(self, lowering: Any, pending: Any = None):
        self.lowering = lowering
        self.pending = pending  # what is to be opened where a part is lowered apart
        self.seen: Seen = {}
        self.holders: dict[Any, o.Instance] = {}
        self.slots: dict[Any, Slot] = {}
        self.places: dict[Slot, Place] = {}
        self.params: dict[Slot, Value] = {}  # of what is changed in place: the real object
        self.continued: dict[o.Obj, o.Obj] = {}  # lists, by the object that they were before

    @contextmanager
    def moved_into(self, lowering: Any) -> Iterator[None]:
        """What a program that only calls a derivative writes is written in the function of that.

        It is the first part of the program that is lowered apart, and is run once.
        """
        if self.pending is None:
            yield
            return
        written, self.lowering = self.pending, lowering
        self.open(written)
        self.pending = None
        try:
            yield
        except BaseException:
            self.__init__(lowering.root, written)  # type: ignore[misc]
            raise

    def open(self, written: dict[Place, frozenset[str]]) -> None:
        """Make the slots, at the beginning of the program."""
        for place, how in written.items():
            name = str(place.name)
            holder = self.holders.setdefault(_identity(place), _holder())
            slot = Slot(holder, name)
            holder.items[name] = self._present(place, slot, "contents" in how)
            self.slots[_identity(place), name], self.places[slot] = slot, place
        self.resync(self.lowering)

    def _present(self, place: Place, slot: Slot, contents: bool) -> o.Obj:
        """What the place holds when the program begins; a copy of what is changed in place."""
        lowering = self.lowering
        if not _is_there(place):
            if place.kind == "attribute":
                lowering.outside.has(place.holder, place.name)
            else:
                lowering.outside.fixed(Place.of("entry", place.holder, place.name))
            return o.Unassigned(str(place.name))
        if not contents:
            return lowering.capture(place)  # type: ignore[no-any-return]
        param = lowering.parameter_of(place)
        if param is None:
            raise UnsupportedError(
                f"'{place.name}' is changed, which is an outside container of a special kind",
                instead="use a list or a dictionary, or return the new value",
            )
        self.params[slot] = param
        if isinstance(param.type, Array):
            own = lowering.builder.apply(np.copy, param)
        else:
            own = lowering.builder.emit(containers.copy, [param], param.type)
        own.name = place.label
        own.op.attrs["outlives"] = place
        return lowering.bind(own, lowering.captures[place][0])  # type: ignore[no-any-return]

    # Reading and writing

    def slot_of(self, lowering: Any, place: Place) -> Slot | None:
        """The slot of a place that the program writes somewhere.

        Raises
        ------
        UnsupportedError : for a function that is called, which is no part of the program here.
        """
        slot = self._slot_of(place)
        if slot is not None and lowering is not self.lowering:
            raise UnsupportedError(
                f"a function that is called reads '{place.name}', which the program changes",
                instead="pass it as an argument",
            )
        return slot

    def _slot_of(self, place: Place) -> Slot | None:
        if not self.slots or isinstance(place.holder, Place):
            return None
        found = self.slots.get((_identity(place), str(place.name)))
        if found is None and place.kind == "attribute":
            if place.name == "__dict__" and _identity(place) in self.holders:
                raise UnsupportedError(
                    "the attributes of an object that is changed here are read as a dictionary"
                )
            return self._of_the_class(place)
        return found

    def _of_the_class(self, place: Place) -> Slot | None:
        """The slot of an attribute that an object has from its class."""
        python = place.holder
        if place.name in getattr(python, "__dict__", ()):
            return None
        cls = python if isinstance(python, type) else type(python)
        for base in cls.__mro__:
            if ((id(base)), str(place.name)) in self.slots:
                return self.slots[id(base), str(place.name)]
            if place.name in vars(base):
                return None
        return None

    def assign(self, lowering: Any, place: Place, obj: o.Obj) -> None:
        """Let a place outside hold an object, from here on and after the call."""
        if lowering is not self.lowering:
            raise UnsupportedError(
                f"a function that is called assigns '{place.name}', which outlives the call",
                instead="return the new value",
            )
        own = self.slots.get((_identity(place), str(place.name)))
        if own is None or "slot" not in self.lowering.root.known.written[self.places[own]]:
            raise WrittenOutside(place, "slot")
        self.lowering.put(own, obj)

    # Both worlds

    def resync(self, lowering: Any) -> None:
        """Note that both worlds are alike here: after a join, at the beginning of an arm."""
        if self.slots and lowering is self.lowering:
            self.lowering.state.mark(self, seen=self._snapshot())

    def sync(self, lowering: Any) -> None:
        """Make the changes since the last statement in the real objects, too."""
        if not self.slots or lowering is not self.lowering:
            return
        for (_, name), slot in self.slots.items():
            before = self.seen.get(slot.container, {}).get(name, o.UNASSIGNED)
            self._compare_slot(slot, before, slot.get())
        self.resync(self.lowering)

    def _snapshot(self) -> Seen:
        seen: Seen = {}
        work: list[o.Obj] = [*self.holders.values()]
        state = self.lowering.state
        while work:
            obj = work.pop()
            if obj in seen or isinstance(obj, o.Outside):
                continue
            if isinstance(obj, (o.Seq, o.Mapping, o.Instance)):
                seen[obj] = contents_of(obj)
                work += seen[obj].values()
            elif isinstance(obj, o.Ref):
                for root in _roots(obj):
                    seen[root] = state.value(root)
        return seen

    def _compare_slot(self, slot: Slot, before: o.Obj, now: o.Obj) -> None:
        place = self.places[slot]
        steps = (_step(place),)
        if not self._continues(before, now) and not self._is_same(before, now):
            self._emit(place, _holding(place), steps[:-1], ("set", *steps[-1]), [self._value(now)])
            return
        way: Way = (_holding(place), steps)
        if slot in self.params and "slot" not in self.lowering.root.known.written[place]:
            way = (self.params[slot], ())  # it is the same object all the time
        self._compare(way, before, now, slot)

    def _continues(self, before: o.Obj, now: o.Obj) -> bool:
        """Is it the same object for Python, which may have got a new one here?"""
        while now is not before and now in self.continued:
            now = self.continued[now]
        return now is before

    def _is_same(self, before: o.Obj, now: o.Obj) -> bool:
        if isinstance(before, o.Ref) and isinstance(now, o.Ref):
            if is_mutable(before.value.type) or is_mutable(now.value.type):
                return False
            return before.value is now.value or same_static(before, now)
        return same_static(before, now)

    def _compare(self, way: Way, before: o.Obj, now: o.Obj, slot: Slot) -> None:
        """Make the changes inside of an object that has stayed in its place."""
        changed = list(self._changes(way, before, now, slot))
        for begin, steps, action, values in changed:
            self._emit(self.places[slot], begin, steps, action, values)

    def _changes(self, way: Way, before: o.Obj, now: o.Obj, slot: Slot) -> Iterator[Any]:
        begin, steps = way
        if isinstance(now, o.Outside):
            return
        if isinstance(now, o.Ref):
            yield from self._changes_of_values(way, before, now, slot)
            return
        if not isinstance(now, (o.Seq, o.Mapping, o.Instance)):
            return
        old, new = self.seen.get(before, {}), contents_of(now)
        attributes = isinstance(now, o.Instance)
        kind = "attribute" if attributes else "item"
        if isinstance(now, o.Seq) and not self._is_prefix(old, new):
            self._ask_for_contents(slot)
            values = [self._value(item) for item in new.values()]
            if now.kind is list:
                whole = self.lowering.builder.apply(ops.make_list, *values)
                yield begin, steps, ("set", "item", Constant(slice(None))), [whole]
            else:
                yield begin, steps, ("call", "clear"), []
                whole = self.lowering.builder.apply(ops.make_list, *values)
                yield begin, steps, ("call", "extend"), [whole]
            return
        for key in old:
            if key not in new:
                self._ask_for_contents(slot)
                yield begin, steps, ("delete", kind, Constant(key)), []
        for key, item in new.items():
            if key in old:
                if self._continues(old[key], item) or self._is_same(old[key], item):
                    inner = (begin, (*steps, (kind, Constant(key))))
                    yield from self._changes(inner, old[key], item, slot)
                    continue
            elif isinstance(now, o.Seq):
                self._ask_for_contents(slot)
                yield begin, steps, ("call", "append"), [self._value(item)]
                continue
            self._ask_for_contents(slot)
            if isinstance(now, o.Mapping) and now.kind is set:
                yield begin, steps, ("call", "add"), [Constant(key)]
            else:
                yield begin, steps, ("set", kind, Constant(key)), [self._value(item)]

    def _is_prefix(self, old: dict[Any, o.Obj], new: dict[Any, o.Obj]) -> bool:
        """Has a sequence kept its items, or got others in their places, and more behind them?"""
        return len(old) <= len(new)

    def _changes_of_values(self, way: Way, before: o.Obj, now: o.Ref, slot: Slot) -> Iterator[Any]:
        """What was written into an array, or into a list that is one value."""
        begin, steps = way
        state = self.lowering.state
        if isinstance(before, o.Seq):  # a list that has become one of any length
            held = self.seen.get(before, {})
            if held and not self._begins_with(now.value, held):
                self._ask_for_contents(slot)
                yield begin, steps, ("set", "item", Constant(slice(None))), [self._copy(now.value)]
                return
            items = _appended_to(state.value(now), len(held))
            if items is not None:
                for item in items:
                    self._ask_for_contents(slot)
                    yield begin, steps, ("call", "append"), [self._copy(item)]
                return
        new = state.value(now) if not isinstance(now, (o.View, o.Either)) else None
        old = self.seen.get(before)
        if new is None:
            roots = _roots(now)
            if all(self.seen.get(root) is state.value(root) for root in roots):
                return
            new = state.read(now)
        elif old is new or not is_mutable(new.type):
            return
        self._ask_for_contents(slot)
        if isinstance(new.type, List):
            items = _appended(new, old)
            if items is not None:
                for item in items:
                    yield begin, steps, ("call", "append"), [self._copy(item)]
                return
            yield begin, steps, ("set", "item", Constant(slice(None))), [self._copy(new)]
            return
        written = _stored(new, old)
        if written is not None:
            index, value = written
            yield begin, steps, ("set", "item", index), [self._copy(value)]
        else:
            yield begin, steps, ("set", "item", Constant(...)), [self._copy(new)]

    def _begins_with(self, value: Value, held: dict[Any, o.Obj]) -> bool:
        """Is the list made of these items, which come first?"""
        made = value.op
        while made is not None and made.target in (ops.append, ops.join_lists):
            made = made.operands[0].op
        if made is None or made.target is not ops.make_list:
            return False
        state = self.lowering.state
        first = made.operands[: len(held)]
        return len(first) == len(held) and all(
            isinstance(obj, o.Ref) and state.value(obj) is value
            for obj, value in zip(held.values(), first, strict=True)
        )

    def _ask_for_contents(self, slot: Slot) -> None:
        """What is changed in place is copied at the beginning."""
        place = self.places[slot]
        known = self.lowering.root.known.written[place]
        if "contents" in known or not _is_there(place):
            return
        if "slot" in known and is_static(self.lowering.captures.get(place, (None,))[0]):
            return  # what is changed has been put there by the program
        raise WrittenOutside(place, "contents")

    # The operations

    def _value(self, obj: o.Obj) -> Value:
        """What the outside gets: a copy that nobody shares, but what was there before itself."""
        lowering = self.lowering
        if isinstance(obj, (o.Closure, o.Iterator, o.Cached, o.Transformed, o.Partial)):
            raise UnsupportedError(
                "a function or an iterator that the program makes is kept outside of it",
                instead="make it outside, or keep the numbers that it is made of",
            )
        value: Value = lowering.value(obj)
        if isinstance(obj, o.Ref) and obj.value is value and value in self._captured():
            return value
        return self._copy(value)

    def _captured(self) -> set[Value]:
        given = {value for _, value in self.lowering.captures.values() if value is not None}
        return given - set(self.params.values())

    def _copy(self, value: Value) -> Value:
        if isinstance(value, Constant) or not is_mutable(value.type):
            kinds = (ops.make_list, ops.make_dict, ops.make_record)
            if value.op is None or value.op.target not in kinds:
                return value
        builder = self.lowering.builder
        if isinstance(value.type, Array):
            return builder.apply(np.copy, value)  # type: ignore[no-any-return]
        return builder.emit(copy.deepcopy, [value], value.type)  # type: ignore[no-any-return]

    def _emit(
        self,
        place: Place,
        begin: Value,
        steps: Sequence[Any],
        action: tuple[Any, ...],
        values: Sequence[Value],
    ) -> None:
        self._name(begin)
        operands: list[Value] = [begin]
        shown = []
        for kind, key in steps:
            shown.append((kind, key.value if kind == "attribute" else None))
            operands += [] if kind == "attribute" else [key]
        if action[0] in ("set", "delete"):
            _, kind, key = action
            action = (action[0], kind, key.value if kind == "attribute" else None)
            operands += [] if kind == "attribute" else [key]
        what = Constant((tuple(shown), action))
        builder = self.lowering.builder
        made = builder.emit(foreign.write, [what, *operands, *values], foreign.COPIED)
        made.op.attrs.update(copies=True, opaque=True, outlives=place)


    def _name(self, begin: Value) -> None:
        """Let the text call an outside object as the program does."""
        if not isinstance(begin, Constant):
            return
        for place, (key, _) in self.lowering.captures.items():
            if is_static(key) and static_value(key) is begin.value:
                names = self.lowering.root.function.attrs.setdefault("embedded", {})
                names.setdefault(id(begin.value), place.label)
                return


def _holder() -> o.Instance:
    made = o.Instance(_Holder, {})
    made.serial = -1
    return made


def _identity(place: Place) -> Any:
    """What holds the place, by identity: a module and its globals are the same."""
    if place.kind == "attribute" and isinstance(place.holder, types.ModuleType):
        return id(vars(place.holder))
    return place.identity


def _is_there(place: Place) -> bool:
    if place.kind == "attribute":
        return hasattr(place.holder, place.name)
    return place.kind != "global" or place.name in place.holder


def _holding(place: Place) -> Value:
    """The object in whose attribute or item the place is."""
    if place.kind == "global":
        module = sys.modules.get(place.origin)
        if module is not None and vars(module) is place.holder:
            return Constant(module)
    return Constant(place.holder)


def _step(place: Place) -> tuple[str, Any]:
    if place.kind == "cell":
        return "attribute", Constant("cell_contents")
    if place.kind == "attribute" or isinstance(_holding(place).value, types.ModuleType):  # type: ignore
        return "attribute", Constant(place.name)
    return "item", Constant(place.name)


def _roots(ref: o.Ref) -> list[o.Ref]:
    if isinstance(ref, o.Either):
        return [ref, *ref.roots]
    return [ref.base] if isinstance(ref, o.View) else [ref]


def _appended(value: Value, old: Any) -> list[Value] | None:
    """The items behind the list `old`, if the value is just that."""
    items: list[Value] = []
    while value is not old:
        op = value.op
        if op is None or op.target is not ops.append:
            return None
        value = op.operands[0]
        items.insert(0, op.operands[1])
    return items


def _appended_to(value: Value, count: int) -> list[Value] | None:
    """The items behind the first `count` ones, if the list was made of single items."""
    items: list[Value] = []
    while value.op is not None and value.op.target is ops.append:
        items.insert(0, value.op.operands[1])
        value = value.op.operands[0]
    if value.op is None or value.op.target is not ops.make_list:
        return None
    return [*value.op.operands, *items][count:]


def _stored(new: Value, old: Any) -> tuple[Value, Value] | None:
    """The position and the value of the one write between two states of an array."""
    op = new.op
    if op is None or op.target is not ops.store or op.operands[0] is not old:
        return None
    _, value, path, *arguments = op.operands
    if not isinstance(path, Constant) or len(path.value) != 1 or len(arguments) != 1:
        return None
    return arguments[0], value


def may_be_written(lowering: Any, value: Value | None) -> None:
    """Ask for a slot, where something from outside is changed in place.

    Raises
    ------
    WrittenOutside, RecordByIdentity : if it is in a global, an attribute or a cell.
    """
    root = lowering.root
    if lowering is not root.outliving.lowering:
        return
    for place, (_, param) in lowering.captures.items():
        if param is None or value is None or not _is_part_of(value, param):
            continue
        while isinstance(place.holder, Place):
            place = place.holder
        if place.kind in ("global", "attribute", "cell") and not place.is_computed:
            if "contents" not in root.known.written.get(place, ()):
                raise WrittenOutside(place, "contents")


def record_at(lowering: Any, value: Value | None) -> None:
    """Ask for a record from outside as the object that it is, since an attribute is assigned."""
    for place, (_, param) in lowering.captures.items():
        if param is not None and value is not None and _is_part_of(value, param):
            if place not in lowering.root.known.identities:
                raise RecordByIdentity(place)


def _is_part_of(value: Value, whole: Value) -> bool:
    while value is not whole:
        op = value.op
        if op is None or op.kind != "apply" or not op.operands:
            return False
        if getattr(op.target, "__name__", "") != "getitem":
            return False
        value = op.operands[0]
    return True


