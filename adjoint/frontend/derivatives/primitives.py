"""The operations that models of solvers are written with (`adjoint.solvers.primitives`)."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.derivatives.conversion import parameters_of
from adjoint.frontend.derivatives.custom import values_of
from adjoint.frontend.derivatives.solutions import (
    call_pose,
    call_pose_continuous,
    call_posed,
    call_solved,
    call_underived,
)
from adjoint.frontend.flow.outcomes import outcome_of
from adjoint.frontend.keys.places import Place
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op
from adjoint.ir.raising import possible_errors
from adjoint.ir.types import BOOL, FLOAT, INT, Opaque, Type, is_differentiable
from adjoint.requests import smoothly
from adjoint.rules.registry import solver_model


def call_run(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`run(solver, like, *args, **kwargs)`: the call, whose result has the type of `like`."""
    solver, like, *rest = args
    assert isinstance(solver, o.Known)
    lowering = frame.lowering
    values = [lowering.value(obj) for obj in [*rest, *kwargs.values()]]
    for value in values:
        if value.op is not None and value.op.target is ops.function_of:
            value.name = ""  # it stands in the call
    type_ = _type_of(frame, like)
    if frame.lowering.handlers and possible_errors(solver.value):
        return lowering.wrap(outcome_of(frame, solver.value, values, type_, tuple(kwargs)))
    found = lowering.builder.emit(solver.value, values, type_, tuple(kwargs))
    if solver_model(solver.value) is not None:
        found.name = "x"
        found.op.attrs["item"] = True  # type: ignore[union-attr]  # until it is bound to a name
    return lowering.wrap(found)


def call_field(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`field(result, name, like)`, of an item where the name is a number."""
    owner, name, like = args
    lowering = frame.lowering
    key = constant_of(name)[1]
    if not isinstance(key, str):
        return call_entry(frame, args, kwargs)
    operands = [lowering.value(owner), Constant(key)]
    value = lowering.builder.emit(ops.field, operands, _type_of(frame, like))
    value.name = key
    value.op.attrs["item"] = True  # type: ignore[union-attr]  # until it is bound to a name
    return lowering.wrap(value)


def call_entry(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`entry(result, key, like)`."""
    owner, key, like = args
    lowering = frame.lowering
    operands = [lowering.value(owner), Constant(constant_of(key)[1])]
    return lowering.wrap(lowering.builder.emit(ops.entry, operands, _type_of(frame, like)))


_KINDS: dict[Any, Type] = {bool: BOOL, int: INT, float: FLOAT, str: Opaque(str),
                           object: Opaque(ops.Found)}  # fmt: skip


def _type_of(frame: Frame, like: o.Obj) -> Type:
    if isinstance(like, o.Known):
        return _KINDS.get(like.value, Opaque())
    return frame.lowering.value(like).type


def call_has_derivative(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`has_derivative(p)`: is there a number in it that has one?"""
    found = any(is_differentiable(v.type) for v in values_of(frame, args[0]))
    return o.Ref(Constant(found))



def call_parameter_count(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`parameter_count(f)`."""
    names = parameters_of(args[0])
    return o.Ref(Constant(-1 if "*" in names else len(names)))


def call_spread(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`spread(x, like)`."""
    x, like = args
    if not isinstance(like, o.Seq):
        raise UnsupportedError("the number of parameters is known only at run time")
    lowering = frame.lowering
    value = lowering.value(x)
    items = [lowering.builder.apply(operator.getitem, value, k) for k in range(len(like.items))]
    return o.Seq(tuple, [o.Ref(item) for item in items])


def call_by_part(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`by_part(function, p)`: `function(q, put)` for each real item q of p; put(r) has r there."""
    function, p = args
    assert isinstance(p, o.Seq)
    found: list[o.Obj] = []
    for k, item in enumerate(p.items):
        if is_differentiable(frame.lowering.value(item).type):
            put = o.Partial(o.Known(replaced), [o.Known(_Place(k)), p], {})
            found.append(call_object(frame, function, [item, put], {}, None))
        else:
            found.append(o.Known(None))
    return o.Seq(tuple, found)


@dataclass(frozen=True)
class _Place:
    """The number of an item: an object, which stays a part of the program."""

    position: int


def replaced(place: Any, p: Any, item: Any) -> Any:
    """`p` with another item in a place."""
    return (*p[: place.position], item, *p[place.position + 1 :])


def call_replaced(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    place, p, item = args
    assert isinstance(place, o.Known) and isinstance(p, o.Seq)
    items = list(p.items)
    items[place.value.position] = item
    return o.Seq(tuple, items)


def call_when_varied(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`when_varied(x)`: None of a number that is part of the program."""
    known, _ = constant_of(args[0])
    return o.Known(None if known else type)


def call_smooth(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`smooth(f)`: the function, in which no comparison counts as a jump."""
    return o.Partial(o.Known(smoothly), [args[0]], {})


def call_smoothly(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    region = frame.lowering.builder.region
    before = len(region.ops)
    result = call_object(frame, args[0], args[1:], kwargs, None)
    for op in region.ops[before:]:
        _mark_smooth(op)
    return result


def _mark_smooth(op: Op) -> None:
    op.attrs["smooth"] = True
    for region in op.regions:
        for inner in region.ops:
            _mark_smooth(inner)


def call_added(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`added(a, b)`."""
    first, second = (obj.items for obj in args)  # type: ignore[attr-defined]
    return o.Seq(tuple, [_sum(frame, a, b) for a, b in zip(first, second, strict=True)])


def _sum(frame: Frame, a: o.Obj, b: o.Obj) -> o.Obj:
    if isinstance(a, o.Known) or isinstance(b, o.Known):
        return b if isinstance(a, o.Known) else a
    value = frame.lowering.value
    return o.Ref(frame.lowering.builder.apply(operator.add, value(a), value(b)))


def call_without(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`without(options, *names)`."""
    options, *names = args
    assert isinstance(options, o.Mapping)
    left_out = {constant_of(name)[1] for name in names}
    return o.Mapping({k: v for k, v in options.items.items() if k not in left_out})


def call_attribute_of(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`attribute_of(f, name, default)`."""
    f, name, default = args
    key = constant_of(name)[1]
    if isinstance(f, o.Known):
        outside = frame.lowering.outside
        if not outside.has(f.value, key):
            return default
        value = outside.fixed(Place.of("attribute", f.value, key))
        return wrap_constant(value)
    if isinstance(f, o.Closure):
        return f.attributes.get(key, default)
    return default


def call_refuse(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`refuse(what)`."""
    raise UnsupportedError(f"the derivative of {constant_of(args[0])[1]} is not known")


#: What lowers each of them, by name.
PRIMITIVES = {
    "added": call_added,
    "attribute_of": call_attribute_of,
    "by_part": call_by_part,
    "entry": call_entry,
    "field": call_field,
    "has_derivative": call_has_derivative,
    "parameter_count": call_parameter_count,
    "pose": call_pose,
    "pose_continuous": call_pose_continuous,
    "posed": call_posed,
    "refuse": call_refuse,
    "run": call_run,
    "smooth": call_smooth,
    "solved": call_solved,
    "spread": call_spread,
    "underived": call_underived,
    "when_varied": call_when_varied,
    "without": call_without,
}
