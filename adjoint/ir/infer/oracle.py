"""NumPy as the oracle: the type of what a function gives for samples.

The function is run on two small samples in which every symbolic size is a number of its own, and
each size of the result is read back from the pair.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError, did_you_mean
from adjoint.ir import ops
from adjoint.ir.callables import facts_of, signature_of
from adjoint.ir.core import Constant, Value
from adjoint.ir.descriptions import described
from adjoint.ir.effects import is_random
from adjoint.ir.infer.operands import SCALAR_SAMPLE, Args, KwArgs
from adjoint.ir.types import (
    ANY,
    UNKNOWN,
    Array,
    Dim,
    List,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    Unknown,
    dims_of,
    is_labelled,
    is_many,
    representative,
    type_of_constant,
)

#: The second sample has the order reversed, and its sizes are well apart from those of the first:
#: what is min(n, m) or min(n, m - 1) in both is neither n nor m.
_SIZES = (
    (8, 16, 25, 33, 42, 51, 58, 67, 75, 84),
    (46, 37, 29, 21, 12, 10, 9, 7, 6, 5),
)


def probe(target: Any, args: Args, kwargs: KwArgs) -> Type:
    """The results of NumPy for samples of these types."""
    given = [v.type for v in [*args, *kwargs.values()]]
    if any(isinstance(type_, Unknown) for type_ in given):
        return Unknown(any(map(is_labelled, given)))
    kwargs = {k: v for k, v in kwargs.items() if k != "where"}  # it has to agree with an operand
    if is_random(target):
        target = _stand_in(target)
    samplers = [_Sampler(p, k) for k, p in enumerate(_SIZES, start=2)]
    try:
        pair = [_run(target, s, args, kwargs) for s in samplers]
    except UnsupportedError:
        samplers = [_Sampler(3, 2), _Sampler(5, 3)]  # sizes that must agree but are not known to
        pair = [_run(target, s, args, kwargs) for s in samplers]
    many = {
        size.symbol
        for value in [*args, *kwargs.values()]
        for size in map(_sampled, _sizes(value.type))
        if isinstance(size, Dim) and size.not_one and size.offset == 0
    }
    found = _Reader(samplers[0], samplers[1], many).type_of(*pair)
    if _ranks(pair[0]) != _ranks_with_ones(target, args, kwargs, pair[0]):
        return UNKNOWN
    facts = facts_of(target)
    return _without_sizes(found) if facts is not None and facts.sized_by_values else found


def _ranks_with_ones(target: Any, args: Args, kwargs: KwArgs, usual: Any) -> Any:
    """The ranks of the result where all sizes that may be 1 are: `np.squeeze` has fewer then."""
    dims = [d for v in [*args, *kwargs.values()] for d in dims_of(v.type) or ()]
    if all(is_many(d) or d == 1 for d in dims):
        return _ranks(usual)
    try:
        return _ranks(_run(target, _Ones(3, 2), args, kwargs))
    except UnsupportedError:  # then it raises for the program as well
        return _ranks(usual)


def _ranks(result: Any) -> Any:
    if isinstance(result, (tuple, list)):
        return [*map(_ranks, result)]
    return np.ndim(result)


def _run(target: Any, sampler: _Sampler, args: Args, kwargs: KwArgs) -> Any:
    samples = [sampler.sample(v) for v in args]
    return evaluate(target, samples, {k: sampler.sample(v) for k, v in kwargs.items()})


def evaluate(target: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """The function's result for samples; what it raises says that it cannot be called so."""
    try:
        with np.errstate(all="ignore"):
            return target(*args, **kwargs)
    except Exception as error:
        raise UnsupportedError(_refusal(target, args, kwargs, str(error))) from None


def _refusal(target: Any, args: Sequence[Any], kwargs: dict[str, Any], said: str) -> str:
    """Why a function refuses its arguments, without the sizes of the samples."""
    name = getattr(target, "__name__", str(target))
    keyword = re.search(r"unexpected keyword argument '(\w+)'", said)
    if keyword is not None:
        return f"{name}() has no parameter '{keyword[1]}'{_like(target, keyword[1])}"
    if re.search(r"\d", said) and any(isinstance(a, np.ndarray) for a in _leaves(args, kwargs)):
        shown = ", ".join(_shown(a) for a in args)
        return f"{name} refuses arguments of these types: {shown}"
    return f"{name} refuses these arguments: {said}"


def _like(target: Any, name: str) -> str:
    try:
        return did_you_mean(name, signature_of(target).parameters)
    except (TypeError, ValueError):
        return did_you_mean(name, ("axis", "dtype", "out", "where", "keepdims", "initial"))


