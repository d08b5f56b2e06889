"""Trials: what is lowered and may have to be undone, to be refused or lowered in another way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame, Lowering
from adjoint.frontend.state.memory.aliasing import reachable
from adjoint.frontend.state.store import restore
from adjoint.ir.core import Region


@contextmanager
def attempt(frame: Frame) -> Iterator[None]:
    """Lower something that may have to be lowered in another way: an exception undoes it."""
    lowering = frame.lowering
    names, state, changed = dict(frame.names), dict(lowering.state), lowering.changed
    functions = dict(lowering.root.functions)
    marks = [(obj, o.marks_of(obj)) for _, obj in reachable(frame)]
    lowering.changed = {}
    try:
        yield
    except Exception:
        for container, contents in lowering.changed.items():
            restore(container, contents)
        for obj, before in marks:
            o.mark(obj, before)
        frame.names, lowering.state, lowering.changed = names, state, changed
        lowering.root.functions.clear()
        lowering.root.functions.update(functions)
        raise
    for container, contents in lowering.changed.items():
        changed.setdefault(container, contents)
    lowering.changed = changed


@contextmanager
def unchanged(lowering: Lowering, reason: str) -> Iterator[None]:
    """Refuse what changes an object in here: it is not run as often as it is written.

    Raises
    ------
    UnsupportedError : with the reason.
    """
    state, outer, lowering.changed = dict(lowering.state), lowering.changed, {}
    try:
        yield
    except Exception:
        for container, before in lowering.changed.items():
            restore(container, before)
        lowering.changed = outer
        raise
    changed, lowering.changed = lowering.changed, outer
    if changed or lowering.state != state:
        raise UnsupportedError(f"something is changed in here, and {reason}",
                               instead="write it as a loop")  # fmt: skip


@contextmanager
def binds_no_name(frame: Frame) -> Iterator[None]:
    """Refuse what binds a name that is there afterwards: it would be the one of another trip."""
    before = [(f, dict(f.names)) for f in _frames_around(frame)]
    yield
    for f, names in before:
        if any(obj is not names.get(n) for n, obj in f.names.items() if not n.startswith("%")):
            raise UnsupportedError("any and all stop early, and a name is bound in here",
                                   instead="write it as a loop")  # fmt: skip


def perhaps(error: Exception) -> Exception:
    """What leaves a branch or loop: an error that was certain in there is so no more."""
    if not isinstance(error, CertainError):
        return error
    uncertain = UnsupportedError(error.reason, error.span, error.instead)
    uncertain.attempts, uncertain.way = error.attempts, error.way
    return uncertain


def discard(regions: Sequence[Region]) -> None:
    """Forget regions that were lowered in vain."""
    for region in regions:
        for op in region.ops:
            op.drop()


@contextmanager
def own_names_only(frame: Frame) -> Iterator[None]:
    """Lower something that may not be run: it binds no name of the functions around it.

    The names of `frame` itself are joined where it ends; those of other frames (of the function
    around a comprehension) would stay as one arm or trip left them. What is only known to have a
    value is forgotten again.

    Raises
    ------
    UnsupportedError : with `:=` in a part of a comprehension that is not always run.
    """
    others = [f for f in _frames_around(frame) if f is not frame]
    before = [(f, dict(f.names)) for f in others]
    bound = False
    try:
        yield
        for f, names in before:
            for name, obj in f.names.items():
                old = names.get(name)
                known = isinstance(obj, o.Ref) and isinstance(old, o.Ref) and old in obj.aliases
                bound = bound or obj is not old and not (known and old.missing)  # type: ignore
    finally:
        for f, names in before:
            f.names = names
    if bound:
        raise UnsupportedError(
            "a conditional part of a comprehension binds a name of the enclosing function",
            instead="write it as a loop",
        )


def _frames_around(frame: Frame) -> list[Frame]:
    found: list[Frame] = []
    work: list[Frame | None] = [frame]
    while work:
        scope = work.pop()
        if scope is not None and not any(scope is f for f in found):
            found.append(scope)
            work += [scope.parent, scope.caller]
    return found
