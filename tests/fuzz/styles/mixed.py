"""Names that are a number on one path and an array on another."""

from tests.fuzz.grammar import Program, Scope, Writer, array, indented, number
from tests.fuzz.styles.common import ARGUMENTS, Draw, finished

HELPERS = """def either(t, w, c):
    if c:
        return t
    return w * t


def accumulated(w, k):
    total = 0.0
    for _ in range(k):
        total = total + w
    return total"""


class MixedWriter(Writer):
    """`z = number if condition else array`, and what may be done with it."""

    def own(self, s: Scope):  # type: ignore[no-untyped-def]
        return [self.make, self.use, self.use, self.change] if s.mixed else [self.make]

    def make(self, s: Scope) -> tuple[list[str], Scope]:
        z, condition = self.fresh("z"), self.condition(s)
        value, whole = self.squashed(s), f"np.tanh({self.array(s)})"
        lines = self.pick(
            [
                [f"{z} = {value} if {condition} else {whole}"],
                [f"{z} = {whole} if {condition} else {value}"],
                [f"{z} = {whole}", f"if {condition}:", f"    {z} = {z}.mean()"],
                [f"{z} = {value}", f"if {condition}:", f"    {z} = {z} * {whole}"],
                [f"{z} = 0.0", "for _ in range(n):", f"    {z} = {z} + {whole}"],
                [f"{z} = accumulated({whole}, n)"],
                [f"{z} = either({value}, {whole}, {condition})"],
                [f"{z} = {whole}", "for _ in range(n % 2):", f"    {z} = np.sum({z})"],
                [f"{z} = 1", f"if {condition}:", f"    {z} = {whole}"],
            ]
        )
        return lines, s + Scope(mixed=(z,))

    def use(self, s: Scope) -> tuple[list[str], Scope]:
        z, name = self.pick(s.mixed), self.fresh("s")
        number_ = self.pick(
            [
                f"np.sum({z})",
                f"np.mean({z} * {self.array(s, 1)})",
                f"np.sum(np.sin({z}) * v)",
                f"np.max(np.abs({z}))",
                f"np.sum({z} ** 2 + {self.number(s, 1)})",
                f"np.sum(np.where({z} > 0.1, {z}, 0.3))",
            ]
        )
        if self.upto(1):
            return [f"{name} = {number_}"], s + number(name)
        w = self.fresh("w")
        return [f"{w} = np.sin({z} * {self.array(s, 1)})"], s + array(w)

    def change(self, s: Scope) -> tuple[list[str], Scope]:
        z, value = self.pick(s.mixed), self.squashed(s)
        text = self.pick(
            [
                f"{z} = {z} * {value}",
                f"{z} = np.tanh({z}) + {value}",
                f"{z} = {z} + {self.pick(s.mixed)}",
                f"{z} = -{z} / (1.5 + {z} ** 2)",
                f"{z} = {z} if {self.condition(s)} else {value}",
                f"{z} += {value}",
            ]
        )
        return [text], s

    def everything(self, s: Scope) -> str:
        rest = "".join(f" + np.sum({z} * v)" for z in s.mixed)
        return super().everything(s) + rest


def program(draw: Draw) -> Program:
    write = MixedWriter(draw)
    write.budget = 8
    lines, scope = write.block(ARGUMENTS, 6)
    body = indented([*lines, f"return {write.everything(scope)}"])
    return finished(draw, [HELPERS, "\n".join(["def f(x, y, v, n):", *body])])
