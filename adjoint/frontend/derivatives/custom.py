"""Calls of functions with a derivative of their own (`adjoint.custom_vjp`, `adjoint.custom_jvp`).

The forward function is inlined as any other. Its value then passes through an `ops.custom`, where
derivatives do not follow it back into the function: there the backward function takes over. That
is lowered here as well, into a function of its own, so that both remain open to differentiation.
A function that cannot be lowered (no source, or what is not supported) is called by its name.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.derivatives.apart import lower_apart
from adjoint.frontend.keys.places import Place
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import wrap_python
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame, NeedStatic
from adjoint.frontend.state.memory.links import may_return
from adjoint.frontend.state.structure import (
    MapShape,
    SeqShape,
    Static,
    build,
    flatten,
    leaf_types,
    shape_of,
)
from adjoint.ir import foreign, ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Struct, Type, is_differentiable, is_rank0
from adjoint.kinds import is_custom
from adjoint.limits import RULE_LEVELS
from adjoint.requests import Custom
from adjoint.runtime.containers import contract

#: The functions that are being lowered, innermost last.
_at_work: list[Any] = []


def call_custom(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    spec: Custom = python.__adjoint_custom__()
    for name in ("fun", "fwd", "bwd", "jvp"):  # a rule may be given again
        if hasattr(python, name):
            frame.lowering.outside.fixed(Place.of("attribute", python, name))
    args = _positional(spec.function, args, kwargs)
    if sum(each is python for each in _at_work) >= RULE_LEVELS:
        return _without_derivative(frame, python, spec, args)
    lowering = frame.lowering
    # Its own rule may call it, which is no recursion.
    stack, lowering.inline_stack = lowering.inline_stack, []
    _at_work.append(python)
    try:
        return _lower(frame, python, spec, args)
    finally:
        _at_work.pop()
        lowering.inline_stack = stack


def _without_derivative(frame: Frame, python: Any, spec: Custom, args: Sequence[o.Obj]) -> o.Obj:
    value = inline_or_name(frame, spec.function, args, named=python)
    inputs = [v for x in args for v in values_of(frame, x)]
    return link(frame, value, spec.name, None, inputs, [], args)


def _lower(frame: Frame, python: Any, spec: Custom, args: Sequence[o.Obj]) -> o.Obj:
    name = spec.name
    fixed = [args[k] for k in spec.fixed if k < len(args)]
    inputs = [obj for k, obj in enumerate(args) if k not in spec.fixed]
    residuals: o.Obj
    before: list[Value] = []
    if any(map(_captures, fixed)):
        inputs = [_apart(frame, obj) for obj in inputs]
        before = [v for obj in inputs for v in values_of(frame, obj)]
        rest = iter(inputs)
        args = [obj if k in spec.fixed else next(rest) for k, obj in enumerate(args)]
    if spec.forward is None:
        value = inline_or_name(frame, spec.function, args, named=python)
        residuals = o.Seq(tuple, inputs)
    else:
        result = inline_or_name(frame, spec.forward, args)
        if not (isinstance(result, o.Seq) and len(result.items) == 2):
            raise UnsupportedError(f"the forward function of {name} must return two things: "
                                   "the value, and what the backward one needs")  # fmt: skip
        value, residuals = result.items
    if before and before != [v for obj in inputs for v in values_of(frame, obj)]:
        raise UnsupportedError(f"{name} changes an argument, and has a function as another one",
                               instead="let it work on a copy")  # fmt: skip

    lowering = frame.lowering
    state = lowering.state
    objs = [*fixed, residuals, value]
    value_shape = shape_of(value, state)
    shapes = [*(_shape_with_constants(obj, state) for obj in objs[:-1]), value_shape]
    input_shapes = [shape_of(obj, state) for obj in inputs]
    targets: list[int] = []

    def backward(scope: Frame, inside: list[o.Obj]) -> list[Value]:
        *first, residuals, y_bar = inside
        if spec.forward is None:
            jvp = o.Partial(o.Known(spec.jvp), first, {})
            bars = call_object(scope, o.Known(spec.transpose), [jvp, residuals, y_bar], {}, None)
        else:
            types = Struct(tuple, tuple(map(type_of_shape, input_shapes)))
            bars = inline_or_name(scope, spec.backward, inside, types)
        if not isinstance(bars, o.Seq) or len(bars.items) != len(inputs):
            raise UnsupportedError(f"the backward function of {name} must return a tuple with one "
                                   f"cotangent for each of {len(inputs)} arguments")  # fmt: skip
        found: list[Value | None] = []
        for bar, shape in zip(bars.items, input_shapes, strict=True):
            found += cotangents(scope, bar, shape, name)
        targets[:] = [k for k, bar in enumerate(found) if bar is not None]
        return [bar for bar in found if bar is not None]

    try:
        apart = lower_apart(frame, f"{name}_backward", objs, shapes, backward)
    except NeedStatic as need:
        if need.path is not None:
            raise
        raise UnsupportedError(
            f"the backward function of {name} is given a number that decides its structure",
            instead="name the argument in nondiff_argnums",
        ) from None
    counts = [len(list(leaf_types(shape))) for shape in shapes]
    seeds = range(sum(counts[:-1]), sum(counts))
    operands = [v for x in inputs for v in values_of(frame, x)]
    half = ops.CustomHalf(apart.function, tuple(targets), seeds, range(sum(counts[: len(fixed)])))
    return link(frame, value, name, half, operands, apart.operands, args)


def _captures(obj: o.Obj) -> bool:
    """Is this a function that may use variables of the program, or does it hold one?"""
    if isinstance(obj, (o.Closure, o.Partial, o.Method, o.Choice, o.Transformed)):
        return True
    return any(map(_captures, o.parts_of(obj)))


def _apart(frame: Frame, obj: o.Obj) -> o.Obj:
    """The same argument as values of their own: a function may capture what it is given, too."""
    shape = shape_of(obj, frame.lowering.state)
    apply = frame.lowering.builder.apply
    return build(shape, iter([apply(ops.alias, v) for v in values_of(frame, obj)]))


def values_of(frame: Frame, obj: o.Obj) -> Iterator[Value]:
    state = frame.lowering.state
    return flatten(obj, shape_of(obj, state), state)


def link(
    frame: Frame,
    value: o.Obj,
    name: str,
    half: ops.CustomHalf | None,
    inputs: list[Value],
    operands: list[Value],
    args: Sequence[o.Obj],
    reason: str = "",
    barriers: tuple[ops.Barrier, ...] = (),
) -> o.Obj:
    """The object `value` behind an `ops.custom`."""
    leaves = list(values_of(frame, value))
    if not leaves:
        return value
    apply = frame.lowering.builder.apply
    rule = ops.CustomRule(name, len(inputs), half, reason, barriers)
    whole = leaves[0] if len(leaves) == 1 else apply(ops.make_tuple, *leaves)
    own = apply(ops.custom, whole, Constant(rule), *inputs, *operands)
    parts = [own]
    if len(leaves) > 1:
        parts = [apply(operator.getitem, own, k) for k in range(len(leaves))]
    shape = shape_of(value, frame.lowering.state)
    made = may_return(build(shape, iter(parts)), [value, *args])
    frame.pending.append(made)
    return made


def _positional(function: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> Sequence[o.Obj]:
    """All arguments by position, defaults included."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        if kwargs:
            raise UnsupportedError("the names of its parameters are not known") from None
        return args
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise UnsupportedError(f"this call does not fit the function: {error}") from None
    given = set(bound.arguments)
    bound.apply_defaults()
    for name, default in bound.arguments.items():
        kind = signature.parameters[name].kind
        if name not in given and kind is not inspect.Parameter.VAR_POSITIONAL:
            bound.arguments[name] = {} if default == {} else wrap_python(default)
    if bound.kwargs:
        raise UnsupportedError("a function with a derivative of its own has keyword-only "
                               "parameters", instead="pass them by position")  # fmt: skip
    return bound.args


