"""Checkpointed loops keep a few of their states, and take steps again for the others.

To the passes before, a checkpointed loop is one that records what it carries, for a reverse loop
to consume. This one runs last; its output is for emission only. The tape becomes a `Snapshots`,
which keeps what it likes of what it is given, and the body of the loop a function, `step`:

    x.1, tape = for i in range(n) carry x = x.0 record x     states = Snapshots(n)
    ...                                                      x.1 = for i in range(n) carry x = x.0:
    for x in reversed(tape)                                      append states, x
                                                             tape = again states, step
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import Any

from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Op, Region, Value, clone_op, free_values
from adjoint.ir.types import INT, UNDEFINED, List, Opaque, Range, Struct, Type
from adjoint.ir.verifier import ENABLED, verify
from adjoint.runtime.snapshots import Snapshots
from adjoint.transforms.effects.dce import eliminate_dead_code, select
from adjoint.transforms.reverse_mode.checkpoint import carried_draws, drop_effects, restore_draws


def keep_snapshots(function: Function) -> None:
    """Let the checkpointed loops of a function, and of those it calls, keep snapshots only."""
    work, seen = [function], {function}
    while work:
        each = work.pop()
        thinned = [
            _thin(each, op)
            for op in list(each.body.walk())
            if op.kind in ("for", "while") and _keeps_snapshots(op)
        ]
        for op in each.body.walk():
            callee = op.attrs["function"] if op.kind == "call" else None
            if callee is not None and callee not in seen:
                seen.add(callee)
                work.append(callee)
        if any(thinned):
            eliminate_dead_code(each)
            if ENABLED:
                verify(each, "keep_snapshots")


def _keeps_snapshots(loop: Op) -> bool:
    """Is this loop checkpointed, and no reverse of one, whose items are computed again themselves?

    A reverse loop that is reversed itself takes its trips again, but records its cotangents.
    """
    return "checkpoint" in loop.attrs and "backwards" not in loop.attrs


def _thin(function: Function, loop: Op) -> bool:
    """Replace the tapes of what a loop carries by snapshots, if it has any."""
    tapes: dict[int, Value] = {}
    for stack, record in zip(loop.stacks, loop.records, strict=True):
        if record in loop.carries and stack.users and stack.type == List(record.type, tape=True):
            tapes[loop.carries.index(record)] = stack
    if not tapes or not all(map(_can_follow, tapes.values())):
        return False
    step, state, captured = _step(function, loop, list(tapes))
    region, body = loop.parent, loop.body
    assert region is not None
    tape = _insert(region, loop, Snapshots, _arguments(loop, region), Opaque(Snapshots))
    tape.name = "states"
    carries = [loop.carries[k] for k in state]
    _insert(body, body.ops[0], Snapshots.append, [tape, *carries], Opaque(type(None)))
    element = carries[0].type
    if len(carries) > 1:
        element = Struct(tuple, tuple(c.type for c in carries))
    following = region.ops[region.ops.index(loop) + 1]
    again = _insert(region, following, Snapshots.again, [tape, *captured],
                    List(element, tape=True), loop)  # fmt: skip
    assert again.op is not None
    again.op.attrs["function"] = step
    fields = {position: tapes[k] for position, k in enumerate(state) if k in tapes}
    kept = [k for k in range(loop.n_carries, len(loop.results))
            if loop.results[k] not in fields.values()]  # fmt: skip
    _follow(fields, again, len(carries))
    select(loop, list(range(loop.n_sequences)), list(range(loop.n_carries)), kept)
    return True


def _insert(
    region: Region, before: Op, target: Any, operands: list[Value], type_: Type,
    like: Op | None = None,
) -> Value:  # fmt: skip
    op = Op("apply", operands, [type_], target=target, span=(like or before).span)
    op.parent, op.backward = region, (like or before).backward
    region.ops.insert(region.ops.index(before), op)
    return op.result


def _arguments(loop: Op, region: Region) -> list[Value]:
    """Those of `Snapshots`: the number of steps, where it is known, and the budget."""
    policy = loop.attrs["checkpoint"]
    steps: Value = Constant(None)
    counted = [s for s in loop.sequences if not _is_counter(s)]
    if counted and not loop.has_exit and loop.is_aligned:
        sequence = counted[0]
        while _turns_around(sequence.op):
            sequence = sequence.op.operands[0]  # type: ignore[union-attr]
        op = sequence.op
        if op is not None and op.target is range and len(op.operands) == 1:
            steps = op.operands[0]
        else:
            steps = _insert(region, loop, len, [sequence], INT)
    budget = [policy.snapshots] if policy.memory is None else [None, policy.memory]
    return [steps, *map(Constant, budget)]


def _turns_around(op: Op | None) -> bool:
    if op is None or op.target is not operator.getitem:
        return op is not None and op.target is ops.reverse_list
    index = op.operands[1]
    return isinstance(index, Constant) and index.value == slice(None, None, -1)


# The step


def _step(
    function: Function, loop: Op, recorded: list[int]
) -> tuple[Function, list[int], list[Value]]:
    """The function of one step of a loop.

    Returns
    -------
    The function, of the number of the trip, the state, and what it captures; the carries of the
    loop that are the state (those `recorded`, and what they are computed from); the captured.
    """
    state = list(recorded)
    while True:
        step, carries, captured = _with_state(function, loop, state)
        more = [k for k, param in carries.items() if param.users and k not in state]
        if not more:
            break
        state += more
    params = [*step.params[:1], *(carries[k] for k in state)]
    step.attrs["owned"] = frozenset(range(len(params)))
    kept = [(v, param) for v, param in captured.items() if param.users]
    step.body.params = [*params, *(param for _, param in kept)]
    return step, state, [v for v, _ in kept]


def _with_state(
    function: Function, loop: Op, state: list[int]
) -> tuple[Function, dict[int, Value], dict[Value, Value]]:
    """The step that computes these carries anew; a parameter for each carry, and what it uses."""
    step = Function(f"{function.name}_step", loop.span)
    step.attrs["step"] = step.attrs["pure"] = step.attrs["interleaved"] = True
    body = step.body
    place = step.add_param(INT, "k")
    carries = {k: step.add_param(c.type, c.name or "x") for k, c in enumerate(loop.carries)}
    mapping = {loop.carries[k]: param for k, param in carries.items()}
    captured: dict[Value, Value] = {}

    def inside(value: Value) -> Value:
        if isinstance(value, Constant):
            return value
        if value not in captured:
            name = value.name or ("steps" if isinstance(value.type, Range) else "xs")
            captured[value] = mapping[value] = step.add_param(value.type, name)
        return captured[value]

    builder = Builder(body, loop.span)
    for sequence, element in zip(loop.sequences, loop.elements, strict=True):
        if element.users:
            mapping[element] = _element(builder, sequence, place, element, inside)
    for value in free_values(loop.body):
        inside(value)
    for op in loop.body.ops[:-1]:
        body.append(clone_op(op, mapping))
    builder.end([mapping.get(v, v) for v in (loop.next_carries[k] for k in state)], "return")
    drop_effects(body)
    draws = carried_draws(loop)
    drawn = [mapping[carry] for _, carry in draws]
    restore_draws(body, [g for g, _ in draws], drawn, body.ops[0], body.terminator)
    eliminate_dead_code(step, errors=False)
    return step, carries, captured


def _element(
    builder: Builder, sequence: Value, place: Value, like: Value, inside: Callable[[Value], Value]
) -> Value:
    """The element of a sequence at a place."""
    op = sequence.op
    counter = _is_counter(sequence)
    if counter or isinstance(sequence.type, Range) and op is not None and op.target is range:
        assert op is not None
        start = op.operands[0] if counter or len(op.operands) > 1 else Constant(0)
        if len(op.operands) < 3 and not (counter and len(op.operands) > 1):
            if isinstance(start, Constant) and start.value == 0:
                place.name = like.name or place.name
                return place
            return builder.apply(operator.add, inside(start), place)
    element = builder.emit(operator.getitem, [inside(sequence), place], like.type)
    element.name = like.name
    return element


def _is_counter(sequence: Value) -> bool:
    return sequence.op is not None and sequence.op.target is itertools.count


# The readers


def _can_follow(tape: Value) -> bool:
    """Is it known how everything that reads the tape, or hands it on, is changed?"""
    for user in tape.users:
        if user.kind == "for" and tape not in user.inits:
            element = user.elements[user.sequences.index(tape)]
            if _is_tape(element.type) and not _can_follow(element):
                return False
        elif user.kind == "yield":
            parent = user.parent.parent if user.parent is not None else None
            assert parent is not None
            for k, value in enumerate(user.operands):
                if value is not tape:
                    continue
                if parent.kind == "if":
                    other = [r.yields[k] for r in parent.regions if r.terminator is not user]
                    if any(v.type != UNDEFINED for v in other):
                        return False
                elif not parent.n_carries <= k < len(parent.results):
                    return False
                if not _can_follow(parent.results[k]):
                    return False
        elif user.target is not len:
            return False
    return True


def _is_tape(type_: Type) -> bool:
    return isinstance(type_, List) and type_.tape


def _follow(tapes: dict[int, Value], merged: Value, width: int) -> None:
    """Let `merged` take the place of these tapes, which are fields of its elements."""
    for user in list(dict.fromkeys(u for tape in tapes.values() for u in tape.users)):
        here = {k: tape for k, tape in tapes.items() if tape in user.operands}
        if user.kind == "for":
            _read(user, here, merged, width)
        elif user.kind == "yield":
            _hand_on(user, here, merged, width)
        else:
            user.set_operands([merged])


def _read(loop: Op, tapes: dict[int, Value], merged: Value, width: int) -> None:
    """A loop steps through the merged tape, and takes its elements apart."""
    assert isinstance(merged.type, List)
    element = Value(merged.type.element, "", loop.body)
    carries, inits = loop.carries, loop.inits
    pairs = list(zip(loop.sequences, loop.elements, strict=True))
    first = min(loop.sequences.index(tape) for tape in tapes.values())
    parts = {k: loop.elements[loop.sequences.index(tape)] for k, tape in tapes.items()}
    pairs[first] = (merged, element)
    pairs = [p for p in pairs if p[0] not in tapes.values()]
    loop.attrs["sequences"] = len(pairs)
    loop.body.params = [*(e for _, e in pairs), *carries]
    loop.set_operands([*(s for s, _ in pairs), *inits])
    if _is_tape(element.type):
        _follow(parts, element, width)
        return
    for k, part in reversed(parts.items()):
        value = element
        if width > 1:
            value = _insert(loop.body, loop.body.ops[0], operator.getitem,
                            [element, Constant(k)], part.type, loop)  # fmt: skip
        value.name = part.name
        part.replace_with(value)


def _hand_on(end: Op, tapes: dict[int, Value], merged: Value, width: int) -> None:
    """A loop that records the tapes, or a branch that hands them out, does so with the merged."""
    assert end.parent is not None and end.parent.parent is not None
    parent = end.parent.parent
    outer = {k: parent.results[end.operands.index(tape)] for k, tape in tapes.items()}
    position = len(parent.results)
    type_ = merged.type if parent.kind == "if" else List(merged.type, tape=True)
    result = Value(type_, "", parent)
    parent.results.append(result)
    regions = parent.regions if parent.kind == "if" else [parent.body]
    for region in regions:
        yields = list(region.yields)
        other = Constant(ops.UNDEFINED_VALUE, UNDEFINED)
        yields.insert(position, merged if region.terminator is end else other)
        region.terminator.set_operands(yields)
    _follow(outer, result, width)
