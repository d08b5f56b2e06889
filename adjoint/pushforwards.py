"""Forward mode: `jvp` and `linearize`."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

import numpy as np

from adjoint.api import GradientFunction, compiler, in_form_of
from adjoint.api.backends import checked
from adjoint.api.function import remembered
from adjoint.api.matrices import tangent_of, with_records
from adjoint.runtime.containers import copy, is_container, mapped, zeros_like

if TYPE_CHECKING:
    from adjoint.api.programs import Entry

T = TypeVar("T")
A = TypeVar("A")


class PushforwardFunction(GradientFunction):
    """`(primals, tangents) -> (value, tangent)`; made by `jvp`."""

    def __call__(self, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:  # type: ignore[override]
        return self.value_and_tangent(self._all_values(tuple(primals), {}), tangents)

    def push(self, values: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """The program's results for one tangent per argument that has one."""
        given = [self._argument(values, position) for position in self._wrt]
        tangents = [*map(tangent_of, given, tangents)]
        values = with_records(values, self._wrt)
        return self._push(*self._find(values), values, tangents)

    def _push(
        self,
        entry: Entry,
        extra: dict[str, Any],
        values: Sequence[Any],
        tangents: Sequence[Any],
    ) -> Any:
        given = {
            name: _tangent_of(self._argument(values, position), tangent)
            for name, position, tangent in zip(
                entry.program.tangents, self._wrt, tangents, strict=True
            )
        }
        return self._invoke(entry, {**extra, **given}, values)

    def value_and_tangent(self, values: Sequence[Any], tangents: Sequence[Any]) -> Any:
        value, tangent, *aux = self.push(values, tangents)
        return value, _as_is(value, tangent), *aux

    def at(self, primals: Sequence[Any]) -> LinearMap:
        """The derivative at a point, which keeps copies of all that it depends on."""
        values = self._all_values(tuple(primals), {})
        entry, extra = self._find(values)
        if entry.stored:
            entry.check_memory(self._function, values, list(extra.values()))
        kept = tuple(map(copy, values))
        return LinearMap(self, entry, {k: copy(v) for k, v in extra.items()}, kept)


def _tangent_of(x: Any, tangent: Any) -> Any:
    """A tangent in the form of its primal, which is the usual case and quickly seen."""
    kind = type(x)
    if kind is type(tangent):
        if kind is float:
            return tangent
        if kind is np.ndarray and x.shape == tangent.shape and x.dtype == tangent.dtype:
            return still_integers(tangent)
    return still_integers(in_form_of(x, tangent, "tangent", "primal"))


def still_integers(tangent: Any) -> Any:
    """Integers in a container have the tangent 0, whatever stands in their places."""
    if is_container(tangent):
        return mapped(still_integers, tangent)
    if isinstance(tangent, np.ndarray):
        return tangent if tangent.dtype.kind in "fc" else np.zeros_like(tangent)
    return 0 if isinstance(tangent, (int, np.integer)) else tangent


def _as_is(value: Any, tangent: Any) -> Any:
    """NumPy makes scalars of arrays without axes, and not always of both."""
    if is_container(value):
        return mapped(_as_is, value, tangent)
    if isinstance(value, np.ndarray):
        return np.asarray(tangent)
    return tangent[()] if isinstance(tangent, np.ndarray) else tangent


