"""Speculation: what is lowered and may have to be undone, refused or lowered in another way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adjoint.errors import CertainError, LeavesExpressionError, UnsupportedError
from adjoint.frontend.state.lowering import Lowering, Unreachable
from adjoint.frontend.state.state import Layer
from adjoint.ir.core import Region


@contextmanager
def attempt(lowering: Lowering) -> Iterator[Layer]:
    """Lower something that may have to be lowered in another way: an exception undoes it.

    Where the program certainly raises, what it does until then stays.
    """
    region = lowering.builder.region
    before = len(region.ops)
    try:
        with lowering.state.fork() as layer:
            yield layer
    except Unreachable:
        raise
    except Exception:
        for op in region.ops[before:]:
            op.drop()
        del region.ops[before:]
        raise


@contextmanager
def unchanged(lowering: Lowering, reason: str) -> Iterator[None]:
    """Refuse what changes a variable or an object: it is not run as often as it is written.

    Raises
    ------
    UnsupportedError : with the reason.
    """
    with lowering.state.fork() as layer:
        yield
        if layer.changed():
            raise UnsupportedError(f"something is changed in here, and {reason}",
                                   instead="write it as a loop")  # fmt: skip


def perhaps(error: Exception) -> Exception:
    """The error that leaves a branch or loop: outside of it, it is no longer certain."""
    if not isinstance(error, CertainError):
        return error
    uncertain = LeavesExpressionError(error.reason, error.span, error.instead)
    uncertain.attempts, uncertain.way = error.attempts, error.way
    return uncertain


def discard(regions: Sequence[Region]) -> None:
    """Forget regions that were lowered in vain."""
    for region in regions:
        for op in region.ops:
            op.drop()
