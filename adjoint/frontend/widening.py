"""Lists that begin with whole numbers and get floats: `best = [0] * n`, then `best[i] = x[i]`.

Their type is that of what is written into them later. The write says so, and the program is
lowered once more, with the list of that type from the beginning.
"""

from __future__ import annotations

from typing import Any

from adjoint.frontend import objects as o
from adjoint.frontend.lowering import Lowering
from adjoint.ir.core import Value
from adjoint.ir.types import List, Type, is_immutable_number, join


class NeedWider(Exception):
    """A list that is made at a place of the source needs elements of a wider type."""

    def __init__(self, span: Any, type_: Type):
        self.span, self.type = span, type_


def as_made(lowering: Lowering, value: Value) -> Value:
    """A list where it is made, with the type that writes into it have asked for."""
    assert value.op is not None
    value.type = lowering.root.wider.get(value.op.span, value.type)
    return value


def need_wider(lowering: Lowering, root: o.Ref, depth: int, new: Type) -> None:
    """Ask for a list whose elements, `depth` levels down, can be what is written into it.

    Raises
    ------
    NeedWider : if the list is known to be made in one place of the program, of numbers.
    """
    made = root.value.op
    if made is None or made.span is None:
        return
    type_ = _with_element(root.value.type, depth, new)
    if type_ is not None and lowering.root.wider.get(made.span) != type_:
        raise NeedWider(made.span, type_)


def _with_element(type_: Type, depth: int, new: Type) -> Type | None:
    if depth == 0:
        numbers = is_immutable_number(type_) and is_immutable_number(new)
        return join(type_, new) if numbers else None
    inner = _with_element(type_.element, depth - 1, new) if isinstance(type_, List) else None
    return None if inner is None else List(inner, type_.size, type_.tape)  # type: ignore
