"""Which exceptions an operation may raise, for operands of which types.

`errors_of` is the one place that knows. A `try` of the program asks it where control may leave,
and dead code elimination what may not be dropped.

>>> # errors_of(operator.truediv, (x: float, y: float))   is (ZeroDivisionError,)
>>> # errors_of(operator.truediv, (x: float, 2.0))        is ()
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.effects import is_pure
from adjoint.ir.indexing import index_items, is_slice
from adjoint.ir.mismatches import may_mismatch
from adjoint.ir.positions import is_position, is_positive
from adjoint.ir.types import Array, List, Opaque, Range, Scalar, Size, Struct, same_size

Errors = tuple[type[Exception], ...]
Args = Sequence[Value]
NOTHING: Errors = ()


def possible_errors(target: Any) -> Errors:
    """The exceptions that a callable may raise for operands of some types."""
    try:
        fact = _FACTS.get(target)
    except TypeError:
        return NOTHING
    return NOTHING if fact is None else fact.errors


def errors_of(target: Any, args: Args, named: dict[str, Value]) -> Errors:
    """The exceptions that `target(*args, **named)` may raise."""
    known = [v.value for v in [*args, *named.values()] if isinstance(v, Constant)]
    if len(known) == len(args) and not named and is_pure(target):
        return _tried(target, known)
    try:
        fact = _FACTS.get(target)
    except TypeError:
        return NOTHING
    found = fact.errors if fact is not None and fact.applies(args) else NOTHING
    if found and target in _POWERS and _is_positive(args[1]):
        found = (OverflowError,)
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


def _division(args: Args) -> bool:
    """Python's numbers stop at a zero; those of NumPy give inf or nan."""
    divisor = args[1]
    if not _are_numbers(args) or is_positive(divisor):
        return False
    return not isinstance(divisor, Constant) or divisor.value == 0


def _power(args: Args) -> bool:
    """A zero to a negative power, and what is too large for a float."""
    base, exponent = args[:2]
    if not _are_numbers((base, exponent)):
        return False
    whole = isinstance(base.type, Scalar) and base.type.kind in ("int", "bool")
    return not (whole and _is_positive(exponent) and type(exponent.value) is int)  # type: ignore[attr-defined]


def _is_positive(value: Value) -> bool:
    """Is this a constant that is at least 0?"""
    known = value.value if isinstance(value, Constant) else None
    return isinstance(known, (int, float)) and known >= 0


def _shift(args: Args) -> bool:
    return _are_numbers(args) and not isinstance(args[1], Constant)


def _whole(args: Args) -> bool:
    """A whole number is made of what may be inf, nan or a text that is none."""
    if len(args) != 1:
        return False
    type_ = args[0].type
    if isinstance(type_, Scalar):
        return type_.kind == "float"
    return not isinstance(type_, Array) or type_.dtype.kind == "f"


def _from_text(args: Args) -> bool:
    return bool(args) and isinstance(args[0].type, Opaque)


def _always(args: Args) -> bool:
    return True


def _step(args: Args) -> bool:
    """A step of zero."""
    return len(args) > 2 and not (isinstance(args[2], Constant) or is_positive(args[2]))


# Positions


def _item(args: Args) -> bool:
    """A position outside of the array or list; slices never are."""
    base, index = args
    if isinstance(base.type, Struct):
        return not (isinstance(index, Constant) or is_position(index, len(base.type.items)))
    if isinstance(base.type, (List, Range)) or base.type == Opaque(str):
        return not is_slice(index)
    return isinstance(base.type, Array) and not _is_inside(base.type.dims, index)


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


def _store(args: Args) -> bool:
    """A write is to a position, too."""
    path = args[2].value if isinstance(args[2], Constant) else ()
    if not path or path[-1][0] is not operator.getitem:
        return False
    return len(path) > 1 or _item((args[0], args[-1]))


def _unpack(args: Args) -> bool:
    return isinstance(args[0].type, (Array, List))


# Arrays


def _empty(args: Args) -> bool:
    """The largest of no elements."""
    match args[0].type:
        case Array(_, dims) if dims:
            return not all(isinstance(d, int) and d > 0 for d in dims)
        case List():
            return len(args) == 1
    return False


def _reshape(args: Args) -> bool:
    """The elements have to fill the new shape."""
    return isinstance(args[0].type, Array) and bool(args[0].type.dims)


def _is_not_square(args: Args) -> bool:
    type_ = args[0].type
    square = isinstance(type_, Array) and len(type_.dims) > 1 and same_size(*type_.dims[-2:])
    return not square


@dataclass(frozen=True)
class Fact:
    """The exceptions of a callable, and the operands that cause them."""

    errors: Errors
    applies: Callable[[Args], bool] = _always


def _facts(fact: Fact, module: Any, names: str) -> dict[Any, Fact]:
    return {getattr(module, n): fact for n in names.split() if hasattr(module, n)}


#: They stop where their second operand is zero.
DIVISIONS = (operator.truediv, operator.floordiv, operator.mod, divmod)
_DIVISION = Fact((ZeroDivisionError,), _division)
_POWER = Fact((ZeroDivisionError, OverflowError), _power)
_SHIFT = Fact((ValueError,), _shift)
_WHOLE = Fact((ValueError, OverflowError), _whole)
_EMPTY = Fact((ValueError,), _empty)
_POWERS = (operator.pow, pow)

_FACTS: dict[Any, Fact] = {
    **dict.fromkeys(DIVISIONS, _DIVISION),
    **dict.fromkeys(_POWERS, _POWER),
    **dict.fromkeys((operator.lshift, operator.rshift), _SHIFT),
    **dict.fromkeys((int, round), _WHOLE),
    float: Fact((ValueError,), _from_text),
    operator.getitem: Fact((IndexError,), _item),
    ops.store: Fact((IndexError,), _store),
    ops.unpack: Fact((ValueError,), _unpack),
    **dict.fromkeys((tuple.index, list.index), Fact((ValueError,))),
    ops.drop_last: Fact((IndexError,)),
    np.reshape: Fact((ValueError,), _reshape),
    **dict.fromkeys((np.choose, np.interp), Fact((ValueError,))),
    range: Fact((ValueError,), _step),
    np.arange: Fact((ZeroDivisionError,), _step),
    **dict.fromkeys((max, min, np.max, np.min, np.argmax, np.argmin, np.ptp), _EMPTY),
    **dict.fromkeys((np.take, np.take_along_axis, np.delete, np.insert), Fact((IndexError,))),
    **_facts(
        Fact((ValueError,)),
        math,
        "sqrt log log2 log10 log1p asin acos acosh atanh lgamma fmod remainder sin cos tan "
        "comb perm factorial isqrt sumprod",
    ),
    **_facts(Fact((OverflowError,)), math, "exp expm1 exp2 sinh cosh ldexp"),
    **_facts(Fact((ValueError, OverflowError)), math, "gamma pow fsum floor ceil trunc fma"),
    **_facts(
        Fact((np.linalg.LinAlgError,)),
        np.linalg,
        "inv solve cholesky eigh eigvalsh eig eigvals svd svdvals pinv lstsq tensorinv "
        "tensorsolve cond",
    ),
    **_facts(Fact((np.linalg.LinAlgError,), _is_not_square), np.linalg,
             "det slogdet matrix_power"),
}  # fmt: skip


def declare_errors(targets: Sequence[Any], errors: Errors) -> None:
    """Declare what callables may raise, whatever they are called with."""
    _FACTS.update(dict.fromkeys(targets, Fact(errors)))
