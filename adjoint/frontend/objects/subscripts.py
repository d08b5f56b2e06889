"""Subscripts: the items of containers, arrays and library objects."""

from __future__ import annotations

import collections
import operator
from typing import Any

import numpy as np

from adjoint.errors import CertainError, UnsupportedError, did_you_mean
from adjoint.frontend.keys.places import Place
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.containers import tables
from adjoint.frontend.objects.containers.positions import item_at_run_time
from adjoint.frontend.objects.makers import MAKERS, subscript_of_maker
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.frontend.state.indices import index_object
from adjoint.frontend.state.kinds import check_has_items
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.views import element_of
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.whole_numbers import static_key
from adjoint.ir.core import Constant

#: Containers that stay what they are while their items change: these are read at every call.
_LIVE = (collections.deque, dict)


def subscript(frame: Frame, base: o.Obj, index: o.Obj) -> o.Obj:
    known, python = constant_of(index)
    lowering = frame.lowering
    if isinstance(base, o.Instance):
        return instances.call_method(frame, base, "__getitem__", [index])
    if isinstance(base, o.Outside):
        found = _captured_item(frame, base, index)
        if found is not None:
            return found
    if foreign.is_foreign(frame, base):
        own = instances.ask_library(frame, base, "__getitem__", [index])
        return foreign.subscript(frame, base, index) if own is None else own
    if isinstance(base, o.Ref) and foreign.is_foreign(frame, index):
        raise UnsupportedError("an index of a type that is known only at run time",
                               instead="write int(...) around it")  # fmt: skip
    match base:
        case o.Seq(kind, items):
            if known and isinstance(python, slice):
                if kind is collections.deque:
                    raise UnsupportedError("a deque has no slices", instead="use a list")
                return o.Seq(kind, items[python])
            if known and isinstance(python, (int, np.integer)):
                if not -len(items) <= python < len(items):
                    raise CertainError(IndexError, f"index {python} is out of range")
                return items[python]
            return item_at_run_time(frame, base, lowering.value(index))
        case o.Mapping(items):
            python = static_key(frame, index, "a dictionary is indexed by a key", base)
            if python in items and base.kind is not set:
                return items[python]
            made = tables.missing(frame, base, python)
            if made is not None:
                return made
            like = did_you_mean(python, base.items) if isinstance(python, str) else ""
            said = f"the dictionary has no key {python!r}{like}"
            raise CertainError(KeyError, said, python)
        case o.Known(value) if isinstance(value, MAKERS):
            return subscript_of_maker(frame, value, index)
        case o.Known(value):
            asked = instances.ask_known(frame, base, "__getitem__", [index])
            if asked is not None:
                return asked
            if known and isinstance(value, _LIVE) and type(python) in (int, str):
                return lowering.capture(Place.of("item", value, python))
            if known:
                return _item_of_constant(lowering.outside.contents(value), python)
            if isinstance(value, str):
                index_value = index_object(frame, index)
                return o.Ref(
                    lowering.builder.apply(operator.getitem, Constant(value), index_value)
                )
            raise UnsupportedError("this object cannot be indexed by a run-time value")
        case o.Ref():
            check_has_items(frame, base)
            value = lowering.operand(base)
            foreign.note_positions(frame, value)
            item = lowering.builder.apply(operator.getitem, value, index_object(frame, index))
            return element_of(frame, base, item)
    raise UnsupportedError("this object cannot be indexed")


def _item_of_constant(value: Any, index: Any) -> o.Obj:
    try:
        return wrap_constant(value[index])
    except (TypeError, LookupError) as error:
        raise CertainError(type(error), str(error), *error.args) from None


def _captured_item(frame: Frame, base: o.Obj, index: o.Obj) -> o.Obj | None:
    """An item of a big container from outside; None where that is read as a whole."""
    assert isinstance(base, o.Outside)
    known, python = constant_of(index)
    if isinstance(base, o.Mapping) and not known:
        python = static_key(frame, index, "a dictionary is indexed by a key", base)
        known = True
    if known:
        return base.item(python)
    if not isinstance(base, o.Seq):
        return None
    return item_at_run_time(frame, base, frame.lowering.value(index))


def make_itemgetter(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Known(operator.itemgetter(*(static_key(frame, a, "an item") for a in args)))


def call_itemgetter(frame: Frame, getter: Any, args: Args) -> o.Obj:
    """`itemgetter(i, j)(x)` is `(x[i], x[j])`."""
    items = [subscript(frame, args[0], wrap_constant(key)) for key in getter.__reduce__()[1]]
    return items[0] if len(items) == 1 else o.Seq(tuple, items)
