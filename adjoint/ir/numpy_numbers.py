"""Numbers that are certainly NumPy's: they divide by zero, where Python's raise.

The type of a cotangent is that of the value it belongs to. At run time it may be a Python float
all the same: a seed, or the arm of a branch that passes on another one.
"""

from __future__ import annotations

import operator

import numpy as np

from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array

_ARITHMETIC = (
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.neg,
)  # fmt: skip


def is_surely_numpy(value: object) -> bool:
    """Is this a NumPy scalar or an array, on every path?"""
    if isinstance(value, Constant) or not isinstance(value, Value):
        python = value.value if isinstance(value, Constant) else value
        return isinstance(python, (np.generic, np.ndarray))
    if not isinstance(value.type, Array):
        return False
    op = value.op
    if value.type.dims and not value.type.loose or op is None:
        return op is None or op.kind == "apply"
    if op.kind == "if":
        # By identity: in a rule, `==` of values is an operation.
        at = next(k for k, result in enumerate(op.results) if result is value)
        return all(is_surely_numpy(region.yields[at]) for region in op.regions)
    if op.kind != "apply":
        return False
    if op.target in _ARITHMETIC:
        return any(map(is_surely_numpy, op.operands))
    return isinstance(op.target, np.ufunc) or op.target is np.astype
