"""Sample arguments for every derivative rule: the tests of the rules are generated from these.

A sample is a call. Its floats, float arrays and containers of them are the active arguments;
everything else (ints, index arrays, axes, strings) is static. All points are clear of kinks, ties
and jumps, so that differences are an oracle for them; `tests/rules/test_conventions.py` has those.
A rule without samples fails the suite. `CALLS` holds calls that only a program can make, such as
methods and `np.array` of nested lists: they are compiled, but no rule is called directly.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from adjoint.ir import ops
from adjoint.rules.functions import polygamma
from adjoint.rules.shaping import split_like
from adjoint.runtime.arrays import prod_others, sum_to


@dataclass(frozen=True)
class Sample:
    """One call of a target.

    Attributes
    ----------
    args : positional arguments.
    kwargs : keyword arguments, all static.
    text : how the call is written, with {0}, {1} for the arguments; by default from the target.
    compiled : is the call also tried as a program? Not for targets that a user cannot name.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    compiled: bool = True


SAMPLES: dict[Any, list[Sample]] = {}
CALLS: list[Sample] = []

#: Rules that samples cannot show, with the reason.
EXEMPT: dict[Any, str] = {
    ops.literal: "the identity: it only keeps a number's name in the text",
    ops.drop_last: "a rule on lists of rows, reached through loops: in the corpus",
    ops.pad_zeros: "a rule on lists of rows, reached through loops: in the corpus",
    list: "its result is a list; programs that iterate over rows are in the corpus",
    split_like: "a rule on lists of arrays, reached through np.concatenate",
    ops.append: "a rule on lists of rows, reached through loops: in the corpus",
    ops.reverse_list: "a rule on lists of rows, reached through loops: in the corpus",
    ops.rows_to_array: "a rule on lists of rows, reached through loops: in the corpus",
}

_seeds = itertools.count()
_OPERATOR_TEXT = {
    operator.add: "{0} + {1}", operator.sub: "{0} - {1}", operator.mul: "{0} * {1}",
    operator.truediv: "{0} / {1}", operator.pow: "{0} ** {1}", operator.mod: "{0} % {1}",
    operator.neg: "-{0}", operator.pos: "+{0}", operator.matmul: "{0} @ {1}",
    operator.getitem: "{0}[{1}]", np.ndarray.item: "{0}.item()",
}  # fmt: skip


def text_of(target: Any, sample: Sample) -> str:
    """The call as an expression over {0}, {1}, ..."""
    if sample.text:
        return sample.text
    if target in _OPERATOR_TEXT:
        return _OPERATOR_TEXT[target]
    module = {"numpy": "np.", "math": "math.", "_operator": "operator."}
    prefix = "np." if isinstance(target, np.ufunc) else module.get(target.__module__, "")
    parts = [f"{{{k}}}" for k in range(len(sample.args))]
    parts += [
        f"{name}={value.__name__ if isinstance(value, type) else repr(value)}"
        for name, value in sample.kwargs.items()
    ]
    return f"{prefix}{target.__name__}({', '.join(parts)})"


def between(low: float, high: float) -> Callable[..., Any]:
    """A maker of arrays with elements in a range; the same in every run."""

    def make(*shape: int, dtype: Any = float) -> Any:
        values = np.random.default_rng(next(_seeds)).uniform(low, high, shape)
        return values.astype(dtype) if isinstance(values, np.ndarray) else dtype(values)

    return make


def apart(*shape: int, dtype: Any = float) -> Any:
    """Of both signs, away from zero."""
    values = between(0.3, 1.5)(*shape, dtype=dtype)
    signs = np.where(np.random.default_rng(next(_seeds)).random(shape) < 0.5, -1.0, 1.0)
    return np.asarray(values * signs, dtype)


def steps(offset: float) -> Callable[..., Any]:
    """A maker of multiples of 0.2, shifted: two of them with different offsets never tie."""

    def make(*shape: int, dtype: Any = float) -> Any:
        return np.asarray(np.round(between(-6, 6)(*shape)) / 5 + offset, dtype)

    return make


any_ = between(-1.5, 1.5)
positive = between(0.4, 2.0)
unit = between(-0.8, 0.8)
above_one = between(1.2, 3.0)


def sample(targets: Any, *args: Any, **kwargs: Any) -> None:
    """Add one call for each of the targets."""
    for target in targets if isinstance(targets, list) else [targets]:
        SAMPLES.setdefault(target, []).append(Sample(args, kwargs))


def call(text: str, *args: Any) -> None:
    CALLS.append(Sample(args, {}, text))


