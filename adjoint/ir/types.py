"""The type lattice: what the compiler knows about a value before the program runs.

A dimension is an `int` when its size is part of the program's meaning (a broadcast 1, a literal
3), else a `Dim`. Two dimensions with the same non-zero symbol and offset are equal; symbol 0 is
"some size", equal to nothing, not even to itself. `not_one` says that a dimension cannot be 1, so
that it takes part in no broadcast.

Operations make sizes agree: they raise otherwise. The backward half runs after them, so it may
rely on that. A pass notes it in a `Dim` as the size that it equals (`proven_equal`). What checks
shapes for their exceptions must not rely on it, and compares the sizes themselves (`same_size`).
"""

from __future__ import annotations

import enum
import itertools
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError


@dataclass(frozen=True)
class Dim:
    """A size that is known only at run time: that of a symbol, and a number.

    Attributes
    ----------
    equals : the size that operations which have run make this one equal to.
    """

    symbol: int = 0
    offset: int = 0
    not_one: bool = False
    equals: Size | None = field(default=None, compare=False)

    def shifted(self, by: int) -> Dim:
        if by == 0:
            return self
        if not self.symbol or self.offset < 0 < by:
            return ANY  # a slice of too short an array is empty: what is cut off is not known
        equals = None if self.equals is None else shift(self.equals, by)
        return Dim(self.symbol, self.offset + by, equals=None if equals == ANY else equals)


Size = int | Dim
Dims = tuple[Size, ...]
ANY = Dim()
MANY = Dim(not_one=True)
_symbols = itertools.count(1)


def fresh_dim(not_one: bool = False) -> Dim:
    return Dim(next(_symbols), 0, not_one)


def known(sizes: Sequence[Size | None]) -> list[int] | None:
    """The sizes as numbers, where all of them are known."""
    numbers = [size for size in sizes if isinstance(size, int)]
    return numbers if len(numbers) == len(sizes) else None


def same_size(a: Size, b: Size) -> bool:
    """Are the two sizes certainly equal?"""
    return a == b and (isinstance(a, int) or a.symbol != 0)


def is_many(size: Size) -> bool:
    """Is the size certainly different from 1?"""
    return size != 1 if isinstance(size, int) else size.not_one


def representative(size: Size) -> Size:
    """The size that stands for all that are proven to be equal to this one."""
    return size if isinstance(size, int) or size.equals is None else size.equals


def proven_equal(a: Size, b: Size) -> bool:
    """Are two sizes equal whenever the operations of the program have run?"""
    a, b = representative(a), representative(b)
    if isinstance(a, int) or isinstance(b, int):
        return a == b
    return a.symbol == b.symbol != 0 and a.offset == b.offset


def equal_dims(a: Dims, b: Dims) -> bool:
    """Is an array with dimensions `a` shaped as one with dimensions `b`, for certain?"""
    return len(a) == len(b) and all(map(proven_equal, a, b))


def proven_many(size: Size) -> bool:
    """Is the size different from 1 whenever the operations of the program have run?"""
    return is_many(size) or is_many(representative(size))


def shift(size: Size, by: int) -> Size:
    return size + by if isinstance(size, int) else size.shifted(by)


class Type:
    """Base of the lattice."""

    __slots__ = ()


@dataclass(frozen=True)
class Scalar(Type):
    """A Python number; `size` is the symbolic value of an int that may serve as a dimension."""

    kind: str  # "bool" | "int" | "float" | "complex"
    size: Size | None = None

    def __str__(self) -> str:
        return self.kind


@dataclass(frozen=True)
class Array(Type):
    """A NumPy array, or with `scalar` set a NumPy scalar (always of rank 0).

    A `loose` one may be a number at run time, as `s` in `s = 1.0; for A in As: s = s * A` is until
    the loop has made a trip. The number carries no derivative.
    """

    dtype: np.dtype[Any]
    dims: tuple[Size, ...]
    scalar: bool = False
    loose: bool = False

    @property
    def rank(self) -> int:
        return len(self.dims)

    def __str__(self) -> str:
        return type_text(self, _anonymous)


