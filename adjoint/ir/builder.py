"""Appends operations to a region, inferring the type of every result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from adjoint.errors import Span, UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.infer import infer
from adjoint.ir.staging import active_builders
from adjoint.ir.types import Struct, Type, named_sizes


class Builder:
    """Where operations go, and what they are stamped with.

    Attributes
    ----------
    region : the region that grows.
    span : the user's source that the operations come from.
    backward : do the operations belong to the backward half?
    intercept : may give another value in the place of an operation's result.
    """

    def __init__(self, region: Region, span: Span | None = None, backward: bool = False):
        self.region, self.span, self.backward = region, span, backward
        self.intercept: Callable[[Any, list[Value], dict[str, Value]], Value | None] | None = None

    @contextmanager
    def active(self) -> Iterator[Builder]:
        """Operators and NumPy functions on values append here, inside the `with`."""
        active_builders.append(self)
        try:
            yield self
        finally:
            active_builders.pop()

    @contextmanager
    def inside(self, region: Region) -> Iterator[Region]:
        """Append to `region` for a while."""
        outer, self.region = self.region, region
        region.within = outer
        try:
            yield region
        finally:
            self.region = outer

    @contextmanager
    def at(self, span: Span | None) -> Iterator[None]:
        outer, self.span = self.span, span or self.span
        try:
            yield
        finally:
            self.span = outer

    def value(self, item: Any) -> Value:
        """`item` as an IR value: containers with values in them become container operations."""
        if isinstance(item, Value):
            return item
        if isinstance(item, (tuple, list)) and _has_values(item):
            target = ops.make_tuple if isinstance(item, tuple) else ops.make_list
            return self.apply(target, *item)
        if isinstance(item, slice) and _has_values((item.start, item.stop, item.step)):
            return self.apply(slice, item.start, item.stop, item.step)
        return Constant(item)

    def apply(self, target: Any, *args: Any, **kwargs: Any) -> Value:
        positional = [self.value(a) for a in args]
        named = {k: self.value(v) for k, v in kwargs.items()}
        if self.intercept is not None:
            instead = self.intercept(target, positional, named)
            if instead is not None:
                return instead
        try:
            result_type = named_sizes(infer(target, positional, named))
        except UnsupportedError as error:
            raise error.located(self.span) from None
        return self.emit(target, [*positional, *named.values()], result_type, tuple(named))

    def emit(
        self, target: Any, operands: Sequence[Value], type_: Type, keywords: tuple[str, ...] = ()
    ) -> Value:
        op = Op("apply", operands, [type_], target=target, keywords=keywords)
        return self.append(op).result

    def append(self, op: Op) -> Op:
        op.span, op.backward = op.span or self.span, self.backward
        return self.region.append(op)

    def unpack(self, value: Value, types: Sequence[Type]) -> list[Value]:
        return self.append(Op("apply", [value], types, target=ops.unpack)).results

    def make(self, type_: Struct, items: Sequence[Value]) -> Value:
        """A container of the given kind, with these items."""
        if type_.kind not in (tuple, list, dict):
            return self.apply(ops.make_record, type_.kind, Constant(type_.keys), *items)
        if type_.keys is not None:
            return self.apply(ops.make_dict, Constant(type_.keys), *items)
        is_tuple = issubclass(type_.kind, tuple)
        return self.apply(ops.make_tuple if is_tuple else ops.make_list, *items)

    def end(self, values: Sequence[Value], kind: str = "yield") -> None:
        self.append(Op(kind, values))

    def if_(
        self,
        condition: Value,
        regions: Sequence[Region],
        result_types: Sequence[Type],
        **attrs: Any,
    ) -> Op:
        return self.append(Op("if", [condition], result_types, regions=regions, attrs=attrs))


def _has_values(items: Sequence[Any]) -> bool:
    return any(
        isinstance(i, Value)
        or isinstance(i, (tuple, list))
        and _has_values(i)
        or isinstance(i, slice)
        and _has_values((i.start, i.stop, i.step))
        for i in items
    )
