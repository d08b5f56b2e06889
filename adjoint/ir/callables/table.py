"""The records of all areas, and the families whose members have one record."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from adjoint.ir.callables import elementwise, operations, optional, python, random
from adjoint.ir.callables.asking import ASKING
from adjoint.ir.callables.creation import CREATION
from adjoint.ir.callables.elementwise import ELEMENTWISE
from adjoint.ir.callables.facts import Effect, Facts, merged
from adjoint.ir.callables.linalg import LINALG
from adjoint.ir.callables.operations import OPERATIONS
from adjoint.ir.callables.python import PYTHON
from adjoint.ir.callables.random import RANDOM
from adjoint.ir.callables.reducing import REDUCING
from adjoint.ir.callables.shaping import SHAPING
from adjoint.ir.callables.writing import WRITING

_RECORDS = merged(
    PYTHON, OPERATIONS, CREATION, SHAPING, ELEMENTWISE, REDUCING, LINALG, ASKING, WRITING, RANDOM
)
_FAMILIES = (elementwise.family, random.family, python.family, operations.family)
#: The functions of modules that belong to a family, with its record.
_MEMBERS: dict[Any, Facts] = {}
#: The callables whose record was made when a rule was declared.
DECLARED: set[Any] = set()


def facts_of(target: Any) -> Facts | None:
    """The record of a callable; None of what has none, and may do anything."""
    try:
        found = _RECORDS.get(target)
    except TypeError:  # it cannot be looked up
        return None
    if found is not None or (found := _MEMBERS.get(target)) is not None:
        return found
    for family in _FAMILIES:
        found = family(target)
        if found is not None:
            if isinstance(target, np.ufunc) or inspect.ismodule(getattr(target, "__self__", None)):
                _MEMBERS[target] = found
            return found
    later = optional.imported()
    _RECORDS.update(later)
    return later.get(target)


def is_recorded(target: Any) -> bool:
    """Is it known what this callable does? One that is in no record may do anything."""
    return facts_of(target) is not None


def declare_pure(*targets: Any) -> None:
    """Make records of callables that compute their result, and do nothing else."""
    for target in targets:
        if facts_of(target) is None:
            DECLARED.add(target)
            _RECORDS[target] = Facts()


def declare(target: Any, elementwise: bool = False) -> None:
    """Make a record of a callable that gets a derivative rule, if it has none.

    The derivative is taken of its result, so that this is its own. Whatever else the function
    does is done in its place.
    """
    found = facts_of(target)
    if found is None:
        DECLARED.add(target)
        _RECORDS[target] = Facts(effect=Effect.ORDERED, elementwise=elementwise)
    elif elementwise and not found.elementwise:
        _RECORDS[target] = replace(found, elementwise=True)


def targets() -> Iterable[Any]:
    """All callables with a record of their own."""
    _RECORDS.update(optional.imported())
    return list(_RECORDS)
