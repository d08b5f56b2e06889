"""Sizes that the operations of the program force to be equal.

A product of matrices sums over two equal sizes; where two sizes meet and neither is 1, they are
equal; so are those of arrays that are joined. Otherwise the operation raises, and then no backward
half runs. From here on the types of a region's values say which size each of theirs is equal to,
so that nothing is summed to a shape that it has.

The equations hold where the operations run: those of a branch or a loop in that region only.
"""

from __future__ import annotations

from collections.abc import Iterator

from adjoint.ir.core import Function, Op, Region, Value
from adjoint.ir.sizes import Sizes
from adjoint.ir.types import Array, Dim, Scalar, Size, Struct, Type, named_sizes
from adjoint.transforms.meetings import equations

Pairs = list[tuple[Size, Size]]


def unify_sizes(function: Function) -> None:
    """Say in the types of all values which sizes are equal."""
    for value in _values(function.body):
        value.type = named_sizes(value.type)
    unifier = _Unifier()
    unifier.solve(function.body, Sizes())
    function.attrs["sizes"] = unifier.always()
    for region, sizes in unifier.scopes.items():
        for value in _own_values(region):
            value.type = sizes.refined(value.type)


class _Unifier:
    """Attributes: scopes, for each region the sizes that are equal there."""

    def __init__(self) -> None:
        self.scopes: dict[Region, Sizes] = {}

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
        """A carry that keeps its size in an iteration, given that it begins so, always has it."""
        carried = [
            triple
            for values in zip(op.carries, op.inits, op.next_carries, op.results, strict=False)
            for triple in _aligned(*values)
        ]
        while True:
            scope = Sizes(sizes)
            for param, init, *_ in carried:
                scope.unite(param, init)
            for region in op.regions[:-1]:
                self.solve(region, Sizes(scope))
            self.solve(op.body, scope)
            kept = [c for c in carried if scope.find(c[2]) == scope.find(c[1])]
            if len(kept) == len(carried):
                break
            carried = kept
        for _, init, _, result in carried:
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
