"""What a type claims, held against real arrays.

A world gives every symbol a size. Equal symbols (with equal offsets) must be equal sizes in every
world, `not_one` must not be 1, a known int must be that int, and rank, dtype and whether it is a
NumPy scalar must be right.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.infer import infer
from adjoint.ir.types import Array, Dim, List, Scalar, Size, Struct, Type

PYTHON = {"bool": bool, "int": int, "float": float, "complex": complex}


class World:
    """Sizes of the symbols; claims met on the way are remembered, and must stay consistent."""

    def __init__(self, sizes: dict[int, int]):
        self.seen: dict[tuple[int, int], int] = {(s, 0): n for s, n in sizes.items()}

    def size(self, size: Size) -> int:
        return size if isinstance(size, int) else self.seen[size.symbol, 0] + size.offset

    def shape(self, type_: Array) -> tuple[int, ...]:
        return tuple(map(self.size, type_.dims))

    def claim(self, size: Size, real: int, where: str) -> None:
        if isinstance(size, int):
            assert real == size, f"{where}: {size} claimed, {real} found"
            return
        assert not (size.not_one and real == 1), f"{where}: not_one claimed, 1 found"
        if size.symbol:
            base = self.seen.get((size.symbol, 0), -1)
            if base >= 0 and base + size.offset >= 0:  # else it may be an empty slice
                self.seen[size.symbol, size.offset] = base + size.offset
            known = self.seen.setdefault((size.symbol, size.offset), real)
            assert known == real, f"{where}: {size} was {known} and is {real}"

    def check(self, type_: Type, real: Any, where: str = "") -> None:
        match type_:
            case Scalar(kind, size):
                assert type(real) is PYTHON[kind], f"{where}: {kind} claimed, {type(real)} found"
                if size is not None:
                    self.claim(size, real, where)
            case Array(dtype, dims, scalar):
                assert isinstance(real, (np.ndarray, np.generic)), f"{where}: {type(real)}"
                assert isinstance(real, np.generic) == scalar, f"{where}: {type(real)} vs {type_}"
                assert real.dtype == dtype, f"{where}: {dtype} claimed, {real.dtype} found"
                assert real.ndim == len(dims), f"{where}: {type_} claimed, {real.shape} found"
                for axis, (size, n) in enumerate(zip(dims, real.shape, strict=True)):
                    self.claim(size, n, f"{where} axis {axis} of {real.shape}")
            case Struct(kind, items) if kind is not dict:
                assert len(real) == len(items)
                for item, each in zip(items, real, strict=True):
                    self.check(item, each, where)
            case List(_, size):
                self.claim(size, len(real), where)
            case _:
                raise AssertionError(f"{where}: no claim in {type_}")


def array(*dims: Size, dtype: Any = np.float64) -> Value:
    return Value(Array(np.dtype(dtype), tuple(dims)))


def apply(target: Any, *args: Any, **kwargs: Any) -> Value:
    """An operation as the builder makes it, without a region."""
    values = [a if isinstance(a, Value) else Constant(a) for a in args]
    named = {k: v if isinstance(v, Value) else Constant(v) for k, v in kwargs.items()}
    type_ = infer(target, values, named)
    operands = [*values, *named.values()]
    return Op("apply", operands, [type_], target=target, keywords=tuple(named)).result


def pack(*items: Any) -> Value:
    return apply(ops.make_tuple, *items)


def evaluate(value: Value, world: World, given: dict[Value, Any]) -> Any:
    """The value in this world, each step of it checked against its type."""
    if value in given:
        return given[value]
    if isinstance(value, Constant):
        return value.value
    if value.op is None:
        assert isinstance(value.type, (Array, Scalar)), value.type
        if isinstance(value.type, Scalar):
            size = value.type.size
            real: Any = PYTHON[value.type.kind](3 if size is None else world.size(size))
        else:
            real = np.full(world.shape(value.type), 1, value.type.dtype)
            real = real[()] if value.type.scalar else real
        world.check(value.type, real, "input")
        given[value] = real
        return real
    args, kwargs = value.op.arguments()
    reals = [evaluate(a, world, given) for a in args]
    named = {k: evaluate(v, world, given) for k, v in kwargs.items()}
    real = given[value] = value.op.target(*reals, **named)
    if value.op.target is not slice:
        world.check(value.type, real, getattr(value.op.target, "__name__", ""))
    return real


def holds(
    values: list[Value], sizes: dict[Dim, int], given: dict[Value, Any] | None = None
) -> None:
    """The claims in the types of all `values` (and of what they are made of) in one world."""
    world = World({dim.symbol: n for dim, n in sizes.items()})
    table = dict(given or {})
    for value in values:
        evaluate(value, world, table)
