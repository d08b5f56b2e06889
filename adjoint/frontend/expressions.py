"""Expressions: every node gives an abstract object."""

from __future__ import annotations

import builtins
import collections
import enum
import functools
import operator
import types
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adjoint.errors import CertainError, UnsupportedError
from adjoint.frontend import instances, strings, tables
from adjoint.frontend import objects as o
from adjoint.frontend.cells import cells_with
from adjoint.frontend.lowering import FALSE, TRUE, Frame, Path, Unreachable
from adjoint.frontend.makers import MAKERS, subscript_of_maker
from adjoint.frontend.missing import compare_with_none, require
from adjoint.frontend.mutation import element_of, result_of
from adjoint.frontend.shapes import constant_of, hold, key_object, read
from adjoint.frontend.whole_numbers import static_key
from adjoint.frontend.widening import as_made
from adjoint.ir import ops
from adjoint.ir.core import Constant, Value
from adjoint.ir.effects import VIEWS
from adjoint.ir.indexing import is_slice, items_of
from adjoint.ir.types import (
    Array,
    List,
    Opaque,
    Range,
    Struct,
    Unknown,
    is_immutable_number,
    is_label,
    is_numeric,
    is_rank0,
    is_sparse,
)

BINARY: dict[type, Callable[..., Any]] = {
    gast.Add: operator.add, gast.Sub: operator.sub, gast.Mult: operator.mul,
    gast.Div: operator.truediv, gast.FloorDiv: operator.floordiv, gast.Mod: operator.mod,
    gast.Pow: operator.pow, gast.MatMult: operator.matmul, gast.BitAnd: operator.and_,
    gast.BitOr: operator.or_, gast.BitXor: operator.xor, gast.LShift: operator.lshift,
    gast.RShift: operator.rshift,
}  # fmt: skip
UNARY: dict[type, Callable[..., Any]] = {
    gast.USub: operator.neg, gast.UAdd: operator.pos, gast.Invert: operator.invert,
}  # fmt: skip
COMPARE: dict[type, Callable[..., Any]] = {
    gast.Lt: operator.lt, gast.LtE: operator.le, gast.Gt: operator.gt, gast.GtE: operator.ge,
    gast.Eq: operator.eq, gast.NotEq: operator.ne, gast.Is: operator.is_,
    gast.IsNot: operator.is_not,
}  # fmt: skip


def expression(frame: Frame, node: Any) -> o.Obj:
    """The object that an expression evaluates to."""
    handler = EXPRESSIONS.get(type(node))
    if handler is None:
        raise UnsupportedError(
            f"the expression '{type(node).__name__.lower()}' is not supported yet",
            frame.span(node),
        )
    if not hasattr(node, "lineno"):
        return handler(frame, node)
    with frame.lowering.builder.at(frame.span(node)):
        try:
            return handler(frame, node)
        except UnsupportedError as error:
            raise error.located(frame.span(node)) from None


# Names


def lower_name(frame: Frame, node: gast.Name) -> o.Obj:
    obj = lookup(frame, node.id)
    if isinstance(obj, o.Ambiguous):
        raise UnsupportedError(obj.reason, frame.span(node) if hasattr(node, "lineno") else None)
    once(frame, obj, node)
    if isinstance(obj, o.Unassigned):
        frame.lowering.unassigned_read = (node.id, frame.span(node))
        raise Unreachable(node.id)
    if isinstance(obj, o.Ref) and obj.missing == "unassigned":
        require(frame.lowering, obj, node.id)
        return lookup(frame, node.id)
    return obj


def once(frame: Frame, obj: o.Obj, node: Any) -> o.Obj:
    """What a name or container holds: of an iterator, it is given out one time only."""
    if not isinstance(obj, o.Iterator):
        return obj
    obj.reads += 1
    if obj.reads > 1 or obj.serial < frame.lowering.trip:
        shown = f"'{node.id}'" if isinstance(node, gast.Name) else "this"
        raise UnsupportedError(
            f"{shown} is an iterator, which is exhausted when it is used a second time",
            frame.span(node),
            "make a list of it",
        )
    return obj


