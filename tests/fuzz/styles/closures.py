"""Functions inside of functions: nonlocal names, defaults, partials, recursion."""

from dataclasses import replace

from tests.fuzz.grammar import Program, Scope, Writer, indented, number
from tests.fuzz.styles.common import ARGUMENTS, Draw, finished


class ClosureWriter(Writer):
    """The function defines others that read and assign what is around them."""

    nested = False

    def own(self, s: Scope):  # type: ignore[no-untyped-def]
        return (
            []
            if self.nested
            else [self.define, self.define, self.call, self.call, self.functional]
        )

    def define(self, s: Scope) -> tuple[list[str], Scope]:
        """A function of one number that changes a name around it."""
        names = [n for n in s.numbers if n in s.assignable and n.isidentifier()]
        if not names or s.depth:
            return self.assign(s)
        name, outer = self.fresh("h"), self.pick(names)
        own = replace(s, numbers=(*s.numbers, "a"), assignable=("a", outer), depth=1, functions=(),
                      in_loop=False)  # fmt: skip
        self.nested, budget = True, self.budget
        self.budget = 2
        lines, after = self.block(own, 2)
        self.nested, self.budget = False, budget
        default = self.pick(["", f"=({self.number(s, 1)})"])
        inside = [f"nonlocal {outer}", *lines, f"{outer} = 0.5 * {outer} + {self.squashed(after)}"]
        if self.upto(1):
            inside.append(f"v[{self.pick([0, 1, -1])}] += {self.squashed(after)}")
        inside.append(f"return {self.squashed(after)}")
        made = [f"{outer} = 1.0 * {outer}", "v = 1.0 * v", f"def {name}(a{default}):"]
        made += indented(inside)
        return made, s + Scope(lists=(name,))

    def call(self, s: Scope) -> tuple[list[str], Scope]:
        if not s.lists:
            return self.define(s)
        h, name = self.pick(s.lists), self.fresh("s")
        value = self.pick(
            [
                f"{h}({self.number(s, 1)})",
                f"{h}({h}({self.number(s, 1)}))",
                f"sum([{h}(u) for u in v])",
                f"functools.partial({h}, {self.number(s, 1)})()",
                f"twice({h}, {self.number(s, 1)})",
                f"[{h}, math.sin][{self.pick([0, 1])}]({self.number(s, 1)})",
                f"(lambda b: {h}(b) * b)({self.number(s, 1)})",
            ]
        )
        return [f"{name} = {value}"], s + number(name)

    def functional(self, s: Scope) -> tuple[list[str], Scope]:
        name = self.fresh("s")
        value = self.pick(
            [
                f"climb({self.number(s, 1)}, n)",
                f"functools.reduce(lambda a, b: a * 0.5 + math.sin(b), v, {self.number(s, 1)})",
                f"sum(map(lambda a: a * ({self.number(s, 1)}), v))",
                f"sum(a for a in v if a > ({self.number(s, 1)}))",
                f"counter({self.number(s, 1)})()",
                f"twice(lambda a: a * ({self.number(s, 1)}), x)",
            ]
        )
        return [f"{name} = {value}"], s + number(name)


HELPERS = """import functools


def twice(g, t):
    return g(g(t))


def climb(t, k):
    if k <= 0:
        return t
    return 0.5 * climb(math.sin(t) + 0.1 * k, k - 1) + t


def counter(t):
    total = t

    def step(by=0.25):
        nonlocal total
        total = total * by + math.cos(total)
        return total

    step()
    return step"""


def program(draw: Draw) -> Program:
    write = ClosureWriter(draw)
    write.budget = 9
    text = write.function("def f(x, y, v, n):", ARGUMENTS, write.everything, 6)
    return finished(draw, [HELPERS, text])
