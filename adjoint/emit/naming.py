"""Which values share a Python variable, and what it is called.

SSA leaves by coalescing: the values that a loop or branch passes on are put into one variable
wherever their lifetimes allow (Sreedhar et al. 1999; here on intervals), so that most copies
vanish. Every variable then gets the name that the user gave to its value.
"""

from __future__ import annotations

import builtins
import keyword
import operator
from bisect import bisect_left

import numpy as np

from adjoint.emit.accumulators import totals_of
from adjoint.emit.liveness import Liveness, targets_of
from adjoint.emit.references import PACKAGES
from adjoint.ir import ops
from adjoint.ir.core import Constant, Function, Op, Region, Value
from adjoint.ir.types import BOOL, List
from adjoint.runtime import arrays, containers, scans, signals, sorting, special, windows

Interval = tuple[int, int]
LETTERS = ("a", "b", "c", "d", "e", "p", "q", "r", "u", "v", "w", "z")


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

    def _assign(self) -> None:
        roots = list(self.intervals)
        taken: dict[str, list[Interval]] = {}
        for root in self.fixed:
            if root in self.intervals:
                self.names[root] = self.fixed[root]
                taken[self.fixed[root]] = list(self.intervals[root])
        for name in [p.name for p in self.function.params]:
            taken.setdefault(name, [(0, 2)])
        forward = [r for r in roots if r not in self.names and self._is_users(r)]
        others = [r for r in roots if r not in self.names and not self._is_users(r)]
        for root in [*forward, *others]:
            base = self._base(root, taken)
            name, version = base, 0
            while name in self.reserved or _overlap(taken.get(name, []), self.intervals[root]):
                version += 1
                name = f"{base}_{version}"
            self.names[root] = name
            taken[name] = _normal([*taken.get(name, []), *self.intervals[root]])

    def _is_users(self, root: Value) -> bool:
        op = root.op
        return bool(self._hint(root)) and not (op is not None and op.backward)

    def _base(self, root: Value, taken: dict[str, list[Interval]]) -> str:
        hint = self._hint(root)
        if hint and hint.isidentifier() and not (hint in _BUILTINS and hint in self.reserved):
            return hint
        if isinstance(root.type, List):
            return "tape" if root.type.tape else "items"
        op = root.op
        if op is not None and op.backward:
            return "g"
        if root.type == BOOL:
            return "flag"
        for letter in LETTERS:
            if letter not in taken and letter not in self.reserved:
                return letter
        return "t"

    def name(self, value: Value) -> str:
        return self.names.get(self.find(value), "_")

    def same(self, a: Value, b: Value) -> bool:
        return self.find(a) is self.find(b)


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
