"""A whole module: docstring, imports, helpers, the function; and its code object."""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import itertools
import keyword
import linecache
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from adjoint.emit.memory.accumulators import hand_over_totals, own_totals
from adjoint.emit.memory.inplace import Storage
from adjoint.emit.memory.tapes import (
    merge_tapes,
    own_results,
    share_while_parameters,
    unpack_targets,
)
from adjoint.emit.names.references import Globals, public_module
from adjoint.emit.placement.again import compute_again
from adjoint.emit.placement.entries import copy_entries, keep_entries
from adjoint.emit.placement.scheduling import schedule
from adjoint.emit.python.expressions import Expressions
from adjoint.emit.python.unpacking import unpack_containers, unpack_results
from adjoint.emit.python.writer import Writer
from adjoint.emit.text.imports import sorted_imports
from adjoint.emit.text.places import Origins, Position, origin_at, origins_in, parsed_with_origins
from adjoint.emit.text.printer import to_source
from adjoint.errors import Span
from adjoint.ir.core import Function
from adjoint.originals import BUILTINS, use_originals


@dataclass
class Argument:
    """A parameter of the generated function."""

    name: str
    kind: Any
    default: Any = inspect.Parameter.empty


@dataclass
class Emitted:
    """The text of a generated module, and what it needs to run."""

    name: str
    source: str
    helpers: dict[str, Any]
    embedded: dict[str, Any]
    spans: dict[int, Span] = field(default_factory=dict)
    statements: dict[int, Origins] = field(default_factory=dict)

    def span_of(self, line: int) -> Span | None:
        """The user's statement that a line of the text comes from."""
        return self.spans.get(line)

    @functools.cached_property
    def tree(self) -> ast.Module:
        """The text as a tree whose nodes know the user's source that they come from."""
        return parsed_with_origins(self.source, self.statements)

    def place_of(self, position: Position) -> Span | None:
        """The user's source that an expression of the text comes from."""
        origin = origin_at(self.tree, position)
        span = origin.span if origin is not None else None
        return span or self.span_of(position[0] or 0)


def emit(function: Function, name_: str, arguments: list[Argument], docstring: str) -> Emitted:
    """The Python text of `function`.

    Parameters
    ----------
    function : optimised SSA; consumed (its tapes are merged for the text).
    name_ : the name of the generated function.
    arguments : its parameters, in order.
    docstring : gradient of what, with respect to what, from where, for which types.
    """
    file = function.span.file if function.span else ""
    called = list(_functions_called(function))
    functions, parameters_of_entry = {name_}, {a.name for a in arguments}
    for each in called:  # a function may be there for several types, or two may have one name
        each.name = _unique(each.name, functions | parameters_of_entry)
        functions.add(each.name)
    function.attrs["entry"] = True
    provided = Globals(functions)
    writers = _write([*called, function], file, provided)
    emitted = Emitted(name_, "", provided.helpers, provided.embedded)
    definitions: list[ast.stmt] = []
    docstrings: list[str] = []
    origins: dict[int, tuple[ast.stmt, Span | None]] = {}
    for each, writer in zip([*called, function], writers, strict=True):
        entry = each is function
        parameters = (
            arguments
            if entry
            else [
                Argument(writer.variables.name(p), inspect.Parameter.POSITIONAL_OR_KEYWORD)
                for p in each.params
            ]
        )
        docstrings.append(docstring if entry else _half(each))
        definitions.append(
            ast.FunctionDef(
                name=name_ if entry else each.name,
                args=_arguments(parameters, writer.expressions),
                body=[ast.Expr(ast.Constant("DOCSTRING")), *writer.statements],
                decorator_list=writer.decorators(),
            )
        )
        origins |= writer.operations.origins
    text, starts = to_source(definitions)
    begun: list[ast.stmt | None] = list(starts)
    spans: list[Span | None] = [
        None if node is None else origins.get(id(node), (node, None))[1] for node in starts
    ]
    for each_docstring in docstrings:
        before, _, after = text.partition('"DOCSTRING"')
        shown = _docstring(each_docstring)
        at = before.count("\n")
        spans[at : at + 1] = [None] * (shown.count("\n") + 1)
        begun[at : at + 1] = [None] * (shown.count("\n") + 1)
        text = before + shown + after
    imports = [line for lines in provided.imports.values() for line in lines]
    header = sorted(imports)
    for helper, target in sorted(emitted.helpers.items()):
        own = target.__name__
        renamed = "" if own == helper else f" as {helper}"
        header.append(f"from {_home(target)} import {own}{renamed}")
    prefix = sorted_imports(header) + "\n\n\n" if header else ""
    emitted.source = prefix + text
    offset = prefix.count("\n") + 1
    kept = ((k + offset, origins_in(node)) for k, node in enumerate(begun) if node is not None)
    emitted.statements = {line: origins for line, origins in kept if origins is not None}
    emitted.spans = {k + offset: span for k, span in enumerate(spans) if span is not None}
    return emitted


def _unique(name: str, taken: set[str]) -> str:
    numbered = (f"{name}_{k}" for k in itertools.count(1))
    return next(each for each in itertools.chain([name], numbered) if each not in taken)


def _write(functions: Sequence[Function], file: str, provided: Globals) -> list[Writer]:
    """The text of all functions of a module; no variable hides what a function refers to.

    Only the text says which imports, helpers and builtins that is. Where a variable has the name
    of one, everything is written again, and the variable steps aside.
    """
    storages = list(map(_prepared, functions))
    reserved = hidden = provided.functions
    while hidden:
        writers = []
        for function, storage in zip(functions, storages, strict=True):
            if not function.attrs.get("entry"):
                _name_parameters(function, reserved)
            writer = Writer(function, file, reserved, provided, storage)
            writer.write()
            writers.append(writer)
        hidden = {name for w in writers for name in w.references.names & w.variables.chosen}
        reserved = reserved | hidden
    return writers


