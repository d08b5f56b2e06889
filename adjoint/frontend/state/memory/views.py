"""Views of arrays, and writes: each becomes a new state of the object that owns the memory."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.float_lists import need_wider
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.aliasing import check_store, is_argument, root_of
from adjoint.frontend.state.memory.choices import memory_of, settle
from adjoint.frontend.state.state import State
from adjoint.frontend.state.store import is_mutable
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.effects import VIEWS, is_basic_index
from adjoint.ir.infer import is_elementwise
from adjoint.ir.ops import Path
from adjoint.ir.types import Array, List, Scalar, Struct, Type, Unknown, is_immutable_number, join
from adjoint.rules import is_inactive, rule_for

#: Their results always are views of the first argument.
STEPS: frozenset[Any] = frozenset({
    np.transpose, np.swapaxes, np.expand_dims, np.squeeze, np.moveaxis, np.flip, np.fliplr,
    np.flipud, np.rot90, np.matrix_transpose, np.permute_dims, np.rollaxis,
})  # fmt: skip
READ_ONLY: frozenset[Any] = frozenset({np.broadcast_to, np.diagonal})
RESHAPES: frozenset[Any] = frozenset({np.reshape, np.ravel})
#: Their results are arrays of their own, in C order.
CONSTRUCTORS: frozenset[Any] = frozenset({
    np.zeros, np.ones, np.empty, np.full, np.arange, np.linspace, np.eye, np.identity,
})  # fmt: skip
PARTS: frozenset[Any] = frozenset({
    np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit, np.broadcast_arrays, np.unstack,
    list,
})  # fmt: skip


# Views


def element_of(frame: Frame, base: o.Ref, value: Value) -> o.Obj:
    """The object of `base[index]`, given its value."""
    base_type = frame.lowering.current(base).type
    if is_guarded(value):
        return perhaps_part(frame, base, value)
    if isinstance(base_type, (Array, Unknown)) and value.op is not None:
        if value.op.target is operator.getitem and is_basic_index(value.op):
            return view(frame, base, value, operator.getitem, value.op.operands[1:])
        return frame.lowering.wrap(value)
    if base.rows and is_mutable(value.type):
        if _is_row(value):
            assert value.op is not None
            return view(frame, base, value, operator.getitem, value.op.operands[1:])
        leak_rows(frame.lowering.state, base)
    result = frame.lowering.wrap(value)
    frame.lowering.state.hold(result, "it is an element of a list")
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
        frame.lowering.state.hold(result, "it is an element of a list")
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


def result_of(frame: Frame, target: Any, base: o.Obj, value: Value) -> o.Obj:
    """The object of `target(base, ...)`: the same, a view, perhaps one, or memory of its own."""
    if isinstance(base, o.Ref) and isinstance(frame.lowering.current(base).type, (Array, Unknown)):
        op = value.op
        simple = op is not None and not op.keywords
        if is_guarded(value):
            return perhaps_part(frame, base, value)
        if target in STEPS | READ_ONLY and op is not None and simple:
            return view(frame, base, value, target, op.operands[1:], target in STEPS)
        if target in RESHAPES and op is not None and simple:
            reshaped = _reshaped(frame, target, base, value, op.operands[1:])
            if reshaped is not None:
                return reshaped
        if target is np.asarray and op is not None and len(op.operands) == 1:
            return base
        if target in VIEWS | PARTS:
            result = frame.lowering.wrap(value)
            if isinstance(result, o.Ref) and target not in PARTS:
                result.aliases = frozenset([root_of(base)])
                frame.pending.append(result)
            else:
                frame.lowering.state.hold(base, "it was split into parts")
                frame.lowering.state.hold(result, "it is a part of another array")
            return result
    elif target in VIEWS | PARTS:
        result = frame.lowering.wrap(value)
        frame.lowering.state.hold(base, "it may have views")
        frame.lowering.state.hold(result, "it may be a view")
        return result
    result = frame.lowering.wrap(value)
    if isinstance(result, o.Ref):
        result.layout = "contiguous" if target in CONSTRUCTORS else ""
    return result


def _reshaped(
    frame: Frame, target: Any, base: o.Ref, value: Value, arguments: Sequence[Value]
) -> o.Obj | None:
    """The result of `reshape` or `ravel`; None where only the run knows if it is a view."""
    layout = layout_of(base)
    if layout == "contiguous":
        return view(frame, base, value, target, arguments)
    if layout == "strided" and target is np.ravel and not arguments:
        many = operator.gt, frame.lowering.operand(base).size, 1  # else it is a view after all
        frame.lowering.builder.apply(
            ops.check,
            frame.lowering.builder.apply(*many),
            Constant("the array has too few elements: ravel gives a view of it"),
        )
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
    return "contiguous" if fresh and isinstance(type_, Array) and type_.rank == 1 else ""


def _layout_of_view(ref: o.View) -> str:
    """That of a view of a contiguous array, by one step."""
    base = ref.base.value.type
    if layout_of(ref.base) != "contiguous" or len(ref.path) != 1 or not isinstance(base, Array):
        return ""
    (target, _), arguments = ref.path[0], ref.arguments
    if target is np.transpose and not arguments and base.rank == 2:
        return "strided"
    if target in RESHAPES:
        return "contiguous"
    if target is not operator.getitem:
        return ""
    index = arguments[0]
    if isinstance(index, Constant) and isinstance(index.value, slice):
        step = index.value.step
        return "contiguous" if step in (None, 1) else "strided" if base.rank == 1 else ""
    return "contiguous" if isinstance(index.type, Scalar) else ""


def may_be_given(target: Any, value: Value) -> bool:
    """May a function that is no view by its name give back (a part of) what it was given?"""
    if target is np.einsum:  # it transposes, and takes diagonals, without a copy
        return value.op is not None and len(value.op.operands) == 2
    known = isinstance(target, np.ufunc) or rule_for(target) is not None or is_inactive(target)
    return not known and target not in CONSTRUCTORS


# Writes


def write(frame: Frame, ref: o.Ref, new: Value, path: Path = (), arguments: Any = ()) -> None:
    """Set what `path` leads to from `ref` (all of it, without one) to `new`."""
    check_store(frame, ref)
    if isinstance(ref, o.View):
        if not ref.writable:
            raise UnsupportedError("this writes into an array that NumPy gives out read-only")
        path, arguments = (*ref.path, *path), (*ref.arguments, *arguments)
    root, lowering = root_of(ref), frame.lowering
    if not isinstance(ref, o.View) and isinstance(lowering.current(ref).type, Array):
        if lowering.current(ref).ndim == 0:
            path, arguments = (), ()
    base = lowering.operand(root)
    if isinstance(base.type, List):
        new = _list_item(frame, root, base.type, new, path, arguments)
    else:
        new = _storable(frame, base.type, new)
    result = put(frame, base, path, arguments, new)
    result.name = base.name
    lowering.stored += [m.value for m in memory_of(root) if is_argument(m.value)]
    settle(lowering.state, root, result, functools.partial(_put_part, frame))


def _put_part(frame: Frame, base: Value, part: o.View, new: Value) -> Value:
    return put(frame, base, part.path, part.arguments, new)


def put(frame: Frame, base: Value, path: Path, arguments: Sequence[Value], new: Value) -> Value:
    """`base` with the view at `path` set to `new`.

    A reshape in between is undone again: only where it gives a view could it be written through.
    """
    place = 0
    for k, (target, n) in enumerate(path):
        if target in RESHAPES:
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


def _list_item(
    frame: Frame, root: o.Ref, base: List, new: Value, path: Path, arguments: Sequence[Value]
) -> Value:
    element: Type | None = base
    for target, index in zip(path, arguments, strict=False):
        if isinstance(element, Array):
            return _storable(frame, element, new)
        whole = isinstance(element, List) and isinstance(index.type, Scalar)
        element = element.element if whole else None  # type: ignore[union-attr]
        if target[0] is not operator.getitem:
            element = None
    if isinstance(element, Array) and not element.scalar and len(path) > 1:
        return _storable(frame, element, new)
    if element is None or join(element, new.type) != element:
        need_wider(frame.lowering, root, len(path), new.type)
        raise UnsupportedError(
            f"a value of type {new.type} is written into a list of {base.element}",
            instead="begin with a list of floats, or use a NumPy array",
        )
    return new
