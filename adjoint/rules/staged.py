"""Functions for rules, instead of raw constructors and `math`, which dispatch never sees.

Every function here works on arrays and numbers as it is, and on IR values by recording itself.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.callables import facts_of
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.indexing import items_of, python_argument
from adjoint.ir.staging import stage
from adjoint.ir.types import (
    Array,
    List,
    Scalar,
    Size,
    Struct,
    Unknown,
    dims_of,
    is_loose,
    is_rank0,
    proven_equal,
    proven_many,
)
from adjoint.runtime.arrays import sum_to


def call(target: Any, *args: Any, **kwargs: Any) -> Any:
    """`target(*args)`, recorded when an argument is an IR value."""
    if has_values([*args, *kwargs.values()]):
        return stage(target, *args, **kwargs)
    return target(*args, **kwargs)


def has_values(items: Any) -> bool:
    return any(
        isinstance(i, Value) or isinstance(i, (tuple, list)) and has_values(i) for i in items
    )


def given(**options: Any) -> dict[str, Any]:
    """The options that are not None, so that a call shows no defaults."""
    return {name: value for name, value in options.items() if value is not None}


def is_python_number(x: Any) -> bool:
    """Is `x` a Python number, for which `math` and plain operators are the fast way?"""
    if isinstance(x, Value):
        return isinstance(x.type, Scalar)
    return isinstance(x, (int, float, complex)) and not isinstance(x, np.generic)


def select(condition: Any, a: Any, b: Any) -> Any:
    """`a if condition else b` on scalars, `np.where` on arrays."""
    values = [v for v in (condition, a, b) if isinstance(v, Value)]
    if not values:
        if np.ndim(condition) == 0:
            return a if condition else b
        return np.where(condition, a, b)
    if all(is_rank0(v.type) for v in values):
        return stage(ops.select, condition, _alike(a, b), _alike(b, a))
    return stage(np.where, condition, a, b)


def _alike(number: Any, other: Any) -> Any:
    """A number as the other arm is: both arms of a scalar `select` have one type."""
    type_ = other.type if isinstance(other, Value) else None
    if isinstance(number, (int, float)) and isinstance(type_, Array):
        if type_.dtype in (np.float32, np.float16) or type_.dtype == float and not type_.scalar:
            return type_.dtype.type(number)
    return number


def equal(a: Any, b: Any) -> Any:
    return call(operator.eq, a, b)


def both(a: Any, b: Any) -> Any:
    return call(operator.and_, a, b)


def sign(x: Any) -> Any:
    """The sign with sign(0) = 0; on Python numbers without a detour through NumPy."""
    if is_python_number(x):
        return call(operator.sub, x > 0, x < 0)
    return np.sign(x)


def shape_of(x: Any) -> Any:
    """The shape of an operand that may be a plain number; staged where known only at run time."""
    if isinstance(x, Constant):
        return np.shape(x.value)
    return x.shape if isinstance(x, Value) else np.shape(x)


def rank_of(x: Any) -> int:
    if isinstance(x, Constant):
        return np.ndim(x.value)
    return x.ndim if isinstance(x, Value) else np.ndim(x)


def as_array(x: Any) -> Any:
    """An operand that may be a list of numbers, as an array."""
    kind = x.type if isinstance(x, Value) else x
    return call(np.asarray, x) if isinstance(kind, (Struct, List, list, tuple)) else x


def arguments_of(op: Op) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call as its rule sees them: what is part of the program is Python's.

    A list is an array, where NumPy makes one of it.
    """
    positional, named = op.arguments()
    facts = facts_of(op.target)
    args = [python_argument(v) for v in positional]
    for k, given in enumerate(args):
        if facts is not None and facts.takes_array(k):
            args[k] = np.asarray(given) if isinstance(given, (list, tuple)) else as_array(given)
    return args, {k: python_argument(v) for k, v in named.items()}


def by_items(x_bar: Any, x: Any) -> Any:
    """The cotangent of a sequence of numbers in its own form."""
    if isinstance(x, Value) and isinstance(x.type, Struct):
        return [x_bar[k] for k in range(len(x))]
    return call(list, x_bar) if not isinstance(x, Value) or isinstance(x.type, List) else x_bar


def sizes_of(x: Any) -> tuple[Any, ...]:
    """The shape as a tuple, of staged sizes where known only at run time."""
    return tuple(shape_of(x)[k] for k in range(rank_of(x)))


def zeros(shape: Any, dtype: Any) -> Any:
    return call(np.zeros, shape, dtype=dtype)


def eye(*sizes: Any) -> Any:
    """The identity as a mask, of sizes (and with a diagonal) that may be staged."""
    return call(np.eye, *sizes, dtype=bool)


def is_complex(x: Any) -> bool:
    """Is `x` known to be complex? What is not known at all is taken to be real."""
    if not isinstance(x, Value):
        return np.iscomplexobj(x)
    if isinstance(x.type, Array):
        return x.type.dtype.kind == "c"
    return isinstance(x.type, Scalar) and x.type.kind == "complex"


def conj(x: Any) -> Any:
    """The complex conjugate, which leaves no trace in the text where `x` is real."""
    return np.conj(x) if is_complex(x) else x


