"""Print the table; `python -m benchmarks --text` runs this with one BLAS thread."""

import argparse
from collections.abc import Sequence

from benchmarks.text import report
from benchmarks.text.measure import Row, measure
from benchmarks.text.program import every


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks --text", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="programs whose name contains this")
    parser.add_argument("--budget", type=float, default=1.0, help="seconds for one program")
    parser.add_argument("--write", action="store_true", help=f"renew docs/{report.PAGE.name}")
    options = parser.parse_args(argv)
    if options.write and options.only is not None:
        parser.error("the page is of all programs: --write goes without --only")
    rows: list[Row] = []
    print(report.line(report.HEADER))
    for program in every(options.only):
        rows.append(measure(program, options.budget))
        print(report.line(report.cells(rows[-1])), flush=True)
    if not rows:
        parser.error(f"no program is called {options.only!r}")
    print()
    for what, median, worst in report.summary(rows):
        print(f"{what:40}{median:>8}   worst {worst}")
    print(report.total(rows))
    if options.write:
        report.write(rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
