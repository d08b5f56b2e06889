"""Functions that are typed at Python's prompt, in a terminal of its own."""

import os
import re
import select
import subprocess
import sys
import time

import pytest

pty = pytest.importorskip("pty", reason="there are no terminals here")

TYPED = (
    """\
from adjoint import grad
@grad
def cube(x):
    y = x * x

    return y * x
""".replace("\n\n", "\n    \n")
    + """
cube(2.0)
grad(lambda x: 3.0 * x * x)(2.0)
def outer(x):
    def inner(y):
        return y * y * y
    return inner(x) + grad(inner)(x)

grad(outer)(2.0)
"""
)


def answers(*typed: str, **variables: str) -> str:
    """What an interactive Python prints; each text is typed when it asks for the next."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "dumb", "PYTHONSTARTUP": "", **variables}
    if not variables:
        environment["PYTHON_BASIC_REPL"] = "1"
    python = subprocess.Popen(
        [sys.executable, "-i", "-q"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment,
        close_fds=True,
    )  # fmt: skip
    os.close(theirs)
    printed, stop = b"", time.monotonic() + 120.0
    try:
        for text in (*typed, "print('the', 'end')\n"):
            new = b""
            while b">>> " not in new and time.monotonic() < stop:
                if select.select([ours], [], [], 1.0)[0]:
                    new += os.read(ours, 65536)
            printed += new
            os.write(ours, text.encode())
        while b"the end" not in printed and time.monotonic() < stop:
            if select.select([ours], [], [], 1.0)[0]:
                printed += os.read(ours, 65536)
    finally:
        python.kill()
        python.wait()
        os.close(ours)
    return printed.decode()


def test_the_prompt():
    pytest.importorskip("readline", reason="without it the prompt has no history")
    printed = answers(TYPED)
    lines = [line.strip() for line in printed.splitlines()]
    assert [line for line in lines if line in ("12.0", "24.0")] == ["12.0", "12.0", "24.0"], (
        printed
    )


@pytest.mark.skipif(sys.version_info[:2] != (3, 13), reason="this types as 3.13 wants it")
def test_functions_typed_at_the_prompt_with_colours() -> None:
    blocks = [
        "import math, sys\nfrom adjoint import grad",
        "'coloured ' * ('_pyrepl.readline' in sys.modules) + 'prompt'",
        "def cube(x):\n    y = x * x\n\n    return y * x",
        "grad(cube)(2.0) * 1000",
        "import math; f = lambda x: math.sin(x) * x; grad(f)(0.0) + 4321",
        "[grad(g)(2.0) * 100 for g in (lambda x: x * x, lambda x: x * x * x)]",
    ]
    pasted = [f"\x1b[200~{block}\x1b[201~\n\n" for block in blocks]
    printed = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", answers(*pasted, TERM="xterm-256color"))
    for expected in ("12000.0", "4321.0", "[400.0, 1200.0]", "coloured prompt"):
        assert expected in printed, printed
