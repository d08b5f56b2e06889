"""The intermediate form as a graph: operations, the values between them, regions as boxes."""

from __future__ import annotations

from typing import Any

from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.printer import Printer, target_name
from adjoint.ir.types import type_text

#: A larger graph is a tangle. The page says so, and has the text.
LARGEST = 250

Json = dict[str, Any]


def graph(function: Function) -> Json | None:
    """The region of a function with everything in it; None where there is too much."""
    if sum(1 for _ in function.body.walk()) > LARGEST:
        return None
    writer = _Writer(function)
    return {"body": writer.region(function.body), "values": writer.values}


class _Writer:
    """Numbers the values: edges of the graph are pairs of an operation and a number."""

    def __init__(self, function: Function) -> None:
        self.printer = Printer(function)
        self.numbers: dict[Value, int] = {}
        self.values: list[list[str]] = []  # name and type of each

    def number(self, value: Value) -> int:
        if value not in self.numbers:
            self.numbers[value] = len(self.values)
            self.values.append(
                [self.printer.name(value), type_text(value.type, self.printer.sizes)]
            )
        return self.numbers[value]

    def all(self, values: list[Value]) -> list[int]:
        return [self.number(v) for v in values if not isinstance(v, Constant)]

    def region(self, region: Region) -> Json:
        return {"params": self.all(region.params), "ops": list(map(self.op, region.ops))}

    def op(self, op: Op) -> Json:
        found: Json = {"kind": op.kind, "says": self.says(op), "results": self.all(op.results)}
        found["operands"] = self.all(op.operands)
        if op.kind in ("for", "while"):  # which parameter each operand is, at the first iteration
            found["enters"] = [
                [self.number(v), self.number(p)]
                for region in op.regions
                for v, p in zip(op.operands, region.params, strict=False)
                if not isinstance(v, Constant)
            ]
        if op.span is not None:
            found["line"] = op.span.line
        if op.backward:
            found["backward"] = 1
        if op.regions:
            found["regions"] = list(map(self.region, op.regions))
        return found

    def says(self, op: Op) -> str:
        """An operation without its operands, except for constants: those have edges."""
        match op.kind:
            case "apply":
                positional, named = op.arguments()
                shown = [self._constant(v) for v in positional]
                shown += [f"{k}={self._constant(v)}" for k, v in named.items()]
                is_plain = not any(isinstance(v, Constant) for v in op.operands)
                name = target_name(op.target)
                return name if is_plain else f"{name}({', '.join(shown)})"
            case "call":
                return f"call {op.attrs['function'].name}"
            case "for":
                over = ", ".join(map(self.printer.name, op.sequences))
                over = f"reversed({over})" if op.attrs.get("backwards") else over
                return f"for {', '.join(map(self.printer.name, op.elements)) or '_'} in {over}"
        return op.kind

    def _constant(self, value: Value) -> str:
        return self.printer.name(value) if isinstance(value, Constant) else "·"


__all__ = ["graph"]
