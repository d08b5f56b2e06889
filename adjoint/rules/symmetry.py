"""Matrices of which a function reads one triangle, as if they were symmetric (or Hermitian).

`cholesky(A)` computes a function of S, the symmetric matrix with the lower triangle of A. So an
element of the upper triangle has the derivative 0. An element below the diagonal stands in two
places of S, and its derivative is the sum over both. Where A is symmetric by construction, as
`B @ B.T` is, its tangents are symmetric, too. Then the cotangent of S will do, and its text is
shorter.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from adjoint.ir.core import Constant, Value
from adjoint.ir.infer import is_elementwise
from adjoint.ir.types import is_rank0
from adjoint.rules.products import transposed
from adjoint.rules.staged import conj, is_complex, rank_of


def half(S: Any) -> Any:
    """The Hermitian part."""
    return 0.5 * (S + transposed(conj(S)))


def onto_triangle(S_bar: Any, A: Any, lower: bool = True) -> Any:
    """The cotangent of `A`, given that of the symmetric matrix made of one of its triangles."""
    if is_symmetric(A):
        return S_bar
    if is_complex(A):
        S_bar = half(S_bar)
        return np.tril(S_bar) + np.tril(S_bar, -1) if lower else np.triu(S_bar) + np.triu(S_bar, 1)
    if lower:
        return np.tril(S_bar) + transposed(np.triu(S_bar, 1))
    return np.triu(S_bar) + transposed(np.tril(S_bar, -1))


def is_symmetric(A: Any) -> bool:
    """Is this operand a real matrix that is symmetric whatever the values in it are?"""
    if is_complex(A) or not isinstance(A, Value):
        return False
    if isinstance(A, Constant):
        return rank_of(A) == 2 and np.array_equal(A.value, np.transpose(A.value))
    op = A.op
    if op is None or op.kind != "apply":
        return False
    if op.target in _PRODUCTS:
        factors = list(_factors(A))
        return all(map(_are_transposes, factors, reversed(factors)))
    if op.target in _SUMS and _are_transposes(*op.operands):
        return True
    if op.target in (np.eye, np.identity):
        return len(op.operands) == 1
    if op.target is np.diag:
        return len(op.operands) == 1 and rank_of(op.operands[0]) == 1
    if is_elementwise(op.target):
        return all(is_rank0(x.type) or is_symmetric(x) for x in op.operands)
    return op.target is np.linalg.inv and is_symmetric(op.operands[0])


_PRODUCTS = (operator.matmul, np.matmul, np.dot)
_SUMS = (operator.add, np.add)


def _factors(A: Value) -> Iterator[Value]:
    """The factors of a product of matrices; none of a product with numbers or of stacks."""
    op = A.op
    if op is not None and op.target in _PRODUCTS and all(rank_of(x) == 2 for x in op.operands):
        for operand in op.operands:
            yield from _factors(operand)
    else:
        yield A


def _are_transposes(a: Value, b: Value) -> bool:
    if a is b:
        return is_symmetric(a)
    return _transposed_value(a) is b or _transposed_value(b) is a


def _transposed_value(x: Value) -> Value | None:
    """The value that `x` is the transpose of, on the last two axes, if it is one."""
    op = x.op
    if op is None:
        return None
    base, *axes = op.operands
    match op.target, [a.value if isinstance(a, Constant) else None for a in axes]:
        case (np.transpose, [] | [None | (1, 0)]) if rank_of(base) == 2:
            return base
        case (np.swapaxes, [int(i), int(j)]):
            rank = rank_of(base)
            return base if {i % rank, j % rank} == {rank - 1, rank - 2} else None
        case (np.matrix_transpose | np.linalg.matrix_transpose, []):
            return base
    return None
