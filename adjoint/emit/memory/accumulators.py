"""Cotangents that are handed to a backward function, which adds to them in place.

`W_bar = f_backward(..., W_bar)` writes into the memory of its argument, as a `store` does. So an
operation `hand_over` stands in front of the call for each such argument: where the memory is read
later, or is not this function's own, it becomes a copy.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from adjoint.emit.memory.inplace import Storage, insert_copy
from adjoint.ir import ops
from adjoint.ir.core import Function, Op, Value


def totals_of(call: Op) -> Iterator[tuple[int, Value]]:
    """The operands that a call adds to: their positions, and the results that they become."""
    memory = call.attrs["function"].attrs.get("memory", ())
    for result, positions in zip(call.results, memory, strict=False):
        if positions is not None:
            owned = positions & call.attrs["function"].attrs.get("owned", frozenset())
            yield from ((k, result) for k in owned)


def hand_over_totals(function: Function) -> None:
    """Mark what is handed to a call that writes into it."""
    for call in list(function.body.walk()):
        if call.kind != "call":
            continue
        region, operands = call.parent, list(call.operands)
        assert region is not None
        for k, _ in totals_of(call):
            given = operands[k]
            op = Op("apply", [given], [given.type], target=ops.hand_over, span=call.span)
            op.backward, op.parent = call.backward, region
            region.ops.insert(region.ops.index(call), op)
            operands[k] = op.result
        call.set_operands(operands)


def own_totals(function: Function, storage: Storage) -> None:
    """What comes back is the memory that was handed in, or new: nobody else refers to it.

    The memory of all other results becomes known here, for those who call the function.
    """
    found = storage.memory_of_results()
    promised = function.attrs.get("memory", ())
    end = function.body.terminator
    operands = list(end.operands)
    for k, positions in enumerate(promised):
        memory = found[k]
        if positions is not None and (memory is None or not memory <= positions):
            operands[k] = insert_copy(end, operands[k])
            found[k] = frozenset()
    end.set_operands(operands)
    function.attrs["memory"] = [
        own if own is not None else there for own, there in itertools.zip_longest(promised, found)
    ]
