"""Items that are assigned and deleted: of arrays, lists and dictionaries."""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.flow.may_raise import at_item
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.containers.iteration import listed_items
from adjoint.frontend.objects.containers.methods import dict_method, list_method
from adjoint.frontend.objects.containers.positions import write_at_run_time
from adjoint.frontend.objects.containers.run_time_lists import (
    assign_items,
    cannot_change,
    delete_items,
    is_new_row,
)
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object, expression
from adjoint.frontend.state.float_lists import as_made, is_empty_list
from adjoint.frontend.state.indices import index_object
from adjoint.frontend.state.kinds import check_takes_items
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import (
    check_change,
    other_holders,
    references,
    root_of,
)
from adjoint.frontend.state.memory.known_items import need_known_items
from adjoint.frontend.state.memory.views import leak_rows, view, write
from adjoint.frontend.state.store import is_mutable
from adjoint.frontend.state.structure import join_all
from adjoint.frontend.state.whole_numbers import static_key
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import UNDEFINED, Array, List, Scalar, Type, is_immutable_number, is_tuple


def assign_subscript(frame: Frame, target: gast.Subscript, obj: o.Obj) -> None:
    base = flat_view(frame, target.value) or expression(frame, target.value)
    index = expression(frame, target.slice)
    if isinstance(base, o.Ref):
        check_takes_items(frame, base)
    at_item(frame, base, index, lambda: assign_item(frame, base, index, obj, target.value))


def delete_subscript(frame: Frame, target: gast.Subscript) -> None:
    """`del base[index]`."""
    base = expression(frame, target.value)
    index = expression(frame, target.slice)
    at_item(frame, base, index, lambda: _delete_item(frame, base, index))


def _delete_item(frame: Frame, base: o.Obj, index: o.Obj) -> None:
    known, python = constant_of(index)
    match base:
        case o.Instance():
            instances.call_method(frame, base, "__delitem__", [index])
        case o.Seq(kind) if kind in (list, collections.deque) and isinstance(python, slice):
            check_change(frame, base)
            frame.lowering.change(base)
            del base.items[python]
        case o.Seq(kind) if kind in (list, collections.deque):
            list_method(frame, base, "pop", [index], {})
        case o.Mapping() if base.kind is not set:
            dict_method(frame, base, "pop", [index], {})
        case o.Ref() if isinstance(frame.lowering.current(base).type, List):
            delete_items(frame, base, index)
        case _:
            raise UnsupportedError("only names and items of containers can be deleted")


def flat_view(frame: Frame, node: Any) -> o.Obj | None:
    """`A.flat` where it is written to: whatever the layout of A, it goes through to A."""
    if not (isinstance(node, gast.Attribute) and node.attr == "flat"):
        return None
    owner = expression(frame, node.value)
    if not isinstance(owner, o.Ref) or not isinstance(frame.lowering.current(owner).type, Array):
        return None
    flat = frame.lowering.builder.apply(np.ravel, frame.lowering.operand(owner))
    return view(frame, owner, flat, np.ravel, [])


