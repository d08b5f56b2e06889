"""The order of the stages, in one screen."""

from __future__ import annotations

import gc
import inspect
import sys
import textwrap
import threading
import types
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adjoint.assumptions import Assumptions, Calls
from adjoint.backends import BACKENDS
from adjoint.declarations import DECLARATIONS, Reads
from adjoint.emit.checked import load_checked
from adjoint.emit.module import Argument, Emitted, emit, load
from adjoint.errors import DisconnectedWarning, Span, UnsupportedError
from adjoint.frontend.control.keeping import Keeping
from adjoint.frontend.keys.places import Place
from adjoint.frontend.keys.refused_arguments import not_a_number, of_no_floats
from adjoint.frontend.keys.relative import relative
from adjoint.frontend.keys.signature import Key, is_static, static_value, type_from_key
from adjoint.frontend.program import (
    Lowered,
    Parameter,
    lower_program,
)
from adjoint.ir.core import Function, Value
from adjoint.ir.descriptions import operation
from adjoint.ir.printer import size_names
from adjoint.ir.stages import reached
from adjoint.ir.types import Struct, is_differentiable, type_text
from adjoint.ir.verifier import verify
from adjoint.requests import Position, Request
from adjoint.transforms.activity.disconnected import Cut, find_cuts, find_kept
from adjoint.transforms.effects.buffers import check_buffers
from adjoint.transforms.effects.powers import check_powers
from adjoint.transforms.effects.raising import entry_checks
from adjoint.transforms.gradient import (
    Input,
    batch_directions,
    differentiate,
    push_forward,
)
from adjoint.transforms.nested import expand_gradients
from adjoint.transforms.reverse_mode.snapshots import keep_snapshots
from adjoint.transforms.sizes.equal_sizes import Equation, assume_equal_sizes

#: Compilation keeps its state in module variables (active builders); one thread at a time.
LOCK = threading.RLock()

#: Trees of syntax are walked by recursion, here and in gast: a sum of 1000 terms is 1000 deep.
_RECURSION_LIMIT = 10_000
#: The collector runs after so many new objects: some megabytes.
_YOUNG_OBJECTS = 100_000


@dataclass
class Program:
    """One compiled specialisation."""

    run: types.FunctionType
    emitted: Emitted
    ir: str
    captures: dict[Place, Any]
    names: dict[Place, str]
    arguments: list[Argument]
    function: Function
    stored: frozenset[int] = frozenset()  # the parameters whose arguments are written
    tangents: list[str] = field(default_factory=list)
    frozen: frozenset[Place] = frozenset()
    changed: frozenset[Place] = frozenset()  # where what is captured is changed in place
    outliving: frozenset[str] = frozenset()  # the names of these values
    batched: bool = False  # does it take many directions at once?
    checked: dict[str, types.FunctionType] = field(default_factory=dict)

    def stopping(self, at: str) -> types.FunctionType:
        """The function that stops at the first nan; at "inf" also at an infinity."""
        if at not in self.checked:
            self.checked[at] = load_checked(self.in_numpy[1], infs=at == "inf")
        return self.checked[at]

    @property
    def in_numpy(self) -> tuple[types.FunctionType, Emitted]:
        """The program in NumPy: the one that explains what happens, whatever runs."""
        return self.reference or (self.run, self.emitted)

    reference: tuple[types.FunctionType, Emitted] | None = None  # behind another back end

    checks: frozenset[str] = frozenset()  # what it says at its entry where sizes do not fit
    equations: tuple[Equation, ...] = ()  # between sizes of its arguments
    rules: Reads = field(default_factory=lambda: Reads(DECLARATIONS.count))  # that it depends on


def compile_program(
    function: types.FunctionType,
    signature: inspect.Signature,
    keys: list[Key],
    wrt: Sequence[Position],
    request: Request,
    suffix: str,
    callee: Any = None,
    known: Assumptions | None = None,
    values: Sequence[Any] | None = None,
) -> Program:
    """source -> SSA -> reverse or forward -> text -> callable, for one signature.

    With the `values` of a call the program may be one for arguments whose sizes are equal where
    theirs are; `Program.equations` says for which.

    Raises
    ------
    UnsupportedError : with the place in the user's source.
    Assumption : that the program has to be compiled under, besides those that are `known`.
    """
    known = known or Assumptions()
    # a batch goes through no call
    keeping = known.keeping or Keeping(counting=True, reluctant=request.batch)
    try:
        return _compile(
            function, signature, keys, wrt, request, suffix, callee, known, keeping, values
        )
    except UnsupportedError as refusal:
        if not keeping.keeps:
            raise
        keeping.give_up(refusal)  # what a call cannot do, its inlined copies may
        raise Calls(keeping) from None
    except RecursionError:
        raise UnsupportedError(
            f"{function.__name__} is nested too deeply, or too long, to be compiled",
            instead="split it, or write what is repeated as a loop",
        ) from None


