"""Arguments of library functions as values; some must be part of the program."""

from __future__ import annotations

import operator
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.objects.containers.iteration import static_items
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame, NeedStatic
from adjoint.ir.callables import facts_of
from adjoint.ir.core import Constant, Region, Value
from adjoint.ir.types import Scalar, Struct

#: Arguments that must be part of the program: they decide ranks, dtypes and rules.
STATIC = frozenset({
    "axis", "axes", "keepdims", "dtype", "ord", "order", "ddof", "subscripts", "optimize",
    "axis1", "axis2", "source", "destination", "correction", "copy", "indexing", "mode",
    "lower", "trans", "unit_diagonal", "assume_a", "transposed", "check_finite", "compute_expm",
    "eigvals_only", "method",
    "full_matrices", "compute_uv", "hermitian", "UPLO", "upper", "ind", "p", "axisa", "axisb",
    "axisc", "norm", "deg", "increasing",
    "ndmin", "retstep", "endpoint", "requirements",
})  # fmt: skip


def is_part_of_program(target: Any, name: str) -> bool:
    """Must this argument of a function of NumPy be known when compiling?"""
    facts = facts_of(target)
    return name in STATIC or facts is not None and name in facts.static


def static_operand(frame: Frame, obj: o.Obj, name: str) -> Value:
    """An argument that must be known when compiling; parameters are specialised on."""
    known, python = constant_of(obj)
    if known:
        return Constant(python)
    param = _parameter_behind(obj)
    if param is not None:
        raise NeedStatic(param, frame.lowering.builder.span)
    raise UnsupportedError(
        f"the argument '{name}' is computed by the program, but decides its structure",
        instead="pass it as an argument of the differentiated function, or as a literal",
    )


def _parameter_behind(obj: o.Obj) -> Value | None:
    """The parameter that a number, or a number in a container, comes from as it is."""
    if isinstance(obj, o.Seq):
        unknown = [item for item in obj.items if not constant_of(item)[0]]
        return _parameter_behind(unknown[0])
    if not isinstance(obj, o.Ref):
        return None
    value = obj.value
    if isinstance(value.owner, Region):
        return value
    if not (isinstance(value.type, Scalar) and value.type.kind in ("int", "bool")):
        return None  # of a container only whole numbers become part of the program
    while value.op is not None and value.op.target is operator.getitem:
        if not isinstance(value.op.operands[0].type, Struct):
            return None
        value = value.op.operands[0]
    return value if isinstance(value.owner, Region) else None


def operand(frame: Frame, obj: o.Obj) -> Value:
    if isinstance(obj, o.Iterator):
        items = static_items(frame, obj)
        if items is not None:
            obj = o.Seq(list, items)
    return frame.lowering.value(obj)
