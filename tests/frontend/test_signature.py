"""When two arguments share a specialisation, and when they must not."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np
import pytest

from adjoint.errors import UnsupportedError
from adjoint.frontend.keys.signature import is_static, key_of, static_value, type_from_key
from adjoint.ir.types import Array, Dim, List, Scalar, Struct, is_many


def zeros(*shape: int, dtype: Any = np.float64) -> Any:
    return np.zeros(shape, dtype)


SAME = [
    (0.5, -0.0), (0.5, math.inf), (1.0, math.nan), (1, 2), (0, -7), (True, False), (1j, 2.0 + 0j),
    (zeros(3), zeros(4)), (zeros(3), zeros(0)), (zeros(2, 3), zeros(5, 7)),
    (zeros(2, 1), zeros(9, 1)), (zeros(3), zeros(3)[::-1]), (zeros(3, 2), zeros(2, 3).T),
    (np.float32(1), np.float32(2)), (np.array(1.0), np.array(-0.0)),
    ((1.0, 2), (3.0, 4)), ([zeros(2), zeros(3)], [zeros(4)]), ([1.0], [2.0, 3.0, 4.0]),
    ([zeros(2, 5), zeros(3, 7)], [zeros(4, 4), zeros(2, 9), zeros(6, 6)]),
    ([zeros(1, 2), zeros(2, 2)], [zeros(7, 3), zeros(1, 3), zeros(1, 3)]),
    ([(zeros(2), 1.0), (zeros(3), 2.0)], [(zeros(4), 0.0)]),
    ({"a": 1.0, "b": zeros(2)}, {"a": 2.0, "b": zeros(3)}), ("ab", "ab"), (None, None),
    (range(3), range(1, 9)), ([], []), ((), ()), (abs, abs), (np.sin, np.sin),
]  # fmt: skip

DIFFERENT = [
    (1, 1.0), (1, True), (1.0, True), (0, False), (1.0, 1j), (1.0, np.float64(1)),
    (1, np.int64(1)), (np.float32(1), np.float64(1)), (np.float64(1), np.array(1.0)),
    (1.0, np.array(1.0)), (True, np.bool_(True)), (zeros(3), zeros(1)), (zeros(2), zeros(2, 2)),
    (zeros(2, 1), zeros(1, 2)), (zeros(2, 1), zeros(2, 2)), (zeros(1), zeros(1, 1)),
    (zeros(3), zeros(3, dtype=np.float32)), (zeros(3), zeros(3, dtype=np.int64)),
    (zeros(3, dtype=np.bool_), zeros(3, dtype=np.int8)), (zeros(3), zeros(3, dtype=">f8")),
    ((1.0, 2.0), [1.0, 2.0]), ((1.0,), (1.0, 2.0)), ((1.0,), 1.0), ((), []),
    (((1.0,), 2.0), (1.0, (2.0,))), ([1.0], [1]), ([1.0], []), ([[1.0]], [1.0]),
    ([zeros(2)], [zeros(2, 2)]), ([zeros(2), zeros(2, 2)], [zeros(2), zeros(2)]),
    ([zeros(2), zeros(2)], [zeros(1), zeros(2)]), ([1.0, 2], [1.0, 2.0]),
    ([1.0, True], [1.0, 1]), ({"a": 1.0}, {"b": 1.0}), ({"a": 1.0}, {"a": 1}),
    ({"a": 1.0, "b": 1.0}, {"b": 1.0, "a": 1.0}), ("a", "b"), (None, "None"), (None, 0.0),
    (abs, len), (np.sin, np.cos), (float, int),
    # Values that are constants of the program, and equal for ==.
    ({1: 1.0}, {1.0: 1.0}), ({1: 1.0}, {True: 1.0}),
    ({0.0: 1.0}, {-0.0: 1.0}),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), SAME, ids=str)
def test_same(a: Any, b: Any) -> None:
    assert key_of(a) == key_of(b)
    assert hash(key_of(a)) == hash(key_of(b))


@pytest.mark.parametrize(("a", "b"), DIFFERENT, ids=str)
def test_different(a: Any, b: Any) -> None:
    assert key_of(a) != key_of(b)


VALUES = [v for pair in SAME + DIFFERENT if type(pair) is tuple for v in pair]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_the_type_says_no_more_than_the_key(value: Any) -> None:
    """Sizes are symbols; a type of two arguments with one key must hold for both."""
    key = key_of(value)
    if is_static(key):
        assert static_value(key) is value
        return
    holds(type_from_key(key), value)
    for a, b in SAME:
        if value is a:
            holds(type_from_key(key), b)


def holds(type_: Any, value: Any) -> None:
    match type_:
        case Scalar(kind):
            assert type(value).__name__ == kind
        case Array(dtype, dims, scalar):
            assert value.dtype == dtype and scalar == isinstance(value, np.generic)
            assert len(dims) == value.ndim
            for size, n in zip(dims, value.shape, strict=True):
                assert size == n if isinstance(size, int) else not (is_many(size) and n == 1)
        case Struct(_, items, keys) if keys is not None:
            assert list(keys) == list(value)
            for item, each in zip(items, value.values(), strict=True):
                holds(item, each)
        case Struct(kind, items):
            assert type(value) is kind and len(value) == len(items)
            for item, each in zip(items, value, strict=True):
                holds(item, each)
        case List(element):
            for each in value:
                holds(element, each)


def test_sizes_of_the_elements_of_a_list_are_not_compared() -> None:
    type_ = type_from_key(key_of([zeros(2), zeros(2)]))
    assert isinstance(type_, List) and isinstance(type_.element, Array)
    (size,) = type_.element.dims
    assert isinstance(size, Dim) and size.symbol == 0 and size.not_one


def test_sizes_of_two_arguments_have_symbols_of_their_own() -> None:
    a, b = (type_from_key(key_of(zeros(3, 3))) for _ in range(2))
    assert isinstance(a, Array) and isinstance(b, Array)
    symbols = [d.symbol for d in (*a.dims, *b.dims) if isinstance(d, Dim)]
    assert len(set(symbols)) == 4 and 0 not in symbols


def test_a_one_is_known_to_be_one() -> None:
    type_ = type_from_key(key_of(zeros(1, 3)))
    assert isinstance(type_, Array) and type_.dims[0] == 1
    mixed = type_from_key(key_of([zeros(1), zeros(3)]))
    assert isinstance(mixed, List) and isinstance(mixed.element, Array)
    assert not is_many(mixed.element.dims[0]) and mixed.element.dims[0] != 1


def test_functions_are_told_apart_by_identity() -> None:
    def make(k: float) -> Any:
        return lambda x: k * x

    f, g = make(1.0), make(2.0)
    assert key_of(f) == key_of(f) != key_of(g)
    p, q = functools.partial(f, 1.0), functools.partial(f, 1.0)
    assert key_of(p) == key_of(p) != key_of(q)


def test_an_object_without_hash_is_told_apart_by_identity() -> None:
    class Thing:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            return True

    a, b = Thing(), Thing()
    assert key_of(a) == key_of(a) != key_of(b)
    assert static_value(key_of(a)) is a


def test_an_array_of_objects_is_not_a_number() -> None:
    type_ = type_from_key(key_of(np.array([None, "a"], dtype=object)))
    assert not isinstance(type_, Array)


def test_a_key_of_nothing_is_refused() -> None:
    with pytest.raises(UnsupportedError):
        type_from_key(("nonsense",))
