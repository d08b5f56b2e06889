"""Executors of `concurrent.futures`: threads, processes, and those of other libraries."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import Any

from adjoint.parallel.parts import Part, merged, tree
from adjoint.parallel.sent import ByValue, Sent, Shared
from adjoint.parallel.tasks import Given, Job, run_group

#: Tasks per worker: enough for workers of unequal speed, few enough to send weights seldom.
TASKS_PER_WORKER = 4


class OnExecutor:
    """Runs steps on an executor.

    There is no way to tell an executor something once for all of its workers. So a task takes
    several consecutive chunks, and the weights are sent with every task.
    """

    def __init__(self, executor: Executor):
        self.executor = executor
        self.shares_memory = isinstance(executor, ThreadPoolExecutor)

    def sent_function(self, function: Any) -> Sent | Shared:
        return self._sent("function", function)

    def _sent(self, kind: str, python: Any) -> Sent | Shared:
        return Shared(python) if self.shares_memory else Sent.of(kind, python)

    def step(self, job: Job, given: Given, rows: Sequence[tuple[Any, ...]]) -> Part:
        sent = self._sent("weights", given)
        ready = [tuple(map(_awaited, row)) for row in rows]
        width = self._chunks_per_task(len(rows))
        futures: list[Future[Part]] = []
        try:
            for first in range(0, len(ready), width):
                group: Any = ready[first : first + width]
                if not self.shares_memory:
                    group = ByValue(group)
                futures.append(self.executor.submit(run_group, job, first, sent, group))
            return tree(_results(futures), merged)
        except BrokenExecutor as error:
            error.add_note(
                "a worker of this executor has ended (killed, or out of memory), and with it the "
                "executor: make a new one and repeat the step. A Dask client replaces workers."
            )
            raise
        finally:
            for future in futures:
                future.cancel()

    def _chunks_per_task(self, count: int) -> int:
        """A power of two: then the sum is the same for any number of workers, bit for bit."""
        workers = getattr(self.executor, "_max_workers", None) or os.cpu_count() or 1
        return 1 << max(0, (count // (TASKS_PER_WORKER * workers)).bit_length() - 1)


def _results(futures: list[Future[Part]]) -> Iterator[Part]:
    """The results in order, each forgotten by its future."""
    for k in range(len(futures)):
        yield futures[k].result()
        futures[k] = Future()


def _awaited(chunk: Any) -> Any:
    """A future does not travel; its result does."""
    if isinstance(chunk, Future) or type(chunk).__module__ == "distributed.client":
        return chunk.result()
    return chunk
