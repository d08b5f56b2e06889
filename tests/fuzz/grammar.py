"""Random programs as source text.

Every program is a module with some helpers and a function ``f(x, y, v, n)`` of two numbers, an
array of three and a whole number. Names keep their kind (number, array, whole number, function),
a block reads what is defined on every way to it, loops end after a few trips, and whatever is
assigned is squashed, so that all values stay moderate and inside the domain of the functions.
Where a program has a kink near its point, the caller finds differences that do not converge.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

HEADER = """import math
import numpy as np

M = np.array([[0.3, -0.5, 0.2], [0.7, 0.1, -0.4], [-0.2, 0.6, 0.5]])"""
SQUASHERS = ["math.sin", "math.tanh", "math.cos", "math.atan", "np.tanh", "np.sin", "np.arctan"]
RANGES = [
    "range({})",
    "range(1, {})",
    "range({}, 0, -1)",
    "range(0, {}, 2)",
    "reversed(range({}))",
]


@dataclass(frozen=True)
class Program:
    """A module's text, and where to take the gradient of its ``f``."""

    source: str
    args: tuple[Any, ...]
    wrt: int | tuple[int, ...]
    others: tuple[tuple[Any, ...], ...] = ()  # arguments of further calls


@dataclass(frozen=True)
class Scope:
    """The names that are defined at a place, and where a jump may go from there."""

    numbers: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    array_functions: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    mixed: tuple[str, ...] = ()
    assignable: tuple[str, ...] = ()
    in_loop: bool = False
    in_try: bool = False
    depth: int = 0

    def __add__(self, other: "Scope") -> "Scope":
        names = (
            "numbers", "arrays", "counts", "functions", "array_functions", "lists", "tables",
            "mixed", "assignable",
        )  # fmt: skip
        joined = {n: tuple(dict.fromkeys(getattr(self, n) + getattr(other, n))) for n in names}
        return replace(self, **joined)


def number(name: str) -> Scope:
    return Scope(numbers=(name,), assignable=(name,))


def array(name: str) -> Scope:
    return Scope(arrays=(name,), assignable=(name,))


Statement = Callable[[Scope], tuple[list[str], Scope]]


