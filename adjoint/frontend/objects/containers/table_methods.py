"""Methods of sets, of counters and of queues, and operators that change a set."""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from typing import Any

import gast

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.objects.containers.iteration import known_items, listed_items
from adjoint.frontend.objects.containers.tables import ELEMENT, change, new_set, set_operator
from adjoint.frontend.objects.operators import binary
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, key_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args
from adjoint.frontend.state.whole_numbers import static_key
from adjoint.ir.core import Constant
from adjoint.ir.operators import function_of


def elements_of(frame: Frame, obj: o.Obj) -> list[Any]:
    """The items of an iterable, which must be known when compiling."""
    if isinstance(obj, o.Mapping):
        return list(obj.items)
    if isinstance(obj, o.Known) and isinstance(obj.value, frozenset):
        return list(obj.value)
    items = known_items(frame, obj)
    if items is None:
        raise UnsupportedError("a set or table of a sequence of unknown length")
    return [static_key(frame, item, ELEMENT) for item in items]


_SET_METHODS: dict[str, Callable[[Any, Any], Any]] = {
    "union": operator.or_, "intersection": operator.and_, "difference": operator.sub,
    "symmetric_difference": operator.xor, "issubset": operator.le, "issuperset": operator.ge,
    "isdisjoint": lambda a, b: not a & b,
}  # fmt: skip
_IN_PLACE = {
    "update": operator.or_, "intersection_update": operator.and_,
    "difference_update": operator.sub, "symmetric_difference_update": operator.xor,
}  # fmt: skip


def set_method(frame: Frame, owner: o.Mapping, name: str, args: Args) -> o.Obj:
    """A method of a set whose elements are part of the program."""
    entries = owner.items
    if name == "copy":
        return new_set(list(entries), owner.ordered)
    if name in ("add", "discard", "remove"):
        key = static_key(frame, args[0], ELEMENT, owner)
        if name == "remove" and key not in entries:
            raise CertainError(KeyError, f"the set has no element {key!r}", key)
        if (key in entries) is (name != "add"):
            change(frame, owner)
            if name == "add":
                entries[key] = o.Known(None)
            else:
                del entries[key]
                frame.lowering.state.mark(owner, ordered=False)
        return o.Known(None)
    if name == "clear":
        change(frame, owner)
        entries.clear()
        return o.Known(None)
    if name in _SET_METHODS or name in _IN_PLACE:
        result: Any = set(entries)
        for arg in args:
            result = (_SET_METHODS | _IN_PLACE)[name](result, set(elements_of(frame, arg)))
        if name in _IN_PLACE:
            _become(frame, owner, result)
            return o.Known(None)
        return o.Ref(Constant(result)) if isinstance(result, bool) else new_set(result, False)
    raise UnsupportedError(f"the method '{name}' of a set is not supported",
                           instead="use sorted, add, discard, remove, operators")  # fmt: skip


def _become(frame: Frame, owner: o.Mapping, result: set[Any]) -> None:
    change(frame, owner)
    kept = {key: o.Known(None) for key in owner.items if key in result}
    owner.items.clear()
    owner.items.update(kept | {key: o.Known(None) for key in result})
    frame.lowering.state.mark(owner, ordered=False)


def augment_set(frame: Frame, op: Any, owner: o.Mapping, change_: o.Obj) -> None:
    """`s |= t` and the like change the set itself."""
    result = set_operator(function_of(op), owner, change_)
    _become(frame, owner, set(result.items))


def count(frame: Frame, counter: o.Mapping, items: o.Obj) -> None:
    for key in elements_of(frame, items):
        before = counter.items.get(key, o.Ref(Constant(0)))
        counter.items[key] = binary(frame, gast.Add(), before, o.Ref(Constant(1)))


def counter_method(frame: Frame, owner: o.Mapping, name: str, args: Args) -> o.Obj | None:
    """The methods that a `Counter` has besides those of dictionaries; None for those."""
    if name == "update" and args and not isinstance(args[0], o.Mapping):
        change(frame, owner)
        count(frame, owner, args[0])
        return o.Known(None)
    counts = [constant_of(n) for n in owner.items.values()]
    if name == "most_common" and all(known for known, _ in counts):
        known, size = constant_of(args[0]) if args else (True, None)
        if known:
            numbers = (n for _, n in counts)
            table = collections.Counter(dict(zip(owner.items, numbers, strict=True)))
            rows = [[key_object(key), owner.items[key]] for key, _ in table.most_common(size)]
            return o.Seq(list, [o.Seq(tuple, row) for row in rows])
    if name in ("most_common", "update", "subtract", "elements", "total"):
        raise UnsupportedError(f"the method '{name}' of this Counter is not supported",
                               instead="write it as a loop over its items")  # fmt: skip
    return None


#: Methods that change a deque, without those that look for an item.
_QUEUE_METHODS = ("append", "appendleft", "pop", "popleft", "extend", "extendleft", "rotate",
                  "clear", "insert", "reverse")  # fmt: skip


def queue_method(frame: Frame, owner: o.Seq, name: str, args: Args) -> o.Obj | None:
    """A method that changes a deque; None for others."""
    if name not in _QUEUE_METHODS:
        return None
    given: list[Any] = list(args)
    if name in ("extend", "extendleft"):
        given = [listed_items(frame, args[0])]
    elif name in ("rotate", "insert") and args:
        given[0] = static_key(frame, args[0], "a position in a deque")
    change(frame, owner)
    queue = collections.deque(owner.items, owner.limit)
    try:
        result = getattr(queue, name)(*given)
    except IndexError as error:
        raise CertainError(IndexError, str(error), *error.args) from None
    owner.items[:] = queue
    return o.Known(None) if result is None else result


def pairs(frame: Frame, obj: o.Obj) -> dict[Any, o.Obj]:
    """The items of `dict(obj)`: of another dictionary, or of pairs."""
    if isinstance(obj, o.Mapping):
        return dict(obj.items)
    found: dict[Any, o.Obj] = {}
    for pair in listed_items(frame, obj):
        key, value = listed_items(frame, pair)
        found[static_key(frame, key)] = value
    return found
