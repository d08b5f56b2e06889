"""Comprehensions, generator expressions, and folds such as `sum`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.loops import lower_for, name_elements
from adjoint.frontend.control.unrolling import written_out
from adjoint.frontend.flow.branches import arm, branch
from adjoint.frontend.flow.fixpoint import Loop
from adjoint.frontend.objects.assignment import assign
from adjoint.frontend.objects.containers.dictionaries import empty_dictionary
from adjoint.frontend.objects.containers.iteration import (
    homogeneous,
    iteration,
    known_range,
    one_by_one,
    row_by_row,
    static_items,
)
from adjoint.frontend.objects.containers.tables import new_set
from adjoint.frontend.objects.names import scope_of
from adjoint.frontend.objects.operators import truth
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import COLLECT, expression
from adjoint.frontend.state.float_lists import as_made
from adjoint.frontend.state.lowering import Frame, NeedStatic
from adjoint.frontend.state.memory.aliasing import holders
from adjoint.frontend.state.memory.known_items import collects
from adjoint.frontend.state.memory.read_sets import check_unchanged
from adjoint.frontend.state.speculation import attempt, discard
from adjoint.frontend.state.store import is_mutable
from adjoint.frontend.state.structure import join_all
from adjoint.frontend.state.whole_numbers import static_key
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.effects import result_of
from adjoint.ir.types import UNDEFINED, List, Type, is_immutable_number
from adjoint.limits import LISTED_ITEMS, UNROLLED_ITERATIONS


def lower_list_comprehension(frame: Frame, node: Any, first: o.Obj | None = None) -> o.Obj:
    """A list of known items where the iterables are known, else a loop that records.

    `first` is what the first `for` runs over, where that was evaluated already.
    """
    scope = scope_of(frame)
    if first is None:
        first = expression(scope, node.generators[0].iter)
    return _made(scope, node, first, lambda: expression(scope, node.elt))


def _made(scope: Frame, node: Any, first: o.Obj, element: Callable[[], o.Obj]) -> o.Obj:
    """The items one by one if they are known, else a list collected at run time."""
    lowering = scope.lowering
    try:
        with attempt(lowering):
            made = _generate(scope, node, node.generators, first, element)
            if made is None:
                raise _NotOneByOne
            return made
    except _NotOneByOne:
        assert scope.parent is not None
        return _collected(scope.parent, node, first)


class _NotOneByOne(Exception):
    """Which items there are is only known at run time."""


def _generate(
    scope: Frame,
    node: Any,
    generators: Sequence[Any],
    iterable: o.Obj,
    element: Callable[[], o.Obj],
) -> o.Obj | None:
    """None where the comprehension has to be collected in loops."""
    first, rest = generators[0], generators[1:]
    items = static_items(scope, iterable)
    functions = isinstance(getattr(node, "elt", None), gast.Lambda)  # which are no values
    if items is None and scope.lowering.builder.span in scope.lowering.root.known.known_items:
        items = _few_items(scope, iterable)
        functions = items is not None
    if functions and items is None:
        items = known_range(scope, iterable)

    def inner() -> o.Obj | None:
        return _generate(scope, node, rest, expression(scope, rest[0].iter), element)

    few = items is not None and len(items) <= LISTED_ITEMS
    if items is not None and (functions or few or not homogeneous(scope, o.Seq(list, items))):
        each = one_by_one(scope, iterable, items)
        return _generate_known(scope, first, each, inner if rest else element, bool(rest))
    if rest or first.ifs or generators is not node.generators or isinstance(node, gast.DictComp):
        return None
    over = iteration(scope, iterable)
    recorded: list[Value] = []
    fresh: list[bool] = []
    seen: list[Value] = []

    made_at = scope.lowering.builder.span

    def body(elements: list[Value]) -> None:
        seen.extend(elements)
        name_elements(elements, first.target)
        assign(scope, first.target, over.element(elements))
        obj = _as_row(scope, node.elt, element(), made_at)
        collects(scope.lowering, obj)
        fresh[:] = [_is_fresh(scope, obj)]
        scope.lowering.state.hold(obj, "a list holds it")
        recorded[:] = [scope.lowering.value(obj)]

    loop = Loop(scope, over.sequences, body, record=lambda: list(recorded), over=over.over)
    try:
        with attempt(scope.lowering):
            stacks, _ = loop.lower([])
    except NeedStatic as need:
        items = written_out(scope, iterable, seen, need)
        return _generate_known(scope, first, items, element, False)
    check_unchanged(scope.lowering, iterable)
    place = scope.lowering.builder.span
    return o.Ref(as_made(scope.lowering, stacks[0]), rows=all(fresh) and place)


def _few_items(scope: Frame, iterable: o.Obj) -> list[o.Obj] | None:
    """The items to make objects of that are changed later, if they are not too many."""
    items = known_range(scope, iterable)
    if items is None:
        items = static_items(scope, row_by_row(scope, iterable))
    return items if items is not None and len(items) <= UNROLLED_ITERATIONS else None


def _as_row(scope: Frame, node: Any, obj: o.Obj, made_at: Any) -> o.Obj:
    """`[0.0] * 4`, or `[]`, as the row of a table: a list like those of other lengths."""
    if isinstance(obj, o.Seq) and obj.kind is list and isinstance(node, gast.List):
        if not obj.items:
            items = List(scope.lowering.root.known.wider.get(made_at, UNDEFINED))
            return o.Ref(scope.lowering.builder.emit(ops.make_list, [], items))
    if isinstance(obj, o.Seq) and obj.kind is list and isinstance(node, gast.BinOp) and obj.items:
        values = [scope.lowering.value(item) for item in obj.items]
        type_ = join_all([v.type for v in values])
        if type_ is not None and is_immutable_number(type_):
            row = scope.lowering.builder.emit(ops.make_list, values, List(type_))
            return o.Ref(row)
    return obj


def _is_fresh(scope: Frame, obj: o.Obj) -> bool:
    """Was this row made by the expression that it is the value of, and does nothing hold it?"""
    if not isinstance(obj, o.Ref) or isinstance(obj, (o.View, o.Either)):
        return False
    op = obj.value.op
    if op is None or not is_mutable(obj.value.type) or obj.value.name:
        return False
    if not (op.kind == "for" or op.kind == "apply" and _makes(op)):
        return False
    return all(holder is scope.pending for _, holder, _ in holders(scope, obj))


def _makes(op: Op) -> bool:
    """Does the operation make a list or an array?"""
    if op.target in (ops.make_list, ops.join_lists):
        return True
    return op.target is ops.repeat_list or result_of(op).is_own


def _generate_known(
    scope: Frame,
    first: Any,
    items: Iterable[o.Obj],
    inner: Callable[[], o.Obj | None],
    nested: bool,
) -> o.Obj | None:
    result: list[o.Obj] = []
    for item in items:
        assign(scope, first.target, item)
        keep = True
        for test in first.ifs:
            condition = truth(scope, expression(scope, test))
            if isinstance(condition, Constant):
                condition = bool(condition.value)
            if isinstance(condition, Value):
                return None
            keep = keep and condition
        if not keep:
            continue
        obj = inner()
        if obj is None or nested and not isinstance(obj, o.Seq):
            return None
        result.extend(o.parts_of(obj) if nested else [obj])
    return o.Seq(list, result)


def _collected(frame: Frame, node: Any, first: o.Obj) -> o.Obj:
    """A comprehension with conditions or several loops: a list that grows in the loops."""
    if isinstance(node, gast.DictComp):
        raise UnsupportedError(
            "which keys this dictionary gets is known only at run time",
            instead="keep all keys, or collect what is needed in a list",
        )
    lowering = frame.lowering
    empty = lowering.builder.emit(ops.make_list, [], List(_trial_type(frame, node, first)))

    def grow(items: o.Obj, item: o.Obj) -> o.Obj:
        frame.lowering.state.hold(item, "a list holds it")
        collects(lowering, item)
        return o.Ref(
            lowering.builder.apply(ops.append, lowering.value(items), lowering.value(item))
        )

    return _fold_generator(frame, o.Generator(node, frame, first), o.Ref(empty), grow)


def _trial_type(frame: Frame, node: Any, first: o.Obj) -> Type:
    """The type of a comprehension's elements, found by lowering it once for nothing."""
    found: list[Type] = []

    def look(total: o.Obj, item: o.Obj) -> o.Obj:
        found.append(frame.lowering.value(item).type)
        return total

    def trial() -> None:
        _fold_generator(frame, o.Generator(node, frame, first), o.Ref(Constant(0)), look)

    discard([arm(frame, trial).region])
    if not found:
        raise UnsupportedError("a comprehension that never makes an element")
    return found[-1]


