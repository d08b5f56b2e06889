"""What the frontend makes of small programs: the text of a function, and its SSA as printed.

Each file of `cases/` stands for a folder of the frontend. A case is

    [case name] the arguments of the call
    the text of a module with the function `f`
    [ir]
    the SSA of `f`, which `python -m tests.frontend.lowering` writes
"""

from __future__ import annotations

import linecache
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import adjoint
from adjoint.assumptions import Assumptions, under_assumptions
from adjoint.frontend.program import lower_program
from adjoint.ir.verifier import verify

CASES = Path(__file__).parent / "cases"
_HEAD = re.compile(r"^\[case (\w+)\] (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One program.

    Attributes
    ----------
    arguments : of the call, as they are written.
    ir : the SSA that is expected.
    """

    area: str
    name: str
    arguments: str
    text: str
    ir: str

    def load(self) -> tuple[Any, tuple[Any, ...]]:
        """The function, and the arguments of the call."""
        file = f"<case {self.area} {self.name}>"
        linecache.cache[file] = (len(self.text), None, self.text.splitlines(True), file)
        namespace: dict[str, Any] = {"np": np, "__name__": f"cases.{self.area}.{self.name}"}
        namespace |= {name: getattr(adjoint, name) for name in ("checkpoint", "grad", "jvp")}
        exec(compile(self.text, file, "exec"), namespace)
        args = eval(f"({self.arguments},)", namespace)
        return namespace["f"], args


def read(path: Path) -> list[Case]:
    """The cases of a file."""
    parts = _HEAD.split(path.read_text())[1:]
    found = []
    for name, arguments, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        text, _, ir = body.strip("\n").partition("\n[ir]")
        found.append(Case(path.stem, name, arguments, text + "\n", ir.strip("\n")))
    return found


def written(cases: list[Case]) -> str:
    """The text of a file with these cases."""
    shown = [f"[case {c.name}] {c.arguments}\n{c.text}[ir]\n{c.ir}\n" for c in cases]
    return "\n".join(shown)


def lowered(function: Any, args: tuple[Any, ...]) -> str:
    """The SSA of a function as written, without the numbers of lines at the right."""
    dispatch = adjoint.grad(function)._dispatch

    def attempt(known: Assumptions) -> Any:
        makers = dispatch._makers(known)
        keys = [make(value) for make, value in zip(makers, args, strict=True)]
        return lower_program(function, dispatch.parameters.signature, keys, None, known)

    program, _ = under_assumptions(attempt, Assumptions())
    verify(program.function, "the frontend")
    return re.sub(r" +# \d+$", "", str(program.function), flags=re.MULTILINE).strip("\n")
