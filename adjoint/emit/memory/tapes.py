"""Before naming: one tape per loop, targets that unpack, results that own their memory."""

from __future__ import annotations

import operator

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, python_value
from adjoint.ir.effects import is_pure, is_view, memory_of_result
from adjoint.ir.types import Array, List, Scalar, Struct, Type, Unknown
from adjoint.runtime import containers


def merge_tapes(function: Function) -> None:
    """Stacks that the same loops consume become one stack of tuples, in inner loops first."""
    for op in reversed(list(function.body.walk())):
        if op.kind in ("for", "while") and len(op.stacks) > 1:
            _merge(op)


def _merge(op: Op) -> None:
    groups: dict[tuple[Op, ...], list[Value]] = {}
    for stack in op.stacks:
        path = _way(stack)
        if path:
            groups.setdefault(path, []).append(stack)
    for stacks in groups.values():
        if len(stacks) < 2:
            continue
        records = [op.records[op.stacks.index(s)] for s in stacks]
        type_ = Struct(tuple, tuple(r.type for r in records))
        pack = Op("apply", records, [type_], target=ops.make_tuple, span=op.span)
        pack.parent, pack.backward = op.body, op.backward
        op.body.ops.insert(len(op.body.ops) - 1, pack)
        _join_stacks(op, stacks, pack.result)


def _way(stack: Value) -> tuple[Op, ...]:
    """The loops that a stack passes through to the one that consumes it; empty if it branches."""
    if len(stack.users) != 1:
        users = tuple(stack.users)
        return users if all(_only_steps_through(u, stack) for u in users) else ()
    (user,) = stack.users
    if _only_steps_through(user, stack):
        element = user.elements[user.sequences.index(stack)]
        if isinstance(element.type, List) and element.type.tape and len(element.users) == 1:
            rest = _way(element)
            return (user, *rest) if rest else ()
        return (user,)
    loop = user.parent.parent if user.kind == "yield" and user.parent is not None else None
    if loop is None or loop.kind == "if" or sum(v is stack for v in user.operands) != 1:
        return ()
    position = user.operands.index(stack)
    if not loop.n_carries <= position < len(loop.results):
        return ()
    rest = _way(loop.results[position])
    return (loop, *rest) if rest else ()


def _only_steps_through(user: Op, stack: Value) -> bool:
    """Is the stack a sequence of this loop, and not what the loop begins with as well?"""
    return user.kind == "for" and stack in user.sequences and stack not in user.inits


def _join_stacks(op: Op, stacks: list[Value], record: Value) -> None:
    """Let one stack of `op`, of what `record` is, take the place of several."""
    merged = Value(List(record.type, tape=True), "", op)
    first = op.results.index(stacks[0])
    gone = {op.results.index(s) for s in stacks}
    yields = [v for k, v in enumerate(op.body.yields) if k not in gone]
    yields.insert(first, record)
    op.results = [r for k, r in enumerate(op.results) if k not in gone]
    op.results.insert(first, merged)
    op.body.terminator.set_operands(yields)
    _join_users(stacks, merged)


def _join_users(stacks: list[Value], merged: Value) -> None:
    """Follow the stacks to where they are consumed."""
    assert isinstance(merged.type, List)
    type_ = merged.type.element
    for user in list(stacks[0].users):
        if user.kind == "yield":
            assert user.parent is not None and user.parent.parent is not None
            loop = user.parent.parent
            outer = [loop.results[user.operands.index(s)] for s in stacks]
            _join_stacks(loop, outer, merged)
        elif isinstance(type_, Struct):
            _consume(user, stacks, merged)
        else:
            elements = [user.elements[user.sequences.index(s)] for s in stacks]
            element = Value(type_, "", user.body)
            place = user.sequences.index(stacks[0])
            pairs = list(zip(user.sequences, user.elements, strict=True))
            pairs[place] = (merged, element)
            pairs = [p for p in pairs if p[0] not in stacks]
            carries, inits = user.carries, user.inits
            user.body.params = [*(e for _, e in pairs), *carries]
            user.attrs["sequences"] = len(pairs)
            user.set_operands([*(s for s, _ in pairs), *inits])
            _join_users(elements, element)


