"""What is known of some libraries: who takes copies, who only reads, what comes back."""

from __future__ import annotations

import random
import sys
import types
from typing import Any

import numpy as np

from adjoint.frontend.syntax.libraries import is_library as is_library_file
from adjoint.ir.callables import is_recorded, signature_of
from adjoint.ir.foreign import COPIED, OBJECT
from adjoint.ir.types import FLOAT, INT, Opaque, Type
from adjoint.rules.registry import adoption_of, stand_in_of

#: Packages that show, report or store what they are given: they get copies of active arguments.
SINKS = frozenset({
    "logging", "warnings", "matplotlib", "mpl_toolkits", "seaborn", "pprint", "syslog",
    "wandb", "tensorboard", "loguru", "structlog", "tqdm",
})  # fmt: skip
#: Single functions that do, of other packages.
_SINK_FUNCTIONS = frozenset({
    ("json", "dump"), ("pickle", "dump"), ("csv", "writer"), ("csv", "DictWriter"),
    ("numpy", "save"),
    ("numpy", "savetxt"), ("numpy", "savez"), ("numpy", "savez_compressed"),
    ("traceback", "print_stack"), ("traceback", "print_exc"),
})  # fmt: skip
_WRITING = ("write", "writelines", "flush", "close")

#: Packages whose functions and objects leave the arrays and containers that they get as they are.
_READERS = frozenset({
    "json", "statistics", "re", "math", "decimal", "fractions", "datetime", "calendar", "scipy",
    "pandas", "xarray", "sklearn", "string", "textwrap", "hashlib", "zlib", "base64", "struct",
    "pathlib", "os", "posixpath", "time", "uuid", "html", "urllib", "locale", "unicodedata",
    "itertools", "difflib", "ast", "platform", "sys", "io", "binascii", "tomllib",
    "configparser", "zoneinfo", "csv",
})  # fmt: skip
_READING = frozenset({
    len, sorted, repr, str, format, hash, dict, list, tuple, set, frozenset, bytes, float, int,
    complex, bool, sum, min, max, any, all, open,
})  # fmt: skip
#: Modules of SciPy whose functions compute numbers and arrays, and do nothing else.
_COMPUTING = frozenset({"signal", "special", "fft", "linalg", "interpolate", "ndimage"})
#: Parameters of functions that draw.
_RANDOM = frozenset({"rng", "random_state", "seed"})
#: Arguments that let a function change another argument.
_CHANGING = frozenset({"out", "inplace", "overwrite_a", "overwrite_b", "overwrite_x", "copy"})

#: Modules of the standard library that are about programs, not about data: they are lowered first.
_STRUCTURAL = frozenset({
    "functools", "contextlib", "dataclasses", "collections", "typing", "operator", "itertools",
    "enum", "types", "abc", "copy", "statistics", "numbers", "inspect", "math", "cmath",
    "builtins", "heapq", "bisect", "fractions", "colorsys", "calendar",
})  # fmt: skip
#: Packages of which it is not worth trying to lower a function.
DATA = frozenset({"pandas", "xarray", "matplotlib", "sklearn", "mpl_toolkits", "seaborn"})

_DRAWS = dict.fromkeys(
    ("random", "uniform", "triangular", "gauss", "normalvariate", "lognormvariate", "expovariate",
     "vonmisesvariate", "gammavariate", "betavariate", "paretovariate", "weibullvariate"),
    FLOAT,
) | dict.fromkeys(("randrange", "randint", "getrandbits"), INT)  # fmt: skip
_CLOCKS = dict.fromkeys(
    ("time", "perf_counter", "monotonic", "process_time", "thread_time"), FLOAT
) | dict.fromkeys(
    ("time_ns", "perf_counter_ns", "monotonic_ns", "process_time_ns", "thread_time_ns"), INT
)
#: What makes a generator of random numbers.
_GENERATORS = (np.random.default_rng, np.random.RandomState, np.random.Generator,
               np.random.PCG64, np.random.MT19937, np.random.SeedSequence)  # fmt: skip
#: What reads arrays from files.
_FROM_FILES = (np.load, np.loadtxt, np.genfromtxt, np.fromfile, np.fromregex)


def package_of(python: Any) -> str:
    """The package that a callable or an object comes from."""
    own = getattr(python, "__module__", None)
    module = own if isinstance(own, str) else type(python).__module__
    owner = getattr(python, "__self__", None)
    if module == "builtins" and owner is not None and not isinstance(owner, types.ModuleType):
        module = type(owner).__module__
    package = module.partition(".")[0]
    hidden = package[:1] == "_" != package[1:2]
    return package[1:] if hidden else package  # _csv, _json: the same, written in C


