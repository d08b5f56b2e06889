"""`GradientFunction`: what `grad` and its relatives return."""

from __future__ import annotations

import copyreg
import functools
import inspect
import operator
import threading
import types
from collections.abc import Callable, Sequence
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

import numpy as np

from adjoint.api import compiler
from adjoint.api.arguments import Parameters, split
from adjoint.api.backends import USED, current, resolved
from adjoint.api.bare import bare
from adjoint.api.forms import in_form_of
from adjoint.api.matrices import is_sparse, like_argument, with_records
from adjoint.api.nans import ENTERED
from adjoint.api.showing import docstring, emitted_for, program_as_html
from adjoint.api.tracebacks import hidden, shortened
from adjoint.declarations import DECLARATIONS
from adjoint.errors import SourceUnavailableError
from adjoint.kinds import behind_numba, is_checkpointed, is_custom, is_of_numba, written
from adjoint.limits import KEPT_FUNCTIONS, KEPT_METHODS
from adjoint.requests import MISS, Position, Request, Transform
from adjoint.runtime.containers import copy, zeros_like

if TYPE_CHECKING:
    from adjoint.api.dispatch import Dispatch
    from adjoint.api.exploration import Exploration
    from adjoint.api.programs import Entry
    from adjoint.pipeline import Program

__tracebackhide__ = hidden
_METHODS = threading.Lock()  # held while they change


#: Behind other callables stands a `__call__` or keywords of a partial, which may change.
_SETTLED = (types.FunctionType, types.MethodType)

Made = TypeVar("Made", bound="GradientFunction")
P = ParamSpec("P")  # the parameters of the primal
T = TypeVar("T")  # what the primal returns
R = TypeVar("R")  # what this returns
Owner = TypeVar("Owner")
Rest = ParamSpec("Rest")  # without the owner


class NoEntry:
    """What stands for an entry before the first call."""

    program = None

    @staticmethod
    def call(function: types.FunctionType, *values: Any) -> Any:
        return MISS


NO_ENTRY = NoEntry()


