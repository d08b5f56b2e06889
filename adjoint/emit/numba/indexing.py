"""Reading and writing parts of arrays and containers."""

from __future__ import annotations

import operator

import numpy as np

from adjoint.emit.numba import library
from adjoint.emit.numba.expressions import Expressions, lowers
from adjoint.emit.numba.kinds import (
    dtype_of,
    dtype_text,
    filler,
    is_array,
    is_flat,
    is_number,
    kind,
    refuse,
)
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value, python_value
from adjoint.ir.effects import may_repeat
from adjoint.ir.indexing import index_items, is_slice
from adjoint.ir.types import Array, List, Range, Scalar, Struct, Type


@lowers(operator.getitem)
def _getitem(e: Expressions, op: Op) -> str:
    base, index = op.operands
    if isinstance(base.type, Struct):
        return f"{e.value(base)}[{_item_of(base.type, index, op)}]"
    if isinstance(base.type, Array) and base.type.dims:
        inside = subscript(e, index, op)
        if inside == "...":  # of which Numba has no view
            inside = ", ".join(":" * len(base.type.dims))
        return f"{e.value(base)}[{inside}]"
    if isinstance(base.type, (List, Range)) and _is_position(index):
        return f"{e.value(base)}[{e.value(index)}]"
    if isinstance(base.type, List) and is_slice(index):
        return f"{e.value(base)}[{subscript(e, index, op)}]"
    if isinstance(base.type, Array) and isinstance(index, Constant) and index.value in ((), ...):
        return e.value(base)
    raise refuse("this subscript", op.span)


def _item_of(type_: Struct, index: Value, op: Op) -> str:
    if isinstance(index, Constant) and isinstance(index.value, (int, str, float, bool)):
        return str(type_.position(index.value))
    if isinstance(index, Constant) and type_.keys is not None and index.value in type_.keys:
        return str(type_.position(index.value))
    raise refuse("the item of a tuple or dict is known only at run time", op.span)


def _is_position(index: Value) -> bool:
    return is_number(index.type) and kind(index.type) == "i"


def subscript(e: Expressions, index: Value, op: Op) -> str:
    """The text between the brackets."""
    op_ = index.op
    if isinstance(index, Constant) and isinstance(index.value, tuple):
        parts = [_constant_part(e, p, op) for p in index.value]
        return ", ".join(parts) + ("," if len(parts) == 1 else "") if parts else "..."
    if op_ is not None and op_.target is ops.make_tuple and op_.operands:
        ranks = [len(v.type.dims) for v in op_.operands if isinstance(v.type, Array)]
        if sum(n > 0 for n in ranks) > 1 and max(ranks) > 1:
            raise refuse("a subscript of several arrays of more than one dimension", op.span)
        parts = [_part(e, v, op) for v in op_.operands]
        return ", ".join(parts) + ("," if len(parts) == 1 else "")
    return _part(e, index, op)


def _part(e: Expressions, item: Value, op: Op) -> str:
    if isinstance(item, Constant):
        return _constant_part(e, item.value, op)
    made = item.op
    if made is not None and made.target is slice:
        parts = list(made.operands)
        if len(parts) == 1:
            parts = [Constant(None), *parts]
        for part in parts:
            if not (isinstance(part, Constant) and part.value is None or _is_position(part)):
                raise refuse("a slice between such values", op.span)
        return ":".join("" if _nothing(p) else e.value(p) for p in parts)
    if _is_position(item):
        return e.value(item)
    if is_array(item.type) and kind(item.type) in ("i", "b"):
        return e.value(item)
    raise refuse("a subscript of this type", op.span)


def _constant_part(e: Expressions, python: object, op: Op) -> str:
    match python:
        case bool():
            raise refuse("a bool as a subscript", op.span)
        case None:
            return "None"
        case int() | np.integer():
            return str(int(python))
        case slice():
            parts = (python.start, python.stop, python.step)
            texts = ["" if p is None else str(int(p)) for p in parts]
            return ":".join(texts if parts[2] is not None else texts[:2])
        case np.ndarray():
            return e.array(python)
        case list():
            return e.array(np.array(python))
    if python is Ellipsis:
        return "..."
    raise refuse("a subscript of this type", op.span)