def lookup(frame: Frame, name: str) -> o.Obj:
    """Python's scopes: local, enclosing, global, builtin."""
    scope: Frame | None = frame
    while scope is not None:
        cells = cells_with(scope, name)
        if cells is not None or name in scope.names:
            obj = scope.names[name] if cells is None else cells.items[name]
            if scope.lowering is not frame.lowering:
                return frame.lowering.imported_object(obj, name)
            return obj
        if name in scope.local_names:
            return o.Unassigned(name)
        if scope.parent is None:
            return global_name(frame, scope.function, name)
        scope = scope.parent
    raise UnsupportedError(f"name '{name}' is not defined")


def global_name(frame: Frame, function: Any, name: str) -> o.Obj:
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    if name in cells:
        cell = cells[name]
        try:
            _ = cell.cell_contents
        except ValueError:
            raise UnsupportedError(f"name '{name}' is not assigned yet in its scope") from None
        return frame.lowering.capture(Path("cell", cell, name, id(cell)), name)
    names = function.__globals__
    if name in names:
        if isinstance(names[name], types.ModuleType):
            return o.Known(names[name])
        module = names.get("__name__", "")
        return frame.lowering.capture(Path("global", names, name, id(names), module), name)
    if hasattr(builtins, name):
        return o.Known(getattr(builtins, name))
    raise UnsupportedError(f"name '{name}' is not defined")


# Operators


def binary(frame: Frame, node_op: Any, a: o.Obj, b: o.Obj) -> o.Obj:
    target = BINARY[type(node_op)]
    if instances.is_instance(a) or instances.is_instance(b):
        result = instances.binary(frame, node_op, a, b)
        if result is not None:
            return result
    joined = _sequence_operator(frame, target, a, b)
    if joined is not None:
        return joined
    if tables.is_set(a):
        return tables.set_operator(target, a, b)
    if isinstance(a, o.Mapping) and isinstance(b, o.Mapping) and target is operator.or_:
        if collections.Counter in (a.kind, b.kind) or set in (a.kind, b.kind):
            raise UnsupportedError("the union of a Counter or set with another dictionary")
        return o.Mapping({**a.items, **b.items}, kind=a.kind, factory=a.factory)
    if any(isinstance(x, o.Known) and is_sparse(x.value) for x in (a, b)):
        return sparse_operator(frame, target, a, b)
    folded = fold(target, a, b)
    if folded is None and strings.is_string(frame, a):
        folded = strings.binary(frame, target, a, b)
    if folded is not None:
        return folded
    builder = frame.lowering.builder
    return o.Ref(builder.apply(target, numeric(frame, a), numeric(frame, b)))


def sparse_operator(frame: Frame, target: Callable[..., Any], a: o.Obj, b: o.Obj) -> o.Obj:
    """The product of a matrix of scipy.sparse, which is constant, with an array."""
    lowering = frame.lowering
    if target is not operator.matmul or not (isinstance(a, o.Ref) or isinstance(b, o.Ref)):
        raise UnsupportedError(
            "of a sparse matrix only its product with an array is differentiated",
            instead="write A @ x, or make the matrix outside of the function",
        )
    return o.Ref(lowering.builder.apply(target, lowering.value(a), lowering.value(b)))


def fold(target: Callable[..., Any], *operands: o.Obj) -> o.Obj | None:
    """The result on integers, strings and the like, which decide the program's structure."""
    values = [constant_of(x) for x in operands]
    if not all(known for known, _ in values):
        return None
    python = [v for _, v in values]
    if any(isinstance(v, (float, complex, np.ndarray, np.generic, type)) for v in python):
        return None
    try:
        result = target(*python)
    except Exception:
        return None
    if isinstance(result, float):
        return None
    return wrap_constant(result)


