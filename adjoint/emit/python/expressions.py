"""Operations as expressions of Python's syntax tree."""

from __future__ import annotations

import ast
import enum
import functools
import itertools
import math
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.emit.memory.tapes import copy_container
from adjoint.emit.names.naming import Variables
from adjoint.emit.names.references import References
from adjoint.emit.python.headers import loop_header
from adjoint.emit.python.spelling import backward_form, zeros_of_list
from adjoint.emit.text.constants import formula
from adjoint.emit.text.places import mark
from adjoint.emit.text.syntax import call, call_method, dotted, name, spelled
from adjoint.errors import UnsupportedError
from adjoint.ir import foreign, operators, ops
from adjoint.ir.actual import may_be_integer
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.types import Array, List, Scalar, Struct, Unknown
from adjoint.kinds import is_hashable
from adjoint.runtime import arrays, containers
from adjoint.runtime import foreign as run_time
from adjoint.runtime.records import is_plain, new_record
from adjoint.runtime.snapshots import Snapshots


def _nodes(table: operators.Table) -> dict[Any, Any]:
    """The class of the node of each operation."""
    return {function: getattr(ast, name) for name, function in table.items()}


BINARY: dict[Any, type[ast.operator]] = _nodes(operators.BINARY)
UNARY: dict[Any, type[ast.unaryop]] = _nodes(operators.UNARY) | {operator.not_: ast.Not}
COMPARE: dict[Any, type[ast.cmpop]] = _nodes(operators.COMPARISONS)
_NUMPY_NAMES = {np.abs: "abs", np.divide: "divide", np.conj: "conj"}


