"""`grad(f)` and its relatives, called inside a differentiated function.

The call becomes one `gradient` op with the function to differentiate as an IR function of its own;
variables of the enclosing program that it uses are further operands. A transform expands it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.derivatives.apart import lower_apart
from adjoint.frontend.derivatives.pushforwards import call_jvp, push
from adjoint.frontend.flow.may_raise import check_none_is_caught
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.checkpoint_policy import policy
from adjoint.frontend.state.constants import constant_of, wrap_python
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.links import may_return
from adjoint.frontend.state.structure import Static, build, flatten, leaf_types, shape_of
from adjoint.ir.core import Constant, Function, Op, Value
from adjoint.ir.types import is_differentiable
from adjoint.requests import Transform

#: The public functions that make gradient functions, by kind; filled by `adjoint.inside`.
MAKERS: dict[Any, str] = {}


def register_maker(function: Callable[..., Any], kind: str) -> None:
    MAKERS[function] = kind


def as_transform(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj | None:
    """The result of calling `grad(...)` or a gradient function; None for anything else."""
    transform = getattr(type(python), "__adjoint_transform__", None)
    if transform is not None:
        spec: Transform = transform(python)
        first = [wrap_python(x) for x in spec.leading]
        if spec.maker is not None:
            known = o.Known(spec.function)
            given = [known, *map(wrap_python, spec.arguments)]
            made = call_object(frame, o.Known(spec.maker), given, {}, None)
            return call_object(frame, made, [*first, *args], kwargs, None)
        return call_transformed(frame, o.Known(spec.function), spec, [*first, *args], kwargs)
    try:
        kind = MAKERS.get(python)
    except TypeError:
        return None
    if kind is None:
        return None
    if kind == "unsupported":
        raise UnsupportedError(
            f"{python.__name__} inside a differentiated function is not supported yet",
            instead="use grad, jvp, hvp or vjp",
        )
    if kind == "pushforward":
        return call_jvp(frame, args, kwargs)
    if kind == "derivative":
        return _derivative(*args, **kwargs)
    made = _make("gradient" if kind == "tangent" else kind, args, kwargs)
    return o.Transformed(made, replace(made.options, kind=kind)) if kind == "tangent" else made


def _derivative(f: o.Obj, n: o.Obj | None = None, argnums: o.Obj | None = None) -> o.Obj:
    known, order = (True, 1) if n is None else constant_of(n)
    known_too, number = (True, 0) if argnums is None else constant_of(argnums)
    if not (known and known_too) or not isinstance(order, int) or not isinstance(number, int):
        raise UnsupportedError("the order of a derivative inside must be a literal")
    for _ in range(order):
        f = o.Transformed(f, Transform("derivative", (number,), True))
    return f


def _make(kind: str, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Transformed:
    known, argnums = constant_of(kwargs.get("argnums", args[1] if len(args) > 1 else o.Known(0)))
    aux_known, has_aux = constant_of(kwargs.get("has_aux", o.Known(False)))
    if not (known and aux_known) or "argnames" in kwargs:
        raise UnsupportedError("argnums and has_aux of a gradient inside must be literals")
    policy_known, checkpoint = constant_of(kwargs.get("checkpoint", o.Known(None)))
    if not policy_known:
        raise UnsupportedError("the policy of a gradient inside must be made outside")
    single = isinstance(argnums, int)
    numbers = (argnums,) if single else tuple(argnums)
    spec = Transform(kind, numbers, single, bool(has_aux), checkpoint=checkpoint)
    if not args:
        raise UnsupportedError("a gradient inside is made from a function: grad(f)")
    return o.Transformed(args[0], spec)


def call_transformed(
    frame: Frame,
    function: o.Obj,
    spec: Transform,
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj],
) -> o.Obj:
    """Call the gradient of `function`: one op, with the differentiated function in its attrs."""
    if spec.kind in ("pushforward", "tangent", "derivative"):
        return _call_forward(frame, function, spec, args, kwargs)
    shift = 0
    while isinstance(function, o.Partial):
        args, kwargs = [*function.args, *args], {**function.kwargs, **kwargs}
        shift += len(function.args)
        function = function.function
    outer = frame.lowering
    named = list(kwargs)
    everything = [*args, *kwargs.values()]
    shapes = [shape_of(obj, outer.state) for obj in everything]
    positions = [(n if n >= 0 else len(args) + n) + shift for n in spec.argnums]
    if any(not 0 <= p < len(args) for p in positions):
        raise UnsupportedError("argnums names an argument that is not passed by position")
    aux_shape = None

    def body(scope: Frame, inside: list[o.Obj]) -> list[Value]:
        nonlocal aux_shape
        arguments, keywords = (
            inside[: len(args)],
            dict(zip(named, inside[len(args) :], strict=True)),
        )
        result = call_object(scope, function, arguments, keywords, None)
        if not spec.has_aux:
            return [scope.lowering.value(result)]
        if not (isinstance(result, o.Seq) and len(result.items) == 2):
            raise UnsupportedError("has_aux=True needs a function that returns (value, aux)")
        value, aux = result.items
        aux_shape = shape_of(aux, scope.lowering.state)
        return [scope.lowering.value(value), *flatten(aux, aux_shape, scope.lowering.state)]

    with policy(outer, spec.checkpoint or outer.root.checkpoint):
        apart = lower_apart(frame, "inner", everything, shapes, body)
    check_none_is_caught(frame, apart.function)
    counts = [len(list(leaf_types(s))) for s in shapes]
    result = _gradient_op(frame, apart.function, spec, positions, shapes, counts,
                          apart.function.results, aux_shape, apart.operands)  # fmt: skip
    return may_return(result, [*everything, *apart.imported]) if aux_shape else result


def _call_forward(
    frame: Frame,
    function: o.Obj,
    spec: Transform,
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj],
) -> o.Obj:
    """A call of what `jvp`, `hvp` or `derivative` made."""
    first, rest = args[: len(spec.leading)], args[len(spec.leading) :]
    primals: Sequence[o.Obj]
    given: Sequence[o.Obj]
    if spec.kind == "pushforward":
        if len(rest) != 2 or not all(isinstance(x, o.Seq) for x in rest):
            raise UnsupportedError("a pushforward takes a tuple of primals and one of tangents")
        primals, given = ([*first, *rest[0].items], rest[1].items)  # type: ignore[attr-defined]
    elif spec.kind == "tangent":
        primals, given = args[:-1], args[-1:]
        if not spec.single:
            given = getattr(args[-1], "items", [])
    else:
        primals, given = args, [o.Ref(Constant(1.0))] * len(spec.argnums)
    tangents: list[o.Obj | None] = [None] * len(primals)
    for number, tangent in zip(spec.argnums, given, strict=True):
        tangents[number] = tangent
    value = spec.kind == "pushforward"
    return push(frame, function, primals, tangents, kwargs, has_aux=spec.has_aux, value=value)


def _gradient_op(
    frame: Frame,
    function: Function,
    spec: Transform,
    positions: Sequence[int],
    shapes: Sequence[Any],
    counts: Sequence[int],
    values: Sequence[Value],
    aux_shape: Any,
    operands: Sequence[Value],
) -> o.Obj:
    inputs: list[int] = []
    for p in positions:
        if isinstance(shapes[p], Static) or not any(map(is_differentiable, leaf_types(shapes[p]))):
            raise UnsupportedError(f"argument {p} of this gradient is not differentiable")
        start = sum(counts[:p])
        inputs += range(start, start + counts[p])
    leading = list(values) if spec.kind == "value_and_gradient" else list(values[1:])
    types = [v.type for v in leading] + [function.params[k].type for k in inputs]
    op = frame.lowering.builder.append(
        Op(
            "gradient",
            operands,
            types,
            attrs={
                "function": function,
                "inputs": inputs,
                "value": spec.kind == "value_and_gradient",
            },
        )
    )
    results = iter(op.results)
    parts: list[o.Obj] = []
    value: o.Obj | None = None
    if spec.kind == "value_and_gradient":
        value = o.Ref(next(results))
    aux = None if aux_shape is None else build(aux_shape, results)
    for p in positions:
        parts.append(build(shapes[p], results))
    gradient = parts[0] if spec.single else o.Seq(tuple, parts)
    if value is None:
        return gradient if aux is None else o.Seq(tuple, [gradient, aux])
    first = value if aux is None else o.Seq(tuple, [value, aux])
    return o.Seq(tuple, [first, gradient])
