"""What a value without a name is called: after its expression, as in `exp_logits`, `A_P`, `inv_S`.

A name has at most three words, where a name of the user's is one word. An expression that needs
more is called after its first operand that has a name.
"""

from __future__ import annotations

import keyword
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.emit.memory.tapes import copy_container
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Region, Value
from adjoint.ir.indexing import index_items
from adjoint.ir.types import BOOL, INT, UNDEFINED, Array, List, Unknown

Words = tuple[str, ...]

MOST_WORDS, LONGEST = 3, 22
#: Deeper expressions are not described: a name has no room for them.
_DEPTH = 6

_NUMBERS = {0.5: "half", 1: "one", 2: "two", 3: "three", 4: "four"}
_POWERS = {2: "squared", 3: "cubed", 4: "fourth", 0.5: "root"}
#: The word between two operands, and the word after one of them where both are too long.
_INFIX: dict[Any, tuple[str, str]] = {
    operator.add: ("plus", "sum"), np.add: ("plus", "sum"),
    operator.sub: ("minus", "difference"), np.subtract: ("minus", "difference"),
    operator.mul: ("", "product"), np.multiply: ("", "product"),
    operator.matmul: ("", "product"), np.matmul: ("", "product"), np.dot: ("", "product"),
    operator.truediv: ("over", "ratio"), np.divide: ("over", "ratio"),
    operator.floordiv: ("over", "quotient"), operator.mod: ("mod", "remainder"),
    operator.pow: ("to", "power"), np.power: ("to", "power"),
    operator.and_: ("and", "mask"), operator.or_: ("or", "mask"),
    operator.lt: ("below", "below"), operator.le: ("up_to", "up_to"),
    operator.gt: ("above", "above"), operator.ge: ("from", "from"),
    operator.eq: ("at", "mask"), operator.ne: ("not", "mask"),
    np.less: ("below", "below"), np.less_equal: ("up_to", "up_to"),
    np.greater: ("above", "above"), np.greater_equal: ("from", "from"),
    np.equal: ("at", "mask"), np.not_equal: ("not", "mask"),
    operator.is_: ("is", "is"), operator.is_not: ("is_not", "is_not"),
}  # fmt: skip
#: What an operation with a number that has no word does to the other operand.
_ADJECTIVES: dict[Any, str] = {
    operator.add: "shifted", np.add: "shifted", operator.sub: "shifted", np.subtract: "shifted",
    operator.mul: "scaled", np.multiply: "scaled",
    operator.truediv: "scaled", np.divide: "scaled",
}  # fmt: skip
_COMPARISONS = {
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
    np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal,
}  # fmt: skip
_COMMUTES = {operator.mul, np.multiply, operator.add, np.add}
_AGAINST_ZERO: dict[Any, str] = {
    operator.lt: "negative", np.less: "negative", operator.gt: "positive", np.greater: "positive",
    operator.le: "nonpositive", np.less_equal: "nonpositive",
    operator.ge: "nonnegative", np.greater_equal: "nonnegative",
    operator.eq: "is_zero", np.equal: "is_zero", operator.ne: "nonzero", np.not_equal: "nonzero",
}  # fmt: skip
#: What leaves the operand as it is, for a reader.
_PLAIN = {np.copy, copy_container, ops.alias, ops.stop_gradient, np.ascontiguousarray, np.asarray,
          ops.literal, float, np.astype, np.squeeze, np.ravel}  # fmt: skip
_SUFFIX: dict[Any, str] = {
    np.shape: "shape", np.size: "size", len: "len", np.transpose: "T", np.swapaxes: "T",
    np.expand_dims: "expanded", np.broadcast_to: "spread", np.reshape: "reshaped",
    np.zeros_like: "zeros", ops.zero: "zeros", np.ones_like: "ones", np.where: "chosen",
    ops.select: "chosen", np.concatenate: "joined", np.stack: "stacked", ops.make_list: "items",
    ops.make_tuple: "items", ops.reverse_list: "reversed", np.array: "array", np.full: "filled",
    ops.make_dict: "items", np.pad: "padded", ops.index_add: "sum", ops.add_containers: "sum",
    ops.append: "items", ops.drop_last: "rest", list: "items", tuple: "items",
    np.take: "taken", np.take_along_axis: "taken", np.repeat: "repeated", np.tile: "repeated",
    np.cumsum: "cumsum", np.sort: "sorted", sorted: "sorted", np.argsort: "order",
    np.flip: "flipped", np.roll: "rolled", np.clip: "clipped",
}  # fmt: skip


