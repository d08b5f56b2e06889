"""Operators of lists and tuples: one joined to another, one repeated."""

from __future__ import annotations

import collections
import functools
import operator
from typing import Any

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.float_lists import as_made
from adjoint.frontend.state.lowering import Frame
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.descriptions import described
from adjoint.ir.types import List, Scalar, is_immutable_number


def sequence_operator(frame: Frame, target: Any, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """`xs + ys` and `xs * n` of lists and tuples; None where it is arithmetic."""
    if target is operator.add and all(map(functools.partial(is_sequence, frame), (a, b))):
        return joined_lists(frame, a, b)
    refuse_number(frame, target, a, b)
    if any(isinstance(x, o.Seq) and x.kind is collections.deque for x in (a, b)):
        raise UnsupportedError("operators of deques are not supported", instead="use a list")
    if target is operator.mul and (isinstance(a, o.Seq) or isinstance(b, o.Seq)):
        sequence, count = (a, b) if isinstance(a, o.Seq) else (b, a)
        known, times = constant_of(count)
        if known and isinstance(times, int) and isinstance(sequence, o.Seq):
            return o.Seq(_plain_kind(sequence), sequence.items * times)
        if isinstance(sequence, o.Seq) and sequence.kind is list and sequence.items:
            value = frame.lowering.value(sequence)
            items = [frame.lowering.value(item) for item in sequence.items]
            if all(is_immutable_number(item.type) for item in items):
                if isinstance(value, Constant):
                    value = frame.lowering.builder.apply(ops.make_list, *items)
                times = frame.lowering.value(count)
                made = frame.lowering.builder.apply(ops.repeat_list, value, times)
                return o.Ref(as_made(frame.lowering, made))
        raise UnsupportedError(
            "this sequence is repeated a number of times that is known only at run time",
            instead="use a comprehension",
        )
    if isinstance(a, o.Seq) and isinstance(b, o.Seq):
        raise UnsupportedError("these sequences have no such operator")
    return None


def refuse_number(frame: Frame, target: Any, a: o.Obj, b: o.Obj) -> None:
    """Refuse `xs * 2.0` and `xs + 1.0`: Python raises, and an array is what is meant."""
    for sequence, other in ((a, b), (b, a)):
        kind = _kind_of(frame, sequence)
        if kind is None or not isinstance(other, o.Ref):
            continue
        number = frame.lowering.current(other).type
        if not isinstance(number, Scalar) or target is operator.mul and number.kind in _WHOLE:
            continue
        said = f"a {kind.__name__} and {described(number)} have no such operator"
        instead = f"make an array of the {kind.__name__}, with np.asarray"
        raise CertainError(TypeError, said, said, instead=instead)


_WHOLE = ("int", "bool")


def _kind_of(frame: Frame, obj: o.Obj) -> type | None:
    if isinstance(obj, o.Seq):
        return _plain_kind(obj) if issubclass(obj.kind, (list, tuple)) else None
    type_ = frame.lowering.current(obj).type if isinstance(obj, o.Ref) else None
    return type_.kind if isinstance(type_, List) else None


def _plain_kind(sequence: o.Seq) -> type:
    return tuple if issubclass(sequence.kind, tuple) else sequence.kind


def is_sequence(frame: Frame, obj: o.Obj) -> bool:
    if isinstance(obj, o.Ref):
        return isinstance(frame.lowering.current(obj).type, List)
    return isinstance(obj, o.Seq)


def joined_lists(frame: Frame, a: o.Obj, b: o.Obj) -> o.Obj:
    """The list or tuple `a + b`."""
    kinds = _kind_of(frame, a), _kind_of(frame, b)
    if set(kinds) == {list, tuple}:
        first, second = (kind.__name__ for kind in kinds if kind is not None)
        said = f'can only concatenate {first} (not "{second}") to {first}'
        raise CertainError(TypeError, said, said, instead=f"make a {first} of both")
    if isinstance(a, o.Seq) and isinstance(b, o.Seq):
        return o.Seq(_plain_kind(a), [*a.items, *b.items])
    if isinstance(a, o.Ref) and isinstance(b, o.Seq):
        for item in b.items:
            frame.lowering.state.hold(item, "a list holds it")
        return extended(frame, a, b.items)
    for each in (a, b):
        if isinstance(each, o.Seq):
            frame.lowering.state.hold(each, "a list holds it")
        elif not is_sequence(frame, each):
            raise UnsupportedError(
                "a list is extended by an object whose items are known only at run time",
                instead="append them in a loop",
            )
        elif isinstance(each, o.Ref):
            element = frame.lowering.current(each).type.element  # type: ignore[attr-defined]
            if not is_immutable_number(element):
                frame.lowering.state.hold(each, "another list holds its items")
    values = [_as_list(frame, each) for each in (a, b)]
    if isinstance(a, o.Seq) and not a.items:
        made = frame.lowering.builder.apply(list, values[1])
        made.type = values[1].type
        return o.Ref(made)
    result = o.Ref(frame.lowering.builder.apply(ops.join_lists, *values))
    if not is_immutable_number(result.value.type.element):  # type: ignore[attr-defined]
        frame.lowering.state.mark(result, shared="other lists hold its items")
    return result


def _as_list(frame: Frame, obj: o.Obj) -> Value:
    """Items as a list of the run, which is what a tuple of unknown length is as well."""
    return frame.lowering.value(o.Seq(list, obj.items) if isinstance(obj, o.Seq) else obj)


def extended(frame: Frame, base: o.Obj, items: list[o.Obj]) -> o.Obj:
    """The list `base + items`."""
    if isinstance(base, o.Seq):
        return o.Seq(list, [*base.items, *items])
    value = frame.lowering.value(base)
    for item in items:
        value = frame.lowering.builder.apply(ops.append, value, frame.lowering.value(item))
    return o.Ref(value)
