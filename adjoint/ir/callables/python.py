"""Records of Python: operators, built-in functions, the standard library."""

from __future__ import annotations

import collections
import itertools
import operator
import re
from typing import Any

import numpy as np

from adjoint.ir.callables.facts import (
    OWN,
    Call,
    Cheap,
    Effect,
    Facts,
    Memory,
    Rank0,
    Result,
    Table,
    each,
    named,
)
from adjoint.ir.indexing import is_basic
from adjoint.ir.types import Array, List, Struct, is_immutable_number

_ARITHMETIC = Facts(elementwise=True, cheap=Cheap.NUMBERS)
_COSTLY = Facts(elementwise=True)
_QUESTION = Facts(cheap=Cheap.NUMBERS, any_shapes=True)
_FOLDS = Facts(folds=True)
_SAFE = Facts(any_shapes=True)


def _item(call: Call) -> Result:
    """Of a container an item; of an array a view, for an index of numbers and slices."""
    base, index = call.operands
    if isinstance(base.type, (Struct, List)):
        return Result(Memory.VIEW)
    if is_immutable_number(base.type):
        return Result()
    basic = is_basic(index) if isinstance(base.type, Array) else True
    return Result({True: Memory.VIEW, False: Memory.OWN, None: Memory.MAYBE}[basic])


PYTHON: Table = (
    each(
        _ARITHMETIC,
        *named(operator, "add sub mul truediv floordiv mod neg pos lt le gt ge eq ne and_ or_"),
    ),
    each(_COSTLY, *named(operator, "pow xor invert inv lshift rshift abs")),
    each(Facts(elementwise=True, cheap=Cheap.NUMBERS, folds=True), abs),
    each(Facts(Result(rank0=Rank0.NUMBER), arrays=(0, 1)), operator.matmul),
    each(_QUESTION, *named(operator, "not_ is_ is_not")),
    each(Facts(cheap=Cheap.NUMBERS, any_shapes=True), operator.contains),
    each(Facts(_item, cheap=Cheap.NUMBERS, any_shapes=True), operator.getitem),
    each(OWN, *named(operator, "truth concat countOf indexOf index length_hint attrgetter "
                       "itemgetter methodcaller call")),
    each(
        Facts(Result(Memory.SAME), writes=(0,)),
        *named(operator, "iadd isub imul itruediv ifloordiv imod ipow imatmul iand ior ixor "
               "ilshift irshift iconcat"),
    ),
    each(Facts(writes=(0,)), operator.setitem, operator.delitem),
    # built in
    each(Facts(form_only=True, cheap=Cheap.ALWAYS, any_shapes=True), len),
    each(Facts(cheap=Cheap.ALWAYS, any_shapes=True), slice, range),
    each(Facts(cheap=Cheap.NUMBERS, any_shapes=True), isinstance),
    each(_SAFE, float, bool, complex, format),
    each(Facts(any_shapes=True, folds=True), int, repr, str),
    each(_FOLDS, round, ord, chr, bin, hex, oct),
    each(_SAFE, id, type),
    each(OWN, all, any, divmod, enumerate, hasattr, hash, max, min, pow, sum, zip,
           issubclass, callable, set, frozenset, reversed, sorted, tuple, dict),
    each(Facts(), getattr),
    each(Facts(Result(Memory.PARTS), sequences=True, any_shapes=True, cheap=Cheap.ARRAYS), list),
    each(Facts(effect=Effect.ORDERED), print, setattr, delattr, next, iter, input, open),
    each(OWN, tuple.count, tuple.index, list.count, list.index),
    # the standard library
    each(OWN, itertools.count),
    each(
        _FOLDS, re.findall, re.split, re.sub, re.fullmatch, re.match, re.search, re.escape,
        collections.namedtuple,
    ),
    # methods of arrays
    each(_SAFE, np.ndarray.item, np.ndarray.tolist),
)  # fmt: skip


def family(target: Any) -> Facts | None:
    """The record of a method of strings."""
    return OWN if getattr(target, "__objclass__", None) is str else None