def internal(target: Any, *args: Any, **kwargs: Any) -> None:
    """A call of something that only rules emit."""
    SAMPLES.setdefault(target, []).append(Sample(args, kwargs, compiled=False))


def arrays_of(make: Callable[..., Any]) -> Iterable[Any]:
    """An argument in every form that a unary function has to take."""
    wide = make(4, 6)
    yield from (make(3), make(2, 3), np.asarray(make(1))[0] * 1, np.asarray(make(1)).reshape(()))
    yield from (float(make(1)[0]), np.float32(make(1)[0]), make(0), make(2, 0))
    yield from (make(2, 3, dtype=np.float32), wide[::2, 1::2], np.asfortranarray(make(3, 2)))


def unary(make: Callable[..., Any], *targets: Any) -> None:
    for target in targets:
        if getattr(target, "__module__", "") == "math":
            sample(target, float(make(1)[0]))
            sample(target, float(make(1)[0]))
            sample(target, np.float64(make(1)[0]))
        else:
            for x in arrays_of(make):
                sample(target, x)


def pairs_of(one: Callable[..., Any], two: Callable[..., Any]) -> Iterable[tuple[Any, Any]]:
    """Two arguments in all manners of broadcasting."""
    shapes: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
        ((3,), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)),
        ((2, 1), (3,)), ((1,), (3,)), ((1, 1), (2,)), ((4, 1, 2), (3, 1)), ((2, 3), (1,)),
        ((0,), (1,)), ((0, 3), (3,)), ((2, 0), (2, 1)),
    ]  # fmt: skip
    for a, b in shapes:
        yield one(*a), two(*b)
    zero_d, number = np.asarray(one(1)).reshape(()), float(two(1)[0])
    yield from ((zero_d, two(3)), (one(2, 3), np.asarray(two(1)).reshape(())))
    yield from ((float(one(1)[0]), two(2, 3)), (one(3), number), (one(2, 2), np.float64(number)))
    yield from ((float(one(1)[0]), number), (np.float64(one(1)[0]), number), (zero_d, number))
    yield from ((np.float64(one(1)[0]), np.float64(number)), (np.float32(one(1)[0]), two(2)))
    single = one(2, 3, dtype=np.float32)
    yield from ((single, two(3, dtype=np.float32)), (single, number), (single, two(3)))
    yield from ((one(4, 3)[::2], np.asfortranarray(two(2, 3))), (one(3, 2).T, two(6)[::2]))


def binary(one: Callable[..., Any], two: Callable[..., Any], *targets: Any) -> None:
    for target in targets:
        if getattr(target, "__module__", "") == "math":
            for _ in range(2):
                sample(target, float(one(1)[0]), float(two(1)[0]))
            sample(target, np.float64(one(1)[0]), float(two(1)[0]))
        else:
            for a, b in pairs_of(one, two):
                sample(target, a, b)


# Element-wise

unary(
    any_,
    np.exp,
    np.expm1,
    np.exp2,
    np.sin,
    np.cos,
    np.arctan,
    np.sinh,
    np.cosh,
    np.tanh,
    np.arcsinh,
    np.square,
    np.deg2rad,
    np.rad2deg,
    np.radians,
    np.degrees,
    np.negative,
    np.positive,
    operator.neg,
    operator.pos,
    np.sinc,
    np.conj,
    np.real,
    np.nan_to_num,
)
unary(
    any_,
    math.exp,
    math.expm1,
    math.exp2,
    math.sin,
    math.cos,
    math.atan,
    math.sinh,
    math.cosh,
    math.tanh,
    math.asinh,
    math.radians,
    math.degrees,
    math.erf,
    math.erfc,
)
unary(unit, np.tan, np.arcsin, np.arccos, np.arctanh, np.log1p, math.tan, math.asin, math.acos,
      math.atanh, math.log1p)  # fmt: skip
unary(positive, np.log, np.log2, np.log10, np.sqrt, math.log, math.log2, math.log10, math.sqrt,
      math.lgamma, math.gamma)  # fmt: skip
unary(above_one, np.arccosh, math.acosh)
unary(apart, abs, np.abs, np.fabs, np.reciprocal, np.cbrt, math.fabs, math.cbrt)
sample(operator.abs, apart(3))
for x in (apart(1)[0], np.float64(0.3), np.asarray(0.7), np.float32(0.25), np.array([1.5])[0]):
    sample(float, x)
for order in range(4):
    internal(polygamma, order, 1.7)
    internal(polygamma, order, -0.6)
sample([math.lgamma, math.gamma], 12.5)
sample([math.lgamma, math.gamma], -1.3)

