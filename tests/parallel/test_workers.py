"""Workers: they compile once, and one that is killed changes no number."""

import functools
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pytest

from adjoint import parallel
from adjoint.api import sharing
from adjoint.parallel import cluster, sent
from tests.parallel.losses import (
    WEIGHTS,
    X,
    Y,
    cut,
    ends_its_process_once,
    pool,
    same_bits,
    squares,
)

distributed = pytest.importorskip("distributed")


def programs_here(name: str) -> int:
    """How many programs this process has compiled for functions of that name."""
    return sum(
        len(cache.programs)
        for cache, kept in sharing._caches.values()
        if kept[0].co_name == name
    )


def test_a_process_compiles_once(client: Any) -> None:
    def travels_by_value(w: Any, x: Any) -> Any:
        return np.sum(np.tanh(w * x))

    travels_by_value.__module__ = "__main__"  # as in a script
    g = parallel.value_and_grad(travels_by_value, executor=client)
    for step in range(3):
        g(0.1 * step, [np.ones(3)] * 10)
    counts = client.run(programs_here, "travels_by_value")
    assert max(counts.values()) == 1 and sum(counts.values()) >= 1


def test_an_object_is_unpickled_once() -> None:
    first = sent.Sent.of("weights", {"w": np.ones(3)})
    again = sent.Sent.of("weights", {"w": np.ones(3)})
    assert first.load() is again.load()
    assert sent.Sent.of("weights", {"w": np.zeros(3)}).load() is not first.load()


def test_data_are_sent_once(client: Any) -> None:
    g = parallel.value_and_grad(squares, executor=client)
    g(WEIGHTS, cut(X), cut(Y))
    before = dict(g._runs._scattered)
    g(WEIGHTS, cut(X), cut(Y))
    assert g._runs._scattered == before


# Workers that end


@pytest.fixture(scope="module")
def fragile() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs="CRITICAL"
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


@pytest.mark.parametrize("kind", ["data", "delayed", "loaders"])
def test_a_killed_worker_changes_no_number(fragile: Any, kind: str, tmp_path: Path) -> None:
    """The worker that loads the chunk in the middle is killed: with it go chunks and weights."""
    fragile.wait_for_workers(2, timeout=60)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    g = parallel.value_and_grad(squares, executor=fragile)
    want = g(WEIGHTS, cut(X), cut(Y))
    x: list[Any] = cut(X)
    if kind == "delayed":
        x = [dask.delayed(np.array)(each) for each in x]
    if kind == "loaders":
        x = [functools.partial(np.array, each) for each in x]
    x[6] = functools.partial(ends_its_process_once, cut(X)[6], tmp_path / "done")
    assert same_bits(g(WEIGHTS, x, cut(Y)), want)
    assert (tmp_path / "done").exists()


def test_when_none_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        distributed.LocalCluster(
            n_workers=1, processes=False, dashboard_address=":0", silence_logs="CRITICAL"
        ) as made,
        distributed.Client(made) as client,
    ):
        g = parallel.value_and_grad(squares, executor=client)
        g(WEIGHTS, cut(X), cut(Y))
        made.scale(0)
        while client.nthreads():
            pass
        with dask.config.set({"distributed.scheduler.no-workers-timeout": "1 s"}):
            with pytest.raises(RuntimeError, match="no worker for 1 s: start one"):
                g(WEIGHTS, cut(X), cut(Y))


def test_what_was_scattered_by_others_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        distributed.LocalCluster(
            n_workers=1, processes=False, dashboard_address=":0", silence_logs="CRITICAL"
        ) as made,
        distributed.Client(made) as client,
    ):
        g = parallel.value_and_grad(squares, executor=client)
        x = client.scatter(cut(X))
        g(WEIGHTS, x, cut(Y))
        made.scale(0)
        while client.nthreads():
            pass
        made.scale(1)
        with pytest.raises(RuntimeError, match="chunk 0 is a future whose data is lost"):
            g(WEIGHTS, x, cut(Y))


def test_patience_is_that_of_dask() -> None:
    with dask.config.set({"distributed.scheduler.no-workers-timeout": "3 minutes"}):
        assert cluster._patience() == 180.0
    with dask.config.set({"distributed.scheduler.no-workers-timeout": None}):
        assert cluster._patience() == cluster.PATIENCE


def test_a_pool_without_its_worker_says_what_to_do(tmp_path: Path) -> None:
    with pool("processes") as executor:
        g = parallel.value_and_grad(squares, executor=executor)
        x: list[Any] = cut(X)
        x[6] = functools.partial(ends_its_process_once, x[6], tmp_path / "done")
        with pytest.raises(RuntimeError) as caught:
            g(WEIGHTS, x, cut(Y))
    assert "make a new one and repeat the step" in "".join(caught.value.__notes__)
