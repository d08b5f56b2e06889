"""NumPy text that builds IR: operators and NumPy functions on values record operations.

A rule such as `np.cos(x) * y_bar` runs as it is on arrays, and on IR values through this class,
which hands every operation to the builder that is at work. Static facts (rank, known shape) are
answered at once; whatever is known only at run time raises, so that a rule never guesses.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from adjoint.ir.types import Array, Scalar, Struct, Type, rank_of


class Recorder(Protocol):
    """The receiver of operations on values: a `Builder`."""

    def apply(self, target: Any, *args: Any, **kwargs: Any) -> Any: ...

    def emit(self, target: Any, operands: Sequence[Any], type_: Type) -> Any: ...

    def value(self, x: Any) -> Any: ...


#: The builders at work, innermost last. Compilation holds a lock, so one stack is enough.
active_builders: list[Recorder] = []


class UnknownRankError(Exception):
    """A rule asked for the rank of a value whose rank is known only at run time."""


_in_rule = False


@contextmanager
def inside_rule(entered: bool = True) -> Iterator[None]:
    """While a rule's text runs, `==` on values records a comparison."""
    global _in_rule
    before, _in_rule = _in_rule, entered
    try:
        yield
    finally:
        _in_rule = before


def stage(target: Any, *args: Any, **kwargs: Any) -> Any:
    if not _in_rule:
        return active_builders[-1].apply(target, *args, **kwargs)
    with inside_rule(False):
        return active_builders[-1].apply(target, *args, **kwargs)


class Staged:
    """The operators and NumPy protocols of a value."""

    __slots__ = ()
    type: Type

    def __add__(self, other: Any) -> Any:
        return stage(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return stage(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return stage(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return stage(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return stage(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return stage(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return stage(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return stage(operator.truediv, other, self)

    def __floordiv__(self, other: Any) -> Any:
        return stage(operator.floordiv, self, other)

    def __mod__(self, other: Any) -> Any:
        return stage(operator.mod, self, other)

    def __pow__(self, other: Any) -> Any:
        return stage(operator.pow, self, other)

    def __rpow__(self, other: Any) -> Any:
        return stage(operator.pow, other, self)

    def __matmul__(self, other: Any) -> Any:
        return stage(operator.matmul, self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return stage(operator.matmul, other, self)

    def __neg__(self) -> Any:
        return stage(operator.neg, self)

    def __lt__(self, other: Any) -> Any:
        return stage(operator.lt, self, other)

    def __le__(self, other: Any) -> Any:
        return stage(operator.le, self, other)

    def __gt__(self, other: Any) -> Any:
        return stage(operator.gt, self, other)

    def __ge__(self, other: Any) -> Any:
        return stage(operator.ge, self, other)

    def __eq__(self, other: object) -> Any:
        """Inside a rule an operation; to the compiler's own tables, identity."""
        return stage(operator.eq, self, other) if _in_rule else self is other

    def __ne__(self, other: object) -> Any:
        return stage(operator.ne, self, other) if _in_rule else self is not other

    __hash__ = object.__hash__

    def __getitem__(self, index: Any) -> Any:
        return stage(operator.getitem, self, index)

    def __iter__(self) -> Any:
        raise TypeError("an IR value cannot be iterated while the program is being compiled")

    def __bool__(self) -> bool:
        raise UnknownRankError("the truth of this value is known only at run time")

    __int__ = __float__ = __index__ = __array__ = __bool__  # type: ignore[assignment]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "at":
            return NotImplemented
        return stage(ufunc if method == "__call__" else getattr(ufunc, method), *inputs, **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return stage(func, *args, **kwargs)

    @property
    def ndim(self) -> int:
        rank = rank_of(self.type)
        if rank is None:
            raise UnknownRankError("the rank of this value is known only at run time")
        return rank

    @property
    def shape(self) -> Any:
        """A tuple of ints where all sizes are known, else a staged `np.shape`.

        What may be a number at run time has no known sizes, though the array that it may be has.
        """
        if isinstance(self.type, Scalar):
            return ()
        if isinstance(self.type, Array) and not self.type.loose:
            if all(isinstance(d, int) for d in self.type.dims):
                return self.type.dims
        return stage(np.shape, self)

    @property
    def size(self) -> Any:
        shape = self.shape
        if isinstance(shape, tuple):
            return int(np.prod(shape, dtype=int))
        return stage(np.size, self)

    @property
    def dtype(self) -> np.dtype[Any]:
        if isinstance(self.type, Array):
            return self.type.dtype
        if isinstance(self.type, Scalar):
            return np.dtype({"complex": complex}.get(self.type.kind, float))
        raise UnknownRankError("the dtype of this value is known only at run time")

    @property
    def T(self) -> Any:
        return stage(np.transpose, self)

    def astype(self, dtype: Any) -> Any:
        return stage(np.astype, self, np.dtype(dtype))

    def __len__(self) -> int:
        if isinstance(self.type, Struct):
            return len(self.type.items)
        raise UnknownRankError("the length of this value is known only at run time")