def _anonymous(size: Size) -> str:
    return str(size) if isinstance(size, int) else ":"


@dataclass(frozen=True)
class Struct(Type):
    """A container of known structure: `kind` is tuple, list, dict or the class of a record.

    The `keys` are those of a dict, or the names of a record's fields.
    """

    kind: type
    items: tuple[Type, ...]
    keys: tuple[Any, ...] | None = None

    def position(self, key: Any) -> int:
        """Where the item is that a constant subscript, or the name of a field, means."""
        if self.keys is not None and key in self.keys:
            return self.keys.index(key)
        return int(key) % len(self.items)

    def __post_init__(self) -> None:
        if self.keys is None:  # a named tuple has the names of its fields
            object.__setattr__(self, "keys", getattr(self.kind, "_fields", None))

    def __str__(self) -> str:
        return type_text(self, _anonymous)


@dataclass(frozen=True)
class List(Type):
    """A list of unknown length whose elements have one type. `tape` marks a residual stack.

    Of a tuple of unknown length the frontend knows the `kind`. At run time it is a list.
    """

    element: Type
    size: Size = ANY
    tape: bool = False
    kind: type = list

    def __str__(self) -> str:
        return type_text(self, _anonymous)


@dataclass(frozen=True)
class Range(Type):
    size: Size = ANY

    def __str__(self) -> str:
        return "range"


class Copied:
    """The class of what a call gives that took copies of its arguments: a log, a figure, a file.

    Numbers may go in, which carry a derivative. None may come back.
    """


@dataclass(frozen=True)
class Opaque(Type):
    """A Python object that only rides along: a string, None, a dtype, a slice, an instance.

    Of a `foreign` one nothing is known but that its class is `cls`, or one below it: a call of a
    library has given it.
    """

    cls: type = object
    foreign: bool = False

    def __str__(self) -> str:
        return self.cls.__name__


@dataclass(frozen=True)
class Unknown(Type):
    """A number or an array of unknown rank and dtype.

    A `labelled` one may be a column of pandas, whose elements have labels: element by element it
    computes as an array does, but a part of it has other positions than an array's.
    """

    labelled: bool = False

    def __str__(self) -> str:
        return "?"


@dataclass(frozen=True)
class Undefined(Type):
    """The type of a name that was not assigned on this path."""

    def __str__(self) -> str:
        return "undefined"


def type_text(type_: Type, size_name: Callable[[Size], str]) -> str:
    """A type as it is printed, with a name for each size."""

    def text(item: Type) -> str:
        return type_text(item, size_name)

    match type_:
        case Array(dtype, dims, scalar):
            short = dtype.kind + str(8 * dtype.itemsize)
            return short if scalar else f"{short}[{', '.join(map(size_name, dims))}]"
        case Struct(kind, items, keys) if keys is not None and kind is not dict:
            inner = ", ".join(f"{k}: {text(t)}" for k, t in zip(keys, items, strict=True))
            return f"{kind.__name__}({inner})"
        case Struct(_, items, keys) if keys is not None:
            inner = ", ".join(f"{k!r}: {text(t)}" for k, t in zip(keys, items, strict=True))
            return "{" + inner + "}"
        case Struct(kind, items):
            inner = ", ".join(map(text, items))
            return f"({inner})" if issubclass(kind, tuple) else f"[{inner}]"
        case List(element, tape=tape, kind=kind):
            return f"{'tape' if tape else kind.__name__}[{text(element)}]"
    return str(type_)


UNKNOWN, UNDEFINED = Unknown(), Undefined()
FLOAT, INT, BOOL, COMPLEX = Scalar("float"), Scalar("int"), Scalar("bool"), Scalar("complex")
FLOAT64 = Array(np.dtype(np.float64), (), scalar=True)
_KINDS = ("bool", "int", "float", "complex")


