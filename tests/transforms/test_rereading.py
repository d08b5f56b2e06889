"""What the backward half reads again is what the forward half read.

Random programs write into arrays that they read: by rows and columns, forwards and backwards, in
the arms of branches, through slices and views. Their gradients are compared with those of the
same programs when every value is saved, and with differences.
"""

from __future__ import annotations

import linecache
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import grad, vjp
from adjoint.transforms.memory import residuals

N = 4


class Writer:
    """Writes a program over a vector `u` and a matrix `M`, of N elements in each direction."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.ranges: dict[str, tuple[int, int]] = {}  # the numbers that each index takes
        self.tidy = self.random.random() < 0.6  # is each element written once, mostly?

    def write(self) -> str:
        n = self.random.choice([f"{N}", "len(u)", "M.shape[0]"])
        self.lines = ["def f(u, M):", "    u, M = u.copy(), M.copy()", f"    n = {n}"]
        self.lines.append("    s = 0.0")
        for _ in range(self.random.randint(1, 2)):
            self.block("    ", self.random.randint(1, 3))
        self.lines.append("    return s + np.sum(np.sin(u)) + np.sum(M * M)")
        return "\n".join(self.lines) + "\n"

    def block(self, indent: str, depth: int) -> None:
        index = "ijkl"[len(self.ranges)]
        header, bounds = self.header()
        self.lines.append(f"{indent}for {index} in {header}:")
        self.ranges[index] = bounds
        inner = indent + "    "
        for _ in range(self.random.randint(1, 2)):
            self.statement(inner)
        if depth > 1:
            self.block(inner, depth - 1)
            if self.random.random() < 0.4:
                self.statement(inner)
        del self.ranges[index]

    def header(self) -> tuple[str, tuple[int, int]]:
        if self.ranges and self.random.random() < 0.5:
            other = self.random.choice(list(self.ranges))
            return self.random.choice([
                (f"range({other})", (0, N - 2)),
                (f"range({other} + 1)", (0, N - 1)),
                (f"range({other} + 1, n)", (1, N - 1)),
                (f"reversed(range({other}, n))", (0, N - 1)),
            ])  # fmt: skip
        return self.random.choice([
            ("range(n)", (0, N - 1)),
            ("range(1, n)", (1, N - 1)),
            ("range(n - 1)", (0, N - 2)),
            ("range(n - 1, -1, -1)", (0, N - 1)),
            ("range(n - 2, 0, -1)", (1, N - 2)),
            ("reversed(range(1, n - 1))", (1, N - 2)),
            ("range(0, n, 2)", (0, N - 1)),
        ])  # fmt: skip

    def position(self) -> str:
        index = self.random.choice(list(self.ranges))
        low, high = self.ranges[index]
        found = [index, index, index, "0", "-1", "1"]
        if low > 0:
            found += [f"{index} - 1"] * 2
        elif self.random.random() < 0.2:
            found += [f"{index} - 1"]  # of the first: the last
        if high < N - 1:
            found += [f"{index} + 1"] * 2
        if self.random.random() < 0.1:
            found += [f"n - 1 - {index}"]
        return self.random.choice(found)

    def part(self) -> str:
        index = self.random.choice(list(self.ranges))
        return self.random.choice([f":{index}", f"{index}:", f"{index} + 1:", "1:-1", ":", "::2"])

    def element(self) -> str:
        if self.random.random() < 0.4:
            return f"u[{self.position()}]"
        if self.random.random() < 0.15:
            return f"M[{self.position()}:][0, {self.position()}]"
        if self.random.random() < 0.1:
            return f"M[{self.position()}][{self.position()}]"
        return f"M[{self.position()}, {self.position()}]"

    def target(self) -> str:
        """Where to write: in a tidy program, to the element that the loops are at."""
        if not self.tidy or self.random.random() < 0.15:
            return self.element()
        names = list(self.ranges)
        if len(names) == 1 or self.random.random() < 0.2:
            return f"u[{names[0]}]" if self.random.random() < 0.7 else f"M[{names[0]}, 0]"
        a, b = names[:2] if self.random.random() < 0.7 else names[1::-1]
        return f"M[{a}, {b}]"

    def several(self) -> str:
        """A part whose size is known only at run time."""
        if self.random.random() < 0.3:
            return f"u[{self.part()}]"
        a, b = self.position(), self.part()
        return self.random.choice([f"M[{a}, {b}]", f"M[{b}, {a}]"])

    def number(self) -> str:
        a, b = self.element(), self.element()
        many = self.several()
        return self.random.choice([
            f"0.5 * np.sin({a}) * {b}",
            f"0.3 * {a} * {b} + 0.1",
            f"0.1 * np.sin(np.sum({many} * {many}))",
            f"{a} / (2.0 + {b} * {b})",
            f"0.2 * {a}",
        ])  # fmt: skip

    def statement(self, indent: str, nested: bool = False) -> None:
        kind = self.random.random()
        if kind < 0.15 and len(self.ranges) > 1 and not nested:
            a, b = self.random.sample(list(self.ranges), 2)
            test = self.random.choice(["==", "!=", "<", ">="])
            self.lines.append(f"{indent}if {a} {test} {b}:")
            self.statement(indent + "    ", True)
            if self.random.random() < 0.7:
                self.lines.append(f"{indent}else:")
                self.statement(indent + "    ", True)
        elif kind < 0.3:
            self.lines.append(f"{indent}s = s + np.cos(s) * {self.element()}")
        elif kind < 0.4:
            written = self.target() if self.tidy else self.several()
            self.lines.append(f"{indent}{written} *= {self.number()}")
        elif kind < 0.55 and not self.tidy:
            self.lines.append(f"{indent}{self.target()} += {self.number()}")
        else:
            self.lines.append(f"{indent}{self.target()} = {self.number()}")


def load(text: str, name: str) -> Callable[..., Any]:
    """The function that the text defines, with a source that `inspect` finds."""
    file = f"<rereading {name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    space: dict[str, Any] = {"np": np}
    exec(compile(text, file, "exec"), space)
    return space["f"]  # type: ignore[no-any-return]


def gradients(f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, ...]:
    return grad(f, argnums=tuple(range(len(args))))(*args)  # type: ignore[no-any-return]


@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = Writer(seed).write()
    generator = np.random.default_rng(seed)
    args = generator.uniform(0.2, 1.0, N), generator.uniform(0.2, 1.0, (N, N))
    f = load(text, f"{seed}")
    found = gradients(f, args)
    again = vjp(f, *args)[1]
    twice = [again(1.0), again(1.0)]
    monkeypatch.setattr(residuals, "SAVES_EVERYTHING", True)
    expected = gradients(load(text, f"{seed}, all saved"), args)
    for each in (found, *twice):
        for a, b in zip(each, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12, err_msg=text)
    directions = [generator.normal(size=a.shape) for a in args]
    h = 1e-5
    there, back = (f(*(a + d * w for a, w in zip(args, directions, strict=True))) for d in (h, -h))
    slope = sum(np.sum(g * w) for g, w in zip(found, directions, strict=True))
    np.testing.assert_allclose(slope, (there - back) / (2 * h), rtol=1e-5, atol=1e-7, err_msg=text)
