"""`python -m tests.frontend.lowering [area ...]`: write the SSA of the cases as it is now."""

import sys
from dataclasses import replace

from tests.frontend.lowering import CASES, lowered, read, written

for path in sorted(CASES.glob("*.txt")):
    if not sys.argv[1:] or path.stem in sys.argv[1:]:
        cases = [replace(case, ir=lowered(*case.load())) for case in read(path)]
        text = written(cases)
        if text != path.read_text():
            path.write_text(text)
            print(f"wrote {path.name}")
