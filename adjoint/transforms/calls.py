"""Calls that were not inlined: a function splits into a forward and a backward one.

The forward function returns its results and a tape: the tuple of what the backward one needs. The
tape of a recursive call is one value in the tape of its caller, so that the tapes of a recursion
have the shape of its call tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Op, Value, clone_region, enclosing_region
from adjoint.ir.effects import op_is_pure
from adjoint.ir.types import Opaque, is_differentiable
from adjoint.transforms.activity import varied
from adjoint.transforms.cotangents import Bars
from adjoint.transforms.optimise import optimise

if TYPE_CHECKING:
    from adjoint.transforms.reverse import Reverse


@dataclass
class Pair:
    """The two halves of a function, for some of its inputs being active."""

    forward: Function
    backward: Function


Pairs = dict[tuple[Function, tuple[bool, ...]], Pair]
#: What is called backwards for a call with these active arguments, and what it is given first.
Halves = Callable[["Reverse", Op, tuple[bool, ...]], tuple[Function, list[Value]]]


def reverse_call(reverse: Reverse, op: Op, bars: Bars, halves: Halves) -> None:
    """Reverse one call: `halves` says what is called backwards, and with what was kept for it."""
    active = tuple(v in reverse.active for v in op.operands)
    differentiable = [r for r in op.results if is_differentiable(r.type)]
    if not any(active) or all(bars.get((r, ())) is None for r in differentiable):
        return
    backward, kept = halves(reverse, op, active)
    seeds = [reverse.or_zero(bars, result) for result in differentiable]
    inputs = [v for v, a in zip(op.operands, active, strict=True) if a]
    call = reverse.builder.append(
        Op(
            "call",
            [*kept, *seeds],
            [v.type for v in inputs],
            attrs={"function": backward},
        )
    )
    for value, bar in zip(inputs, call.results, strict=True):
        reverse.add(bars, value, (), bar)


def taped(reverse: Reverse, op: Op, active: tuple[bool, ...]) -> tuple[Function, list[Value]]:
    """The forward half takes the place of the call; what it keeps is on a tape."""
    pair = split(reverse, op.attrs["function"], active)
    op.attrs["function"] = pair.forward
    tape = Value(Opaque(tuple), "tape", op)
    op.results.append(tape)
    return pair.backward, [tape]


def refuse_tapes(function: Function, inputs: Iterable[Value]) -> None:
    """A derivative does not find its way through the tape of a recursion, which has no type.

    Raises
    ------
    UnsupportedError : the gradient of a recursive function is differentiated, and its tape holds
        something that depends on the inputs.
    """
    calls = [o for o in function.body.walk() if _is_taped(o)]
    if not calls:
        return
    moving = varied(inputs)
    for op in calls:
        if _tape_moves(op, moving, set()):
            raise UnsupportedError(
                "the gradient of a recursive function is differentiated",
                op.span,
                "differentiate its tangent (jvp or derivative, to any order), or write it as a "
                "loop",
            )


def _is_taped(op: Op) -> bool:
    return op.kind == "call" and bool(op.attrs["function"].attrs.get("taped"))


def _tape_moves(op: Op, moving: set[Value], seen: set[tuple[Function, tuple[bool, ...]]]) -> bool:
    """Does something on the tape of this call depend on what moves?"""
    callee: Function = op.attrs["function"]
    key = callee, tuple(v in moving for v in op.operands)
    if not any(key[1]) or key in seen:
        return False
    seen.add(key)
    inside = varied(p for p, moves in zip(callee.params, key[1], strict=True) if moves)
    tape = callee.results[-1].op
    assert tape is not None
    return any(v in inside for v in tape.operands) or any(
        _tape_moves(o, inside, seen) for o in callee.body.walk() if _is_taped(o)
    )


def split(reverse: Reverse, callee: Function, active: tuple[bool, ...]) -> Pair:
    """The forward and backward halves of `callee`; found in `pairs` while still being built."""
    key, pairs = (callee, active), reverse.pairs
    if key in pairs:
        return pairs[key]
    suffix = "" if not any(k[0] is callee for k in pairs) else f"_{len(pairs)}"
    pair = Pair(
        Function(f"{callee.name}_forward{suffix}", callee.span),
        Function(f"{callee.name}_backward{suffix}", callee.span),
    )
    pairs[key] = pair
    pair.forward.attrs["taped"] = True
    pair.forward.attrs["pure"], pair.backward.attrs["pure"] = is_pure_function(callee), True
    whole, results, seeds = joint(reverse, callee, active)
    m, n = len(results), len(results) + len(seeds)
    optimise(whole)
    _separate(whole, whole.results[:m], whole.results[m:n], whole.results[n:], pair)
    return pair


def is_pure_function(function: Function) -> bool:
    return all(
        op.kind in ("call", "for", "while", "if", "yield", "return") or op_is_pure(op)
        for op in function.body.walk()
    )


def joint(
    outer: Reverse, callee: Function, active: tuple[bool, ...]
) -> tuple[Function, list[Value], list[Value]]:
    """A copy of `callee` that goes on with its adjoint, its results, and their cotangents.

    It returns the results, their cotangents (as they come in), and those of the active arguments.
    """
    whole = Function(callee.name, callee.span)
    whole.body = clone_region(callee.body, {})
    terminator = whole.body.ops.pop()
    results = list(terminator.operands)
    terminator.drop()
    inputs = [p for p, a in zip(whole.params, active, strict=True) if a]
    reverse = type(outer)(whole, inputs, results)
    reverse.pairs = outer.pairs
    bars = Bars()
    seeds: list[Value] = []
    primal = list(whole.body.ops)
    with reverse.builder.active():
        for result in results:
            if is_differentiable(result.type):
                seed = reverse.builder.emit(ops.cotangent, [result], result.type)
                seed.name = f"{result.name or 'y'}_bar"
                seeds.append(seed)
                reverse.add(bars, result, (), seed)
        reverse.run(primal, bars)
        gradients = [reverse.take(bars, v) for v in inputs]
        gradients = [
            reverse.zero(v) if g is None else g for v, g in zip(inputs, gradients, strict=True)
        ]
        reverse.builder.end([*results, *seeds, *gradients], "return")
    return whole, results, seeds


def _separate(
    whole: Function,
    results: list[Value],
    seeds: list[Value],
    gradients: list[Value],
    pair: Pair,
) -> None:
    """Cut the joint function in two; what crosses the cut is the tape."""
    body = whole.body
    body.ops.pop().drop()
    forward_ops = [o for o in body.ops if not o.backward]
    seed_ops = {s.op for s in seeds}
    backward_ops = [o for o in body.ops if o.backward and o not in seed_ops]
    made_here = {r for o in forward_ops for r in o.results} | set(body.params)
    crossing: dict[Value, None] = {}
    for op in backward_ops:
        for used in [op, *(o for r in op.regions for o in r.walk())]:
            for value in used.operands:
                if value in made_here and enclosing_region(value) is body:
                    crossing[value] = None
    for value in gradients:
        if value in made_here:
            crossing[value] = None

    forward, backward = pair.forward.body, pair.backward.body
    forward.params = body.params
    for param in forward.params:
        param.belong_to(forward)
    for op in forward_ops:
        forward.append(op)
    builder = Builder(forward, whole.span)
    tape = builder.apply(ops.make_tuple, *crossing)
    builder.end([*results, tape], "return")

    tape_param = backward.add_param(Opaque(tuple), "tape")
    builder = Builder(backward, whole.span, backward=True)
    replacement: dict[Value, Value] = {}
    if crossing:
        for value, field in zip(
            crossing, builder.unpack(tape_param, [v.type for v in crossing]), strict=True
        ):
            field.name = value.name
            replacement[value] = field
    for seed in seeds:
        replacement[seed] = pair.backward.add_param(seed.type, seed.name)
        if seed.op is not None:
            seed.op.drop()
    for op in backward_ops:
        backward.append(op)
    for op in list(backward.walk()):
        if any(v in replacement for v in op.operands) and op.target is not ops.unpack:
            op.set_operands([replacement.get(v, v) for v in op.operands])
    builder.end([replacement.get(v, v) for v in gradients], "return")


__all__ = ["Constant", "Pair", "is_pure_function", "joint", "reverse_call", "split", "taped"]
