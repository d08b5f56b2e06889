"""A guard accepts just the values that have its key, as `key_of` makes it."""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adjoint.frontend.keys.guards import MISS, Guards, compiled
from adjoint.frontend.keys.signature import (
    frozen_key_of,
    key_of,
    layout_key_of,
    structure_key_of,
)


@dataclass
class Pair:
    a: Any
    b: Any


@dataclass
class Slotted:
    __slots__ = ("a", "b")
    a: Any
    b: Any


class Named(NamedTuple):
    a: Any
    b: Any


class Plain:
    pass


THING = Plain()
NUMBERS = [0.0, -0.0, 1.0, math.nan, 0, 1, 2, True, False, 1j, np.float64(1.0), np.float32(1.0),
           np.int64(1), np.bool_(True)]  # fmt: skip
OTHERS = [None, "a", "b", len, math.sin, np.sin, float, int, THING, Plain(), range(3),
          np.dtype("f8"), THING.__init__, [].append, np]  # fmt: skip
ARRAYS = [
    np.ones(shape, dtype)
    for shape in [(), (1,), (3,), (0,), (1, 3), (3, 1), (3, 3), (40, 3), (2, 1, 3)]
    for dtype in ("f8", "f4", ">f8", "i8", "?", "c16")
] + [np.asfortranarray(np.ones((3, 2)))]

leaves = st.sampled_from([*NUMBERS, *OTHERS, *ARRAYS])
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(st.sampled_from([1.0, 2.0, 1, True]), max_size=5),
        st.lists(st.lists(st.sampled_from([1.0, 2.0, 1]), max_size=3), max_size=3),
        st.lists(st.sampled_from([1.0, 2.0]), min_size=70, max_size=71).map(tuple),
        st.tuples(inner, inner),
        st.dictionaries(st.sampled_from(["a", "b", 1, True, 1.0, "for"]), inner, max_size=3),
        *[st.builds(cls, inner, inner) for cls in (Pair, Slotted, Named)],
    ),
    max_leaves=6,
)


def neighbour(data: st.DataObject, x: Any) -> Any:
    """The same value, or one that differs in a leaf or an item."""
    match data.draw(st.integers(0, 5)):
        case 0:
            return data.draw(leaves)
        case 1 if isinstance(x, list) and x:
            return x[:-1]
        case 2 if isinstance(x, dict):
            return dict(reversed(x.items()))
        case 3 if type(x) in (list, tuple):
            return (tuple if type(x) is list else list)(x)
        case 4 if isinstance(x, (Pair, Slotted, Named)):
            return data.draw(st.sampled_from([Pair, Slotted, Named]))(x.a, x.b)
    if isinstance(x, (Pair, Slotted, Named)):
        return type(x)(neighbour(data, x.a), neighbour(data, x.b))
    if isinstance(x, dict):
        return {k: neighbour(data, v) for k, v in x.items()}
    return type(x)([neighbour(data, v) for v in x]) if type(x) in (list, tuple) else x


def accepts(value: Any, describe: Any, other: Any) -> bool:
    guards = Guards()
    guards.check("x", describe(value), describe)
    check = compiled(guards, "def check(x):", ["return None"])
    return check(other) is not MISS


@pytest.mark.parametrize("describe", [key_of, frozen_key_of, structure_key_of, layout_key_of])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_guard_accepts_what_has_its_key(describe: Any, data: Any) -> None:
    a = data.draw(values)
    b = neighbour(data, a)
    same = describe(a) == describe(b)
    found = accepts(a, describe, b)
    assert found == same or (not found and _holds_nan(a))


def _holds_nan(x: Any) -> bool:
    return "nan" in repr(x)
