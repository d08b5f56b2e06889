"""Sums along axes, what is found along them, and products of matrices."""

from __future__ import annotations

import operator

import numpy as np

from adjoint.emit.numba import library
from adjoint.emit.numba.expressions import (
    Expressions,
    dtype_of_result,
    function_text,
    lowers,
    shape_text,
)
from adjoint.emit.numba.kinds import (
    dtype_text,
    is_flat,
    is_number,
    kind,
    need_array,
    rank,
    refuse,
)
from adjoint.ir.core import Op, Value
from adjoint.ir.types import Array, List
from adjoint.runtime import arrays


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
        raise refuse(f"this form of {function_text(op)}", op.span)
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
        raise refuse(f"{function_text(op)} of integers", op.span)
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
    return f"{function_text(op)}({e.value(given['x'])})"


@lowers(np.argmax, np.argmin)
def _argmax(e: Expressions, op: Op) -> str:
    given = e.bound(op, "x axis")
    x = given["x"]
    if rank(x) != 1 or kind(x.type) != "f":
        raise refuse(f"{function_text(op)} of more than one dimension", op.span)
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
        raise refuse(f"this form of {function_text(op)}", op.span)
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
        return f"np.full({shape_text(e, shape, op)}, {e.value(g)}, {dtype_of_result(op)})"
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
