"""How much memory a call takes: what tests of memory measure with."""

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any


def peak(f: Callable[..., Any], *args: Any) -> int:
    """
    The most bytes that a call holds at once, beyond what was there before.

    The least of three calls: what other threads and the garbage collector's callbacks allocate
    meanwhile is counted as well, and only ever makes the number larger. The first call compiles.
    """
    f(*args)
    peaks = []
    for _ in range(3):
        gc.collect()
        tracemalloc.start()
        f(*args)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    return min(peaks)
