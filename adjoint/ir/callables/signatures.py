"""The parameters of a callable, also of NumPy's compiled functions that do not tell them.

Before NumPy 2.4 `inspect` finds no signature of these. What they are then stands here, as the
newest NumPy tells it; a test compares the two.
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

import numpy as np

_UNTOLD = """
arange(start_or_stop, /, stop=None, step=1, *, dtype=None, device=None, like=None)
array(object, dtype=None, *, copy=True, order='K', subok=False, ndmin=0, ndmax=0, like=None)
asanyarray(a, dtype=None, order=None, *, device=None, copy=None, like=None)
asarray(a, dtype=None, order=None, *, device=None, copy=None, like=None)
ascontiguousarray(a, dtype=None, *, like=None)
asfortranarray(a, dtype=None, *, like=None)
bincount(x, /, weights=None, minlength=0)
can_cast(from_, to, casting='safe')
concatenate(arrays, /, axis=0, out=None, *, dtype=None, casting='same_kind')
copyto(dst, src, casting='same_kind', where=True)
dot(a, b, out=None)
empty(shape, dtype=None, order='C', *, device=None, like=None)
empty_like(prototype, /, dtype=None, order='K', subok=True, shape=None, *, device=None)
frombuffer(buffer, dtype=None, count=-1, offset=0, *, like=None)
fromiter(iter, dtype, count=-1, *, like=None)
inner(a, b, /)
lexsort(keys, axis=-1)
may_share_memory(a, b, /, max_work=0)
min_scalar_type(a, /)
packbits(a, /, axis=None, bitorder='big')
promote_types(type1, type2, /)
putmask(a, /, mask, values)
ravel_multi_index(multi_index, dims, mode='raise', order='C')
shares_memory(a, b, /, max_work=-1)
unpackbits(a, /, axis=None, count=None, bitorder='big')
unravel_index(indices, shape, order='C')
vdot(a, b, /)
where(condition, x=None, y=None, /)
zeros(shape, dtype=None, order='C', *, device=None, like=None)
"""


@functools.cache
def untold() -> dict[Any, inspect.Signature]:
    """The signatures of those compiled functions, whether or not this NumPy tells them."""
    found = {}
    for line in _UNTOLD.split("\n")[1:-1]:
        name, _, parameters = line.partition("(")
        found[getattr(np, name)] = inspect.signature(eval(f"lambda {parameters[:-1]}: None"))
    return found


#: What cannot change its parameters, whose text `inspect` parses each time that it is asked.
_COMPILED = (types.BuiltinFunctionType, np.ufunc)


def signature_of(target: Any) -> inspect.Signature:
    """The signature of a callable.

    Raises
    ------
    TypeError, ValueError : nothing tells it.
    """
    if isinstance(target, _COMPILED):
        return _of_compiled(target)
    return _signature(target)


@functools.lru_cache(maxsize=1024)
def _of_compiled(target: Any) -> inspect.Signature:
    return _signature(target)


def _signature(target: Any) -> inspect.Signature:
    try:
        return inspect.signature(target)
    except (TypeError, ValueError):
        try:
            return untold()[target]
        except (KeyError, TypeError):
            pass
        raise


@functools.lru_cache(maxsize=1024)
def parameter_names(target: Any) -> tuple[str, ...]:
    """The names of the parameters that can be given by position."""
    try:
        parameters = signature_of(target).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(
        p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    )
