"""A whole module for Numba: helpers, the compiled function, and the function that calls it."""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Sequence
from typing import Any

from adjoint.emit.copies import copied
from adjoint.emit.memory.accumulators import hand_over_totals, own_totals
from adjoint.emit.memory.inplace import Storage
from adjoint.emit.memory.liveness import seed_position
from adjoint.emit.memory.tapes import own_results, share_while_parameters
from adjoint.emit.module import Argument, Emitted
from adjoint.emit.numba import (  # noqa: F401  (they fill the table)
    library,
    making,
    numbers,
    reductions,
    shapes,
)
from adjoint.emit.numba.boundary import given, returned
from adjoint.emit.numba.expressions import Expressions
from adjoint.emit.numba.kinds import check_type, filler, is_number, refuse
from adjoint.emit.numba.names import Names
from adjoint.emit.numba.statements import Statements
from adjoint.emit.numba.widths import Widths
from adjoint.emit.placement.nesting import nested_operations
from adjoint.errors import Span
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Value, functions_called
from adjoint.ir.types import List, Range

#: How each function is compiled. No fast-math: sums keep their order, and nan stays nan.
DECORATOR = "@njit(boundscheck=True, error_model='python', nogil=True, cache=True)"


def emit_numba(
    function: Function, name: str, arguments: list[Argument], docstring: str
) -> Emitted:
    """The text of `function` for Numba; `function` is left as it is.

    Raises
    ------
    UnsupportedError : with the line of the first operation that has no machine code.
    """
    seed = seed_position(function)
    if seed is not None:
        return _pullback(function, name, arguments, docstring)
    module = _Module(name)
    function = copied(function)
    inner = f"{name}_compiled"
    module.add(function, inner)
    passed = [p for p in function.params if p.users]
    body = [f"    return {_call(inner, passed, function.results, _is_tuple(function))}"]
    return module.emitted(arguments, docstring, passed, body)


def _pullback(
    function: Function, name: str, arguments: list[Argument], docstring: str
) -> Emitted:
    """The value, and a pullback, which runs the forward half again."""
    module = _Module(name)
    n = function.attrs["values"]
    forward, backward = copied(function), copied(function)
    end = forward.body.terminator
    seed = seed_position(forward)
    assert seed is not None
    end.set_operands(forward.results[:n])
    for op in reversed(forward.body.ops[seed:-1]):
        forward.body.ops.remove(op)
        op.drop()
    forward.attrs.pop("values", None)
    module.add(forward, f"{name}_value")
    cotangent = backward.body.ops[seed]
    param = backward.add_param(cotangent.result.type, cotangent.result.name or "value_bar")
    backward.body.ops.remove(cotangent)
    cotangent.result.replace_with(param)
    cotangent.drop()
    backward.body.terminator.set_operands(backward.results[n:])
    backward.attrs["values"] = 0
    module.add(backward, f"{name}_pullback")
    values = [p for p in forward.params if p.users]
    passed = [p for p in backward.params if p.users]
    own = [p for p in passed if p is not param]
    seed_name = param.name
    pulled = _call(f"{name}_pullback", passed, backward.results, _is_tuple(backward))
    body = [
        f"    def pullback({seed_name}):",
        f"        return {pulled}",
        "",
        f"    value = {_call(f'{name}_value', values, forward.results, _is_tuple(forward))}",
        "    return (*value, pullback)" if n > 1 else "    return value, pullback",
    ]
    return module.emitted(arguments, docstring, [*values, *own], body)


def _is_tuple(function: Function) -> bool:
    return len(function.results) > 1


def _call(name: str, passed: list[Value], results: list[Value], several: bool) -> str:
    """The call of the compiled function, with its results as Python and NumPy have them."""
    call = f"{name}({', '.join(given(p) for p in passed)})"
    if several:
        parts = [returned(f"results[{k}]", r) for k, r in enumerate(results)]
        return f"(lambda results: ({', '.join(parts)},))({call})" if any(
            part != f"results[{k}]" for k, part in enumerate(parts)
        ) else call
    (result,) = results
    text = returned("result", result)
    if text == "result":
        return call
    if text.count("result") == 1:
        return text.replace("result", call)
    return f"(lambda result: {text})({call})"


