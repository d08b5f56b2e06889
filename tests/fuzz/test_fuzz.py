"""Random programs: the gradient agrees with differences, and hardly any program is refused."""

import copy
import os
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from adjoint import UnsupportedError, grad
from tests.fuzz import native as both
from tests.fuzz import thorough
from tests.fuzz.grammar import Program, programs
from tests.fuzz.judge import Late, along_direction, crash, load, on_copies, reason, time_limit
from tests.fuzz.styles import programs as of_style
from tests.oracle import assert_same_gradient, richardson

EXAMPLES = int(os.environ.get("ADJOINT_FUZZ_EXAMPLES", "100"))
TRUSTED = {1: 1e-8, 2: 1e-7}  # what the oracle may be off by, in its own opinion, by order
RTOL = {1: 1e-6, 2: 1e-5}
ACCEPTANCE = 0.98
MUTATION_ACCEPTANCE = 0.85
LONGEST = 60  # seconds that all questions to one program may take
#: How many programs of a style are accepted at least.
STYLE_ACCEPTANCE = {
    "classes": 0.9, "closures": 0.8, "containers": 0.75, "exits": 0.85, "mixed": 0.95,
    "ranks": 0.98, "views": 0.9,
}  # fmt: skip


@dataclass
class Tally:
    """What became of the programs, and why."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, Program]] = field(default_factory=list)

    @property
    def acceptance(self) -> float:
        tried = self.outcomes.total() - self.outcomes["skipped"]
        return 1.0 - self.outcomes["refused"] / tried if tried else 1.0

    def __str__(self) -> str:
        lines = [f"{count:6} {outcome}" for outcome, count in self.outcomes.most_common()]
        lines.append(f"{self.acceptance:6.1%} accepted of those that were not skipped")
        lines += [f"{count:6} {reason}" for reason, count in self.reasons.most_common()]
        return "\n".join(lines)


def examine(
    program: Program, folder: Path, order: int = 1, forward: bool = False
) -> tuple[str, str]:
    """What becomes of one program: agrees, skipped, refused, wrong or error; and the reason.

    The second order is the gradient of the gradient with respect to x, against its differences.
    Forward mode is tried along one direction, against the same differences.
    """
    f = load(program.source, folder).f
    if order == 2:
        f = grad(f)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            want, error = richardson(on_copies(f), program.args, program.wrt)
    except (ArithmeticError, ValueError) as overflow:
        return "skipped", f"primal: {overflow}"
    except UnsupportedError as refusal:
        return "refused", reason(refusal)
    if not error < TRUSTED[order]:  # a kink, or too wild for differences; or nan
        return "skipped", "differences do not converge"
    args = copy.deepcopy(program.args)
    try:
        if forward:
            got, want = along_direction(f, args, program.wrt, want)
        else:
            got = grad(f, program.wrt)(*args)
    except UnsupportedError as refusal:
        return "refused", reason(refusal)
    except Exception as failure:  # whatever it is, it is a finding
        return "error", crash(failure)
    try:
        assert_same_gradient(got, want, RTOL[order], atol=RTOL[order] / 10)
        np.testing.assert_array_equal(args[2], program.args[2], "an argument was modified")
    except AssertionError as difference:
        return "wrong", str(difference)
    return "agrees", ""


def run(
    examples: int,
    judge: Callable[[Tally, str, str, Program], None],
    chosen: int | None = None,
    order: int = 1,
    mutation: bool = False,
    forward: bool = False,
    style: str = "",
    native: bool = False,
) -> Tally:
    """Run `examples` random programs, the same ones every time unless a seed is `chosen`."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:

        @settings(
            max_examples=examples,
            derandomize=chosen is None,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(of_style(style) if style else programs(mutation))
        def each(program: Program) -> None:
            if native:
                try:
                    with time_limit(LONGEST):
                        outcome, why = both.examine(program, Path(folder))
                except Late as late:
                    outcome, why = "error", str(late)
            elif style:
                second = tally.outcomes.total() % 3 == 0
                try:
                    with time_limit(LONGEST):
                        outcome, why = thorough.examine(program, Path(folder), second)
                except Late as late:
                    outcome, why = "error", str(late)
            else:
                outcome, why = examine(program, Path(folder), order, forward)
            tally.outcomes[outcome] += 1
            if outcome not in ("agrees", "wrong"):
                tally.reasons[f"{outcome}: {why}"] += 1
            judge(tally, outcome, why, program)

        (each if chosen is None else seed(chosen)(each))()
    return tally


def stop_at_failure(tally: Tally, outcome: str, why: str, program: Program) -> None:
    assert outcome not in ("wrong", "error"), (
        f"{why}\n\n{program.source}\nat {program.args!r} with respect to {program.wrt!r}"
    )


@pytest.mark.parametrize(
    ("order", "mutation", "forward", "examples"),
    [
        (1, False, False, EXAMPLES),
        (2, False, False, EXAMPLES // 4),
        (1, True, False, EXAMPLES),
        (1, False, True, EXAMPLES),
        (2, False, True, EXAMPLES // 4),
        (1, True, True, EXAMPLES),
    ],
)
def test_random_programs(order: int, mutation: bool, forward: bool, examples: int) -> None:
    tally = run(examples, stop_at_failure, order=order, mutation=mutation, forward=forward)
    print(tally)
    assert tally.outcomes["agrees"] >= examples // 3, f"too few were compared:\n{tally}"
    least = MUTATION_ACCEPTANCE if mutation else ACCEPTANCE
    assert tally.acceptance >= least, f"too many were refused:\n{tally}"


@pytest.mark.parametrize("style", STYLE_ACCEPTANCE)
def test_styles(style: str) -> None:
    tally = run(EXAMPLES // 10, stop_at_failure, style=style)
    print(tally)
    assert tally.acceptance >= STYLE_ACCEPTANCE[style], f"too many were refused:\n{tally}"
