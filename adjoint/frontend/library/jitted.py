"""Functions that Numba compiled: the program is the Python function below the decorator."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.inlining import inline_function
from adjoint.frontend.keys.places import Place
from adjoint.frontend.library.functional import element_by_element, elements_by_element, inlined
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.ir.types import is_complex
from adjoint.kinds import behind_numba, is_of_numba

#: Values that Numba copies into machine code.
_FROZEN = (int, float, complex, tuple, np.generic, np.ndarray)


def behind_range(python: Any) -> Any:
    """`range` for `numba.prange`: derivatives run one iteration after the other."""
    numba = sys.modules.get("numba")
    return range if python is getattr(numba, "prange", None) and python is not None else python


def call_jitted(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj | None:
    """A call of what a decorator of Numba's made; None for other callables.

    Raises
    ------
    UnsupportedError : for kernels, which write their results into arguments; for ufuncs of
        declared types; and where the compiled function has an older value of a global.
    """
    if not is_of_numba(python) or isinstance(python, type):
        return None
    kind, function = type(python).__name__, behind_numba(python)
    if kind == "DUFunc":
        return _call_ufunc(frame, python, args, kwargs)
    if function is None:
        raise UnsupportedError(
            f"{getattr(python, '__name__', 'this')} is a {kind} of Numba's: only functions of "
            "@njit and @vectorize have a derivative",
            instead="write it with @numba.njit as a function that returns its result, or give it "
            "a derivative with adjoint.custom_vjp",
        )
    if kind == "CPUDispatcher":
        frame.lowering.outside.fixed(Place.of("attribute", python, "py_func"))
        _check_frozen(frame, python, function)
    return inline_function(frame, function, args, kwargs)


def _call_ufunc(
    frame: Frame, ufunc: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    if ufunc._frozen or kwargs:
        raise UnsupportedError(
            "@numba.vectorize with declared types, and calls of it with keywords, have no "
            "derivative",
            instead="leave out the types and keywords, or write a loop over the elements",
        )
    scalar = ufunc._dispatcher
    _check_frozen(frame, scalar, scalar.py_func)
    values = [frame.lowering.value(arg) for arg in args]
    if all(getattr(value, "ndim", 0) == 0 for value in values):
        return inline_function(frame, scalar.py_func, args, {})
    program = element_by_element if len(args) == 1 else elements_by_element
    real = not any(is_complex(value.type) for value in values)
    dtype = np.dtype(float) if real else None  # Numba takes one type for all results
    return inlined(frame, program, o.Known(scalar.py_func), o.Known(dtype), *args)


def _check_frozen(frame: Frame, dispatcher: Any, function: types.FunctionType) -> None:
    """Numba reads globals when it compiles, Python at every call: refuse where these differ."""
    places = {
        name: Place.of("attribute", cell, "cell_contents")
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        )
    }
    for name in set(function.__code__.co_names) & set(function.__globals__):
        places[name] = Place.of("entry", function.__globals__, name)
    outside = frame.lowering.outside
    now = {name: outside.load(place) for name, place in places.items()}
    for name, value in now.items():
        if isinstance(value, _FROZEN):
            outside.fixed(places[name])
    for types_, compiled in list(dispatcher.overloads.items()):
        for read in _reads(getattr(compiled.type_annotation, "blocks", {})):  # none if cached
            if type(read).__name__ not in ("Global", "FreeVar") or read.name not in now:
                continue
            held = now[read.name]
            if read.value is not held and not _is_equal(read.value, held):
                outside.fixed(Place.of("entry", dispatcher.overloads, types_))
                raise UnsupportedError(
                    f"Numba compiled {function.__qualname__} when {read.name} had another value",
                    instead=f"call {function.__name__}.recompile(), or pass {read.name} as an "
                    "argument",
                )


def _reads(blocks: dict[int, Any]) -> Iterator[Any]:
    """The right-hand sides of the assignments in Numba's IR; a parallel loop has blocks too."""
    for block in blocks.values():
        for statement in block.body:
            if type(statement).__name__ == "Assign":
                yield statement.value
            yield from _reads(vars(statement).get("loop_body", {}))


def _is_equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return type(a) is type(b) and np.array_equal(a, b)
    return type(a) is type(b) and bool(a == b)
