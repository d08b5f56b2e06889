"""Operations that raise, where a handler waits for their exceptions."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.flow.mismatches import may_mismatch
from adjoint.frontend.flow.raising import handler_of
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, is_hashable
from adjoint.frontend.state.indices import index_object
from adjoint.frontend.state.lowering import FALSE, Frame, Lowering
from adjoint.frontend.state.structure import undefined
from adjoint.ir import ops
from adjoint.ir.core import Constant, Region, Value
from adjoint.ir.indexing import is_slice
from adjoint.ir.types import INT, Array, List, Scalar, Struct, Unknown
from adjoint.runtime.errors import raises


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


def raised_by_the_run(error: type) -> o.Instance:
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


def guarded(
    lowering: Lowering, target: Any, args: list[Value], named: dict[str, Value]
) -> Value | None:
    """The result of an operation that may raise what a handler waits for; None for others."""
    frame = lowering.frame
    if frame is None or not is_hashable(target):
        return None
    error, applies = RISKS.get(target, (ValueError, lambda args: False))
    if handler_of(frame, ValueError) is not None and _may_mismatch(target, args, named):
        error, applies = ValueError, lambda args: True  # LinAlgError is one as well
    handler = handler_of(frame, error)
    if handler is not None and target in RISKS and any(isinstance(a.type, Unknown) for a in args):
        raise _of_unknown_type(error)
    if handler is None or not applies(args):
        return None
    before = frame.hidden.get(handler.flag)
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
    frame.hidden[handler.flag] = o.Ref(failed)
    frame.hidden[handler.error] = raised_by_the_run(error)
    return op.result


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
    before = frame.hidden.get(handler.flag)
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
    frame.hidden[handler.flag] = o.Ref(failed)
    frame.hidden[handler.error] = raised_by_the_run(IndexError)

    def there() -> None:
        frame.hidden[handler.flag] = o.Ref(FALSE)
        write()

    branch(frame, failed, lambda: None, there)
