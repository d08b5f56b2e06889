"""Which exceptions an operation may raise, for operands of which types.

`errors_of` is the one place that knows. A `try` of the program asks it where control may leave, and
dead code elimination what may not be dropped.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.effects import is_pure
from adjoint.ir.indexing import index_items, is_slice
from adjoint.ir.mismatches import may_mismatch
from adjoint.ir.positions import is_position
from adjoint.ir.types import INT, Array, List, Opaque, Scalar, Size, Struct, Type, same_size

Errors = tuple[type[Exception], ...]
Args = Sequence[Value]
NOTHING: Errors = ()


def errors_of(target: Any, args: Args, named: dict[str, Value]) -> Errors:
    """The exceptions that `target(*args, **named)` may raise."""
    known = [v.value for v in [*args, *named.values()] if isinstance(v, Constant)]
    if len(known) == len(args) and not named and is_pure(target):
        return _tried(target, known)
    try:
        fact = _FACTS.get(target)
    except TypeError:
        return NOTHING
    found = fact(args) if fact is not None else NOTHING
    if ValueError not in found and may_mismatch(target, args, named):
        found = (*found, ValueError)
    return found


def errors_of_op(op: Op) -> Errors:
    return errors_of(op.target, *op.arguments()) if op.kind == "apply" else NOTHING


def _tried(target: Any, values: Sequence[Any]) -> Errors:
    """All operands are part of the program: the operation raises, or it does not."""
    try:
        with np.errstate(all="ignore"):
            target(*values)
    except Exception as error:
        return (type(error),)
    return NOTHING


# Numbers


def _are_numbers(args: Args) -> bool:
    return all(isinstance(a.type, Scalar) for a in args)


def _division(args: Args) -> Errors:
    """Python's numbers stop at a zero; those of NumPy give inf or nan."""
    divisor = args[1]
    if not _are_numbers(args) or isinstance(divisor, Constant) and divisor.value != 0:
        return NOTHING
    return (ZeroDivisionError,)


def _power(args: Args) -> Errors:
    """A zero to a negative power, and what is too large for a float."""
    base, exponent = args[:2]
    if not _are_numbers(args[:2]) or base.type.kind == exponent.type.kind == "bool":  # type: ignore[attr-defined]
        return NOTHING
    known = exponent.value if isinstance(exponent, Constant) else None
    positive = isinstance(known, (int, float)) and known >= 0
    if positive and base.type != Scalar("float") and isinstance(known, int):
        return NOTHING
    return (OverflowError,) if positive else (ZeroDivisionError, OverflowError)


def _shift(args: Args) -> Errors:
    return (ValueError,) if _are_numbers(args) and not isinstance(args[1], Constant) else NOTHING


def _whole(args: Args) -> Errors:
    """A whole number is made of what may be inf, nan or a text that is none."""
    type_ = args[0].type
    if isinstance(type_, Scalar) and type_.kind in ("int", "bool") or len(args) > 1:
        return NOTHING
    if isinstance(type_, Array) and type_.dtype.kind in "biu":
        return NOTHING
    return (ValueError, OverflowError)


def _from_text(args: Args) -> Errors:
    return (ValueError,) if args and isinstance(args[0].type, Opaque) else NOTHING


def _always(*errors: type[Exception]) -> Callable[[Args], Errors]:
    return lambda args: errors


_DOMAIN, _RANGE = _always(ValueError), _always(OverflowError)
_DOMAIN_AND_RANGE = _always(ValueError, OverflowError)


def _functions(module: Any, names: str, fact: Callable[[Args], Errors]) -> dict[Any, Any]:
    return {getattr(module, n): fact for n in names.split() if hasattr(module, n)}


# Positions


def _item(args: Args) -> Errors:
    """A position outside of the array or list; slices never are."""
    base, index = args
    if isinstance(base.type, Struct):
        return NOTHING if isinstance(index, Constant) else (IndexError,)
    if isinstance(base.type, List):
        return NOTHING if is_slice(index) else (IndexError,)
    if not isinstance(base.type, Array):
        return NOTHING
    return NOTHING if _is_inside(base.type.dims, index) else (IndexError,)


