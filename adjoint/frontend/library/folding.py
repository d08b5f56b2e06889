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


def certain_failure(
    python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> CertainError | None:
    """The exception of a call whose arguments are all part of the program, as Python raises it."""
    constants = [constant_of(a) for a in [*args, *kwargs.values()]]
    if not is_pure(python) or not all(known for known, _ in constants):
        return None
    values = [v for _, v in constants]
    try:
        python(*values[: len(args)], **dict(zip(kwargs, values[len(args) :], strict=True)))
    except Exception as error:
        return CertainError(type(error), f"this call fails: {error}", *error.args)
    return None


def fold_method(bound: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj | None:
    """A method of a string that is part of the program, as all its arguments are."""
    constants = [constant_of(a) for a in args]
    named = {name: constant_of(a) for name, a in kwargs.items()}
    if not isinstance(getattr(bound, "__self__", None), str):
        return None
    if not all(known for known, _ in [*constants, *named.values()]):
        return None
    try:
        values = {name: value for name, (_, value) in named.items()}
        return wrap_constant(bound(*(value for _, value in constants), **values))
    except Exception as error:
        raise CertainError(type(error), f"this call fails: {error}", *error.args) from None
