"""Which values share a Python variable, and what it is called.

SSA leaves by coalescing: the values that a loop or branch passes on are put into one variable
wherever their lifetimes allow (Sreedhar et al. 1999; here on intervals), so that most copies
vanish. Every variable then gets the name that the user gave to its value, and a temporary one
after its expression. What comes off a tape keeps the name that it had when it was recorded.
"""

from __future__ import annotations

import builtins
import keyword
import operator
from bisect import bisect_left

import numpy as np

from adjoint.emit.memory.accumulators import totals_of
from adjoint.emit.memory.liveness import Liveness, targets_of
from adjoint.emit.names.labels import Labels
from adjoint.emit.names.references import PACKAGES
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.types import UNDEFINED, List
from adjoint.runtime import arrays, containers, scans, signals, sorting, special, windows

Interval = tuple[int, int]

#: Python's own names. The prompt adds its latest result as `_`, which is the user's in programs.
_BUILTINS = frozenset(vars(builtins)) - {"_"}
#: Names that generated text gives a meaning of its own: the user's variables step aside.
RESERVED = frozenset(
    {
        *keyword.kwlist, "np", "math", *PACKAGES, "_", "range", "len", "zip", "enumerate",
        "reversed", "list", "tuple", "dict", "abs", "float", "int", "bool", "max", "min", "slice",
        "print", "isinstance", "pow", "round", "str", "repr",
        *(
            name
            for module in (arrays, containers, scans, signals, sorting, special, windows)
            for name in vars(module)
            if not name.startswith("_")
        ),
    }
)  # fmt: skip


class Variables:
    """The variable of every value; `name` gives its text."""

    def __init__(self, function: Function, liveness: Liveness, reserved: set[str]):
        self.function, self.liveness = function, liveness
        self.parent: dict[Value, Value] = {}
        self.intervals: dict[Value, list[Interval]] = {}
        self.hints: dict[Value, str] = {}
        self.fixed: dict[Value, str] = {}
        self.names: dict[Value, str] = {}
        self.reserved = reserved | RESERVED
        for value, segments in liveness.intervals.items():
            self.intervals[value] = _normal(segments)
        for param in function.params:
            self.fixed[param] = param.name
        self.recorded = recorded_values(function, liveness.nested)
        self.labels = Labels(self.origin)
        self._coalesce(function.body)
        self._assign()

    # Coalescing

    def find(self, value: Value) -> Value:
        root = value
        while root in self.parent:
            root = self.parent[root]
        while value in self.parent and self.parent[value] is not root:
            self.parent[value], value = root, self.parent[value]
        return root

    def enter(self, loop: Op, k: int) -> bool:
        """Put what a loop carries and what it starts from into one variable.

        Where the sequences of the loop read what it starts from, both hold the same.
        """
        init = self.find(loop.inits[k])
        segments = self.intervals.get(init)
        if segments is None:
            return False
        assigned, evaluated = self.liveness.headers[loop]
        self.intervals[init] = [(s, assigned if e == evaluated else e) for s, e in segments]
        united = self.unite(loop.carries[k], init)
        root = self.find(init)
        self.intervals[root] = _normal([*self.intervals[root], *segments])
        return united

    def unite(self, a: Value, b: Value) -> bool:
        """Put two values into one variable if they are never alive at once."""
        if isinstance(a, Constant) or isinstance(b, Constant):
            return False
        a, b = self.find(a), self.find(b)
        if a is b:
            return True
        if a not in self.intervals or b not in self.intervals:
            return False
        if is_backward(a) != is_backward(b) and not self.function.attrs.get("interleaved"):
            return False  # a variable is a primal or a cotangent, never both
        if a in self.fixed and b in self.fixed or b in self.fixed and a not in self.fixed:
            a, b = b, a
            if b in self.fixed:
                return False
        if a in self.fixed and self._hint(b) not in ("", self.fixed[a]):
            return False
        hints = {self._hint(a), self._hint(b)} - {""}
        if len(hints) > 1 and not is_backward(a):
            return False  # the user has two names, and assigns one to the other
        if _overlap(self.intervals[a], self.intervals[b]):
            return False
        self.hints[a] = self._hint(a) or self._hint(b)
        self.intervals[a] = _normal([*self.intervals[a], *self.intervals.pop(b)])
        self.parent[b] = a
        return True

    def _hint(self, root: Value) -> str:
        return self.hints.get(root) or root.name

    def _coalesce(self, region: Region) -> None:
        for op in region.ops:
            if op in self.liveness.nested:
                continue
            if op.kind in ("for", "while"):
                for k, param in enumerate(op.carries):
                    self.unite(param, op.results[k])
            for nested in op.regions:
                self._coalesce(nested)
            if op.kind == "if":
                for k, result in enumerate(op.results):
                    for nested in op.regions:
                        self.unite(result, nested.yields[k])
            elif op.kind in ("for", "while"):
                for k, param in enumerate(op.carries):
                    self.unite(param, op.next_carries[k])
                    if not self.enter(op, k):
                        self.unite(op.results[k], op.inits[k])
            elif op.kind == "call":
                for k, result in totals_of(op):
                    handed = op.operands[k].op
                    if handed is not None:
                        self.unite(result, handed.operands[0])
            elif op.kind == "apply" and op.target in (
                ops.index_add, operator.add, operator.sub, ops.append, ops.drop_last, ops.store,
                np.copy,
            ):  # fmt: skip
                same = op.result.name == op.operands[0].name
                if op.backward and same or op.target not in (operator.add, operator.sub):
                    self.unite(op.result, op.operands[0])

    # Names

    def origin(self, value: Value) -> Value:
        """What was recorded, for a value that comes off a tape."""
        seen = set()
        while value in self.recorded and value not in seen:
            seen.add(value)
            value = self.recorded[value]
        return value

    def _assign(self) -> None:
        """Names in the order of the text: those of the user's first, then of the forward half."""
        taken: dict[str, list[Interval]] = {}
        for root in self.fixed:
            if root in self.intervals:
                self.names[root] = self.fixed[root]
                taken[self.fixed[root]] = list(self.intervals[root])
        for name in [p.name for p in self.function.params]:
            taken.setdefault(name, [(0, 2)])
        roots = [r for r in self.intervals if r not in self.names]
        roots.sort(key=lambda r: self.intervals[r][0])
        users = [r for r in roots if self._hint(r)]
        own = {self._hint(r) for r in users}
        for root in sorted(roots, key=self._rank):
            wanted = self._name_for_life(root)
            if wanted and self._is_free(wanted, root, taken):
                name = wanted
            else:
                base, version = self._base(root), 0
                name = base
                if not self._hint(root) and base in own:
                    name, version = f"{base}_2", 2  # the user means something else by it
                while not self._is_free(name, root, taken):
                    version += 1
                    name = f"{base}_{version}"
            self.names[root] = name
            taken[name] = _normal([*taken.get(name, []), *self.intervals[root]])

    def _rank(self, root: Value) -> int:
        """Forward before backward; in each half those that have a name before the others.

        What comes off a tape is called as what went onto it, so it chooses before the rest.
        """
        if root in self.recorded:
            return 2
        return 3 * is_backward(root) + (not self._hint(root))

    def _is_free(self, name: str, root: Value, taken: dict[str, list[Interval]]) -> bool:
        if name in self.reserved:
            return False
        return not _overlap(taken.get(name, []), self.intervals[root])

    def _name_for_life(self, root: Value) -> str:
        """The name that a value from a tape had before."""
        origin = self.origin(root)
        return self.names.get(self.find(origin), "") if origin is not root else ""

    def _base(self, root: Value) -> str:
        hint = self._hint(root)
        if hint and hint.isidentifier() and not (hint in _BUILTINS and hint in self.reserved):
            return hint
        if isinstance(root.type, List) and root.type.tape:
            element = root.type.element
            return "tapes" if isinstance(element, List) and element.tape else "tape"
        return self.labels.label(root)

    def name(self, value: Value) -> str:
        return self.names.get(self.find(value), "_")

    @property
    def chosen(self) -> set[str]:
        """The names that were chosen here. Those of the entry's parameters are the user's."""
        names = {name for root, name in self.names.items() if root not in self.fixed}
        return names if self.function.attrs.get("entry") else names | set(self.fixed.values())

    def same(self, a: Value, b: Value) -> bool:
        return self.find(a) is self.find(b)


