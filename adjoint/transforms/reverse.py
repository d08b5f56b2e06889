"""Reverse mode: an SSA function -> the same function followed by its adjoint.

One walk backwards over each region. `Bars` maps a value (and a path into it, for containers of
known structure) to its cotangent; a missing entry *is* zero. The backward code refers to primal
values wherever it needs them, also to those inside forward loops and branches; the `residuals`
pass then saves or recomputes them. A backward loop or branch remembers in `attrs["mirror"]` which
forward one it reverses.
"""

from __future__ import annotations

import inspect
import itertools
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Op, Region, Value, enclosing_region, free_values
from adjoint.ir.indexing import items_of, python_argument
from adjoint.ir.infer import is_elementwise
from adjoint.ir.staging import UnknownRankError, inside_rule
from adjoint.ir.types import (
    COMPLEX,
    FLOAT,
    UNKNOWN,
    Array,
    List,
    Scalar,
    Struct,
    Type,
    Unknown,
    is_differentiable,
    is_rank0,
)
from adjoint.rules import Rule, is_inactive, no_rule, rule_for
from adjoint.rules.registry import Refused
from adjoint.rules.staged import fit, is_complex
from adjoint.runtime.containers import cotangent_of
from adjoint.transforms.activity import active_values
from adjoint.transforms.calls import refuse_tapes, reverse_call
from adjoint.transforms.checkpoint import carry_draws, generators, restore_draws, take_again
from adjoint.transforms.custom import reverse_custom

Path = tuple[int, ...]
Key = tuple[Value, Path]


class Bars:
    """Cotangents in a region: its own, and through it those of the regions around it."""

    def __init__(self, outer: Bars | None = None):
        self.outer = outer
        self.own: dict[Key, Value] = {}

    def get(self, key: Key) -> Value | None:
        scope: Bars | None = self
        while scope is not None:
            if key in scope.own:
                return scope.own[key]
            scope = scope.outer
        return None


def leaf_paths(type_: Type, prefix: Path = ()) -> Iterator[tuple[Path, Type]]:
    """The differentiable leaves of a type, with the path that leads to each."""
    if isinstance(type_, Struct):
        for k, item in enumerate(type_.items):
            yield from leaf_paths(item, (*prefix, k))
    elif is_differentiable(type_):
        yield prefix, type_


def key_at(type_: Type, position: int) -> Any:
    """What indexes item `position` of a container of this type."""
    return type_.keys[position] if isinstance(type_, Struct) and type_.keys else position