class Labels:
    """Describes values; `origin` finds the value of the forward half that a tape hands back."""

    def __init__(self, origin: Callable[[Value], Value]):
        self.origin = origin
        self._known: dict[Value, Words] = {}

    def label(self, value: Value) -> str:
        """A name for a value, which has none or may be the cotangent of one that has none."""
        found = self._join(value)
        return found if found.isidentifier() and not keyword.iskeyword(found) else "result"

    def _join(self, value: Value) -> str:
        words = self.words(value)
        whole = words == ("which",) or words and words[0].endswith("_bar")
        if len(words) == 1 and not whole and not self.origin(value).name:
            words = (*words, "flag" if value.type == BOOL else "value")
        text = "_".join(words)
        if words and not text[0].isdigit():
            return text
        if value.type == BOOL:
            return "stopped"  # the state of a loop that is left
        if value.of is not None or value.op is not None and value.op.backward:
            return "result_bar"
        return "items" if isinstance(value.type, List) else "result"

    def words(self, value: Value, depth: int = 0) -> Words:
        """The description of a value; empty where there is nothing to say."""
        value = self.origin(value)
        if isinstance(value, Constant):
            number = value.value
            known = type(number) in (int, float) and number in _NUMBERS
            return (_NUMBERS[number],) if known else ()
        if value.name:
            return (value.name.strip("_") or value.name,)
        if value not in self._known:
            self._known[value] = ()  # a loop may hand a value to itself
            self._known[value] = self._describe(value, depth) or _tag(value)
        return self._known[value]

    def _describe(self, value: Value, depth: int) -> Words:
        primal = value.of
        if primal is not None:
            words = self.words(primal, depth)
            if words:
                return _shortened((*words[:-1], f"{words[-1]}_bar"))
        loop = value.owner.parent if isinstance(value.owner, Region) else None
        if loop is not None and loop.backward and value in loop.carries:
            state = self.core(loop.inits[loop.carries.index(value)], depth + 1)
            return (state, "next") if state else ()  # of the iteration that was reversed before
        op = value.op
        if op is None or depth > _DEPTH or all(result is not value for result in op.results):
            return ()  # too deep, or gone from the program
        if op.kind == "if":
            return self._branch(op, op.results.index(value), depth)
        if op.kind in ("for", "while"):
            k = op.results.index(value)
            if k < op.n_carries:
                return self.words(op.next_carries[k], depth + 1)
            record = self.words(op.records[k - op.n_carries], depth + 1)
            return _shortened((*record[:1], "items"))
        if op.kind == "call":
            called = op.attrs["function"]
            name = called.results[op.results.index(value)].name
            return (name,) if name else (called.name.strip("_"), "result")
        stored = next((u for u in value.users if u.target is ops.store), None)
        if stored is not None and stored.operands[1] is value and len(stored.operands) == 4:
            for words in self._item(stored.operands[0], stored.operands[3], depth + 1):
                if words and _fits(words) and words[1:] != ("part",):
                    return words
        for words in self._candidates(op, value, depth + 1):
            if words and _fits(words):
                return words
        return ()

    def _branch(self, op: Op, k: int, depth: int) -> Words:
        arms = [self.words(region.yields[k], depth + 1) for region in op.regions]
        known = [words for words in arms if words]
        style = op.attrs.get("style")
        if style in ("and", "or"):
            condition = self.core(op.operands[0], depth + 1)
            other = known[0 if style == "and" else -1] if known else ()
            joined = (condition, style, *other)
            if condition and other and _fits(joined):
                return joined
        others = [region.yields[k].type for region in op.regions].count(UNDEFINED)
        for words in known:  # where only one arm has it, it is just that
            return words if others else _shortened((*words[:2], "chosen"))
        return ()

    def core(self, value: Value, depth: int = 0) -> str:
        """The one word that says most: the first name in the expression of the value."""
        value = self.origin(value)
        if isinstance(value, Constant) or depth > 2 * _DEPTH:
            return ""
        if value.name:
            return value.name.strip("_") or value.name
        if value.of is not None:
            core = self.core(value.of, depth + 1)
            if core:
                return f"{core}_bar"
        op = value.op
        if op is None or op.kind != "apply":
            return ""
        return next(filter(None, (self.core(v, depth + 1) for v in op.operands)), "")

    def _candidates(self, op: Op, value: Value, depth: int) -> Iterator[Words]:
        """Descriptions of an operation, the fullest first."""
        target = op.target
        operands, _ = op.arguments()
        if len(op.results) > 1:  # an item of something that is unpacked
            yield (self.core(operands[0], depth), str(op.results.index(value)))
            return
        if not operands:
            yield (_own_name(target),)
            return
        try:
            hash(target)
        except TypeError:
            target = None
        if target is np.copy and operands[0].name:
            yield (*self.words(operands[0], depth), "copy")
        if target in _PLAIN:
            yield self.words(operands[0], depth)
        elif target is operator.getitem and len(operands) == 2:
            yield from self._item(operands[0], operands[1], depth)
        elif target in _INFIX and len(operands) == 2:
            yield from self._binary(target, operands[0], operands[1], depth)
        elif target in (operator.neg, np.negative):
            yield from self._around(("minus",), operands[0], (), depth)
        elif target in (operator.not_, operator.invert, np.logical_not):
            yield from self._around(("not",), operands[0], (), depth)
        elif target in _SUFFIX:
            chooses = target in (np.where, ops.select) and len(operands) > 1
            first = operands[1] if chooses else operands[0]
            suffix = (_SUFFIX[target],)
            yield from self._around((), first, suffix, depth)
            for other in operands:
                yield from self._around((), other, suffix, depth)
        else:
            function = _own_name(target)
            if len(operands) == 2 and all(_is_data(v) for v in operands):
                cores = tuple(self.core(v, depth) for v in operands)
                if all(cores):
                    yield (function, *cores)
            for operand in operands:
                yield from self._around((function,), operand, (), depth)
            yield (function, "value")

    def _around(self, before: Words, value: Value, after: Words, depth: int) -> Iterator[Words]:
        words, core = self.words(value, depth), self.core(value, depth)
        if words:
            yield (*before, *words, *after)
        if core:
            yield (*before, core, *after)

    def _binary(self, target: Any, a: Value, b: Value, depth: int) -> Iterator[Words]:
        glue, noun = _INFIX[target]
        if isinstance(b, Constant) and type(b.value) in (int, float):
            if target in (operator.pow, np.power) and b.value in _POWERS:
                yield from self._around((), a, (_POWERS[b.value],), depth)
            if target in _AGAINST_ZERO and b.value == 0:
                yield from self._around((), a, (_AGAINST_ZERO[target],), depth)
        left, right = self.words(a, depth), self.words(b, depth)
        if target in _COMMUTES and isinstance(b, Constant) and left and right:
            a, b, left, right = (b, a, right, left) if not glue else (a, b, left, right)
        middle = (glue,) if glue else ()
        cores = self.core(a, depth), self.core(b, depth)
        short_left = (cores[0],) if cores[0] else left
        short_right = (cores[1],) if cores[1] else right
        if left and left == right and target in (operator.mul, operator.matmul):
            yield from self._around((), a, ("squared",), depth)
        for first in (left, short_left):
            for second in (right, short_right):
                if first and second and first != second:
                    yield (*first, *middle, *second)
        if target in _COMPARISONS and isinstance(b, Constant):
            word = str(b.value) if type(b.value) is int and b.value >= 0 else "limit"
            yield from self._around((), a, (glue, word), depth)
        if target in _ADJECTIVES and (isinstance(a, Constant) or isinstance(b, Constant)):
            adjective = "inverse" if target in (operator.truediv, np.divide) and isinstance(
                a, Constant) else _ADJECTIVES[target]  # fmt: skip
            for one in (a, b):
                if not isinstance(one, Constant):
                    words = self.words(one, depth)
                    yield () if words[:1] == (adjective,) else (adjective, *words)
                    yield (adjective, self.core(one, depth))
        yield tuple(filter(None, (cores[0] or cores[1], noun)))

    def _item(self, base: Value, index: Value, depth: int) -> Iterator[Words]:
        core = self.core(base, depth)
        if base.op is not None and base.op.target is np.shape and isinstance(index, Constant):
            of = self.core(base.op.operands[0], depth)
            yield (of, "len") if index.value == 0 else (of, "shape", str(index.value))
        words: list[str] = []
        slices: list[str] = []
        for part in index_items(index):
            python = part.value if isinstance(part, Constant) else None
            if isinstance(python, str):
                yield (python,)
                words.append(python)
            elif isinstance(python, int) and not isinstance(python, bool):
                words.append("last" if python == -1 else str(python).replace("-", "minus_"))
            elif isinstance(python, slice):
                if python.start or python.stop:
                    slices.append("part" if python.start and python.stop else
                                  "tail" if python.start else "head")  # fmt: skip
            elif part.op is not None and part.op.target is slice:
                slices.append(self._bounds(part.op, depth))
            elif not isinstance(part, Constant):
                words.append(self.core(part, depth))
        words, slices = [w for w in words if w], [w for w in slices if w]
        axes = any(isinstance(p, Constant) and p.value is None for p in index_items(index))
        for tail in ((*words, *slices[:1]), words[:2], words[:1], slices[:1]):
            if tail and all(tail):
                yield (core, *tail) if core else ()
        yield tuple(filter(None, (core, "axis" if axes else "part")))

    def _bounds(self, op: Op, depth: int) -> str:
        """`to_j` for `:j`, `from_i` for `i:` and for `i:i + n`."""
        parts = [None, *op.operands] if len(op.operands) == 1 else op.operands
        for glue, part in (("from", parts[0]), ("to", parts[1])):
            word = "" if part is None else self.core(part, depth)
            if word:
                return f"{glue}_{word}"
        return ""


def _tag(value: Value) -> Words:
    """The number that says which of several objects a name is, or how a loop was left."""
    passed_on = value.op is None or value.op.kind != "apply"
    return ("which",) if passed_on and value.type == INT else ()


def _own_name(target: Any) -> str:
    name = str(getattr(target, "__name__", "")) or "result"
    name = {"amax": "max", "amin": "min", "absolute": "abs", "conjugate": "conj"}.get(name, name)
    return name.strip("_").lower() if name.isidentifier() else "result"


def _is_data(value: Value) -> bool:
    return not isinstance(value, Constant) and isinstance(value.type, (Array, Unknown))


def _fits(words: Words) -> bool:
    return all(words) and len(words) <= MOST_WORDS and len("_".join(words)) <= LONGEST


def _shortened(words: Words) -> Words:
    while len(words) > 1 and not _fits(words):
        words = words[1:] if len(words) > 2 else words[:1]
    return words