def _leaves(args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
    work, found = [*args, *kwargs.values()], []
    while work:
        item = work.pop()
        if isinstance(item, (tuple, list)):
            work += item
        found.append(item)
    return found


def _shown(sample: Any) -> str:
    if isinstance(sample, (tuple, list)):
        inner = ", ".join(map(_shown, sample))
        return f"[{inner}]" if isinstance(sample, list) else f"({inner})"
    if isinstance(sample, np.ndarray):
        return described(type_of_constant(sample))
    return repr(sample) if isinstance(sample, (str, int)) else described(type_of_constant(sample))


def _stand_in(target: Any) -> Any:
    """The same draw from another generator: asking for a type leaves the user's as it is."""
    owner = getattr(target, "__self__", None)
    if isinstance(owner, np.random.Generator):
        return getattr(np.random.default_rng(0), target.__name__)
    if isinstance(owner, np.random.RandomState):
        return getattr(np.random.RandomState(0), target.__name__)
    return target


def _sizes(type_: Type) -> tuple[Size, ...]:
    """The sizes of an array, or the one that a number stands for."""
    if isinstance(type_, Scalar):
        return () if type_.size is None else (type_.size,)
    return dims_of(type_) or ()


def _sampled(size: Size) -> Size:
    """Equal sizes have equal samples; one that is n - 3 for another n would not be read back."""
    other = representative(size)
    return other if isinstance(other, int) or not other.offset else size


class _Sampler:
    """Concrete stand-ins for typed values, with a size of its own for each symbol."""

    def __init__(self, choice: Sequence[int] | int, integer: int):
        self.choice = choice
        self.integer = integer  # an int of which nothing is known: another one in each sample
        self.sizes: dict[int, int] = {}

    def size(self, size: Size) -> int:
        size = _sampled(size)
        if isinstance(size, int):
            return size
        if isinstance(self.choice, int):
            return self.choice
        if size.symbol not in self.sizes:
            self.sizes[size.symbol] = self.choice[len(self.sizes) % len(self.choice)]
        return max(self.sizes[size.symbol] + size.offset, 0)

    def sample(self, value: Value) -> Any:
        if isinstance(value, Constant):
            return value.value
        if value.op is not None and value.op.target is slice:
            return slice(*(self.sample(v) for v in value.op.operands))
        if value.op is not None and value.op.target in (ops.make_tuple, ops.make_list):
            items = [self.sample(v) for v in value.op.operands]
            return tuple(items) if value.op.target is ops.make_tuple else items
        return self.of_type(value.type)

    def of_type(self, type_: Type) -> Any:
        match type_:
            case Scalar("int", size):
                return self.size(size) if size is not None else self.integer
            case Scalar(kind):
                return SCALAR_SAMPLE[kind]
            case Array(dtype, dims, scalar):
                shape = tuple(map(self.size, dims))
                if scalar:
                    return dtype.type(1)
                array = np.ones(shape, dtype)
                if len(shape) >= 2 and dtype.kind in "fc":  # well conditioned, for linalg
                    array *= 0.01
                    array += np.eye(shape[-2], shape[-1], dtype=dtype)
                return array
            case Struct(kind, items, None):
                return kind(map(self.of_type, items))
            case Struct(kind, items, keys) if issubclass(kind, tuple):
                return kind(*map(self.of_type, items))
            case Struct(kind, items, keys) if kind is dict:
                return dict(zip(keys or (), map(self.of_type, items), strict=True))
            case List(element, size):
                return [self.of_type(element) for _ in range(self.size(size))]
            case Range():
                return range(3)
        raise UnsupportedError(f"{described(type_)} cannot be passed to a NumPy function")


class _Ones(_Sampler):
    """Samples in which whatever may have the size 1 has it."""

    def size(self, size: Size) -> int:
        return super().size(size) if is_many(size) else 1


class _Reader:
    """Reads types off the results for two samples; `many` are the symbols that are not 1."""

    def __init__(self, first: _Sampler, second: _Sampler, many: set[int]):
        self.first, self.second, self.many = first, second, many

    def type_of(self, one: Any, two: Any) -> Type:
        if isinstance(one, np.ndarray):
            sizes = zip(one.shape, two.shape, strict=True)
            return Array(one.dtype, tuple(self.size_of(a, b) for a, b in sizes))
        if isinstance(one, np.generic):
            return Array(one.dtype, (), scalar=True)
        if isinstance(one, (tuple, list)):
            if len(one) != len(two):
                return List(self.type_of(one[0], two[0]))
            return Struct(type(one), tuple(map(self.type_of, one, two)))
        if type(one) is int:
            return Scalar("int", self.size_of(one, two))
        return type_of_constant(one)

    def size_of(self, one: int, two: int) -> Size:
        """The symbolic size that is `one` in the first sample and `two` in the second."""
        if one == two:
            return one
        found = []
        for symbol, size in self.first.sizes.items():
            by = one - size
            if symbol and abs(by) <= 2 and by == two - self.second.sizes.get(symbol, -1):
                found.append(Dim(symbol, by, by == 0 and symbol in self.many))
        return found[0] if len(found) == 1 else ANY


def _without_sizes(type_: Type) -> Type:
    match type_:
        case Array(dtype, dims, scalar):
            return Array(dtype, (ANY,) * len(dims), scalar)
        case Struct(kind, items, keys):
            return Struct(kind, tuple(map(_without_sizes, items)), keys)
    return type_
