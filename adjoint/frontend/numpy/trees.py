"""`tree_map` and its relatives on containers whose structure is known: they leave no trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.numpy.calls import call_numpy
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.ir.core import Constant
from adjoint.ir.types import List, Scalar, Unknown, is_differentiable
from adjoint.runtime.records import carries


def call_tree_map(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`tree_map(f, tree, *others)`."""
    f, *trees = args
    return _map(frame, lambda leaves: call_object(frame, f, leaves, {}, None), trees)


def call_zeros_like(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`zeros_like(tree)`."""

    def zero(leaves: Args) -> o.Obj:
        value = frame.lowering.value(leaves[0])
        if isinstance(value.type, Scalar):
            return o.Ref(Constant(0j if value.type.kind == "complex" else 0.0))
        return call_numpy(frame, np.zeros_like, leaves, {})

    return _map(frame, zero, args)


def call_tree_leaves(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`tree_leaves(tree)`."""
    return o.Seq(list, list(_leaves(frame, args[0])))


def _map(frame: Frame, f: Callable[[Args], o.Obj], trees: Args) -> o.Obj:
    tree = trees[0]
    entries = _entries(tree)
    if entries is None:
        return f(trees) if _is_leaf(frame, tree) else tree
    others = [_entries(other) for other in trees[1:]]
    if any(other is None or set(other) != set(entries) for other in others):
        raise UnsupportedError("these containers differ in their structure")
    cls = getattr(tree, "cls", dict)
    items = {
        name: _map(frame, f, [item, *(other[name] for other in others if other is not None)])
        if carries(cls, name)
        else item
        for name, item in entries.items()
    }
    match tree:
        case o.Seq(kind, limit=limit):
            return o.Seq(kind, list(items.values()), limit=limit)
        case o.Mapping(kind=kind, factory=factory, ordered=ordered):
            return o.Mapping(items, kind=kind, factory=factory, ordered=ordered)
    return o.Instance(cls, items)


def _leaves(frame: Frame, tree: o.Obj) -> Iterator[o.Obj]:
    entries = _entries(tree)
    if entries is None:
        if _is_leaf(frame, tree):
            yield tree
        return
    for name, item in entries.items():
        if carries(getattr(tree, "cls", dict), name):
            yield from _leaves(frame, item)


def _entries(tree: o.Obj) -> dict[Any, o.Obj] | None:
    """The items of a container by their names; None for anything else."""
    match tree:
        case o.Seq(kind, items):
            return dict(zip(getattr(kind, "_fields", range(len(items))), items, strict=True))
        case o.Mapping(entries):
            return entries
        case o.Instance(cls, attributes):
            fields = getattr(cls, "__dataclass_fields__", ())
            first = {name: attributes[name] for name in fields if name in attributes}
            return first | attributes
    return None


def _is_leaf(frame: Frame, obj: o.Obj) -> bool:
    if not isinstance(obj, o.Ref):
        return False
    type_ = frame.lowering.current(obj).type
    if isinstance(type_, (List, Unknown)):
        raise UnsupportedError("whether this is a container, and of what, is not known")
    return is_differentiable(type_)
