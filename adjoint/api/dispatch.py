"""From the arguments of a call to the program for their types, which is compiled once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from adjoint.api.arguments import Parameters
from adjoint.api.programs import Entry
from adjoint.api.refusals import Refusal
from adjoint.api.sharing import cache_of
from adjoint.api.tracebacks import are_full, hidden, shortened
from adjoint.assumptions import (
    ArgumentLayout,
    ArgumentLengths,
    Assumptions,
    StaticArgument,
    under_assumptions,
)
from adjoint.declarations import DECLARATIONS
from adjoint.errors import SourceUnavailableError, UnsupportedError
from adjoint.frontend.keys.signature import (
    Key,
    frozen_key_of,
    has_lengths,
    key_from_annotation,
    key_of,
    layout_key_of,
    structure_key_of,
)
from adjoint.limits import KEPT_PROGRAMS
from adjoint.pipeline import LOCK, Program, compile_program
from adjoint.requests import MISS, Position, Request
from adjoint.transforms.forward_mode.taylor import NoSeries

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
        otherwise: Callable[[list[Key], Assumptions], Program] | None,
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
        found = self._among_programs(values)
        if found is not None:
            return found
        try:
            return self._compile(values)
        except Exception as error:
            raise shortened(error)  # noqa: B904  # the same error

    def _among_programs(self, values: Sequence[Any]) -> tuple[Entry, dict[str, Any]] | None:
        for entry in self.cache.programs.get(self._key(values), ()):
            extra = entry.captured(self.function)
            if extra is not MISS and entry.fits(values):
                return entry, extra
        return None

    def _key(self, values: Sequence[Any]) -> Any:
        known = self.cache.known
        if known.layout or known.static:
            return tuple([describe(v) for describe, v in zip(self._makers(known), values)])  # noqa: B905
        return tuple([*map(structure_key_of if known.lengths else key_of, values)])

    def _makers(self, known: Assumptions) -> list[Callable[[Any], Key]]:
        """The makers of the keys of arguments."""
        plain: Callable[[Any], Key] = structure_key_of if known.lengths else key_of
        makers = [plain] * len(self.parameters.all)
        for index in known.layout:
            makers[index] = layout_key_of
        for index in known.static:
            makers[index] = frozen_key_of
        return makers

    def _compile(self, values: Sequence[Any]) -> tuple[Entry, dict[str, Any]]:
        with LOCK:
            found = self._among_programs(values)  # made by another thread
            if found is not None:
                return found
            cache, key = self.cache, self._key(values)
            for refusal in cache.refusals.get(key, ()):
                if refusal.holds(self.function, values) and not are_full():
                    raise refusal.again()
            known = replace(cache.known, reads={})
            described: list[tuple[Key, Callable[[Any], Key]]] = []

            def attempt(known: Assumptions) -> Entry:
                makers = self._makers(known)
                described[:] = [(make(v), make) for make, v in zip(makers, values, strict=True)]
                return self._specialise(described, values, known)

            with DECLARATIONS.reading() as rules:
                try:
                    entry, known = under_assumptions(attempt, known)
                except SourceUnavailableError:
                    raise
                except UnsupportedError as error:
                    cache.refuse(key, Refusal(error, [*described], known.reads, rules))
                    raise
            cache.known = known.of_the_key()
            extra = entry.captured(self.function)
            if extra is MISS:
                raise UnsupportedError(
                    f"a value that {self.function.__name__} captures is another object each "
                    "time it is read",
                    instead="pass it as an argument",
                )
            kept = cache.programs.get(self._key(values), [])
            made = [entry, *kept[: KEPT_PROGRAMS - 1]]
            made.sort(key=lambda each: not each.program.equations)  # the special ones first
            cache.programs[self._key(values)] = made
            return entry, extra

    def _specialise(
        self,
        described: Sequence[tuple[Key, Callable[[Any], Key]]],
        values: Sequence[Any],
        known: Assumptions,
    ) -> Entry:
        """Compile for arguments with these keys; for those at hand where that is refused."""
        keys = [key for key, _ in described]
        try:
            program = self.build(keys, known, values)
        except UnsupportedError as error:
            if known.lengths or not any(map(has_lengths, keys)):
                raise
            raise ArgumentLengths(error) from None
        stops = self.request.stops
        return Entry(program, self.code, self.parameters.all, [*described], stops)

    def build(
        self, keys: list[Key], known: Assumptions, values: Sequence[Any] | None = None
    ) -> Program:
        """Compile for arguments with these keys; `values` say which sizes are equal."""
        try:
            return compile_program(
                self.function,
                self.parameters.signature,
                keys,
                self.wrt,
                self.request,
                _SUFFIXES[self.request.kind],
                self.callee,
                known,
                values,
            )
        except NoSeries:
            if self.otherwise is None:
                raise
            return self.otherwise(keys, known)

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

        def attempt(known: Assumptions) -> Program:
            try:
                return self.build(keys, known)
            except (StaticArgument, ArgumentLayout) as need:
                raise UnsupportedError(
                    f"the program depends on what '{need.name}' is, so there is none without it",
                    instead="call the function first, or use source_for(*args)",
                ) from None

        return under_assumptions(attempt, Assumptions())[0]
