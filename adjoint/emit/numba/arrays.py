"""Making and shaping arrays, sums along axes, products of matrices."""

from __future__ import annotations

import itertools
import operator
from typing import Any

import numpy as np

from adjoint.emit.numba import library
from adjoint.emit.numba.expressions import Expressions, lowers
from adjoint.emit.numba.kinds import (
    dtype_of,
    dtype_text,
    is_array,
    is_flat,
    is_number,
    kind,
    refuse,
)
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.types import Array, List, Range, Scalar, Struct
from adjoint.runtime import arrays, containers


def rank(value: Value) -> int:
    return len(value.type.dims) if isinstance(value.type, Array) else 0


def need_array(value: Value, op: Op) -> None:
    if not is_array(value.type):
        raise refuse(f"np.{getattr(op.target, '__name__', '?')} of a number or a list", op.span)


# Making


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


def shape_text(e: Expressions, value: Value, op: Op) -> str:
    """A shape as a tuple of integers."""
    if isinstance(value, Constant):
        python = value.value
        sizes = python if isinstance(python, (tuple, list)) else (python,)
        return f"({''.join(f'{int(n)}, ' for n in sizes)})"
    if is_number(value.type):
        return f"(int({e.value(value)}), )"
    return e.value(value)


def _dtype(e: Expressions, op: Op) -> str:
    assert isinstance(op.result.type, (Array, Scalar))
    return dtype_text(dtype_of(op.result.type))


@lowers(np.zeros, np.ones, np.empty)
def _filled(e: Expressions, op: Op) -> str:
    given = e.bound(op, "shape dtype")
    if not is_array(op.result.type):
        raise refuse("an array without dimensions", op.span)
    name = "zeros" if op.target is np.empty else op.target.__name__  # the same in each run
    return f"np.{name}({shape_text(e, given['shape'], op)}, {_dtype(e, op)})"


@lowers(np.full)
def _full(e: Expressions, op: Op) -> str:
    given = e.bound(op, "shape fill_value dtype")
    value = given["fill_value"]
    if not is_number(value.type) or not is_array(op.result.type):
        raise refuse("np.full with an array", op.span)
    return f"np.full({shape_text(e, given['shape'], op)}, {e.value(value)}, {_dtype(e, op)})"


