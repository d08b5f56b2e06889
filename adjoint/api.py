"""The public functions: `grad`, `value_and_grad`, `vjp`, `jacobian`, `stop_gradient`."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Sequence
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from adjoint.emit.saving import module_text
from adjoint.errors import SourceUnavailableError, UnsupportedError
from adjoint.frontend.nested import Transform, register_maker
from adjoint.frontend.signature import Key, key_from_annotation, key_of
from adjoint.ir import ops
from adjoint.pipeline import LOCK, Position, Program, StaticArgument, compile_program
from adjoint.runtime.containers import copy
from adjoint.transforms.gradient import Request

_EMPTY = inspect.Parameter.empty
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


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
        self._signature = inspect.signature(self._function)
        self._parameters = list(self._signature.parameters.values())
        self._simple = all(p.kind in _POSITIONAL for p in self._parameters)
        self._wrt, self._single = self._positions()
        self._programs: dict[Any, list[Program]] = {}
        self._static: set[int] = set()
        self._latest: Program | None = None
        functools.update_wrapper(self, primal, updated=())
        self.__wrapped__ = primal
        if bound:
            self.__signature__ = _without_first(self._signature)

    def _positions(self) -> tuple[tuple[Position, ...], bool]:
        names = [p.name for p in self._parameters]
        offset = len(self._bound) + len(self._first)
        if self._argnames is not None:
            single = isinstance(self._argnames, str)
            wanted = (self._argnames,) if single else tuple(self._argnames)
            for name in wanted:
                if name not in names:
                    raise TypeError(f"{self._function.__name__}() has no parameter '{name}'")
            return tuple(names.index(name) for name in wanted), single
        single = isinstance(self._argnums, (int, np.integer))
        numbers = (self._argnums,) if single else tuple(self._argnums)  # type: ignore
        usable = [n for n in names if n not in self._named]
        positions: list[Position] = []
        for number in numbers:
            count = len(usable) - offset
            if self._has_varargs() and isinstance(number, (int, np.integer)):
                before = [p for p in self._parameters if p.kind in _POSITIONAL]
                if number + offset >= len(before):
                    positions.append((len(before), int(number) + offset - len(before)))
                    continue
            if not isinstance(number, (int, np.integer)) or not -count <= number < count:
                raise TypeError(
                    f"argnums={number!r} is out of range: {self._function.__name__}() has "
                    f"{count} parameters"
                )
            positions.append(names.index(usable[int(number) % count + offset]))
        if len(set(positions)) != len(positions):
            raise TypeError("argnums names a parameter twice")
        return tuple(positions), single

    def _has_varargs(self) -> bool:
        return any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in self._parameters)

    # Calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        values = self._values(args, kwargs)
        program, extra = self._find(values)
        self._latest = program
        return self._pack(self._invoke(program, values, extra))

    def _values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """The values of all parameters, in the order of the signature."""
        if self._simple and not kwargs and len(args) == len(self._parameters):
            return list(args)
        if self._bound or self._first or self._named:
            args = (*self._bound, *self._first, *args)
            kwargs = {**self._named, **kwargs}
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return list(bound.arguments.values())

    def _find(self, values: list[Any]) -> tuple[Program, dict[str, Any]]:
        """The program for these arguments and the captured values of this moment."""
        key = tuple([key_of(v) for v in values])
        if self._static:
            key = (key, *[values[k] for k in sorted(self._static)])
        for program in self._programs.get(key, ()):
            extra = _load_captures(program)
            if extra is not None:
                return program, extra
        return self._compile(values)

    def _compile(self, values: list[Any]) -> tuple[Program, dict[str, Any]]:
        with LOCK:
            while True:
                keys: list[Key] = [
                    ("s", v) if k in self._static else key_of(v) for k, v in enumerate(values)
                ]
                try:
                    program = self._build(keys)
                    break
                except StaticArgument as need:
                    self._static.add(need.index)
            key = tuple([key_of(v) for v in values])
            if self._static:
                key = (key, *[values[k] for k in sorted(self._static)])
            self._programs.setdefault(key, []).insert(0, program)
            extra = _load_captures(program)
            assert extra is not None
            return program, extra

    def _build(self, keys: list[Key]) -> Program:
        suffix = {"gradient": "grad", "value_and_gradient": "value_and_grad", "pullback": "vjp"}
        return compile_program(
            self._function,
            self._signature,
            keys,
            self._wrt,
            self._request,
            suffix[self._request.kind],
            self.primal if isinstance(self.primal, GradientFunction) else None,
        )

    def __adjoint_transform__(self) -> Transform:
        """How a program that calls this function is to be differentiated."""
        if self._request.kind == "pullback" or any(isinstance(k, tuple) for k in self._wrt):
            raise UnsupportedError("this kind of gradient inside a program is not supported yet")
        numbers = tuple(k for k in self._wrt if isinstance(k, int))
        leading = (*self._bound, *self._first)
        function = self.primal
        if self._bound or self._first or isinstance(function, types.MethodType):
            function = self._function
        return Transform(
            self._request.kind, numbers, self._single, self._request.has_aux, function, leading
        )

    def _invoke(self, program: Program, values: list[Any], extra: dict[str, Any]) -> Any:
        if program.stores_into_parameter:
            _refuse_overlap(values)
        try:
            if self._simple:
                return program.run(*values, **extra)
            args, kwargs = self._split(values)
            return program.run(*args, **kwargs, **extra)
        except Exception as error:
            _annotate(error, program)
            raise

    def _split(self, values: list[Any]) -> tuple[list[Any], dict[str, Any]]:
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
        request = self._request
        leading = (request.kind != "gradient") + request.has_aux
        if leading == 0:
            return results if self._single or len(self._wrt) > 1 else (results,)
        parts = list(results)
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
        return self._build(keys)

    @property
    def source(self) -> str:
        return self._program_for_display().emitted.source

    @property
    def ir(self) -> str:
        return self._program_for_display().ir

    def source_for(self, *args: Any, **kwargs: Any) -> str:
        """The generated Python for the types of these arguments; nothing is run."""
        return self._find(self._values(args, kwargs))[0].emitted.source

    def save(self, path: str | FilePath, *args: Any, **kwargs: Any) -> None:
        """Write the program for these arguments as a module that needs only NumPy.

        Raises
        ------
        UnsupportedError : when a captured value is no literal; the message names it.
        """
        if args or kwargs:
            program, _ = self._find(self._values(args, kwargs))
        else:
            program = self._program_for_display()
        values = {name: path_.load() for path_, name in program.names.items()}
        FilePath(path).write_text(module_text(program.emitted, values))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        return GradientFunction(
            self.primal, self._request, self._argnums, self._argnames, (instance,)
        )

    def __reduce__(self) -> Any:
        return (
            _rebuild,
            (_Reference(self.primal), self._request, self._argnums, self._argnames, self._bound),
        )

    def __repr__(self) -> str:
        return f"<adjoint {self._request.kind} of {self._function.__qualname__}>"


class _Reference:
    """Pickles a function whose name means its gradient, as `@grad` makes it."""

    def __init__(self, function: Callable[..., Any]):
        self.function = function

    def __reduce__(self) -> Any:
        return _resolve, (self.function.__module__, self.function.__qualname__)


def _resolve(module: str, qualname: str) -> Callable[..., Any]:
    import importlib

    found: Any = importlib.import_module(module)
    for part in qualname.split("."):
        found = getattr(found, part)
    return found.primal if isinstance(found, GradientFunction) else found


def _rebuild(primal: Any, *rest: Any) -> GradientFunction:
    function = primal.function if isinstance(primal, _Reference) else primal
    return GradientFunction(function, *rest)


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
    if not callable(primal):
        raise TypeError(f"{primal!r} is not callable")
    call = getattr(type(primal), "__call__", None)
    if isinstance(call, types.FunctionType):
        return call, (primal,), {}
    raise SourceUnavailableError(
        f"{primal!r} is not a Python function, so there is no source to differentiate"
    )


def _refuse_overlap(values: list[Any]) -> None:
    """A program that stores into an argument does not know what else would see the store."""
    arrays = [v for v in values if isinstance(v, np.ndarray)]
    for k, a in enumerate(arrays):
        if any(np.may_share_memory(a, b) for b in arrays[k + 1 :]):
            raise UnsupportedError(
                "two arguments share memory, and the function stores into one of its arguments",
                instead="pass a copy of one of them",
            )


def _load_captures(program: Program) -> dict[str, Any] | None:
    """The captured values of this moment, or None when they no longer fit the program."""
    extra: dict[str, Any] = {}
    for path, key in program.captures.items():
        try:
            value = path.load()
        except (KeyError, ValueError, AttributeError):
            return None
        if isinstance(key, tuple) and key[0] == "s":
            known = key[1]
            if known is not value and not _same_static(known, value):
                return None
            continue
        if key_of(value) != key:
            return None
        name = program.names.get(path)
        if name is not None:
            extra[name] = value
    return extra


def _same_static(known: Any, value: Any) -> bool:
    if hasattr(known, "value") and getattr(known, "value", None) is value:
        return True
    return type(known) is type(value) and isinstance(value, (bool, str)) and known == value


def _annotate(error: BaseException, program: Program) -> None:
    """Say which of the user's lines a failing line of generated code stands for."""
    trace = error.__traceback__
    line = None
    while trace is not None:
        if trace.tb_frame.f_code is program.run.__code__:
            line = trace.tb_lineno
        trace = trace.tb_next
    span = program.emitted.span_of(line) if line is not None else None
    if span is not None:
        error.add_note(f"in {span.file}:{span.statement}: {span.text(span.statement).strip()}")