def _consume(loop: Op, stacks: list[Value], merged: Value) -> None:
    """Let `loop` step through the merged tape, unpacking each record in its target."""
    targets: list[tuple[int, Value]] = []
    kept: list[Value] = []
    sequences: list[Value] = []
    place: int | None = None
    assert isinstance(merged.type, List)
    for sequence, element in zip(loop.sequences, loop.elements, strict=True):
        if sequence in stacks:
            if place is None:
                place = len(kept)
                kept.append(Value(merged.type.element, "", loop.body))
                sequences.append(merged)
            targets.append((stacks.index(sequence), element))
        else:
            kept.append(element)
            sequences.append(sequence)
    assert place is not None
    loop.body.params = [*kept, *loop.carries]
    inits = loop.inits
    loop.attrs["sequences"] = len(sequences)
    by_field = dict(targets)
    pattern = [by_field.get(k) for k in range(len(stacks))]
    loop.attrs.setdefault("patterns", {})[kept[place]] = pattern
    loop.set_operands([*sequences, *inits])


def share_while_parameters(function: Function) -> None:
    """In the text, the condition and the body of a `while` see the same variables."""
    for op in list(function.body.walk()):
        if op.kind == "while":
            for twin, param in zip(op.regions[0].params, op.carries, strict=True):
                twin.replace_with(param)
            op.regions[0].params = []


def unpack_targets(function: Function) -> None:
    """An element that the body only takes apart is taken apart in the loop's target."""
    for op in list(function.body.walk()):
        if op.kind != "for":
            continue
        for element in op.elements:
            type_ = element.type
            if not isinstance(type_, Struct) or type_.keys is not None or not element.users:
                continue
            users = list(element.users)
            if all(_takes_item(u, element, op.body) for u in users):
                pattern: list[Value | None] = [None] * len(type_.items)
                for user in users:
                    k = python_value(user.operands[1]) % len(pattern)
                    known = pattern[k]
                    if known is None:
                        pattern[k] = user.result
                        user.result.belong_to(op.body)
                    else:
                        user.result.replace_with(known)
                    op.body.ops.remove(user)
                    user.drop()
                op.attrs.setdefault("patterns", {})[element] = pattern


def _takes_item(user: Op, element: Value, body: Region) -> bool:
    return (
        user.kind == "apply"
        and user.target is operator.getitem
        and user.parent is body
        and user.operands[0] is element
        and isinstance(user.operands[1], Constant)
        and isinstance(user.operands[1].value, int)
    )


# Ownership of results


def own_results(function: Function) -> None:
    """Gradients never alias each other, an argument, or memory that anyone else may write."""
    if not (function.attrs.get("entry") or function.attrs.get("step")):
        return
    terminator = function.body.terminator
    checks = {op for op in function.body.ops if not _is_used(op)}  # they stay for what they raise
    seen: set[Value] = set()
    n_values = function.attrs.get("values", 0)
    results = []
    for k, value in enumerate(terminator.operands):
        results.append(_owned(function, value, seen) if k >= n_values else value)
        if k < n_values:
            seen.add(value)
    terminator.set_operands(results)
    _drop_unused(function.body, checks)


def _is_used(op: Op) -> bool:
    return any(r.users for r in op.results)


def _drop_unused(body: Region, checks: set[Op]) -> None:
    """Drop operations whose only use was a result that is now made in another way."""
    for op in reversed(list(body.ops)):
        if op.kind == "apply" and is_pure(op.target) and op.results:
            if not _is_used(op) and op not in checks:
                body.ops.remove(op)
                op.drop()


def _append(function: Function, target: object, operands: list[Value], type_: Type,
            keywords: tuple[str, ...] = ()) -> Value:  # fmt: skip
    body = function.body
    op = Op("apply", operands, [type_], target=target, keywords=keywords,
            span=body.terminator.span)  # fmt: skip
    op.backward, op.parent = True, body
    body.ops.insert(len(body.ops) - 1, op)
    return op.result