def wrap_constant(python: Any) -> o.Obj:
    if type(python) in (bool, int, float, complex) or is_numpy_number(python):
        return o.Ref(Constant(python))
    if type(python) in (tuple, list):
        return o.Seq(type(python), [wrap_constant(p) for p in python], shared=o.FOREIGN)
    if type(python) is dict:
        return o.Mapping({k: wrap_constant(v) for k, v in python.items()}, shared=o.FOREIGN)
    return o.Known(python)


def is_numpy_number(python: Any) -> bool:
    return isinstance(python, np.generic) and python.dtype.kind in "biufc"


def numeric(frame: Frame, obj: o.Obj) -> Value:
    value = frame.lowering.value(obj)
    if isinstance(value, Constant) and isinstance(value.value, enum.Enum):
        if isinstance(value.value, (int, float)):  # a member of an IntEnum is a number
            value = Constant(value.value.value)
    if not is_numeric(value.type) and not isinstance(value.type, Struct):
        shown = value.value if isinstance(value, Constant) else value.type
        raise UnsupportedError(f"arithmetic on {shown!r} is not supported")
    return value


def _sequence_operator(frame: Frame, target: Any, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """`xs + ys` and `xs * n` of lists and tuples; None where it is arithmetic."""
    if target is operator.add and all(map(functools.partial(_is_sequence, frame), (a, b))):
        return joined_lists(frame, a, b)
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
            "this sequence is repeated as often as only the run knows",
            instead="use a comprehension",
        )
    if isinstance(a, o.Seq) and isinstance(b, o.Seq):
        raise UnsupportedError("these sequences have no such operator")
    return None


def _plain_kind(sequence: o.Seq) -> type:
    return tuple if issubclass(sequence.kind, tuple) else sequence.kind


def _is_sequence(frame: Frame, obj: o.Obj) -> bool:
    if isinstance(obj, o.Ref):
        return isinstance(frame.lowering.current(obj).type, List)
    return isinstance(obj, o.Seq)


def joined_lists(frame: Frame, a: o.Obj, b: o.Obj) -> o.Obj:
    """The list or tuple `a + b`."""
    if isinstance(a, o.Seq) and isinstance(b, o.Seq):
        if _plain_kind(a) is not _plain_kind(b):
            raise UnsupportedError("a list and a tuple are added")
        return o.Seq(_plain_kind(a), [*a.items, *b.items])
    if isinstance(a, o.Ref) and isinstance(b, o.Seq):
        for item in b.items:
            hold(item, "a list holds it")
        return extended(frame, a, b.items)
    for each in (a, b):
        if isinstance(each, o.Seq):
            hold(each, "a list holds it")
        elif isinstance(each, o.Ref):
            element = frame.lowering.current(each).type.element  # type: ignore[attr-defined]
            if not is_immutable_number(element):
                hold(each, "another list holds its items")
    values = [frame.lowering.value(each) for each in (a, b)]
    if isinstance(a, o.Seq) and not a.items:
        return o.Ref(frame.lowering.builder.apply(list, values[1]))
    result = o.Ref(frame.lowering.builder.apply(ops.join_lists, *values))
    if not is_immutable_number(result.value.type.element):  # type: ignore[attr-defined]
        result.shared = "other lists hold its items"
    return result


def extended(frame: Frame, base: o.Obj, items: list[o.Obj]) -> o.Obj:
    """The list `base + items`."""
    if isinstance(base, o.Seq):
        return o.Seq(list, [*base.items, *items])
    value = frame.lowering.value(base)
    for item in items:
        value = frame.lowering.builder.apply(ops.append, value, frame.lowering.value(item))
    return o.Ref(value)


def lower_binary(frame: Frame, node: gast.BinOp) -> o.Obj:
    left = expression(frame, node.left)
    return binary(frame, node.op, left, expression(frame, node.right))


def lower_unary(frame: Frame, node: gast.UnaryOp) -> o.Obj:
    operand = expression(frame, node.operand)
    if isinstance(node.op, gast.Not):
        return negate(frame, operand)
    target = UNARY[type(node.op)]
    if instances.is_instance(operand):
        return instances.unary(frame, node.op, operand)
    known, python = constant_of(operand)
    if known and type(python) in (int, float, complex):
        return o.Ref(Constant(target(python)))
    return o.Ref(frame.lowering.builder.apply(target, numeric(frame, operand)))