class GradientFunction(Generic[P, T, R]):
    """A function that computes derivatives of `primal`; made by `grad` and its relatives.

    Parameters
    ----------
    primal : callable
        The function to differentiate.
    request : Request
        The kind of derivative.
    argnums, argnames
        As for `grad`.

    Attributes
    ----------
    primal : callable
        The function as written.
    source : str
        The generated Python for the types of the latest call. Before any call, that for the
        annotations; without annotations, the generic program.
    ir : str
        The SSA before and after differentiation.

    Returns
    -------
    GradientFunction
        Call it with the arguments of `primal`.

    Examples
    --------
    >>> slope = grad(lambda x: x * x)
    >>> slope(3.0), slope.primal(3.0)
    (6.0, 9.0)
    """

    _title = ""  # of docstrings; without one that of the request

    def __init__(
        self,
        primal: Callable[P, T],
        request: Request,
        argnums: int | Sequence[int] = 0,
        argnames: str | Sequence[str] | None = None,
        bound: tuple[Any, ...] = (),
    ):
        self.primal = primal
        self._request = request
        self._argnums, self._argnames = argnums, argnames
        self._bound = bound
        self._options: dict[str, Any] = {}  # what else a subclass was made with
        self._function, first, named = _unwrap(primal)
        self._parameters = Parameters(self._function, (*bound, *first), named)
        self._wrt, self._single = self._parameters.positions(argnums, argnames)
        self._leading = (self._request.kind != "gradient") + self._request.has_aux
        self._simple, self._arity = self._parameters.simple, self._parameters.arity
        self._found_dispatch: Dispatch | None = None
        self._choice = current()  # of a back end, when the dispatch was made
        # Only the compiler knows whether the function has a rule. Until it is loaded there is no
        # code that this would be up to date for, so that the first use looks again.
        self._code = self._function.__code__ if compiler.is_loaded() else None
        self._behind: tuple[Any, ...] | None = None
        if not isinstance(primal, _SETTLED):
            self._behind = (self._function, *first, *named, *named.values())
        self._instances = False  # may it be of instances of plain classes?
        self._entry: Entry | NoEntry = NO_ENTRY  # of the latest call
        self._declared = DECLARATIONS.count  # when it was found
        self._bare = self._single and self._leading == 0
        self._methods: dict[int, GradientFunction] = {}
        self.__name__, self.__qualname__ = self._function.__name__, self._function.__qualname__
        functools.update_wrapper(self, primal, updated=())
        self.__wrapped__, self.__doc__ = primal, self._docstring()
        if bound:
            self.__signature__ = _without_first(self._parameters.signature)

    @property
    def _dispatch(self) -> Dispatch:
        """Finds programs, for the function as it is now."""
        another = USED and self._choice is not current()
        if self._found_dispatch is None or self._code is None or another:
            self._renew()
            callee = _callee(self.primal)
            self._choice, request = current(), resolved(self._request)
            self._found_dispatch = compiler.Dispatch(
                self._parameters, self._wrt, request, callee, self._otherwise
            )
        return self._found_dispatch

    #: Makes the program that propagates no series, in the subclass whose programs may.
    _otherwise: Callable[[list[Any], Any], Program] | None = None

    # Calling

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            values: Sequence[Any] = args
            if kwargs or len(args) != self._arity:
                missing = self._arity - len(args)
                known = self._function.__defaults__
                if not kwargs and known and 0 < missing <= len(known):
                    values = args + known[-missing:]  # Python's own binding would take longer
                else:
                    values = self._values(args, kwargs)
            if self._declared != DECLARATIONS.count:  # the rules may be others now
                self._declared, self._entry = DECLARATIONS.count, NO_ENTRY
            if USED and self._choice is not current():
                self._entry = NO_ENTRY
            results = self._entry.call(self._function, *values)
            if results is MISS:
                given = self._all_values(args, kwargs)
                values = with_records(given, self._wrt)
                results = self._invoke(*self._find(values), values)
                if values is not given:
                    return self._of_instances(self._pack(results), given)
            packed = results if self._bare else self._pack(results)
            return self._of_instances(packed, values) if self._instances else packed
        except Exception as error:
            raise shortened(error)  # noqa: B904  # the same error

    def _of_instances(self, packed: Any, values: Sequence[Any]) -> Any:
        """The results, with cotangents of what fields of instances share summed."""
        kind = self._request.kind
        if kind not in ("gradient", "value_and_gradient", "tangent"):
            return packed
        aside = self._leading > 0
        value = packed[1] if aside and kind == "value_and_gradient" else packed
        value = packed[0] if aside and kind != "value_and_gradient" else value
        many = not self._single
        given = [self._argument(values, position) for position in self._wrt]
        bars = list(value) if many else [value]
        summed = [like_argument(x, bar) for x, bar in zip(given, bars, strict=True)]
        result = tuple(summed) if many else summed[0]
        if not aside:
            return result
        return (packed[0], result) if kind == "value_and_gradient" else (result, *packed[1:])

    def _is_stale(self) -> bool:
        """Has the function other code, a class another `__call__`, a partial other keywords?"""
        if self._function.__code__ is not self._code:
            return True
        if self._behind is None:
            return False
        if _are_same(_quickly_behind(self.primal), self._behind):
            return False
        function, first, named = _unwrap(self.primal)
        return not _are_same((function, *first, *named, *named.values()), self._behind)

    def _find(self, values: Sequence[Any]) -> tuple[Entry, dict[str, Any]]:
        """The program for these arguments and the captured values of this moment."""
        entry, extra = self._dispatch.find(values)
        self._entry, self._instances = entry, self._dispatch.cache.instances
        return entry, extra

    def _values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Sequence[Any]:
        """The values of all parameters; here Python binds them, as it would for the function."""
        if self._code is None or self._is_stale():
            self._renew()
        return self._parameters.values(args, kwargs)

    def _renew(self) -> None:
        """Look at the function again, if it has become another one."""
        compiler.load()
        if self._is_stale():
            made_again = type(self).__init__
            made_again(self, self.primal, self._request, self._argnums, self._argnames,
                       self._bound, **self._options)  # fmt: skip

    def _all_values(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Sequence[Any]:
        """As `_values`, without a look at the signature where the arguments are all there."""
        if not kwargs and len(args) == self._arity and self._function.__code__ is self._code:
            return args
        return self._values(args, kwargs)

    def _invoke(self, entry: Entry, extra: dict[str, Any], values: Sequence[Any]) -> Any:
        if entry.stored:
            entry.check_memory(self._function, values, list(extra.values()))
        return self._run(entry, extra, values)

    def _run(self, entry: Entry, extra: dict[str, Any], values: Sequence[Any]) -> Any:
        run = entry.running() if ENTERED else entry.run
        try:
            if self._simple:
                return run(*values, **extra)
            args, kwargs = split(self._parameters.all, values)
            return run(*args, **kwargs, **extra)
        except Exception as error:
            compiler.explain(error, entry, self._function, values)
            raise shortened(error)  # noqa: B904  # the same error

    def _argument(self, values: Sequence[Any], position: Position) -> Any:
        """The argument at a position with respect to which the derivative is taken."""
        if isinstance(position, tuple):
            return values[position[0]][position[1]]
        return values[position]

    def _pack(self, results: Any) -> Any:
        """The results in the form that the public function promises."""
        request, leading = self._request, self._leading
        if leading == 0:
            return results if self._single or len(self._wrt) > 1 else (results,)
        if leading == 1 and self._single and not request.has_aux:
            return copy(results[0]), results[1]
        parts = [*map(copy, results[:leading]), *results[leading:]]  # values may be arguments
        gradients: Any = parts[leading:]
        gradients = gradients[0] if self._single else tuple(gradients)
        if request.kind == "gradient":
            return gradients, parts[0]
        value = (parts[0], parts[1]) if request.has_aux else parts[0]
        return value, gradients

    def __adjoint_transform__(self) -> Transform:
        """How a program that calls this function is to be differentiated."""
        numbers = tuple(k if isinstance(k, int) else sum(k) for k in self._wrt)
        maker, *arguments = self._maker(numbers[0] if self._single else numbers)
        function = self.primal
        if self._parameters.leading or isinstance(function, types.MethodType):
            function = self._function
        return Transform(
            self._request.kind,
            numbers,
            self._single,
            self._request.has_aux,
            function,
            self._parameters.leading,
            self._request.checkpoint,
            maker,
            tuple(arguments),
        )

    def _maker(self, argnums: int | tuple[int, ...]) -> tuple[Any, ...]:
        """The public function that programs see in the place of this one (None where there is
        none), and its arguments behind the function."""
        return (None,)

    def value_and_pullback(
        self, values: Sequence[Any], keep: bool = False
    ) -> tuple[Any, Callable[[Any], Any], list[Any]]:
        """The value, its pullback, and the aux value where there is one; for pullback programs.

        With `keep`, the pullback is for later: it works on copies of the arguments and of the
        captured values, so that nobody changes what it remembers.
        """
        given = [self._argument(values, position) for position in self._wrt]
        values = with_records(values, self._wrt)
        entry, extra = self._find(values)
        if entry.stored:
            entry.check_memory(self._function, values, list(extra.values()))
        if keep:
            values = tuple(map(copy, values))
            own = entry.program.outliving  # these are changed, and copied where they are read
            extra = {n: held if n in own else copy(held) for n, held in extra.items()}
        value, *aux, run = self._run(entry, extra, values)
        template = zeros_like(value)

        def pullback(cotangent: Any) -> Any:
            seed = copy(in_form_of(template, cotangent))
            try:
                result = run(seed)
            except Exception as error:
                compiler.annotate(error, entry.program)
                raise shortened(error)  # noqa: B904  # the same error
            bars = [result] if len(self._wrt) == 1 else list(result)
            if self._instances or any(map(is_sparse, given)):
                bars = [like_argument(x, bar) for x, bar in zip(given, bars, strict=True)]
            return bars[0] if self._single and len(bars) == 1 else tuple(bars)

        return copy(value), pullback, [*map(copy, aux)]

    # Looking inside

    @property
    def _latest(self) -> Program | None:
        """The program of the latest call."""
        return self._entry.program

    def _shown(self) -> Program:
        return self._latest or self._dispatch.from_annotations(self._bound)

    @property
    def source(self) -> str:
        return emitted_for(self._shown(), self._parameters.all).source

    @property
    def ir(self) -> str:
        return self._shown().ir

    def source_for(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The generated Python for the types of these arguments; nothing is run."""
        given = with_records(self._values(args, kwargs), self._wrt)
        program = self._dispatch.find(given)[0].program
        return emitted_for(program, self._parameters.all).source

    def compiled(self, *args: P.args, **kwargs: P.kwargs) -> Callable[..., Any]:
        """The generated function for the types of these arguments, without any checks.

        It is called as `primal` is, and returns what its text says: a gradient, or a tuple of all
        results. The types must be those of `args` and `kwargs` again; nobody looks at them. A
        parameter that is left out here may be left out again, and then has the present default.
        What `primal` reads of its globals, its closure and the objects in them stays as it is now.

        Raises
        ------
        TypeError
            If the arguments do not fit the parameters of `primal`.
        UnsupportedError
            If the function cannot be differentiated for these arguments.

        Examples
        --------
        >>> f = GradientFunction(lambda x, y=3.0: x * y, Request("gradient"))
        >>> f.compiled(2.0, 3.0)(4.0, 5.0)
        5.0
        >>> f.compiled(2.0)(4.0)
        3.0
        """
        values = self._values(args, kwargs)
        entry, extra = self._dispatch.find(values)
        given = self._parameters.given(args, kwargs)
        return bare(entry.run, self._parameters, values, extra, given)

    def save(self, path: str | FilePath, *args: Any, **kwargs: Any) -> None:
        """Write the program for these arguments as a module that needs only NumPy.

        Raises
        ------
        UnsupportedError : when a captured value is no literal; the message names it.
        """
        if args or kwargs:
            given = with_records(self._values(args, kwargs), self._wrt)
            program = self._dispatch.find(given)[0].program
        else:
            program = self._shown()
        values = {name: place.load(self._function) for place, name in program.names.items()}
        emitted = emitted_for(program, self._parameters.all)
        names = [p.name for p in self._parameters.all]
        equal = [(a.text(names[a.index]), b.text(names[b.index])) for a, b in program.equations]
        text = compiler.module_text(emitted, values, equal)
        FilePath(path).write_text(text, encoding="utf-8", newline="\n")

    def explore(
        self,
        *args: Any,
        path: str | FilePath | None = None,
        show: bool = True,
        **kwargs: Any,
    ) -> Exploration:
        """Run the program once for these arguments, and show the run on a page.

        The page has the program and its derivative side by side, their values step by step, the
        residuals, and the way of the first nan. It is one file without a server or a network.

        Parameters
        ----------
        *args, **kwargs
            The arguments of `primal`.
        path : str or Path, optional
            The file to write. Without it the page opens in the browser; a notebook shows it.
        show : bool
            False opens no browser.

        Returns
        -------
        Exploration
            The page; its `result` is the derivative.

        Raises
        ------
        UnsupportedError
            If the function cannot be differentiated for these arguments.
        """
        page: Exploration = compiler.explorer().explored(
            self, self._values(args, kwargs), path, show
        )
        return page

    def _docstring(self) -> str:
        subject, primal = f"`{self.__name__}`", self.primal
        if isinstance(primal, GradientFunction):
            subject = f"the {(primal._title or primal._request.title).lower()} of {subject}"
        names = self._parameters.names_of(self._wrt)
        return docstring(self._title or self._request.title, subject, names, primal)

    def _repr_html_(self) -> str:
        """How notebooks show it: the generated program, with colours."""
        return program_as_html(self._docstring().splitlines()[0], lambda: self.source)

    # As a method, and as an object

    @overload
    def __get__(self, instance: None, owner: Any = None) -> GradientFunction[P, T, R]: ...
    @overload
    def __get__(
        self: GradientFunction[Concatenate[Owner, Rest], T, R], instance: Owner, owner: Any = None
    ) -> GradientFunction[Rest, T, R]: ...
    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        method = self._methods.get(id(instance))  # which keeps the instance, and so its id
        if method is None:
            primal = self.primal
            if isinstance(primal, GradientFunction):
                primal = primal._behind_self()
            method = type(self)(
                primal, self._request, self._argnums, self._argnames, (instance,), **self._options
            )
            with _METHODS:
                if len(self._methods) >= KEPT_METHODS:
                    del self._methods[next(iter(self._methods))]
                self._methods[id(instance)] = method
        return method

    def _behind_self(self) -> GradientFunction:
        """The same of a method that is not bound yet, whose first parameter is not counted."""
        primal = self.primal
        if isinstance(primal, GradientFunction):
            primal = primal._behind_self()
        argnums: int | Sequence[int]
        if isinstance(self._argnums, (int, np.integer)):
            argnums = _counted_with_self(self._argnums)
        else:
            argnums = tuple(map(_counted_with_self, self._argnums))
        return type(self)(primal, self._request, argnums, self._argnames, **self._options)

    def __copy__(self) -> GradientFunction:
        return self

    def __deepcopy__(self, memo: Any) -> GradientFunction:
        return self

    def __reduce__(self) -> Any:
        primal: Any = self.primal
        if isinstance(primal, types.FunctionType):
            found = compiler.pickling.named(primal)
            if isinstance(found, GradientFunction) and found._innermost() is primal:
                primal = found._as_written
        texts = compiler.pickling.texts_of(primal, self._bound, self._options)
        arguments = (primal, self._request, self._argnums, self._argnames, self._bound)
        return copyreg.__newobj__, (type(self),), (arguments, self._options, texts)  # type: ignore[attr-defined]

    def __setstate__(self, state: Any) -> None:
        (primal, *arguments), options, texts = state
        compiler.carry(texts)
        primal = compiler.pickling.behind_stand_in(primal)
        type(self).__init__(self, primal, *arguments, **options)

    def _innermost(self) -> Any:
        primal = self.primal
        return primal._innermost() if isinstance(primal, GradientFunction) else primal

    @functools.cached_property
    def _as_written(self) -> types.FunctionType:
        """Stands for the innermost function in pickles."""
        outer: Any = self.primal
        if isinstance(outer, GradientFunction):
            return outer._as_written  # type: ignore[return-value]
        return compiler.pickling.stand_in_for(outer)

    def __repr__(self) -> str:
        return f"<adjoint {self._request.kind} of {self._function.__qualname__}>"


_remembered: dict[Any, Any] = {}


def remembered(
    kind: type[Made],
    asked: str,
    has_aux: bool,
    f: Callable[..., Any],
    positions: Any,
    backend: str = "",
) -> Made:
    """One object per function and arguments, so that `vjp(f, x)` in a loop keeps its programs."""
    request = Request(asked, has_aux, backend=backend)
    key = (kind, request, f, positions)
    try:
        found: Made | None = _remembered.get(key)
    except TypeError:  # the callable has no hash
        return kind(f, request, positions)
    if found is None:
        found = kind(f, request, positions)
        if len(_remembered) > KEPT_FUNCTIONS:
            _remembered.clear()
        _remembered[key] = found
    return found


def _counted_with_self(number: int) -> int:
    return number if number < 0 else number + 1


def _without_first(signature: inspect.Signature) -> inspect.Signature:
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _unwrap(primal: Any) -> tuple[types.FunctionType, tuple[Any, ...], dict[str, Any]]:
    """The Python function behind partials and bound methods, with the arguments they hold."""
    if compiler.is_loaded() and compiler.is_known(primal):
        return compiler.as_python(primal), (), {}
    if isinstance(primal, functools.partial):
        function, first, named = _unwrap(primal.func)
        return function, (*first, *primal.args), {**named, **primal.keywords}
    if isinstance(primal, types.MethodType):
        function, first, named = _unwrap(primal.__func__)
        return function, (*first, primal.__self__), named
    if isinstance(primal, functools._lru_cache_wrapper):
        return _unwrap(primal.__wrapped__)
    jitted = behind_numba(primal)
    if jitted is not None:
        return _unwrap(jitted)
    if is_of_numba(primal):
        raise SourceUnavailableError(
            f"{getattr(primal, '__name__', primal)} is a {type(primal).__name__} of Numba's: only "
            "functions of @njit and @vectorize have a derivative"
        )
    if isinstance(primal, types.FunctionType):
        return written(primal), (), {}
    if isinstance(primal, GradientFunction):
        if compiler.is_loaded():
            primal._renew()
        return primal._function, primal._parameters.leading, primal._parameters.named
    if is_custom(primal) or is_checkpointed(primal):
        return _unwrap(primal.fun)
    if not callable(primal):
        given = compiler.described_python(primal)
        raise TypeError(
            f"a derivative is of a function, and {given} is not callable: "
            "write grad(f)(x), not grad(f(x))"
        )
    call = inspect.getattr_static(type(primal), "__call__", None)
    if isinstance(call, types.FunctionType):
        return call, (primal,), {}
    if not compiler.is_loaded():
        compiler.load()
        return _unwrap(primal)
    raise SourceUnavailableError(
        f"{primal!r} is not a Python function, so there is no source to differentiate"
    )


def _quickly_behind(primal: Any) -> tuple[Any, ...]:
    """What `_unwrap` finds behind the usual partials and callable objects, without a search."""
    if type(primal) is functools.partial:
        return (primal.func, *primal.args, *primal.keywords, *primal.keywords.values())
    return (getattr(type(primal), "__call__", None), primal)  # noqa: B004  # which one?


def _are_same(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    """Do these hold the same objects?"""
    return len(left) == len(right) and all(map(operator.is_, left, right))


def _callee(primal: Any) -> Any:
    """What is called instead of the Python function behind `primal`, which it stands for."""
    if isinstance(primal, GradientFunction):
        return primal
    behind = primal
    if isinstance(primal, functools.partial):
        behind = primal.func
    elif isinstance(primal, types.MethodType):
        behind = primal.__func__
    own = is_custom(behind) or is_checkpointed(behind) or behind_numba(behind) is not None
    return behind if own else None