def lower_set_comprehension(frame: Frame, node: Any) -> o.Obj:
    scope = scope_of(frame)
    first = expression(scope, node.generators[0].iter)
    numbers = known_range(scope, first)
    if numbers is not None:
        first = o.Items(o.Seq(tuple, numbers))
    made = _made(scope, node, first, lambda: expression(scope, node.elt))
    if not isinstance(made, o.Seq):
        raise UnsupportedError("a set whose elements are known only at run time")
    return new_set([static_key(frame, item, "an element of a set") for item in made.items])


def lower_dict_comprehension(frame: Frame, node: Any) -> o.Obj:
    """A dictionary of known keys, else one whose keys are known only at run time."""
    try:
        with attempt(frame.lowering):
            return _of_known_keys(frame, node)
    except UnsupportedError as error:
        try:
            with attempt(frame.lowering):
                return _of_run_time_keys(frame, node)
        except UnsupportedError as later:
            way = "with keys that are known only at run time"
            raise error.or_later(later, way) from None


def _of_known_keys(frame: Frame, node: Any) -> o.Obj:
    scope = scope_of(frame)

    def entry() -> o.Obj:
        return o.Seq(tuple, [expression(scope, node.key), expression(scope, node.value)])

    first = expression(scope, node.generators[0].iter)
    numbers = known_range(scope, first)
    if numbers is not None:
        first = o.Items(o.Seq(tuple, numbers))
    pair = _made(scope, node, first, entry)
    if not isinstance(pair, o.Seq):
        raise UnsupportedError("a dictionary whose keys are known only at run time")
    items: dict[Any, o.Obj] = {}
    for made in pair.items:
        assert isinstance(made, o.Seq)
        items[static_key(frame, made.items[0])] = made.items[1]
    return o.Mapping(items)


