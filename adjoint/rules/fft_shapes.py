"""Result types of Fourier transforms, whose lengths may be computed by the program."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Constant, Value
from adjoint.ir.indexing import items_of
from adjoint.ir.infer import Args, InferType, KwArgs, register_inference
from adjoint.ir.types import ANY, UNKNOWN, Array, Scalar, Size, Struct, Type, dims_of
from adjoint.rules.shapes import dtype_of, static
from adjoint.runtime.arrays import with_length

_HALF = (np.fft.rfft, np.fft.ihfft, np.fft.rfftn, np.fft.rfft2)
_WHOLE = (np.fft.irfft, np.fft.hfft, np.fft.irfftn, np.fft.irfft2)


def _argument(name: str, position: int, args: Args, kwargs: KwArgs) -> Value | None:
    """An argument that is given, and not None."""
    value = kwargs.get(name, args[position] if len(args) > position else None)
    return None if isinstance(value, Constant) and value.value is None else value


def _length(value: Value) -> Size:
    size = value.type.size if isinstance(value.type, Scalar) else None
    return ANY if size is None else size


def _transformed(target: Any, size: Size, given: bool) -> Size:
    """The size along the axis on which real signals have half a spectrum."""
    if target in _HALF:
        return size // 2 + 1 if isinstance(size, int) else ANY
    if target in _WHOLE and not given:
        return 2 * (size - 1) if isinstance(size, int) else ANY
    return size


def _dtype(target: Any, type_: Type) -> np.dtype[Any]:
    sample = np.ones((2, 2), np.result_type(dtype_of(type_)))
    result: np.ndarray = target(sample)
    return result.dtype


def along_one(target: Any) -> InferType:
    def infer_transform(args: Args, kwargs: KwArgs) -> Type:
        dims = dims_of(args[0].type)
        if dims is None:
            return UNKNOWN
        n, axis = _argument("n", 1, args, kwargs), static("axis", 2, -1, args, kwargs)
        sizes = list(dims)
        size = sizes[axis] if n is None else _length(n)
        sizes[axis] = _transformed(target, size, n is not None)
        return Array(_dtype(target, args[0].type), tuple(sizes))

    return infer_transform


def _lengths(s: Value) -> list[Value] | None:
    """The items of a sequence, of which at least the number is known."""
    if isinstance(s.type, Struct) and not isinstance(s, Constant):
        return items_of(s) or [Value(t) for t in s.type.items]
    return items_of(s)


def along_several(target: Any, default: Any) -> InferType:
    def infer_transform(args: Args, kwargs: KwArgs) -> Type:
        dims = dims_of(args[0].type)
        if dims is None:
            return UNKNOWN
        sizes = list(dims)
        s, axes = _argument("s", 1, args, kwargs), static("axes", 2, default, args, kwargs)
        given = None if s is None else _lengths(s)
        if s is not None and given is None:
            raise UnsupportedError(
                "how many axes are transformed is known only at run time",
                instead="write s= as a tuple",
            )
        lengths = None if given is None else list(map(_length, given))
        if axes is None:
            axes = range(len(dims)) if lengths is None else range(-len(lengths), 0)
        for k, axis in enumerate(axes):
            sizes[axis] = sizes[axis] if lengths is None else lengths[k]
        sizes[axes[-1]] = _transformed(target, sizes[axes[-1]], s is not None)
        return Array(_dtype(target, args[0].type), tuple(sizes))

    return infer_transform


def _with_length_type(args: Args, kwargs: KwArgs) -> Type:
    dims, axis = dims_of(args[0].type), static("axis", 2, -1, args, kwargs)
    if dims is None or not isinstance(args[0].type, Array):
        return UNKNOWN
    sizes = list(dims)
    sizes[axis] = _length(args[1])
    return Array(args[0].type.dtype, tuple(sizes))


def _frequencies(half: bool) -> InferType:
    def infer_frequencies(args: Args, kwargs: KwArgs) -> Type:
        n = _argument("n", 0, args, kwargs)
        size = ANY if n is None else _length(n)
        if half:
            size = size // 2 + 1 if isinstance(size, int) else ANY
        return Array(np.dtype(np.float64), (size,))

    return infer_frequencies


for one in (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft):
    register_inference(one, along_one(one))
for several in (np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn):
    register_inference(several, along_several(several, None))
for several in (np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2):
    register_inference(several, along_several(several, (-2, -1)))
register_inference(with_length, _with_length_type)
register_inference(np.fft.fftfreq, _frequencies(half=False))
register_inference(np.fft.rfftfreq, _frequencies(half=True))
