"""Constants of the program: Python objects that are known when compiling."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.frontend.state import objects as o
from adjoint.ir.core import Constant


def constant_of(obj: o.Obj) -> tuple[bool, Any]:
    """(True, the Python object) when the object is part of the program, else (False, None)."""
    match obj:
        case o.Outside():
            return constant_of(obj.whole()) if obj.is_constant() else (False, None)
        case o.Known(value):
            return True, value
        case o.Ref(value) if isinstance(value, Constant):
            return True, value.value
        case o.Seq(kind, items):
            parts = [constant_of(i) for i in items]
            if all(known for known, _ in parts):
                make = getattr(kind, "_make", kind)  # a named tuple takes its items one by one
                return True, make([v for _, v in parts])
    return False, None


def key_object(key: object) -> o.Obj:
    if type(key) is tuple:
        return o.Seq(tuple, [key_object(part) for part in key])
    number = type(key) in (int, float, bool)
    return o.Ref(Constant(key)) if number else o.Known(key)


def wrap_constant(python: Any) -> o.Obj:
    if type(python) in (bool, int, float, complex) or is_numpy_number(python):
        return o.Ref(Constant(python))
    if type(python) in (tuple, list):
        return o.Seq(type(python), [wrap_constant(p) for p in python], shared=o.FOREIGN)
    if type(python) is dict:
        return o.Mapping({k: wrap_constant(v) for k, v in python.items()}, shared=o.FOREIGN)
    return o.Known(python)


def wrap_python(python: Any) -> o.Obj:
    """An object captured inside a partial or a bound method."""
    if isinstance(python, np.ndarray):
        return o.Ref(Constant(python))
    return wrap_constant(python)


def is_numpy_number(python: Any) -> bool:
    return isinstance(python, np.generic) and python.dtype.kind in "biufc"


def fold(target: Callable[..., Any], *operands: o.Obj) -> o.Obj | None:
    """The result on integers, strings and the like, which decide the program's structure."""
    values = [constant_of(x) for x in operands]
    if not all(known for known, _ in values):
        return None
    python = [v for _, v in values]
    if any(isinstance(v, (float, complex, np.ndarray, np.generic, type)) for v in python):
        return None
    try:
        result = target(*python)
    except Exception:
        return None
    if isinstance(result, float):
        return None
    return wrap_constant(result)
