"""Sizes that the operations of the program force to be equal.

A product of matrices sums over two equal sizes; where two sizes meet and neither is 1, they are
equal; so are those of arrays that are joined. Otherwise the operation raises, and then no backward
half runs. From here on the types of a region's values say which size each of theirs is equal to,
so that nothing is summed to a shape that it has.

The equations hold where the operations run: those of a branch or a loop in that region only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adjoint.ir.core import Function, Op, Region, Value
from adjoint.ir.sizes import Sizes
from adjoint.ir.types import Array, Dim, Scalar, Size, Struct, Type, named_sizes
from adjoint.transforms.simplify.cse import operand_key
from adjoint.transforms.sizes.meetings import ambiguous, equations

Pairs = list[tuple[Size, Size]]


_MAX_REPEATED = 256


def meeting_sizes(function: Function) -> Iterator[tuple[Size, Size]]:
    """Pairs of sizes that meet somewhere and may be equal, or one of them 1."""
    for region, sizes in _unified(function).scopes.items():
        for op in region.ops:
            yield from ((sizes.find(a), sizes.find(b)) for a, b in ambiguous(op, sizes))


def unify_sizes(function: Function) -> None:
    """Say in the types of all values which sizes are equal."""
    unifier = _unified(function)
    function.attrs["sizes"] = unifier.always()
    for region, sizes in unifier.scopes.items():
        for value in _own_values(region):
            value.type = sizes.refined(value.type)


def _unified(function: Function) -> _Unifier:
    for value in _values(function.body):
        value.type = named_sizes(value.type)
    unifier = _Unifier()
    sizes = Sizes()
    _unite_slices(function.body, sizes)
    unifier.solve(function.body, sizes)
    return unifier


def _unite_slices(region: Region, sizes: Sizes) -> None:
    """Slices with the same bounds have the same size, of the same size."""
    known: dict[Any, dict[Size, Size]] = {}
    for op in region.walk():
        if op.target is not slice:
            continue
        own = op.attrs.setdefault("sizes", {})
        common = known.setdefault(tuple(map(operand_key, op.operands)), own)
        for size, part in own.items():
            sizes.unite(common.setdefault(size, part), part)
        op.attrs["sizes"] = common


class _Unifier:
    """Attributes: scopes, for each region the sizes that are equal there."""

    def __init__(self) -> None:
        self.scopes: dict[Region, Sizes] = {}
        self.patience = _MAX_REPEATED  # each repeats all loops inside of one

    def always(self) -> Sizes:
        """What is equal in all loops, too: for names of sizes."""
        found = Sizes()
        for region, scope in self.scopes.items():
            if not any(op.kind == "if" for op in _owners(region)):
                for symbol, size in scope.stands_for.items():
                    found.unite(Dim(symbol), size)
        return found

    def solve(self, region: Region, sizes: Sizes) -> None:
        """Learn from the operations of a region, and of those inside of it."""
        self.scopes[region] = sizes
        for value in _own_values(region):
            for size in _sizes(value.type):
                sizes.see(size)
        self._learn(region, sizes)
        if any(op.regions for op in region.ops):
            for op in region.ops:
                if op.kind == "if":
                    self._branch(op, sizes)
                elif op.kind in ("for", "while"):
                    self._loop(op, sizes)
            self._learn(region, sizes)  # with the sizes that come out of branches and loops

    @staticmethod
    def _learn(region: Region, sizes: Sizes) -> None:
        sizes.changed = True
        while sizes.changed:
            sizes.changed = False
            for op in region.ops:
                if op.kind == "apply":
                    for a, b in equations(op, sizes):
                        sizes.unite(a, b)

    def _branch(self, op: Op, sizes: Sizes) -> None:
        inner = [Sizes(sizes) for _ in op.regions]
        for region, scope in zip(op.regions, inner, strict=True):
            self.solve(region, scope)
        for result, *arms in zip(op.results, *(r.yields for r in op.regions), strict=True):
            for size, a, b in _aligned(result, *arms):
                if inner[0].find(a) == inner[1].find(b):
                    sizes.unite(size, inner[0].find(a))

    def _loop(self, op: Op, sizes: Sizes) -> None:
        """A carry that keeps its size in an iteration, given that it begins so, always has it.

        So do carries that begin with one size and change it together.
        """
        carried = [
            triple
            for values in zip(op.carries, op.inits, op.next_carries, op.results, strict=False)
            for triple in _aligned(*values)
        ]
        fixed, moving = carried, list[list[tuple[Size, ...]]]()
        if self.patience <= 0:
            fixed = []
        while True:
            scope = Sizes(sizes)
            for param, init, *_ in fixed:
                scope.unite(param, init)
            for group in moving:
                for each in group[1:]:
                    scope.unite(each[0], group[0][0])
            for region in op.regions[:-1]:
                self.solve(region, Sizes(scope))
            self.solve(op.body, scope)
            self.patience -= 1
            kept = [c for c in fixed if scope.find(c[2]) == scope.find(c[1])]
            if len(kept) < len(fixed):
                moving = _groups([c for c in fixed if c not in kept], 1, sizes)
                fixed = kept
                continue
            still = [each for group in moving for each in _groups(group, 2, scope)]
            if sum(map(len, still)) == sum(map(len, moving)):
                break
            moving = still
        for group in moving:
            for each in group[1:]:
                sizes.unite(each[3], group[0][3])
        for _, init, _, result in fixed:
            sizes.unite(result, init)
        if op.kind == "while":
            for outer, inner in zip(op.carries, op.regions[0].params, strict=True):
                for a, b in _aligned(outer, inner):
                    self.scopes[op.regions[0]].unite(a, b)


def _owners(region: Region) -> Iterator[Op]:
    """The operations that a region is in."""
    while region.parent is not None and region.parent.parent is not None:
        yield region.parent
        region = region.parent.parent


def _groups(
    carried: list[tuple[Size, ...]], position: int, sizes: Sizes
) -> list[list[tuple[Size, ...]]]:
    """Carries that agree in one of their sizes, two and more of each."""
    found: dict[Size, list[tuple[Size, ...]]] = {}
    for each in carried:
        found.setdefault(sizes.find(each[position]), []).append(each)
    return [group for group in found.values() if len(group) > 1]


def _own_values(region: Region) -> Iterator[Value]:
    yield from region.params
    for op in region.ops:
        yield from op.results


def _values(region: Region) -> Iterator[Value]:
    yield from region.params
    for op in region.walk():
        yield from op.results
        for nested in op.regions:
            yield from nested.params


def _sizes(type_: Type) -> Iterator[Size]:
    """All sizes in a type, in their order; those of the elements of a list are no one's."""
    match type_:
        case Array(_, dims):
            yield from dims
        case Scalar("int", size) if size is not None:
            yield size
        case Struct(_, items):
            for item in items:
                yield from _sizes(item)


def _aligned(*values: Value) -> Iterator[tuple[Size, ...]]:
    """The sizes of values, where all have the same form."""
    yield from _zipped(*(v.type for v in values))


def _zipped(*types: Type) -> Iterator[tuple[Size, ...]]:
    first = types[0]
    if all(isinstance(t, Array) and not t.loose for t in types):
        dims = [t.dims for t in types]  # type: ignore[attr-defined]
        if len(set(map(len, dims))) == 1:
            yield from zip(*dims, strict=True)
    elif isinstance(first, Struct) and all(
        isinstance(t, Struct) and len(t.items) == len(first.items) for t in types
    ):
        for items in zip(*(t.items for t in types), strict=True):  # type: ignore[attr-defined]
            yield from _zipped(*items)
