"""Builtins and functions of itertools that give an iterator, and `sorted`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.lowering import Frame
from adjoint.frontend.shapes import constant_of
from adjoint.ir.core import Constant, Value

Args = Sequence[o.Obj]
KwArgs = dict[str, o.Obj]


def call_zip(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    known, strict = constant_of(kwargs.get("strict", o.Known(False)))
    return o.Zip(list(args), known and bool(strict))


def call_enumerate(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    start = kwargs.get("start", args[1] if len(args) > 1 else o.Ref(Constant(0)))
    return o.Enumerate(args[0], start)


def call_reversed(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Reversed(args[0])


def call_map(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Map(args[0], list(args[1:]))


def call_filter(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`filter(f, items)`, where it is known which items pass."""
    from adjoint.frontend.calls import call_object
    from adjoint.frontend.expressions import truth

    kept: list[o.Obj] = []
    for item in _listed(frame, args[1]):
        passes = truth(frame, call_object(frame, args[0], [item], {}, None))
        if isinstance(passes, Constant):
            passes = bool(passes.value)
        if isinstance(passes, Value):
            raise UnsupportedError(
                "which items filter keeps is only known to the run",
                instead="sum or collect in a loop with an if",
            )
        if passes:
            kept.append(item)
    return o.Items(kept)


def call_sorted(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`sorted` of items whose keys are part of the program."""
    from adjoint.frontend.calls import call_object
    from adjoint.frontend.iteration import known_items

    items = known_items(frame, args[0])
    if items is None:
        raise UnsupportedError("sorted of a sequence whose length only the run knows",
                               instead="use np.argsort and index with it")  # fmt: skip
    key = kwargs.get("key")
    keys = [i if key is None else call_object(frame, key, [i], {}, None) for i in items]
    constants = [constant_of(k) for k in keys]
    if not all(known for known, _ in constants):
        raise UnsupportedError("the order of these items is only known to the run",
                               instead="use np.argsort and index with it")  # fmt: skip
    known, backwards = constant_of(kwargs.get("reverse", o.Known(False)))
    order = sorted(range(len(items)), key=lambda k: constants[k][1], reverse=bool(backwards))
    return o.Seq(list, [items[k] for k in order])


def _listed(frame: Frame, obj: o.Obj) -> list[o.Obj]:
    from adjoint.frontend.iteration import known_items

    items = known_items(frame, obj)
    if items is None:
        raise UnsupportedError("this needs a sequence whose length is part of the program",
                               instead="write it as a loop")  # fmt: skip
    return items


def call_product(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    known, repeat = constant_of(kwargs.get("repeat", o.Ref(Constant(1))))
    pools = [_listed(frame, a) for a in args] * (repeat if known else 1)
    if math.prod(map(len, pools)) > 400:
        raise UnsupportedError("a product of many items would be written out one by one",
                               instead="write nested loops")  # fmt: skip
    return o.Items([o.Seq(tuple, list(row)) for row in itertools.product(*pools)])


def call_chain(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Items([item for a in args for item in _listed(frame, a)])


def call_pairwise(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    items = _listed(frame, args[0])
    return o.Items([o.Seq(tuple, list(pair)) for pair in itertools.pairwise(items)])


def call_accumulate(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    from adjoint.frontend.calls import call_object
    from adjoint.frontend.expressions import binary

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
    return o.Items(totals)


ITERATORS: dict[Any, Callable[[Frame, Args, KwArgs], o.Obj]] = {
    zip: call_zip,
    enumerate: call_enumerate,
    reversed: call_reversed,
    map: call_map,
    filter: call_filter,
    sorted: call_sorted,
    itertools.product: call_product,
    itertools.chain: call_chain,
    itertools.pairwise: call_pairwise,
    itertools.accumulate: call_accumulate,
}