class Writer:
    """Writes one program; all its choices are drawn from Hypothesis, so that they shrink."""

    def __init__(
        self, draw: Callable[[st.SearchStrategy[Any]], Any], mutation: bool = False
    ) -> None:
        self.draw = draw
        self.mutation = mutation
        self.names = 0
        self.budget = 12  # statements that may still be more than an assignment

    def pick(self, options: Any) -> Any:
        return self.draw(st.sampled_from(list(options)))

    def upto(self, n: int) -> int:
        return self.draw(st.integers(0, n))

    def fresh(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    # Expressions. The simplest alternative comes first, for shrinking goes there.

    def parts(self, s: Scope, size: int) -> tuple[Callable[[], str], Callable[[], str]]:
        """Writers of the parts of an expression of this size: a number, an array."""
        return (
            lambda: f"({self.number(s, size - 1)})",
            lambda: f"({self.array(s, size - 1)})",
        )

    def number(self, s: Scope, size: int = 2) -> str:
        """An expression for a number; `size` bounds its nesting."""
        if size <= 0 or self.upto(4) == 0:
            literals = [self.pick(["0.7", "1.3", "-0.4", "2.1", "0.15"])]
            return self.pick([*s.numbers, *s.numbers, *s.numbers, *literals, *s.counts])

        a, v = self.parts(s, size)

        def over_elements() -> str:
            u = self.fresh("u")
            return f"sum({u} * {a()} for {u} in {v()})"

        def over_a_list() -> str:
            u = self.fresh("u")
            return f"np.mean(np.array([{a()} - {u} for {u} in [{a()}, {a()}]]))"

        options: list[Callable[[], str]] = [
            lambda: f"{a()} {self.pick('+-*')} {a()}",
            lambda: f"{self.pick(SQUASHERS)}({a()})",
            lambda: f"{a()} / (1.5 + {a()} ** 2)",
            lambda: f"-{a()} ** {self.pick([2, 3])}",
            lambda: f"math.sqrt(1.0 + {a()} ** 2)",
            lambda: f"np.log(1.5 + {a()} ** 2)",
            lambda: f"math.exp(-{a()} ** 2)",
            lambda: f"{self.pick(['abs', 'np.abs'])}({a()})",
            lambda: f"{self.pick(['max', 'min', 'np.maximum'])}({a()}, {a()})",
            lambda: f"{a()} if {self.condition(s, size - 1)} else {a()}",
            lambda: f"{v()}[{self.pick([0, 1, 2, -1])}]",
            lambda: f"np.{self.pick(['sum', 'mean', 'max', 'min', 'var'])}({v()})",
            lambda: f"{v()}.{self.pick(['sum', 'mean'])}()",
            lambda: f"{v()} @ {v()}",
            lambda: f"np.prod(np.cos({v()}))",
            over_elements,
            over_a_list,
        ]
        if s.functions:
            options.append(lambda: f"{self.pick(s.functions)}({a()}, {a()})")
            options.append(lambda: f"{self.pick(s.functions)}(b={a()}, a={a()})")
        return self.pick(options)()

    def array(self, s: Scope, size: int = 2) -> str:
        """An expression for an array of three numbers."""
        if size <= 0 or self.upto(3) == 0:
            return self.pick(s.arrays)

        a, v = self.parts(s, size)

        options: list[Callable[[], str]] = [
            lambda: f"{v()} {self.pick('+-*')} {v()}",
            lambda: f"{v()} {self.pick('+-*')} {a()}",
            lambda: f"{a()} {self.pick('+-*')} {v()}",
            lambda: f"np.{self.pick(['sin', 'tanh', 'cos', 'arctan', 'abs'])}({v()})",
            lambda: f"{v()} / (1.5 + {v()} ** 2)",
            lambda: f"np.where({v()} > {a()}, {v()}, {v()})",
            lambda: f"np.{self.pick(['maximum', 'minimum'])}({v()}, {v()})",
            lambda: f"np.clip({v()}, -0.61, 0.83)",
            lambda: f"{v()}[::-1]",
            lambda: f"{v()}[np.array([2, 0, 2])]",
            lambda: f"M @ {v()}",
            lambda: f"np.concatenate([{v()}[1:], {v()}[:1]])",
            lambda: f"np.array([{a()}, {a()}, {a()}])",
            lambda: f"np.stack([{v()}, {v()}])[{self.pick([0, 1])}]",
            lambda: f"{a()} * np.ones(3)",
            lambda: f"np.sum(np.outer({v()}, {v()}), axis={self.pick([0, 1])})",
            lambda: f"{v()} if {self.condition(s, size - 1)} else {v()}",
        ]
        if s.array_functions:
            options.append(lambda: f"{self.pick(s.array_functions)}({v()}, {a()})")
        return self.pick(options)()

    def squashed(self, s: Scope) -> str:
        if s.numbers and self.upto(2) == 0:
            return f"0.5 * {self.pick(s.numbers)} + {self.pick(SQUASHERS)}({self.number(s)})"
        return f"{self.pick(SQUASHERS)}({self.number(s)})"

    def everything(self, s: Scope) -> str:
        """A result that depends on whatever is there, so that no gradient goes unseen."""
        terms = [f"{k}.7 * {name}" for k, name in enumerate(s.numbers)]
        terms += [f"np.sum({name} * v)" for name in s.arrays]
        return f"{self.squashed(s)} + math.sin({' + '.join(terms)})"

    def condition(self, s: Scope, size: int = 1) -> str:
        def a() -> str:
            return f"({self.number(s, size)})"

        options: list[Callable[[], str]] = [
            lambda: f"{a()} {self.pick('><')} {a()}",
            lambda: f"{a()} {self.pick(['>=', '<='])} 0.33",
            lambda: f"-0.9 < {a()} < 0.57",
        ]
        if s.counts:
            options.append(lambda: f"{self.pick(s.counts)} {self.pick(['==', '!=', '>', '<='])} 1")
            options.append(lambda: f"{self.pick(s.counts)} % 2 == 0")
        if size > 0:

            def c() -> str:
                return f"({self.condition(s, size - 1)})"

            options.append(lambda: f"{c()} {self.pick(['and', 'or'])} {c()}")
            options.append(lambda: f"not {c()}")
        return self.pick(options)()

    # Statements: each returns its lines and the scope after it.

    def block(self, s: Scope, most: int = 4) -> tuple[list[str], Scope]:
        lines: list[str] = []
        for _ in range(1 + self.upto(most - 1)):
            more, s = self.statement(s)
            lines += more
        return lines, s

    def inner(self, s: Scope, **changes: Any) -> list[str]:
        return indented(self.block(replace(s, depth=s.depth + 1, **changes), 3)[0])

    def statement(self, s: Scope) -> tuple[list[str], Scope]:
        simple = [
            self.assign,
            self.assign,
            self.augment,
            self.assign_array,
            self.unpack,
            self.bind,
        ]
        if self.mutation:
            simple += [self.store, self.store, self.store, self.share, self.container]
        nested = [self.branch, self.branch, self.for_loop, self.for_loop, self.while_loop]
        jumps = [self.jump] if s.depth else []
        self.budget -= 1
        if self.budget < 0:
            return self.assign(s)
        if (own := self.own(s)) and self.upto(2):
            return self.pick(own)(s)
        return self.pick(simple + (nested + jumps if s.depth < 3 else jumps))(s)

    def own(self, s: Scope) -> "list[Statement]":
        """The statements of a style of programs, which then make up most of a program."""
        return []

    def target(self, s: Scope, known: tuple[str, ...], prefix: str) -> str:
        again = [name for name in known if name in s.assignable]
        return self.pick(again) if again and self.upto(2) else self.fresh(prefix)

    def assign(self, s: Scope) -> tuple[list[str], Scope]:
        name = self.target(s, s.numbers, "s")
        # A whole number to begin with, which turns into a float later on, is what users write.
        value = "0" if name not in s.numbers and self.upto(5) == 5 else self.squashed(s)
        return [f"{name} = {value}"], s + number(name)

    def assign_array(self, s: Scope) -> tuple[list[str], Scope]:
        name = self.target(s, s.arrays, "w")
        return [f"{name} = np.{self.pick(['tanh', 'sin'])}({self.array(s)})"], s + array(name)

    def augment(self, s: Scope) -> tuple[list[str], Scope]:
        names = [name for name in s.numbers if name in s.assignable]
        if not names:
            return self.assign(s)
        operation = self.pick(["+= {}", "-= {}", "*= {}", "/= 2.5 + {}"])
        return [f"{self.pick(names)} {operation.format(self.squashed(s))}"], s

    def store(self, s: Scope) -> tuple[list[str], Scope]:
        """A write into an array, through an index, a slice, a view, a mask or a function."""
        arrays = [name for name in s.arrays if name.isidentifier()]
        if not arrays:
            return self.assign_array(s)
        a = self.pick(arrays)
        index = self.pick(["0", "1", "2", "-1", *(f"{count} % 3" for count in s.counts)])
        value, whole = self.squashed(s), f"np.{self.pick(['tanh', 'sin'])}({self.array(s)})"
        text = self.pick(
            [
                f"{a}[{index}] = {value}",
                f"{a}[{index}] = {value}",
                f"{a}[{index}] += {value}",
                f"{a}[{index}] *= {value}",
                f"{a}[:] = {whole}",
                f"{a}[1:] = {whole}[:2]",
                f"{a}[1:] += {whole}[:-1]",
                f"{a}[::2] *= {value}",
                f"{a}[1:] = 0.5 * {a}[:-1]",
                f"{a} += {whole}",
                f"{a} *= {value}",
                f"{a}[np.array([2, 0, 2])] = {whole}",
                f"{a}[[0, 2]] = {a}[[2, 0]]",
                f"{a}[{a} > 0.3] = {value}",
                f"{a}[{a} < 0.1] *= 0.5",
                f"{a}.fill({value})",
                f"np.add.at({a}, [0, 1, 0], {whole})",
                f"np.copyto({a}, {whole})",
                f"np.multiply({a}, {whole}, out={a})",
                f"{a}[::-1][{index}] = {value}",
                f"{a}[{index}], {a}[0] = {a}[0], {a}[{index}]",
            ]
        )
        return [text], s

    def share(self, s: Scope) -> tuple[list[str], Scope]:
        """Another name, a view or a copy of an array; a swap; a helper that fills its argument."""
        arrays = [name for name in s.arrays if name.isidentifier()]
        if not arrays:
            return self.assign_array(s)
        a, b, new = self.pick(arrays), self.pick(arrays), self.fresh("w")
        known = [name for name in arrays if name in s.assignable]
        options = [
            (f"{new} = {a}", array(new)),
            (f"{new} = {a}[::-1]", array(new)),
            (f"{new} = {a}.copy()", array(new)),
            (f"{new} = np.asarray({a})", array(new)),
            (f"{new} = {a}.reshape(3)", array(new)),
            (f"{new} = np.zeros(3)", array(new)),
            (f"{new} = np.stack([{a}, {b}])[{self.pick([0, 1])}]", array(new)),
            (f"fill({a}, {self.number(s, 1)})", Scope()),
        ]
        if a in known and b in known:
            options.append((f"{a}, {b} = {b}, {a}", Scope()))
        text, made = self.pick(options)
        return [text], s + made

    def container(self, s: Scope) -> tuple[list[str], Scope]:
        """A list or dictionary that is made, changed and read at once."""
        xs, a, b = self.fresh("xs"), self.fresh("s"), self.fresh("w")
        v, u = self.squashed(s), self.squashed(s)
        arrays = [name for name in s.arrays if name.isidentifier()] or ["np.ones(3)"]
        w = self.pick(arrays)
        numbers = number(a)
        lines, made = self.pick(
            [
                ([f"{xs} = [{v}, {u}]", f"{xs}.append({v})", f"{a} = {xs}[0] * {xs}.pop()"],
                 numbers),
                ([f"{xs} = [0.0] * 3", f"{xs}[1] = {v}", f"{xs}[1] += {u}", f"{a} = sum({xs})"],
                 numbers),
                ([f"{xs} = {{'k': {v}}}", f"{xs}['k'] *= {u}", f"{xs}['m'] = {xs}['k'] + 0.1",
                  f"{a} = {xs}['m'] * {xs}.get('k')"], numbers),
                ([f"{xs} = [{w}, np.tanh({w})]", f"{xs}[0][1] = {v}", f"{xs}[1][:2] *= {u}",
                  f"{b} = {xs}[0] * {xs}[1]"], array(b)),
                ([f"{xs} = []", f"for {a} in {w}:", f"    {xs}.append({a} * {v})",
                  f"{b} = np.array({xs})"], array(b)),
                ([f"{b} = np.zeros((2, 3))", f"for {xs} in {b}:", f"    {xs}[0] = {v}",
                  f"{b}[1, 1:] = {u}", f"{b} = {b}[1] + {b}[0]"], array(b)),
            ]
        )  # fmt: skip
        return lines, s + made

    def unpack(self, s: Scope) -> tuple[list[str], Scope]:
        a, b, c = self.target(s, s.numbers, "s"), self.fresh("s"), self.fresh("s")
        text, made = self.pick(
            [
                (f"{a}, {b} = {self.squashed(s)}, {self.squashed(s)}", (a, b)),
                (f"{a}, {b}, {c} = np.tanh({self.array(s)})", (a, b, c)),
                (f"{a}, *_, {b} = np.sin({self.array(s)})", (a, b)),
                (f"({a}, {b}), {c} = ({self.squashed(s)}, 0.4), {self.squashed(s)}", (a, b, c)),
            ]
        )
        for name in made:
            s = s + number(name)
        return [text], s

    def bind(self, s: Scope) -> tuple[list[str], Scope]:
        """A walrus, or a function that reads what is around it."""
        if self.upto(1) == 0:
            name = self.fresh("s")
            lines = [f"if ({name} := {self.squashed(s)}) > ({self.number(s, 1)}):"]
            lines += self.inner(s + number(name))
            return lines, s + number(name)
        name = self.fresh("g")
        # Functions made here do not call each other: a chain of them would take for ever.
        own = replace(s, functions=(), numbers=(*s.numbers, "a", "b"))
        body = f"{self.pick(SQUASHERS)}({self.number(own)})"
        if self.upto(1) == 0:
            return [f"{name} = lambda a, b: {body}"], s + Scope(functions=(name,))
        return [f"def {name}(a, b):", f"    return {body}"], s + Scope(functions=(name,))

    def branch(self, s: Scope) -> tuple[list[str], Scope]:
        lines = [f"if {self.condition(s)}:", *self.inner(s)]
        for _ in range(self.pick([0, 0, 0, 1, 2])):
            lines += [f"elif {self.condition(s)}:", *self.inner(s)]
        if self.upto(1):
            lines += ["else:", *self.inner(s)]
        return lines, s

    def for_loop(self, s: Scope) -> tuple[list[str], Scope]:
        i, a, b = self.fresh("i"), self.fresh("e"), self.fresh("e")
        trips = self.pick(["3", "2", "0", *s.counts, *(f"{count} + 1" for count in s.counts)])
        counting = f"for {i} in {self.pick(RANGES).format(trips)}:"
        head, names = self.pick(
            [
                (counting, Scope(counts=(i,))),
                (counting, Scope(counts=(i,))),
                (f"for {a} in {self.array(s)}:", number(a)),
                (f"for {i}, {a} in enumerate({self.array(s)}):", number(a) + Scope(counts=(i,))),
                (f"for {a}, {b} in zip({self.array(s)}, {self.array(s)}):", number(a) + number(b)),
                (f"for {a} in [{self.number(s)}, {self.number(s)}]:", number(a)),
                (f"for {a} in reversed(({self.number(s)}, {self.number(s)})):", number(a)),
            ]
        )
        return [head, *self.inner(s + names, in_loop=True), *self.loop_else(s)], s

    def while_loop(self, s: Scope) -> tuple[list[str], Scope]:
        k = self.fresh("k")
        inside = s + Scope(counts=(k,))
        bounds = [f"{k} < {bound}" for bound in ("3", *s.counts)]
        test = self.pick([*bounds, f"{k} < 4 and ({self.condition(inside)})", "True"])
        lines = [f"{k} = 0", f"while {test}:", f"    {k} += 1"]  # counts before any continue
        if test == "True":
            lines += [f"    if {k} > 3 or {self.condition(inside)}:", "        break"]
        return [*lines, *self.inner(inside, in_loop=True), *self.loop_else(s)], inside

    def loop_else(self, s: Scope) -> list[str]:
        return ["else:", *self.inner(s)] if self.upto(4) == 4 else []

    def jump(self, s: Scope) -> tuple[list[str], Scope]:
        ways = ["return"] + (["break", "break", "continue", "continue"] if s.in_loop else [])
        way = self.pick(ways)
        leave = f"return {self.squashed(s)}" if way == "return" else way
        before = self.assign(s)[0] if self.upto(1) else []
        return [f"if {self.condition(s)}:", *indented([*before, leave])], s

    def function(self, head: str, s: Scope, result: Callable[[Scope], str], most: int) -> str:
        lines, s = self.block(s, most)
        return "\n".join([head, *indented([*lines, f"return {result(s)}"])])


def indented(lines: list[str]) -> list[str]:
    return ["    " + line for line in lines]


FILL = """def fill(out, t):
    for k in range(len(out)):
        out[k] = 0.5 * out[k] + math.sin(t + k)"""


@st.composite
def programs(draw: Callable[[st.SearchStrategy[Any]], Any], mutation: bool = False) -> Program:
    """Random programs with a point and the arguments to differentiate with respect to."""
    write = Writer(draw, mutation)
    scope = Scope(numbers=("x", "y"), arrays=("v",), counts=("n",), assignable=("x", "y", "v"))
    parts = [HEADER, FILL] if mutation else [HEADER]
    if write.upto(1):
        own = Scope(
            numbers=("a", "b"), arrays=("np.array([a, b, 0.3])",), assignable=("a", "b"), depth=1
        )
        parts.append(write.function("def h(a, b):", own, write.squashed, 2))
        scope += Scope(functions=("h",))
    if write.upto(2) == 2:
        own = Scope(numbers=("t",), arrays=("u",), assignable=("t",))
        result = write.array(own)
        parts.append(f"def q(u, t):\n    return np.tanh({result})")
        scope += Scope(array_functions=("q",))
    parts.append(write.function("def f(x, y, v, n):", scope, write.everything, 6))
    source = ast.unparse(ast.parse("\n\n\n".join(parts))) + "\n"
    # No round numbers and no simple ratios: nothing that meets a literal or cancels exactly.
    offsets = (0.0123, 0.0171, 0.0239, 0.0307, 0.0411)
    numbers = [draw(st.integers(-60, 60)) / 32 + offset for offset in offsets]
    args = (numbers[0], numbers[1], np.array(numbers[2:]), draw(st.integers(0, 4)))
    return Program(source, args, draw(st.sampled_from([0, (0, 1), 2, (0, 2), (1, 0, 2)])))
