"""Functions of NumPy that call a function of the user's, or that are made by subscripts.

The first are programs: the compiler reads them here as it reads the user's own.
"""

from __future__ import annotations

import operator
import types
from collections.abc import Callable, Sequence
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


def element_by_element(f: Any, x: Any) -> Any:
    """np.vectorize of a function of one argument."""
    return np.reshape(np.array([f(t) for t in np.ravel(x)]), np.shape(x))


def elements_by_element(f: Any, *arrays: Any) -> Any:
    together = np.broadcast_arrays(*arrays)
    flat = [np.ravel(x) for x in together]
    return np.reshape(np.array([f(*items) for items in zip(*flat)]), together[0].shape)  # noqa: B905


def inlined(frame: Frame, program: Callable[..., Any], *args: o.Obj) -> o.Obj:
    assert isinstance(program, types.FunctionType)
    return inline_function(frame, program, args, {})


def rank(frame: Frame, obj: o.Obj) -> int:
    return frame.lowering.value(obj).ndim


def call_apply_along_axis(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    if len(args) < 3 or kwargs:
        raise UnsupportedError("np.apply_along_axis is only supported with arguments by position")
    program = along_vector if rank(frame, args[2]) == 1 else along_rows
    return inlined(frame, program, *args)


def call_apply_over_axes(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    function, x, axes = args
    known, numbers = constant_of(axes)
    if not known:
        raise UnsupportedError("np.apply_over_axes over axes that are known only at run time")
    for axis in (numbers,) if isinstance(numbers, int) else numbers:
        x = inlined(frame, over_one_axis, function, x, wrap_constant(axis % rank(frame, x)))
    return x


def call_vectorized(frame: Frame, function: Any, args: Sequence[o.Obj]) -> o.Obj:
    """A call of an object that np.vectorize made."""
    if function.excluded or function.signature is not None or function.otypes is not None:
        raise UnsupportedError(
            "np.vectorize with options is not supported", instead="use a loop over the elements"
        )
    pyfunc = frame.lowering.outside.fixed(Place.of("attribute", function, "pyfunc"))
    body: o.Obj = o.Known(pyfunc)
    program = element_by_element if len(args) == 1 else elements_by_element
    return inlined(frame, program, body, *args)


def call_vectorize(frame: Frame, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj:
    if len(args) != 1 or kwargs:
        raise UnsupportedError(
            "np.vectorize with options is not supported", instead="use a loop over the elements"
        )
    return o.Partial(o.Known(apply_vectorized), [args[0]], {})


def apply_vectorized(f: Any, *arrays: Any) -> Any:
    """Apply f element by element, as `np.vectorize(f)` does."""
    if len(arrays) == 1:
        return element_by_element(f, arrays[0])
    return elements_by_element(f, *arrays)


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
    np.fromfunction: call_fromfunction,
    np.fromiter: call_fromiter,
}
