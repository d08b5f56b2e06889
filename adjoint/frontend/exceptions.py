"""`try`, `raise` and `with`.

Exceptions that are raised and caught inside of the program are exits, as `break` and `return` are.
Each handler has a flag; a `raise` sets the flag of the handler that catches it, and what follows
is guarded by it. Operations of which it is known when they raise (divisions of numbers, functions
of `math`, `np.linalg`) test for that first, where a handler waits for their exceptions. An
exception that no handler catches leaves the generated program as it leaves the user's.
"""

from __future__ import annotations

import itertools
import math
import operator
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend import objects as o
from adjoint.frontend.cells import bind_name
from adjoint.frontend.constants import constant_of
from adjoint.frontend.dispatch import expression
from adjoint.frontend.lowering import (
    BROKE,
    CONTINUED,
    FALSE,
    RETURNED,
    TRUE,
    Frame,
    Lowering,
    Unreachable,
)
from adjoint.frontend.mismatches import may_mismatch
from adjoint.frontend.shapes import undefined
from adjoint.ir import ops
from adjoint.ir.core import Constant, Region, Value
from adjoint.ir.indexing import is_slice
from adjoint.ir.types import INT, Array, List, Scalar, Struct, Unknown
from adjoint.runtime.errors import raises

Classes = tuple[type[BaseException], ...]
_numbers = itertools.count()


@dataclass(eq=False)
class Handler:
    """One `except` clause of a `try` whose body is being lowered.

    Attributes
    ----------
    classes : what it catches.
    flag, error : the hidden names of "it was raised" and of the exception.
    """

    classes: Classes
    flag: str
    error: str


@contextmanager
def catching(frame: Frame, handlers: Sequence[Handler]) -> Iterator[None]:
    """Lower something inside of a `try` with these handlers."""
    lowering = frame.lowering
    outer, intercept = lowering.handlers, lowering.builder.intercept
    for handler in handlers:
        frame.names[handler.flag] = o.Ref(FALSE)
    lowering.handlers = [*handlers, *outer]
    lowering.builder.intercept = lambda *call: _guarded(lowering, *call)
    try:
        yield
    finally:
        lowering.handlers, lowering.builder.intercept = outer, intercept


def handler_of(frame: Frame, error: type) -> Handler | None:
    """The innermost handler that catches the exception."""
    return next((h for h in frame.lowering.handlers if issubclass(error, h.classes)), None)


def raise_error(frame: Frame, error: o.Instance) -> None:
    """Leave for the handler that catches the exception, or out of the program."""
    handler = handler_of(frame, error.cls)
    if handler is not None:
        frame.names[handler.flag] = o.Ref(TRUE)
        frame.names[handler.error] = error
        return
    args = error.items["args"]
    said = args.items if isinstance(args, o.Seq) else []  # raised again, without its text
    frame.lowering.builder.apply(
        ops.fail, Constant(error.cls), *(frame.lowering.value(a) for a in said)
    )
    raise Unreachable


def hand_over(inner: Frame, frame: Frame) -> None:
    """A call is over: what it has raised is raised in its caller."""
    for handler in frame.lowering.handlers:
        raised = inner.names.get(handler.flag)
        if not isinstance(raised, o.Ref) or raised.value is FALSE:
            continue
        if frame.comprehension:
            raise UnsupportedError("an exception leaves a comprehension",
                                   instead="write it as a loop")  # fmt: skip
        frame.names[handler.flag] = raised
        if handler.error in inner.names:
            frame.names[handler.error] = inner.names[handler.error]


def make_error(frame: Frame, cls: type, args: Sequence[o.Obj]) -> o.Instance:
    """An exception object: its `args`, and what a constructor of the user's adds."""
    from adjoint.frontend.inlining import inline_function
    from adjoint.frontend.instances import find

    error = o.Instance(cls, {"args": o.Seq(tuple, list(args))})
    init = find(cls, "__init__")
    if isinstance(init, types.FunctionType):
        inline_function(frame, init, [error, *args], {})
    return error


def lower_raise(frame: Frame, node: gast.Raise) -> None:
    lowering = frame.lowering
    if node.exc is None:
        if not lowering.caught:
            raise UnsupportedError("a bare raise outside of an except clause", frame.span(node))
        raise_error(frame, lowering.caught[-1])
        return
    error = expression(frame, node.exc)
    if isinstance(error, o.Known) and isinstance(error.value, type):
        error = make_error(frame, error.value, [])
    if not isinstance(error, o.Instance) or not issubclass(error.cls, BaseException):
        raise UnsupportedError("only exceptions can be raised")
    raise_error(frame, error)


