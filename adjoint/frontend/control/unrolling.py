"""Loops that are written out: one copy of the body for each trip.

The trips of a run-time loop differ in values only. Where they differ in more, as each gives a
dictionary another key, the loop is written out, if how many trips it makes is part of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.blocks import enter_loop, leave_loop, lower_block, lower_else
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.flow.exits import TRUE_NOW, any_of, leaves_early, pending_exits
from adjoint.frontend.objects.assignment import assign
from adjoint.frontend.objects.containers.iteration import (
    check_count,
    item_at,
    known_range,
    row_by_row,
    static_items,
)
from adjoint.frontend.objects.operators import truth
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import expression
from adjoint.frontend.state.lowering import CONTINUED, FALSE, Frame, NeedStatic
from adjoint.frontend.state.speculation import attempt
from adjoint.frontend.state.whole_numbers import ask_for_numbers
from adjoint.ir.core import Constant, Value
from adjoint.limits import UNROLLED_COPIES, UNROLLED_ITERATIONS

#: How an iterator makes its item of what it steps through.
Maker = Callable[[o.Obj], o.Obj]


def written_out(
    frame: Frame, iterable: o.Obj, elements: Sequence[Value], need: NeedStatic
) -> list[o.Obj]:
    """The items of a loop, if it is one of its elements that decides the program; else raises."""
    if need.param not in elements:
        raise need
    items = static_items(frame, iterable)
    if items is None:
        items = known_range(frame, iterable)
    if items is None or len(items) > UNROLLED_ITERATIONS:
        raise need
    return list(items)


def write_out(
    frame: Frame, iterable: o.Obj, items: Sequence[o.Obj], node: gast.For, make: Maker
) -> None:
    """A `for` as one copy of its body for each item, of which `make` makes what it steps to."""
    # A list that grows is not put in the place of what the loop runs over, but changed itself.
    hidden = f"%over{id(node)}"
    if not any(map(leaves_early, node.body)):
        check_count(items)

    def step(k: int) -> bool:
        item = item_at(frame, iterable, items, k)
        if item is None:
            return False
        frame.hidden[CONTINUED] = o.Ref(FALSE)
        assign(frame, node.target, make(item))
        lower_block(frame, node.body)
        return True

    frame.hidden[hidden] = o.Seq(list, [iterable])
    _trips(frame, step, node)
    frame.hidden.pop(hidden, None)


def write_out_instead(
    frame: Frame, iterable: o.Obj, node: gast.For, make: Maker, error: UnsupportedError
) -> None:
    """Write out a loop that cannot be a run-time loop, which `error` is the reason for.

    Raises
    ------
    UnsupportedError : the given one, where its trips are not known, or that is of no help.
    NeedStatic : where an argument says how many they are.
    """
    items = static_items(frame, iterable)
    if items is None:
        items = known_range(frame, iterable)
    if items is None:
        iterable = row_by_row(frame, iterable)
        items = static_items(frame, iterable)
    if items is None:
        raise error
    with _instead(frame, error, len(items)):
        write_out(frame, iterable, list(items), node, make)


def write_out_while(frame: Frame, node: gast.While, error: UnsupportedError) -> None:
    """Write out a `while` whose test is decided when compiling; else raises the error."""

    def step(k: int) -> bool:
        test = truth(frame, expression(frame, node.test))
        if isinstance(test, Constant):
            test = bool(test.value)
        if isinstance(test, Value) or test and k == UNROLLED_ITERATIONS:
            raise error
        if test:
            frame.hidden[CONTINUED] = o.Ref(FALSE)
            lower_block(frame, node.body)
        return test

    ask_for_numbers(frame.lowering, _read_by_tests(frame, node))
    with _instead(frame, error):
        _trips(frame, step, node)


def _read_by_tests(frame: Frame, node: gast.While) -> list[o.Obj]:
    """The objects that the tests in a loop read by name."""
    tests = [n.test for n in gast.walk(node) if isinstance(n, (gast.If, gast.While))]
    names = sorted({n.id for t in tests for n in gast.walk(t) if isinstance(n, gast.Name)})
    return [frame.names[name] for name in names if name in frame.names]


@contextmanager
def _instead(frame: Frame, error: UnsupportedError, trips: int = 1) -> Iterator[None]:
    """Write out a loop after an error, which is raised after all if that is too long or fails."""
    lowering, before, outer = frame.lowering, frame.lowering.copies, frame.lowering.writing_out
    if trips > UNROLLED_ITERATIONS or before * trips > UNROLLED_COPIES:
        raise error
    lowering.copies *= max(trips, 1)
    lowering.writing_out = True
    try:
        with attempt(frame.lowering):
            yield
    except UnsupportedError as second:
        raise error.or_later(second, "with this loop unrolled") from None
    finally:
        lowering.copies, lowering.writing_out = before, outer


def _trips(frame: Frame, step: Callable[[int], bool], node: Any) -> None:
    """Trip after trip, until `step` says that there was none; what follows an exit is guarded."""
    frame.lowering.root.loops += 1
    outer = enter_loop(frame)

    def run(k: int) -> None:
        if not step(k):
            return
        frame.hidden[CONTINUED] = o.Ref(FALSE)
        exits = pending_exits(frame)
        if not exits:
            run(k + 1)
        elif TRUE_NOW not in exits:
            flag = any_of(frame, exits)
            branch(frame, flag, lambda: None, lambda: run(k + 1), style="exited")

    run(0)
    broke = leave_loop(frame, outer)
    lower_else(frame, node, broke)