def recorded_values(function: Function, nested: set[Op]) -> dict[Value, Value]:
    """For what a loop takes off a tape: what another loop put there."""
    found: dict[Value, Value] = {}

    def copied(value: Value) -> Value:
        op = value.op
        is_copy = op is not None and op in nested and op.target is np.copy
        return op.operands[0] if is_copy and op is not None else value

    for loop in function.body.walk():
        if loop.kind != "for":
            continue
        patterns = loop.attrs.get("patterns", {})
        for sequence, element in zip(loop.sequences, loop.elements, strict=True):
            record = _record_of(found.get(sequence, sequence))
            if record is None:
                continue
            found[element] = copied(record)
            made = record.op
            if element in patterns and made is not None and made.target is ops.make_tuple:
                for part, value in zip(patterns[element], made.operands, strict=True):
                    if part is not None:
                        found[part] = copied(value)
    return found


def _record_of(stack: Value) -> Value | None:
    """What the loop that makes a tape records; a tape may be handed out of a branch."""
    op = stack.op
    while op is not None and op.kind == "if":
        position = op.results.index(stack)
        yields = [region.yields[position] for region in op.regions]
        stack = next((v for v in yields if v.type != UNDEFINED), yields[0])
        op = stack.op
    if op is None or op.kind not in ("for", "while") or stack not in op.stacks:
        return None
    return op.records[op.stacks.index(stack)]


def is_backward(value: Value) -> bool:
    """Does the value belong to the backward half?"""
    owner = value.owner
    op = owner if isinstance(owner, Op) else owner.parent if isinstance(owner, Region) else None
    return op is not None and op.backward and op.attrs.get("recomputed") is None


def _normal(segments: list[Interval]) -> list[Interval]:
    """Sorted, with touching intervals merged."""
    result: list[Interval] = []
    for start, end in sorted(segments):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def _overlap(a: list[Interval], b: list[Interval]) -> bool:
    """Do two sorted lists of intervals share a point? The longer one is searched by bisection."""
    if len(a) > len(b):
        a, b = b, a
    for start, end in a:
        k = bisect_left(b, (start, start))
        if k > 0 and b[k - 1][1] > start or k < len(b) and b[k][0] < end:
            return True
    return False


__all__ = ["Op", "Variables", "targets_of"]