binary(any_, any_, operator.add, operator.sub, operator.mul, np.add, np.subtract, np.multiply,
       np.logaddexp, np.logaddexp2)  # fmt: skip
binary(steps(0.0), steps(0.1), np.maximum, np.minimum, np.fmax, np.fmin)
binary(any_, apart, operator.truediv, np.divide)
binary(apart, apart, np.hypot, np.arctan2, np.copysign, math.hypot, math.atan2, math.copysign)
binary(positive, any_, operator.pow, np.power, np.float_power, math.pow)
sample(math.hypot, 0.3, -0.4, 1.2)
sample(math.hypot, 0.7)
sample(math.log, 1.7, 3.0)
sample(math.fsum, [0.3, 0.4, -0.2])
sample(math.dist, [0.3, 0.4], [1.2, -0.2])
# Quotients between 3.2 and 3.8: clear of the jumps of floor and trunc.
binary(between(2.1, 2.2), between(0.6, 0.63), operator.mod, np.mod, np.fmod)
for target in (operator.mod, np.mod, np.fmod, math.fmod, math.remainder):
    sample(target, 2.15, 0.62)
    sample(target, -2.15, 0.62)
sample([operator.mod, np.mod], np.array([2.1, -2.1]), np.array([[-0.6], [0.6]]))

# Integers beside floats
for target in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
    sample(target, any_(3), 2)
    sample(target, positive(3), np.array([1, 2, 3]))
    sample(target, 3, positive(2, 2))
    sample(target, np.array([2, 3]), positive(2))
    sample(target, positive(2, dtype=np.float32), 3)
for exponent in (0, 1, 2, 3, -1, -2, 0.5, -1.5, 2.0):
    sample([operator.pow, np.power], positive(3), exponent)
    sample(operator.pow, 0.7, exponent)
for exponent in (0, 1, 2, 3, -1):
    sample(operator.pow, np.array([-1.2, 0.7, -0.4]), exponent)
    sample(operator.pow, -1.2, exponent)
sample([np.power, operator.pow], np.array([-1.2, 0.7]), np.array([3, 2]))
sample(pow, 0.7, 1.3)
sample(pow, 0.7, 3)
sample([np.modf, np.frexp], apart(3))
sample([np.modf, np.frexp], apart(2, dtype=np.float32))
sample([np.modf, np.frexp, math.modf, math.frexp], 0.7)
sample(np.divmod, np.array([2.15, -2.15]), np.array([0.62, 0.61]))
sample(np.divmod, 2.15, np.array([0.62, 0.61]))
sample(np.ldexp, any_(3), 2)
sample(np.ldexp, any_(3), np.array([1, -2, 0]))
sample(math.ldexp, 0.7, 3)
sample(np.nextafter, any_(3), 2.0)
sample(math.nextafter, 0.7, 2.0)

sample([max, min], 0.3, 0.7)
sample([max, min], 0.7, 0.3)
sample([max, min], 0.3, 0)
sample([max, min], np.float64(0.3), np.float64(0.7))

mask = np.array([True, False, True])
for a, b in pairs_of(any_, any_):
    if np.ndim(a) + np.ndim(b):
        shape = np.broadcast_shapes(np.shape(a), np.shape(b))
        sample(np.where, np.random.default_rng(0).random(shape) < 0.5, a, b)
sample(np.where, True, any_(3), any_(2, 3))
sample(np.where, mask, any_(2, 3), 0.0)
sample(np.where, mask, 1, any_(3))
sample(np.where, np.array([[True], [False]]), any_(3), any_(1))
sample(np.where, mask, 0.5, 1.5)
internal(ops.select, True, 0.3, 0.7)
internal(ops.select, False, np.float64(0.3), 0.0)

for x in (steps(0.0)(2, 4), steps(0.0)(2, 4, dtype=np.float32), steps(0.0)(), steps(0.0)(0)):
    sample(np.clip, x, -0.5, 0.5)
    sample(np.clip, x, None, 0.5)
    sample(np.clip, x, -0.5, None)
sample(np.clip, steps(0.0)(2, 4), np.array([-0.5, -0.3, -0.1, 0.1]), np.array([[0.3], [0.5]]))
sample(np.clip, steps(0.0)(4), steps(-2.1)(2, 4), 0.9)
sample(np.clip, 0.6, -0.5, 0.5)
call("np.clip({0}, a_min=-0.5, a_max=0.5)", steps(0.0)(5))
call("np.clip({0}, min=-0.5, max=0.5)", steps(0.0)(5))
call("np.clip({0}, min=-0.5)", steps(0.0)(5))
call("{0}.clip(-0.5, 0.5)", steps(0.0)(5))

