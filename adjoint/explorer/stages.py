"""The intermediate form behind each stage of the compiler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.explorer.graph import graph
from adjoint.ir.core import Function
from adjoint.ir.stages import watching

#: Longer texts are cut: a page is for reading.
_LONGEST = 60_000

_SAYS = {
    "lowered": "The program in SSA form: each value is assigned once, loops carry their state.",
    "differentiated": "Reverse mode has appended the backward half. It may still read any value "
    "of the forward half, even inside of a loop.",
    "without dead code": "What no derivative reads is gone, unless it may raise.",
    "simplified": "Rewriting and common subexpressions: what is computed twice is computed once.",
    "with residuals": "Each value that the backward half reads is on a tape, kept in a variable, "
    "or computed again.",
    "optimised": "Signs, numbers and checks are where they cost least. The text is made of this.",
}  # fmt: skip


def stages(compile_again: Callable[[], Any]) -> list[dict[str, Any]]:
    """What a compilation printed behind each stage; of several attempts the last one."""
    found: list[dict[str, Any]] = []
    main = ""

    def watch(function: Function, stage: str) -> None:
        nonlocal main
        if stage == "lowered":
            found.clear()
            main = function.name
        if function.name == main:
            text = "\n".join(line.rstrip() for line in str(function)[:_LONGEST].splitlines())
            shown = {"name": stage, "says": _SAYS.get(stage, ""), "text": text}
            found.append(shown | {"graph": graph(function)})

    with watching(watch):
        compile_again()
    return found
