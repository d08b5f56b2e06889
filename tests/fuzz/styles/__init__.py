"""Random programs of other styles than the common grammar, one style a file.

A style is a function ``program(draw) -> Program``. The grammars were fixed before the compiler was
worked on, so that refusing is no way to get fewer wrong results.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.fuzz.grammar import Program
from tests.fuzz.styles import classes, closures, containers, exits, mixed, ranks, views

STYLES: dict[str, Callable[[Any], Program]] = {
    "classes": classes.program,
    "closures": closures.program,
    "containers": containers.program,
    "exits": exits.program,
    "mixed": mixed.program,
    "ranks": ranks.program,
    "views": views.program,
}


def programs(style: str) -> st.SearchStrategy[Program]:
    """The random programs of a style."""
    return st.composite(lambda draw: STYLES[style](draw))()
