"""One record for each callable that a program may call: whose memory its result has, what it does.

The world is closed: a callable without a record may do anything, and `is_recorded` says so. A file
holds the records of one area; where a family is uniform, as the ufuncs are, one record serves all.
"""

from adjoint.ir.callables.facts import (
    Call,
    Cheap,
    Effect,
    Facts,
    Memory,
    Rank0,
    Result,
)
from adjoint.ir.callables.signatures import parameter_names, signature_of
from adjoint.ir.callables.table import declare, declare_pure, facts_of, is_recorded, targets

__all__ = [
    "Call",
    "Cheap",
    "Effect",
    "Facts",
    "Memory",
    "Rank0",
    "Result",
    "declare",
    "declare_pure",
    "facts_of",
    "is_recorded",
    "parameter_names",
    "signature_of",
    "targets",
]