def negate(frame: Frame, operand: o.Obj) -> o.Obj:
    condition = truth(frame, operand)
    if not isinstance(condition, Value):
        return o.Ref(Constant(not condition))
    if isinstance(condition, Constant):
        return o.Ref(Constant(not condition.value))
    return o.Ref(frame.lowering.builder.apply(operator.not_, condition))


def truth(frame: Frame, obj: o.Obj) -> Value | bool:
    """What `if obj:` tests: a value, or a Python bool where it is decided at compile time."""
    match obj:
        case o.Ref(missing="None"):
            raise UnsupportedError(
                "this tests a value that may be None", instead="write `... is not None`"
            )
        case o.Ref():
            value = frame.lowering.current(obj)
            if isinstance(value, Constant):
                return bool(value.value)
            if isinstance(value.type, List):
                return frame.lowering.builder.apply(len, value) > 0
            return value
        case o.Known(value):
            return bool(value)
        case o.Seq(_, items):
            return bool(items)
        case o.Mapping(items) | o.DictView(o.Mapping(items)):
            return bool(items)
        case o.Closure() | o.Partial() | o.Method():
            return True
        case o.Instance():
            for name in ("__bool__", "__len__"):
                if instances.has(obj, name):
                    return truth(frame, instances.call_method(frame, obj, name, []))
            return True
    return frame.lowering.value(obj)


def lower_bool(frame: Frame, node: gast.BoolOp) -> o.Obj:
    """`a and b` short-circuits: b is evaluated in an arm of its own."""
    is_and = isinstance(node.op, gast.And)

    def rest(values: list[Any]) -> o.Obj:
        first = expression(frame, values[0])
        if len(values) == 1:
            return first
        condition = truth(frame, first)
        if not isinstance(condition, Value):
            return rest(values[1:]) if condition == is_and else first
        return frame.lowering.choose(
            frame,
            condition,
            (lambda: rest(values[1:])) if is_and else (lambda: first),
            (lambda: first) if is_and else (lambda: rest(values[1:])),
            style="and" if is_and else "or",
        )

    return rest(node.values)


def lower_compare(frame: Frame, node: gast.Compare) -> o.Obj:
    """`a < b < c` evaluates b once, and c only when a < b."""
    operands = [node.left, *node.comparators]

    def chain(k: int, left: o.Obj) -> o.Obj:
        right = expression(frame, operands[k + 1])
        result = compare(frame, node.ops[k], left, right)
        if k + 1 == len(node.ops):
            return result
        condition = truth(frame, result)
        if not isinstance(condition, Value):
            return chain(k + 1, right) if condition else result
        return frame.lowering.choose(
            frame, condition, lambda: chain(k + 1, right), lambda: result, style="and"
        )

    return chain(0, expression(frame, node.left))


