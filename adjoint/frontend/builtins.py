"""Python's builtins and the few library functions that act on abstract objects."""

from __future__ import annotations

import collections
import copy
import functools
import math
import operator
import string
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend import caching, copying, tables, trees
from adjoint.frontend import objects as o
from adjoint.frontend.attributes import attribute
from adjoint.frontend.comprehensions import fold_loop, scope_of
from adjoint.frontend.constants import constant_of, fold
from adjoint.frontend.containers import pairs
from adjoint.frontend.contexts import call_simplefilter
from adjoint.frontend.dispatch import call_object
from adjoint.frontend.fixpoint import Loop
from adjoint.frontend.functional import PROGRAMS
from adjoint.frontend.instances import assign_attribute
from adjoint.frontend.iteration import iteration, listed, static_items
from adjoint.frontend.iterators import ITERATORS
from adjoint.frontend.laziness import check_unchanged
from adjoint.frontend.lowering import Frame
from adjoint.frontend.numpy_calls import call_numpy
from adjoint.frontend.operators import binary, truth
from adjoint.frontend.piecewise import call_piecewise
from adjoint.frontend.shapes import hold
from adjoint.frontend.spectra import call_eig, call_eigvals
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, List, Range, Scalar, Struct, is_numeric, is_rank0
from adjoint.runtime import containers

Args = Sequence[o.Obj]
KwArgs = dict[str, o.Obj]


def _value(frame: Frame, obj: o.Obj) -> Value:
    return frame.lowering.value(obj)


