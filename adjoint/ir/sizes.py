"""Which sizes are known to be equal, in layers for regions inside of regions; names for sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from adjoint.ir.types import (
    ANY,
    Array,
    Dim,
    List,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    representative,
    shift,
)


class Sizes:
    """Classes of equal sizes, over those of the region around.

    A symbol stands for another size, `n` for `m + 1` or for 3; what stands for nothing else
    represents its class.
    """

    def __init__(self, outer: Sizes | None = None):
        self.outer = outer
        self.stands_for: dict[int, Size] = {}
        self.many: set[tuple[int, int]] = set()  # symbols and offsets of what is not 1
        self.changed = False

    def find(self, size: Size) -> Size:
        """The representative of a size."""
        not_one = False
        while isinstance(size, Dim) and size.symbol:
            not_one |= size.not_one or self._is_many(size)
            other = self._other(size.symbol)
            moved = ANY if other is None else shift(other, size.offset)
            if moved == ANY or isinstance(moved, int) and moved < 0:
                return Dim(size.symbol, size.offset, not_one)
            size = moved
        return size

    def unite(self, a: Size, b: Size) -> None:
        """Two sizes are equal."""
        a, b = self.find(a), self.find(b)
        if isinstance(a, int) or isinstance(b, Dim) and a.symbol < b.symbol:
            a, b = b, a  # a parameter's symbol, which is older, stays
        if isinstance(a, int) or _same(a, b) or ANY in (a, b):
            return
        not_one = a.not_one or isinstance(b, Dim) and b.not_one
        for x, y in ((a, b), (b, a)):
            if isinstance(x, Dim) and self._let(x, y):
                for each in (a, b):
                    self._note(self.find(each), not_one)
                self.changed = True
                return

    def see(self, size: Size) -> None:
        """Remember that a size is not 1, where its type says so."""
        if isinstance(size, Dim) and size.not_one and size.symbol:
            self._note(self.find(size), True)

    def _let(self, x: Dim, y: Size) -> bool:
        """Let the symbol of x stand for what follows from x == y, if that is known."""
        if isinstance(y, int):
            if y < x.offset or x.offset < 0 and y == 0:
                return False
            self.stands_for[x.symbol] = y - x.offset
            return True
        if x.symbol == y.symbol or x.offset < 0 or y.offset < x.offset > 0:
            return False  # a slice of what is too short is empty
        self.stands_for[x.symbol] = Dim(y.symbol, y.offset - x.offset)
        return True

    def _note(self, size: Size, not_one: bool) -> None:
        if not_one and isinstance(size, Dim) and not self._is_many(size):
            self.many.add((size.symbol, size.offset))
            self.changed = True

    def _other(self, symbol: int) -> Size | None:
        scope: Sizes | None = self
        while scope is not None:
            if symbol in scope.stands_for:
                return scope.stands_for[symbol]
            scope = scope.outer
        return None

    def _is_many(self, size: Dim) -> bool:
        scope: Sizes | None = self
        while scope is not None:
            if (size.symbol, size.offset) in scope.many:
                return True
            scope = scope.outer
        return False

    # Types

    def refined(self, type_: Type) -> Type:
        """The type, whose sizes say what they are equal to."""
        match type_:
            case Array(_, dims) if dims:
                return replace(type_, dims=tuple(map(self._refined, dims)))
            case Scalar("int", Dim() as size):
                return Scalar("int", self._refined(size))
            case Struct(kind, items, keys):
                return Struct(kind, tuple(map(self.refined, items)), keys)
            case List(_, Dim() as size) | Range(Dim() as size):
                return replace(type_, size=self._refined(size))  # type: ignore[call-arg]
        return type_

    def _refined(self, size: Size) -> Size:
        if isinstance(size, int):
            return size
        found = self.find(size)
        if isinstance(found, int):
            return replace(size, equals=found)
        more = not _same(found, size) or found.not_one > size.not_one
        return replace(size, equals=found if more else None)


def _same(a: Size, b: Size) -> bool:
    if isinstance(a, int) or isinstance(b, int):
        return a == b
    return (a.symbol, a.offset) == (b.symbol, b.offset)


class SizeNames:
    """Names for sizes, as in `f64[n, m]`: sizes that are `equal` have one name.

    >>> # name = SizeNames(["x"]); name(Dim(7)), name(Dim(8)), name(Dim(7, -1))  is  n, m, n - 1
    """

    LETTERS = ("n", "m", "k", "p", "q", "r", "d", "h")

    def __init__(self, taken: Iterable[str] = (), equal: Sizes | None = None):
        self.taken, self.equal = set(taken), equal or Sizes()
        self.names: dict[int, str] = {}

    def call(self, size: Size, name: str) -> None:
        """Let a size have the name of the parameter that holds it."""
        size = self.equal.find(representative(size))
        if isinstance(size, Dim) and size.symbol and not size.offset:
            self.names.setdefault(size.symbol, name)

    def __call__(self, size: Size) -> str:
        size = self.equal.find(representative(size))
        if isinstance(size, int):
            return str(size)
        if not size.symbol:
            return ":"
        name = self.names.get(size.symbol) or self._new(size.symbol)
        if not size.offset:
            return name
        return f"{name} {'+' if size.offset > 0 else '-'} {abs(size.offset)}"

    def _new(self, symbol: int) -> str:
        used, version = {*self.taken, *self.names.values()}, 0
        names = iter(self.LETTERS)
        name = next(names)
        while name in used:
            version += 1
            name = next(names, f"{self.LETTERS[0]}{version}")
        self.names[symbol] = name
        return name
