"""Items of known lists at positions that are known only at run time.

The item that is read is a choice of all of them. A write is a branch for each position.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from adjoint.errors import UnsupportedError
from adjoint.frontend.flow.branches import branch
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.memory.choices import is_array
from adjoint.frontend.state.memory.tags import Tag
from adjoint.ir.core import Value
from adjoint.ir.positions import counts_from_the_start
from adjoint.ir.types import Array, Scalar, is_immutable_number
from adjoint.limits import CHOSEN_ITEMS

_UNKNOWN = "it may be one of the items of a list"


def item_at_run_time(frame: Frame, base: o.Seq, index: Value) -> o.Obj:
    """`base[index]`."""
    lowering = frame.lowering
    value = lowering.builder.apply(operator.getitem, lowering.value(base), index)
    if is_immutable_number(value.type):
        return lowering.wrap(value)
    members = [item for item in base.items if isinstance(item, o.Ref) and _may_be_chosen(item)]
    if not _is_whole_number(index) or not len(members) == len(base.items) <= CHOSEN_ITEMS:
        result = lowering.wrap(value)
        lowering.state.hold(base, _UNKNOWN)
        lowering.state.hold(result, _UNKNOWN)
        return result
    tag = Tag(_from_the_start(frame, index, len(members)))
    chosen = o.Either(value, tag=tag, members=tuple(members))
    lowering.state.mark(chosen, seen=tuple(map(lowering.state.read, chosen.roots)))
    return chosen


def _may_be_chosen(item: o.Ref) -> bool:
    return is_array(item) and not item.missing and item.token is None


def write_at_run_time(
    frame: Frame, base: o.Seq, index: Value, write: Callable[[int], None]
) -> None:
    """`base[index] = ...`: `write` lowers it for one of the positions."""
    size = len(base.items)
    if not _is_whole_number(index) or not size or size > CHOSEN_ITEMS:
        raise UnsupportedError(
            "an item is written at a position that is known only at run time",
            instead="use a NumPy array, or constant positions",
        )
    lowering = frame.lowering
    lowering.builder.apply(operator.getitem, lowering.value(base), index)  # there is such an item
    position = _from_the_start(frame, index, size)

    def at(k: int) -> None:
        if k + 1 == size:
            write(k)
            return
        here = lowering.builder.apply(operator.eq, position, k)
        branch(frame, here, lambda: write(k), lambda: at(k + 1))

    at(0)


def _is_whole_number(index: Value) -> bool:
    match index.type:
        case Scalar(kind):
            return kind in ("int", "bool")
        case Array(dtype, ()):
            return dtype.kind == "i"
    return False


def _from_the_start(frame: Frame, index: Value, size: int) -> Value:
    """The position, which is one of the list: a negative one counts from the end."""
    if counts_from_the_start(index):
        return index
    return frame.lowering.builder.apply(operator.mod, index, size)