# Reductions

AXES: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((3,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1}),
    ((2, 3), {"axis": -1, "keepdims": True}), ((2, 3), {"axis": -2}), ((2, 3), {"keepdims": True}),
    ((2, 3, 2), {"axis": (0, 2)}), ((2, 3, 2), {"axis": (-1, 0)}), ((2, 3, 2), {"axis": (1,)}),
    ((2, 3, 2), {"axis": (1, 2), "keepdims": True}), ((2, 1, 3), {"axis": 1}), ((3,), {"axis": 0}),
    ((2, 3), {"axis": None}), ((2, 3), {"axis": (0, 1)}), ((1, 2), {"axis": 0, "keepdims": True}),
]  # fmt: skip
REDUCTIONS: list[Any] = [np.sum, np.mean, np.prod, np.var, np.std, np.max, np.min]


def distinct(*shape: int, dtype: Any = float) -> Any:
    """Elements in a random order, all well apart from each other."""
    size = math.prod(shape)
    values = np.random.default_rng(next(_seeds)).permutation(size) * 0.3 - 0.14 * size
    return values.reshape(shape).astype(dtype)


for target in REDUCTIONS:
    for shape, options in AXES:
        sample(target, distinct(*shape), **options)
    sample(target, distinct(2, 3), 0)
    sample(target, distinct(2, 3, dtype=np.float32), axis=1)
    sample(target, distinct(4, 4)[::2, 1:])
    sample(target, np.asfortranarray(distinct(3, 2)), axis=0)
for target in (np.sum, np.mean, np.prod, np.max, np.min):
    sample(target, np.asarray(0.7))
    sample(target, 0.7)
    sample(target, np.zeros((0, 3)), axis=1)
for target in (np.sum, np.prod):
    sample(target, np.zeros((0, 3)), axis=0)
    sample(target, np.zeros(0))
sample([np.var, np.std], distinct(2, 3), axis=1, ddof=1)
sample([np.var, np.std], distinct(5), ddof=1)
sample([np.var, np.std], distinct(5), correction=1)
sample([np.sum, np.mean, np.prod], distinct(3, dtype=np.float32), dtype=float)
sample(np.prod, np.array([0.0, 2.0, 3.0]))
sample(np.prod, np.array([[0.0, 2.0, 3.0], [0.0, 0.0, 4.0]]), axis=1)
sample([np.amax, np.amin], distinct(2, 3), axis=0)
for shape, axis in (((3,), None), ((2, 3), None), ((2, 3), 0), ((2, 3), -1), ((2, 3, 2), (0, 2))):
    internal(prod_others, distinct(*shape), axis)
internal(sum_to, any_(2, 3), (3,))
internal(sum_to, any_(2, 3), (2, 1))
internal(sum_to, any_(2, 3), ())
for shape, options in (((3,), {}), ((2, 3), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": -1})):
    sample([np.cumsum], any_(*shape), **options)
    for name in ("sum", "mean", "prod", "max", "min", "var", "std", "cumsum"):
        named = ", ".join(f"{key}={value}" for key, value in options.items())
        call(f"{{0}}.{name}({named})", distinct(*shape))
sample(np.trace, any_(3, 3))
sample(np.trace, any_(2, 3))
sample(np.trace, any_(3, 2, dtype=np.float32))
call("{0}.trace()", any_(3, 3))
call("{0}.sum((0, 2), keepdims=True)", any_(2, 3, 2))

# Products

MATMUL = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((1, 3), (3, 1)),
    ((2, 2, 3), (2, 3, 2)), ((2, 3), (4, 3, 2)), ((4, 2, 3), (3, 2)), ((2, 1, 2, 3), (4, 3, 2)),
    ((3,), (2, 3, 2)), ((2, 2, 3), (3,)), ((1, 2, 3), (4, 3, 2)), ((0, 3), (3, 2)),
]  # fmt: skip
for a_shape, b_shape in MATMUL:
    sample([np.matmul, operator.matmul], any_(*a_shape), any_(*b_shape))
sample([np.matmul, np.dot], any_(2, 3, dtype=np.float32), any_(3, 2, dtype=np.float32))
sample([np.matmul, np.dot], any_(2, 3, dtype=np.float32), any_(3))
sample([np.matmul, np.dot], any_(3, 2).T, any_(6, 2)[::2])
sample(np.matmul, np.array([[1, 2], [3, 4]]), any_(2))

DOT = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (3,)),
    ((2, 2, 3), (3, 4)), ((2, 3), (4, 3, 2)), ((3,), (4, 3, 2)), ((2, 4, 3), (2, 3, 2)),
    ((), (2, 3)), ((3,), ()), ((), ()),
]  # fmt: skip
for a_shape, b_shape in DOT:
    sample(np.dot, np.asarray(any_(*a_shape)), np.asarray(any_(*b_shape)))
