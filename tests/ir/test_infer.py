"""Inferred types against NumPy on real arrays: every claim in a type must be true."""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.infer import infer
from adjoint.ir.types import ANY, FLOAT, INT, Array, Dim, Scalar, Size, fresh_dim
from tests.ir.claims import World, apply, array, evaluate, holds, pack

N, M, K, ONE_OR_MORE = (fresh_dim(not_one=True) for _ in range(4))
P, Q = fresh_dim(), fresh_dim()  # may be 1
SIZES: st.SearchStrategy[Size] = st.sampled_from([N, M, K, P, Q, 1, 3])
WORLDS = [
    {N: 2, M: 3, K: 5, P: 1, Q: 4},
    {N: 5, M: 2, K: 3, P: 3, Q: 1},
    {N: 3, M: 3, K: 3, P: 3, Q: 3},
]


def open_bug(reason: str) -> Any:
    """A claim that is false today."""
    return pytest.mark.xfail(strict=True, reason=reason)


def always(*values: Value) -> None:
    for sizes in WORLDS:
        holds(list(values), sizes)


# Indexing

SLICES = [
    slice(None), slice(1, None), slice(None, -1), slice(None, None, -1), slice(0, 1),
    slice(None, 2), slice(-1, None), slice(None, None, 2), slice(1, -1), slice(2, 0, -1),
]  # fmt: skip


@st.composite
def subscripts(draw: st.DrawFn, advanced: bool = True) -> tuple[tuple[Size, ...], list[Any]]:
    """Dimensions, and items for a subscript that consumes at most as many axes."""
    dims = tuple(draw(st.lists(SIZES, min_size=1, max_size=5)))
    items: list[Any] = []
    axis, ellipsis = 0, False
    kinds = ["integer", "run", "slice", "none", "ellipsis"]
    if advanced:
        kinds += ["array", "array", "list", "mask", "scalar array"]
    while axis < len(dims) and len(items) < 7 and draw(st.integers(0, 5)):
        kind = draw(st.sampled_from(kinds))
        axis += kind not in ("none", "ellipsis", "mask")
        match kind:
            case "integer":
                items.append(Constant(draw(st.sampled_from([0, -1]))))
            case "run":
                items.append(Value(INT))
            case "slice":
                items.append(Constant(draw(st.sampled_from(SLICES))))
            case "none":
                items.append(Constant(None))
            case "ellipsis" if not ellipsis:
                ellipsis = True
                items.append(Constant(...))
            case "array":
                shape = draw(st.lists(st.sampled_from([K, 1]), max_size=3))
                items.append(array(*shape, dtype=np.int64))
            case "scalar array":
                items.append(Value(Array(np.dtype(np.int64), (), scalar=True)))
            case "list":
                items.append(Constant([0] * draw(st.sampled_from([1, 2]))))
            case "mask":
                # Boolean arrays cover dims from the left only while no ellipsis came first.
                if not ellipsis:
                    rank = draw(st.integers(1, min(2, len(dims) - axis)))
                    items.append(array(*dims[axis : axis + rank], dtype=bool))
                    axis += rank
    return dims, items


def zeros_of(value: Value, world: World, count: int) -> Any:
    """Index 0 everywhere; a mask with `count` of its elements set."""
    if not isinstance(value.type, Array):
        return 0
    real = np.zeros(world.shape(value.type), value.type.dtype)
    if real.dtype == bool:
        real.reshape(-1)[:count] = True
    return real[()] if value.type.scalar else real


@pytest.mark.parametrize("count", [0, 1, 2])
@settings(max_examples=600, deadline=None)
@given(case=subscripts())
def test_subscripts(count: int, case: tuple[tuple[Size, ...], list[Any]]) -> None:
    dims, items = case
    base = array(*dims)
    bare = len(items) == 1 and not isinstance(items[0], Constant)
    result = apply(operator.getitem, base, items[0] if bare else pack(*items))
    tried = False
    for sizes in WORLDS:
        world = World({d.symbol: n for d, n in sizes.items()})
        table = {v: zeros_of(v, world, count) for v in items if not isinstance(v, Constant)}
        real = [table.get(v, getattr(v, "value", None)) for v in items]
        try:
            np.zeros(world.shape(base.type))[tuple(real)]  # type: ignore[arg-type]
        except IndexError:  # a mask that does not broadcast with the other arrays
            continue
        tried = True
        world.check(result.type, np.zeros(world.shape(base.type))[tuple(real)])  # type: ignore
    assume(tried)


