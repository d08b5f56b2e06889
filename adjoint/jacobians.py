"""Jacobians: `jacobian`, `jacrev` and `jacfwd`, of either mode, whole or of known sparsity.

A Jacobian is found from the images of directions: its columns by pushforwards, its rows by
pullbacks. A direction is the sum of the unit vectors of one colour; where no sparsity is known
every element has a colour of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal, ParamSpec, TypeVar, overload

import numpy as np

from adjoint.api import Decorator, GradientFunction, decorating
from adjoint.api.backends import checked
from adjoint.errors import UnsupportedError
from adjoint.pushforwards import PushforwardFunction, still_integers
from adjoint.requests import Request
from adjoint.runtime.containers import copy, is_container, tree_leaves, tree_map
from adjoint.sparsity import Pattern, pattern_of

P = ParamSpec("P")
T = TypeVar("T")
_AT_ONCE = 2**20  # elements of the directions that are held at once


class Space:
    """The real numbers in an argument or a value, as one vector."""

    def __init__(self, nest: Any, what: str):
        self.nest = nest
        self.leaves = tree_leaves(nest)
        if any(np.iscomplexobj(leaf) for leaf in self.leaves):
            raise UnsupportedError(
                f"the {what} holds complex numbers; a Jacobian needs real ones",
                instead="take the real and the imaginary part, or use adjoint.vjp",
            )
        ends = [0, *itertools.accumulate(map(np.size, self.leaves))]
        self.ranges = [slice(a, b) for a, b in zip(ends[:-1], ends[1:], strict=True)]
        self.size = ends[-1]

    def split(self, rows: np.ndarray) -> list[np.ndarray]:
        """Vectors, one in each row, as an array of shape (rows, *shape) for each leaf."""
        return [
            rows[:, own]
            .reshape(len(rows), *np.shape(leaf))
            .astype(np.result_type(leaf), copy=False)
            for own, leaf in zip(self.ranges, self.leaves, strict=True)
        ]

    def nested(self, parts: Sequence[Any]) -> Any:
        """The nest with these parts in the places of its leaves."""
        each = iter(parts)
        return tree_map(lambda leaf: as_leaf(next(each), leaf), self.nest)

    def stacked(self, parts: Sequence[np.ndarray]) -> Any:
        """The nest with arrays of many vectors in the places of its leaves."""
        each = iter(parts)
        return tree_map(lambda _: next(each), self.nest)

    def parts(self, nest: Any) -> list[Any]:
        """The items in the places of the leaves, in a nest of the same structure."""
        found: list[Any] = []
        tree_map(lambda _, part: found.append(part), self.nest, nest)
        return found


def as_leaf(part: Any, leaf: Any) -> Any:
    """A number or an array as a leaf is: a float, a NumPy scalar or an array."""
    if isinstance(leaf, np.ndarray):
        return np.asarray(part)
    return part[()] if isinstance(leaf, np.generic) else float(part)


class Pullbacks:
    """The derivative by its transpose: the images of cotangents of the value."""

    forward = False

    def __init__(
        self,
        arguments: Space,
        value: Space,
        run: Callable[[Any], Any],
        batched: bool,
        aux: list[Any],
    ):
        self.arguments, self.value, self.aux = arguments, value, aux
        self.run, self.batched = run, batched
        self.source, self.target = value, arguments

    def one(self, seed: Any) -> Any:
        found = self.run(seed)
        return (found,) if len(self.target.nest) == 1 else found

    def images(self, directions: list[np.ndarray]) -> list[np.ndarray]:
        if self.batched:
            return self.target.parts(self.one(self.source.stacked(directions)))
        rows = [
            self.target.parts(self.one(self.source.nested(parts)))
            for parts in zip(*directions, strict=True)
        ]
        return [np.array(column) for column in zip(*rows, strict=True)]


class Pushforwards:
    """The derivative by the images of tangents; the value comes with the first of them."""

    forward = True

    def __init__(self, arguments: Space, push: Callable[[Any], tuple[Any, ...]], batched: bool):
        self.arguments, self.push, self.batched = arguments, push, batched
        self.source = arguments
        self.aux: list[Any] = []
        self._value: Space | None = None

    def one(self, tangent: Any) -> Any:
        value, image, *self.aux = self.push(tangent)
        if self._value is None:
            self._value = Space(value, "value")
        return image

    @property
    def value(self) -> Space:
        if self._value is None:
            self.images(self.source.split(np.zeros((1, self.source.size))))
        assert self._value is not None
        return self._value

    target = value

    def images(self, directions: list[np.ndarray]) -> list[np.ndarray]:
        if self.batched:
            image = self.one(self.source.stacked(directions))
            return self.target.parts(image)
        found = [self.one(self.source.nested(parts)) for parts in zip(*directions, strict=True)]
        rows = [self.target.parts(image) for image in found]
        return [np.array(column) for column in zip(*rows, strict=True)]


Map = Pullbacks | Pushforwards


def all_images(
    map_: Map, colours: np.ndarray | None = None, further: np.ndarray | None = None
) -> list[np.ndarray]:
    """The images of the sums of the unit vectors of each colour, and of a further vector.

    Without colours they are the images of all unit vectors.
    They are arrays of shape (number of images, *shape), for each leaf of the target.
    """
    source = map_.source
    count = source.size if colours is None else int(np.max(colours, initial=-1)) + 1
    total = count + (further is not None)
    at_once = max(1, _AT_ONCE // max(1, source.size))
    pieces: list[list[np.ndarray]] = []
    for start in range(0, total, at_once):
        end = min(total, start + at_once)
        if colours is None:
            rows = np.eye(end - start, source.size, start)
        else:
            rows = np.zeros((end - start, source.size))
            chosen = np.flatnonzero((start <= colours) & (colours < end))
            rows[colours[chosen] - start, chosen] = 1.0
        if further is not None and end == total:
            rows[-1] = further
        pieces.append(map_.images(source.split(rows)))
    if not pieces:
        return [np.zeros((0, *np.shape(x)), np.result_type(x)) for x in map_.target.leaves]
    if len(pieces) == 1:
        return pieces[0]
    return [np.concatenate(parts) for parts in zip(*pieces, strict=True)]


def entries_of(map_: Map, pattern: Pattern, colours: np.ndarray) -> np.ndarray:
    """The entries of the matrix that has this pattern and these colours of its columns."""
    direction = np.random.default_rng(0).normal(size=map_.source.size)
    (images,) = all_images(map_, colours, direction)
    flat = images.reshape(len(images), -1)
    entries: np.ndarray = flat[colours[pattern.columns], pattern.rows]
    pattern.check(entries, map_.source.split(direction[None])[0].reshape(-1), flat[-1])
    return entries


class JacobianFunction(PushforwardFunction):
    """A function that computes Jacobians of `primal`; made by `jacobian`, `jacrev` and `jacfwd`.

    The mode is "forward", "reverse", or None for the one of fewer directions.
    """

    _title = "Jacobian"

    def __init__(
        self,
        primal: Callable[..., Any],
        request: Request,
        argnums: int | Sequence[int] = 0,
        argnames: str | Sequence[str] | None = None,
        bound: tuple[Any, ...] = (),
        **options: Any,
    ):
        super().__init__(primal, request, argnums, argnames, bound)
        self._options = options
        self._mode, self._sparsity = options["mode"], options["sparsity"]
        self._patterns: dict[Any, tuple[Pattern, np.ndarray, np.ndarray]] = {}
        self._by_columns: JacobianFunction | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        values = self._all_values(args, kwargs)
        arguments = Space(tuple(self._argument(values, k) for k in self._wrt), "argument")
        if self._mode == "forward":
            return self._forward(values, arguments)
        entry, extra = self._find(values)
        value, *aux, run = self._invoke(entry, extra, values)
        rows = Pullbacks(arguments, Space(value, "value"), run, entry.program.batched, aux)
        if self._mode is None and self._has_fewer_columns(rows):
            return self._columns()._forward(values, arguments)
        return self._result(rows)

    def _forward(self, values: Sequence[Any], arguments: Space) -> Any:
        entry, extra = self._find(values)
        names = entry.program.tangents

        def push(tangents: Any) -> tuple[Any, ...]:
            given = dict(zip(names, map(still_integers, tangents), strict=True))
            return tuple(self._invoke(entry, {**extra, **given}, values))

        return self._result(Pushforwards(arguments, push, entry.program.batched))

    def _columns(self) -> JacobianFunction:
        """The same by forward mode."""
        if self._by_columns is None:
            request = replace(self._request, kind="pushforward")
            self._by_columns = JacobianFunction(
                self.primal, request, self._argnums, self._argnames, self._bound,
                **{**self._options, "mode": "forward"},
            )  # fmt: skip
        return self._by_columns

    def _has_fewer_columns(self, rows: Pullbacks) -> bool:
        if self._sparsity is None:
            return rows.target.size < rows.source.size
        _, by_columns, by_rows = self._coloured(rows.target, rows.source)
        return bool(np.max(by_columns, initial=0) < np.max(by_rows, initial=0))

    def _result(self, map_: Map) -> Any:
        found = self._whole(map_) if self._sparsity is None else self._sparse(map_)
        return (found, copy(map_.aux[0])) if self._request.has_aux else found

    def _whole(self, map_: Map) -> Any:
        """For each leaf of the value, its blocks in the structure of the arguments."""
        images = all_images(map_)
        arguments, value = map_.arguments, map_.value
        rows = iter(range(len(value.leaves)))

        def block(i: int, j: int) -> Any:
            y, x = value.leaves[i], arguments.leaves[j]
            if map_.forward:
                own = np.moveaxis(images[i][arguments.ranges[j]], 0, -1)
            else:
                own = images[j][value.ranges[i]]
            own = own.reshape(np.shape(y) + np.shape(x))
            if own.shape:
                return own
            return as_leaf(own, x if isinstance(x, (np.ndarray, np.generic)) else y)

        def of_leaf(_: Any) -> Any:
            i, columns = next(rows), iter(range(len(arguments.leaves)))
            found = tree_map(lambda _: block(i, next(columns)), arguments.nest)
            return found[0] if self._single else found

        return tree_map(of_leaf, value.nest)

    def _sparse(self, map_: Map) -> Any:
        arguments, value = map_.arguments, map_.value
        pattern, by_columns, by_rows = self._coloured(arguments, value)
        if map_.forward:
            entries = entries_of(map_, pattern, by_columns)
        else:
            entries = entries_of(map_, pattern.transposed, by_rows)
        found = pattern.matrix(entries)
        if pattern.like is None:
            found = found.reshape(np.shape(value.nest) + np.shape(arguments.nest[0]))
        return found if self._single else (found,)

    def _coloured(self, arguments: Space, value: Space) -> tuple[Pattern, np.ndarray, np.ndarray]:
        """The pattern, and the colours of its columns and of its rows."""
        x, y = arguments.nest, value.nest
        if len(x) != 1 or is_container(x[0]) or is_container(y):
            raise UnsupportedError(
                "sparsity needs one array as argument and one as result",
                instead="join them, as with np.concatenate",
            )
        shapes = np.shape(y), np.shape(x[0])
        if shapes not in self._patterns:
            pattern = pattern_of(self._sparsity, *shapes)
            self._patterns[shapes] = pattern, pattern.colours(), pattern.transposed.colours()
        return self._patterns[shapes]

    def _maker(self, argnums: int | tuple[int, ...]) -> tuple[Any, ...]:
        if self._sparsity is not None or self._request.has_aux:
            raise UnsupportedError(
                "a Jacobian inside a differentiated function takes neither sparsity nor has_aux",
                instead="take the whole Jacobian",
            )
        return (jacfwd if self._mode == "forward" else jacrev), argnums


@overload
def jacobian(
    f: Callable[P, T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    mode: str | None = ...,
    sparsity: Any = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> GradientFunction[P, T, Any]: ...
@overload
def jacobian(
    f: None = None,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    mode: str | None = ...,
    sparsity: Any = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> Decorator: ...
@decorating
def jacobian(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    mode: str | None = None,
    sparsity: Any = None,
    backend: Literal["numpy", "numba"] | None = None,
) -> Any:
    """Make the Jacobian of `f`, by the cheaper of the two modes.

    Parameters
    ----------
    f : callable
        A function over real numbers, arrays and containers of them. It may return arrays and
        containers.
    argnums, argnames, backend
        As for `grad`.
    has_aux : bool
        `f` returns (value, aux).
    mode : "forward", "reverse" or None
        "reverse" takes one pullback per element of the result (`jacrev`), "forward" one
        pushforward per element of the arguments (`jacfwd`). None takes the fewer, at each call.
    sparsity : array, sparse matrix or str, optional
        The entries that may differ from zero: a boolean array of shape r + s or (size of r, size
        of s), a matrix of scipy.sparse, "diagonal" or "tridiagonal". Columns (in reverse mode
        rows) that share no row are computed together. One more direction, a random one, checks
        that there is nothing outside of the pattern.

    Returns
    -------
    GradientFunction
        It takes the arguments of `f`. For a result of shape r and an argument of shape s the
        Jacobian has shape r + s. Containers give containers: the structure of the result outside,
        that of the argument inside. A tuple of `argnums` gives a tuple. With `has_aux`, the result
        is (Jacobian, aux). For a pattern of scipy.sparse it is a matrix of scipy.sparse.

    Raises
    ------
    UnsupportedError
        At the first call, if the program cannot be differentiated.
    ValueError
        If an entry outside of the pattern `sparsity` is not zero.

    References
    ----------
    A. R. Curtis, M. J. D. Powell and J. K. Reid, On the estimation of sparse Jacobian matrices,
    1974; A. H. Gebremedhin, F. Manne and A. Pothen, What color is your Jacobian?, 2005.

    Examples
    --------
    >>> jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    if mode not in (None, "forward", "reverse"):
        raise ValueError(f"mode={mode!r}: there are 'forward' and 'reverse'")
    kind = "pushforward" if mode == "forward" else "pullback"
    request = Request(kind, has_aux, batch=True, backend=checked(backend))
    return JacobianFunction(f, request, argnums, argnames, mode=mode, sparsity=sparsity)


