"""Views of arrays, and writes: each becomes a new state of the object that owns the memory."""

from __future__ import annotations

import collections
import operator
from collections.abc import Sequence
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend import instances
from adjoint.frontend import objects as o
from adjoint.frontend.aliasing import check_change, check_store, is_argument, references, root_of
from adjoint.frontend.constants import constant_of
from adjoint.frontend.dispatch import expression
from adjoint.frontend.exceptions import at_item
from adjoint.frontend.lowering import Frame
from adjoint.frontend.operators import binary
from adjoint.frontend.shapes import Slot, hold, is_mutable
from adjoint.frontend.whole_numbers import static_key
from adjoint.frontend.widening import as_made, need_wider
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.effects import VIEWS, is_basic_index
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
    join,
)
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
        leak_rows(base)
    result = frame.lowering.wrap(value)
    hold(result, "it is an element of a list")
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
        hold(base, "something else may hold its items")
        hold(result, "it is an element of a list")
    elif isinstance(result, o.Ref):
        result.aliases = frozenset([root_of(base)])
        frame.pending.append(result)
    return result


def _is_row(value: Value) -> bool:
    op = value.op
    return op is not None and op.target is operator.getitem and isinstance(
        op.operands[1].type, Scalar
    )  # fmt: skip


def leak_rows(base: o.Obj) -> None:
    """Something else gets hold of the rows of a list: they are not written to any more."""
    if isinstance(base, o.Ref) and base.rows:
        hold(base, "something else holds its rows")


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
                hold(base, "it was split into parts")
                hold(result, "it is a part of another array")
            return result
    elif target in VIEWS | PARTS:
        result = frame.lowering.wrap(value)
        hold(base, "it may have views")
        hold(result, "it may be a view")
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
        many = operator.gt, frame.lowering.current(base).size, 1  # else it is a view after all
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
    if is_argument(root.value):
        lowering.stores_into_parameter = True
    base = lowering.current(root)
    if isinstance(base.type, List):
        new = _list_item(frame, root, base.type, new, path, arguments)
    else:
        new = _storable(frame, base.type, new)
    result = put(frame, base, path, arguments, new)
    result.name = base.name
    lowering.state[root] = result


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


# Assignment to subscripts


def assign_subscript(frame: Frame, target: gast.Subscript, obj: o.Obj) -> None:
    base = _flat(frame, target.value) or expression(frame, target.value)
    index = expression(frame, target.slice)
    at_item(frame, base, index, lambda: assign_item(frame, base, index, obj, target.value))


def _flat(frame: Frame, node: Any) -> o.Obj | None:
    """`A.flat` where it is written to: whatever the layout of A, it goes through to A."""
    if not (isinstance(node, gast.Attribute) and node.attr == "flat"):
        return None
    owner = expression(frame, node.value)
    if not isinstance(owner, o.Ref) or not isinstance(frame.lowering.current(owner).type, Array):
        return None
    flat = frame.lowering.builder.apply(np.ravel, frame.lowering.current(owner))
    return view(frame, owner, flat, np.ravel, [])


def assign_item(frame: Frame, base: o.Obj, index: o.Obj, obj: o.Obj, node: Any) -> None:
    """`base[index] = obj`; `node` is how the program calls `base`."""
    from adjoint.frontend.subscripts import index_object

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
                raise UnsupportedError("a deque is written at a position that only the run knows",
                                       instead="use a list")  # fmt: skip
            base = _as_run_time_list(frame, base, obj, node)
        case o.Mapping(entries) if base.kind is not set:
            key = static_key(frame, index)
            check_change(frame, base)
            lowering.change(base)
            entries[key] = obj
            return
    if not isinstance(base, o.Ref):
        raise UnsupportedError("this object does not support item assignment here")
    value = index_object(frame, index)
    if isinstance(lowering.current(base).type, List) and is_mutable(lowering.value(obj).type):
        if any(isinstance(x, o.View) and x.base is root_of(base) for _, x in references(frame)):
            raise UnsupportedError(
                "a row of a list is replaced while something refers to it",
                instead="write into the row, as in rows[i][:] = ...",
            )
        if not isinstance(obj, o.Ref) or any(x is obj for _, x in references(frame)):
            leak_rows(root_of(base))
        hold(obj, "a list holds it")
    write(frame, base, lowering.value(obj), ((operator.getitem, 1),), (value,))


def _items(frame: Frame, obj: o.Obj) -> list[o.Obj]:
    from adjoint.frontend.containers import listed_items

    return listed_items(frame, obj)


def _as_run_time_list(frame: Frame, base: o.Seq, obj: o.Obj, node: Any) -> o.Ref:
    """A list of numbers that only this name holds, as one value, to be written by position."""
    from adjoint.frontend.growing import refuse_other_references

    instead = "use a NumPy array, or constant positions"
    if not isinstance(node, gast.Name) or frame.names.get(node.id) is not base:
        raise UnsupportedError("an item is written at a position that only the run knows",
                               instead=instead)  # fmt: skip
    refuse_other_references(frame, node.id)
    values = [frame.lowering.value(item) for item in base.items]
    types: list[Type] = [v.type for v in [*values, frame.lowering.value(obj)]]
    element: Type | None = types[0]
    for type_ in types[1:]:
        element = None if element is None else join(element, type_)
    if element is None or not all(is_immutable_number(t) for t in types):
        raise UnsupportedError("an item is written at a position that only the run knows",
                               instead=instead)  # fmt: skip
    if isinstance(element, Scalar) and element.kind == "float":
        values = [Constant(float(v.value)) if isinstance(v, Constant) else v for v in values]
    made = frame.lowering.builder.emit(ops.make_list, values, List(element))
    made = as_made(frame.lowering, made)
    made.name = node.id
    ref = o.Ref(made)
    frame.names[node.id] = ref
    return ref


# Augmented assignment


def augment_subscript(frame: Frame, node: gast.AugAssign) -> None:
    """`base[index] += change`: read, computed and written in this order."""
    base = _flat(frame, node.target.value) or expression(frame, node.target.value)
    index = expression(frame, node.target.slice)
    at_item(frame, base, index, lambda: _augment_item(frame, node, base, index))


def _augment_item(frame: Frame, node: gast.AugAssign, base: o.Obj, index: o.Obj) -> None:
    from adjoint.frontend.growing import augment_container
    from adjoint.frontend.subscripts import subscript

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
        if not is_immutable_number(frame.lowering.current(old).type):
            augment_array(frame, node.op, old, change)
            return
    if isinstance(old, o.View):
        augment_array(frame, node.op, old, change)
        return
    result = binary(frame, node.op, old, change)
    assign_item(frame, base, index, result, node.target.value)


def augment_array(frame: Frame, op: Any, old: o.Ref, change: o.Obj) -> None:
    """`x += y` on an array writes into it, as everything that shares its memory sees."""
    value = frame.lowering.current(old)
    result = frame.lowering.value(binary(frame, op, o.Ref(value), change))
    if isinstance(value.type, Array) and isinstance(result.type, Array):
        if result.type.rank > value.type.rank:
            raise UnsupportedError("the result does not fit into the array it is stored in")
        # NumPy insists that the result has the shape of what it is written into
        result.type = Array(result.type.dtype, value.type.dims)
    write(frame, old, result)
