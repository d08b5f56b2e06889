"""Calls of libraries' functions that no table knows: made at run time, in their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.opaque.arguments import copied, depends, given
from adjoint.frontend.opaque.objects import (
    emit,
    is_copied,
    is_foreign_object,
    method_result,
    reads_only,
)
from adjoint.frontend.opaque.tables import (
    is_evaluated,
    is_lowered_first,
    is_sink,
    only_reads,
    result_type,
)
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.speculation import attempt
from adjoint.ir import foreign
from adjoint.ir.core import Constant, Value
from adjoint.ir.infer import infer
from adjoint.ir.types import Array, Scalar, Struct, Type
from adjoint.rules.registry import stand_in_of

KwArgs = dict[str, o.Obj]


def call_library(
    frame: Frame,
    python: Any,
    args: Sequence[o.Obj],
    kwargs: KwArgs,
    lower: Callable[[], o.Obj],
) -> o.Obj:
    """A call of a library's function: lowered from its source if that is needed, else made.

    An input of the program can only be followed through source. What no input reaches is called
    as it is, and so is what turns out to have no source that can be lowered: that no input of a
    derivative reaches it is seen to later (`transforms.opaque`).
    """
    if is_sink(python):
        return call_opaque(frame, python, args, kwargs)
    tried = is_lowered_first(python) or bool(frame.lowering.handlers)
    if not tried and not depends(frame, [*args, *kwargs.values()]):
        return call_opaque(frame, python, args, kwargs)
    region = frame.lowering.builder.region
    before = len(region.ops)
    try:
        with attempt(frame.lowering):
            return lower()
    except UnsupportedError as refusal:
        for op in reversed(region.ops[before:]):
            op.drop()
        del region.ops[before:]
        try:
            return call_opaque(frame, python, args, kwargs, refusal)
        except UnsupportedError as reason:
            needed = depends(frame, [*args, *kwargs.values()])
            raise (refusal if needed else reason) from None


def call_opaque(
    frame: Frame,
    python: Any,
    args: Sequence[o.Obj],
    kwargs: KwArgs,
    refusal: UnsupportedError | None = None,
) -> o.Obj:
    """The call itself. Its `refusal` is raised if an input of a derivative reaches it."""
    name = getattr(python, "__name__", type(python).__name__)
    owner = getattr(python, "__self__", None)
    if owner is not None and is_foreign_object(owner) and hasattr(type(owner), name):
        return call_method(frame, o.Known(owner), name, args, kwargs, refusal)
    sink = is_sink(python)
    values = _values(frame, name, args, kwargs, sink, only_reads(python, kwargs))
    positional = values[: len(args)]
    named = dict(zip(kwargs, values[len(args) :], strict=True))
    type_ = type_of_constants(python, positional, named) or result_type(python, args, constant_of)
    operands = [Constant(python), *values]
    made = _emit(frame, foreign.call, operands, type_, kwargs, positional, sink, refusal)
    return frame.lowering.wrap(frame.lowering.value(made)) if isinstance(type_, Struct) else made


def type_of_constants(python: Any, args: Sequence[Value], kwargs: dict[str, Value]) -> Type | None:
    """The type of what a function of SciPy gives for constants; None if it is no array or number.

    Such a call is tried while compiling. It is made again where it stands, in the program.
    """
    if not is_evaluated(python) or stand_in_of(python) is not None:
        return None
    values = [*args, *kwargs.values()]
    if not all(isinstance(v, Constant) and not callable(v.value) for v in values):
        return None
    try:
        type_ = infer(python, args, kwargs)
    except UnsupportedError:  # the program raises the exception, when it runs
        return None
    return type_ if _is_of_arrays(type_) else None


def _is_of_arrays(type_: Type) -> bool:
    if isinstance(type_, Struct):
        return type_.kind is tuple and all(map(_is_of_arrays, type_.items))
    return isinstance(type_, (Array, Scalar))


def call_method(
    frame: Frame,
    owner: o.Obj,
    name: str,
    args: Sequence[o.Obj],
    kwargs: KwArgs,
    refusal: UnsupportedError | None = None,
) -> o.Obj:
    """`owner.name(...)` of an object whose type is known only at run time."""
    sink = is_copied(frame, owner)
    if isinstance(owner, o.Known):
        bound = getattr(owner.value, name, None)
        sink = bound is not None and is_sink(bound)
    values = _values(frame, name, args, kwargs, sink, reads_only(frame, owner))
    positional, named = values[: len(args)], dict(zip(kwargs, values[len(args) :], strict=True))
    type_: Type = foreign.COPIED if sink else method_result(frame, owner, name, positional, named)
    operands = [frame.lowering.value(owner), Constant(name), *values]
    return _emit(frame, foreign.method, operands, type_, kwargs, positional, sink, refusal)


def call_value(frame: Frame, callee: o.Obj, args: Sequence[o.Obj], kwargs: KwArgs) -> o.Obj:
    """A call of an object whose type is known only at run time."""
    sink = is_copied(frame, callee)
    values = _values(frame, "the object", args, kwargs, sink, reads_only(frame, callee))
    operands = [frame.lowering.value(callee), *values]
    type_ = foreign.COPIED if sink else foreign.OBJECT
    return _emit(frame, foreign.call, operands, type_, kwargs, [], sink, None)


def _values(
    frame: Frame, name: str, args: Sequence[o.Obj], kwargs: KwArgs, sink: bool, reads: bool
) -> list[Value]:
    objs = [*args, *kwargs.values()]
    if sink:
        return [copied(frame, obj) for obj in objs]
    return [given(frame, name, obj, reads) for obj in objs]


def _emit(
    frame: Frame, target: Any, operands: Sequence[Value], type_: Type, kwargs: KwArgs,
    positional: Sequence[Value], sink: bool, refusal: UnsupportedError | None,
) -> o.Obj:  # fmt: skip
    if refusal is not None:
        refusal.located(frame.lowering.builder.span)
    return emit(
        frame, target, operands, type_, keywords=tuple(kwargs), copies=sink, refusal=refusal
    )
