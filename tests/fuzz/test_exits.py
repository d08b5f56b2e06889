"""Random programs of exits: break, continue, return and raise in nested try, finally and with."""

import os
import random
import signal
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from adjoint import AdjointError, jvp, value_and_grad
from tests.fuzz.test_fuzz import load

PROGRAMS = int(os.environ.get("ADJOINT_FUZZ_EXAMPLES", "100"))
ACCEPTANCE = 0.6
HEADER = """
import contextlib


@contextlib.contextmanager
def scaled(log):
    log.append(1)
    try:
        yield 1.25
    finally:
        log.append(2)


"""
ERRORS = ("ValueError", "KeyError", "IndexError")


class Dual:
    """A number and its derivative: the program itself, run on these, is the oracle."""

    def __init__(self, value: float, slope: float = 0.0):
        self.value, self.slope = value, slope

    def __add__(self, other: Any) -> "Dual":
        other = as_dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Any) -> "Dual":
        other = as_dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __radd__, __rmul__ = __add__, __mul__

    def __gt__(self, other: float) -> bool:
        return self.value > other


def as_dual(x: Any) -> Dual:
    return x if isinstance(x, Dual) else Dual(x)


class Writer:
    """Writes one random program; every loop ends, every name is assigned before it is read."""

    def __init__(self, rng: random.Random):
        self.rng, self.lines, self.budget, self.names = rng, [], rng.randint(8, 22), 0

    def put(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def new(self, prefix: str) -> str:
        self.names += 1
        return f"{prefix}{self.names}"

    def program(self) -> str:
        self.put(0, "def f(x, k):")
        self.put(1, "s = x")
        self.put(1, "t = 0.5")
        self.put(1, "log = []")
        while self.budget > 0:
            self.block(1, False, False)
        self.put(1, "return s + 0.25 * t + len(log)")
        return HEADER + "\n".join(self.lines) + "\n"

    def block(self, depth: int, loop: bool, last: bool) -> None:
        for _ in range(self.rng.randint(1, 3)):
            self.statement(depth, loop, last)

    def statement(self, depth: int, loop: bool, last: bool) -> None:
        """One statement; `last` is set in a `finally`, which no exit leaves."""
        self.budget -= 1
        rng = self.rng
        kinds = ["update", "update", "exit", "exit"]
        if depth < 6 and self.budget > 0:
            kinds += ["if", "for", "while", "try", "try", "try", "finally", "with"]
        getattr(self, f"write_{rng.choice(kinds)}")(depth, loop, last)

    def condition(self) -> str:
        rng = self.rng
        return rng.choice([
            f"s > {rng.choice([0.9, 1.6, 2.3, 4.1])}", f"t > {rng.choice([0.6, 1.3, 3.2])}",
            f"k > {rng.randint(0, 3)}", f"len(log) > {rng.randint(0, 4)}",
        ])  # fmt: skip

    def write_update(self, depth: int, loop: bool, last: bool) -> None:
        self.put(depth, self.rng.choice([
            "s = s * 1.5", "s = s + 0.5 * x", "t = t + s * 0.25", "s, t = t, s + 0.1",
            "t = x * t + 0.2", "s = 0.5 * s",
        ]))  # fmt: skip

    def write_exit(self, depth: int, loop: bool, last: bool) -> None:
        kinds = [] if last else ["return s * t", "return x + s", "raise"]
        if not last and loop:
            kinds += ["break", "break", "continue"]
        exit_ = self.rng.choice(kinds or ["t = t + 1.0"])
        if exit_ == "raise":
            exit_ = f"raise {self.rng.choice(ERRORS)}('left')"
        if self.rng.random() < 0.9:
            self.put(depth, f"if {self.condition()}:")
            depth += 1
            if self.rng.random() < 0.4:
                self.write_update(depth, loop, last)
        self.put(depth, exit_)

    def write_if(self, depth: int, loop: bool, last: bool) -> None:
        self.put(depth, f"if {self.condition()}:")
        self.block(depth + 1, loop, last)
        if self.rng.random() < 0.5:
            self.put(depth, "else:")
            self.block(depth + 1, loop, last)

    def write_for(self, depth: int, loop: bool, last: bool) -> None:
        self.put(depth, f"for {self.new('i')} in range({self.rng.choice(['4', 'k', 'k + 2'])}):")
        self.block(depth + 1, not last, last)
        if self.rng.random() < 0.2:
            self.put(depth, "else:")
            self.block(depth + 1, loop, last)

    def write_while(self, depth: int, loop: bool, last: bool) -> None:
        n = self.new("n")
        self.put(depth, f"{n} = 0")
        self.put(depth, f"while {n} < 4:")
        self.put(depth + 1, f"{n} += 1")
        self.block(depth + 1, not last, last)

    def write_try(self, depth: int, loop: bool, last: bool) -> None:
        self.put(depth, "try:")
        self.block(depth + 1, loop, last)
        for error in self.rng.sample(ERRORS, self.rng.randint(1, 2)):
            self.put(depth, f"except {error}:")
            self.block(depth + 1, loop, last)
        if self.rng.random() < 0.3:
            self.put(depth, "finally:")
            self.block(depth + 1, False, True)

    def write_finally(self, depth: int, loop: bool, last: bool) -> None:
        self.put(depth, "try:")
        self.block(depth + 1, loop, last)
        self.put(depth, "finally:")
        self.block(depth + 1, False, True)

    def write_with(self, depth: int, loop: bool, last: bool) -> None:
        name = self.new("w")
        self.put(depth, f"with scaled(log) as {name}:")
        self.put(depth + 1, f"s = s * {name}")
        self.block(depth + 1, loop, last)


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """A lost `break` may be a program without an end."""

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets signals
        return

    def late(*_: Any) -> None:
        raise TimeoutError(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(run: Any) -> tuple[float, float] | str:
    """The value and its derivative, or the name of the exception."""
    try:
        value, slope = run()
    except (AdjointError, TimeoutError):
        raise
    except Exception as error:
        return type(error).__name__
    return float(value), float(slope)


def examine(seed: int, folder: Path) -> str:
    source = Writer(random.Random(seed)).program()
    f = load(source, folder).f

    def exact(x: float, k: int) -> tuple[float, float]:
        result = as_dual(f(Dual(x, 1.0), k))
        return result.value, result.slope

    compiled = {
        "reverse": value_and_grad(f),
        "forward": lambda x, k: jvp(f, (x, k), (1.0, None)),
    }
    for x, k in [(0.7, 2), (1.3, 0), (0.4, 4)]:
        want = outcome(lambda x=x, k=k: exact(x, k))
        for mode, run in compiled.items():
            try:
                with limited(20):
                    got = outcome(lambda run=run, x=x, k=k: run(x, k))
            except AdjointError:
                return "refused"
            same = got == want if isinstance(want, str) else got == pytest.approx(want, rel=1e-9)
            assert same, f"seed {seed}, {mode}: {got} for {want} at {(x, k)}\n{source}"
    return "agrees"


def test_random_exits() -> None:
    tally: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(PROGRAMS):
            tally[examine(seed, Path(folder))] += 1
    print(tally)
    assert tally["agrees"] >= ACCEPTANCE * PROGRAMS, tally
