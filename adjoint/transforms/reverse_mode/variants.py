"""What an arm of a branch leaves for its reverse: one tuple instead of many results.

A function that is cut in two hands residuals of its branches over. Most are undefined where the
other arm is taken, and would be filled with None there.
"""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Op, Region, Value, is_inside
from adjoint.ir.types import UNDEFINED, Opaque, Struct, Type
from adjoint.limits import TYPED_RESIDUALS

#: The type of residuals that refer to others like them, or are many, or of one arm or another.
UNTYPED = Opaque(tuple)


#: A branch in an arm of another one, and so on outwards: the branches around it, and their arms.
Way = list[tuple[Op, int]]


def pack_arms(body: Region) -> None:
    """Pack the residuals of each branch of `body` into one tuple for each arm."""
    _region(body, body, [])


def _region(forward: Region, backward: Region, way: Way) -> None:
    for mirror in [op for op in backward.ops if op.kind == "if" and op.backward]:
        branch = mirror.attrs.get("reverse_of")
        if branch is None or branch.parent is not forward:
            continue
        for arm in range(2):
            _region(branch.regions[arm], mirror.regions[arm], [(branch, arm), *way])
        _pack(branch, mirror, way)


def _pack(branch: Op, mirror: Op, way: Way) -> None:
    fields: list[list[tuple[Value, Value]]] = [
        [
            (region.yields[k], last)
            for k, result in enumerate(branch.results)
            if (last := _of_arm(branch, k, result, arm, mirror, way)) is not None
        ]
        for arm, region in enumerate(branch.regions)
    ]
    if sum(map(len, fields)) < 2:
        return
    types = [type_of_residuals([v.type for v, _ in own]) for own in fields if own]
    type_ = types[0] if len(types) == 1 else UNTYPED
    packed: list[Value] = []
    for region, own in zip(branch.regions, fields, strict=True):
        end = region.ops.pop()
        builder = Builder(region, branch.span)
        values = [v for v, _ in own]
        packed.append(builder.emit(ops.make_tuple, values, type_) if own else _undefined())
        region.append(end)
    tape = _hand_out(branch, packed, type_)
    for outer, arm in way:
        tape = _hand_out(outer, [tape if k == arm else _undefined() for k in range(2)], type_)
    for own, region in zip(fields, mirror.regions, strict=True):
        if own:
            _unpack(tape, own, region)
    for each in [branch, *(outer for outer, _ in way)]:
        _forget_unused(each)


def _undefined() -> Value:
    return Constant(ops.UNDEFINED_VALUE, UNDEFINED)


def _hand_out(branch: Op, values: Sequence[Value], type_: Type) -> Value:
    """One more result of a branch."""
    for region, value in zip(branch.regions, values, strict=True):
        region.terminator.extend_operands([value])
    result = Value(type_, "tape", branch)
    branch.results.append(result)
    return result


def _of_arm(branch: Op, k: int, result: Value, arm: int, mirror: Op, way: Way) -> Value | None:
    """What the reverse of this arm reads result `k` as; None if anything else reads it."""
    for outer, outer_arm in [(branch, arm), *way]:
        own, other = outer.regions[outer_arm].yields[k], outer.regions[1 - outer_arm].yields[k]
        if own.type == UNDEFINED or other.type != UNDEFINED:
            return None
        result = outer.results[k]
        users = list(result.users)
        if users and all(is_inside(u.parent, mirror.regions[arm]) for u in users):
            return result
        if len(users) != 1 or users[0].kind != "yield" or result.users[users[0]] != 1:
            return None
        k = users[0].operands.index(result)
    return None


def _unpack(tape: Value, fields: list[tuple[Value, Value]], region: Region) -> None:
    unpack = Op("apply", [tape], [v.type for v, _ in fields], target=ops.unpack)
    unpack.span, unpack.backward, unpack.parent = region.ops[0].span, True, region
    region.ops.insert(0, unpack)
    for (value, last), part in zip(fields, unpack.results, strict=True):
        part.name = value.name or last.name
        last.replace_with(part)


def _forget_unused(branch: Op) -> None:
    """Drop results that were undefined in one arm, and are part of a tuple now."""
    kept = [
        k
        for k, result in enumerate(branch.results)
        if result.users or all(region.yields[k].type != UNDEFINED for region in branch.regions)
    ]
    for region in branch.regions:
        region.terminator.set_operands([region.yields[k] for k in kept])
    branch.results = [branch.results[k] for k in kept]


def type_of_residuals(types: Sequence[Type], recursive: bool = False) -> Type:
    """The type of a tuple of residuals; a long one has none, nor has that of a recursion."""
    plain = not any(t in (UNTYPED, UNDEFINED) for t in types)
    if recursive or not plain or sum(map(_leaves, types)) > TYPED_RESIDUALS:
        return UNTYPED
    return Struct(tuple, tuple(types))


def _leaves(type_: Type) -> int:
    return sum(map(_leaves, type_.items)) if isinstance(type_, Struct) else 1
