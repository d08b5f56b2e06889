"""Results of functions that return tuples: `U, s, Vh = np.linalg.svd(A)`."""

from __future__ import annotations

import operator

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Value, python_value
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


def _takes_item(user: Op) -> bool:
    return (
        user.kind == "apply"
        and user.target is operator.getitem
        and isinstance(user.operands[1], Constant)
        and isinstance(user.operands[1].value, int)
    )


def _unpack(op: Op, type_: Struct, items: dict[int, list[Op]]) -> None:
    unpack = Op("apply", [op.result], list(type_.items), target=ops.unpack)
    unpack.span, unpack.backward, unpack.parent = op.span, op.backward, op.parent
    assert op.parent is not None
    op.parent.ops.insert(op.parent.ops.index(op) + 1, unpack)
    for position, users in items.items():
        result: Value = unpack.results[position]
        for user in users:
            result.name = result.name or user.result.name
            result.type = user.result.type
            user.result.replace_with(result)
            assert user.parent is not None
            user.parent.ops.remove(user)
            user.drop()
