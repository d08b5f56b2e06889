"""Tangents by transposing what a rule pulls back.

The pullback of an operation is staged with a symbolic cotangent `y_bar`. It is linear in `y_bar`,
so the gradient of <pullback(y_bar), x_dot> with respect to `y_bar` is the tangent of y. Of the
first pullback nothing stays but what the second one needs.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value, enclosing_region, is_inside, python_value
from adjoint.ir.effects import reads_form
from adjoint.ir.types import Struct, Type, part_of
from adjoint.transforms.activity.activity import dependencies, varied
from adjoint.transforms.forward_mode.tangents import Tangent
from adjoint.transforms.reverse_mode.cotangents import Bars, Path, key_at, leaf_paths
from adjoint.transforms.reverse_mode.reverse import Reverse

if TYPE_CHECKING:
    from adjoint.transforms.forward_mode.forward import Forward


def transposed(forward: Forward, op: Op) -> Tangent:
    """The tangent of the result of an `apply`."""
    builder, tangents, y = forward.builder, forward.tangents, op.result
    moving = {v for v in op.operands if tangents.get(v) is not None}
    scratch = Region()
    with builder.inside(scratch):
        first = _reverse(forward, moving | {y})
        bars = Bars()
        symbols: dict[Path, Value] = {}
        for path, type_ in _leaves_read(y, y in forward.outputs):
            symbols[path] = builder.emit(ops.cotangent, [first.at(y, path)], type_)
            bars.own[y, path] = symbols[path]
        first.apply(op, bars)
        pulled = {key: bar for key, bar in bars.own.items() if key[0] in moving}
        second = _reverse(forward, varied(symbols.values()))
        staged = list(scratch.ops)
        back = Bars()
        for (operand, path), bar in pulled.items():
            tangent = tangents.get(operand)
            for depth, k in enumerate(path):
                holder = part_of(operand.type, path[:depth])
                assert isinstance(holder, Struct)
                tangent = tangents.part(tangent, holder, k)
            if tangent is not None:
                second.add(back, bar, (), tangents.assembled(tangent, bar))
        second.run(staged, back)
    for each in scratch.ops:
        builder.region.append(each)
        for result in each.results:
            result.name = ""  # the names of cotangents mean nothing here
    found = {path: back.get((symbol, ())) for path, symbol in symbols.items()}
    values = [v for v in found.values() if v is not None]
    read = _read(values, builder.region)
    for symbol in symbols.values():
        _settle(op, symbol, read)
    return _tree(y.type, found, ())


def _leaves_read(y: Value, whole: bool) -> Iterator[tuple[Path, Type]]:
    """The leaves of a result that the program may read: a rule need not know the others."""
    asked = {python_value(user.operands[1]) if _takes_item(user, y) else None for user in y.users}
    if whole or not isinstance(y.type, Struct) or None in asked:
        yield from leaf_paths(y.type)
        return
    count = len(y.type.items)
    for path, type_ in leaf_paths(y.type):
        position = path[0]
        if asked & {key_at(y.type, position), position, position - count}:
            yield path, type_


def _takes_item(user: Op, y: Value) -> bool:
    """Does the operation read one item of y, and nothing else?"""
    if user.target is not operator.getitem or user.operands[0] is not y:
        return False
    index = user.operands[1]
    return isinstance(index, Constant) and isinstance(index.value, (int, str))


def _read(values: Iterable[Value], region: Region) -> set[Value]:
    """The values of a region that others depend on, be it by a condition."""
    found: set[Value] = set()
    work = list(values)
    while work:
        value = work.pop()
        if value in found or not is_inside(enclosing_region(value), region):
            continue
        found.add(value)
        op = value.op
        if op is not None and op.kind in ("apply", "call"):
            work += () if reads_form(op.target) else op.operands
            continue
        work += dependencies(value)
        if op is not None and op.kind == "if":
            work.append(op.operands[0])
        elif op is not None:
            work += op.body.yields[len(op.results) :]  # what ends the loop
            work += op.regions[0].yields if op.kind == "while" else ()
    return found


def _settle(op: Op, symbol: Value, read: set[Value]) -> None:
    """Where the shape of the cotangent is asked for, that of the result is taken.

    Whatever else is read of it says that the pullback is not linear in it, or not written so: one
    that clips gradients, for instance, is no derivative and has no transpose.
    """
    if symbol in read:
        name = getattr(op.target, "__name__", op.target)
        if op.target is ops.custom:
            name = python_value(op.operands[1]).name
        raise UnsupportedError(
            f"what is pulled back through {name} is not linear in the cotangent as it is written, "
            "so that forward mode does not follow from it",
            instead="declare the tangent map as well (jvp= of a rule, or custom_jvp)",
        )
    assert symbol.op is not None
    symbol.replace_with(symbol.op.operands[0])


def _reverse(forward: Forward, active: set[Value]) -> Reverse:
    reverse = Reverse(forward.function, (), ())
    reverse.builder, reverse.active = forward.builder, active
    return reverse


def _tree(type_: Type, found: dict[Path, Value | None], path: Path) -> Tangent:
    if path in found or not isinstance(type_, Struct):
        return found.get(path)
    return [_tree(item, found, (*path, k)) for k, item in enumerate(type_.items)]


def reachable(values: Iterable[Value], region: Region) -> set[Op]:
    """The operations of a region that the values are computed by.

    A loop that reverses another one needs that, whatever it is used for.
    """
    found: set[Op] = set()
    work = [v.op for v in values if v.op is not None]
    while work:
        op = work.pop()
        if op in found or not is_inside(op.parent, region):
            continue
        found.add(op)
        mirror = op.attrs.get("mirror")
        if mirror is not None:
            work.append(mirror)
        for each in [op, *(o for r in op.regions for o in r.walk())]:
            for value in each.operands:
                if not isinstance(value, Constant) and value.op is not None:
                    work.append(value.op)
        parent = op.parent.parent if op.parent is not None else None
        if parent is not None:
            work.append(parent)
    return found
