"""The type of an operation's result, from the types of its operands.

Element-wise functions broadcast symbolically. For everything else NumPy itself is the oracle: the
function is run on two small samples in which every symbolic size is a number of its own, and each
size of the result is read back from the pair.
"""

from __future__ import annotations

import builtins
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.effects import is_random
from adjoint.ir.indexing import (
    broadcast_dims,
    index_dims,
    index_items,
    is_slice,
    items_of,
    slice_size,
)
from adjoint.ir.types import (
    ANY,
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    MANY,
    UNKNOWN,
    Array,
    Dim,
    List,
    Opaque,
    Range,
    Scalar,
    Size,
    Struct,
    Type,
    Undefined,
    Unknown,
    dims_of,
    is_rank0,
    is_sparse,
    join,
    same_size,
    shift,
    type_of_constant,
)
from adjoint.runtime.arrays import prod_others, sum_to
from adjoint.runtime.containers import zero_tangents

Args = Sequence[Value]
KwArgs = dict[str, Value]

_SCALAR_SAMPLE = {"bool": True, "int": 1, "float": 0.5, "complex": 0.5j}
_ELEMENTWISE_OPERATORS = {
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod,
    operator.pow, operator.neg, operator.pos, operator.lt, operator.le, operator.gt, operator.ge,
    operator.eq, operator.ne, operator.and_, operator.or_, operator.xor, operator.invert,
    operator.lshift, operator.rshift, operator.abs, abs,
}  # fmt: skip
_ELEMENTWISE_FUNCTIONS = {
    np.where, np.clip, np.real, np.imag, np.round, np.sinc, np.nan_to_num, np.angle, np.fix,
    np.isclose, np.real_if_close, np.i0,
}  # fmt: skip
_PREDICATES = {
    operator.not_,
    operator.is_,
    operator.is_not,
    operator.contains,
    isinstance,
    all,
    any,
}


def is_elementwise(target: Any) -> bool:
    if isinstance(target, np.ufunc):
        return target.signature is None
    try:
        return target in _ELEMENTWISE_OPERATORS or target in _ELEMENTWISE_FUNCTIONS
    except TypeError:
        return False


def infer(target: Any, args: Args, kwargs: KwArgs) -> Type:
    """The type of `target(*args, **kwargs)`."""
    try:
        special = _SPECIAL.get(target)
    except TypeError:
        special = None
    if special is not None:
        return special(args, kwargs)
    if is_elementwise(target):
        return _elementwise(target, args, kwargs)
    if getattr(target, "__module__", None) == "adjoint.rules.functions":
        return FLOAT
    if getattr(target, "__module__", None) == "math":
        integral = target in (
            math.floor,
            math.ceil,
            math.trunc,
            math.factorial,
            math.comb,
            math.gcd,
            math.perm,
            math.isqrt,
            math.lcm,
        )
        boolean = target in (math.isnan, math.isinf, math.isfinite, math.isclose)
        return INT if integral else BOOL if boolean else FLOAT
    operands = [*args, *kwargs.values()]
    if any(isinstance(v.type, Unknown) for v in operands):
        return UNKNOWN
    if is_random(target):
        target = _stand_in(target)
    return probe(target, args, kwargs)


def _stand_in(target: Any) -> Any:
    """The same draw from another generator: asking for a type leaves the user's as it is."""
    owner = getattr(target, "__self__", None)
    if isinstance(owner, np.random.Generator):
        return getattr(np.random.default_rng(0), target.__name__)
    if isinstance(owner, np.random.RandomState):
        return getattr(np.random.RandomState(0), target.__name__)
    return target


# Element-wise functions


_elementwise_kinds: dict[Any, tuple[Any, ...]] = {}


def _sample_key(value: Value) -> Any:
    match value.type:
        case Scalar(kind):
            if isinstance(value, Constant) and kind == "int" and value.value < 0:
                return "negative"  # 2 ** -1 is a float
            return kind
        case Array(dtype, dims, scalar):
            return (dtype, len(dims), scalar)
        case _ if isinstance(value, Constant):
            return ("constant", repr(value.value))
        case Struct(_, items) if all(isinstance(t, Scalar) for t in items):
            return ("row", tuple(t.kind for t in items if isinstance(t, Scalar)))
    raise UnsupportedError(f"arithmetic on a value of type {value.type} is not supported")