# Public functions


def _decorator(kind: str, f: Any, argnums: Any, argnames: Any, has_aux: bool) -> Any:
    request = Request(kind, has_aux)
    if f is None:
        return lambda function: GradientFunction(function, request, argnums, argnames)
    return GradientFunction(f, request, argnums, argnames)


def grad(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
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

    Returns
    -------
    A `GradientFunction`. Each gradient has its argument's structure, shape and dtype.

    Raises
    ------
    UnsupportedError : at the first call, for what cannot be differentiated, with its place.
    """
    return _decorator("gradient", f, argnums, argnames, has_aux)


def value_and_grad(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
) -> Any:
    """The value and the gradient in one pass: `(value, gradient)`.

    With `has_aux`, `((value, aux), gradient)`. Parameters as for `grad`.
    """
    return _decorator("value_and_gradient", f, argnums, argnames, has_aux)


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The value of `f(*primals)` and its pullback.

    Returns
    -------
    value, pullback : `pullback(cotangent)` gives a tuple with one cotangent per primal, and may be
        called more than once. With `has_aux`, `f` returns (value, aux) and this returns
        (value, pullback, aux).
    """
    owned = tuple(copy(p) for p in primals)
    positions = tuple(range(len(primals)))
    function = _pullback_function(f, positions, has_aux)
    values = function._values(owned, {})
    program, extra = function._find(values)
    results = function._invoke(program, values, extra)
    *leading, run = results

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        result = run(copy(_as_cotangent(cotangent, leading[0])))
        return (result,) if len(positions) == 1 else tuple(result)

    value = copy(leading[0])
    return (value, pullback, leading[1]) if has_aux else (value, pullback)


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


def _as_cotangent(cotangent: Any, value: Any) -> Any:
    """The cotangent in the structure and shape of the value; anything else is refused."""
    if isinstance(value, (tuple, list)):
        if not isinstance(cotangent, (tuple, list)) or len(cotangent) != len(value):
            raise ValueError("the cotangent does not have the structure of the value")
        return type(value)(map(_as_cotangent, cotangent, value))
    if isinstance(value, dict):
        return {k: _as_cotangent(cotangent[k], v) for k, v in value.items()}
    if np.shape(cotangent) != np.shape(value):
        raise ValueError(
            f"the cotangent has shape {np.shape(cotangent)}, the value {np.shape(value)}"
        )
    if isinstance(value, np.ndarray):
        return np.asarray(cotangent, dtype=value.dtype if value.dtype.kind in "fc" else None)
    return float(cotangent) if isinstance(value, float) else cotangent


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """The Jacobian of `f` by reverse mode, one pullback per element of the result.

    Returns
    -------
    A function with the parameters of `f`. For a result of shape r and an argument of shape s the
    Jacobian has shape r + s; a tuple of `argnums` gives a tuple.
    """
    single = isinstance(argnums, (int, np.integer))
    numbers = (argnums,) if single else tuple(argnums)  # type: ignore[arg-type]

    @functools.wraps(f)
    def jacobian_function(*args: Any, **kwargs: Any) -> Any:
        chosen = [args[n] for n in numbers]
        positions = [n % len(args) for n in numbers]  # type: ignore[operator]

        function = _pullback_function(f, tuple(positions), False)
        values = function._values(args, kwargs)
        program, extra = function._find(values)
        value, run = function._invoke(program, values, extra)
        shape = np.shape(value)
        rows = []
        for k in range(int(np.prod(shape, dtype=int))):
            basis = np.zeros(int(np.prod(shape, dtype=int)), np.result_type(value))
            basis[k] = 1.0
            seed = basis.reshape(shape) if isinstance(value, np.ndarray) else basis[0]
            result = run(seed)
            rows.append(result if len(positions) > 1 else (result,))
        jacobians = tuple(
            np.array([row[i] for row in rows], dtype=np.result_type(x)).reshape(
                shape + np.shape(x)
            )
            for i, x in enumerate(chosen)
        )
        return jacobians[0] if single else jacobians

    return jacobian_function


stop_gradient = ops.stop_gradient

register_maker(grad, "gradient")
register_maker(value_and_grad, "value_and_gradient")
register_maker(vjp, "unsupported")
register_maker(jacobian, "unsupported")
