"""`zip(*rows)` of a list of rows whose number is known only at run time: its columns."""

from __future__ import annotations

from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.fixpoint import Loop
from adjoint.frontend.objects.containers.iteration import iteration, row_by_row, static_items
from adjoint.frontend.objects.names import scope_of
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import List, Struct


def call_transposing(frame: Frame, rows: o.Obj) -> o.Obj:
    """`zip(*rows)`."""
    items = static_items(frame, row_by_row(frame, rows))
    if items is not None:
        return o.Zip(list(items))
    value = frame.lowering.value(rows) if isinstance(rows, o.Ref) else None
    if value is None or not (isinstance(value.type, List) and _has_columns(value.type.element)):
        raise UnsupportedError("a sequence of unknown length is spliced with *")
    return o.Items(o.Seq(tuple, _columns(frame, rows, value)))


def _has_columns(row: Any) -> bool:
    return isinstance(row, Struct) and row.kind in (tuple, list)


def _columns(frame: Frame, rows: o.Obj, value: Value) -> list[o.Obj]:
    apply = frame.lowering.builder.apply
    apply(ops.check, apply(len, value) > 0, Constant("zip of no rows has no columns"))
    scope = scope_of(frame)
    over = iteration(scope, rows)
    recorded: list[Value] = []

    def body(seen: list[Value]) -> None:
        recorded[:] = map(frame.lowering.value, o.parts_of(over.element(seen)))

    loop = Loop(scope, over.sequences, body, record=lambda: list(recorded), over=over.over)
    stacks, _ = loop.lower([])
    return [o.Ref(stack, shared="it is a column of other rows") for stack in stacks]