def _of_run_time_keys(frame: Frame, node: Any) -> o.Obj:
    """The comprehension as loops in which a dictionary gets its entries."""
    scope, name = scope_of(frame), f"%table{id(node)}"
    table = gast.Name(name, gast.Load(), None, None)
    entry = gast.Subscript(table, node.key, gast.Store())
    statement: Any = gast.Assign([entry], node.value, None)
    made = [table, entry, statement]
    for generator in reversed(node.generators):
        for test in reversed(generator.ifs):
            statement = gast.If(test, [statement], [])
            made.append(statement)
        statement = gast.For(generator.target, generator.iter, [statement], [], None)
        made.append(statement)
    for part in made:
        gast.copy_location(part, node)
    scope.hidden[name] = empty_dictionary()
    lower_for(scope, statement)
    return scope.hidden.pop(name)  # type: ignore[no-any-return]


def fold_loop(
    frame: Frame, iterable: o.Obj, start: o.Obj, step: Callable[[o.Obj, o.Obj], o.Obj]
) -> o.Obj:
    """`step(...step(step(start, x0), x1)...)`: what sum, any, all, max and reduce are."""
    accumulator = "%accumulator"
    scope = scope_of(frame)
    if isinstance(iterable, o.Generator) and iterable.listed is None:
        return _fold_generator(frame, iterable, start, step)
    items = static_items(frame, iterable)
    if items is not None:
        result = start
        for item in one_by_one(frame, iterable, items):
            result = step(result, item)
        return result
    over = iteration(frame, iterable)
    scope.hidden[accumulator] = start

    def body(elements: list[Value]) -> None:
        scope.hidden[accumulator] = step(scope.hidden[accumulator], over.element(elements))

    Loop(scope, over.sequences, body, over=over.over).lower([accumulator])
    check_unchanged(frame.lowering, iterable)
    return scope.hidden[accumulator]


def _fold_generator(
    frame: Frame, generator: o.Generator, start: o.Obj, step: Callable[[o.Obj, o.Obj], o.Obj]
) -> o.Obj:
    """A generator argument is never stored: its elements are folded as they come."""
    scope = scope_of(generator.frame)
    accumulator = "%accumulator"
    scope.hidden[accumulator] = start
    lowering = frame.lowering

    def run(generators: Sequence[Any], iterable: o.Obj | None = None) -> None:
        if not generators:
            value = expression(scope, generator.node.elt)
            scope.hidden[accumulator] = step(scope.hidden[accumulator], value)
            return
        first, rest = generators[0], generators[1:]
        over_what = expression(scope, first.iter) if iterable is None else iterable

        def guarded(tests: Sequence[Any]) -> None:
            if not tests:
                run(rest)
                return
            condition = truth(scope, expression(scope, tests[0]))
            if isinstance(condition, Constant):
                condition = bool(condition.value)
            if isinstance(condition, Value):
                branch(scope, condition, lambda: guarded(tests[1:]), lambda: None)
            elif condition:
                guarded(tests[1:])

        def each(items: Iterable[o.Obj]) -> None:
            for item in items:
                assign(scope, first.target, item)
                guarded(first.ifs)

        items = static_items(scope, over_what)
        alike = isinstance(over_what, o.Seq) and homogeneous(scope, over_what)
        if items is not None and not alike:
            each(one_by_one(scope, over_what, items))
            return
        over = iteration(scope, over_what)
        seen: list[Value] = []

        def body(elements: list[Value]) -> None:
            seen.extend(elements)
            name_elements(elements, first.target)
            assign(scope, first.target, over.element(elements))
            guarded(first.ifs)

        try:
            with attempt(lowering):
                Loop(scope, over.sequences, body, over=over.over).lower([accumulator])
            check_unchanged(lowering, over_what)
        except NeedStatic as need:
            each(written_out(scope, over_what, seen, need))

    run(generator.node.generators, generator.first)
    return scope.hidden[accumulator]


COLLECT.append(lower_list_comprehension)
