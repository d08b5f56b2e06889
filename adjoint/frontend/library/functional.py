"""Functions of NumPy that call a function of the user's, or that are made by subscripts.

The first are programs: the compiler reads them here as it reads the user's own.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.inlining import inline_function
from adjoint.frontend.keys.places import Place
from adjoint.frontend.numpy.arguments import static_operand
from adjoint.frontend.objects.containers.collecting import container
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import ops
from adjoint.ir.actual import actual_types, is_integer
from adjoint.ir.core import Constant

Call = Callable[[Frame, Sequence[o.Obj], dict[str, o.Obj]], o.Obj]


def along_rows(f: Any, axis: Any, x: Any, *args: Any) -> Any:
    """np.apply_along_axis: the results lie where the axis was."""
    rows = np.moveaxis(x, axis, -1)
    outer = rows.shape[:-1]
    flat = np.reshape(rows, (-1, rows.shape[-1]))
    results = np.array([f(row, *args) for row in flat])
    if results.ndim == 1:
        return np.reshape(results, outer)
    if results.ndim > 2:
        raise NotImplementedError("np.apply_along_axis with a function that returns a matrix")
    return np.moveaxis(np.reshape(results, outer + results.shape[1:]), -1, axis)


def along_vector(f: Any, axis: Any, x: Any, *args: Any) -> Any:
    return np.asarray(f(x, *args))


def over_one_axis(f: Any, x: Any, axis: Any) -> Any:
    """A step of np.apply_over_axes: a result that has lost the axis gets it back."""
    result = f(x, axis)
    return result if result.ndim == x.ndim else np.expand_dims(result, axis)


def element_by_element(f: Any, dtype: Any, x: Any) -> Any:
    """np.vectorize of a function of one argument."""
    results = of_one_kind([f(t) for t in np.ravel(x)], dtype)
    return np.reshape(np.array(results, dtype=dtype), np.shape(x))


def elements_by_element(f: Any, dtype: Any, *arrays: Any) -> Any:
    together = np.broadcast_arrays(*arrays)
    flat = [np.ravel(x) for x in together]
    results = of_one_kind([f(*items) for items in zip(*flat)], dtype)  # noqa: B905
    return np.reshape(np.array(results, dtype=dtype), together[0].shape)


def elements_by_name(f: Any, dtype: Any, names: Any, *arrays: Any) -> Any:
    """np.vectorize where some arguments are given by name, or are excluded."""
    together = np.broadcast_arrays(*arrays)
    flat = [np.ravel(x) for x in together]
    results = of_one_kind([f(**dict(zip(names, items))) for items in zip(*flat)], dtype)  # noqa: B905
    return np.reshape(np.array(results, dtype=dtype), together[0].shape)


def inlined(frame: Frame, program: Callable[..., Any], *args: o.Obj) -> o.Obj:
    assert isinstance(program, types.FunctionType)
    return inline_function(frame, program, args, {})


def rank(frame: Frame, obj: o.Obj) -> int:
    return frame.lowering.value(obj).ndim


def call_apply_along_axis(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    program = along_vector if rank(frame, args[2]) == 1 else along_rows
    function = o.Partial(args[0], [], dict(kwargs.items())) if kwargs else args[0]
    return inlined(frame, program, function, *args[1:])


def call_apply_over_axes(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    function, x, axes = args
    known, numbers = constant_of(axes)
    if not known:
        raise UnsupportedError("np.apply_over_axes over axes that are known only at run time")
    for axis in (numbers,) if isinstance(numbers, int) else numbers:
        x = inlined(frame, over_one_axis, function, x, wrap_constant(axis % rank(frame, x)))
    return x


def of_one_kind(results: Any, dtype: Any) -> Any:
    """The results of np.vectorize: without otypes, all of them get the type of the first one."""
    return results


_CUTS_OFF = (
    "np.vectorize gives all results the type of the first one, which is an integer here; "
    "instead: say which is meant, as in np.vectorize(f, otypes=[float])"
)


def _check_kinds(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    results, dtype = args
    if constant_of(dtype)[1] is None:
        value, apply = frame.lowering.value(results), frame.lowering.builder.apply
        if len({*map(is_integer, actual_types(value))}) > 1:
            first = apply(operator.getitem, value, 0)
            whole = apply(isinstance, first, Constant((int, np.integer, np.bool_)))
            apply(ops.check, apply(operator.not_, whole), Constant(_CUTS_OFF))
    return results


def call_vectorized(
    frame: Frame, function: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    """A call of an object that np.vectorize made."""
    outside = frame.lowering.outside
    pyfunc, otypes, excluded, signature = (
        outside.fixed(Place.of("attribute", function, name))
        for name in ("pyfunc", "otypes", "excluded", "signature")
    )
    outside.contents(excluded)
    options = _Vectorized(otypes, frozenset(excluded), signature)
    return _element_by_element(frame, o.Known(pyfunc), options, args, kwargs)


@dataclass(frozen=True)
class _Vectorized:
    """The options of np.vectorize."""

    otypes: Any = None
    excluded: frozenset[Any] = frozenset()
    signature: str | None = None


def call_vectorize(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """`np.vectorize(f, otypes=..., excluded=...)`."""
    if not args and "pyfunc" not in kwargs:  # a decorator
        return o.Partial(o.Known(np.vectorize), [], dict(kwargs.items()))
    constants = {name: constant_of(kwargs.get(name, o.Known(None)))
                 for name in ("otypes", "signature")}  # fmt: skip
    given = kwargs.get("excluded", o.Known(None))
    excluded = frozenset(given.items) if isinstance(given, o.Mapping) else constant_of(given)[1]
    if len(args) != 1 or not all(known for known, _ in constants.values()):
        raise UnsupportedError("np.vectorize is supported with its options by name, which have to "
                               "be part of the program")  # fmt: skip
    options = _Vectorized(
        constants["otypes"][1], frozenset(excluded or ()), constants["signature"][1]
    )
    return o.Partial(o.Known(apply_vectorized), [args[0], o.Known(options)], {})


def apply_vectorized(f: Any, options: Any, *arrays: Any, **named: Any) -> Any:
    """Apply f element by element, as `np.vectorize(f, **options)` does."""
    raise NotImplementedError("it is a program: see `call_apply_vectorized`")


def call_apply_vectorized(
    frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    function, options, *arrays = args
    return _element_by_element(frame, function, constant_of(options)[1], arrays,
                               dict(kwargs.items()))  # fmt: skip


def _element_by_element(
    frame: Frame,
    function: o.Obj,
    options: _Vectorized,
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj],
) -> o.Obj:
    types_ = [] if options.otypes is None else [np.dtype(t) for t in options.otypes]
    if options.signature is not None or len(types_) > 1:
        raise UnsupportedError("np.vectorize with a signature, or with several results",
                               instead="use a loop over the elements")  # fmt: skip
    dtype = o.Known(types_[0] if types_ else None)
    if not (kwargs or options.excluded):
        program = element_by_element if len(args) == 1 else elements_by_element
        return inlined(frame, program, function, dtype, *args)
    names = _names_of(function)
    if len(names) < len(args):
        raise UnsupportedError("np.vectorize with arguments by name of a function whose "
                               "parameters are not known", instead="use a loop")  # fmt: skip
    excluded = {names[k] if isinstance(k, int) and k < len(names) else k for k in options.excluded}
    given = {**dict(zip(names, args, strict=False)), **kwargs}
    fixed = {name: obj for name, obj in given.items() if name in excluded}
    looped = {name: obj for name, obj in given.items() if name not in excluded}
    if not looped:
        raise UnsupportedError("np.vectorize with no argument to loop over")
    body = o.Partial(function, [], fixed)
    keys = wrap_constant(tuple(looped))
    return inlined(frame, elements_by_name, body, dtype, keys, *looped.values())


def _names_of(function: o.Obj) -> list[str]:
    """The names of the parameters that a function takes by position or name."""
    if isinstance(function, o.Closure):
        return [a.id for a in function.node.args.args]
    code = getattr(constant_of(function)[1], "__code__", None)
    if not isinstance(code, types.CodeType):
        return []
    return list(code.co_varnames[code.co_posonlyargcount : code.co_argcount])


def call_fromfunction(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    """The function is called once, with arrays of the indices along each axis."""
    function, shape = args[:2]
    dtype = constant_of(kwargs.pop("dtype", o.Known(float)))[1]
    lowering = frame.lowering
    grids = lowering.builder.apply(np.indices, lowering.value(shape), dtype=dtype)
    items = [lowering.builder.apply(operator.getitem, grids, k) for k in range(grids.ndim - 1)]
    return call_object(frame, function, [lowering.wrap(i) for i in items], kwargs, None)


def call_fromiter(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    dtype = args[1] if len(args) > 1 else kwargs.get("dtype", o.Known(None))
    if len(args) > 2 or set(kwargs) - {"dtype"}:
        raise UnsupportedError("np.fromiter is only supported with an iterable and a dtype")
    items = frame.lowering.value(container(list)(frame, args[:1], {}))
    return o.Ref(
        frame.lowering.builder.apply(np.array, items, dtype=static_operand(frame, dtype, "dtype"))
    )


PROGRAMS: dict[Any, Call] = {
    np.apply_along_axis: call_apply_along_axis,
    np.apply_over_axes: call_apply_over_axes,
    np.vectorize: call_vectorize,
    apply_vectorized: call_apply_vectorized,
    of_one_kind: _check_kinds,
    np.fromfunction: call_fromfunction,
    np.fromiter: call_fromiter,
}
