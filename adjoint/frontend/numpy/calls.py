"""Calls of NumPy: its arguments, where the result goes, and whose memory that may be."""

from __future__ import annotations

import inspect
import math
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.numpy import ufuncs
from adjoint.frontend.numpy.arguments import is_part_of_program, operand, static_operand
from adjoint.frontend.numpy.arraylike import as_array
from adjoint.frontend.numpy.expansions import call_expanded
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.kinds import check_is_iterable
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.views import object_of, write
from adjoint.frontend.state.store import is_mutable
from adjoint.ir.callables import Call, parameter_names, signature_of
from adjoint.ir.core import Constant, Value
from adjoint.ir.descriptions import described
from adjoint.ir.types import Array, is_many, is_numeric
from adjoint.rules import expansion_of


def call_numpy(
    frame: Frame, target: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj], style: str = ""
) -> o.Obj:
    """An `apply` of a NumPy or math function."""
    ours = expansion_of(target) is target  # it looks at the objects while compiling
    of_objects = None if style or ours else foreign.of_numpy(frame, target, args, kwargs)
    if of_objects is not None:
        return of_objects
    lowering = frame.lowering
    names = _parameter_names(target)
    if not style:
        _check_keywords(target, kwargs)
    if not ours:
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
    if target is np.nan_to_num and out is None:
        args, kwargs, out = _in_place(frame, args, kwargs)
    if "copy" in kwargs:
        target = with_copy_option(target, constant_of(kwargs.pop("copy"))[1])
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    for name in [n for n in given if n.startswith("overwrite_")]:
        if constant_of(given[name])[1] is not False:
            raise UnsupportedError(f"{name}= leaves an array with no certain elements",
                                   instead="leave it out")  # fmt: skip
        kwargs.pop(name, None)
    args = [
        as_array(frame, target, arg, names[k] if k < len(names) else "", first=k == 0)
        for k, arg in enumerate(args)
    ]
    kwargs = {name: as_array(frame, target, arg, name) for name, arg in kwargs.items()}
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
    if any(target is each for each in _OF_SEQUENCES):
        for obj in args:
            check_is_iterable(frame, obj)
    elif getattr(target, "__module__", None) == "math":
        refuse_arrays(target, positional)
    if isinstance(target, np.ufunc):
        value = ufuncs.apply(frame, target, positional, named, out)
    else:
        value = lowering.builder.apply(target, *positional, **named)
    if style and value.op is not None:
        value.op.attrs["style"] = style
    if style == "flatten" or not args:
        return lowering.wrap(value)
    call = Call(target, positional, named)
    result = object_of(frame, call, [*args, *kwargs.values()], value)
    if out is None:
        return result
    write(frame, out, lowering.value(result))
    return out


def _in_place(
    frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> tuple[Sequence[o.Obj], dict[str, o.Obj], o.Ref | None]:
    """The arguments of `np.nan_to_num(x, copy=False)`, which writes its result into an array x."""
    first = args[0]
    copy = kwargs.pop("copy", args[1] if len(args) > 1 else o.Known(True))
    known, python = constant_of(copy)
    if not known:
        raise UnsupportedError("copy= is known only at run time")
    args = [first, o.Known(True), *args[2:]] if len(args) > 1 else args
    changes = isinstance(first, o.Ref) and is_mutable(frame.lowering.current(first).type)
    return args, kwargs, first if changes and not python else None  # type: ignore[return-value]


def refuse_arrays(target: Any, values: Sequence[Value]) -> None:
    """Refuse an array in the place of the number that a function of `math` takes."""
    for value in values:
        if isinstance(value.type, Array) and any(map(is_many, value.type.dims)):
            name = target.__name__
            like = _NUMPY_NAMES.get(name, name)
            raise CertainError(
                TypeError,
                f"math.{name} takes one number, and this is {described(value.type)}",
                "only 0-dimensional arrays can be converted to Python scalars",
                instead=f"write np.{like}" if hasattr(np, like) else "use a function of NumPy's",
            )


#: Functions of `math` that take their numbers from any iterable.
_OF_SEQUENCES = (math.fsum, math.prod, math.dist, getattr(math, "sumprod", None))
#: Functions of `math` that have another name in NumPy.
_NUMPY_NAMES = {"fabs": "abs", "pow": "power"}


def _check_keywords(target: Any, kwargs: Iterable[str]) -> None:
    """Python refuses a parameter by name that is given by position only."""
    try:
        parameters = signature_of(target).parameters
    except (TypeError, ValueError):
        return
    for name in kwargs:
        if name in parameters and parameters[name].kind is inspect.Parameter.POSITIONAL_ONLY:
            said = f"{getattr(target, '__name__', target)}() takes '{name}' by position only"
            raise CertainError(TypeError, said, said, instead=f"leave out `{name}=`")


def _parameter_names(target: Any) -> tuple[str, ...]:
    if isinstance(getattr(target, "__self__", None), np.ufunc):
        return ufuncs.METHOD_PARAMETERS[target.__name__]
    return parameter_names(target)


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
    value = frame.lowering.operand(owner)
    if not copy.value:  # type: ignore[attr-defined]
        if not isinstance(value.type, Array):
            raise UnsupportedError("astype with copy=False of an array of unknown type")
        if value.type.dtype == dtype:
            return owner
    return o.Ref(frame.lowering.builder.apply(np.astype, value, dtype))


def call_scalar_type(
    frame: Frame, python: type[np.generic], args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """`np.float64(x)`: a number; of an array, the array itself where that is its dtype."""
    if kwargs or len(args) > 1:
        raise UnsupportedError(f"np.{python.__name__} is only supported with one argument")
    if not args:
        return frame.lowering.constant(python())
    apply, dtype = frame.lowering.builder.apply, np.dtype(python)
    value = frame.lowering.value(args[0])
    if not is_numeric(value.type):
        return o.Ref(apply(np.array, value, dtype=dtype))
    if isinstance(value.type, Array) and value.type.dims and value.type.dtype == dtype:
        return args[0]
    made = apply(np.astype, value, dtype)
    is_array = isinstance(value.type, Array) and not value.type.dims and not value.type.scalar
    return o.Ref(apply(operator.getitem, made, ()) if is_array else made)


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