def compare(frame: Frame, node_op: Any, a: o.Obj, b: o.Obj) -> o.Obj:
    if isinstance(node_op, (gast.In, gast.NotIn)):
        return membership(frame, a, b, isinstance(node_op, gast.In))
    target = COMPARE[type(node_op)]
    if isinstance(node_op, (gast.Is, gast.IsNot)):
        ka, va = constant_of(a)
        kb, vb = constant_of(b)
        if ka and kb:
            return o.Ref(Constant(bool(target(va, vb))))
        if (ka or kb) and (va if ka else vb) in (None, True, False):
            other = b if ka else a
            if (va if ka else vb) is None and isinstance(other, o.Ref) and other.missing:
                return compare_with_none(frame, other, target)
            if (va if ka else vb) is None or not isinstance(other, o.Ref):
                return o.Ref(Constant(isinstance(node_op, gast.IsNot)))
        return o.Ref(frame.lowering.builder.apply(target, *map(frame.lowering.value, (a, b))))
    if isinstance(a, o.Instance) or isinstance(b, o.Instance):
        return instances.compare(frame, node_op, a, b)
    folded = fold(target, a, b) or tables.compare(target, a, b)
    if folded is not None:
        return folded
    (known, python), (also, other) = constant_of(a), constant_of(b)
    if known and also and (isinstance(python, np.dtype) or isinstance(other, np.dtype)):
        return o.Ref(Constant(bool(target(python, other))))
    if isinstance(node_op, (gast.Eq, gast.NotEq)):
        decided = _equal_items(frame, a, b)
        if decided is not None:
            return decided if isinstance(node_op, gast.Eq) else negate(frame, decided)
        labels = [_label(frame, obj) for obj in (a, b)]
        if None not in labels:
            return o.Ref(frame.lowering.builder.apply(target, *labels))
    left, right = frame.lowering.value(a), frame.lowering.value(b)
    if not (is_numeric(left.type) and is_numeric(right.type)):
        if isinstance(node_op, (gast.Eq, gast.NotEq)):
            raise UnsupportedError("these objects cannot be compared at compile time")
        raise UnsupportedError(f"{left.type} and {right.type} cannot be ordered")
    return o.Ref(frame.lowering.builder.apply(target, left, right))


def _label(frame: Frame, obj: o.Obj) -> Value | None:
    """A string or member of an enumeration, which may be None as well: it equals no other one."""
    value: Value | None = None
    if isinstance(obj, o.Known):
        value = Constant(obj.value)
    elif isinstance(obj, o.Ref):
        value = read(obj, frame.lowering.state)
    return value if value is not None and is_label(value.type) else None


def _equal_items(frame: Frame, a: o.Obj, b: o.Obj) -> o.Obj | None:
    """Whether two lists or tuples of numbers are equal, as shapes are; None for anything else."""
    if not (isinstance(a, o.Seq) and isinstance(b, o.Seq)) or a.kind is not b.kind:
        return None
    if len(a.items) != len(b.items):
        return o.Ref(FALSE)
    values = [[frame.lowering.value(item) for item in each.items] for each in (a, b)]
    if not all(is_rank0(v.type) for each in values for v in each):
        return None
    apply = frame.lowering.builder.apply
    equal: Value = TRUE
    for x, y in zip(*values, strict=True):
        same = apply(operator.eq, x, y)
        equal = same if equal is TRUE else apply(operator.and_, equal, same)
    return o.Ref(equal)


def membership(frame: Frame, a: o.Obj, b: o.Obj, positive: bool) -> o.Obj:
    known, python = constant_of(a)
    if isinstance(b, o.Instance):
        found = instances.call_method(frame, b, "__contains__", [a])
        return found if positive else negate(frame, found)
    if isinstance(b, o.DictView) and b.name == "keys":
        b = b.owner
    if isinstance(b, o.Mapping) and known:
        return o.Ref(Constant((python in b.items) == positive))
    if isinstance(b, o.Mapping) and b.kind is set:
        b = o.Seq(tuple, [key_object(key) for key in b.items])
    both = fold(lambda x, y: (x in y) == positive, a, b)
    if both is not None:
        return both
    result = frame.lowering.builder.apply(
        operator.contains, frame.lowering.value(b), frame.lowering.value(a)
    )
    return o.Ref(result) if positive else negate(frame, o.Ref(result))


def lower_conditional(frame: Frame, node: gast.IfExp) -> o.Obj:
    condition = truth(frame, expression(frame, node.test))
    if not isinstance(condition, Value):
        return expression(frame, node.body if condition else node.orelse)
    return frame.lowering.choose(
        frame,
        condition,
        lambda: expression(frame, node.body),
        lambda: expression(frame, node.orelse),
        style="conditional",
    )


# Containers, subscripts, attributes


def lower_constant(frame: Frame, node: gast.Constant) -> o.Obj:
    return wrap_constant(node.value)


def elements(frame: Frame, nodes: list[Any]) -> list[o.Obj]:
    from adjoint.frontend.iteration import static_items

    result: list[o.Obj] = []
    for node in nodes:
        if isinstance(node, gast.Starred):
            items = static_items(frame, expression(frame, node.value))
            if items is None:
                raise UnsupportedError(
                    "a sequence whose length only the run knows is spliced with *",
                    frame.span(node),
                )
            result.extend(items)
        else:
            result.append(expression(frame, node))
    return result


