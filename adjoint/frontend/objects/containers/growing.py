"""Lists that grow: `xs.append(v)`, `xs.extend(ys)` and `xs += ys`.

A list that is held in one place only (by a name, an attribute or an entry of a dictionary) grows
by putting a longer list there: in a loop it becomes a list of unknown length. A list that is held
in several places is changed itself.
"""

from __future__ import annotations

import collections
from typing import Any

import gast

from adjoint.frontend.keys.places import Place as OutsidePlace
from adjoint.frontend.objects.containers.iteration import static_items
from adjoint.frontend.objects.containers.joining import joined_lists
from adjoint.frontend.objects.containers.methods import augment_mapping
from adjoint.frontend.objects.containers.run_time_lists import (
    is_new_row,
    run_time_list_method,
)
from adjoint.frontend.objects.containers.table_methods import queue_method
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import bind_name, global_place
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object, expression
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import (
    check_change,
    check_store,
    holders,
    other_holders,
    refuse_others,
)
from adjoint.frontend.state.state import Names, Place, Variable, held
from adjoint.frontend.state.store import Slot, place_name
from adjoint.frontend.state.structure import Leaf, flatten, join_items, shape_of
from adjoint.ir.types import List


def is_list(frame: Frame, obj: o.Obj | None) -> bool:
    if isinstance(obj, o.Seq):
        return obj.kind is list
    type_ = frame.lowering.current(obj).type if isinstance(obj, o.Ref) else None
    return isinstance(type_, List) and type_.kind is list


def own_place(frame: Frame, name: str) -> Place:
    """Where a variable of this frame lives."""
    shared = frame.cells is not None and name in frame.cells.items
    return Slot(frame.cells, name) if shared else frame.place(name)


def _place_of(frame: Frame, node: Any) -> Place | None:
    """The place that a list is read from: a name, an attribute, an entry of a dictionary."""
    match node:
        case gast.Name(id=name):
            return own_place(frame, name) if _is_local(frame, name) else _outside(frame, name)
        case gast.Attribute(value=gast.Name(), attr=attr):
            owner = expression(frame, node.value)
            if isinstance(owner, o.Instance) and attr in owner.items:
                return Slot(owner, attr)
            if isinstance(owner, o.Known):
                place = OutsidePlace.of("attribute", owner.value, attr)
                return frame.lowering.root.outliving.slot_of(frame.lowering, place)
        case gast.Subscript(value=gast.Name(), slice=gast.Constant() | gast.Name()):
            base = expression(frame, node.value)
            known, key = constant_of(expression(frame, node.slice))
            if isinstance(base, o.Mapping) and known and key in base.items:
                return Slot(base, key)
    return None


def _is_local(frame: Frame, name: str) -> bool:
    """Is this a variable of this function, or of one around it that is being executed?"""
    scope: Frame | None = frame
    while scope is not None:
        shared = scope.cells is not None and name in scope.cells.items
        if shared or name in scope.variables(name) or name in scope.local_names:
            return True
        scope = scope.parent
    return False


def _outside(frame: Frame, name: str) -> Place | None:
    """The slot of a global that the program changes."""
    outermost = frame
    while outermost.parent is not None:
        outermost = outermost.parent
    place = global_place(frame, outermost.function, name)
    return None if place is None else frame.lowering.root.outliving.slot_of(frame.lowering, place)


def grows(frame: Frame, node: Any) -> bool:
    """Lower the statement `xs.append(v)` or `xs.extend(vs)`; False when it is none."""
    if not (isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute)):
        return False
    if node.func.attr not in ("append", "extend") or node.keywords or len(node.args) != 1:
        return False
    place = _place_of(frame, node.func.value)
    if place is None:
        return False
    obj = held(place)
    if not is_list(frame, obj):
        return False
    item = expression(frame, node.args[0])
    grow(frame, place, obj, item if node.func.attr == "extend" else o.Seq(list, [item]))
    return True


def grow(frame: Frame, place: Place, obj: o.Obj, change: o.Obj) -> None:
    """Put the items of `change` behind those of the list `obj`, which `place` holds."""
    if isinstance(obj, o.View):  # a row of another list, which sees it
        run_time_list_method(frame, obj, "extend", [change], {})
        return
    items = static_items(frame, change)
    if isinstance(obj, o.Ref) and obj.rows and items and len(items) == 1:
        if is_new_row(frame, items[0]):
            run_time_list_method(frame, obj, "append", items, {})
            return
    others = other_holders(frame, obj, place)
    if isinstance(obj, o.Seq):
        check_change(frame, obj)
        if others and items is not None:
            frame.lowering.change(obj)
            obj.items.extend(items)  # the list itself changes, as all of its holders see
            return
    else:
        assert isinstance(obj, o.Ref)
        check_store(frame, obj)
    refuse_others(frame, obj, place)
    if items is not None:
        for item in items:
            frame.lowering.state.hold(item, "a list holds it")
        change = o.Seq(list, items)
    elif not is_list(frame, change):
        change = call_object(frame, o.Known(list), [change], {}, None)
    grown = joined_lists(frame, obj, change)
    frame.lowering.root.outliving.continued[grown] = obj
    if isinstance(place, Slot):
        check_change(frame, place.container)
        frame.lowering.put(place, grown)
    else:
        if isinstance(grown, o.Ref):
            grown.value.name = grown.value.name or place_name(place)
        bind_name(frame, place.key, grown)


def augment_container(frame: Frame, place: Place, op: Any, old: o.Obj, change: o.Obj) -> bool:
    """`xs += ys`, `xs *= n`, `d |= e` and the like change a container; False for anything else."""
    if is_list(frame, old) and isinstance(op, gast.Add):
        grow(frame, place, old, change)
        return True
    if isinstance(old, o.Mapping):
        augment_mapping(frame, op, old, change)
        return True
    if isinstance(old, o.Seq) and old.kind is collections.deque and isinstance(op, gast.Add):
        queue_method(frame, old, "extend", [change])
        return True
    if not is_list(frame, old) or not isinstance(op, gast.Mult):
        return False
    known, times = constant_of(change)
    if isinstance(old, o.Seq) and known and isinstance(times, int):
        check_change(frame, old)
        frame.lowering.change(old)
        old.items *= times
        return True
    refuse_others(frame, old, place)
    return False


def becomes_list_of_the_run(frame: Frame, container: o.Obj) -> bool:
    """Let a list that is held in one place be one value, so that it may have any length.

    False where it is not such a list, or its items differ in kind.
    """
    if not isinstance(container, o.Seq) or container.kind is not list or container.shared:
        return False
    places = [(holder, key) for _, holder, key in holders(frame, container)]
    if len(places) != 1:
        return False
    holder, key = places[0]
    state = frame.lowering.state
    element = join_items([shape_of(item, state) for item in container.items])
    if element is None or not isinstance(holder, (Names, o.Seq, o.Mapping, o.Instance)):
        return False
    (value,) = flatten(container, Leaf(List(element)), state)
    place = Variable(holder, key) if isinstance(holder, Names) else Slot(holder, key)
    value.name = place_name(place)
    made = o.Ref(value)
    frame.lowering.root.outliving.continued[made] = container
    frame.lowering.put(place, made)
    return True
