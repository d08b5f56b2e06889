"""Why each line of the gradient is there: its formula, and the rules that it comes from."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import operator
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adjoint.emit.text.places import origin_of
from adjoint.errors import Span
from adjoint.explorer import formulas
from adjoint.explorer.colours import coloured
from adjoint.explorer.data import Data
from adjoint.ir.operators import SIGNS, function_of
from adjoint.rules.kinds import Rule
from adjoint.rules.registry import RULES

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass
class Used:
    """A rule that lines of the gradient come from."""

    name: str
    formulas: list[str]
    where: str
    source: list[str]
    lines: list[int]


def reasons(data: Data, function: types.FunctionType) -> dict[str, Any]:
    """For the page: formulas of the backward lines, rules, and what became of each line."""
    names = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
    rules: dict[str, Used] = {}
    lines: dict[int, dict[str, Any]] = {}
    for node in ast.walk(data.source):
        if not isinstance(node, ast.stmt) or node.lineno not in data.text.statements:
            continue
        statement = data.text.statements[node.lineno]
        if statement.half != "backward" or isinstance(node, (ast.For, ast.While, ast.If)):
            continue
        named: list[str] = []
        found: dict[str, Any] = {"math": formulas.statement(node), "rules": named}
        for span in _spans(node):
            used = _rule(span, names)
            if used is not None:
                known = rules.setdefault(used.name, used)
                known.lines = sorted({*known.lines, node.lineno})
                if used.name not in named:
                    named.append(used.name)
        if found["math"] or found["rules"]:
            lines[node.lineno] = {"line": node.lineno, **found}
    return {
        "lines": [lines[k] for k in sorted(lines)],
        "rules": [vars(used) for used in rules.values()],
        "fates": list(_fates(data)),
    }


def _spans(node: ast.stmt) -> Iterator[Span]:
    seen: set[Span] = set()
    for part in ast.walk(node):
        origin = origin_of(part)
        if origin is not None and origin.backward and origin.span and origin.span not in seen:
            seen.add(origin.span)
            yield origin.span


def _rule(span: Span, names: dict[str, Any]) -> Used | None:
    """The rule of the operation that stands at a place of the user's source."""
    if span.end_column <= span.column or span.within is not None:
        return None
    text = span.text()[span.column : span.end_column]
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return None
    match node:
        case ast.BinOp():
            function = function_of(node.op)
            return _used(function, f"a {SIGNS[function]} b")
        case ast.UnaryOp(op=ast.USub()):
            return _used(operator.neg, "-a")
        case ast.Call():
            target = _resolved(node.func, names)
            return _used(target, ast.unparse(node.func)) if target is not None else None
    return None


def _resolved(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id, getattr(builtins, node.id, None))
    if isinstance(node, ast.Attribute):
        root = node
        while isinstance(root.value, ast.Attribute):
            root = root.value
        if isinstance(root.value, ast.Name) and isinstance(
            names.get(root.value.id), types.ModuleType
        ):
            return getattr(_resolved(node.value, names), node.attr, None)
        return getattr(np, node.attr, None)  # a method of an array
    return None


@functools.lru_cache(maxsize=512)
def _described(target: Any) -> tuple[list[str], str, list[str]] | None:
    """Formulas, place and source of the rule of a callable."""
    rule = RULES.get(target)
    if rule is None:
        return None
    functions = [f for f in (*rule.partials, rule.vjp) if f is not None]
    math: list[str] = []
    text, where = "", ""
    for function in functions:
        function = inspect.unwrap(function)
        if not isinstance(function, types.FunctionType):
            continue
        file, line = function.__code__.co_filename, function.__code__.co_firstlineno
        node = _definition(function)
        if not where:
            where = f"{_short(file)}:{line}"
            text = _source_of(file, line, node)
        if rule.kind == "elementwise" and isinstance(node, ast.Lambda):
            math.append(_partial(rule, function, node))
    return math, where, coloured(text)


def _used(target: Any, name: str) -> Used | None:
    try:
        found = _described(target)
    except TypeError:
        return None
    if found is None:
        return None
    math, where, source = found
    return Used(name, math, where, source, [])


