"""The programs that were compiled for a function, and what a call of each has to check."""

from __future__ import annotations

import inspect
import itertools
import linecache
import sys
import types
from collections import OrderedDict
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from adjoint.api.arguments import duplicate, is_read_only, refuse_overlap, split
from adjoint.api.nans import ENTERED, stops
from adjoint.api.refusals import Refusal
from adjoint.assumptions import Assumptions
from adjoint.declarations import DECLARATIONS
from adjoint.errors import AdjointError
from adjoint.frontend.keys.guards import Guards, compiled, write_captured
from adjoint.frontend.keys.places import Place
from adjoint.frontend.keys.signature import Key, frozen_key_of, key_of
from adjoint.limits import KEPT_PROGRAMS, KEPT_REFUSALS
from adjoint.pipeline import Program

_STARS: dict[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


class Cache:
    """The programs compiled for one function, with what they assume, and its refusals."""

    def __init__(self) -> None:
        self.programs: dict[Any, list[Entry]] = {}
        self.declared = DECLARATIONS.count  # when these were looked at last
        self.refusals: OrderedDict[Any, list[Refusal]] = OrderedDict()
        self.known = Assumptions()  # the programs are compiled under

    def drop_outdated(self) -> None:
        """Forget the programs that read a rule which has been declared anew since."""
        self.declared = DECLARATIONS.count
        for key, entries in list(self.programs.items()):
            kept = [entry for entry in entries if entry.program.rules.are_current()]
            if len(kept) < len(entries):
                self.programs[key] = kept

    def refuse(self, key: Any, refusal: Refusal) -> None:
        """Remember why arguments with this key are refused."""
        kept = [each for each in self.refusals.pop(key, []) if each.rules.are_current()]
        self.refusals[key] = [refusal, *kept[: KEPT_PROGRAMS - 1]]
        if len(self.refusals) > KEPT_REFUSALS:
            self.refusals.popitem(last=False)


class Entry:
    """A program in the cache, with what a call of it has to check.

    Attributes
    ----------
    captured : of the function; the values that the program reads outside of it at this moment, by
        name, or MISS where they do not fit the program.
    call : of the function and the values of its parameters; checks these as well, and runs the
        program. MISS where anything does not fit. The text is made when it is called first: many
        programs are called once.
    """

    __slots__ = ("_code", "_keys", "call", "captured", "parameters", "program", "run", "stored")

    def __init__(
        self,
        program: Program,
        code: types.CodeType,
        parameters: Sequence[inspect.Parameter],
        keys: Sequence[tuple[Key, Callable[[Any], Key]]],
        stops_at: str = "",
    ):
        self.program, self.parameters = program, parameters
        self.run = program.stopping(stops_at) if stops_at else program.run
        self.stored = program.stored
        self.captured = _captured(program)
        self.call: Callable[..., Any] = self._first_call
        self._code, self._keys = code, keys

    def _first_call(self, *arguments: Any) -> Any:
        self.call = _call(self, self._code, self._keys)
        return self.call(*arguments)

    def fits(self, values: Sequence[Any]) -> bool:
        """Are the sizes equal that the program takes for equal ones?"""
        return all(a.of(values) == b.of(values) for a, b in self.program.equations)

    def running(self) -> Callable[..., Any]:
        """The program as it runs at this moment: inside of `debug_nans` it stops at a nan."""
        at = stops()
        return self.program.stopping(at) if at else self.run

    def check_memory(
        self, function: types.FunctionType, values: Sequence[Any], captured: Sequence[Any]
    ) -> None:
        """Refuse a call whose writes something else would see; raise where they cannot be."""
        refuse_overlap(values, self.stored, captured)
        if any(is_read_only(values[k]) for k in self.stored):
            args, kwargs = split(self.parameters, tuple(map(duplicate, values)))
            function(*args, **kwargs)  # which raises, if it writes there


def _describe(program: Program) -> Callable[[Place], Callable[[Any], Key]]:
    return lambda place: frozen_key_of if place in program.frozen else key_of


def _captured(program: Program) -> Callable[[types.FunctionType], Any]:
    guards = Guards()
    write_captured(guards, program.captures, _describe(program))
    items = [f"{name!r}: {guards.load(place)}" for place, name in program.names.items()]
    return compiled(guards, "def captured(function):", [f"return {{{', '.join(items)}}}"])  # type: ignore[no-any-return]


def _call(
    entry: Entry, code: types.CodeType, keys: Sequence[tuple[Key, Callable[[Any], Key]]]
) -> Callable[..., Any]:
    guards, program, parameters = Guards(), entry.program, entry.parameters
    guards.require(f"function.__code__ is {guards.name(code)}")
    values = [f"a{k}_" for k in range(len(parameters))]
    for value, (key, describe) in zip(values, keys, strict=True):
        guards.check(value, key, describe)
    for a, b in program.equations:
        guards.require(f"{a.text(values[a.index])} == {b.text(values[b.index])}")
    write_captured(guards, program.captures, _describe(program))
    passed = []
    for value, parameter in zip(values, parameters, strict=True):
        star = _STARS.get(parameter.kind, "")
        named = f"{parameter.name}=" if parameter.kind is parameter.KEYWORD_ONLY else ""
        passed.append(star + named + value)
    captured = [(name, guards.load(place)) for place, name in program.names.items()]
    rest = [p for p in passed if p.startswith("**")]
    passed = [p for p in passed if p not in rest]
    arguments = ", ".join([*passed, *(f"{name}={value}" for name, value in captured), *rest])
    run, note = guards.name(entry.run), guards.name(explain)
    entered, running = guards.name(ENTERED), guards.name(entry.running)
    tail = [f"run = {running}() if {entered} else {run}"]
    if program.stored:
        held = "".join([f"{value}, " for _, value in captured])
        tail.append(
            f"{guards.name(entry)}.check_memory(function, ({', '.join(values)},), ({held}))"
        )
    tail += [
        f"try: return run({arguments})",
        "except Exception as error:",
        f"    {note}(error, {guards.name(entry)}, function, ({', '.join([*values, ''])}))",
        "    raise",
    ]
    return compiled(guards, f"def call({', '.join(['function', *values])}):", tail)  # type: ignore[no-any-return]


def explain(
    error: BaseException, entry: Entry, function: types.FunctionType, values: Sequence[Any]
) -> None:
    """Annotate an exception; where sizes of arguments do not fit, let the function raise its own.

    Nothing has happened yet then. The function runs on copies, since it may write before it stops.
    """
    program = entry.program
    if error.args and error.args[0] in program.checks:
        copies = _copied(entry.parameters, values)
        if copies is not None:
            function(*copies[0], **copies[1])
    annotate(error, program)


def _copied(
    parameters: Sequence[inspect.Parameter], values: Sequence[Any]
) -> tuple[list[Any], dict[str, Any]] | None:
    """The arguments of a call, copied; None where one of them cannot be."""
    try:
        return split(parameters, deepcopy(list(values)))
    except Exception:
        return None


def annotate(error: BaseException, program: Program) -> None:
    """Say which of the user's lines a failing line of generated code stands for."""
    if isinstance(error, AdjointError):
        return
    run, emitted = program.in_numpy
    file = run.__code__.co_filename
    trace, found = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            found = trace
        trace = trace.tb_next
    if found is None:
        return
    code, line = found.tb_frame.f_code, found.tb_lineno
    position = next(itertools.islice(code.co_positions(), found.tb_lasti // 2, None))
    span = emitted.place_of((line, *position[1:]))
    if span is None:
        return
    note = f"in {span.file}:{span.statement}: {span.text(span.statement).strip()}"
    if span.calls:
        note += f"\n  {span.chain()}"
    if sys.version_info < (3, 13):  # whose tracebacks show no text of generated lines
        text = linecache.getline(file, line).strip()
        note += f"\n  computed by line {line} of {code.co_name}: {text}"
    error.add_note(note)


__all__ = ["Cache", "Entry", "annotate", "explain"]