def type_of_constant(value: Any) -> Type:
    """The type of a Python object that stands in the program as it is."""
    if isinstance(value, bool):
        return BOOL
    if type(value) is int:
        return Scalar("int", value)
    if type(value) is float:
        return FLOAT
    if type(value) is complex:
        return COMPLEX
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return Array(value.dtype, (), scalar=True)
    if isinstance(value, np.ndarray):
        return Array(value.dtype, value.shape)
    if isinstance(value, (tuple, list)):
        return Struct(type(value), tuple(map(type_of_constant, value)))
    if isinstance(value, range):
        return Range(len(value))
    return Opaque(type(value))


def is_sparse(python: Any) -> bool:
    """Is this a matrix of scipy.sparse? (There is none where that is not imported.)"""
    sparse = sys.modules.get("scipy.sparse")
    return sparse is not None and bool(sparse.issparse(python))


def is_differentiable(type_: Type) -> bool:
    """Can a value of this type carry a derivative?"""
    match type_:
        case Scalar(kind):
            return kind in ("float", "complex")
        case Array(dtype):
            return dtype.kind in "fc"
        case Struct(_, items):
            return any(map(is_differentiable, items))
        case List(element):
            return is_differentiable(element)
    return isinstance(type_, Unknown)


def is_numeric(type_: Type) -> bool:
    return isinstance(type_, (Scalar, Array, Unknown))


def is_complex(type_: Type) -> bool:
    match type_:
        case Scalar(kind):
            return kind == "complex"
        case Array(dtype):
            return dtype.kind == "c"
    return False


def is_real_array(type_: Type) -> bool:
    return isinstance(type_, Array) and not type_.scalar and type_.dtype.kind != "c"


def is_label(type_: Type) -> bool:
    """Is this a string, or a member of an enumeration?"""
    return isinstance(type_, Opaque) and issubclass(type_.cls, (str, enum.Enum))


def is_rank0(type_: Type) -> bool:
    return isinstance(type_, Scalar) or (isinstance(type_, Array) and not type_.dims)


def holds_single(type_: Type) -> bool:
    """Is a number in it of less than double precision?"""
    match type_:
        case Array(dtype):
            return dtype.kind in "fc" and dtype not in (np.float64, np.complex128)
        case Struct(_, items):
            return any(map(holds_single, items))
        case List(element):
            return holds_single(element)
    return isinstance(type_, Unknown)


def is_tuple(type_: Type) -> bool:
    """Is this a tuple of unknown length?"""
    return isinstance(type_, List) and type_.kind is tuple


def as_list(type_: Type) -> Type:
    """The type with lists for tuples of unknown length, which is what they are in the text."""
    match type_:
        case List(element):
            return replace(type_, element=as_list(element), kind=list)
        case Struct(_, items):
            return replace(type_, items=tuple(map(as_list, items)))
    return type_


def is_immutable_number(type_: Type) -> bool:
    return isinstance(type_, Scalar) or (isinstance(type_, Array) and type_.scalar)


def part_of(type_: Type, path: Iterable[int]) -> Type:
    """The type of the part of a container that positions, one inside of the other, lead to."""
    for position in path:
        assert isinstance(type_, Struct)
        type_ = type_.items[position]
    return type_


def rank_of(type_: Type) -> int | None:
    match type_:
        case Scalar():
            return 0
        case Array(_, dims):
            return len(dims)
    return None


def dims_of(type_: Type) -> tuple[Size, ...] | None:
    match type_:
        case Scalar():
            return ()
        case Array(_, dims):
            return dims
    return None


def named_sizes(type_: Type) -> Type:
    """The type with a symbol for each anonymous size of an array, so that it can be compared."""
    if isinstance(type_, Struct):
        return Struct(type_.kind, tuple(map(named_sizes, type_.items)), type_.keys)
    if isinstance(type_, Array) and any(isinstance(d, Dim) and not d.symbol for d in type_.dims):
        dims = tuple(
            fresh_dim(d.not_one) if isinstance(d, Dim) and not d.symbol else d for d in type_.dims
        )
        return replace(type_, dims=dims)
    return type_


def is_labelled(type_: Type) -> bool:
    """May this be a column with labels, in the place of an array?"""
    return isinstance(type_, Unknown) and type_.labelled


