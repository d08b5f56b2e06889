"""The variables of a function: one for each value, except where a loop carries it.

Numba numbers the versions of a variable `s` as `s.1` or `s_1`, so that no name may end in an
underscore and digits.
"""

from __future__ import annotations

import builtins
import keyword
import re

from adjoint.ir.core import Value

_TAKEN = frozenset({*vars(builtins), *keyword.kwlist, "np", "math", "njit", "_"})
_VERSION = re.compile(r"_\d+$")


class Names:
    """Gives every value a name, and lets values share one."""

    def __init__(self, reserved: set[str]):
        self.used = set(reserved) | _TAKEN
        self.names: dict[Value, str] = {}

    def of(self, value: Value) -> str:
        if value not in self.names:
            self.names[value] = self.fresh(_base(value))
        return self.names[value]

    def share(self, value: Value, text: str) -> None:
        """Let the value be in this variable."""
        self.names[value] = text

    def fresh(self, base: str) -> str:
        """A name that nothing has."""
        base = base if base.isidentifier() else "value"
        if _VERSION.search(base):
            base += "_"
        name, version = base, 1
        while name in self.used:
            version += 1
            name = f"{base}_v{version}"
        self.used.add(name)
        return name


def _base(value: Value) -> str:
    if value.name:
        return value.name
    if value.of is not None and value.of.name:
        return f"{value.of.name}_bar"
    return "t"
