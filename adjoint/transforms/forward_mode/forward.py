"""Forward mode: an SSA function -> the same function with a tangent beside every active value.

One walk forward over each region. A branch yields tangents beside its results, a loop carries them
beside its carries and runs over the tangents of its sequences, records and recursive calls have
theirs. A missing tangent *is* zero; zeros are made only where paths that disagree meet.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, clone_region
from adjoint.ir.staging import UnknownRankError
from adjoint.ir.types import Struct, is_differentiable
from adjoint.rules import is_inactive
from adjoint.transforms.activity.activity import active_values, refuse_loose
from adjoint.transforms.activity.opaque import refuse_inputs_in_opaque_calls
from adjoint.transforms.activity.texts import refuse_numbers_in_texts
from adjoint.transforms.forward_mode.pushforward import push
from adjoint.transforms.forward_mode.tangents import Tangent, Tangents, is_zero
from adjoint.transforms.forward_mode.transpose import reachable
from adjoint.transforms.optimise import optimise
from adjoint.transforms.reverse_mode.calls import refuse_tapes
from adjoint.transforms.reverse_mode.cotangents import Path
from adjoint.transforms.reverse_mode.custom import is_replaced, refuse_captures

Twins = dict[tuple[Function, tuple[bool, ...]], Function]


class Forward:
    """Puts tangents into the body of a function."""

    def __init__(self, function: Function, inputs: Sequence[Value], outputs: Sequence[Value]):
        refuse_tapes(function, inputs)
        refuse_inputs_in_opaque_calls(function, inputs)
        self.function = function
        self.outputs = set(outputs)
        self.active = active_values(function, inputs, outputs)
        self.builder = Builder(function.body, function.span, backward=True)
        self.tangents = Tangents(self.builder)
        self.orders = [self.tangents]  # one of each order, where there are more
        self.twins: Twins = {}

    def body(self, region: Region) -> Op:
        """Transform what a region does; its terminator is handed to the caller."""
        *steps, terminator = region.ops
        region.ops = []
        with self.builder.inside(region):
            for op in steps:
                with self.builder.at(op.span):
                    try:
                        self.step(op, region)
                    except UnknownRankError as error:
                        raise UnsupportedError(
                            f"the derivative of this operation needs unknown types: {error}",
                            op.span,
                            "annotate the arguments, or call with actual arguments",
                        ) from None
                    except UnsupportedError as error:
                        raise error.located(op.span) from None
        return terminator

    def step(self, op: Op, region: Region) -> None:
        match op.kind:
            case "apply":
                self.apply(op, region)
            case "if":
                self.branch(op, region)
            case "for" | "while":
                self.loop(op, region)
            case "call":
                self.call(op, region)

    def apply(self, op: Op, region: Region) -> None:
        """The tangent comes first where it can: the primal may overwrite what it needs."""
        still = is_inactive(op.target) or not any(r in self.active for r in op.results)
        if op.target is ops.custom and not still:
            refuse_captures(op, self.active)
        still = still or is_replaced(op) or all(self.tangents.get(v) is None for v in op.operands)
        if still:
            region.append(op)
            return
        refuse_loose(op, self.active)
        with self.builder.inside(Region()) as made:
            found = self.unpack(op) if op.target is ops.unpack else [push(self, op)]
        needed = reachable(_values(found), made)
        kept = [o for o in made.ops if o in needed]
        for dead in reversed(made.ops):
            if dead not in needed:
                dead.drop()
        late = any(r in o.operands for r in op.results for k in kept for o in _inside(k))
        for each in [op, *kept] if late else [*kept, op]:
            region.append(each)
        for result, tangent in zip(op.results, found, strict=True):
            self.tangents.set(result, tangent)

    def unpack(self, op: Op) -> list[Tangent]:
        (base,) = op.operands
        if isinstance(base.type, Struct):
            tangent = self.tangents.get(base)
            return [self.tangents.part(tangent, base.type, k) for k in range(len(op.results))]
        whole = self.tangents.whole(base)
        found = self.builder.unpack(whole, [r.type for r in op.results])
        return [f if is_differentiable(f.type) else None for f in found]

    # Branches

    def branch(self, op: Op, region: Region) -> None:
        ends = [self.body(r) for r in op.regions]
        moving = [
            (tangents, k) for k, result in enumerate(op.results) for tangents in self.orders
            if result in self.active
            and any(not is_zero(tangents.get(e.operands[k])) for e in ends)
        ]  # fmt: skip
        for inner, end in zip(op.regions, ends, strict=True):
            with self.builder.inside(inner):
                full = [each.whole(end.operands[k], op.results[k].type) for each, k in moving]
                end.extend_operands(full)
                inner.append(end)
        region.append(op)
        for each, k in moving:
            self._add_result(each, op, op.results[k], len(op.results))

    def _add_result(self, tangents: Tangents, op: Op, primal: Value, position: int) -> None:
        tangent = Value(primal.type, tangents.name(primal), op)
        op.results.insert(position, tangent)
        tangents.set(primal, tangent)

    # Loops

    def loop(self, op: Op, region: Region) -> None:
        body = op.body
        carried = [
            (tangents, k) for k in range(op.n_carries) for tangents in self.orders
            if op.carries[k] in self.active or op.results[k] in self.active
        ]  # fmt: skip
        stepped = [
            (tangents, k) for k, sequence in enumerate(op.sequences) for tangents in self.orders
            if op.elements[k] in self.active and not is_zero(tangents.get(sequence))
        ]  # fmt: skip
        sequences = [each.whole(op.sequences[k]) for each, k in stepped]
        inits = [each.whole(op.inits[k], op.carries[k].type) for each, k in carried]
        n, n_carries = op.n_sequences, op.n_carries
        if sequences and op.is_aligned and not _counts(op):
            op.attrs["aligned"] = True
        elements = [self._param(each, body, body.params[k]) for each, k in stepped]
        params = [self._param(each, body, op.carries[k]) for each, k in carried]
        body.params = [*body.params[:n], *elements, *body.params[n:], *params]
        if op.kind == "while":
            for each, k in carried:
                carry = op.carries[k]
                op.regions[0].add_param(carry.type, each.name(carry))
        op.set_operands([*op.sequences, *sequences, *op.inits, *inits])
        op.attrs["sequences"] = n + len(sequences)

        end = self.body(body)
        carries, records = end.operands[:n_carries], end.operands[n_carries : len(op.results)]
        flags = end.operands[len(op.results) :]
        stacks = op.results[n_carries:]
        kept = [
            (tangents, k) for k, record in enumerate(records) for tangents in self.orders
            if stacks[k] in self.active and not is_zero(tangents.get(record))
        ]  # fmt: skip
        with self.builder.inside(body):
            dots = [each.whole(carries[k], op.carries[k].type) for each, k in carried]
            saved = [each.whole(records[k]) for each, k in kept]
            end.set_operands([*carries, *dots, *records, *saved, *flags])
            body.append(end)
        region.append(op)
        primal = list(op.results)
        for position, (each, k) in enumerate(carried):
            self._add_result(each, op, primal[k], n_carries + position)
        for each, k in kept:
            self._add_result(each, op, stacks[k], len(op.results))

    def _param(self, tangents: Tangents, body: Region, primal: Value) -> Value:
        tangent = Value(primal.type, tangents.name(primal), body)
        tangents.known[primal] = tangent
        return tangent

    # Calls

    def call(self, op: Op, region: Region) -> None:
        """A recursive call: its function gets a twin that computes tangents as well."""
        moving = tuple(not is_zero(self.tangents.get(v)) for v in op.operands)
        if not any(moving) or not any(is_differentiable(r.type) for r in op.results):
            region.append(op)
            return
        given = [self.tangents.whole(v) for v, m in zip(op.operands, moving, strict=True) if m]
        op.attrs["function"] = self.twin(op.attrs["function"], moving)
        op.extend_operands(given)
        region.append(op)
        for result in list(op.results):
            if is_differentiable(result.type):
                self._add_result(self.tangents, op, result, len(op.results))

    def twin(self, callee: Function, moving: tuple[bool, ...]) -> Function:
        """`callee` with tangents of these parameters; found while it is still being built."""
        key = (callee, moving)
        if key in self.twins:
            return self.twins[key]
        suffix = "" if not any(k[0] is callee for k in self.twins) else f"_{len(self.twins)}"
        made = self.twins[key] = Function(f"{callee.name}_with_tangent{suffix}", callee.span)
        made.attrs.update(callee.attrs)
        made.body = clone_region(callee.body, {})
        inputs = [p for p, m in zip(made.params, moving, strict=True) if m]
        forward = Forward(made, inputs, made.results)
        forward.twins = self.twins
        with forward.builder.active():
            for param in inputs:
                dot = made.add_param(param.type, forward.tangents.name(param) or "x_dot")
                forward.tangents.known[param] = dot
            end = forward.body(made.body)
            results = [r for r in end.operands if is_differentiable(r.type)]
            end.extend_operands([forward.tangents.whole(r) for r in results])
            made.body.append(end)
        made.attrs["interleaved"] = True
        optimise(made)
        return made


def _counts(op: Op) -> bool:
    """Does the loop number its iterations, by a sequence that has no end?"""
    return any(s.op is not None and s.op.target is itertools.count for s in op.sequences)


def _values(tangents: Sequence[Tangent]) -> list[Value]:
    found: list[Value] = []
    for tangent in tangents:
        if isinstance(tangent, list):
            found += _values(tangent)
        elif tangent is not None:
            found.append(tangent)
    return found


def _inside(op: Op) -> list[Op]:
    return [op, *(o for r in op.regions for o in r.walk())]


def append_tangents(
    function: Function, inputs: Sequence[tuple[Value, Path, Value]], outputs: Sequence[Value]
) -> list[Value]:
    """Put tangents into a function without terminator; returns those of `outputs`.

    An input is a parameter, a path into it, and the tangent of what is there.
    """
    refuse_numbers_in_texts(v for v, _, _ in inputs)
    forward = Forward(function, [v for v, _, _ in inputs], outputs)
    return carry_through(forward, inputs, outputs)


def carry_through(
    forward: Forward, inputs: Sequence[tuple[Value, Path, Value]], outputs: Sequence[Value]
) -> list[Value]:
    """Let the tangents of `inputs` enter; returns those of `outputs`, of the highest order."""
    function = forward.function
    body, tangents = function.body, forward.tangents
    with forward.builder.active():
        with forward.builder.inside(Region()) as entry:
            for value, path, tangent in inputs:
                tangents.known[value] = _entering(tangents, value, path, tangent)
        end = Op("return", outputs)
        body.append(end)
        forward.body(body)
        end.drop()
        for op in entry.ops:
            op.parent = body
        body.ops[:0] = entry.ops
        return [forward.orders[-1].whole(v) for v in outputs]


def _entering(tangents: Tangents, value: Value, path: Path, tangent: Value) -> Tangent:
    if not path:
        return tangents.entering(tangent, value.type)
    (position,) = path
    assert isinstance(value.type, Struct)
    items = tangents.get(value) or [None] * len(value.type.items)
    items[position] = tangents.entering(tangent, value.type.items[position])
    return items


__all__ = ["Forward", "append_tangents", "carry_through"]