def is_loose(type_: Type) -> bool:
    """May there be a number in place of this array?"""
    return isinstance(type_, Array) and type_.loose


def compatible(a: Type, b: Type) -> bool:
    """Are two types the same but for the symbols of their sizes, so that a may stand for b?"""
    if is_loose(a) and not is_loose(b):
        return False
    if isinstance(a, Array) and isinstance(b, Array):
        ones = [(x == 1) == (y == 1) for x, y in zip(a.dims, b.dims, strict=False)]
        same = a.dtype == b.dtype and len(a.dims) == len(b.dims) and a.scalar == b.scalar
        return same and all(ones)
    return a == b or isinstance(a, Scalar) and isinstance(b, Scalar) and a.kind == b.kind


def join_size(a: Size, b: Size) -> Size:
    if a == b:
        return a
    return MANY if is_many(a) and is_many(b) else ANY


def join(a: Type, b: Type, widen: bool = False) -> Type | None:
    """The smallest type that covers both, or None when there is none worth having.

    With `widen` a number joined with an array takes the array's type: a constant `s = 0.0` before
    a loop in which `s = s + row` makes it an array. It carries no derivative, and what needs the
    shape of `s` asks for it at run time.
    """
    if a == b or isinstance(b, Undefined):
        return a
    if isinstance(a, Undefined):
        return b
    if isinstance(a, Unknown) and is_numeric(b) or isinstance(b, Unknown) and is_numeric(a):
        return Unknown(is_labelled(a) or is_labelled(b))
    match a, b:
        case Scalar(k1, s1), Scalar(k2, s2):
            kind = max(k1, k2, key=_KINDS.index)
            size = join_size(s1, s2) if s1 is not None and s2 is not None else None
            return Scalar(kind, size if kind == "int" and size != ANY else None)
        case (Array(), Scalar(kind)) | (Scalar(kind), Array()):
            array = a if isinstance(a, Array) else b
            assert isinstance(array, Array)
            if array.dims and not widen:
                return None
            zero = {"bool": False, "int": 0, "float": 0.0, "complex": 0j}[kind]
            dtype = np.result_type(array.dtype, zero)
            return Array(dtype, array.dims, array.scalar, loose=bool(array.dims))
        case Array(d1, dims1, s1), Array(d2, dims2, s2):
            dtype = np.result_type(d1, d2)
            if len(dims1) != len(dims2):
                if dims1 and dims2 or not widen:
                    return None
                return Array(dtype, dims1 or dims2, loose=True)
            dims = tuple(map(join_size, dims1, dims2))
            return Array(dtype, dims, s1 and s2, a.loose or b.loose)
        case Struct(k1, items1, keys1), Struct(k2, items2, keys2):
            if k1 is k2 and len(items1) == len(items2) and keys1 == keys2:
                joined = [join(x, y) for x, y in zip(items1, items2, strict=True)]
                if all(t is not None for t in joined):
                    return Struct(k1, tuple(t for t in joined if t is not None), keys1)
            return None
        case List(e1), List(e2):
            element = join(e1, e2) if a.kind is b.kind else None
            if element is None:
                return None
            return List(element, join_size(a.size, b.size), kind=a.kind)
        case Opaque(), Opaque():
            cls = Copied if Copied in (a.cls, b.cls) else object
            return Opaque(cls, a.foreign and b.foreign)
        case (Opaque(_, True) as obj, Scalar("bool" | "int")):
            return obj
        case (Scalar("bool" | "int"), Opaque(_, True) as obj):
            return obj
    return None


def element_type(sequence: Type) -> Type:
    """The type of the items that a loop over `sequence` gets."""
    match sequence:
        case Range():
            return INT
        case List(element):
            return element
        case Array(dtype, dims):
            return Array(dtype, dims[1:], scalar=len(dims) == 1)
        case Unknown():  # taken as an array
            return UNKNOWN
        case Struct(_, items):
            result: Type | None = items[0]
            for item in items[1:]:
                if item is not result:
                    result = join(result, item) if result is not None else None
            if result is not None:
                return result
    raise UnsupportedError(f"iteration over a value of type {sequence}")
