"""Recursion that is written out, one call in the other.

A recursive function is called in the adjoint as well, unless it does what no call can do here,
such as to change a list of its caller, or a table of the results so far. Then its calls are put
into each other, if whole numbers that are part of the program say how many they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.recursion import call_recursive
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.speculation import attempt
from adjoint.frontend.state.whole_numbers import ask_for_numbers
from adjoint.limits import UNROLLED_CALLS, UNROLLED_DEPTH


def call_or_unfold(
    frame: Frame, inner: Frame, identity: Any, bound: dict[str, o.Obj], here: Callable[[], o.Obj]
) -> o.Obj:
    """Call a recursive function; `here` runs its statements in the place of the call.

    Raises
    ------
    UnsupportedError : why it cannot be called, where writing it out does not help.
    NeedStatic : where an argument of the program says how many calls there are.
    """
    lowering = frame.lowering
    error = lowering.unfolded.get(identity)
    if error is None:
        try:
            with attempt(frame.lowering):
                return call_recursive(frame, inner, identity, bound)
        except UnsupportedError as refused:
            if lowering is not lowering.root.outliving.lowering:
                raise
            ask_for_numbers(lowering, bound.values())
            error = lowering.unfolded[identity] = refused
    lowering.calls_written_out += 1
    if lowering.calls_written_out > UNROLLED_CALLS or len(lowering.inline_stack) > UNROLLED_DEPTH:
        raise error
    try:
        return here()
    except RecursionError:
        raise error from None
    except UnsupportedError as second:
        raise error.or_later(second, "with these calls inlined") from None