def inline_or_name(
    frame: Frame,
    function: Any,
    args: Sequence[o.Obj],
    type_: Type | None = None,
    named: Any = None,
) -> o.Obj:
    """`function(*args)`: inlined where that is possible, else called by its name.

    A decorated function has the name of what decorates it, which is `named` then.
    """
    known = o.Known(function)
    tried = frame.lowering.root.readable
    if tried.get(function):
        return call_object(frame, known, args, {}, None)
    try:  # in vain, to see whether it can be done
        shapes = [_shape_with_constants(obj, frame.lowering.state) for obj in args]
        lower_apart(frame, "trial", args, shapes, lambda scope, inside: _read(
            scope, call_object(scope, known, inside, {}, None)))  # fmt: skip
    except NeedStatic:
        pass  # of an argument: the inlined call will say which
    except UnsupportedError as reason:
        if not callable(function):
            raise
        try:
            return _call_by_name(frame, named or function, args, type_)
        except UnsupportedError as second:
            raise reason.or_later(second) from None
    tried[function] = True
    return call_object(frame, known, args, {}, None)


def _read(scope: Frame, result: o.Obj) -> list[Value]:
    """Refuse a function that calls what nothing is known of: it is called as a whole.

    Whoever calls a compiled function here declares its derivative, and whoever looks at frames
    finds the function's own.
    """
    for op in scope.lowering.function.body.walk():
        if op.target in foreign.OPERATIONS and not foreign.takes_copies(op):
            raise UnsupportedError("the function calls another one that nothing is known of",
                                   op.span)  # fmt: skip
    return []


