"""`python -m tests.golden [--ratios] [name ...]`: write the generated texts, or measure them."""

from __future__ import annotations

import argparse
import statistics

from tests.golden import HERE, PROGRAMS, generate, ratio, tokens


def write(names: list[str]) -> None:
    for name in names:
        for file, text in generate(name).items():
            path = HERE / name / file
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
                print(f"wrote {path.relative_to(HERE.parent.parent)}")


def print_ratios(names: list[str]) -> None:
    """Tokens of what the compiler writes now against the gradients written by hand."""
    ratios = []
    for name in names:
        source = generate(name)["grad.py"]
        by_hand = tokens((HERE / name / "hand.py").read_text())
        ratios.append(ratio(name, source))
        print(f"{name:24} {tokens(source):5} {by_hand:5} {ratios[-1]:6.2f}")
    print(f"{'median':24} {statistics.median(ratios):18.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.golden")
    parser.add_argument("names", nargs="*", help="programs; all when none is given")
    parser.add_argument("--ratios", action="store_true", help="print tokens, write nothing")
    options = parser.parse_args()
    names = options.names or PROGRAMS
    if options.ratios:
        print_ratios(names)
    else:
        write(names)


if __name__ == "__main__":
    main()
