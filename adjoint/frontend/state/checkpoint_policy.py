"""`with checkpointing(...):` around loops: how many of their states a gradient keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adjoint.frontend.state.lowering import Lowering
from adjoint.requests import checkpointing


@contextmanager
def policy(lowering: Lowering, now: checkpointing | None) -> Iterator[Any]:
    """The loops that are lowered in here are checkpointed in this way."""
    root = lowering.root
    before, root.checkpoint = root.checkpoint, now
    try:
        yield before
    finally:
        root.checkpoint = before