def _compile(
    function: types.FunctionType,
    signature: inspect.Signature,
    keys: list[Key],
    wrt: Sequence[Position],
    request: Request,
    suffix: str,
    callee: Any,
    known: Assumptions,
    keeping: Keeping,
    values: Sequence[Any] | None,
) -> Program:
    with LOCK, _large_programs(), DECLARATIONS.reading() as rules:
        for position in wrt:
            _check_argument(signature, keys, position)
        lowered = lower_program(
            function, signature, keys, callee, known, request.checkpoint, keeping
        )
        verify(lowered.function, "the frontend")  # a value out of place would be a wrong number
        reached(lowered.function, "lowered")
        cuts = _cuts(lowered, wrt, request)
        kept = [] if cuts else _kept_before(lowered, wrt, request)
        equations: tuple[Equation, ...] = ()
        if values is not None:
            parameters = [p.value for p in lowered.parameters]
            equations = assume_equal_sizes(lowered.function, parameters, values)
        printed = str(lowered.function)
        check_powers(lowered.function)
        expand_gradients(lowered.function)
        inputs = [_differentiable(lowered.parameters, position) for position in wrt]
        check_buffers(lowered.function, [value for value, _ in inputs])
        tangents: list[Value] = []
        if request.kind in ("pushforward", "tangent", "derivative"):
            tangents = push_forward(lowered.function, inputs, request)
        else:
            differentiate(lowered.function, inputs, request)
        batched = (
            request.batch
            and request.backend not in BACKENDS  # where a call for each direction is cheap
            and batch_directions(lowered.function, request, tangents)
        )
        printed += "\n" + str(lowered.function)
        keep_snapshots(lowered.function)
        program = _emit(lowered, printed, wrt, request, suffix, tangents, batched)
        program.changed = lowered.changed
        names = {program.names[place] for place in lowered.changed if place in program.names}
        program.outliving = frozenset(names)
        program.frozen, program.rules, program.equations = known.frozen, rules, equations
        _make_relative(program, function, keys)
        if cuts:
            _warn(lowered.function.name, cuts)
        elif kept:
            _warn_of_kept(lowered.function, kept)
        return program


def _make_relative(program: Program, function: types.FunctionType, keys: list[Key]) -> None:
    """Let the program fit other functions of the same code whose closures hold such functions."""
    emitted = program.emitted
    held = [*keys, *emitted.helpers.values(), *emitted.embedded.values()]
    found = relative(program.captures, function, held)
    program.captures = found.keys
    program.names = {found.of(place): name for place, name in program.names.items()}
    program.frozen = frozenset(map(found.of, program.frozen))
    program.changed = frozenset(map(found.of, program.changed))


def _cuts(lowered: Lowered, wrt: Sequence[Position], request: Request) -> list[Cut]:
    """Where the connection of inputs with the result ends, for first derivatives."""
    nested = any(op.kind == "gradient" for op in lowered.function.body.walk())
    if nested or request.order > 1 or lowered.function.results != [lowered.result]:
        return []
    inputs = [lowered.parameters[k[0] if isinstance(k, tuple) else k].value for k in wrt]
    cuts = find_cuts(lowered.function, inputs, lowered.result)
    chosen = request.kind in ("gradient", "value_and_gradient", "derivative")
    return cuts if chosen or len(cuts) == len(inputs) else []  # a vjp is of all arguments


def _kept_before(lowered: Lowered, wrt: Sequence[Position], request: Request) -> list[str]:
    """The outside state of earlier calls that the result depends on, and that gradients stop at.

    It is state that the program itself fills from an input, or all that the result depends on.
    """
    nested = any(op.kind == "gradient" for op in lowered.function.body.walk())
    if nested or request.order > 1 or lowered.function.results != [lowered.result]:
        return []
    inputs = [lowered.parameters[k[0] if isinstance(k, tuple) else k].value for k in wrt]
    captured = {
        value: place
        for place, (_, value) in lowered.captures.items()
        if value is not None and is_differentiable(value.type)
    }
    return find_kept(lowered.function, inputs, lowered.result, captured)


def _warn_of_kept(function: Function, names: Sequence[str]) -> None:
    shown = ", ".join(f"'{name}'" for name in names)
    message = (
        f"{function.name}() reads {shown} as an earlier call may have left it: that is a constant "
        "here, and no derivative goes through the earlier call"
    )
    span = function.span
    file, line = ("<unknown>", 1) if span is None else (span.file, span.line)
    warnings.warn_explicit(message, DisconnectedWarning, file, line)


def _warn(name: str, cuts: list[Cut]) -> None:
    """One warning for a program, at the line where the first connection ends."""
    names = ", ".join(f"'{cut.input.name}'" for cut in cuts)
    op = cuts[0].op
    span = op.span
    where = f" ({span.chain()})" if span is not None and span.calls else ""
    message = (
        f"the derivative of {name}() with respect to {names} is zero: the connection with the "
        f"result ends at {operation(op.target)}, whose derivative is zero{where}"
    )
    file, line = ("<unknown>", 1) if span is None else (span.file, span.line)
    warnings.warn_explicit(message, DisconnectedWarning, file, line)


