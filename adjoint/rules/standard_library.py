"""Functions of the standard library that are written in C: in Python, for programs to read."""

from __future__ import annotations

import bisect
import heapq
from typing import Any

from adjoint.rules.registry import defined_as


def bisect_right(a: Any, x: Any, lo: int = 0, hi: Any = None, *, key: Any = None) -> Any:
    if lo < 0:
        raise ValueError("lo must be non-negative")
    end = len(a) if hi is None else hi
    while lo < end:
        mid = (lo + end) // 2
        at = a[mid] if key is None else key(a[mid])
        if x < at:
            end = mid
        else:
            lo = mid + 1
    return lo


def bisect_left(a: Any, x: Any, lo: int = 0, hi: Any = None, *, key: Any = None) -> Any:
    if lo < 0:
        raise ValueError("lo must be non-negative")
    end = len(a) if hi is None else hi
    while lo < end:
        mid = (lo + end) // 2
        at = a[mid] if key is None else key(a[mid])
        if at < x:
            lo = mid + 1
        else:
            end = mid
    return lo


def insort_right(a: Any, x: Any, lo: int = 0, hi: Any = None, *, key: Any = None) -> None:
    at = x if key is None else key(x)
    a.insert(bisect_right(a, at, lo, hi, key=key), x)


def insort_left(a: Any, x: Any, lo: int = 0, hi: Any = None, *, key: Any = None) -> None:
    at = x if key is None else key(x)
    a.insert(bisect_left(a, at, lo, hi, key=key), x)


# A heap lies in memory as CPython leaves it: its items may be read by position.


def heappush(heap: Any, item: Any) -> None:
    heap.append(item)
    _sift_down(heap, 0, len(heap) - 1)


def heappop(heap: Any) -> Any:
    last = heap.pop()
    if len(heap) > 0:
        first = heap[0]
        heap[0] = last
        _sift_up(heap, 0)
        return first
    return last


def heapreplace(heap: Any, item: Any) -> Any:
    first = heap[0]
    heap[0] = item
    _sift_up(heap, 0)
    return first


def heappushpop(heap: Any, item: Any) -> Any:
    if len(heap) > 0 and heap[0] < item:
        first = heap[0]
        heap[0] = item
        _sift_up(heap, 0)
        return first
    return item


def heapify(x: Any) -> None:
    for k in reversed(range(len(x) // 2)):
        _sift_up(x, k)


def _sift_down(heap: Any, start: Any, position: Any) -> None:
    item = heap[position]
    while position > start:
        parent = (position - 1) // 2
        if not item < heap[parent]:
            break
        heap[position] = heap[parent]
        position = parent
    heap[position] = item


def _sift_up(heap: Any, position: Any) -> None:
    end = len(heap)
    start = position
    item = heap[position]
    child = 2 * position + 1
    while child < end:
        right = child + 1
        if right < end and not heap[child] < heap[right]:
            child = right
        heap[position] = heap[child]
        position = child
        child = 2 * position + 1
    heap[position] = item
    _sift_down(heap, start, position)


def nsmallest(n: int, iterable: Any, key: Any = None) -> Any:
    return sorted(iterable, key=key)[:n]


def nlargest(n: int, iterable: Any, key: Any = None) -> Any:
    return sorted(iterable, key=key, reverse=True)[:n]


for _module, _functions in (
    (bisect, (bisect_left, bisect_right, insort_left, insort_right)),
    (heapq, (heappush, heappop, heapreplace, heappushpop, heapify, nsmallest, nlargest)),
):
    for _function in _functions:
        defined_as(getattr(_module, _function.__name__), _function)
