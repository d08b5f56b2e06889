"""A gradient raises where the program raises, though it does not compute the value.

What only the value needs is dead code, but it may raise. Dead code elimination asks here what it
may drop: not an operation of the program that may raise. Those that certainly run, and ask for
nothing but sizes of arguments to agree, leave equations between these, which are checked at the
entry, before any effect, and cost no time.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator

import numpy as np

from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value, python_value
from adjoint.ir.infer import infer
from adjoint.ir.mismatches import Equation, equations_of
from adjoint.ir.raising import Errors, errors_of_op
from adjoint.ir.types import Array, Dim, Scalar, Size, Struct, Type
from adjoint.transforms.sizes.agreement import plain

#: A value that the function is given, the positions that lead to a part of it, and an axis.
Place = tuple[Value, tuple[int, ...], int | None]


class Raising:
    """The values that the exceptions of a function's operations need."""

    def __init__(self, function: Function):
        self.function = function
        self.sizes: dict[Size, Place] = {}
        for param in function.params:
            for place, size in _sizes(param, param.type, ()):
                self.sizes.setdefault(plain(size), place)

    def must_stay(self, op: Op) -> bool:
        """Is the operation needed for its exceptions, whoever needs its result?"""
        if not is_primal(op):
            return "raises" in op.attrs
        if "implied" in op.attrs or not _errors(op):
            return False
        return op.parent is not self.function.body or not self.is_checkable(op)

    def is_checkable(self, op: Op) -> bool:
        """Does the operation ask for sizes of arguments to agree, and no more?"""
        equations = equations_of(op)
        return bool(equations) and all(
            isinstance(size, int) or plain(size) in self.sizes
            for equation in equations  # type: ignore[union-attr]
            for size in equation
        )

    def leave(self, dead: Iterable[Op]) -> None:
        """Remember the equations of operations that are about to be dropped."""
        left = self.function.attrs.setdefault("equations", [])
        for op in dead:
            if is_primal(op) and self.is_checkable(op):
                left += [(equation, op) for equation in equations_of(op) or ()]

    def check(self, equation: Equation, op: Op, region: Region, index: int) -> None:
        """Insert a branch that raises where the two sizes differ, for what `op` would do."""
        if isinstance(equation[0], int):
            equation = equation[::-1]
        inserter = Inserter(region, index, op)
        (a, text_a), (b, text_b) = (self._size(size, inserter) for size in equation)
        differ = inserter.add(operator.ne, a, b)
        line = op.span.statement if op.span is not None else 0
        branch = raising_branch(differ, ValueError, f"line {line}: {text_a} != {text_b}", op)
        branch.attrs["equation"] = equation
        inserter.insert(branch)

    def _size(self, size: Size, inserter: Inserter) -> tuple[Value, str]:
        """A size as a value, and how the program calls it."""
        if isinstance(size, int):
            return Constant(size), str(size)
        value, path, axis = self.sizes[plain(size)]
        text = value.name
        for step in path:
            assert isinstance(value.type, Struct)
            names = value.type.keys
            text += f"[{step}]" if names is None else f"[{names[step]!r}]"
            key = names[step] if names is not None else step
            value = inserter.add(operator.getitem, value, Constant(key))
        if axis is None:
            return value, text
        shape = inserter.add(np.shape, value)
        return inserter.add(operator.getitem, shape, Constant(axis)), f"{text}.shape[{axis}]"


class Inserter:
    """Inserts operations of the program one after the other."""

    def __init__(self, region: Region, index: int, like: Op):
        self.region, self.index, self.like = region, index, like

    def add(self, target: object, *operands: Value) -> Value:
        types = [infer(target, operands, {})]
        return self.insert(Op("apply", operands, types, target=target)).result

    def insert(self, op: Op) -> Op:
        op.span, op.parent = self.like.span, self.region
        self.region.ops.insert(self.index, op)
        self.index += 1
        return op


def raising_branch(condition: Value, error: type, message: str, like: Op) -> Op:
    """`if condition: raise error(message)`."""
    fails = Op("apply", [Constant(error), Constant(message)], [infer(ops.fail, [], {})],
               target=ops.fail, span=like.span)  # fmt: skip
    arms = [Region(), Region()]
    arms[0].append(fails)
    for arm in arms:
        arm.append(Op("yield", span=like.span))
    return Op("if", [condition], regions=arms, span=like.span)


def is_primal(op: Op) -> bool:
    """Is this an operation of the program, and not one of a derivative?"""
    return not op.backward and "derived" not in op.attrs


def entry_checks(function: Function) -> Iterator[str]:
    """The messages of the checks that come before anything else."""
    asks = (np.shape, operator.getitem, operator.ne)
    for op in function.body.ops:
        if "equation" in op.attrs:
            yield python_value(op.regions[0].ops[0].operands[1])
        elif op.target not in asks:
            return


def _errors(op: Op) -> Errors:
    """The exceptions of an operation, except the overflow of `x ** 2` and other known powers.

    It is not worth a statement: the derivative is right where the value is too large.
    """
    errors = errors_of_op(op)
    if op.target in (operator.pow, pow) and isinstance(op.operands[1], Constant):
        return tuple(e for e in errors if e is not OverflowError)
    return errors


def _sizes(param: Value, type_: Type, path: tuple[int, ...]) -> Iterator[tuple[Place, Size]]:
    match type_:
        case Array(_, dims):
            for axis, size in enumerate(dims):
                if isinstance(size, Dim) and size.symbol:
                    yield (param, path, axis), size
        case Scalar("int", Dim() as size):
            yield (param, path, None), size
        case Struct(_, items):
            for k, item in enumerate(items):
                if not isinstance(item, Scalar) or item.size is not None:
                    yield from _sizes(param, item, (*path, k))