def parts_of(y_bar: Any) -> list[Any]:
    """The cotangents of a function's several results; None for those that are zero."""
    if not isinstance(y_bar, Value):
        return list(y_bar)
    parts = items_of(y_bar) or [y_bar[k] for k in range(len(y_bar))]
    return [None if p.op is not None and p.op.target is ops.zero else p for p in parts]


def count(x: Any, axis: Any) -> Any:
    """How many elements a reduction over `axis` sums."""
    if axis is None or rank_of(x) == 0:
        return x.size if isinstance(x, Value) else np.size(x)
    axes = axis if isinstance(axis, tuple) else (axis,)
    shape = shape_of(x)
    total = shape[axes[0]]
    for each in axes[1:]:
        total = total * shape[each]
    return total


def keep(y: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """A reduction's result or cotangent with the reduced axes put back as ones."""
    if axis is None or keepdims:
        return y
    rank = rank_of(x)
    if rank == 0:  # NumPy takes axis=0 of a number as well
        return y
    axes = axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(sorted(a % rank for a in axes))
    return np.expand_dims(y, axes[0] if len(axes) == 1 else axes)


def along(part: Any, axis: int, rank: int) -> Any:
    """The index that takes `part` along one of the axes of an array of that rank."""
    axis = axis % rank
    return part if axis == 0 else (slice(None),) * axis + (part,)


def fit(g: Any, like: Any) -> Any:
    """The cotangent `g` summed and cast to the shape and dtype of the operand `like`.

    Broadcasting repeats an element; its transpose sums over the repetitions (Griewank and Walther,
    Evaluating Derivatives, section 3.2). Which axes these are is decided here at compile time, and
    asked at run time only where a size is unknown.
    """
    if not isinstance(like, Value):
        if is_complex(g) and not is_complex(like):
            g = np.real(g)
        return sum_to(np.asarray(g), np.shape(like)).astype(np.asarray(like).dtype)
    if not isinstance(g, Value):
        g = Constant(g)
    return _cast(_unbroadcast(g, like), like)


def _unbroadcast(g: Value, like: Value) -> Any:
    have, want = dims_of(g.type), dims_of(like.type)
    if isinstance(like.type, Scalar):
        if isinstance(g.type, Unknown):
            return stage(np.sum, g)
        if isinstance(g.type, Array) and not have and not g.type.scalar:
            kind = complex if g.type.dtype.kind == "c" else float
            return stage(kind, g)  # an array of rank 0
        return stage(np.sum, g) if have else g
    if g.op is not None and g.op.target is np.broadcast_to:
        if g.op.operands[1].op is not None and g.op.operands[1].op.operands[0] is like:
            return g  # it was broadcast to this very shape
    if want is None and isinstance(g, Constant):
        return g  # the seed of a result that has to be a scalar
    if have is None or want is None:
        return stage(sum_to, g, like.shape)
    if not want:
        loose = isinstance(g.type, Array) and not g.type.scalar
        if isinstance(like.type, Array) and like.type.scalar and loose and not have:
            return stage(np.sum, g)  # an array of rank 0, or a number that a loop begins with
        return stage(np.sum, g) if have else g
    if len(have) < len(want):  # leading axes of size 1 fit where an array is stored
        return stage(sum_to if have else np.broadcast_to, g, like.shape)
    if is_loose(like.type) or is_loose(g.type):  # how much is summed, the run decides
        return stage(sum_to, g, stage(np.shape, like))
    extra = len(have) - len(want)
    if any(map(_undecided, have[extra:], want)):
        return stage(sum_to, g, like.shape)
    if extra:
        g = stage(np.sum, g, axis=0 if extra == 1 else tuple(range(extra)))
    kept = [k for k, (h, w) in enumerate(zip(have[extra:], want, strict=True)) if w == 1 != h]
    if kept:
        g = stage(np.sum, g, axis=kept[0] if len(kept) == 1 else tuple(kept), keepdims=True)
    return g


def _undecided(have: Size, want: Size) -> bool:
    """Could this dimension be 1 in the operand and more in the cotangent, for all we know?"""
    return want != 1 and not proven_equal(have, want) and not proven_many(want) and have != 1


def _cast(g: Any, like: Value) -> Any:
    if isinstance(like.type, Scalar) and like.type.kind != "complex" and is_complex(g):
        return np.real(g)
    if not isinstance(like.type, Array) or isinstance(g, Constant):
        return g
    want = like.type.dtype
    if isinstance(g.type, Scalar) and g.type.kind == "float" and want not in (float, complex):
        # As the value is: in the list of its cotangents, `+=` would write into an array.
        return g.astype(want) if like.type.scalar else stage(np.asarray, g, dtype=want)
    if isinstance(g.type, Scalar) and want.kind == "f" and g.type.kind == "complex":
        return stage(np.real, g)
    if isinstance(g.type, Array) and g.type.dtype != want:
        if g.type.dtype.kind == "c" and want.kind == "f":
            g = stage(np.real, g)
            if g.type.dtype == want:
                return g
        if want.kind in "fc":
            return g.astype(want)
    return g
