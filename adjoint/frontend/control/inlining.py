"""The user's functions: arguments bound to parameters, statements run in the place of the call."""

from __future__ import annotations

import functools
import inspect
import linecache
import types
from collections.abc import Sequence
from typing import Any

import gast

from adjoint.errors import SourceUnavailableError, Span, UnsupportedError, did_you_mean
from adjoint.frontend.control.blocks import run_body
from adjoint.frontend.control.generators import call_generator, collecting_source, is_generator
from adjoint.frontend.control.kept_calls import call_with_constants, kept_call
from adjoint.frontend.control.recursion import signature_of, size_of
from adjoint.frontend.control.recursion_unrolling import call_or_unfold
from adjoint.frontend.flow.raising import hand_over
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import FALSE, Frame
from adjoint.frontend.syntax.bindings import local_names
from adjoint.frontend.syntax.source import FunctionSource, function_source
from adjoint.kinds import written
from adjoint.limits import INLINED_DEPTH


def bind_arguments(
    source: FunctionSource,
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj],
    defaults: Sequence[o.Obj],
    kw_defaults: dict[str, o.Obj],
) -> dict[str, o.Obj]:
    """Python's binding of arguments to parameter names."""
    spec = source.node.args
    name = getattr(source.node, "name", "<lambda>")
    positional = [a.id for a in [*spec.posonlyargs, *spec.args]]
    only_positional = {a.id for a in spec.posonlyargs}
    bound: dict[str, o.Obj] = dict(zip(positional, args))  # noqa: B905
    if spec.vararg is not None:
        bound[spec.vararg.id] = o.Seq(tuple, list(args[len(positional) :]))
    elif len(args) > len(positional):
        raise UnsupportedError(
            f"{name}() takes {len(positional)} positional arguments, and {len(args)} are given"
        )
    extra: dict[str, o.Obj] = {}
    keyword_only = [a.id for a in spec.kwonlyargs]
    for key, obj in kwargs.items():
        if key in keyword_only or key in positional and key not in only_positional:
            if key in bound:
                raise UnsupportedError(f"{name}() got two values for '{key}'")
            bound[key] = obj
        elif spec.kwarg is not None:
            extra[key] = obj
        else:
            known = [*(p for p in positional if p not in only_positional), *keyword_only]
            raise UnsupportedError(f"{name}() has no parameter '{key}'{did_you_mean(key, known)}")
    for key, default in zip(positional[len(positional) - len(defaults) :], defaults, strict=True):
        bound.setdefault(key, default)
    for key, default in kw_defaults.items():
        bound.setdefault(key, default)
    if spec.kwarg is not None:
        bound[spec.kwarg.id] = o.Mapping(extra)
    for key in [*positional, *keyword_only]:
        if key not in bound:
            raise UnsupportedError(f"{name}() misses the argument '{key}'")
    return bound


def inline_function(
    frame: Frame, function: types.FunctionType, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    function = written(function)
    if frame.lowering.outside.code(function).co_flags & inspect.CO_GENERATOR:
        source = collecting_source(_function_source(function))
        inner = begin_call(frame, function, args, kwargs, source)
        run = functools.partial(run_inline, frame, inner, function, inner.names)
        return call_generator(frame, inner, list(inner.names.values()), run)
    inner = begin_call(frame, function, args, kwargs, source_of(function))
    return run_inline(frame, inner, function, inner.names)


def begin_call(
    frame: Frame,
    function: types.FunctionType,
    args: Sequence[o.Obj],
    kwargs: dict[str, o.Obj],
    source: FunctionSource | None = None,
) -> Frame:
    """The frame of a call, with the arguments bound to the parameters."""
    outside = frame.lowering.outside
    code = outside.code(function)
    source = function_source(code, function.__globals__) if source is None else source
    defaults, named = [], {}
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if set(parameters[min(len(args), code.co_argcount) :]) - set(kwargs):
        part, found = frame.lowering.part, outside.defaults(function)
        defaults = [part(found, k) for k in range(len(found))]
        by_name = outside.keyword_defaults(function)
        named = {k: part(by_name, k) for k in by_name}
    bound = bind_arguments(source, args, kwargs, defaults, named)
    inner = Frame(frame.lowering, source, bound, local_names(source.node), None, function)
    inner.caller = frame
    inner.reached_from(frame, frame.lowering.builder.span)
    return inner


def source_of(function: types.FunctionType) -> FunctionSource:
    code, name = function.__code__, function.__qualname__
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR):
        generator = not code.co_flags & inspect.CO_COROUTINE
        raise UnsupportedError(
            f"{name} is a generator, which returns no number"
            if generator
            else f"{name} is a coroutine (async def), which returns no number",
            _place_of_suspension(code),
            "return a list instead of yielding"
            if generator
            else "make it an ordinary def, and await outside of it",
        )
    return _function_source(function)


