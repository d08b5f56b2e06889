"""Calls of NumPy: its arguments, where the result goes, and whose memory that may be."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.numpy import ufuncs
from adjoint.frontend.numpy.arguments import is_part_of_program, operand, static_operand
from adjoint.frontend.numpy.arraylike import as_array
from adjoint.frontend.numpy.expansions import call_expanded
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.links import may_return
from adjoint.frontend.state.memory.views import may_be_given, result_of, write
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array
from adjoint.rules import expansion_of


def call_numpy(
    frame: Frame, target: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], style: str = ""
) -> o.Obj:
    """An `apply` of a NumPy or math function."""
    lowering = frame.lowering
    names = _parameter_names(target)
    args = [foreign.as_operand(frame, arg) for arg in args]
    kwargs = {name: foreign.as_operand(frame, arg) for name, arg in kwargs.items()}
    args = ufuncs.out_by_name(target, names, args, kwargs)
    out = kwargs.pop("out", None)
    if isinstance(out, o.Known) and out.value is None:
        out = None
    if isinstance(out, o.Seq) and len(out.items) == 1:
        out = out.items[0]
    if out is not None and not isinstance(out, o.Ref):
        raise UnsupportedError("out= must be one array")
    if "copy" in kwargs:
        target = with_copy_option(target, constant_of(kwargs.pop("copy"))[1])
    if constant_of(kwargs.pop("overwrite_input", o.Known(False)))[1] is not False:
        raise UnsupportedError("overwrite_input= leaves the array in no certain order",
                               instead="leave it out")  # fmt: skip
    args = [as_array(frame, target, arg) for arg in args]
    kwargs = {name: as_array(frame, target, arg) for name, arg in kwargs.items()}
    composition = expansion_of(target)
    if composition is not None:
        made = call_expanded(frame, target, composition, names, args, kwargs)
        if out is None:
            return made
        write(frame, out, lowering.value(made))
        return out
    while (
        len(args) < len(names)
        and names[len(args)] in kwargs
        and not (is_part_of_program(target, names[len(args)]))
    ):
        args.append(kwargs.pop(names[len(args)]))
    positional: list[Value] = []
    for k, obj in enumerate(args):
        must = k < len(names) and is_part_of_program(target, names[k]) and k > 0
        positional.append(static_operand(frame, obj, names[k]) if must else operand(frame, obj))
    named = {
        k: static_operand(frame, v, k) if is_part_of_program(target, k) else operand(frame, v)
        for k, v in kwargs.items()
    }
    if isinstance(target, np.ufunc):
        value = ufuncs.apply(frame, target, positional, named, out)
    else:
        value = lowering.builder.apply(target, *positional, **named)
    if style and value.op is not None:
        value.op.attrs["style"] = style
    if style == "flatten" or not args:
        return lowering.wrap(value)
    result = result_of(frame, target, args[0], value)
    if may_be_given(target, value):
        result = may_return(result, [o.Seq(tuple, [*args, *kwargs.values()])])
        frame.pending.append(result)
    if out is None:
        return result
    write(frame, out, lowering.value(result))
    return out


@functools.lru_cache(maxsize=1024)
def _parameter_names(target: Any) -> tuple[str, ...]:
    if isinstance(getattr(target, "__self__", None), np.ufunc):
        return ufuncs.METHOD_PARAMETERS[target.__name__]
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    )


def with_copy_option(target: Any, copy: Any) -> Any:
    """The function that does without being told what `copy=` says: True, or None for perhaps."""
    makers = (np.array, np.asarray, np.asanyarray)
    if copy is True:
        return np.array if target in makers else target
    if copy is None and target in (*makers, np.reshape):
        return np.asarray if target in makers else target
    raise UnsupportedError(
        f"copy={copy} decides when the program runs what shares memory", instead="leave it out"
    )


def cast(frame: Frame, owner: o.Ref, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`x.astype(dtype)`; without a copy where none is needed, when asked for."""
    options = dict(kwargs)
    if not args and "dtype" not in options or len(args) > 1:
        raise UnsupportedError("astype is only supported with a dtype and copy=")
    given = args[0] if args else options.pop("dtype")
    dtype = np.dtype(static_operand(frame, given, "dtype").value)  # type: ignore[attr-defined]
    copy = static_operand(frame, options.pop("copy", o.Ref(Constant(True))), "copy")
    if options:
        raise UnsupportedError("astype is only supported with a dtype and copy=")
    value = frame.lowering.current(owner)
    if not copy.value:  # type: ignore[attr-defined]
        if not isinstance(value.type, Array):
            raise UnsupportedError("astype with copy=False of an array of unknown type")
        if value.type.dtype == dtype:
            return owner
    return o.Ref(frame.lowering.builder.apply(np.astype, value, dtype))


def call_random(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """A draw: once for each run of the program, in order."""
    if python is np.random.get_state:
        raise UnsupportedError(
            "get_state makes a generator", instead="make it outside of the function"
        )
    if python.__name__ == "shuffle":
        raise UnsupportedError(
            "shuffle changes its argument in place", instead="index with a permutation"
        )
    return call_numpy(frame, python, args, kwargs)
