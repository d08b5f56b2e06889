"""Classes of equal sizes say nothing that is not so, whatever sizes make the equations true."""

from __future__ import annotations

import random

import pytest

from adjoint.ir.sizes import SizeNames, Sizes
from adjoint.ir.types import Dim, Size, is_many

SYMBOLS = range(1, 7)


def number(size: Size, given: dict[int, int]) -> int:
    """The size in a run; a slice of what is too short is empty."""
    return size if isinstance(size, int) else max(given[size.symbol] + size.offset, 0)


@pytest.mark.parametrize("seed", range(300))
def test_equal_sizes_are_equal(seed: int) -> None:
    choice = random.Random(seed)
    given = {symbol: choice.randrange(5) for symbol in SYMBOLS}
    every: list[Size] = [Dim(s, by) for s in SYMBOLS for by in (-2, -1, 0, 1, 2)]
    every += [0, 1, 2, 3]
    sizes = Sizes()
    for k in range(12):
        if k == 6:
            sizes = Sizes(sizes)  # a region inside
        a, b = choice.choice(every), choice.choice(every)
        if number(a, given) == number(b, given):
            sizes.unite(a, b)
        if isinstance(a, Dim) and number(a, given) != 1:
            sizes.see(Dim(a.symbol, a.offset, not_one=True))
    for size in every:
        found = sizes.find(size)
        assert number(found, given) == number(size, given)
        if is_many(found):
            assert number(size, given) != 1


def test_an_equation_of_a_region_does_not_leave_it() -> None:
    outer = Sizes()
    inner = Sizes(outer)
    inner.unite(Dim(1), Dim(2))
    assert inner.find(Dim(1)) == inner.find(Dim(2))
    assert outer.find(Dim(1)) != outer.find(Dim(2))


def test_equal_sizes_have_one_name() -> None:
    equal = Sizes()
    equal.unite(Dim(7), Dim(9))
    name = SizeNames(["n", "x"], equal)
    name.call(Dim(8), "length")
    assert [name(Dim(s)) for s in (7, 8, 9)] == ["m", "length", "m"]
    assert name(Dim(7, -1)) == "m - 1"
    assert name(3) == "3"
    assert name(Dim()) == ":"
