"""The tree that adds parts, and the chunks of a call."""

import operator

import dask
import dask.array as da
import numpy as np
import pytest

from adjoint.parallel.chunks import rows_of
from adjoint.parallel.parts import tree
from adjoint.parallel.tasks import size_of


def joined(a: str, b: str) -> str:
    return f"({a}{b})"


@pytest.mark.parametrize("count", range(1, 40))
@pytest.mark.parametrize("width", [2, 4, 8])
def test_groups_of_a_power_of_two_give_the_tree_of_pairs(count: int, width: int) -> None:
    leaves = [f"{k}." for k in range(count)]
    groups = [tree(leaves[k : k + width], joined) for k in range(0, count, width)]
    assert tree(groups, joined) == tree(leaves, joined)


@pytest.mark.parametrize("count", range(1, 70))
def test_the_order_is_kept_and_the_tree_is_low(count: int) -> None:
    assert tree(([k] for k in range(count)), operator.add) == [*range(count)]
    depth = tree([0] * count, lambda a, b: max(a, b) + 1)
    assert depth == (count - 1).bit_length()


def test_few_parts_are_held() -> None:
    alive = most = 0

    class Counted:
        def __init__(self) -> None:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    tree((Counted() for _ in range(1000)), lambda a, b: Counted())
    assert most <= 13


def test_rows() -> None:
    x = da.from_array(np.arange(10.0), chunks=4)
    rows = rows_of([x, [1, 2, 3]])
    assert [dask.compute(*row)[1] for row in rows] == [1, 2, 3]
    assert [len(dask.compute(*row)[0]) for row in rows] == [4, 4, 2]


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ([], TypeError, "no chunks"),
        ([[]], ValueError, "no chunks"),
        ([[1], [1, 2]], ValueError, r"same number of chunks.*\[1, 2\]"),
        ([np.ones(3)], TypeError, "np.array_split"),
        (["abc"], TypeError, "a str"),
        ([3.0], TypeError, "a float"),
        ([da.ones((4, 4), chunks=(2, 2))], ValueError, r"x.rechunk\(\{1: -1\}\)"),
        ([da.ones(6, chunks=(2, 4)), da.ones(6, chunks=(4, 2))], ValueError, "same rows"),
    ],
)
def test_other_chunks_are_refused(arguments: list, kind: type, words: str) -> None:
    with pytest.raises(kind, match=words):
        rows_of(arguments)


def test_sizes() -> None:
    x, y = np.ones((3, 2)), np.ones(3)
    assert size_of([x]) == size_of([x, y]) == size_of([{"x": x, "more": (y, 2.0)}]) == 3
    for chunk in ([x, np.ones(2)], [2.0], [{"x": np.float64(1.0)}]):
        with pytest.raises(ValueError, match="weighs a chunk by the length"):
            size_of(chunk)
