"""From the arguments of a call to the program for their types, which is compiled once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.api.arguments import Parameters
from adjoint.api.programs import Entry
from adjoint.api.sharing import cache_of
from adjoint.api.tracebacks import hidden, shortened
from adjoint.declarations import DECLARATIONS
from adjoint.errors import UnsupportedError
from adjoint.frontend.keys.signature import (
    Key,
    frozen_key_of,
    has_lengths,
    key_from_annotation,
    key_of,
    layout_key_of,
    structure_key_of,
)
from adjoint.frontend.program import ArgumentLayout, StaticArgument, StaticCapture
from adjoint.limits import KEPT_PROGRAMS
from adjoint.pipeline import LOCK, Program, compile_program
from adjoint.requests import MISS, Position, Request
from adjoint.transforms.taylor import NoSeries

__tracebackhide__ = hidden

#: What a generated function is called, after the function that it is made from.
_SUFFIXES = {
    "gradient": "grad", "value_and_gradient": "value_and_grad", "pullback": "vjp",
    "pushforward": "jvp", "tangent": "tangent", "derivative": "derivative",
}  # fmt: skip


class Dispatch:
    """Finds the program for a call, or has it compiled.

    Attributes
    ----------
    wrt : the positions of the arguments that the derivative is taken with respect to.
    callee : what is called instead of the function, for which it only stands.
    otherwise : makes a program for which there is no propagation of series; may be None.
    """

    def __init__(
        self,
        parameters: Parameters,
        wrt: tuple[Position, ...],
        request: Request,
        callee: Any,
        otherwise: Callable[[list[Key]], Program] | None,
    ):
        self.function, self.parameters = parameters.function, parameters
        self.code = self.function.__code__
        self.wrt, self.request, self.callee = wrt, request, callee
        self.otherwise = otherwise
        self.cache = cache_of(self.function, (request, wrt), callee)

    def find(self, values: Sequence[Any]) -> tuple[Entry, dict[str, Any]]:
        """The program for these arguments and the captured values of this moment."""
        if self.cache.declared != DECLARATIONS.count:
            self.cache.drop_outdated()
        entries = self.cache.programs.get(self._key(values))
        if entries is not None:
            for entry in entries:
                extra = entry.captured(self.function)
                if extra is not MISS and entry.fits(values):
                    return entry, extra
        try:
            return self._compile(values)
        except Exception as error:
            raise shortened(error)  # noqa: B904  # the same error

    def _key(self, values: Sequence[Any]) -> Any:
        if self.cache.layout or self.cache.static:
            return tuple([self._key_at(k, v) for k, v in enumerate(values)])
        return tuple([*map(self.cache.describe, values)])

    def _key_at(self, index: int, value: Any) -> Key:
        return self._describe(index)(value)

    def _describe(self, index: int) -> Callable[[Any], Key]:
        """The maker of an argument's key."""
        if index in self.cache.static:
            return frozen_key_of
        return layout_key_of if index in self.cache.layout else self.cache.describe

    def _compile(self, values: Sequence[Any]) -> tuple[Entry, dict[str, Any]]:
        with LOCK:
            for entry in self.cache.programs.get(self._key(values), ()):  # made by another thread
                extra = entry.captured(self.function)
                if extra is not MISS and entry.fits(values):
                    return entry, extra
            try:
                entry = self._specialise(values)
            except UnsupportedError as first:
                if self.cache.describe is structure_key_of or not any(
                    has_lengths(key_of(v)) for v in values
                ):
                    raise
                try:
                    entry = self._for_these_lengths(values)
                except UnsupportedError as second:
                    if second.reason != first.reason:
                        second.way = second.way or "for arguments of just these lengths"
                    raise second.or_later(first) from None
            extra = entry.captured(self.function)
            if extra is MISS:
                raise UnsupportedError(
                    f"a value that {self.function.__name__} captures is another object each "
                    "time it is read",
                    instead="pass it as an argument",
                )
            kept = self.cache.programs.get(self._key(values), [])
            made = [entry, *kept[: KEPT_PROGRAMS - 1]]
            made.sort(key=lambda each: not each.program.equations)  # the special ones first
            self.cache.programs[self._key(values)] = made
            return entry, extra

    def _specialise(self, values: Sequence[Any]) -> Entry:
        """Compile for these arguments, with those in the key whose value decides the program."""
        while True:
            keys = [self._key_at(k, v) for k, v in enumerate(values)]
            described = [(key, self._describe(k)) for k, key in enumerate(keys)]
            try:
                program = self.build(keys, values)
                return Entry(
                    program, self.code, self.parameters.all, described, self.request.stops
                )
            except StaticArgument as need:
                if need.index in self.cache.static:
                    name = self.parameters.all[need.index].name
                    raise UnsupportedError(
                        f"'{name}' decides the structure of the program",
                        instead="write it as a literal",
                    ) from None
                self.cache.static = tuple(sorted({*self.cache.static, need.index}))
            except ArgumentLayout as need:
                self.cache.layout |= {need.index}

    def _for_these_lengths(self, values: Sequence[Any]) -> Entry:
        """Compile for lists, and short arrays, of just these lengths."""
        static, self.cache.describe = self.cache.static, structure_key_of
        try:
            return self._specialise(values)
        except UnsupportedError:
            self.cache.describe, self.cache.static = key_of, static
            raise

    def build(self, keys: list[Key], values: Sequence[Any] | None = None) -> Program:
        """Compile for arguments with these keys; `values` say which sizes are equal."""
        refused: UnsupportedError | None = None
        while True:
            try:
                return compile_program(
                    self.function,
                    self.parameters.signature,
                    keys,
                    self.wrt,
                    self.request,
                    _SUFFIXES[self.request.kind],
                    self.callee,
                    self.cache.frozen,
                    values,
                )
            except StaticCapture as need:
                self.cache.frozen |= {need.path}
                refused = need.reason or refused
            except NoSeries:
                if self.otherwise is None:
                    raise
                return self.otherwise(keys)
            except UnsupportedError as error:
                if refused is None:
                    raise
                raise error.or_later(refused) from None

    def from_annotations(self, bound: Sequence[Any]) -> Program:
        """The program for the types that bound arguments, annotations and defaults tell of."""
        keys: list[Key] = []
        for k, parameter in enumerate(self.parameters.all):
            key = key_from_annotation(parameter.annotation)
            if k < len(bound):
                key = key_of(bound[k])
            elif key is None and parameter.default is not inspect.Parameter.empty:
                key = key_of(parameter.default)
            keys.append("?" if key is None else key)
        try:
            return self.build(keys)
        except (StaticArgument, ArgumentLayout) as need:
            name = self.parameters.all[need.index].name
            raise UnsupportedError(
                f"the program depends on what '{name}' is, so there is none without it",
                instead="call the function first, or use source_for(*args)",
            ) from None
