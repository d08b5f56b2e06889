"""A generated program as a module of its own, which needs only NumPy."""

from __future__ import annotations

import inspect
import textwrap
from typing import Any

from adjoint.emit.module import Emitted
from adjoint.errors import UnsupportedError


def module_text(emitted: Emitted, captured: dict[str, Any]) -> str:
    """The text of a module that runs without adjoint.

    Helpers of adjoint's runtime are embedded as source; captured numbers become defaults.

    Raises
    ------
    UnsupportedError : a captured value that has no literal; the message names it.
    """
    imports, body = [], []
    for line in emitted.source.splitlines():
        if not line.startswith("from adjoint."):
            (imports if line.startswith(("import ", "from ")) and not body else body).append(line)
    helpers = []
    for name, target in _closure(emitted.helpers).items():
        module = getattr(target, "__module__", "")
        if not module.startswith("adjoint."):
            imports.append(f"from {module} import {name}")
            continue
        text = textwrap.dedent(inspect.getsource(target))
        helpers.append(text)
        if "np." in text:
            imports.append("import numpy as np")
    for name in emitted.embedded:
        raise UnsupportedError(f"'{name}' is captured from outside and has no literal")
    text = "\n".join(body).strip("\n")
    for name, value in captured.items():
        if not isinstance(value, (int, float, bool, str, type(None))):
            raise UnsupportedError(
                f"the global or enclosing value '{name}' is no literal, so that the module could "
                "not be saved",
                instead="pass it as an argument",
            )
        text = _with_default(text, name, value)
    parts = []
    if helpers:
        imports.append("from typing import Any")
        imports.insert(0, "from __future__ import annotations")
    if imports:
        parts.append("\n".join(dict.fromkeys(imports)))
    parts += [h.strip("\n") for h in helpers]
    parts.append(text)
    return "\n\n\n".join(parts) + "\n"


def _closure(helpers: dict[str, Any]) -> dict[str, Any]:
    """The helpers, and what they call of their own module."""
    found: dict[str, Any] = {}
    work = list(helpers.values())
    while work:
        target = work.pop()
        if target.__name__ in found:
            continue
        found[target.__name__] = target
        code = getattr(target, "__code__", None)
        names = code.co_names if code is not None else ()
        for name in names:
            other = target.__globals__.get(name)
            if inspect.isfunction(other) and other.__module__.startswith("adjoint."):
                work.append(other)
    return dict(sorted(found.items()))


def _with_default(text: str, name: str, value: Any) -> str:
    """Give the keyword-only parameter `name` a default."""
    head, _, rest = text.partition("):")
    return head.replace(f" {name}", f" {name}={value!r}", 1) + "):" + rest
