"""The entry of the frontend: a function and the keys of its arguments -> typed SSA."""

from __future__ import annotations

import builtins
import inspect
import types
from dataclasses import dataclass
from typing import Any

from adjoint.assumptions import (
    ArgumentLayout,
    Assumptions,
    PlainObjects,
    SplitBranches,
    StaticArgument,
    StaticCapture,
)
from adjoint.errors import UnsupportedError
from adjoint.frontend import expressions, statements  # noqa: F401  # they fill the tables of dispatch
from adjoint.frontend.calls import call_known, is_declared
from adjoint.frontend.control.blocks import run_body
from adjoint.frontend.control.inlining import source_of
from adjoint.frontend.control.keeping import Keeping
from adjoint.frontend.control.kept_calls import call_with_constants, kept_call
from adjoint.frontend.control.recursion import signature_of
from adjoint.frontend.keys.places import Place
from adjoint.frontend.keys.signature import Key, holds_list, is_frozen, type_from_key
from adjoint.frontend.objects.instances import is_record
from adjoint.frontend.opaque.objects import admit_columns
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame, Lowering, NeedStatic, Unreachable
from adjoint.frontend.state.memory.aliasing import is_part_of
from adjoint.frontend.syntax.bindings import local_names
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Value, forget_abandoned, functions_called
from adjoint.ir.types import List, as_list
from adjoint.limits import SPLIT_BRANCHES
from adjoint.originals import replaced_builtins


@dataclass
class Parameter:
    """A parameter of the user's function, and the IR value that stands for it (if it is one)."""

    name: str
    kind: Any
    key: Key
    value: Value
    default: Any = inspect.Parameter.empty


@dataclass
class Lowered:
    """A lowered function, before any derivative."""

    function: Function
    parameters: list[Parameter]
    captures: dict[Place, tuple[Key, Value | None]]
    result: Value
    stored: frozenset[int] = frozenset()  # the parameters whose arguments are written
    changed: frozenset[Place] = frozenset()  # where what is captured is changed in place


def lower_program(
    function: types.FunctionType,
    signature: inspect.Signature,
    keys: list[Key],
    callee: Any = None,
    known: Assumptions | None = None,
    checkpoint: Any = None,
    keeping: Keeping | None = None,
) -> Lowered:
    """Lower `function` for arguments with the given keys, one per parameter of the signature.

    With `callee` (a gradient function of `function`), its call is lowered instead, under the
    assumptions that are `known`. Its loops are checkpointed as `checkpoint` says. `keeping` says
    whether calls are inlined.

    Raises
    ------
    UnsupportedError : with the place in the user's source.
    Assumption : that the program has to be lowered under as well.
    """
    known = known or Assumptions()
    if callee is None and is_declared(function):
        callee = function  # its rule is asked, not its text
    source = source_of(function)
    name = function.__name__ if function.__name__ != "<lambda>" else "function"
    lowering = Lowering(name, function)
    lowering.function.span = source.span(source.node)
    keeping = keeping or Keeping()
    lowering.known, lowering.checkpoint, lowering.keeping = known, checkpoint, keeping
    keeping.restart()
    builder = lowering.builder
    builder.span = lowering.function.span
    parameters: list[Parameter] = []
    names: dict[str, o.Obj] = {}
    with builder.active():
        for (name, spec), key in zip(signature.parameters.items(), keys, strict=True):
            value = lowering.function.body.add_param(type_from_key(key), name)
            parameters.append(Parameter(name, spec.kind, key, value, spec.default))
        try:
            _refuse_replaced_builtins(lowering)
            if callee is None:
                lowering.outliving.open(dict(known.written))
            else:
                lowering.outliving.pending = dict(known.written)
            for parameter in parameters:
                names[parameter.name] = lowering.bind(parameter.value, parameter.key)
            frame = Frame(lowering, source, names, local_names(source.node), None, function)
            if callee is None:
                call = (function, signature_of(lowering, names))
                called = call_with_constants(frame, function, names)
                obj = kept_call(frame, frame, function, called, names)
                if obj is None:
                    lowering.inline_stack.append(call)
                    obj = run_body(frame)
            else:
                obj = _call(frame, callee, parameters, names)
            _refuse_records(obj)
            result = lowering.value(obj)
        except NeedStatic as need:
            for index, parameter in enumerate(parameters):
                if parameter.value is need.param and not is_frozen(parameter.key):
                    raise StaticArgument(index, parameter.name) from None
            path = need.path or lowering.path_of(need.param) or _list_of(lowering)
            if path is not None and path not in known.frozen:
                raise StaticCapture(path) from None
            raise UnsupportedError(
                "a number that is computed by the program, or is inside a list, decides its "
                "structure",
                need.span or builder.span,
                "pass it as an argument of its own",
            ) from None
        except o.NeedLayout as need:
            for index, parameter in enumerate(parameters):
                if parameter.value is need.param:
                    raise ArgumentLayout(index, parameter.name) from None
            raise UnsupportedError(
                "whether this writes into a view or into a copy depends on how an array in a "
                "container lies in memory",
                builder.span,
                "make a copy of the array first",
            ) from None
        except Unreachable:
            result = _never_returned(lowering)
        except o.NeedItems:
            raise UnsupportedError(
                "what a comprehension steps through is changed while it runs",
                builder.span,
                "write it as a loop",
            ) from None
        except UnsupportedError as error:
            path = _list_of(lowering)
            if path is not None:
                raise StaticCapture(path, error) from None  # it may do with the list as it is now
            error.located(builder.span)
            if lowering.ambiguous_after - known.split and len(known.split) <= SPLIT_BRANCHES:
                raise SplitBranches(lowering.ambiguous_after, error) from None
            if lowering.stand_ins and not known.as_objects:
                raise PlainObjects(error) from None
            raise error
        finally:
            _note_reads(lowering)
        builder.end([result], "return")
        admit_columns(lowering)
    keeping.decide()
    forget_abandoned(lowering.function)
    for each in (lowering.function, *functions_called(lowering.function)):
        _let_tuples_be_lists(each)
    return Lowered(
        lowering.function,
        parameters,
        {place: (key, None) for place, key in lowering.outside.guards.items()} | lowering.captures,
        result,
        _stored(lowering, parameters),
        _changed(lowering),
    )


