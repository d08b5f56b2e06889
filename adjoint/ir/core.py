"""Values, operations, regions and functions: SSA with structured control flow.

An operation is one of

    apply   call `target` on the operands; trailing operands are passed by `keywords`
    if      operands (condition); regions (then, else); each yields the results
    for     operands (sequences..., inits...); region parameters (elements..., carries...);
            the region yields (carries..., records..., [exit flag]);
            results (carries..., stacks...)
    while   operands (inits...); regions (condition, body), both with the carries as parameters;
            the body yields as that of `for`
    call    call another `Function`
    yield   the end of a region; `return` the end of a function's body

A loop with an exit flag stops after the iteration that yields True. The stacks hold one record per
iteration, in iteration order (in the order of the sequences for a loop that runs `backwards`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from adjoint.errors import Span
from adjoint.ir.staging import Staged
from adjoint.ir.types import Type, type_of_constant


class Value(Staged):
    """An SSA value: the result of an operation, or the parameter of a region.

    Attributes
    ----------
    name : the user's name for it, or one that is derived from that; empty for a temporary.
    of : for a cotangent without a name, the value that it is the cotangent of.
    owner : the operation or region; None of a constant.
    op : the operation that defines this value, if one does.
    """

    __slots__ = ("type", "name", "of", "owner", "op", "users")

    def __init__(self, type_: Type, name: str = "", owner: Op | Region | None = None):
        self.type = type_
        self.name = name
        self.of: Value | None = None
        self.users: dict[Op, int] = {}
        self.belong_to(owner)

    def belong_to(self, owner: Op | Region | None) -> None:
        """Make it a value of this operation or region."""
        self.owner = owner
        self.op = owner if isinstance(owner, Op) else None

    def take_name(self, other: Value) -> None:
        """Stand for what `other` stood for, where this has no name of its own."""
        if not self.name:
            self.name, self.of = other.name, other.of if self.of is None else self.of

    def replace_with(self, other: Value) -> None:
        """Make every user of this value use `other`."""
        for user in list(self.users):
            user.replace_operand(self, other)


class Constant(Value):
    """A Python object that stands in the program as it is; it belongs to no region.

    Attributes
    ----------
    text : how the user has written a number, where that is not `repr(value)`: `1e-9`, `np.pi`.
    """

    __slots__ = ("value", "text")

    def __init__(self, value: Any, type_: Type | None = None, text: str = ""):
        super().__init__(type_of_constant(value) if type_ is None else type_)
        self.value, self.text = value, text


def python_value(value: Value) -> Any:
    """The Python object that a value of this kind always is."""
    assert isinstance(value, Constant)
    return value.value


class Op:
    __slots__ = (
        "kind", "target", "operands", "keywords", "results", "regions", "attrs", "span",
        "backward", "parent",
    )  # fmt: skip

    def __init__(
        self,
        kind: str,
        operands: Iterable[Value] = (),
        result_types: Iterable[Type] = (),
        *,
        target: Any = None,
        keywords: tuple[str, ...] = (),
        regions: Sequence[Region] = (),
        attrs: dict[str, Any] | None = None,
        span: Span | None = None,
        backward: bool = False,
    ):
        self.kind, self.target, self.keywords = kind, target, keywords
        self.operands: list[Value] = []
        self.results = [Value(t, "", self) for t in result_types]
        self.regions = list(regions)
        for region in self.regions:
            region.parent = self
        self.attrs = attrs or {}
        self.span, self.backward = span, backward
        self.parent: Region | None = None
        self.extend_operands(operands)

    @property
    def result(self) -> Value:
        (value,) = self.results
        return value

    # Loops: how the operands, region parameters, yields and results are divided.

    @property
    def n_sequences(self) -> int:
        return self.attrs.get("sequences", 0)

    @property
    def sequences(self) -> list[Value]:
        return self.operands[: self.n_sequences]

    @property
    def inits(self) -> list[Value]:
        return self.operands[self.n_sequences :]

    @property
    def n_carries(self) -> int:
        return len(self.operands) - self.n_sequences

    @property
    def body(self) -> Region:
        return self.regions[-1]

    @property
    def has_exit(self) -> bool:
        return bool(self.attrs.get("exit"))

    @property
    def is_aligned(self) -> bool:
        """Do all sequences of the loop have the length of each other? (A counter has any.)"""
        if self.attrs.get("aligned") or self.attrs.get("strict"):
            return True
        return sum(start_of_counter(s) is None for s in self.sequences) <= 1

    @property
    def elements(self) -> list[Value]:
        return self.body.params[: self.n_sequences]

    @property
    def carries(self) -> list[Value]:
        return self.body.params[self.n_sequences :]

    @property
    def next_carries(self) -> list[Value]:
        return self.body.yields[: self.n_carries]

    @property
    def records(self) -> list[Value]:
        return self.body.yields[self.n_carries : len(self.results)]

    @property
    def stacks(self) -> list[Value]:
        return self.results[self.n_carries :]

    @property
    def exit_flag(self) -> Value | None:
        return self.body.yields[-1] if self.has_exit else None

    # Editing keeps the def-use chains.

    def extend_operands(self, values: Iterable[Value]) -> None:
        for value in values:
            self.operands.append(value)
            value.users[self] = value.users.get(self, 0) + 1

    def set_operands(self, values: Iterable[Value]) -> None:
        new = list(values)
        self._release()
        self.operands = []
        self.extend_operands(new)

    def replace_operand(self, old: Value, new: Value) -> None:
        if old in self.operands:
            self.set_operands(new if v is old else v for v in self.operands)

    def _release(self) -> None:
        for value in self.operands:
            count = value.users.get(self, 0)
            if count > 1:
                value.users[self] = count - 1
            else:
                value.users.pop(self, None)

    def drop(self) -> None:
        """Forget the operands of this operation and of all that is nested in it."""
        self._release()
        for region in self.regions:
            for op in region.ops:
                op.drop()

    def arguments(self) -> tuple[list[Value], dict[str, Value]]:
        """The operands of an `apply` as positional and keyword arguments."""
        split = len(self.operands) - len(self.keywords)
        positional, named = self.operands[:split], self.operands[split:]
        return positional, dict(zip(self.keywords, named, strict=True))


class Region:
    """Operations in their order.

    Attributes
    ----------
    parent : the operation that it is a region of, once there is one.
    within : the region that was being written when this one was begun.
    entries : the types of carries before the loop, while it has no operation yet.
    """

    __slots__ = ("params", "ops", "parent", "within", "entries")

    def __init__(self, param_types: Iterable[Type] = ()):
        self.params = [Value(t, "", self) for t in param_types]
        self.ops: list[Op] = []
        self.parent: Op | None = None
        self.within: Region | None = None
        self.entries: dict[Value, Type] = {}

    def add_param(self, type_: Type, name: str = "") -> Value:
        value = Value(type_, name, self)
        self.params.append(value)
        return value

    def append(self, op: Op) -> Op:
        op.parent = self
        self.ops.append(op)
        return op

    @property
    def terminator(self) -> Op:
        return self.ops[-1]

    @property
    def yields(self) -> list[Value]:
        return self.ops[-1].operands

    def walk(self) -> Iterator[Op]:
        """Every operation in this region and in the regions nested in it, in order."""
        for op in self.ops:
            yield op
            for region in op.regions:
                yield from region.walk()


class Function:
    """A function in SSA form: parameters and one body region that ends in `return`."""

    def __init__(self, name: str, span: Span | None = None):
        self.name = name
        self.span = span
        self.body = Region()
        self.attrs: dict[str, Any] = {}

    @property
    def params(self) -> list[Value]:
        return self.body.params

    def add_param(self, type_: Type, name: str) -> Value:
        """A further parameter, under a name that no other one has."""
        taken, version, unused = {p.name for p in self.params}, 0, name
        while unused in taken:
            version += 1
            unused = f"{name}_{version}"
        return self.body.add_param(type_, unused)

    @property
    def results(self) -> list[Value]:
        return self.body.yields

    def __str__(self) -> str:
        from adjoint.ir.printer import print_function

        return print_function(self)


def forget_abandoned(function: Function, seen: set[Function] | None = None) -> None:
    """Drop the uses by operations that are not in the program: of regions that were given up."""
    seen = {function} if seen is None else seen | {function}
    there = set(function.body.walk())
    values = list(function.params)
    for op in there:
        values += [*op.results, *(param for region in op.regions for param in region.params)]
        inner = op.attrs.get("function")
        if isinstance(inner, Function) and inner not in seen:
            forget_abandoned(inner, seen)
    for value in values:
        if not there.issuperset(value.users):
            value.users = {op: n for op, n in value.users.items() if op in there}


def functions_called(function: Function) -> Iterator[Function]:
    """The functions that `function` calls, or has as values; itself not included."""
    seen: set[Function] = set()
    work = [function]
    while work:
        for op in work.pop().body.walk():
            callee = op.attrs.get("function") if op.kind in ("call", "apply") else None
            if callee is not None and callee not in seen:
                seen.add(callee)
                work.append(callee)
                yield callee


def start_of_counter(sequence: Value) -> Value | None:
    """The first number of an `itertools.count(start)`, None for anything else."""
    op = sequence.op
    return op.operands[0] if op is not None and op.target is itertools.count else None


def encloses(outer: Op, inner: Op) -> bool:
    """Is `inner` this operation, or one in its regions?"""
    op: Op | None = inner
    while op is not None:
        if op is outer:
            return True
        op = op.parent.parent if op.parent is not None else None
    return False


def comes_before(a: Op, b: Op) -> bool:
    """Is `a` done when `b` begins? Each may stand in operations of the block that both are in."""
    around: dict[Region, Op] = {}
    op: Op | None = a
    while op is not None and op.parent is not None:
        around[op.parent] = op
        op = op.parent.parent
    op = b
    while op is not None and op.parent is not None and op.parent not in around:
        op = op.parent.parent
    if op is None or op.parent is None:
        return False
    block = op.parent.ops
    return block.index(around[op.parent]) < block.index(op)


def enclosing_region(value: Value) -> Region | None:
    """The region in which a value is visible; None for constants."""
    owner = value.owner
    return owner.parent if isinstance(owner, Op) else owner


def is_inside(region: Region | None, ancestor: Region) -> bool:
    """Does `region` lie in `ancestor` (or equal it)?"""
    while region is not None:
        if region is ancestor:
            return True
        region = region.parent.parent if region.parent else None
    return False


def free_values(region: Region) -> list[Value]:
    """Values used in the region but defined outside of it, in order of first use."""
    defined: set[int] = set()
    found: dict[Value, None] = {}

    def visit(inner: Region) -> None:
        defined.update(map(id, inner.params))
        for op in inner.ops:
            for value in op.operands:
                if id(value) not in defined and not isinstance(value, Constant):
                    found[value] = None
            for nested in op.regions:  # the two of a `while` may have their parameters in common
                defined.update(map(id, nested.params))
            for nested in op.regions:
                visit(nested)
            defined.update(map(id, op.results))

    visit(region)
    return list(found)


def clone_region(region: Region, mapping: dict[Value, Value]) -> Region:
    """A copy of the region; `mapping` translates outer values and is extended with inner ones."""
    copy = Region()
    for param in region.params:
        mapping[param] = copy.add_param(param.type, param.name)
        mapping[param].of = param.of
    for op in region.ops:
        copy.append(clone_op(op, mapping))
    return copy


def clone_op(op: Op, mapping: dict[Value, Value]) -> Op:
    regions = [clone_region(r, mapping) for r in op.regions]
    copy = Op(
        op.kind,
        [mapping.get(v, v) for v in op.operands],
        [r.type for r in op.results],
        target=op.target,
        keywords=op.keywords,
        regions=regions,
        attrs={k: v for k, v in op.attrs.items() if k != "sizes"},
        span=op.span,
        backward=op.backward,
    )
    for old, new in zip(op.results, copy.results, strict=True):
        new.name, new.of = old.name, old.of
        mapping[old] = new
    return copy


Target = Callable[..., Any]
