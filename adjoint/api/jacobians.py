"""Jacobians by reverse mode, row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.api.function import GradientFunction
from adjoint.errors import UnsupportedError
from adjoint.runtime.containers import is_container, mapped, zeros_like
from adjoint.transforms.gradient import Request


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
