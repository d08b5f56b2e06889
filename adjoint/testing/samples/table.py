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
from scipy import linalg, special

from adjoint.emit.names.references import scipy_name
from adjoint.ir import ops
from adjoint.runtime.arrays import split_like


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
    linalg.eigh: "the signs of its vectors are arbitrary: in CALLS",
    special.lambertw: "its result is complex: in CALLS",
    ops.alias: "the identity: it only tells an argument from what is captured",
    ops.literal: "the identity: it only keeps a number's name in the text",
    ops.drop_last: "a rule on lists of rows, reached through loops: in the corpus",
    ops.pad_zeros: "a rule on lists of rows, reached through loops: in the corpus",
    list: "its result is a list; programs that iterate over rows are in the corpus",
    split_like: "a rule on lists of arrays, reached through np.concatenate",
    ops.join_lists: "a rule on lists, reached through `xs + ys`: in the corpus",
    ops.repeat_list: "a refusal: only constants are repeated",
    ops.append: "a rule on lists of rows, reached through loops: in the corpus",
    ops.add_containers: "a sum of cotangents of lists, made by reverse mode: of higher order",
    ops.reverse_list: "a rule on lists of rows, reached through loops: in the corpus",
    ops.rows_to_array: "a rule on lists of rows, reached through loops: in the corpus",
    np.histogram: "with respect to the weights alone: in CALLS",
}

_seeds = itertools.count()
_OPERATOR_TEXT = {
    operator.add: "{0} + {1}", operator.sub: "{0} - {1}", operator.mul: "{0} * {1}",
    operator.truediv: "{0} / {1}", operator.pow: "{0} ** {1}", operator.mod: "{0} % {1}",
    operator.neg: "-{0}", operator.pos: "+{0}", operator.matmul: "{0} @ {1}",
    operator.getitem: "{0}[{1}]", np.ndarray.item: "{0}.item()", np.ndarray.tolist: "{0}.tolist()",
}  # fmt: skip


def text_of(target: Any, sample: Sample) -> str:
    """The call as an expression over {0}, {1}, ..."""
    if sample.text:
        return sample.text
    if target in _OPERATOR_TEXT:
        return _OPERATOR_TEXT[target]
    module = {"numpy": "np.", "math": "math.", "_operator": "operator.",
              "numpy.linalg": "np.linalg.", "numpy.fft": "np.fft.", "cmath": "cmath.",
              "numpy.lib.stride_tricks": "np.lib.stride_tricks."}  # fmt: skip
    owner = getattr(target, "__self__", None)
    if isinstance(owner, np.ufunc):
        prefix = f"np.{owner.__name__}."
    else:
        prefix = "np." if isinstance(target, np.ufunc) else module.get(target.__module__, "")
    name = scipy_name(target) or prefix + target.__name__
    parts = [f"{{{k}}}" for k in range(len(sample.args))]
    parts += [
        f"{name}={value.__name__ if isinstance(value, type) else _literal(value)}"
        for name, value in sample.kwargs.items()
    ]
    return f"{name}({', '.join(parts)})"


def _literal(value: Any) -> str:
    return repr(value).replace("inf", "math.inf") if isinstance(value, float) else repr(value)


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


def distinct(*shape: int, dtype: Any = float) -> Any:
    """Elements in a random order, all well apart from each other."""
    size = math.prod(shape)
    values = np.random.default_rng(next(_seeds)).permutation(size) * 0.3 - 0.14 * size
    return values.reshape(shape).astype(dtype)


def complex_(*shape: int, dtype: Any = complex) -> Any:
    """Complex numbers in an annulus around 0, in all four quadrants."""
    length, angle = between(0.4, 1.6)(*shape), between(-3.0, 3.0)(*shape)
    values = length * np.exp(1j * angle)
    return values.astype(dtype) if isinstance(values, np.ndarray) else dtype(values)


any_ = between(-1.5, 1.5)
positive = between(0.4, 2.0)
unit = between(-0.8, 0.8)
above_one = between(1.2, 3.0)
mask = np.array([True, False, True])


def sample(targets: Any, *args: Any, **kwargs: Any) -> None:
    """Add one call for each of the targets."""
    for target in targets if isinstance(targets, list) else [targets]:
        SAMPLES.setdefault(target, []).append(Sample(args, kwargs))


def call(text: str, *args: Any) -> None:
    CALLS.append(Sample(args, {}, text))


def composed(targets: Any, *args: Any, **kwargs: Any) -> None:
    """A call of functions that are compositions of others, without a rule of their own."""
    for target in targets if isinstance(targets, list) else [targets]:
        one = Sample(args, kwargs)
        CALLS.append(Sample(args, {}, text_of(target, one)))


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
