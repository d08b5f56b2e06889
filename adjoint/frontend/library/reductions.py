"""Reductions of an iterable: sums and products, extrema, quantifiers, functools.reduce."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.flow.branches import choose
from adjoint.frontend.flow.raising import handler_of
from adjoint.frontend.library.comprehensions import fold_loop
from adjoint.frontend.library.folding import certain_failure
from adjoint.frontend.objects.containers import tables
from adjoint.frontend.objects.containers.iteration import static_items
from adjoint.frontend.objects.operators import binary, truth
from adjoint.frontend.objects.subscripts import subscript
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, fold
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.kinds import check_is_iterable
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.read_sets import check_all_are_taken
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.speculation import unchanged
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, List, Range, Scalar, Struct, Type, Unknown, is_rank0


def call_sum(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    start = kwargs.get("start", args[1] if len(args) > 1 else o.Ref(Constant(0)))
    iterable = args[0]
    if isinstance(iterable, o.Ref) and len(args) == 1 and not kwargs:
        value = frame.lowering.operand(iterable)
        if isinstance(value.type, Array) and value.type.rank:
            axis = {} if value.type.rank == 1 else {"axis": 0}
            return o.Ref(frame.lowering.builder.apply(np.sum, value, **axis))

    def add(total: o.Obj, item: o.Obj) -> o.Obj:
        known, python = constant_of(total)
        if known and type(python) is int and python == 0:
            return item if _is_float(frame, item) else binary(frame, gast.Add(), total, item)
        return binary(frame, gast.Add(), total, item)

    if isinstance(iterable, (o.Seq,)) or _known(frame, iterable):
        return fold_loop(frame, iterable, start, add)
    return fold_loop(frame, iterable, start, lambda t, i: binary(frame, gast.Add(), t, i))


def _known(frame: Frame, iterable: o.Obj) -> bool:
    return not isinstance(iterable, o.Generator) and static_items(frame, iterable) is not None


def _is_float(frame: Frame, obj: o.Obj) -> bool:
    """Is 0 + x the same as x for this object? (Not for bools, which become ints.)"""
    if not isinstance(obj, o.Ref):
        return False
    type_ = frame.lowering.current(obj).type
    return isinstance(type_, Scalar) and type_.kind in ("float", "int") or isinstance(type_, Array)


def call_prod(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    start = kwargs.get("start", o.Ref(Constant(1)))
    if isinstance(args[0], o.Ref):
        value = frame.lowering.operand(args[0])
        if isinstance(value.type, Array) and value.type.rank == 1:
            product = o.Ref(frame.lowering.builder.apply(np.prod, value))
            return binary(frame, gast.Mult(), start, product) if kwargs else product
    return fold_loop(frame, args[0], start, lambda t, i: binary(frame, gast.Mult(), t, i))


def call_reduce(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    def step(total: o.Obj, item: o.Obj) -> o.Obj:
        return call_object(frame, args[0], [total, item], {}, None)

    if len(args) > 2:
        return fold_loop(frame, args[1], args[2], step)
    items = static_items(frame, args[1])
    if items is None:
        return _reduced_from_the_first(frame, args[1], step)
    if not items:
        said = "reduce() of empty iterable with no initial value"
        raise CertainError(TypeError, said, said)
    result = items[0]
    for item in items[1:]:
        result = step(result, item)
    return result


def _reduced_from_the_first(
    frame: Frame, iterable: o.Obj, step: Callable[[o.Obj, o.Obj], o.Obj]
) -> o.Obj:
    """Fold a sequence whose length is known only at run time, beginning with its first item."""
    if handler_of(frame, TypeError) is not None:
        raise UnsupportedError("a TypeError may leave this reduce, which a handler waits for",
                               instead="pass the initial value as third argument")  # fmt: skip
    whole = iterable if isinstance(iterable, o.Ref) else _list_of(frame, iterable)
    apply = frame.lowering.builder.apply
    there = apply(operator.gt, apply(len, frame.lowering.value(whole)), 0)
    said = Constant("reduce() of empty iterable with no initial value")
    apply(ops.check, there, said, Constant(TypeError))
    first = subscript(frame, whole, o.Ref(Constant(0)))
    rest = subscript(frame, whole, o.Known(slice(1, None)))
    return fold_loop(frame, rest, first, step)


def extremum(target: Callable[..., Any]) -> Callable[[Frame, Args, KwArgs], o.Obj]:
    """`max` and `min`: of several arguments, or of an iterable."""

    def call(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
        key = kwargs.get("key")
        if key is not None and constant_of(key) == (True, None):
            key = None
        if key is None:  # where keys are equal, the order of a set shows
            args = [tables.in_any_order(arg) for arg in args]
        items: Sequence[o.Obj] | None = args if len(args) > 1 else static_items(frame, args[0])
        default = kwargs.get("default")
        if items is None and default is not None:
            raise UnsupportedError(f"{target.__name__} with default of what may be empty")
        if items is None:
            return _of_unknown_length(frame, target, args[0], key)
        if not items and default is not None:
            return default
        if not items:
            failure = certain_failure(target, [o.Seq(tuple, [])], {})
            assert failure is not None
            raise failure
        if key is not None:
            return _by_key(frame, target, list(items), key)
        result = items[0]
        for item in items[1:]:
            folded = fold(target, result, item)
            if folded is not None:
                result = folded
                continue
            a, b = frame.lowering.value(result), frame.lowering.value(item)
            _check_comparable(target, a.type, b.type)
            result = o.Ref(frame.lowering.builder.apply(target, a, b))
        return result

    return call


def _check_comparable(target: Callable[..., Any], *types: Type) -> None:
    if not all(map(is_rank0, types)):
        raise UnsupportedError(
            f"{target.__name__} of arrays has no truth value",
            instead="use np.maximum or np.minimum",
        )


def _of_unknown_length(
    frame: Frame, target: Callable[..., Any], iterable: o.Obj, key: o.Obj | None
) -> o.Obj:
    """The extreme item of a sequence: that of an array or list of numbers, else by its index."""
    check_is_iterable(frame, iterable)
    whole = iterable if isinstance(iterable, o.Ref) else _list_of(frame, iterable)
    if isinstance(whole, o.Seq):
        return extremum(target)(frame, [whole], {} if key is None else {"key": key})
    value = frame.lowering.value(whole)
    if key is None and not _holds_tuples(value.type):
        if isinstance(value.type, Array) and value.type.rank != 1:
            _check_comparable(target, value.type)
        if isinstance(value.type, List):
            _check_comparable(target, value.type.element)
        if isinstance(value.type, Range):
            value = frame.lowering.builder.apply(list, value)
        return o.Ref(frame.lowering.builder.apply(target, value))
    keys = value if key is None else frame.lowering.value(_list_of(frame, o.Map(key, [whole])))
    index_of = ops.index_of_max if target is max else ops.index_of_min
    index = frame.lowering.builder.apply(index_of, keys)
    return subscript(frame, whole, o.Ref(index))


def _list_of(frame: Frame, iterable: o.Obj) -> o.Obj:
    return call_object(frame, o.Known(list), [iterable], {}, None)


def _holds_tuples(type_: Type) -> bool:
    return isinstance(type_, List) and isinstance(type_.element, Struct)


def _by_key(frame: Frame, target: Callable[..., Any], items: list[o.Obj], key: o.Obj) -> o.Obj:
    """The first item with the extreme key."""

    def rank(item: o.Obj) -> o.Obj:
        return call_object(frame, key, [item], {}, None)

    compare = operator.gt if target is max else operator.lt

    def better(best: o.Obj, best_key: o.Obj, item: o.Obj) -> list[o.Obj]:
        pair = o.Seq(tuple, [item, rank(item)])
        current = o.Seq(tuple, [best, best_key])
        keys = frame.lowering.value(pair.items[1]), frame.lowering.value(best_key)
        condition = truth(frame, o.Ref(frame.lowering.builder.apply(compare, *keys)))
        if isinstance(condition, Constant):
            condition = bool(condition.value)
        if not isinstance(condition, Value):
            return (pair if condition else current).items
        chosen = choose(frame, condition, lambda: pair, lambda: current)
        assert isinstance(chosen, o.Seq)
        return chosen.items

    best, best_key = items[0], rank(items[0])
    for item in items[1:]:
        best, best_key = better(best, best_key, item)
    return best


def quantifier(is_any: bool) -> Callable[[Frame, Args, KwArgs], o.Obj]:
    def call(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
        check_is_iterable(frame, args[0])
        type_ = frame.lowering.current(args[0]).type if isinstance(args[0], o.Ref) else None
        if isinstance(type_, Unknown) or isinstance(type_, Array) and type_.rank == 1:
            value = frame.lowering.value(args[0])
            return o.Ref(frame.lowering.builder.apply(np.any if is_any else np.all, value))

        check_all_are_taken(args[0])

        def step(total: o.Obj, item: o.Obj) -> o.Obj:
            condition = truth(frame, item)
            if not isinstance(condition, Value):
                condition = Constant(condition)
            if isinstance(condition, Constant):
                if bool(condition.value) is is_any:
                    return o.Ref(Constant(is_any))
                return total
            known, python = constant_of(total)
            if known:
                return total if python is is_any else o.Ref(condition)
            target = operator.or_ if is_any else operator.and_
            return o.Ref(
                frame.lowering.builder.apply(target, frame.lowering.value(total), condition)
            )

        with unchanged(frame.lowering, "any and all stop early"):
            return fold_loop(frame, args[0], o.Ref(Constant(not is_any)), step)

    return call
