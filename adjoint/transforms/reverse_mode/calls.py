"""Calls that were not inlined: the reverse of a call is a call of the backward function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Function, Op, Value
from adjoint.ir.types import Array, List, is_differentiable
from adjoint.transforms.activity.activity import varied
from adjoint.transforms.memory.rereading import is_overwritten
from adjoint.transforms.reverse_mode.cotangents import Bars
from adjoint.transforms.reverse_mode.pairs import Mask, split

if TYPE_CHECKING:
    from adjoint.transforms.reverse_mode.reverse import Reverse


@dataclass
class Backward:
    """What is called backwards for a call.

    Attributes
    ----------
    given : what the function is given first.
    active : the parameters of the call whose cotangents it returns.
    accumulated : those of them whose cotangents are handed in, to be added to.
    """

    function: Function
    given: list[Value]
    active: Mask
    accumulated: frozenset[int] = frozenset()


#: What is called backwards for a call with these active arguments.
Halves = Callable[["Reverse", Op, Mask], Backward]


def reverse_call(reverse: Reverse, op: Op, bars: Bars, halves: Halves) -> None:
    """Reverse one call: `halves` says what is called backwards, and with what was kept for it."""
    active = tuple(v in reverse.active for v in op.operands)
    differentiable = [r for r in op.results if is_differentiable(r.type)]
    incoming = [reverse.take(bars, r) for r in differentiable]
    if not any(active) or all(bar is None for bar in incoming):
        return
    names = [p.name for p in op.attrs["function"].params]
    half = halves(reverse, op, active)
    seeds = [
        reverse.zero(result) if bar is None else bar
        for result, bar in zip(differentiable, incoming, strict=True)
    ]
    totals, handed = [], set[Value]()
    for k in sorted(half.accumulated):
        value = op.operands[k]
        first = active[k] and value not in handed
        totals.append(reverse.or_zero(bars, value) if first else reverse.zero(value))
        handed.add(value)
    inputs = [k for k, moves in enumerate(half.active) if moves]
    call = reverse.builder.append(
        Op(
            "call",
            [*half.given, *seeds, *totals],
            [op.operands[k].type for k in inputs],
            attrs={"function": half.function},
        )
    )
    for k, bar in zip(inputs, call.results, strict=True):
        value = op.operands[k]
        if k in half.accumulated and value in handed:
            handed.remove(value)
            if active[k]:
                reverse.set(bars, value, (), bar)
        elif active[k]:
            reverse.add(bars, value, (), bar)
        if not bar.name:  # it is added to another one
            bar.name = f"{names[k]}_part" if names[k] else ""


def taped(reverse: Reverse, op: Op, active: Mask) -> Backward:
    """The backward half of a pair, which is given what the forward half leaves for it."""
    written = tuple(isinstance(v.type, (Array, List)) and is_overwritten(v) for v in op.operands)
    pair = split(reverse, op.attrs["function"], active, written)
    given = [op.operands[k] for k in sorted(pair.interface.params)]
    given += [op.results[k] for k in sorted(pair.interface.results)]
    if pair.interface.residual is not None:
        name = next((r.name for r in op.results if r.name), "")
        op.attrs["function"] = pair.forward
        residual = Value(pair.interface.residual, f"{name}_tape" if name else "tape", op)
        op.results.append(residual)
        given.append(residual)
    return Backward(pair.backward, given, pair.active, pair.accumulated)


def refuse_tapes(function: Function, inputs: Iterable[Value]) -> None:
    """A derivative does not find its way through a residual without a type.

    Raises
    ------
    UnsupportedError : the gradient of a recursive function is differentiated, and its residuals
        depend on the inputs.
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


def _parts(tape: Value) -> Iterator[Value]:
    """What is in a tuple of residuals, which may be of one arm or another."""
    op = tape.op
    if op is not None and op.target is ops.make_tuple:
        for value in op.operands:
            yield from _parts(value)
    elif op is not None and op.kind == "if":
        for region in op.regions:
            yield from _parts(region.yields[op.results.index(tape)])
    else:
        yield tape


def _tape_moves(op: Op, moving: set[Value], seen: set[tuple[Function, Mask]]) -> bool:
    """Does something on the tape of this call depend on what moves?"""
    callee: Function = op.attrs["function"]
    key = callee, tuple(v in moving for v in op.operands)
    if not any(key[1]) or key in seen:
        return False
    seen.add(key)
    inside = varied(p for p, moves in zip(callee.params, key[1], strict=True) if moves)
    return any(v in inside for v in _parts(callee.results[-1])) or any(
        _tape_moves(o, inside, seen) for o in callee.body.walk() if _is_taped(o)
    )


__all__ = ["Backward", "refuse_tapes", "reverse_call", "taped"]
