"""Calls of solvers: what they find has the derivative that a theorem gives.

A model of a solver (in `adjoint.solvers`) is a Python function that is lowered in its place. It
calls the solver itself, with the user's functions after closure conversion: each is lowered into
an IR function of its own, and what it captures becomes explicit. So the theorem, a Python function
as well, gets the user's functions as functions of their arguments and of the captured values `p`.
It is lowered into the backward half of an `ops.custom`.
"""

from __future__ import annotations

import inspect
import operator
import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.derivatives.apart import lower_apart
from adjoint.frontend.derivatives.custom import cotangents, link, values_of
from adjoint.frontend.derivatives.jumps import jumps_of
from adjoint.frontend.flow.outcomes import outcome_of
from adjoint.frontend.keys.places import Place
from adjoint.frontend.opaque.arguments import depends
from adjoint.frontend.opaque.calls import call_library, call_opaque
from adjoint.frontend.opaque.tables import is_callable_of_a_library
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.structure import (
    Static,
    build,
    flatten,
    leaf_types,
    shape_of,
)
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Value, clone_op, clone_region
from adjoint.ir.effects import is_pure
from adjoint.ir.raising import possible_errors
from adjoint.ir.types import BOOL, FLOAT, INT, Opaque, Type, is_differentiable
from adjoint.limits import SOLVER_LEVELS
from adjoint.requests import smoothly
from adjoint.rules.registry import solver_model
from adjoint.runtime.solvers import CHECKS

#: The solutions whose theorems are being lowered, innermost last.
_at_work: list[str] = []


def call_solver(frame: Frame, solver: Any, model: Any, args: Args, kwargs: KwArgs) -> o.Obj:
    """A call of a solver: by its model, unless nothing of the program reaches it."""
    given = [*args, *kwargs.values()]
    if not depends(frame, given) and not any(map(_may_capture, given)):
        return call_opaque(frame, solver, args, kwargs)
    known = [o.Known(solver), *args]
    return call_library(
        frame, solver, args, kwargs, lambda: call_object(frame, o.Known(model), known, kwargs, None)
    )


def _may_capture(obj: o.Obj) -> bool:
    """May this be a function of the program, or of the user's that reads what the program has?"""
    python = getattr(obj, "value", None) if isinstance(obj, o.Known) else None
    if isinstance(python, (types.FunctionType, types.MethodType)):
        return True
    if callable(python) and not isinstance(python, type) and not is_callable_of_a_library(python):
        return True
    functions = (o.Closure, o.Partial, o.Method, o.Choice, o.Transformed, o.Cached, o.Converted)
    return isinstance(obj, functions) or any(map(_may_capture, o.parts_of(obj)))


# The solution


@dataclass(frozen=True, eq=False)
class Problem:
    """The functions of a problem after closure conversion."""

    functions: list[o.Obj]
    jumps: list[ops.Barrier]


