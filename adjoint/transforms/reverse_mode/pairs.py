"""The pair of functions of a call that is kept: a forward one, and a backward one.

The backward function is given what its caller has at hand anyway, the arguments and results of the
call, and computes cheap values from them again. What remains is a residual, which the forward
function returns as well. Where nothing remains, the forward function is the user's own.

What a recursive function is given is known only when it is complete: its interface is a fixpoint,
which starts from a function that needs nothing.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import (
    Constant,
    Function,
    Op,
    Value,
    clone_op,
    clone_region,
)
from adjoint.ir.effects import op_is_pure
from adjoint.ir.types import (
    Array,
    Type,
    is_differentiable,
    is_loose,
)
from adjoint.transforms.memory.choosing import is_repeatable
from adjoint.transforms.optimise import optimise, tidy
from adjoint.transforms.reverse_mode.cotangents import Bars
from adjoint.transforms.reverse_mode.variants import UNTYPED, pack_arms, type_of_residuals

if TYPE_CHECKING:
    from adjoint.transforms.reverse_mode.reverse import Reverse

Mask = tuple[bool, ...]


@dataclass(frozen=True)
class Interface:
    """What the backward function of a pair is given, besides the cotangents of the results.

    Attributes
    ----------
    params, results : which arguments and results of the forward call.
    residual : the type of what the forward function returns besides; None if that is nothing.
    """

    params: frozenset[int] = frozenset()
    results: frozenset[int] = frozenset()
    residual: Type | None = None

    def __or__(self, other: Interface) -> Interface:
        return Interface(
            self.params | other.params,
            self.results | other.results,
            other.residual if self.residual is None else self.residual,
        )


@dataclass
class Pair:
    """The two halves of a function, for some of its inputs being active.

    Attributes
    ----------
    accumulated : the parameters whose cotangent is handed in, to be added to.
    """

    forward: Function
    backward: Function
    interface: Interface
    active: Mask
    accumulated: frozenset[int] = frozenset()
    complete: bool = False
    called: bool = False  # before it was complete


class Unsettled(Exception):
    """A recursive function needs another interface than its calls were given."""


@dataclass
class Pairs:
    """The pairs of one program.

    Attributes
    ----------
    made : by the function, its active parameters, and those that the caller overwrites.
    interfaces, masks : what is known of recursive functions from earlier rounds.
    """

    made: dict[tuple[Function, Mask, Mask], Pair] = field(default_factory=dict)
    interfaces: dict[tuple[Function, Mask, Mask], Interface] = field(default_factory=dict)
    masks: dict[Function, tuple[Mask, Mask]] = field(default_factory=dict)
    is_open: bool = False


def split(reverse: Reverse, callee: Function, active: Mask, overwritten: Mask) -> Pair:
    """The pair of `callee`; found while it is still being built.

    All calls in a recursion have one pair, with the parameters active that are active in any.

    Parameters
    ----------
    overwritten : the arguments that the caller writes to later. Whatever is read of them is saved,
        rather than they as a whole.
    """
    pairs = reverse.pairs
    if callee in pairs.masks:
        active = _either(active, pairs.masks[callee][0])
        overwritten = _either(overwritten, pairs.masks[callee][1])
    known = pairs.made.get((callee, active, overwritten))
    if known is not None:
        known.called = known.called or not known.complete
        return known
    for (function, *masks), pair in pairs.made.items():
        if function is not callee:
            continue
        if pair.complete and pair.called and _includes(masks, (active, overwritten)):
            return pair
        if not pair.complete:
            pairs.masks[callee] = _either(active, masks[0]), _either(overwritten, masks[1])
            raise Unsettled
    if pairs.is_open:
        return _build(reverse, callee, active, overwritten)
    before = dict(pairs.made)
    while True:
        pairs.is_open = True
        try:
            return _build(reverse, callee, *pairs.masks.get(callee, (active, overwritten)))
        except Unsettled:
            pairs.made = dict(before)
        finally:
            pairs.is_open = False


def _includes(masks: Sequence[Mask], others: Sequence[Mask]) -> bool:
    return all(_either(a, b) == a for a, b in zip(masks, others, strict=True))


def _either(a: Mask, b: Mask) -> Mask:
    return tuple(x or y for x, y in zip(a, b, strict=True))


def _build(reverse: Reverse, callee: Function, active: Mask, overwritten: Mask) -> Pair:
    pairs, key = reverse.pairs, (callee, active, overwritten)
    earlier = sum(k[0] is callee for k in pairs.made)
    forward, backward = (
        Function(f"{callee.name}_{half}{f'_{earlier}' if earlier else ''}", callee.span)
        for half in ("forward", "backward")
    )
    forward.attrs["pure"], backward.attrs["pure"] = callee.attrs.get("pure", False), True
    forward.attrs["optimised"] = backward.attrs["optimised"] = True
    assumed = pairs.interfaces.get(key, Interface())
    accumulated = _accumulated(callee, active)
    pair = pairs.made[key] = Pair(
        callee if assumed.residual is None else forward,
        backward,
        assumed,
        active,
        accumulated,
    )
    whole = joint(reverse, callee, active, pair.accumulated)
    optimise(whole.function, halves=True)
    pack_arms(whole.function.body)
    found = _Cut(whole, overwritten).separate(pair, forward)
    tidy(backward)
    if pair.called and (needed := assumed | found) != assumed:
        pairs.interfaces[key] = needed
        raise Unsettled
    pair.complete = True
    return pair


def _accumulated(callee: Function, active: Mask) -> frozenset[int]:
    """The arrays that a recursive function hands on to itself as they are.

    Each call adds to one cotangent of them: making another one at each would take time quadratic
    in their number.
    """
    own = [op for op in callee.body.walk() if op.attrs.get("function") is callee]
    return frozenset(
        k
        for k, (param, moves) in enumerate(zip(callee.params, active, strict=True))
        if moves
        and isinstance(param.type, Array)
        and param.type.dims
        and not is_loose(param.type)
        and any(op.operands[k] is param for op in own)
    )


def is_pure_function(function: Function) -> bool:
    return all(
        op.kind in ("call", "for", "while", "if", "yield", "return") or op_is_pure(op)
        for op in function.body.walk()
    )


@dataclass
class Joint:
    """A function that goes on with its adjoint.

    Attributes
    ----------
    results, gradients : what it returns, and the cotangents of its active parameters.
    seeds : the cotangents of its results, and those that it adds to, as they come in.
    """

    function: Function
    results: int
    seeds: list[Value]

    @property
    def gradients(self) -> list[Value]:
        return self.function.results[self.results + len(self.seeds) :]


def joint(
    outer: Reverse, callee: Function, active: Mask, accumulated: frozenset[int] = frozenset()
) -> Joint:
    """A copy of `callee` that goes on with its adjoint.

    It returns the results, the seeds, and the cotangents of the active parameters.
    """
    whole = Function(callee.name, callee.span)
    whole.body = clone_region(callee.body, {})
    for op in whole.body.walk():
        if op.backward:  # it is primal for this derivative
            op.backward, op.attrs["derived"] = False, True
    terminator = whole.body.ops.pop()
    results = list(terminator.operands)
    terminator.drop()
    inputs = [p for p, a in zip(whole.params, active, strict=True) if a]
    reverse = type(outer)(whole, inputs, results)
    reverse.pairs = outer.pairs
    bars = Bars()
    seeds: list[Value] = []

    def seed(value: Value, name: str) -> Value:
        made = reverse.builder.emit(ops.cotangent, [value], value.type)
        made.name = name
        seeds.append(made)
        return made

    primal = list(whole.body.ops)
    with reverse.builder.active():
        for result in results:
            if is_differentiable(result.type):
                reverse.add(bars, result, (), seed(result, f"{result.name or 'y'}_bar"))
        for k in sorted(accumulated):
            param = whole.params[k]
            total = seed(param, f"{param.name}_bar")
            old = bars.get((param, ()))
            if old is not None:  # it is a result as well
                total = reverse.builder.apply(operator.add, total, old)
            reverse.set(bars, param, (), total)
        reverse.run(primal, bars)
        gradients = [reverse.take(bars, v) for v in inputs]
        gradients = [
            reverse.zero(v) if g is None else g for v, g in zip(inputs, gradients, strict=True)
        ]
        reverse.builder.end([*results, *seeds, *gradients], "return")
    return Joint(whole, len(results), seeds)


class _Cut:
    """Cuts a joint function in two."""

    def __init__(self, whole: Joint, overwritten: Mask):
        self.whole, self.body = whole, whole.function.body
        self.seed_ops = {s.op for s in whole.seeds}
        self.forward = [o for o in self.body.ops[:-1] if not o.backward]
        self.backward = [o for o in self.body.ops[:-1] if o.backward and o not in self.seed_ops]
        self.first = {r for o in self.forward for r in o.results}  # made in the first half
        self.saved = {p for p, w in zip(self.body.params, overwritten, strict=True) if w}
        self.again: dict[Value, bool] = {}

    def separate(self, pair: Pair, forward: Function) -> Interface:
        """Fill the functions of the pair. Returns what the backward one needs to be given."""
        params, results = self.body.params, self.whole.function.results[: self.whole.results]
        gradients = list(self.whole.gradients)
        needed: dict[Value, None] = {}
        for value in self._crossing(gradients):
            self._need(value, needed)
        given = [r for r in results if r in needed and r in self.first and not self.again[r]]
        fields = [v for v in needed if v in self.first and v not in given and not self.again[v]]
        residual = _packed(fields, recursive=pair.called) if fields else None
        found = Interface(
            frozenset(k for k, p in enumerate(params) if p in needed),
            frozenset(k for k, r in enumerate(results) if r in given),
            residual,
        )
        pair.interface = pair.interface | found if pair.called else found
        self.body.ops.pop().drop()
        replacement = self._begin_backward(pair, results, fields, needed)
        if residual is None:
            for op in reversed(self.forward):
                op.drop()
        else:
            pair.forward = forward
            self._fill_forward(forward, results, fields, residual)
        body = pair.backward.body
        for op in self.backward:
            body.append(op)
        for op in [inner for each in self.backward for inner in _with_nested(each)]:
            if any(v in replacement for v in op.operands):
                op.set_operands([replacement.get(v, v) for v in op.operands])
        for seed in self.whole.seeds:
            assert seed.op is not None
            seed.op.drop()
        builder = Builder(body, self.whole.function.span, backward=True)
        builder.end([replacement.get(v, v) for v in gradients], "return")
        return found

    def _crossing(self, gradients: list[Value]) -> list[Value]:
        """The values of the first half that the second one uses, in order of definition."""
        used = set(gradients)
        for op in self.backward:
            for inner in [op, *(o for r in op.regions for o in r.walk())]:
                used.update(inner.operands)
        there = [*self.body.params, *(r for o in self.forward for r in o.results)]
        return [v for v in there if v in used]

    def _need(self, value: Value, needed: dict[Value, None]) -> None:
        """Note a value, and first what it is computed from if it is computed again."""
        if isinstance(value, Constant) or value in needed:
            return
        if self._is_repeated(value):
            assert value.op is not None
            for operand in value.op.operands:
                self._need(operand, needed)
        needed[value] = None

    def _is_repeated(self, value: Value) -> bool:
        """Is the value computed again, from parameters and others that are?"""
        if value not in self.again:
            op = value.op
            self.again[value] = (
                value in self.first
                and op is not None
                and is_repeatable(op)
                and not any(v in self.saved for v in op.operands)
                and all(
                    isinstance(v, Constant) or v.op is None or self._is_repeated(v)
                    for v in op.operands
                )
            )
        return self.again[value]

    def _begin_backward(
        self, pair: Pair, results: list[Value], fields: list[Value], needed: dict[Value, None]
    ) -> dict[Value, Value]:
        """The parameters of the backward function, and what it computes again."""
        interface, body = pair.interface, pair.backward.body
        there: dict[Value, Value] = {}
        for k in sorted(interface.params):
            param = self.body.params[k]
            there[param] = body.add_param(param.type, param.name)
        for k in sorted(interface.results):
            there[results[k]] = body.add_param(results[k].type, results[k].name or "y")
        builder = Builder(body, self.whole.function.span, backward=True)
        if interface.residual is not None:
            alone = len(fields) == 1 and fields[0].type == interface.residual
            residual = body.add_param(interface.residual, alone and fields[0].name or "tape")
            types = [v.type for v in fields]
            parts = [residual] if alone else builder.unpack(residual, types) if fields else []
            for value, part in zip(fields, parts, strict=True):
                part.name = part.name or value.name
                there[value] = part
        for seed in self.whole.seeds:
            there[seed] = body.add_param(seed.type, seed.name)
        count = len(body.params)
        pair.backward.attrs["owned"] = frozenset(range(count - len(pair.accumulated), count))
        pair.backward.attrs["memory"] = self._memory(pair, count)
        again = {v.op for v in needed if v not in there}
        for op in self.forward:
            if op in again:
                for copy in _with_nested(body.append(clone_op(op, there))):
                    copy.backward = True
        return there

    def _memory(self, pair: Pair, count: int) -> list[frozenset[int] | None]:
        """Whose memory the results are: that of the totals that come in, where there are some."""
        positions = dict(
            zip(sorted(pair.accumulated), range(count - len(pair.accumulated), count), strict=True)
        )
        results = [k for k, moves in enumerate(pair.active) if moves]
        return [frozenset({positions[k]}) if k in positions else None for k in results]

    def _fill_forward(
        self, forward: Function, results: list[Value], fields: list[Value], type_: Type
    ) -> None:
        region = forward.body
        region.params = self.body.params
        for param in region.params:
            param.belong_to(region)
        for op in self.forward:
            region.append(op)
        builder = Builder(region, self.whole.function.span)
        alone = len(fields) == 1 and fields[0].type == type_
        residual = fields[0] if alone else builder.emit(ops.make_tuple, fields, type_)
        forward.attrs["taped"] = type_ == UNTYPED
        builder.end([*results, residual], "return")


def _with_nested(op: Op) -> list[Op]:
    return [op, *(o for region in op.regions for o in region.walk())]


def _packed(fields: Sequence[Value], recursive: bool) -> Type:
    """The type of these residuals together: their own if it is one, else that of a tuple."""
    types = [v.type for v in fields]
    if len(types) == 1 and (not recursive or types[0] == UNTYPED):
        return types[0]
    return type_of_residuals(types, recursive)