sample(np.dot, 0.7, any_(3))
sample(np.dot, any_(2, 3), 0.7)

INNER = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3)), ((2, 3), (4, 3)), ((2, 2, 3), (4, 3)),
    ((2, 3), (4, 2, 3)), ((), (2, 3)), ((3,), ()),
]  # fmt: skip
for a_shape, b_shape in INNER:
    sample(np.inner, np.asarray(any_(*a_shape)), np.asarray(any_(*b_shape)))
for a_shape, b_shape in (((3,), (2,)), ((2, 2), (3,)), ((), (3,)), ((1, 2), (2, 1)), ((0,), (2,))):
    sample(np.outer, np.asarray(any_(*a_shape)), np.asarray(any_(*b_shape)))
sample(np.outer, any_(3, dtype=np.float32), any_(2, dtype=np.float32))
sample(np.vdot, any_(3), any_(3))
sample(np.vdot, any_(2, 3), any_(2, 3))
for a_shape, b_shape in (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (2, 3)), ((2, 1, 3), (4, 3))):
    sample(np.vecdot, any_(*a_shape), any_(*b_shape))
for a_shape, b_shape in (((2, 3), (3,)), ((4, 2, 3), (3,)), ((2, 3), (4, 3)), ((4, 2, 3), (4, 3))):
    sample(np.matvec, any_(*a_shape), any_(*b_shape))
for a_shape, b_shape in (((3,), (3, 2)), ((4, 3), (3, 2)), ((3,), (4, 3, 2)), ((4, 3), (4, 3, 2))):
    sample(np.vecmat, any_(*a_shape), any_(*b_shape))
sample(np.tensordot, any_(2, 3, 2), any_(3, 2, 4))
sample(np.tensordot, any_(2, 3), any_(3, 4), axes=1)
sample(np.tensordot, any_(2, 3), any_(2), axes=0)
sample(np.tensordot, any_(2, 3, 4), any_(4, 2), axes=([0, 2], [1, 0]))
sample(np.tensordot, any_(2, 3, 4), any_(4, 3), axes=((-1, 1), (0, 1)))
sample(np.tensordot, any_(2, 3), any_(4, 3), axes=(1, 1))
sample(np.kron, any_(2), any_(3))
sample(np.kron, any_(2, 3), any_(3, 2))
sample(np.kron, any_(2, 3), any_(2))

EINSUM: list[tuple[Any, ...]] = [
    ("ij,jk->ik", (2, 3), (3, 4)), ("ij,jk", (2, 3), (3, 4)), ("ij->ji", (2, 3)), ("ij->", (2, 3)),
    ("ba", (2, 3)), ("ij->i", (2, 3)), ("i,j->ij", (2,), (3,)), ("bij,bjk->bik", (2, 2, 3),
    (2, 3, 2)),
    ("i,i", (3,), (3,)), ("i,i,i->i", (3,), (3,), (3,)), ("ij,i,j->", (2, 3), (2,), (3,)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 2)), ("ij,ij->", (2, 3), (2, 3)), ("ij,k->k", (2, 3),
    (2,)),
    ("...ij,...jk->...ik", (2, 2, 3), (2, 3, 2)), ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    ("...i,i->...", (2, 2, 3), (3,)), ("...ij,j", (2, 2, 3), (3,)), ("i...->...", (2, 3)),
    ("...->...", (2, 3)), ("...,...->...", (2, 3), (3,)), ("ii->i", (3, 3)), ("ii", (3, 3)),
    ("ii->", (3, 3)), ("ii,i->i", (3, 3), (3,)), ("iij->ij", (2, 2, 3)),
    ("iij,j->i", (2, 2, 3), (3,)),
    ("ii,jj->ij", (2, 2), (3, 3)), ("iij->j", (2, 2, 3)), ("...ii->...i", (2, 3, 3)),
    ("iii->i", (2, 2, 2)), ("ijij->ij", (2, 3, 2, 3)), ("i , j -> i j", (2,), (3,)),
]  # fmt: skip
for subscripts, *shapes in EINSUM:
    sample(np.einsum, subscripts, *(any_(*shape) for shape in shapes))
