"""Reverse mode: an SSA function -> the same function followed by its adjoint.

One walk backwards over each region. The backward code refers to primal values wherever it needs
them, also to those inside forward loops and branches; the `residuals` pass then saves them, or has
them computed again. A backward loop or branch remembers in `attrs["mirror"]` which forward one it
reverses.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, enclosing_region, free_values
from adjoint.ir.staging import UnknownRankError
from adjoint.ir.types import (
    Array,
    List,
    Struct,
    Type,
    Unknown,
    compatible,
    dims_of,
    holds_single,
    is_loose,
    part_of,
    proven_equal,
)
from adjoint.transforms.activity.activity import active_values
from adjoint.transforms.activity.opaque import refuse_inputs_in_opaque_calls
from adjoint.transforms.activity.texts import refuse_numbers_in_texts
from adjoint.transforms.reverse_mode.calls import refuse_tapes, reverse_call, taped
from adjoint.transforms.reverse_mode.checkpoint import (
    carry_draws,
    generators,
    recomputed,
    restore_draws,
    take_again,
)
from adjoint.transforms.reverse_mode.cotangents import Bars, Key, bar_name, leaf_paths, name_bar
from adjoint.transforms.reverse_mode.pairs import Pairs
from adjoint.transforms.reverse_mode.pullback import Pullback
from adjoint.transforms.reverse_mode.sinking import sink


class Reverse(Pullback):
    """Appends the adjoint of a function's body to that body."""

    def __init__(self, function: Function, inputs: Sequence[Value], outputs: Sequence[Value]):
        refuse_tapes(function, inputs)
        refuse_inputs_in_opaque_calls(function, inputs)
        refuse_numbers_in_texts(inputs)
        builder = Builder(function.body, function.span, backward=True)
        super().__init__(active_values(function, inputs, outputs), builder)
        self.has_single = any(holds_single(p.type) for p in function.params)
        self.has_loose = self.has_single and any(
            is_loose(v.type) for op in function.body.walk() for v in op.results
        )
        self.has_calls = any(op.kind == "call" for op in function.body.walk())
        self.pairs = Pairs()

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

    def op(self, op: Op, bars: Bars) -> None:
        match op.kind:
            case "apply":
                self.apply(op, bars)
            case "if":
                self._branch(op, bars)
            case "for" | "while":
                self._loop(op, bars)
            case "call":
                again = op.attrs["function"].attrs.get("checkpoint")
                reverse_call(self, op, bars, recomputed if again else taped)

    def _branch(self, op: Op, bars: Bars) -> None:
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
                    self.hand_over(inner, region.yields[position], path, bar)
                self.run(region.ops[:-1], inner)
            arms.append((backward, inner))
        for k, (backward, _) in enumerate(arms):
            with self.builder.inside(backward):
                sink(op, [each for _, each in arms], bars, self._pull_back, k)
        keys: dict[Key, None] = {}
        for region, (_, inner) in zip(op.regions, arms, strict=True):
            for key in inner.own:
                if not _is_local(key[0], region):
                    keys[key] = None
        types = [part_of(key[0].type, key[1]) for key in keys]
        for backward, inner in arms:
            with self.builder.inside(backward):
                self.builder.end([self.or_zero(inner, *key) for key in keys])
        mirror = self.builder.if_(op.operands[0], [b for b, _ in arms], types, mirror=op, style="")
        for key, result in zip(keys, mirror.results, strict=True):
            name_bar(result, *key)
            bars.own[key] = result

    def _pull_back(self, op: Op, bars: Bars) -> None:
        with self.builder.at(op.span):
            self.apply(op, bars)

    def _loop(self, op: Op, bars: Bars) -> None:
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

        inits = [self.or_zero(bars, op.results[k]) for k in carried]
        inits += [self.or_zero(bars, *key) for key in keys]

        backward = Region()
        given = [backward.add_param(r.type) for _, r in stacks]
        inner = Bars(bars)
        carry_bars = [backward.add_param(_handed_on(op, k)) for k in carried]
        for bar, (_, record) in zip(given, stacks, strict=True):
            name_bar(bar, record)
        for bar, k in zip(carry_bars, carried, strict=True):
            name_bar(bar, op.carries[k])
        for key in keys:
            inner.own[key] = backward.add_param(part_of(key[0].type, key[1]))
            name_bar(inner.own[key], *key)
        with self.builder.inside(backward):
            steps, at = op.body.ops[:-1], dict[Value, Value]()
            if "checkpoint" in op.attrs:
                steps, at = self._again(op, backward, states)
            for k, bar in zip(carried, carry_bars, strict=True):
                following = op.next_carries[k]
                self.hand_over(inner, at.get(following, following), (), bar)
            for (_, record), bar in zip(stacks, given, strict=True):
                self.add(inner, at.get(record, record), (), bar)
            self.run(steps, inner)
            values: list[Value] = []
            for k, bar in zip(carried, carry_bars, strict=True):
                value = inner.get((op.carries[k], ()))
                if value is None:  # the trip began with a value that nothing reads
                    same = keeps_its_size(op, k)
                    value = self.zero(bar if same else op.carries[k])
                values.append(value)
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
            [*(self.or_zero(bars, s) for s, _ in stacks), *inits],
            [_given(op, k) for k in carried]
            + [inner.own[key].type for key in keys]
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
            name_bar(result, *key)
            bars.own[key] = result
        for k, result in zip(carried, results, strict=False):
            name_bar(result, op.carries[k])
            self.hand_over(bars, op.inits[k], (), result)
        for (sequence, _), stack in zip(recorded, mirror.stacks, strict=True):
            self._sequence(op, bars, sequence, stack)

    def _again(
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

    def _sequence(self, op: Op, bars: Bars, sequence: Value, stack: Value) -> None:
        """The cotangents of the elements as the cotangent of what the loop ran over."""
        stack.name = bar_name(sequence)
        partial = op.has_exit or not op.is_aligned
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


def _handed_on(op: Op, k: int) -> Type:
    """The type of what an iteration hands on: its cotangent comes in, when it is reversed."""
    carry, following = op.carries[k].type, op.next_carries[k].type
    return following if compatible(following, carry) else carry


def _given(op: Op, k: int) -> Type:
    """The type of what the loop begins with, whose cotangent its reverse ends with."""
    carry, init = op.carries[k].type, op.inits[k].type
    return init if compatible(init, carry) else carry


def _is_local(value: Value, region: Region) -> bool:
    """Is the value defined in this region (at its top level: deeper bars never come up here)?"""
    return enclosing_region(value) is region


def keeps_its_size(op: Op, k: int) -> bool:
    """Has what the loop carries in this place the same size in every iteration?"""
    values = op.inits[k], op.carries[k], op.next_carries[k]
    dims = [d for v in values if (d := dims_of(v.type)) is not None and not is_loose(v.type)]
    return len(dims) == len(values) and all(
        len(d) == len(dims[1]) and all(map(proven_equal, d, dims[1])) for d in dims
    )
