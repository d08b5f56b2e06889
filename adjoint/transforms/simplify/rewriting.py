"""Helpers for the rules of `simplify`."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.infer import infer
from adjoint.ir.types import Size, dims_of, is_loose, proven_equal, proven_many

MULTIPLY = (operator.mul, np.multiply)


class Rewriter:
    """Inserts replacement operations just before the one that is rewritten."""

    def __init__(self, region: Region, index: int, op: Op):
        self.region, self.index, self.op = region, index, op

    def __call__(self, target: Any, *args: Any, **kwargs: Any) -> Value:
        operands = [a if isinstance(a, Value) else Constant(a) for a in args]
        named = {k: v if isinstance(v, Value) else Constant(v) for k, v in kwargs.items()}
        new = Op(
            "apply",
            [*operands, *named.values()],
            [infer(target, operands, named)],
            target=target,
            keywords=tuple(named),
            span=self.op.span,
            backward=True,
            attrs=self._origin(target),
        )
        new.parent = self.region
        self.region.ops.insert(self.index, new)
        self.index += 1
        return new.result

    def like(self, old: Op, target: Any, *args: Any) -> Value:
        """An operation in the place of `old`, whose origin it has: it fails where that fails."""
        made = self(target, *args)
        assert made.op is not None
        made.op.attrs["origin"] = old.attrs.get("origin", old.span)
        return made

    def _origin(self, target: Any) -> dict[str, Any]:
        """The place of the operand's operation that the new one stands for, for error messages.

        `y_bar * (1 / x)` becomes `y_bar / x`: it fails where the user wrote the division.
        """
        sources = [self.op, *(v.op for v in self.op.operands if v.op is not None)]
        source = next((s for s in sources if s.target is target), self.op)
        if source is self.op and "origin" not in source.attrs:
            return {}
        return {"origin": source.attrs.get("origin", source.span)}


Rule = Callable[[Rewriter, Op], Value | None]


def number_of(value: Value) -> float | np.floating | None:
    """The Python number of a constant, else None."""
    if isinstance(value, Constant) and isinstance(value.value, (int, float, np.floating)):
        number: float | np.floating = value.value
        return number
    return None


def is_zero_bar(value: Value) -> bool:
    """Is this a zero cotangent, or the number 0.0?"""
    if value.op is not None and value.op.target is ops.zero:
        return True
    return isinstance(value, Constant) and type(value.value) is float and value.value == 0.0


def broadcast_of(value: Value) -> tuple[Value, Value] | None:
    """For a cotangent `broadcast_to(x, shape)`: x and the shape."""
    if value.op is None or value.op.target is not np.broadcast_to or not value.op.backward:
        return None
    x, shape = value.op.operands
    return x, shape


def same_shape(a: Value, b: Value) -> bool:
    have, want = dims_of(a.type), dims_of(b.type)
    if have is None or want is None:
        return have is want
    same = all(m == n or proven_equal(m, n) for m, n in zip(have, want, strict=False))
    return len(have) == len(want) and same and is_loose(a.type) <= is_loose(b.type)


def agree(a: Size, b: Size) -> bool:
    """Are two sizes that meet in one element-wise operation equal? If neither is 1, they are."""
    return proven_equal(a, b) or proven_many(a) and proven_many(b)
