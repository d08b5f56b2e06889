"""Python's operators: their nodes in a syntax tree, their signs, and what computes them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

Table = dict[str, Callable[..., Any]]

#: By the name of the node, which is the same in `ast` and in `gast`.
BINARY: Table = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv,
    "FloorDiv": operator.floordiv, "Mod": operator.mod, "Pow": operator.pow,
    "MatMult": operator.matmul, "BitAnd": operator.and_, "BitOr": operator.or_,
    "BitXor": operator.xor, "LShift": operator.lshift, "RShift": operator.rshift,
}  # fmt: skip
UNARY: Table = {"USub": operator.neg, "UAdd": operator.pos, "Invert": operator.invert}
COMPARISONS: Table = {
    "Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge,
    "Eq": operator.eq, "NotEq": operator.ne, "Is": operator.is_, "IsNot": operator.is_not,
}  # fmt: skip

SIGNS: dict[Callable[..., Any], str] = {
    operator.add: "+", operator.sub: "-", operator.mul: "*", operator.truediv: "/",
    operator.floordiv: "//", operator.mod: "%", operator.pow: "**", operator.matmul: "@",
    operator.and_: "&", operator.or_: "|", operator.xor: "^", operator.lshift: "<<",
    operator.rshift: ">>", operator.lt: "<", operator.le: "<=", operator.gt: ">",
    operator.ge: ">=", operator.eq: "==", operator.ne: "!=", operator.not_: "not",
    operator.invert: "~", operator.contains: "in",
}  # fmt: skip


def function_of(node: Any, table: Table = BINARY) -> Callable[..., Any]:
    """What computes the operator that a syntax tree names by a node."""
    return table[type(node).__name__]
