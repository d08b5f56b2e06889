"""Eigenvalues of matrices that need not be symmetric.

NumPy gives real ones as floats, which depends on the elements of the matrix. A program has one
dtype for each value, so they are complex here whatever they turn out to be.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.ir.core import Value
from adjoint.ir.types import Struct
from adjoint.rules.staged import is_complex


def call_eig(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    pair = _eig(frame, args, kwargs)
    assert isinstance(pair.type, Struct)
    return o.Seq(pair.type.kind, [_item(frame, pair, 0), _item(frame, pair, 1)])


def call_eigvals(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """The derivative needs the vectors, in the order of the values."""
    return _item(frame, _eig(frame, args, kwargs), 0)


def _eig(frame: Frame, args: Args, kwargs: KwArgs) -> Value:
    args = [*args, *kwargs.values()]
    if len(args) != 1 or set(kwargs) - {"a"}:
        raise UnsupportedError("np.linalg.eig takes one array")
    pair = frame.lowering.builder.apply(np.linalg.eig, frame.lowering.value(args[0]))
    if not isinstance(pair.type, Struct):
        raise UnsupportedError(
            "the eigenvalues of a value of unknown type",
            instead="annotate the arguments, or call the gradient with actual arguments",
        )
    return pair


def _item(frame: Frame, pair: Value, k: int) -> o.Obj:
    apply = frame.lowering.builder.apply
    item: Any = apply(operator.getitem, pair, k)
    assert pair.op is not None
    if not is_complex(pair.op.operands[0]):
        item = apply(np.asarray, item, dtype=item.type.dtype)
    return o.Ref(item)
