"""The folder that keeps compiled code between processes.

Each text is a file `<digest>.py` there, which is what lets Numba keep its machine code beside it.
Numba's entries are pickles, so that the folder must belong to this user, and nobody else may write
into it; else nothing is read from it.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

#: The environment variable that names another folder; empty for no folder at all.
VARIABLE = "ADJOINT_CACHE_DIR"


def folder() -> Path | None:
    """The folder, which is made if need be; None where there is none that can be trusted."""
    given = os.environ.get(VARIABLE)
    if given == "":
        return None
    if given is None:
        home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        if sys.platform == "win32":
            home = os.environ.get("LOCALAPPDATA") or home
        if not os.path.isabs(home):
            return None
        given = os.path.join(home, "adjoint", "numba")
    path = Path(given)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path if is_private(path) else None
    except OSError:
        return None


def is_private(path: Path) -> bool:
    """Is this a folder of this user's, that nobody else may read or write?"""
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode):
        return False
    if hasattr(os, "getuid"):
        return found.st_uid == os.getuid() and not found.st_mode & 0o077
    return True


def write(text: str) -> Path | None:
    """The file of this text in the folder, written at once or not at all."""
    into = folder()
    if into is None:
        return None
    content = text.encode()
    path = into / f"adjoint_{hashlib.sha256(content).hexdigest()[:32]}.py"
    try:
        if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
            return path  # Numba's entries are for this very file
        number, name = tempfile.mkstemp(".tmp", "writing_", into)
        with os.fdopen(number, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except OSError:
        return None
    return path


def forget(path: Path) -> None:
    """Drop what Numba has kept for a file, which it could not read."""
    for entry in path.parent.glob(f"__pycache__/{path.stem}.*.nb[ic]"):
        entry.unlink(missing_ok=True)