class Expressions:
    """Renders values and operations.

    Attributes
    ----------
    nested : operations whose text stands inside that of their user.
    """

    def __init__(self, nested: set[Op], variables: Variables, references: References):
        self.nested, self.variables, self.references = nested, variables, references

    def value(self, value: Value) -> ast.expr:
        if isinstance(value, Constant):
            number = value.text and value.text != "None"
            return self.written(value) if number else self.constant(value.value)
        op = value.op
        if op is not None and op in self.nested:
            if op.kind == "for":
                return self.comprehension(op)
            return self.branch(op) if op.kind == "if" else self.op(op)
        return name(self.variables.name(value))

    def written(self, value: Constant) -> ast.expr:
        """A number as the user wrote it."""
        text = value.text.lstrip("-")
        module = text.partition(".")[0]
        if module in self.references.parameters:
            return self.constant(value.value)
        if module == "np":
            self.references.use_numpy()
        elif module == "math":
            self.references.use_math()
        named = module in ("np", "math")
        node = dotted(text) if named else spelled(value.value, text)
        return ast.UnaryOp(ast.USub(), node) if value.text.startswith("-") else node

    def constant(self, python: Any) -> ast.expr:
        if isinstance(python, enum.Enum):
            return name(self.references.embed(python))
        match python:
            case ops._UndefinedValue() | None | bool() | str() | bytes():
                return ast.Constant(None if isinstance(python, ops._UndefinedValue) else python)
            case np.generic():
                self.references.use_numpy()
                if python.dtype.type in (np.longdouble, np.clongdouble):  # no Python number
                    kind = f"np.{python.dtype.type.__name__}"
                    return call(dotted(kind), [ast.Constant(str(python))])
                kind = f"np.{python.dtype.name}" if python.dtype.kind != "b" else "np.bool_"
                return call(dotted(kind), [self.constant(python.item())])
            case int() | float():
                if isinstance(python, float) and not math.isfinite(python):
                    self.references.use_numpy()
                    text = "np.nan" if math.isnan(python) else "np.inf"
                    node = dotted(text)
                    return ast.UnaryOp(ast.USub(), node) if python == -math.inf else node
                known = formula(abs(python)) if isinstance(python, float) else None
                if known is not None and "math" not in self.references.parameters:
                    self.references.use_math()
                    return known if python > 0 else ast.UnaryOp(ast.USub(), known)
                if python < 0 or (python == 0 and math.copysign(1, python) < 0):
                    return ast.UnaryOp(ast.USub(), ast.Constant(-python))
                return spelled(python, _short(repr(python)))
            case complex():
                return ast.Constant(python)
            case tuple():
                return ast.Tuple([self.constant(p) for p in python], ast.Load())
            case list():
                return ast.List([self.constant(p) for p in python], ast.Load())
            case dict():
                keys: list[ast.expr | None] = [self.constant(k) for k in python]
                return ast.Dict(keys, [self.constant(v) for v in python.values()])
            case slice():
                parts = [python.start, python.stop, python.step]
                if parts[0] is parts[2] is None:
                    parts = parts[1:2]
                return call(
                    dotted(self.references.builtin("slice")), [self.constant(p) for p in parts]
                )
            case np.dtype():
                self.references.use_numpy()
                return dotted(f"np.{python.name}")
            case np.ndarray() if type(python) is np.ndarray:
                self.references.use_numpy()
                items = [self.constant(python.tolist())]
                if python.size and np.array(python.tolist()).dtype == python.dtype:
                    return call(dotted("np.array"), items)
                return call(dotted("np.array"), items, dtype=self.constant(python.dtype))
        if python is Ellipsis:
            return ast.Constant(Ellipsis)
        if isinstance(python, range):
            return call(name(self.references.builtin("range")), [self.constant(p) for p in
                                        (python.start, python.stop, python.step)])  # fmt: skip
        if isinstance(python, types.ModuleType):
            return dotted(self.references.module(python))
        if callable(python):
            return self.target(python)
        return name(self.references.embed(python))

    def target(self, target: Any) -> ast.expr:
        return dotted(self.references.reference(target, _NUMPY_NAMES.get(target)))

    # Operations

    def op(self, op: Op) -> ast.expr:
        node = self._op(op)
        mark(node, op)
        return node

    def variables_in(self, op: Op) -> set[Value]:
        """The values that the text of an operation mentions by name."""
        found: set[Value] = set()
        for value in [*op.operands, *(r.yields[0] for r in op.regions)]:
            inner = value.op
            if inner is not None and inner in self.nested:
                found |= self.variables_in(inner)
            elif not isinstance(value, Constant):
                found.add(value)
        return found

    def _op(self, op: Op) -> ast.expr:
        shorter = backward_form(self, op)
        if shorter is not None:
            return shorter
        positional, named = op.arguments()
        special = _SPECIAL.get(op.target) if is_hashable(op.target) else None
        if special is not None:
            node = special(self, op)
            if node is not None:
                return node
        if op.target in BINARY:
            a, b = map(self.value, positional)
            return ast.BinOp(a, BINARY[op.target](), b)
        if op.target in UNARY:
            return ast.UnaryOp(UNARY[op.target](), self.value(positional[0]))
        if op.target in COMPARE:
            a, b = map(self.value, positional)
            return ast.Compare(a, [COMPARE[op.target]()], [b])
        style = op.attrs.get("style")
        keywords = {k: self.value(v) for k, v in named.items()}
        if style and positional:
            owner = ast.Attribute(self.value(positional[0]), style, ast.Load())
            return call(owner, [self.value(v) for v in positional[1:]], **keywords)
        return call(self.target(op.target), [self.value(v) for v in positional], **keywords)

    def branch(self, op: Op) -> ast.expr:
        """A conditional or boolean expression."""
        condition = op.operands[0]
        then, otherwise = (r.yields[0] for r in op.regions)
        if op.attrs["style"] == "and" and otherwise is condition:
            return self._boolean(ast.And, condition, then)
        if op.attrs["style"] == "or" and then is condition:
            return self._boolean(ast.Or, condition, otherwise)
        return ast.IfExp(self.value(condition), self.value(then), self.value(otherwise))

    def comprehension(self, op: Op) -> ast.expr:
        """A loop that does nothing but record: `[x * w for x in xs]`."""
        (record,) = op.records
        target, iterable = loop_header(self, op)
        node = ast.ListComp(self.value(record), [ast.comprehension(target, iterable, [], 0)])
        mark(node, op)
        return node

    def _boolean(self, kind: type[ast.boolop], *values: Value) -> ast.expr:
        nodes: list[ast.expr] = []
        for value in values:
            node = self.value(value)
            if isinstance(node, ast.BoolOp) and isinstance(node.op, kind):
                nodes.extend(node.values)
            else:
                nodes.append(node)
        return ast.BoolOp(kind(), nodes)

    def place(self, base: str, path: ops.Path, arguments: list[Value]) -> ast.Subscript:
        """The left side of an assignment into the array `base`: `x.T[i]`, `x[...]`."""
        node: ast.expr = name(base)
        left = list(arguments)
        for target, n in path:
            taken, left = left[:n], left[n:]
            if target is operator.getitem:
                node = ast.Subscript(node, self.index(taken[0]), ast.Load())
            elif target is np.transpose and not taken:
                node = ast.Attribute(node, "T", ast.Load())
            else:
                node = call(self.target(target), [node, *map(self.value, taken)])
        if path and isinstance(node, ast.Subscript):
            return node
        return ast.Subscript(node, ast.Constant(Ellipsis), ast.Load())

    def index(self, value: Value) -> ast.expr:
        """The text between the brackets of a subscript."""
        if isinstance(value, Constant):
            return self._constant_index(value.value)
        op = value.op
        if op is not None and op in self.nested:
            if op.target is slice:
                parts = [None if _is_none(v) else self.value(v) for v in op.operands]
                return ast.Slice(*([None, *parts] if len(parts) == 1 else parts))
            if op.target is ops.make_tuple and op.operands:
                return ast.Tuple([self.index(v) for v in op.operands], ast.Load())
        return self.value(value)

    def _constant_index(self, python: Any) -> ast.expr:
        if isinstance(python, slice):
            parts = (python.start, python.stop, python.step)
            return ast.Slice(*(None if p is None else self.constant(p) for p in parts))
        if isinstance(python, tuple) and python:
            return ast.Tuple([self._constant_index(p) for p in python], ast.Load())
        return self.constant(python)


