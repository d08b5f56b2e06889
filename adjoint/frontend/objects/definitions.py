"""Definitions inside of functions: def and lambda, imports, declarations of globals."""

from __future__ import annotations

import importlib
from typing import Any

import gast

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.cells import bind_name, is_shared
from adjoint.frontend.state.dispatch import call_object, expression
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.syntax.bindings import assigned_names


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
        frame.names[alias.asname or alias.name] = o.Known(getattr(module, alias.name))


def lower_global(frame: Frame, node: gast.Global) -> None:
    """Globals may be read; they are read when the program is called."""
    _refuse_writes(frame, node.names, "the global variable '{}' is assigned")


def lower_nonlocal(frame: Frame, node: gast.Nonlocal) -> None:
    """Variables of functions around the program may be read, as globals are."""
    outside = [name for name in node.names if not is_shared(frame, name)]
    _refuse_writes(frame, outside, "the variable '{}' of an enclosing function is assigned")


def _refuse_writes(frame: Frame, names: list[str], reason: str) -> None:
    """Refuse assignments to variables that outlive the call, and that a call has to change."""
    written = [name for name in assigned_names(getattr(frame.source.node, "body", []))[0]
               if name in names]  # fmt: skip
    if written:
        raise UnsupportedError(
            reason.format(written[0]),
            instead="pass the value as an argument and return the new one",
        )