def _function_source(function: types.FunctionType) -> FunctionSource:
    try:
        return function_source(function.__code__, function.__globals__)
    except OSError as error:
        raise SourceUnavailableError(
            f"the source of {function.__qualname__} is not available: {error}"
        ) from None


def _place_of_suspension(code: types.CodeType) -> Span:
    """The first `yield` of a generator, or the `def` of a coroutine."""
    lines = tuple(linecache.getlines(code.co_filename))
    line = code.co_firstlineno
    if not code.co_flags & inspect.CO_COROUTINE:
        try:
            source = function_source(code)
        except SourceUnavailableError:
            return Span(code.co_filename, line, 0, line, -1, lines)
        for node in gast.walk(source.node):
            if isinstance(node, (gast.Yield, gast.YieldFrom)):
                return source.span(node)
    return Span(code.co_filename, line, 0, line, -1, lines)


def inline(
    frame: Frame, closure: o.Closure, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> o.Obj:
    inner = begin_inline(frame, closure, args, kwargs)
    if is_generator(closure.node):
        inner.source = collecting_source(inner.source)
        inner.local_names = local_names(inner.source.node)
        sources = [closure, *inner.names.values()]
        run = functools.partial(run_inline, frame, inner, closure, inner.names)
        return call_generator(frame, inner, sources, run)
    return run_inline(frame, inner, closure, inner.names)


def begin_inline(
    frame: Frame, closure: o.Closure, args: Sequence[o.Obj], kwargs: dict[str, o.Obj]
) -> Frame:
    """The frame of a call of a function that the program defines."""
    source = FunctionSource(closure.node, closure.frame.source.file, closure.frame.source.lines)
    defaults, named = closure.defaults, closure.kw_defaults
    if closure.frame.lowering is not frame.lowering:
        bring_in = frame.lowering.imported_object
        defaults = [bring_in(d, "default") for d in defaults]
        named = {k: bring_in(d, k) for k, d in named.items()}
    bound = bind_arguments(source, args, kwargs, defaults, named)
    inner = Frame(frame.lowering, source, bound, local_names(closure.node), closure.frame,
                  closure.frame.function)  # fmt: skip
    inner.caller = frame
    inner.reached_from(frame, frame.lowering.builder.span)
    return inner


def explain_library(frame: Frame, inner: Frame, error: UnsupportedError) -> None:
    """Name the function of a library that cannot be lowered: its lines say nothing to the user."""
    module = getattr(inner.function, "__module__", None) or ""
    if inner.call_site is None or frame.call_site is not None or module.startswith("adjoint."):
        return
    name = inner.shown().removesuffix("()")
    error.reason = f"{module}.{name} cannot be differentiated: inside of it, {error.reason}"
    error.instead = (
        "call it outside of the differentiated function, or give it a derivative with "
        "adjoint.custom_vjp"
    )


def run_inline(frame: Frame, inner: Frame, identity: Any, bound: dict[str, o.Obj]) -> o.Obj:
    """Run the callee's statements here; a function that calls itself becomes a call.

    Functions are told apart by identity: closures of one code have different cells. A call with
    fewer parts in its arguments, as for the branches of a tree, comes to an end.
    """
    lowering = frame.lowering
    call = (identity, signature_of(lowering, bound))
    called = call_with_constants(inner, identity, bound)
    active = [arguments for known, arguments in lowering.inline_stack if known == identity]
    smaller = all(size_of(call[1]) < size_of(arguments) for arguments in active)

    keeping, builder = lowering.root.keeping, lowering.builder
    region, first, done = builder.region, len(builder.region.ops), False

    def here() -> o.Obj:
        nonlocal done
        if len(lowering.inline_stack) > INLINED_DEPTH:
            raise UnsupportedError("calls are nested too deeply")
        lowering.inline_stack.append(call)
        keeping.begin(builder.span, called)
        for handler in lowering.handlers:
            inner.hidden[handler.flag] = o.Ref(FALSE)
        try:
            result = run_body(inner)
            done = True
        except UnsupportedError as error:
            explain_library(frame, inner, error)
            raise
        finally:
            lowering.inline_stack.pop()
            lowering.frame = frame
            keeping.end(region, first, done)
        hand_over(inner, frame)
        return result

    if not smaller or identity in lowering.recursive_identities:
        if called and any(known == identity for known, _ in lowering.inline_stack):
            keeping.begun_inline.add(identity)
        return call_or_unfold(frame, inner, identity, bound, here)
    kept = kept_call(frame, inner, identity, called, bound)
    return here() if kept is None else kept