def test_too_many_indices_are_refused() -> None:
    with pytest.raises(UnsupportedError, match="too many indices"):
        apply(operator.getitem, array(N), pack(0, 0))


# Slices: the sizes of `x[1:]` and `x[:-1]` are one symbol, and never a wrong one


def cut(x: Value, *bounds: int | None) -> Value:
    return apply(operator.getitem, x, slice(*bounds))


SMALL = [0, 2, 3, 5]  # of N, which is never 1; of P there is 1 as well
BOUNDS = [None, 0, 1, 2, 3, -1, -2, -3]


@pytest.mark.parametrize("dim", [N, P], ids=["not one", "any"])
def test_slices_of_the_same_size_only_are_called_equal(dim: Dim) -> None:
    x = array(dim)
    cuts = [
        cut(x, start, stop, step)
        for start, stop, step in itertools.product(BOUNDS, BOUNDS, [None, 1, 2, -1, -2])
    ]
    for n in SMALL if dim is N else [*SMALL, 1]:
        holds([x, *cuts], {dim: n})


def test_neighbours_have_one_size() -> None:
    x = array(N)
    assert cut(x, 1, None).type == cut(x, None, -1).type != x.type
    assert cut(x, 2, None).type == cut(x, 1, -1).type == cut(x, None, -2).type
    assert cut(x, 1, None).type != cut(x, 2, None).type
    assert cut(cut(x, 1, None), 1, None).type == cut(x, 2, None).type
    assert cut(x, None, None, -1).type == x.type


@pytest.mark.parametrize("n", SMALL)
def test_slices_of_slices(n: int) -> None:
    x = array(N)
    once = [cut(x, *b) for b in [(1, None), (None, -1), (2, None), (1, -1), (3, None)]]
    twice = [cut(y, *b) for y in once for b in [(1, None), (None, -1), (1, -2), (0, 1)]]
    holds([x, *once, *twice], {N: n})


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5])
def test_slices_of_a_known_size(size: int) -> None:
    x = array(size)
    holds([cut(x, a, b, s) for a in BOUNDS for b in BOUNDS for s in (None, 2, -1)], {})


@pytest.mark.parametrize("n", SMALL)
def test_a_slice_filled_up_again(n: int) -> None:
    # The slice is empty, but not of size n - 3 < 0: filled up, it is longer than x[1:].
    x = array(N)
    rest = apply(np.concatenate, pack(cut(x, 3, None), array(2)))
    holds([x, cut(x, 1, None), rest], {N: n})


@pytest.mark.parametrize("n", SMALL)
def test_a_length_counted_up_again(n: int) -> None:
    x = array(N)
    length = apply(operator.add, apply(len, cut(x, 3, None)), 2)
    holds([x, cut(x, 1, None), apply(np.zeros, length)], {N: n})


# Element-wise

BINARY = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.lt, operator.eq, np.maximum, np.hypot, np.arctan2, np.logaddexp,
    np.copysign,
]  # fmt: skip
UNARY = [
    np.sin, np.exp, np.sqrt, np.abs, operator.neg, operator.abs, np.floor, np.sign, np.square,
    np.isnan, np.tanh,
]  # fmt: skip
DTYPES = [np.float64, np.float32, np.int64, np.int32, np.bool_, np.complex128]


