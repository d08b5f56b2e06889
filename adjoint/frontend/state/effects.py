"""Whether it would be noticed at what time something is done."""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.ir import ops
from adjoint.ir.core import Op
from adjoint.ir.effects import is_pure


def has_effects(operations: Sequence[Op]) -> bool:
    """Would it be noticed at what time these operations are done?"""
    work, seen = list(operations), set()
    while work:
        op = work.pop()
        silent = op.kind != "apply" or op.target in (ops.check, ops.fail) or is_pure(op.target)
        if not silent:
            return True
        if op.kind == "call" and op.attrs["function"] not in seen:
            seen.add(op.attrs["function"])
            work += op.attrs["function"].body.ops
        work += [inner for region in op.regions for inner in region.ops]
    return False
