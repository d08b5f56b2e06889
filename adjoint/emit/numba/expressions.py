"""Operations as text that Numba compiles, each with the meaning that it has in Python and NumPy.

The table is closed: an operation that is not in it is refused, with its line. Numba knows more
functions, but not all of them do as NumPy's.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.emit.memory.inplace import Storage
from adjoint.emit.numba.kinds import (
    check_type,
    dtype_of,
    dtype_text,
    is_number,
    is_single,
    kind,
    refuse,
)
from adjoint.emit.numba.names import Names
from adjoint.emit.numba.widths import Widths
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.descriptions import operation
from adjoint.ir.missing import may_be_missing
from adjoint.ir.types import Array, Scalar

Lowering = Callable[["Expressions", Op], str]
LOWERINGS: dict[Any, Lowering] = {}


def lowers(*targets: Any) -> Callable[[Lowering], Lowering]:
    """Register how operations with these targets are written."""

    def register(lowering: Lowering) -> Lowering:
        for target in targets:
            LOWERINGS[target] = lowering
        return lowering

    return register


class Expressions:
    """Writes the values and operations of one function.

    Attributes
    ----------
    nested : operations whose text stands inside that of their user.
    helpers : the functions of the library that the text calls, and texts made for it, by name.
    """

    def __init__(
        self,
        nested: set[Op],
        names: Names,
        widths: Widths,
        helpers: dict[str, Any],
        storage: Storage,
    ):
        self.nested, self.names, self.widths, self.helpers = nested, names, widths, helpers
        self.storage = storage

    def may_share(self, a: Value, b: Value) -> bool:
        """May two arrays have memory in common?"""
        return self.storage.find(a) is self.storage.find(b)

    def value(self, value: Value) -> str:
        """The text of a value: a literal, a variable, or the operation that makes it."""
        if isinstance(value, Constant):
            return self.literal(value.value, value)
        op = value.op
        if op is not None and op in self.nested:
            return self.op(op)
        return self.names.of(value)

    def literal(self, python: Any, value: Constant | None = None) -> str:
        match python:
            case bool():
                return str(bool(python))
            case np.generic() if python.dtype in (np.bool_, np.int64, np.float64):
                return self.literal(python.item(), value)
            case np.generic() if python.dtype == np.float32:
                return f"np.float32({self.literal(float(python))})"
            case int():
                if not -(2**63) <= python < 2**63:
                    raise refuse("an integer of more than 64 bits", None)
                return f"({int(python)})" if python < 0 else str(int(python))
            case float():
                if not math.isfinite(python):
                    text = "np.nan" if math.isnan(python) else "np.inf"
                    return f"(-{text})" if python == -math.inf else text
                text = repr(float(python))
                return f"({text})" if text.startswith("-") else text
            case tuple():
                return f"({''.join(self.literal(p) + ', ' for p in python)})"
            case list():
                return f"({''.join(self.literal(p) + ', ' for p in python)})"
            case np.ndarray() if python.dtype in (np.float64, np.int64, np.bool_):
                return self.array(python)
        span = None
        if value is not None and value.users:
            span = next(iter(value.users)).span
        raise refuse(f"the constant {python!r}", span)

    def array(self, python: np.ndarray) -> str:
        """An array that is part of the program stands before the function."""
        if not np.isfinite(python).all() or python.size == 0 or python.ndim == 0:
            raise refuse("an array of the program that has no plain literal", None)
        text = f"np.array({python.tolist()!r}, dtype={dtype_text(python.dtype)})"
        for name, known in self.helpers.items():
            if known == text:
                return f"{name}.copy()"
        name = f"constant_{'abcdefghijklmnopqrstuvwxyz'[len(self.helpers) % 26]}x"
        while name in self.helpers:
            name += "x"
        self.helpers[name] = text
        return f"{name}.copy()"

    def helper(self, function: Callable[..., Any], *arguments: str) -> str:
        """A call of a function of the library."""
        self.helpers[function.__name__] = function
        return f"{function.__name__}({', '.join(arguments)})"

    def made(self, name: str, text: str, *arguments: str) -> str:
        """A call of a function whose text is made for the ranks at hand."""
        self.helpers[name] = text
        return f"{name}({', '.join(arguments)})"

    def op(self, op: Op) -> str:
        try:
            lowering = LOWERINGS.get(op.target)
        except TypeError:
            lowering = None
        if lowering is None:
            raise refuse(f"it has no machine code for {operation(op.target)}", op.span)
        for result in op.results:
            if op.target not in (slice, ops.make_tuple):
                check_type(result.type, op.span)
        if op.target in _ASK and any(map(is_missing, op.operands)):
            raise refuse("a value is compared that only some path assigns", op.span)
        return f"({lowering(self, op)})"

    # Operands

    def bound(self, op: Op, parameters: str) -> dict[str, Value]:
        """The operands of a call by the names of its parameters.

        Raises
        ------
        UnsupportedError : for operands beyond these.
        """
        positional, named = op.arguments()
        names = parameters.split()
        if len(positional) > len(names) or not named.keys() <= set(names):
            raise refuse(f"this form of {operation(op.target)}", op.span)
        given = {**dict(zip(names, positional, strict=False)), **named}
        return {k: v for k, v in given.items() if not _is_none(v)}

    def static(self, value: Value | None, default: Any, op: Op) -> Any:
        """The Python object that an operand always is."""
        if value is None:
            return default
        if not isinstance(value, Constant):
            raise refuse(f"an option of {operation(op.target)} that is no constant", op.span)
        return value.value

    def weak(self, value: Value, partner: Value) -> str:
        """An operand; beside single precision a Python number takes that precision."""
        text = self.value(value)
        if is_single(partner.type) and isinstance(value.type, Scalar):
            return f"np.float32({text})"
        return text

    def floating(self, value: Value) -> str:
        """A number as a float."""
        return self.value(value) if kind(value.type) == "f" else f"float({self.value(value)})"

    def arrays_agree(self, op: Op) -> None:
        """Refuse arithmetic for which NumPy has another dtype than the machine's usual one."""
        kinds = [kind(v.type) for v in op.operands if isinstance(v.type, (Array, Scalar))]
        python = all(isinstance(v.type, Scalar) for v in op.operands)
        if kinds and set(kinds) == {"b"} and not python:
            raise refuse("arithmetic of NumPy's booleans", op.span)


