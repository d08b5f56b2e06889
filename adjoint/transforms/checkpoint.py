"""Checkpointed functions: the backward half keeps the arguments, and begins with the forward half.

The forward half is the function as it is, and its tape are the arguments of the call.
"""

from __future__ import annotations

from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Function, Op
from adjoint.ir.effects import op_is_pure
from adjoint.transforms.calls import Pairs, is_pure_function, joint

#: What may end a function did not, the first time.
_CHECKS = (ops.check, ops.fail, ops.cotangent)


def recompute(callee: Function, active: tuple[bool, ...], pairs: Pairs) -> Function:
    """The backward half: takes the arguments, and the cotangents of the results.

    It is checkpointed itself. Printing and the like is left out, since it has happened.

    Raises
    ------
    UnsupportedError : the function would not do the same again.
    """
    from adjoint.transforms.gradient import optimise

    made: dict[tuple[bool, ...], Function] = callee.attrs.setdefault("backward", {})
    if active in made:
        return made[active]
    _refuse_effects(callee, callee, set())
    backward = made[active] = Function(f"{callee.name}_backward", callee.span)
    backward.attrs["pure"] = backward.attrs["checkpoint"] = True
    callee.attrs["pure"] = is_pure_function(callee)
    whole, results, seeds = joint(callee, active, pairs)
    body = backward.body = whole.body
    body.terminator.set_operands(whole.results[len(results) + len(seeds) :])
    for op in list(body.walk()):
        if _has_effect(op) and not op.backward:
            op.parent.ops.remove(op)  # type: ignore[union-attr]
            op.drop()
    for seed in seeds:
        assert seed.op is not None
        body.ops.remove(seed.op)
        seed.replace_with(body.add_param(seed.type, seed.name))
    optimise(backward)
    return backward


def _has_effect(op: Op) -> bool:
    if op.kind != "apply" or op.target in _CHECKS:
        return False
    return not op_is_pure(op) or _draws(op.target)


def _draws(target: Any) -> bool:
    return str(getattr(target, "__module__", "")).startswith("numpy.random")


def _refuse_effects(callee: Function, function: Function, seen: set[Function]) -> None:
    """Refuse what gives something else each time, and any effect in the functions it calls."""
    for op in function.body.walk():
        inner = op.attrs["function"] if op.kind == "call" else None
        if inner is not None and inner not in seen:
            seen.add(inner)
            _refuse_effects(callee, inner, seen)
        elif _has_effect(op) and (function is not callee or any(r.users for r in op.results)):
            name = getattr(op.target, "__name__", str(op.target))
            raise UnsupportedError(
                f"the call of {name} in a checkpointed function would not be the same when it is "
                "computed a second time",
                op.span,
                "call it outside, and pass what it returns as an argument",
            )
