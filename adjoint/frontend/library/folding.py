"""Calls that are carried out when compiling, as all their arguments are part of the program."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.errors import CertainError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.ir.callables import facts_of
from adjoint.ir.effects import is_pure


def folds(python: Any) -> bool:
    """Is a call carried out when compiling, where all its arguments are part of the program?"""
    facts = facts_of(python)
    return facts is not None and facts.folds


def fold_call(python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj | None:
    """A call of a pure builtin whose arguments are all part of the program."""
    constants = [constant_of(a) for a in [*args, *kwargs.values()]]
    if not is_pure(python) or not all(known for known, _ in constants):
        return None
    values = [v for _, v in constants]
    if any(isinstance(v, (float, complex)) for v in values) or not (args or kwargs):
        return None
    try:
        named = dict(zip(kwargs, values[len(args) :], strict=True))
        return wrap_constant(python(*values[: len(args)], **named))
    except Exception as error:
        raise CertainError(type(error), f"this call fails: {error}", *error.args) from None


def fold_method(bound: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj | None:
    constants = [constant_of(a) for a in args]
    if isinstance(getattr(bound, "__self__", None), str) and all(k for k, _ in constants):
        return wrap_constant(bound(*(v for _, v in constants)))
    return None