def _let_tuples_be_lists(function: Function) -> None:
    """That a list stands for a tuple concerns the meaning of the program, and no later stage."""
    for op in function.body.walk():
        for value in (*op.results, *(param for region in op.regions for param in region.params)):
            value.type = as_list(value.type)
    for value in function.params:
        value.type = as_list(value.type)


def _refuse_records(obj: o.Obj) -> None:
    """Refuse to return what stands for an object of a library's: the caller wants the object."""
    if is_record(obj):
        raise UnsupportedError(
            "an object of a library that an input has gone into is returned",
            instead="return its numbers and arrays, such as A.toarray()",
        )
    if isinstance(obj, (o.Seq, o.Mapping)):
        for part in o.parts_of(obj):
            _refuse_records(part)


def _refuse_replaced_builtins(lowering: Lowering) -> None:
    """Refuse to compile while `max` and the like are not Python's, for the compiler calls them."""
    for name in replaced_builtins():
        lowering.outside.fixed(Place.of("attribute", builtins, name))
        raise UnsupportedError(
            f"builtins.{name} has been replaced, and the compiler itself calls it",
            instead=f"give the function another name, and call it in the place of {name}",
        )


def _note_reads(lowering: Lowering) -> None:
    """Note in the assumptions what was read outside of the program."""
    reads, frozen = lowering.known.reads, lowering.known.frozen
    captures = {(place, place in frozen): key for place, (key, _) in lowering.captures.items()}
    guards = {(place, False): key for place, key in lowering.outside.guards.items()}
    for place, key in (guards | captures).items():
        if place not in reads or reads[place][0] == "t":  # only the class was asked for
            reads[place] = key


def _never_returned(lowering: Lowering) -> Value:
    """What stands for the result where every path raises.

    Raises
    ------
    UnsupportedError : if some path has no end, as far as it is known.
    """
    kinds = [op.operands[0] for op in lowering.function.body.walk() if op.target is ops.fail]
    if not kinds or any(isinstance(k, Constant) and k.value is RecursionError for k in kinds):
        raise UnsupportedError(
            "every path through this function raises, or recurses for ever",
            lowering.function.span,
        )
    return lowering.builder.apply(ops.literal, Constant(0.0))


def _stored(lowering: Lowering, parameters: list[Parameter]) -> frozenset[int]:
    """The parameters that the program writes to, or to a part of them."""
    return frozenset(
        k for k, p in enumerate(parameters) if any(is_part_of(v, p.value) for v in lowering.stored)
    )


def _changed(lowering: Lowering) -> frozenset[Place]:
    """The places outside whose contents the program changes in place."""
    return frozenset(p for p, how in lowering.known.written.items() if "contents" in how)


def _list_of(lowering: Lowering) -> Place | None:
    """Where a list is captured, such as one of sizes, that is not frozen yet."""
    captured = lowering.captures.items()
    return next(
        (
            place
            for place, (key, value) in captured
            if place not in lowering.known.frozen
            and (holds_list(key) or value is not None and isinstance(value.type, List))
        ),
        None,
    )


def _call(
    frame: Frame, callee: Any, parameters: list[Parameter], names: dict[str, o.Obj]
) -> o.Obj:
    """The call `callee(*parameters)`."""
    args: list[o.Obj] = []
    kwargs: dict[str, o.Obj] = {}
    for parameter in parameters:
        obj = names[parameter.name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL and isinstance(obj, o.Seq):
            args.extend(obj.items)
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD and isinstance(obj, o.Mapping):
            kwargs.update(obj.items)
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = obj
        else:
            args.append(obj)
    frame.statement = frame.source.node.lineno
    return call_known(frame, callee, args, kwargs, None)
