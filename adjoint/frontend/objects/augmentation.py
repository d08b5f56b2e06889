"""Augmented assignment: `x += y` rebinds what cannot change, and else changes the object."""

from __future__ import annotations

from typing import Any

import gast
import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.flow.exits import TRUE_NOW, any_of, pending_exits
from adjoint.frontend.flow.may_raise import at_item
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.assignment import assign
from adjoint.frontend.objects.attributes import attribute
from adjoint.frontend.objects.containers.growing import augment_container, is_list, own_place
from adjoint.frontend.objects.items import assign_item, flat_view
from adjoint.frontend.objects.operators import binary
from adjoint.frontend.objects.subscripts import subscript
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import bind_name
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import expression
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import check_store, references, root_of
from adjoint.frontend.state.memory.views import write
from adjoint.frontend.state.store import Slot, place_name
from adjoint.ir.core import Constant
from adjoint.ir.types import Array, Unknown, is_immutable_number, is_tuple


def lower_aug_assign(frame: Frame, node: gast.AugAssign) -> None:
    """`x += y` rebinds a number, but writes into an array that every alias sees."""
    if isinstance(node.target, gast.Subscript):
        augment_subscript(frame, node)
        return
    if isinstance(node.target, gast.Attribute):
        augment_attribute(frame, node)
        return
    if not isinstance(node.target, gast.Name):
        assign(frame, node.target, o.UNASSIGNED)
    target = node.target
    old = expression(frame, gast.Name(target.id, gast.Load(), None, None))
    change = expression(frame, node.value)
    if isinstance(old, o.Ref) and not _is_rebound(frame, old) and not is_list(frame, old):
        type_ = frame.lowering.current(old).type
        if isinstance(type_, Unknown) or isinstance(type_, Array) and type_.loose:
            if not is_private(frame, old):
                raise UnsupportedError(
                    "whether this rebinds a number or writes into an array depends on a type "
                    "that is not known",
                    instead=f"write {target.id} = {target.id} <operator> ...",
                )
            rebound = binary(frame, node.op, old, change)
            if isinstance(rebound, o.Ref) and not isinstance(rebound.value, Constant):
                rebound.value.name = rebound.value.name or place_name(frame.place(target.id))
            bind_name(frame, target.id, rebound)
            return
        augment_array(frame, node.op, old, change)
        return
    if augment_container(frame, own_place(frame, target.id), node.op, old, change):
        return
    result = instances.augmented(frame, node.op, old, change)
    if result is None:
        result = binary(frame, node.op, old, change)
    if isinstance(result, o.Ref) and result is not old and not isinstance(result.value, Constant):
        result.value.name = result.value.name or place_name(frame.place(target.id))
        if result.value.op is not None and isinstance(old, o.Ref):
            result.value.op.attrs["augmented"] = True
    if exits := [flag for flag in pending_exits(frame) if flag is not TRUE_NOW]:
        branch(
            frame, any_of(frame, exits), lambda: None,
            lambda: bind_name(frame, target.id, result), style="exited",
        )  # fmt: skip
        return
    bind_name(frame, target.id, result)


def _is_rebound(frame: Frame, ref: o.Ref) -> bool:
    """Is this a number, or a tuple, which `+=` does not change?"""
    type_ = frame.lowering.current(ref).type
    return is_immutable_number(type_) or is_tuple(type_)


def augment_attribute(frame: Frame, node: gast.AugAssign) -> None:
    """`instance.name += change`."""
    owner = expression(frame, node.target.value)
    old = attribute(frame, owner, node.target.attr)
    change = expression(frame, node.value)
    place = Slot(owner, node.target.attr)
    if isinstance(owner, o.Instance) and augment_container(frame, place, node.op, old, change):
        return
    if isinstance(old, o.Ref) and not _is_rebound(frame, old):
        augment_array(frame, node.op, old, change)
        return
    result = instances.augmented(frame, node.op, old, change)
    if result is None:
        result = binary(frame, node.op, old, change)
    instances.assign_attribute(frame, owner, node.target.attr, result)


def is_private(frame: Frame, ref: o.Ref) -> bool:
    """Would nobody else notice whether this is written to or its name rebound?"""
    reached = [other for _, other in references(frame) if root_of(other) is root_of(ref)]
    try:
        check_store(frame, ref)
    except UnsupportedError:
        return False
    return all(other is ref for other in reached) and not isinstance(ref, o.View)


def augment_subscript(frame: Frame, node: gast.AugAssign) -> None:
    """`base[index] += change`: read, computed and written in this order."""
    base = flat_view(frame, node.target.value) or expression(frame, node.target.value)
    index = expression(frame, node.target.slice)
    at_item(frame, base, index, lambda: _augment_item(frame, node, base, index))


def _augment_item(frame: Frame, node: gast.AugAssign, base: o.Obj, index: o.Obj) -> None:
    old = subscript(frame, base, index)
    change = expression(frame, node.value)
    if isinstance(base, (o.Seq, o.Mapping)):
        known, key = constant_of(index)
        if isinstance(base, o.Seq) and known and isinstance(key, (int, np.integer)):
            key = key % len(base.items)
        held = known and not isinstance(key, slice)  # a slice of a list is a list of its own
        if held and augment_container(frame, Slot(base, key), node.op, old, change):
            return
    if isinstance(base, (o.Seq, o.Mapping)) and isinstance(old, o.Ref):
        if not _is_rebound(frame, old):
            augment_array(frame, node.op, old, change)
            return
    if isinstance(old, o.View):
        augment_array(frame, node.op, old, change)
        return
    result = binary(frame, node.op, old, change)
    assign_item(frame, base, index, result, node.target.value)


def augment_array(frame: Frame, op: Any, old: o.Ref, change: o.Obj) -> None:
    """`x += y` on an array writes into it, as everything that shares its memory sees."""
    value = frame.lowering.operand(old)
    result = frame.lowering.value(binary(frame, op, o.Ref(value), change))
    if isinstance(value.type, Array) and isinstance(result.type, Array):
        if result.type.rank > value.type.rank:
            raise UnsupportedError("the result does not fit into the array it is stored in")
        # NumPy insists that the result has the shape of what it is written into
        result.type = Array(result.type.dtype, value.type.dims)
    frame.pending = []  # what the result was computed of is not read again
    write(frame, old, result)
