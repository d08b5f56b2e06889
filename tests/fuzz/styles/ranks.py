"""Arrays of rank 0 to 3 whose sizes are 1 or more: broadcasting and reductions."""

import ast
import itertools

import numpy as np
from hypothesis import strategies as st

from tests.fuzz.grammar import Program, indented
from tests.fuzz.styles.common import Draw, number

Shape = tuple[str, ...]  # of "n", "m" and "1"
START: dict[str, Shape] = {
    "x": (),
    "v": ("n",),
    "w": ("m",),
    "A": ("n", "m"),
    "c": ("n", "1"),
    "r": ("1", "m"),
}


def broadcast(a: Shape, b: Shape) -> Shape | None:
    joined = []
    for x, y in itertools.zip_longest(reversed(a), reversed(b), fillvalue="1"):
        if x != y and "1" not in (x, y):
            return None
        joined.append(y if x == "1" else x)
    return tuple(reversed(joined))


class _Ranks:
    def __init__(self, draw: Draw):
        self.draw, self.shapes, self.count = draw, dict(START), 0

    def pick(self, options):  # type: ignore[no-untyped-def]
        return self.draw(st.sampled_from(list(options)))

    def bind(self, text: str, shape: Shape, again: str = "") -> list[str]:
        self.count += 1
        name = again if again and self.pick([0, 0, 1]) else f"b{self.count}"
        self.shapes[name] = shape
        return [f"{name} = {text}"]

    def statement(self) -> list[str]:
        a = self.pick(self.shapes)
        shape = self.shapes[a]
        return self.pick(
            [
                self.combine,
                self.combine,
                self.reduce,
                self.reduce,
                self.reshape,
                self.product,
                self.join,
            ]
        )(a, shape)

    def combine(self, a: str, shape: Shape) -> list[str]:
        fitting = [
            (b, j) for b, s in self.shapes.items() if (j := broadcast(shape, s)) is not None
        ]
        b, joined = self.pick(fitting)
        text = self.pick(
            [
                "np.sin({a}) * {b}",
                "{a} + 0.3 * {b}",
                "{a} / (1.5 + {b} ** 2)",
                "np.maximum({a}, {b})",
                "np.where({a} > 0.2, {a}, {b})",
                "np.hypot({a}, 1.0 + {b} ** 2)",
                "{b} - np.tanh({a})",
            ]
        )
        return self.bind(text.format(a=a, b=b), joined)

    def reduce(self, a: str, shape: Shape) -> list[str]:
        how = self.pick(["sum", "mean", "sum", "max", "var"])
        if not shape or self.pick([0, 0, 0, 1]):
            return self.bind(f"np.{how}({a})", ())
        axis = self.pick(range(len(shape)))
        if self.pick([0, 1]):
            return self.bind(
                f"np.{how}({a}, axis={axis}, keepdims=True)",
                (*shape[:axis], "1", *shape[axis + 1 :]),
            )
        return self.bind(f"{a}.{how}(axis={axis - len(shape)})", shape[:axis] + shape[axis + 1 :])

    def reshape(self, a: str, shape: Shape) -> list[str]:
        options = [(f"np.transpose({a})", shape[::-1]), (f"np.atleast_1d({a})", shape or ("1",))]
        if len(shape) < 3:
            k = self.pick(range(len(shape) + 1))
            options += [
                (f"np.expand_dims({a}, {k})", (*shape[:k], "1", *shape[k:])),
                (f"np.asarray({a})[None]", ("1", *shape)),
            ]
        for k, size in enumerate(shape):
            rest = shape[:k] + shape[k + 1 :]
            if size == "1":
                options += [
                    (f"np.squeeze({a}, axis={k})", rest),
                    (f"{a}.reshape({a}.shape[:{k}] + {a}.shape[{k + 1}:])", rest),
                ]
            else:
                options += [(f"np.take({a}, 0, axis={k})", rest), (f"np.flip({a}, {k})", shape)]
        if len(shape) == 1 and shape[0] != "1":
            options.append((f"np.broadcast_to({a}, (2, {a}.shape[0]))[1]", shape))
        text, made = self.pick(options)
        return self.bind(text, made)

    def product(self, a: str, shape: Shape) -> list[str]:
        if not shape:
            return self.combine(a, shape)
        others = [
            (b, s) for b, s in self.shapes.items() if s and s[-2 if len(s) > 1 else 0] == shape[-1]
        ]
        if len(shape) > 2 or not others:
            letters = "ijk"[: len(shape)]
            return self.bind(f"np.einsum('{letters}->{letters[0]}', {a})", shape[:1])
        b, s = self.pick(others)
        if len(s) > 2:
            return self.combine(a, shape)
        result = shape[:-1] + s[: len(s) - 2] + (s[-1:] if len(s) > 1 else ())
        if self.pick([0, 1]):
            return self.bind(f"0.5 * ({a} @ {b})", result)
        left, right = "ij"[2 - len(shape) :], "jk"[: len(s)]
        out = left[:-1] + right[1:]
        return self.bind(f"np.einsum('{left},{right}->{out}', {a}, {b})", result)

    def join(self, a: str, shape: Shape) -> list[str]:
        if len(shape) > 2:
            return self.reduce(a, shape)
        same = self.pick([b for b, s in self.shapes.items() if s == shape])
        text = f"np.stack([{a}, np.cos({same})]).sum(axis=0)"
        return self.bind(text, shape)

    def block(self, most: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(1 + self.draw(st.integers(0, most - 1))):
            if depth < 1 and self.pick([0, 0, 0, 1]):
                known = dict(self.shapes)
                lines += [
                    self.pick(["if x > 0.1:", "for _ in range(2):"]),
                    *indented(self.block(3, 1)),
                ]
                target = self.pick(START)
                lines += indented([f"{target} = np.sin({target}) * 0.9"])
                self.shapes = known
            else:
                lines += self.statement()
        return lines


def program(draw: Draw) -> Program:
    write = _Ranks(draw)
    lines = write.block(7, 0)
    terms = " + ".join(f"np.sum(np.sin({a}) + {k + 1} * {a})" for k, a in enumerate(write.shapes))
    body = indented([*lines, f"return {terms}"])
    source = (
        ast.unparse(
            ast.parse("\n".join(["import numpy as np", "def f(x, v, w, A, c, r):", *body]))
        )
        + "\n"
    )

    def point(n: int, m: int) -> tuple:  # type: ignore[type-arg]
        step = itertools.count()

        def some(*shape: int) -> np.ndarray:  # type: ignore[type-arg]
            flat = [number(draw, 0.0123 + 0.0071 * next(step)) for _ in range(int(np.prod(shape)))]
            return np.array(flat).reshape(shape)

        return (number(draw), some(n), some(m), some(n, m), some(n, 1), some(1, m))

    sizes = draw(st.permutations([(3, 2), (1, 2), (3, 1), (1, 1)]))
    points = [point(*s) for s in sizes[:3]]
    return Program(
        source, points[0], draw(st.sampled_from([0, 1, 3, (0, 3), (4, 5)])), tuple(points[1:])
    )
