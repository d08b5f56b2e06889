"""Operations that raise, where a handler waits for their exceptions."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from adjoint.errors import LeavesExpressionError, UnsupportedError
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.flow.raising import KIND, Handler, handler_of
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.indices import index_object
from adjoint.frontend.state.lowering import FALSE, Frame, Lowering
from adjoint.frontend.state.structure import undefined
from adjoint.ir import ops
from adjoint.ir.actual import combinations
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Region, Value
from adjoint.ir.indexing import is_slice
from adjoint.ir.mismatches import may_mismatch
from adjoint.ir.raising import Errors, errors_of, errors_of_op, possible_errors
from adjoint.ir.types import Struct, Type, Unknown
from adjoint.kinds import is_hashable
from adjoint.runtime.errors import raises


def raised_by_the_run(errors: Sequence[type[BaseException]]) -> o.Instance:
    """The exception of an operation, whose text is NumPy's or Python's."""
    reason = "what an exception of an operation says is known only at run time"
    error = o.Instance(errors[0], {"args": o.Ambiguous(reason)})
    if len(errors) > 1:
        which = f"whether this is a {_named(errors)} is only known at run time"
        error.items[KIND] = o.Ambiguous(which)
    return error


def _named(errors: Sequence[type[BaseException]]) -> str:
    return " or a ".join(e.__name__ for e in errors)


def _risks(
    frame: Frame, target: Any, args: Sequence[Value], named: dict[str, Value]
) -> dict[Handler, Errors]:
    """The exceptions of an operation that waiting handlers catch, by handler."""
    unknown = any(isinstance(a.type, Unknown) for a in args)
    errors = possible_errors(target) if unknown else errors_of(target, args, named)
    for given in () if unknown else combinations(args):  # a number, or one of NumPy's
        errors = tuple(dict.fromkeys([*errors, *errors_of(target, given, named)]))
    if unknown and may_mismatch(target, args, named):
        errors = (*errors, ValueError)
    if target is ops.store:  # `at_item` has asked whether there is such a position
        errors = tuple(e for e in errors if e is not IndexError)
    caught: dict[Handler, Errors] = {}
    for error in errors:
        handler = handler_of(frame, error)
        if handler is not None:
            caught[handler] = (*caught.get(handler, ()), error)
    if unknown and caught:
        raise UnsupportedError(
            f"whether this raises a {_named(errors)} depends on a type that is not known",
            instead="annotate the arguments, or call the gradient with actual arguments",
        )
    return caught


def guarded(
    lowering: Lowering, target: Any, args: list[Value], named: dict[str, Value]
) -> Value | None:
    """The result of an operation that may raise what a handler waits for; None for others."""
    frame = lowering.frame
    if frame is None or not is_hashable(target):
        return None
    caught = _risks(frame, target, args, named)
    if not caught:
        return None
    for handler in caught:
        before = frame.hidden.get(handler.flag)
        inside = lowering.inside or frame.comprehension
        if inside or not isinstance(before, o.Ref) or before.value is not FALSE:
            raise LeavesExpressionError(
                f"a {_named(caught[handler])} may leave this expression in the middle",
                instead="compute this part in a statement of its own",
            )
    builder = lowering.builder
    intercept, builder.intercept = builder.intercept, None
    failed: list[Value] = []
    try:
        for errors in caught.values():
            failed.append(_fails(builder, errors, target, args, named))
        with builder.inside(Region()) as fine:
            value = builder.apply(target, *args, **named)
            if value.op is not None:
                value.op.attrs["caught"] = tuple(e for errors in caught.values() for e in errors)
            parts = _taken_apart(builder, value)  # where it is missing, so are its items
            builder.end(parts)
        with builder.inside(Region()) as raised:  # a write that fails leaves the array as it was
            builder.end([args[0]] if target is ops.store else [undefined() for _ in parts])
        either = functools.reduce(lambda a, b: builder.apply(operator.or_, a, b), failed)
        op = builder.if_(either, [raised, fine], [part.type for part in parts])
        result = _put_together(builder, value.type, iter(op.results))
    finally:
        builder.intercept = intercept
    for (handler, errors), flag in zip(caught.items(), failed, strict=True):
        frame.hidden[handler.flag] = o.Ref(flag)
        frame.hidden[handler.error] = raised_by_the_run(errors)
    return result


def _taken_apart(builder: Builder, value: Value) -> list[Value]:
    """The items of a tuple, and of those inside of it; of anything else the value itself."""
    if not _has_parts(value.type):
        return [value]
    count = len(value.type.items)  # type: ignore[attr-defined]
    items = [builder.apply(operator.getitem, value, k) for k in range(count)]
    return [part for item in items for part in _taken_apart(builder, item)]


def _put_together(builder: Builder, type_: Type, parts: Iterator[Value]) -> Value:
    if not _has_parts(type_):
        return next(parts)
    assert isinstance(type_, Struct)
    items = [_put_together(builder, item, parts) for item in type_.items]
    if type_.keys is not None:
        return builder.apply(ops.make_record, type_.kind, type_.keys, *items)
    return builder.apply(ops.make_tuple if type_.kind is tuple else ops.make_list, *items)


def _has_parts(type_: Type) -> bool:
    return isinstance(type_, Struct) and type_.kind is not dict and bool(type_.items)


def check_none_is_caught(frame: Frame, function: Function) -> None:
    """Refuse a function that is differentiated inside of a `try`, and raises what that catches."""
    if not frame.lowering.handlers:
        return
    for op in function.body.walk():
        failed = op.operands[0] if op.target is ops.fail else None
        errors = (failed.value,) if isinstance(failed, Constant) else errors_of_op(op)
        if any(handler_of(frame, error) is not None for error in errors):
            raise UnsupportedError(
                f"a {_named(errors)} may leave a function that is differentiated here",
                op.span,
                "put the try into the function, or around the call of the gradient",
            )


def _fails(
    builder: Builder, errors: Errors, target: Any, args: Sequence[Value], named: dict[str, Value]
) -> Value:
    """Does the operation raise one of these exceptions?"""
    one_type = not any(combinations(args))
    if errors == (ZeroDivisionError,) and target is not operator.pow and one_type:
        return builder.apply(operator.eq, args[1], 0)
    if ValueError in errors:  # LinAlgError is one as well
        errors = tuple(e for e in errors if e is ValueError or not issubclass(e, ValueError))
    kinds = Constant(errors[0]) if len(errors) == 1 else builder.apply(ops.make_tuple, *errors)
    return builder.apply(raises, kinds, Constant(target), *args, **named)


def at_item(frame: Frame, base: o.Obj, index: o.Obj, write: Callable[[], None]) -> None:
    """Write an item, where it is there; a handler that waits for an IndexError gets it."""
    lowering = frame.lowering
    handler = handler_of(frame, IndexError)
    known, _ = constant_of(index)
    if handler is None or not (isinstance(base, o.Ref) or isinstance(base, o.Seq) and not known):
        write()
        return
    value = lowering.operand(base) if isinstance(base, o.Ref) else lowering.value(base)
    place = index_object(frame, index)
    if is_slice(place):
        write()
        return
    test = (raises, Constant(IndexError), Constant(operator.getitem), value, place)
    _unless(frame, handler, IndexError, test, write)


def at_length(
    frame: Frame, value: Value, length: int, unpack: Callable[[], None], or_more: bool = False
) -> None:
    """Unpack a value, where it has this length; a handler that waits for a ValueError gets it."""
    handler = handler_of(frame, ValueError)
    builder = frame.lowering.builder
    if not frame.lowering.handlers or handler is None and not or_more:
        unpack()
        return
    with _unguarded(builder):
        found = builder.apply(len, value)
        if handler is None:  # no IndexError of one of the items
            enough = builder.apply(operator.ge, found, length)
            message = f"not enough values to unpack (expected at least {length})"
            builder.apply(ops.check, enough, Constant(message), Constant(ValueError))
            unpack()
            return
    wrong = (operator.lt if or_more else operator.ne, found, length)

    def there() -> None:
        with _unguarded(builder):
            unpack()

    _unless(frame, handler, ValueError, wrong, there if or_more else unpack)


@contextmanager
def _unguarded(builder: Builder) -> Iterator[None]:
    """A context whose operations are known not to raise."""
    intercept, builder.intercept = builder.intercept, None
    try:
        yield
    finally:
        builder.intercept = intercept


def _unless(
    frame: Frame,
    handler: Handler,
    error: type[BaseException],
    test: tuple[Any, ...],
    then: Callable[[], None],
) -> None:
    """Lower a statement in two parts: leave for the handler where the test holds, else go on."""
    builder, before = frame.lowering.builder, frame.hidden.get(handler.flag)
    if frame.lowering.inside or not isinstance(before, o.Ref) or before.value is not FALSE:
        raise LeavesExpressionError(
            f"a {error.__name__} may leave this statement in the middle",
            instead="compute this part in a statement of its own",
        )
    with _unguarded(builder):
        failed = builder.apply(*test)
    frame.hidden[handler.flag] = o.Ref(failed)
    frame.hidden[handler.error] = raised_by_the_run((error,))

    def there() -> None:
        frame.hidden[handler.flag] = o.Ref(FALSE)
        then()

    branch(frame, failed, lambda: None, there)
