"""Calls that are carried out when compiling, as all their arguments are part of the program."""

from __future__ import annotations

import collections
import math
import re
from collections.abc import Sequence
from typing import Any

from adjoint.errors import CertainError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.constants import constant_of, wrap_constant
from adjoint.ir.effects import is_pure

#: Of whole numbers and strings that are part of the program, so are the results.
ON_NUMBERS_AND_TEXT = (str, repr, int, abs, round, ord, chr, bin, hex, oct, math.gcd, math.comb,
                     math.factorial, math.isqrt, math.perm, math.lcm)  # fmt: skip

#: Functions of the standard library, written in Python, that depend on their arguments only.
OF_THE_LIBRARY = (re.findall, re.split, re.sub, re.fullmatch, re.match, re.search, re.escape,
                  collections.namedtuple)  # fmt: skip


def fold_call(python: Any, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]) -> o.Obj | None:
    """A call of a pure builtin whose arguments are all part of the program."""
    constants = [constant_of(a) for a in [*args, *kwargs.values()]]
    pure = is_pure(python) or any(python is each for each in OF_THE_LIBRARY)
    if not pure or not all(known for known, _ in constants):
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
