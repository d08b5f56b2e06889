"""Reverse mode: `grad`, `value_and_grad`, `vjp`, `jacrev`, and what all derivatives share."""

from __future__ import annotations

import functools
import importlib
import inspect
import pickle
import types
import weakref
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from adjoint.emit.saving import module_text
from adjoint.errors import SourceUnavailableError, UnsupportedError
from adjoint.frontend.classes import is_user_class
from adjoint.frontend.custom import is_custom
from adjoint.frontend.nested import Transform, register_maker
from adjoint.frontend.policies import checkpointing
from adjoint.frontend.recursion import is_checkpointed
from adjoint.frontend.signature import (
    Key,
    frozen_key_of,
    holds_list,
    is_frozen,
    key_from_annotation,
    key_of,
    layout_key_of,
    structure_key_of,
)
from adjoint.ir import ops
from adjoint.pipeline import (
    LOCK,
    ArgumentLayout,
    Position,
    Program,
    StaticArgument,
    StaticCapture,
    compile_program,
)
from adjoint.runtime.containers import copy, is_container, items_of, mapped, zeros_like
from adjoint.runtime.records import is_record
from adjoint.transforms.gradient import Request

_EMPTY = inspect.Parameter.empty
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


class _Cache:
    """The programs compiled for one function, and the arguments they are specialised on."""

    def __init__(self) -> None:
        self.programs: dict[Any, list[_Entry]] = {}
        self.static: tuple[int, ...] = ()
        self.layout: frozenset[int] = frozenset()
        self.frozen: frozenset[Any] = frozenset()  # the captured values, likewise
        self.describe: Callable[[Any], Key] = key_of  # or `structure_key_of`: lists by length


_caches: weakref.WeakKeyDictionary[Any, dict[Any, _Cache]] = weakref.WeakKeyDictionary()


def _cache_of(function: types.FunctionType, use: Any) -> _Cache:
    """The cache that all gradient functions of a module's function share: `grad(f)` in a loop
    compiles once. Functions made inside functions come anew each time, and keep their own."""
    if use[-1] or "<locals>" in function.__qualname__ or "<lambda>" in function.__qualname__:
        return _Cache()
    return _caches.setdefault(function, {}).setdefault(use, _Cache())


