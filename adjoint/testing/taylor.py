"""Taylor remainders: how fast they fall with the step says whether a gradient is right."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.api import vjp
from adjoint.testing.differences import along, dot, random_like


@dataclass(frozen=True)
class TaylorTable:
    """How far a function is from its Taylor polynomials of order 0 and 1 along a line.

    Attributes
    ----------
    steps, zeroth, first : the remainders `|f(x + h v) - f(x)|` and `|... - h f'(x) v|` by step.
    """

    steps: tuple[float, ...]
    zeroth: tuple[float, ...]
    first: tuple[float, ...]

    def slopes(self, remainders: Sequence[float]) -> list[float]:
        """The orders at which remainders fall; nan where there is nothing left to fall."""
        pairs = zip(remainders, remainders[1:], strict=False)
        return [math.log2(a / b) if a > 0.0 and b > 0.0 else math.nan for a, b in pairs]

    def __str__(self) -> str:
        lines = [f"{'step':>10} {'order 0':>12} {'slope':>6} {'order 1':>12} {'slope':>6}"]
        zeroth, first = ([math.nan, *self.slopes(r)] for r in (self.zeroth, self.first))
        rows = zip(self.steps, self.zeroth, zeroth, self.first, first, strict=True)
        for h, a, slope_a, b, slope_b in rows:
            shown = ["" if math.isnan(s) else f"{s:.2f}" for s in (slope_a, slope_b)]
            lines.append(f"{h:10.2e} {a:12.4e} {shown[0]:>6} {b:12.4e} {shown[1]:>6}")
        return "\n".join(lines)


def taylor_table(
    f: Callable[..., Any],
    args: Sequence[Any],
    active: tuple[int, ...],
    rng: np.random.Generator,
    step: float,
    levels: int = 6,
) -> TaylorTable:
    """The remainders of `<w, f>` along a random direction, with the gradient of adjoint."""
    value, pullback = vjp(f, *args, argnums=active)
    w = random_like(value, rng)
    tangents = {k: random_like(args[k], rng) for k in active}
    slope = sum(dot(bar, tangents[k]) for k, bar in zip(active, pullback(w), strict=True))
    line = along(f, args, tangents, w)
    steps = [step / 2**k for k in range(levels)]
    changes = [line(h) - line(0.0) for h in steps]
    first = [abs(change - h * slope) for h, change in zip(steps, changes, strict=True)]
    return TaylorTable(tuple(steps), tuple(map(abs, changes)), tuple(first))
