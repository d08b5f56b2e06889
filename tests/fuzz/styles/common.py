"""What the styles share: the module around a program, and its points."""

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from tests.fuzz.grammar import HEADER, Program, Scope, Writer, indented

#: No round numbers and no simple ratios: nothing that meets a literal or cancels exactly.
OFFSETS = (0.0123, 0.0171, 0.0239, 0.0307, 0.0411)
ARGUMENTS = Scope(numbers=("x", "y"), arrays=("v",), counts=("n",), assignable=("x", "y", "v"))

Draw = Callable[[st.SearchStrategy[Any]], Any]


def number(draw: Draw, offset: float = 0.0123) -> float:
    return draw(st.integers(-60, 60)) / 32 + offset


def point(draw: Draw) -> tuple[Any, ...]:
    numbers = [number(draw, offset) for offset in OFFSETS]
    return (numbers[0], numbers[1], np.array(numbers[2:]), draw(st.integers(0, 4)))


def finished(draw: Draw, parts: list[str]) -> Program:
    """The program of these parts, called at two points."""
    source = ast.unparse(ast.parse("\n\n\n".join([HEADER, *parts]))) + "\n"
    wrt = draw(st.sampled_from([0, (0, 1), 2, (0, 2), (1, 0, 2)]))
    args, other = point(draw), point(draw)
    return Program(source, args, wrt, (other,))


def guarded(head: str, lines: list[str], otherwise: list[str] | None = None) -> list[str]:
    rest = ["else:", *indented(otherwise)] if otherwise else []
    return [head, *indented(lines), *rest]


def plain(write: Writer, s: Scope) -> str:
    """A moderate number."""
    return write.squashed(s)
