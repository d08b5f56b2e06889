"""The printed form of the IR: the user's names, `.k` for versions, source lines at the right."""

from __future__ import annotations

import operator
from typing import Any

from adjoint.errors import Span
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.sizes import SizeNames
from adjoint.ir.types import Scalar, type_text

_MARGIN = 72
_OPERATOR_NAMES = {operator.add: "add", operator.sub: "subtract", operator.mul: "multiply"}


def constant_text(python: Any) -> str:
    """A constant without addresses: functions by name, in the path of a store as well."""
    if isinstance(python, tuple) and python and all(isinstance(p, tuple) for p in python):
        if all(len(p) == 2 and callable(p[0]) for p in python):
            return "[" + " ".join(f"{target_name(p)}:{n}" for p, n in python) + "]"
    return getattr(python, "__name__", None) or _shown(python)


_PLAIN = ("builtins", "numpy", "collections", "adjoint")


def _shown(python: Any) -> str:
    """The text of a constant; that of an object of the user's is not asked for: it may raise."""
    if isinstance(python, (tuple, list)) and type(python) in (tuple, list):
        items = ", ".join(map(_shown, python))
        return f"[{items}]" if isinstance(python, list) else f"({items}{',' * (len(python) == 1)})"
    if type(python).__module__.partition(".")[0] in _PLAIN and not isinstance(python, dict):
        return repr(python)
    return f"<{type(python).__name__}>"


def target_name(target: Any) -> str:
    if target in _OPERATOR_NAMES:
        return _OPERATOR_NAMES[target]
    return getattr(target, "__name__", None) or type(target).__name__


class Printer:
    """The printed form of a function, and the names that its values have in there."""

    def __init__(self, function: Function) -> None:
        self.lines: list[str] = []
        self.names: dict[Value, str] = {}
        self.versions: dict[str, int] = {}
        self.temporaries = 0
        self.sizes = size_names(function)
        params = ", ".join(f"{self.name(p)}: {self.type(p)}" for p in function.params)
        self.line(0, f"func {function.name}({params}):", function.span)
        self.region(function.body, 1)

    def type(self, value: Value) -> str:
        return type_text(value.type, self.sizes)

    def name(self, value: Value) -> str:
        if isinstance(value, Constant):
            return constant_text(value.value)
        if value not in self.names:
            if value.name:
                count = self.versions.get(value.name, 0)
                self.versions[value.name] = count + 1
                self.names[value] = f"{value.name}.{count}" if count else value.name
            else:
                self.names[value] = f"%{self.temporaries}"
                self.temporaries += 1
        return self.names[value]

    def all(self, values: list[Value]) -> str:
        return ", ".join(map(self.name, values))

    def line(self, depth: int, text: str, span: Span | None = None) -> None:
        text = "    " * depth + text
        if span is not None:
            text = f"{text:<{_MARGIN}}  # {span.line}"
        self.lines.append(text)

    def region(self, region: Region, depth: int) -> None:
        for op in region.ops:
            self.op(op, depth)

    def op(self, op: Op, depth: int) -> None:
        results = ""
        if op.results:
            results = ", ".join(f"{self.name(r)}: {self.type(r)}" for r in op.results) + " = "
        match op.kind:
            case "apply":
                positional, named = op.arguments()
                shown = [*map(self.name, positional)]
                shown += [f"{k}={self.name(v)}" for k, v in named.items()]
                text = f"{results}{target_name(op.target)} {', '.join(shown)}".rstrip()
                self.line(depth, text, op.span)
            case "call":
                function = op.attrs["function"].name
                self.line(depth, f"{results}call {function}({self.all(op.operands)})", op.span)
            case "if":
                self.line(depth, f"{results}if {self.all(op.operands)}:", op.span)
                self.region(op.regions[0], depth + 1)
                if len(op.regions[1].ops) > 1 or op.results:
                    self.line(depth, "else:")
                    self.region(op.regions[1], depth + 1)
            case "for":
                over = self.all(op.sequences)
                if op.attrs.get("backwards"):
                    over = f"reversed({over})"
                head = f"for {self.all(op.elements) or '_'} in {over or '?'}"
                self.line(depth, f"{results}{head}{self._carried(op, op.carries)}:", op.span)
                self.region(op.body, depth + 1)
            case "while":
                carried = self._carried(op, op.regions[0].params)
                self.line(depth, f"{results}while{carried}:", op.span)
                self.region(op.regions[0], depth + 1)
                inner = ", ".join(map(self.name, op.body.params))
                self.line(depth, f"do {inner}:".replace(" :", ":"))
                self.region(op.body, depth + 1)
            case _:
                self.line(depth, f"{results}{op.kind} {self.all(op.operands)}".rstrip())

    def _carried(self, op: Op, params: list[Value]) -> str:
        pairs = zip(params, op.inits, strict=True)
        carried = ", ".join(f"{self.name(p)} = {self.name(i)}" for p, i in pairs)
        policy = None if "backwards" in op.attrs else op.attrs.get("checkpoint")
        return (f" carry {carried}" if carried else "") + (f" with {policy}" if policy else "")


def size_names(function: Function) -> SizeNames:
    """Names for the sizes of a function's values; some of them are parameters."""
    names = SizeNames((p.name for p in function.params), function.attrs.get("sizes"))
    for param in function.params:
        if isinstance(param.type, Scalar) and param.type.size is not None:
            names.call(param.type.size, param.name)
    return names


def print_function(function: Function) -> str:
    return "\n".join(line.rstrip() for line in Printer(function).lines) + "\n"
