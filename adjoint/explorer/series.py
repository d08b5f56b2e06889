"""A number of every step, in bounded memory: neighbours are joined when there are too many."""

from __future__ import annotations

import math
from typing import Any

from adjoint.explorer.summaries import number

#: A sparkline has so many points, at most.
_POINTS = 120


class Series:
    """The largest of each few neighbouring numbers; how many are joined doubles as it grows."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.joined = 1  # numbers that a value stands for
        self.count = 0

    def add(self, value: float) -> None:
        """Append a number; nan counts as the largest."""
        place = self.count // self.joined
        if place == len(self.values):
            if place == _POINTS:
                pairs = zip(self.values[::2], self.values[1::2], strict=True)
                self.values = [_larger(a, b) for a, b in pairs]
                self.joined *= 2
                place = self.count // self.joined
            self.values.append(value)
        else:
            self.values[place] = _larger(self.values[place], value)
        self.count += 1

    def to_json(self) -> dict[str, Any]:
        return {"n": self.count, "j": self.joined, "v": [number(v) for v in self.values]}


def _larger(a: float, b: float) -> float:
    return b if math.isnan(b) or b > a else a