def lower_tuple(frame: Frame, node: gast.Tuple) -> o.Obj:
    return o.Seq(tuple, elements(frame, node.elts))


def lower_list(frame: Frame, node: gast.List) -> o.Obj:
    """A list; what only the run knows the length of is spliced in by joining lists."""
    from adjoint.frontend.iteration import static_items

    parts: list[o.Obj] = [o.Seq(list, [])]
    for item in node.elts:
        starred = isinstance(item, gast.Starred)
        obj = expression(frame, item.value if starred else item)
        items = static_items(frame, obj) if starred else [obj]
        last = parts[-1]
        if items is None:
            parts += [obj, o.Seq(list, [])]
        else:
            assert isinstance(last, o.Seq)
            last.items.extend(items)
    parts = [p for p in parts if not (isinstance(p, o.Seq) and not p.items)]
    if not parts:
        return o.Seq(list, [])
    if len(parts) == 1 and not isinstance(parts[0], o.Seq):
        parts.insert(0, o.Seq(list, []))
    for part in parts:
        if not _is_sequence(frame, part):
            raise UnsupportedError("what is spliced with * is no list", frame.span(node))
    return functools.reduce(lambda a, b: joined_lists(frame, a, b), parts)


def lower_dict(frame: Frame, node: gast.Dict) -> o.Obj:
    items: dict[Any, o.Obj] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            other = expression(frame, value)
            if not isinstance(other, o.Mapping):
                raise UnsupportedError("only dictionaries with known keys can be merged with **")
            items.update(other.items)
            continue
        with frame.lowering.builder.at(frame.span(key)):
            python = static_key(frame, expression(frame, key))
        items[python] = expression(frame, value)
    return o.Mapping(items)


def lower_slice(frame: Frame, node: gast.Slice) -> o.Obj:
    parts = [
        o.Known(None) if part is None else expression(frame, part)
        for part in (node.lower, node.upper, node.step)
    ]
    constants = [constant_of(p) for p in parts]
    if all(known for known, _ in constants):
        return o.Known(slice(*(v for _, v in constants)))
    return o.Ref(frame.lowering.builder.apply(slice, *map(frame.lowering.value, parts)))


def index_object(frame: Frame, obj: o.Obj) -> Value:
    """An index as a value; lists of numbers stay lists."""
    known, python = constant_of(obj)
    if known:
        return Constant(python)
    if isinstance(obj, o.Seq) and obj.kind is tuple:
        parts = [index_object(frame, item) for item in obj.items]
        return frame.lowering.builder.apply(ops.make_tuple, *parts)
    return frame.lowering.value(obj)


def lower_subscript(frame: Frame, node: gast.Subscript) -> o.Obj:
    base, index = expression(frame, node.value), expression(frame, node.slice)
    return once(frame, subscript(frame, base, index), node)


def subscript(frame: Frame, base: o.Obj, index: o.Obj) -> o.Obj:
    known, python = constant_of(index)
    lowering = frame.lowering
    if isinstance(base, o.Instance):
        return instances.call_method(frame, base, "__getitem__", [index])
    match base:
        case o.Seq(kind, items):
            if known and isinstance(python, slice):
                if kind is collections.deque:
                    raise UnsupportedError("a deque has no slices", instead="use a list")
                return o.Seq(kind, items[python])
            if known and isinstance(python, (int, np.integer)):
                if not -len(items) <= python < len(items):
                    raise CertainError(IndexError, f"index {python} is out of range")
                return items[python]
            value = lowering.builder.apply(
                operator.getitem, lowering.value(base), lowering.value(index)
            )
            result = lowering.wrap(value)
            hold(base, "it may be one of the items of a list")
            hold(result, "it may be one of the items of a list")
            return result
        case o.Mapping(items):
            python = static_key(frame, index, "a dictionary is indexed by a key")
            if python in items and base.kind is not set:
                return items[python]
            made = tables.missing(frame, base, python)
            if made is not None:
                return made
            raise CertainError(KeyError, f"the dictionary has no key {python!r}", python)
        case o.Known(value) if isinstance(value, MAKERS):
            return subscript_of_maker(frame, value, index)
        case o.Known(value):
            if known:
                return wrap_constant(value[python])
            raise UnsupportedError("this object cannot be indexed by a run-time value")
        case o.Ref():
            value = lowering.current(base)
            item = lowering.builder.apply(operator.getitem, value, index_object(frame, index))
            return element_of(frame, base, item)
    raise UnsupportedError("this object cannot be indexed")


