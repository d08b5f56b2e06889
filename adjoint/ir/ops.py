"""The few operations that have no NumPy or Python callable of their own.

They are ordinary functions with their plain meaning, so that an op's target is always a callable.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def make_tuple(*items: Any) -> tuple[Any, ...]:
    return items


def make_list(*items: Any) -> list[Any]:
    return list(items)


def make_dict(keys: tuple[Any, ...], *values: Any) -> dict[Any, Any]:
    return dict(zip(keys, values, strict=True))


def unpack(value: Any) -> Any:
    """`a, b, c = value`: as many results as the value has items."""
    return value


def zero(like: Any) -> Any:
    """The zero cotangent of `like`: its structure, shape and dtype."""
    from adjoint.runtime.containers import zeros_like

    return zeros_like(like)


def index_add(accumulator: Any, index: Any, value: Any) -> Any:
    """`accumulator` with `value` added at `index`; repeated indices accumulate."""
    from adjoint.runtime.arrays import index_add as helper

    return helper(accumulator, index, value)


def cotangent(like: Any) -> Any:
    """The cotangent that a pullback is called with: where the backward half begins."""
    return like


def append(items: list[Any], value: Any) -> list[Any]:
    """The list `items` with `value` at its end."""
    return [*items, value]


def drop_last(items: list[Any]) -> list[Any]:
    """The list without its last item."""
    return items[:-1]


def reverse_list(items: list[Any]) -> list[Any]:
    return items[::-1]


def pad_zeros(items: list[Any], like: Any) -> list[Any]:
    """`items` filled up with zero cotangents of the remaining elements of `like`."""
    from adjoint.runtime.containers import zeros_like

    return items + [zeros_like(x) for x in like[len(items) :]]


def rows_to_array(rows: list[Any], like: Any) -> Any:
    """The cotangents of an array's rows as the cotangent of the array (rows may be none)."""
    return np.array(rows, dtype=like.dtype).reshape(like.shape)


def add_containers(a: Any, b: Any) -> Any:
    """The sum of two cotangents of one container."""
    from adjoint.runtime.containers import add

    return add(a, b)


def select(condition: Any, a: Any, b: Any) -> Any:
    """`a if condition else b`, both arms being values that are at hand."""
    return a if condition else b


def literal(value: Any) -> Any:
    """A number that the user gave a name: `dt = 0.01`."""
    return value


def check(condition: Any, message: Any = None) -> None:
    """An `assert` statement."""
    if not condition:
        raise AssertionError(message)


def fail(error: type[BaseException], *args: Any) -> None:
    """A `raise` statement."""
    raise error(*args)


def fstring(*parts: Any) -> str:
    """An f-string, of literal parts and values (with their format specifications)."""
    return "".join(map(str, parts))


def stop_gradient(x: Any) -> Any:
    """`x`, taken as a constant by every derivative."""
    return x


def is_undefined(value: Any) -> bool:
    return value is UNDEFINED_VALUE


class _UndefinedValue:
    def __repr__(self) -> str:
        return "undefined"


#: Stands for the value of a name on a path that does not assign it.
UNDEFINED_VALUE = _UndefinedValue()