def lower_try(frame: Frame, node: gast.Try, body: Callable[[], None] | None = None) -> None:
    """A `try` statement, with another body where one is given."""
    handlers = [_handler(frame, clause) for clause in node.handlers]

    def run() -> None:
        from adjoint.frontend.statements import lower_block

        with catching(frame, handlers):
            body() if body is not None else lower_block(frame, node.body)
        if node.orelse:
            _unless_left(frame, handlers, node.orelse)
        for handler, clause in zip(handlers, node.handlers, strict=True):
            _handle(frame, handler, clause)

    finally_(frame, run, lambda: _final_block(frame, node.finalbody))


def _handler(frame: Frame, clause: Any) -> Handler:
    classes: Any = BaseException
    if clause.type is not None:
        known, classes = constant_of(expression(frame, clause.type))
        if not known:
            raise UnsupportedError("which exceptions are caught is only known to the run")
    number = next(_numbers)
    classes = classes if isinstance(classes, tuple) else (classes,)
    return Handler(classes, f"%raised{number}", f"%error{number}")


def _unless_left(frame: Frame, handlers: Sequence[Handler], statements: Sequence[Any]) -> None:
    """The `else` of a `try`: where nothing was raised, and nothing left its body."""
    from adjoint.frontend.statements import (
        TRUE_NOW,
        any_of,
        going_on,
        lower_block,
        pending_exits,
    )

    exits = pending_exits(frame)
    for handler in handlers:
        raised = frame.names[handler.flag]
        assert isinstance(raised, o.Ref)
        if raised.value is not FALSE:
            exits.append(TRUE_NOW if raised.value is TRUE else raised.value)
    if not exits:
        lower_block(frame, statements)
    elif TRUE_NOW not in exits:
        flag = any_of(frame, exits)
        frame.lowering.branch(frame, flag, lambda: None, going_on(frame, statements))


def _handle(frame: Frame, handler: Handler, clause: Any) -> None:
    """Run an `except` clause where its flag is set."""
    from adjoint.frontend.statements import going_on

    lowering = frame.lowering
    raised = frame.names[handler.flag]
    assert isinstance(raised, o.Ref)
    flag = raised.value

    def run() -> None:
        error = frame.names.get(handler.error)
        frame.names[handler.flag] = o.Ref(FALSE)
        if clause.name is not None and error is not None:
            bind_name(frame, clause.name.id, error)
        caught = error if isinstance(error, o.Instance) else _raised_by_the_run(handler.classes[0])
        lowering.caught.append(caught)
        try:
            going_on(frame, clause.body)()
        finally:
            lowering.caught.pop()
        if clause.name is not None:
            bind_name(frame, clause.name.id, o.Unassigned(clause.name.id))

    if flag is TRUE:
        run()
    elif flag is not FALSE:
        lowering.branch(frame, flag, run, lambda: None)
    frame.names.pop(handler.flag, None)
    frame.names.pop(handler.error, None)


def finally_(frame: Frame, run: Callable[[], None], last: Callable[[], None]) -> None:
    """Run something, and then something else whichever way the first has been left."""
    run()
    flags = [RETURNED, BROKE, CONTINUED, *(h.flag for h in frame.lowering.handlers)]
    left = {name: frame.names[name] for name in flags if name in frame.names}
    for name in left:
        frame.names[name] = o.Ref(FALSE)
    last()
    if any(frame.names[name].value is not FALSE for name in left):  # type: ignore[attr-defined]
        raise UnsupportedError("what runs at the end of a try, or of a with, leaves it")
    frame.names.update(left)


def _final_block(frame: Frame, statements: Sequence[Any]) -> None:
    from adjoint.frontend.statements import lower_block

    lower_block(frame, statements)


# Operations that raise


def _numbers_only(args: Sequence[Value]) -> bool:
    return all(isinstance(a.type, Scalar) for a in args)


def _steps_outside(args: Sequence[Value]) -> bool:
    """Slices never do; tuples of indices and arrays of them may."""
    base, index = args
    return isinstance(base.type, (Array, List, Struct)) and not is_slice(index)


_DIVISION = (ZeroDivisionError, _numbers_only)
#: What operations raise, and for which operands.
RISKS: dict[Any, tuple[type, Callable[[Sequence[Value]], bool]]] = {
    operator.truediv: _DIVISION,
    operator.floordiv: _DIVISION,
    operator.mod: _DIVISION,
    operator.pow: _DIVISION,
    operator.getitem: (IndexError, _steps_outside),
    int: (ValueError, lambda args: args[0].type != INT),
    **{
        getattr(math, name): (ValueError, lambda args: True)
        for name in (
            "sqrt", "log", "log2", "log10", "log1p", "asin", "acos", "acosh", "atanh", "gamma",
            "lgamma", "fmod", "pow",
        )
    },
    **{
        getattr(math, name): (OverflowError, lambda args: True)
        for name in ("exp", "expm1", "exp2", "sinh", "cosh")
    },
    **{
        getattr(np.linalg, name): (np.linalg.LinAlgError, lambda args: True)
        for name in (
            "inv", "solve", "cholesky", "eigh", "eigvalsh", "eig", "eigvals", "svd", "svdvals",
            "pinv", "lstsq",
        )
    },
}  # fmt: skip


