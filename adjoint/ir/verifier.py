"""Checks the invariants of the IR after a pass. On in tests; costs one walk."""

from __future__ import annotations

import os

from adjoint.errors import VerificationError
from adjoint.ir.core import Constant, Function, Op, Region, Value

ENABLED = os.environ.get("ADJOINT_VERIFY", "") not in ("", "0")


def verify(function: Function, after: str = "") -> None:
    """Raise `VerificationError` unless `function` is well formed.

    Every operand is visible where it is used, def-use chains agree in both directions, and the
    parameters, yields and results of structured operations match in number.
    """
    _Verifier(function.name, after).region(function.body, set())


class _Verifier:
    def __init__(self, name: str, after: str):
        self.where = f"{name}, after {after}" if after else name

    def fail(self, message: str) -> None:
        raise VerificationError(f"{self.where}: {message}")

    def region(self, region: Region, visible: set[Value]) -> None:
        visible = visible | set(region.params)
        if not region.ops or region.ops[-1].kind not in ("yield", "return"):
            self.fail("a region without terminator")
        for param in region.params:
            self.users(param)
        for op in region.ops:
            for result in op.results:
                self.users(result)
            for nested in op.regions:
                if not nested.ops or nested.ops[-1].kind != "yield":
                    self.fail("a region without terminator")
            if op.parent is not region:
                self.fail(f"{op.kind} does not know its region")
            for value in op.operands:
                if not isinstance(value, Constant) and value not in visible:
                    self.fail(f"{_describe(op)} uses {value.name or '%'} outside of its scope")
                if op not in value.users:
                    self.fail(f"{_describe(op)} is missing from the users of {value.name}")
            self.counts(op)
            for nested in op.regions:
                self.region(nested, visible)
            visible.update(op.results)

    def users(self, value: Value) -> None:
        for user in value.users:
            if value not in user.operands:
                self.fail(f"{_describe(user)} is no user of {value.name or '%'} any more")

    def counts(self, op: Op) -> None:
        if op.kind == "if" and any(len(r.yields) != len(op.results) for r in op.regions):
            self.fail("an if whose arms yield another number of values than it has results")
        if op.kind in ("for", "while"):
            expected = len(op.results) + op.has_exit
            if len(op.body.yields) != expected:
                self.fail(f"a loop yields {len(op.body.yields)} values, {expected} expected")
            if len(op.body.params) != len(op.operands):
                self.fail("a loop whose parameters do not match its operands")


def _describe(op: Op) -> str:
    where = f" (line {op.span.line})" if op.span else ""
    return f"{op.kind} {getattr(op.target, '__name__', '')}{where}"
