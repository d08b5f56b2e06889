"""Local rewriting: what an expert would not have written in the first place.

Only backward operations are touched; primal arithmetic stays as the user wrote it.
"""

from __future__ import annotations

import operator
from typing import Any

from adjoint.ir.core import Constant, Function, Op, Region, enclosing_region, is_inside
from adjoint.ir.effects import is_pure
from adjoint.ir.types import compatible
from adjoint.transforms.simplify.accesses import ACCESSES
from adjoint.transforms.simplify.identities import IDENTITIES
from adjoint.transforms.simplify.rewriting import MULTIPLY, Rewriter, Rule, number_of

_RULES: dict[Any, Rule] = {**IDENTITIES, **ACCESSES}


def simplify(function: Function) -> None:
    """Rewrite until nothing changes (each rule makes the program smaller, so it ends)."""
    for _ in range(4):
        if not _region(function.body):
            return


def associate_products(function: Function) -> None:
    """Write `2 * g * x` for `2 * (g * x)`, when nothing more is merged or gathered."""
    for op in list(function.body.walk()):
        if op.kind != "apply" or not op.backward or op.target not in MULTIPLY:
            continue
        number, product = op.operands
        inner = product.op
        if number_of(number) is None or inner is None or not inner.backward:
            continue
        alone = len(product.users) == 1 and inner.parent is op.parent
        if inner.target not in MULTIPLY or not alone:
            continue
        first = inner.operands[0].op
        if first is None or first.target not in (*MULTIPLY, operator.truediv):
            region = op.parent
            assert region is not None
            new = Rewriter(region, region.ops.index(op), op)
            scaled = new(op.target, number, inner.operands[0])
            result = new(op.target, scaled, inner.operands[1])
            if compatible(result.type, op.result.type):
                result.name = op.result.name
                op.result.replace_with(result)


def _region(region: Region) -> bool:
    changed = False
    index = 0
    while index < len(region.ops):
        op = region.ops[index]
        for nested in op.regions:
            changed |= _region(nested)
        if op.kind in ("for", "while") and op.backward:
            changed |= _drop_unchanged_carries(op)
        if op.kind == "if" and op.backward:
            changed |= _drop_equal_results(op)
        rule = _RULES.get(op.target) if op.kind == "apply" and op.backward else None
        if rule is not None and op.result.users:
            replacement = rule(Rewriter(region, index, op), op)
            index = region.ops.index(op, index)
            if replacement is not None and replacement is not op.result:
                if not isinstance(replacement, Constant):
                    if replacement.op is not None and replacement.op.backward:
                        replacement.take_name(op.result)
                op.result.replace_with(replacement)
                changed = True
                index -= _drop_unused(op, region)
        index += 1
    return changed


def _drop_unused(op: Op, region: Region) -> int:
    """Drop what has been replaced, and what only that needed; returns how many are of `region`.

    Whether a value has one user is asked by many rules.
    """
    count, work = 0, [op]
    while work:
        op = work.pop()
        home = op.parent
        unused = home is not None and not any(r.users for r in op.results)
        if not unused or op.kind != "apply" or not op.backward or not is_pure(op.target):
            continue
        if home is None or "raises" in op.attrs or op not in home.ops:
            continue
        home.ops.remove(op)
        count += home is region
        work += [v.op for v in op.operands if v.op is not None]
        op.drop()
    return count


def _drop_unchanged_carries(op: Op) -> bool:
    """A carry that every iteration passes on as it is equals its initial value."""
    changed = False
    for k in range(op.n_carries):
        param, result = op.carries[k], op.results[k]
        if op.next_carries[k] is param and (param.users or result.users):
            others = [u for u in param.users if u is not op.body.terminator]
            if not others and not result.users:
                continue
            init = op.inits[k]
            result.replace_with(init)
            for user in others:
                user.replace_operand(param, init)
            if op.kind == "while":
                op.regions[0].params[k].replace_with(init)
            changed = True
    return changed


def _drop_equal_results(op: Op) -> bool:
    """Replace the results of a branch for which both arms yield one value from outside."""
    changed = False
    for result, a, b in zip(op.results, *(r.yields for r in op.regions), strict=True):
        inside = any(is_inside(enclosing_region(a), r) for r in op.regions)
        if a is b and result.users and not inside:
            result.replace_with(a)
            changed = True
    return changed
