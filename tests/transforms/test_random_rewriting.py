"""Random programs of the backward half compute the same before and after they are rewritten."""

from __future__ import annotations

import operator
import random
from typing import Any

import numpy as np
import pytest

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Value
from adjoint.ir.staging import inside_rule
from adjoint.ir.types import FLOAT, Array, Dim, dims_of
from adjoint.ir.verifier import verify
from adjoint.transforms.effects.dce import eliminate_dead_code
from adjoint.transforms.simplify.cse import eliminate_common_subexpressions
from adjoint.transforms.simplify.signs import sink_signs
from adjoint.transforms.simplify.simplify import associate_products, simplify
from tests.transforms.lowered import by_hand

N, M = Dim(1, 0, True), Dim(2, 0, True)
F64 = np.dtype(float)
PARAMS = [
    ("x", Array(F64, (N,))), ("y", Array(F64, (N,))), ("A", Array(F64, (N, M))),
    ("B", Array(F64, (N, M))), ("row", Array(F64, (M,))), ("s", FLOAT),
]  # fmt: skip
NUMBERS = (2.0, -2.0, 0.5, -1.0, 3.0, 1.0)


def grown(builder: Any, values: list[Value], choice: random.Random) -> Value | None:
    """One more operation, of values that fit."""
    a, b = (
        choice.choice(values[-4:]),
        choice.choice(values if choice.random() < 0.5 else values[-6:]),
    )
    p, q = dims_of(a.type) or (), dims_of(b.type) or ()
    fits = all(m == n or 1 in (m, n) for m, n in zip(reversed(p), reversed(q), strict=False))
    match choice.randrange(16):
        case 0 | 1 if fits:
            return builder.apply(operator.add, a, b)
        case 2 | 3 if fits:
            return builder.apply(operator.sub, a, b)
        case 4 | 5 | 6 if fits:
            return builder.apply(operator.mul, a, b)
        case 7 | 8:
            return builder.apply(operator.neg, a)
        case 9:
            return builder.apply(operator.mul, choice.choice(NUMBERS), a)
        case 10:
            return builder.apply(operator.truediv, a, choice.choice(NUMBERS))
        case 11 if p and len(p) < 3:
            return builder.apply(np.expand_dims, a, choice.randrange(len(p) + 1))
        case 12 if p:
            axis = choice.randrange(len(p))
            kept = builder.apply(np.sum, a, axis=axis, keepdims=True)
            return builder.apply(np.squeeze, kept, axis=axis) if choice.random() < 0.7 else kept
        case 13 if p:
            how = choice.choice([{}, {"axis": 0}, {"axis": len(p) - 1, "keepdims": True}])
            return builder.apply(np.sum, a, **how)
        case 14 if len(p) == 2 == len(q):
            if p[1] == q[0]:
                product = builder.apply(operator.matmul, a, b)
                return builder.apply(np.transpose, product)
            return builder.apply(np.transpose, a)
        case 15 if p and not q:
            return builder.apply(np.broadcast_to, b, builder.apply(np.shape, a))
    return None


def run(function: Function, given: dict[str, Any]) -> list[Any]:
    """The results of the operations, one after the other."""
    known: dict[Value, Any] = {p: given[p.name] for p in function.params}

    def of(value: Value) -> Any:
        return value.value if isinstance(value, Constant) else known[value]

    for op in function.body.ops[:-1]:
        positional, named = op.arguments()
        with np.errstate(all="ignore"):
            known[op.result] = op.target(
                *map(of, positional), **{k: of(v) for k, v in named.items()}
            )
    return [of(v) for v in function.results]


@pytest.mark.parametrize("seed", range(400))
def test_the_results_are_the_same(seed: int) -> None:
    choice = random.Random(seed)
    with by_hand(*PARAMS, backward=True) as (function, builder):
        values = list(function.params)
        total = builder.apply(ops.zero, values[0])
        for _ in range(24):
            value = grown(builder, values, choice)
            if value is not None:
                values.append(value)
                if not dims_of(value.type):
                    total = builder.apply(ops.index_add, total, choice.randrange(2), value)
        builder.end([values[-1], total], "return")
    eliminate_dead_code(function)
    rng = np.random.default_rng(seed)
    given = {
        "x": rng.normal(size=3), "y": rng.normal(size=3), "A": rng.normal(size=(3, 4)),
        "B": rng.normal(size=(3, 4)), "row": rng.normal(size=4), "s": 0.7,
    }  # fmt: skip
    want = run(function, given)
    for each in (
        simplify,
        eliminate_common_subexpressions,
        simplify,
        sink_signs,
        simplify,
        associate_products,
    ):
        with inside_rule(False):
            each(function)
        verify(function, each.__name__)
    eliminate_dead_code(function)
    for a, b in zip(run(function, given), want, strict=True):
        assert np.shape(a) == np.shape(b)
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