class Reverse:
    """Appends the adjoint of a function's body to that body."""

    def __init__(self, function: Function, inputs: Sequence[Value], outputs: Sequence[Value]):
        refuse_tapes(function, inputs)
        self.function = function
        self.active = active_values(function, inputs, outputs)
        self.builder = Builder(function.body, function.span, backward=True)
        self.pairs: dict[tuple[Function, tuple[bool, ...]], Any] = {}

    def run(self, ops_: Sequence[Op], bars: Bars) -> None:
        for op in reversed(ops_):
            with self.builder.at(op.span):
                try:
                    self.op(op, bars)
                except UnknownRankError as error:
                    raise UnsupportedError(
                        f"the derivative of this operation needs unknown types: {error}",
                        op.span,
                        "annotate the arguments, or call the gradient with actual arguments",
                    ) from None
                except UnsupportedError as error:
                    raise error.located(op.span) from None

    # Accumulation

    def add(self, bars: Bars, value: Value, path: Path, contribution: Any) -> None:
        """Add a contribution to the cotangent of `value` (of its part at `path`)."""
        if contribution is None or value not in self.active:
            return
        type_ = value.type
        for k in path:
            assert isinstance(type_, Struct)
            type_ = type_.items[k]
        if isinstance(type_, Struct):
            for k in range(len(type_.items)):
                self.add(bars, value, (*path, k), self._part(contribution, type_, k))
            return
        if not is_differentiable(type_):
            return
        if isinstance(contribution, list):
            contribution = self.builder.value(contribution)
        if not isinstance(type_, List):
            contribution = self.fitted(contribution, value, path, type_)
        elif isinstance(contribution.type, Struct):
            contribution = self.builder.emit(
                ops.make_list, self._items(contribution), List(type_.element)
            )
        self._accumulate(bars, value, path, contribution, type_)

    def add_fitted(self, bars: Bars, value: Value, contribution: Any) -> None:
        """Add a contribution that has the shape of `value` by construction."""
        self._accumulate(bars, value, (), self.builder.value(contribution), value.type)

    def _accumulate(
        self, bars: Bars, value: Value, path: Path, contribution: Value, type_: Type
    ) -> None:
        old = bars.get((value, path))
        target = ops.add_containers if isinstance(type_, List) else operator.add
        total = contribution if old is None else self.builder.apply(target, old, contribution)
        self.set(bars, value, path, total)

    def _items(self, value: Value) -> list[Value]:
        return items_of(value) or [
            self.builder.apply(operator.getitem, value, k)
            for k in range(len(value.type.items))  # type: ignore[attr-defined]
        ]

    def _part(self, contribution: Any, type_: Struct, k: int) -> Any:
        if isinstance(contribution, list):
            return contribution[k]
        items = items_of(contribution)
        if items is not None:
            return items[k]
        return self.builder.apply(operator.getitem, contribution, key_at(type_, k))

    def fitted(self, contribution: Any, value: Value, path: Path, type_: Type) -> Value:
        like = value if not path else _Stand(type_, value, path, self.builder)
        return self.builder.value(fit(contribution, like))

    def set(self, bars: Bars, value: Value, path: Path, bar: Value) -> None:
        if not bar.name and not isinstance(bar, Constant) and bar.op is not None:
            bar.name = bar_name(value, path)
        bars.own[value, path] = bar

    def take(self, bars: Bars, value: Value) -> Any:
        """The whole cotangent of `value`: None where it is zero, a container with zeros in it."""
        if not isinstance(value.type, Struct):
            return bars.get((value, ()))
        if all(bars.get((value, p)) is None for p, _ in leaf_paths(value.type)):
            return None
        return self._assemble(bars, value, (), value.type)

    def _assemble(self, bars: Bars, value: Value, path: Path, type_: Type) -> Value:
        if isinstance(type_, Struct):
            items = [self._assemble(bars, value, (*path, k), t) for k, t in enumerate(type_.items)]
            return self.builder.make(type_, items)
        bar = bars.get((value, path))
        return self.zero(self.at(value, path)) if bar is None else self.as_number(bar, type_)

    def as_number(self, bar: Value, type_: Type) -> Value:
        """The cotangent of a Python float, which single precision has not made one."""
        single = isinstance(bar.type, Array) and bar.type.dtype != np.float64
        if type_ == FLOAT and single:
            return self.builder.apply(float, bar)
        if type_ == COMPLEX and not is_complex(bar):
            return self.builder.apply(complex, bar)
        return bar

    def at(self, value: Value, path: Path) -> Value:
        for k in path:
            value = self.builder.apply(operator.getitem, value, key_at(value.type, k))
        return value

    def zero(self, like: Value) -> Value:
        return self.builder.emit(ops.zero, [like], like.type)

    # Operations

    def op(self, op: Op, bars: Bars) -> None:
        match op.kind:
            case "apply":
                self.apply(op, bars)
            case "if":
                self.branch(op, bars)
            case "for" | "while":
                self.loop(op, bars)
            case "call":
                reverse_call(self, op, bars)

    def apply(self, op: Op, bars: Bars) -> None:
        if is_inactive(op.target):
            if op.target is np.sign and any(map(is_complex, op.operands)):
                raise UnsupportedError("the sign of a complex number", instead="write z / abs(z)")
            return
        if not any(v in self.active for v in op.operands):
            return
        if op.target is ops.unpack:
            self.unpack(op, bars)
            return
        y = op.result
        if op.target is operator.getitem:
            self.getitem(op, y, bars)
            return
        if op.target in ops.CONTAINERS:
            self.container(op, y, bars)
            return
        y_bar = self.take(bars, y)
        if y_bar is None:
            return
        if op.target is ops.custom:
            reverse_custom(self, op, y_bar, bars)
            return
        rule = rule_for(op.target)
        if rule is None:
            raise no_rule(op.target)
        positional, named = op.arguments()
        args = [python_argument(v) for v in positional]
        kwargs = {k: python_argument(v) for k, v in named.items()}
        mask = _mask_of(y_bar) if is_elementwise(op.target) else None
        if mask is not None:
            y_bar = mask[1]
        try:
            with inside_rule():
                cotangents = rule.pullback(y_bar, y, args, kwargs)
        except UnknownRankError:
            cotangents = self.at_run_time(rule, y_bar, y, positional, named)
        same_shape = is_elementwise(op.target) and isinstance(y.type, Unknown)
        for operand, contribution in zip(positional, cotangents):  # noqa: B905
            if operand not in self.active or contribution is None:
                continue
            if isinstance(contribution, Refused):
                raise UnsupportedError(contribution.reason)
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

    def at_run_time(
        self, rule: Rule, y_bar: Value, y: Value, args: list[Value], named: dict[str, Value]
    ) -> list[Value | None]:
        """Call the rule itself, which is NumPy code, on the arrays of unknown rank."""
        if rule.vjp is None:
            raise UnknownRankError("the rank decides this derivative")
        operands = [y_bar, *([y] if rule.kind == "general" else []), *args, *named.values()]
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

    def getitem(self, op: Op, y: Value, bars: Bars) -> None:
        base, index = op.operands
        if isinstance(base.type, Struct) and isinstance(index, Constant):
            if isinstance(index.value, slice):
                positions = list(range(len(base.type.items)))[index.value]
                for k, position in enumerate(positions):
                    self._move(bars, y, (k,), base, (position,))
                return
            position = base.type.position(index.value)
            self._move(bars, y, (), base, (position,))
            return
        y_bar = self.take(bars, y)
        if y_bar is None:
            return
        table = _table_of(base)
        if table is not None and is_rank0(y.type):
            self.index_table(bars, *table, index, y_bar)
            return
        if isinstance(base.type, Struct):
            self.index_struct(bars, base, index, y_bar)
            return
        old = bars.get((base, ()))
        accumulator = self.zero(base) if old is None else old
        total = self.builder.emit(ops.index_add, [accumulator, index, y_bar], base.type)
        self.set(bars, base, (), total)

    def index_table(
        self, bars: Bars, table: Value, row: Value, index: Value, y_bar: Value
    ) -> None:
        """`rows[i][j]` of a list of rows: its cotangent goes into the place, not through a row."""
        old = bars.get((table, ()))
        total = self.zero(table) if old is None else old
        path = ((operator.getitem, 1),) * 2
        value = ops.follow(total, path, (row, index)) + y_bar
        stored = self.builder.apply(ops.store, total, value, Constant(path), row, index)
        self.set(bars, table, (), stored)

    def index_struct(self, bars: Bars, base: Value, index: Value, y_bar: Value) -> None:
        """`xs[i]` for a fixed tuple and a run-time i: item k gets the cotangent where i == k."""
        n = len(base.type.items)  # type: ignore[attr-defined]
        position = self.builder.apply(operator.mod, index, n)
        for k in range(n):
            hit = self.builder.apply(operator.eq, position, k)
            if is_rank0(y_bar.type):
                self.add(bars, base, (k,), self.builder.apply(ops.select, hit, y_bar, 0.0))
            else:
                self.add(bars, base, (k,), self.builder.apply(operator.mul, y_bar, hit))

    def _move(self, bars: Bars, source: Value, at: Path, target: Value, to: Path) -> None:
        """Hand the cotangents of a part of `source` to a part of `target`."""
        type_ = source.type
        for k in at:
            type_ = type_.items[k]  # type: ignore[attr-defined]
        for path, _ in leaf_paths(type_):
            bar = bars.get((source, (*at, *path)))
            if bar is not None:
                self.add(bars, target, (*to, *path), bar)

    def container(self, op: Op, y: Value, bars: Bars) -> None:
        items = op.operands[ops.CONTAINERS[op.target] :]
        if isinstance(y.type, List):  # a list that grows: its items are read back by position
            y_bar = bars.get((y, ()))
            for k, item in enumerate(items):
                if y_bar is not None and item in self.active:
                    self.add(bars, item, (), self.builder.apply(operator.getitem, y_bar, k))
            return
        for k, item in enumerate(items):
            self._move(bars, y, (k,), item, ())

    def unpack(self, op: Op, bars: Bars) -> None:
        (base,) = op.operands
        for k, result in enumerate(op.results):
            if isinstance(base.type, Struct):
                self._move(bars, result, (), base, (k,))
                continue
            bar = self.take(bars, result)
            if bar is not None:
                old = bars.get((base, ()))
                accumulator = self.zero(base) if old is None else old
                total = self.builder.emit(
                    ops.index_add, [accumulator, Constant(k), bar], base.type
                )
                self.set(bars, base, (), total)

    # Branches

    def branch(self, op: Op, bars: Bars) -> None:
        incoming = [  # of containers too, which a derivative taken before hands out of its branch
            (position, path, bar)
            for position, result in enumerate(op.results)
            for path, _ in leaf_paths(result.type)
            if result in self.active and (bar := bars.get((result, path))) is not None
        ]
        if not incoming:
            return
        arms: list[tuple[Region, Bars]] = []
        for region in op.regions:
            inner = Bars(bars)
            with self.builder.inside(Region()) as backward:
                for position, path, bar in incoming:
                    self.add(inner, region.yields[position], path, bar)
                self.run(region.ops[:-1], inner)
            arms.append((backward, inner))
        keys: dict[Key, None] = {}
        for region, (_, inner) in zip(op.regions, arms, strict=True):
            for key in inner.own:
                if not _is_local(key[0], region):
                    keys[key] = None
        types = [self._leaf_type(*key) for key in keys]
        for backward, inner in arms:
            with self.builder.inside(backward):
                values = []
                for key in keys:
                    bar = inner.get(key)
                    values.append(self.zero(self.at(*key)) if bar is None else bar)
                self.builder.end(values)
        mirror = self.builder.if_(op.operands[0], [b for b, _ in arms], types, mirror=op, style="")
        for key, result in zip(keys, mirror.results, strict=True):
            result.name = bar_name(*key)
            bars.own[key] = result

    @staticmethod
    def _leaf_type(value: Value, path: Path) -> Type:
        type_ = value.type
        for k in path:
            type_ = type_.items[k]  # type: ignore[attr-defined]
        return type_

    # Loops

    def loop(self, op: Op, bars: Bars) -> None:
        """The reverse of a loop is a loop: cotangents of the carries and of outer values go round.

        Cotangents of the elements are recorded; records of the forward loop hand theirs in.
        """
        carried = [
            k for k in range(op.n_carries)
            if op.carries[k] in self.active or op.results[k] in self.active
        ]  # fmt: skip
        stacks = [(s, r) for s, r in zip(op.stacks, op.records, strict=True) if s in self.active]
        stacks = [(s, r) for s, r in stacks if bars.get((s, ())) is not None]
        if not stacks and not any(bars.get((op.results[k], ())) is not None for k in carried):
            return
        states = carry_draws(op) if "checkpoint" in op.attrs else []
        outer = [v for v in free_values(op.body) if v in self.active]
        keys: list[Key] = [(v, p) for v in outer for p, _ in leaf_paths(v.type)]

        inits: list[Value] = []
        for k in carried:
            bar = bars.get((op.results[k], ()))
            inits.append(self.zero(op.results[k]) if bar is None else bar)
        for key in keys:
            bar = bars.get(key)
            inits.append(self.zero(self.at(*key)) if bar is None else bar)

        backward = Region()
        given = [backward.add_param(r.type, bar_name(r)) for _, r in stacks]
        inner = Bars(bars)
        carry_bars = [
            backward.add_param(op.carries[k].type, bar_name(op.carries[k])) for k in carried
        ]
        for key in keys:
            inner.own[key] = backward.add_param(self._leaf_type(*key), bar_name(*key))
        with self.builder.inside(backward):
            steps, at = op.body.ops[:-1], dict[Value, Value]()
            if "checkpoint" in op.attrs:
                steps, at = self.again(op, backward, states)
            for k, bar in zip(carried, carry_bars, strict=True):
                following = op.next_carries[k]
                self.add(inner, at.get(following, following), (), bar)
            for (_, record), bar in zip(stacks, given, strict=True):
                self.add(inner, at.get(record, record), (), bar)
            self.run(steps, inner)
            values: list[Value] = []
            for k, bar in zip(carried, carry_bars, strict=True):
                value = inner.get((op.carries[k], ()))
                values.append(self.zero(bar) if value is None else value)
            values.extend(inner.own[key] for key in keys)
            recorded = []
            for sequence, element in zip(op.sequences, op.elements, strict=True):
                if sequence in self.active:
                    bar = self.take(inner, element)
                    if bar is None:
                        bar = self.zero(element)
                    values.append(bar)
                    recorded.append((sequence, bar.type))
            self.builder.end(values)
        mirror = Op(
            "for",
            [*(bars.get((s, ())) for s, _ in stacks), *inits],  # type: ignore[list-item]
            [v.type for v in [*carry_bars, *(inner.own[key] for key in keys)]]
            + [List(t) for _, t in recorded],
            regions=[backward],
            attrs={
                "sequences": len(stacks),
                "mirror": op,
                "backwards": not op.attrs.get("backwards", False),
                "aligned": True,
                **{k: v for k, v in op.attrs.items() if k == "checkpoint"},
            },
        )
        mirror = self.builder.append(mirror)
        results = mirror.results
        for key, result in zip(keys, results[len(carried) :], strict=False):
            result.name = bar_name(*key)
            bars.own[key] = result
        for k, result in zip(carried, results, strict=False):
            result.name = bar_name(op.carries[k])
            self.add(bars, op.inits[k], (), result)
        for (sequence, _), stack in zip(recorded, mirror.stacks, strict=True):
            self.sequence(op, bars, sequence, stack)

    def again(
        self, op: Op, backward: Region, states: list[Value]
    ) -> tuple[list[Op], dict[Value, Value]]:
        """Begin the reverse of a checkpointed trip by taking it again; what is to be reversed."""
        steps, at = take_again(op, backward)
        self.active |= {copy for value, copy in at.items() if value in self.active}
        if steps and states:
            end = Op("yield")
            backward.append(end)
            restore_draws(backward, generators(op.body), states, steps[0], end)
            backward.ops.remove(end)
        return steps, at

    def sequence(self, op: Op, bars: Bars, sequence: Value, stack: Value) -> None:
        """The cotangents of the elements as the cotangent of what the loop ran over."""
        stack.name = bar_name(sequence)
        partial = op.has_exit or not has_equal_lengths(op)
        match sequence.type:
            case Array() | Unknown():
                if partial:
                    stack = self.builder.apply(ops.pad_zeros, stack, sequence)
                total = self.builder.apply(ops.rows_to_array, stack, sequence)
                self.add(bars, sequence, (), total)
            case List():
                if partial:
                    stack = self.builder.apply(ops.pad_zeros, stack, sequence)
                self.add(bars, sequence, (), stack)
            case Struct(_, items):
                if partial:
                    stack = self.builder.apply(ops.pad_zeros, stack, sequence)
                for k in range(len(items)):
                    item = self.builder.apply(operator.getitem, stack, k)
                    self.add(bars, sequence, (k,), item)


