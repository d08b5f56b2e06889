"""GradBench's protocol: a message on each line of the input, the answer to it on one of ours."""

from __future__ import annotations

import importlib
import json
import time
import traceback
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import numpy as np

NAMES = (
    "hello", "lse", "llsq", "kmeans", "det", "gmm", "ode", "lstm", "ba", "ht", "particle",
    "saddle",
)  # fmt: skip


def problem(name: str) -> ModuleType:
    """The problem that GradBench calls so.

    Raises
    ------
    LookupError : where there is none.
    """
    if name not in NAMES:
        raise LookupError(f"there is no problem {name}")
    return importlib.import_module(f"benchmarks.gradbench.problems.{name}")


def as_json(function: str, result: Any) -> Any:
    """Numbers and lists of numbers, for problems that do not write their results themselves."""
    return np.asarray(result).tolist()


def evaluated(message: dict[str, Any]) -> dict[str, Any]:
    """Run a function as often as the message asks, each run with its time."""
    of, name, given = problem(message["module"]), message["function"], message["input"]
    function, arguments = of.FUNCTIONS[name], of.read(given)
    wanted = given if isinstance(given, dict) else {}
    least, seconds = wanted.get("min_runs", 1), wanted.get("min_seconds", 0.0)
    times: list[int] = []
    while len(times) < least or sum(times) < 1e9 * seconds:
        began = time.perf_counter_ns()
        result = function(*arguments)
        times.append(time.perf_counter_ns() - began)
    return {
        "success": True,
        "output": getattr(of, "write", as_json)(name, result),
        "timings": [{"name": "evaluate", "nanoseconds": taken} for taken in times],
    }


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """What the tool says to a message; an exception is an answer, too."""
    said: dict[str, Any] = {"id": message["id"]}
    try:
        if message["kind"] == "start":
            said |= {"tool": "adjoint"}
        elif message["kind"] == "define":
            problem(message["module"])
            said |= {"success": True}
        elif message["kind"] == "evaluate":
            said |= evaluated(message)
    except Exception:
        said |= {"success": False, "error": traceback.format_exc()}
    return said


def answers(lines: Iterable[str]) -> Iterator[str]:
    return (json.dumps(answer(json.loads(line))) for line in lines if line.strip())
