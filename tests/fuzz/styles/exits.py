"""Exits: break, continue, return and raise inside of nested try, finally and with."""

from tests.fuzz.grammar import Program, Scope, Writer, indented
from tests.fuzz.styles.common import ARGUMENTS, Draw, finished

HELPERS = """import contextlib


class Guard:
    def __init__(self, t):
        self.t = t
        self.left = 0

    def __enter__(self):
        return self.t * 0.5

    def __exit__(self, *error):
        self.left += 1
        return False"""

ERRORS = ["ValueError", "IndexError", "ZeroDivisionError", "KeyError"]


class ExitWriter(Writer):
    """Statements that leave, and statements that something may leave."""

    def own(self, s: Scope):  # type: ignore[no-untyped-def]
        found = [self.handled, self.handled, self.finalised, self.managed]
        if s.depth >= 3:
            found = []
        if s.in_try:
            found += [self.leave, self.risky, self.risky]
        if s.depth:
            found += [self.jump]
        return found

    def handled(self, s: Scope) -> tuple[list[str], Scope]:
        lines = ["try:", *self.inner(s, in_try=True)]
        for error in dict.fromkeys([self.pick(ERRORS), self.pick(ERRORS)]):
            lines += [f"except {error}:", *self.inner(s)]
        if self.upto(4) == 4:
            lines += ["else:", *self.inner(s)]
        if self.upto(2) == 2:
            lines += ["finally:", *self.assignments(s)]
        return lines, s

    def finalised(self, s: Scope) -> tuple[list[str], Scope]:
        return ["try:", *self.inner(s), "finally:", *self.assignments(s)], s

    def assignments(self, s: Scope) -> list[str]:
        """What does not leave, as the end of a try is rarely left by people."""
        return indented(self.augment(s)[0] + self.assign(s)[0])

    def managed(self, s: Scope) -> tuple[list[str], Scope]:
        head = self.pick(
            [
                f"with Guard({self.number(s, 1)}) as x:",
                "with np.errstate(all='ignore'):",
                f"with contextlib.suppress({self.pick(ERRORS)}):",
            ]
        )
        return [head, *self.inner(s, in_try="suppress" in head or s.in_try)], s

    def leave(self, s: Scope) -> tuple[list[str], Scope]:
        error = self.pick(ERRORS)
        return [f"if {self.condition(s)}:", f"    raise {error}('no')"], s

    def risky(self, s: Scope) -> tuple[list[str], Scope]:
        """An operation that raises for some values."""
        a, k = self.pick(["x", "y"]), self.pick(s.counts)
        value = self.number(s, 1)
        text = self.pick(
            [
                # a root that is 0 whatever x is has no slope that arithmetic finds
                f"{a} = math.sqrt({value} - 0.0123)",
                f"{a} = 0.1 * math.log({value})",
                f"{a} = [x, y][{k}]",
                f"{a} = v[{k}]",
                f"{a} = ({value}) / ({k} - 1)",
                f"{a} = {{1: x, 2: y}}[{k}]",
                f"{a} = [{value} for _ in range({k})][1]",
            ]
        )
        return [text], s


def program(draw: Draw) -> Program:
    write = ExitWriter(draw)
    write.budget = 12
    text = write.function("def f(x, y, v, n):", ARGUMENTS, write.everything, 6)
    return finished(draw, [HELPERS, text])