def is_library(python: Any) -> bool:
    """Does this callable come from the standard library, or from an installed package?"""
    package = package_of(python)
    if package == "adjoint":
        return False
    function = getattr(python, "__func__", python)
    code = getattr(function, "__code__", None)
    if isinstance(code, types.CodeType):
        return is_library_file(code.co_filename)
    if {package, f"_{package}"} & sys.stdlib_module_names:
        return True
    found = getattr(sys.modules.get(package), "__file__", None)
    return found is not None and is_library_file(found)


#: They look at the frame that calls them, which the generated function does not have.
_LOOK_AT_FRAMES = (eval, exec, compile, locals, globals, vars, dir, __import__, sys._getframe)


def is_callable_of_a_library(python: Any) -> bool:
    """May a call of it be made at run time, if it cannot be lowered?"""
    if isinstance(python, (type, types.FunctionType, types.BuiltinFunctionType)):
        if any(python is each for each in _LOOK_AT_FRAMES):
            return False
    if isinstance(python, type) and issubclass(python, BaseException):
        return False
    package = package_of(python)
    if package == "numpy":
        made = any(python is each for each in (*_GENERATORS, *_FROM_FILES))
        return made or is_sink(python) or _is_stood_for(python)
    return package != "inspect" and is_library(python)


def _is_stood_for(python: Any) -> bool:
    """Does a record of ours stand for this object, its owner, or what it makes?"""
    owners = python, getattr(python, "__self__", None)
    return stand_in_of(python) is not None or any(adoption_of(type(each)) for each in owners)


def is_unrecorded(python: Any) -> bool:
    """Is this a function of NumPy's that has no record, and that no table here knows?"""
    module = getattr(python, "__module__", "") or ""
    return module.partition(".")[0] == "numpy" and not is_recorded(python)


def is_lowered_first(python: Any) -> bool:
    """Is it worth trying to lower this function of a library, before it is taken as it is?"""
    package = package_of(python)
    if package in DATA or package == "numpy":
        return False
    return package not in sys.stdlib_module_names or package in _STRUCTURAL


def is_sink(python: Any) -> bool:
    """Does this callable only show or store what it is given?"""
    if package_of(python) in SINKS:
        return True
    name = getattr(python, "__name__", "")
    if name in _WRITING and package_of(python) == "io":
        return True
    return (package_of(python), name) in _SINK_FUNCTIONS


def only_reads(python: Any, kwargs: Any) -> bool:
    """Does a callable leave the arrays and containers as they are that it is called with?"""
    if set(kwargs) & _CHANGING:
        return False
    try:
        if python in _READING:
            return True
    except TypeError:
        return False
    return package_of(python) in _READERS or _is_stood_for(python)


def is_evaluated(python: Any) -> bool:
    """May this function be called while compiling, to see what it gives for constants?"""
    parts = (getattr(python, "__module__", None) or "").split(".")
    if parts[0] != "scipy" or not set(parts[1:2]) & _COMPUTING or isinstance(python, type):
        return False
    try:
        return not set(signature_of(python).parameters) & _RANDOM
    except (TypeError, ValueError):
        return isinstance(python, np.ufunc)


def class_only_reads(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in _READERS or adoption_of(cls) is not None


def result_type(python: Any, args: Any, constant: Any) -> Type:
    """The type of what a call gives.

    Parameters
    ----------
    constant : tells of an argument whether it is part of the program, and what it is then.
    """
    name, owner = getattr(python, "__name__", ""), getattr(python, "__self__", None)
    if python is open:
        known, mode = constant(args[1]) if len(args) > 1 else (True, "r")
        written = known and isinstance(mode, str) and "r" not in mode and "+" not in mode
        return COPIED if written else OBJECT
    if is_sink(python):
        return COPIED
    if package_of(python) == "time" and name in _CLOCKS:
        return _CLOCKS[name]
    if isinstance(owner, random.Random):
        return method_type(type(owner), name)
    if python in (np.random.default_rng, np.random.RandomState, random.Random):
        made = np.random.Generator if python is np.random.default_rng else python
        return Opaque(made, foreign=True)
    return Opaque(python, foreign=True) if isinstance(python, type) else OBJECT


def method_type(cls: type, name: str) -> Type:
    """The type of what a method of an object of this class gives."""
    if issubclass(cls, random.Random):
        return _DRAWS.get(name, OBJECT)
    return OBJECT


def stand_in(cls: type) -> Any:
    """Another generator of this class, whose draws tell what type they have."""
    if issubclass(cls, np.random.Generator):
        return np.random.default_rng(0)
    return np.random.RandomState(0) if issubclass(cls, np.random.RandomState) else None