sample(np.einsum, "ij,jk->ik", any_(2, 3, dtype=np.float32), any_(3, 2, dtype=np.float32))
sample(np.einsum, "ij,jk,kl->il", any_(2, 3), any_(3, 2), any_(2, 2), optimize=True)
for text in ("{0}.dot({1})", "{0} @ {1}"):
    call(text, any_(2, 3), any_(3, 2))
# Sizes that have to agree, of which only one is known
for text in (
    "np.inner({0}, np.ones(3))",
    "np.dot({0}, np.ones((4, 3, 2)))",
    "np.einsum('ij,j->i', {0}, np.ones(3))",
    "np.tensordot({0}, np.ones((3, 2)), 1)",
    "np.concatenate([{0}, np.ones((2, 3))])",
    "np.concatenate(({0}, np.ones((2, 1))), axis=1)",
    "np.vstack([{0}, np.zeros(3)])",
    "np.matvec({0}, np.ones(3))",
):
    call(text, any_(2, 3))

# Shape

for axes in (None, (1, 0, 2), (2, 0, 1), (-1, 0, 1), [2, 0, 1]):
    sample(np.transpose, any_(2, 3, 4), axes)
sample(np.transpose, any_(3))
sample(np.transpose, any_(2, 3, dtype=np.float32))
sample(np.swapaxes, any_(2, 3, 4), 0, -1)
sample(np.swapaxes, any_(2, 3), 1, 0)
sample(np.moveaxis, any_(2, 3, 4), 0, -1)
sample(np.moveaxis, any_(2, 3, 4), (0, 1), (-1, 0))
for shape in ((3, 2), (6,), 6, (-1,), (2, -1), (1, 2, 3), (-1, 1)):
    sample(np.reshape, any_(2, 3), shape)
sample(np.reshape, any_(2, 3, dtype=np.float32), (3, 2))
sample(np.reshape, np.asfortranarray(any_(2, 3)), (3, 2))
sample(np.reshape, any_(2, 3), (3, 2), order="F")
sample(np.reshape, any_(0, 3), (3, 0))
sample(np.reshape, 0.7, (1, 1))
for x in (
    any_(2, 3),
    np.asfortranarray(any_(2, 3)),
    any_(3),
    np.asarray(0.7),
    any_(4, 4)[::2, 1::2],
):
    sample(np.ravel, x)
sample(np.ravel, any_(2, 3), order="F")
sample(np.squeeze, any_(1, 3, 1))
sample(np.squeeze, any_(1, 3, 1), 0)
sample(np.squeeze, any_(1, 3, 1), axis=(0, -1))
for axis in (0, 1, -1, (0, 2)):
    sample(np.expand_dims, any_(2, 3), axis)
for shape, target_shape in (((3,), (2, 3)), ((2, 1), (2, 3)), ((), (2, 3)), ((1, 3), (2, 3)),
                            ((2, 3), (2, 3)), ((0,), (2, 0)), ((1,), (3,))):  # fmt: skip
    sample(np.broadcast_to, np.asarray(any_(*shape)), target_shape)
sample(np.broadcast_to, 0.7, (2, 3))
sample(np.broadcast_to, any_(3, dtype=np.float32), (2, 3))
for axis in (None, 0, 1, (0, 1)):
    sample(np.flip, any_(2, 3), axis)
for x in (any_(2, 3), np.asarray(0.7), any_(2, 3).T, any_(0), any_(3, dtype=np.float32)):
    sample([np.copy, np.asarray, np.array, np.ascontiguousarray], x)
sample([np.asarray, np.array], 0.7)
sample([np.asarray, np.array], np.float64(0.7))
sample([np.asarray, np.array], any_(3, dtype=np.float32), dtype=float)
sample(np.astype, any_(3, dtype=np.float32), float)
sample(np.astype, any_(3), float)
sample(np.ndarray.item, np.asarray(0.7))
sample(np.ndarray.item, any_(1, 1))
for text in (
    "np.array([{0}, {1}])",
    "np.array([[{0}, 1.0], [{1}, {0}]])",
    "np.array(({0}, 2, {1}))",
    "np.asarray([{0}, {1}])",
    "np.array([{0}, {1}], dtype=float)",
    "np.stack([{0}, {1}])",
    "np.array([({0}, {1}), ({1}, {1})])",
    "np.array([{0}, {1}]) @ np.array([{1}, 3.0])",
):
    call(text, 0.3, 0.7)  # fmt: skip
for text in (
    "np.array([{0}, {1}])",
    "np.array([[{0}], [{1}]])",
    "np.array([{0}[0], {1}[1], 2.0])",
    "np.stack([{0}, {1}])",
    "np.concatenate(({0}, {1}, {0}))",
    "np.array({0})",
):
    call(text, any_(3), any_(3))  # fmt: skip
