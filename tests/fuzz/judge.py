"""What all checks of random programs share: importing them, and naming what became of them."""

import copy
import importlib.util
import itertools
import re
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from adjoint import jvp


def along_direction(f: Any, args: Any, wrt: Any, gradient: Any) -> tuple[float, float]:
    """The slope along a direction: by forward mode, and by the gradient."""
    positions = wrt if isinstance(wrt, tuple) else (wrt,)
    bars = gradient if isinstance(wrt, tuple) else (gradient,)
    tangents: list[Any] = [None] * len(args)
    want = 0.0
    for position, bar in zip(positions, bars, strict=True):
        v = np.random.default_rng(position).uniform(0.5, 1.5, np.shape(bar))
        want += float(np.sum(bar * v))
        tangents[position] = v if isinstance(bar, np.ndarray) else float(v)
    return float(jvp(f, args, tangents)[1]), want


def on_copies(f: Callable[..., Any]) -> Callable[..., Any]:
    """A program may write into its arguments; differences need them as they were."""
    return lambda *args: f(*copy.deepcopy(args))


_count = itertools.count()


def load(source: str, folder: Path) -> ModuleType:
    """Import from a real file, since a compiler of source text has to find it."""
    path = folder / f"program_{next(_count)}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def first_line(error: Exception) -> str:
    return (str(error).strip() or repr(error)).splitlines()[0]


def reason(refusal: Exception) -> str:
    """The refusal's message without places and names, so that like ones count together."""
    text = getattr(refusal, "reason", None) or str(refusal)
    text = re.sub(r"\S*program_\d+\S*", "FILE", str(text))
    text = re.sub(r"`[^`]*`|'[^']*'", "NAME", text)
    return re.sub(r"\d+", "#", text.strip())[:300]


class Late(BaseException):
    """No `except Exception` catches it, neither of a program nor of its judge."""


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise `Late` in a program, or its compilation, that does not end."""

    def late(*_: Any) -> None:
        raise Late(f"no end after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    left = signal.alarm(seconds)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.alarm(left)  # of a limit around this one


def crash(failure: Exception) -> str:
    """An exception that nobody expected, and the function that raised it."""
    last = traceback.extract_tb(failure.__traceback__)[-1]
    place = f"{Path(last.filename).name}:{last.name}"
    return f"{type(failure).__name__} in {place}: {first_line(failure)}"
