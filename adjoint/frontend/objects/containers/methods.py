"""Methods of lists and dictionaries."""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError, did_you_mean
from adjoint.frontend.objects.containers.iteration import listed_items
from adjoint.frontend.objects.containers.iterators import call_sorted
from adjoint.frontend.objects.containers.table_methods import (
    augment_set,
    counter_method,
    pairs,
    queue_method,
    set_method,
)
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, key_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import check_change, check_store, root_of
from adjoint.frontend.state.memory.views import leak_rows, write
from adjoint.frontend.state.objects import Args
from adjoint.frontend.state.store import is_mutable
from adjoint.frontend.state.whole_numbers import static_key
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import List, join


def _change(frame: Frame, container: o.Seq | o.Mapping) -> None:
    check_change(frame, container)
    frame.lowering.change(container)


def _position(args: Args, default: int) -> int:
    if not args:
        return default
    known, python = constant_of(args[0])
    if not known or not isinstance(python, (int, np.integer)):
        raise UnsupportedError("a list changes at a position that is known only at run time")
    return int(python)


def _append(frame: Frame, items: list[o.Obj], args: Args) -> o.Obj:
    items.append(args[0])
    return o.Known(None)


def _extend(frame: Frame, items: list[o.Obj], args: Args) -> o.Obj:
    items.extend(listed_items(frame, args[0]))
    return o.Known(None)


def _insert(frame: Frame, items: list[o.Obj], args: Args) -> o.Obj:
    items.insert(_position(args, 0), args[1])
    return o.Known(None)


def _pop(frame: Frame, items: list[o.Obj], args: Args) -> o.Obj:
    position = _position(args, -1)
    if not -len(items) <= position < len(items):
        raise CertainError(IndexError, "pop from a list without that item")
    return items.pop(position)


def _clear(frame: Frame, items: list[o.Obj], args: Args) -> o.Obj:
    items.clear()
    return o.Known(None)


def _reverse(frame: Frame, items: list[o.Obj], args: Args) -> o.Obj:
    items.reverse()
    return o.Known(None)


def _remove(frame: Frame, items: list[o.Obj], args: Args) -> o.Obj:
    known, wanted = constant_of(args[0])
    for k, item in enumerate(items):
        there, python = constant_of(item)
        if not (known and there):
            raise UnsupportedError("which item is removed is known only at run time")
        if python == wanted:
            del items[k]
            return o.Known(None)
    raise CertainError(ValueError, "remove from a list without that item")


#: Methods that change a list whose items are known one by one.
CHANGING: dict[str, Callable[[Frame, list[o.Obj], Args], o.Obj]] = {
    "append": _append,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop,
    "clear": _clear,
    "remove": _remove,
    "reverse": _reverse,
}


def list_method(
    frame: Frame, owner: o.Seq, name: str, args: Args, kwargs: dict[str, o.Obj]
) -> o.Obj | None:
    """A method of a list of known items; None when it is not one of these."""
    if owner.kind is list and name == "sort":
        _change(frame, owner)
        ordered = call_sorted(frame, [owner], kwargs)
        assert isinstance(ordered, o.Seq)
        owner.items[:] = ordered.items
        return o.Known(None)
    if owner.kind is list and name in CHANGING:
        _change(frame, owner)
        return CHANGING[name](frame, owner.items, args)
    if owner.kind is collections.deque:
        done = queue_method(frame, owner, name, args)
        if done is not None:
            return done
        if name == "remove":
            _change(frame, owner)
            return _remove(frame, owner.items, args)
    if name == "copy":
        return o.Seq(owner.kind, list(owner.items), limit=owner.limit)
    return None


