"""Checkpointed functions are called, never inlined; `reverse_mode/checkpoint.py` does the rest."""

from __future__ import annotations

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.inlining import begin_call, begin_inline
from adjoint.frontend.control.recursion import call_recursive, is_part_of_program
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame, NeedStatic
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.structure import is_function
from adjoint.ir.core import enclosing_region


def call_checkpoint(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`checkpoint(f)` inside of the program."""
    (function,) = args
    return o.Partial(o.Known(call_checkpointed), [function], {})


def call_checkpointed(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """A call of a function, given as the first argument, that is checkpointed."""
    function, *args = args
    if isinstance(function, o.Known) and hasattr(function.value, "__code__"):
        inner = begin_call(frame, function.value, args, kwargs)
    elif isinstance(function, o.Closure):
        inner = begin_inline(frame, function, args, kwargs)
    else:
        raise UnsupportedError("only functions written in Python are checkpointed",
                               instead="wrap the call in a function")  # fmt: skip
    bound = inner.names
    behind = function.value if isinstance(function, o.Known) else function
    passed = [obj for obj in bound.values() if is_function(obj) and not isinstance(obj, o.Known)]
    identity = (behind, *passed)
    calls_itself = identity in frame.lowering.recursive_identities
    constants = [name for name, obj in bound.items() if is_part_of_program(obj, calls_itself)]
    try:
        return call_recursive(frame, inner, identity, bound, constants, checkpoint=True)
    except NeedStatic as need:
        if enclosing_region(need.param) is frame.lowering.root.function.body:
            raise
        raise UnsupportedError(
            f"'{need.param.name}' decides the structure of the checkpointed function",
            instead="pass it as a literal",
        ) from None