def _short(text: str) -> str:
    """`1e-5` for `1e-05`."""
    mantissa, found, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if found else text


# Operations with a text of their own


def _getitem(e: Expressions, op: Op) -> ast.expr:
    base, index = op.operands
    if isinstance(base.type, Struct) and base.type.kind not in (tuple, list, dict):
        if isinstance(index, Constant) and isinstance(index.value, str):
            return ast.Attribute(e.value(base), index.value, ast.Load())
    return ast.Subscript(e.value(base), e.index(index), ast.Load())


def _is_none(value: Value) -> bool:
    return isinstance(value, Constant) and value.value is None


def _attribute(attr: str, *kinds: type) -> Callable[[Expressions, Op], ast.expr | None]:
    def render(e: Expressions, op: Op) -> ast.expr | None:
        type_ = op.operands[0].type
        loose = isinstance(type_, Array) and type_.loose  # a number has no such attribute
        if len(op.operands) == 1 and isinstance(type_, kinds) and not loose:
            return ast.Attribute(e.value(op.operands[0]), attr, ast.Load())
        return None

    return render


def _astype(e: Expressions, op: Op) -> ast.expr:
    x, dtype = op.operands
    if isinstance(x.type, Scalar) and isinstance(dtype, Constant):
        return call(e.value(dtype), [e.value(x)])
    if isinstance(x.type, Array) and x.type.scalar and isinstance(dtype, Constant):
        target = dtype.value
        if target.kind in "fc" and (target.kind == "c" or x.type.dtype.kind != "c"):
            # After a branch it may be a Python number just as well, which has no methods.
            return call(e.value(dtype), [e.value(x)])
    if isinstance(x.type, Array):
        return call_method(e.value(x), "astype", e.value(dtype))
    return call(dotted("np.asarray"), [e.value(x)], dtype=e.value(dtype))