def assign_item(frame: Frame, base: o.Obj, index: o.Obj, obj: o.Obj, node: Any) -> None:
    """`base[index] = obj`; `node` is how the program calls `base`."""
    lowering = frame.lowering
    known, python = constant_of(index)
    if isinstance(base, o.Instance):
        instances.call_method(frame, base, "__setitem__", [index, obj])
        return
    match base:
        case o.Seq(kind, items) if kind in (list, collections.deque):
            if known and isinstance(python, (int, slice, np.integer)):
                check_change(frame, base)
                lowering.change(base)
                if isinstance(python, slice):
                    if kind is collections.deque:
                        raise UnsupportedError("a deque has no slices", instead="use a list")
                    items[python] = _items(frame, obj)
                elif not -len(items) <= python < len(items):
                    raise CertainError(IndexError, f"index {python} is out of range")
                else:
                    items[python] = obj
                return
            if kind is collections.deque:
                raise UnsupportedError("a deque is written at a position known only at run time",
                                       instead="use a list")  # fmt: skip
            made = _as_run_time_list(frame, base, obj, node)
            if made is None:
                write_at_run_time(frame, base, lowering.value(index), _putter(frame, base, obj))
                return
            base = made
        case o.Mapping(entries) if base.kind is not set:
            base.of_lists |= is_empty_list(obj)
            key = static_key(frame, index, of=base)
            check_change(frame, base)
            lowering.change(base)
            entries[key] = obj
            return
    if not isinstance(base, o.Ref):
        raise UnsupportedError("this object does not support item assignment here")
    if is_tuple(lowering.current(base).type):
        raise cannot_change("assignment")
    if known and isinstance(python, slice) and isinstance(lowering.current(base).type, List):
        assign_items(frame, base, python, _list_of(frame, obj))
        return
    value = index_object(frame, index)
    is_list = isinstance(lowering.current(base).type, List)
    if is_list and (is_mutable(lowering.value(obj).type) or base.rows and is_empty_list(obj)):
        if any(isinstance(x, o.View) and x.base is root_of(base) for _, x in references(frame)):
            need_known_items(lowering, "", root_of(base))
            raise UnsupportedError(
                "a row of a list is replaced while something refers to it",
                instead="write into the row, as in rows[i][:] = ...",
            )
        base_type = lowering.current(base).type
        if base.rows and isinstance(base_type, List) and is_new_row(frame, obj):
            empty = lowering.builder.emit(ops.make_list, [], base_type.element)
            write(frame, base, empty, ((operator.getitem, 1),), (value,))
            return
        if not isinstance(obj, o.Ref) or any(x is obj for _, x in references(frame)):
            leak_rows(frame.lowering.state, root_of(base))
        frame.lowering.state.hold(obj, "a list holds it")
    write(frame, base, lowering.value(obj), ((operator.getitem, 1),), (value,))


def _list_of(frame: Frame, obj: o.Obj) -> Value:
    """The items of an iterable as a list of the run."""
    made = call_object(frame, o.Known(list), [obj], {}, None)
    if not isinstance(made, o.Seq):
        return frame.lowering.value(made)
    values = [frame.lowering.value(item) for item in made.items]
    element = join_all([v.type for v in values]) if values else UNDEFINED
    if element is None:
        raise UnsupportedError("items of different types are written into this list")
    return frame.lowering.builder.emit(ops.make_list, values, List(element))


def _items(frame: Frame, obj: o.Obj) -> list[o.Obj]:
    return listed_items(frame, obj)


def _putter(frame: Frame, base: o.Seq, obj: o.Obj) -> Callable[[int], None]:
    def put(k: int) -> None:
        check_change(frame, base)
        frame.lowering.change(base)
        base.items[k] = obj

    return put


def _as_run_time_list(frame: Frame, base: o.Seq, obj: o.Obj, node: Any) -> o.Ref | None:
    """A list of numbers that only this name holds, as one value, to be written by position.

    None for any other list.
    """
    if not isinstance(node, gast.Name) or frame.names.get(node.id) is not base or not base.items:
        return None
    if other_holders(frame, base, frame.place(node.id)) or base.shared:
        return None
    items = [*base.items, obj]
    if not all(isinstance(item, o.Ref) and _is_number(frame, item) for item in items):
        return None
    values = [frame.lowering.value(item) for item in base.items]
    types: list[Type] = [v.type for v in [*values, frame.lowering.value(obj)]]
    element = join_all(types)
    if element is None:
        return None
    if isinstance(element, Scalar) and element.kind == "float":
        values = [Constant(float(v.value)) if isinstance(v, Constant) else v for v in values]
    made = frame.lowering.builder.emit(ops.make_list, values, List(element))
    made = as_made(frame.lowering, made)
    made.name = node.id
    ref = o.Ref(made)
    frame.names[node.id] = ref
    return ref


def _is_number(frame: Frame, item: o.Ref) -> bool:
    return not item.missing and is_immutable_number(frame.lowering.current(item).type)