def has_equal_lengths(op: Op) -> bool:
    """Do all sequences of the loop have the length of each other? (A counter has any.)"""
    if op.attrs.get("aligned") or op.attrs.get("strict"):
        return True
    counters = [s for s in op.sequences if s.op is not None and s.op.target is itertools.count]
    return op.n_sequences - len(counters) <= 1


def _table_of(row: Value) -> tuple[Value, Value] | None:
    """The list of rows that a row is read from, and its position there."""
    op = row.op
    if op is None or op.target is not operator.getitem:
        return None
    table, position = op.operands
    is_table = isinstance(table.type, List) and not table.type.tape
    return (table, position) if is_table and isinstance(position.type, Scalar) else None


class _Stand(Value):
    """Stands for a part of a container where a rule asks for its type or shape."""

    __slots__ = ("base", "path", "builder")

    def __init__(self, type_: Type, base: Value, path: Path, builder: Builder):
        super().__init__(type_)
        self.base, self.path, self.builder = base, path, builder

    @property
    def shape(self) -> Any:
        value: Any = self.base
        for k in self.path:
            value = self.builder.apply(operator.getitem, value, key_at(value.type, k))
        return value.shape


def bar_name(value: Value, path: Path = ()) -> str:
    """The name of a cotangent, from what it is the cotangent of."""
    name = value.name
    type_ = value.type
    for k in path:
        key = key_at(type_, k)
        name = (
            key if isinstance(key, str) and key.isidentifier() else f"{name}_{key}" if name else ""
        )
        type_ = type_.items[k]  # type: ignore[attr-defined]
    return f"{name}_bar" if name else ""


def _is_local(value: Value, region: Region) -> bool:
    """Is the value defined in this region (at its top level: deeper bars never come up here)?"""
    return enclosing_region(value) is region


def _mask_of(y_bar: Any) -> tuple[int, Value, Op] | None:
    """For a cotangent `where(c, g, 0)` or `where(c, 0, g)`: which arm is zero, and g."""
    op = y_bar.op if isinstance(y_bar, Value) else None
    if op is None or not op.backward or op.target not in (np.where, ops.select):
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
        names = list(inspect.signature(target).parameters)
    except (TypeError, ValueError):
        return -1
    return names.index(name) if name in names else -1
