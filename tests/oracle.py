"""Gradients by differences: an oracle that knows no derivative rule.

The central difference ``D(h) = (f(x + h) - f(x - h)) / 2h`` is off by ``a h² + b h⁴ + ...``.
Halving ``h`` and eliminating one power after another (Richardson's extrapolation, in Ridders'
form) reaches about twelve digits of a smooth function long before round-off matters, and the
disagreement between neighbouring entries of the table says how far the result can be trusted.
It does not work at kinks, ties and jumps: sample points have to stay clear of them.
"""

import copy
import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

FIRST_STEP = 2.0**-5
LEVELS = 9


def extrapolate(g: Callable[[float], float]) -> tuple[float, float]:
    """Derivative of ``g`` at 0, and an estimate of its absolute error."""
    best, error = math.nan, math.inf
    row: list[float] = []
    for level in range(LEVELS):
        h = FIRST_STEP / 2**level
        new = [(g(h) - g(-h)) / (2 * h)]
        for j, above in enumerate(row):
            new.append(new[j] + (new[j] - above) / (4 ** (j + 1) - 1))
            distance = max(abs(new[-1] - new[j]), abs(new[-1] - above))
            if distance < error:
                best, error = new[-1], distance
        row = new
    return best, error


def richardson(
    f: Callable[..., Any],
    args: Sequence[Any],
    argnum: int | tuple[int, ...] = 0,
    kwargs: Mapping[str, Any] | None = None,
) -> tuple[Any, float]:
    """Gradient of ``f`` as `richardson_gradient` gives it, and its largest estimated error.

    The error of an entry is relative where the entry exceeds 1, and absolute elsewhere.
    """
    if isinstance(argnum, tuple):
        parts = [richardson(f, args, one, kwargs) for one in argnum]
        return tuple(part for part, _ in parts), max(error for _, error in parts)
    # The differences are taken in double precision, whatever the precision of the arguments.
    exact = [map_leaves(_widen, arg) for arg in args]
    exact_kwargs = {name: map_leaves(_widen, arg) for name, arg in (kwargs or {}).items()}
    worst = 0.0

    def derivative(path: tuple[Any, ...], leaf: Any) -> Any:
        nonlocal worst
        if not np.issubdtype(np.asarray(leaf).dtype, np.inexact):
            raise TypeError(f"the leaf at {path} is {leaf!r}, which has no gradient")
        is_complex = np.iscomplexobj(leaf)
        result = np.zeros(np.shape(leaf), complex if is_complex else float)
        # Of a complex number x + iy the gradient is d/dx - i d/dy.
        directions = [(1.0, 1.0), (1j, -1j)] if is_complex else [(1.0, 1.0)]
        for index in np.ndindex(np.shape(leaf)):
            for direction, factor in directions:

                def along(h: float, index: tuple[int, ...] = index, d: Any = direction) -> float:
                    moved = list(exact)
                    moved[argnum] = map_leaves(
                        lambda here, x: _shift(x, index, h * d) if here == path else x,
                        exact[argnum],
                    )
                    # Programs may write into their arguments.
                    own, own_kwargs = copy.deepcopy((moved, exact_kwargs))
                    return float(f(*own, **own_kwargs))

                slope, error = extrapolate(along)
                result[index] += factor * slope
                worst = max(worst, error / max(1.0, abs(result[index])))
        if isinstance(leaf, np.ndarray):
            return result.astype(leaf.dtype)
        return type(leaf)(result[()])

    return map_leaves(derivative, args[argnum]), worst