@st.composite
def numbers(draw: st.DrawFn) -> Value:
    kind = draw(st.sampled_from(["array", "array", "scalar", "python", "constant"]))
    if kind == "python":
        return Value(Scalar(draw(st.sampled_from(["bool", "int", "float", "complex"]))))
    if kind == "constant":
        return Constant(draw(st.sampled_from([2, -1, 0.5, True, 1j, np.float32(2), np.int64(3)])))
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    if kind == "scalar":
        return Value(Array(dtype, (), scalar=True))
    return Value(Array(dtype, tuple(draw(st.lists(SIZES, max_size=3)))))


def run(target: Any, *operands: Value) -> None:
    tried = False
    for sizes in WORLDS:
        world = World({d.symbol: n for d, n in sizes.items()})
        reals = [evaluate(v, world, {}) for v in operands]
        if target is operator.pow and getattr(reals[0], "dtype", None) == np.bool_:
            assume(False)  # bool ** 2 is an int8, bool ** 3 an int64
        try:
            with np.errstate(all="ignore"):
                real = target(*reals)
        except (TypeError, ValueError):  # shapes or types that NumPy refuses as well
            continue
        if not tried:
            try:
                type_ = infer(target, operands, {})
            except UnsupportedError as error:
                assume("may be complex" not in error.reason)
                raise
        tried = True
        world.check(type_, real, getattr(target, "__name__", ""))
    assume(tried)


@settings(max_examples=600, deadline=None)
@given(target=st.sampled_from(BINARY), a=numbers(), b=numbers())
def test_binary(target: Any, a: Value, b: Value) -> None:
    run(target, a, b)


@settings(max_examples=300, deadline=None)
@given(target=st.sampled_from(UNARY), a=numbers())
def test_unary(target: Any, a: Value) -> None:
    run(target, a)


@settings(max_examples=200, deadline=None)
@given(c=numbers(), a=numbers(), b=numbers())
def test_where(c: Value, a: Value, b: Value) -> None:
    run(np.where, c, a, b)


def test_broadcasting_knows_what_it_can() -> None:
    assert apply(operator.add, array(N), array(N)).type == array(N).type
    assert apply(operator.add, array(N), array(1)).type == array(N).type
    assert apply(operator.add, array(1, N), array(M, 1)).type == array(M, N).type
    assert apply(operator.add, array(N), array(P)).type == array(N).type
    assert apply(operator.mul, array(N), Value(FLOAT)).type == array(N).type
    (size,) = apply(operator.add, array(P), array(Q)).type.dims  # type: ignore[attr-defined]
    assert isinstance(size, Dim) and size not in (P, Q) and not size.not_one


# Products

SHAPES = [(), (N,), (M, N), (N, M), (N, N), (K, M, N), (K, N, M), (1, N, M), (P, N, M), (1,)]


@pytest.mark.parametrize("target", [np.matmul, np.dot], ids=["matmul", "dot"])
@pytest.mark.parametrize("dtypes", [("f8", "f8"), ("f4", "f8"), ("f4", "f4"), ("i8", "f4")])
def test_products_of_all_ranks(target: Any, dtypes: tuple[str, str]) -> None:
    tried = 0
    for left, right in itertools.product(SHAPES, SHAPES):
        a, b = array(*left, dtype=dtypes[0]), array(*right, dtype=dtypes[1])
        for sizes in [{N: 2, M: 3, K: 5, P: 1}, {N: 4, M: 2, K: 3, P: 3}]:
            world = World({d.symbol: n for d, n in sizes.items()})
            try:
                real = target(evaluate(a, world, {}), evaluate(b, world, {}))
            except ValueError:
                continue
            world.check(apply(target, a, b).type, real, f"{left} {right}")
            tried += 1
    assert tried > 40


def test_matmul_knows_sizes() -> None:
    assert apply(operator.matmul, array(M, N), array(N, K)).type == array(M, K).type
    assert apply(operator.matmul, array(K, M, N), array(N)).type == array(K, M).type
    assert apply(operator.matmul, array(N), array(N)).type == Array(np.dtype("f8"), (), True)


