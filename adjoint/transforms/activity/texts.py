"""Refuse numbers that go through a text and come back: `float(str(x))` depends on x.

A text has no derivative, so the path of such a number would be lost without a word.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.types import List, Opaque, Struct, Type, is_differentiable
from adjoint.transforms.activity.activity import dependents, varied

_BESIDE = {operator.getitem, ops.unpack, *ops.CONTAINERS}


def refuse_numbers_in_texts(inputs: Iterable[Value]) -> None:
    """Refuse a number that is read from a text which depends on the inputs.

    Raises
    ------
    UnsupportedError : there is one, or the hash of an input is taken.
    """
    moving = varied(inputs)
    work = [r for v in moving for op in v.users for r in _texts_of(op)]
    seen: set[Value] = set()
    while work:
        value = work.pop()
        if value in seen or isinstance(value, Constant) or not _holds_text(value):
            continue
        seen.add(value)
        for op in value.users:
            if op.kind == "apply" and (op.target is int or any(map(_is_number, op.results))):
                raise UnsupportedError(
                    "a number goes through a text, which carries no derivative",
                    op.span,
                    "use the number itself, or adjoint.stop_gradient of it before it is written",
                )
        work.extend(dependents(value, lambda op: True))


def _texts_of(op: Op) -> list[Value]:
    """The texts that an operation makes of a number, and does not find beside it."""
    if op.kind != "apply" or op.target in _BESIDE:
        return []
    if op.target is hash:
        raise UnsupportedError(
            "the hash of a number carries no derivative",
            op.span,
            "take the hash of adjoint.stop_gradient(...) where it is meant to be a constant",
        )
    return [r for r in op.results if _holds_text(r)]


def _is_number(value: Value) -> bool:
    return is_differentiable(value.type)


def _holds_text(value: Value) -> bool:
    return _is_text(value.type) and not is_differentiable(value.type)


def _is_text(type_: Type) -> bool:
    match type_:
        case Opaque(cls):
            return cls in (str, bytes, object)
        case Struct(_, items):
            return any(map(_is_text, items))
        case List(element):
            return _is_text(element)
    return False
