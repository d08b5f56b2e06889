"""Loop statements: `for`, `while` and their `else`, as run-time loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.blocks import enter_loop, leave_loop, lower_block, lower_else
from adjoint.frontend.control.unrolling import (
    write_out,
    write_out_instead,
    write_out_while,
    written_out,
)
from adjoint.frontend.flow.exits import contains_break, contains_return, is_endless, leaves_early
from adjoint.frontend.flow.experience import experience_of
from adjoint.frontend.flow.fixpoint import Loop
from adjoint.frontend.objects.assignment import assign
from adjoint.frontend.objects.containers.growing import becomes_list_of_the_run, is_list
from adjoint.frontend.objects.containers.iteration import (
    homogeneous,
    iteration,
    static_items,
    stepped,
)
from adjoint.frontend.objects.operators import truth
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import is_shared
from adjoint.frontend.state.checkpoint_policy import policy
from adjoint.frontend.state.dispatch import expression
from adjoint.frontend.state.lowering import (
    BROKE,
    CONTINUED,
    FALSE,
    RESULT,
    RETURNED,
    TRUE,
    Frame,
    NeedStatic,
    Restructured,
)
from adjoint.frontend.state.memory.read_sets import (
    check_all_are_taken,
    check_order,
    check_unchanged,
)
from adjoint.frontend.state.speculation import attempt
from adjoint.frontend.syntax.bindings import assigned_names, grown_name
from adjoint.frontend.syntax.liveness import loads, names_alive
from adjoint.frontend.syntax.walking import nodes
from adjoint.ir.core import Constant, Value


def _lists(frame: Frame) -> set[str]:
    """The names that may be lists: neither instances nor deques."""
    other = (o.Instance, o.Mapping)
    return {
        name for name in {*frame.names, *frame.local_names}
        if not isinstance(obj := frame.names.get(name), other)
        and not (isinstance(obj, o.Seq) and obj.kind is not list)
    }  # fmt: skip


def _special_names(frame: Frame, node: Any) -> list[str]:
    special = []
    if node.orelse and any(contains_break(s) for s in node.body):
        special.append(BROKE)
    if any(contains_return(s) for s in node.body):
        special.extend([RETURNED, RESULT])
    for handler in frame.lowering.handlers:
        special += [handler.flag, handler.error]
    return special


def lower_for(frame: Frame, node: gast.For) -> None:
    iterable = expression(frame, node.iter)
    if isinstance(iterable, o.Count):
        _lower_counting(frame, node, iterable)
        return
    if frame.lowering.handlers or any(map(leaves_early, node.body)):
        check_all_are_taken(iterable)
    iterable, make = stepped(frame, iterable)
    items = static_items(frame, iterable)
    alike = isinstance(iterable, o.Seq) and homogeneous(frame, iterable)
    if items is not None and (not alike or _keeps_lists_known(frame, node)):
        write_out(frame, iterable, items, node, make)
        check_order(iterable)
        return
    elements: list[Value] = []

    def as_loop() -> None:
        elements.clear()
        _lower_as_loop(frame, node, iterable, make, elements)
        check_unchanged(frame.lowering, iterable)

    # What the loop runs over must stay the object that it is, and a write into it under another
    # name would be seen by later steps.
    hidden = f"%over{id(node)}"
    frame.hidden[hidden] = o.Seq(list, [iterable])
    known = experience_of(frame, node)
    refused = known.refusal()
    if refused is not None:
        try:
            write_out_instead(frame, iterable, node, make, refused)
            frame.hidden.pop(hidden)
            check_order(iterable)
            return
        except (UnsupportedError, NeedStatic):
            pass  # it was in another state then
    try:
        with_lists_of_the_run(frame, as_loop)
    except NeedStatic as need:  # such as the axes of an array, one after the other
        write_out(frame, iterable, written_out(frame, iterable, elements, need), node, make)
    except UnsupportedError as error:
        if isinstance(error, Restructured):
            known.refuse(error.container, error)
        write_out_instead(frame, iterable, node, make, error)
    frame.hidden.pop(hidden)
    check_order(iterable)


def _keeps_lists_known(frame: Frame, node: gast.For) -> bool:
    """Is this part of a loop that is written out, and lets lists grow that are known so far?"""
    names = [grown_name(n) for n in gast.walk(node)] if frame.lowering.writing_out else []
    return any(isinstance(frame.names.get(name), o.Seq) for name in names if name is not None)


def with_lists_of_the_run(frame: Frame, lower: Callable[[], None]) -> None:
    """Lower a run-time loop; lists of known length become such of unknown ones if need be."""
    first: Restructured | None = None
    with attempt(frame.lowering):
        while True:
            try:
                with attempt(frame.lowering):
                    lower()
                return
            except Restructured as error:
                first = first or error
                if not becomes_list_of_the_run(frame, error.container):
                    raise first.or_later(error) from None
            except UnsupportedError as error:
                raise (first or error).or_later(error) from None


def _lower_as_loop(
    frame: Frame,
    node: gast.For,
    iterable: o.Obj,
    make: Callable[[o.Obj], o.Obj],
    elements: list[Value],
) -> None:
    """Lower a run-time loop; its items are read by position where they are written to."""
    token = object()
    known = experience_of(frame, node)
    try:
        if known.by_index:
            raise o.NeedItems(token)
        with attempt(frame.lowering):
            over = iteration(frame, iterable, token)
            _lower_for(frame, node, over, make, token, elements)
    except o.NeedItems as need:
        if need.token is not token:
            raise
        known.by_index = True
        items = static_items(frame, iterable)
        if items is not None:
            write_out(frame, iterable, items, node, make)
            return
        over = iteration(frame, iterable, by_index=True)
        _lower_for(frame, node, over, make, token, elements)


def _lower_counting(frame: Frame, node: gast.For, count: o.Count) -> None:
    """`for k in itertools.count(a, b):` is a `while True:` with a counter."""
    if node.orelse:
        raise UnsupportedError("the else of an endless loop is never reached")
    counter = f"%counter{id(node)}"
    frame.hidden[counter], frame.hidden[f"{counter}.step"] = count.start, count.step
    place = {n: getattr(node.iter, n) for n in ("lineno", "end_lineno", "end_col_offset")}
    place["col_offset"] = node.col_offset

    def read(name: str) -> gast.Name:
        return gast.Name(name, gast.Load(), None, None)

    def put(target: Any, value: Any) -> gast.Assign:
        return gast.Assign([target], value, None)

    following = gast.BinOp(read(counter), gast.Add(), read(f"{counter}.step"))
    begin = [
        put(node.target, read(counter)),
        put(gast.Name(counter, gast.Store(), None, None), following),
    ]
    loop = gast.While(gast.Constant(True, None), [*begin, *node.body], [])
    for part in (loop, loop.test, *begin):
        for name, number in place.items():
            setattr(part, name, number)
    lower_while(frame, loop)


def _lower_for(
    frame: Frame,
    node: gast.For,
    over: o.Iteration,
    make: Callable[[o.Obj], o.Obj],
    token: Any,
    seen: list[Value],
) -> None:
    """Lower a loop; `seen` takes up the values that stand for what it steps through."""

    def body(elements: list[Value]) -> None:
        seen.extend(elements)
        name_elements(elements, node.target)
        assign(frame, node.target, make(over.element(elements)))
        lower_block(frame, node.body)

    names, augmented = assigned_names([node.target, *node.body], _lists(frame))
    loop = Loop(frame, over.sequences, body, augmented_only=augmented, strict=over.strict,
                token=token, over=over.over)  # fmt: skip
    _run(frame, node, loop, names)


def name_elements(elements: list[Value], target: Any) -> None:
    if len(elements) == 1 and isinstance(target, gast.Name) and isinstance(elements[0], Value):
        elements[0].name = target.id


def lower_while(frame: Frame, node: gast.While) -> None:
    walrus = any(isinstance(n, gast.NamedExpr) for n in gast.walk(node.test))
    if walrus or frame.lowering.handlers and not isinstance(node.test, gast.Constant):
        _lower_while_with_assignment(frame, node)
        return

    def condition() -> Value:
        test = truth(frame, expression(frame, node.test))
        return test if isinstance(test, Value) else Constant(test)

    def body(elements: list[Value]) -> None:
        lower_block(frame, node.body)

    token = object()
    names, augmented = assigned_names(node.body, _lists(frame))

    def as_loop() -> None:
        loop = Loop(frame, [], body, condition, augmented_only=augmented, token=token)
        _run(frame, node, loop, names)

    try:
        with_lists_of_the_run(frame, as_loop)
    except o.NeedItems as need:
        if need.token is not token:
            raise
        _lower_while_with_assignment(frame, node)
    except UnsupportedError as error:
        write_out_while(frame, node, error)


def _lower_while_with_assignment(frame: Frame, node: gast.While) -> None:
    """`while f(x) > 0:`, where f changes something, is `while True:` with a break."""
    place = {"lineno": node.lineno, "col_offset": node.col_offset}
    place |= {"end_lineno": node.test.end_lineno, "end_col_offset": node.test.end_col_offset}
    over = f"%over{id(node)}"

    def put(value: bool) -> Any:
        target = gast.Name(over, gast.Store(), None, None)
        return gast.Assign([target], gast.Constant(value, None), None)

    ends = [gast.Break()] if not node.orelse else [put(True), gast.Break()]
    test = gast.If(gast.UnaryOp(gast.Not(), node.test), ends, [])
    after: list[Any] = []
    if node.orelse:
        after = [gast.If(gast.Name(over, gast.Load(), None, None), node.orelse, [])]
    for part in (n for s in (test, *after) for n in gast.walk(s) if not hasattr(n, "lineno")):
        for name, number in place.items():
            setattr(part, name, number)
    loop = gast.While(gast.Constant(True, None), [test, *node.body], [])
    for name, number in place.items():
        setattr(loop, name, number)
        setattr(loop.test, name, number)
    if not node.orelse:
        lower_while(frame, loop)
        return
    begin = gast.copy_location(put(False), node)
    gast.copy_location(begin.value, node)
    alive = names_alive(frame.source.node)
    if node in alive:
        alive[begin] = alive[loop] = alive[node] | loads(node)
        alive[after[0]] = alive[node]
    lower_block(frame, [begin, loop, *after])


def _run(frame: Frame, node: Any, loop: Loop, names: list[str]) -> None:
    """Lower a loop statement, with its else and with the exits that leave through it."""
    outer = enter_loop(frame)
    inner = loop.body

    def body(elements: list[Value]) -> None:
        for name in (BROKE, CONTINUED, RETURNED, *(h.flag for h in frame.lowering.handlers)):
            frame.hidden[name] = o.Ref(FALSE)
        inner(elements)

    loop.body = body
    loop.grown = [
        name
        for statement in node.body
        for child in nodes(statement)
        if (name := grown_name(child)) is not None and is_list(frame, frame.names.get(name))
    ]
    loop.experience = experience_of(frame, node)
    loop.alive = names_alive(frame.source.node).get(node.body[-1])
    frame.lowering.root.loops += 1
    with policy(frame.lowering, None) as loop.checkpoint:  # not for the loops inside
        own = [name for name in names if not is_shared(frame, name)]  # others are in cells
        loop.lower([*own, *_special_names(frame, node)])
    broke = leave_loop(frame, outer)
    if (
        isinstance(node, gast.While)
        and is_endless(node)
        and RETURNED in _special_names(frame, node)
    ):
        frame.hidden[RETURNED] = o.Ref(TRUE)
    lower_else(frame, node, broke)
