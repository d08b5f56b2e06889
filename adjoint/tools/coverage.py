"""The table of NumPy's functions: `python -m adjoint.tools.coverage` writes it.

The table is made of the registry of rules, so it cannot say what is not so.
"""

from __future__ import annotations

import importlib
import math
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from adjoint.frontend.library.builtins import BUILTINS
from adjoint.frontend.numpy.writers import WRITERS
from adjoint.rules import expansion_of, is_inactive, rule_for
from adjoint.rules.registry import definition_of, refusal_of, solver_model, stand_in_of

RULE, EXPANDED, SOLVED, INACTIVE, REFUSED, MISSING = (
    "Rule", "Expanded", "Solved", "Inactive", "Not differentiable", "Missing",
)  # fmt: skip
MEANING = {
    RULE: "there is a derivative rule",
    EXPANDED: "the compiler writes it as a composition of functions with rules",
    SOLVED: "the derivative of the solution follows from a theorem ([SciPy](scipy.md))",
    INACTIVE: "the result is discrete or constant: its derivative is zero",
    MISSING: "there is no rule yet; one can be registered ([rules](rules.md))",
}
PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
HEADER = """# Coverage

This page lists each public function of {modules}, for NumPy {version},
and says how programs may use it. `python -m adjoint.tools.coverage` writes it from the registry of
rules. You can ask the registry, too:

```python
import numpy as np

from adjoint.tools.coverage import status

assert status(np.sin) == ("Rule", "")
assert status(np.argmax) == ("Inactive", "")
```
"""


def status(target: Any) -> tuple[str, str]:
    """One of the six states, and for what is not differentiable the reason."""
    if rule_for(target) is not None:
        return RULE, ""
    if solver_model(target) is not None:
        return SOLVED, ""
    if expansion_of(target) is not None or _is_lowered(target):
        return EXPANDED, ""
    if stand_in_of(target) is not None or definition_of(target) is not None:
        return EXPANDED, ""
    if is_inactive(target):
        return INACTIVE, ""
    reason = refusal_of(target)
    return (MISSING, "") if reason is None else (REFUSED, reason)


def _is_lowered(target: Any) -> bool:
    """Does the frontend know this function itself: a builtin, a write, a conversion?"""
    if isinstance(target, type) and issubclass(target, (np.number, np.bool)):
        return refusal_of(target) is None
    try:
        return target in BUILTINS or target in WRITERS
    except TypeError:
        return False


def functions(module: types.ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public callables of a module, but for its exceptions and its tests, by name."""
    for name in sorted(dir(module)):
        target = getattr(module, name)
        error = isinstance(target, type) and issubclass(target, BaseException)
        if not name.startswith("_") and name != "test" and callable(target) and not error:
            yield name, target


def modules() -> list[types.ModuleType]:
    """Those of NumPy, `math`, and the packages of SciPy where it is installed."""
    found = [np, np.linalg, np.fft, math]
    for name in _SCIPY:
        try:
            found.append(importlib.import_module(f"scipy.{name}"))
        except ImportError:
            return found
    return found


#: The packages of SciPy that have rules.
_SCIPY = (
    "special", "linalg", "optimize", "integrate", "interpolate", "sparse", "sparse.linalg",
    "signal", "ndimage",
)  # fmt: skip


def missing(module: types.ModuleType) -> list[str]:
    return [name for name, target in functions(module) if status(target)[0] == MISSING]


def section(module: types.ModuleType) -> str:
    """The functions of a module by state, and with their reasons those that are refused."""
    names: dict[str, list[str]] = {}
    reasons: dict[str, list[str]] = {}
    for name, target in functions(module):
        state, reason = status(target)
        names.setdefault(state, []).append(name)
        if reason:
            reasons.setdefault(reason, []).append(name)
    lines = [f"## {module.__name__}", ""]
    for state, meaning in MEANING.items():
        if state in names:
            lines += [f"**{state}** ({len(names[state])}): {meaning}.", ""]
            lines += [_listed(names[state]), ""]
    if reasons:
        lines += [f"**{REFUSED}** ({len(names[REFUSED])}), with the reason.", ""]
        lines += ["| functions | reason |", "| --- | --- |"]
        lines += [f"| {_listed(chosen)} | {reason} |" for reason, chosen in reasons.items()]
        lines.append("")
    return "\n".join(lines)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def numpy_version() -> str:
    return ".".join(np.__version__.split(".")[:2])


def page() -> str:
    found = modules()
    shown = _listed([m.__name__ for m in found])
    header = HEADER.format(modules=shown, version=numpy_version())
    return "\n".join([header, *map(section, found)])


def main() -> None:
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
