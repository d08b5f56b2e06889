"""What a step on a Dask cluster costs beside the work: weights out, gradients back, and tasks."""

import time
from typing import Any

import numpy as np

SIZES = (10**3, 10**5, 10**6, 4 * 10**6)
CHUNKS = (2, 16, 64)


def touched(weights: Any, chunk: Any) -> Any:
    """A loss that costs next to nothing beside the passage of its weights."""
    return np.sum(weights * chunk[0])


def step_seconds(workers: int = 2, repeats: int = 5) -> dict[tuple[int, int], float]:
    """The least time of a step by the number of weights and of chunks."""
    from distributed import Client, LocalCluster

    from adjoint import parallel

    found = {}
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        step = parallel.value_and_grad(touched, executor=client)
        for size in SIZES:
            weights = np.ones(size)
            for chunks in CHUNKS:
                data = client.scatter([np.full(1, float(k)) for k in range(chunks)])
                step(weights, data)
                times = []
                for _ in range(repeats):
                    start = time.perf_counter()
                    step(weights, data)
                    times.append(time.perf_counter() - start)
                found[size, chunks] = min(times)
    return found


def report() -> dict[tuple[int, int], float]:
    found = step_seconds()
    print("Milliseconds of a step whose loss costs nothing, on two processes of this machine\n")
    print(f"{'weights':>10}" + "".join(f"{f'{chunks} chunks':>12}" for chunks in CHUNKS))
    for size in SIZES:
        cells = "".join(f"{1e3 * found[size, chunks]:12.0f}" for chunks in CHUNKS)
        print(f"{size * 8 / 1e6:7.2f} MB{cells}")
    return found
