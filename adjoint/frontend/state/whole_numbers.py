"""Whole numbers that decide the program: there is one program for each of their values.

They are asked for where something else would be refused: which key a dictionary gets, how often
a loop is written out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame, Lowering, NeedStatic
from adjoint.ir.core import Constant, Value
from adjoint.ir.effects import op_is_pure
from adjoint.ir.types import Scalar, is_immutable_number, is_label


def static_key(
    frame: Frame, obj: o.Obj, reason: str = "a dictionary key", of: o.Mapping | None = None
) -> Any:
    """The key of a dictionary or set, which has to be part of the program.

    Where it is not, this is noted of the dictionary `of`.
    """
    known, python = constant_of(obj)
    if not known:
        ask_for_numbers(frame.lowering, [obj])
        if of is not None and _may_be_key(frame.lowering, obj):
            frame.lowering.root.keyed.append(of)
        raise UnsupportedError(
            f"{reason} that is known only at run time",
            instead="use a string or a literal, or an int that is an argument",
        )
    try:
        hash(python)
    except TypeError as error:
        raise CertainError(TypeError, str(error), *error.args) from None
    return python


def _may_be_key(lowering: Lowering, obj: o.Obj) -> bool:
    """Is this a number or a string, or a tuple of them?"""
    match obj:
        case o.Seq(kind, items):
            return kind is not list and all(_may_be_key(lowering, item) for item in items)
        case o.Ref():
            type_ = lowering.current(obj).type
            return not obj.missing and (is_immutable_number(type_) or is_label(type_))
    return isinstance(obj, o.Known)


def ask_for_numbers(lowering: Lowering, objs: Iterable[o.Obj]) -> None:
    """Make the whole numbers part of the program that these objects are, or are computed of.

    Raises
    ------
    NeedStatic : with a parameter that one of them depends on.
    """
    if lowering.outer is not None:  # what a recursive function is given is not known
        return
    work = list(objs)
    while work:
        obj = work.pop(0)
        if isinstance(obj, o.Seq):
            work += obj.items
        for param in _whole_numbers(lowering.current(obj)) if isinstance(obj, o.Ref) else ():
            if param in lowering.function.params:
                raise NeedStatic(param)


def _whole_numbers(value: Value) -> list[Value]:
    """The whole numbers that a value is computed from, if there is nothing else."""
    work, found = [value], []
    while work:
        value = work.pop()
        if value.op is not None and value.op.kind == "apply" and op_is_pure(value.op):
            work += value.op.operands
        elif not isinstance(value, Constant):
            found.append(value)
    number = all(isinstance(v.type, Scalar) and v.type.kind in ("int", "bool") for v in found)
    return found if number else []
