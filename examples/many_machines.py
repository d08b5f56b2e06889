"""Fit a network to data that no worker could hold: the gradient is a sum over chunks, on Dask.

Each chunk is generated from its seed, by the worker that needs it, as it would be read from a
file. So a worker that is lost costs time and changes no number: Dask runs its tasks elsewhere.

    python examples/many_machines.py --workers 4
    python examples/many_machines.py --address tcp://10.0.0.5:8786    # on your cluster

It prints the throughput with 1 to N processes, the loss, and how far the gradient is from that of
one process, which adds the chunks one after the other. With `--kill`, a worker kills itself in the
middle of a step.
"""

import argparse
import os
import signal
import tempfile
import time

import numpy as np
from dask import delayed
from distributed import Client, LocalCluster

from adjoint import optim, parallel, value_and_grad

ROWS = 10_000  # of a chunk: 5.2 MB
FEATURES = 64
HIDDEN = 16


def start(seed):
    rng = np.random.default_rng(seed)
    return {
        "W": rng.normal(size=(FEATURES, HIDDEN)) / np.sqrt(FEATURES),
        "b": np.zeros(HIDDEN),
        "v": rng.normal(size=HIDDEN) / np.sqrt(HIDDEN),
    }


def predicted(weights, x):
    return np.tanh(x @ weights["W"] + weights["b"]) @ weights["v"]


def loss(weights, chunk):
    x, y = chunk
    return np.mean((predicted(weights, x) - y) ** 2)


def generated(seed):
    """A chunk of the data: inputs, and what a network with other weights says of them."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(ROWS, FEATURES))
    return x, predicted(start(1_000_000), x) + 0.1 * rng.normal(size=ROWS)


def in_one_process(weights, chunks):
    """The mean over all chunks, added one after the other."""
    slope = value_and_grad(loss)
    value, total = 0.0, optim.tree_map(np.zeros_like, weights)
    for seed in range(chunks):
        one, by_weights = slope(weights, generated(seed))
        value += one / chunks
        total = optim.tree_map(lambda a, b: a + b / chunks, total, by_weights)
    return value, total


def difference(a, b):
    """The largest difference, relative to the largest element."""
    pairs = list(zip(optim.tree_leaves(a), optim.tree_leaves(b), strict=True))
    return max(np.max(np.abs(x - y)) for x, y in pairs) / max(np.max(np.abs(y)) for _, y in pairs)


def fit(client, chunks, steps):
    """The weights after some steps, the losses, and the rows per second after the first step."""
    slope = parallel.value_and_grad(loss, executor=client, reduction="mean")
    data = [delayed(generated)(seed) for seed in range(chunks)]
    weights, losses = start(0), []
    state = optim.adam.init(weights)
    for step in range(steps):
        if step == 1:
            begin = time.perf_counter()
        value, by_weights = slope(weights, data)
        losses.append(float(value))
        weights, state = optim.adam.update(by_weights, state, weights, 0.02)
    return weights, losses, (steps - 1) * chunks * ROWS / (time.perf_counter() - begin)


def generated_after_a_kill(seed, done):
    """The same chunk; but first this process ends, if `done` is no file yet."""
    if not os.path.exists(done):
        open(done, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return generated(seed)


def same_after_a_kill(client, weights, chunks):
    """Is the gradient the same, bit for bit, when a worker is killed on the way?"""
    slope = parallel.value_and_grad(loss, executor=client, reduction="mean")
    data = [delayed(generated)(seed) for seed in range(chunks)]
    undisturbed = slope(weights, data)
    with tempfile.TemporaryDirectory() as folder:
        done = os.path.join(folder, "done")
        data[chunks // 2] = delayed(generated_after_a_kill)(chunks // 2, done)
        disturbed = slope(weights, data)
        assert os.path.exists(done)
    return difference(disturbed, undisturbed) == 0.0


def local_cluster(workers, memory):
    return LocalCluster(
        n_workers=workers, threads_per_worker=1, memory_limit=memory, dashboard_address=":0",
        silence_logs="CRITICAL",
    )  # fmt: skip


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--memory", default="400MB", help="the limit of each worker")
    parser.add_argument("--chunks", type=int, default=128)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--address", help="of a scheduler, instead of a cluster of this machine")
    parser.add_argument("--kill", action="store_true", help="end a worker in the middle of a step")
    given = parser.parse_args(arguments)

    size = given.chunks * ROWS * (FEATURES + 1) * 8 / 1e6
    print(f"{given.chunks} chunks of {ROWS} rows, {size:.0f} MB; a worker may use {given.memory}")
    counts = [0] if given.address else range(1, given.workers + 1)
    for count in counts:
        with local_cluster(count, given.memory) if count else Client(given.address) as cluster:
            with Client(cluster) if count else cluster as client:
                weights, losses, rate = fit(client, given.chunks, given.steps)
                print(f"{len(client.nthreads())} processes: {rate / 1e6:6.2f} million rows/s, "
                      f"loss {losses[0]:.4f} -> {losses[-1]:.4f}")  # fmt: skip
                if count != counts[-1]:
                    continue
                slope = parallel.value_and_grad(loss, executor=client, reduction="mean")
                data = [delayed(generated)(seed) for seed in range(given.chunks)]
                here = in_one_process(weights, given.chunks)
                away = difference(slope(weights, data), here)
                print(f"difference from one process: {away:.1e}")
                if given.kill:
                    same = same_after_a_kill(client, weights, given.chunks)
                    found = "the same" if same else "another"
                    print(f"a worker was killed: the gradient is {found}")
    assert losses[-1] < losses[0] and away < 1e-12


if __name__ == "__main__":
    main()
