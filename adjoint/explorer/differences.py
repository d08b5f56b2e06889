"""A gradient beside differences, element by element, at one point."""

from __future__ import annotations

import contextlib
import copy
import io
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.explorer.summaries import number
from adjoint.testing.differences import along, derivative, leaves, unit_vectors

#: Rows that a page has room for, in each argument.
MOST_ROWS = 120


def compared(
    primal: Callable[..., Any],
    values: Sequence[Any],
    gradients: dict[int, Any],
    names: Sequence[str],
    seconds: float = 2.0,
) -> dict[str, Any] | None:
    """The elements of gradients and the differences of the primal, until the time is over.

    Parameters
    ----------
    primal : of the values; it is called on copies, and may print nothing.
    gradients : by the position of their argument.
    seconds : how long to go on; elements are taken in an order that covers all arguments.

    Returns
    -------
    dict or None
        None where the program gives another value each time, or no number.
    """

    def quiet(*args: Any) -> Any:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
            return primal(*copy.deepcopy(args))

    begun = time.perf_counter()
    try:
        first, second = quiet(*values), quiet(*values)
        if np.ndim(first) or not np.array_equal(first, second, equal_nan=True):
            return None
    except Exception:
        return None
    shown: list[dict[str, Any]] = []
    complete = True
    for k, gradient in gradients.items():
        elements = list(unit_vectors(values[k]))
        chosen = np.random.default_rng(0).permutation(len(elements))[:MOST_ROWS]
        rows: list[list[Any]] = []
        parts = leaves(gradient)
        share = begun + seconds * (len(shown) + 1) / len(gradients)
        for j in sorted(map(int, chosen)):
            if rows and time.perf_counter() > share:
                break
            name, leaf, index, unit = elements[j]
            got = np.asarray(parts[leaf])[index]
            try:
                want = derivative(along(quiet, values, {k: unit}, 1.0))
            except Exception:
                continue
            wrong = abs(got - want) / max(abs(got), abs(want), 1e-8)
            rows.append([name, *map(_shown, (got, want, wrong))])
        complete = complete and len(rows) == len(elements)
        shown.append({"name": names[k], "rows": rows, "count": len(elements)})
    worst = max((abs(float(row[3])) for part in shown for row in part["rows"]), default=0.0)
    return {"parts": shown, "complete": complete, "worst": _shown(worst)}


def _shown(value: Any) -> Any:
    return number(float(np.real(value)))