# Shapes


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((N, M), (-1,)), ((N, 3), (-1, 3)), ((N, 3), (3, -1)), ((4, 3), (2, -1)), ((N,), (-1, 1)),
        ((N,), (1, -1)), ((2, N), (-1, 2)), ((1, N, 1), (-1,)), ((4, N), (-1, 2)),
        ((N, 2, 2), (-1, 4)), ((6,), (-1, 2)), ((), (-1,)), ((1,), (-1, 1)),
    ],
)  # fmt: skip
def test_reshape(old: tuple[Size, ...], new: tuple[int, ...]) -> None:
    always(apply(np.reshape, array(*old), new))


def test_reshape_to_the_shape_of_another() -> None:
    a, b = array(N, M), array(M, N)
    rows = apply(operator.getitem, apply(np.shape, a), 0)
    always(a, b, apply(np.reshape, b, pack(rows, -1)), apply(np.reshape, b, apply(np.shape, a)))
    always(a, apply(np.reshape, a, pack(-1, rows)), apply(np.reshape, a, pack(rows, -1)))


REDUCTIONS = [np.sum, np.mean, np.max, np.prod, np.std, np.var, np.any, np.argmax]


@pytest.mark.parametrize("target", REDUCTIONS, ids=lambda t: t.__name__)
def test_reductions(target: Any) -> None:
    for dims in [(N,), (N, M), (P, N, 1), (3, N), (1,)]:
        for dtype in (np.float64, np.float32, np.int64):
            x = array(*dims, dtype=dtype)
            always(x, apply(target, x))
            for axis in range(-len(dims), len(dims)):
                always(x, apply(target, x, axis=axis), apply(target, x, axis=axis, keepdims=True))
            if len(dims) > 1 and target is not np.argmax:
                always(x, apply(target, x, axis=(0, 1)))
                always(x, apply(target, x, axis=(-1, 0), keepdims=True))


def test_reductions_keep_the_symbols() -> None:
    x = array(N, M)
    assert apply(np.sum, x, axis=0).type == array(M).type
    assert apply(np.sum, x, axis=-1, keepdims=True).type == array(N, 1).type


@pytest.mark.parametrize(
    "make",
    [
        lambda: apply(np.transpose, array(N, M, 3)),
        lambda: apply(np.transpose, array(N, M, 3), (2, 0, 1)),
        lambda: apply(np.swapaxes, array(N, M, P), 0, 2),
        lambda: apply(np.expand_dims, array(N, M), 1),
        lambda: apply(np.squeeze, array(N, 1, M), axis=1),
        lambda: apply(np.squeeze, array(N, 1, M)),
        lambda: apply(np.ravel, array(N, M)),
        lambda: apply(np.outer, array(N), array(M)),
        lambda: apply(np.concatenate, pack(array(N), array(M))),
        lambda: apply(np.concatenate, pack(array(N), array(N), array(1))),
        lambda: apply(np.concatenate, pack(array(N, M), array(3, M))),
        lambda: apply(np.stack, pack(array(N, M), array(N, M)), axis=-1),
        lambda: apply(np.cumsum, array(N, M), axis=1),
        lambda: apply(np.cumsum, array(N, M)),
        lambda: apply(np.diff, array(N)),
        lambda: apply(np.diff, array(3, 3, Q), axis=0),
        lambda: apply(np.repeat, array(N), 2),
        lambda: apply(np.tile, array(N), 2),
        lambda: apply(np.tile, array(N), (2, 1)),
        lambda: apply(np.pad, array(N), 1),
        lambda: apply(np.eye, Value(Scalar("int", N))),
        lambda: apply(np.diag, array(N, N)),
        lambda: apply(np.diag, array(N)),
        lambda: apply(np.trace, array(N, N)),
        lambda: apply(np.linspace, 0.0, 1.0, Value(Scalar("int", N))),
        lambda: apply(np.arange, Value(Scalar("int", N))),
        lambda: apply(np.arange, 1, Value(Scalar("int", N))),
        lambda: apply(np.zeros_like, array(N, M, dtype=np.float32)),
        lambda: apply(np.full, pack(2, Value(Scalar("int", N))), 1.5),
        lambda: apply(np.full, 3, 2),
        lambda: apply(np.linalg.inv, array(N, N)),
        lambda: apply(np.linalg.solve, array(N, N), array(N, M)),
        lambda: apply(np.linalg.norm, array(N, M)),
        lambda: apply(np.linalg.norm, array(N, M), axis=1),
        lambda: apply(np.array, pack(Value(FLOAT), Value(FLOAT))),
        lambda: apply(np.array, pack(array(N), array(N))),
        lambda: apply(np.broadcast_to, array(1, M), pack(Value(Scalar("int", N)), 3)),
        lambda: apply(np.size, array(N)),
        lambda: apply(np.shape, array(N, 2)),
        lambda: apply(np.roll, array(N), 1),
        lambda: apply(np.einsum, "ij,jk->ik", array(M, N), array(N, K)),
        lambda: apply(np.tensordot, array(K, M, N), array(N, P), 1),
        lambda: apply(np.kron, array(N), array(M)),
    ],
)  # fmt: skip
def test_other_functions(make: Any) -> None:
    value = make()
    sizes = {N: 2, M: 3, K: 5, P: 4, Q: 3}
    for change in [{}, {N: 5}, {M: 2}, {M: 4, K: 3}, {P: 1}, {Q: 1, N: 4}]:
        world = {**sizes, **change}
        inverse = value.op.target in (np.linalg.inv, np.linalg.solve)
        given = {v: np.eye(world[N]) for v in value.op.operands[:1]} if inverse else {}
        if value.op.target is np.broadcast_to and world[M] != 3:
            continue
        holds([value], world, given)


