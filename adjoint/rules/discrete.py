"""Functions that tell positions, shapes, types and truths: constant between the jumps."""

from __future__ import annotations

import numpy as np

from adjoint.ir import foreign, ops
from adjoint.ir.callables.asking import ABOUT_TYPES
from adjoint.rules.registry import nondifferentiable
from adjoint.runtime import errors, solvers

nondifferentiable(
    *ABOUT_TYPES,
    # positions
    np.searchsorted, np.nonzero, np.flatnonzero, np.argwhere, np.lexsort, np.argpartition,
    np.triu_indices, np.tril_indices, np.triu_indices_from, np.tril_indices_from, np.diag_indices,
    np.diag_indices_from, np.mask_indices, np.ix_, np.unravel_index, np.ravel_multi_index,
    np.digitize, np.ndindex, tuple.count, tuple.index, list.count, list.index,
    # shapes and memory
    np.shape, np.size, np.ndim, np.broadcast_shapes, np.shares_memory, np.may_share_memory,
    np.isfortran, np.iterable,
    # types
    np.isscalar, np.isrealobj, np.iscomplexobj,
    # truths
    np.isreal, np.iscomplex, np.isneginf, np.isposinf, np.array_equiv, np.isin,
    # integers and bits
    np.around, np.einsum_path,
    np.packbits, np.unpackbits, np.base_repr, np.binary_repr,
    # text
    np.array2string, np.array_repr, np.array_str, np.format_float_positional,
    np.format_float_scientific,
    # what a solver is given, and what it finds
    ops.function_of, ops.field, ops.entry, *solvers.CHECKS, *solvers.DECISIONS, solvers.as_event, solvers.evaluate, ops.entry,
    errors.outcome,
    # where a derivative begins
    foreign.unit,
)  # fmt: skip
