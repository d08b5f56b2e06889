"""Methods of lists and dictionaries."""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError, did_you_mean
from adjoint.frontend.objects.containers.iteration import listed_items
from adjoint.frontend.objects.containers.iterators import call_sorted
from adjoint.frontend.objects.containers.positions import item_at_run_time, write_at_run_time
from adjoint.frontend.objects.containers.table_methods import (
    augment_set,
    counter_method,
    pairs,
    queue_method,
    set_method,
)
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, key_object
from adjoint.frontend.state.float_lists import is_empty_list
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import check_change
from adjoint.frontend.state.objects import Args
from adjoint.frontend.state.whole_numbers import static_key


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


def _pop_at_run_time(frame: Frame, owner: o.Seq, index: o.Obj) -> o.Obj:
    position = frame.lowering.value(index)
    item = item_at_run_time(frame, owner, position)

    def pop(k: int) -> None:
        _change(frame, owner)
        del owner.items[k]

    write_at_run_time(frame, owner, position, pop)
    return item


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
    if owner.kind is list and name == "pop" and args and not constant_of(args[0])[0]:
        return _pop_at_run_time(frame, owner, args[0])
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
    owner.of_lists |= name == "setdefault" and len(args) > 1 and is_empty_list(args[1])
    key = static_key(frame, args[0], "a dictionary is asked for a key", owner)
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
