"""Dask clusters: a step is one graph of tasks, which Dask schedules, balances and repeats."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from concurrent.futures import CancelledError
from typing import Any

from adjoint.parallel.parts import Part
from adjoint.parallel.sent import Sent
from adjoint.parallel.tasks import Given, Job, merge_group, run
from adjoint.runtime.containers import is_container, items_of

#: Parts that one task adds: a power of two, so that the tree is that of pairs.
FAN_IN = 8
#: How often a step is repeated after scattered data was lost with a worker.
REPEATS = 5
#: Seconds between two looks at the workers, while a step runs.
POLL = 1.0
#: Seconds without any worker, where Dask's configuration says nothing. A nanny needs a few to start another.
PATIENCE = 30.0


class _LostError(Exception):
    """Data that a step needs is lost with its worker."""


class OnDask:
    """Runs steps on the cluster of a client.

    Dask computes again what a worker that is lost has computed, but not what was scattered. So
    this remembers what it has scattered, and sends it again if it was lost.
    """

    def __init__(self, client: Any):
        if client.asynchronous:
            raise TypeError("executor is an asynchronous client: pass Client(...) without it")
        self.client = client
        self._scattered: dict[str, Any] = {}  # futures by token

    def sent_function(self, function: Any) -> Sent:
        return Sent.of("function", function)

    def step(self, job: Job, given: Given, rows: Sequence[tuple[Any, ...]]) -> Part:
        for _ in range(REPEATS):
            self._wait_for_workers()
            try:
                return self._result(self._graph(job, given, rows))
            except _LostError as error:
                _check_own_futures(rows, error)
                self._scattered.clear()
        raise RuntimeError(
            f"workers were lost during {REPEATS} attempts at one step: see their logs, most "
            "often they lack memory"
        )

    def _graph(self, job: Job, given: Given, rows: Sequence[tuple[Any, ...]]) -> Any:
        """The step as a delayed object; its tasks have the names that Dask's dashboard shows."""
        from dask.delayed import delayed

        token = uuid.uuid4().hex
        (weights,) = self.client.scatter([given], broadcast=True, hash=False)
        before, self._scattered = self._scattered, {}
        (shared,) = self._placed([job], before, broadcast=True)
        arguments = iter(self._placed([argument for row in rows for argument in row], before))
        part, parts = delayed(run, pure=False), []
        for number, row in enumerate(rows):
            chunk = [next(arguments) for _ in row]
            name = f"chunk-{token}-{number}"
            parts.append(part(shared, number, weights, chunk, dask_key_name=name))
        level = 0
        while len(parts) > 1:
            level += 1
            groups = [parts[k : k + FAN_IN] for k in range(0, len(parts), FAN_IN)]
            parts = [
                delayed(merge_group, pure=False)(*group, dask_key_name=f"sum-{token}-{level}-{k}")
                for k, group in enumerate(groups)
            ]
        return parts[0]

    def _placed(
        self, arguments: list[Any], before: dict[str, Any], broadcast: bool = False
    ) -> list[Any]:
        """The arguments, with futures in the place of data, which is sent if it is not there."""
        from dask.base import tokenize

        tokens = [None if _is_remote(each) else tokenize(each) for each in arguments]
        missing = {}
        for token, each in zip(tokens, arguments, strict=True):
            if token is None:
                continue
            if token in before and before[token].status == "finished":
                self._scattered[token] = before[token]
            else:
                missing[token] = each
        if missing:
            futures = self.client.scatter([*missing.values()], broadcast=broadcast, hash=False)
            self._scattered.update(zip(missing, futures, strict=True))
        return [
            each if token is None else self._scattered[token]
            for token, each in zip(tokens, arguments, strict=True)
        ]

    def _result(self, graph: Any) -> Part:
        future = self.client.compute(graph)
        try:
            self._wait_for(future)
            try:
                return future.result()  # type: ignore[no-any-return]
            except Exception as error:
                if future.status == "error":
                    self._say_where(error, future.key)
                    raise
                raise _LostError from error
        finally:
            future.release()

    def _wait_for(self, future: Any) -> None:
        from distributed import wait

        alone_since: float | None = None
        while True:
            try:
                wait(future, timeout=POLL)
                return
            except TimeoutError:
                alone_since = self._still_alone(alone_since)
            except CancelledError as error:
                raise _LostError from error

    def _wait_for_workers(self) -> None:
        alone_since: float | None = None
        while not self.client.nthreads():
            alone_since = self._still_alone(alone_since)
            time.sleep(0.2)

    def _still_alone(self, since: float | None) -> float | None:
        """When the last worker was lost; None if there is one. Raises if that is long ago."""
        if self.client.nthreads():
            return None
        since = time.monotonic() if since is None else since
        if time.monotonic() - since > _patience():
            raise RuntimeError(
                f"the cluster has had no worker for {_patience():.0f} s: start one and repeat the "
                "step, or let a nanny or an adaptive cluster replace those that end"
            )
        return since

    def _say_where(self, error: BaseException, key: str) -> None:
        """Name the chunk of an error that is not of its task: of a task before it, or of Dask."""
        if any(note.startswith("in chunk") for note in getattr(error, "__notes__", ())):
            return
        keys = self.client.run_on_scheduler(_failed_chunks, key)
        if keys:
            error.add_note(f"in chunk {min(int(each.rpartition('-')[2]) for each in keys)}")


def _failed_chunks(key: str, dask_scheduler: Any) -> list[str]:
    """The tasks of chunks among those before a task that have failed; runs on the scheduler."""
    work, found = [dask_scheduler.tasks.get(key)], []
    for task in work:
        if task is not None and task.state == "erred":
            work += task.dependencies
            if str(task.key).startswith("chunk-"):
                found.append(task.key)
    return found


def _patience() -> float:
    from dask import config
    from dask.utils import parse_timedelta

    given = config.get("distributed.scheduler.no-workers-timeout", None)
    return PATIENCE if given is None else float(parse_timedelta(given))


def _check_own_futures(rows: Sequence[tuple[Any, ...]], error: BaseException) -> None:
    from distributed import Future

    for number, row in enumerate(rows):
        futures = [each for each in row if isinstance(each, Future)]
        if any(each.cancelled() for each in futures):
            raise RuntimeError(
                f"chunk {number} is a future whose data is lost with its worker, and Dask cannot "
                "compute again what was scattered: pass delayed objects, an array of Dask, or "
                "functions that load the chunks"
            ) from error


def _is_remote(argument: Any) -> bool:
    """Is this, or an item of it, made on a worker? Anything else is data, and is sent."""
    from distributed import Future

    if is_container(argument):
        return any(map(_is_remote, items_of(argument)))
    return (
        isinstance(argument, Future) or hasattr(argument, "__dask_graph__") or callable(argument)
    )
