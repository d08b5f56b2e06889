"""A whole module: docstring, imports, helpers, the function; and its code object."""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
import types
from dataclasses import dataclass, field
from typing import Any

from adjoint.emit.expressions import Expressions, name
from adjoint.emit.printer import to_source
from adjoint.emit.statements import Writer
from adjoint.emit.tapes import merge_tapes, own_results, unpack_targets
from adjoint.errors import Span
from adjoint.ir.core import Function


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

    def span_of(self, line: int) -> Span | None:
        """The user's statement that a line of the text comes from."""
        return self.spans.get(line)


def emit(function: Function, name_: str, arguments: list[Argument], docstring: str) -> Emitted:
    """The Python text of `function`.

    Parameters
    ----------
    function : optimised SSA; consumed (its tapes are merged for the text).
    name_ : the name of the generated function.
    arguments : its parameters, in order.
    docstring : gradient of what, with respect to what, from where, for which types.
    """
    own_results(function)
    merge_tapes(function)
    unpack_targets(function)
    file = function.span.file if function.span else ""
    writer = Writer(function, file, {name_})
    body = writer.body()
    definition = ast.FunctionDef(
        name=name_,
        args=_arguments(arguments, writer.expressions),
        body=[ast.Expr(ast.Constant("DOCSTRING")), *body],
        decorator_list=[],
    )
    text = to_source([definition])
    text = text.replace('"""DOCSTRING"""', _docstring(docstring), 1)
    text = text.replace('"DOCSTRING"', _docstring(docstring), 1)
    header = sorted(writer.imports)
    for helper, target in sorted(writer.helpers.items()):
        header.append(f"from {target.__module__} import {helper}")
    prefix = "\n".join(header) + "\n\n\n" if header else ""
    return Emitted(name_, prefix + text, writer.helpers, writer.embedded)


def _docstring(text: str) -> str:
    return '"""' + text.replace("\n", "\n    ") + '"""'


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


def load(emitted: Emitted) -> types.FunctionType:
    """Compile the text and return its function; debuggers and tracebacks see the text."""
    digest = hashlib.sha256(emitted.source.encode()).hexdigest()[:12]
    file = f"<adjoint {emitted.name} {digest}>"
    code = compile(emitted.source, file, "exec")
    lines = emitted.source.splitlines(keepends=True)
    linecache.cache[file] = (len(emitted.source), None, lines, file)
    namespace: dict[str, Any] = {"__name__": f"adjoint.generated.{emitted.name}"}
    namespace.update(emitted.helpers)
    namespace.update(emitted.embedded)
    exec(code, namespace)
    function = namespace[emitted.name]
    assert isinstance(function, types.FunctionType)
    return function


__all__ = ["Argument", "Emitted", "emit", "load", "name"]