class _Module:
    """Collects the functions of a module."""

    def __init__(self, name: str):
        self.name = name
        self.helpers: dict[str, Any] = {}
        self.functions: list[tuple[list[str], list[Span | None]]] = []
        self.reserved: set[str] = {name, f"{name}_compiled", f"{name}_value", f"{name}_pullback"}

    def add(self, function: Function, name: str) -> None:
        """Write a function, and those that it calls before it."""
        called = list(functions_called(function))
        for k, each in enumerate(called):
            each.name = f"{each.name}_f{k}x{len(self.functions)}"
        self.reserved |= {each.name for each in called}
        function.attrs["entry"] = True
        for each in reversed(called):
            self._write(each, each.name, entry=False)
        self._write(function, name, entry=True)

    def _write(self, function: Function, name: str, entry: bool) -> None:
        if not entry:
            function.attrs.pop("entry", None)
        for param in function.params:
            if param.users:
                _check_parameter(param, function.span, entry)
        for result in function.results:
            if isinstance(result, Constant) and result.value is None:
                continue
            _check_result(result, function.span)
        own_results(function)
        share_while_parameters(function)
        hand_over_totals(function)
        storage = Storage(function)
        if not entry:
            own_totals(function, storage)
        names = Names(self.reserved | {f.__name__ for f in vars(library).values() if callable(f)})
        passed = [p for p in function.params if p.users or not entry]
        for param in passed:
            names.of(param)
        nested = {op for op in nested_operations(function, storage) if _stays_nested(op)}
        widths = Widths(function.params, entry)
        expressions = Expressions(nested, names, widths, self.helpers, storage)
        statements = Statements(expressions, storage)
        statements.lines.append(f"def {name}({', '.join(map(names.of, passed))}):")
        statements.spans.append(None)
        if not passed:
            statements.cited = None
        for param in passed:
            if entry and isinstance(param.type, List):
                statements.line(f"{names.of(param)} = [item for item in {names.of(param)}]")
        statements.block(function.body)
        results = [_result(expressions, r) for r in function.body.yields]
        statements.span = None
        shown = results[0] if len(results) == 1 else f"({', '.join(results)},)" if results else "0"
        statements.line(f"return {shown}")
        self.functions.append((statements.lines, statements.spans))

    def emitted(
        self, arguments: list[Argument], docstring: str, passed: list[Value], body: list[str]
    ) -> Emitted:
        """The module, whose last function is the one to call."""
        text: list[str] = []
        spans: dict[int, Span] = {}
        functions = {k: v for k, v in self.helpers.items() if not _is_constant(v)}
        constants = {k: v for k, v in self.helpers.items() if _is_constant(v)}
        texts = [v if isinstance(v, str) else _source(v) for v in functions.values()]
        written = [line for lines, _ in self.functions for line in lines]
        whole = "\n".join([*texts, *written, *body])
        if "math." in whole:
            text.append("import math\n")
        text += ["import numpy as np", "from numba import njit", ""]
        for name, literal in constants.items():
            text += [f"{name} = {literal}"]
        for helper in texts:
            text += ["", DECORATOR, *helper.rstrip().split("\n"), ""]
        for lines, own in self.functions:
            text += ["", DECORATOR]
            for line, span in zip(lines, own, strict=True):
                text.append(line)
                if span is not None:
                    spans[len(text)] = span
            text.append("")
        text += ["", f"def {self.name}({_parameters(arguments)}):"]
        text += textwrap.indent(f'"""{docstring}\n"""', "    ").rstrip().split("\n")
        for param in dict.fromkeys(p.name for p in passed):
            (value,) = {p.name: p for p in passed if p.name == param}.values()
            text += _entry_checks(value)
        text += body
        source = "\n".join(text) + "\n"
        shift = source.count("\n") - len(text)
        assert shift >= 0
        return Emitted(self.name, source, {}, {}, _shifted(spans, text))


def _shifted(spans: dict[int, Span], text: list[str]) -> dict[int, Span]:
    """Line numbers, where some entries of the text are several lines."""
    ends = []
    total = 0
    for entry in text:
        total += entry.count("\n") + 1
        ends.append(total)
    return {ends[k - 1]: span for k, span in spans.items()}


def _result(expressions: Expressions, value: Value) -> str:
    if isinstance(value, Constant) and value.value is ops.UNDEFINED_VALUE:
        return filler(value.type, None)
    return expressions.value(value)


def _check_parameter(param: Value, span: Span | None, entry: bool) -> None:
    check_type(param.type, span)
    if isinstance(param.type, Range):
        raise refuse("a range as an argument", span)
    if entry and isinstance(param.type, List) and not is_number(param.type.element):
        raise refuse(f"the argument '{param.name}' is a list of arrays or containers", span)


def _check_result(result: Value, span: Span | None) -> None:
    check_type(result.type, span)
    if isinstance(result.type, List) and not is_number(result.type.element):
        raise refuse("the result is a list of arrays or containers", span)


def _entry_checks(value: Value) -> list[str]:
    if str(value.type) == "int":
        return [
            f"    if not -(2**40) < {value.name} < 2**40:",
            f'        raise OverflowError("{value.name} is too large")',
        ]
    return []


def _stays_nested(op: Op) -> bool:
    """Is this written inside of its user? What a terminator reads has a variable of its own."""
    if op.kind != "apply":
        return False
    if isinstance(op.result.type, Range) or op.target is slice:
        return True
    if start_of_index(op):
        return True
    return all(user.kind in ("apply", "if") for user in op.result.users)


def start_of_index(op: Op) -> bool:
    """A counter of `enumerate`, or a tuple that is nothing but a subscript."""
    return op.target is itertools.count


def _is_constant(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("np.")


def _source(helper: Any) -> str:
    """The text of a function of the library, without its types."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(helper)))
    (function,) = tree.body
    assert isinstance(function, ast.FunctionDef)
    function.returns = None
    for argument in function.args.args:
        argument.annotation = None
    return ast.unparse(function)


def _parameters(arguments: Sequence[Argument]) -> str:
    """The parameters of the function to call, in the form that the user's has."""
    parts: list[str] = []
    starred = False
    optional = False
    for argument in arguments:
        text = argument.name
        if argument.kind is inspect.Parameter.VAR_POSITIONAL:
            starred = True
            parts.append(f"*{text}")
            continue
        if argument.kind is inspect.Parameter.VAR_KEYWORD:
            parts.append(f"**{text}")
            continue
        if argument.kind is inspect.Parameter.KEYWORD_ONLY and not starred:
            starred = True
            parts.append("*")
        if argument.default is not inspect.Parameter.empty:
            plain = isinstance(argument.default, (int, float, str, bool, type(None)))
            shown = repr(argument.default) if plain else "None"
            shown = f"float('{shown}')" if shown in ("inf", "-inf", "nan") else shown
            text += f"={shown}"
            optional = True
        elif optional and not starred:
            text += "=None"
        parts.append(text)
    return ", ".join(parts)


__all__ = ["DECORATOR", "emit_numba"]
