"""Displays: tuples, lists, sets and dictionaries that are written out."""

from __future__ import annotations

import functools
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.containers.dictionaries import keys_of
from adjoint.frontend.objects.containers.iteration import row_by_row, static_items
from adjoint.frontend.objects.containers.joining import is_sequence, joined_lists
from adjoint.frontend.objects.containers.tables import ELEMENT, new_set
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object, expression
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.whole_numbers import static_key


def elements(frame: Frame, nodes: list[Any]) -> list[o.Obj]:
    result: list[o.Obj] = []
    for node in nodes:
        if isinstance(node, gast.Starred):
            items = static_items(frame, row_by_row(frame, expression(frame, node.value)))
            if items is None:
                raise UnsupportedError(
                    "a sequence whose length is known only at run time is spliced with *",
                    frame.span(node),
                )
            result.extend(items)
        else:
            result.append(expression(frame, node))
    return result


def keywords_of(frame: Frame, obj: o.Obj) -> dict[Any, o.Obj]:
    """The entries that `**obj` stands for: those of a dictionary, or of any other mapping."""
    if isinstance(obj, o.Mapping):
        return dict(obj.items)
    found: dict[Any, o.Obj] = {}
    keys: list[o.Obj] | None = None
    if isinstance(obj, o.Instance):
        keys = static_items(frame, keys_of(obj) or instances.call_method(frame, obj, "keys", []))
    for key in keys or ():
        known, python = constant_of(key)
        if not known:
            keys = None
            break
        found[python] = instances.call_method(frame, obj, "__getitem__", [key])
    if keys is None:
        raise UnsupportedError("** of a dictionary whose keys are known only at run time")
    return found


def lower_tuple(frame: Frame, node: gast.Tuple) -> o.Obj:
    return o.Seq(tuple, elements(frame, node.elts))


def lower_list(frame: Frame, node: gast.List) -> o.Obj:
    """A list; a sequence of unknown length is spliced in by joining lists."""
    parts: list[o.Obj] = [o.Seq(list, [])]
    for item in node.elts:
        starred = isinstance(item, gast.Starred)
        obj = expression(frame, item.value if starred else item)
        items = static_items(frame, obj) if starred else [obj]
        last = parts[-1]
        if items is None and not is_sequence(frame, obj):  # the items of an array
            obj = call_object(frame, o.Known(list), [obj], {}, None)
        if items is None:
            parts += [obj, o.Seq(list, [])]
        else:
            assert isinstance(last, o.Seq)
            last.items.extend(items)
    parts = [p for p in parts if not (isinstance(p, o.Seq) and not p.items)]
    if not parts:
        return o.Seq(list, [])
    if len(parts) == 1 and not isinstance(parts[0], o.Seq):
        parts.insert(0, o.Seq(list, []))
    for part in parts:
        if not is_sequence(frame, part):
            raise UnsupportedError("what is spliced with * is no list", frame.span(node))
    return functools.reduce(lambda a, b: joined_lists(frame, a, b), parts)


def lower_set(frame: Frame, node: gast.Set) -> o.Obj:
    """`{a, b, c}`."""
    return new_set([static_key(frame, e, ELEMENT) for e in elements(frame, node.elts)])


def lower_dict(frame: Frame, node: gast.Dict) -> o.Obj:
    items: dict[Any, o.Obj] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            items.update(keywords_of(frame, expression(frame, value)))
            continue
        with frame.lowering.builder.at(frame.span(key)):
            python = static_key(frame, expression(frame, key))
        items[python] = expression(frame, value)
    return o.Mapping(items)