def _short(file: str) -> str:
    path = Path(file)
    inside = path.is_relative_to(_PACKAGE)
    return f"adjoint/{path.relative_to(_PACKAGE).as_posix()}" if inside else path.name


@functools.lru_cache(maxsize=64)
def _parsed(file: str) -> tuple[ast.Module, list[str]] | None:
    try:
        text = Path(file).read_text(encoding="utf-8")
        return ast.parse(text), text.split("\n")
    except (OSError, SyntaxError):
        return None


def _definition(function: types.FunctionType) -> ast.Lambda | ast.FunctionDef | None:
    """The node of a function in its file; of several lambdas on a line, that with its places."""
    parsed = _parsed(function.__code__.co_filename)
    if parsed is None:
        return None
    places = {(p[0], p[2]) for p in function.__code__.co_positions()}
    for node in ast.walk(parsed[0]):
        if isinstance(node, ast.Lambda) and node.lineno == function.__code__.co_firstlineno:
            if any((n.lineno, n.col_offset) in places for n in ast.walk(node.body)
                   if isinstance(n, ast.expr)):  # fmt: skip
                return node
        if isinstance(node, ast.FunctionDef) and node.name == function.__name__:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == function.__code__.co_firstlineno:
                return node
    return None


def _source_of(file: str, line: int, node: ast.AST | None) -> str:
    """The declaration: the statement that the function stands in."""
    parsed = _parsed(file)
    if parsed is None or node is None:
        return ""
    for statement in parsed[0].body:
        last = statement.end_lineno or statement.lineno
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(d.lineno for d in decorators)])
        if first <= line <= last:
            return textwrap.dedent("\n".join(parsed[1][first - 1 : last]))
    return ""


def _partial(rule: Rule, function: types.FunctionType, node: ast.Lambda) -> str:
    """`∂y/∂x = 1 − y²`, of a partial derivative as a lambda."""
    position = [id(f) for f in rule.partials].index(id(function)) if function in (
        rule.partials) else 0  # fmt: skip
    parameters = [a.arg for a in node.args.args]
    if len(parameters) < position + 2:
        return formulas.expression(node.body)
    value, operand = parameters[0], parameters[1 + position]
    left = (
        "<math><mfrac><mrow><mo>∂</mo><mi>" + value + "</mi></mrow>"
        "<mrow><mo>∂</mo><mi>" + operand + "</mi></mrow></mfrac></math>"
    )
    return formulas.equation(left, formulas.expression(node.body))


def _fates(data: Data) -> Iterator[dict[str, Any]]:
    """What became of each line of the program: computed, saved, computed again, not needed."""
    forward: dict[str, list[int]] = {}
    again: dict[str, list[int]] = {}
    backward: dict[str, list[int]] = {}
    for line, statement in data.text.statements.items():
        for node in _own(data.source, line):
            origin = origin_of(node)
            if origin is None or origin.span is None:
                continue
            place = origin.span.file, origin.span.statement
            for key in data.lines_of(place)[:1]:
                if origin.backward:
                    backward.setdefault(key, []).append(line)
                elif statement.half == "forward":
                    forward.setdefault(key, []).append(line)
                else:
                    again.setdefault(key, []).append(line)
    saved: dict[str, list[str]] = {}
    for residual in data.residuals():
        saving = data.text.statements.get(residual.save)
        at = (residual.span.file, residual.span.statement) if residual.span else (
            saving.main if saving else None)  # fmt: skip
        if residual.kind != "argument":
            for key in data.lines_of(at)[:1]:
                saved.setdefault(key, []).append(residual.text)
    for key in data.first_lines():
        yield {
            "line": key,
            "forward": sorted(set(forward.get(key, []))),
            "again": sorted(set(again.get(key, []))),
            "backward": sorted(set(backward.get(key, []))),
            "saved": saved.get(key, []),
        }


def _own(tree: ast.Module, line: int) -> Iterator[ast.AST]:
    """The nodes of the statement that begins on a line, without statements inside of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno == line:
            yield node
            for part in ast.iter_child_nodes(node):
                if not isinstance(part, ast.stmt):
                    yield from ast.walk(part)
            return


__all__ = ["reasons"]
