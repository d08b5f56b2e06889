"""Element-wise functions: kinds from samples of one element, sizes by broadcasting."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.callables import facts_of
from adjoint.ir.core import Constant, Value
from adjoint.ir.descriptions import described
from adjoint.ir.indexing import broadcast_dims
from adjoint.ir.infer.operands import SCALAR_SAMPLE, Args, KwArgs
from adjoint.ir.infer.oracle import evaluate, probe
from adjoint.ir.types import (
    BOOL,
    Array,
    Opaque,
    Scalar,
    Size,
    Struct,
    Type,
    Undefined,
    Unknown,
    dims_of,
    is_label,
    is_labelled,
    is_many,
    same_size,
    shift,
)


def is_elementwise(target: Any) -> bool:
    """Does this function broadcast its arguments, and work element by element?"""
    facts = facts_of(target)
    return facts is not None and facts.elementwise


_elementwise_kinds: dict[Any, tuple[Any, ...]] = {}


def elementwise(target: Any, args: Args, kwargs: KwArgs) -> Type:
    """The type of an element-wise function's result."""
    if target in (operator.eq, operator.ne) and all(is_label(v.type) for v in args):
        return BOOL
    if any(isinstance(v.type, Undefined) for v in args):
        raise UnsupportedError("a name is read that was not assigned on this path")
    if any(isinstance(v.type, Unknown) for v in args):
        return Unknown(any(is_labelled(v.type) for v in args))
    if target is np.where and len(args) == 1:
        return probe(np.nonzero, args, kwargs)
    keys = tuple(_sample_key(v) for v in args)
    extra = tuple(
        (name, v.value if isinstance(v, Constant) else None) for name, v in kwargs.items()
    )
    cache_key = (target, keys, repr(extra))
    if cache_key not in _elementwise_kinds:
        samples = [
            a.value if isinstance(a, Constant) and k[0] == "constant" else _sample_from_key(k)
            for k, a in zip(keys, args, strict=True)
        ]
        named = {n: v.value if isinstance(v, Constant) else 1.0 for n, v in kwargs.items()}
        _elementwise_kinds[cache_key] = _kinds_of(evaluate(target, samples, named))
    kinds = _elementwise_kinds[cache_key]
    if "complex" in kinds and not any(v.type == Scalar("complex") for v in args):
        raise UnsupportedError(
            "a negative number to a power that is known only at run time may be complex",
            instead="write the base as a complex number, or use np.power for nan",
        )
    shapes = [d for v in args if (d := dims_of(v.type)) is not None]
    shapes += [(len(v.type.items),) for v in args if isinstance(v.type, Struct)]
    dims = broadcast_dims(*shapes) if shapes else ()
    types = tuple(_type_from_kind(kind, dims, target, args) for kind in kinds)
    if _may_be_smaller(args, dims):
        types = tuple(replace(t, loose=True) if isinstance(t, Array) else t for t in types)
    return types[0] if len(types) == 1 else Struct(tuple, types)


def _may_be_smaller(args: Args, dims: tuple[Size, ...]) -> bool:
    """Has the result its shape of an array that may be a number when the program runs?"""
    arrays = [v.type for v in args if isinstance(v.type, Array)]
    if not any(t.loose for t in arrays):
        return False
    firm = broadcast_dims(*(t.dims for t in arrays if not t.loose), ())
    return len(firm) != len(dims) or not all(
        same_size(have, want) or is_many(have) for have, want in zip(firm, dims, strict=True)
    )


def _sample_key(value: Value) -> Any:
    match value.type:
        case Scalar(kind):
            if isinstance(value, Constant) and kind == "int" and value.value < 0:
                return "negative"  # 2 ** -1 is a float
            return kind
        case Array(dtype, dims, scalar):
            return (dtype, len(dims), scalar)
        case _ if isinstance(value, Constant):
            return ("constant", repr(value.value))
        case Struct(_, items) if all(isinstance(t, Scalar) for t in items):
            return ("row", tuple(t.kind for t in items if isinstance(t, Scalar)))
    raise UnsupportedError(f"arithmetic on {described(value.type)} is not supported")


def _sample_from_key(key: Any) -> Any:
    if key == "negative":
        return -1
    if isinstance(key, str):
        return SCALAR_SAMPLE[key]
    if key[0] == "row":
        return np.array([SCALAR_SAMPLE[k] for k in key[1]])
    dtype, rank, scalar = key
    return dtype.type(1) if scalar else np.ones((1,) * rank, dtype)


def _kinds_of(result: Any) -> tuple[Any, ...]:
    return tuple(map(_kinds_of_one, result if isinstance(result, tuple) else (result,)))


def _kinds_of_one(result: Any) -> Any:
    if isinstance(result, np.ndarray):
        return (result.dtype, False)
    if isinstance(result, np.generic):
        return (result.dtype, True)
    return type(result).__name__


def _type_from_kind(kind: Any, dims: tuple[Size, ...], target: Any, args: Args) -> Type:
    if not isinstance(kind, str):
        dtype, scalar = kind
        return Array(dtype, dims, scalar and not dims)
    if kind == "int":
        return Scalar("int", _int_size(target, args))
    if kind in ("bool", "float", "complex"):
        return Scalar(kind)
    return Opaque()


def _int_size(target: Any, args: Args) -> Size | None:
    """The symbolic value of `n + 1`, `n - 1`: slices and shapes speak of such sizes."""
    if len(args) != 2:
        return None
    a, b = (v.type.size if isinstance(v.type, Scalar) else None for v in args)
    if target is operator.add and a is not None and isinstance(b, int):
        return shift(a, b)
    if target is operator.add and isinstance(a, int) and b is not None:
        return shift(b, a)
    if target is operator.sub and a is not None and isinstance(b, int):
        return shift(a, -b)
    if target is operator.mul and a is not None and b is not None and 1 in (a, b):
        return b if a == 1 else a
    return None
