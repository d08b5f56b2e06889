"""Views of views with indices that only the run knows, and writes through them."""

import ast

import numpy as np
from hypothesis import strategies as st

from tests.fuzz.grammar import Program, indented
from tests.fuzz.styles.common import Draw, number

#: What a matrix `{a}` gives, with the rank of the view; `i` and `k` are whole numbers.
OF_MATRICES = [
    ("{a}.T", 2), ("{a}[::-1]", 2), ("{a}[:, ::-1]", 2), ("{a}[i % {a}.shape[0]]", 1),
    ("{a}[:, k % {a}.shape[1]]", 1), ("{a}.ravel()", 1), ("{a}.reshape(-1)", 1), ("{a}[1:]", 2),
    ("{a}[i % 2:, ::2]", 2), ("{a}.reshape({a}.shape[1], {a}.shape[0])", 2), ("{a}[...]", 2),
    ("{a}.copy()", 2), ("np.swapaxes({a}, 0, 1)", 2), ("{a}[:k]", 2), ("{a}[[0, -1]]", 2),
]  # fmt: skip
OF_VECTORS = [
    ("{a}[1:]", 1), ("{a}[::-1]", 1), ("{a}[::2]", 1), ("{a}[i % 2:]", 1), ("{a}[:k + 1]", 1),
    ("{a}[None, :]", 2), ("{a}[:, None]", 2), ("{a}.reshape(1, -1)", 2), ("{a}.copy()", 1),
    ("{a}[...]", 1), ("np.asarray({a})", 1), ("{a}[{a} > 0.2]", 1), ("np.tanh({a})", 1),
]  # fmt: skip


class _Views:
    def __init__(self, draw: Draw):
        self.draw, self.ranks, self.count = draw, {"A": 2, "v": 1}, 0
        self.budget = 14

    def pick(self, options):  # type: ignore[no-untyped-def]
        return self.draw(st.sampled_from(list(options)))

    def number(self) -> str:
        a = self.pick(self.ranks)
        return self.pick(
            [
                "x",
                "math.sin(x)",
                f"math.cos(np.sum({a}))",
                f"0.3 * {a}.sum()",
                "0.7",
                "0.2 * i + x",
                f"math.tanh({a}.size * x)",
            ]
        )

    def view(self) -> list[str]:
        a = self.pick(self.ranks)
        text, rank = self.pick(OF_MATRICES if self.ranks[a] == 2 else OF_VECTORS)
        self.count += 1
        name = (
            self.pick([f"b{self.count}", f"b{self.count}", a])
            if self.ranks[a] == rank
            else f"b{self.count}"
        )
        self.ranks[name] = rank
        return [f"{name} = {text.format(a=a)}"]

    def write(self) -> list[str]:
        a, value = self.pick(self.ranks), self.number()
        options = [
            f"{a}[...] *= {value}", f"{a} *= {value}", f"{a} += {value}", f"{a}[::2] = {value}",
            f"{a}[:] = np.sin({a})", f"{a}[1:] += 0.5 * {a}[:-1]", f"{a}[{a} > 0.3] = {value}",
            f"{a}[:] = {a}[::-1]", f"{a}[:k] = {value}",
            f"if len({a}) > 0:\n    {a}[i % len({a})] = {value}",
            f"if len({a}) > 0:\n    {a}[k % len({a})] += {value}",
            f"if {a}.size:\n    {a}.flat[0] = {value}",
        ]  # fmt: skip
        if self.ranks[a] == 2:
            options += [f"{a}[:, 0] = {value}", f"for r in {a}:\n    r *= {value}",
                        f"{a}.T[...] += {value}"]  # fmt: skip
        return self.pick(options).split("\n")

    def block(self, most: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(1 + self.draw(st.integers(0, most - 1))):
            self.budget -= 1
            kind = self.pick(["view", "write", "view", "write", "if", "for"])
            if kind == "view" or self.budget < 0:
                lines += self.view()
            elif kind == "write" or depth > 1:
                lines += self.write()
            else:
                known = dict(self.ranks)
                inside = indented(self.block(3, depth + 1))
                self.ranks = known
                heads = ["if x > 0.1:", "if k > 1:"] if kind == "if" else ["for i in range(k):"]
                lines += [self.pick(heads), *inside]
        return lines


def program(draw: Draw) -> Program:
    write = _Views(draw)
    lines = write.block(6, 0)
    terms = " + ".join(
        f"{m + 1} * np.sum(np.sin({a}) * (0.3 + {a}))" for m, a in enumerate(write.ranks)
    )
    start = draw(st.sampled_from([["A = A * 1.0", "v = v * 1.0"], []]))
    body = indented([*start, "i = k", *lines, f"return x * ({terms})"])
    header = "import math\nimport numpy as np"
    source = ast.unparse(ast.parse("\n".join([header, "def f(x, A, v, k):", *body]))) + "\n"

    def point(rows: int, columns: int, size: int, k: int) -> tuple:  # type: ignore[type-arg]
        A = [
            [number(draw, 0.01 * (r + 3 * c) + 0.0123) for c in range(columns)]
            for r in range(rows)
        ]
        v = [number(draw, 0.0171 + 0.01 * c) for c in range(size)]
        return (number(draw), np.array(A), np.array(v), k)

    first = point(2, 3, 3, draw(st.integers(0, 3)))
    second = point(
        draw(st.integers(1, 3)),
        draw(st.integers(1, 2)),
        draw(st.integers(1, 4)),
        draw(st.integers(0, 3)),
    )
    return Program(source, first, draw(st.sampled_from([0, 1, 2, (0, 1, 2)])), (second,))
