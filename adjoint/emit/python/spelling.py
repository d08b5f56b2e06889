"""How a person writes what the backward half does to arrays: `g[:, None]`, `g.sum(axis=0)`.

These are shorter than calls of NumPy's functions, and faster on small arrays. The forward half is
written as the user wrote it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from adjoint.emit.text.syntax import call, dotted, name
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.missing import may_be_missing
from adjoint.ir.types import FLOAT, Array, List, Struct, Type

if TYPE_CHECKING:
    from adjoint.emit.python.expressions import Expressions


def zeros_of_list(e: Expressions, like: Value) -> ast.expr | None:
    """`[np.zeros_like(w) for w in ws]`, for lists of arrays and of tuples of them."""
    assert isinstance(like.type, List)
    if like.type.tape or may_be_missing(like):
        return None  # what stands there may be None
    items = e.value(like)
    item = items.id[:-1] if isinstance(items, ast.Name) and _is_plural(items.id) else "item"
    element = like.type.element
    if element == FLOAT:
        return ast.BinOp(
            ast.List([ast.Constant(0.0)], ast.Load()), ast.Mult(), call(name("len"), [items])
        )
    parts = element.items if isinstance(element, Struct) and element.kind is tuple else (element,)
    if not parts or not all(_is_float_array(t) for t in parts):
        return None
    e.references.use_numpy()
    names = [item] if parts[0] is element else [f"{item}_{k}" for k in range(len(parts))]
    zeros: list[ast.expr] = [call(dotted("np.zeros_like"), [name(n)]) for n in names]
    target: ast.expr = name(names[0])
    made = zeros[0]
    if parts[0] is not element:
        target = ast.Tuple([name(n) for n in names], ast.Store())
        made = ast.Tuple(zeros, ast.Load())
    return ast.ListComp(made, [ast.comprehension(target, items, [], 0)])


def _is_plural(text: str) -> bool:
    return len(text) > 2 and text.endswith("s") and text[:-1].isidentifier()


def _is_float_array(type_: Type) -> bool:
    return isinstance(type_, Array) and not type_.scalar and type_.dtype.kind in "fc"


#: What has a text of its own that needs no parentheses.
_ATOMS = (ast.Name, ast.Attribute, ast.Subscript)


def backward_form(e: Expressions, op: Op) -> ast.expr | None:
    """The text of an operation of the backward half, where it is not that of the call."""
    write = _SPELLINGS.get(op.target) if op.backward and op.kind == "apply" else None
    if write is None or not op.operands:
        return None
    type_ = op.operands[0].type
    is_array = isinstance(type_, Array) and bool(type_.dims) and not type_.loose
    return write(e, op) if is_array else None


def _new_axis(e: Expressions, op: Op) -> ast.expr | None:
    """`x[:, None]` for `np.expand_dims(x, 1)`."""
    x, axis = op.operands[0], op.operands[1]
    if not isinstance(axis, Constant) or type(axis.value) is not int:
        return None
    assert isinstance(x.type, Array)
    rank = x.type.rank
    at = axis.value % (rank + 1)
    before: list[ast.expr] = [ast.Slice() for _ in range(at)]
    after: list[ast.expr] = [ast.Slice()] if at == 0 and rank == 1 else []
    items = [*before, ast.Constant(None), *after]
    index = ast.Tuple(items, ast.Load()) if len(items) > 1 else items[0]
    return ast.Subscript(e.value(x), index, ast.Load())


def _sum(e: Expressions, op: Op) -> ast.expr | None:
    """`x.sum(axis=0)` for `np.sum(x, axis=0)`, where x is a variable or a part of one."""
    positional, named = op.arguments()
    if len(positional) > 1 or not set(named) <= {"axis", "keepdims"}:
        return None
    x = e.value(positional[0])
    if not isinstance(x, _ATOMS):
        return None
    keywords = {k: e.value(v) for k, v in named.items()}
    return call(ast.Attribute(x, "sum", ast.Load()), [], **keywords)


_SPELLINGS: dict[Any, Callable[[Expressions, Op], ast.expr | None]] = {
    np.expand_dims: _new_axis,
    np.sum: _sum,
}
