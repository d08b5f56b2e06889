"""Sets, and the dictionaries and queues of `collections`.

A set is a mapping whose keys hold nothing; like the keys of a dictionary, its elements are part of
the program. A deque is a list with two ends, and perhaps with a bound.
"""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import gast

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.aliasing import check_change
from adjoint.frontend.constants import constant_of, key_object, wrap_constant
from adjoint.frontend.dispatch import call_object
from adjoint.frontend.lowering import Frame
from adjoint.frontend.objects import Args, KwArgs
from adjoint.frontend.whole_numbers import static_key
from adjoint.ir.core import Constant

ELEMENT = "an element of a set"


def change(frame: Frame, container: o.Seq | o.Mapping) -> None:
    check_change(frame, container)
    frame.lowering.change(container)


def elements_of(frame: Frame, obj: o.Obj) -> list[Any]:
    """What the items of an iterable are, which have to be part of the program."""
    from adjoint.frontend.iteration import known_items

    if isinstance(obj, o.Mapping):
        return list(obj.items)
    if isinstance(obj, o.Known) and isinstance(obj.value, frozenset):
        return list(obj.value)
    items = known_items(frame, obj)
    if items is None:
        raise UnsupportedError("a set or table of a sequence whose length only the run knows")
    return [static_key(frame, item, ELEMENT) for item in items]


# Sets


def new_set(keys: Sequence[Any], ordered: bool = True) -> o.Mapping:
    return o.Mapping(
        {key: o.Known(None) for key in dict.fromkeys(keys)}, kind=set, ordered=ordered
    )


