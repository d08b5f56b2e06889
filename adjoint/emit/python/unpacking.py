"""Results of functions that return tuples: `U, s, Vh = np.linalg.svd(A)`."""

from __future__ import annotations

import operator

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, python_value
from adjoint.ir.types import Struct

_MAKERS = (ops.make_tuple, ops.make_list, ops.make_dict, operator.getitem, ops.cotangent, ops.zero)


def unpack_results(function: Function) -> None:
    """A tuple of which the program only takes several items is taken apart where it is made."""
    for op in list(function.body.walk()):
        if op.kind != "apply" or op.target in _MAKERS or len(op.results) != 1:
            continue
        type_ = op.result.type
        users = list(op.result.users)
        if not isinstance(type_, Struct) or type_.keys or not all(map(_takes_item, users)):
            continue
        items: dict[int, list[Op]] = {}
        for user in users:
            position = python_value(user.operands[1]) % len(type_.items)
            items.setdefault(position, []).append(user)
        if len(items) > 1:
            _unpack(op, type_, items)


def unpack_containers(function: Function) -> None:
    """`a, b, c = params` for items that the user has named in one statement."""
    for op in list(function.body.walk()):
        if op.parent is None or not _is_unpacked(op):
            continue
        base, region = op.operands[0], op.parent
        if not isinstance(base.type, Struct):
            continue
        takers = [user for user in base.users if _is_unpacked(user) and user.parent is region]
        if len(takers) < 2 or takers[0] is not op:
            continue
        items: dict[int, list[Op]] = {}
        for user in takers:
            position = python_value(user.operands[1]) % len(base.type.items)
            items.setdefault(position, []).append(user)
        if len(items) == len(takers) == len(base.type.items):
            _unpack_before(op, base, base.type, items)


def _takes_item(user: Op) -> bool:
    return (
        user.kind == "apply"
        and user.target is operator.getitem
        and isinstance(user.operands[1], Constant)
        and isinstance(user.operands[1].value, int)
    )


def _is_unpacked(op: Op) -> bool:
    return bool(op.attrs.get("unpacked")) and bool(op.result.name) and _takes_item(op)


def _unpack(op: Op, type_: Struct, items: dict[int, list[Op]]) -> None:
    assert op.parent is not None
    place = op.parent.ops.index(op) + 1
    _take_apart(op.result, op, op.parent, place, type_, items)


def _unpack_before(op: Op, base: Value, type_: Struct, items: dict[int, list[Op]]) -> None:
    assert op.parent is not None
    _take_apart(base, op, op.parent, op.parent.ops.index(op), type_, items)


def _take_apart(
    value: Value, like: Op, region: Region, place: int, type_: Struct, items: dict[int, list[Op]]
) -> None:
    """Insert `a, b, c = value`, and let it take the place of the operations that take `items`."""
    unpack = Op("apply", [value], list(type_.items), target=ops.unpack)
    unpack.span, unpack.backward, unpack.parent = like.span, like.backward, region
    region.ops.insert(place, unpack)
    for position, users in items.items():
        result: Value = unpack.results[position]
        for user in users:
            result.take_name(user.result)
            result.type = user.result.type
            user.result.replace_with(result)
            assert user.parent is not None
            user.parent.ops.remove(user)
            user.drop()