ARRAY_ATTRIBUTES = {"T": np.transpose, "mT": np.matrix_transpose, "shape": np.shape,
                    "size": np.size, "real": np.real, "imag": np.imag}  # fmt: skip
#: Attributes that tell how an array lies in memory.
MEMORY_ATTRIBUTES = frozenset({"strides", "data", "base", "flags", "ctypes", "device"})


def lower_attribute(frame: Frame, node: gast.Attribute) -> o.Obj:
    return once(frame, attribute(frame, expression(frame, node.value), node.attr), node)


def attribute(frame: Frame, owner: o.Obj, name: str) -> o.Obj:
    lowering = frame.lowering
    if isinstance(owner, o.Instance):
        return instances.attribute(frame, owner, name)
    if isinstance(owner, o.Seq) and name in getattr(owner.kind, "_fields", ()):
        return owner.items[owner.kind._fields.index(name)]  # type: ignore[attr-defined]
    if instances.is_instance(owner) and instances.find(owner.cls, name) is not None:
        return instances.class_attribute(frame, owner, name)
    if isinstance(owner, o.Known):
        python = owner.value
        if not hasattr(python, name):
            raise CertainError(AttributeError, f"{python!r} has no attribute '{name}'")
        if isinstance(python, types.ModuleType) and not _is_user_module(python):
            return wrap_constant(getattr(python, name))
        if is_sparse(python) and name in ("T", "shape", "ndim"):
            return wrap_constant(getattr(python, name))
        if isinstance(python, np.dtype) and not callable(getattr(python, name)):
            return wrap_constant(getattr(python, name))
        if isinstance(python, (str, type(None), types.FunctionType, np.dtype)):
            return o.Method(owner, name)
        if isinstance(getattr(python, name), types.ModuleType):
            return o.Known(getattr(python, name))
        if isinstance(python, (types.ModuleType, type)) or not callable(getattr(python, name)):
            origin = python.__name__ if isinstance(python, types.ModuleType) else ""
            return lowering.capture(Path("attribute", python, name, id(python), origin), name)
        return o.Known(getattr(python, name))
    if isinstance(owner, o.Ref):
        value = lowering.current(owner)
        if name in ARRAY_ATTRIBUTES and is_numeric(value.type):
            result = lowering.builder.apply(ARRAY_ATTRIBUTES[name], value)
            if name == "shape" and isinstance(result.type, Struct):
                return lowering.wrap(result)
            return result_of(frame, ARRAY_ATTRIBUTES[name], owner, result)
        if name == "ndim" and not isinstance(value.type, Unknown):
            return o.Ref(Constant(value.ndim))
        if name == "dtype" and isinstance(value.type, Array):
            return o.Known(value.type.dtype)
        if name == "itemsize" and isinstance(value.type, Array):
            return o.Ref(Constant(value.type.dtype.itemsize))
        if name == "nbytes" and isinstance(value.type, Array):
            size = o.Ref(lowering.builder.apply(np.size, value))
            return binary(frame, gast.Mult(), size, o.Ref(Constant(value.type.dtype.itemsize)))
        if name == "flat" and isinstance(value.type, Array):
            flat = lowering.wrap(lowering.builder.apply(np.ravel, value))
            hold(flat, "it was made with .flat")
            return flat
        if name in MEMORY_ATTRIBUTES and is_numeric(value.type):
            raise UnsupportedError(
                f"'{name}' depends on how the array lies in memory, which is not known here"
            )
    return o.Method(owner, name)