def _prepared(function: Function) -> Storage:
    """Bring a function into the form that is written."""
    own_results(function)
    share_while_parameters(function)
    merge_tapes(function)
    unpack_targets(function)
    unpack_results(function)
    unpack_containers(function)
    schedule(function)
    compute_again(function)
    hand_over_totals(function)
    keep_entries(function)
    storage = Storage(function)
    storage.drop_copies()
    copy_entries(function)
    if not function.attrs.get("entry"):
        own_totals(function, storage)
    return storage


def _name_parameters(function: Function, reserved: set[str]) -> None:
    """Give the parameters of a function that only this module calls names that are free."""
    names = set(reserved)
    for param in function.params:
        if param.name:
            param.name = _unique(param.name, names)
            names.add(param.name)


def _functions_called(function: Function) -> Iterator[Function]:
    """The functions that `function` calls, callees first where there is no recursion."""
    seen: set[Function] = {function}

    def visit(caller: Function) -> Iterator[Function]:
        for op in caller.body.walk():
            callee = op.attrs.get("function")  # a call's, or the step of a loop
            if isinstance(callee, Function) and callee not in seen:
                seen.add(callee)
                yield from visit(callee)
                yield callee

    return visit(function)


def _half(function: Function) -> str:
    if function.attrs.get("step"):
        line = f" in line {function.span.line}" if function.span else ""
        return f"One step of the loop{line}, taken again: the next state."
    if function.attrs.get("interleaved"):
        return f"`{function.name.partition('_with_tangent')[0]}` and the tangents of its results."
    for half in ("forward", "backward"):
        primal, found, _ = function.name.partition(f"_{half}")
        if found:
            what = (
                "its results and a tape" if half == "forward" else "the cotangents of its inputs"
            )
            return f"The {half} half of `{primal}`: {what}."
    return f"`{function.name}`, as written."


def _docstring(text: str) -> str:
    lines = [
        line if not line or k == 0 else f"    {line}" for k, line in enumerate(text.split("\n"))
    ]
    closing = "\n    " if len(lines) > 1 else ""
    return '"""' + "\n".join(lines).rstrip() + closing + '"""'


def _arguments(arguments: list[Argument], expressions: Expressions) -> ast.arguments:
    node = ast.arguments([], [], None, [], [], None, [])
    defaults: list[ast.expr] = []
    for argument in arguments:
        arg = ast.arg(argument.name, None)
        default = _default(argument.default, expressions)
        match argument.kind:
            case inspect.Parameter.VAR_POSITIONAL:
                node.vararg = arg
            case inspect.Parameter.VAR_KEYWORD:
                node.kwarg = arg
            case inspect.Parameter.KEYWORD_ONLY:
                node.kwonlyargs.append(arg)
                node.kw_defaults.append(default)
            case _:
                node.args.append(arg)
                if default is not None:
                    defaults.append(default)
                elif defaults:
                    defaults.append(ast.Constant(None))
    node.defaults = defaults
    return node


def _default(value: Any, expressions: Expressions) -> ast.expr | None:
    if value is inspect.Parameter.empty:
        return None
    if isinstance(value, (int, float, str, bool, type(None))):
        return expressions.constant(value)
    return ast.Constant(None)


def _home(target: Any) -> str:
    """The module that a function is imported from; a file that `runpy` runs has no such name."""
    module = str(public_module(target))
    parts = module.split(".")
    named = all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
    return module if named else "__main__"


def _names_of(node: ast.ImportFrom) -> set[str]:
    return {alias.asname or alias.name for alias in node.names}


def load(
    emitted: Emitted, tree: ast.Module | None = None, helpers: dict[str, Any] | None = None
) -> types.FunctionType:
    """Compile the text and return its function; debuggers and tracebacks see the text.

    With a `tree`, which is the one of the text with calls of `helpers` in it, that is compiled.
    """
    digest = hashlib.sha256(emitted.source.encode()).hexdigest()[:12]
    file = f"<adjoint {emitted.name} {digest}>"
    tree = ast.parse(emitted.source) if tree is None else tree
    tree.body = [
        node
        for node in tree.body  # helpers are at hand, and may be local to a function
        if not (isinstance(node, ast.ImportFrom) and _names_of(node) <= emitted.helpers.keys())
    ]
    code = compile(tree, file, "exec")
    lines = emitted.source.splitlines(keepends=True)
    linecache.cache[file] = (len(emitted.source), None, lines, file)
    name = f"adjoint.generated.{emitted.name}"
    namespace: dict[str, Any] = {"__name__": name, "__builtins__": BUILTINS}
    namespace.update(emitted.helpers)
    namespace.update(emitted.embedded)
    namespace.update(helpers or {})
    exec(code, namespace)
    use_originals(namespace)
    function = namespace[emitted.name]
    assert isinstance(function, types.FunctionType)
    return function


def unused_prefix(tree: ast.AST) -> str:
    """Underscores with which no variable of the text begins: names for helpers of the text."""
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    names += [n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)]
    prefix = "_"
    while any(name.startswith(prefix) and name != "_" for name in names):
        prefix += "_"
    return prefix


__all__ = ["Argument", "Emitted", "emit", "load", "unused_prefix"]
