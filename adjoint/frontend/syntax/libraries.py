"""Which files belong to libraries: their lines say nothing to the person who calls them."""

from __future__ import annotations

import functools
from pathlib import Path


@functools.lru_cache(maxsize=1)
def _folders() -> tuple[str, ...]:
    import sysconfig  # slow to import, and asked when the first call of a function is lowered

    names = ("stdlib", "purelib", "platlib")
    found = [str(Path(sysconfig.get_path(name)).resolve()) for name in names]
    return (*found, str(Path(__file__).resolve().parents[2]))


@functools.lru_cache(maxsize=1024)
def is_library(file: str) -> bool:
    """Is this a file of Python, of an installed package or of adjoint itself?"""
    if file.startswith("<"):
        return file.startswith("<frozen") or " of a library, " in file
    path = Path(file).resolve()
    return any(path.is_relative_to(folder) for folder in _folders())