def _sample_from_key(key: Any) -> Any:
    if key == "negative":
        return -1
    if isinstance(key, str):
        return _SCALAR_SAMPLE[key]
    if key[0] == "row":
        return np.array([_SCALAR_SAMPLE[k] for k in key[1]])
    dtype, rank, scalar = key
    return dtype.type(1) if scalar else np.ones((1,) * rank, dtype)


def _elementwise(target: Any, args: Args, kwargs: KwArgs) -> Type:
    if any(isinstance(v.type, Undefined) for v in args):
        raise UnsupportedError("a name is read that was not assigned on this path")
    if any(isinstance(v.type, Unknown) for v in args):
        return UNKNOWN
    keys = tuple(_sample_key(v) for v in args)
    extra = tuple(
        (name, v.value if isinstance(v, Constant) else None) for name, v in kwargs.items()
    )
    cache_key = (target, keys, repr(extra))
    if cache_key not in _elementwise_kinds:
        samples = [
            a.value if isinstance(a, Constant) and k[0] == "constant" else _sample_from_key(k)
            for k, a in zip(keys, args, strict=True)
        ]
        named = {n: v.value if isinstance(v, Constant) else 1.0 for n, v in kwargs.items()}
        _elementwise_kinds[cache_key] = _kinds_of(_call(target, samples, named))
    kinds = _elementwise_kinds[cache_key]
    if "complex" in kinds and not any(v.type == Scalar("complex") for v in args):
        raise UnsupportedError(
            "a negative number to a power that only the run knows may be complex",
            instead="write the base as a complex number, or use np.power for nan",
        )
    shapes = [d for v in args if (d := dims_of(v.type)) is not None]
    shapes += [(len(v.type.items),) for v in args if isinstance(v.type, Struct)]
    dims = broadcast_dims(*shapes) if shapes else ()
    types = tuple(_type_from_kind(kind, dims, target, args) for kind in kinds)
    return types[0] if len(types) == 1 else Struct(tuple, types)


