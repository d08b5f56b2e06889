"""`check`: the gradient beside differences, with the worst element of each argument."""

from __future__ import annotations

import argparse
import contextlib
import copy
import io
from typing import Any

import numpy as np

from adjoint.api import grad
from adjoint.api.arguments import split
from adjoint.cli.targets import Target, UsageError
from adjoint.cli.terminal import Terminal
from adjoint.testing.differences import along, derivative, leaves, unit_vectors


def check(
    target: Target, terminal: Terminal, options: argparse.Namespace
) -> tuple[dict[str, Any], int]:
    """Compare each element; exit code 1 if one of them disagrees."""
    target.require_arguments()
    names = target.wrt or target.with_floats()
    if not names:
        raise UsageError(f"no argument of {target.name} has a float in it")
    f = grad(target.primal, argnames=names)
    values = f._values(target.args, target.kwargs)
    with np.errstate(all="ignore"):
        gradients = f(*target.args, **target.kwargs)
    parameters = [p.name for p in f._parameters.all]

    def primal(*moved: Any) -> Any:
        args, kwargs = split(f._parameters.all, copy.deepcopy(moved))
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            return f._function(*args, **kwargs)

    coarse = any(np.finfo(np.result_type(x)).bits < 64 for x in leaves([*values]))
    rtol = options.rtol or (1e-3 if coarse else 1e-6)
    atol = 1e-4 if coarse else 1e-8
    found = []
    for name, gradient in zip(names, gradients, strict=True):
        k = parameters.index(name)
        elements = list(unit_vectors(values[k]))
        chosen = sorted(np.random.default_rng(0).permutation(len(elements))[: options.most])
        parts = leaves(gradient)
        worst: dict[str, Any] | None = None
        wrong = 0
        for j in terminal.progress(chosen, len(chosen), f"differences by {name}"):
            where, leaf, index, unit = elements[j]
            got = float(np.real(np.asarray(parts[leaf])[index]))
            want = derivative(along(primal, values, {k: unit}, 1.0))
            error = abs(got - want) / max(abs(want), abs(got), atol)
            disagrees = not abs(got - want) <= atol + rtol * max(abs(want), abs(got))
            wrong += disagrees
            error = float("inf") if np.isnan(error) else error
            if worst is None or error > worst["relative"]:
                worst = {"element": name + where, "gradient": got, "difference": want,
                         "relative": error}  # fmt: skip
        found.append({"argument": name, "elements": len(elements), "compared": len(chosen),
                      "wrong": wrong, "worst": worst})  # fmt: skip
    terminal.table(
        ["argument", "elements", "compared", "wrong", "worst element", "gradient", "difference",
         "relative"],
        [_row(each) for each in found],
    )  # fmt: skip
    failed = any(each["wrong"] for each in found)
    verdict = "the gradient and differences disagree" if failed else "they agree"
    terminal.say(terminal.painted(f"{verdict} (rtol {rtol:g})", "31" if failed else "32"))
    return {"agrees": not failed, "rtol": rtol, "arguments": found}, int(failed)


def _row(found: dict[str, Any]) -> list[str]:
    worst = found["worst"]
    numbers = [str(found[key]) for key in ("elements", "compared", "wrong")]
    if worst is None:
        return [found["argument"], *numbers, "", "", "", ""]
    return [found["argument"], *numbers, worst["element"], f"{worst['gradient']:.8g}",
            f"{worst['difference']:.8g}", f"{worst['relative']:.1e}"]  # fmt: skip