def _call_by_name(frame: Frame, function: Any, args: Sequence[o.Obj], type_: Type | None) -> o.Obj:
    lowering = frame.lowering
    values = [lowering.value(obj) for obj in args]
    if type_ is None:
        result = lowering.builder.apply(function, *values)
    else:
        result = lowering.builder.emit(function, values, type_)
    if result.op is not None:
        result.op.attrs["opaque"] = True
    return may_return(lowering.wrap(result), args)


def type_of_shape(shape: Any) -> Type:
    match shape:
        case SeqShape(kind, items):
            return Struct(kind, tuple(map(type_of_shape, items)))
        case MapShape(keys, items):
            return Struct(dict, tuple(map(type_of_shape, items)), keys)
        case Static(obj):
            return Constant(getattr(obj, "value", None)).type
    return next(leaf_types(shape))


def _shape_with_constants(obj: o.Obj, state: Any) -> Any:
    """The shape of an object in which numbers that are part of the program stay so."""
    match obj:
        case o.Ref() if isinstance(constant := state.read(obj), Constant):
            return Static(o.Ref(constant))
        case o.Seq(kind, items):
            return SeqShape(kind, tuple(_shape_with_constants(i, state) for i in items))
        case o.Mapping(items, kind=kind, factory=factory):
            parts = tuple(_shape_with_constants(i, state) for i in items.values())
            return MapShape(tuple(items), parts, kind, factory)
    return shape_of(obj, state)


def cotangents(scope: Frame, bar: o.Obj, shape: Any, name: str) -> Iterator[Value | None]:
    """The cotangent for each leaf of an argument; None where there is none, or no need of one."""
    nothing = isinstance(bar, o.Known) and bar.value is None
    match shape:
        case Static() | None:
            return
        case SeqShape(_, items) if not nothing:
            if not isinstance(bar, o.Seq) or len(bar.items) != len(items):
                raise _other_structure(name)
            for part, item in zip(bar.items, items, strict=True):
                yield from cotangents(scope, part, item, name)
        case MapShape(keys, items) if not nothing:
            held = getattr(bar, "items", None)
            if not isinstance(bar, (o.Mapping, o.Instance)) or set(held or ()) != set(keys):
                raise _other_structure(name)
            for key, item in zip(keys, items, strict=True):
                yield from cotangents(scope, bar.items[key], item, name)
        case _:
            for type_ in leaf_types(shape):
                active = not nothing and is_differentiable(type_)
                yield scope.lowering.value(bar) if active else None


def _other_structure(name: str) -> UnsupportedError:
    return UnsupportedError(
        f"the backward function of {name} returns a cotangent of another structure than the "
        "argument",
        instead="return containers like those of the arguments, or None for no derivative",
    )


# The inner product of containers


def call_contract(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    lowering = frame.lowering
    a, b = args
    pairs = zip(_leaves(a), _leaves(b), strict=True)
    total: Value | None = None
    for x, y in pairs:
        value = lowering.operand(x)
        if not is_differentiable(value.type):
            continue
        term = value * lowering.operand(y)
        term = term if is_rank0(term.type) else np.sum(term)
        total = term if total is None else total + term
    return o.Ref(Constant(0.0) if total is None else total)


def _leaves(obj: o.Obj) -> Iterator[o.Ref]:
    if isinstance(obj, o.Ref):
        yield obj
    for part in o.parts_of(obj):
        yield from _leaves(part)


__all__ = ["Custom", "call_contract", "call_custom", "contract", "is_custom"]
