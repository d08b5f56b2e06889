"""Definitions inside of functions: def and lambda, imports, declarations of globals."""

from __future__ import annotations

import importlib
from typing import Any

import gast

from adjoint.frontend.objects.attributes import attribute
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import bind_name
from adjoint.frontend.state.dispatch import call_object, expression
from adjoint.frontend.state.lowering import Frame


def make_closure(frame: Frame, node: Any) -> o.Closure:
    defaults = [expression(frame, d) for d in node.args.defaults]
    named = {
        arg.id: expression(frame, default)
        for arg, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is not None
    }
    return o.Closure(node, frame, defaults, named)


def lower_function(frame: Frame, node: gast.FunctionDef) -> None:
    if node.decorator_list:
        obj: o.Obj = make_closure(frame, node)
        for decorator in reversed(node.decorator_list):
            obj = call_object(frame, expression(frame, decorator), [obj], {}, node)
        bind_name(frame, node.name, obj)
        return
    bind_name(frame, node.name, make_closure(frame, node))


def lower_lambda(frame: Frame, node: gast.Lambda) -> o.Obj:
    return make_closure(frame, node)


def lower_import(frame: Frame, node: Any) -> None:
    if isinstance(node, gast.Import):
        for alias in node.names:
            module = importlib.import_module(alias.name)
            top = importlib.import_module(alias.name.partition(".")[0])
            frame.names[alias.asname or alias.name.partition(".")[0]] = o.Known(
                module if alias.asname else top
            )
        return
    module = importlib.import_module(node.module)
    for alias in node.names:
        frame.names[alias.asname or alias.name] = attribute(frame, o.Known(module), alias.name)


def lower_global(frame: Frame, node: gast.Global) -> None:
    """Globals are read when the program is called, and written as it is called."""


def lower_nonlocal(frame: Frame, node: gast.Nonlocal) -> None:
    """So are the variables of functions around the program, where it can reach them."""