F32, F64, I64 = np.float32, np.float64, np.int64


@pytest.mark.parametrize(
    "make",
    [
        lambda: apply(np.array, pack(1, 2.0)),
        lambda: apply(np.array, pack(Value(INT), Value(FLOAT))),
        lambda: apply(np.array, pack(array(N, dtype=F32), array(N))),
        lambda: apply(np.array, pack(pack(Value(FLOAT), 1.0), pack(2, 3))),
        lambda: apply(np.array, pack(pack(1, 2), pack(Value(FLOAT), 3))),
        lambda: apply(np.array, Value(FLOAT)),
        lambda: apply(np.array, array(N), dtype=F32),
        lambda: apply(np.array, pack(Value(Array(np.dtype(F32), (), True)), 1.0)),
        lambda: apply(np.array, pack(Value(Array(np.dtype(F32), (), True)), Value(INT))),
        lambda: apply(np.asarray, Value(INT), dtype=F64),
        lambda: apply(np.stack, pack(array(N, dtype=F32), array(N))),
        lambda: apply(np.stack, pack(array(N), array(N, dtype=I64)), axis=1),
        lambda: apply(np.stack, pack(array(N, M), array(N, M), array(N, M)), axis=-2),
        lambda: apply(np.concatenate, pack(array(N, dtype=F32), array(M))),
        lambda: apply(np.concatenate, pack(array(M, N), array(M, N)), axis=1),
        lambda: apply(np.concatenate, pack(array(M, N), array(M, N)), axis=-1),
        lambda: apply(np.concatenate, pack(array(M, N), array(3)), axis=None),
        lambda: apply(np.full, pack(2, 3), Value(FLOAT), dtype=F32),
        lambda: apply(np.full, 3, Value(Array(np.dtype(F32), (), True))),
        lambda: apply(np.full, 3, Value(INT)),
        lambda: apply(np.zeros, pack(2, Value(Scalar("int", N))), dtype=F32),
        lambda: apply(np.zeros, 4, I64),
        lambda: apply(np.zeros_like, array(N, dtype=I64), dtype=F64),
        lambda: apply(np.zeros_like, Value(FLOAT)),
        lambda: apply(np.full_like, array(N, dtype=F32), 2.0),
        lambda: apply(np.ones_like, array(N), shape=pack(3, 2)),
        lambda: apply(np.arange, 0, 7, 2),
        lambda: apply(np.arange, 5, 1),
        lambda: apply(np.arange, 2, Value(Scalar("int", N))),
        lambda: apply(np.arange, Value(FLOAT)),
        lambda: apply(np.arange, 3, dtype=F32),
        lambda: apply(np.linspace, array(N), 1.0, 4),
        lambda: apply(np.linspace, 0.0, Value(FLOAT)),
        lambda: apply(np.linspace, 0.0, 1.0, num=Value(INT)),
        lambda: apply(np.copy, array(N, 1)),
        lambda: apply(np.size, array(N, M)),
        lambda: apply(np.size, array(2, 3)),
        lambda: apply(np.size, Value(FLOAT)),
        lambda: apply(np.size, array(N, M), 1),
        lambda: apply(np.ndim, array(N, M)),
        lambda: apply(len, array(N, M)),
        lambda: apply(len, pack(1, 2)),
        lambda: apply(np.astype, array(N), F32),
        lambda: apply(float, array()),
        lambda: apply(int, Value(FLOAT)),
        lambda: apply(round, Value(FLOAT)),
        lambda: apply(round, Value(FLOAT), 2),
        lambda: apply(round, Value(Array(np.dtype(F64), (), True))),
        lambda: apply(round, Value(Array(np.dtype(F64), (), True)), 2),
        lambda: apply(max, Value(FLOAT), Value(FLOAT)),
        lambda: apply(np.clip, array(N), 0.0, array(M, 1)),
        lambda: apply(np.clip, array(N, dtype=F32), 0.0, 1.0),
        lambda: apply(np.clip, array(N, dtype=I64), 0.5, None),
        lambda: apply(np.round, array(N), 2),
        lambda: apply(np.modf, array(N)),
        lambda: apply(np.divmod, array(N), 2.0),
        lambda: apply(divmod, Value(INT), 2),
        lambda: apply(math.modf, Value(FLOAT)),
        lambda: apply(math.frexp, Value(FLOAT)),
        lambda: apply(math.gcd, Value(INT), 4),
        pytest.param(
            lambda: apply(math.prod, pack(Value(INT), 2)),
            marks=open_bug("an int"),
        ),
        lambda: apply(math.perm, Value(INT), 2),
        lambda: apply(math.isqrt, Value(INT)),
        lambda: apply(math.hypot, Value(FLOAT), 1.0),
        lambda: apply(operator.add, array(N), pack(1.0, 2.0, 3.0)),
        lambda: apply(operator.getitem, array(N), apply(operator.gt, array(N), 0.0)),
        lambda: apply(np.sum, array(N, dtype=bool)),
        lambda: apply(np.sum, array(N, dtype=np.int32)),
        lambda: apply(np.mean, array(N, dtype=np.int32), axis=0),
        lambda: apply(np.sum, array(N, M), (0, 1)),
        lambda: apply(np.sum, array(N, M), None),
        lambda: apply(np.sum, array(N, M), dtype=F32),
        lambda: apply(np.sum, Value(FLOAT)),
        lambda: apply(np.add.outer, array(N), array(M)),
        lambda: apply(np.maximum.accumulate, array(N)),
        lambda: apply(np.add.reduce, array(N, M)),
        lambda: apply(np.vstack, pack(array(N), array(N))),
        lambda: apply(np.hstack, pack(array(N), array(M))),
        lambda: apply(np.column_stack, pack(array(N), array(N))),
        lambda: apply(np.atleast_2d, array(N)),
        lambda: apply(np.cross, array(3), array(3)),
        lambda: apply(np.interp, array(N), array(M), array(M)),
        lambda: apply(np.gradient, array(N)),
        lambda: apply(np.triu, array(N, N)),
        lambda: apply(np.vander, array(N)),
        lambda: apply(np.percentile, array(N), 50.0),
        lambda: apply(np.median, array(N, M), axis=1),
        lambda: apply(np.sort, array(N)),
        lambda: apply(np.take, array(N, M), pack(0, 1), axis=0),
        lambda: apply(np.flip, array(N, M), 0),
        lambda: apply(np.moveaxis, array(N, M, P), 0, -1),
        lambda: apply(np.array_split, array(7), 3),
        lambda: apply(np.meshgrid, array(N), array(M)),
        lambda: apply(np.histogram, array(N), 4),
        lambda: apply(np.linalg.eigh, array(N, N)),
        lambda: apply(np.linalg.slogdet, array(N, N)),
        lambda: apply(np.linalg.svd, array(N, M), full_matrices=False),
        lambda: apply(np.linalg.qr, array(N, M)),
    ],
)
def test_dtypes_and_containers(make: Any) -> None:
    try:
        value = make()
    except UnsupportedError:
        pytest.skip("refused")
    for change in [{}, {N: 5}, {M: 2}, {M: 7, N: 4}, {P: 1}]:
        world = {N: 3, M: 3, K: 5, P: 4, Q: 3, **change}
        try:
            holds([value], world)
        except (ValueError, np.linalg.LinAlgError):
            continue