@lowers(np.zeros_like, np.ones_like, np.empty_like)
def _like(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x dtype")
    x = given["x"]
    name = "ones" if op.target is np.ones_like else "zeros"
    if is_number(x.type):
        return {"ones": "1.0", "zeros": "0.0"}[name] if kind(op.result.type) == "f" else {
            "ones": "1", "zeros": "0"}[name]
    need_array(x, op)
    return f"np.{name}({e.value(x)}.shape, {_dtype(e, op)})"


@lowers(np.full_like)
def _full_like(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x fill_value dtype")
    need_array(given["x"], op)
    if not is_number(given["fill_value"].type):
        raise refuse("np.full_like with an array", op.span)
    return f"np.full({e.value(given['x'])}.shape, {e.value(given['fill_value'])}, {_dtype(e, op)})"


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
    return f"np.eye({e.value(given['n'])}, dtype={_dtype(e, op)})"


@lowers(np.array)
def _array(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x dtype")
    x, dtype = given["x"], _dtype(e, op)
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
    sizes, dtype = ", ".join(map(str, shape)), _dtype(e, op)
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
    if is_array(x.type) and x.type.dtype == op.result.type.dtype:  # type: ignore[union-attr]
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


# Shapes


@lowers(np.shape)
def _shape(e: Expressions, op: Op) -> str:
    (x,) = op.operands
    if is_number(x.type):
        raise refuse("the shape of a number", op.span)
    need_array(x, op)
    return f"{e.value(x)}.shape"


@lowers(np.size)
def _size(e: Expressions, op: Op) -> str:
    x, *axis = op.operands
    if is_number(x.type):
        return "1"
    need_array(x, op)
    if axis:
        return f"{e.value(x)}.shape[{e.static(axis[0], None, op)}]"
    return f"{e.value(x)}.size"


@lowers(np.transpose)
def _transpose(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axes")
    need_array(given["x"], op)
    axes = e.static(given.get("axes"), None, op)
    if axes is None:
        return f"{e.value(given['x'])}.T"
    axes = tuple(k % rank(given["x"]) for k in axes)
    return f"np.transpose({e.value(given['x'])}, {axes})"


@lowers(np.swapaxes)
def _swapaxes(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis1 axis2")
    need_array(given["x"], op)
    axes = list(range(rank(given["x"])))
    a, b = (e.static(given[k], None, op) for k in ("axis1", "axis2"))
    axes[a], axes[b] = axes[b], axes[a]
    return f"np.transpose({e.value(given['x'])}, {tuple(axes)})"


@lowers(np.moveaxis)
def _moveaxis(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x source destination")
    need_array(given["x"], op)
    n = rank(given["x"])
    a, b = (e.static(given[k], None, op) for k in ("source", "destination"))
    if not (isinstance(a, int) and isinstance(b, int)):
        raise refuse("np.moveaxis of several axes", op.span)
    order = [k for k in range(n) if k != a % n]
    order.insert(b % n, a % n)
    return f"np.transpose({e.value(given['x'])}, {tuple(order)})"


@lowers(np.reshape)
def _reshape(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x shape")
    if not is_array(given["x"].type) or not is_array(op.result.type):
        raise refuse("an array without dimensions", op.span)
    shape = shape_text(e, given["shape"], op)
    return f"np.ascontiguousarray({e.value(given['x'])}).reshape({shape})"


@lowers(np.ravel, np.ndarray.flatten)
def _ravel(e: Expressions, op: Op) -> str:
    if len(op.operands) != 1:
        raise refuse("ravel in another order", op.span)
    need_array(op.operands[0], op)
    return f"np.ascontiguousarray({e.value(op.operands[0])}).reshape((-1, ))"


@lowers(np.expand_dims)
def _expand_dims(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis")
    x, axis = given["x"], e.static(given["axis"], None, op)
    need_array(x, op)
    new, n = axis if isinstance(axis, (tuple, list)) else (axis,), rank(op.result)
    new = {k % n for k in new}
    return f"{e.value(x)}[{', '.join('None' if k in new else ':' for k in range(n))}]"


@lowers(np.squeeze)
def _squeeze(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis")
    x = given["x"]
    need_array(x, op)
    n, axis = rank(x), e.static(given.get("axis"), None, op)
    if axis is None or not is_array(op.result.type):
        raise refuse("np.squeeze without an axis", op.span)
    gone = {k % n for k in (axis if isinstance(axis, (tuple, list)) else (axis,))}
    text = e.value(x)
    sizes = "".join(f"{text}.shape[{k}], " for k in range(n) if k not in gone)
    return f"np.ascontiguousarray({text}).reshape(({sizes}))"


@lowers(np.broadcast_to)
def _broadcast_to(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x shape")
    x, shape = given["x"], given["shape"]
    if not is_array(op.result.type):
        return e.value(x)
    if is_number(x.type):
        return f"np.full({shape_text(e, shape, op)}, {e.value(x)}, {_dtype(e, op)})"
    return f"np.broadcast_to({e.value(x)}, {shape_text(e, shape, op)}).copy()"


@lowers(np.concatenate, np.stack, np.hstack, np.vstack)
def _joined(e: Expressions, op: Op) -> str:
    given = e.bound(op, "arrays axis")
    items = given["arrays"]
    if not isinstance(items.type, Struct):
        raise refuse("a list of arrays is joined", op.span)
    if not all(is_array(t) and t.dtype == op.result.type.dtype for t in items.type.items):  # type: ignore
        raise refuse("numbers or arrays of different dtypes are joined", op.span)
    if op.target in (np.hstack, np.vstack):
        return f"{_name(op)}({e.value(items)})"
    axis = e.static(given.get("axis"), 0, op)
    if axis is None:
        raise refuse("arrays are flattened and joined", op.span)
    axis %= rank(op.result)
    return f"{_name(op)}({e.value(items)}, axis={axis})"


def _name(op: Op) -> str:
    return f"np.{op.target.__name__}"


@lowers(np.diag, np.tril, np.triu)
def _diagonal(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x k")
    need_array(given["x"], op)
    if op.target is np.diag and "k" in given or rank(given["x"]) > 2:
        raise refuse(f"this form of {_name(op)}", op.span)
    if op.target is not np.diag and rank(given["x"]) != 2:
        raise refuse(f"this form of {_name(op)}", op.span)
    offset = f", {e.static(given['k'], 0, op)}" if "k" in given else ""
    made = f"{_name(op)}({e.value(given['x'])}{offset})"
    return f"{made}.copy()" if op.target is np.diag else made


# Sums, and what is found, along axes


def reduction(name: str, n: int, axes: list[int], keepdims: bool) -> tuple[str, str]:
    """The name and the text of a function that reduces an array of rank n along these axes."""
    indices = "ijklmnopq"[:n]
    kept = [k for k in range(n) if k not in axes]
    title = f"{name}_{n}d_over_{'_'.join(f'axis{k}' for k in axes)}{'_kept' if keepdims else ''}"
    sizes = [f"x.shape[{k}]" if k in kept else "1" for k in range(n) if keepdims or k in kept]
    place = [indices[k] if k in kept else "0" for k in range(n) if keepdims or k in kept]
    lines = [f"def {title}(x):"]
    if name in ("max", "min"):
        lines.append(f"    if {' or '.join(f'x.shape[{k}] == 0' for k in axes)}:")
        lines.append(f'        raise ValueError("the {name} of no elements")')
    start = {"sum": "0", "prod": "1", "max": "-np.inf", "min": "np.inf"}[name]
    if place:
        lines.append(f"    result = np.full(({', '.join(sizes)},), {start}, x.dtype)")
        target = f"result[{', '.join(place)}]"
    else:
        lines.append(f"    result = x.dtype.type({start})")
        target = "result"
    for depth, k in enumerate(range(n)):
        lines.append(f"{'    ' * (depth + 1)}for {indices[k]} in range(x.shape[{k}]):")
    inner = "    " * (n + 1)
    element = f"x[{', '.join(indices)}]"
    if name in ("sum", "prod"):
        lines.append(f"{inner}{target} {'+' if name == 'sum' else '*'}= {element}")
    else:
        sign = ">" if name == "max" else "<"
        lines.append(f"{inner}if {element} {sign} {target} or {element} != {element}:")
        lines.append(f"{inner}    {target} = {element}")
    return title, "\n".join([*lines, "    return result", ""])


def _axes(e: Expressions, given: dict[str, Value], op: Op) -> tuple[list[int], bool]:
    n = rank(given["x"])
    axis = e.static(given.get("axis"), None, op)
    keepdims = bool(e.static(given.get("keepdims"), False, op))
    if axis is None:
        return list(range(n)), keepdims
    return sorted({k % n for k in (axis if isinstance(axis, tuple) else (axis,))}), keepdims


@lowers(np.sum, np.max, np.min, np.amax, np.amin, np.prod)
def _reduced(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis dtype out keepdims")
    x = given["x"]
    if "dtype" in given or "out" in given:
        raise refuse(f"this form of {_name(op)}", op.span)
    if is_number(x.type) and kind(x.type) != "b":
        return e.value(x)
    name = {np.amax: "max", np.amin: "min"}.get(op.target, op.target.__name__)
    if isinstance(x.type, List) and is_number(x.type.element) and kind(x.type.element) == "f":
        text = e.value(x)
        if not is_flat(x.type):
            text = e.helper(library.array_of, text, "np.float64")
        return _call_reduction(e, name, text, 1, [0], False, np.dtype(np.float64))
    need_array(x, op)
    assert isinstance(x.type, Array)
    axes, keepdims = _axes(e, given, op)
    if kind(x.type) == "b" and name == "sum" and len(axes) == rank(x) and not keepdims:
        return f"np.sum({e.value(x)})"
    if kind(x.type) == "i" and name == "sum" and len(axes) == rank(x) and not keepdims:
        return f"np.sum({e.value(x)})"
    if kind(x.type) != "f":
        raise refuse(f"{_name(op)} of integers", op.span)
    if not axes:
        return f"{e.value(x)}.copy()"
    return _call_reduction(e, name, e.value(x), rank(x), axes, keepdims, x.type.dtype)


def _call_reduction(
    e: Expressions, name: str, text: str, n: int, axes: list[int], keepdims: bool, dtype: np.dtype
) -> str:
    if name == "sum" and len(axes) == n and not keepdims:
        return f"np.sum({text})"
    title, written = reduction(name, n, axes, keepdims)
    written = written.replace("x.dtype.type(", f"{dtype_text(dtype)}(")
    if dtype == np.float32:
        written = written.replace(title, f"{title}_single")
        title += "_single"
    return e.made(title, written, text)


@lowers(np.mean)
def _mean(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis dtype out keepdims")
    x = given["x"]
    if "dtype" in given or "out" in given or kind(x.type) != "f":
        raise refuse("this form of np.mean", op.span)
    if is_number(x.type):
        return e.value(x)
    need_array(x, op)
    assert isinstance(x.type, Array)
    axes, keepdims = _axes(e, given, op)
    text = e.value(x)
    count = " * ".join(f"{text}.shape[{k}]" for k in axes)
    total = _call_reduction(e, "sum", text, rank(x), axes, keepdims, x.type.dtype)
    if x.type.dtype == np.float32:
        return f"np.divide({total}, np.float32({count}))"
    return f"np.divide({total}, {count})"


@lowers(np.any, np.all)
def _any(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x")
    need_array(given["x"], op)
    return f"{_name(op)}({e.value(given['x'])})"


@lowers(np.argmax, np.argmin)
def _argmax(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis")
    x = given["x"]
    if rank(x) != 1 or kind(x.type) != "f":
        raise refuse(f"{_name(op)} of more than one dimension", op.span)
    helper = library.index_of_largest if op.target is np.argmax else library.index_of_smallest
    return e.helper(helper, e.value(x))


@lowers(np.cumsum)
def _cumsum(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis")
    x = given["x"]
    if rank(x) != 1 or kind(x.type) != "f":
        raise refuse("np.cumsum of more than one dimension", op.span)
    return f"np.cumsum({e.value(x)})"


@lowers(arrays.prod_others)
def _prod_others(e: Expressions, op: Op) -> str:
    x = op.operands[0]
    if rank(x) != 1 or kind(x.type) != "f" or len(op.operands) > 1:
        raise refuse("a product of more than one dimension", op.span)
    return e.helper(library.products_of_others, e.value(x))


@lowers(np.var, np.std)
def _variance(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x")
    need_array(given["x"], op)
    if kind(given["x"].type) != "f" or given["x"].type.dtype != np.float64:  # type: ignore
        raise refuse(f"this form of {_name(op)}", op.span)
    made = e.helper(library.variance, e.value(given["x"]))
    return made if op.target is np.var else f"np.sqrt({made})"


@lowers(arrays.sum_to)
def _sum_to(e: Expressions, op: Op) -> str:
    """The sum over axes that were broadcast, of which some are known only at run time."""
    g, shape = op.operands
    n, m = rank(g), rank(op.result)
    if is_number(g.type):
        if m == 0:
            return e.value(g)
        return f"np.full({shape_text(e, shape, op)}, {e.value(g)}, {_dtype(e, op)})"
    if m == 0:
        return f"np.sum({e.value(g)})"
    if m > n:
        return f"np.broadcast_to({e.value(g)}, {shape_text(e, shape, op)}).copy()"
    indices = "ijklmnopq"[:n]
    extra = n - m
    place = ", ".join(f"{indices[k + extra]} if shape[{k}] != 1 else 0" for k in range(m))
    title = f"sum_{n}d_to_{m}d"
    lines = [f"def {title}(g, shape):"]
    for k in range(m):
        lines.append(f"    if shape[{k}] != 1 and shape[{k}] != g.shape[{k + extra}]:")
        lines.append('        raise ValueError("the sizes do not fit")')
    lines.append("    result = np.zeros(shape, g.dtype)")
    for depth in range(n):
        lines.append(f"{'    ' * (depth + 1)}for {indices[depth]} in range(g.shape[{depth}]):")
    lines.append(f"{'    ' * (n + 1)}result[{place}] += g[{', '.join(indices)}]")
    text = "\n".join([*lines, "    return result", ""])
    return e.made(title, text, e.value(g), shape_text(e, shape, op))


# Products


@lowers(operator.matmul, np.matmul, np.dot, np.inner, np.vdot)
def _product(e: Expressions, op: Op) -> str:
    a, b = op.operands[:2]
    if len(op.operands) != 2 or op.keywords:
        raise refuse("a product with options", op.span)
    ranks = (rank(a), rank(b))
    if op.target is np.dot and 0 in ranks:
        return f"{e.weak(a, b)} * {e.weak(b, a)}"
    if kind(a.type) != "f" or kind(b.type) != "f" or a.type.dtype != b.type.dtype:  # type: ignore
        raise refuse("a product of arrays that are not both of the same floats", op.span)
    if op.target in (np.inner, np.vdot) and ranks != (1, 1):
        raise refuse("this product", op.span)
    if ranks == (3, 3) and op.target in (operator.matmul, np.matmul):
        return e.helper(library.products_of_batches, e.value(a), e.value(b))
    if ranks not in ((1, 1), (1, 2), (2, 1), (2, 2)):
        raise refuse("a product of arrays of this rank", op.span)
    return f"np.dot({e.value(a)}, {e.value(b)})"


@lowers(np.outer)
def _outer(e: Expressions, op: Op) -> str:
    a, b = op.operands
    if rank(a) != 1 or rank(b) != 1:
        raise refuse("np.outer of arrays that are no vectors", op.span)
    return f"{e.value(a)}[:, None] * {e.value(b)}[None, :]"


@lowers(np.linalg.inv, np.linalg.solve, np.linalg.det, np.linalg.cholesky)
def _linear_algebra(e: Expressions, op: Op) -> str:
    if op.keywords or rank(op.operands[0]) != 2 or any(kind(v.type) != "f" for v in op.operands):
        raise refuse(f"this form of np.linalg.{op.target.__name__}", op.span)
    if any(rank(v) not in (1, 2) for v in op.operands):
        raise refuse(f"this form of np.linalg.{op.target.__name__}", op.span)
    arguments = ", ".join(f"np.ascontiguousarray({e.value(v)})" for v in op.operands)
    return f"np.linalg.{op.target.__name__}({arguments})"


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
