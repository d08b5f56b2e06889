"""Pull cotangents back through one operation: apply its rule, or take containers apart."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.callables import facts_of, signature_of
from adjoint.ir.core import Constant, Op, Value, python_value
from adjoint.ir.indexing import index_items, is_basic
from adjoint.ir.infer import is_elementwise
from adjoint.ir.staging import UnknownRankError, inside_rule
from adjoint.ir.types import (
    UNKNOWN,
    Array,
    List,
    Scalar,
    Struct,
    Type,
    Unknown,
    is_loose,
    is_rank0,
)
from adjoint.rules import Rule, is_inactive, rule_for
from adjoint.rules.composites import composite_terms
from adjoint.rules.kinds import Refused
from adjoint.rules.registry import no_rule
from adjoint.rules.staged import arguments_of, is_complex
from adjoint.runtime.containers import cotangent_of
from adjoint.transforms.activity.activity import refuse_loose
from adjoint.transforms.reverse_mode.cotangents import Bars, Cotangents
from adjoint.transforms.reverse_mode.custom import reverse_custom

_EXTREMA = (np.maximum, np.minimum, np.fmax, np.fmin, np.clip, max, min)


class Pullback(Cotangents):
    """Adds to the cotangents of the operands of an `apply`, given those of its results."""

    def apply(self, op: Op, bars: Bars) -> None:
        if is_inactive(op.target):
            if op.target is np.sign and any(map(is_complex, op.operands)):
                raise UnsupportedError("the sign of a complex number", instead="write z / abs(z)")
            return
        if not any(v in self.active for v in op.operands):
            return
        if op.target is ops.unpack:
            self._unpack(op, bars)
            return
        y = op.result
        if op.target is operator.getitem:
            self._getitem(op, y, bars)
            return
        if op.target in ops.CONTAINERS:
            self._container(op, y, bars)
            return
        y_bar = self.take(bars, y)
        if y_bar is None:
            return
        refuse_loose(op, self.active)
        if op.target is ops.custom:
            reverse_custom(self, op, y_bar, bars)
            return
        rule = rule_for(op.target)
        if rule is None:
            raise no_rule(op.target)
        positional, named = op.arguments()
        args, kwargs = arguments_of(op)
        with inside_rule():
            terms = composite_terms(op, self.active.__contains__)
        known = terms is None or all(term.elementwise for term in terms)
        mask = _mask_of(y_bar) if is_elementwise(op.target) and known else None
        if mask is not None:
            y_bar = mask[1]
        if terms is not None:
            for term in terms:
                with inside_rule():
                    contribution = term.pull(y_bar)
                if mask is not None:
                    contribution = _remask(self.builder, mask, contribution)
                self.add(bars, term.value, (), contribution)
            return
        try:
            with inside_rule():
                cotangents = rule.pullback(y_bar, y, args, kwargs)
        except UnknownRankError:
            cotangents = self._at_run_time(rule, y_bar, y, positional, named)
        same_shape = is_elementwise(op.target) and (
            isinstance(y.type, Unknown) or is_loose(y.type)
        )
        for operand, contribution in zip(positional, cotangents):  # noqa: B905
            if operand not in self.active or contribution is None:
                continue
            if isinstance(contribution, Refused):
                raise UnsupportedError(contribution.reason)
            if op.target in _EXTREMA and isinstance(contribution, Value):
                if contribution.op is not None:
                    contribution.op.attrs["extremum"] = True
            if same_shape and all(v is operand or is_rank0(v.type) for v in positional):
                self.add_fitted(bars, operand, contribution)
                continue
            if mask is not None:
                contribution = _remask(self.builder, mask, contribution)
            self.add(bars, operand, (), contribution)
        for name, operand in named.items():
            if operand not in self.active:
                continue
            position = rule.position(name)
            if position < 0:
                position = _place_of(op.target, name)
            contribution = cotangents[position] if 0 <= position < len(cotangents) else None
            if contribution is None or isinstance(contribution, Refused) or mask is not None:
                raise UnsupportedError(f"the derivative with respect to '{name}' is not known")
            self.add(bars, operand, (), contribution)

    def _at_run_time(
        self, rule: Rule, y_bar: Value, y: Value, args: list[Value], named: dict[str, Value]
    ) -> list[Value | None]:
        """Call the rule itself, which is NumPy code, on the arrays of unknown rank."""
        if rule.vjp is None:
            raise UnknownRankError("the rank decides this derivative")
        arrays = [self._as_array(rule.target, k, v) for k, v in enumerate(args)]
        operands = [y_bar, *([y] if rule.kind == "general" else []), *arrays, *named.values()]
        several = (
            rule.kind == "multilinear"
            or rule.kind == "general"
            and (sum(v in self.active for v in args) > 1)
        )
        type_: Type = Struct(tuple, (UNKNOWN,) * len(args)) if several else UNKNOWN
        result = self.builder.emit(rule.vjp, operands, type_, tuple(named))
        if not several and rule.kind == "general" and len(args) > 1:
            (position,) = (k for k, v in enumerate(args) if v in self.active)
            part = self.builder.emit(cotangent_of, [result, Constant(position)], UNKNOWN)
            return [part if k == position else None for k in range(len(args))]
        if not several:
            return [result]
        return [
            self.builder.apply(operator.getitem, result, k) if v in self.active else None
            for k, v in enumerate(args)
        ]

    @staticmethod
    def _as_array(target: Any, position: int, value: Value) -> Value:
        """A list that is part of the program as the array that NumPy makes of it."""
        facts = facts_of(target)
        is_list = isinstance(value, Constant) and isinstance(value.value, (list, tuple))
        if facts is None or not facts.takes_array(position) or not is_list:
            return value
        return Constant(np.asarray(python_value(value)))

    def _getitem(self, op: Op, y: Value, bars: Bars) -> None:
        base, index = op.operands
        if isinstance(base.type, Struct) and isinstance(index, Constant):
            if isinstance(index.value, slice):
                positions = list(range(len(base.type.items)))[index.value]
                for k, position in enumerate(positions):
                    self.move(bars, y, (k,), base, (position,))
                return
            position = base.type.position(index.value)
            self.move(bars, y, (), base, (position,))
            return
        y_bar = self.take(bars, y)
        if y_bar is None:
            return
        table = _table_of(base)
        if table is not None and is_rank0(y.type):
            self._index_table(bars, *table, index, y_bar)
            return
        if isinstance(base.type, Struct):
            self._index_struct(bars, base, index, y_bar)
            return
        axes = new_axes(index) if isinstance(base.type, Array) else None
        if axes is not None:
            self.add(bars, base, (), self.builder.apply(np.squeeze, y_bar, axis=axes))
            return
        if isinstance(base.type, Array) and not base.type.dims and is_basic(index):
            self.add(bars, base, (), y_bar)  # its one element, whose cotangent may be a number
            return
        self._index_add(bars, base, index, y_bar)

    def _index_add(self, bars: Bars, base: Value, index: Value, y_bar: Value) -> None:
        """The cotangent of `base[index]` is added there, to that of the whole."""
        operands = [self.or_zero(bars, base), index, y_bar]
        self.set(bars, base, (), self.builder.emit(ops.index_add, operands, base.type))

    def _index_table(
        self, bars: Bars, table: Value, row: Value, index: Value, y_bar: Value
    ) -> None:
        """`rows[i][j]` of a list of rows: its cotangent goes into the place, not through a row."""
        total = self.or_zero(bars, table)
        path = ((operator.getitem, 1),) * 2
        value = ops.follow(total, path, (row, index)) + y_bar
        stored = self.builder.apply(ops.store, total, value, Constant(path), row, index)
        self.set(bars, table, (), stored)

    def _index_struct(self, bars: Bars, base: Value, index: Value, y_bar: Value) -> None:
        """`xs[i]` for a fixed tuple and a run-time i: item k gets the cotangent where i == k.

        The index is looked up, so that one out of range raises what it does in the primal.
        """
        assert isinstance(base.type, Struct)
        n = len(base.type.items)
        positions = list(range(n)) if base.type.kind is list else tuple(range(n))
        position = self.builder.apply(operator.getitem, Constant(positions), index)
        for k in range(n):
            hit = self.builder.apply(operator.eq, position, k)
            if is_rank0(y_bar.type):
                self.add(bars, base, (k,), self.builder.apply(ops.select, hit, y_bar, 0.0))
            else:
                self.add(bars, base, (k,), self.builder.apply(operator.mul, y_bar, hit))

    def _container(self, op: Op, y: Value, bars: Bars) -> None:
        items = op.operands[ops.CONTAINERS[op.target] :]
        if isinstance(y.type, List):  # a list that grows: its items are read back by position
            y_bar = bars.get((y, ()))
            for k, item in enumerate(items):
                if y_bar is not None and item in self.active:
                    self.add(bars, item, (), self.builder.apply(operator.getitem, y_bar, k))
            return
        for k, item in enumerate(items):
            self.move(bars, y, (k,), item, ())

    def _unpack(self, op: Op, bars: Bars) -> None:
        (base,) = op.operands
        if self._unpack_array(op, base, bars):
            return
        for k, result in enumerate(op.results):
            if isinstance(base.type, Struct):
                self.move(bars, result, (), base, (k,))
                continue
            bar = self.take(bars, result)
            if bar is not None:
                self._index_add(bars, base, Constant(k), bar)

    def _unpack_array(self, op: Op, base: Value, bars: Bars) -> bool:
        """The cotangents of an array's items are an array, where there are most of them."""
        if not isinstance(base.type, Array) or base.type.dtype != float or base.type.rank != 1:
            return False
        items = [bars.get((result, ())) for result in op.results]
        if 2 * items.count(None) >= len(items):
            return False
        whole = [0.0 if bar is None else bar for bar in items]
        self.add(bars, base, (), self.builder.apply(np.array, whole))
        return True