def call_pose_continuous(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """The same, of functions that must not jump where they are differentiated."""
    return call_pose(frame, args, kwargs, continuous=True)


def call_pose(
    frame: Frame, args: Args, kwargs: KwArgs, continuous: bool = False
) -> o.Obj:
    """`pose(residual=(f, (x,)), ...)`: the functions as values, and the problem."""
    jumps: list[ops.Barrier] = []
    functions: list[o.Obj] = []
    converted: list[o.Obj] = []
    captured: list[Value] = []
    for label, pair in kwargs.items():
        f, points = pair.items  # type: ignore[attr-defined]
        function, values, result = _convert(frame, label, f, points.items)
        part = slice(len(captured), len(captured) + len(values))
        if continuous:
            jumps += _barriers(function, len(captured), len(values))
        converted.append(o.Converted(function, part, result))
        captured += values
        op = Op("apply", [Constant(function), *values], [Opaque(types.FunctionType)],
                target=ops.function_of, attrs={"function": function})  # fmt: skip
        functions.append(o.Ref(frame.lowering.builder.append(op).result))
    p = o.Seq(tuple, [o.Ref(v) for v in captured])
    return o.Seq(tuple, [*functions, o.Seq(tuple, [o.Known(Problem(converted, jumps)), p])])


def call_solved(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`solved(value, theorem, problem, *inputs)`."""
    value, theorem, problem, *inputs = args
    assert isinstance(theorem, o.Known) and isinstance(problem, o.Seq)
    name = theorem.value.__name__.strip("_")
    known, p = problem.items
    given = [*inputs, p]
    leaves = [v for obj in given for v in values_of(frame, obj)]
    if not any(is_differentiable(v.type) for v in leaves):
        return value
    half = None
    if len(_at_work) < SOLVER_LEVELS:
        _at_work.append(name)
        try:
            half = _backward(frame, theorem, name, known.value.functions, given, value)  # type: ignore[attr-defined]
        finally:
            _at_work.pop()
    operands = [] if half is None else half[1]
    first = len(leaves) - len(p.items)  # type: ignore[attr-defined]
    barriers = tuple(b.shifted(first) for b in known.value.jumps)  # type: ignore[attr-defined]
    reason = f"derivatives of {name} are known up to second order"
    return link(frame, value, name, None if half is None else half[0], leaves, operands, inputs,
                reason, barriers)  # fmt: skip


def _barriers(function: Function, first: int, count: int) -> list[ops.Barrier]:
    """The jumps of a function, by the captured values that decide them."""
    places = {param: first + k for k, param in enumerate(function.params[:count])}
    found = []
    for jump in jumps_of(function):
        inputs = None
        if all(param in places for param in jump.params):
            inputs = frozenset(places[param] for param in jump.params)
        found.append(ops.Barrier(jump.what, jump.span, inputs))
    return found


def call_underived(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`underived(value, what, problem, *inputs)`: a value whose derivative is refused."""
    value, what, problem, *inputs = args
    assert isinstance(problem, o.Seq)
    leaves = [v for obj in [*inputs, problem.items[1]] for v in values_of(frame, obj)]
    reason = f"{constant_of(what)[1]} has no derivative rule"
    return link(frame, value, reason, None, leaves, [], inputs, reason)


def _backward(
    frame: Frame, theorem: o.Obj, name: str, converted: list[o.Obj], given: list[o.Obj],
    value: o.Obj,
) -> tuple[ops.CustomHalf, list[Value]]:  # fmt: skip
    """The cotangents of what is given, by the theorem: of the solution and its cotangent."""
    state = frame.lowering.state
    objs = [*given, value, value]
    shapes = [shape_of(obj, state) for obj in objs]
    targets: list[int] = []

    def backward(scope: Frame, inside: list[o.Obj]) -> list[Value]:
        bars = call_object(scope, theorem, [*converted, *inside], {}, None)
        if not isinstance(bars, o.Seq) or len(bars.items) != len(given):
            raise UnsupportedError(f"the theorem of {name} has another number of cotangents")
        found: list[Value | None] = []
        for bar, shape in zip(bars.items, shapes, strict=False):
            found += cotangents(scope, bar, shape, name)
        targets[:] = [k for k, bar in enumerate(found) if bar is not None]
        return [bar for bar in found if bar is not None]

    stack, frame.lowering.inline_stack = frame.lowering.inline_stack, []
    try:
        apart = lower_apart(frame, f"{name}_backward", objs, shapes, backward)
    finally:
        frame.lowering.inline_stack = stack
    counts = [len(list(leaf_types(shape))) for shape in shapes]
    first, last = sum(counts[:-2]), sum(counts)
    solution, seeds = range(first, first + counts[-2]), range(last - counts[-1], last)
    half = ops.CustomHalf(apart.function, tuple(targets), seeds, range(0), solution)
    return half, apart.operands


# Closure conversion


def _convert(
    frame: Frame, label: str, f: o.Obj, points: Sequence[o.Obj]
) -> tuple[Function, list[Value], Any]:
    """A function of the program as an IR function, the values that it captures, and its result."""
    state = frame.lowering.state
    shapes = [shape_of(obj, state) for obj in points]
    result: Any = None

    def body(scope: Frame, inside: list[o.Obj]) -> list[Value]:
        nonlocal result
        found = call_object(scope, f, inside, {}, None)
        result = shape_of(found, scope.lowering.state)
        if isinstance(result, Static):
            raise UnsupportedError("a function that is given to a solver has to return numbers")
        return list(flatten(found, result, scope.lowering.state))

    apart = lower_apart(frame, _name_of(f) or label, points, shapes, body)
    function = apart.function
    if any(map(_is_noticed, function.body.walk())):
        raise UnsupportedError(
            "a function that is given to a solver prints, draws random numbers, or calls what "
            "nothing is known of",
            instead="leave that out of the function",
        )
    counts = [len(list(leaf_types(shape))) for shape in shapes]
    n = sum(counts)
    names = _parameters(f) if isinstance(f, o.Closure) else []
    if counts == [1] * len(names) and "*" not in names:
        for param, name in zip(function.params, names, strict=False):
            param.name = name
    for k, param in enumerate(function.params):
        param.name = param.name or f"value_{k}"
    points, captured = function.params[:n], []
    operands = []
    for param, value in zip(function.params[n:], apart.operands[n:], strict=True):
        if isinstance(value, Constant):
            param.replace_with(value)
        else:
            captured.append(param)
            operands.append(value)
    function.body.params = [*captured, *points]
    return function, operands, result


def _is_noticed(op: Op) -> bool:
    """Would it be noticed how often this operation is done? A solver calls a function as it likes."""
    if op.kind == "call":
        return any(map(_is_noticed, op.attrs["function"].body.walk()))
    silent = op.target in (ops.check, ops.fail, *CHECKS) or solver_model(op.target) is not None
    return op.kind == "apply" and not silent and not is_pure(op.target)


def _name_of(f: o.Obj) -> str:
    match f:
        case o.Closure():
            name = f.name
        case o.Method(name=name):
            pass
        case o.Known(value):
            name = getattr(value, "__name__", "")
        case _:
            name = ""
    return name if name.isidentifier() else ""


def call_converted(
    frame: Frame, callee: o.Converted, args: Args, kwargs: KwArgs, node: Any
) -> o.Obj:
    """`f(*points, p)`: the operations of the function, here."""
    *points, p = args
    assert isinstance(p, o.Seq) and not kwargs
    lowering = frame.lowering
    given = [lowering.value(obj) for obj in [*p.items[callee.part], *points]]
    function: Function = callee.function
    mapping = dict(zip(function.params, given, strict=True))
    for op in function.body.ops[:-1]:
        copy = lowering.builder.region.append(clone_op(op, mapping))
        copy.backward = lowering.builder.backward
        _own_functions(copy)
    results = [mapping.get(v, v) for v in function.results]
    return build(callee.result, iter(results))


def _own_functions(op: Op) -> None:
    """A derivative taken inside is expanded, and used up: each copy has a function of its own."""
    if op.kind == "gradient":
        op.attrs["function"] = _copy(op.attrs["function"])
    for region in op.regions:
        for inner in region.ops:
            _own_functions(inner)


def _copy(function: Function) -> Function:
    copy = Function(function.name, function.span)
    copy.attrs = dict(function.attrs)
    copy.body = clone_region(function.body, {})
    for op in copy.body.ops:
        _own_functions(op)
    return copy


# The solver itself


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
    names = _parameters(args[0])
    return o.Ref(Constant(-1 if "*" in names else len(names)))


def _parameters(f: o.Obj) -> list[str]:
    """The names of the positional parameters of a function; "*" for any number of them."""
    match f:
        case o.Closure(node):
            further = [] if node.args.vararg is None else ["*"]
            return [a.id for a in [*node.args.posonlyargs, *node.args.args]] + further
        case o.Partial(function, args, named):
            return [n for n in _parameters(function)[len(args) :] if n not in named]
        case o.Method(o.Instance(cls), name):
            return _of_signature(getattr(cls, name))[1:]
        case o.Known(python) if callable(python):
            return _of_signature(python)
    raise UnsupportedError("the number of parameters of this function is not known")


def _of_signature(python: Any) -> list[str]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(python).parameters.values()
    further = ["*"] if any(p.kind is p.VAR_POSITIONAL for p in parameters) else []
    return [p.name for p in parameters if p.kind in kinds] + further


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


def call_posed(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`posed(p, *functions)`."""
    p, *functions = args
    return o.Seq(tuple, [o.Known(Problem(functions, [])), p])


def call_refuse(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`refuse(what)`."""
    raise UnsupportedError(f"the derivative of {constant_of(args[0])[1]} is not known")
