"""Values that are None on some path: of names that are not assigned there, or hold None."""

from __future__ import annotations

from adjoint.ir import ops
from adjoint.ir.core import Region, Value
from adjoint.ir.types import UNDEFINED, List


def may_be_missing(value: Value) -> bool:
    """May there be None in place of this value when the program runs?"""
    work, seen = [value], set()
    while work:
        value = work.pop()
        if value.type == UNDEFINED:
            return True
        if value in seen:
            continue
        seen.add(value)
        op, region = value.op, value.owner
        if op is None:
            loop = region.parent if isinstance(region, Region) else None
            if loop is None or loop.kind not in ("for", "while"):
                continue
            if value in loop.carries:
                position = loop.carries.index(value)
                work += [loop.inits[position], loop.next_carries[position]]
            elif value in loop.elements:
                sequence = loop.sequences[loop.elements.index(value)]
                recorded = _recorded(sequence)
                if recorded is not None:
                    work.append(recorded)
                elif isinstance(sequence.type, List) and sequence.type.tape:
                    return True
        elif op.target is ops.zero:  # that of None is no array either
            work.append(op.operands[0])
        elif op.kind == "if":
            work += [r.yields[op.results.index(value)] for r in op.regions]
        elif op.kind in ("for", "while") and (k := op.results.index(value)) < op.n_carries:
            work.append(op.carries[k])
    return False


def _recorded(tape: Value) -> Value | None:
    """The value that a loop puts onto the tape, if it is one."""
    loop = tape.op
    if loop is None or loop.kind not in ("for", "while"):
        return None
    position = loop.results.index(tape) - loop.n_carries
    return loop.records[position] if position >= 0 else None
