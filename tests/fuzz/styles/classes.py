"""Classes with state: attributes that methods assign and write into, inheritance, properties."""

from tests.fuzz.grammar import Program, Scope, Writer, indented, number
from tests.fuzz.styles.common import ARGUMENTS, Draw, finished

_SELF = Scope(numbers=("t", "self.s"), arrays=("self.w",), assignable=("t",), depth=1)


class ClassWriter(Writer):
    """Methods change `self`; the function makes two objects and works with them."""

    inside = False

    def own(self, s: Scope):  # type: ignore[no-untyped-def]
        return (
            [self.assign_attribute] if self.inside else [self.use, self.use, self.assign_attribute]
        )

    def owner(self) -> str:
        return "self" if self.inside else self.pick(["p", "q"])

    def assign_attribute(self, s: Scope) -> tuple[list[str], Scope]:
        o = self.owner()
        value = self.squashed(s)
        whole = f"np.tanh({self.array(s)})"
        text = self.pick(
            [
                f"{o}.s = {value}",
                f"{o}.s += {value}",
                f"{o}.s *= {value}",
                f"{o}.w = {whole}",
                f"{o}.w[{self.pick([0, 1, -1])}] = {value}",
                f"{o}.w[1:] += {value}",
                f"{o}.w *= {value}",
                f"{o}.w += {whole}",
                f"{o}.w = {o}.w + {whole}",
                f"{o}.log.append({value})",
                f"{o}.log[-1] *= {value}",
            ]
        )
        return [text], s

    def use(self, s: Scope) -> tuple[list[str], Scope]:
        o, name = self.owner(), self.fresh("s")
        other = self.pick(["p", "q"])
        text = self.pick(
            [
                f"{name} = {o}.step({self.number(s, 1)})",
                f"{name} = {o}.turn({self.number(s, 1)})",
                f"{name} = {o}({self.number(s, 1)})",
                f"{name} = {o}.total",
                f"{name} = {o}.log[0] + sum({o}.log)",
                f"{name} = {o}.step({other}.s)",
                f"{name} = {o}.join({other}).s",
                f"{name} = np.sum({o}.w * {other}.w)",
            ]
        )
        return [text], s + number(name)


def program(draw: Draw) -> Program:
    write = ClassWriter(draw)
    write.inside = True

    def method(name: str) -> list[str]:
        write.budget = 3
        lines, scope = write.block(_SELF, 3)
        return indented(
            [f"def {name}(self, t):", *indented([*lines, f"return {write.squashed(scope)}"])]
        )

    keep = write.pick(["w", "w.copy()", "np.tanh(w)"])
    base = [
        "class Base:",
        *indented(["def __init__(self, w, s):"]),
        *indented(indented([f"self.w = {keep}", "self.s = s", "self.log = [s]"])),
        *method("step"),
        *method("turn"),
        *indented(["def __call__(self, t):", "    return 0.5 * self.step(t) + self.s"]),
        *indented(["@property", "def total(self):", "    return self.s + np.sum(self.w)"]),
        *indented(
            ["def join(self, other):", "    self.s = self.s + 0.5 * other.s", "    return self"]
        ),
    ]
    more = indented(
        ["def step(self, t):", f"    r = super().step({write.pick(['t', 'self.s', '0.3'])})",
         f"    self.s = self.s + math.sin({write.pick(['r', 't'])})", "    return r + self.s"]
    )  # fmt: skip
    derived = ["class Derived(Base):", *(method("step") if write.upto(1) else more)]
    write.inside = False
    write.budget = 8
    scope = ARGUMENTS + Scope(numbers=("p.s", "q.s"), arrays=("p.w", "q.w"))
    lines, scope = write.block(scope, 6)
    start = [f"p = {write.pick(['Base', 'Derived'])}(v, x)", "q = Derived(np.sin(v), y)"]
    body = indented([*start, *lines, f"return {write.everything(scope)}"])
    text = ["\n".join(base), "\n".join(derived), "\n".join(["def f(x, y, v, n):", *body])]
    return finished(draw, text)
