"""The public functions: derivatives of functions of weights and chunks of data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, Literal

from adjoint.api import GradientFunction
from adjoint.api import value_and_grad as whole_value_and_grad
from adjoint.higher import hvp as whole_hvp
from adjoint.jacobians import jacobian as whole_jacobian
from adjoint.parallel.chunks import rows_of
from adjoint.parallel.cluster import OnDask
from adjoint.parallel.executors import OnExecutor
from adjoint.parallel.parts import Part, divided
from adjoint.parallel.tasks import Job, Split

Reduction = Literal["sum", "mean"]


class ChunkedFunction:
    """A derivative that is computed chunk by chunk on an executor.

    Attributes
    ----------
    function : GradientFunction
        What each task calls, with weights and one chunk. Its `source` is shown after a call of
        its own.
    """

    def __init__(
        self,
        function: GradientFunction,
        executor: Any,
        split: Split,
        assemble: Callable[[Part], Any],
        mean: bool = False,
        weights_last: bool = False,
    ):
        self.function = function
        self._runs = _on(executor)
        self._split, self._assemble = split, assemble
        self._mean, self._weights_last = mean, weights_last

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        positions = [k if isinstance(k, int) else sum(k) for k in self.function._wrt]
        if self._weights_last:  # the direction of a product
            positions.append(len(args) - 1)
        missing = [k for k in positions if k >= len(args)]
        if missing:
            raise TypeError(f"argument {missing[0]} holds weights and is missing")
        weights = tuple(args[k] for k in positions)
        rows = rows_of([a for k, a in enumerate(args) if k not in positions])
        sent = self._runs.sent_function(self.function)
        job = Job(sent, self._split, tuple(positions), self._mean)
        part = self._runs.step(job, (weights, kwargs), rows)
        if self._mean:
            if part.size == 0:
                raise ValueError("all chunks are empty: there is no mean")
            part = Part(part.size, divided(part.total, float(part.size)), part.kept)
        return self._assemble(part)

    def __repr__(self) -> str:
        return f"<{self.function!r} by chunks>"


def _on(executor: Any) -> OnDask | OnExecutor:
    if isinstance(executor, Executor):
        return OnExecutor(executor)
    if hasattr(executor, "scatter") and hasattr(executor, "compute"):
        return OnDask(executor)
    raise TypeError(
        "executor is a dask.distributed.Client or an executor of concurrent.futures, and this is "
        f"a {type(executor).__name__}"
    )


def _is_mean(reduction: str) -> bool:
    if reduction not in ("sum", "mean"):
        raise ValueError(f'reduction is "sum" or "mean", and not {reduction!r}')
    return reduction == "mean"


# What of a result is added, and what is kept. Functions of a module, since they travel.


def _all_added(result: Any) -> tuple[Any, None]:
    return result, None


def _all_kept(result: Any) -> tuple[None, Any]:
    return None, result


def _aux_kept(result: Any) -> tuple[Any, Any]:
    total, aux = result
    return total, aux


def _aux_of_value_kept(result: Any) -> tuple[Any, Any]:
    (value, aux), gradient = result
    return (value, gradient), aux


def _total(part: Part) -> Any:
    return part.total


def _kept(part: Part) -> list[Any]:
    return part.kept


def _total_and_aux(part: Part) -> tuple[Any, list[Any]]:
    return part.total, part.kept


def _value_with_aux(part: Part) -> tuple[Any, Any]:
    value, gradient = part.total
    return (value, part.kept), gradient


def value_and_grad(
    loss: Callable[..., Any],
    *,
    executor: Any,
    argnums: int | Sequence[int] = 0,
    reduction: Reduction = "sum",
    has_aux: bool = False,
) -> ChunkedFunction:
    """Make a function that computes a sum of losses over chunks of data, and its gradient.

    Parameters
    ----------
    loss : callable
        A function of weights and one chunk of data that returns a real number. It must be pure:
        Dask runs a task again if a worker is lost.
    executor : dask.distributed.Client or concurrent.futures.Executor
        What runs the tasks.
    argnums : int or sequence of int
        The parameters of `loss` that are weights. The gradient is with respect to them. All other
        parameters take one chunk at a time.
    reduction : "sum" or "mean"
        "mean" is for a loss that is itself a mean over samples. A chunk then counts by its number
        of samples, the length of its arrays, and an empty one does not count.
    has_aux : bool
        `loss` returns (value, aux).

    Returns
    -------
    ChunkedFunction
        It is called as `g(weights, chunks, ...)` and returns (value, gradient); with `has_aux`,
        ((value, aux), gradient), where aux is the list of those of all chunks (None for an empty
        chunk of a mean). Chunks are an array of Dask, cut along its first axis, or a list of
        arrays, containers of arrays, delayed objects, futures, or functions that return a chunk.
        Arguments with names are the same for all chunks.

    Raises
    ------
    UnsupportedError
        At the first call, if the loss cannot be differentiated.
    RuntimeError
        If no worker is left, or data that Dask cannot compute again is lost.

    Notes
    -----
    Parts are added in a tree whose order is that of the chunks. The result does not depend on
    timing, nor on the number of workers, bit for bit. An error of `loss` arrives with the line
    of the program and the number of the chunk as notes.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> def loss(w, x, y):
    ...     return np.sum((x @ w - y) ** 2)
    >>> x, y = np.array([[1.0], [2.0], [3.0]]), np.array([2.0, 4.0, 7.0])
    >>> with ThreadPoolExecutor(2) as pool:
    ...     g = adjoint.parallel.value_and_grad(loss, executor=pool)
    ...     value, slope = g(np.array([2.0]), [x[:2], x[2:]], [y[:2], y[2:]])
    >>> float(value), slope
    (1.0, array([-6.]))
    """
    function = whole_value_and_grad(loss, argnums, has_aux=has_aux)
    split, assemble = (
        (_aux_of_value_kept, _value_with_aux) if has_aux else (_all_added, _total)
    )
    return ChunkedFunction(function, executor, split, assemble, _is_mean(reduction))


def hvp(
    loss: Callable[..., Any],
    *,
    executor: Any,
    argnums: int | Sequence[int] = 0,
    reduction: Reduction = "sum",
    has_aux: bool = False,
) -> ChunkedFunction:
    """Make products with the Hessian of a sum of losses over chunks of data.

    Parameters
    ----------
    loss, executor, argnums, reduction, has_aux
        As for `adjoint.parallel.value_and_grad`.

    Returns
    -------
    ChunkedFunction
        It is called as `h(weights, chunks, ..., v)` and returns the product, which has the
        structure of the weights, as `v` has. With `has_aux`, it returns (product, list of aux).

    Raises
    ------
    UnsupportedError, RuntimeError
        As for `adjoint.parallel.value_and_grad`.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     h = adjoint.parallel.hvp(lambda w, x: np.sum(w * w * x), executor=pool)
    ...     product = h(np.ones(1), [np.ones(3), np.ones(2)], np.array([0.5]))
    >>> product
    array([5.])
    """
    function = whole_hvp(loss, argnums, has_aux=has_aux)
    split, assemble = (_aux_kept, _total_and_aux) if has_aux else (_all_added, _total)
    mean = _is_mean(reduction)
    return ChunkedFunction(function, executor, split, assemble, mean, weights_last=True)


def jacobian(
    f: Callable[..., Any],
    *,
    executor: Any,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
) -> ChunkedFunction:
    """Make the Jacobian of `f` for each chunk of data.

    If `f` returns one loss per sample, the rows of the Jacobian are the gradients of the samples.

    Parameters
    ----------
    f : callable
        A function of weights and one chunk of data, as for `adjoint.jacobian`.
    executor, argnums
        As for `adjoint.parallel.value_and_grad`.
    has_aux : bool
        `f` returns (value, aux), and an item of the result is (Jacobian, aux).

    Returns
    -------
    ChunkedFunction
        It is called as `j(weights, chunks, ...)` and returns a list with one Jacobian per chunk.
        The list must fit into the memory of the process that calls it.

    Raises
    ------
    UnsupportedError, RuntimeError
        As for `adjoint.parallel.value_and_grad`.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as pool:
    ...     rows = adjoint.parallel.jacobian(lambda w, x: np.tanh(x @ w), executor=pool)(
    ...         np.zeros(2), [np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])]
    ...     )
    >>> np.concatenate(rows)
    array([[1., 2.],
           [3., 4.],
           [5., 6.]])
    """
    function = whole_jacobian(f, argnums, has_aux=has_aux)
    return ChunkedFunction(function, executor, _all_kept, _kept)
