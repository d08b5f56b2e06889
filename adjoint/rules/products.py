"""Products of vectors and matrices."""

from __future__ import annotations

import itertools
import operator
import string
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.errors import CertainError
from adjoint.ir.core import Value
from adjoint.ir.types import Array, dims_of, is_sparse, proven_equal, proven_many
from adjoint.rules.registry import multilinear
from adjoint.rules.staged import call, conj, eye, rank_of, shape_of
from adjoint.runtime.arrays import sum_to


def transposed(x: Any) -> Any:
    return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)


@multilinear([np.matmul, operator.matmul])
def matmul(C_bar: Any, A: Any, B: Any) -> Any:
    if is_sparse(A):  # which are constants
        return None, call(operator.matmul, A.T, C_bar)
    if is_sparse(B):
        return call(operator.matmul, C_bar, B.T), None
    match A.ndim, B.ndim:
        case 1, 1:
            return _vectors(C_bar, A, B)
        case 1, 2:
            return B @ C_bar, np.outer(A, C_bar)
        case 2, 1:
            return np.outer(C_bar, B), A.T @ C_bar
        case 1, _:
            C_bar = np.expand_dims(C_bar, -2)
            A_bar = C_bar @ transposed(B)
            return np.squeeze(A_bar, -2), np.expand_dims(A, -1) @ C_bar
        case _, 1:
            C_bar = np.expand_dims(C_bar, -1)
            return C_bar * B, np.squeeze(transposed(A) @ C_bar, -1)
        case rank, 2 if rank > 2:  # one matrix for all: a single product, not a sum of many
            batch = tuple(range(rank - 1))
            return C_bar @ B.T, np.tensordot(A, C_bar, (batch, batch))
    return C_bar @ transposed(B), transposed(A) @ C_bar


def _vectors(c_bar: Any, a: Any, b: Any) -> Any:
    """The cotangents of two vectors, which are equally long: nothing was broadcast."""
    return _as_long(c_bar * b, a, b), _as_long(c_bar * a, b, a)


def _as_long(x_bar: Any, x: Any, other: Any) -> Any:
    if isinstance(x_bar, Value) and x_bar is not other and isinstance(x_bar.type, Array):
        if len(x_bar.type.dims) == 1 and isinstance(getattr(x, "type", None), Array):
            x_bar.type = Array(x_bar.type.dtype, x.type.dims)
    return x_bar


@multilinear(np.dot)
def dot(C_bar: Any, A: Any, B: Any) -> Any:
    a_rank, b_rank = rank_of(A), rank_of(B)
    if a_rank == 0 or b_rank == 0:
        return C_bar * B, C_bar * A
    if a_rank <= 2 and b_rank <= 2:
        return matmul(C_bar, A, B)
    # C[i, j, l] = sum_k A[i, k] B[j, k, l], where i and j stand for any number of axes.
    letters = iter(string.ascii_letters)
    a, b = _take(letters, a_rank), _take(letters, b_rank)
    summed = a[-1]
    b = summed if b_rank == 1 else b[:-2] + summed + b[-1]
    return einsum(C_bar, f"{a},{b}->{a[:-1]}{b.replace(summed, '')}", A, B)[1:]


@multilinear(np.inner)
def inner(C_bar: Any, A: Any, B: Any) -> Any:
    if rank_of(A) == 0 or rank_of(B) == 0:
        return C_bar * B, C_bar * A
    if A.ndim == 1 and B.ndim == 1:
        return _vectors(C_bar, A, B)
    if B.ndim == 1:
        return np.expand_dims(C_bar, -1) * B, np.tensordot(C_bar, A, C_bar.ndim)
    # C[i, j] = sum_k A[i, k] B[j, k]
    letters = iter(string.ascii_letters)
    a, b = _take(letters, A.ndim), _take(letters, B.ndim - 1)
    return einsum(C_bar, f"{a},{b}{a[-1]}->{a[:-1]}{b}", A, B)[1:]


def _take(letters: Iterator[str], count: int) -> str:
    return "".join(itertools.islice(letters, count))


