"""The parameters of a function, the arguments of a call, and which of them derivatives are for."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.api import compiler
from adjoint.errors import UnsupportedError, did_you_mean
from adjoint.requests import Position
from adjoint.runtime.containers import is_container, items_of, mapped

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class Parameters:
    """The parameters of a function, some of whose arguments are given already.

    Attributes
    ----------
    leading, named : those arguments, by position and by name.
    simple : all parameters may be given by position.
    arity : how many arguments stand for all parameters as they are; -1 when binding has to look.
    """

    def __init__(
        self, function: types.FunctionType, leading: tuple[Any, ...], named: dict[str, Any]
    ):
        self.function, self.leading, self.named = function, leading, named
        self.signature = inspect.signature(function, follow_wrapped=False)
        self.all = list(self.signature.parameters.values())
        self.simple = all(p.kind in POSITIONAL for p in self.all)
        # A function that says itself what its signature is says so of the defaults, too.
        self._has_own = hasattr(function, "__signature__")
        plain = self.simple and not (leading or named or self._has_own)
        self.arity = len(self.all) if plain else -1
        self._bind = _binder(function, self.signature)

    def values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Sequence[Any]:
        """The values of all parameters, in the order of the signature."""
        bind, function = self._bind, self.function
        if not self._has_own:
            if bind.__defaults__ is not function.__defaults__:
                bind.__defaults__ = function.__defaults__
            if bind.__kwdefaults__ is not function.__kwdefaults__:
                bind.__kwdefaults__ = function.__kwdefaults__
        named = {**self.named, **kwargs} if self.named else kwargs
        try:
            return bind(*self.leading, *args, **named)  # type: ignore[no-any-return]
        except TypeError as error:
            raise TypeError(self._misfit((*self.leading, *args), named, error)) from None

    def _misfit(self, args: Sequence[Any], kwargs: dict[str, Any], error: TypeError) -> str:
        """Why arguments do not fit the parameters, as Python says it of a call."""
        name = f"{self.function.__name__}()"
        named = [p.name for p in self.all if p.kind in _BY_NAME]
        if not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in self.all):
            for key in kwargs:
                if key not in named:
                    return f"{name} has no parameter '{key}'{did_you_mean(key, named)}"
        positional = [p.name for p in self.all if p.kind in POSITIONAL]
        if len(args) > len(positional) and not self._has_varargs():
            takes = f"{len(positional)} argument{'s' * (len(positional) != 1)}"
            return f"{name} takes {takes} ({', '.join(positional)}), and {len(args)} are given"
        return str(error)

    def given(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[str]:
        """The parameters that a call, or the primal itself, gives an argument."""
        named = {**self.named, **kwargs}
        return [*self.signature.bind(*self.leading, *args, **named).arguments]

    def positions(
        self, argnums: int | Sequence[int], argnames: str | Sequence[str] | None
    ) -> tuple[tuple[Position, ...], bool]:
        """The positions to differentiate with respect to, and whether one gradient is wanted."""
        names = [p.name for p in self.all]
        name = self.function.__name__
        if argnames is not None:
            single = isinstance(argnames, str)
            wanted: Any = (argnames,) if single else tuple(argnames)
            for each in wanted:
                if each not in names:
                    hint = did_you_mean(str(each), names)
                    raise TypeError(f"{name}() has no parameter {each!r}{hint}")
            positions: list[Position] = [names.index(each) for each in wanted]
        else:
            single = isinstance(argnums, (int, np.integer))
            positions = [self._position(number) for number in self._as_tuple(argnums)]
        if not positions:
            raise TypeError(f"no parameter of {name}() is asked for")
        if len(set(positions)) != len(positions):
            raise TypeError(f"a parameter of {name}() is asked for twice")
        return tuple(positions), single

    def names_of(self, positions: Sequence[Position]) -> str:
        """These parameters, as a docstring lists them."""
        return ", ".join(
            f"{self.all[p[0]].name}[{p[1]}]" if isinstance(p, tuple) else self.all[p].name
            for p in positions
        )

    def _position(self, number: Any) -> Position:
        """The parameter that an entry of `argnums` means; bound ones are not counted."""
        positional = [
            k for k, p in enumerate(self.all) if p.kind in POSITIONAL and p.name not in self.named
        ][len(self.leading) :]
        count = len(positional)
        if isinstance(number, (int, np.integer)):
            if self._has_varargs() and number >= count:
                varargs = sum(p.kind in POSITIONAL for p in self.all)
                return varargs, int(number) - count + max(self._surplus(), 0)
            if -count <= number < count and not (self._has_varargs() and number < 0):
                return positional[int(number)]
        names = ", ".join(self.all[k].name for k in positional)
        takes = f"{count} positional parameter{'s' * (count != 1)} ({names})"
        if self._has_varargs():
            takes = "any number of arguments, counted from the first one"
        raise TypeError(
            f"argnums={number!r} is out of range: {self.function.__name__}() takes {takes}; "
            "keyword-only ones are named with argnames"
        )

    def _as_tuple(self, argnums: Any) -> tuple[int, ...]:
        if isinstance(argnums, (int, np.integer)):
            return (int(argnums),)
        if isinstance(argnums, str) and argnums in self.signature.parameters:
            raise TypeError(f"argnums takes numbers: write argnames={argnums!r}")
        if isinstance(argnums, (tuple, list)) and all(
            isinstance(k, (int, np.integer)) for k in argnums
        ):
            return tuple(argnums)
        name = self.function.__name__
        given = compiler.described_python(argnums)
        raise TypeError(
            f"argnums is {given}, and says which parameters of {name}() are meant: an int or a "
            f"tuple of ints. The arguments of the function are given to the gradient: "
            f"grad({name})(x)"
        )

    def _surplus(self) -> int:
        """How many of the bound arguments have gone into `*args`."""
        positional = sum(p.kind in POSITIONAL for p in self.all)
        return len(self.leading) - positional

    def _has_varargs(self) -> bool:
        return any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in self.all)


def split(
    parameters: Sequence[inspect.Parameter], values: Sequence[Any]
) -> tuple[list[Any], dict[str, Any]]:
    """The values of all parameters as a call passes them."""
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for parameter, value in zip(parameters, values, strict=True):
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            args.extend(value)
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            kwargs.update(value)
        elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = value
        else:
            args.append(value)
    return args, kwargs


def _binder(function: types.FunctionType, signature: inspect.Signature) -> types.FunctionType:
    """A function with these parameters that returns their values, so that Python itself binds.

    It has the defaults of the function, and the messages of a wrong call name the function.
    """
    parameters = [
        p.replace(annotation=p.empty, default=p.empty if p.default is p.empty else None)
        for p in signature.parameters.values()
    ]
    names = "".join(f"{p.name}, " for p in parameters)
    made: dict[str, Any] = {}
    exec(f"def bind{inspect.Signature(parameters)}: return ({names})", made)
    bind: types.FunctionType = made["bind"]
    defaults = {p.name: p.default for p in signature.parameters.values()}
    given = {name: default for name, default in defaults.items() if default is not signature.empty}
    named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]
    bind.__defaults__ = tuple([d for name, d in given.items() if name not in named])
    bind.__kwdefaults__ = {name: d for name, d in given.items() if name in named}
    bind.__name__, bind.__qualname__ = function.__name__, function.__qualname__
    return bind


def refuse_overlap(
    values: Sequence[Any], stored: frozenset[int] = frozenset(), captured: Sequence[Any] = ()
) -> None:
    """A program that stores into an argument does not know what else would see the store.

    `stored` are the positions of the arguments that the program writes to; `captured` are the
    values that it reads from its globals, its closure and the objects in them.
    """
    arrays: list[Any] = []
    containers: set[int] = set()

    def visit(x: Any) -> None:
        if isinstance(x, np.ndarray):
            if any(np.may_share_memory(x, other) for other in arrays):
                raise shared
            arrays.append(x)
        elif is_container(x):
            if not isinstance(x, tuple) and id(x) in containers:
                raise shared
            containers.add(id(x))
            for item in items_of(x):
                visit(item)

    shared = UnsupportedError(
        "two arguments share memory, and the function stores into one of its arguments",
        instead="pass a copy of one of them",
    )
    for value in values:
        visit(value)
    if not captured:
        return
    written = [part for k in stored for part in _mutable_parts(values[k])]
    for part in [part for value in captured for part in _mutable_parts(value)]:
        if any(_is_shared(part, other) for other in written):
            raise UnsupportedError(
                "the function stores into an argument that shares memory with a value that it "
                "captures",
                instead="pass a copy of the argument",
            )


def refuse_other_ways(
    values: Sequence[Any], changed: Sequence[Any], captured: Sequence[Any]
) -> None:
    """A program that changes outside containers does not know what else refers to these.

    `changed` are those that it changes, `captured` are the others that it reads outside.
    """
    own = [list(_mutable_parts(each)) for each in changed]
    others = [part for each in (*values, *captured) for part in _mutable_parts(each)]
    for k, parts in enumerate(own):
        far = [*others, *(part for each in own[:k] for part in each)]
        if any(_is_shared(a, b) for a in parts for b in far):
            raise UnsupportedError(
                "the function changes an outside container that it also reaches in another way",
                instead="pass a copy, or use one name for it",
            )


def _mutable_parts(x: Any) -> Iterator[Any]:
    """The arrays and containers that a write to `x`, or to an item of it, may change."""
    if isinstance(x, np.ndarray):
        yield x
    elif is_container(x):
        if not isinstance(x, tuple):
            yield x
        for item in items_of(x):
            yield from _mutable_parts(item)


def _is_shared(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return np.may_share_memory(a, b)
    return a is b


def is_read_only(x: Any) -> bool:
    """Is there an array in it that must not be written?"""
    if isinstance(x, np.ndarray):
        return not x.flags.writeable
    return is_container(x) and any(map(is_read_only, items_of(x)))


def duplicate(x: Any) -> Any:
    """A copy of an argument whose arrays are read-only where those of the argument are."""
    if isinstance(x, np.ndarray):
        made = x.copy(order="K")
        made.flags.writeable = x.flags.writeable
        return made
    return mapped(duplicate, x) if is_container(x) else x
