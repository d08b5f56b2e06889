"""`time`: the gradient beside the program and differences."""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint.api import grad
from adjoint.cli.targets import Target
from adjoint.cli.terminal import Terminal
from adjoint.testing.differences import leaves


def timed(
    target: Target, terminal: Terminal, options: argparse.Namespace
) -> tuple[dict[str, Any], int]:
    """The shortest of many repetitions; differences take two programs for each number."""
    target.require_arguments()
    grad(lambda x: x * x)(1.0)  # which loads the compiler
    f = target.derivative()
    names = target.wrt or [f._parameters.all[k].name for k in f._wrt if isinstance(k, int)]
    parameters = [p.name for p in f._parameters.all]
    values = f._values(target.args, target.kwargs)
    numbers = sum(np.size(leaf) for n in names for leaf in leaves(values[parameters.index(n)]))
    args, kwargs = copy.deepcopy((target.args, target.kwargs))
    with contextlib.redirect_stdout(io.StringIO()):
        begun = time.perf_counter()
        f(*args, **kwargs)
        first = time.perf_counter() - begun
        program = _shortest(lambda: target.primal(*args, **kwargs), options.seconds)
        gradient = _shortest(lambda: f(*args, **kwargs), options.seconds)
    differences = 2 * numbers * program
    found = {
        "first_call": first, "program": program, "gradient": gradient,
        "differences": differences, "ratio": gradient / program, "numbers": numbers,
    }  # fmt: skip
    terminal.table(
        ["", "seconds", "programs"],
        [
            ["first call, compiled", f"{first:.3g}", f"{first / program:.3g}"],
            ["program", f"{program:.3g}", "1"],
            [f"gradient by {numbers} number{'s' * (numbers != 1)}", f"{gradient:.3g}",
             f"{gradient / program:.3g}"],
            ["central differences", f"{differences:.3g}", f"{2 * numbers}"],
        ],
    )  # fmt: skip
    return found, 0


def _shortest(call: Callable[[], object], seconds: float) -> float:
    """The shortest time of one call, in about so many seconds."""
    best, end, repeats = float("inf"), time.perf_counter() + seconds, 1
    while True:
        begun = time.perf_counter()
        for _ in range(repeats):
            call()
        now = time.perf_counter()
        best = min(best, (now - begun) / repeats)
        if now >= end:
            return best
        if now - begun < 1e-3:
            repeats *= 2
