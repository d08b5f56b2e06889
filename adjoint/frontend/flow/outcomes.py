"""Operations that may raise anything, where a handler waits: done once, with two outcomes.

Of other operations it is known when they raise, so that a test in front of them tells. What a
library does is done, and gives its value or its exception.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

from adjoint.errors import LeavesExpressionError
from adjoint.frontend.flow.raising import Handler, raise_error
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import FALSE, Frame, Unreachable
from adjoint.ir import foreign
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import INT, Struct, Type
from adjoint.runtime.errors import call_method, outcome, raise_again

#: Where a caught exception keeps the object that was raised.
RAISED = "%object"
#: The function that does what an operation does.
_FUNCTIONS: dict[Any, Any] = {
    foreign.attribute: getattr, foreign.item: operator.getitem, foreign.method: call_method,
}  # fmt: skip


def outcome_of(
    frame: Frame, target: Any, operands: Sequence[Value], type_: Type, keywords: tuple[str, ...]
) -> Value:
    """The value of an operation; its exception goes to the handler that waits.

    The operation is one of `ir.foreign`, or a call of a solver.
    """
    builder = frame.lowering.builder
    waiting = [h for h in frame.lowering.handlers if not h.passes_on]
    for handler in waiting:
        before = frame.hidden.get(handler.flag)
        inside = frame.lowering.inside or frame.comprehension
        if inside or not isinstance(before, o.Ref) or before.value is not FALSE:
            raise LeavesExpressionError(
                "an exception may leave this expression in the middle",
                instead="make the call in a statement of its own",
            )
    caught = Constant(tuple(_clause(handler) for handler in waiting))
    types = Struct(tuple, (INT, type_, foreign.OBJECT))
    if target in foreign.OPERATIONS:
        function = [Constant(_FUNCTIONS[target])] if target in _FUNCTIONS else []
        operands = [Constant(outcome), caught, *function, *operands]
        made = builder.emit(foreign.call, operands, types, keywords)
        assert made.op is not None
        made.op.attrs["opaque"] = True
    else:
        made = builder.emit(outcome, [caught, Constant(target), *operands], types, keywords)
    which, value, raised = builder.unpack(made, [INT, type_, foreign.OBJECT])
    for k, handler in enumerate(waiting):
        frame.hidden[handler.flag] = o.Ref(builder.apply(operator.eq, which, k))
        frame.hidden[handler.error] = _caught(handler, raised)
    return value


def _clause(handler: Handler) -> Any:
    """What an `except` clause names: a class, or several."""
    return handler.classes[0] if len(handler.classes) == 1 else handler.classes


def _caught(handler: Handler, raised: Value) -> o.Instance:
    reason = "what an exception of a library says is known only at run time"
    return o.Instance(handler.classes[0], {"args": o.Ambiguous(reason), RAISED: o.Ref(raised)})


def raise_object(frame: Frame, error: o.Instance) -> None:
    """Leave for the handler that catches an exception, or out of the program.

    Which handler that is, is decided by the object where there is one.
    """
    if RAISED not in error.items:
        raise_error(frame, error)
        return
    operands = [Constant(raise_again), frame.lowering.value(error.items[RAISED])]
    if frame.lowering.handlers:
        outcome_of(frame, foreign.call, operands, foreign.OBJECT, ())
        return
    made = frame.lowering.builder.emit(foreign.call, operands, foreign.OBJECT)
    assert made.op is not None
    made.op.attrs["opaque"] = True
    raise Unreachable
