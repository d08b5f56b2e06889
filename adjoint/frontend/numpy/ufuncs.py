"""The keywords of NumPy's functions that mean more: out=, where=, dtype=."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array
from adjoint.rules import is_inactive

#: Ufuncs have no signature before NumPy 2.4.
METHOD_PARAMETERS: dict[str, tuple[str, ...]] = {
    "reduce": ("array", "axis", "dtype", "out", "keepdims", "initial", "where"),
    "accumulate": ("array", "axis", "dtype", "out"),
    "reduceat": ("array", "indices", "axis", "dtype", "out"),
    "outer": ("A", "B"),
    "at": ("a", "indices", "b"),
}

#: Where a function is undefined for some values of an operand, its position.
_RISKY: dict[Any, int] = {
    np.divide: 1, np.floor_divide: 1, np.remainder: 1, np.fmod: 1, np.power: 0, np.float_power: 0,
}  # fmt: skip


def out_by_name(
    target: Any, names: Sequence[str], args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> list[o.Obj]:
    """The arguments before `out`; it and those that follow it join the keywords."""
    place = target.nin if isinstance(target, np.ufunc) else len(args)
    if isinstance(target, np.ufunc):
        names = [*names[:place], "out"]
    elif "out" in names:
        place = names.index("out")
    if len(args) > len(names) > place:
        raise UnsupportedError(f"np.{target.__name__} has no {len(args)} arguments of one result")
    kwargs.update(zip(names[place:], args[place:], strict=False))
    return list(args[:place])


def apply(
    frame: Frame, ufunc: np.ufunc, args: Sequence[Value], kwargs: dict[str, Value], out: Any
) -> Value:
    """The result of a ufunc: dtype= converts the operands, where= chooses between it and out."""
    builder = frame.lowering.builder
    mask = kwargs.pop("where", Constant(True))
    if "dtype" in kwargs and not is_inactive(ufunc):
        dtype = np.dtype(kwargs.pop("dtype").value)  # type: ignore[attr-defined]
        args = _converted(frame, args, dtype)
    if isinstance(mask, Constant) and mask.value is True:
        return builder.apply(ufunc, *args, **kwargs)
    if out is None:
        raise UnsupportedError(
            "where= without out= leaves elements that nobody sets",
            instead=f"pass out=, or use np.where(mask, np.{ufunc.__name__}(...), otherwise)",
        )
    args, risky = list(args), 0 if ufunc.nin == 1 else _RISKY.get(ufunc)
    if risky is not None and not isinstance(args[risky], Constant):
        args[risky] = builder.apply(np.where, mask, args[risky], 1)  # no warnings from there
    value = builder.apply(ufunc, *args, **kwargs)
    return builder.apply(np.where, mask, value, frame.lowering.value(out))


def _converted(frame: Frame, args: Sequence[Value], dtype: np.dtype[Any]) -> list[Value]:
    """The operands in the precision in which a ufunc is asked to compute."""
    arrays = [v for v in args if isinstance(v.type, Array)]
    apply = frame.lowering.builder.apply
    return [
        apply(np.astype, v, dtype)
        if v in arrays and v.type.dtype != dtype or not arrays  # type: ignore[attr-defined]
        else v
        for v in args
    ]


__all__ = ["METHOD_PARAMETERS", "apply", "out_by_name"]
