"""How the text calls Python objects, and what its module must provide for that."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Collection
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Function
from adjoint.ir.effects import is_random

#: The packages that programs may call functions of.
PACKAGES = ("special", "linalg", "signal")

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
    parts = module.split(".")
    for k in range(1, len(parts)):
        prefix = ".".join(parts[:k])
        if prefix != "adjoint" and getattr(sys.modules.get(prefix), own, None) is target:
            return prefix
    return module


class References:
    """The references of one function.

    Attributes
    ----------
    parameters : the names that may hide others.
    helpers, embedded : functions and objects that the module needs, shared by all its functions.
    imports : the import statements that the text needs.
    """

    def __init__(
        self,
        function: Function,
        parameters: Collection[str],
        helpers: dict[str, Any],
        embedded: dict[str, Any],
    ):
        self.function, self.parameters = function, parameters
        self.helpers, self.embedded = helpers, embedded
        self.imports: set[str] = set()

    def use_numpy(self) -> None:
        self._import("np", "NumPy", "import numpy as np")

    def use_scipy(self, package: str) -> None:
        self._import(package, f"scipy.{package}", f"from scipy import {package}")

    def _import(self, name_: str, what: str, statement: str) -> None:
        if name_ in self.parameters:
            raise UnsupportedError(
                f"a parameter named '{name_}' hides {what} in the generated code",
                self.function.span,
                "give the parameter another name",
            )
        self.imports.add(statement)

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
            self.imports.add(f"import {module}")
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
        known_as = base = f"{own}_vjp" if module.startswith("adjoint.rules") else own
        version = 0
        while self.helpers.get(known_as, target) is not target:
            version += 1
            known_as = f"{base}_{version}"
        self.helpers[known_as] = target
        return known_as

    def module(self, python: types.ModuleType) -> str:
        """The name of a module, which is imported."""
        name = python.__name__
        if sys.modules.get(name) is not python or name.partition(".")[0] in self.parameters:
            return self.embed(python)
        self.imports.add(f"import {name}")
        return name

    def builtin(self, own: str) -> str:
        """The text for a builtin, which a parameter may hide."""
        if own in self.parameters:
            self.imports.add("import builtins")
            return f"builtins.{own}"
        return own

    def embed(self, python: Any) -> str:
        """A name for an object that has no literal: it is handed to the module when it runs."""
        for known, value in self.embedded.items():
            if value is python:
                return known
        known = f"captured_{len(self.embedded)}"
        self.embedded[known] = python
        return known

    def nobody(self) -> str:
        """The name of a loop variable that nobody reads."""
        return "_unused" if "_" in self.parameters else "_"