@multilinear(np.outer)
def outer(C_bar: Any, a: Any, b: Any) -> Any:
    if rank_of(a) == 1 and rank_of(b) == 1:
        return C_bar @ b, a @ C_bar
    a_bar, b_bar = C_bar @ np.ravel(b), np.ravel(a) @ C_bar
    return np.reshape(a_bar, shape_of(a)), np.reshape(b_bar, shape_of(b))


@multilinear(np.vdot)
def vdot(c_bar: Any, a: Any, b: Any) -> Any:
    a_bar = conj(c_bar * np.reshape(b, shape_of(a)))
    return a_bar, c_bar * np.reshape(conj(a), shape_of(b))


@multilinear(np.vecdot)
def vecdot(c_bar: Any, a: Any, b: Any, axis: int = -1) -> Any:
    c_bar = np.expand_dims(c_bar, axis)
    return conj(c_bar * b), c_bar * conj(a)


@multilinear(np.matvec)
def matvec(y_bar: Any, A: Any, x: Any) -> Any:
    return np.expand_dims(y_bar, -1) * np.expand_dims(x, -2), np.vecmat(conj(y_bar), A)


@multilinear(np.vecmat)
def vecmat(y_bar: Any, x: Any, A: Any) -> Any:
    x_bar = conj(np.matvec(A, y_bar))
    return x_bar, np.expand_dims(conj(x), -1) * np.expand_dims(y_bar, -2)


@multilinear(np.tensordot)
def tensordot(C_bar: Any, A: Any, B: Any, axes: Any = 2) -> Any:
    """Every index of A and B gets a letter; the pullbacks are two einsums."""
    a_axes, b_axes = contracted_axes(axes, A.ndim, B.ndim)
    letters = iter(string.ascii_letters)
    a, b = list(_take(letters, A.ndim)), list(_take(letters, B.ndim))
    for i, j in zip(a_axes, b_axes, strict=True):
        b[j] = a[i]
    summed = {a[i] for i in a_axes}
    c = [x for x in a + b if x not in summed]
    return einsum(C_bar, f"{''.join(a)},{''.join(b)}->{''.join(c)}", A, B)[1:]


def contracted_axes(axes: Any, a_rank: int, b_rank: int) -> tuple[tuple[int, ...], ...]:
    """The axes that np.tensordot sums over: of the first operand, and of the second."""
    if isinstance(axes, int):
        return tuple(range(a_rank - axes, a_rank)), tuple(range(axes))
    pair = ((x,) if isinstance(x, int) else tuple(x) for x in axes)
    return tuple(
        tuple(k % rank for k in x) for x, rank in zip(pair, (a_rank, b_rank), strict=True)
    )


@multilinear(np.kron)
def kron(C_bar: Any, A: Any, B: Any) -> Any:
    """With the sizes of A and B apart, an axis of C is a pair: C[i, k, j, l] = A[i, j] B[k, l]."""
    if rank_of(A) == 0 or rank_of(B) == 0:
        return C_bar * B, C_bar * A
    rank = max(A.ndim, B.ndim)
    a_shape, b_shape = ((1,) * (rank - x.ndim) + _sizes(x) for x in (A, B))
    split = tuple(size for pair in zip(a_shape, b_shape, strict=True) for size in pair)
    C_bar = np.reshape(C_bar, split)
    letters = iter(string.ascii_letters)
    a, b = _take(letters, rank), _take(letters, rank)
    c = "".join(x + y for x, y in zip(a, b, strict=True))
    A_wide, B_wide = np.reshape(A, a_shape), np.reshape(B, b_shape)
    A_bar, B_bar = einsum(C_bar, f"{a},{b}->{c}", A_wide, B_wide)[1:]
    return np.reshape(A_bar, A.shape), np.reshape(B_bar, B.shape)


def _sizes(x: Any) -> tuple[Any, ...]:
    return tuple(x.shape[k] for k in range(x.ndim))


@multilinear(np.einsum)
def einsum(
    y_bar: Any, subscripts: Any, *operands: Any, optimize: Any = False, dtype: Any = None,
) -> Any:  # fmt: skip
    """The pullback of an einsum is an einsum with the operand and the result exchanged."""
    terms, output = spelled_out(subscripts, [rank_of(x) for x in operands])
    cotangents: list[Any] = [None]
    for k, term in enumerate(terms):
        others = [(t, x) for i, (t, x) in enumerate(zip(terms, operands, strict=True)) if i != k]
        cotangents.append(_einsum_pullback(y_bar, output, term, operands[k], others))
    return tuple(cotangents)


