"""Operations on objects that nothing is known of: what a call of a library gives, for instance.

The compiler does not know what such an operation does. It is therefore neither pure nor a draw: it
is done in its place, exactly once, and never moved across another effect. No derivative passes
through it (`transforms.opaque` sees to that).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.ir.core import Constant
from adjoint.ir.types import Copied, Opaque
from adjoint.runtime import foreign

#: What a call of a library gives, and what one gives that took copies of its arguments.
OBJECT, COPIED = Opaque(object, foreign=True), Opaque(Copied, foreign=True)


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`function(*args, **kwargs)`."""
    return function(*args, **kwargs)


def method(owner: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """`owner.name(*args, **kwargs)`."""
    return getattr(owner, name)(*args, **kwargs)


def attribute(owner: Any, name: str) -> Any:
    """`owner.name`."""
    return getattr(owner, name)


def item(owner: Any, key: Any) -> Any:
    """`owner[key]`."""
    return owner[key]


def operate(operation: Callable[..., Any], *operands: Any) -> Any:
    """An operator or a comparison: `a + b`, `a < b`, `-a`."""
    return operation(*operands)


def write(what: Any, owner: Any, *operands: Any) -> None:
    """Change an object outside of the program.

    `what` says over which attributes and items the object is reached, and what is done there: one
    is set or deleted, or a method is called. Its operands are the keys, then the arguments.
    """
    steps, action = what
    given = list(operands)
    for kind, name in steps:
        owner = getattr(owner, name) if kind == "attribute" else owner[given.pop(0)]
    match action:
        case ("call", name):
            getattr(owner, name)(*given)
        case ("set", "attribute", name):
            setattr(owner, name, *given)
        case ("set", _, _):
            owner[given[0]] = given[1]
        case ("delete", "attribute", name):
            delattr(owner, name)
        case _:
            del owner[given[0]]


def number(value: Any) -> Any:
    """The value as an operand of arithmetic; a column of pandas too, where `columns` is set."""
    return foreign.number(value)


def unit(value: Any) -> Any:
    """The cotangent 1 of a result that has to be a real number."""
    return foreign.unit(value)


#: The operations that are done when the program runs, whatever they do.
OPERATIONS = frozenset({call, method, attribute, item, operate, number, write})


def takes_copies(operation: Any) -> bool:
    """Has this operation copies of its arguments, so that nothing depends on them?"""
    return bool(operation.attrs.get("copies"))


def name_of(operation: Any) -> str:
    """What is called, read or looked up, as the program writes it; else nothing."""
    known = [v.value if isinstance(v, Constant) else "" for v in operation.operands[:2]]
    if operation.target is call:
        return getattr(known[0], "__name__", "an object")
    named = operation.target in (method, attribute, item)
    return str(known[1]) if named else ""
