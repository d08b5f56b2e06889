"""How much memory a call takes: what tests of memory measure with."""

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any


def peak(f: Callable[..., Any], *args: Any) -> int:
    """
    The most bytes that a call holds at once, beyond what was there before.

    The less of two calls: what other threads allocate meanwhile is counted as well, and only ever
    makes the number larger. So would callbacks of the garbage collector, which waits. The first
    call compiles.
    """
    f(*args)
    peaks = []
    waits = gc.isenabled()
    for _ in range(2):
        gc.disable()
        tracemalloc.start()
        f(*args)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        if waits:
            gc.enable()
    return min(peaks)