def _call(target: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    try:
        with np.errstate(all="ignore"):
            return target(*args, **kwargs)
    except Exception as error:
        name = getattr(target, "__name__", str(target))
        raise UnsupportedError(f"{name} refuses these arguments: {error}") from None


def _kinds_of(result: Any) -> tuple[Any, ...]:
    return tuple(map(_kinds_of_one, result if isinstance(result, tuple) else (result,)))


def _kinds_of_one(result: Any) -> Any:
    if isinstance(result, np.ndarray):
        return (result.dtype, False)
    if isinstance(result, np.generic):
        return (result.dtype, True)
    return type(result).__name__


def _type_from_kind(kind: Any, dims: tuple[Size, ...], target: Any, args: Args) -> Type:
    if not isinstance(kind, str):
        dtype, scalar = kind
        return Array(dtype, dims, scalar and not dims)
    if kind == "int":
        return Scalar("int", _int_size(target, args))
    if kind in ("bool", "float", "complex"):
        return Scalar(kind)
    return Opaque()


def _int_size(target: Any, args: Args) -> Size | None:
    """The symbolic value of `n + 1`, `n - 1`: slices and shapes speak of such sizes."""
    if len(args) != 2:
        return None
    a, b = (v.type.size if isinstance(v.type, Scalar) else None for v in args)
    if target is operator.add and a is not None and isinstance(b, int):
        return shift(a, b)
    if target is operator.add and isinstance(a, int) and b is not None:
        return shift(b, a)
    if target is operator.sub and a is not None and isinstance(b, int):
        return shift(a, -b)
    if target is operator.mul and a is not None and b is not None and 1 in (a, b):
        return b if a == 1 else a
    return None


# NumPy as the oracle

#: The second sample has the order reversed, and its sizes are well apart from those of the first:
#: what is min(n, m) or min(n, m - 1) in both is neither n nor m.
_SIZES = (
    (8, 16, 25, 33, 42, 51, 58, 67, 75, 84),
    (46, 37, 29, 21, 12, 10, 9, 7, 6, 5),
)


class _Sampler:
    """Concrete stand-ins for typed values, with a size of its own for each symbol."""

    def __init__(self, choice: Sequence[int] | int, integer: int):
        self.choice = choice
        self.integer = integer  # an int of which nothing is known: another one in each sample
        self.sizes: dict[int, int] = {}

    def size(self, size: Size) -> int:
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
                return _SCALAR_SAMPLE[kind]
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
        raise UnsupportedError(f"a value of type {type_} cannot be passed to a NumPy function")

    def read_back(self, size: int, other: _Sampler, other_size: int) -> Size:
        """The symbolic size that is `size` in this sample and `other_size` in the other one."""
        if size == other_size:
            return size
        found = []
        for symbol, own in self.sizes.items():
            by = size - own
            if symbol and abs(by) <= 2 and by == other_size - other.sizes.get(symbol, -1):
                found.append(Dim(symbol, by, by == 0 and symbol in _known_many))
        return found[0] if len(found) == 1 else ANY


_known_many: set[int] = set()


def probe(target: Any, args: Args, kwargs: KwArgs) -> Type:
    """What NumPy gives for samples of these types."""
    if any(isinstance(v.type, Unknown) for v in [*args, *kwargs.values()]):
        return UNKNOWN
    kwargs = {k: v for k, v in kwargs.items() if k != "where"}  # it has to agree with an operand
    _known_many.clear()
    for value in [*args, *kwargs.values()]:
        for size in dims_of(value.type) or ():
            if isinstance(size, Dim) and size.not_one and size.offset == 0:
                _known_many.add(size.symbol)
    samplers = [_Sampler(p, k) for k, p in enumerate(_SIZES, start=2)]
    try:
        pair = [_run(target, s, args, kwargs) for s in samplers]
    except UnsupportedError:
        samplers = [_Sampler(3, 2), _Sampler(5, 3)]  # sizes that must agree but are not known to
        pair = [_run(target, s, args, kwargs) for s in samplers]
    found = _read_type(pair[0], pair[1], *samplers)
    return _without_sizes(found) if target in _SIZED_BY_VALUES else found


#: The sizes of their results depend on the elements of their arguments.
_SIZED_BY_VALUES = {
    np.nonzero, np.flatnonzero, np.argwhere, np.unique, np.extract, np.compress, np.delete,
    np.union1d, np.intersect1d, np.setdiff1d, np.trim_zeros, np.bincount,
}  # fmt: skip


def _without_sizes(type_: Type) -> Type:
    match type_:
        case Array(dtype, dims, scalar):
            return Array(dtype, (ANY,) * len(dims), scalar)
        case Struct(kind, items, keys):
            return Struct(kind, tuple(map(_without_sizes, items)), keys)
    return type_


def _run(target: Any, sampler: _Sampler, args: Args, kwargs: KwArgs) -> Any:
    samples = [sampler.sample(v) for v in args]
    return _call(target, samples, {k: sampler.sample(v) for k, v in kwargs.items()})


def _read_type(one: Any, two: Any, first: _Sampler, second: _Sampler) -> Type:
    if isinstance(one, np.ndarray):
        sizes = zip(one.shape, two.shape, strict=True)
        return Array(one.dtype, tuple(first.read_back(a, second, b) for a, b in sizes))
    if isinstance(one, np.generic):
        return Array(one.dtype, (), scalar=True)
    if isinstance(one, (tuple, list)):
        if len(one) != len(two):
            return List(_read_type(one[0], two[0], first, second))
        items = tuple(_read_type(a, b, first, second) for a, b in zip(one, two, strict=True))
        return Struct(type(one), items)
    if type(one) is int:
        return Scalar("int", first.read_back(one, second, two) if one != two else one)
    return type_of_constant(one)


# Functions whose result depends on structure or on values


def _element(type_: Type, position: int) -> Type:
    match type_:
        case Struct(_, items) if -len(items) <= position < len(items):
            return items[position]
        case List(element):
            return element
    raise UnsupportedError(f"index {position} is out of range for a value of type {type_}")


def _getitem(args: Args, kwargs: KwArgs) -> Type:
    base, index = args
    match base.type:
        case Unknown():
            if isinstance(index, Constant) and isinstance(index.value, str):
                raise UnsupportedError(
                    "an argument of unknown type is indexed by a name",
                    instead="call the gradient, or source_for, with actual arguments",
                )
            return UNKNOWN
        case Struct(kind, items, keys) if keys is not None:
            if isinstance(index, Constant) and isinstance(index.value, int) and kind is not dict:
                return _element(base.type, index.value)
            if isinstance(index, Constant) and index.value in keys:
                return items[keys.index(index.value)]
            raise UnsupportedError("a dictionary is indexed by a key that only the run knows")
        case Struct(kind, items):
            if isinstance(index, Constant) and isinstance(index.value, slice):
                return Struct(kind, items[index.value])
            if isinstance(index, Constant):
                return _element(base.type, index.value)
            return _common_element(items)
        case List(element):
            if isinstance(index, Constant) and isinstance(index.value, slice):
                return List(element, slice_size(base.type.size, index))
            if index.type == Opaque(slice) or (index.op and index.op.target is slice):
                return List(element)
            return element
        case Range():
            return Range() if is_slice(index) else INT
        case Array(dtype, dims):
            result = index_dims(dims, index_items(index))
            scalar = not result and not _has_ellipsis(index)
            return Array(dtype, result, scalar)
        case Opaque():
            return Opaque()
    raise UnsupportedError(f"a value of type {base.type} cannot be indexed")


def _has_ellipsis(index: Value) -> bool:
    items = index_items(index)
    return any(isinstance(i, Constant) and i.value is Ellipsis for i in items)


def _common_element(items: Sequence[Type]) -> Type:
    result: Type | None = items[0] if items else None
    for item in items[1:]:
        result = join(result, item) if result is not None else None
    if result is None:
        raise UnsupportedError("the items of this container have different types")
    return result


def _shape(args: Args, kwargs: KwArgs) -> Type:
    dims = dims_of(args[0].type)
    if dims is None:
        return Opaque(tuple)
    return Struct(tuple, tuple(Scalar("int", d) for d in dims))


def _size_from(value: Value) -> Size:
    """The dimension that an integer operand stands for."""
    if isinstance(value, Constant):
        return int(value.value)
    if isinstance(value.type, Scalar) and value.type.size is not None:
        return value.type.size
    return ANY


def shape_from(value: Value) -> tuple[Size, ...] | None:
    """The dimensions that a shape argument (an int or a tuple of ints) describes."""
    if isinstance(value.type, Scalar) or isinstance(value.type, Array) and not value.type.dims:
        return (_size_from(value),)
    items = items_of(value)
    if items is not None:
        return tuple(map(_size_from, items))
    if isinstance(value.type, Struct):
        return tuple(
            t.size if isinstance(t, Scalar) and t.size is not None else ANY
            for t in value.type.items
        )
    return None


def _dtype_from(value: Value | None, default: Any) -> np.dtype[Any]:
    if value is None or isinstance(value, Constant) and value.value is None:
        return np.dtype(default)
    if isinstance(value, Constant):
        return np.dtype(value.value)
    raise UnsupportedError("a dtype that only the run knows is not supported")


def _filled(args: Args, kwargs: KwArgs) -> Type:
    shape = kwargs.get("shape", args[0] if args else None)
    dims = shape_from(shape) if shape is not None else None
    dtype = _dtype_from(kwargs.get("dtype", args[1] if len(args) > 1 else None), np.float64)
    return UNKNOWN if dims is None else Array(dtype, dims)


def _full(args: Args, kwargs: KwArgs) -> Type:
    dims = shape_from(args[0])
    fill = kwargs.get("fill_value", args[1] if len(args) > 1 else Constant(0.0))
    default = np.result_type(_np_sample(fill.type))
    dtype = _dtype_from(kwargs.get("dtype", args[2] if len(args) > 2 else None), default)
    return UNKNOWN if dims is None else Array(dtype, dims)


def _np_sample(type_: Type) -> Any:
    if isinstance(type_, Array):
        return type_.dtype
    return np.asarray(_SCALAR_SAMPLE[type_.kind] if isinstance(type_, Scalar) else 0.0).dtype


def _like(args: Args, kwargs: KwArgs) -> Type:
    base = args[0].type
    if isinstance(base, Unknown):
        return UNKNOWN
    dims = dims_of(base)
    if dims is None:
        return probe(np.zeros_like, args, kwargs)
    if "shape" in kwargs:
        dims = shape_from(kwargs["shape"]) or dims
    return Array(_dtype_from(kwargs.get("dtype"), _np_sample(base)), dims)


def _broadcast_to(args: Args, kwargs: KwArgs) -> Type:
    dims = shape_from(args[1])
    if dims is None or isinstance(args[0].type, Unknown):
        return UNKNOWN
    return Array(np.dtype(_np_sample(args[0].type)), dims)


def _reshape(args: Args, kwargs: KwArgs) -> Type:
    base, shape = args[0], kwargs.get("shape", args[1] if len(args) > 1 else None)
    if isinstance(base.type, Unknown) or shape is None:
        return UNKNOWN
    dims = shape_from(shape)
    if dims is None:
        raise UnsupportedError("reshape to a shape whose rank only the run knows")
    old = dims_of(base.type)
    if -1 in dims and old is not None:
        dims = tuple(_remaining(old, dims) if d == -1 else d for d in dims)
    return Array(np.dtype(_np_sample(base.type)), dims)


def _remaining(old: tuple[Size, ...], new: tuple[Size, ...]) -> Size:
    """The size that -1 stands for in a reshape from `old` to `new`."""
    left, right = list(old), [d for d in new if d != -1]
    for size in list(right):
        match = next((d for d in left if same_size(d, size)), None)
        if match is not None:
            left.remove(match)
            right.remove(size)
    left, right = [d for d in left if d != 1], [d for d in right if d != 1]
    if all(isinstance(d, int) for d in left + right):
        numerator, denominator = math.prod(left), math.prod(right)  # type: ignore[arg-type]
        return numerator // denominator if denominator else ANY
    return left[0] if len(left) == 1 and not right else ANY


def _astype(args: Args, kwargs: KwArgs) -> Type:
    dims = dims_of(args[0].type)
    if dims is None:
        return UNKNOWN
    scalar = isinstance(args[0].type, Array) and args[0].type.scalar
    return Array(_dtype_from(args[1], np.float64), dims, scalar)


def _matrix(value: Value) -> Type:
    """The type of an operand of a matrix product, which may be a sparse matrix."""
    if isinstance(value, Constant) and is_sparse(value.value):
        return Array(value.value.dtype, value.value.shape)
    return value.type


def _matmul(args: Args, kwargs: KwArgs) -> Type:
    a, b = map(_matrix, args)
    if not (isinstance(a, Array) and isinstance(b, Array) and a.dims and b.dims):
        if isinstance(a, Unknown) or isinstance(b, Unknown):
            return UNKNOWN
        return probe(np.matmul, args, kwargs)
    dtype = np.result_type(a.dtype, b.dtype)
    batch = broadcast_dims(a.dims[:-2], b.dims[:-2])
    rows = a.dims[-2:-1]
    columns = b.dims[-1:] if len(b.dims) > 1 else ()
    dims = batch + rows + columns
    return Array(dtype, dims, scalar=not dims)


def _dot(args: Args, kwargs: KwArgs) -> Type:
    if kwargs:
        return probe(np.dot, args, kwargs)
    ranks = [len(d) if (d := dims_of(v.type)) is not None else None for v in args]
    if ranks[0] in (1, 2) and ranks[1] in (1, 2):
        return _matmul(args, kwargs)
    if 0 in ranks and None not in ranks:
        return _elementwise(np.multiply, args, {})
    if None in ranks:
        return UNKNOWN
    return probe(np.dot, args, kwargs)


def _arange(args: Args, kwargs: KwArgs) -> Type:
    ints = all(isinstance(v.type, Scalar) and v.type.kind == "int" for v in args)
    dtype = _dtype_from(kwargs.get("dtype"), np.int64 if ints else np.float64)
    return Array(dtype, (range_size(args),) if ints else (ANY,))


def range_size(args: Args) -> Size:
    sizes = [v.type.size if isinstance(v.type, Scalar) else None for v in args]
    if len(sizes) == 1 and sizes[0] is not None:
        return sizes[0]
    if all(isinstance(s, int) for s in sizes):
        return len(range(*sizes))  # type: ignore[arg-type]
    if len(sizes) == 2 and isinstance(sizes[0], int) and sizes[1] is not None:
        return shift(sizes[1], -sizes[0])
    return ANY


def _linspace(args: Args, kwargs: KwArgs) -> Type:
    count = kwargs.get("num", args[2] if len(args) > 2 else Constant(50))
    shapes = [dims_of(v.type) for v in args[:2]]
    dims = list(broadcast_dims(*[s for s in shapes if s is not None]))
    axis = kwargs.get("axis", Constant(0))
    assert isinstance(axis, Constant)
    dims.insert(axis.value if axis.value >= 0 else len(dims) + 1 + axis.value, _size_from(count))
    given = [v.type.dtype for v in args[:2] if isinstance(v.type, Array)]
    dtype = _dtype_from(kwargs.get("dtype"), np.result_type(*given, 0.0))
    points = Array(dtype, tuple(dims))
    step = kwargs.get("retstep", args[4] if len(args) > 4 else Constant(False))
    if isinstance(step, Constant) and step.value and len(args) < 6:
        return Struct(tuple, (points, Array(dtype, tuple(dims[1:]), scalar=len(dims) == 1)))
    return points


def _geomspace(args: Args, kwargs: KwArgs) -> Type:
    return _linspace(args[:4], {"dtype": Constant(np.float64), **kwargs})


def _logspace(args: Args, kwargs: KwArgs) -> Type:
    base = kwargs.get("base", args[4] if len(args) > 4 else Constant(10.0)).type
    if not is_rank0(base):
        raise UnsupportedError("np.logspace is only supported with a number as base")
    points = _linspace(args[:4], {k: v for k, v in kwargs.items() if k != "base"})
    if isinstance(points, Array) and isinstance(base, Array) and "dtype" not in kwargs:
        return Array(np.result_type(points.dtype, base.dtype), points.dims)
    return points


def _len(args: Args, kwargs: KwArgs) -> Type:
    match args[0].type:
        case Array(_, dims) if dims:
            return Scalar("int", dims[0])
        case Struct(_, items):
            return Scalar("int", len(items))
        case List(_, size) | Range(size):
            return Scalar("int", size)
    return INT


def _np_size(args: Args, kwargs: KwArgs) -> Type:
    dims = dims_of(args[0].type)
    if dims is not None and len(args) == 1:
        if len(dims) <= 1:
            return Scalar("int", dims[0] if dims else 1)
        if all(isinstance(d, int) for d in dims):
            return Scalar("int", math.prod(dims))  # type: ignore[arg-type]
    return INT


def _asarray(args: Args, kwargs: KwArgs) -> Type:
    if "ndmin" in kwargs:
        rest = {k: v for k, v in kwargs.items() if k != "ndmin"}
        made, least = _asarray(args, rest), kwargs["ndmin"]
        if isinstance(made, Array) and isinstance(least, Constant):
            return Array(made.dtype, (1,) * (least.value - made.rank) + made.dims)
        return UNKNOWN
    source = args[0]
    dtype = kwargs.get("dtype", args[1] if len(args) > 1 else None)
    match source.type:
        case Unknown():
            return UNKNOWN
        case Array(old, dims):
            return Array(_dtype_from(dtype, old), dims)
        case Scalar():
            return Array(_dtype_from(dtype, _np_sample(source.type)), ())
        case List(element, size):
            inner = _asarray([Value(element)], kwargs)
            if isinstance(inner, Array):
                return Array(inner.dtype, (size, *inner.dims))
            return inner
        case Struct(_, items):
            rows = [_asarray([Value(item)], kwargs) for item in items]
            if any(isinstance(row, Unknown) for row in rows):
                return UNKNOWN
            own = [row for row in rows if isinstance(row, Array)]
            common = np.result_type(*(row.dtype for row in own)) if own else np.dtype(float)
            dtype_ = _dtype_from(dtype, common)
            if not own:
                return Array(dtype_, (0,))
            row_type = _common_element([Array(dtype_, row.dims) for row in own])
            return Array(dtype_, (len(items), *dims_of(row_type)))  # type: ignore[misc]
    return probe(np.asarray, args, kwargs)


def _container(kind: type) -> Callable[[Args, KwArgs], Type]:
    def infer_container(args: Args, kwargs: KwArgs) -> Type:
        return Struct(kind, tuple(v.type for v in args))

    return infer_container


def _make_dict(args: Args, kwargs: KwArgs) -> Type:
    keys = args[0]
    assert isinstance(keys, Constant)
    return Struct(dict, tuple(v.type for v in args[1:]), keys.value)


def _make_record(args: Args, kwargs: KwArgs) -> Type:
    cls, names = args[0], args[1]
    assert isinstance(cls, Constant) and isinstance(names, Constant)
    return Struct(cls.value, tuple(v.type for v in args[2:]), names.value)


def _append(args: Args, kwargs: KwArgs) -> Type:
    items, value = args
    match items.type:
        case List(element):
            joined = join(element, value.type)
        case Struct(_, types) if types:
            joined = join(_common_element(types), value.type)
        case _:
            joined = value.type
    if joined is None:
        raise UnsupportedError("a list grows by elements of different types")
    return List(joined)


def _join_lists(args: Args, kwargs: KwArgs) -> Type:
    elements = [
        v.type.element if isinstance(v.type, List) else _common_element(v.type.items)
        for v in args
        if isinstance(v.type, List) or v.type.items
    ]
    joined = elements[0]
    for element in elements[1:]:
        joined = join(joined, element)
    if joined is None:
        raise UnsupportedError("lists with elements of different types are joined")
    return List(joined)


def _repeat_list(args: Args, kwargs: KwArgs) -> Type:
    items, times = args
    element = _common_element(items.type.items)
    single = len(items.type.items) == 1
    return List(element, _size_from(times) if single else ANY)


def _sum_to(args: Args, kwargs: KwArgs) -> Type:
    dims = shape_from(args[1])
    if dims is None or isinstance(args[0].type, Unknown):
        return UNKNOWN
    return Array(np.dtype(_np_sample(args[0].type)), dims)


def _float(args: Args, kwargs: KwArgs) -> Type:
    return FLOAT


def _int(args: Args, kwargs: KwArgs) -> Type:
    if args and isinstance(args[0].type, Scalar) and args[0].type.kind == "int":
        return args[0].type
    return INT


def _item(args: Args, kwargs: KwArgs) -> Type:
    if isinstance(args[0].type, Array):
        return {"f": FLOAT, "i": INT, "u": INT, "b": BOOL, "c": COMPLEX}[args[0].type.dtype.kind]
    return args[0].type


def _same(args: Args, kwargs: KwArgs) -> Type:
    return args[0].type


def _zero_tangents(args: Args, kwargs: KwArgs) -> Type:
    return _with_floats(args[0].type)


def _with_floats(type_: Type) -> Type:
    match type_:
        case Scalar("int" | "bool"):
            return FLOAT
        case List(element, size, tape):
            return List(_with_floats(element), size, tape)
        case Struct(kind, items, keys):
            return Struct(kind, tuple(map(_with_floats, items)), keys)
        case Array(dtype, dims) if dtype.kind not in "fc":
            return Array(np.dtype(float), dims)
    return type_


def _last_writes(args: Args, kwargs: KwArgs) -> Type:
    shape, index = args
    dims = shape_from(shape)
    if dims is None:
        return UNKNOWN
    return Array(np.dtype(bool), index_dims(dims, index_items(index)))


def _rows_to_array(args: Args, kwargs: KwArgs) -> Type:
    return args[1].type


def _pad_zeros(args: Args, kwargs: KwArgs) -> Type:
    like = args[1].type
    return List(args[0].type.element if isinstance(args[0].type, List) else UNKNOWN,
                like.size if isinstance(like, List) else ANY)  # fmt: skip


def _as_list(type_: Type) -> Type:
    """The type of `list(x)`."""
    match type_:
        case Array(dtype, dims) if dims:
            return List(Array(dtype, dims[1:], scalar=len(dims) == 1), dims[0])
        case Range(size):
            return List(INT, size)
        case Struct(_, items):
            return Struct(list, items)
    return type_


def _extremum(args: Args, kwargs: KwArgs) -> Type:
    result = join(args[0].type, args[1].type)
    return UNKNOWN if result is None else result


def _conj(args: Args, kwargs: KwArgs) -> Type:
    """`z.conjugate()` of a Python number, as it is written, is a Python number."""
    if isinstance(args[0].type, Scalar) and args[0].type.kind != "bool":
        return Scalar(args[0].type.kind)
    return _elementwise(np.conj, args, kwargs)


def _ndarray_copy(args: Args, kwargs: KwArgs) -> Type:
    return _asarray(args[:1], {})


def _round(args: Args, kwargs: KwArgs) -> Type:
    if len(args) == 1 and is_rank0(args[0].type):
        return INT
    return args[0].type


_SPECIAL: dict[Any, Callable[[Args, KwArgs], Type]] = {
    operator.getitem: _getitem,
    slice: lambda args, kwargs: Opaque(slice),
    np.shape: _shape,
    np.size: _np_size,
    np.ndim: lambda args, kwargs: INT,
    len: _len,
    np.zeros: _filled,
    np.ones: _filled,
    np.empty: _filled,
    np.full: _full,
    np.zeros_like: _like,
    np.ones_like: _like,
    np.empty_like: _like,
    np.full_like: _like,
    np.broadcast_to: _broadcast_to,
    np.reshape: _reshape,
    np.astype: _astype,
    np.matmul: _matmul,
    operator.matmul: _matmul,
    np.dot: _dot,
    np.arange: _arange,
    np.linspace: _linspace,
    np.geomspace: _geomspace,
    np.logspace: _logspace,
    np.array: _asarray,
    np.asarray: _asarray,
    np.asanyarray: _asarray,
    np.copy: _ndarray_copy,
    np.conj: _conj,
    ops.make_tuple: _container(tuple),
    ops.make_list: _container(list),
    ops.make_dict: _make_dict,
    ops.make_record: _make_record,
    ops.append: _append,
    ops.join_lists: _join_lists,
    ops.repeat_list: _repeat_list,
    ops.zero: _same,
    ops.index_add: _same,
    ops.store: _same,
    ops.last_writes: _last_writes,
    zero_tangents: _zero_tangents,
    ops.cotangent: _same,
    ops.reverse_list: _same,
    ops.drop_last: _same,
    ops.add_containers: _same,
    ops.select: lambda args, kwargs: join(args[1].type, args[2].type) or UNKNOWN,
    ops.literal: lambda args, kwargs: (
        Scalar(args[0].type.kind) if isinstance(args[0].type, Scalar) else args[0].type
    ),
    ops.stop_gradient: _same,
    ops.custom: _same,
    ops.check: lambda args, kwargs: Opaque(type(None)),
    ops.fail: lambda args, kwargs: Opaque(type(None)),
    ops.fstring: lambda args, kwargs: Opaque(str),
    print: lambda args, kwargs: Opaque(type(None)),
    getattr: lambda args, kwargs: Opaque(),
    str: lambda args, kwargs: Opaque(str),
    repr: lambda args, kwargs: Opaque(str),
    range: lambda args, kwargs: Range(range_size(args)),
    reversed: _same,
    itertools.count: lambda args, kwargs: Range(),
    list: lambda args, kwargs: _as_list(args[0].type),
    max: _extremum,
    min: _extremum,
    ops.rows_to_array: _rows_to_array,
    ops.pad_zeros: _pad_zeros,
    sum_to: _sum_to,
    prod_others: _same,
    builtins.float: _float,
    builtins.int: _int,
    builtins.bool: lambda args, kwargs: BOOL,
    builtins.round: _round,
    np.ndarray.item: _item,
    math.modf: lambda args, kwargs: Struct(tuple, (FLOAT, FLOAT)),
    math.frexp: lambda args, kwargs: Struct(tuple, (FLOAT, INT)),
    **{predicate: lambda args, kwargs: BOOL for predicate in _PREDICATES},
}


def register_inference(target: Any, infer_type: Callable[[Args, KwArgs], Type]) -> None:
    """Declare the result type of a function that the oracle cannot be asked about."""
    _SPECIAL[target] = infer_type


def register_elementwise(*targets: Any) -> None:
    """Declare functions that broadcast their arguments as ufuncs do."""
    _ELEMENTWISE_FUNCTIONS.update(targets)


__all__ = [
    "MANY",
    "infer",
    "probe",
    "register_elementwise",
    "register_inference",
    "broadcast_dims",
    "index_dims",
    "items_of",
]
