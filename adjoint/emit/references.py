"""How the text calls the functions of SciPy: by their public names."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

#: The packages that programs may call functions of.
PACKAGES = ("special", "linalg", "signal")

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
