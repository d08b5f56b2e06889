"""GradBench with adjoint.

python -m benchmarks.gradbench                    the tool: GradBench talks to it by lines of JSON
python -m benchmarks.gradbench --backend numba    the same in machine code, where there is some
python -m benchmarks.gradbench --measure          times of the gradients beside those of peers
"""

import argparse
import sys

from adjoint import use
from benchmarks.gradbench.measure import measure
from benchmarks.gradbench.tool import answers


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gradbench", description=__doc__)
    parser.add_argument("--backend", choices=("numpy", "numba"), default="numpy")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--budget", type=float, default=1.0, help="seconds for each problem")
    parser.add_argument("problems", nargs="*")
    options = parser.parse_args()
    if options.measure:
        return 0 if measure(options.problems, options.budget) else 1
    with use(options.backend, fallback=True):
        for line in answers(sys.stdin):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
