"""The compiler, as the public functions see it: the one lazy import of the package.

`from adjoint import grad` costs little more than `import numpy`, because it loads the public names
and none of the stages behind them. The public functions use the stages as attributes of this
module. The first use loads the whole compiler, so that there are two states and no more: `load`
is the only place of the package that imports a part of it later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from adjoint.originals import originals

if TYPE_CHECKING:
    from adjoint.api import pickling as pickling
    from adjoint.api.dispatch import Dispatch as Dispatch
    from adjoint.api.library import as_python as as_python
    from adjoint.api.library import is_known as is_known
    from adjoint.api.programs import annotate as annotate
    from adjoint.api.programs import explain as explain
    from adjoint.emit.saving import module_text as module_text
    from adjoint.frontend.syntax.texts import carry as carry
    from adjoint.ir.descriptions import described_python as described_python
    from adjoint.rules import registry as registry

_LOADING = threading.RLock()
_loaded = False
_waiting: list[Callable[[], object]] = []


def is_loaded() -> bool:
    return _loaded


def load() -> None:
    """Import the compiler, and make the declarations that have waited for its own rules."""
    global _loaded
    if _loaded:
        return
    with _LOADING:
        if _loaded:  # by another thread
            return
        with originals():
            import adjoint.inside  # noqa: F401  (what the public names mean in a program)
            from adjoint.api import pickling
            from adjoint.api.dispatch import Dispatch
            from adjoint.api.library import as_python, is_known
            from adjoint.api.programs import annotate, explain
            from adjoint.emit.saving import module_text
            from adjoint.frontend.syntax.texts import carry
            from adjoint.ir.descriptions import described_python
            from adjoint.rules import registry

        globals().update(
            Dispatch=Dispatch, annotate=annotate, as_python=as_python, carry=carry,
            described_python=described_python, explain=explain, is_known=is_known,
            module_text=module_text, pickling=pickling, registry=registry,
        )  # fmt: skip
        for declaration in _waiting:
            declaration()
        _waiting.clear()
        _loaded = True


def explorer() -> ModuleType:
    """The explorer, which few programs use: a part of its own, beside the compiler."""
    load()
    with originals():
        from adjoint.explorer import explore

    return explore


def when_loaded(declaration: Callable[[], object]) -> None:
    """Make a declaration now, or after the compiler has made its own, which it may replace."""
    with _LOADING:
        if _loaded:
            declaration()
        else:
            _waiting.append(declaration)


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name.startswith("__") or _loaded:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        load()
        return globals()[name]
