"""Making arrays and containers, and zeros like them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from adjoint.emit.numba import library
from adjoint.emit.numba.expressions import (
    Expressions,
    dtype_of_result,
    lowers,
    shape_text,
)
from adjoint.emit.numba.kinds import (
    dtype_of,
    dtype_text,
    is_array,
    is_flat,
    is_number,
    kind,
    need_array,
    rank,
    refuse,
)
from adjoint.ir import ops
from adjoint.ir.core import Op, Value
from adjoint.ir.types import Array, List, Range, Scalar, Struct
from adjoint.runtime import containers


@lowers(ops.zero)
def _zero(e: Expressions, op: Op) -> str:
    return _zeros(e, op.operands[0], op)


def _zeros(e: Expressions, like: Value, op: Op) -> str:
    return _zeros_of(like.type, e.value(like), op)


def _zeros_of(type_: Any, text: str, op: Op) -> str:
    match type_:
        case Scalar():
            return "0.0"
        case Array(dtype, dims):
            if not dims:
                return "0.0" if dtype.kind != "f" else f"{dtype_text(dtype)}(0.0)"
            number = dtype if dtype.kind == "f" else np.dtype(np.float64)
            return f"np.zeros({text}.shape, {dtype_text(number)})"
        case Struct(_, items):
            parts = [_zeros_of(t, f"{text}[{k}]", op) for k, t in enumerate(items)]
            return f"({''.join(part + ', ' for part in parts)})"
        case List(element):
            if is_flat(type_):
                return f"np.zeros(len({text}))"
            item = _zeros_of(element, "item", op)
            return f"[{item} for item in {text}]"
    raise refuse("a zero of this type", op.span)


@lowers(np.zeros, np.ones, np.empty)
def _filled(e: Expressions, op: Op) -> str:
    given = e.bound(op, "shape dtype")
    if not is_array(op.result.type):
        raise refuse("an array without dimensions", op.span)
    name = "zeros" if op.target is np.empty else op.target.__name__  # the same in each run
    return f"np.{name}({shape_text(e, given['shape'], op)}, {dtype_of_result(op)})"


@lowers(np.full)
def _full(e: Expressions, op: Op) -> str:
    given = e.bound(op, "shape fill_value dtype")
    value = given["fill_value"]
    if not is_number(value.type) or not is_array(op.result.type):
        raise refuse("np.full with an array", op.span)
    return f"np.full({shape_text(e, given['shape'], op)}, {e.value(value)}, {dtype_of_result(op)})"


@lowers(np.zeros_like, np.ones_like, np.empty_like)
def _like(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x dtype")
    x = given["x"]
    name = "ones" if op.target is np.ones_like else "zeros"
    if is_number(x.type):
        return {"ones": "1.0", "zeros": "0.0"}[name] if kind(op.result.type) == "f" else {
            "ones": "1", "zeros": "0"}[name]
    need_array(x, op)
    return f"np.{name}({e.value(x)}.shape, {dtype_of_result(op)})"


@lowers(np.full_like)
def _full_like(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x fill_value dtype")
    need_array(given["x"], op)
    if not is_number(given["fill_value"].type):
        raise refuse("np.full_like with an array", op.span)
    x, value = given["x"], given["fill_value"]
    return f"np.full({e.value(x)}.shape, {e.value(value)}, {dtype_of_result(op)})"


@lowers(np.arange)
def _arange(e: Expressions, op: Op) -> str:
    given = e.bound(op, "start stop step dtype")
    numbers = [given[k] for k in ("start", "stop", "step") if k in given]
    if any(kind(v.type) != "i" for v in numbers):
        start = e.floating(given["start"]) if "stop" in given else "0.0"
        stop = e.floating(given["stop"] if "stop" in given else given["start"])
        step = e.floating(given["step"]) if "step" in given else "1.0"
        if dtype_of(op.result.type) != np.float64:
            raise refuse("np.arange of floats as something else", op.span)
        return e.helper(library.float_range, start, stop, step)
    made = f"np.arange({', '.join(map(e.value, numbers))})"
    dtype = dtype_of(op.result.type)
    return made if dtype == np.int64 else f"{made}.astype({dtype_text(dtype)})"


@lowers(np.linspace)
def _linspace(e: Expressions, op: Op) -> str:
    given = e.bound(op, "start stop num")
    if not all(is_number(v.type) for v in given.values()):
        raise refuse("np.linspace between arrays", op.span)
    return f"np.linspace({', '.join(e.value(given[k]) for k in ('start', 'stop', 'num'))})"


@lowers(np.eye, np.identity)
def _eye(e: Expressions, op: Op) -> str:
    given = e.bound(op, "n")
    return f"np.eye({e.value(given['n'])}, dtype={dtype_of_result(op)})"


@lowers(np.array)
def _array(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x dtype")
    x, dtype = given["x"], dtype_of_result(op)
    if is_array(x.type):
        return f"{e.value(x)}.astype({dtype})"
    if is_number(x.type):
        raise refuse("an array without dimensions", op.span)
    if isinstance(x.type, List) and is_number(x.type.element):
        return e.helper(library.array_of, e.value(x), dtype)
    if isinstance(x.type, List) and is_array(x.type.element) and rank(op.result) > 1:
        return e.made(
            "rows_of",
            "def rows_of(rows, dtype):\n"
            '    if len(rows) == 0:\n        raise ValueError("no rows")\n'
            "    first = rows[0]\n"
            "    result = np.empty((len(rows),) + first.shape, dtype)\n"
            "    for k in range(len(rows)):\n        result[k] = rows[k]\n    return result\n",
            e.value(x), dtype,
        )  # fmt: skip
    if isinstance(x.type, Struct) and isinstance(op.result.type, Array):
        return _from_struct(e, e.value(x), x.type, op)
    raise refuse("np.array of such a container", op.span)


def _from_struct(e: Expressions, text: str, type_: Struct, op: Op) -> str:
    """`np.array([a, b])` of numbers, of arrays of one shape, or of lists of numbers."""
    shape: list[int] = []
    inner: Any = type_
    while isinstance(inner, Struct):
        shape.append(len(inner.items))
        if not inner.items:
            raise refuse("an empty array", op.span)
        inner = inner.items[0]
    paths = list(itertools.product(*map(range, shape)))
    leaves = []
    for path in paths:
        item: Any = type_
        for k in path:
            if not isinstance(item, Struct) or k >= len(item.items):
                raise refuse("np.array of a ragged container", op.span)
            item = item.items[k]
        if isinstance(item, Struct):
            raise refuse("np.array of a ragged container", op.span)
        leaves.append(item)
    subscripts = ["".join(f"[{k}]" for k in path) for path in paths]
    sizes, dtype = ", ".join(map(str, shape)), dtype_of_result(op)
    if any(len(getattr(leaf, "dims", ())) != len(getattr(inner, "dims", ())) for leaf in leaves):
        raise refuse("np.array of a ragged container", op.span)
    name = f"array_of_{'x'.join(map(str, shape))}{'_rows' if is_array(inner) else ''}"
    lines = [f"def {name}(items, dtype):"]
    if is_array(inner):
        first = f"items{subscripts[0]}"
        lines.append(f"    result = np.empty(({sizes},) + {first}.shape, dtype)")
        for where in subscripts:
            lines.append(f"    if items{where}.shape != {first}.shape:")
            lines.append('        raise ValueError("the shape is inhomogeneous")')
    else:
        lines.append(f"    result = np.empty(({sizes},), dtype)")
    for path, where in zip(paths, subscripts, strict=True):
        lines.append(f"    result[{', '.join(map(str, path))}] = items{where}")
    return e.made(name, "\n".join([*lines, "    return result", ""]), text, dtype)


@lowers(np.copy)
def _copy(e: Expressions, op: Op) -> str:
    x = op.operands[0]
    if is_number(x.type):
        return e.value(x)
    return f"{e.value(x)}.copy()"


@lowers(np.asarray, np.ascontiguousarray, np.asanyarray)
def _asarray(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x dtype")
    x = given["x"]
    if is_array(x.type) and dtype_of(x.type) == dtype_of(op.result.type):
        return e.value(x)
    if is_number(x.type) and is_number(op.result.type):
        return f"float({e.value(x)})" if kind(op.result.type) == "f" else e.value(x)
    if isinstance(x.type, (List, Struct)):
        return _array(e, op)
    raise refuse("np.asarray of this", op.span)


@lowers(np.astype)
def _astype(e: Expressions, op: Op) -> str:
    x = op.operands[0]
    dtype = dtype_of(op.result.type)
    if kind(x.type) == "f" and dtype.kind in "bi" and is_array(x.type) and dtype.kind == "i":
        raise refuse("an array of floats as one of integers", op.span)
    if is_array(x.type):
        return f"{e.value(x)}.astype({dtype_text(dtype)})"
    if dtype == np.float32:
        return f"np.float32({e.value(x)})"
    if dtype == np.float64:
        return f"float({e.value(x)})"
    if kind(x.type) in ("i", "b") and dtype == np.int64:
        return f"int({e.value(x)})"
    raise refuse(f"a conversion to {dtype.name}", op.span)


@lowers(np.ndarray.item)
def _item(e: Expressions, op: Op) -> str:
    if len(op.operands) == 1 and is_number(op.operands[0].type):
        return e.value(op.operands[0])
    raise refuse("the item of an array", op.span)


@lowers(list, np.ndarray.tolist)
def _list(e: Expressions, op: Op) -> str:
    x = op.operands[0]
    if isinstance(op.result.type, List) and not is_flat(op.result.type):
        if isinstance(x.type, List) or is_array(x.type) and rank(x) == 1:
            return f"[item for item in {e.value(x)}]"
        if isinstance(x.type, Range):
            return f"[item for item in {e.value(x)}]"
    if isinstance(op.result.type, Struct) and isinstance(x.type, Struct):
        return e.value(x)
    raise refuse("a list of this", op.span)


@lowers(containers.add, ops.add_containers)
def _add_containers(e: Expressions, op: Op) -> str:
    a, b = op.operands
    return _sum_of(a.type, e.value(a), e.value(b), op)


def _sum_of(type_: Any, a: str, b: str, op: Op) -> str:
    match type_:
        case Scalar() | Array():
            return f"{a} + {b}"
        case Struct(_, items):
            parts = [_sum_of(t, f"{a}[{k}]", f"{b}[{k}]", op) for k, t in enumerate(items)]
            return f"({''.join(part + ', ' for part in parts)})"
        case List(element) if is_number(element) and is_flat(type_):
            return f"{a} + {b}"
    raise refuse("a sum of lists", op.span)
