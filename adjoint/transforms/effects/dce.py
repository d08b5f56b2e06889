"""Dead code: operations, results, carries, records and sequences that nothing needs."""

from __future__ import annotations

from collections.abc import Callable

from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.effects import op_is_pure
from adjoint.transforms.effects.raising import Raising


def eliminate_dead_code(function: Function, errors: bool = True) -> None:
    """Remove everything from which neither a result nor an effect can be reached.

    The exceptions of the program are effects, too: an operation that may raise stays, or leaves a
    check behind. Without `errors` they are not, in a function whose operations have run before.
    """
    if not errors:
        _sweep(function.body, find_live(function))
        return
    raising = Raising(function)
    live = find_live(function, raising.must_stay)
    raising.leave(op for op in function.body.ops if op not in live.ops)
    _sweep(function.body, live)


def find_live(function: Function, stays: Callable[[Op], bool] = lambda op: False) -> Liveness:
    """The operations and values that results, effects and whatever `stays` need."""
    live = Liveness(stays)
    terminator = function.body.terminator
    for value in terminator.operands:
        live.mark(value)
    live.run()  # first, since what is live already needs no other reason to stay
    live.mark_effects(function.body)
    live.run()
    return live


class Liveness:
    def __init__(self, stays: Callable[[Op], bool]) -> None:
        self.stays = stays
        self.values: set[Value] = set()
        self.ops: set[Op] = set()
        self.work: list[Value] = []
        self.aligned: list[Op] = []

    def mark(self, value: Value) -> None:
        if value not in self.values and not isinstance(value, Constant):
            self.values.add(value)
            self.work.append(value)

    def mark_effects(self, region: Region) -> None:
        for op in region.ops:
            if op.kind == "apply":
                if op in self.ops or op_is_pure(op) and not self.stays(op):
                    continue
                self.mark_op(op)
                for operand in op.operands:
                    self.mark(operand)
            elif op.kind == "call" and not op_is_pure(op):
                self.mark_op(op)
                for value in [*op.operands, *op.results]:
                    self.mark(value)
            for nested in op.regions:
                self.mark_effects(nested)

    def mark_op(self, op: Op) -> None:
        """The operation runs: so does what encloses it, with all that steers it."""
        if op in self.ops:
            return
        self.ops.add(op)
        if op.kind == "if":
            self.mark(op.operands[0])
        elif op.kind == "for":
            mirror = op.attrs.get("mirror")
            if mirror is not None and not op.n_sequences:
                self.mark_op(mirror)  # its iterations may have to be counted
            if op.attrs.get("aligned"):
                self.aligned.append(op)
            else:
                for value in op.sequences:
                    self.mark(value)
        elif op.kind == "while":
            self.mark(op.regions[0].yields[0])
        if op.kind in ("for", "while") and op.exit_flag is not None:
            self.mark(op.exit_flag)
        if op.parent is not None and op.parent.parent is not None:
            self.mark_op(op.parent.parent)

    def run(self) -> None:
        self._drain()
        # Sequences of equal length: one of them is enough to count the iterations.
        while self.aligned:
            op = self.aligned.pop()
            if op.n_sequences and not any(e in self.values for e in op.elements):
                self.mark(op.sequences[0])
                self._drain()

    def _drain(self) -> None:
        while self.work:
            value = self.work.pop()
            owner = value.owner
            if isinstance(owner, Op):
                self._result(owner, value)
            elif isinstance(owner, Region) and owner.parent is not None:
                self._param(owner, owner.parent, value)

    def _result(self, op: Op, value: Value) -> None:
        self.mark_op(op)
        if op.kind in ("apply", "call"):
            for operand in op.operands:
                self.mark(operand)
            return
        position = op.results.index(value)
        if op.kind == "if":
            for region in op.regions:
                self.mark(region.yields[position])
            return
        self.mark(op.body.yields[position])
        if position < op.n_carries:
            self._carry(op, position)

    def _param(self, region: Region, op: Op, value: Value) -> None:
        position = region.params.index(value)
        self.mark_op(op)
        if op.kind == "for" and position < op.n_sequences:
            self.mark(op.operands[position])
            return
        self._carry(op, position - op.n_sequences)

    def _carry(self, op: Op, position: int) -> None:
        self.mark(op.inits[position])
        self.mark(op.next_carries[position])
        self.mark(op.carries[position])
        if op.kind == "while":
            self.mark(op.regions[0].params[position])


def _sweep(region: Region, live: Liveness) -> None:
    kept: list[Op] = []
    for op in region.ops:
        if op.kind in ("yield", "return"):
            kept.append(op)
        elif op not in live.ops:
            op.drop()
        else:
            _trim(op, live)
            for nested in op.regions:
                _sweep(nested, live)
            kept.append(op)
    region.ops = kept


def _trim(op: Op, live: Liveness) -> None:
    """Drop the dead results of a structured operation, and what feeds them."""
    if op.kind == "if":
        keep = [k for k, r in enumerate(op.results) if r in live.values]
        if len(keep) < len(op.results):
            for region in op.regions:
                region.terminator.set_operands([region.yields[k] for k in keep])
            op.results = [op.results[k] for k in keep]
    elif op.kind in ("for", "while"):
        carried = [
            k for k in range(op.n_carries)
            if op.results[k] in live.values or op.carries[k] in live.values
            or op.kind == "while" and op.regions[0].params[k] in live.values
        ]  # fmt: skip
        stacks = [k for k in range(op.n_carries, len(op.results)) if op.results[k] in live.values]
        sequences = [
            k for k in range(op.n_sequences)
            if not op.attrs.get("aligned") or op.elements[k] in live.values
        ]  # fmt: skip
        if not sequences and op.n_sequences:
            sequences = [0]
        select(op, sequences, carried, stacks)


def select(op: Op, sequences: list[int], carried: list[int], stacks: list[int]) -> None:
    """Keep only these sequences, carries and stacks of a loop (positions in each)."""
    n = op.n_sequences
    if len(sequences) == n and len(carried) == op.n_carries and len(stacks) == len(op.stacks):
        return
    operands = [op.operands[k] for k in sequences] + [op.operands[n + k] for k in carried]
    body = op.body
    yields = [body.yields[k] for k in [*carried, *stacks]]
    if op.has_exit:
        yields.append(body.yields[-1])
    body.terminator.set_operands(yields)
    body.params = [body.params[k] for k in sequences] + [body.params[n + k] for k in carried]
    if op.kind == "while":
        op.regions[0].params = [op.regions[0].params[k] for k in carried]
    op.results = [op.results[k] for k in [*carried, *stacks]]
    op.attrs["sequences"] = len(sequences)
    op.set_operands(operands)
