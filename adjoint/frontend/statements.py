"""Statements: assignment, branches, exits."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend import instances
from adjoint.frontend import objects as o
from adjoint.frontend.aliasing import check_change, check_store, references, root_of
from adjoint.frontend.attributes import attribute
from adjoint.frontend.cells import bind_name
from adjoint.frontend.constants import constant_of
from adjoint.frontend.contexts import lower_with
from adjoint.frontend.definitions import lower_function, lower_global, lower_import
from adjoint.frontend.dispatch import expression
from adjoint.frontend.exceptions import (
    certain,
    handler_of,
    lower_raise,
    lower_try,
    make_error,
    raise_error,
)
from adjoint.frontend.flatten import flattened
from adjoint.frontend.growing import augment_container, grows, is_list
from adjoint.frontend.iteration import element_type, static_items
from adjoint.frontend.liveness import loads, names_alive
from adjoint.frontend.loops import lower_for, lower_while
from adjoint.frontend.lowering import (
    BROKE,
    CONTINUED,
    FALSE,
    RESULT,
    RETURNED,
    TRUE,
    Frame,
)
from adjoint.frontend.matching import lower_match
from adjoint.frontend.mutation import (
    assign_subscript,
    augment_array,
    augment_subscript,
    element_of,
    view,
)
from adjoint.frontend.names import bind
from adjoint.frontend.operators import binary, truth
from adjoint.frontend.shapes import Slot, has_row_views, hold
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, List, Unknown, is_immutable_number

EXITS = (RETURNED, BROKE, CONTINUED)


def lower_block(frame: Frame, statements: Sequence[Any]) -> None:
    """Lower statements in order; what follows a possible exit runs only where none was taken."""
    if frame.lowering.handlers:
        statements = [part for node in statements for part in _in_parts(frame, node)]
    for k, node in enumerate(statements):
        rest = statements[k + 1 :]
        if isinstance(node, gast.If) and rest and may_exit(node):
            lower_if(frame, node, rest)
            return
        lower_statement(frame, node)
        if exits := pending_exits(frame):
            if TRUE_NOW not in exits and rest:
                flag = any_of(frame, exits)
                frame.lowering.branch(
                    frame, flag, lambda: None, going_on(frame, rest), style="exited"
                )
            return


def _in_parts(frame: Frame, node: Any) -> list[Any]:
    """The statement taken apart, with what is alive after each of its parts."""
    parts = flattened(node)
    if len(parts) > 1:
        alive = names_alive(frame.source.node)
        for part in parts:
            if node in alive:
                alive[part] = alive[node] | (loads(node) if part is not parts[-1] else frozenset())
    return parts


TRUE_NOW = "now"


def exit_flags(frame: Frame) -> list[str]:
    """The names of the flags by which control may leave a block."""
    return [*EXITS, *(handler.flag for handler in frame.lowering.handlers)]


def pending_exits(frame: Frame) -> list[Any]:
    """The exit flags that may be set here: values, or TRUE_NOW where one certainly is."""
    found: list[Any] = []
    for name in exit_flags(frame):
        obj = frame.names.get(name)
        if isinstance(obj, o.Ref):
            value = obj.value
            if isinstance(value, Constant):
                if value.value is True:
                    found.append(TRUE_NOW)
            else:
                found.append(value)
    return found


def any_of(frame: Frame, flags: Sequence[Value]) -> Value:
    result = flags[0]
    for flag in flags[1:]:
        result = frame.lowering.builder.apply(operator.or_, result, flag)
    return result


def lower_statement(frame: Frame, node: Any) -> None:
    handler = STATEMENTS.get(type(node))
    frame.statement = node.lineno
    frame.lowering.frame = frame
    frame.pending = []
    frame.node, frame.after = node, names_alive(frame.source.node).get(node)
    frame.alive = None if frame.after is None else frame.after | loads(node)
    builder = frame.lowering.builder
    with builder.at(frame.span(node)):
        try:
            if handler is None:
                raise UnsupportedError(
                    f"the statement '{type(node).__name__.lower()}' is not supported yet",
                    frame.span(node),
                    INSTEAD.get(type(node), ""),
                )
            handler(frame, node)
        except CertainError as error:
            if not certain(frame, error):
                raise error.located(frame.span(node)) from None
        except UnsupportedError as error:
            raise error.located(frame.span(node)) from None


INSTEAD = {}


# Assignment


def assign(frame: Frame, target: Any, obj: o.Obj) -> None:
    """Bind the names of an assignment target."""
    match target:
        case gast.Name(id=name):
            bind(frame, name, obj)
        case gast.Tuple(elts=targets) | gast.List(elts=targets):
            unpack(frame, targets, obj)
        case gast.Subscript():
            assign_subscript(frame, target, obj)
        case gast.Attribute():
            instances.assign_attribute(frame, expression(frame, target.value), target.attr, obj)
        case _:
            raise UnsupportedError("this assignment target is not supported", frame.span(target))


def unpack(frame: Frame, targets: Sequence[Any], obj: o.Obj) -> None:
    items = items_to_unpack(frame, targets, obj)
    run_time = isinstance(obj, o.Ref)
    star = next((k for k, t in enumerate(targets) if isinstance(t, gast.Starred)), None)
    if star is None:
        if len(items) != len(targets):
            raise UnsupportedError(f"{len(items)} values are unpacked into {len(targets)} names")
        for target, item in zip(targets, items, strict=True):
            assign(frame, target, item)
        return
    if run_time:  # the starred item is a list already
        for target, item in zip(targets, items, strict=True):
            assign(frame, target.value if isinstance(target, gast.Starred) else target, item)
        return
    after = len(targets) - star - 1
    if len(items) < len(targets) - 1:
        raise UnsupportedError("there are not enough values to unpack")
    middle = items[star : len(items) - after]
    values = [*items[:star], o.Seq(list, middle), *items[len(items) - after :]]
    for target, item in zip(targets, values, strict=True):
        assign(frame, target.value if isinstance(target, gast.Starred) else target, item)


def items_to_unpack(frame: Frame, targets: Sequence[Any], obj: o.Obj) -> list[o.Obj]:
    """The items of what stands on the right of `a, b = ...`."""
    known = static_items(frame, obj)
    if known is not None:
        return known
    if isinstance(obj, o.Ref):
        value = frame.lowering.current(obj)
        starred = any(isinstance(t, gast.Starred) for t in targets)
        if isinstance(value.type, (Array, List, Unknown)) and not starred:
            if handler_of(frame, ValueError) is not None:
                raise UnsupportedError("a ValueError may leave this assignment in the middle",
                                       instead="test the length first")  # fmt: skip
            item = element_type(value.type)
            results = frame.lowering.builder.unpack(value, [item] * len(targets))
            return [
                view(frame, obj, r, operator.getitem, [Constant(k)])
                if not isinstance(value.type, List)
                else element_of(frame, obj, r)
                for k, r in enumerate(results)
            ]
        if isinstance(value.type, (Array, List, Unknown)):
            return starred_items(frame, targets, obj, value)
    raise UnsupportedError("this value cannot be unpacked")


def starred_items(frame: Frame, targets: Sequence[Any], obj: o.Ref, value: Value) -> list[o.Obj]:
    """`first, *rest, last = x` for an array or list: the starred name gets a list of the rest."""
    star = next(k for k, t in enumerate(targets) if isinstance(t, gast.Starred))
    after = len(targets) - star - 1
    apply = frame.lowering.builder.apply
    before = [apply(operator.getitem, value, k) for k in range(star)]
    rest = apply(operator.getitem, value, slice(star, -after if after else None))
    if not isinstance(value.type, List):
        rest = apply(list, rest)
    last = [apply(operator.getitem, value, -k) for k in range(after, 0, -1)]
    if has_row_views(value.type):
        hold(obj, "a list of its rows was made")
    return [element_of(frame, obj, v) for v in [*before, rest, *last]]


def lower_assign(frame: Frame, node: gast.Assign) -> None:
    obj = expression(frame, node.value)
    for target in node.targets:
        assign(frame, target, obj)


def lower_ann_assign(frame: Frame, node: gast.AnnAssign) -> None:
    if node.value is not None:
        assign(frame, node.target, expression(frame, node.value))


def lower_aug_assign(frame: Frame, node: gast.AugAssign) -> None:
    """`x += y` rebinds a number, but writes into an array that every alias sees."""
    if isinstance(node.target, gast.Subscript):
        augment_subscript(frame, node)
        return
    if isinstance(node.target, gast.Attribute):
        augment_attribute(frame, node)
        return
    if not isinstance(node.target, gast.Name):
        assign(frame, node.target, o.UNASSIGNED)
    target = node.target
    old = expression(frame, gast.Name(target.id, gast.Load(), None, None))
    change = expression(frame, node.value)
    is_number = isinstance(old, o.Ref) and is_immutable_number(frame.lowering.current(old).type)
    if isinstance(old, o.Ref) and not is_number and not is_list(frame, old):
        if isinstance(frame.lowering.current(old).type, Unknown):
            if not is_private(frame, old):
                raise UnsupportedError(
                    "whether this rebinds a number or writes into an array depends on a type "
                    "that is not known",
                    instead=f"write {target.id} = {target.id} <operator> ...",
                )
            bind_name(frame, target.id, binary(frame, node.op, old, change))
            return
        augment_array(frame, node.op, old, change)
        return
    if augment_container(frame, target.id, node.op, old, change):
        return
    result = instances.augmented(frame, node.op, old, change)
    if result is None:
        result = binary(frame, node.op, old, change)
    if isinstance(result, o.Ref) and result is not old and not isinstance(result.value, Constant):
        result.value.name = result.value.name or target.id
    if exits := [flag for flag in pending_exits(frame) if flag is not TRUE_NOW]:
        frame.lowering.branch(
            frame, any_of(frame, exits), lambda: None,
            lambda: bind_name(frame, target.id, result), style="exited",
        )  # fmt: skip
        return
    bind_name(frame, target.id, result)


def augment_attribute(frame: Frame, node: gast.AugAssign) -> None:
    """`instance.name += change`."""
    owner = expression(frame, node.target.value)
    old = attribute(frame, owner, node.target.attr)
    change = expression(frame, node.value)
    place = Slot(owner, node.target.attr)
    if isinstance(owner, o.Instance) and augment_container(frame, place, node.op, old, change):
        return
    if isinstance(old, o.Ref) and not is_immutable_number(frame.lowering.current(old).type):
        augment_array(frame, node.op, old, change)
        return
    result = instances.augmented(frame, node.op, old, change)
    if result is None:
        result = binary(frame, node.op, old, change)
    instances.assign_attribute(frame, owner, node.target.attr, result)


def lower_expression_statement(frame: Frame, node: gast.Expr) -> None:
    if isinstance(node.value, gast.Constant) or grows(frame, node.value):
        return
    expression(frame, node.value)


def is_private(frame: Frame, ref: o.Ref) -> bool:
    """Would nobody else notice whether this is written to or its name rebound?"""
    reached = [other for _, other in references(frame) if root_of(other) is root_of(ref)]
    try:
        check_store(frame, ref)
    except UnsupportedError:
        return False
    return all(other is ref for other in reached) and not isinstance(ref, o.View)


# Branches and exits


def may_exit(node: Any) -> bool:
    """Does the statement contain a break, continue or return of its own loop or function?"""
    if isinstance(node, (gast.Return, gast.Break, gast.Continue, gast.Raise)):
        return True
    if isinstance(node, (gast.For, gast.While)):
        return any(contains_return(s) for s in [*node.body, *node.orelse])
    if isinstance(node, gast.If):
        return any(may_exit(s) for s in [*node.body, *node.orelse])
    return False


def contains_return(node: Any) -> bool:
    if isinstance(node, gast.Return):
        return True
    if isinstance(node, (gast.FunctionDef, gast.Lambda, gast.ClassDef)):
        return False
    return any(contains_return(child) for child in gast.iter_child_nodes(node))


def always_exits(statements: Sequence[Any]) -> bool:
    """Does control never reach the end of these statements?"""
    for node in statements:
        if isinstance(node, (gast.Return, gast.Break, gast.Continue, gast.Raise)):
            return True
        if isinstance(node, gast.If) and always_exits(node.body) and always_exits(node.orelse):
            return True
        if isinstance(node, gast.While) and is_endless(node):
            return True
        if isinstance(node, gast.With) and not _suppresses(node) and always_exits(node.body):
            return True
        if isinstance(node, gast.Try):
            ends = [[*node.body, *node.orelse], *(handler.body for handler in node.handlers)]
            if all(map(always_exits, ends)):
                return True
    return False


def _suppresses(node: gast.With) -> bool:
    """May the end of this `with` be reached after an exception?"""
    return any("suppress" in loads(item.context_expr) or "suppress" in {
        n.attr for n in gast.walk(item.context_expr) if isinstance(n, gast.Attribute)
    } for item in node.items)  # fmt: skip


def is_endless(node: gast.While) -> bool:
    test = node.test
    forever = isinstance(test, gast.Constant) and bool(test.value)
    return forever and not any(contains_break(s) for s in node.body)


def contains_break(node: Any) -> bool:
    if isinstance(node, gast.Break):
        return True
    if isinstance(node, (gast.For, gast.While, gast.FunctionDef, gast.Lambda)):
        return any(contains_break(s) for s in getattr(node, "orelse", []))
    return any(contains_break(child) for child in gast.iter_child_nodes(node))


def exit_style(statements: Sequence[Any]) -> str:
    """How the user leaves at the end of these statements; the emitter writes it the same way."""
    last = statements[-1] if statements else None
    kinds = {gast.Break: "break", gast.Continue: "continue", gast.Return: "return"}
    return kinds.get(type(last), "")


def lower_if(frame: Frame, node: gast.If, rest: Sequence[Any] = ()) -> None:
    """An `if`, with the statements that follow it when an arm may exit.

    They move into the arm that goes on, where exactly one does; else they are guarded by a flag.
    """
    frame.statement = node.lineno
    with frame.lowering.builder.at(frame.span(node)):
        try:
            condition = truth(frame, expression(frame, node.test))
        except UnsupportedError as error:
            raise error.located(frame.span(node.test)) from None
    if isinstance(condition, Constant):
        condition = bool(condition.value)
    if not isinstance(condition, Value):
        lower_block(frame, [*(node.body if condition else node.orelse), *rest])
        return
    then, otherwise, after = list(node.body), list(node.orelse), list(rest)
    style = ""
    if rest and always_exits(then):
        otherwise, after, style = [*otherwise, *rest], [], exit_style(then)
    elif rest and always_exits(otherwise):
        then, after = [*then, *rest], []
    with frame.lowering.builder.at(frame.span(node)):
        frame.lowering.branch(
            frame,
            condition,
            _block(frame, then),
            _block(frame, otherwise),
            style=style,
        )
    if after:
        exits = pending_exits(frame)
        if not exits:
            lower_block(frame, after)
        elif TRUE_NOW not in exits:
            flag = any_of(frame, exits)
            frame.lowering.branch(
                frame, flag, lambda: None, going_on(frame, after), style="exited"
            )


def _block(frame: Frame, statements: Sequence[Any]) -> Callable[[], None]:
    return lambda: lower_block(frame, statements)


def going_on(frame: Frame, statements: Sequence[Any]) -> Callable[[], None]:
    """The statements that run where no exit was taken."""

    def run() -> None:
        for name in exit_flags(frame):
            if name in frame.names:
                frame.names[name] = o.Ref(FALSE)
        lower_block(frame, statements)

    return run


def lower_return(frame: Frame, node: gast.Return) -> None:
    obj: o.Obj = o.Known(None) if node.value is None else expression(frame, node.value)
    leave(frame, obj)


def leave(frame: Frame, obj: o.Obj) -> None:
    """Return `obj`: no other name matters on this path any more."""
    frame.names[RESULT] = obj
    frame.names[RETURNED] = o.Ref(TRUE)


def lower_break(frame: Frame, node: gast.Break) -> None:
    frame.names[BROKE] = o.Ref(TRUE)


def lower_continue(frame: Frame, node: gast.Continue) -> None:
    frame.names[CONTINUED] = o.Ref(TRUE)


def lower_assert(frame: Frame, node: gast.Assert) -> None:
    condition = truth(frame, expression(frame, node.test))
    if not isinstance(condition, Value):
        condition = Constant(condition)
    if isinstance(condition, Constant) and condition.value:
        return
    if handler_of(frame, AssertionError) is not None:
        said = [] if node.msg is None else [expression(frame, node.msg)]
        error = make_error(frame, AssertionError, said)
        frame.lowering.branch(frame, condition, lambda: None, lambda: raise_error(frame, error))
        return
    message: Value = Constant(None)
    if node.msg is not None:
        message = frame.lowering.value(expression(frame, node.msg))
    frame.lowering.builder.apply(ops.check, condition, message)


def lower_delete(frame: Frame, node: gast.Delete) -> None:
    for target in node.targets:
        if isinstance(target, gast.Name):
            bind_name(frame, target.id, o.Unassigned(target.id))
            continue
        container = expression(frame, target.value) if isinstance(target, gast.Subscript) else None
        known, key = constant_of(expression(frame, target.slice)) if container else (False, None)
        if not known or not isinstance(container, (o.Seq, o.Mapping)):
            raise UnsupportedError("only names and items of containers can be deleted")
        check_change(frame, container)
        frame.lowering.change(container)
        del container.items[key]


def _loop(frame: Frame, node: Any) -> None:
    (lower_for if isinstance(node, gast.For) else lower_while)(frame, node)


STATEMENTS: dict[type, Callable[[Frame, Any], None]] = {
    gast.Assign: lower_assign,
    gast.AnnAssign: lower_ann_assign,
    gast.AugAssign: lower_aug_assign,
    gast.Expr: lower_expression_statement,
    gast.If: lower_if,
    gast.For: _loop,
    gast.While: _loop,
    gast.Match: lower_match,
    gast.Return: lower_return,
    gast.Break: lower_break,
    gast.Continue: lower_continue,
    gast.Pass: lambda frame, node: None,
    gast.Assert: lower_assert,
    gast.Raise: lower_raise,
    gast.Try: lower_try,
    gast.With: lower_with,
    gast.Delete: lower_delete,
    gast.Global: lower_global,
    gast.Nonlocal: lambda frame, node: None,
    gast.FunctionDef: lower_function,
    gast.Import: lower_import,
    gast.ImportFrom: lower_import,
}