def _method(method: str) -> Callable[[Expressions, Op], ast.expr | None]:
    def render(e: Expressions, op: Op) -> ast.expr:
        owner, *args = map(e.value, op.operands)
        return call_method(owner, method, *args)

    return render


def _conj(e: Expressions, op: Op) -> ast.expr | None:
    """Of a Python number, which stays one."""
    if isinstance(op.operands[0].type, Scalar):
        return call_method(e.value(op.operands[0]), "conjugate")
    return None


def _copy(e: Expressions, op: Op) -> ast.expr | None:
    x = op.operands[0]
    if len(op.operands) == 1 and isinstance(x.type, Array) and not x.type.loose:
        return call_method(e.value(x), "copy")
    return None


def _tuple(e: Expressions, op: Op) -> ast.expr:
    return ast.Tuple([e.value(v) for v in op.operands], ast.Load())


def _list(e: Expressions, op: Op) -> ast.expr:
    return ast.List([e.value(v) for v in op.operands], ast.Load())


def _dict(e: Expressions, op: Op) -> ast.expr:
    keys, *values = op.operands
    assert isinstance(keys, Constant)
    return ast.Dict([e.constant(k) for k in keys.value], [e.value(v) for v in values])


def _record(e: Expressions, op: Op) -> ast.expr:
    cls, names, *values = op.operands
    assert isinstance(cls, Constant) and isinstance(names, Constant)
    fields = {k: e.value(v) for k, v in zip(names.value, values, strict=True)}
    if is_plain(cls.value, names.value):
        return call(e.target(cls.value), [], **fields)
    return call(e.target(new_record), [e.target(cls.value)], **fields)


def _zero(e: Expressions, op: Op) -> ast.expr:
    (like,) = op.operands
    if isinstance(like.type, Scalar):
        return ast.Constant(0j if like.type.kind == "complex" else 0.0)
    if isinstance(like.type, List):
        written = zeros_of_list(e, like)
        if written is not None:
            return written
    if isinstance(like.type, (Struct, List)):
        return call(e.target(containers.zeros_like), [e.value(like)])
    e.references.use_numpy()
    if isinstance(like.type, Unknown) or isinstance(like.type, Array) and may_be_integer(like):
        dtype = like.type.dtype if isinstance(like.type, Array) else np.dtype(np.float64)
        return call(dotted("np.zeros_like"), [e.value(like)], dtype=e.constant(dtype))
    return call(dotted("np.zeros_like"), [e.value(like)])


def _select(e: Expressions, op: Op) -> ast.expr:
    condition, a, b = map(e.value, op.operands)
    return ast.IfExp(condition, a, b)


def _literal(e: Expressions, op: Op) -> ast.expr:
    return e.value(op.operands[0])


def _fstring(e: Expressions, op: Op) -> ast.expr:
    parts: list[ast.expr] = []
    operands = iter(op.operands)
    for part in operands:
        assert isinstance(part, Constant)
        if isinstance(part.value, str):
            parts.append(ast.Constant(part.value))
            continue
        conversion, spec = part.value
        shown = ast.JoinedStr([ast.Constant(spec)]) if spec else None
        number = ord(conversion) if conversion else -1
        parts.append(ast.FormattedValue(e.value(next(operands)), number, shown))
    return ast.JoinedStr(parts)


def _contains(e: Expressions, op: Op) -> ast.expr:
    container, item = op.operands
    return ast.Compare(e.value(item), [ast.In()], [e.value(container)])


