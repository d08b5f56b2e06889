"""Many directions at once: what depends on a seed gets a further axis, the first one.

A tangent map and a pullback are linear in their seeds. All that depends on them is computed for
many seeds together, by the rules of `rules/batched.py`; everything else stays as it is and is
computed once. The result of every rule is held against the types: its first axis has to be the new
one, and the others as many as before. Where that cannot be shown the program stays as it is.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.ir import ops
from adjoint.ir.builder import Builder
from adjoint.ir.core import Constant, Function, Op, Region, Value, clone_op, free_values
from adjoint.ir.staging import UnknownRankError
from adjoint.ir.types import (
    Array,
    List,
    Scalar,
    Struct,
    Type,
    fresh_dim,
    is_differentiable,
    is_rank0,
    rank_of,
    same_size,
)
from adjoint.rules.batching import Call, NotBatched, Operand, batch_call, spread


def batch(function: Function, seeds: Sequence[Value], results: Sequence[int]) -> bool:
    """Let `seeds` have a further axis, and the `results` that depend on them.

    Parameters
    ----------
    seeds : parameters; without any, what the pullback is called with.
    results : the positions of the results that have the further axis.

    Returns
    -------
    Whether it could be done; if not, the function is as before.
    """
    batching = Batching(function)
    if seeds and all(is_rank0(seed.type) for seed in seeds):
        return False  # of numbers there are few, and arrays of few numbers are slow
    try:
        made = batching.whole(seeds, results)
    except (NotBatched, UnsupportedError, UnknownRankError):
        for region in batching.regions:
            drop(region)
        return False
    drop(function.body)
    for seed in seeds:
        batched = batching.values[seed]
        seed.type = batched.type
        batched.replace_with(seed)
    for op in made.ops:
        function.body.append(op)
    return True


def drop(region: Region) -> None:
    """Forget what a region does."""
    for op in region.ops:
        op.drop()
    region.ops = []


class Batching:
    """Writes the operations of a function anew, with a further axis where it is needed.

    Attributes
    ----------
    size : the new axis.
    values : what stands for a value of the function.
    batched : the values, of the function as it was, that have the new axis now.
    regions : all that was written.
    """

    def __init__(self, function: Function):
        self.function, self.size = function, fresh_dim()
        self.builder = Builder(function.body, function.span)
        self.values: dict[Value, Value] = {}
        self.batched: set[Value] = set()
        self.regions: list[Region] = []
        self.seed: Value | None = None

    def whole(self, seeds: Sequence[Value], results: Sequence[int]) -> Region:
        for seed in seeds:
            if not is_differentiable(seed.type):
                raise NotBatched("an argument without floats")
            batched = Value(self.type(seed.type), seed.name, seed.owner)
            self.enter(seed, batched)
            if self.seed is None:
                self.seed = batched
        with self.builder.active():
            made = self.region()
            with self.builder.inside(made):
                end = self.steps(self.function.body)
                if {k for k, v in enumerate(end.operands) if v in self.batched} - {*results}:
                    raise NotBatched("a value that differs")
                values = [
                    self.spread(v) if k in results else self.new(v)
                    for k, v in enumerate(end.operands)
                ]
                self.builder.append(Op("return", values, span=end.span))
        return made

    def region(self) -> Region:
        self.regions.append(Region())
        return self.regions[-1]

    def enter(self, old: Value, new: Value) -> None:
        """`new` is `old` with the new axis."""
        new.name = old.name
        self.values[old] = new
        self.batched.add(old)

    def new(self, old: Value) -> Value:
        return self.values.get(old, old)

    def operand(self, old: Value) -> Operand:
        return Operand(self.new(old), old, old in self.batched)

    def count(self) -> Value:
        """How many seeds there are: the length of the first array in the first of them."""
        value = self.seed
        assert value is not None
        while isinstance(value.type, Struct):
            place = next(k for k, t in enumerate(value.type.items) if is_differentiable(t))
            key = place if value.type.keys is None else value.type.keys[place]
            value = self.builder.apply(operator.getitem, value, key)
        if not isinstance(value.type, Array):
            raise NotBatched("a list that may be empty")
        return self.builder.apply(len, value)

    def type(self, type_: Type) -> Type:
        """The type of many values of a type, as far as it holds floats."""
        if not is_differentiable(type_):
            return type_
        match type_:
            case Scalar("float"):
                return Array(np.dtype(float), (self.size,))
            case Array(loose=True):
                raise NotBatched("what may be a number or an array")
            case Array(dtype, dims):
                return Array(dtype, (self.size, *dims))
            case Struct(kind, items, keys):
                return Struct(kind, tuple(map(self.type, items)), keys)
            case List(element, length, tape):
                return List(self.type(element), length, tape)
        raise NotBatched(f"a value of type {type_}")

    def spread(self, old: Value) -> Value:
        """A value with the new axis, be it the same for all."""
        if old in self.batched or not is_differentiable(old.type):
            return self.new(old)
        if isinstance(old.type, Struct):
            return self.builder.make(
                self.type(old.type),  # type: ignore[arg-type]
                [self.spread(v) for v in self.items(old)],
            )
        return spread(self.operand(old), self.count)

    def items(self, old: Value) -> list[Value]:
        """The items of a container that has no new axis."""
        assert isinstance(old.type, Struct)
        keys = old.type.keys or range(len(old.type.items))
        return [self.builder.apply(operator.getitem, self.new(old), key) for key in keys]

    # Operations

    def steps(self, region: Region) -> Op:
        """Write what a region does; its terminator is handed to the caller."""
        *steps, terminator = region.ops
        for op in steps:
            self.builder.backward = op.backward
            with self.builder.at(op.span):
                self.step(op)
        return terminator

    def step(self, op: Op) -> None:
        if op.target is ops.cotangent and self.seed is None:
            if is_rank0(op.result.type):
                raise NotBatched("there is one number to pull back")
            type_ = self.type(op.result.type)
            self.seed = self.builder.emit(op.target, [self.new(op.operands[0])], type_)
            self.enter(op.result, self.seed)
        elif op.kind == "apply" and any(v in self.batched for v in op.operands):
            self.apply(op)
        elif op.kind == "if" and self.touches(op):
            self.branch(op)
        elif op.kind in ("for", "while") and self.touches(op):
            self.loop(op)
        elif self.touches(op):
            raise NotBatched(f"an operation of kind {op.kind}")
        else:
            self.builder.region.append(clone_op(op, self.values))

    def touches(self, op: Op) -> bool:
        """Does anything in the operation have the new axis, or begin it?"""
        used = {*op.operands, *(v for r in op.regions for v in free_values(r))}
        begins = any(o.target is ops.cotangent for r in op.regions for o in r.walk())
        return bool(used & self.batched) or begins and self.seed is None

    def apply(self, op: Op) -> None:
        positional, named = op.arguments()
        if op.target in ops.CONTAINERS:
            first = ops.CONTAINERS[op.target]
            items = [self.spread(v) for v in op.operands[first:]]
            head = [self.new(v) for v in op.operands[:first]]
            made = self.builder.emit(op.target, [*head, *items], self.type(op.result.type))
            return self.enter(op.result, made)
        if op.target is ops.unpack:
            return self.part(op)
        if op.target is operator.getitem and not isinstance(op.operands[0].type, Array):
            return self.part(op)
        if op.target in (np.shape, np.size, np.ndim, len):
            return self.form(op)
        call = Call(
            op.target,
            [self.operand(v) for v in positional],
            {k: self.operand(v) for k, v in named.items()},
            op.result,
            self.count,
            self.size,
        )
        self.enter(op.result, self.checked(op.result, batch_call(call)))
        return None

    def part(self, op: Op) -> None:
        """Items of a container."""
        (base, *index) = op.operands
        if op.target is ops.unpack and isinstance(base.type, Array):
            places = range(len(op.results))
            found = [
                self.builder.apply(operator.getitem, self.new(base), (slice(None), k))
                for k in places
            ]
        elif op.target is ops.unpack:
            types = [self.type(r.type) for r in op.results]
            found = self.builder.unpack(self.new(base), types)
        elif op.target is operator.getitem and isinstance(index[0], Constant):
            found = [self.builder.apply(operator.getitem, self.new(base), index[0])]
        else:
            raise NotBatched("what a function makes of a container")
        for old, new in zip(op.results, found, strict=True):
            new.name = old.name
            self.values[old] = new
            if is_differentiable(old.type):
                self.batched.add(old)

    def form(self, op: Op) -> None:
        """The shape of a value says nothing of the new axis."""
        if len(op.operands) != 1 or not isinstance(op.operands[0].type, Array):
            raise NotBatched("the form of a container")
        rank = len(op.operands[0].type.dims)
        shape = self.builder.apply(np.shape, self.new(op.operands[0]))
        if op.target is np.shape:
            found = self.builder.apply(operator.getitem, shape, slice(1, None))
        elif op.target is len or op.target is np.size and rank == 1:
            found = self.builder.apply(operator.getitem, shape, 1)
        else:
            raise NotBatched("the number of elements")
        self.values[op.result] = found

    def checked(self, old: Value, new: Value) -> Value:
        """The result of a rule, whose type has to be that of many such values."""
        want, have = self.type(old.type), new.type
        if not (is_differentiable(old.type) and isinstance(have, Array)):
            raise NotBatched(f"a result of type {old.type}")
        assert isinstance(want, Array)
        same = have.dtype == want.dtype and len(have.dims) == len(want.dims)
        if not same or not same_size(have.dims[0], self.size):
            raise NotBatched(f"a result of type {have} in the place of {want}")
        if [d == 1 for d in have.dims[1:]] != [d == 1 for d in want.dims[1:]]:
            raise NotBatched("a result of another shape")
        if new.op is not None:
            new.type = want
        return new

    # Control flow, which is the same for all

    def branch(self, op: Op) -> None:
        if op.operands[0] in self.batched:
            raise NotBatched("a condition that differs")
        regions, ends = [], []
        for old in op.regions:
            regions.append(self.region())
            with self.builder.inside(regions[-1]):
                ends.append(self.steps(old))
        differ = [any(e.operands[k] in self.batched for e in ends) for k in range(len(op.results))]
        for made, end in zip(regions, ends, strict=True):
            with self.builder.inside(made):
                self.end(
                    end, [r.type if d else None for r, d in zip(op.results, differ, strict=True)]
                )
        types = [
            self.type(r.type) if d else r.type for r, d in zip(op.results, differ, strict=True)
        ]
        self.replace(op, [self.new(op.operands[0])], types, regions, differ)

    def end(self, old: Op, types: Sequence[Type | None]) -> None:
        """The end of a region; the types are those of the values that get the new axis."""
        values = list(old.operands)
        flags = values[len(types) :]
        if any(v in self.batched for v in flags):
            raise NotBatched("an exit that differs")
        new = [
            self.new(v) if type_ is None else self.entering(v, type_)
            for v, type_ in zip(values, types, strict=False)
        ]
        new += map(self.new, flags)
        self.builder.region.append(
            Op(old.kind, new, attrs=dict(old.attrs), span=old.span, backward=old.backward)
        )

    def entering(self, old: Value, type_: Type) -> Value:
        """A value with the new axis, where one of this type is expected.

        A number in the place of an array would have its new axis in the wrong place.
        """
        if not same_ranks(old.type, type_):
            raise NotBatched(f"{old.type} in the place of {type_}")
        return self.spread(old)

    def replace(
        self,
        op: Op,
        operands: Sequence[Value],
        types: Sequence[Type],
        regions: Sequence[Region],
        differ: Sequence[bool],
    ) -> None:
        if "mirror" in op.attrs:
            raise NotBatched("a loop that is still tied to another")
        attrs = {k: v for k, v in op.attrs.items() if k != "sizes"}
        made = Op(op.kind, operands, types, regions=regions, attrs=attrs, span=op.span,
                  backward=op.backward)  # fmt: skip
        self.builder.region.append(made)
        for old, new, d in zip(op.results, made.results, differ, strict=True):
            new.name = old.name
            self.values[old] = new
            if d:
                self.batched.add(old)

    def loop(self, op: Op) -> None:
        """A carry has the new axis if it has it before the loop or after an iteration."""
        carried = [v in self.batched for v in op.inits]
        while True:
            regions, differ, after = self.iteration(op, carried)
            if after == carried:
                break
            carried = after
            for region in regions:  # written in vain
                drop(region)
        for param, result, c in zip(op.carries, op.results, carried, strict=False):
            if c and not same_ranks(param.type, result.type):
                raise NotBatched("a number that a loop may turn into an array")
        sequences = [self.sequence(v) for v in op.sequences]
        inits = [
            self.entering(v, param.type) if c else self.new(v)
            for v, param, c in zip(op.inits, op.carries, carried, strict=True)
        ]
        types = [
            self.type(r.type) if d else r.type for r, d in zip(op.results, differ, strict=True)
        ]
        self.replace(op, [*sequences, *inits], types, regions, differ)

    def iteration(
        self, op: Op, carried: Sequence[bool]
    ) -> tuple[list[Region], list[bool], list[bool]]:
        """The regions of a loop, which results differ, and which carries do after a step."""
        stepped = [v in self.batched for v in op.sequences]
        regions: list[Region] = []
        for old in op.regions:
            made = self.region()
            regions.append(made)
            first = stepped if old is op.body else []
            for param, differs in zip(old.params, [*first, *carried], strict=True):
                self.batched.discard(param)
                type_ = self.type(param.type) if differs else param.type
                self.values[param] = made.add_param(type_, param.name)
                if differs and is_differentiable(param.type):
                    self.batched.add(param)
            with self.builder.inside(made):
                end = self.steps(old)
                if old is not op.body:  # the condition of a `while`
                    self.end(end, [])
                    continue
                yields = end.operands[: len(op.results)]
                differ = [v in self.batched for v in yields]
                n = op.n_carries
                own = [*(p.type for p in op.carries), *(v.type for v in yields[n:])]
                after = [a or b for a, b in zip(differ[:n], carried, strict=True)]
                differ[:n] = after
                self.end(end, [t if d else None for t, d in zip(own, differ, strict=True)])
        return regions, differ, after

    def sequence(self, old: Value) -> Value:
        """The iterable of a loop: along the axis that was the first one."""
        if old not in self.batched or isinstance(old.type, List):
            return self.new(old)
        if not isinstance(old.type, Array):
            raise NotBatched("a loop over a container")
        return self.builder.apply(np.swapaxes, self.new(old), 0, 1)


def same_ranks(a: Type, b: Type) -> bool:
    """Do the numbers and arrays in two types have the same number of axes?"""
    if isinstance(a, Struct) and isinstance(b, Struct):
        return len(a.items) == len(b.items) and all(map(same_ranks, a.items, b.items))
    if isinstance(a, List) and isinstance(b, List):
        return same_ranks(a.element, b.element)
    return not is_differentiable(a) or rank_of(a) is not None and rank_of(a) == rank_of(b)
