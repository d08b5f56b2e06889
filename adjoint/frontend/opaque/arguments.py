"""What may be handed to a call that nothing is known of, and how it is handed over."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.opaque.objects import is_foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import edges, is_argument, root_of
from adjoint.frontend.state.store import is_mutable
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, Scalar, Type, is_differentiable

#: Why what such a call was given is not written any more.
MAY_HOLD = "a function that nothing is known of may hold it"
_FUNCTIONS = (o.Closure, o.Cached, o.Transformed, o.Choice, o.Method, o.Partial)


def given(frame: Frame, name: str, obj: o.Obj, reads_only: bool) -> Value:
    """The value that a call gets which nothing is known of.

    Raises
    ------
    UnsupportedError : the call could reach, and change, what the program has made or written.
    """
    if isinstance(obj, _FUNCTIONS) or isinstance(obj, o.Instance):
        kind = "an object" if isinstance(obj, o.Instance) else "a function"
        raise UnsupportedError(
            f"{name} is a function that nothing is known of, and {kind} that the program makes is "
            "given to it",
            instead="make the call outside of the function, or hand over numbers and arrays",
        )
    if isinstance(obj, o.Iterator | o.DictView):
        raise UnsupportedError(f"an iterator is given to {name}", instead="make a list of it")
    if isinstance(obj, (o.Seq, o.Mapping)) and o.parts_of(obj):
        return _container(frame, name, obj, reads_only)
    value = frame.lowering.value(obj)
    if not isinstance(obj, o.Ref) or not is_mutable(value.type):
        return value
    if not reads_only and _is_reached(frame, obj):
        raise UnsupportedError(
            f"{name} is a function that nothing is known of: it may change this array",
            instead="give it a copy, as in np.copy(...)",
        )
    root = root_of(obj)
    same = frame.lowering.state.read(root) is root.value
    frame.lowering.state.hold(obj, MAY_HOLD)
    if same and (isinstance(root.value, Constant) or is_argument(root.value)):
        return value
    return frame.lowering.builder.apply(np.copy, value) if isinstance(value.type, Array) else value


def _container(frame: Frame, name: str, obj: o.Seq | o.Mapping, reads_only: bool) -> Value:
    changeable = not (isinstance(obj, o.Seq) and issubclass(obj.kind, tuple))
    if changeable and not reads_only and _is_reached(frame, obj):
        raise UnsupportedError(
            f"{name} is a function that nothing is known of: it may change this container",
            instead="write the container in the call itself, or give it a copy",
        )
    return _rebuilt(frame, obj, lambda part: given(frame, name, part, reads_only))


def copied(frame: Frame, obj: o.Obj) -> Value:
    """A copy of a number, an array or a container, for who shows or stores it."""
    if isinstance(obj, _FUNCTIONS) or isinstance(obj, o.Iterator | o.DictView):
        raise UnsupportedError(
            "a function or an iterator of the program is given to a call that shows or stores it",
            instead="make a list of it",
        )
    if isinstance(obj, (o.Seq, o.Mapping)) and o.parts_of(obj):
        return _rebuilt(frame, obj, lambda part: copied(frame, part))
    if isinstance(obj, o.Instance):
        raise UnsupportedError(
            "an object that the program makes is given to a call that shows or stores it",
            instead="give it the numbers and arrays of the object",
        )
    value = frame.lowering.value(obj)
    if is_foreign(frame, obj) or not is_mutable(value.type) or isinstance(value, Constant):
        return value
    if isinstance(value.type, Array):
        return frame.lowering.builder.apply(np.copy, value)
    return frame.lowering.builder.emit(copy.deepcopy, [value], value.type)


def _rebuilt(frame: Frame, obj: Any, part: Any) -> Value:
    """The container anew, of what `part` makes of its items."""
    builder = frame.lowering.builder
    if isinstance(obj, o.Mapping):
        if obj.kind is not dict:
            raise UnsupportedError(
                "a set or a special dictionary is given to a function that nothing is known of",
                instead="give it a dict or a list",
            )
        values = [part(item) for item in obj.items.values()]
        return builder.apply(ops.make_dict, Constant(tuple(obj.items)), *values)
    values = [part(item) for item in obj.items]
    if obj.kind not in (tuple, list):
        raise UnsupportedError(
            "a container of a special kind is given to a function that nothing is known of",
            instead="give it a list or a tuple",
        )
    if all(isinstance(v, Constant) for v in values):
        return Constant(obj.kind(v.value for v in values))  # type: ignore[attr-defined]
    return builder.apply(ops.make_tuple if obj.kind is tuple else ops.make_list, *values)


def _is_reached(frame: Frame, obj: o.Obj) -> bool:
    """Does the program have another way to an object than through this call?"""
    wanted = root_of(obj) if isinstance(obj, o.Ref) else obj
    if isinstance(wanted, o.Ref) and (wanted.shared or is_argument(wanted.value)):
        return True
    for name, _, _, other in edges(frame):
        if other is obj or isinstance(other, o.Ref) and root_of(other) is wanted:
            if name != "%pending":
                return True
    return False


def depends(frame: Frame, objs: Sequence[o.Obj]) -> bool:
    """May an input of the program reach a call through these arguments?

    Whole numbers and truths are constant between jumps. What comes from outside (captured values,
    objects of libraries) is no input.
    """
    lowering = frame.lowering
    captured = {value for _, value in lowering.captures.values() if value is not None}
    seen: set[Value] = set()
    work: list[Value] = []
    parts = list(objs)
    while parts:
        obj = parts.pop()
        if isinstance(obj, (o.Closure, o.Generator, o.Instance)):
            return True
        if isinstance(obj, o.Outside):
            continue
        if isinstance(obj, o.Ref):
            work.append(lowering.state.read(obj))
        parts += o.parts_of(obj)
    while work:
        value = work.pop()
        known = isinstance(value, Constant) or value in captured
        if value in seen or known or _is_discrete(value.type):
            continue
        seen.add(value)
        if value.op is None:  # a parameter, or what a loop carries
            if is_differentiable(value.type):
                return True
            continue
        if value.op.kind != "apply":
            return True
        work += value.op.operands
    return False


def _is_discrete(type_: Type) -> bool:
    return isinstance(type_, Scalar) and type_.kind in ("bool", "int")