def _is_user_module(module: types.ModuleType) -> bool:
    """Modules whose numbers may be rebound; those of libraries are part of the program."""
    import sys

    name = module.__name__.partition(".")[0]
    return name not in sys.stdlib_module_names and name not in ("numpy", "scipy", "adjoint")


def lower_lambda(frame: Frame, node: gast.Lambda) -> o.Obj:
    from adjoint.frontend.statements import make_closure

    return make_closure(frame, node)


def lower_walrus(frame: Frame, node: gast.NamedExpr) -> o.Obj:
    from adjoint.frontend.statements import bind

    obj = expression(frame, node.value)
    owner = frame
    while owner.comprehension and owner.parent is not None:
        owner = owner.parent
    bind(owner, node.target.id, obj)
    return lookup(owner, node.target.id)


def lower_fstring(frame: Frame, node: gast.JoinedStr) -> o.Obj:
    parts: list[Value] = []
    for part in node.values:
        if isinstance(part, gast.Constant):
            parts.append(Constant(part.value))
            continue
        spec = ""
        if part.format_spec is not None:
            pieces = part.format_spec.values
            if not all(isinstance(p, gast.Constant) for p in pieces):
                raise UnsupportedError("a computed format specification is not supported")
            spec = "".join(p.value for p in pieces)
        conversion = chr(part.conversion) if part.conversion > 0 else ""
        parts.append(Constant((conversion, spec)))
        parts.append(frame.lowering.value(expression(frame, part.value)))
        last = parts[-1]
        if isinstance(last, Constant) and isinstance(last.value, (str, int)):
            del parts[-1]
            shown = f"{{!{conversion}}}".format(last.value) if conversion else last.value
            parts[-1] = Constant(format(shown, spec))
    if all(isinstance(p, Constant) and isinstance(p.value, str) for p in parts):
        return o.Known("".join(p.value for p in parts))  # type: ignore[attr-defined]
    return o.Ref(frame.lowering.builder.apply(ops.fstring, *parts))


def _comprehension(frame: Frame, node: Any) -> o.Obj:
    from adjoint.frontend.comprehensions import (
        lower_dict_comprehension,
        lower_list_comprehension,
        lower_set_comprehension,
    )

    if isinstance(node, gast.DictComp):
        return lower_dict_comprehension(frame, node)
    if isinstance(node, gast.SetComp):
        return lower_set_comprehension(frame, node)
    return lower_list_comprehension(frame, node)


def _generator(frame: Frame, node: gast.GeneratorExp) -> o.Obj:
    return o.Generator(node, frame, expression(frame, node.generators[0].iter))


def _call(frame: Frame, node: gast.Call) -> o.Obj:
    from adjoint.frontend.calls import lower_call

    return lower_call(frame, node)


EXPRESSIONS: dict[type, Callable[[Frame, Any], o.Obj]] = {
    gast.Name: lower_name,
    gast.Constant: lower_constant,
    gast.BinOp: lower_binary,
    gast.UnaryOp: lower_unary,
    gast.BoolOp: lower_bool,
    gast.Compare: lower_compare,
    gast.IfExp: lower_conditional,
    gast.Tuple: lower_tuple,
    gast.List: lower_list,
    gast.Dict: lower_dict,
    gast.Slice: lower_slice,
    gast.Subscript: lower_subscript,
    gast.Attribute: lower_attribute,
    gast.Lambda: lower_lambda,
    gast.NamedExpr: lower_walrus,
    gast.JoinedStr: lower_fstring,
    gast.Set: tables.lower_set,
    gast.ListComp: _comprehension,
    gast.SetComp: _comprehension,
    gast.DictComp: _comprehension,
    gast.GeneratorExp: _generator,
    gast.Call: _call,
}

__all__ = ["FALSE", "TRUE", "VIEWS", "Opaque", "Range", "is_slice", "items_of"]
