"""`grad(f)` and its relatives, called inside a differentiated function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.lowering import Frame


def as_transform(
    frame: Frame, python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj | None:
    return None


def call_transformed(
    frame: Frame, function: o.Obj, options: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    raise UnsupportedError("gradients inside a differentiated function are not supported yet")
