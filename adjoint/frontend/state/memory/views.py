"""Views of arrays, and writes: each becomes a new state of the object that owns the memory."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.float_lists import need_wider
from adjoint.frontend.state.kinds import check_takes_items
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import check_store, is_argument, root_of
from adjoint.frontend.state.memory.choices import memory_of, settle
from adjoint.frontend.state.memory.known_items import OF_A_LIST
from adjoint.frontend.state.memory.links import may_return
from adjoint.frontend.state.state import State
from adjoint.frontend.state.store import is_mutable
from adjoint.ir import ops
from adjoint.ir.callables import Call, Memory, Result, facts_of
from adjoint.ir.core import Constant, Value
from adjoint.ir.descriptions import described
from adjoint.ir.effects import result_of
from adjoint.ir.indexing import is_basic
from adjoint.ir.infer import is_elementwise
from adjoint.ir.ops import Path
from adjoint.ir.types import (
    Array,
    List,
    Scalar,
    Struct,
    Type,
    Unknown,
    is_immutable_number,
    is_loose,
    is_many,
    join,
)

_READ_ONLY = "NumPy gives it out read-only"
#: Where these give views, what is written through one of them is written into the array.
_RESHAPES = (np.reshape, np.ravel)


# Views


def element_of(frame: Frame, base: o.Ref, value: Value) -> o.Obj:
    """The object of `base[index]`, given its value."""
    base_type, op = frame.lowering.current(base).type, value.op
    if is_guarded(value):
        return perhaps_part(frame, base, value)
    if isinstance(base_type, (Array, Unknown)) and op is not None:
        memory = result_of(op).memory if op.target is operator.getitem else Memory.OWN
        if memory is Memory.VIEW:
            return view(frame, base, value, operator.getitem, op.operands[1:])
        if memory is Memory.OWN:
            return frame.lowering.wrap(value)
        return perhaps(frame, [base], value)
    if base.rows and is_mutable(value.type):
        if _is_row(value):
            assert value.op is not None
            return view(frame, base, value, operator.getitem, value.op.operands[1:])
        leak_rows(frame.lowering.state, base)
    result = frame.lowering.wrap(value)
    frame.lowering.state.hold(result, OF_A_LIST)
    return result


def is_guarded(value: Value) -> bool:
    """Was it tested first whether the operation raises what a `try` waits for?"""
    return value.op is not None and value.op.kind == "if"


def perhaps_part(frame: Frame, base: o.Ref, value: Value) -> o.Obj:
    """The object of a value that may share the memory of `base`."""
    result = frame.lowering.wrap(value)
    if not is_mutable(value.type):
        return result
    if isinstance(frame.lowering.current(base).type, List):
        frame.lowering.state.hold(base, "something else may hold its items")
        frame.lowering.state.hold(result, OF_A_LIST)
    elif isinstance(result, o.Ref):
        result.aliases = frozenset([root_of(base)])
        frame.pending.append(result)
    return result


def _is_row(value: Value) -> bool:
    op = value.op
    return op is not None and op.target is operator.getitem and isinstance(
        op.operands[1].type, Scalar
    )  # fmt: skip


def leak_rows(state: State, base: o.Obj) -> None:
    """Something else gets hold of the rows of a list: they are not written to any more."""
    if isinstance(base, o.Ref) and base.rows:
        state.hold(base, "something else holds its rows")


def view(
    frame: Frame,
    base: o.Ref,
    value: Value,
    target: Any,
    arguments: Sequence[Value],
    writable: bool = True,
) -> o.Obj:
    """The object of a view: one more step on the path from the root of `base`."""
    if is_immutable_number(value.type) or isinstance(value, Constant):
        return frame.lowering.wrap(value)
    root = root_of(base)
    path: Path = ((target, len(arguments)),)
    if isinstance(base, o.View):
        path = (*base.path, *path)
        arguments = [*base.arguments, *arguments]
        writable = writable and base.writable
    return o.View(
        value,
        token=base.token,
        base=root,
        path=path,
        arguments=tuple(arguments),
        seen=frame.lowering.current(root),
        writable=writable,
    )


def perhaps(frame: Frame, lenders: Sequence[o.Obj], value: Value) -> o.Obj:
    """The object of a value that may be one of these arrays, or a view of one."""
    result = frame.lowering.wrap(value)
    if isinstance(result, o.Ref) and is_mutable(value.type):
        result.aliases |= {root_of(ref) for ref in lenders if isinstance(ref, o.Ref)}
        frame.pending.append(result)
    return result


def object_of(frame: Frame, call: Call, given: Sequence[o.Obj], value: Value) -> o.Obj:
    """The object of what a call gives: an argument, a view, perhaps one, or memory of its own.

    Parameters
    ----------
    given : the objects of the arguments, those by position first.
    """
    facts = facts_of(call.target)
    made = Result(Memory.HELD, ()) if facts is None else facts.of(call)
    lenders = [obj for obj in _lenders(made, given) if _has_memory(frame, obj)]
    if made.memory is Memory.OWN or not lenders:
        return _own(frame, made, value)
    if made.memory is Memory.HELD:
        return _held(frame, lenders, value)
    if made.memory is Memory.PARTS:
        return _parts(frame, lenders, value)
    arrays = [obj for obj in lenders if isinstance(obj, o.Ref) and _is_array(frame, obj)]
    if not arrays:
        return _own(frame, made, value)  # of a list an array is made
    base = arrays[0]
    if is_guarded(value):
        return perhaps_part(frame, base, value)
    if made.memory is Memory.SAME:
        return base
    op = value.op
    simple = op is not None and op.target is call.target and not op.keywords
    if simple and op is not None and made.memory is Memory.VIEW:
        return view(frame, base, value, call.target, op.operands[1:], not made.read_only)
    if simple and op is not None and call.target in _RESHAPES:
        reshaped = _reshaped(frame, call.target, base, value, op.operands[1:])
        if reshaped is not None:
            return reshaped
    result = perhaps(frame, arrays, value)
    if not isinstance(result, o.Ref):
        return _parts(frame, arrays, value)
    if made.read_only and made.memory is Memory.VIEW:
        frame.lowering.state.hold(result, _READ_ONLY)
    return result


def _lenders(made: Result, given: Sequence[o.Obj]) -> list[o.Obj]:
    """The arguments whose memory the result may have."""
    return [given[k] for k in made.of if k < len(given)] if made.of else list(given)


def _has_memory(frame: Frame, obj: o.Obj) -> bool:
    """Can anyone see a write into this argument? Into a number nobody writes."""
    if isinstance(obj, o.Ref):
        return is_mutable(frame.lowering.current(obj).type)
    return not isinstance(obj, o.Known)


def _is_array(frame: Frame, ref: o.Ref) -> bool:
    return isinstance(frame.lowering.current(ref).type, (Array, Unknown))


def _own(frame: Frame, made: Result, value: Value) -> o.Obj:
    result = frame.lowering.wrap(value)
    if isinstance(result, o.Ref):
        result.layout = "contiguous" if made.contiguous else ""
        if made.read_only:
            frame.lowering.state.hold(result, _READ_ONLY)
    return result


def _held(frame: Frame, lenders: Sequence[o.Obj], value: Value) -> o.Obj:
    """The object of a result that may be, or hold, anything that was given."""
    result = may_return(frame.lowering.wrap(value), lenders)
    frame.pending.append(result)
    return result


def _parts(frame: Frame, lenders: Sequence[o.Obj], value: Value) -> o.Obj:
    """The object of what holds views of its arguments."""
    result = frame.lowering.wrap(value)
    for lender in lenders:
        frame.lowering.state.hold(lender, "it was split into parts")
    frame.lowering.state.hold(result, "it is a part of another array")
    return result


def _reshaped(
    frame: Frame, target: Any, base: o.Ref, value: Value, arguments: Sequence[Value]
) -> o.Obj | None:
    """The result of `reshape` or `ravel`; None where that is known only at run time."""
    layout = layout_of(base)
    if layout == "contiguous":
        return view(frame, base, value, target, arguments)
    apply, array = frame.lowering.builder.apply, frame.lowering.current(base)
    if layout == "strided" and target is np.ravel and not arguments:
        # an array with a dimension of size 1 may be contiguous all the same
        dims = array.type.dims if isinstance(array.type, Array) else ()
        if not all(map(is_many, dims)):
            thin = apply(operator.contains, array.shape, 1)
            message = "a dimension of this array has size 1, so that ravel gives a view of it"
            apply(ops.check, apply(operator.not_, thin), Constant(message))
        return o.Ref(value, layout="contiguous")
    result = frame.lowering.wrap(value)
    if isinstance(result, o.Ref):
        root = root_of(base)
        result.aliases = frozenset([root])
        result.undecided = root.value if is_argument(root.value) and not root.layout else None
        frame.pending.append(result)
        return result
    return None


def layout_of(ref: o.Ref) -> str:
    """How an array lies in memory: "contiguous", "strided" or (unknown) ""."""
    if ref.layout:
        return ref.layout
    if isinstance(ref, o.View):
        return _layout_of_view(ref)
    if isinstance(ref, o.Either):
        layouts = {"" if member is None else layout_of(member) for member in ref.members}
        return layouts.pop() if len(layouts) == 1 else ""
    op, type_ = ref.value.op, ref.value.type
    fresh = op is not None and op.kind == "apply" and is_elementwise(op.target)
    fresh = fresh and op is not None and result_of(op).is_own
    return "contiguous" if fresh and isinstance(type_, Array) and type_.rank == 1 else ""


def _layout_of_view(ref: o.View) -> str:
    """That of a view of a contiguous array, by one step."""
    base = ref.base.value.type
    if layout_of(ref.base) != "contiguous" or len(ref.path) != 1 or not isinstance(base, Array):
        return ""
    (target, _), arguments = ref.path[0], ref.arguments
    if target is np.transpose and not arguments and base.rank == 2:
        return "contiguous" if 1 in base.dims else "strided"
    if target in _RESHAPES:
        return "contiguous"
    if target is not operator.getitem:
        return ""
    index = arguments[0]
    if isinstance(index, Constant) and isinstance(index.value, slice):
        step = index.value.step
        return "contiguous" if step in (None, 1) else "strided" if base.rank == 1 else ""
    return "contiguous" if isinstance(index.type, Scalar) and index.type.kind == "int" else ""


# Writes


def write(frame: Frame, ref: o.Ref, new: Value, path: Path = (), arguments: Any = ()) -> None:
    """Set what `path` leads to from `ref` (all of it, without one) to `new`."""
    check_store(frame, ref)
    if path:
        check_takes_items(frame, ref)
    if isinstance(ref, o.View):
        if not ref.writable:
            raise UnsupportedError("this writes into an array that NumPy gives out read-only")
        path, arguments = (*ref.path, *path), (*ref.arguments, *arguments)
    root, lowering = root_of(ref), frame.lowering
    if not isinstance(ref, o.View) and _is_whole(lowering.current(ref), path, arguments):
        path, arguments = (), ()
    base = lowering.operand(root)
    kept: Type = base.type
    if isinstance(base.type, List):
        new, kept = _list_item(frame, root, base.type, new, path, arguments)
    else:
        new = _storable(frame, base.type, new)
    changed = not path and _is_changed(new, base)
    result = new if changed else put(frame, base, path, arguments, new)
    if kept != base.type:
        result.type = kept
    result.name = base.name
    lowering.stored += [m.value for m in memory_of(root) if is_argument(m.value)]
    settle(lowering.state, root, result, functools.partial(_put_part, frame))


def _is_changed(new: Value, base: Value) -> bool:
    """Is this the array itself with something added to a part of it, by `np.add.at`?"""
    op = new.op
    if op is None or op.target is not ops.index_add or op.operands[0] is not base:
        return False
    return new.type == base.type and not is_loose(base.type)


def _put_part(frame: Frame, base: Value, part: o.View, new: Value) -> Value:
    return put(frame, base, part.path, part.arguments, new)


def _is_whole(array: Value, path: Path, arguments: Sequence[Value]) -> bool:
    """Is this the one element of an array of rank 0, as `x[...]` and `x[()]` are?"""
    if not isinstance(array.type, Array) or array.type.dims:
        return False
    return all(target is operator.getitem for target, _ in path) and all(map(is_basic, arguments))


def put(frame: Frame, base: Value, path: Path, arguments: Sequence[Value], new: Value) -> Value:
    """`base` with the view at `path` set to `new`.

    A reshape in between is undone again: only where it gives a view could it be written through.
    """
    place = 0
    for k, (target, n) in enumerate(path):
        if target in _RESHAPES:
            outer = (path[:k], arguments[:place])
            part: Any = ops.follow(base, *outer)
            flat = ops.follow(part, path[k : k + 1], arguments[place : place + n])
            changed = put(frame, flat, path[k + 1 :], arguments[place + n :], new)
            whole: Value = np.reshape(changed, part.shape)  # type: ignore[call-overload]
            return put(frame, base, *outer, whole) if k else whole
        place += n
    return frame.lowering.builder.apply(ops.store, base, new, Constant(path), *arguments)


def _storable(frame: Frame, base: Type, new: Value) -> Value:
    if isinstance(new.type, (Struct, List)) and not isinstance(new, Constant):
        new = frame.lowering.builder.apply(np.array, new)
    if _kind(Value(base)) == "O":
        raise UnsupportedError("arrays of objects have no derivative",
                               instead="use a list, or an array of floats")  # fmt: skip
    kinds = "biufc"
    have, want = _kind(new), _kind(Value(base))
    if have in kinds and want in kinds:
        floats = have in "fc" and want not in "fc"
        if floats or have == "c" and want != "c":
            raise UnsupportedError(
                "a number is written into an array of another kind, which cuts off a part of it",
                instead="make the array with dtype=float (or complex)",
            )
    return new


def _kind(value: Value) -> str:
    match value.type:
        case Array(dtype):
            return str(dtype.kind)
        case Scalar(kind):
            return {"bool": "b", "int": "i", "float": "f", "complex": "c"}[kind]
    if isinstance(value, Constant) and isinstance(value.value, (list, tuple)):
        return str(np.asarray(value.value).dtype.kind)
    return " "


def _innermost_is_number(type_: Type) -> bool:
    while isinstance(type_, List):
        type_ = type_.element
    return is_immutable_number(type_)


def _list_item(
    frame: Frame, root: o.Ref, base: List, new: Value, path: Path, arguments: Sequence[Value]
) -> tuple[Value, Type]:
    """What is written into a list, and the type of the list from then on."""
    element: Type | None = base
    for target, index in zip(path, arguments, strict=False):
        if isinstance(element, Array):
            return _storable(frame, element, new), base
        whole = isinstance(element, List) and isinstance(index.type, Scalar)
        element = element.element if whole else None  # type: ignore[union-attr]
        if target[0] is not operator.getitem:
            element = None
    if isinstance(element, Array) and not element.scalar and len(path) > 1:
        return _storable(frame, element, new), base
    joined = None if element is None else join(element, new.type)
    if joined is None or joined != element:
        need_wider(frame.lowering, root, len(path), new.type)
        if joined is not None and len(path) == 1 and _innermost_is_number(joined):
            return new, replace(base, element=joined)
        raise UnsupportedError(
            f"{described(new.type)} is written into a list of which each item is "
            f"{described(base.element)}",
            instead="begin with a list of floats, or use a NumPy array",
        )
    return new, base