def _is_whole_or_new(index: Any) -> bool:
    return index is None or isinstance(index, slice) and index == slice(None)


def new_axes(index: Value) -> int | tuple[int, ...] | None:
    """The axes that a subscript like `x[:, None]` puts in, if it does nothing else."""
    items = index_items(index)
    for item in items:
        if not isinstance(item, Constant) or not _is_whole_or_new(item.value):
            return None
    axes = tuple(k for k, item in enumerate(items) if item.value is None)  # type: ignore[attr-defined]
    return axes[0] if len(axes) == 1 else axes or None


def _table_of(row: Value) -> tuple[Value, Value] | None:
    """The list of rows that a row is read from, and its position there."""
    op = row.op
    if op is None or op.target is not operator.getitem:
        return None
    table, position = op.operands
    is_table = isinstance(table.type, List) and not table.type.tape
    return (table, position) if is_table and isinstance(position.type, Scalar) else None


def _mask_of(y_bar: Any) -> tuple[int, Value, Op] | None:
    """For a cotangent `where(c, g, 0)` or `where(c, 0, g)`: which arm is zero, and g.

    Not for that of a maximum, which looks at its operand in any case.
    """
    op = y_bar.op if isinstance(y_bar, Value) else None
    if op is None or not op.backward or op.target not in (np.where, ops.select):
        return None
    if "extremum" in op.attrs:
        return None
    if len(op.operands) != 3:
        return None
    _, a, b = op.operands
    for arm, g, zero in ((2, a, b), (1, b, a)):
        if _is_zero(zero) and not _is_zero(g):
            return arm, g, op
    return None


def _is_zero(value: Value) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, float) and value.value == 0.0


def _remask(builder: Builder, mask: tuple[int, Value, Op], contribution: Any) -> Value:
    """The mask is applied after the local derivative, so that 0 x inf never happens."""
    arm, _, op = mask
    arms = (contribution, 0.0) if arm == 2 else (0.0, contribution)
    value = builder.value(contribution)
    target = op.target if is_rank0(value.type) else np.where
    return builder.apply(target, op.operands[0], *arms)


def _place_of(target: Any, name: str) -> int:
    """Where a function has the parameter of this name: a rule's cotangents are in this order."""
    try:
        names = list(signature_of(target).parameters)
    except (TypeError, ValueError):
        return -1
    return names.index(name) if name in names else -1