@overload
def jvp(
    f: Callable[..., T],
    primals: Sequence[Any],
    tangents: Any,
    has_aux: Literal[False] = ...,
    *,
    argnums: int | Sequence[int] | None = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> tuple[T, Any]: ...
@overload
def jvp(
    f: Callable[..., tuple[T, A]],
    primals: Sequence[Any],
    tangents: Any,
    has_aux: Literal[True],
    *,
    argnums: int | Sequence[int] | None = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> tuple[T, Any, A]: ...
@overload
def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Any,
    has_aux: bool,
    *,
    argnums: int | Sequence[int] | None = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> tuple[Any, ...]: ...
def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Any,
    has_aux: bool = False,
    *,
    argnums: int | Sequence[int] | None = None,
    backend: str | None = None,
) -> tuple[Any, ...]:
    """Compute the value of `f(*primals)` and its tangent: the derivative along a direction.

    Parameters
    ----------
    f : callable
        A function over numbers, arrays and containers. It may return containers, too.
    primals : sequence
        Its arguments.
    tangents : sequence
        One per primal, in its structure and shape. None says that the argument does not move, as
        an integer or a string.
    has_aux : bool
        `f` returns (value, aux), and the result is (value, tangent, aux).
    argnums : int or sequence of int, optional
        The primals that move. `tangents` are then only theirs; for an int, one tangent alone.
    backend : "numpy" or "numba", optional
        As for `grad`.

    Returns
    -------
    value
        The value of `f`.
    tangent
        Its tangent, in the structure, shapes and dtypes of the value.

    Raises
    ------
    UnsupportedError
        If the program cannot be differentiated.
    ValueError
        If a tangent does not have the structure or shape of its primal.

    Examples
    --------
    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.5))
    (6.0, 4.0)
    >>> jvp(lambda x, y: x * y, (2.0, 3.0), 1.0, argnums=1)
    (6.0, 2.0)
    """
    _check_tuples(f, primals, tangents, argnums)
    if argnums is None:
        if len(primals) != len(tangents):
            raise TypeError(f"there are {len(primals)} primals and {len(tangents)} tangents")
        argnums = tuple(k for k, tangent in enumerate(tangents) if tangent is not None)
        tangents = [tangents[k] for k in argnums]
        if not argnums:
            raise TypeError("there is no tangent: at least one argument has to move")
    elif isinstance(argnums, (int, np.integer)):
        tangents = [tangents]
    elif len(argnums) != len(tangents):
        raise TypeError(f"argnums names {len(argnums)} primals, and there are {len(tangents)} "
                        "tangents")  # fmt: skip
    chosen = checked(backend)
    function = remembered(PushforwardFunction, "pushforward", has_aux, f, argnums, chosen)
    return tuple(function(primals, tangents))


def _check_tuples(f: Any, primals: Any, tangents: Any, argnums: Any) -> None:
    """Refuse a number in the place of a tuple, and an array that is meant as one argument."""
    single = isinstance(argnums, (int, np.integer))
    for what, given in (("primals", primals), *(() if single else (("tangents", tangents),))):
        wrong = not isinstance(given, (Sequence, np.ndarray)) or isinstance(given, str)
        if isinstance(given, np.ndarray):
            wrong = given.ndim == 0 or len(given) > _most_arguments(f)
        if wrong:
            name = getattr(f, "__name__", "f")
            name = "f" if name == "<lambda>" else name
            raise TypeError(
                f"the {what} of jvp are a tuple with one item for each argument of {name}, and "
                f"this is {compiler.described_python(given)}: write jvp({name}, (x,), (x_dot,))"
            )


def _most_arguments(f: Any) -> float:
    """How many arguments a function takes by position, as far as that is known."""
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return math.inf
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return math.inf
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


class LinearMap:
    """The derivative of a function at a point, as a function of tangents; made by `linearize`."""

    def __init__(
        self,
        function: PushforwardFunction,
        entry: Entry,
        captured: dict[str, Any],
        values: tuple[Any, ...],
    ):
        self.function, self.entry, self.captured, self.values = function, entry, captured, values

    def all_results(self, tangents: Sequence[Any]) -> tuple[Any, ...]:
        """The value, its tangent, and the aux value where there is one."""
        found = self.function._push(self.entry, self.captured, self.values, tangents)
        value, tangent, *aux = found
        return value, _as_is(value, tangent), *aux

    def __call__(self, *tangents: Any) -> Any:
        return self.all_results(tangents)[1]

    @property
    def source(self) -> str:
        return self.entry.program.emitted.source


@overload
def linearize(
    f: Callable[..., T],
    *primals: Any,
    argnums: int | Sequence[int] | None = ...,
    has_aux: Literal[False] = ...,
) -> tuple[T, LinearMap]: ...
@overload
def linearize(
    f: Callable[..., tuple[T, A]],
    *primals: Any,
    argnums: int | Sequence[int] | None = ...,
    has_aux: Literal[True],
) -> tuple[T, LinearMap, A]: ...
@overload
def linearize(
    f: Callable[..., Any],
    *primals: Any,
    argnums: int | Sequence[int] | None = ...,
    has_aux: bool,
) -> tuple[Any, ...]: ...
def linearize(
    f: Callable[..., Any],
    *primals: Any,
    argnums: int | Sequence[int] | None = None,
    has_aux: bool = False,
) -> Any:
    """Compute the value of `f(*primals)` and its derivative there, as a linear map.

    Parameters
    ----------
    f : callable
        A function over numbers, arrays and containers.
    *primals
        Its arguments. The map keeps a copy of them.
    argnums : int or sequence of int, optional
        The arguments to differentiate with respect to. All of them by default.
    has_aux : bool
        `f` returns (value, aux), and the result is (value, f_jvp, aux).

    Returns
    -------
    value
        The value of `f`.
    f_jvp : callable
        It takes one tangent per argument, in its structure and shape, and returns the tangent of
        the value. It may be called repeatedly.

    Raises
    ------
    UnsupportedError
        If the program cannot be differentiated.
    ValueError
        If a tangent does not have the structure or shape of its primal.

    Examples
    --------
    >>> value, f_jvp = linearize(lambda x, y: x * y, 2.0, 3.0)
    >>> f_jvp(1.0, 0.0), f_jvp(0.0, 1.0)
    (3.0, 2.0)
    """
    positions = tuple(range(len(primals))) if argnums is None else argnums
    function = remembered(PushforwardFunction, "pushforward", has_aux, f, positions)
    map_ = function.at(primals)
    still = [zeros_like(function._argument(map_.values, position)) for position in function._wrt]
    value, _, *aux = map_.all_results(still)
    return (value, map_, *map(copy, aux))
