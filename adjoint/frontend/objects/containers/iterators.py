"""Builtins and functions of itertools that give an iterator, and `sorted`."""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.objects.containers.iteration import known_items, row_by_row, static_items
from adjoint.frontend.objects.containers.joining import joined_lists
from adjoint.frontend.objects.containers.tables import in_any_order
from adjoint.frontend.objects.names import scope_of
from adjoint.frontend.objects.operators import binary
from adjoint.frontend.objects.subscripts import subscript
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.read_sets import check_all_are_taken, footprint
from adjoint.frontend.state.objects import Args, KwArgs
from adjoint.frontend.state.store import StandIn
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, Scalar, Struct, dims_of, element_type, is_rank0
from adjoint.limits import KNOWN_ITEMS


def call_zip(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    known, strict = constant_of(kwargs.get("strict", o.Known(False)))
    for arg in args if len(args) > 1 else ():
        check_all_are_taken(arg)
    return o.Zip(list(args), known and bool(strict))


def call_enumerate(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    start = kwargs.get("start", args[1] if len(args) > 1 else o.Ref(Constant(0)))
    return o.Enumerate(args[0], start)


def call_reversed(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Reversed(args[0])


def call_map(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    for arg in args[1:] if len(args) > 2 else ():
        check_all_are_taken(arg)
    return o.Map(args[0], list(args[1:]))


def call_filter(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`filter(f, items)` is the generator `(x for x in items if f(x))`."""
    scope = scope_of(frame)
    scope.hidden["%test"] = args[0]
    item = gast.Name("%item", gast.Load(), None, None)
    test: Any = gast.Call(gast.Name("%test", gast.Load(), None, None), [item], [])
    if constant_of(args[0]) == (True, None):
        test = item
    target = gast.Name("%item", gast.Store(), None, None)
    clause = gast.comprehension(target, gast.Constant(None, None), [test], 0)
    return o.Generator(gast.GeneratorExp(item, [clause]), scope, args[1])


def call_sorted(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`sorted`: of items whose keys are part of the program, or by `np.argsort` of the keys."""
    # Where keys are equal, the order of the set shows.
    if isinstance(args[0], o.Instance) and issubclass(args[0].cls, StandIn):
        args = [args[0].items["key_list"]]
    source = args[0] if "key" in kwargs else in_any_order(args[0])
    items = known_items(frame, source)
    key = kwargs.get("key")
    known, backwards = constant_of(kwargs.get("reverse", o.Known(False)))
    if not known:
        raise UnsupportedError("whether this sorts backwards is known only at run time",
                               instead="write a branch with both")  # fmt: skip
    if items is None:
        if key is None and isinstance(args[0], o.Ref):
            source_type = frame.lowering.current(args[0]).type
            array = frame.lowering.builder.apply(np.array, frame.lowering.value(args[0]))
            if isinstance(array.type, Array) and array.type.rank == 1:
                order = _order(frame, array, bool(backwards))
                ordered = frame.lowering.builder.apply(operator.getitem, array, order)
                numbers = isinstance(element_type(source_type), Scalar)  # of Python
                listed = np.ndarray.tolist if numbers else list
                return o.Ref(frame.lowering.builder.apply(listed, ordered))
        key = o.Known(_itself) if key is None or constant_of(key) == (True, None) else key
        return call_object(frame, o.Known(_ordered), [args[0], key, o.Known(bool(backwards))],
                           {}, None)  # fmt: skip
    keys = [i if key is None else call_object(frame, key, [i], {}, None) for i in items]
    constants = [constant_of(k) for k in keys]
    if not all(known for known, _ in constants):
        return _sorted_by_values(frame, items, keys, bool(backwards))
    places = sorted(range(len(items)), key=lambda k: constants[k][1], reverse=bool(backwards))
    return o.Seq(list, [items[k] for k in places])


def _itself(item: Any) -> Any:
    return item


def _ordered(items: Any, key: Any, backwards: bool) -> list[Any]:
    """`sorted` of items of any number: lowered from its text, as a program of the user's."""
    listed = list(items)
    keys = np.array([key(item) for item in listed])
    if keys.ndim == 2:  # tuples, the first of which counts most
        order = np.lexsort((0 - keys if backwards else keys).T[::-1])
    else:
        order = np.argsort(0 - keys if backwards else keys, kind="stable")
    return [listed[k] for k in order]


def _order(frame: Frame, keys: Value, backwards: bool) -> Value:
    """The stable order; `sorted(reverse=True)` keeps that of equal items as well."""
    apply = frame.lowering.builder.apply
    return apply(np.argsort, apply(operator.neg, keys) if backwards else keys, kind="stable")


def _sorted_by_values(
    frame: Frame, items: list[o.Obj], keys: list[o.Obj], backwards: bool
) -> o.Obj:
    """The items in the order of keys that are known only at run time."""
    apply = frame.lowering.builder.apply
    values = [frame.lowering.value(k) for k in keys]
    if not all(is_rank0(v.type) for v in values):
        raise UnsupportedError("the order of these items is known only at run time",
                               instead="use numbers as keys")  # fmt: skip
    order = _order(frame, apply(np.array, apply(ops.make_list, *values)), backwards)
    places = [o.Ref(apply(operator.getitem, order, k)) for k in range(len(items))]
    whole = o.Seq(list, list(items))
    return o.Seq(list, [subscript(frame, whole, place) for place in places])


def _iterator(frame: Frame, sources: Args, items: list[o.Obj]) -> o.Obj:
    """An iterator that gives these items, which were made of the sources."""
    made_of = footprint(frame.lowering, sources)
    return o.Items(o.Seq(tuple, items), footprint=made_of)


def _listed(frame: Frame, obj: o.Obj) -> list[o.Obj]:
    items = known_items(frame, obj)
    if items is None:
        items = static_items(frame, row_by_row(frame, obj))
    if items is None:
        raise UnsupportedError("this needs a sequence whose length is part of the program",
                               instead="write it as a loop")  # fmt: skip
    return items


def call_product(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    known, repeat = constant_of(kwargs.get("repeat", o.Ref(Constant(1))))
    pools = [_listed(frame, a) for a in args] * (repeat if known else 1)
    if math.prod(map(len, pools)) > KNOWN_ITEMS:
        raise UnsupportedError("a product of many items would be written out one by one",
                               instead="write nested loops")  # fmt: skip
    return _iterator(frame, args, [o.Seq(tuple, list(row)) for row in itertools.product(*pools)])


def call_chain(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`chain(xs, ys)`: a sequence of unknown length is joined as lists."""
    known = [known_items(frame, a) for a in args]
    if all(items is not None for items in known):
        return _iterator(frame, args, [item for items in known for item in items or ()])
    lists = [call_object(frame, o.Known(list), [a], {}, None) for a in args]
    joined = functools.reduce(lambda a, b: joined_lists(frame, a, b), lists)
    return o.Items(joined, footprint=footprint(frame.lowering, args))


def call_from_iterable(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return call_chain(frame, _listed(frame, args[0]), {})


def _selection(target: Any) -> Callable[[Frame, Args, KwArgs], o.Obj]:
    """`combinations` and `permutations`: of the items, one by one."""

    def call(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
        sizes = [constant_of(a) for a in [*args[1:], *kwargs.values()]]
        if not all(known for known, _ in sizes):
            raise UnsupportedError(f"the size of {target.__name__} is known only at run time")
        rows = list(
            itertools.islice(target(_listed(frame, args[0]), *(n for _, n in sizes)), KNOWN_ITEMS)
        )
        if len(rows) == KNOWN_ITEMS:
            raise UnsupportedError(
                f"the {target.__name__} of many items would be written out one by one",
                instead="write nested loops",
            )
        return _iterator(frame, args, [o.Seq(tuple, list(row)) for row in rows])

    return call


def call_starmap(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    rows = [_listed(frame, row) for row in _listed(frame, args[1])]
    made = [call_object(frame, args[0], row, {}, None) for row in rows]
    return _iterator(frame, args, made)


def call_repeat(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    known, times = constant_of(args[1] if len(args) > 1 else kwargs.get("times", o.Known(None)))
    if known and times is None:
        return o.Cycle([args[0]])
    if not known:
        raise UnsupportedError("repeat a number of times that is known only at run time")
    return o.Items(o.Seq(tuple, [args[0]] * times))


def call_islice(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    check_all_are_taken(args[0])
    bounds = [constant_of(a) for a in args[1:]]
    if not all(known for known, _ in bounds):
        raise UnsupportedError("islice with bounds that are known only at run time",
                               instead="use a slice of a list")  # fmt: skip
    if isinstance(args[0], o.Cycle):
        stop = bounds[0][1] if len(bounds) == 1 else bounds[1][1]
        turns = itertools.islice(itertools.cycle(args[0].items), stop)
        return _iterator(frame, args, list(itertools.islice(turns, *(b for _, b in bounds))))
    items = list(itertools.islice(_listed(frame, args[0]), *(b for _, b in bounds)))
    return _iterator(frame, args, items)


def call_cycle(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    items = list(_listed(frame, args[0]))
    return o.Cycle(items, footprint=footprint(frame.lowering, args))


def call_zip_longest(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    columns = [_listed(frame, a) for a in args]
    fill = kwargs.get("fillvalue", o.Known(None))
    rows = itertools.zip_longest(*columns, fillvalue=fill)
    return _iterator(frame, args, [o.Seq(tuple, list(row)) for row in rows])


def call_count(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    start = args[0] if args else kwargs.get("start", o.Ref(Constant(0)))
    step = args[1] if len(args) > 1 else kwargs.get("step", o.Ref(Constant(1)))
    return o.Count(start, step)


def call_pairwise(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    items = _listed(frame, args[0])
    return _iterator(frame, args, [o.Seq(tuple, list(p)) for p in itertools.pairwise(items)])


def call_accumulate(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    items = _listed(frame, args[0])
    if "initial" in kwargs:
        items = [kwargs["initial"], *items]
    totals: list[o.Obj] = items[:1]
    for item in items[1:]:
        function = args[1] if len(args) > 1 else kwargs.get("func")
        totals.append(
            binary(frame, gast.Add(), totals[-1], item) if function is None
            else call_object(frame, function, [totals[-1], item], {}, None)
        )  # fmt: skip
    return _iterator(frame, [*args, *kwargs.values()], totals)


def call_groupby(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`groupby(items, key)`: the keys have to be part of the program."""
    items, key = _listed(frame, args[0]), [*args[1:], *kwargs.values(), o.Known(None)][0]
    keys = items
    if constant_of(key) != (True, None):
        keys = [call_object(frame, key, [item], {}, None) for item in items]
    found: list[tuple[Any, o.Obj, list[o.Obj]]] = []
    for k, item in zip(keys, items, strict=True):
        known, python = constant_of(k)
        if not known:
            raise UnsupportedError("which items itertools.groupby puts together is known only at "
                                   "run time", instead="write a loop")  # fmt: skip
        if not found or found[-1][0] != python:
            found.append((python, k, []))
        found[-1][2].append(item)
    made_of = footprint(frame.lowering, [args[0], key])
    return o.Groups([k for _, k, _ in found], [group for _, _, group in found],
                    o.Seq(list, []), footprint=made_of)  # fmt: skip


def call_ndindex(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """The positions in an array, whose sizes have to be known, in C order."""
    types = [frame.lowering.value(size).type for size in args]
    if len(types) == 1 and isinstance(types[0], Struct):
        types = list(types[0].items)
    sizes = [t.size for t in types if isinstance(t, Scalar) and isinstance(t.size, int)]
    if len(sizes) != len(types) or math.prod(sizes) > KNOWN_ITEMS:
        raise UnsupportedError("this needs sizes that are part of the program",
                               instead="write a loop for each axis")  # fmt: skip
    return o.Items(o.Seq(list, [_position(place) for place in np.ndindex(*sizes)]))


def call_ndenumerate(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    shape = dims_of(frame.lowering.value(args[0]).type) or (None,)
    if not all(isinstance(n, int) for n in shape):
        shape = (KNOWN_ITEMS + 1,)  # which is refused, as unknown sizes are
    positions = call_ndindex(frame, [o.Ref(Constant(n)) for n in shape], {})
    pairs: list[o.Obj] = [
        o.Seq(tuple, [place, subscript(frame, args[0], place)])
        for place in o.parts_of(positions.whole)  # type: ignore[attr-defined]
    ]
    return _iterator(frame, args, pairs)


def _position(place: tuple[int, ...]) -> o.Obj:
    return o.Seq(tuple, [o.Ref(Constant(k)) for k in place])


ITERATORS: dict[Any, Callable[[Frame, Args, KwArgs], o.Obj]] = {
    zip: call_zip,
    enumerate: call_enumerate,
    reversed: call_reversed,
    map: call_map,
    filter: call_filter,
    sorted: call_sorted,
    itertools.product: call_product,
    itertools.chain: call_chain,
    itertools.chain.from_iterable: call_from_iterable,
    itertools.combinations: _selection(itertools.combinations),
    itertools.permutations: _selection(itertools.permutations),
    itertools.combinations_with_replacement: _selection(itertools.combinations_with_replacement),
    itertools.starmap: call_starmap,
    itertools.repeat: call_repeat,
    itertools.islice: call_islice,
    itertools.cycle: call_cycle,
    itertools.zip_longest: call_zip_longest,
    itertools.count: call_count,
    itertools.pairwise: call_pairwise,
    itertools.accumulate: call_accumulate,
    itertools.groupby: call_groupby,
    np.ndindex: call_ndindex,
    np.ndenumerate: call_ndenumerate,
}