def shape_text(e: Expressions, value: Value, op: Op) -> str:
    """A shape as a tuple of integers."""
    if isinstance(value, Constant):
        python = value.value
        sizes = python if isinstance(python, (tuple, list)) else (python,)
        return f"({''.join(f'{int(n)}, ' for n in sizes)})"
    if is_number(value.type):
        return f"(int({e.value(value)}), )"
    return e.value(value)


def dtype_of_result(op: Op) -> str:
    assert isinstance(op.result.type, (Array, Scalar))
    return dtype_text(dtype_of(op.result.type))


def function_text(op: Op) -> str:
    return f"np.{op.target.__name__}"


#: What tells None from a number. All else is only done where there is a value: the program asks
#: before. In the place of None there is a zero, which is as false.
_ASK = (operator.is_, operator.is_not, operator.eq, operator.ne)


def is_missing(value: Value) -> bool:
    """May this be None, since only some path assigns it?"""
    return not isinstance(value, Constant) and may_be_missing(value)


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


def are_python(op: Op) -> bool:
    """Are all operands Python's own numbers, which raise where NumPy's give inf or nan?"""
    return all(isinstance(v.type, Scalar) for v in op.operands)


def are_ints(op: Op) -> bool:
    return all(kind(v.type) in ("i", "b") for v in op.operands)


def all_numbers(op: Op) -> bool:
    return all(is_number(v.type) for v in op.operands)


BINARY = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/",
    operator.floordiv: "//", operator.mod: "%", operator.and_: "&", operator.or_: "|",
    operator.xor: "^", operator.lt: "<", operator.le: "<=", operator.gt: ">",
    operator.ge: ">=", operator.eq: "==", operator.ne: "!=",
}  # fmt: skip
