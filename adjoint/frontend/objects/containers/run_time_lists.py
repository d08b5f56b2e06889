"""Changes of lists whose length is known only at run time: methods, and `del xs[k]`.

Each makes a new list of the old one, which the name holds from then on.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.objects.containers import dictionaries
from adjoint.frontend.objects.containers.iteration import static_items
from adjoint.frontend.objects.containers.iterators import call_sorted
from adjoint.frontend.objects.containers.joining import is_sequence, joined_lists
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.float_lists import is_empty_list
from adjoint.frontend.state.indices import index_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import (
    check_store,
    holders,
    references,
    root_of,
    shown,
)
from adjoint.frontend.state.memory.views import leak_rows, write
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.store import is_mutable
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.positions import counts_from_the_start
from adjoint.ir.types import UNDEFINED, List, is_immutable_number, is_tuple, join


def run_time_list_method(
    frame: Frame, owner: o.Ref, name: str, args: Args, kwargs: KwArgs
) -> o.Obj | None:
    """A method that changes the list; None for others."""
    change = _CHANGES.get(name)
    if change is None:
        return None
    value = frame.lowering.operand(owner)
    assert isinstance(value.type, List)
    if is_tuple(value.type):
        said = f"'tuple' object has no attribute '{name}'"
        raise CertainError(AttributeError, said, said, instead="make a list of it")
    check_store(frame, owner)
    _refuse_moved_rows(frame, owner, value, only_from_the_end=name in ("append", "extend"))
    if name == "append" and owner.rows and len(args) == 1 and is_new_row(frame, args[0]):
        _append_row(frame, owner, value)
        return o.Known(None)
    if is_mutable(value.type.element):
        leak_rows(frame.lowering.state, root_of(owner))
    return change(frame, owner, value, args, kwargs)


def delete_items(frame: Frame, owner: o.Ref, index: o.Obj) -> None:
    """`del xs[k]` and `del xs[i:j]`."""
    known, python = constant_of(index)
    if is_tuple(frame.lowering.current(owner).type):
        raise cannot_change("deletion")
    if not known or not isinstance(python, slice):
        run_time_list_method(frame, owner, "pop", [index], {})
        return
    check_store(frame, owner)
    _refuse_moved_rows(frame, owner, frame.lowering.operand(owner))
    before, behind = _around(frame, owner, python)
    if before is not None and behind is not None:
        before = frame.lowering.builder.apply(ops.join_lists, before, behind)
    rest = before if before is not None else behind
    if rest is None:
        run_time_list_method(frame, owner, "clear", [], {})
    else:
        _set_list(frame, owner, rest)


def assign_items(frame: Frame, owner: o.Ref, part: slice, new: Value) -> None:
    """`xs[i:j] = ys`, of any number of items; `new` is the list of them."""
    check_store(frame, owner)
    old = frame.lowering.operand(owner)
    assert isinstance(old.type, List) and isinstance(new.type, List)
    joined = join(old.type.element, new.type.element)
    if joined is None or not is_immutable_number(joined):
        raise UnsupportedError("items of another type, or such that can be changed, are written "
                               "into this list", instead="make a new list")  # fmt: skip
    apply = frame.lowering.builder.apply
    before, behind = _around(frame, owner, part)
    result = new if before is None else apply(ops.join_lists, before, new)
    if behind is not None:
        result = apply(ops.join_lists, result, behind)
    if result is new:
        result = apply(list, new)
    result.type = List(joined)
    _set_list(frame, owner, result)


def _around(frame: Frame, owner: o.Ref, part: slice) -> tuple[Value | None, Value | None]:
    """The items before and behind a slice; None where there are none."""
    start, stop = part.start or 0, part.stop
    in_order = stop is None or start <= stop and (start < 0) is (stop < 0)
    if part.step not in (None, 1) or not (in_order or start == 0 and stop is not None):
        raise UnsupportedError(
            "whether these items are in this order is known only at run time",
            instead="make a list of the items that stay",
        )
    value, apply = frame.lowering.operand(owner), frame.lowering.builder.apply
    before = apply(operator.getitem, value, slice(None, start)) if start else None
    behind = None if stop is None else apply(operator.getitem, value, slice(stop, None))
    return before, behind


def cannot_change(what: str) -> CertainError:
    """What Python says to `t[0] = v` and `del t[0]` of a tuple."""
    said = f"'tuple' object does not support item {what}"
    return CertainError(TypeError, said, said, instead="make a list of it")


def _append(frame: Frame, owner: o.Ref, value: Value, args: Args, kwargs: KwArgs) -> o.Obj:
    item = frame.lowering.value(args[0])
    assert isinstance(value.type, List)
    joined = join(value.type.element, item.type)
    new = joined != value.type.element and value.type.element != UNDEFINED
    if joined is None or new and not is_immutable_number(joined):
        raise UnsupportedError("an item of another type is appended to this list")
    frame.lowering.state.hold(args[0], "a list holds it")
    longer = frame.lowering.builder.apply(ops.append, value, item)
    longer.type = List(joined)
    _set_list(frame, owner, longer)
    return o.Known(None)


def _refuse_moved_rows(
    frame: Frame, owner: o.Ref, value: Value, only_from_the_end: bool = False
) -> None:
    """Refuse a change of a list after which a name for one of its rows would be another row.

    A row is known by its position. An item that is put behind the others moves only those that
    were counted from the end.
    """
    if not isinstance(value.type, List) or is_immutable_number(value.type.element):
        return
    depth = len(owner.path) if isinstance(owner, o.View) else 0
    for name, other in references(frame):
        if other is owner or not isinstance(other, o.View) or other.base is not root_of(owner):
            continue
        if len(other.path) <= depth or only_from_the_end and _is_fixed(other.arguments[depth]):
            continue
        raise UnsupportedError(
            f"the rows of a list move, and {shown(name)} refers to one of them",
            instead="make a copy of the row, or read it again from the list",
        )


def _is_fixed(index: Value) -> bool:
    """Does a position stay the same when the list gets longer?"""
    if isinstance(index, Constant):
        return isinstance(index.value, int) and index.value >= 0
    found = index.op is not None and index.op.target in (list.index, operator.indexOf)
    return found or counts_from_the_start(index)


def is_new_row(frame: Frame, obj: o.Obj) -> bool:
    """Is this an empty list that nothing holds, but the statement that puts it somewhere?

    The methods that stand for those of dictionaries have it as an argument.
    """
    own = frame.function is not None and frame.function.__module__ == dictionaries.__name__
    return is_empty_list(obj) and all(
        name == "%pending" or own and holder is frame.names
        for name, holder, _ in holders(frame, obj)
    )


def _append_row(frame: Frame, owner: o.Ref, value: Value) -> None:
    """`rows.append([])`: the new row is the list's own."""
    assert isinstance(value.type, List)
    builder = frame.lowering.builder
    longer = builder.apply(ops.append, value, builder.emit(ops.make_list, [], value.type.element))
    longer.type = value.type
    _set_list(frame, owner, longer)


