"""`transform_cotangent` and `observe_cotangent`: identities with a backward half of the user's."""

from __future__ import annotations

from collections.abc import Callable

from adjoint.errors import UnsupportedError
from adjoint.frontend.derivatives.apart import lower_apart
from adjoint.frontend.derivatives.custom import (
    cotangents,
    inline_or_name,
    link,
    type_of_shape,
    values_of,
)
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.structure import shape_of
from adjoint.ir import ops
from adjoint.ir.core import Value
from adjoint.ir.types import Opaque, Type


def call_transform(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`transform_cotangent(x, f)`."""

    def transformed(scope: Frame, f: o.Obj, x_bar: o.Obj, type_: Type) -> o.Obj:
        result = _call(scope, f, x_bar, type_)
        if isinstance(result, o.Known) and result.value is None:
            raise UnsupportedError("what should give the new cotangent returns None",
                                   instead="use observe_cotangent")  # fmt: skip
        return result

    return _hook(frame, "transform_cotangent", transformed, *_bound(args, kwargs))


def call_observe(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`observe_cotangent(x, f)`."""

    def observed(scope: Frame, f: o.Obj, x_bar: o.Obj, type_: Type) -> o.Obj:
        _call(scope, f, x_bar, Opaque())
        return x_bar

    return _hook(frame, "observe_cotangent", observed, *_bound(args, kwargs))


def _bound(args: Args, kwargs: KwArgs) -> Args:
    given = [*args, *(kwargs[name] for name in ("x", "f")[len(args) :] if name in kwargs)]
    if len(given) != 2 or len(args) + len(kwargs) != 2:
        raise UnsupportedError("this takes a value, and a function of its cotangent")
    return given


def _call(scope: Frame, f: o.Obj, x_bar: o.Obj, type_: Type) -> o.Obj:
    if isinstance(f, o.Known):
        return inline_or_name(scope, f.value, [x_bar], type_)
    return call_object(scope, f, [x_bar], {}, None)


def _hook(frame: Frame, name: str, through: Callable[..., o.Obj], x: o.Obj, f: o.Obj) -> o.Obj:
    shape = shape_of(x, frame.lowering.state)
    targets: list[int] = []

    def backward(scope: Frame, inside: list[o.Obj]) -> list[Value]:
        result = through(scope, f, inside[0], type_of_shape(shape))
        found = list(cotangents(scope, result, shape, name))
        targets[:] = [k for k, bar in enumerate(found) if bar is not None]
        return [bar for bar in found if bar is not None]

    apart = lower_apart(frame, name, [x], [shape], backward)
    inputs = list(values_of(frame, x))
    half = ops.CustomHalf(apart.function, tuple(targets), range(len(inputs)), range(0))
    return link(frame, x, name, half, inputs, apart.operands, [x])
