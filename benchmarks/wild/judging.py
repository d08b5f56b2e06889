"""One call: its gradient by its float arguments, against differences with error estimates."""

from __future__ import annotations

import copy
import linecache
import math
import re
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

import adjoint
from benchmarks.wild.calls import Call

#: The largest error of differences, relative to the slope, that a call is judged by.
CERTAIN = 1e-6
#: Seconds for the first call of a gradient.
SLOW = 20


class Excluded(Exception):
    """A call that is not counted, and why."""


class TooSlow(BaseException):
    """The first call took too long. No `except Exception` of a package catches it."""


@contextmanager
def limit(seconds: int) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def judge(call: Call) -> dict[str, Any]:
    """What becomes of a call: right, wrong, refused, slow, crash or excluded; and why.

    Round numbers of examples may be just where a program has a case of its own, as for `r == 1`,
    whose derivative is another one, and which differences do not see. So what is wrong there is
    judged beside that point as well.
    """
    found = _judged(call, 0.0)
    if found["verdict"] == "wrong" and _judged(call, 1e-3)["verdict"] == "right":
        reason = "an equality, or a threshold, decides at this point"
        return {"name": call.name, "verdict": "excluded", "reason": reason}
    return found


def _judged(call: Call, aside: float) -> dict[str, Any]:
    record: dict[str, Any] = {"name": call.name}
    try:
        program, inputs = as_program(call)
        inputs = [_moved(x, aside * (0.7 + 0.1 * k)) for k, x in enumerate(inputs)]
        value = checked(program, inputs)
        direction = [np.cos(1.7 * k + np.arange(np.size(x))).reshape(np.shape(x)) * _scale(x)
                     for k, x in enumerate(inputs)]  # fmt: skip
        slope, error = differences(program, inputs, direction, abs(value))
    except Excluded as reason:
        return record | {"verdict": "excluded", "reason": str(reason)}
    except TooSlow:
        return record | {"verdict": "excluded", "reason": "the call itself is slow"}
    gradient = adjoint.value_and_grad(program, tuple(range(len(inputs))))
    started = time.perf_counter()
    try:
        with limit(SLOW), np.errstate(all="ignore"):
            got, bars = gradient(*copy.deepcopy(inputs))
            record["first"] = time.perf_counter() - started
            record["ratio"] = _ratio(program, gradient, inputs)
    except adjoint.AdjointError as refusal:
        reason = getattr(refusal, "reason", "") or str(refusal).splitlines()[0]
        return record | {"verdict": "refused", "reason": general(reason), "message": str(refusal)}
    except TooSlow:
        return record | {"verdict": "slow", "reason": f"more than {SLOW} s"}
    except Exception as crash:
        if time.perf_counter() - started >= SLOW:  # what the alarm has left behind
            return record | {"verdict": "slow", "reason": f"more than {SLOW} s"}
        reason = f"{type(crash).__name__}: {crash}".splitlines()[0]
        return record | {"verdict": "crash", "reason": reason[:150]}
    along = sum(float(np.sum(np.multiply(b, d))) for b, d in zip(bars, direction, strict=True))
    allowed = 20.0 * error + CERTAIN * (abs(slope) + 1e-9 * abs(value))
    close = abs(along - slope) <= allowed and math.isclose(
        got, value, rel_tol=1e-9, abs_tol=1e-300
    )
    seen = f"value {got!r}, {value!r}; slope {along!r}, {slope!r} +- {error:.1g}"
    return record | {"verdict": "right" if close else "wrong", "reason": "" if close else seen}


def _moved(x: Any, aside: float) -> Any:
    if not aside:
        return float(x) if type(x) is float else x
    return x * (1.0 + aside * np.cos(np.arange(np.size(x)))).reshape(np.shape(x))[()]


def general(reason: str) -> str:
    """A reason without the names of one program, so that reasons can be counted."""
    reason = re.sub(r"'[^']*'", "'...'", reason)
    reason = re.sub(
        r"\b[\w.]+ cannot be differentiated: inside of it, ", "inside of a library, ", reason
    )
    reason = re.sub(r"[\w.<>]+\(\)", "f()", reason)
    return re.sub(r"\d+", "n", reason)[:110]


def is_input(x: Any) -> bool:
    if isinstance(x, np.ndarray):
        return x.dtype == float and 0 < x.size <= 1000
    return type(x) is float or isinstance(x, np.float64)