def _is_inside(dims: Sequence[Size], index: Value) -> bool:
    """Does the index certainly name elements of an array with these dimensions?"""
    items = index_items(index)
    if any(isinstance(i, Constant) and i.value is Ellipsis for i in items):
        at = next(k for k, i in enumerate(items) if isinstance(i, Constant) and i.value is ...)
        before, after = items[:at], items[at + 1 :]
        n = sum(map(_axes, after))
        tail = dims[len(dims) - n :] if n else ()
        return _all_inside(dims, before) and _all_inside(tail, after)
    return _all_inside(dims, items)


def _all_inside(dims: Sequence[Size], items: Sequence[Value]) -> bool:
    axis = 0
    for item in items:
        n = _axes(item)
        if axis + n > len(dims):
            return False
        own = dims[axis : axis + n]
        axis += n
        if is_slice(item) or n == 0:
            continue
        if isinstance(item.type, Array) and item.type.dtype.kind == "b":
            if not all(map(same_size, own, item.type.dims)):
                return False
        elif not is_position(item, own[0]):
            return False
    return True


def _axes(item: Value) -> int:
    if isinstance(item, Constant) and item.value is None:
        return 0
    if isinstance(item.type, Array) and item.type.dtype.kind == "b":
        return len(item.type.dims)
    return 1


def _store(args: Args) -> Errors:
    """A write is to a position, too."""
    path = args[2].value if isinstance(args[2], Constant) else ()
    if not path or path[-1][0] is not operator.getitem:
        return NOTHING
    return _item((args[0], args[-1])) if len(path) == 1 else (IndexError,)


def _unpack(args: Args) -> Errors:
    match args[0].type:
        case Array() | List():
            return (ValueError,)
    return NOTHING


# Arrays


def _empty(args: Args) -> Errors:
    """The largest of no elements."""
    match args[0].type:
        case Array(_, dims) if dims and not all(isinstance(d, int) and d > 0 for d in dims):
            return (ValueError,)
        case List() if len(args) == 1:
            return (ValueError,)
    return NOTHING


def _reshape(args: Args) -> Errors:
    """The elements have to fill the new shape."""
    return (ValueError,) if isinstance(args[0].type, Array) and args[0].type.dims else NOTHING


def _is_square(type_: Type) -> bool:
    return isinstance(type_, Array) and len(type_.dims) > 1 and same_size(*type_.dims[-2:])


def _square(args: Args) -> Errors:
    return NOTHING if _is_square(args[0].type) else (np.linalg.LinAlgError,)


_LINEAR = _always(np.linalg.LinAlgError)
_INDEX = _always(IndexError)

_FACTS: dict[Any, Callable[[Args], Errors]] = {
    operator.truediv: _division,
    operator.floordiv: _division,
    operator.mod: _division,
    divmod: _division,
    operator.pow: _power,
    pow: _power,
    operator.lshift: _shift,
    operator.rshift: _shift,
    int: _whole,
    round: _whole,
    float: _from_text,
    operator.getitem: _item,
    ops.store: _store,
    ops.unpack: _unpack,
    ops.drop_last: _INDEX,
    np.reshape: _reshape,
    **dict.fromkeys((max, min, np.max, np.min, np.argmax, np.argmin, np.ptp), _empty),
    **dict.fromkeys((np.take, np.take_along_axis, np.delete, np.insert), _INDEX),
    **_functions(
        math,
        "sqrt log log2 log10 log1p asin acos acosh atanh lgamma fmod remainder sin cos tan "
        "comb perm factorial isqrt sumprod",
        _DOMAIN,
    ),
    **_functions(math, "exp expm1 exp2 sinh cosh ldexp", _RANGE),
    **_functions(math, "gamma pow fsum floor ceil trunc fma", _DOMAIN_AND_RANGE),
    **_functions(
        np.linalg,
        "inv solve cholesky eigh eigvalsh eig eigvals svd svdvals pinv lstsq tensorinv "
        "tensorsolve cond",
        _LINEAR,
    ),
    **_functions(np.linalg, "det slogdet matrix_power", _square),
}  # fmt: skip

__all__ = ["INT", "Errors", "errors_of", "errors_of_op"]