def _rows_to_array(e: Expressions, op: Op) -> ast.expr:
    rows, like = op.operands
    keywords = {}
    if isinstance(like.type, Array) and like.type.dtype != np.float64:
        keywords["dtype"] = e.constant(like.type.dtype)
    e.references.use_numpy()
    made = call(dotted("np.array"), [e.value(rows)], **keywords)
    shape = ast.Attribute(e.value(like), "shape", ast.Load())
    return call_method(made, "reshape", shape)


def _reverse_list(e: Expressions, op: Op) -> ast.expr:
    step = ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))
    return ast.Subscript(e.value(op.operands[0]), step, ast.Load())


def _drop_last(e: Expressions, op: Op) -> ast.expr:
    stop = ast.UnaryOp(ast.USub(), ast.Constant(1))
    return ast.Subscript(e.value(op.operands[0]), ast.Slice(None, stop, None), ast.Load())


def _append(e: Expressions, op: Op) -> ast.expr:
    items, value = op.operands
    return ast.List([ast.Starred(e.value(items), ast.Load()), e.value(value)], ast.Load())


def _binary(kind: type[ast.operator]) -> Callable[[Expressions, Op], ast.expr]:
    def render(e: Expressions, op: Op) -> ast.expr:
        a, b = map(e.value, op.operands)
        return ast.BinOp(a, kind(), b)

    return render


def _runtime(helper: Callable[..., Any]) -> Callable[[Expressions, Op], ast.expr]:
    def render(e: Expressions, op: Op) -> ast.expr:
        return call(e.target(helper), [e.value(v) for v in op.operands])

    return render


def _range(e: Expressions, op: Op) -> ast.expr:
    return call(dotted(e.references.builtin("range")), [e.value(v) for v in op.operands])


def _count(e: Expressions, op: Op) -> ast.expr:
    raise UnsupportedError("a counter outlived its loop", op.span)


def _stop_gradient(e: Expressions, op: Op) -> ast.expr:
    return e.value(op.operands[0])


def _snapshots(e: Expressions, op: Op) -> ast.expr:
    """`Snapshots(n, 8)`, or `Snapshots(n, memory=1000)`."""
    steps, *budget = map(e.value, op.operands)
    if len(budget) > 1:
        return call(e.target(Snapshots), [steps], memory=budget[1])
    return call(e.target(Snapshots), [steps, *budget])


def _again(e: Expressions, op: Op) -> ast.expr:
    """`states.again(step, w)`: the step is a function of the module."""
    tape, *captured = map(e.value, op.operands)
    step = name(op.attrs["function"].name)
    return call(ast.Attribute(tape, "again", ast.Load()), [step, *captured])


def _function_of(e: Expressions, op: Op) -> ast.expr:
    """`partial(residual, a, b)`: a function of the module, with the values that it captures."""
    captured = [e.value(v) for v in op.operands[1:]]
    function = name(op.attrs["function"].name)
    return call(e.target(functools.partial), [function, *captured]) if captured else function


def _foreign_call(e: Expressions, op: Op) -> ast.expr:
    (function, *args), named = op.arguments()
    keywords = {k: e.value(v) for k, v in named.items()}
    return call(e.value(function), [e.value(v) for v in args], **keywords)


def _foreign_method(e: Expressions, op: Op) -> ast.expr:
    (owner, method, *args), named = op.arguments()
    assert isinstance(method, Constant)
    function = ast.Attribute(e.value(owner), method.value, ast.Load())
    return call(function, [e.value(v) for v in args], **{k: e.value(v) for k, v in named.items()})


def _foreign_attribute(e: Expressions, op: Op) -> ast.expr:
    owner, attr = op.operands
    assert isinstance(attr, Constant)
    return ast.Attribute(e.value(owner), attr.value, ast.Load())


def _foreign_item(e: Expressions, op: Op) -> ast.expr:
    owner, key = op.operands
    return ast.Subscript(e.value(owner), e.index(key), ast.Load())