def call_range(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    values = [_value(frame, a) for a in args]
    if any(not is_numeric(v.type) for v in values):
        raise UnsupportedError("range needs integers")
    return o.Ref(frame.lowering.builder.apply(range, *values))


def call_len(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    match args[0]:
        case o.Seq(_, items) | o.Mapping(items):
            return o.Ref(Constant(len(items)))
        case o.Known(value):
            return o.Ref(Constant(len(value)))
    return o.Ref(frame.lowering.builder.apply(len, _value(frame, args[0])))


def call_partial(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Partial(args[0], list(args[1:]), dict(kwargs))


def call_sum(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    start = kwargs.get("start", args[1] if len(args) > 1 else o.Ref(Constant(0)))
    iterable = args[0]
    if isinstance(iterable, o.Ref) and len(args) == 1 and not kwargs:
        value = frame.lowering.current(iterable)
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


def extremum(target: Callable[..., Any]) -> Callable[[Frame, Args, KwArgs], o.Obj]:
    """`max` and `min`: of several arguments, or of an iterable."""

    def call(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
        if "key" not in kwargs:  # where keys are equal, the order of a set shows
            args = [tables.in_any_order(arg) for arg in args]
        items: Sequence[o.Obj] | None = args if len(args) > 1 else static_items(frame, args[0])
        apply = frame.lowering.builder.apply
        if items is None and "default" in kwargs:
            raise UnsupportedError(f"{target.__name__} with default of what may be empty")
        if items is None:
            if isinstance(args[0], o.Ref):
                value = frame.lowering.current(args[0])
                array = value if isinstance(value.type, Array) else apply(np.array, value)
                return o.Ref(apply(np.max if target is max else np.min, array))
            if isinstance(args[0], o.Generator):
                return call(frame, [listed(args[0])], kwargs)
            if isinstance(args[0], o.Items):
                return call(frame, [args[0].whole], kwargs)
            raise UnsupportedError(f"{target.__name__} of this iterable is not supported yet")
        if not items and "default" in kwargs:
            return kwargs["default"]
        if not items:
            raise UnsupportedError(f"{target.__name__} of an empty sequence")
        result = items[0]
        if "key" in kwargs:
            return _by_key(frame, target, list(items), kwargs["key"])
        for item in items[1:]:
            folded = fold(target, result, item)
            if folded is not None:
                result = folded
                continue
            a, b = _value(frame, result), _value(frame, item)
            if not (is_rank0(a.type) and is_rank0(b.type)):
                raise UnsupportedError(
                    f"{target.__name__} of arrays has no truth value",
                    instead="use np.maximum or np.minimum",
                )
            result = o.Ref(apply(target, a, b))
        return result

    return call


def _by_key(frame: Frame, target: Callable[..., Any], items: list[o.Obj], key: o.Obj) -> o.Obj:
    """The first item with the extreme key."""

    def rank(item: o.Obj) -> o.Obj:
        return call_object(frame, key, [item], {}, None)

    compare = operator.gt if target is max else operator.lt
    best, best_key = items[0], rank(items[0])
    for item in items[1:]:
        pair = o.Seq(tuple, [item, rank(item)])
        current = o.Seq(tuple, [best, best_key])
        keys = _value(frame, pair.items[1]), _value(frame, best_key)
        better = truth(frame, o.Ref(frame.lowering.builder.apply(compare, *keys)))
        if isinstance(better, Constant):
            better = bool(better.value)
        if isinstance(better, Value):
            chosen = frame.lowering.choose(
                frame,
                better,
                lambda p=pair: p,
                lambda c=current: c,  # type: ignore[misc]
            )
        else:
            chosen = pair if better else current
        assert isinstance(chosen, o.Seq)
        best, best_key = chosen.items
    return best


def quantifier(is_any: bool) -> Callable[[Frame, Args, KwArgs], o.Obj]:
    def call(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
        if isinstance(args[0], o.Ref) and is_numeric(frame.lowering.current(args[0]).type):
            value = frame.lowering.current(args[0])
            return o.Ref(frame.lowering.builder.apply(np.any if is_any else np.all, value))

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
            return o.Ref(frame.lowering.builder.apply(target, _value(frame, total), condition))

        with frame.lowering.unchanged("any and all stop early"):
            return fold_loop(frame, args[0], o.Ref(Constant(not is_any)), step)

    return call


def container(kind: type) -> Callable[[Frame, Args, KwArgs], o.Obj]:
    """`list(x)` and `tuple(x)`."""

    def call(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
        if not args:
            return o.Seq(kind, [])
        if isinstance(args[0], o.Generator):
            made = listed(args[0])
            return o.Seq(kind, o.parts_of(made)) if isinstance(made, o.Seq) else made
        if isinstance(args[0], o.Items):
            check_unchanged(frame.lowering, args[0])
            return call(frame, [args[0].whole], kwargs)
        items = static_items(frame, args[0])
        if items is not None:
            return o.Seq(kind, list(items))
        if isinstance(args[0], o.Ref):
            value = frame.lowering.current(args[0])
            if isinstance(value.type, List) and kind is tuple:
                return args[0]
            if not isinstance(value.type, Range):
                hold(args[0], "a list of its items was made")
            return o.Ref(frame.lowering.builder.apply(list, value))
        scope = scope_of(frame)
        over = iteration(scope, args[0])
        recorded: list[Value] = []

        def body(elements: list[Value]) -> None:
            recorded[:] = [frame.lowering.value(over.element(elements))]

        loop = Loop(scope, over.sequences, body, record=lambda: list(recorded), over=over.over)
        stacks, _ = loop.lower([])
        check_unchanged(frame.lowering, args[0])
        return o.Ref(stacks[0])

    return call


def call_dict(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Mapping({**(pairs(frame, args[0]) if args else {}), **kwargs})


def call_isinstance(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    known, classes = constant_of(args[1])
    if not known:
        raise UnsupportedError("isinstance against a class that only the run knows")
    match args[0]:
        case o.Seq(kind):
            return o.Ref(Constant(issubclass(kind, classes)))
        case o.Mapping():
            return o.Ref(Constant(issubclass(args[0].kind, classes)))
        case o.Instance(cls):
            return o.Ref(Constant(issubclass(cls, classes)))
        case o.Known(value):
            return o.Ref(Constant(isinstance(value, classes)))
        case o.Closure() | o.Partial() | o.Cached():
            return o.Ref(Constant(isinstance(call_isinstance, classes)))
    type_ = _value(frame, args[0]).type
    match type_:
        case Scalar(number):
            sample: Any = {"bool": True, "int": 1, "float": 1.0, "complex": 1j}[number]
        case Array(dtype, _, scalar):
            sample = dtype.type(0) if scalar else np.zeros((), dtype)
        case List():
            sample = []
        case _:
            raise UnsupportedError("isinstance of a value whose type only the run knows")
    return o.Ref(Constant(isinstance(sample, classes)))


def call_type(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    match args[0]:
        case o.Seq(cls) | o.Instance(cls):
            return o.Known(cls)
        case o.Mapping(kind=cls):
            return o.Known(cls)
        case o.Known(value):
            return o.Known(type(value))
        case o.Ref():
            match _value(frame, args[0]).type:
                case Scalar(kind):
                    numbers = {"bool": bool, "int": int, "float": float, "complex": complex}
                    return o.Known(numbers[kind])
                case Array(dtype, _, scalar):
                    return o.Known(dtype.type if scalar else np.ndarray)
                case List():
                    return o.Known(list)
    raise UnsupportedError("the type of this value is only known to the run")


def _attribute_name(obj: o.Obj) -> str:
    known, name = constant_of(obj)
    if not known or not isinstance(name, str):
        raise UnsupportedError("an attribute whose name only the run knows")
    return name


def call_getattr(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    if len(args) > 2 and not _has_attribute(frame, args[0], args[1]):
        return args[2]
    return attribute(frame, args[0], _attribute_name(args[1]))


def call_setattr(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    assign_attribute(frame, args[0], _attribute_name(args[1]), args[2])
    return o.Known(None)


def call_hasattr(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Ref(Constant(_has_attribute(frame, args[0], args[1])))


def _has_attribute(frame: Frame, owner: o.Obj, name: o.Obj) -> bool:
    attr = _attribute_name(name)
    match owner:
        case o.Instance(cls, items):
            return attr in items or hasattr(cls, attr)
        case o.Known(value):
            return hasattr(value, attr)
        case o.Seq(kind):
            return hasattr(kind, attr)
    known, cls = constant_of(call_type(frame, [owner], {}))
    return known and hasattr(cls, attr)


def call_iter(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return args[0] if isinstance(args[0], o.Iterator) else o.Items(args[0])


def call_callable(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Ref(Constant(not isinstance(args[0], (o.Ref, o.Seq, o.Mapping))))


def call_print(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    named = {k: _value(frame, v) for k, v in kwargs.items()}
    frame.lowering.builder.apply(print, *(_value(frame, a) for a in args), **named)
    return o.Known(None)


def call_reduce(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    def step(total: o.Obj, item: o.Obj) -> o.Obj:
        return call_object(frame, args[0], [total, item], {}, None)

    if len(args) > 2:
        return fold_loop(frame, args[1], args[2], step)
    items = static_items(frame, args[1])
    if not items:
        raise UnsupportedError(
            "reduce without an initial value over a sequence of unknown length",
            instead="pass the initial value as third argument",
        )
    result = items[0]
    for item in items[1:]:
        result = step(result, item)
    return result


def call_prod(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    start = kwargs.get("start", o.Ref(Constant(1)))
    if isinstance(args[0], o.Ref):
        value = frame.lowering.current(args[0])
        if isinstance(value.type, Array) and value.type.rank == 1:
            product = o.Ref(frame.lowering.builder.apply(np.prod, value))
            return binary(frame, gast.Mult(), start, product) if kwargs else product
    return fold_loop(frame, args[0], start, lambda t, i: binary(frame, gast.Mult(), t, i))


def call_float(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    value = _value(frame, args[0])
    known, python = constant_of(args[0])
    if known and isinstance(python, (str, int)):
        try:
            return o.Ref(Constant(float(python)))
        except ValueError as error:
            raise CertainError(ValueError, str(error), *error.args) from None
    if isinstance(value.type, Scalar) and value.type.kind == "float":
        return args[0]
    if isinstance(value.type, Array) and any(size != 1 for size in value.type.dims):
        raise UnsupportedError("float of an array that may have several elements",
                               instead="take the one that is meant, as in x[0]")  # fmt: skip
    return o.Ref(frame.lowering.builder.apply(float, value))


def call_divmod(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Seq(tuple, [binary(frame, op, *args) for op in (gast.FloorDiv(), gast.Mod())])


def call_stop_gradient(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    def stop(obj: o.Obj) -> o.Obj:
        match obj:
            case o.Seq(kind, items, limit=limit):
                return o.Seq(kind, [stop(i) for i in items], limit=limit)
            case o.Mapping(items, kind=kind, factory=factory):
                held = {k: stop(v) for k, v in items.items()}
                return o.Mapping(held, kind=kind, factory=factory, ordered=obj.ordered)
            case o.Ref():
                same = o.Ref(frame.lowering.builder.apply(ops.stop_gradient, _value(frame, obj)))
                hold(obj, "stop_gradient gave it a second name")
                hold(same, "it is the array that stop_gradient was given")
                return same
        return obj

    return stop(args[0])


def call_pow(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    if len(args) != 2:
        raise UnsupportedError("pow with a modulus is not differentiable")
    return binary(frame, gast.Pow(), *args)


def call_slice(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    constants = [constant_of(a) for a in args]
    if all(known for known, _ in constants):
        return o.Known(slice(*(v for _, v in constants)))
    return o.Ref(frame.lowering.builder.apply(slice, *(_value(frame, a) for a in args)))


def call_shape(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return frame.lowering.wrap(frame.lowering.builder.apply(np.shape, _value(frame, args[0])))


def call_ndim(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Ref(Constant(_value(frame, args[0]).ndim))


def call_einsum(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`np.einsum(a, [0, 1], b, [1, 2], [0, 2])` is written with letters, as 'ab,bc->ac'."""
    if args and isinstance(constant_of(args[0])[1], str):
        return call_numpy(frame, np.einsum, args, dict(kwargs))
    lists = [constant_of(a) for a in args[1::2]]
    lists += [constant_of(args[-1])] if len(args) % 2 else []
    if not all(known and isinstance(x, (list, tuple)) for known, x in lists):
        raise UnsupportedError(
            "einsum needs subscripts that are part of the program",
            instead="write the indices as letters, as in 'bij,bjk->bik'",
        )
    labels = sorted({i for _, x in lists for i in x if i is not Ellipsis})
    few = len(labels) <= len(string.ascii_lowercase)
    names = string.ascii_lowercase if few else "".join(sorted(string.ascii_letters))
    letters = dict(zip(labels, names, strict=False))
    terms = ["".join("..." if i is Ellipsis else letters[i] for i in x) for _, x in lists]
    operands = list(args[: len(args) - len(args) % 2 : 2])
    subscripts = ",".join(terms[: len(operands)])
    if len(args) % 2:
        subscripts += "->" + terms[-1]
    return call_numpy(frame, np.einsum, [o.Known(subscripts), *operands], dict(kwargs))


def _as_it_is(function: Any) -> Any:
    """What `functools.wraps(f)` does to a function, as far as calls of it can tell."""
    return function


BUILTINS: dict[Any, Callable[[Frame, Args, KwArgs], o.Obj]] = {
    **ITERATORS,
    **PROGRAMS,
    range: call_range,
    len: call_len,
    sum: call_sum,
    max: extremum(max),
    min: extremum(min),
    any: quantifier(True),
    all: quantifier(False),
    list: container(list),
    tuple: container(tuple),
    dict: call_dict,
    set: tables.call_set,
    collections.defaultdict: tables.call_defaultdict,
    collections.OrderedDict: tables.call_ordered_dict,
    collections.Counter: tables.call_counter,
    collections.deque: tables.call_deque,
    dict.fromkeys: tables.fromkeys,
    isinstance: call_isinstance,
    type: call_type,
    getattr: call_getattr,
    setattr: call_setattr,
    hasattr: call_hasattr,
    iter: call_iter,
    callable: call_callable,
    print: call_print,
    warnings.simplefilter: call_simplefilter,
    warnings.filterwarnings: call_simplefilter,
    float: call_float,
    pow: call_pow,
    divmod: call_divmod,
    slice: call_slice,
    functools.reduce: call_reduce,
    functools.partial: call_partial,
    functools.wraps: lambda frame, args, kwargs: o.Known(_as_it_is),
    functools.cache: caching.call_cache,
    functools.lru_cache: caching.call_cache,
    caching._decorate: caching.call_decorated,
    copy.copy: copying.call_copy,
    copy.deepcopy: copying.call_deepcopy,
    operator.itemgetter: tables.make_itemgetter,
    math.prod: call_prod,
    np.shape: call_shape,
    np.ndim: call_ndim,
    np.piecewise: call_piecewise,
    np.einsum: call_einsum,
    np.linalg.eig: call_eig,
    np.linalg.eigvals: call_eigvals,
    ops.stop_gradient: call_stop_gradient,
    containers.tree_map: trees.call_tree_map,
    containers.tree_leaves: trees.call_tree_leaves,
    containers.zeros_like: trees.call_zeros_like,
}

__all__ = ["BUILTINS", "Struct"]