class GradientFunction:
    """A function that computes derivatives of `primal`; made by `grad` and its relatives.

    Attributes
    ----------
    primal : the function as written.
    source : the generated Python of the latest call's signature; before any call, that of the
        annotations where there are some, else the generic one.
    ir : the SSA before and after differentiation.
    """

    def __init__(
        self,
        primal: Callable[..., Any],
        request: Request,
        argnums: int | Sequence[int] = 0,
        argnames: str | Sequence[str] | None = None,
        bound: tuple[Any, ...] = (),
    ):
        self.primal = primal
        self._request = request
        self._argnums, self._argnames = argnums, argnames
        self._bound = bound
        self._function, self._first, self._named = _unwrap(primal)
        self._callee = _callee(primal)
        self._signature = inspect.signature(self._function)
        self._parameters = list(self._signature.parameters.values())
        self._simple = all(p.kind in _POSITIONAL for p in self._parameters)
        self._wrt, self._single = self._positions()
        self._leading = (self._request.kind != "gradient") + self._request.has_aux
        # How many arguments stand for all parameters as they are; -1 when binding has to look.
        plain = self._simple and not (bound or self._first or self._named)
        self._arity = len(self._parameters) if plain else -1
        self._cache = _cache_of(self._function, (request, self._wrt, self._callee is not None))
        self._methods: dict[int, GradientFunction] = {}
        self._latest: Program | None = None
        self.__name__, self.__qualname__ = self._function.__name__, self._function.__qualname__
        functools.update_wrapper(self, primal, updated=())
        self.__wrapped__ = primal
        if bound:
            self.__signature__ = _without_first(self._signature)

    def _positions(self) -> tuple[tuple[Position, ...], bool]:
        """What to differentiate with respect to, and whether a bare gradient is asked for."""
        names = [p.name for p in self._parameters]
        name = self._function.__name__
        if self._argnames is not None:
            single = isinstance(self._argnames, str)
            wanted: Any = (self._argnames,) if single else tuple(self._argnames)
            for each in wanted:
                if each not in names:
                    raise TypeError(f"{name}() has no parameter {each!r}")
            positions: list[Position] = [names.index(each) for each in wanted]
        else:
            single = isinstance(self._argnums, (int, np.integer))
            numbers = (self._argnums,) if single else tuple(self._argnums)  # type: ignore
            positions = [self._position(number) for number in numbers]
        if not positions:
            raise TypeError(f"no parameter of {name}() is asked for")
        if len(set(positions)) != len(positions):
            raise TypeError(f"a parameter of {name}() is asked for twice")
        return tuple(positions), single

    def _position(self, number: Any) -> Position:
        """The parameter that an entry of `argnums` means; bound ones are not counted."""
        positional = [
            k
            for k, p in enumerate(self._parameters)
            if p.kind in _POSITIONAL and p.name not in self._named
        ][len(self._bound) + len(self._first) :]
        count = len(positional)
        if isinstance(number, (int, np.integer)):
            if self._has_varargs() and number >= count:
                varargs = sum(p.kind in _POSITIONAL for p in self._parameters)
                return varargs, int(number) - count + max(self._surplus(), 0)
            if -count <= number < count and not (self._has_varargs() and number < 0):
                return positional[int(number)]
        takes = f"{count} positional parameter{'s' * (count != 1)}"
        if self._has_varargs():
            takes = "any number of arguments, counted from the first one"
        raise TypeError(
            f"argnums={number!r} is out of range: {self._function.__name__}() takes {takes}; "
            "keyword-only ones are named with argnames"
        )

    def _surplus(self) -> int:
        """How many of the bound arguments have gone into `*args`."""
        positional = sum(p.kind in _POSITIONAL for p in self._parameters)
        return len(self._bound) + len(self._first) - positional

    def _has_varargs(self) -> bool:
        return any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in self._parameters)

    # Calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values: Any = args
        if kwargs or len(args) != self._arity:
            values = self._values(args, kwargs)
        entry, extra = self._find(values)
        self._latest = entry.program
        results = self._invoke(entry, values, extra)
        if self._single and self._leading == 0:
            return results
        return self._pack(results)

    def _values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Sequence[Any]:
        """The values of all parameters, in the order of the signature."""
        if self._bound or self._first or self._named:
            args = (*self._bound, *self._first, *args)
            kwargs = {**self._named, **kwargs}
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments.values())

    def _key(self, values: Sequence[Any]) -> Any:
        if self._cache.layout or self._cache.static:
            return tuple([self._key_at(k, v) for k, v in enumerate(values)])
        return tuple([*map(self._cache.describe, values)])

    def _key_at(self, index: int, value: Any) -> Key:
        if index in self._cache.static:
            return frozen_key_of(value)
        if index in self._cache.layout:
            return layout_key_of(value)
        return self._cache.describe(value)

    def _find(self, values: Sequence[Any]) -> tuple[_Entry, dict[str, Any]]:
        """The program for these arguments and the captured values of this moment."""
        entries = self._cache.programs.get(self._key(values))
        if entries is not None:
            for entry in entries:
                if not entry.guards:
                    return entry, _NOTHING
                extra = entry.captured()
                if extra is not None:
                    return entry, extra
        return self._compile(values)

    def _compile(self, values: Sequence[Any]) -> tuple[_Entry, dict[str, Any]]:
        with LOCK:
            for entry in self._cache.programs.get(self._key(values), ()):  # made by another thread
                extra = entry.captured()
                if extra is not None:
                    return entry, extra
            try:
                entry = self._specialise(values)
            except UnsupportedError:
                if self._cache.describe is structure_key_of or not any(
                    holds_list(key_of(v)) for v in values
                ):
                    raise
                entry = self._for_these_lengths(values)
            extra = entry.captured()
            if extra is None:
                raise UnsupportedError(
                    f"a value that {self._function.__name__} captures is another object each "
                    "time it is read",
                    instead="pass it as an argument",
                )
            kept = self._cache.programs.get(self._key(values), [])
            self._cache.programs[self._key(values)] = [entry, *kept[: _MOST_PROGRAMS - 1]]
            return entry, extra

    def _specialise(self, values: Sequence[Any]) -> _Entry:
        """Compile for these arguments, with those in the key whose value decides the program."""
        while True:
            keys = [self._key_at(k, v) for k, v in enumerate(values)]
            try:
                return _Entry(self._build(keys))
            except StaticArgument as need:
                if need.index in self._cache.static:
                    name = self._parameters[need.index].name
                    raise UnsupportedError(
                        f"'{name}' decides the structure of the program",
                        instead="write it as a literal",
                    ) from None
                self._cache.static = tuple(sorted({*self._cache.static, need.index}))
            except ArgumentLayout as need:
                self._cache.layout |= {need.index}

    def _for_these_lengths(self, values: Sequence[Any]) -> _Entry:
        """Compile for lists of just these lengths."""
        static, self._cache.describe = self._cache.static, structure_key_of
        try:
            return self._specialise(values)
        except UnsupportedError:
            self._cache.describe, self._cache.static = key_of, static
            raise

    def _build(self, keys: list[Key]) -> Program:
        while True:
            try:
                return compile_program(
                    self._function,
                    self._signature,
                    keys,
                    self._wrt,
                    self._request,
                    _SUFFIXES[self._request.kind],
                    self._callee,
                    self._cache.frozen,
                )
            except StaticCapture as need:
                self._cache.frozen |= {need.path}

    def __adjoint_transform__(self) -> Transform:
        """How a program that calls this function is to be differentiated."""
        maker = self._maker()
        if maker is not None and not self._single:
            raise UnsupportedError("a Jacobian inside a program is with respect to one argument")
        numbers = tuple(k if isinstance(k, int) else sum(k) for k in self._wrt)
        leading = (*self._bound, *self._first)
        function = self.primal
        if self._bound or self._first or isinstance(function, types.MethodType):
            function = self._function
        return Transform(
            self._request.kind,
            numbers,
            self._single,
            self._request.has_aux,
            function,
            leading,
            self._request.checkpoint,
            maker,
        )

    def _maker(self) -> Any:
        """The public function that programs see in the place of this one, if one does."""
        return None

    def _argument(self, values: Sequence[Any], position: Position) -> Any:
        """The argument at a position with respect to which the derivative is taken."""
        if isinstance(position, tuple):
            return values[position[0]][position[1]]
        return values[position]

    def _invoke(self, entry: _Entry, values: Sequence[Any], extra: dict[str, Any]) -> Any:
        if entry.stores:
            _refuse_overlap(values)
        try:
            if self._simple:
                return entry.run(*values, **extra)
            args, kwargs = self._split(values)
            return entry.run(*args, **kwargs, **extra)
        except Exception as error:
            _annotate(error, entry.program)
            raise

    def _split(self, values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for parameter, value in zip(self._parameters, values, strict=True):
            if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
                args.extend(value)
            elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
                kwargs.update(value)
            elif parameter.kind is inspect.Parameter.KEYWORD_ONLY:
                kwargs[parameter.name] = value
            else:
                args.append(value)
        return args, kwargs

    def _pack(self, results: Any) -> Any:
        """The results in the form that the public function promises."""
        request, leading = self._request, self._leading
        if leading == 0:
            return results if self._single or len(self._wrt) > 1 else (results,)
        parts = [*map(copy, results[:leading]), *results[leading:]]  # values may be arguments
        gradients: Any = parts[leading:]
        gradients = gradients[0] if self._single else tuple(gradients)
        if request.kind == "gradient":
            return gradients, parts[0]
        value = (parts[0], parts[1]) if request.has_aux else parts[0]
        return value, gradients

    # Looking inside

    def _program_for_display(self) -> Program:
        if self._latest is not None:
            return self._latest
        keys: list[Key] = []
        for k, parameter in enumerate(self._parameters):
            key = key_from_annotation(parameter.annotation)
            if k < len(self._bound):
                key = key_of(self._bound[k])
            elif key is None and parameter.default is not _EMPTY:
                key = key_of(parameter.default)
            keys.append("?" if key is None else key)
        try:
            return self._build(keys)
        except (StaticArgument, ArgumentLayout) as need:
            name = self._parameters[need.index].name
            raise UnsupportedError(
                f"the program depends on what '{name}' is, so there is none without it",
                instead="call the function first, or use source_for(*args)",
            ) from None

    @property
    def source(self) -> str:
        return self._program_for_display().emitted.source

    @property
    def ir(self) -> str:
        return self._program_for_display().ir

    def source_for(self, *args: Any, **kwargs: Any) -> str:
        """The generated Python for the types of these arguments; nothing is run."""
        return self._find(self._values(args, kwargs))[0].program.emitted.source

    def save(self, path: str | FilePath, *args: Any, **kwargs: Any) -> None:
        """Write the program for these arguments as a module that needs only NumPy.

        Raises
        ------
        UnsupportedError : when a captured value is no literal; the message names it.
        """
        if args or kwargs:
            program = self._find(self._values(args, kwargs))[0].program
        else:
            program = self._program_for_display()
        values = {name: path_.load() for path_, name in program.names.items()}
        FilePath(path).write_text(module_text(program.emitted, values))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        method = self._methods.get(id(instance))  # which keeps the instance, and so its id
        if method is None:
            primal = self.primal
            if isinstance(primal, GradientFunction):
                primal = primal._behind_self()
            method = type(self)(primal, self._request, self._argnums, self._argnames, (instance,))
            with LOCK:
                if len(self._methods) >= _MOST_METHODS:
                    del self._methods[next(iter(self._methods))]
                self._methods[id(instance)] = method
        return method

    def _behind_self(self) -> GradientFunction:
        """The same of a method that is not bound yet, whose first parameter is not counted."""
        primal = self.primal
        if isinstance(primal, GradientFunction):
            primal = primal._behind_self()
        single = isinstance(self._argnums, (int, np.integer))
        numbers = [self._argnums] if single else list(self._argnums)  # type: ignore
        shifted = tuple(n if n < 0 else n + 1 for n in numbers)  # type: ignore[operator]
        argnums = shifted[0] if single else shifted
        return type(self)(primal, self._request, argnums, self._argnames)  # type: ignore[arg-type]

    def __copy__(self) -> GradientFunction:
        return self

    def __deepcopy__(self, memo: Any) -> GradientFunction:
        return self

    def __reduce__(self) -> Any:
        primal: Any = self.primal
        if isinstance(primal, types.FunctionType):
            primal = _Reference(primal)
        arguments = (primal, self._request, self._argnums, self._argnames, self._bound)
        return _rebuild, (type(self), *arguments)

    def __repr__(self) -> str:
        return f"<adjoint {self._request.kind} of {self._function.__qualname__}>"


class _Reference:
    """Pickles a function whose name means its gradient, as `@grad` makes it."""

    def __init__(self, function: Callable[..., Any]):
        self.function = function

    def __reduce__(self) -> Any:
        place = self.function.__module__, self.function.__qualname__
        try:
            found = _resolve(*place)
        except (ImportError, AttributeError):
            found = None
        if found is not self.function:
            raise pickle.PicklingError(f"{'.'.join(place)} is not found under this name")
        return _resolve, place


def _resolve(module: str, qualname: str) -> Callable[..., Any]:
    found: Any = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    while isinstance(found, GradientFunction):
        found = found.primal
    return found


def _rebuild(kind: type[GradientFunction], *arguments: Any) -> GradientFunction:
    return kind(*arguments)


def _without_first(signature: inspect.Signature) -> inspect.Signature:
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _unwrap(primal: Any) -> tuple[types.FunctionType, tuple[Any, ...], dict[str, Any]]:
    """The Python function behind partials and bound methods, with the arguments they hold."""
    if isinstance(primal, functools.partial):
        function, first, named = _unwrap(primal.func)
        return function, (*first, *primal.args), {**named, **primal.keywords}
    if isinstance(primal, types.MethodType):
        function, first, named = _unwrap(primal.__func__)
        return function, (*first, primal.__self__), named
    if isinstance(primal, types.FunctionType):
        return primal, (), {}
    if isinstance(primal, GradientFunction):
        leading = (*primal._bound, *primal._first)
        return primal._function, leading, primal._named
    if is_custom(primal) or is_checkpointed(primal):
        return _unwrap(primal.fun)
    if not callable(primal):
        raise TypeError(f"{primal!r} is not callable")
    call = inspect.getattr_static(type(primal), "__call__", None)
    if isinstance(call, types.FunctionType):
        return call, (primal,), {}
    raise SourceUnavailableError(
        f"{primal!r} is not a Python function, so there is no source to differentiate"
    )


def _callee(primal: Any) -> Any:
    """What is called instead of the Python function behind `primal`, which it stands for."""
    if isinstance(primal, GradientFunction):
        return primal
    behind = primal
    if isinstance(primal, functools.partial):
        behind = primal.func
    elif isinstance(primal, types.MethodType):
        behind = primal.__func__
    return behind if is_custom(behind) or is_checkpointed(behind) else None


def _refuse_overlap(values: Sequence[Any]) -> None:
    """A program that stores into an argument does not know what else would see the store."""
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


class _Entry:
    """A program in the cache, with what a call of it has to check."""

    __slots__ = ("guards", "program", "run", "stores")

    def __init__(self, program: Program):
        self.program, self.run = program, program.run
        self.stores = program.stores_into_parameter
        self.guards = [
            (
                path.load,
                key,
                isinstance(key, tuple) and key[0] == "s" and not is_frozen(key),
                frozen_key_of if path in program.frozen else key_of,
                program.names.get(path),
            )
            for path, key in program.captures.items()
        ]

    def captured(self) -> dict[str, Any] | None:
        """The captured values of this moment, or None when they do not fit the program."""
        extra: dict[str, Any] = {}
        for load, key, static, describe, name in self.guards:
            try:
                value = load()
            except (KeyError, ValueError, AttributeError):
                return None
            if static:
                if key[1] is not value and not _same_static(key[1], value):
                    return None
            elif describe(value) != key:
                return None
            elif name is not None:
                extra[name] = value
        return extra


_NOTHING: dict[str, Any] = {}
#: What a generated function is called, after the function that it is made from.
_SUFFIXES = {
    "gradient": "grad", "value_and_gradient": "value_and_grad", "pullback": "vjp",
    "pushforward": "jvp", "tangent": "tangent", "derivative": "derivative",
}  # fmt: skip
_MOST_PROGRAMS = 16  # per key: they differ in what captured functions, strings, flags are
_MOST_METHODS = 32  # bound ones, per decorated method
_METHODS = (types.MethodType, types.BuiltinMethodType)


def _same_static(known: Any, value: Any) -> bool:
    """Is a captured object still the one that the program was made for?"""
    if hasattr(known, "value") and getattr(known, "value", None) is value:
        return True
    known = getattr(known, "value", known)
    # A bound method is a new object each time; two are equal when function and owner are the same.
    same = isinstance(value, (bool, str, *_METHODS)) and type(known) is type(value)
    return same and bool(known == value)


def _annotate(error: BaseException, program: Program) -> None:
    """Say which of the user's lines a failing line of generated code stands for."""
    file = program.run.__code__.co_filename
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    span = program.emitted.span_of(line) if line is not None else None
    if span is not None:
        error.add_note(f"in {span.file}:{span.statement}: {span.text(span.statement).strip()}")


# Public functions


def _decorator(
    kind: str, f: Any, argnums: Any, argnames: Any, has_aux: bool, checkpoint: checkpointing | None
) -> Any:
    if not (checkpoint is None or isinstance(checkpoint, checkpointing)):
        raise TypeError("checkpoint takes what adjoint.checkpointing(...) returns")
    request = Request(kind, has_aux, checkpoint)
    if f is None:
        return lambda function: GradientFunction(function, request, argnums, argnames)
    return GradientFunction(f, request, argnums, argnames)


def grad(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    checkpoint: checkpointing | None = None,
) -> Any:
    """The gradient of a function that returns a real number.

    Works as a function and as a decorator, with or without arguments. A bare `@grad` makes the
    name mean the gradient; the function as written stays at `.primal`.

    Parameters
    ----------
    f : a Python function over numbers, NumPy arrays and containers of them.
    argnums : which parameters: an int gives a bare gradient, a tuple a tuple.
    argnames : the same by name; takes the place of `argnums`.
    has_aux : `f` returns (value, aux), and the gradient function (gradient, aux).
    checkpoint : `checkpointing(...)`, for loops in little memory.

    Returns
    -------
    A `GradientFunction`. Each gradient has its argument's structure, shape and dtype.

    Raises
    ------
    UnsupportedError : at the first call, for what cannot be differentiated, with its place.
    """
    return _decorator("gradient", f, argnums, argnames, has_aux, checkpoint)


def value_and_grad(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    checkpoint: checkpointing | None = None,
) -> Any:
    """The value and the gradient in one pass: `(value, gradient)`.

    With `has_aux`, `((value, aux), gradient)`. Parameters as for `grad`.
    """
    return _decorator("value_and_gradient", f, argnums, argnames, has_aux, checkpoint)


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f(*primals)` and its pullback.

    Returns
    -------
    value, pullback : `pullback(cotangent)` gives a tuple with one cotangent per primal, and may be
        called more than once. With `has_aux`, `f` returns (value, aux) and this returns
        (value, pullback, aux).
    """
    value, pullback, aux = pull(f, tuple(range(len(primals))), primals, has_aux)
    return (value, pullback, aux) if has_aux else (value, pullback)


def pull(
    f: Callable[..., Any], argnums: tuple[int, ...], args: Sequence[Any], has_aux: bool = False
) -> tuple[Any, Callable[[Any], tuple[Any, ...]], Any]:
    """As `vjp`, with respect to some of the arguments: (value, pullback, aux or None)."""
    function = _pullback_function(f, argnums, has_aux)
    values = function._values(tuple(map(copy, args)), {})
    entry, extra = function._find(values)
    value, *aux, run = function._invoke(entry, values, extra)
    template = zeros_like(value)

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        seed = copy(in_form_of(template, cotangent))
        try:
            result = run(seed)
        except Exception as error:
            _annotate(error, entry.program)
            raise
        return (result,) if len(argnums) == 1 else tuple(result)

    return copy(value), pullback, copy(aux[0]) if aux else None


_pullbacks: dict[Any, GradientFunction] = {}


def _pullback_function(f: Any, positions: tuple[int, ...], has_aux: bool) -> GradientFunction:
    """One `GradientFunction` per function and argument count, so that programs are kept."""
    key = (f, positions, has_aux)
    try:
        found = _pullbacks.get(key)
    except TypeError:
        return GradientFunction(f, Request("pullback", has_aux), positions)
    if found is None:
        found = GradientFunction(f, Request("pullback", has_aux), positions)
        if len(_pullbacks) > 256:
            _pullbacks.clear()
        _pullbacks[key] = found
    return found


def in_form_of(value: Any, given: Any, what: str = "cotangent", of: str = "value") -> Any:
    """A cotangent in the structure, shape and dtype of the value; anything else is refused."""

    def inner(v: Any, g: Any) -> Any:
        return in_form_of(v, g, what, of)

    if is_record(value) and not isinstance(value, tuple):
        if type(given) is not type(value):
            raise ValueError(f"the {of} is a {type(value).__name__}: so must be the {what}")
        return mapped(inner, value, given)
    if isinstance(value, (tuple, list)):
        if not isinstance(given, (tuple, list)) or len(given) != len(value):
            raise ValueError(f"the {of} is a {type(value).__name__} of {len(value)}: so must be "
                             f"the {what}")  # fmt: skip
        items = map(inner, value, given)
        return type(value)(*items) if is_record(value) else type(value)(items)
    if isinstance(value, dict):
        if not isinstance(given, dict) or given.keys() != value.keys():
            raise ValueError(f"the {of} has keys {list(value)}: so must the {what}")
        return {k: inner(v, given[k]) for k, v in value.items()}
    if np.shape(given) != np.shape(value):
        raise ValueError(f"the {what} has shape {np.shape(given)}, the {of} {np.shape(value)}")
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc":
        array = np.asarray(given).astype(value.dtype, casting="same_kind", copy=False)
        return array if isinstance(value, np.ndarray) else array[()]
    return float(given) if isinstance(value, float) else given


class JacobianFunction(GradientFunction):
    """A function that computes Jacobians of `primal`; made by `jacrev` and `jacobian`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = self._values(args, kwargs)
        entry, extra = self._find(values)
        self._latest = entry.program
        value, run = self._invoke(entry, values, extra)
        return self._by_rows(values, value, run)

    def _maker(self) -> Any:
        return jacrev

    def _by_rows(self, values: Sequence[Any], value: Any, run: Any) -> Any:
        """One pullback for each element of the value."""
        if not isinstance(value, (float, np.ndarray, np.generic)):
            raise UnsupportedError(
                f"the function returns {type(value).__name__}; a Jacobian needs a number or an "
                "array",
                instead="return one array, or use adjoint.vjp",
            )
        if np.iscomplexobj(value):
            raise UnsupportedError(
                "the function returns complex numbers; a Jacobian needs real ones",
                instead="take the real and the imaginary part, or use adjoint.vjp",
            )
        shape = np.shape(value)
        rows: list[Any] = []
        for index in np.ndindex(shape):
            seed = np.zeros_like(value)
            seed[index] = 1.0
            result = run(seed if isinstance(value, np.ndarray) else 1.0 + zeros_like(value))
            rows.append((result,) if len(self._wrt) == 1 else result)
        jacobians = tuple(
            _stacked(shape, [row[k] for row in rows], self._argument(values, position))
            for k, position in enumerate(self._wrt)
        )
        return jacobians[0] if self._single else jacobians


def _stacked(shape: tuple[int, ...], rows: list[Any], like: Any) -> Any:
    """One array of shape `shape + shape of x` for each array or number x in `like`."""
    if is_container(like):
        return mapped(lambda x, *row: _stacked(shape, list(row), x), like, *rows)
    if shape == ():
        return rows[0]
    return np.array(rows, dtype=np.result_type(like)).reshape(shape + np.shape(like))


def jacrev(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
) -> Any:
    """The Jacobian of `f` by reverse mode, one pullback for each element of the result.

    Parameters as for `grad`.

    Returns
    -------
    A function with the parameters of `f`. For a result of shape r and an argument of shape s the
    Jacobian has shape r + s; a tuple of `argnums` gives a tuple.
    """
    request = Request("pullback")
    if f is None:
        return lambda function: JacobianFunction(function, request, argnums, argnames)
    return JacobianFunction(f, request, argnums, argnames)


def register(cls: type | None = None, *, fields: Iterable[str] | None = None) -> Any:
    """Let instances of a class be arguments whose attributes have gradients, as data classes are.

    The gradient with respect to an instance is an instance of the same class, made without
    running `__init__`. It has cotangents in the attributes `fields`; all others ride along.

    Parameters
    ----------
    cls : a class written in Python; without it, `register` is a decorator.
    fields : the attributes that are parameters; all floats and float arrays without it.

    Raises
    ------
    TypeError : the class defines `__new__`, `__getattr__` or `__setattr__`, or is no Python class.

    Examples
    --------
    >>> @register(fields=["slope"])
    ... class Line:
    ...     def __init__(self, slope, name):
    ...         self.slope, self.name = slope, name
    >>> grad(lambda line, x: line.slope * x)(Line(2.0, "a"), 3.0).slope
    3.0
    """
    if cls is None:
        return lambda made: register(made, fields=fields)
    if not is_user_class(cls):
        raise TypeError(f"{cls!r} is no plain Python class: it controls how attributes are set")
    names = None if fields is None else frozenset(fields)
    cls.__adjoint_fields__ = names  # type: ignore[attr-defined]
    return cls


stop_gradient = ops.stop_gradient

register_maker(grad, "gradient")
register_maker(value_and_grad, "value_and_gradient")
