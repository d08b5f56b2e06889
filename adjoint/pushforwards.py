"""Forward mode: `jvp`, `linearize`, `jacfwd`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.api import GradientFunction, in_form_of
from adjoint.api.function import made, remembered
from adjoint.runtime.containers import copy, is_container, items_of, mapped, zeros_like
from adjoint.runtime.records import carries, field_names, is_record, new_record
from adjoint.transforms.gradient import Request


class PushforwardFunction(GradientFunction):
    """`(primals, tangents) -> (value, tangent)`; made by `jvp`."""

    def __call__(self, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:  # type: ignore[override]
        return self.value_and_tangent(self._values(tuple(primals), {}), tangents)

    def push(self, values: Sequence[Any], tangents: Sequence[Any]) -> Any:
        """The program's results for one tangent per argument that has one."""
        entry, extra = self._find(values)
        self._latest = entry.program
        given = {
            name: _still_integers(in_form_of(zeros_like(self._argument(values, position)), tangent,
                                             "tangent", "primal"))
            for name, position, tangent in zip(
                entry.program.tangents, self._wrt, tangents, strict=True
            )
        }  # fmt: skip
        return self._invoke(entry, values, {**extra, **given})

    def value_and_tangent(self, values: Sequence[Any], tangents: Sequence[Any]) -> Any:
        value, tangent, *aux = self.push(values, tangents)
        return value, _as_is(value, tangent), *aux


def _still_integers(tangent: Any) -> Any:
    """Integers in a container have the tangent 0, whatever stands in their places."""
    if is_container(tangent):
        return mapped(_still_integers, tangent)
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


def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """The value of `f(*primals)` and its tangent: the derivative along a direction.

    Parameters
    ----------
    f : a Python function over numbers, NumPy arrays and containers of them.
    primals : its arguments.
    tangents : one for each primal, in its structure and shape; None where the argument does not
        move, as an integer or a string.
    has_aux : `f` returns (value, aux), and this (value, tangent, aux).

    Raises
    ------
    UnsupportedError : for what cannot be differentiated, with its place.
    ValueError : a tangent has not the form of its primal.

    Examples
    --------
    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 0.5))
    (6.0, 4.0)
    """
    function, moving = _moving(f, primals, tangents, has_aux)
    return tuple(function(primals, moving))


def _moving(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool
) -> tuple[PushforwardFunction, list[Any]]:
    if len(primals) != len(tangents):
        raise TypeError(f"there are {len(primals)} primals and {len(tangents)} tangents")
    positions = tuple(k for k, tangent in enumerate(tangents) if tangent is not None)
    if not positions:
        raise TypeError("there is no tangent: at least one argument has to move")
    function = remembered(PushforwardFunction, Request("pushforward", has_aux), f, positions)
    return function, [tangents[k] for k in positions]


class LinearMap:
    """The derivative of a function at a point, as a function of tangents; made by `linearize`."""

    def __init__(self, function: PushforwardFunction, primals: tuple[Any, ...]):
        self.function, self.primals = function, primals

    def __call__(self, *tangents: Any) -> Any:
        return self.function(self.primals, tangents)[1]

    @property
    def source(self) -> str:
        return self.function.source_for(*self.primals)


def linearize(f: Callable[..., Any], *primals: Any) -> tuple[Any, LinearMap]:
    """The value of `f(*primals)` and its derivative there.

    Returns
    -------
    value, f_jvp : `f_jvp(*tangents)` gives the tangent of the value, and may be called again. It
        keeps a copy of the primals.
    """
    kept = tuple(map(copy, primals))
    positions = tuple(range(len(primals)))
    function = remembered(PushforwardFunction, Request("pushforward"), f, positions)
    value, _ = function(kept, [zeros_like(x) for x in kept])
    return value, LinearMap(function, kept)


# Jacobians


class ForwardJacobian(PushforwardFunction):
    """A function that computes Jacobians of `primal` column by column; made by `jacfwd`."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        return self.by_columns(self._values(args, kwargs))

    def _maker(self) -> Any:
        return jacfwd

    def by_columns(self, values: Sequence[Any]) -> Any:
        arguments = [self._argument(values, position) for position in self._wrt]
        still = [zeros_like(x) for x in arguments]
        value: Any = None
        blocks: list[list[Any]] = []
        for k, argument in enumerate(arguments):
            columns = []
            for unit in unit_tangents(argument):
                value, tangent = self.value_and_tangent(
                    values, [*still[:k], unit, *still[k + 1 :]]
                )
                columns.append(tangent)
            blocks.append(columns)
        if value is None:  # no argument has an element
            value, _ = self.value_and_tangent(values, still)
        return _by_results(value, blocks, arguments, self._single)


def unit_tangents(x: Any) -> Iterator[Any]:
    """The directions of all floats in an argument, one after the other."""
    if is_container(x):
        names = field_names(x) if is_record(x) else None
        for k, item in enumerate(items_of(x)):
            if names is None or carries(type(x), names[k]):
                for unit in unit_tangents(item):
                    yield _with_item(zeros_like(x), k, unit)
    elif isinstance(x, np.ndarray):
        if x.dtype.kind == "f":
            for index in np.ndindex(x.shape):
                unit = np.zeros_like(x)
                unit[index] = 1.0
                yield unit
    elif isinstance(x, (float, np.floating)):
        yield type(x)(1.0)


def _with_item(x: Any, position: int, item: Any) -> Any:
    """The container `x` with one of its items exchanged."""
    items = items_of(x)
    items[position] = item
    return _like(x, items)


def _like(x: Any, items: list[Any]) -> Any:
    """A container as `x` is, with these items."""
    if is_record(x):
        return new_record(type(x), **dict(zip(field_names(x), items, strict=True)))
    return dict(zip(x, items, strict=True)) if isinstance(x, dict) else type(x)(items)


def _by_results(value: Any, blocks: list[list[Any]], arguments: list[Any], single: bool) -> Any:
    """For each array in the value, its Jacobians with respect to the arguments."""
    if is_container(value):
        parts = [
            _by_results(
                v, [[items_of(c)[k] for c in columns] for columns in blocks], arguments, single
            )
            for k, v in enumerate(items_of(value))
        ]
        return _like(value, parts)
    found = [
        _by_arguments(x, iter(columns), np.shape(value))
        for x, columns in zip(arguments, blocks, strict=True)
    ]
    return found[0] if single else tuple(found)


def _by_arguments(x: Any, columns: Iterator[Any], shape: tuple[int, ...]) -> Any:
    """The columns that belong to an argument, put together to arrays of `shape + shape of x`."""
    if is_container(x):
        return mapped(lambda item: _by_arguments(item, columns, shape), x)
    size = sum(1 for _ in unit_tangents(x))
    if isinstance(x, (float, np.floating)):
        return next(columns)
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        return x
    own = [next(columns) for _ in range(size)]
    if not own:
        return np.zeros(shape + x.shape, x.dtype)
    return np.stack([np.asarray(c) for c in own], axis=-1).reshape(shape + x.shape)


def jacfwd(
    f: Callable[..., Any] | None = None,
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
) -> Any:
    """The Jacobian of `f` by forward mode, one pushforward for each element of the arguments.

    Parameters as for `grad`.

    Returns
    -------
    A function with the parameters of `f`. For a result of shape r and an argument of shape s the
    Jacobian has shape r + s; a tuple of `argnums` gives a tuple. Where `f` returns a container,
    each array in it has its own.
    """
    return made(ForwardJacobian, Request("pushforward"), f, argnums, argnames)