def _extend(frame: Frame, owner: o.Ref, value: Value, args: Args, kwargs: KwArgs) -> o.Obj:
    items = static_items(frame, args[0])
    more = args[0] if items is None else o.Seq(list, list(items))
    if items == []:
        return o.Known(None)
    if items is None and not is_sequence(frame, more):
        more = call_object(frame, o.Known(list), [more], {}, None)
    if isinstance(value.type, List) and value.type.element == UNDEFINED and items is not None:
        for item in items:
            value = frame.lowering.operand(owner)
            _append(frame, owner, value, [item], {})
        return o.Known(None)
    longer = frame.lowering.value(joined_lists(frame, o.Ref(value), more))
    _set_list(frame, owner, longer)
    return o.Known(None)


def _pop(frame: Frame, owner: o.Ref, value: Value, args: Args, kwargs: KwArgs) -> o.Obj:
    position = index_object(frame, args[0]) if args else Constant(-1)
    apply = frame.lowering.builder.apply
    item = apply(operator.getitem, value, position)
    _set_list(frame, owner, _without(frame, value, position))
    result = frame.lowering.wrap(item)
    frame.lowering.state.hold(result, "a list held it")
    return result


def _without(frame: Frame, value: Value, position: Value) -> Value:
    """The list without the item at a position, where there is one."""
    apply = frame.lowering.builder.apply
    if isinstance(position, Constant) and position.value == -1:
        return apply(ops.drop_last, value)
    if isinstance(position, Constant) and position.value == 0:
        return apply(operator.getitem, value, slice(1, None))
    if not isinstance(position, Constant) and not counts_from_the_start(position):
        position = apply(operator.mod, position, apply(len, value))
    before = apply(operator.getitem, value, _slice(frame, Constant(None), position))
    next_ = apply(operator.add, position, Constant(1))
    behind = apply(operator.getitem, value, _slice(frame, next_, Constant(None)))
    return apply(ops.join_lists, before, behind)


def _slice(frame: Frame, start: Value, stop: Value) -> Value:
    if isinstance(start, Constant) and isinstance(stop, Constant):
        return Constant(slice(start.value, stop.value))
    return frame.lowering.builder.apply(slice, start, stop)


def _insert(frame: Frame, owner: o.Ref, value: Value, args: Args, kwargs: KwArgs) -> o.Obj:
    frame.lowering.state.hold(args[1], "a list holds it")
    position, apply = index_object(frame, args[0]), frame.lowering.builder.apply
    new = apply(ops.make_list, frame.lowering.value(args[1]))
    if not (isinstance(position, Constant) and position.value == 0):
        before = apply(operator.getitem, value, _slice(frame, Constant(None), position))
        new = apply(ops.join_lists, before, new)
        value = apply(operator.getitem, value, _slice(frame, position, Constant(None)))
    _set_list(frame, owner, apply(ops.join_lists, new, value))
    return o.Known(None)


def _reverse(frame: Frame, owner: o.Ref, value: Value, args: Args, kwargs: KwArgs) -> o.Obj:
    _set_list(frame, owner, frame.lowering.builder.apply(ops.reverse_list, value))
    return o.Known(None)


def _clear(frame: Frame, owner: o.Ref, value: Value, args: Args, kwargs: KwArgs) -> o.Obj:
    _set_list(frame, owner, frame.lowering.builder.emit(ops.make_list, [], value.type))
    return o.Known(None)


def _sort(frame: Frame, owner: o.Ref, value: Value, args: Args, kwargs: KwArgs) -> o.Obj:
    _set_list(frame, owner, frame.lowering.value(call_sorted(frame, [owner], kwargs)))
    return o.Known(None)


_CHANGES: dict[str, Callable[[Frame, o.Ref, Value, Args, KwArgs], o.Obj]] = {
    "append": _append,
    "clear": _clear,
    "extend": _extend,
    "insert": _insert,
    "pop": _pop,
    "reverse": _reverse,
    "sort": _sort,
}


def _set_list(frame: Frame, owner: o.Ref, new: Value) -> None:
    """Let a list, which may be a row of another one, have this value from now on."""
    if isinstance(owner, o.View):
        write(frame, owner, new)
        return
    new.name = frame.lowering.current(owner).name
    frame.lowering.state.store(owner, new)
