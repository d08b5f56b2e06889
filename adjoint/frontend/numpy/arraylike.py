"""Lists and tuples of numbers where a function of NumPy or SciPy takes an array."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.frontend.numpy.arguments import is_part_of_program
from adjoint.frontend.objects.arraylike import is_nest, made_array, with_arrays
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.core import Value
from adjoint.ir.types import List, Struct
from adjoint.rules import rule_for

#: Functions that make an array of what they are given.
MAKERS = frozenset({
    np.array, np.asarray, np.asanyarray, np.ascontiguousarray, np.asfortranarray, np.require, list,
})  # fmt: skip
#: Functions that take sequences of arrays, and the parameters that are such.
TAKE_SEQUENCES: dict[Any, tuple[str, ...]] = {
    **dict.fromkeys(
        (np.concatenate, np.stack, np.vstack, np.hstack, np.dstack, np.column_stack,
         np.linalg.multi_dot, getattr(np, "row_stack", np.vstack)),  # deprecated in NumPy 2.0
        ("arrays", "tup"),
    ),
    np.choose: ("choices",),
    np.select: ("condlist", "choicelist"),
    np.block: ("arrays",), np.lexsort: ("keys",), np.append: (), np.ix_: (),
}  # fmt: skip
#: Parameters that decide shapes, and so stay a tuple of numbers.
_SHAPES = frozenset({"shape", "size", "newshape", "reps", "shift", "pad_width", "repeats"})
#: Parameters that are arrays beside the first one.
_ARRAYS = frozenset({"prepend", "append", "weights"})


def as_array(frame: Frame, target: Any, obj: o.Obj, name: str = "", first: bool = False) -> o.Obj:
    """An argument of `target` as the array that it would make of it; its name, if that is known.

    What is whole may be a shape or an index. So it is one of these unless the parameter is known
    to take arrays only: it is the first one, or an operand of an element-wise function.
    """
    if not isinstance(obj, (o.Seq, o.Ref, o.Known)) or not _makes_arrays(target):
        return obj
    if name in TAKE_SEQUENCES.get(target, ()) or first and target in TAKE_SEQUENCES and not name:
        return with_arrays(frame, obj)
    if is_part_of_program(target, name) or name in _SHAPES:
        return obj
    operand = first and name != "" or name in _ARRAYS or _is_operand(target)
    if not operand and constant_of(obj)[0]:
        return obj
    return made_array(frame, obj) if is_nest(frame, obj, floats=not operand) else obj


def _makes_arrays(target: Any) -> bool:
    if target in MAKERS:
        return False
    return isinstance(target, np.ufunc) or _package(target) in ("numpy", "scipy")


def _is_operand(target: Any) -> bool:
    """Are all parameters of this function arrays, but those that decide what it does?"""
    module = getattr(target, "__module__", None) or ""
    rule = rule_for(target)
    by_rule = rule is not None and rule.kind in ("elementwise", "multilinear")
    by_name = module == "numpy.linalg" or target in (np.cov, np.corrcoef)
    return isinstance(target, np.ufunc) or by_rule or by_name


def array_value(frame: Frame, obj: o.Obj) -> Value:
    """The value of an argument that a function makes an array of, whatever sequence it is."""
    value = frame.lowering.value(obj)
    if isinstance(value.type, (Struct, List)):
        return frame.lowering.builder.apply(np.asarray, value)
    return value


def _package(target: Any) -> str:
    return (getattr(target, "__module__", None) or "").partition(".")[0]
