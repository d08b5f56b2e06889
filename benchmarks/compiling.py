"""What it costs to compile: the time of decorating a long function and calling it once."""

import importlib.util
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

NAMES = ("a", "b", "c", "d")


def source(lines: int, seed: int) -> str:
    """A module with one function of so many lines: straight code, branches and loops in turn.

    Every value stays in [-3, 3], so that nothing overflows at any length.
    """
    rng = random.Random(seed)
    body = ["a, b, c, d = x, 0.5 * x, math.cos(x), 0.3"]
    while (room := lines - 2 - len(body)) > 0:
        p, q, r = rng.choices(NAMES, k=3)
        blocks = [
            [f"{p} = math.sin({q} + {rng.random():.3f} * {r})"],
            [f"{p} = 0.5 * {q} * {r} - {rng.random():.3f}"],
            [f"{p} = 0.7 * {p} + 0.3 * math.tanh({q})"],
            ["for i in range(3):", f"    {p} = 0.5 * {p} + 0.1 * math.cos({q}) * {r}"],
            [f"if {p} > {q}:", f"    {p} = 0.5 * {p}", "else:", f"    {p} = math.sin({q} * {r})"],
        ]
        body += rng.choice([block for block in blocks if len(block) <= room])
    body.append("return a + b + c + d")
    return "import math\n\n\ndef program(x):\n" + "".join(f"    {line}\n" for line in body)


def load(text: str, path: Path) -> ModuleType:
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def first_call(grad: Decorator, lines: int, seed: int, folder: Path) -> float:
    """Seconds to decorate a function that nobody has compiled before, and to call it once."""
    program = load(source(lines, seed), folder / f"program_{lines}_{seed}.py").program
    began = time.perf_counter()
    grad(program)(0.7)
    return time.perf_counter() - began


def curve(grad: Decorator, lengths: tuple[int, ...], rounds: int) -> dict[str, float]:
    """Median seconds for each length, in interleaved rounds; and the first of the process."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The first compilation also pays for lazy imports and cold caches; it gets its own row.
        result = {"50 (first of all)": first_call(grad, 50, rounds, folder)}
        times: dict[int, list[float]] = {n: [] for n in lengths}
        for seed in range(rounds):
            for n in lengths:
                times[n].append(first_call(grad, n, seed, folder))
    return result | {str(n): statistics.median(ts) for n, ts in times.items()}
