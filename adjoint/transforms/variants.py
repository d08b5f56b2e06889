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


def pack_arms(body: Region) -> None:
    """Pack the residuals of each branch of `body` into one tuple for each arm."""
    for mirror in [op for op in body.ops if op.kind == "if" and op.backward]:
        branch = mirror.attrs.get("reverse_of")
        if branch is not None and branch.parent is body:
            _pack(branch, mirror)


def _pack(branch: Op, mirror: Op) -> None:
    fields = [
        [r for k, r in enumerate(branch.results) if _is_of(branch, k, r, arm, mirror)]
        for arm in range(2)
    ]
    if sum(map(len, fields)) < 2:
        return
    alike = all(fields)
    values = [[region.yields[branch.results.index(r)] for r in own]
              for own, region in zip(fields, branch.regions, strict=True)]  # fmt: skip
    types = [type_of_residuals([v.type for v in own]) for own in values if own]
    type_ = UNTYPED if alike else types[0]
    tape = Value(type_, "tape", branch)
    for region, own in zip(branch.regions, values, strict=True):
        end = region.ops.pop()
        packed: Value = Constant(ops.UNDEFINED_VALUE, UNDEFINED)
        if own:
            builder = Builder(region, branch.span)
            packed = builder.emit(ops.make_tuple, own, type_)
        region.append(end)
        end.extend_operands([packed])
    branch.results.append(tape)
    for own, inner, region in zip(fields, values, mirror.regions, strict=True):
        if own:
            _unpack(tape, own, inner, region)
    gone = {r for own in fields for r in own}
    kept = [k for k, r in enumerate(branch.results) if r not in gone]
    branch.results = [branch.results[k] for k in kept]
    for region in branch.regions:
        region.terminator.set_operands([region.yields[k] for k in kept])


def _is_of(branch: Op, k: int, result: Value, arm: int, mirror: Op) -> bool:
    """Is this a residual of one arm, which the reverse of that arm reads and nothing else?"""
    own, other = branch.regions[arm].yields[k], branch.regions[1 - arm].yields[k]
    return (
        own.type != UNDEFINED
        and other.type == UNDEFINED
        and bool(result.users)
        and all(is_inside(u.parent, mirror.regions[arm]) for u in result.users)
    )


def _unpack(tape: Value, fields: list[Value], values: list[Value], region: Region) -> None:
    unpack = Op("apply", [tape], [v.type for v in values], target=ops.unpack)
    unpack.span, unpack.backward, unpack.parent = region.ops[0].span, True, region
    region.ops.insert(0, unpack)
    for field, value, part in zip(fields, values, unpack.results, strict=True):
        part.name = value.name or field.name
        field.replace_with(part)


def type_of_residuals(types: Sequence[Type], recursive: bool = False) -> Type:
    """The type of a tuple of residuals; a long one has none, nor has that of a recursion."""
    plain = not any(t in (UNTYPED, UNDEFINED) for t in types)
    if recursive or not plain or sum(map(_leaves, types)) > TYPED_RESIDUALS:
        return UNTYPED
    return Struct(tuple, tuple(types))


def _leaves(type_: Type) -> int:
    return sum(map(_leaves, type_.items)) if isinstance(type_, Struct) else 1
