"""Values that a loop gets to hand from trip to trip."""

from __future__ import annotations

from adjoint.ir.core import Op, Value


def add_carry(loop: Op, init: Value, following: Value, name: str) -> Value:
    """One more value that a loop hands from trip to trip; returns the one in its body."""
    position = loop.n_carries
    loop.extend_operands([init])
    for region in loop.regions:
        carry = region.add_param(init.type, name)
    yields = list(loop.body.yields)
    yields.insert(position, following)
    loop.body.terminator.set_operands(yields)
    loop.results.insert(position, Value(init.type, name, loop))
    return carry