def run_time_list_method(frame: Frame, owner: o.Ref, name: str, args: Args) -> o.Obj | None:
    """The methods that change a list whose length is known only at run time."""
    lowering = frame.lowering
    value = lowering.operand(owner)
    assert isinstance(value.type, List)
    apply = lowering.builder.apply
    if name == "append":
        check_store(frame, owner)
        item = lowering.value(args[0])
        if is_mutable(item.type):
            leak_rows(frame.lowering.state, root_of(owner))
        if join(value.type.element, item.type) != value.type.element:
            raise UnsupportedError("an item of another type is appended to this list")
        frame.lowering.state.hold(args[0], "a list holds it")
        _set_list(frame, owner, apply(ops.append, value, item))
        return o.Known(None)
    if name == "pop" and _position(args, -1) in (0, -1):
        check_store(frame, owner)
        place = _position(args, -1)
        item = apply(operator.getitem, value, Constant(place))
        if is_mutable(item.type):
            leak_rows(frame.lowering.state, root_of(owner))
        rest = (ops.drop_last, value) if place else (operator.getitem, value, slice(1, None))
        _set_list(frame, owner, apply(*rest))
        result = lowering.wrap(item)
        frame.lowering.state.hold(result, "a list held it")
        return result
    if name == "insert" and _position(args, -1) == 0 and len(args) == 2:
        check_store(frame, owner)
        frame.lowering.state.hold(args[1], "a list holds it")
        first = apply(ops.make_list, lowering.value(args[1]))
        leak_rows(frame.lowering.state, root_of(owner))
        _set_list(frame, owner, apply(ops.join_lists, first, value))
        return o.Known(None)
    if name in ("reverse", "clear") and not args:
        check_store(frame, owner)
        emptied = lowering.builder.emit(ops.make_list, [], List(value.type.element))
        _set_list(frame, owner, apply(ops.reverse_list, value) if name == "reverse" else emptied)
        return o.Known(None)
    return None


def _set_list(frame: Frame, owner: o.Ref, new: Value) -> None:
    """Let a list, which may be a row of another one, have this value from now on."""
    if isinstance(owner, o.View):
        write(frame, owner, new)
        return
    new.name = frame.lowering.current(owner).name
    frame.lowering.state.store(owner, new)


def dict_method(
    frame: Frame, owner: o.Mapping, name: str, args: Args, kwargs: dict[str, o.Obj]
) -> o.Obj:
    """A method of a dictionary with known keys."""
    if owner.kind is set:
        return set_method(frame, owner, name, args)
    if owner.kind is collections.Counter:
        counted = counter_method(frame, owner, name, args)
        if counted is not None:
            return counted
    if name in ("items", "values", "keys"):
        return o.DictView(owner, name)
    if isinstance(owner, o.Outside) and name == "get" and len(args) in (1, 2) and not kwargs:
        found = owner.item(static_key(frame, args[0], "a dictionary is asked for a key"))
        return [*args, o.Known(None)][1] if found is None else found
    entries = owner.items
    match name:
        case "copy":
            return o.Mapping(dict(entries), kind=owner.kind, factory=owner.factory)
        case "clear":
            _change(frame, owner)
            entries.clear()
            return o.Known(None)
        case "update":
            new = (pairs(frame, args[0]) if args else {}) | kwargs
            _change(frame, owner)
            entries.update(new)
            return o.Known(None)
    if name == "popitem" and not args and not kwargs:
        if not entries:
            raise CertainError(KeyError, "popitem(): dictionary is empty")
        _change(frame, owner)
        last, held = entries.popitem()
        return o.Seq(tuple, [key_object(last), held])
    if name == "move_to_end" and owner.kind is collections.OrderedDict and len(args) == 1:
        key = static_key(frame, args[0])
        _change(frame, owner)
        entries[key] = entries.pop(key)
        return o.Known(None)
    if name not in ("get", "setdefault", "pop") or kwargs:
        like = "" if hasattr(dict, name) else did_you_mean(name, dir(dict))
        raise UnsupportedError(f"the dictionary method '{name}' is not supported{like}")
    key = static_key(frame, args[0], "a dictionary is asked for a key")
    default = args[1] if len(args) > 1 else o.Known(None)
    if name == "get":
        return entries.get(key, default)
    if name == "setdefault" and key in entries:
        return entries[key]
    _change(frame, owner)
    if name == "setdefault":
        return entries.setdefault(key, default)
    if key not in entries and len(args) < 2:
        raise CertainError(KeyError, f"the dictionary has no key {key!r}", key)
    return entries.pop(key, default)


def augment_mapping(frame: Frame, op: Any, owner: o.Mapping, change: o.Obj) -> None:
    """`d |= e`, and of sets `|=`, `&=`, `-=`, `^=`."""
    if owner.kind is set:
        augment_set(frame, op, owner, change)
        return
    if owner.kind is collections.Counter:
        raise UnsupportedError("this changes a Counter as a whole", instead="use update")
    if not isinstance(op, gast.BitOr):
        raise UnsupportedError("dictionaries have no such operator")
    new = pairs(frame, change)
    _change(frame, owner)
    owner.items.update(new)