call("np.array([{0}, {1}])", np.float32(0.3), np.float32(0.7))
call("np.array([{0}, {1}])", np.asarray(0.3), np.float64(0.7))
for text in (
    ".T",
    ".transpose()",
    ".transpose(1, 0)",
    ".transpose((1, 0))",
    ".swapaxes(0, 1)",
    ".reshape(3, 2)",
    ".reshape((3, 2))",
    ".reshape(-1)",
    ".ravel()",
    ".flatten()",
    ".copy()",
    ".astype(float)",
    ".astype(np.float64)",
    ".item(2)",
    ".real",
):
    call("{0}" + text, any_(2, 3))  # fmt: skip
call("{0}.squeeze()", any_(1, 3))
call("{0}.squeeze(axis=0)", any_(1, 3))

for axis in (0, 1, -1):
    sample(np.stack, [any_(2, 3), any_(2, 3)], axis)
    sample(np.concatenate, [any_(2, 3), any_(2, 3)], axis)
sample(np.stack, (any_(3), any_(3)))
sample(np.stack, [0.3, 0.7])
sample(np.stack, [np.float64(0.3), np.float64(0.7)])
sample(np.concatenate, (any_(2, 3), any_(1, 3), any_(0, 3)))
sample(np.concatenate, (any_(2), any_(3)))
sample(np.concatenate, (any_(2, 3), any_(2)), None)
sample(np.concatenate, [any_(2, 1), any_(2, 2)], axis=1)
sample(np.concatenate, [any_(2, dtype=np.float32), any_(3, dtype=np.float32)])
call("np.concatenate([{0}, np.zeros(2), {1}])", any_(2), any_(3))
call("np.concatenate({0})", [any_(2), any_(3)])
call("np.concatenate({0}, axis=1)", [any_(2, 1), any_(2, 3)])
call("np.stack({0})", [any_(3), any_(3)])
call("np.stack({0}, axis=1)", [any_(3), any_(3)])
call("np.array({0})", [any_(3), any_(3)])
call("np.array({0})", [0.3, 0.7])
call("np.append({0}, {1})", any_(2), 0.7)
sample(np.append, any_(2), any_(3))
sample(np.append, any_(2, 3), any_(1, 3), axis=0)
for target in (np.vstack, np.hstack, np.column_stack):
    sample(target, [any_(3), any_(3)])
    sample(target, (any_(2, 3), any_(2, 3)))
    sample(target, [any_(2, 3), any_(2, 3)])
sample(np.vstack, (any_(2, 3), any_(3), any_(1, 3)))
sample(np.column_stack, (any_(3, 2), any_(3)))
sample(np.hstack, (0.3, any_(2)))
for target in (np.atleast_1d, np.atleast_2d):
    for x in (0.7, np.asarray(0.7), any_(3), any_(2, 3)):
        sample(target, x)
sample(np.roll, any_(5), 2)
sample(np.roll, any_(2, 3), -1, axis=1)
sample(np.roll, any_(2, 3), (1, 2), axis=(0, 1))
sample([np.tril, np.triu], any_(3, 3))
sample([np.tril, np.triu], any_(2, 4, 3), 1)
sample(np.diag, any_(3))
sample(np.diag, any_(3, 3))
sample(np.diag, any_(2, 3))
sample(np.diagonal, any_(3, 3))
sample(np.diagonal, any_(2, 3))
sample(np.repeat, any_(3), 2)
sample(np.repeat, any_(2, 3), 2, axis=1)
sample(np.repeat, any_(2, 3), 2, axis=0)
sample(np.repeat, any_(2, 3), 2)
sample(np.tile, any_(3), 2)
sample(np.tile, any_(3), (2, 2))
sample(np.tile, any_(2, 3), (2, 1))
sample(np.tile, any_(2, 3), 2)
sample(np.pad, any_(3), 1)
sample(np.pad, any_(2, 3), ((1, 0), (2, 1)))
sample(np.take, any_(4), np.array([2, 0, 2]))
sample(np.take, any_(3, 2), np.array([2, 0]), axis=0)
sample(np.take, any_(2, 3), 1, axis=1)
sample(np.diff, any_(4))
sample(np.diff, any_(2, 3), axis=0)
sample(np.diff, any_(5), 2)

# Constructors

