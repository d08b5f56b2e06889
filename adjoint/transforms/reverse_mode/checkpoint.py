"""Computing twice in the backward pass: checkpointed functions, and steps of loops.

The backward half of a checkpointed function keeps the arguments, and begins with the forward half.
The forward half is the function as it is, and its tape are the arguments of the call. A
checkpointed loop keeps what goes into each trip, and its reverse computes the trip again. Which of
these states exist at a time is decided at the very end, in `transforms/reverse_mode/snapshots.py`.

Draws are made again from the state that the generator had, and then it goes on where it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import foreign, ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, clone_op
from adjoint.ir.effects import is_random, op_is_pure
from adjoint.ir.types import Opaque
from adjoint.runtime.draws import random_state, swap_random_state
from adjoint.transforms.memory.carries import add_carry
from adjoint.transforms.optimise import optimise
from adjoint.transforms.reverse_mode.calls import Backward
from adjoint.transforms.reverse_mode.pairs import is_pure_function, joint

if TYPE_CHECKING:
    from adjoint.transforms.reverse_mode.reverse import Reverse

#: What may end a function did not, the first time.
_CHECKS = (ops.check, ops.fail, ops.cotangent)
_OF_DRAWS = (random_state, swap_random_state)
#: The state of a random generator.
STATE = Opaque(dict)


def recomputed(reverse: Reverse, op: Op, active: tuple[bool, ...]) -> Backward:
    """The call is made again in the backward pass: only its arguments are kept."""
    callee: Function = op.attrs["function"]
    backward = recompute(reverse, callee, active)
    given = [*states_at(op, generators(callee.body)), *op.operands]
    return Backward(backward, given, active)


def recompute(reverse: Reverse, callee: Function, active: tuple[bool, ...]) -> Function:
    """The backward half: takes the states of `generators`, the arguments, and the cotangents.

    It is checkpointed itself. Printing and the like is left out, since it has happened.

    Raises
    ------
    UnsupportedError : the function would not do the same again.
    """
    made: dict[tuple[bool, ...], Function] = callee.attrs.setdefault("backward", {})
    if active in made:
        return made[active]
    _refuse_effects(callee.body, True, {callee})
    backward = made[active] = Function(f"{callee.name}_backward", callee.span)
    backward.attrs["pure"] = backward.attrs["checkpoint"] = True
    callee.attrs["pure"] = is_pure_function(callee)
    drawing = generators(callee.body)
    whole = joint(reverse, callee, active)
    gradients = whole.gradients
    body = backward.body = whole.function.body
    body.terminator.set_operands(gradients)
    drop_effects(body)
    states = [Value(STATE, "random", body) for _ in drawing]
    body.params[:0] = states
    first = next((o for o in body.ops if o.backward), body.terminator)
    restore_draws(body, drawing, states, body.ops[0], first)
    for seed in whole.seeds:
        assert seed.op is not None
        body.ops.remove(seed.op)
        seed.replace_with(body.add_param(seed.type, seed.name))
    optimise(backward, errors=False)
    return backward


def take_again(loop: Op, region: Region) -> tuple[list[Op], dict[Value, Value]]:
    """Append a trip of a checkpointed loop, up to its end, to a backward region.

    Returns
    -------
    The operations to be reversed, and what stands for the values of the loop's body. What the trip
    starts from are those of the forward loop.
    """
    if loop.kind == "while" and generators(loop.regions[0]):
        raise UnsupportedError("the condition of a checkpointed loop draws random numbers",
                               loop.span, "draw them in the body")  # fmt: skip
    _refuse_effects(loop.body, True, set())
    mapping: dict[Value, Value] = {}
    again = Region()
    for op in loop.body.ops[:-1]:
        again.append(clone_op(op, mapping))
    drop_effects(again)
    for op in again.ops:
        region.append(op)
    return again.ops, mapping


def carry_draws(loop: Op) -> list[Value]:
    """Let a loop carry the states of the generators that its body draws from."""
    if "backwards" in loop.attrs:  # the reverse of a loop: it sets the generators itself
        return []
    found, carried = [], carried_draws(loop)
    region = loop.parent
    assert region is not None
    for generator in generators(loop.body):
        known = next((carry for g, carry in carried if g is generator), None)
        if known is not None:  # a derivative was taken before
            found.append(known)
            continue
        before, after = (_state_of(generator, loop) for _ in range(2))
        before.parent, after.parent = region, loop.body
        region.ops.insert(region.ops.index(loop), before)
        loop.body.ops.insert(len(loop.body.ops) - 1, after)
        found.append(add_carry(loop, before.result, after.result, "random"))
    return found


def carried_draws(loop: Op) -> list[tuple[Any, Value]]:
    """The generators of which a loop carries the states, and these."""
    return [
        (following.op.operands[0].value if following.op.operands else _NUMPYS_OWN, carry)  # type: ignore
        for carry, following in zip(loop.carries, loop.next_carries, strict=True)
        if following.op is not None and following.op.target is random_state
    ]


def restore_draws(
    region: Region, drawing: Sequence[Any], states: Sequence[Value], first: Op, last: Op
) -> None:
    """Between `first` and `last`, draw from these states; then go on where the generators were."""

    def swap(generator: Any, state: Value, before: Op) -> Value:
        op = Op("apply", [_shown(generator), state], [STATE], target=swap_random_state)
        op.span, op.parent, op.result.name = first.span, region, "now"
        region.ops.insert(region.ops.index(before), op)
        return op.result

    kept = [(g, swap(g, state, first)) for g, state in zip(drawing, states, strict=True)]
    for generator, state in reversed(kept):  # two of them may have one source of bits
        swap(generator, state, last)


def states_at(op: Op, drawing: Sequence[Any]) -> list[Value]:
    """The states of generators just before an operation."""
    region = op.parent
    assert region is not None
    found = []
    for generator in drawing:
        made = _state_of(generator, op)
        made.parent = region
        region.ops.insert(region.ops.index(op), made)
        made.result.name = "random"
        found.append(made.result)
    return found


def _state_of(generator: Any, like: Op) -> Op:
    operands = [] if generator is _NUMPYS_OWN else [Constant(generator)]
    made = Op("apply", operands, [STATE], target=random_state, span=like.span)
    made.backward = like.backward
    return made


_NUMPYS_OWN = np.random.normal.__self__  # type: ignore[attr-defined]


def _shown(generator: Any) -> Constant:
    return Constant(None if generator is _NUMPYS_OWN else generator)


def generators(region: Region, seen: set[Function] | None = None) -> list[Any]:
    """The random generators that a part of the program draws from, itself or in what it calls."""
    seen = set() if seen is None else seen
    found: list[Any] = []
    for op in region.walk():
        each: list[Any] = []
        if op.kind == "call" and op.attrs["function"] not in seen:
            seen.add(op.attrs["function"])
            each = generators(op.attrs["function"].body, seen)
        elif op.kind == "apply" and is_random(op.target):
            each = [op.target.__self__]
        found += [g for g in each if all(g is not other for other in found)]
    return found


def drop_effects(region: Region) -> None:
    """Drop the prints and checks of a second computation."""
    for op in list(region.walk()):
        if op.kind == "apply" and not op.backward and op.parent is not None:
            unread = op.target is random_state and not op.result.users
            if unread or op.target is ops.check or _has_effect(op):
                op.parent.ops.remove(op)
                op.drop()


def _has_effect(op: Op) -> bool:
    if op.kind != "apply" or op.target in _CHECKS or op.target in _OF_DRAWS:
        return False
    return not op_is_pure(op) and not is_random(op.target)


def _refuse_effects(region: Region, outermost: bool, seen: set[Function]) -> None:
    """Refuse what gives something else each time, and any effect in the functions it calls."""
    for op in region.walk():
        inner = op.attrs["function"] if op.kind == "call" else None
        if inner is not None and inner not in seen:
            seen.add(inner)
            _refuse_effects(inner.body, False, seen)
            continue
        drawn_of_nothing = is_random(op.target) and not hasattr(op.target, "__self__")
        printed = outermost and not any(r.users for r in op.results)
        if drawn_of_nothing or _has_effect(op) and not printed:
            name = foreign.name_of(op) or getattr(op.target, "__name__", str(op.target))
            raise UnsupportedError(
                f"the call of {name} in what is checkpointed would not be the same when it is "
                "computed a second time",
                op.span,
                "call it outside, and pass what it returns as an argument",
            )
