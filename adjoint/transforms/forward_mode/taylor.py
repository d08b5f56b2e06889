"""Derivatives of all orders of a function of one number, side by side.

Forward mode on top of forward mode computes the same derivatives again and again: two passes give
a value two first derivatives. Here every active value gets its derivatives of orders 1, 2, ..., n
once, as Taylor series do (Griewank and Walther, Evaluating Derivatives, chapter 13). For y = f(x)
with the partial derivative w, y' = w x', and so

    y^(k) = sum over j of C(k-1, j-1) x^(j) w^(k-j),

in which w needs one order less. Products have Leibniz' rule, linear functions act on each order.
Branches, loops and containers are those of forward mode.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.indexing import python_argument
from adjoint.ir.infer import is_elementwise
from adjoint.ir.staging import inside_rule
from adjoint.ir.types import Array, dims_of, is_loose, is_numeric
from adjoint.rules import is_inactive, rule_for
from adjoint.rules.kinds import Refused, Rule, scale
from adjoint.rules.staged import shape_of
from adjoint.transforms.forward_mode.forward import Forward, carry_through
from adjoint.transforms.forward_mode.pushforward import (
    as_scalar,
    cast,
    is_diagonal,
    push,
    same_sizes,
)
from adjoint.transforms.forward_mode.tangents import Tangent, Tangents
from adjoint.transforms.reverse_mode.cotangents import Path
from adjoint.transforms.simplify.cse import operand_key


class NoSeries(UnsupportedError):
    """An operation whose derivatives of higher order are not known side by side."""


_PRODUCTS = {operator.mul, np.multiply, operator.matmul, np.matmul}
_QUOTIENTS = {operator.truediv, np.divide}
#: Linear in all that may be active, though their rules do not say so.
_LINEAR = {operator.getitem, ops.store, ops.index_add, ops.select, ops.unpack, *ops.CONTAINERS}


class Series(Forward):
    """Puts the derivatives of orders 1 to `order` into the body of a function."""

    def __init__(
        self, function: Function, inputs: Sequence[Value], outputs: Sequence[Value], order: int
    ):
        super().__init__(function, inputs, outputs)
        suffixes = ["_dot", *(f"_dot{k}" for k in range(2, order + 1))]
        self.orders = [Tangents(self.builder, suffix) for suffix in suffixes]
        self.tangents = self.orders[0]
        self.builder.intercept = self.known_result
        self.partials: dict[tuple[Op, int], Any] = {}
        self.staged: set[Value] = set()  # results of partial derivatives
        self.settled: set[tuple[Value, int]] = set()
        self.results: dict[Any, Value] = {}
        self.searched: dict[Region, int] = {}

    def body(self, region: Region) -> Op:
        outer, self.results = self.results, {}
        try:
            return super().body(region)
        finally:
            self.results = outer

    def call(self, op: Op, region: Region) -> None:
        raise NoSeries("a recursive function")

    def apply(self, op: Op, region: Region) -> None:
        region.append(op)
        if is_inactive(op.target) or not any(r in self.active for r in op.results):
            return
        for order in range(1, len(self.orders) + 1):
            found = self.derivatives(op, order)
            for result, tangent in zip(op.results, found, strict=True):
                self.orders[order - 1].set(result, tangent)

    def of(self, value: Any, order: int) -> Tangent:
        """The derivative of a value; order 0 is the value."""
        if order == 0 or not isinstance(value, Value):
            return value if order == 0 else None
        tangents = self.orders[order - 1]
        if value in self.staged and (value, order) not in self.settled:
            self.settled.add((value, order))
            assert value.op is not None
            if not is_inactive(value.op.target):
                tangents.set(value, self.derivatives(value.op, order)[0])
        return tangents.get(value)

    def moves(self, value: Value, order: int) -> bool:
        """Has the value a derivative, up to this order? They are all there then."""
        return any([self.of(value, k) is not None for k in range(1, order + 1)])

    def derivatives(self, op: Op, order: int) -> list[Tangent]:
        """Those of one order, of the results of an operation."""
        moving = [v for v in op.operands if self.moves(v, order)]
        if not moving:
            return [None] * len(op.results)
        rule = rule_for(op.target)
        linear = rule is not None and rule.kind == "linear" and not rule.affine
        if linear or op.target in _LINEAR:
            return self.linear(op, order)
        a, *rest = op.operands
        product = op.target in _PRODUCTS or rule is not None and rule.kind == "multilinear"
        if product and len(moving) == 1 and op.operands.count(moving[0]) == 1:
            return self.linear(op, order)
        if op.target in _PRODUCTS:
            matrices = op.target in (operator.matmul, np.matmul)
            times = operator.matmul if matrices else operator.mul
            found = self.product(order, a, rest[0], times)
        elif op.target in _QUOTIENTS:
            found = self.quotient(op.result, a, rest[0], order)
        elif rule is not None and not op.keywords and self.acts_by_element(op, rule, order):
            found = self.chain(op, rule, order)
        else:
            raise NoSeries(f"derivatives of {getattr(op.target, '__name__', op.target)}")
        return [self.fitted(op, found)]

    def acts_by_element(self, op: Op, rule: Rule, order: int) -> bool:
        """Has it partial derivatives? What a general rule makes of the cotangent 1 is one."""
        if rule.kind == "elementwise":
            return True
        moving = [self.moves(v, order) for v in op.operands]
        return rule.kind == "general" and is_diagonal(op, op.operands, moving)

    def linear(self, op: Op, order: int) -> list[Tangent]:
        self.tangents = self.orders[order - 1]
        if all(self.tangents.get(v) is None for v in op.operands):
            return [None] * len(op.results)
        return self.unpack(op) if op.target is ops.unpack else [push(self, op)]

    def product(
        self, order: int, a: Any, b: Any, times: Callable[[Any, Any], Any], least: int = 0
    ) -> Any:
        """The sum of C(order, j) a^(j) b^(order - j), for j from `least` on."""
        total: Any = None
        twice = a is b and times is operator.mul
        for j in range(least, order // 2 + 1 if twice else order + 1):
            x, y = self.of(a, j), self.of(b, order - j)
            if x is None or y is None:
                continue
            factor = math.comb(order, j) * (2 if twice and 2 * j < order else 1)
            total = _plus(total, _scaled(times(x, y), factor))
        return total

    def quotient(self, y: Value, a: Value, b: Value, order: int) -> Any:
        """From a = y b, solved for the highest derivative of y."""
        found = self.of(a, order)
        rest = self.product(order, b, y, operator.mul, least=1)
        if rest is not None:
            found = -rest if found is None else found - rest
        return None if found is None else found / b

    def chain(self, op: Op, rule: Rule, order: int) -> Any:
        total: Any = None
        for k, x in enumerate(op.operands):
            if not self.moves(x, order):
                continue
            slope = self.partial(op, rule, k)
            for j in range(1, order + 1):
                dot, factor = self.of(x, j), self.of(slope, order - j)
                if dot is not None and factor is not None:
                    term = scale(dot, factor)
                    if term is not None:
                        total = _plus(total, _scaled(term, math.comb(order - 1, j - 1)))
        return total

    def partial(self, op: Op, rule: Rule, k: int) -> Any:
        """A partial derivative of an operation, as operations of this region."""
        if (op, k) not in self.partials:
            region = self.builder.region
            before = len(region.ops)
            args = [python_argument(v) for v in op.operands]
            with inside_rule():
                if rule.kind == "general":
                    found = rule.pullback(1.0, op.result, args, {})[k]
                else:
                    f = rule.partials[k]
                    found = None if f is None else rule._call(f, op.result, *args)
            if isinstance(found, Refused):
                raise UnsupportedError(found.reason)
            for made in region.ops[before:]:
                self.staged.update(made.results)
            self.partials[op, k] = found
        return self.partials[op, k]

    def known_result(self, target: Any, args: list[Value], named: dict[str, Value]) -> Any:
        """The result of the same operation earlier in this region: sin and cos, for instance,
        are each in the derivative of the other."""
        if not is_elementwise(target) and getattr(target, "__module__", "") != "math" or named:
            return None
        region = self.builder.region
        for op in region.ops[self.searched.get(region, 0) :]:
            if op.kind == "apply" and len(op.results) == 1 and not op.keywords:
                self.results.setdefault((id(op.target), *map(operand_key, op.operands)), op.result)
        self.searched[region] = len(region.ops)
        found = self.results.get((id(target), *map(operand_key, args)))
        if found is not None and found not in self.active:
            self.staged.add(found)  # nobody needed its derivatives so far
        return found

    def fitted(self, op: Op, found: Any) -> Tangent:
        """The results of the formulas, in the shape and dtype of the result."""
        y = op.result
        if found is None or not is_numeric(y.type):
            return found
        tangent = cast(self, self.builder.value(found), y)
        if isinstance(tangent, Constant) and tangent.value == 0:
            return None
        want, have = dims_of(y.type), dims_of(tangent.type)
        if not want:
            return as_scalar(self, tangent, y)
        if have is None or not same_sizes(have, want) or is_loose(tangent.type):
            tangent = self.builder.apply(np.broadcast_to, tangent, shape_of(y))
        elif isinstance(tangent.type, Array) and isinstance(y.type, Array):
            tangent.type = Array(tangent.type.dtype, y.type.dims, tangent.type.scalar)
        return tangent


def _plus(total: Any, term: Any) -> Any:
    return term if total is None else total + term


def _scaled(term: Any, factor: int) -> Any:
    return term if factor == 1 else float(factor) * term


def append_series(
    function: Function,
    inputs: Sequence[tuple[Value, Path, Value]],
    outputs: Sequence[Value],
    order: int,
) -> list[Value]:
    """Put derivatives up to `order` into a function; returns the highest ones of `outputs`.

    Raises
    ------
    NoSeries : where an operation is not known to this module.
    """
    return carry_through(
        Series(function, [v for v, _, _ in inputs], outputs, order), inputs, outputs
    )


__all__ = ["NoSeries", "append_series"]
