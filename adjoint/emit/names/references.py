"""How the text calls Python objects, and what its module must provide for that."""

from __future__ import annotations

import builtins
import itertools
import sys
import types
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Function
from adjoint.ir.effects import is_random

#: The packages that programs may call functions of.
PACKAGES = ("special", "linalg", "signal", "optimize", "integrate", "ndimage")

#: The names of loop variables that nobody reads.
_NOBODY = ("_", "_unused")
#: Names that mean the same in every text.
_FIXED = frozenset({"np", "math", "cmath", *PACKAGES, *vars(builtins), *_NOBODY})

_NUMPY_SPACES = (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft))

#: Functions whose own name is not the one that people know.
_KNOWN_AS = {"psi": "digamma"}


def scipy_name(target: Any) -> str:
    """`package.function` for a public function of SciPy, the empty string for anything else."""
    own = getattr(target, "__name__", "")
    if vars(np).get(own) is target:
        return ""
    for package in PACKAGES:
        module = sys.modules.get(f"scipy.{package}")
        if module is not None and getattr(module, own, None) is target:
            return f"{package}.{_KNOWN_AS.get(own, own)}"
    return ""


def public_module(target: Any) -> str:
    """The module that a function is imported from: the shortest that has it, by its own name."""
    module, own = str(target.__module__), target.__name__
    if getattr(sys.modules.get(module.lstrip("_")), own, None) is target:
        module = module.lstrip("_")  # `operator` has what is made in `_operator`
    parts = module.split(".")
    for k in range(1, len(parts)):
        prefix = ".".join(parts[:k])
        if prefix != "adjoint" and getattr(sys.modules.get(prefix), own, None) is target:
            return prefix
    return module


@dataclass
class Globals:
    """What a module provides for its text.

    Attributes
    ----------
    functions : the names of its functions.
    imports : statements that import modules, by the name that they bind.
    helpers, embedded : functions that it imports, and objects that it is handed.
    """

    functions: set[str]
    imports: dict[str, set[str]] = field(default_factory=dict)
    helpers: dict[str, Any] = field(default_factory=dict)
    embedded: dict[str, Any] = field(default_factory=dict)

    def mean_otherwise(self, name: str) -> bool:
        """Does the name mean something else than a helper or an embedded object?"""
        return name in _FIXED or name in self.functions or name in self.imports


class References:
    """The references of one function.

    Attributes
    ----------
    parameters : names of the user's that may hide others.
    globals : what they refer to, shared by all functions of the module.
    names : the global names that the text of this function refers to.
    """

    def __init__(self, function: Function, parameters: Collection[str], module_globals: Globals):
        self.function, self.parameters = function, parameters
        self.globals = module_globals
        self.names: set[str] = set()

    def use_numpy(self) -> None:
        self._import("np", "NumPy", "import numpy as np")

    def use_math(self) -> None:
        self._import("math", "the module math", "import math")

    def use_scipy(self, package: str) -> None:
        self._import(package, f"scipy.{package}", f"from scipy import {package}")

    def _import(self, name_: str, what: str, statement: str) -> None:
        if name_ in self.parameters:
            raise UnsupportedError(
                f"a parameter named '{name_}' hides {what} in the generated code",
                self.function.span,
                "give the parameter another name",
            )
        self.globals.imports.setdefault(name_, set()).add(statement)
        self.names.add(name_)

    def _is_free(self, name_: str) -> bool:
        """May a helper or an embedded object have this name?"""
        return not (name_ in self.parameters or self.globals.mean_otherwise(name_))

    def reference(self, target: Any, preferred: str | None) -> str:
        """How the text calls a Python object, and the import that it needs."""
        module = getattr(target, "__module__", "") or ""
        own = getattr(target, "__name__", "")
        scipy = scipy_name(target)
        if scipy:
            self.use_scipy(scipy.partition(".")[0])
            return scipy
        if is_random(target):
            if getattr(np.random, own, None) == target:
                self.use_numpy()
                return f"np.random.{own}"
            return f"{self.embed(target.__self__)}.{own}"
        if module in ("math", "cmath"):
            self._import(module, f"the module {module}", f"import {module}")
            return f"{module}.{own}"
        if module == "builtins" or getattr(builtins, own, None) is target:
            return self.builtin(own)
        if isinstance(target, np.ufunc) or module.partition(".")[0] == "numpy":
            self.use_numpy()
            path = preferred or own
            for prefix, space in _NUMPY_SPACES:
                if getattr(space, path, None) is target:
                    return f"{prefix}.{path}"
            for prefix, space in _NUMPY_SPACES:
                for alias, found in vars(space).items():
                    if found is target and not alias.startswith("_"):
                        return f"{prefix}.{alias}"
        ufunc = getattr(target, "__self__", None)
        if isinstance(ufunc, np.ufunc):
            return f"{self.reference(ufunc, None)}.{own}"
        if getattr(sys.modules.get(module), own, None) is not target:
            return self.embed(target)  # no module has it by this name
        helpers, embedded = self.globals.helpers, self.globals.embedded
        known_as = base = f"{own}_vjp" if module.startswith("adjoint.rules") else own
        version = 0
        while (
            helpers.get(known_as, target) is not target
            or known_as in embedded
            or not self._is_free(known_as)
        ):
            version += 1
            known_as = f"{base}_{version}"
        helpers[known_as] = target
        self.names.add(known_as)
        return known_as

    def module(self, python: types.ModuleType) -> str:
        """The name of a module, which is imported."""
        name = python.__name__
        first, known = name.partition(".")[0], self.globals
        taken = first in self.parameters or first in known.functions or first in known.helpers
        if sys.modules.get(name) is not python or taken:
            return self.embed(python)
        self._import(first, f"the module {first}", f"import {name}")
        return name

    def builtin(self, own: str) -> str:
        """The text for a builtin, which a parameter may hide."""
        if own in self.parameters or own in self.globals.functions:
            self._import("builtins", "the module builtins", "import builtins")
            return f"builtins.{own}"
        self.names.add(own)
        return own

    def embed(self, python: Any) -> str:
        """A name for an object that has no literal: it is handed to the module when it runs."""
        helpers, embedded = self.globals.helpers, self.globals.embedded
        known = [each for each, value in embedded.items() if value is python]
        new = (f"captured_{k}" for k in itertools.count(len(embedded)))
        free = (each for each in new if each not in embedded and each not in helpers)
        name = next(filter(self._is_free, itertools.chain(known, free)))
        embedded[name] = python
        self.names.add(name)
        return name

    def nobody(self) -> str:
        """The name of a loop variable that nobody reads."""
        return next(each for each in _NOBODY if each not in self.parameters)
