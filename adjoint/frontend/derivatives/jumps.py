"""Where a function of the user's may jump: comparisons, roundings, and what they depend on.

The derivative of an integral, or of the solution of a differential equation, does not see a jump
inside, so that a theorem asks for these places.
"""

from __future__ import annotations

import cmath
import math
import operator
from dataclasses import dataclass

import numpy as np

from adjoint.errors import Span
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.descriptions import operation
from adjoint.ir.effects import reads_form
from adjoint.ir.types import Array, Scalar, is_complex, is_differentiable

_ROUNDING = frozenset({
    np.floor, np.ceil, np.round, np.around, np.rint, np.trunc, np.fix, np.sign, np.heaviside,
    np.mod, np.remainder, np.fmod, np.floor_divide, np.divmod, np.modf, operator.mod,
    operator.floordiv, divmod, round, int, math.floor, math.ceil, math.trunc, math.fmod,
    math.remainder, math.copysign, np.copysign, np.unwrap,
})  # fmt: skip
#: They jump where their argument crosses the negative axis.
_ANGLES = frozenset({np.arctan2, math.atan2, np.angle, cmath.phase, cmath.polar})
#: The same for a complex argument, on an axis or on parts of it.
_CUT = frozenset({
    np.sqrt, np.log, np.log2, np.log10, np.log1p, np.power, np.arcsin, np.arccos, np.arctan,
    np.arcsinh, np.arccosh, np.arctanh, cmath.sqrt, cmath.log, cmath.log10, cmath.asin,
    cmath.acos, cmath.atan, cmath.asinh, cmath.acosh, cmath.atanh, operator.pow, pow,
})  # fmt: skip
_KINKED = frozenset({
    abs, max, min, np.abs, np.absolute, np.fabs, np.maximum, np.minimum, np.fmax, np.fmin, np.clip,
    np.max, np.min, np.amax, np.amin, np.sort, np.median, np.linalg.norm, math.fabs, np.where,
    ops.select,
})  # fmt: skip
_QUIET = (ops.check, ops.fail)


@dataclass(frozen=True)
class Jump:
    """A place where a function may jump.

    Attributes
    ----------
    what : the operation, in words.
    span : where it is written.
    params : the parameters that decide it.
    """

    what: str
    span: Span | None
    params: frozenset[Value]


def jumps_of(function: Function) -> list[Jump]:
    """The places where a function may jump, as a function of its real parameters."""
    sources = {p: frozenset({p}) for p in function.params if is_differentiable(p.type)}
    while _spread(function.body, sources):
        pass
    found = []
    for op in function.body.walk():
        decided = _union(op.operands, sources)
        if not decided:
            continue
        if "smooth" not in op.attrs and _jumps(op):
            found.append(Jump(operation(op.target), op.span, decided))
        if op.kind == "gradient":
            found += [Jump(what, span, decided) for what, span in _kinks_of(op.attrs["function"])]
    return found


def _kinks_of(function: Function) -> list[tuple[str, Span | None]]:
    """The places where the derivative of a function may jump, if the function does not."""
    found = []
    for op in function.body.walk():
        if op.kind == "gradient":
            found += _kinks_of(op.attrs["function"])
        elif _jumps(op) or op.kind == "apply" and op.target in _KINKED:
            found.append((operation(op.target), op.span))
    return found


def _jumps(op: Op) -> bool:
    if op.kind != "apply" or reads_form(op.target) or op.target in (ops.field, ops.entry):
        return False
    if op.target in _ROUNDING or op.target in _ANGLES or _has_branch_cut(op):
        return True
    if op.target is np.interp and len(op.operands) > 3:
        return True  # with values of its own left and right of the points
    users = [user for result in op.results for user in result.users]
    if users and all(user.target in _QUIET for user in users):
        return False  # it only raises
    return any(_is_discrete(r) for r in op.results)


def _has_branch_cut(op: Op) -> bool:
    if op.target not in _CUT or not is_complex(op.operands[0].type):
        return False
    exponent = op.operands[1] if len(op.operands) > 1 else None
    return not (isinstance(exponent, Constant) and isinstance(exponent.value, int))


def _is_discrete(value: Value) -> bool:
    match value.type:
        case Scalar(kind):
            return kind in ("bool", "int")
        case Array(dtype):
            return dtype.kind in "biu"
    return False


def _union(values: list[Value], sources: dict[Value, frozenset[Value]]) -> frozenset[Value]:
    found: frozenset[Value] = frozenset()
    for value in values:
        if not isinstance(value, Constant):
            found |= sources.get(value, frozenset())
    return found


def _spread(region: Region, sources: dict[Value, frozenset[Value]]) -> bool:
    """Follow what values depend on, through all operations once; is anything new?"""
    changed = False
    for op in region.ops:
        depends = frozenset() if reads_form(op.target) else _union(op.operands, sources)
        for nested in op.regions:
            changed |= _add(nested.params, depends, sources)
            changed |= _spread(nested, sources)
            depends |= _union(nested.yields, sources)
        changed |= _add(op.results, depends, sources)
    return changed


def _add(
    values: list[Value], depends: frozenset[Value], sources: dict[Value, frozenset[Value]]
) -> bool:
    changed = False
    for value in values:
        before = sources.get(value, frozenset())
        if depends - before:
            sources[value] = before | depends
            changed = True
    return changed
