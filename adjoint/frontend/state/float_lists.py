"""Lists that begin with whole numbers and get floats: `best = [0] * n`, then `best[i] = x[i]`.

Their type is that of what is written into them later. The write says so, and the program is
lowered once more, with the list of that type from the beginning.
"""

from __future__ import annotations

from dataclasses import replace

from adjoint.assumptions import WiderList
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Lowering
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.types import UNDEFINED, List, Type, is_immutable_number, join


def as_made(lowering: Lowering, value: Value) -> Value:
    """A list where it is made, with the type that writes into it have asked for."""
    assert value.op is not None
    number = lowering.root.known.wider.get(value.op.span)
    if number is not None:
        value.type = _of_numbers(value.type, number)
    return value


def empty_rows(lowering: Lowering) -> o.Ref:
    """A list of rows, which has none as yet; each is a list that nothing else holds."""
    builder = lowering.builder
    value = builder.emit(ops.make_list, [], List(List(UNDEFINED)))
    return o.Ref(as_made(lowering, value), rows=builder.span or True)


def is_empty_list(obj: o.Obj) -> bool:
    """Is this a list without items, such as `[]`?"""
    return isinstance(obj, o.Seq) and obj.kind is list and not obj.items


def need_wider(lowering: Lowering, root: o.Ref, depth: int, new: Type) -> None:
    """Ask for a list whose items, `depth` levels down, can be what is written into it.

    They are numbers, rows of numbers, or (in rows that are empty at first) anything.

    Raises
    ------
    WiderList : if the list is known to be made in one place of the program, of numbers.
    """
    made, inner = root.value.op, root.value.type
    for _ in range(depth):
        inner = inner.element if isinstance(inner, List) else UNDEFINED
    while isinstance(inner, List) and isinstance(new, List):
        inner, new = inner.element, new.element
    numbers = is_immutable_number(inner) and is_immutable_number(new)
    empty = inner == UNDEFINED and not isinstance(new, List)
    if made is None or made.span is None or not (numbers or empty and depth):
        return
    wider = lowering.root.known.wider
    before = wider.get(made.span, UNDEFINED)  # of another list there, it may be
    number = join(before, join(inner, new) or inner)
    if number is not None and number != before:
        raise WiderList(made.span, number)


def _of_numbers(type_: Type, number: Type) -> Type:
    if isinstance(type_, List):
        return replace(type_, element=_of_numbers(type_.element, number))
    return number
