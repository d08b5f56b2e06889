"""Measure one program: the text that adjoint emits, and its costs, beside those by hand."""

import gc
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adjoint import grad
from benchmarks.text import names, source, statements, tape
from benchmarks.text.program import Program
from benchmarks.timing import interleaved


@dataclass(frozen=True)
class Side:
    """What is counted in one text."""

    lines: int
    tokens: int
    meaningless: float  # the share of its bindings
    kept: float | None  # the share of the user's statements, if there are any
    fields: int
    helpers: int


@dataclass(frozen=True)
class Costs:
    """Seconds of the emitted function, of a call of the gradient, and by hand; peak bytes."""

    function: float
    call: float
    by_hand: float
    memory: int
    memory_by_hand: int


@dataclass(frozen=True)
class Row:
    name: str
    emitted: Side
    by_hand: Side
    costs: Costs | None


def side(text: source.Text, program: str, name: str, root: str) -> Side:
    code = source.formatted(text.source)
    users = names.user_names(program)
    return Side(
        source.lines(code),
        source.tokens(code),
        names.meaningless_share(text.source, users),
        statements.kept_share(text, program, name),
        tape.fields(text, program, root),
        statements.helper_calls(text.source),
    )


def measure(program: Program, budget: float) -> Row:
    """The row of a program; times and memory take about `budget` seconds, 0 leaves them out."""
    arguments = program.example()
    gradient = grad(program.function, program.argnums)
    emitted = source.emitted(gradient.source_for(*arguments))
    by_hand = source.by_hand(program.text)
    own = source.reached(program.text, program.name)
    return Row(
        program.name,
        side(emitted, own, program.name, f"{program.name}_grad"),
        side(by_hand, own, program.name, "by_hand"),
        costs(program, gradient, budget) if budget else None,
    )


def costs(program: Program, gradient: Any, budget: float) -> Costs:
    arguments = program.example()
    function = gradient.compiled(*arguments)
    contestants = {"function": function, "call": gradient, "by_hand": program.by_hand}
    # Processor time: other work of the machine would slow long calls more than short ones.
    seconds = interleaved(contestants, arguments, budget, clock=time.process_time)
    return Costs(
        **seconds,
        memory=peak_memory(function, arguments),
        memory_by_hand=peak_memory(program.by_hand, arguments),
    )


def peak_memory(function: Callable[..., Any], arguments: tuple[Any, ...]) -> int:
    """The bytes that a call holds at its peak, beside its arguments."""
    function(*arguments)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        function(*arguments)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