@contextmanager
def _large_programs() -> Iterator[None]:
    """Let long expressions be compiled, and the garbage collector run rarely meanwhile.

    Nearly all objects of a compilation live until its end. To look for garbage among them, again
    and again, is a quarter of the time.
    """
    limit, thresholds = sys.getrecursionlimit(), gc.get_threshold()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    if thresholds[0]:
        gc.set_threshold(max(thresholds[0], _YOUNG_OBJECTS), *thresholds[1:])
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
        gc.set_threshold(*thresholds)


def _differentiable(parameters: list[Parameter], position: Position) -> Input:
    index, path = position if isinstance(position, tuple) else (position, None)
    parameter = parameters[index]
    return parameter.value, () if path is None else (path,)


def _check_argument(signature: inspect.Signature, keys: list[Key], position: Position) -> None:
    """Refuse a derivative with respect to an argument that holds no real number.

    Raises
    ------
    UnsupportedError : with what to pass instead.
    """
    index, path = position if isinstance(position, tuple) else (position, None)
    name, key = [*signature.parameters][index], keys[index]
    if is_static(key):
        raise not_a_number(name, static_value(key))
    type_ = type_from_key(key)
    if path is not None:
        items = type_.items if isinstance(type_, Struct) else ()
        if path >= len(items):
            raise UnsupportedError(f"there are only {len(items)} values in *{name}")
        type_ = items[path]
    if not (is_differentiable(type_) or isinstance(type_, Struct) and not type_.items):
        raise of_no_floats(name, type_)


def _emit(
    lowered: Lowered,
    printed: str,
    wrt: Sequence[Position],
    request: Request,
    suffix: str,
    tangents: list[Value],
    batched: bool,
) -> Program:
    function = lowered.function
    arguments = [Argument(p.name, p.kind, p.default) for p in lowered.parameters]
    arguments += [Argument(v.name, inspect.Parameter.KEYWORD_ONLY) for v in tangents]
    captures = {path: key for path, (key, _) in lowered.captures.items()}
    names: dict[Place, str] = {}
    used = {a.name for a in arguments}
    for path, (_, value) in lowered.captures.items():
        if value is None:
            continue
        name, version = path.label, 0
        while name in used:
            version += 1
            name = f"{path.label}_{version}"
        used.add(name)
        value.name = names[path] = name
        if value.users:
            arguments.append(Argument(name, inspect.Parameter.KEYWORD_ONLY))
    _order(arguments)
    checks = frozenset(entry_checks(function))
    told = f"{function.name}_{suffix}", arguments, _docstring(lowered, wrt, request, batched)
    backend = BACKENDS.get(request.backend)
    native = None
    if backend is not None:  # it leaves the function as it is, and the text in NumPy does not
        native = backend.emit_or_fall_back(function, *told, fallback=request.fallback)
    emitted = emit(function, *told)
    live = {a.name for a in arguments}
    names = {path: name for path, name in names.items() if name in live}
    run, reference = load(emitted), None
    if backend is not None and native is not None:
        reference = run, emitted
        run, emitted = backend.load(native, run, request.fallback, function.span), native
    return Program(
        run,
        emitted,
        printed,
        captures,
        names,
        arguments,
        function,
        lowered.stored,
        [v.name for v in tangents],
        batched=batched,
        checks=checks,
        reference=reference,
    )


def _order(arguments: list[Argument]) -> None:
    """Captured values are keyword-only: they stand before `**kwargs`."""
    rest = [a for a in arguments if a.kind is inspect.Parameter.VAR_KEYWORD]
    for argument in rest:
        arguments.remove(argument)
        arguments.append(argument)


def _docstring(lowered: Lowered, wrt: Sequence[Position], request: Request, batched: bool) -> str:
    function = lowered.function
    span: Span | None = function.span
    names = ", ".join(
        f"{lowered.parameters[k[0]].name}[{k[1]}]" if isinstance(k, tuple)
        else lowered.parameters[k].name
        for k in wrt
    )  # fmt: skip
    where = f"{span.file.rsplit('/', 1)[-1]}:{span.line}" if span else "?"
    lines = [f"{request.title} of `{function.name}` with respect to {names}."]
    if batched:
        given = "cotangents" if request.kind == "pullback" else "tangents"
        lines += ["", f"It takes many {given} at once, along a first axis."]
    lines.append("")
    lines.append(f"Generated by adjoint from {where}, for")
    sizes = size_names(function)
    for parameter in lowered.parameters:
        if is_static(parameter.key):
            lines.append(f"    {parameter.name}: static")
        else:
            shown = f"{parameter.name}: {type_text(parameter.value.type, sizes)}"
            lines.append(f"    {textwrap.shorten(shown, 88, placeholder=' ...')}")
    return "\n".join(lines)


__all__ = [
    "LOCK",
    "Program",
    "compile_program",
]
