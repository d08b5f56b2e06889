"""The types of values in machine code, how they are written, and those that there are none for."""

from __future__ import annotations

import numpy as np

from adjoint.errors import Span, UnsupportedError
from adjoint.ir.core import Op, Value
from adjoint.ir.descriptions import described
from adjoint.ir.types import Array, List, Opaque, Range, Scalar, Struct, Type, Undefined, is_rank0

#: Numbers of these dtypes are computed as NumPy computes them.
DTYPES = {np.dtype(t) for t in (np.float64, np.float32, np.int64, np.bool_)}


def refuse(reason: str, span: Span | None, instead: str | None = None) -> UnsupportedError:
    """The refusal of a program that runs in NumPy and cannot be compiled to machine code."""
    remedy = instead or 'use backend="numpy", or fallback=True to do so wherever this happens'
    return UnsupportedError(f"the back end 'numba' cannot compile this: {reason}", span, remedy)


def check_type(type_: Type, span: Span | None) -> None:
    """Refuse a type that has no counterpart in machine code."""
    match type_:
        case Scalar("bool" | "int" | "float") | Range() | Undefined():
            return
        case Array(dtype, _, _, loose):
            if loose:
                raise refuse("a value is an array or a number, depending on the run", span)
            if dtype not in DTYPES:
                raise refuse(f"arrays of dtype {dtype.name}", span)
            return
        case Struct(_, items):
            for item in items:
                check_type(item, span)
            return
        case List(element):
            check_type(element, span)
            return
    raise refuse(f"a value of type {type_}", span)


def is_array(type_: Type) -> bool:
    return isinstance(type_, Array) and bool(type_.dims)


def rank(value: Value) -> int:
    return len(value.type.dims) if isinstance(value.type, Array) else 0


def need_array(value: Value, op: Op) -> None:
    if not is_array(value.type):
        raise refuse(f"np.{getattr(op.target, '__name__', '?')} of a number or a list", op.span)


def is_number(type_: Type) -> bool:
    return is_rank0(type_)


def kind(type_: Type) -> str:
    """The kind of a number, or of an array's elements: b, i or f."""
    if isinstance(type_, Scalar):
        return type_.kind[0]
    return type_.dtype.kind if isinstance(type_, Array) else ""


def is_single(type_: Type) -> bool:
    return isinstance(type_, Array) and type_.dtype == np.float32


def is_flat(type_: Type) -> bool:
    """Is this list a tape of numbers, which is kept in a typed array?"""
    return isinstance(type_, List) and type_.tape and is_number(type_.element)


def dtype_of(type_: Type) -> np.dtype:
    if isinstance(type_, Array):
        return type_.dtype
    assert isinstance(type_, Scalar)
    return np.dtype({"bool": np.bool_, "int": np.int64, "float": np.float64}[type_.kind])


def dtype_text(dtype: np.dtype) -> str:
    return "np.bool_" if dtype.kind == "b" else f"np.{dtype.name}"


def filler(type_: Type, span: Span | None) -> str:
    """A value of the type, in the place of one that no path has assigned and nobody reads."""
    match type_:
        case Undefined():
            return "0"
        case Scalar(name):
            return {"bool": "False", "int": "0", "float": "0.0"}[name]
        case Array(dtype, dims):
            if not dims:
                return "False" if dtype.kind == "b" else f"{dtype_text(dtype)}(0)"
            return f"np.empty(({', '.join('0' for _ in dims)},), {dtype_text(dtype)})"
        case Struct(_, items):
            return f"({''.join(filler(t, span) + ', ' for t in items)})"
        case List(element) if is_flat(type_):
            return f"np.empty(0, {dtype_text(dtype_of(element))})"
        case List(element):
            return f"[{filler(element, span)} for _ in range(0)]"
    raise refuse(f"{described(type_)} that only some path assigns", span)


def converted(text: str, source: Type, target: Type, span: Span | None) -> str:
    """The text of a value where two paths meet, in the type of both."""
    if isinstance(source, Undefined):
        return filler(target, span)
    if isinstance(target, Undefined) or source == target:
        return text
    if is_number(source) and is_number(target):
        if dtype_of(source) == dtype_of(target):
            return text
        if is_single(target):
            return f"np.float32({text})"
        return f"{ {'b': 'bool', 'i': 'int', 'f': 'float'}[kind(target)] }({text})"
    if isinstance(source, Array) and isinstance(target, Array):
        if len(source.dims) != len(target.dims):
            raise refuse("a value has another rank on another path", span)
        if source.dtype != target.dtype:
            return f"({text}).astype({dtype_text(target.dtype)})"
        return text
    if isinstance(source, Struct) and isinstance(target, Struct):
        parts = [
            converted(f"{text}[{k}]", a, b, span)
            for k, (a, b) in enumerate(zip(source.items, target.items, strict=True))
        ]
        if all(part == f"{text}[{k}]" for k, part in enumerate(parts)):
            return text
        return f"({''.join(part + ', ' for part in parts)})"
    if isinstance(source, List) and isinstance(target, List):
        if str(source.element) == str(target.element) and is_flat(source) == is_flat(target):
            return text
    if isinstance(source, Opaque) and source == target:
        return text
    raise refuse("a value has another type on another path", span)


__all__ = [
    "check_type", "converted", "dtype_of", "dtype_text", "filler", "is_array", "is_flat",
    "is_number", "is_single", "kind", "need_array", "rank", "refuse",
]  # fmt: skip
