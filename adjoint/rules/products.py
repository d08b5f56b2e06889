"""Products of vectors and matrices."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.rules.registry import multilinear


def _transposed(x: Any) -> Any:
    return x.T if x.ndim == 2 else np.swapaxes(x, -1, -2)


@multilinear([np.matmul, operator.matmul])
def matmul(C_bar: Any, A: Any, B: Any) -> Any:
    match A.ndim, B.ndim:
        case 1, 1:
            return C_bar * B, C_bar * A
        case 1, 2:
            return B @ C_bar, np.outer(A, C_bar)
        case 2, 1:
            return np.outer(C_bar, B), A.T @ C_bar
        case 1, _:
            C_bar = np.expand_dims(C_bar, -2)
            A_bar = C_bar @ _transposed(B)
            return np.squeeze(A_bar, -2), np.expand_dims(A, -1) @ C_bar
        case _, 1:
            C_bar = np.expand_dims(C_bar, -1)
            return C_bar * B, np.squeeze(_transposed(A) @ C_bar, -1)
    return C_bar @ _transposed(B), _transposed(A) @ C_bar


@multilinear(np.dot)
def dot(C_bar: Any, A: Any, B: Any) -> Any:
    if A.ndim == 0 or B.ndim == 0:
        return C_bar * B, C_bar * A
    if A.ndim <= 2 and B.ndim <= 2:
        return matmul(C_bar, A, B)
    if B.ndim == 1:
        return np.expand_dims(C_bar, -1) * B, np.tensordot(C_bar, A, (_axes(C_bar), _axes(C_bar)))
    # C[i, j] = sum_k A[i, k] B[j, k, l] with groups of axes i (of A) and j, l (of B)
    outer, inner = A.ndim - 1, B.ndim - 1
    c_axes, b_axes = tuple(range(outer, outer + inner)), (*range(B.ndim - 2), B.ndim - 1)
    A_bar = np.tensordot(C_bar, B, (c_axes, b_axes))
    B_bar = np.tensordot(C_bar, A, (tuple(range(outer)), tuple(range(outer))))
    return A_bar, np.swapaxes(B_bar, -1, -2)


def _axes(x: Any) -> tuple[int, ...]:
    return tuple(range(x.ndim))


@multilinear(np.inner)
def inner(C_bar: Any, A: Any, B: Any) -> Any:
    if A.ndim == 0 or B.ndim == 0:
        return C_bar * B, C_bar * A
    if A.ndim == 1 and B.ndim == 1:
        return C_bar * B, C_bar * A
    a_axes, b_axes = tuple(range(A.ndim - 1)), tuple(range(A.ndim - 1, A.ndim + B.ndim - 2))
    return (
        np.tensordot(C_bar, B, (b_axes, tuple(range(B.ndim - 1)))),
        np.tensordot(C_bar, A, (a_axes, a_axes)),
    )


@multilinear(np.outer)
def outer(C_bar: Any, a: Any, b: Any) -> Any:
    if a.ndim == 1 and b.ndim == 1:
        return C_bar @ b, a @ C_bar
    return np.reshape(C_bar @ np.ravel(b), a.shape), np.reshape(np.ravel(a) @ C_bar, b.shape)


@multilinear(np.vdot)
def vdot(c_bar: Any, a: Any, b: Any) -> Any:
    return c_bar * np.reshape(b, a.shape), c_bar * np.reshape(a, b.shape)


@multilinear(np.tensordot)
def tensordot(C_bar: Any, A: Any, B: Any, axes: Any = 2) -> Any:
    """Every index of A and B gets a letter; the pullbacks are two einsums."""
    if isinstance(axes, int):
        a_axes = tuple(range(A.ndim - axes, A.ndim))
        b_axes = tuple(range(axes))
    else:
        a_axes, b_axes = ((x,) if isinstance(x, int) else tuple(x) for x in axes)
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    a = [next(letters) for _ in range(A.ndim)]
    b = [next(letters) for _ in range(B.ndim)]
    for i, j in zip(a_axes, b_axes, strict=True):
        b[j] = a[i]
    summed = {a[i] for i in a_axes}
    c = [x for x in a + b if x not in summed]
    return einsum(C_bar, f"{''.join(a)},{''.join(b)}->{''.join(c)}", A, B)[1:]


@multilinear(np.einsum)
def einsum(y_bar: Any, subscripts: Any, *operands: Any, optimize: Any = False) -> Any:
    """The pullback of an einsum is an einsum with the operand and the result exchanged."""
    if not isinstance(subscripts, str) or "." in subscripts:
        raise UnsupportedError(
            "einsum is differentiated only with explicit subscripts without an ellipsis",
            instead="write all indices, as in 'bij,bjk->bik'",
        )
    text = subscripts.replace(" ", "")
    inputs, _, output = text.partition("->")
    terms = inputs.split(",")
    if "->" not in text:
        output = "".join(sorted(c for c in set(inputs) - {","} if inputs.count(c) == 1))
    cotangents: list[Any] = [None]
    for k, term in enumerate(terms):
        others = [(t, x) for i, (t, x) in enumerate(zip(terms, operands, strict=True)) if i != k]
        cotangents.append(_einsum_pullback(y_bar, output, term, operands[k], others))
    return tuple(cotangents)


def _einsum_pullback(y_bar: Any, output: str, term: str, operand: Any, others: Any) -> Any:
    if len(set(term)) != len(term):
        raise UnsupportedError(
            "einsum with an index repeated within one operand is not differentiated yet",
            instead="take np.diagonal or np.trace first",
        )
    known = set(output).union(*(t for t, _ in others))
    kept = "".join(c for c in term if c in known)
    if others or output != kept:
        subscripts = ",".join([output, *(t for t, _ in others)]) + "->" + kept
        y_bar = np.einsum(subscripts, y_bar, *(x for _, x in others))
    if kept != term:  # an index that was summed over this operand alone
        axes = tuple(i for i, c in enumerate(term) if c not in known)
        y_bar = np.broadcast_to(np.expand_dims(y_bar, axes), operand.shape)
    return y_bar