def richardson_gradient(
    f: Callable[..., Any],
    args: Sequence[Any],
    argnum: int | tuple[int, ...] = 0,
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    """Gradient of a scalar function by Richardson extrapolation of central differences.

    Parameters
    ----------
    f : callable
        Called as ``f(*args, **kwargs)`` with copies of them; returns a real scalar.
    args : sequence
        Floats, NumPy arrays, nested tuples, named tuples, lists, dicts, data classes of them;
        outside `argnum`, anything.
    argnum : int or tuple of int
        With respect to which argument; a tuple gives a tuple of gradients.
    kwargs : mapping, optional
        Keyword arguments, held constant.

    Returns
    -------
    The gradient, with the structure, shapes and dtypes of the argument.
    """
    return richardson(f, args, argnum, kwargs)[0]


def assert_same_gradient(
    got: Any, want: Any, rtol: float = 1e-7, atol: float = 1e-9, where: str = "gradient"
) -> None:
    """Compare nested gradients: structure, shape and dtype exactly, values within tolerance."""
    if isinstance(want, (tuple, list)):
        assert type(got) is type(want), f"{where}: {type(got)} for {type(want)}"
        assert len(got) == len(want), f"{where}: {len(got)} elements for {len(want)}"
        for i, (g, w) in enumerate(zip(got, want, strict=True)):
            assert_same_gradient(g, w, rtol, atol, f"{where}[{i}]")
    elif isinstance(want, dict):
        assert type(got) is type(want), f"{where}: {type(got)} for {type(want)}"
        assert list(got) == list(want), f"{where}: keys {list(got)} for {list(want)}"
        for key in want:
            assert_same_gradient(got[key], want[key], rtol, atol, f"{where}[{key!r}]")
    elif _is_record(want):
        assert type(got) is type(want), f"{where}: {type(got)} for {type(want)}"
        for name, w in _fields(want).items():
            assert_same_gradient(getattr(got, name), w, rtol, atol, f"{where}.{name}")
    elif want is None or isinstance(want, (str, int)):  # what holds no float is given back
        assert got == want, f"{where}: {got!r} for {want!r}"
    else:
        # NumPy hands out scalars for 0-d arrays and np.float64 for floats, so either may come.
        assert isinstance(got, (float, complex, np.ndarray, np.generic)), f"{where}: {type(got)}"
        if isinstance(want, float):
            assert isinstance(got, float), f"{where}: {type(got)} for a float"
        elif np.ndim(want) > 0:
            assert isinstance(got, np.ndarray), f"{where}: {type(got)} for an array"
        g, w = np.asarray(got), np.asarray(want)
        assert g.shape == w.shape, f"{where}: shape {g.shape} for {w.shape}"
        assert g.dtype == w.dtype, f"{where}: dtype {g.dtype} for {w.dtype}"
        np.testing.assert_allclose(g, w, rtol, atol, err_msg=where, equal_nan=False)


def map_leaves(visit: Callable[[tuple[Any, ...], Any], Any], tree: Any, path: Any = ()) -> Any:
    """Rebuild nested containers and data classes with ``visit(path, leaf)`` for each leaf."""
    if isinstance(tree, (tuple, list)):
        items = [map_leaves(visit, x, (*path, i)) for i, x in enumerate(tree)]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    if isinstance(tree, dict):
        return {key: map_leaves(visit, x, (*path, key)) for key, x in tree.items()}
    if _is_record(tree):
        rebuilt = copy.copy(tree)
        for name, x in _fields(tree).items():
            object.__setattr__(rebuilt, name, map_leaves(visit, x, (*path, name)))  # frozen or not
        return rebuilt
    return visit(path, tree)


def _is_record(x: Any) -> bool:
    return dataclasses.is_dataclass(x) and not isinstance(x, type)


def _fields(record: Any) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}


def _widen(path: Any, leaf: Any) -> Any:
    if isinstance(leaf, (np.ndarray, np.generic)) and np.issubdtype(leaf.dtype, np.inexact):
        return leaf.astype(np.result_type(leaf.dtype, np.float64))
    return leaf


def _shift(leaf: Any, index: tuple[int, ...], h: complex) -> Any:
    if isinstance(leaf, np.ndarray):
        leaf = leaf.copy()
        leaf[index] += h
        return leaf
    return leaf + h
