"""Functions with a derivative of their own: the backward half is put where it is needed."""

from __future__ import annotations

import operator

from adjoint.errors import UnsupportedError
from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Value, clone_op, free_values, python_value
from adjoint.ir.ops import CustomRule, custom
from adjoint.rules import is_inactive
from adjoint.transforms.reverse_mode.cotangents import Bars, Cotangents


def reverse_custom(cotangents: Cotangents, op: Op, y_bar: Value, bars: Bars) -> None:
    """Add the cotangents that the rule of an `ops.custom` gives for its inputs."""
    builder = cotangents.builder
    rule: CustomRule = python_value(op.operands[1])
    inputs, operands = op.operands[2 : 2 + rule.n_inputs], op.operands[2 + rule.n_inputs :]
    half = rule.half
    if half is None:
        if rule.reason:
            raise UnsupportedError(
                rule.reason, instead="give it to adjoint.stop_gradient if it is meant as a constant"
            )
        raise UnsupportedError(
            f"the forward or backward function of {rule.name} calls {rule.name}, whose own rule "
            "is followed up to third order"
        )
    _refuse_jumps(rule, inputs, cotangents.active)
    if any(operands[k] in cotangents.active for k in half.fixed):
        raise UnsupportedError(
            f"a derivative is taken with respect to an argument that {rule.name} names in "
            "nondiff_argnums"
        )
    refuse_captures(op, cotangents.active)
    _differentiate_solution(builder, op, operands, half.solution)
    seeds = [y_bar]
    if len(half.seeds) > 1:
        seeds = [builder.apply(operator.getitem, y_bar, k) for k in range(len(half.seeds))]
    operands[half.seeds.start : half.seeds.stop] = seeds
    *body, terminator = half.function.body.ops
    mapping = dict(zip(half.function.params, operands, strict=True))
    made: set[Value] = set()
    for each in body:
        copy = builder.append(clone_op(each, mapping))
        for region in copy.regions:
            for inner in region.walk():
                inner.backward = True
        made.update(copy.results)
    for position, result in zip(half.targets, terminator.operands, strict=True):
        bar = mapping.get(result, result)
        if bar in made:
            bar.name = ""  # its name is that of the cotangent from here on
        cotangents.add(bars, inputs[position], (), bar)


def _refuse_jumps(rule: CustomRule, inputs: list[Value], active: set[Value]) -> None:
    """Refuse a function that may jump where an input of the derivative, or the solver, decides."""
    for barrier in rule.barriers:
        if barrier.inputs is None or any(inputs[k] in active for k in barrier.inputs):
            raise UnsupportedError(
                f"{barrier.what} may make this function jump, and the derivative of "
                f"{rule.name} does not see a jump inside",
                barrier.span,
                "call it as adjoint.assume_smooth(f), if the function has no jump there",
            )


def _differentiate_solution(
    builder: Builder, op: Op, operands: list[Value], solution: range
) -> None:
    """Where the rule reads the value itself, let it read what has the derivative of this rule."""
    if len(solution) == 1:
        operands[solution.start] = op.result
    elif solution:
        parts = [builder.apply(operator.getitem, op.result, k) for k in range(len(solution))]
        operands[solution.start : solution.stop] = parts


def refuse_captures(op: Op, active: set[Value]) -> None:
    """No derivative follows what the value depends on other than through the inputs."""
    rule: CustomRule = python_value(op.operands[1])
    seen: set[Value] = set(op.operands[2 : 2 + rule.n_inputs])
    work = [op.operands[0]]
    while work:
        value = work.pop()
        if value in seen or value not in active:
            continue
        seen.add(value)
        if value.op is None:
            named = f" '{value.name}'" if value.name else ""
            raise UnsupportedError(
                f"a derivative is taken with respect to a value{named} that {rule.name} uses "
                "without being given it as an argument",
                instead="pass it as an argument, or use stop_gradient",
            )
        if not is_inactive(value.op.target):
            work += value.op.operands
            work += [v for region in value.op.regions for v in free_values(region)]


def is_replaced(op: Op) -> bool:
    """Are its results read only as values that have a derivative of their own?"""
    users = [user for result in op.results for user in result.users]
    return bool(users) and all(
        user.target is custom and not any(r in _read(user) for r in op.results) for user in users
    )


def _read(op: Op) -> list[Value]:
    """The operands of an `ops.custom` that its rule reads: not the value itself."""
    rule: CustomRule = python_value(op.operands[1])
    first = 2 + rule.n_inputs
    seeds = rule.half.seeds if rule.half is not None else range(0)
    rest = [v for k, v in enumerate(op.operands[first:]) if k not in seeds]
    return [*op.operands[2:first], *rest]
