"""Lists and dictionaries that change: grow, shrink, are sorted, shared and stepped through."""

from tests.fuzz.grammar import Program, Scope, Writer, indented, number
from tests.fuzz.styles.common import ARGUMENTS, Draw, finished


class ContainerWriter(Writer):
    """Lists of numbers, lists of arrays, dictionaries of numbers."""

    def own(self, s: Scope):  # type: ignore[no-untyped-def]
        return [self.make, self.change, self.change, self.read, self.read, self.table, self.rows]

    def make(self, s: Scope) -> tuple[list[str], Scope]:
        xs, u = self.fresh("xs"), self.fresh("u")
        value = self.pick(
            [
                f"[{self.squashed(s)}, {self.squashed(s)}]",
                "[]",
                "[0.0] * 3",
                "list(v)",
                f"[{u} * ({self.number(s, 1)}) for {u} in v]",
                f"[{self.squashed(s)} for {u} in range(n)]",
                *(f"{name}" for name in s.lists),
                *(f"list({name})" for name in s.lists),
                *(f"{name}[1:]" for name in s.lists),
                *(f"{name} + [{self.squashed(s)}]" for name in s.lists),
            ]
        )
        return [f"{xs} = {value}"], s + Scope(lists=(xs,))

    def change(self, s: Scope) -> tuple[list[str], Scope]:
        if not s.lists:
            return self.make(s)
        xs, value = self.pick(s.lists), self.squashed(s)
        k = self.pick(["0", "-1", *(f"{c} % len({xs})" for c in s.counts)])
        lines = self.pick(
            [
                [f"{xs}.append({value})"],
                [f"{xs}.append({value})"],
                [f"{xs} += [{value}]"],
                [f"{xs}.extend([{value}, {value}])"],
                [f"{xs}.insert(0, {value})"],
                [f"if {xs}:", f"    {xs}[{k}] = {value}"],
                [f"if {xs}:", f"    {xs}[{k}] *= {value}"],
                [f"if len({xs}) > 1:", f"    {xs}.pop()"],
                [f"if len({xs}) > 1:", f"    {xs}.pop(0)"],
                [f"if len({xs}) > 1:", f"    del {xs}[0]"],
                [f"{xs}.reverse()"],
                [f"{xs}.sort()"],
                [f"{xs}.clear()"],
                [f"if {self.condition(s)}:", f"    {xs}.append({value})"],
                [f"for {(e := self.fresh('e'))} in range(n):", f"    {xs}.append({value} * {e})"],
            ]
        )
        return lines, s

    def read(self, s: Scope) -> tuple[list[str], Scope]:
        if not s.lists:
            return self.make(s)
        xs, name, e = self.pick(s.lists), self.fresh("s"), self.fresh("e")
        k = self.pick(["0", "-1", *(f"{c} % len({xs})" for c in s.counts)])
        value = self.squashed(s)
        if self.upto(3) == 0:
            inside = self.inner(s + number(e), in_loop=True)
            return [f"for {e} in {xs}:", *inside], s
        text = self.pick(
            [
                f"sum({xs})",
                f"{xs}[{k}] if {xs} else {value}",
                f"max({xs}) if {xs} else {value}",
                f"len({xs}) * ({value})",
                f"np.sum(np.array({xs}) ** 2)",
                f"sum([{e} * {value} for {e} in {xs}])",
                f"sum({e} * k for k, {e} in enumerate({xs}))",
                f"sum(a * b for a, b in zip({xs}, v))",
                f"{xs}.pop() if {xs} else {value}",
                f"sum(sorted({xs})[:2])",
                f"sum(reversed({xs}), {value})",
            ]
        )
        return [f"{name} = {text}"], s + number(name)

    def table(self, s: Scope) -> tuple[list[str], Scope]:
        value, name = self.squashed(s), self.fresh("s")
        if not s.tables or self.upto(3) == 0:
            d, k = self.fresh("d"), self.fresh("k")
            made = self.pick(
                [
                    f"{{'a': {value}}}",
                    "{}",
                    f"dict(a={value}, b={self.squashed(s)})",
                    f"{{{k}: {value} for {k} in ('a', 'b')}}",
                    *(f"dict({other})" for other in s.tables),
                    *(other for other in s.tables),
                ]
            )
            return [f"{d} = {made}"], s + Scope(tables=(d,))
        d, key = self.pick(s.tables), self.pick(["a", "b", "c"])
        lines, made_scope = self.pick(
            [
                ([f"{d}['{key}'] = {value}"], Scope()),
                ([f"if '{key}' in {d}:", f"    {d}['{key}'] *= {value}"], Scope()),
                ([f"{name} = {d}.get('{key}', {value})"], number(name)),
                ([f"{name} = {d}.pop('{key}', {value})"], number(name)),
                ([f"{name} = {d}.setdefault('{key}', {value})"], number(name)),
                ([f"{name} = sum({d}.values())"], number(name)),
                ([f"{d}.update({key}={value})"], Scope()),
                ([f"{name} = 0.0", f"for k, e in {d}.items():", f"    {name} += e * len(k)"],
                 number(name)),
                ([f"for k in {d}:", f"    {d}[k] = {d}[k] * {value}"], Scope()),
            ]
        )  # fmt: skip
        return lines, s + made_scope

    def rows(self, s: Scope) -> tuple[list[str], Scope]:
        """A list of arrays, which are written through it."""
        ws, u, name = self.fresh("ws"), self.fresh("u"), self.fresh("s")
        value = self.squashed(s)
        k = self.pick(["0", "1", *(f"{c} % 2" for c in s.counts)])
        start = self.pick(
            ["[v, np.tanh(v)]", "[1.0 * v, v * v]", "[np.zeros(3) for _ in range(2)]"]
        )
        change = self.pick(
            [
                [f"{ws}[{k}] *= {value}"],
                [f"{ws}[{k}][1] = {value}"],
                [f"{ws}[{k}] = np.sin({ws}[1])"],
                [f"for {u} in {ws}:", f"    {u} *= {value}"],
                [f"for {u} in {ws}:", f"    {u}[0] += {value}"],
                [f"{ws}.append({ws}[{k}] * {value})"],
                [f"{ws}[0] = {ws}[1]", f"{ws}[{k}][2] += {value}"],
            ]
        )
        end = f"{name} = np.sum({ws}[0] * {ws}[-1])"
        return [f"{ws} = {start}", *change, end], s + number(name)

    def everything(self, s: Scope) -> str:
        terms = [f"sum({xs})" for xs in s.lists] + [f"sum({d}.values())" for d in s.tables]
        rest = f" + math.sin({' + '.join(terms)})" if terms else ""
        return super().everything(s) + rest


def program(draw: Draw) -> Program:
    write = ContainerWriter(draw)
    write.budget = 10
    lines, scope = write.block(ARGUMENTS, 7)
    body = indented([*lines, f"return {write.everything(scope)}"])
    return finished(draw, ["\n".join(["def f(x, y, v, n):", *body])])