def call_set(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    if not args:
        return new_set([])
    ordered = not isinstance(args[0], o.Mapping) or args[0].ordered
    return new_set(elements_of(frame, args[0]), ordered)


def is_set(obj: o.Obj) -> TypeGuard[o.Mapping]:
    return isinstance(obj, o.Mapping) and obj.kind is set


def in_any_order(obj: o.Obj) -> o.Obj:
    """The elements of a set, for what does not depend on their order; anything else as it is."""
    return o.Seq(list, [key_object(key) for key in obj.items]) if is_set(obj) else obj


_SET_METHODS: dict[str, Callable[[Any, Any], Any]] = {
    "union": operator.or_, "intersection": operator.and_, "difference": operator.sub,
    "symmetric_difference": operator.xor, "issubset": operator.le, "issuperset": operator.ge,
    "isdisjoint": lambda a, b: not a & b,
}  # fmt: skip
_IN_PLACE = {
    "update": operator.or_, "intersection_update": operator.and_,
    "difference_update": operator.sub, "symmetric_difference_update": operator.xor,
}  # fmt: skip
_SET_OPERATORS = (operator.or_, operator.and_, operator.sub, operator.xor)


def set_method(frame: Frame, owner: o.Mapping, name: str, args: Args) -> o.Obj:
    """A method of a set whose elements are part of the program."""
    entries = owner.items
    if name == "copy":
        return new_set(list(entries), owner.ordered)
    if name in ("add", "discard", "remove"):
        key = static_key(frame, args[0], ELEMENT)
        if name == "remove" and key not in entries:
            raise CertainError(KeyError, f"the set has no element {key!r}", key)
        if (key in entries) is (name != "add"):
            change(frame, owner)
            if name == "add":
                entries[key] = o.Known(None)
            else:
                del entries[key]
                owner.ordered = False
        return o.Known(None)
    if name == "clear":
        change(frame, owner)
        entries.clear()
        return o.Known(None)
    if name in _SET_METHODS or name in _IN_PLACE:
        result: Any = set(entries)
        for arg in args:
            result = (_SET_METHODS | _IN_PLACE)[name](result, set(elements_of(frame, arg)))
        if name in _IN_PLACE:
            _become(frame, owner, result)
            return o.Known(None)
        return o.Ref(Constant(result)) if isinstance(result, bool) else new_set(result, False)
    raise UnsupportedError(f"the method '{name}' of a set is not supported",
                           instead="use sorted, add, discard, remove, operators")  # fmt: skip


def _become(frame: Frame, owner: o.Mapping, result: set[Any]) -> None:
    change(frame, owner)
    kept = {key: o.Known(None) for key in owner.items if key in result}
    owner.items.clear()
    owner.items.update(kept | {key: o.Known(None) for key in result})
    owner.ordered = False


def augment_set(frame: Frame, op: Any, owner: o.Mapping, change_: o.Obj) -> None:
    """`s |= t` and the like change the set itself."""
    from adjoint.frontend.operators import BINARY

    result = set_operator(BINARY.get(type(op)), owner, change_)
    _become(frame, owner, set(result.items))


def set_operator(target: Any, a: o.Mapping, b: o.Obj) -> o.Mapping:
    """`a | b`, `a & b`, `a - b`, `a ^ b`."""
    if not is_set(b) or target not in _SET_OPERATORS:
        raise UnsupportedError("sets have no such operator")
    return new_set(target(set(a.items), set(b.items)), False)


_COMPARISONS = (operator.eq, operator.ne, operator.le, operator.lt, operator.ge, operator.gt)


def compare(target: Any, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """A comparison of sets, or of dictionaries of constants; None for anything else."""
    if not (isinstance(a, o.Mapping) and isinstance(b, o.Mapping)) or target not in _COMPARISONS:
        return None
    if is_set(a) or is_set(b):
        both = a.kind is b.kind
        return o.Ref(Constant(bool(target(set(a.items), set(b.items))))) if both else None
    if target not in (operator.eq, operator.ne):
        return None
    pairs = [{k: constant_of(v) for k, v in each.items.items()} for each in (a, b)]
    if set(pairs[0]) == set(pairs[1]) and not all(known for p in pairs for known, _ in p.values()):
        return None
    if collections.OrderedDict is a.kind is b.kind:
        return o.Ref(Constant(bool(target(list(pairs[0].items()), list(pairs[1].items())))))
    return o.Ref(Constant(bool(target(*pairs))))


# Dictionaries


def call_defaultdict(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    from adjoint.frontend.containers import pairs

    factory = args[0] if args and constant_of(args[0]) != (True, None) else None
    entries = (pairs(frame, args[1]) if len(args) > 1 else {}) | kwargs
    return o.Mapping(entries, kind=collections.defaultdict, factory=factory)


def call_ordered_dict(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    from adjoint.frontend.containers import pairs

    entries = (pairs(frame, args[0]) if args else {}) | kwargs
    return o.Mapping(entries, kind=collections.OrderedDict)


def call_counter(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`Counter(items)`: how often each of the items is there."""
    counter = o.Mapping(dict(kwargs), kind=collections.Counter)
    if args and isinstance(args[0], o.Mapping) and args[0].kind is not set:
        counter.items.update(args[0].items)
    elif args:
        _count(frame, counter, args[0])
    return counter


def _count(frame: Frame, counter: o.Mapping, items: o.Obj) -> None:
    from adjoint.frontend.operators import binary

    for key in elements_of(frame, items):
        before = counter.items.get(key, o.Ref(Constant(0)))
        counter.items[key] = binary(frame, gast.Add(), before, o.Ref(Constant(1)))


def counter_method(frame: Frame, owner: o.Mapping, name: str, args: Args) -> o.Obj | None:
    """The methods that a `Counter` has besides those of dictionaries; None for those."""
    if name == "update" and args and not isinstance(args[0], o.Mapping):
        change(frame, owner)
        _count(frame, owner, args[0])
        return o.Known(None)
    counts = [constant_of(count) for count in owner.items.values()]
    if name == "most_common" and all(known for known, _ in counts):
        known, size = constant_of(args[0]) if args else (True, None)
        if known:
            numbers = (n for _, n in counts)
            table = collections.Counter(dict(zip(owner.items, numbers, strict=True)))
            rows = [[key_object(key), owner.items[key]] for key, _ in table.most_common(size)]
            return o.Seq(list, [o.Seq(tuple, row) for row in rows])
    if name in ("most_common", "update", "subtract", "elements", "total"):
        raise UnsupportedError(f"the method '{name}' of this Counter is not supported",
                               instead="write it as a loop over its items")  # fmt: skip
    return None


def missing(frame: Frame, owner: o.Mapping, key: Any) -> o.Obj | None:
    """What a dictionary gives for a key that it does not have; None where that is an error."""
    if owner.kind is collections.Counter:
        return o.Ref(Constant(0))
    if owner.factory is None:
        return None
    made = call_object(frame, owner.factory, [], {}, None)
    change(frame, owner)
    owner.items[key] = made
    return made


def fromkeys(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """`dict.fromkeys(keys, value)`: all keys hold one and the same object."""
    value = args[1] if len(args) > 1 else o.Known(None)
    return o.Mapping(dict.fromkeys(elements_of(frame, args[0]), value))


def make_itemgetter(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    return o.Known(operator.itemgetter(*(static_key(frame, a, "an item") for a in args)))


def call_itemgetter(frame: Frame, getter: Any, args: Args) -> o.Obj:
    """`itemgetter(i, j)(x)` is `(x[i], x[j])`."""
    from adjoint.frontend.subscripts import subscript

    items = [subscript(frame, args[0], wrap_constant(key)) for key in getter.__reduce__()[1]]
    return items[0] if len(items) == 1 else o.Seq(tuple, items)


# Queues


def call_deque(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    from adjoint.frontend.iteration import known_items

    bound = kwargs.get("maxlen", args[1] if len(args) > 1 else o.Known(None))
    limit = static_key(frame, bound, "a bound of a deque")
    items = known_items(frame, args[0]) if args else []
    if items is None:
        raise UnsupportedError("a deque of a sequence whose length only the run knows",
                               instead="use a list")  # fmt: skip
    kept = collections.deque(items, limit)
    return o.Seq(collections.deque, list(kept), limit=limit)


#: Methods that change a deque, without those that look for an item.
_QUEUE_METHODS = ("append", "appendleft", "pop", "popleft", "extend", "extendleft", "rotate",
                  "clear", "insert", "reverse")  # fmt: skip


def queue_method(frame: Frame, owner: o.Seq, name: str, args: Args) -> o.Obj | None:
    """A method that changes a deque; None for others."""
    from adjoint.frontend.containers import listed_items

    if name not in _QUEUE_METHODS:
        return None
    given: list[Any] = list(args)
    if name in ("extend", "extendleft"):
        given = [listed_items(frame, args[0])]
    elif name in ("rotate", "insert") and args:
        given[0] = static_key(frame, args[0], "a position in a deque")
    change(frame, owner)
    queue = collections.deque(owner.items, owner.limit)
    try:
        result = getattr(queue, name)(*given)
    except IndexError as error:
        raise CertainError(IndexError, str(error), *error.args) from None
    owner.items[:] = queue
    return o.Known(None) if result is None else result
