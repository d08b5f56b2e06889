"""Records of the operations of ours, and of the helpers that generated code calls."""

from __future__ import annotations

from typing import Any

from adjoint.ir import foreign, ops
from adjoint.ir.callables.facts import (
    OWN,
    Cheap,
    Effect,
    Facts,
    Memory,
    Rank0,
    Result,
    Table,
    each,
)
from adjoint.runtime import (
    arrays,
    containers,
    draws,
    errors,
    records,
    revolve,
    scans,
    signals,
    snapshots,
    solvers,
    sorting,
    special,
    windows,
)

_ITSELF = Result(Memory.SAME, rank0=Rank0.LIKE)
_HOLDER = Facts(Result(Memory.HELD, ()))
_STATEMENT = Facts(effect=Effect.ORDERED)
_AS_GIVEN = Result(rank0=Rank0.LIKE)

OPERATIONS: Table = (
    each(_HOLDER, ops.make_list, ops.make_dict, ops.make_record, ops.unpack, ops.reverse_list,
           ops.join_lists, ops.pad_zeros, ops.add_containers),
    each(Facts(Result(Memory.HELD, ()), cheap=Cheap.ALWAYS), ops.make_tuple, ops.function_of),
    each(Facts(Result(Memory.HELD, ()), updates=True), ops.append, ops.drop_last),
    each(Facts(_AS_GIVEN, updates=True), ops.store, ops.index_add, ops.hand_over),
    each(Facts(_ITSELF, cheap=Cheap.ARRAYS), ops.stop_gradient, ops.alias, ops.custom,
           ops.literal),
    each(Facts(Result(Memory.MAYBE, ()), cheap=Cheap.ARRAYS), ops.select),
    each(Facts(_AS_GIVEN, form_only=True), ops.zero),
    each(OWN, ops.field, ops.entry, ops.last_writes, ops.repeat_list, ops.rows_to_array, ops.fstring, ops.is_undefined,
           ops.index_of_max, ops.index_of_min),
    each(_STATEMENT, ops.check, ops.fail, ops.cotangent, ops.follow, ops.stage_or_call,
           foreign.unit),
    # of the runtime
    each(OWN, arrays.index_add, arrays.last_writes, arrays.prod_others, arrays.in_middle,
           arrays.odd_reflection, scans.cumprod_cotangent, scans.spread_segments,
           signals.within_full, signals.within_full_cotangent, sorting.add_along_axis,
           sorting.quantile_weights, special.bessel_i, windows.window_sums, revolve.split,
           revolve.first_split, errors.raises, containers.copy, containers.add,
           containers.contract, containers.zeros_like, containers.zero_tangents,
           containers.is_container, containers.is_float, containers.index_of_max,
           containers.index_of_min),
    each(Facts(Result(Memory.VIEW)), arrays.middle_of),
    each(Facts(Result(Memory.PARTS)), arrays.split_like),
    each(_HOLDER, containers.cotangent_of, containers.items_of, containers.tree_leaves,
           containers.pad_zeros, containers.mapped, containers.tree_map, records.new_record),
    each(OWN, snapshots.Snapshots),
    each(_HOLDER, snapshots.Snapshots.again),
    each(_STATEMENT, errors.outcome, *solvers.CHECKS),
    each(OWN, *solvers.DECISIONS, solvers.as_event, solvers.evaluate),
    each(Facts(_ITSELF), solvers.end_value),
    # what these do depends on all draws and snapshots before, and later ones on them
    each(_STATEMENT, snapshots.Snapshots.append, draws.random_state, draws.swap_random_state),
)  # fmt: skip


def family(target: Any) -> Facts | None:
    """The record of a helper that a derivative rule names: all of them compute, and no more."""
    module = getattr(target, "__module__", None) or ""
    return OWN if module.startswith("adjoint.rules") else None
