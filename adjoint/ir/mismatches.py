"""Which operations may raise a ValueError because the shapes of their operands do not fit.

What is not known to be safe is taken to be able to raise.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.callables import facts_of
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.effects import is_pure
from adjoint.ir.infer import is_elementwise
from adjoint.ir.types import Array, List, Size, Struct, Type, is_many, same_size

#: Functions that raise for arrays of more than one dimension only.
_SAFE_FOR_VECTORS: frozenset[Any] = frozenset({np.concatenate, np.hstack, np.append})
_PRODUCTS: frozenset[Any] = frozenset({operator.matmul, np.matmul, np.dot, np.inner})

#: Two sizes that have to be equal, or the operation raises a ValueError.
Equation = tuple[Size, Size]


def may_mismatch(target: Any, args: Sequence[Value], named: dict[str, Value]) -> bool:
    """May `target(*args, **named)` raise a ValueError for the shapes of what it is given?"""
    facts = facts_of(target)
    if facts is None or facts.any_shapes or not facts.is_pure:
        return False
    module = getattr(target, "__module__", "") or ""
    if module.startswith("adjoint.") and target is not ops.store:
        return False  # made by the compiler, of what the program has made already
    values = dict.fromkeys([*args, *named.values()]) if is_elementwise(target) else args
    dims = [d for value in values for d in _dims(value.type)]
    if is_elementwise(target):
        return not all(_fit(a, b) for a, b in combinations(dims, 2))
    if _is_product(target, dims):
        return not same_size(*_contracted(target, dims))
    if target is np.einsum:
        found = _of_einsum(args)
        return found is None or bool(found)
    if target in _SAFE_FOR_VECTORS:
        return any(len(d) > 1 for d in dims)
    if target is ops.store:
        return _does_not_fit_in(args)
    return bool(dims)


def equations_of(op: Op) -> list[Equation] | None:
    """The sizes that have to be equal, and nothing more, for the operation not to raise."""
    if op.kind != "apply" or not is_pure(op.target):
        return None
    if op.target is np.einsum:
        return _of_einsum(op.operands)
    if not is_elementwise(op.target) and op.target not in _PRODUCTS:
        return None
    operands = dict.fromkeys(op.operands) if is_elementwise(op.target) else op.operands
    return equations_between(op.target, [d for value in operands for d in _dims(value.type)])


def equations_between(target: Any, dims: Sequence[tuple[Size, ...]]) -> list[Equation] | None:
    """The same, of a function of arrays with these dimensions."""
    if is_elementwise(target):
        return _of_broadcasting(dims)
    return [_contracted(target, dims)] if _is_product(target, dims) else None


def _of_broadcasting(dims: Sequence[tuple[Size, ...]]) -> list[Equation] | None:
    found: list[Equation] = []
    for a, b in combinations(dims, 2):
        for m, n in zip(reversed(a), reversed(b), strict=False):
            if m == 1 or n == 1 or same_size(m, n):
                continue
            if not (is_many(m) and is_many(n)):
                return None  # one of them may be 1
            found.append((m, n))
    return found


def _is_product(target: Any, dims: Sequence[tuple[Size, ...]]) -> bool:
    return target in _PRODUCTS and len(dims) == 2 and max(map(len, dims)) <= 2


def _contracted(target: Any, dims: Sequence[tuple[Size, ...]]) -> Equation:
    """The two sizes that a product of matrices or vectors sums over."""
    a, b = dims
    return a[-1], b[-1 if len(b) == 1 or target is np.inner else -2]


def _of_einsum(args: Sequence[Value]) -> list[Equation] | None:
    """Dimensions with one letter have one size, or 1."""
    subscripts = args[0].value if isinstance(args[0], Constant) else None
    if not isinstance(subscripts, str) or "." in subscripts:
        return None
    letters = subscripts.replace(" ", "").partition("->")[0].split(",")
    shapes = [dims for value in args[1:] for dims in _dims(value.type)]
    if list(map(len, letters)) != list(map(len, shapes)):
        return None
    first: dict[str, Size] = {}
    found: list[Equation] = []
    for word, dims in zip(letters, shapes, strict=True):
        for letter, size in zip(word, dims, strict=True):
            other = first.setdefault(letter, size)
            if size == 1 or other == 1 or same_size(size, other):
                first[letter] = size if other == 1 else other
            elif not (is_many(size) and is_many(other)):
                return None
            else:
                found.append((other, size))
    return found


def _does_not_fit_in(args: Sequence[Value]) -> bool:
    """Has an array that is written a shape of its own?"""
    base, value, path = args[:3]
    if not any(_dims(value.type)):
        return False
    if isinstance(path, Constant) and not path.value and isinstance(base.type, Array):
        own = base.type.dims
        more = (d[: max(len(d) - len(own), 0)] for d in _dims(value.type))
        if any(n != 1 for sizes in more for n in sizes):
            return True
        return not all(_fit(own, d) for d in _dims(value.type))
    return True


def _dims(type_: Type) -> Iterator[tuple[Size, ...]]:
    """The sizes of all arrays of rank 1 and more that a value is or holds."""
    match type_:
        case Array(_, dims) if dims:
            yield dims
        case Struct(_, items):
            for item in items:
                yield from _dims(item)
        case List(element):
            yield from _dims(element)


def _fit(a: tuple[Size, ...], b: tuple[Size, ...]) -> bool:
    pairs = zip(reversed(a), reversed(b), strict=False)
    return all(m == 1 or n == 1 or same_size(m, n) for m, n in pairs)


__all__ = ["Equation", "equations_between", "equations_of", "may_mismatch"]
