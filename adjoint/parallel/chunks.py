"""The chunks of a call: one list per argument, from arrays of Dask, lists, and the like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


def rows_of(arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    """One tuple per chunk, with an item for each argument."""
    if not arguments:
        raise TypeError("there are weights and no chunks: call it as g(weights, chunks, ...)")
    columns = [_chunks(argument) for argument in arguments]
    counts = [*map(len, columns)]
    if len({*counts}) > 1:
        raise ValueError(f"arguments must have the same number of chunks, and they have {counts}")
    if counts[0] == 0:
        raise ValueError("there are no chunks")
    _check_boundaries([a for a in arguments if _is_dask_array(a)])
    return [*zip(*columns, strict=True)]


def _is_dask_array(argument: Any) -> bool:
    return hasattr(argument, "__dask_graph__") and hasattr(argument, "numblocks")


def _chunks(argument: Any) -> list[Any]:
    if _is_dask_array(argument):
        if argument.ndim == 0 or any(count != 1 for count in argument.numblocks[1:]):
            raise ValueError(
                f"an array of Dask must be cut along its first axis only, and this one has "
                f"{argument.numblocks} chunks: rechunk it, as "
                f"x.rechunk({{{', '.join(f'{axis}: -1' for axis in range(1, argument.ndim))}}})"
            )
        return list(argument.to_delayed().ravel())
    if hasattr(argument, "to_delayed"):  # tables and bags
        return list(argument.to_delayed())
    if isinstance(argument, np.ndarray):
        raise TypeError(
            "chunks come as a list of arrays, and this is one array: cut it, as "
            "np.array_split(x, 8)"
        )
    if isinstance(argument, Sequence) and not isinstance(argument, (str, bytes)):
        return list(argument)
    raise TypeError(
        "chunks come as an array of Dask, or as a list of arrays, delayed objects, futures or "
        f"functions that load them, and this is a {type(argument).__name__}"
    )


def _check_boundaries(arrays: Sequence[Any]) -> None:
    """Rows that belong together must be in chunks of the same number."""
    known = [a.chunks[0] for a in arrays if not any(map(math.isnan, a.chunks[0]))]
    if len({*known}) > 1:
        raise ValueError(
            f"arrays of Dask must be cut at the same rows, and these have chunks of {known[0]} "
            f"and {next(k for k in known if k != known[0])} rows: rechunk one as the other"
        )
