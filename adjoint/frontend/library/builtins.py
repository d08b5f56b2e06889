"""Python's builtins and the few library functions that act on abstract objects."""

from __future__ import annotations

import collections
import copy
import functools
import inspect
import math
import operator
import types
import warnings
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.control.contexts import call_simplefilter
from adjoint.frontend.library import caching, copying
from adjoint.frontend.library.functional import PROGRAMS
from adjoint.frontend.library.next import call_next
from adjoint.frontend.library.reductions import (
    call_prod,
    call_reduce,
    call_sum,
    extremum,
    quantifier,
)
from adjoint.frontend.numpy import trees
from adjoint.frontend.numpy.arraylike import array_value
from adjoint.frontend.numpy.einsum import call_einsum
from adjoint.frontend.numpy.piecewise import call_piecewise
from adjoint.frontend.numpy.spectra import call_eig, call_eigvals
from adjoint.frontend.objects import instances
from adjoint.frontend.objects.containers.collecting import (
    call_counter,
    call_defaultdict,
    call_deque,
    call_dict,
    call_ordered_dict,
    call_set,
    container,
    fromkeys,
)
from adjoint.frontend.objects.containers.iterators import ITERATORS
from adjoint.frontend.objects.operators import binary
from adjoint.frontend.objects.reflection import (
    call_callable,
    call_getattr,
    call_hasattr,
    call_isinstance,
    call_setattr,
    call_signature,
    call_type,
)
from adjoint.frontend.objects.subscripts import make_itemgetter
from adjoint.frontend.opaque import objects as foreign
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.kinds import check_has_length, check_is_iterable
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.ir import ops
from adjoint.ir.core import Constant
from adjoint.ir.types import Array, Scalar, Unknown, is_immutable_number, is_numeric
from adjoint.runtime import containers
from adjoint.runtime import trees as runtime_trees


def call_range(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    args = [foreign.as_index(frame, a) for a in args]
    values = [frame.lowering.value(a) for a in args]
    if any(not is_numeric(v.type) for v in values):
        raise UnsupportedError("range needs integers")
    return o.Ref(frame.lowering.builder.apply(range, *values))


def call_len(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    match args[0]:
        case o.Outside():
            return args[0].length()
        case o.Seq(_, items) | o.Mapping(items):
            return o.Ref(Constant(len(items)))
        case o.Known(value):
            asked = instances.ask_known(frame, args[0], "__len__", [])
            if asked is not None:
                return asked
            return o.Ref(Constant(len(frame.lowering.outside.contents(value))))
    check_has_length(frame, args[0])
    return o.Ref(frame.lowering.builder.apply(len, frame.lowering.value(args[0])))


def call_partial(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Partial(args[0], list(args[1:]), dict(kwargs))


def call_iter(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    check_is_iterable(frame, args[0])
    return args[0] if isinstance(args[0], o.Iterator) else o.Items(args[0])


def call_print(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    named = {k: frame.lowering.value(v) for k, v in kwargs.items()}
    frame.lowering.builder.apply(print, *(frame.lowering.value(a) for a in args), **named)
    return o.Known(None)


def call_float(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    value = frame.lowering.value(args[0])
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
                same = o.Ref(
                    frame.lowering.builder.apply(ops.stop_gradient, frame.lowering.value(obj))
                )
                frame.lowering.state.hold(obj, "stop_gradient gave it a second name")
                frame.lowering.state.hold(same, "it is the array that stop_gradient was given")
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
    return o.Ref(frame.lowering.builder.apply(slice, *(frame.lowering.value(a) for a in args)))


def call_shape(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return frame.lowering.wrap(
        frame.lowering.builder.apply(np.shape, frame.lowering.value(args[0]))
    )


def call_ndim(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Ref(Constant(array_value(frame, args[0]).ndim))


def call_isscalar(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    known, python = constant_of(args[0])
    if known:
        return o.Ref(Constant(bool(np.isscalar(python))))
    if not isinstance(args[0], o.Ref):
        return o.Ref(Constant(False))
    value = frame.lowering.value(args[0])
    if isinstance(value.type, Unknown):
        return o.Ref(frame.lowering.builder.apply(np.isscalar, value))
    return o.Ref(Constant(is_immutable_number(value.type)))


def _as_it_is(function: Any) -> Any:
    """`functools.wraps(f)(function)`: the function itself, as far as its calls can tell."""
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
    set: call_set,
    collections.defaultdict: call_defaultdict,
    collections.OrderedDict: call_ordered_dict,
    collections.Counter: call_counter,
    collections.deque: call_deque,
    dict.fromkeys: fromkeys,
    isinstance: call_isinstance,
    type: call_type,
    getattr: call_getattr,
    setattr: call_setattr,
    hasattr: call_hasattr,
    inspect.signature: call_signature,
    iter: call_iter,
    callable: call_callable,
    next: call_next,
    types.SimpleNamespace: instances.namespace,
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
    caching.decorate: caching.call_decorated,
    copy.copy: copying.call_copy,
    copy.deepcopy: copying.call_deepcopy,
    operator.itemgetter: make_itemgetter,
    math.prod: call_prod,
    np.shape: call_shape,
    np.ndim: call_ndim,
    np.isscalar: call_isscalar,
    np.piecewise: call_piecewise,
    np.einsum: call_einsum,
    np.linalg.eig: call_eig,
    np.linalg.eigvals: call_eigvals,
    ops.stop_gradient: call_stop_gradient,
    containers.tree_map: trees.call_tree_map,
    containers.tree_leaves: trees.call_tree_leaves,
    runtime_trees.tree_map: trees.call_tree_map,
    runtime_trees.tree_leaves: trees.call_tree_leaves,
    runtime_trees.zeros_like: trees.call_zeros_like,
    containers.zeros_like: trees.call_zeros_like,
}