def _owned(function: Function, value: Value, seen: set[Value]) -> Value:
    op = value.op
    if isinstance(value, Constant) or isinstance(value.type, Scalar):
        return value
    if op is not None and op.target in ops.CONTAINERS:
        skip = ops.CONTAINERS[op.target]
        items = [_owned(function, v, seen) for v in op.operands[skip:]]
        if all(a is b for a, b in zip(items, op.operands[skip:], strict=True)):
            return value
        return _append(function, op.target, [*op.operands[:skip], *items], value.type, op.keywords)
    if isinstance(value.type, Array) and not value.type.scalar:
        spread = op is not None and op.target is np.broadcast_to
        if op is not None and spread and not isinstance(op.operands[0].type, Unknown):
            filled = _filled(function, op)
            if filled is not None:
                return filled
        if value in seen or not is_fresh(value):
            undefined = function.attrs.get("step")  # perhaps, as long as no trip has assigned it
            copier = copy_container if undefined else np.copy
            made = _append(function, copier, [value], value.type)
            if made.op is not None:
                made.op.attrs["owns"] = True
            return made
    elif isinstance(value.type, Unknown) and (value in seen or not is_fresh(value)):
        return _append(function, copy_container, [value], value.type)
    elif isinstance(value.type, (Struct, List)) and (op is None or value in seen):
        return _append(function, copy_container, [value], value.type)
    seen.add(value)
    return value


def _filled(function: Function, op: Op) -> Value | None:
    found = as_filled(op)
    if found is None:
        return None
    target, operands, keywords = found
    type_ = op.result.type
    assert isinstance(type_, Array)
    return _append(function, target, operands, Array(type_.dtype, type_.dims), keywords)


def as_filled(op: Op) -> tuple[object, list[Value], tuple[str, ...]] | None:
    """A broadcast scalar as an array of its own: `np.full(x.shape, g)`, or `np.ones_like(x)`."""
    scalar, shape = op.operands
    scalar_type, type_ = scalar.type, op.result.type
    if isinstance(scalar_type, Array) and scalar_type.dims or not isinstance(type_, Array):
        return None
    like = shape.op.operands[0] if shape.op is not None and shape.op.target is np.shape else None
    if isinstance(scalar, Constant) and scalar.value == 1.0 and like is not None:
        if isinstance(like.type, Array) and like.type.dtype == type_.dtype:
            return np.ones_like, [like], ()
    if type_.dtype == np.float64 or isinstance(scalar_type, Array):
        return np.full, [shape, scalar], ()
    return np.full, [shape, scalar, Constant(type_.dtype)], ("dtype",)


def copy_container(x: object) -> object:
    """A copy of a container of arrays, all the way down."""
    return containers.copy(x)


def is_fresh(value: Value, assumed: frozenset[Value] = frozenset()) -> bool:
    """Is this array certainly memory of its own, that nothing else refers to?"""
    if value in assumed:
        return True
    if isinstance(value, Constant):
        return isinstance(value.type, Scalar) or isinstance(value.value, (np.generic, float))
    op = value.op
    if isinstance(value.type, Scalar) or isinstance(value.type, Array) and value.type.scalar:
        return True
    if op is None:
        region = value.owner
        loop = region.parent if isinstance(region, Region) else None
        if loop is None or loop.kind not in ("for", "while") or value not in loop.carries:
            return False
        position = loop.carries.index(value)
        inner = assumed | {value}
        return is_fresh(loop.inits[position], inner) and is_fresh(
            loop.next_carries[position], inner
        )
    if op.kind == "if":
        position = op.results.index(value)
        return all(is_fresh(r.yields[position], assumed) for r in op.regions)
    if op.kind in ("for", "while"):
        position = op.results.index(value)
        if position >= op.n_carries:
            return True
        return is_fresh(op.carries[position], assumed)
    if op.kind == "call":
        memory = memory_of_result(op, value)
        owned = op.attrs["function"].attrs.get("owned", frozenset())
        return memory is not None and all(
            k in owned or is_fresh(op.operands[k], assumed) for k in memory
        )
    if op.target is ops.index_add:
        return True
    if op.target is ops.cotangent:
        return False  # it belongs to the caller of the pullback
    return not is_view(op)