def _nothing(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


@lowers(slice)
def _slice(e: Expressions, op: Op) -> str:
    raise refuse("a slice outside of a subscript", op.span)


# Writes: statements, of which the result is the variable of the first operand


def apart(e: Expressions, value: Value, base: Value) -> str:
    """The text of what is written into the memory of `base`, as a copy if it may lie there.

    NumPy finds out whether the two overlap, and Numba does not everywhere.
    """
    text = e.value(value)
    return f"({text}).copy()" if is_array(value.type) and e.may_share(value, base) else text


def store_statements(e: Expressions, op: Op, target: str) -> list[str]:
    """`target[...] = value`, through transposes."""
    base, new, path, *arguments = op.operands
    steps = python_value(path)
    if not is_array(base.type):
        if isinstance(base.type, List) and len(steps) == 1 and _is_position(arguments[0]):
            if is_number(new.type):
                return [f"{target}[{e.value(arguments[0])}] = {_cast(e, new, base.type.element)}"]
        raise refuse("a write into a container", op.span)
    place = target
    left = list(arguments)
    for step, n in steps:
        taken, left = left[:n], left[n:]
        if step is operator.getitem:
            place += f"[{subscript(e, taken[0], op)}]"
        elif step is np.transpose and not taken:
            place += ".T"
        else:
            raise refuse("a write through such a view", op.span)
    if not steps or steps[-1][0] is not operator.getitem:
        place += "[...]"
    if not isinstance(new.type, (Scalar, Array)):
        raise refuse("a list or tuple is written into an array", op.span)
    assert isinstance(base.type, Array)
    depth = None
    if len(steps) == 1 and steps[0][0] is operator.getitem:
        depth = _rank_of_view(arguments[0], len(base.type.dims))
    looped = _loop(e, "write", "=", place, new, base, depth)
    return [looped or f"{place} = {apart(e, new, base)}"]


def _rank_of_view(index: Value, n: int) -> int | None:
    """The rank of what a single slice takes from n dimensions, beside numbers; else None.

    Rows, and views of several slices, are compiled as fast as they are written.
    """
    slices = 0
    for item in index_items(index):
        python = item.value if isinstance(item, Constant) else Ellipsis
        made = item.op if not isinstance(item, Constant) else None
        if isinstance(python, (bool, np.ndarray, list, tuple)) or is_array(item.type):
            return None
        if python is None:
            n += 1
        elif isinstance(python, (int, np.integer)):
            n -= 1
        elif isinstance(python, slice):
            slices += 1
        elif python is Ellipsis and not isinstance(item, Constant):
            if made is not None and made.target is slice:
                slices += 1
                continue
            if not _is_position(item):
                return None
            n -= 1
    return n if slices == 1 else None


def _loop(
    e: Expressions, verb: str, sign: str, place: str, new: Value, base: Value, depth: int | None
) -> str | None:
    """A call of a loop over the elements of a view: to compile `view[...] = array` takes Numba
    seconds. None where the ranks or dtypes differ."""
    if depth is None or not isinstance(new.type, Array) or not isinstance(base.type, Array):
        return None
    if len(new.type.dims) != depth or depth == 0 or new.type.dtype != base.type.dtype:
        return None
    indices = "ijklmnopq"[:depth]
    name = f"{verb}_{depth}d"
    lines = [f"def {name}(place, values):"]
    for k in range(depth):
        lines.append(f"    if values.shape[{k}] != place.shape[{k}] and values.shape[{k}] != 1:")
        lines.append('        raise ValueError("the sizes do not fit")')
    for k, i in enumerate(indices):
        lines.append(f"{'    ' * (k + 1)}for {i} in range(place.shape[{k}]):")
    read = ", ".join(f"{i} if values.shape[{k}] != 1 else 0" for k, i in enumerate(indices))
    lines.append(f"{'    ' * (depth + 1)}place[{', '.join(indices)}] {sign} values[{read}]")
    whole = place.removesuffix("[...]")  # of which Numba has no view
    return e.made(name, "\n".join([*lines, ""]), whole, apart(e, new, base))


def _cast(e: Expressions, value: Value, type_: Type) -> str:
    text = e.value(value)
    if kind(type_) == "f" and kind(value.type) != "f":
        return f"float({text})"
    return text


def addition_statements(e: Expressions, op: Op, target: str) -> list[str]:
    """`target[index] += g`, where repeated indices accumulate."""
    base, index, g = op.operands
    if isinstance(base.type, List) and is_number(base.type.element) and _is_position(index):
        return [f"{target}[{e.value(index)}] += {_cast(e, g, base.type.element)}"]
    if not is_array(base.type):
        raise refuse("a sum in a container", op.span)
    if may_repeat(index):
        return [_repeated(e, op, target)]
    assert isinstance(base.type, Array)
    place = f"{target}[{subscript(e, index, op)}]"
    depth = _rank_of_view(index, len(base.type.dims))
    looped = _loop(e, "add", "+=", place, g, base, depth)
    return [looped or f"{place} += {apart(e, g, base)}"]


def _repeated(e: Expressions, op: Op, target: str) -> str:
    base, index, g = op.operands
    items = [_as_array(item) for item in index_items(index)]
    types = [item.type for item in items]
    vectors = all(isinstance(t, Array) and len(t.dims) == 1 and t.dtype.kind == "i" for t in types)
    assert isinstance(base.type, Array)
    if vectors and len(items) == 1:
        (only,) = items
        text = e.array(only.value) if isinstance(only, Constant) else e.value(only)
        if is_number(g.type):
            return e.helper(library.add_same_at, target, text, e.value(g))
        if isinstance(g.type, Array) and len(g.type.dims) == len(base.type.dims):
            return e.helper(library.add_at, target, text, apart(e, g, base))
    if vectors and len(items) == len(base.type.dims) == 2 and isinstance(g.type, Array):
        if len(g.type.dims) == 1 and not any(isinstance(i, Constant) for i in items):
            return e.helper(
                library.add_at_pairs, target, *map(e.value, items), apart(e, g, base)
            )
    raise refuse("a sum at such indices, of which some may be equal", op.span)


def _as_array(item: Value) -> Value:
    """A list of positions that is part of the program as an array."""
    known = item.value if isinstance(item, Constant) else None
    if isinstance(known, (list, tuple)) and all(type(k) is int for k in known):
        return Constant(np.array(known, dtype=np.int64))
    return item


def replaced_item(e: Expressions, op: Op) -> str | None:
    """The sum in an item of a tuple, which is a new tuple."""
    base, index, g = op.operands
    type_ = base.type
    if not isinstance(type_, Struct) or not isinstance(index, Constant):
        return None
    k = type_.position(index.value)
    text = e.value(base)
    items = [f"{text}[{j}]" for j in range(len(type_.items))]
    if not isinstance(type_.items[k], (Scalar, Array)):
        raise refuse("a sum in a container inside of a container", op.span)
    items[k] += f" + {e.value(g)}"
    return f"({''.join(item + ', ' for item in items)})"


@lowers(ops.make_tuple, ops.make_list)
def _tuple(e: Expressions, op: Op) -> str:
    if isinstance(op.result.type, List):
        if is_flat(op.result.type):
            raise refuse("a tape is written as a list", op.span)
        if not op.operands:
            return filler(op.result.type, op.span)
        element = op.result.type.element
        return f"[{', '.join(_cast(e, v, element) for v in op.operands)}]"
    return f"({''.join(e.value(v) + ', ' for v in op.operands)})"


@lowers(ops.make_dict)
def _dict(e: Expressions, op: Op) -> str:
    return f"({''.join(e.value(v) + ', ' for v in op.operands[1:])})"


@lowers(ops.make_record)
def _record(e: Expressions, op: Op) -> str:
    return f"({''.join(e.value(v) + ', ' for v in op.operands[2:])})"


@lowers(ops.rows_to_array)
def _rows_to_array(e: Expressions, op: Op) -> str:
    rows, like = op.operands
    if not is_array(like.type) or not isinstance(rows.type, List):
        raise refuse("rows are put together to an array", op.span)
    text = e.value(rows)
    if is_number(rows.type.element):
        made = text if is_flat(rows.type) else e.helper(
            library.array_of, text, dtype_text(dtype_of(rows.type.element))
        )
        return f"{made}.reshape({e.value(like)}.shape)"
    element, whole = rows.type.element, like.type
    if isinstance(element, Array) and isinstance(whole, Array) and element.dtype == whole.dtype:
        return e.helper(library.stacked, text, e.value(like))
    raise refuse("rows are put together to an array", op.span)


@lowers(ops.join_lists)
def _joined(e: Expressions, op: Op) -> str:
    a, b = op.operands
    if not all(isinstance(v.type, List) and not is_flat(v.type) for v in (a, b, op.result)):
        raise refuse("containers are joined", op.span)
    return f"{e.value(a)} + {e.value(b)}"


@lowers(ops.pad_zeros)
def _padded(e: Expressions, op: Op) -> str:
    items, like = op.operands
    if not isinstance(items.type, List) or not isinstance(items.type.element, (Scalar, Array)):
        raise refuse("a list of containers", op.span)
    text, other, element = e.value(items), e.value(like), items.type.element
    if is_flat(items.type):
        rest = f"np.zeros(max(0, len({other}) - len({text})), {text}.dtype)"
        return f"np.concatenate(({text}, {rest}))"
    zero = f"np.zeros(item.shape, {dtype_text(element.dtype)})" if is_array(element) else "0.0"  # type: ignore[union-attr]
    return f"{text} + [{zero} for item in {other}[len({text}):]]"


@lowers(ops.reverse_list)
def _reversed(e: Expressions, op: Op) -> str:
    return f"{e.value(op.operands[0])}[::-1]"


@lowers(len)
def _len(e: Expressions, op: Op) -> str:
    (x,) = op.operands
    if isinstance(x.type, Struct):
        return str(len(x.type.items))
    if isinstance(x.type, (List, Range)) or is_array(x.type):
        return f"len({e.value(x)})"
    raise refuse("a length of this", op.span)


@lowers(range)
def _range(e: Expressions, op: Op) -> str:
    return f"range({', '.join(f'int({e.value(v)})' for v in op.operands)})"


__all__ = [
    "addition_statements", "dtype_text", "replaced_item", "store_statements", "subscript",
]  # fmt: skip