sample(np.full, 3, 0.7)
sample(np.full, (2, 3), 0.7)
sample(np.full, (2, 3), any_(3))
sample(np.full, (2,), np.asarray(0.7))
sample(np.full_like, np.zeros((2, 3), int), np.float64(0.7), dtype=float)
sample(np.full_like, any_(2, 3), 0.7)
sample(np.linspace, 0.3, 1.4, 5)
sample(np.linspace, 0.3, 1.4, num=4)
sample(np.linspace, 0.3, 1.4, 4, endpoint=False)
sample(np.linspace, 0, 1.4, 3)
sample(np.linspace, any_(2), any_(2), 3)
sample(np.linspace, any_(2), 1.0, 3)
sample(np.arange, 0.25, 2.0)
sample(np.arange, 0.2, 2.0, 0.5)
sample(np.arange, 2.1)
for text in (
    "np.zeros(3) + {0}",
    "np.ones((2, 3)) * {0}",
    "np.zeros_like({0}) + {0}",
    "np.ones_like({0}) * {0}",
    "np.eye(3) * {0}",
    "np.arange(3) * {0}",
    "np.empty_like({0}) * 0.0 + {0}",
    "np.identity(3) @ {0}",
):
    call(text, any_(3))  # fmt: skip

# Indexing

rows = np.array([2, 0, 2])
INDICES: list[tuple[tuple[int, ...], Any]] = [
    ((4,), 1), ((4,), -1), ((4,), slice(1, 3)), ((4,), slice(None, None, 2)),
    ((4,), slice(None, None, -1)),
    ((3, 4), 1), ((3, 4), (1, 2)), ((3, 4), (slice(None), 1)), ((3, 4),
    (slice(1, None), slice(None, -1))),
    ((3, 4), (Ellipsis, 0)), ((3, 4), (None, 1)), ((3, 4), (slice(None), None, slice(1, 3))),
    ((3,), (slice(None), None)), ((2, 3, 2), (0, Ellipsis)), ((4,), rows), ((3, 4), rows),
    ((4, 3), (slice(None), rows)), ((3, 4), (rows, rows)), ((3, 4), (rows, 1)), ((3, 4),
    (1, rows)),
    ((3, 4), (np.array([[0], [1]]), rows)), ((3, 4), np.array([[0, 1], [1, 1]])),
    ((3, 4, 3), (rows, slice(None), rows)), ((3, 4, 3), (0, slice(None), rows)),
    ((3, 4, 3), (slice(None), rows, rows)), ((3, 4), (slice(0, 2), rows)), ((3, 4), [0, 2, 0]),
    ((3,), mask), ((3, 4), mask), ((4, 3), (slice(None), mask)), ((3, 4), (mask, rows[:2])),
    ((2, 3), np.array([[True, False, True], [False, True, True]])), ((3, 4), (mask, 1)),
    ((3,), np.zeros(0, int)), ((3,), np.zeros(3, bool)), ((3, 4), (rows, None)), ((3, 4),
    (-1, -2)),
    ((3, 4), (np.array([-1, 0]), slice(None, None, -1))), ((3,), Ellipsis), ((3,), np.int64(1)),
]  # fmt: skip
for shape, index in INDICES:
    sample(operator.getitem, any_(*shape), index)
sample(operator.getitem, any_(4, dtype=np.float32), rows)
sample(operator.getitem, any_(3, dtype=np.float32), 1)
sample(operator.getitem, any_(4, 6).T, (rows, slice(1, 3)))
internal(ops.index_add, any_(4), rows, any_(3))
internal(ops.index_add, any_(3, 4), (slice(None), 1), any_(3))
internal(ops.index_add, any_(3), 1, 0.7)
ELEMENT = ((operator.getitem, 1),)
internal(ops.store, any_(3), 0.7, ELEMENT, 1)
internal(ops.store, any_(3, 4), any_(3), ELEMENT, (slice(None), 1))
internal(ops.store, any_(3, 4), any_(4), ELEMENT, slice(1, None))
internal(ops.store, any_(4), any_(3), ELEMENT, rows)
internal(ops.store, any_(3), 0.7, ELEMENT, mask)
internal(ops.store, any_(3, 4), any_(3, 4), ())
internal(ops.store, any_(3, 4), any_(3), ((np.transpose, 0), (operator.getitem, 1)), 2)
internal(ops.store, any_(3, 4), 0.7, ((operator.getitem, 1), (operator.getitem, 1)), 1, 2)
for text in (
    "{0}[1:][0]",
    "{0}[{0} > 0.0]",
    "{0}[np.argsort({0})]",
    "{0}[[0, 2]]",
    "{0}[::-1][:2]",
    "{0}[np.argmax({0})]",
    "{0}[:, None] * {0}[None, :]",
):
    call(text, np.array([0.3, -0.4, 0.9]))  # fmt: skip
