"""``python -m tests.fuzz --examples 2000``: many programs, counts, and the shortest failures."""

import argparse
import sys

from tests.fuzz.grammar import Program
from tests.fuzz.styles import STYLES
from tests.fuzz.test_fuzz import (
    ACCEPTANCE,
    MUTATION_ACCEPTANCE,
    STYLE_ACCEPTANCE,
    Tally,
    run,
)

#: The outcomes that are failures, and those that are printed on demand.
FAILURES, REFUSALS = ("wrong", "error"), ("refused",)


class Kept:
    """The programs of some outcomes."""

    def __init__(self, outcomes: tuple[str, ...]):
        self.outcomes = outcomes
        self.programs: list[tuple[str, Program]] = []

    def __call__(self, tally: Tally, outcome: str, why: str, program: Program) -> None:
        if outcome in FAILURES:
            tally.failures.append((f"{outcome}: {why}", program))
        if outcome in self.outcomes:
            self.programs.append((f"{outcome}: {why}", program))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=2000)
    parser.add_argument("--seed", type=int, help="other programs than the usual ones")
    parser.add_argument("--order", type=int, default=1, choices=(1, 2))
    parser.add_argument("--mutation", action="store_true", help="with writes, views, containers")
    parser.add_argument("--forward", action="store_true", help="forward mode, not reverse")
    parser.add_argument("--style", default="", choices=["", *STYLES], help="of another style")
    parser.add_argument("--show", type=int, default=3, help="how many failures to print")
    parser.add_argument("--refused", action="store_true", help="print refused programs, too")
    options = parser.parse_args()
    kept = Kept(FAILURES + REFUSALS if options.refused else FAILURES)
    tally = run(
        options.examples, kept, options.seed, options.order, options.mutation,
        options.forward, options.style,
    )  # fmt: skip
    print(tally)
    least = MUTATION_ACCEPTANCE if options.mutation else ACCEPTANCE
    least = STYLE_ACCEPTANCE.get(options.style, least)
    kept.programs.sort(key=lambda each: len(each[1].source))
    for why, program in kept.programs[: options.show]:
        print(f"\n{'-' * 80}\n{why}\n\n{program.source}\n# at {program.args!r}, wrt {program.wrt}")
    return 1 if tally.failures or tally.acceptance < least else 0


if __name__ == "__main__":
    sys.exit(main())
