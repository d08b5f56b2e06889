"""`next(iterator)` and `next(iterator, default)`: a loop that returns its first item."""

from __future__ import annotations

import copy
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.control.inlining import inline_function
from adjoint.frontend.objects import instances
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.dispatch import call_object
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.read_sets import check_all_are_taken
from adjoint.frontend.state.objects import Args, KwArgs


def first_of(items: Any) -> Any:
    """`next(items)`."""
    for item in items:
        return item
    raise StopIteration


def first_or(items: Any, default: Any) -> Any:
    """`next(items, default)`."""
    for item in items:
        return item
    return default


def call_next(frame: Frame, args: Args, kwargs: KwArgs) -> o.Obj:
    """The first item: an iterator that a name holds is read once, so that there is no second."""
    iterator = args[0]
    if instances.has(frame, iterator, "__next__"):
        if len(args) > 1:
            raise UnsupportedError("next with a default of an iterator with a class of its own",
                                   instead="call it in a try")  # fmt: skip
        return instances.call_method(frame, iterator, "__next__", [])
    if not isinstance(iterator, o.Iterator):
        raise UnsupportedError("next of this object is not supported")
    check_all_are_taken(iterator)
    if isinstance(iterator, o.Generator) and iterator.listed is None:
        function = _function(iterator, len(args) > 1)
        return call_object(frame, function, [iterator.first, *args[1:]], {}, None)
    return inline_function(frame, first_or if len(args) > 1 else first_of, args, {})  # type: ignore[arg-type]


def _function(generator: o.Generator, with_default: bool) -> o.Closure:
    """The function that makes no more items of a generator expression than it has to.

    It is a part of the function around it: the names that it reads are those of the expression.
    """
    node = copy.deepcopy(generator.node)
    if any(isinstance(part, gast.NamedExpr) for part in gast.walk(node)):
        raise UnsupportedError("next of a generator that binds a name with :=",
                               instead="write it as a loop")  # fmt: skip
    body: Any = gast.Return(node.elt)
    for clause in reversed(node.generators):
        for test in reversed(clause.ifs):
            body = gast.If(test, [body], [])
        body = gast.For(clause.target, clause.iter, [body], [], None)
    taken = {part.id for part in gast.walk(node) if isinstance(part, gast.Name)}
    items, default = (_not_in(taken, name) for name in ("items", "default"))
    body.iter = _name(items)
    end: Any = gast.Raise(_name("StopIteration"), None)
    if with_default:
        end = gast.Return(_name(default))
    parameters = [_parameter(items), *([_parameter(default)] if with_default else [])]
    arguments = gast.arguments(parameters, [], None, [], [], None, [])
    function = gast.FunctionDef("next", arguments, [body, end], [], None, None, [])
    for part in gast.walk(function):
        if not hasattr(part, "lineno"):
            gast.copy_location(part, generator.node)
    return o.Closure(function, generator.frame, [], {})


def _not_in(taken: set[str], name: str) -> str:
    while name in taken:
        name += "_"
    return name


def _name(name: str) -> Any:
    return gast.Name(name, gast.Load(), None, None)


def _parameter(name: str) -> Any:
    return gast.Name(name, gast.Param(), None, None)
