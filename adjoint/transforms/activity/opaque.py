"""Refuse calls that nothing is known of, where an input of the derivative reaches them."""

from __future__ import annotations

import operator
import types
from collections.abc import Iterable, Iterator
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.ir import foreign, ops
from adjoint.ir.core import Constant, Function, Op, Value
from adjoint.ir.types import Array, List, Opaque, Scalar, Struct, is_differentiable
from adjoint.transforms.activity.activity import dependents


def refuse_inputs_in_opaque_calls(function: Function, inputs: Iterable[Value]) -> None:
    """Refuse an opaque call that an input reaches, by whatever way: it would have no derivative.

    Texts and objects made of an input count. Whole numbers and truths do not: they are constant
    between jumps.

    Raises
    ------
    UnsupportedError : why the call could not be lowered, if that was tried.
    """
    operations = [op for op in _everywhere(function) if op.kind == "apply"]
    if not any(op.target in foreign.OPERATIONS for op in operations):
        return
    reach = _Reach(inputs)
    for op in operations:
        opaque = op.target in foreign.OPERATIONS and not foreign.takes_copies(op)
        if opaque and any(map(reach.holds, op.operands)):
            raise _refusal(op)


class _Reach:
    """What depends on the inputs: values, and objects that a copy of such a value was put into."""

    def __init__(self, inputs: Iterable[Value]):
        self.values: set[Value] = set()
        self.objects: list[Any] = []
        work = list(inputs)
        while work:
            value = work.pop()
            if value in self.values or isinstance(value, Constant) or _is_discrete(value):
                continue
            self.values.add(value)
            work.extend(dependents(value, _passes))
            for op in value.users:
                callee = op.attrs.get("function")
                if op.target is ops.function_of:  # what it is called with depends on all of that
                    work.extend(callee.params)
                elif isinstance(callee, Function) and op.kind == "call":
                    pairs = zip(callee.params, op.operands, strict=False)
                    work.extend(param for param, given in pairs if given is value)
                if op.kind == "apply" and (op.target is print or foreign.takes_copies(op)):
                    work.extend(self._stored_in(op))

    def holds(self, value: Value) -> bool:
        if isinstance(value, Constant):
            return any(value.value is obj for obj in self.objects)
        return value in self.values

    def _stored_in(self, op: Op) -> Iterator[Value]:
        """The objects that may hold what a call takes a copy of, as a file that is written to."""
        for value in op.operands:
            if isinstance(value, Constant):
                if type(value.type) is Opaque and not _is_name(value.value):
                    self.objects.append(value.value)
            elif isinstance(value.type, Opaque) and value.type.foreign:
                yield value
                maker = value.op
                if maker is not None and foreign.takes_copies(maker):
                    yield from self._stored_in(maker)


def _is_name(python: Any) -> bool:
    """A function, a module or a text: nothing is stored in it."""
    return callable(python) or python is None or isinstance(python, (str, types.ModuleType))


def _refusal(op: Op) -> UnsupportedError:
    refusal = op.attrs.get("refusal")
    if isinstance(refusal, UnsupportedError):
        return refusal
    return UnsupportedError(
        "this depends on an input of the gradient, and what is done here has no known derivative",
        op.span,
        "give it adjoint.stop_gradient(...) where it is meant to be a constant",
    )


def _is_discrete(value: Value) -> bool:
    match value.type:
        case Scalar(kind):
            return kind in ("bool", "int")
        case Array():
            return not is_differentiable(value.type)
    return False


def _passes(op: Op) -> bool:
    """May the result of an operation, whatever it is, tell what an operand is?

    A text that stands in a container beside numbers says nothing of them.
    """
    if op.target is ops.stop_gradient or foreign.takes_copies(op):
        return False
    if op.target in (operator.getitem, ops.unpack):
        if isinstance(op.operands[0].type, (Struct, List)):
            return any(is_differentiable(r.type) for r in op.results)
    return True


def _everywhere(function: Function) -> Iterator[Op]:
    """The operations of a function, and of those that it calls."""
    seen: set[Function] = set()
    work = [function]
    while work:
        current = work.pop()
        if current in seen:
            continue
        seen.add(current)
        for op in current.body.walk():
            yield op
            callee = op.attrs.get("function")
            if isinstance(callee, Function):
                work.append(callee)