def as_program(call: Call) -> tuple[Any, list[Any]]:
    """The call as a function of its float arguments, with a text, that returns one number."""
    inputs: list[Any] = []
    known: dict[str, Any] = {"call": call.function, "total": total}

    def shown(x: Any) -> str:
        if is_input(x):
            inputs.append(float(x) if isinstance(x, np.float64) else x)
            return f"a{len(inputs) - 1}"
        if isinstance(x, (list, tuple)) and x and any(map(is_input, x)):
            items = ", ".join(map(shown, x))
            return f"[{items}]" if isinstance(x, list) else f"({items},)"
        known[f"k{len(known)}"] = x
        return f"k{len(known) - 1}"

    given = [shown(x) for x in call.args]
    given += [f"{name}={shown(x)}" for name, x in call.kwargs.items()]
    if not inputs:
        raise Excluded("no float argument")
    result = _run(lambda: call.function(*copy.deepcopy(call.args), **copy.deepcopy(call.kwargs)))
    names = ", ".join(f"a{k}" for k in range(len(inputs)))
    made = _number(result).format(f"call({', '.join(given)})")
    text = f"def program({names}):\n    return {made}\n"
    file = f"<wild {call.name} {id(call)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), known)
    return known["program"], inputs


def total(x: Any) -> Any:
    """A number of an array, in which no element is like another."""
    return np.sum(x * np.reshape(np.cos(np.arange(x.size)), x.shape))


def _number(result: Any) -> str:
    """How one real number is made of a result."""
    if isinstance(result, (float, np.float64)):
        return "{0}"
    if isinstance(result, np.ndarray) and result.dtype == float and result.size:
        return "total({0})"
    if isinstance(result, (tuple, list)):
        for k, item in enumerate(result):
            if isinstance(item, (float, np.float64, np.ndarray)):
                with_item = _number(item)
                return with_item.replace("{0}", f"{{0}}[{k}]")
    if isinstance(result, dict):
        for key, item in result.items():
            if isinstance(item, (float, np.float64)) and isinstance(key, str):
                return f"{{0}}[{key!r}]"
    raise Excluded("no real float result")


def _run(thunk: Any) -> Any:
    try:
        with limit(SLOW), np.errstate(all="ignore"):
            return thunk()
    except Exception as error:
        raise Excluded("the call itself raises") from error


def checked(program: Any, inputs: Sequence[Any]) -> float:
    """The value of a program that gives the same value each time."""
    first = _run(lambda: float(program(*copy.deepcopy(inputs))))
    second = _run(lambda: float(program(*copy.deepcopy(inputs))))
    if not math.isfinite(first):
        raise Excluded("the value is not finite")
    if first != second:
        raise Excluded("another value each time")
    return first


def _scale(x: Any) -> Any:
    """How far a float is moved: in proportion, and a zero as the others beside it."""
    size = np.abs(x)
    return np.where(size > 0.0, size, 1e-3 * float(np.max(size)) + 1e-9)


def differences(
    program: Any, inputs: Sequence[Any], direction: Sequence[Any], size: float
) -> tuple[float, float]:
    """The slope along a direction by Richardson's extrapolation, and an estimate of its error.

    Differences to one side have to agree with it: else there is a kink or a jump at this point.
    """

    def at(t: float) -> float:
        moved = [x + t * d for x, d in zip(inputs, direction, strict=True)]
        moved = [float(m) if type(x) is float else m for x, m in zip(inputs, moved, strict=True)]
        return _run(lambda: float(program(*moved)))  # type: ignore[no-any-return]

    table: list[list[float]] = []
    best, error = math.nan, math.inf
    for k in range(9):
        h = 2e-3 * 0.5**k
        row = [(at(h) - at(-h)) / (2 * h)]
        for j in range(k):
            row.append(row[-1] + (row[-1] - table[-1][j]) / (4 ** (j + 1) - 1))
        for j in range(1, len(row)):
            spread = max(abs(row[j] - row[j - 1]), abs(row[j] - table[-1][j - 1]))
            if spread < error:
                best, error = row[j], spread
        table.append(row)
    if not math.isfinite(best):
        raise Excluded("differences are not finite")
    here, h = at(0.0), 1e-4
    forward = (-3 * here + 4 * at(h) - at(2 * h)) / (2 * h)
    backward = (3 * here - 4 * at(-h) + at(-2 * h)) / (2 * h)
    noise = 1e-11 * size / h + 1e-4 * abs(best) + 1e-12
    if error > CERTAIN * max(abs(best), 1e-6 * size):
        raise Excluded("differences are uncertain")
    if abs(forward - best) > noise or abs(backward - best) > noise:
        raise Excluded("differences of both sides disagree")
    return best, error


def _ratio(program: Any, gradient: Any, inputs: Sequence[Any]) -> float:
    """The time of the value and the gradient, in times of the call."""

    def best(run: Any) -> float:
        times = []
        for _ in range(5):
            started = time.process_time_ns()
            run(*inputs)
            times.append(time.process_time_ns() - started)
        return max(min(times), 1)

    return best(gradient) / best(program)
