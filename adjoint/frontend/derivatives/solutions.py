"""Calls of solvers: what they find has the derivative that a theorem gives.

A model of a solver (in `adjoint.solvers`) is a Python function that is lowered in its place. It
calls the solver itself, with the user's functions after closure conversion: each is lowered into
an IR function of its own, and what it captures becomes explicit. So the theorem, a Python function
as well, gets the user's functions as functions of their arguments and of the captured values `p`.
It is lowered into the backward half of an `ops.custom`.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.derivatives.apart import lower_apart
from adjoint.frontend.derivatives.conversion import convert
from adjoint.frontend.derivatives.custom import cotangents, link, values_of
from adjoint.frontend.derivatives.jumps import jumps_of
from adjoint.frontend.opaque.arguments import depends
from adjoint.frontend.opaque.calls import call_library, call_opaque
from adjoint.frontend.opaque.tables import is_callable_of_a_library
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.structure import (
    leaf_types,
    shape_of,
)
from adjoint.ir import ops
from adjoint.ir.callables import parameter_names
from adjoint.ir.core import Constant, Function, Op, Value
from adjoint.ir.types import Opaque, is_differentiable
from adjoint.limits import SOLVER_LEVELS

#: The solutions whose theorems are being lowered, innermost last.
_at_work: list[str] = []


def call_solver(frame: Frame, solver: Any, model: Any, args: Args, kwargs: KwArgs) -> o.Obj:
    """A call of a solver: by its model, unless nothing of the program reaches it."""
    given = [*args, *kwargs.values()]
    if not depends(frame, given) and not any(map(_may_capture, given)):
        return call_opaque(frame, solver, args, kwargs)
    count = _common(parameter_names(solver), parameter_names(model)[1:])
    names = parameter_names(solver)[count : len(args)]
    named = dict(zip(names, args[count:], strict=True)) if len(args) > count else {}

    def lower() -> o.Obj:
        first = [o.Known(solver), *args[:count]]
        return call_object(frame, o.Known(model), first, {**named, **kwargs}, None)

    return call_library(frame, solver, args, kwargs, lower)


def _common(names: Sequence[str], others: Sequence[str]) -> int:
    """How many parameters two functions have in common, before others come."""
    same = [a == b for a, b in zip(names, others, strict=False)]
    return same.index(False) if False in same else len(same)


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
        function, values, result = convert(frame, label, f, points.items)
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


def call_posed(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`posed(p, *functions)`."""
    p, *functions = args
    return o.Seq(tuple, [o.Known(Problem(functions, [])), p])


