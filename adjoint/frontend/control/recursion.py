"""Recursion: one IR function per (callee, types of its arguments), called instead of inlined.

While the function is being lowered its result type is not known: a call found on the way counts
as unreachable in the first round, so that the base case decides; rounds go on until the type of
the result stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.blocks import run_body
from adjoint.frontend.flow.raising import handler_of
from adjoint.frontend.objects.names import lookup
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.checkpoint_policy import policy
from adjoint.frontend.state.constants import constant_of
from adjoint.frontend.state.lowering import Frame, Lowering, NeedStatic, Unreachable
from adjoint.frontend.state.memory.links import may_return
from adjoint.frontend.state.structure import (
    Leaf,
    MapShape,
    SeqShape,
    Static,
    build,
    flatten,
    join_shapes,
    leaf_names,
    leaf_types,
    shape_of,
)
from adjoint.ir import foreign, ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Op, Value, functions_called
from adjoint.ir.raising import errors_of_op
from adjoint.ir.types import ANY, MANY, Array, Scalar, is_many
from adjoint.limits import CALL_ROUNDS, CALLED_FUNCTIONS


@dataclass
class Recursive:
    """A recursive function for one signature; `result` is None until something is known of it."""

    function: Function
    result: Any = None
    done: bool = False
    captures: list[Any] = field(default_factory=list)
    imports: list[tuple[o.Obj, str]] = field(default_factory=list)
    outer: Lowering | None = None


def call_recursive(
    frame: Frame,
    inner: Frame,
    identity: Any,
    bound: dict[str, o.Obj],
    constants: Iterable[str] = (),
    checkpoint: bool = False,
) -> o.Obj:
    """A `call` of the function behind `inner`, which is lowered first if it was not yet.

    The arguments `constants` become part of the function.
    """
    lowering = frame.lowering
    root = lowering
    while root.outer is not None:
        root = root.outer
    shapes = dict(signature_of(lowering, bound)) | {
        name: Static(bound[name]) for name in constants
    }
    key = (identity, tuple(shapes.items()))
    record = root.functions.get(key)
    if record is None:
        if len(root.functions) > CALLED_FUNCTIONS:
            raise UnsupportedError("the recursion calls itself with ever new types")
        record = root.functions[key] = Recursive(Function(_name(inner)), outer=lowering)
        record.function.attrs["checkpoint"] = checkpoint
        try:
            _lower(frame, inner, identity, shapes, record)
        except Exception:
            root.functions.pop(key, None)
            raise
    elif not record.done:
        root.open_calls.append(record)
    if record.result is None:
        if lowering is record.outer and any(_raised_by(record.function)):
            raise UnsupportedError(f"{record.function.name}() never returns, but always raises")
        lowering.builder.apply(ops.fail, Constant(RecursionError), "it calls itself for ever")
        raise Unreachable
    if lowering.handlers:
        _refuse_caught(frame, record.function)
    operands = [
        v for name, shape in shapes.items() for v in flatten(bound[name], shape, lowering.state)
    ]
    captures = [lowering.value(lowering.capture(path)) for path in record.captures]
    for obj, name in record.imports:
        captures += _outside(inner, record, obj, name)
    op = lowering.builder.append(
        Op(
            "call",
            [*operands, *captures],
            list(leaf_types(record.result)),
            attrs={"function": record.function, "record": record},
        )
    )
    shared = [obj for obj, _ in record.imports]
    result = may_return(build(record.result, iter(op.results)), [*bound.values(), *shared])
    frame.pending.append(result)
    return result


def _refuse_caught(frame: Frame, function: Function) -> None:
    """Refuse a call whose exception the program catches: the function is lowered without that."""
    for each in [function, *functions_called(function)]:
        for error in _raised_by(each):
            if handler_of(frame, error) is not None:
                raise UnsupportedError(
                    f"{function.name}() calls itself, and a {error.__name__} that it may raise "
                    "is caught around the call",
                    instead="catch it inside of the function, or write a loop",
                )


def _raised_by(function: Function) -> Iterator[type[BaseException]]:
    """The exceptions that may leave a function, besides that it calls itself for ever."""
    for op in function.body.walk():
        if op.target is ops.fail:
            error = op.operands[0]
            if isinstance(error, Constant) and error.value is not RecursionError:
                yield error.value
        elif op.target in foreign.OPERATIONS:
            yield BaseException
        else:
            caught = op.attrs.get("caught", ())
            yield from (error for error in errors_of_op(op) if error not in caught)


def is_part_of_program(obj: o.Obj, calls_itself: bool = False) -> bool:
    """Is this argument a literal that may be an axis, a size, a flag? A number that a recursive
    function hands on to itself is rather a counter, and another one each time."""
    known, value = constant_of(obj)
    items = value if isinstance(value, tuple) else (value,)
    kinds = (str, bool, type(None)) if calls_itself else (str, bool, type(None), int)
    return known and all(isinstance(item, kinds) for item in items)


def signature_of(lowering: Lowering, bound: dict[str, o.Obj]) -> tuple[tuple[str, Any], ...]:
    """The types and structure of the arguments of a call."""
    return tuple((n, _described(obj, lowering)) for n, obj in bound.items())


def _described(obj: o.Obj, lowering: Lowering) -> Any:
    """The type and structure of an argument; a big container from outside stands for itself."""
    if isinstance(obj, o.Outside):
        return Static(obj)
    return _widened(shape_of(obj, lowering.state))


def size_of(signature: tuple[tuple[str, Any], ...]) -> int:
    """How many values the arguments of a call have in all."""
    return sum(len(list(leaf_types(shape))) for _, shape in signature)


def _outside(inner: Frame, record: Recursive, known: o.Obj, name: str) -> list[Value]:
    """The caller's values of a variable that the callee shares with an enclosing function.

    The variable may have been rebound since the callee was lowered.
    """
    lowering = inner.lowering
    if lowering is not record.outer:
        obj = lowering.imported_object(known, name)
    else:
        obj = known if inner.parent is None or name == "default" else lookup(inner.parent, name)
        now, before = (_widened(shape_of(x, lowering.state)) for x in (obj, known))
        if now != before:
            raise UnsupportedError(
                f"'{name}', which a recursive function reads, is of another type in this call",
                instead="pass it as an argument",
            )
    return list(flatten(obj, shape_of(obj, lowering.state), lowering.state))


def _name(frame: Frame) -> str:
    return getattr(frame.source.node, "name", "function")


def _widened(shape: Any) -> Any:
    """The shape with sizes and integer values forgotten, so that recursion meets itself again."""
    match shape:
        case Leaf(Scalar(kind)):
            return Leaf(Scalar(kind))
        case Leaf(Array(dtype, dims, scalar, loose)):
            sizes = tuple(1 if d == 1 else MANY if is_many(d) else ANY for d in dims)
            return Leaf(Array(dtype, sizes, scalar, loose))
        case SeqShape(kind, items, limit):
            return SeqShape(kind, tuple(map(_widened, items)), limit)
        case MapShape(keys, items, cls, factory):
            return MapShape(keys, tuple(map(_widened, items)), cls, factory)
    return shape


def _lower(
    frame: Frame, inner: Frame, identity: Any, shapes: dict[str, Any], record: Recursive
) -> None:
    outer = frame.lowering
    for _ in range(CALL_ROUNDS):
        lowering = Lowering(_name(inner), outer=outer)
        lowering.recursive_identities = outer.recursive_identities | {identity}
        lowering.function.span = inner.source.span(inner.source.node)
        lowering.builder = Builder(lowering.function.body, lowering.function.span)
        names = {}
        for name, shape in shapes.items():
            pairs = zip(leaf_types(shape), leaf_names(shape, name), strict=True)
            params = [lowering.function.body.add_param(t, n) for t, n in pairs]
            made = build(shape, iter(params))
            if isinstance(made, o.Outside):  # what is read of it is captured by this function
                made = lowering.capture(made.place)
            names[name] = made
            lowering.state.hold(names[name], "it belongs to the caller")
        fresh = Frame(
            lowering, inner.source, names, inner.local_names, inner.parent, inner.function
        )
        fresh.placed_as(inner)
        before = (record.result, len(record.captures), len(record.imports))
        with lowering.builder.active():
            try:
                with policy(lowering, None):  # it is called from many places
                    result = run_body(fresh)
                shape = shape_of(result, lowering.state)
                joined = shape if record.result is None else join_shapes(record.result, shape, "%")
                _refuse_static(joined)
                values = list(flatten(result, joined, lowering.state))
                lowering.builder.end(values, "return")
                record.result = joined
            except Unreachable:
                lowering.builder.end([], "return")
            except NeedStatic as need:
                path = need.path or lowering.path_of(need.param)
                raise NeedStatic(need.param, need.span, path) from None
        captured = {p: v for p, (_, v) in lowering.captures.items() if v is not None}
        record.captures = list(captured)
        record.imports = [(obj, name) for obj, _, _, _, name in lowering.imports.values()]
        n_args = sum(len(list(leaf_types(shape))) for shape in shapes.values())
        lowering.function.body.params = [
            *lowering.function.params[:n_args],
            *captured.values(),
            *(p for _, _, params, _, _ in lowering.imports.values() for p in params),
        ]
        for path, (_, value) in lowering.captures.items():
            if value is None:
                outer.capture(path)
        record.function.body = lowering.function.body
        record.function.span = lowering.function.span
        after = (record.result, len(record.captures), len(record.imports))
        if before == after and record.result is not None:
            record.done = True
            return
        if record.result is None:
            return
    raise UnsupportedError("the type of this recursive function's result never settles")


def _refuse_static(shape: Any) -> None:
    if isinstance(shape, Static):
        if isinstance(shape.obj, o.Ambiguous):
            raise UnsupportedError(shape.obj.reason)
        raise UnsupportedError("a recursive function has to return numbers or arrays")