def spelled_out(subscripts: str, ranks: Sequence[int]) -> tuple[list[str], str]:
    """The terms and the output of an einsum, with letters for an ellipsis and no arrow left out.

    An ellipsis stands for the axes that the letters leave over; the ellipses of all terms are
    broadcast against each other from the right (numpy.einsum, "enabling broadcasting").
    """
    text = subscripts.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    named = "".join(sorted(c for c in set(inputs) - set(",.") if inputs.count(c) == 1))
    if not arrow:
        output = "..." + named if "..." in inputs else named
    free = [c for c in string.ascii_letters if c not in text]
    counts = [r - len(t.replace("...", "")) for t, r in zip(terms, ranks, strict=True)]
    for term, more in zip(terms, counts, strict=True):
        if more < 0 or more and "..." not in term:
            said = f"'{term}' names another number of axes than its operand has"
            raise CertainError(ValueError, said, said)
    rest = "".join(free[: max(counts, default=0)])
    terms = [t.replace("...", rest[len(rest) - n :]) for t, n in zip(terms, counts, strict=True)]
    return terms, output.replace("...", rest)


def _einsum_pullback(y_bar: Any, output: str, term: str, operand: Any, others: Any) -> Any:
    """One operand's cotangent: the other operands, and the result's cotangent in its own place.

    An index that occurs twice in the term has a cotangent on the diagonal only: the second
    occurrence gets a letter of its own, tied to the first by an identity matrix.
    """
    used = {*output, *term}.union(*(t for t, _ in others))
    free = (c for c in string.ascii_letters if c not in used)
    letters: list[str] = []
    ties = []
    for axis, c in enumerate(term):
        letters.append(next(free) if c in letters else c)
        if letters[-1] != c:
            ties.append((c + letters[-1], eye(operand.shape[axis])))
    # An axis of size one that is broadcast against this operand's says nothing of its size.
    wide = {c for axis, c in enumerate(letters) if not _is_one(operand, axis)}
    known = set(output).union(*(t for t, _ in ties))
    for t, x in others:
        known.update(c for axis, c in enumerate(t) if c not in wide or not _is_one(x, axis))
    if not known.issuperset(letters):  # then all of it is broadcast, from the sizes that it has
        known &= wide
    kept = "".join(c for c in letters if c in known)
    if others or ties or output != kept:
        factors = [(output, y_bar), *others, *ties]
        subscripts = ",".join(t for t, _ in factors) + "->" + kept
        y_bar = np.einsum(subscripts, *(x for _, x in factors))
    if len(kept) != len(letters):  # an index that is summed, and of this size here alone
        axes = tuple(k for k, c in enumerate(letters) if c not in known)
        y_bar = np.broadcast_to(np.expand_dims(y_bar, axes), operand.shape)
    if _may_broadcast(operand, term, others):
        y_bar = call(sum_to, y_bar * np.ones_like(operand), operand.shape)
    return y_bar


def _may_broadcast(operand: Any, term: str, others: Any) -> bool:
    """May a size be 1 at run time, in this operand or in another one, and more where they meet?

    np.einsum then broadcasts, and the cotangent has to be repeated, or summed, along that axis.
    """
    if not isinstance(operand, Value) or dims_of(operand.type) is None:
        return False
    own = dict(zip(term, dims_of(operand.type) or (), strict=True))
    for t, x in others:
        sizes = dims_of(x.type) if isinstance(x, Value) else np.shape(x)
        for c, size in zip(t, sizes or (), strict=False):
            mine = own.get(c, 1)
            if 1 not in (mine, size) and not proven_equal(mine, size):
                if not (proven_many(mine) and proven_many(size)):
                    return True
    return False


def _is_one(x: Any, axis: int) -> bool:
    """Is this size one in every run?"""
    shape = dims_of(x.type) if isinstance(x, Value) else np.shape(x)
    return shape is not None and shape[axis] == 1
