"""The table of all programs, medians and worst, and the page of the documentation with them."""

import os
import platform
import statistics
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.text.measure import Costs, Row

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "text_report.md"
HEADER = (
    "program", "lines", "tokens", "meaningless", "kept", "fields", "helpers", "function", "call",
    "memory",
)  # fmt: skip
INTRODUCTION = """\
# Report of the text

`python -m benchmarks --text --write` renews this page. It compares the gradient that adjoint
writes with one that was written by hand, for the programs in `benchmarks/text/programs`.

"""
LEGEND = """\

Each cell is *adjoint / by hand*. Lines and tokens are counted after `ruff format`, without
docstrings, comments and imports. *Meaningless* is the share of assignments to names such as `t_3`
that are not the user's. *Kept* is the share of the user's statements that stand unchanged in the
forward half. *Fields* are the values that the forward half keeps for the backward half, under any
name. *Helpers* are calls of functions of `adjoint.runtime`. *Function* and *call* are times of the
emitted function and of a call of `grad(f)`, interleaved with those by hand; *memory* is the peak.
"""


def ratio(a: float, b: float) -> str:
    return f"{a / b:.2f}"


def share(part: float | None) -> str:
    return "–" if part is None else f"{part:.0%}"


def cells(row: Row) -> list[str]:
    ours, hand = row.emitted, row.by_hand
    counted = [
        row.name,
        f"{ours.lines}/{hand.lines}",
        ratio(ours.tokens, hand.tokens),
        f"{share(ours.meaningless)}/{share(hand.meaningless)}",
        f"{share(ours.kept)}/{share(hand.kept)}",
        f"{ours.fields}/{hand.fields}",
        f"{ours.helpers}",
    ]
    if row.costs is None:
        return counted + ["–"] * 3
    c = row.costs
    return [
        *counted,
        ratio(c.function, c.by_hand),
        ratio(c.call, c.by_hand),
        ratio(c.memory, c.memory_by_hand),
    ]


def line(parts: Sequence[str]) -> str:
    widths = (20, 9, 8, 13, 11, 8, 8, 9, 7, 8)
    first, *rest = zip(parts, widths, strict=True)
    return f"{first[0]:{first[1]}}" + "".join(f"{part:>{width}}" for part, width in rest)


def summary(rows: Sequence[Row]) -> list[tuple[str, str, str]]:
    """What was measured, its median, and the worst program."""
    found: list[tuple[str, str, str]] = []

    def add(
        what: str,
        value: Callable[[Row], float | None],
        form: str = ".2f",
        worst: Callable[..., tuple[float, str]] = max,
    ) -> None:
        values = [(v, row.name) for row in rows if (v := value(row)) is not None]
        if values:
            median = statistics.median(v for v, _ in values)
            most, name = worst(values)
            found.append((what, f"{median:{form}}", f"{most:{form}} ({name})"))

    def cost(of: Callable[[Costs], float]) -> Callable[[Row], float | None]:
        return lambda row: None if row.costs is None else of(row.costs)

    add("lines / by hand", lambda r: r.emitted.lines / r.by_hand.lines)
    add("tokens / by hand", lambda r: r.emitted.tokens / r.by_hand.tokens)
    add("meaningless names", lambda r: r.emitted.meaningless, ".0%")
    add("meaningless names, by hand", lambda r: r.by_hand.meaningless, ".0%")
    add("statements kept", lambda r: r.emitted.kept, ".0%", min)
    add("statements kept, by hand", lambda r: r.by_hand.kept, ".0%", min)
    taped = "fields / by hand, where that has some"
    add(taped, lambda r: r.emitted.fields / r.by_hand.fields if r.by_hand.fields else None)
    untaped = "fields, where by hand has none"
    add(untaped, lambda r: None if r.by_hand.fields else r.emitted.fields, ".0f")
    add("calls of runtime helpers", lambda r: r.emitted.helpers, ".0f")
    add("time of the function / by hand", cost(lambda c: c.function / c.by_hand))
    add("time of a call / by hand", cost(lambda c: c.call / c.by_hand))
    add("peak memory / by hand", cost(lambda c: c.memory / c.memory_by_hand))
    return found


def total(rows: Sequence[Row]) -> str:
    fields = sum(row.emitted.fields for row in rows), sum(row.by_hand.fields for row in rows)
    helpers = sum(row.emitted.helpers for row in rows)
    return (
        f"{len(rows)} programs; {fields[0]} fields, by hand {fields[1]}; "
        f"{helpers} calls of helpers in {sum(row.emitted.helpers > 0 for row in rows)} programs"
    )


def table(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "".join(f"| {' | '.join(row)} |\n" for row in (header, rule, *body))


def facts() -> str:
    """The commit, its date and the machine."""
    git = ["git", "log", "-1", "--format=%h of %ad", "--date=iso"]
    commit = subprocess.run(git, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    dirty = subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, check=False).returncode
    return (
        f"- commit {commit.strip()}{', with changes' if dirty else ''}\n"
        f"- Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{os.environ.get('OMP_NUM_THREADS', 'all')} BLAS thread\n\n"
    )


def write(rows: Sequence[Row]) -> None:
    PAGE.write_text(
        INTRODUCTION
        + facts()
        + table(("", "median", "worst"), summary(rows))
        + f"\n{total(rows)}.\n\n"
        + table(HEADER, [cells(row) for row in rows])
        + LEGEND
    )