@overload
def jacrev(
    f: Callable[P, T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    sparsity: Any = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> GradientFunction[P, T, Any]: ...
@overload
def jacrev(
    f: None = None,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    sparsity: Any = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> Decorator: ...
@decorating
def jacrev(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    sparsity: Any = None,
    backend: Literal["numpy", "numba"] | None = None,
) -> Any:
    """Make the Jacobian of `f` by reverse mode: one pullback per element of the result.

    Parameters
    ----------
    f : callable
        A function over real numbers, arrays and containers of them. It may return arrays and
        containers.
    argnums, argnames, has_aux, sparsity, backend
        As for `jacobian`.

    Returns
    -------
    GradientFunction
        As for `jacobian`: for a result of shape r and an argument of shape s, an array of shape
        r + s.

    Raises
    ------
    UnsupportedError, ValueError
        As for `jacobian`.

    Examples
    --------
    >>> jacrev(lambda x: np.array([x @ x]))(np.array([1.0, 2.0]))
    array([[2., 4.]])
    """
    return jacobian(
        f, argnums, argnames=argnames, has_aux=has_aux, mode="reverse", sparsity=sparsity,
        backend=backend,
    )  # fmt: skip


@overload
def jacfwd(
    f: Callable[P, T],
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    sparsity: Any = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> GradientFunction[P, T, Any]: ...
@overload
def jacfwd(
    f: None = None,
    argnums: int | Sequence[int] = ...,
    *,
    argnames: str | Sequence[str] | None = ...,
    has_aux: bool = ...,
    sparsity: Any = ...,
    backend: Literal["numpy", "numba"] | None = ...,
) -> Decorator: ...
@decorating
def jacfwd(
    f: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    *,
    argnames: str | Sequence[str] | None = None,
    has_aux: bool = False,
    sparsity: Any = None,
    backend: Literal["numpy", "numba"] | None = None,
) -> Any:
    """Make the Jacobian of `f` by forward mode: one pushforward per element of the arguments.

    Parameters
    ----------
    f : callable
        A function over real numbers, arrays and containers of them. It may return arrays and
        containers.
    argnums, argnames, has_aux, sparsity, backend
        As for `jacobian`.

    Returns
    -------
    GradientFunction
        As for `jacobian`: for a result of shape r and an argument of shape s, an array of shape
        r + s.

    Raises
    ------
    UnsupportedError, ValueError
        As for `jacobian`.

    Examples
    --------
    >>> jacfwd(lambda t: np.array([t, t**2]))(3.0)
    array([1., 6.])
    """
    return jacobian(
        f, argnums, argnames=argnames, has_aux=has_aux, mode="forward", sparsity=sparsity,
        backend=backend,
    )  # fmt: skip
