"""np.einsum with lists of indices for subscripts."""

from __future__ import annotations

import string

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.numpy.calls import call_numpy
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs


def call_einsum(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`np.einsum(a, [0, 1], b, [1, 2], [0, 2])` is written with letters, as 'ab,bc->ac'."""
    if args and isinstance(constant_of(args[0])[1], str):
        return call_numpy(frame, np.einsum, args, dict(kwargs))
    lists = [constant_of(a) for a in args[1::2]]
    lists += [constant_of(args[-1])] if len(args) % 2 else []
    if not all(known and isinstance(x, (list, tuple)) for known, x in lists):
        raise UnsupportedError(
            "einsum needs subscripts that are part of the program",
            instead="write the indices as letters, as in 'bij,bjk->bik'",
        )
    labels = sorted({i for _, x in lists for i in x if i is not Ellipsis})
    few = len(labels) <= len(string.ascii_lowercase)
    names = string.ascii_lowercase if few else "".join(sorted(string.ascii_letters))
    letters = dict(zip(labels, names, strict=False))
    terms = ["".join("..." if i is Ellipsis else letters[i] for i in x) for _, x in lists]
    operands = list(args[: len(args) - len(args) % 2 : 2])
    subscripts = ",".join(terms[: len(operands)])
    if len(args) % 2:
        subscripts += "->" + terms[-1]
    return call_numpy(frame, np.einsum, [o.Known(subscripts), *operands], dict(kwargs))
