"""`jvp(f, primals, tangents)` and what is made of it, called inside a differentiated function.

As for gradients, the call becomes one operation that holds the function as an IR function of its
own. It takes the leaves of the arguments, what the function captures, and the leaves of the
tangents; a transform puts the tangents into the function, and the function in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.derivatives.apart import lower_apart
from adjoint.frontend.flow.may_raise import check_none_is_caught
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.links import may_return
from adjoint.frontend.state.structure import Static, build, flatten, leaf_types, shape_of
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.types import List, Scalar, Struct, Type, is_differentiable, is_numeric, rank_of


def call_jvp(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`jvp(f, primals, tangents, has_aux=False, *, argnums=None)`."""
    named = dict(zip(("f", "primals", "tangents", "has_aux"), args, strict=False)) | kwargs
    aux_known, has_aux = constant_of(named.get("has_aux", o.Known(False)))
    known, argnums = constant_of(named.get("argnums", o.Known(None)))
    primals, tangents = named.get("primals"), named.get("tangents")
    if isinstance(argnums, int) and tangents is not None:
        tangents, argnums = o.Seq(tuple, [tangents]), (argnums,)
    if not (isinstance(primals, o.Seq) and isinstance(tangents, o.Seq) and aux_known and known):
        raise UnsupportedError(
            "jvp inside a differentiated function needs tuples of primals and of tangents",
            instead="write jvp(f, (x, y), (x_dot, y_dot))",
        )
    moving: list[o.Obj | None] = list(tangents.items)
    if argnums is not None:
        moving = [None] * len(primals.items)
        for number, tangent in zip(argnums, tangents.items, strict=True):
            moving[number] = tangent
    return push(frame, named["f"], primals.items, moving, {}, has_aux=bool(has_aux))


def push(
    frame: Frame,
    function: o.Obj,
    primals: Sequence[o.Obj],
    tangents: Sequence[o.Obj | None],
    kwargs: dict[str, o.Obj],
    *,
    has_aux: bool = False,
    value: bool = True,
) -> o.Obj:
    """The value (if it is asked for), the tangent and the aux value of `function(*primals)`."""
    if len(primals) != len(tangents):
        raise UnsupportedError(
            f"there are {len(primals)} primals and {len(tangents)} tangents in this call of jvp"
        )
    state = frame.lowering.state
    everything = [*primals, *kwargs.values()]
    shapes = [shape_of(obj, state) for obj in everything]
    found: list[Any] = []

    def body(scope: Frame, inside: list[o.Obj]) -> list[Value]:
        named = dict(zip(kwargs, inside[len(primals) :], strict=True))
        result = call_object(scope, function, inside[: len(primals)], named, None)
        parts = [result]
        if has_aux:
            if not (isinstance(result, o.Seq) and len(result.items) == 2):
                raise UnsupportedError("has_aux=True needs a function that returns (value, aux)")
            parts = list(result.items)
        own = scope.lowering.state
        found[:] = [shape_of(part, own) for part in parts]
        pairs = zip(parts, found, strict=True)
        return [v for part, shape in pairs for v in flatten(part, shape, own)]

    apart = lower_apart(frame, "inner", everything, shapes, body)
    check_none_is_caught(frame, apart.function)
    inputs, moving = [], []
    position = 0
    for primal_shape, tangent in zip(shapes, tangents, strict=False):
        types = [] if isinstance(primal_shape, Static) else list(leaf_types(primal_shape))
        if tangent is not None and constant_of(tangent) != (True, None):
            for k, dot in enumerate(_leaves(frame, types, tangent)):
                if dot is not None:
                    inputs.append(position + k)
                    moving.append(dot)
        position += len(types)
    if not inputs:
        raise UnsupportedError("no argument of this jvp moves")
    types = [v.type for v in apart.function.results]
    count = len(list(leaf_types(found[0])))
    results = [*(types[:count] if value else ()), *types]
    op = frame.lowering.builder.append(
        Op(
            "gradient",
            [*apart.operands, *moving],
            results,
            attrs={
                "function": apart.function,
                "inputs": inputs,
                "value": value,
                "forward": count,
            },
        )
    )
    leaves = iter(op.results)
    objs = [build(found[0], leaves)] if value else []
    objs += [build(shape, leaves) for shape in found]
    result = objs[0] if len(objs) == 1 else o.Seq(tuple, objs)
    moved = [t for t in tangents if t is not None]
    return may_return(result, [*everything, *moved, *apart.imported])


def _leaves(frame: Frame, types: Sequence[Type], tangent: o.Obj) -> list[Value | None]:
    """The tangents of the leaves of an argument; None for those that have none."""
    state, builder = frame.lowering.state, frame.lowering.builder
    shape = shape_of(tangent, state)
    if isinstance(shape, Static):
        values = [frame.lowering.value(tangent)]
    else:
        values = list(flatten(tangent, shape, state))
    if len(values) != len(types):
        raise UnsupportedError("a tangent in this call has another structure than its primal")
    found: list[Value | None] = []
    for value, type_ in zip(values, types, strict=True):
        if not is_differentiable(type_):
            found.append(None)
            continue
        if isinstance(type_, List) and _holds_integers(type_.element):
            raise UnsupportedError(
                "a tangent in this call is a list with integers in its elements"
            )
        if rank_of(value.type) != rank_of(type_):
            raise UnsupportedError(
                f"a tangent in this call is of type {value.type}, its primal of type {type_}"
            )
        if isinstance(value.type, Scalar) and value.type.kind in ("int", "bool"):
            known = isinstance(value, Constant)
            value = Constant(float(value.value)) if known else builder.apply(float, value)  # type: ignore[attr-defined]
        found.append(value)
    return found


def _holds_integers(type_: Type) -> bool:
    """Would the zeros of such an element be confused with its integers?"""
    if isinstance(type_, Struct):
        return any(map(_holds_integers, type_.items))
    if isinstance(type_, List):
        return _holds_integers(type_.element)
    return is_numeric(type_) and not is_differentiable(type_)