def _raised_by_the_run(error: type) -> o.Instance:
    """The exception of an operation, whose text is NumPy's or Python's."""
    reason = "what an exception of an operation says is only known to the run"
    return o.Instance(error, {"args": o.Ambiguous(reason)})


def _of_unknown_type(error: type) -> UnsupportedError:
    return UnsupportedError(
        f"whether this raises a {error.__name__} depends on a type that is not known",
        instead="annotate the arguments, or call the gradient with actual arguments",
    )


def _may_mismatch(target: Any, args: Sequence[Value], named: dict[str, Value]) -> bool:
    if any(isinstance(a.type, Unknown) for a in args) and may_mismatch(target, args, named):
        raise _of_unknown_type(ValueError)
    return may_mismatch(target, args, named)


def _guarded(
    lowering: Lowering, target: Any, args: list[Value], named: dict[str, Value]
) -> Value | None:
    """The result of an operation that may raise what a handler waits for; None for others."""
    frame = lowering.frame
    if frame is None or not _hashable(target):
        return None
    error, applies = RISKS.get(target, (ValueError, lambda args: False))
    if handler_of(frame, ValueError) is not None and _may_mismatch(target, args, named):
        error, applies = ValueError, lambda args: True  # LinAlgError is one as well
    handler = handler_of(frame, error)
    if handler is not None and target in RISKS and any(isinstance(a.type, Unknown) for a in args):
        raise _of_unknown_type(error)
    if handler is None or not applies(args):
        return None
    before = frame.names.get(handler.flag)
    if frame.comprehension or not isinstance(before, o.Ref) or before.value is not FALSE:
        raise UnsupportedError(
            f"a {error.__name__} may leave this expression in the middle",
            instead="compute this part in a statement of its own",
        )
    builder = lowering.builder
    intercept, builder.intercept = builder.intercept, None
    try:
        if error is ZeroDivisionError and target is not operator.pow:
            failed = builder.apply(operator.eq, args[1], 0)
        else:
            failed = builder.apply(raises, Constant(error), Constant(target), *args, **named)
        with builder.inside(Region()) as fine:
            value = builder.apply(target, *args, **named)
            builder.end([value])
        with builder.inside(Region()) as raised:  # a write that fails leaves the array as it was
            builder.end([args[0] if target is ops.store else undefined()])
        op = builder.if_(failed, [raised, fine], [value.type])
    finally:
        builder.intercept = intercept
    frame.names[handler.flag] = o.Ref(failed)
    frame.names[handler.error] = _raised_by_the_run(error)
    return op.result


def at_item(frame: Frame, base: o.Obj, index: o.Obj, write: Callable[[], None]) -> None:
    """Write an item, where it is there; a handler that waits for an IndexError gets it."""
    from adjoint.frontend.subscripts import index_object

    lowering = frame.lowering
    handler = handler_of(frame, IndexError)
    known, _ = constant_of(index)
    if handler is None or not (isinstance(base, o.Ref) or isinstance(base, o.Seq) and not known):
        write()
        return
    value = lowering.current(base) if isinstance(base, o.Ref) else lowering.value(base)
    place = index_object(frame, index)
    before = frame.names.get(handler.flag)
    if not isinstance(before, o.Ref) or before.value is not FALSE:
        raise UnsupportedError(
            "an IndexError may leave this statement in the middle",
            instead="compute the index in a statement of its own",
        )
    if is_slice(place):
        write()
        return
    builder = lowering.builder
    intercept, builder.intercept = builder.intercept, None
    try:
        getitem = Constant(operator.getitem)
        failed = builder.apply(raises, Constant(IndexError), getitem, value, place)
    finally:
        builder.intercept = intercept
    frame.names[handler.flag] = o.Ref(failed)
    frame.names[handler.error] = _raised_by_the_run(IndexError)

    def there() -> None:
        frame.names[handler.flag] = o.Ref(FALSE)
        write()

    lowering.branch(frame, failed, lambda: None, there)


def _hashable(target: Any) -> bool:
    try:
        hash(target)
    except TypeError:
        return False
    return True


def certain(frame: Frame, error: CertainError) -> bool:
    """A statement certainly raises: does a handler take it?"""
    if handler_of(frame, error.exception) is None:
        return False
    raise_error(frame, make_error(frame, error.exception, [o.Known(a) for a in error.args_]))
    return True
