"""Calls that are kept: the function is lowered once, and its adjoint is written once.

What a kept call cannot do is what a recursive one cannot: write to its arguments, return what is
no number or array, or let an argument decide its structure. Then it is inlined.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.keeping import operations_in
from adjoint.frontend.control.recursion import call_recursive, is_part_of_program, signature_of
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.effects import has_effects
from adjoint.frontend.state.lowering import Frame, NeedStatic, Unreachable
from adjoint.frontend.state.speculation import attempt
from adjoint.frontend.state.structure import is_function
from adjoint.ir.core import Op
from adjoint.ir.raising import errors_of_op
from adjoint.limits import SMALL_FUNCTION


def call_with_constants(inner: Frame, identity: Any, bound: dict[str, o.Obj]) -> Hashable:
    """A function with the types of its arguments, and those of their values that it depends on.

    None where its calls cannot be kept: of a closure, or with one.
    """
    if inner.parent is not None or any(map(_is_closure, bound.values())):
        return None
    shapes = dict(signature_of(inner.lowering, bound))
    for name, obj in bound.items():
        if is_part_of_program(obj):
            _, value = constant_of(obj)
            shapes[name] = (type(value), repr(value))
    return (identity, tuple(shapes.items()))


def _is_closure(obj: o.Obj) -> bool:
    return is_function(obj) and not isinstance(obj, o.Known)


def kept_call(
    frame: Frame, inner: Frame, identity: Any, called: Hashable, bound: dict[str, o.Obj]
) -> o.Obj | None:
    """The result of a call that is kept; None where it is to be inlined.

    `called` is the function with the types of this call.
    """
    root = frame.lowering.root
    if not _is_wanted(frame, inner, identity, called, bound):
        return None
    recursive = identity in root.keeping.kept_from_begin
    constants = {} if recursive else {n: v for n, v in bound.items() if is_part_of_program(v)}
    shared = {name: _shared(root.literals, obj) for name, obj in constants.items()}
    region = frame.lowering.builder.region
    before, open_calls = len(region.ops), len(root.open_calls)
    complete = set(root.functions)
    try:
        with attempt(frame.lowering):
            for obj in bound.values():
                _refuse_missing(obj)
            arguments = {**bound, **shared}
            result = call_recursive(frame, inner, identity, arguments, constants)
            if any(not record.done for record in root.open_calls[open_calls:]):
                raise UnsupportedError("the function is part of a recursion")
            function = region.ops[-1].attrs["function"]
            _refuse_missing(result)
            body = function.body
            short = sum(map(operations_in, body.ops)) <= SMALL_FUNCTION and not recursive
            if short or has_effects(body.ops):
                raise UnsupportedError("the function is short, or has effects")
            function.attrs["pure"] = not any(map(_may_raise, body.walk()))
            return result
    except (UnsupportedError, NeedStatic, o.NeedLayout, o.NeedItems, Unreachable):
        for op in reversed(region.ops[before:]):
            op.drop()
        del region.ops[before:]
        for key in [k for k in root.functions if k not in complete]:
            if root.functions[key].done:  # it may call what was not known to its end
                root.functions.pop(key)
        root.keeping.inlined.add(identity)
        return None


def _refuse_missing(obj: o.Obj) -> None:
    """A name that may be unassigned, or None, is no value that a call could take or give."""
    if isinstance(obj, o.Ref) and obj.missing:
        raise UnsupportedError("a value that may be missing")
    for part in o.own_parts(obj) if isinstance(obj, (o.Seq, o.Mapping, o.Instance)) else ():
        _refuse_missing(part)


def _may_raise(op: Op) -> bool:
    """May the operation raise, or never end? Then it stays where nobody needs its result."""
    if op.kind == "call":
        return not op.attrs["function"].attrs.get("pure")
    return op.kind == "while" or op.kind == "apply" and bool(errors_of_op(op))


def _is_wanted(
    frame: Frame, inner: Frame, identity: Any, called: Hashable, bound: dict[str, o.Obj]
) -> bool:
    lowering, keeping = frame.lowering, frame.lowering.root.keeping
    if not keeping.keeps or identity in keeping.inlined or lowering.handlers:
        return False
    if lowering.root.checkpoint is not None or called is None:
        return False
    return keeping.wants(identity, called)


def _shared(literals: dict[Any, o.Obj], obj: o.Obj) -> o.Obj:
    """One object for all equal literals, so that calls with them call one function."""
    _, value = constant_of(obj)
    return literals.setdefault((type(obj), type(value), repr(value)), obj)
