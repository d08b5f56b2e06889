"""A copy of a function, since each back end consumes what it writes."""

from __future__ import annotations

from adjoint.ir.core import Function, Value, clone_region


def copied(function: Function, done: dict[Function, Function] | None = None) -> Function:
    """The function with copies of all functions that it calls."""
    done = {} if done is None else done
    if function in done:
        return done[function]
    copy = done[function] = Function(function.name, function.span)
    copy.attrs = dict(function.attrs)
    mapping: dict[Value, Value] = {}
    copy.body = clone_region(function.body, mapping)
    for op in copy.body.walk():
        callee = op.attrs.get("function")
        if isinstance(callee, Function):
            op.attrs["function"] = copied(callee, done)
    return copy
