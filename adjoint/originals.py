"""The functions of libraries as they were when the package was imported.

A program means by `np.sin` what stands there when it is called. The compiler and the text that it
writes mean NumPy's own functions: a rule that multiplies by `np.cos(x)` must not call the function
of `np.cos = logged(np.cos)`. So they see copies of the modules, which nobody changes.
"""

from __future__ import annotations

import builtins
import cmath
import functools
import math
import operator
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_LIBRARIES = frozenset({"numpy", "scipy", "math", "cmath", "operator", "functools"})
_MODULES: list[types.ModuleType] = [np, np.linalg, np.fft, np.random, math, cmath, operator,
                                    functools]  # fmt: skip
_KEPT: dict[int, dict[str, Any]] = {id(module): {**vars(module)} for module in _MODULES}
_COPIES: dict[int, types.ModuleType] = {}

#: Python's own functions, for the text that is run.
BUILTINS: dict[str, Any] = {**vars(builtins)}
#: Those that every file of the compiler calls.
_CALLED = frozenset(
    "abs all any bool callable complex dict divmod enumerate filter float frozenset getattr "
    "hasattr hash id int isinstance issubclass iter len list map max min next pow range repr "
    "reversed round set slice sorted str sum tuple type vars zip".split()
)


def replaced_builtins() -> list[str]:
    """The functions of Python that somebody has replaced, and that the compiler itself calls."""
    present = vars(builtins)
    return [name for name in sorted(_CALLED) if present.get(name) is not BUILTINS[name]]


def original(module: types.ModuleType) -> types.ModuleType:
    """The copy of a library's module; any other module as it is."""
    if module.__name__.partition(".")[0] not in _LIBRARIES or type(module) is not types.ModuleType:
        return module
    found = _COPIES.get(id(module))
    if found is None:
        found = types.ModuleType(module.__name__)
        _COPIES[id(module)] = _COPIES[id(found)] = found
        found.__dict__.update(_KEPT.get(id(module), vars(module)))
        use_originals(found.__dict__)  # np.linalg
    return found


def use_originals(namespace: dict[str, Any]) -> None:
    """Let the names of these globals that mean modules of libraries mean their copies."""
    for name, value in [*namespace.items()]:
        if isinstance(value, types.ModuleType):
            namespace[name] = original(value)


@contextmanager
def originals() -> Iterator[None]:
    """Have the original functions in place while files of the compiler are imported.

    The tables of the compiler are filled then, such as that of the rule of each function.
    """
    changed = [
        (module, name, vars(module)[name], kept)
        for module in _MODULES
        for name, kept in _KEPT[id(module)].items()
        if vars(module).get(name, kept) is not kept
    ]
    for module, name, _, kept in changed:
        setattr(module, name, kept)
    try:
        yield
    finally:
        for module, name, present, _ in changed:
            setattr(module, name, present)
        for name, module in [*sys.modules.items()]:
            if name.startswith("adjoint."):
                use_originals(vars(module))