@pytest.mark.parametrize(
    ("rank", "order"),
    [
        *[(r, 1) for r in (1, 2, 3, 4, 5)], *[(r, 2) for r in (1, 2, 3, 4, 5)],
    ],
)  # fmt: skip
def test_differences_along_any_axis(rank: int, order: int) -> None:
    # The sizes of the samples must tell symbols and offsets apart, whatever the rank.
    dims = [fresh_dim() for _ in range(rank)]
    for axis in range(rank):
        x = array(*dims)
        y = apply(np.diff, x, n=order, axis=axis)
        for rotation in range(rank):
            holds([x, y], {d: 3 + (k + rotation) % rank for k, d in enumerate(dims)})
        changed = [k for k in range(rank) if y.type.dims[k] != dims[k]]  # type: ignore
        assert changed == [axis]
        moved = y.type.dims[axis]  # type: ignore[attr-defined]
        assert moved == ANY or moved.symbol == dims[axis].symbol


BY_COUNT: dict[str, Any] = {
    "eye": lambda n: apply(np.eye, n),
    "identity": lambda n: apply(np.identity, n),
    "tri": lambda n: apply(np.tri, n),
    "zeros": lambda n: apply(np.zeros, n),
    "zeros2": lambda n: apply(np.zeros, pack(n, 2)),
    "diag": lambda n: apply(np.diag, array(N), n),
    "diff": lambda n: apply(np.diff, array(N), n),
    "pad": lambda n: apply(np.pad, array(N), pack(n, 0)),
    "repeat": lambda n: apply(np.repeat, array(N), n),
    "tile": lambda n: apply(np.tile, array(N), n),
    "tile2": lambda n: apply(np.tile, array(N), pack(n, 1)),
    "arange": lambda n: apply(np.arange, n),
    "linspace": lambda n: apply(np.linspace, 0.0, 1.0, n),
    "split": lambda n: apply(np.split, array(12), n),
    "slice": lambda n: apply(operator.getitem, array(12), apply(slice, n, None, None)),
}


@pytest.mark.parametrize("make", BY_COUNT.values(), ids=BY_COUNT)
def test_an_integer_that_only_the_run_knows_decides_a_size(make: Any) -> None:
    count = Value(INT)
    value = make(count)
    for n, k in itertools.product([4, 6], [1, 2, 3]):
        holds([array(N), value], {N: n}, {count: k})


@pytest.mark.parametrize(
    "target", [np.nonzero, np.flatnonzero, np.unique, np.argwhere], ids=lambda t: t.__name__
)
def test_sizes_that_depend_on_values(target: Any) -> None:
    x = array(N)
    try:
        value = apply(target, x)
    except UnsupportedError:
        return
    for real in ([0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [3.0, 3.0, 4.0]):
        holds([x, value], {N: 3}, {x: np.array(real)})


def test_math_functions() -> None:
    for target in (math.sin, math.exp, math.floor, math.isnan, math.sqrt):
        value = apply(target, Value(FLOAT))
        holds([value], {})
