"""Derivatives by chunks are those of one process, on Dask, on threads and on processes."""

from concurrent.futures import Executor
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest

import adjoint
from adjoint import parallel
from tests.parallel.losses import (
    WEIGHTS,
    X,
    Y,
    close,
    cut,
    fails_for_33_rows,
    in_float32,
    mean_square,
    raises_two_parts,
    residuals,
    same_bits,
    squares,
    with_aux,
)

LOSSES = {"sum": squares, "mean": mean_square}
ROWS = np.random.default_rng(1).permutation(100)


def chunks() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Ragged ones, three of them empty."""
    return cut(X), cut(Y)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_value_and_grad(executor: Any, reduction: Any) -> None:
    loss = LOSSES[reduction]
    g = parallel.value_and_grad(loss, executor=executor, reduction=reduction)
    value, by_weights = g(WEIGHTS, *chunks())
    close((value, by_weights), adjoint.value_and_grad(loss)(WEIGHTS, X, Y))
    assert by_weights["name"] == "net"


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_float32_stays(executor: Any, reduction: Any) -> None:
    loss = LOSSES[reduction]
    weights, x, y = map(in_float32, (WEIGHTS, X, Y))
    g = parallel.value_and_grad(loss, executor=executor, reduction=reduction)
    found = g(weights, cut(x), cut(y))
    close(found, adjoint.value_and_grad(loss)(weights, x, y), rtol=2e-5)


def test_aux_comes_in_the_order_of_the_chunks(executor: Any) -> None:
    x, y = chunks()
    g = parallel.value_and_grad(with_aux, executor=executor, has_aux=True)
    (value, aux), by_weights = g(WEIGHTS, x, y)
    close((value, by_weights), adjoint.value_and_grad(squares)(WEIGHTS, X, Y))
    assert [each["rows"] for each in aux] == [*map(len, x)]
    np.testing.assert_allclose(
        np.concatenate([each["r"] for each in aux]), residuals(WEIGHTS, X, Y), rtol=1e-12
    )
    mean = parallel.value_and_grad(with_aux, executor=executor, has_aux=True, reduction="mean")
    (_, aux), _ = mean(WEIGHTS, x, y)
    assert [each is None for each in aux] == [len(each) == 0 for each in x]


def test_several_weights_and_names(executor: Any) -> None:
    def loss(x: Any, w: Any, b: Any, scale: float = 1.0) -> Any:
        return scale * np.sum((x @ w + b) ** 2)

    w, b = np.ones(3), 0.5
    g = parallel.value_and_grad(loss, executor=executor, argnums=(1, -2))
    close(g(cut(X), w, b, scale=3.0), adjoint.value_and_grad(loss, (1, 2))(X, w, b, 3.0))


def test_chunks_that_are_made_on_workers(executor: Any) -> None:
    g = parallel.value_and_grad(squares, executor=executor)
    want = g(WEIGHTS, cut(X), cut(Y))
    delayed = [dask.delayed(np.array)(each) for each in cut(X)]
    loaders = [lambda each=each: each for each in cut(Y)]
    assert same_bits(g(WEIGHTS, delayed, loaders), want)
    x, y = (da.from_array(each, chunks=((7, 23, 70), *each.shape[1:])) for each in (X, Y))
    close(g(WEIGHTS, x, y), want)
    pairs = parallel.value_and_grad(lambda w, pair: squares(w, *pair), executor=executor)
    both = [*zip(cut(X), cut(Y), strict=True)]
    assert same_bits(pairs(WEIGHTS, both), want)
    assert same_bits(pairs(WEIGHTS, [dask.delayed(tuple)(pair) for pair in both]), want)


def test_futures(client: Any, pools: Any) -> None:
    g = parallel.value_and_grad(squares, executor=client)
    want = g(WEIGHTS, cut(X), cut(Y))
    assert same_bits(g(WEIGHTS, client.scatter(cut(X)), client.map(np.array, cut(Y))), want)
    x, y = (da.from_array(each, chunks=(50, *each.shape[1:])).persist() for each in (X, Y))
    close(g(WEIGHTS, x, y), want)
    for executor in pools.values():
        g = parallel.value_and_grad(squares, executor=executor)
        futures = [executor.submit(np.array, each) for each in cut(X)]
        assert same_bits(g(WEIGHTS, futures, cut(Y)), want)


def test_the_same_bits_everywhere(client: Any, pools: Any) -> None:
    """Whatever the executor, the number of workers, and who is first."""
    rows = [each[None] for each in X[ROWS]]
    runs = [client, *pools.values()]
    found = [
        parallel.value_and_grad(squares, executor=each)(WEIGHTS, rows, [*Y[ROWS, None]])
        for each in [*runs, *runs]
    ]
    assert all(same_bits(found[0], each) for each in found)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_hvp(executor: Any, reduction: Any) -> None:
    loss = LOSSES[reduction]
    v = adjoint.optim.tree_map(lambda w: 0.5 * w + 1.0, WEIGHTS)
    h = parallel.hvp(loss, executor=executor, reduction=reduction)
    close(h(WEIGHTS, *chunks(), v), adjoint.hvp(loss)(WEIGHTS, X, Y, v))


def test_gradients_of_samples(executor: Any) -> None:
    def losses(w: Any, x: Any, y: Any) -> Any:
        return residuals(w, x, y) ** 2

    rows = parallel.jacobian(losses, executor=executor)(WEIGHTS, [X[:40], X[40:]], [Y[:40], Y[40:]])
    got = np.concatenate([each["W"] for each in rows])
    for k in (0, 39, 40, 99):
        want = adjoint.grad(squares)(WEIGHTS, X[k : k + 1], Y[k : k + 1])["W"]
        np.testing.assert_allclose(got[k], want, rtol=1e-12)


def test_globals_are_those_of_the_call(executor: Any) -> None:
    """A function that travels by value is sent again when what it reads has changed."""
    factor = 2.0

    def loss(w: Any, x: Any) -> Any:
        return factor * np.sum(w * x)

    g = parallel.value_and_grad(loss, executor=executor)
    assert g(1.0, [np.ones(2), np.ones(3)]) == (10.0, 10.0)
    factor = 3.0
    assert g(1.0, [np.ones(2), np.ones(3)]) == (15.0, 15.0)


def test_data_that_change_are_sent_again(executor: Any) -> None:
    g = parallel.value_and_grad(lambda w, x: np.sum(w * x), executor=executor)
    data = [np.ones(2), np.ones(3)]
    assert g(1.0, data)[1] == 5.0
    data[1][:] = 2.0
    assert g(1.0, data)[1] == 8.0


# Errors


def test_errors_have_the_line_and_the_chunk(executor: Any) -> None:
    g = parallel.value_and_grad(fails_for_33_rows, executor=executor)
    with pytest.raises(KeyError, match="no such row") as caught:
        g(1.0, cut(X))
    notes = "\n".join(caught.value.__notes__)
    assert 'losses.py' in notes and 'raise KeyError("no such row")' in notes
    assert notes.endswith("in chunk 5")


def test_refusals_have_the_line_and_the_chunk(executor: Any) -> None:
    def loss(w: Any, x: Any) -> Any:
        return np.sum(np.kaiser(5, w) * x)

    with pytest.raises(adjoint.UnsupportedError, match="np.kaiser") as caught:
        parallel.value_and_grad(loss, executor=executor)(2.0, [np.ones(5)])
    assert caught.value.line is not None and caught.value.__notes__ == ["in chunk 0"]


def test_nans_have_the_line_and_the_chunk(executor: Any) -> None:
    def loss(w: Any, x: Any) -> Any:
        return np.sum(np.sqrt(w * x))

    stops = adjoint.value_and_grad(loss, debug_nans=True)
    g = parallel.ChunkedFunction(stops, executor, _added, _total)
    with pytest.raises(adjoint.NonFiniteError, match=r"np.sqrt\(w \* x\)") as caught:
        g(2.0, [np.ones(5), -np.ones(5)])
    assert "in chunk 1" in caught.value.__notes__


def _added(result: Any) -> Any:
    return result, None


def _total(part: Any) -> Any:
    return part.total


def test_exceptions_that_do_not_travel_arrive_as_text(executor: Any) -> None:
    shares_memory = isinstance(executor, Executor) and not hasattr(executor, "_mp_context")
    with pytest.raises(Exception, match=r"an odd exception \(3\)") as caught:
        parallel.value_and_grad(raises_two_parts, executor=executor)(1.0, [np.ones(2)])
    assert "in chunk 0" in caught.value.__notes__
    assert shares_memory or "TwoPartError" in str(caught.value)


def test_errors_of_loaders_have_the_chunk(executor: Any) -> None:
    def missing() -> Any:
        raise OSError("the file is gone")

    g = parallel.value_and_grad(lambda w, x: np.sum(w * x), executor=executor)
    for chunk in (missing, dask.delayed(missing)()):
        with pytest.raises(OSError, match="the file is gone") as caught:
            g(1.0, [np.ones(2), np.ones(2), chunk])
        assert caught.value.__notes__ == ["in chunk 2"]


def test_what_is_passed_is_checked(executor: Any) -> None:
    with pytest.raises(TypeError, match="executor is"):
        parallel.value_and_grad(squares, executor=2)
    with pytest.raises(ValueError, match="reduction"):
        parallel.value_and_grad(squares, executor=executor, reduction="max")  # type: ignore[arg-type]
    mean = parallel.value_and_grad(mean_square, executor=executor, reduction="mean")
    with pytest.raises(ValueError, match="all chunks are empty"):
        mean(WEIGHTS, [X[:0]], [Y[:0]])
    with pytest.raises(ValueError, match="4 and 5") as caught:
        mean(WEIGHTS, [X[:3], X[:5]], [Y[:3], Y[:4]])
    assert "in chunk 1" in caught.value.__notes__
    with pytest.raises(TypeError, match="holds weights and is missing"):
        parallel.value_and_grad(squares, executor=executor, argnums=2)(WEIGHTS, [X])