def foreign_write(e: Expressions, op: Op) -> ast.stmt:
    """`owner.a[k] = value`, `del owner.a[k]` or `owner.a.append(value)`, of an outside object."""
    what, owner, *operands = op.operands
    assert isinstance(what, Constant)
    steps, action = what.value
    given, node = list(operands), e.value(owner)
    for kind, attr in steps:
        node = _part(e, node, kind, attr, given)
    if action[0] == "call":
        return ast.Expr(call_method(node, action[1], *(e.value(v) for v in given)))
    target = _part(e, node, action[1], action[2], given)
    if action[0] == "delete":
        return ast.Delete([target])
    return ast.Assign([target], e.value(given.pop()))


def _part(e: Expressions, node: ast.expr, kind: str, attr: Any, given: list[Value]) -> ast.expr:
    if kind == "attribute":
        return ast.Attribute(node, attr, ast.Load())
    return ast.Subscript(node, e.index(given.pop(0)), ast.Load())


def _foreign_operation(e: Expressions, op: Op) -> ast.expr:
    operation, *operands = op.operands
    assert isinstance(operation, Constant)
    target, values = operation.value, [e.value(v) for v in operands]
    if target is operator.contains:
        return ast.Compare(values[1], [ast.In()], [values[0]])
    if target in COMPARE:
        node = ast.Compare(values[0], [COMPARE[target]()], [values[1]])
        node.is_own = True  # type: ignore[attr-defined]
        return node
    if target in UNARY:
        return ast.UnaryOp(UNARY[target](), values[0])
    return ast.BinOp(values[0], BINARY[target](), values[1])


def _foreign_number(e: Expressions, op: Op) -> ast.expr:
    helper = run_time.column if op.attrs.get("columns") else run_time.number
    return call(e.target(helper), [e.value(op.operands[0])])


_SPECIAL: dict[Any, Callable[[Expressions, Op], ast.expr | None]] = {
    ops.function_of: _function_of,
    ops.field: _foreign_attribute,
    ops.entry: _foreign_item,
    foreign.call: _foreign_call,
    foreign.method: _foreign_method,
    foreign.attribute: _foreign_attribute,
    foreign.item: _foreign_item,
    foreign.operate: _foreign_operation,
    foreign.number: _foreign_number,
    foreign.unit: _runtime(run_time.unit),
    operator.getitem: _getitem,
    np.transpose: _attribute("T", Array),
    np.shape: _attribute("shape", Array),
    np.size: _attribute("size", Array),
    np.result_type: _attribute("dtype", Array),
    np.real: _attribute("real", Array, Scalar),
    np.imag: _attribute("imag", Array, Scalar),
    np.astype: _astype,
    np.conj: _conj,
    np.ndarray.item: _method("item"),
    np.ndarray.tolist: _method("tolist"),
    np.copy: _copy,
    ops.make_tuple: _tuple,
    ops.make_list: _list,
    ops.make_dict: _dict,
    ops.make_record: _record,
    ops.zero: _zero,
    ops.select: _select,
    ops.literal: _literal,
    ops.fstring: _fstring,
    operator.contains: _contains,
    ops.rows_to_array: _rows_to_array,
    ops.reverse_list: _reverse_list,
    ops.append: _append,
    ops.join_lists: _binary(ast.Add),
    ops.repeat_list: _binary(ast.Mult),
    ops.drop_last: _drop_last,
    ops.index_add: _runtime(arrays.index_add),
    ops.pad_zeros: _runtime(containers.pad_zeros),
    ops.last_writes: _runtime(arrays.last_writes),
    ops.add_containers: _runtime(containers.add),
    ops.index_of_max: _runtime(containers.index_of_max),
    ops.index_of_min: _runtime(containers.index_of_min),
    copy_container: _runtime(containers.copy),
    range: _range,
    itertools.count: _count,
    ops.stop_gradient: _stop_gradient,
    ops.alias: _stop_gradient,
    ops.hand_over: _literal,
    ops.custom: _literal,
    Snapshots: _snapshots,
    Snapshots.append: _method("append"),
    Snapshots.again: _again,
}
