"""The tangent of one operation, from those of its operands and from its rule."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.infer import is_elementwise
from adjoint.ir.staging import UnknownRankError, inside_rule
from adjoint.ir.types import (
    FLOAT,
    Array,
    List,
    Scalar,
    Struct,
    compatible,
    dims_of,
    is_loose,
    is_numeric,
    is_rank0,
    proven_equal,
    proven_many,
)
from adjoint.rules import Rule, rule_for
from adjoint.rules.composites import composite_terms
from adjoint.rules.kinds import Refused, scale
from adjoint.rules.registry import no_rule
from adjoint.rules.staged import arguments_of, shape_of
from adjoint.transforms.forward_mode.tangents import Tangent, is_zero
from adjoint.transforms.forward_mode.transpose import reachable, transposed

if TYPE_CHECKING:
    from adjoint.transforms.forward_mode.forward import Forward


def push(forward: Forward, op: Op) -> Tangent:
    """The tangent of the result of an `apply` that has a moving operand."""
    target = op.target
    if target is operator.getitem:
        return _item(forward, op)
    if target in ops.CONTAINERS:
        return _container(forward, op)
    if target is ops.custom:
        return transposed(forward, op)
    rule = rule_for(target)
    if rule is None and getattr(target, "__module__", "").startswith("adjoint.rules"):
        raise UnknownRankError("it is the derivative of another one")
    if rule is None:
        raise no_rule(target)
    return _by_rule(forward, op, rule)


def _item(forward: Forward, op: Op) -> Tangent:
    base, index = op.operands
    tangents, type_ = forward.tangents, base.type
    if isinstance(type_, Struct) and isinstance(index, Constant):
        tangent = tangents.get(base)
        if isinstance(index.value, slice):
            positions = range(len(type_.items))[index.value]
            return [tangents.part(tangent, type_, k) for k in positions]
        if type_.keys is not None and index.value in type_.keys:
            return tangents.part(tangent, type_, type_.keys.index(index.value))
        return tangents.part(tangent, type_, index.value % len(type_.items))
    whole = tangents.whole(base)
    return forward.builder.emit(operator.getitem, [whole, index], op.result.type)


def _container(forward: Forward, op: Op) -> Tangent:
    items = op.operands[ops.CONTAINERS[op.target] :]
    tangents = forward.tangents
    if isinstance(op.result.type, List):
        values = [tangents.whole(v) for v in items]
        return forward.builder.emit(op.target, values, op.result.type)
    return [tangents.get(v) for v in items]


def _by_rule(forward: Forward, op: Op, rule: Rule) -> Tangent:
    positional, named = op.arguments()
    y, tangents = op.result, forward.tangents
    total: Any = None
    with inside_rule():
        terms = composite_terms(op, lambda v: tangents.get(v) is not None)
    if terms is not None:
        for term in terms:
            if tangents.get(term.value) is not None:
                with inside_rule():
                    change = term.push(tangents.get(term.value))
                total = _sum(total, change)
        return _fitted(forward, op, total)
    moving = [tangents.get(v) is not None for v in positional]
    by_name = [k for k, v in named.items() if tangents.get(v) is not None]
    args, kwargs = arguments_of(op)
    if rule.jvp is not None and not by_name:
        dots = [tangents.whole(v) if m else None for v, m in zip(positional, moving, strict=True)]
        with inside_rule():
            found = rule.pushforward(dots, y, args, kwargs)
        return _fitted(forward, op, found)
    if rule.kind == "elementwise" and not by_name:
        return _fitted(forward, op, _by_partials(forward, rule, op, args, kwargs))
    if rule.kind in ("linear", "multilinear") and rule.jvp is None and not rule.affine:
        return _itself(forward, op, rule)
    if rule.kind == "general" and not by_name and is_diagonal(op, positional, moving):
        for k, value in enumerate(positional):
            if not moving[k]:
                continue
            with inside_rule():
                terms = rule.pullback(tangents.get(value), y, args, kwargs)
                total = _sum(total, terms[k] if k < len(terms) else None)
        return _fitted(forward, op, total)
    return transposed(forward, op)


def _by_partials(
    forward: Forward, rule: Rule, op: Op, args: list[Any], kwargs: dict[str, Any]
) -> Any:
    total: Any = None
    for value, partial in zip(op.operands, rule.partials, strict=False):
        tangent = forward.tangents.get(value)
        if tangent is None or partial is None:
            continue
        with inside_rule():
            total = _sum(total, scale(tangent, rule._call(partial, op.result, *args, **kwargs)))
    return total


def _sum(total: Any, term: Any) -> Any:
    if isinstance(term, Refused):
        raise UnsupportedError(term.reason)
    if total is None or term is None:
        return term if total is None else total
    return total + term


#: Products, whatever the ranks of their operands are.
_PRODUCTS = (operator.matmul, np.matmul, np.dot, np.inner, np.outer, np.vdot)


def _shapes_only(forward: Forward, op: Op, rule: Rule) -> set[int]:
    """The operands of which the result has no derivative: it may have their shape."""
    positional, named = op.arguments()
    args, kwargs = arguments_of(op)
    with forward.builder.inside(Region()) as trial, inside_rule():
        try:
            found = rule.pullback(op.result, op.result, args, kwargs)
        except UnknownRankError:
            if op.target not in _PRODUCTS:
                raise
            found = list(positional)  # all of them are factors
    for each in reversed(trial.ops):
        each.drop()
    return {k for k, cotangent in enumerate(found) if cotangent is None}


def _itself(forward: Forward, op: Op, rule: Rule) -> Tangent:
    """A linear function of the tangent; for a multilinear one a sum over its operands.

    What is added to it, as by `np.sum(x, initial=c)`, is not of the tangent.
    """
    positions = [k for k, v in enumerate(op.operands) if forward.tangents.get(v) is not None]
    if rule.kind == "linear" and positions != [0]:
        return transposed(forward, op)
    total: Any = None
    positional, named = op.arguments()
    if any(positions):
        shapes_only = _shapes_only(forward, op, rule)
        positions = [k for k in positions if k not in shapes_only]
    named = {name: v for name, v in named.items() if name != "initial"}
    for k in positions:
        tangent = forward.tangents.whole(op.operands[k])
        args = [tangent if i == k else v for i, v in enumerate(positional)]
        keywords = {
            name: tangent if i == k else v
            for i, (name, v) in enumerate(named.items(), len(positional))
        }
        if compatible(tangent.type, op.operands[k].type):
            operands = [*args, *keywords.values()]
            term = forward.builder.emit(op.target, operands, op.result.type, tuple(keywords))
        else:
            term = forward.builder.apply(op.target, *args, **keywords)
        total = term if total is None else forward.builder.apply(operator.add, total, term)
    return _fitted(forward, op, total)


def is_diagonal(op: Op, positional: list[Value], moving: list[bool]) -> bool:
    """Is every element of y a function of the same element of each operand that moves?

    Then what is pulled back from a tangent is the pushforward.
    """
    y = op.result
    if not is_numeric(y.type) or not all(is_numeric(v.type) for v in positional):
        return False
    if all(is_rank0(v.type) for v in [y, *positional]):
        return True
    want = dims_of(y.type)
    if not is_elementwise(op.target) or want is None:
        return False
    for value, moves in zip(positional, moving, strict=True):
        have = dims_of(value.type)
        if moves and (have is None or not same_sizes(have, want)):
            return len(positional) == 1
    return True


def same_sizes(a: Any, b: Any) -> bool:
    """Are the sizes equal, of which one is broadcast to the other?"""
    return len(a) == len(b) and all(
        proven_equal(x, y) or proven_many(x) and proven_many(y) for x, y in zip(a, b, strict=True)
    )


# The form of the result


def _fitted(forward: Forward, op: Op, found: Any) -> Tangent:
    """The tangent of a rule, in the shape and dtype of the result."""
    y, builder = op.result, forward.builder
    if found is None or isinstance(found, (list, tuple)):
        if found is not None and not isinstance(y.type, Struct):
            return builder.value(found)
        return None if found is None else list(found)
    tangent = builder.value(found)
    if isinstance(y.type, (Struct, List)):
        return tangent
    tangent = cast(forward, tangent, y)
    if isinstance(tangent, Constant) and _is_number(tangent, 0.0):
        return None
    if not isinstance(y.type, Array) or not y.type.dims:
        return as_scalar(forward, tangent, y)
    if is_elementwise(op.target) and not _covers(forward, op, tangent):
        tangent = builder.apply(np.broadcast_to, tangent, shape_of(y))
    if _is_new(forward, tangent) and isinstance(tangent.type, Array):
        if len(tangent.type.dims) == len(y.type.dims):
            tangent.type = replace(tangent.type, dims=y.type.dims)
    return tangent


def as_scalar(forward: Forward, tangent: Value, y: Value) -> Value:
    """A tangent without axes as what the result is: a float, a NumPy scalar, or an array."""
    apply, have, want = forward.builder.apply, tangent.type, y.type
    if want == FLOAT and isinstance(have, Array):
        double = have.scalar and have.dtype == np.float64
        return tangent if double else apply(float, tangent)
    if not isinstance(want, Array):
        return tangent
    chosen = tangent.op is not None and tangent.op.target is ops.select
    is_array = isinstance(have, Array) and not have.scalar
    if is_array and chosen or not is_array and not want.scalar:
        tangent = apply(np.asarray, tangent)  # one of two numbers, for instance
        is_array = True
    return apply(operator.getitem, tangent, ()) if is_array and want.scalar else tangent


def _is_number(value: Constant, number: float) -> bool:
    return isinstance(value.value, (int, float)) and value.value == number


def cast(forward: Forward, tangent: Value, y: Value) -> Value:
    have, want = _dtype(tangent), _dtype(y)
    if have is None or want is None or have == want or isinstance(tangent, Constant):
        return tangent
    if have.kind == "c" and want.kind == "f":
        tangent = forward.builder.apply(np.real, tangent)
        have = _dtype(tangent)
    if isinstance(tangent.type, Array) and isinstance(y.type, Array) and have != want:
        return forward.builder.apply(np.astype, tangent, want)
    return tangent


def _dtype(value: Value) -> np.dtype[Any] | None:
    if isinstance(value.type, (Array, Scalar)):
        return value.dtype
    return None


def _is_new(forward: Forward, value: Value) -> bool:
    return value.op is not None and value.op.parent is forward.builder.region


def _covers(forward: Forward, op: Op, tangent: Value) -> bool:
    """Does the tangent have all of the shape of the result, or must it be broadcast?"""
    y = op.result
    have, want = dims_of(tangent.type), dims_of(y.type)
    if have is not None and want is not None:
        if len(have) != len(want) or is_loose(tangent.type) and not is_loose(y.type):
            return False
        if same_sizes(have, want):
            return True
    leaves = set(_leaves(forward, tangent, {y, *op.operands}))
    return y in leaves or all(
        v in leaves or forward.tangents.get(v) in leaves
        for v in op.operands
        if is_numeric(v.type) and not is_rank0(v.type)
    )


def _leaves(forward: Forward, value: Value, stops: set[Value]) -> Iterator[Value]:
    """The values that a value is computed from, element by element, by operations of this step."""
    yield value
    inner = value.op
    if value in stops or inner is None or not _is_new(forward, value):
        return
    if is_elementwise(inner.target):
        for operand in inner.operands:
            yield from _leaves(forward, operand, stops)


__all__ = ["is_zero", "push", "reachable"]
