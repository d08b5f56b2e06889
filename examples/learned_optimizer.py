"""Learn an optimizer: a small network that says how to change each parameter.

The network sees the slope of a parameter and running averages of it, relative to their size, that
size, and the time; it returns a direction and a rate. It is the same for all parameters. Twenty of
its steps are to go down fast on random logistic regressions, with features on unequal scales: the
gradient of the losses on the way goes through all of the steps, each of which calls `grad`
(Andrychowicz et al., "Learning to learn by gradient descent by gradient descent", 2016). Then it
meets regressions that it has never seen, and optimizers whose rates are the best of a grid.
"""

import numpy as np

from adjoint import grad, optim, value_and_grad

STEPS = 20
TASKS = 16  # in a batch
EXAMPLES = 50  # of a task
FEATURES = 6
HIDDEN = 16
DECAYS = np.array([0.5, 0.8, 0.95])  # of the running averages
SQUARE_DECAY = 0.9


def loss(weights, inputs, labels):
    """The sum of mean logistic losses; tasks are rows of weights, and do not see each other."""
    margins = labels * np.einsum("tnd,td->tn", inputs, weights)
    return np.sum(np.mean(np.logaddexp(0.0, -margins), axis=1))


def step(network, slope, averages, square, time):
    """What to subtract from each parameter, and the running averages."""
    slope = slope[..., np.newaxis]
    averages = DECAYS * averages + (1.0 - DECAYS) * slope
    square = SQUARE_DECAY * square + (1.0 - SQUARE_DECAY) * slope**2
    size = np.sqrt(square + 1e-12)
    times = np.full(size.shape, time)
    seen = np.concatenate([slope / size, averages / size, np.log(size), times], axis=-1)
    hidden = np.tanh(seen @ network["W1"] + network["b1"])
    out = hidden @ network["W2"]
    return np.exp(out[..., 0]) * out[..., 1], averages, square


@value_and_grad
def effort(network, inputs, labels):
    """The loss of a task, in the mean over the steps."""
    tasks = len(inputs)
    weights = np.zeros((tasks, FEATURES))
    averages = np.zeros((tasks, FEATURES, len(DECAYS)))
    square = np.zeros((tasks, FEATURES, 1))
    total = 0.0
    for k in range(STEPS):
        slope = grad(loss)(weights, inputs, labels)
        change, averages, square = step(network, slope, averages, square, k / STEPS)
        weights = weights - change
        total += loss(weights, inputs, labels)
    return total / (STEPS * tasks)


def usual_effort(optimizer: type, rate: float, inputs: np.ndarray, labels: np.ndarray) -> float:
    """The same with an optimizer of `adjoint.optim`."""
    tasks = len(inputs)
    weights = np.zeros((tasks, FEATURES))
    state = optimizer.init(weights)
    total = 0.0
    for _ in range(STEPS):
        slope = grad(loss)(weights, inputs, labels)
        weights, state = optimizer.update(slope, state, weights, rate)
        total += loss(weights, inputs, labels)
    return float(total / (STEPS * tasks))


def make_tasks(rng: np.random.Generator, tasks: int) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, and labels of -1 and +1 that are likely for some weights."""
    scales = np.exp(rng.uniform(-2.0, 2.0, size=(tasks, 1, FEATURES)))
    normal = rng.normal(size=(tasks, EXAMPLES, FEATURES))
    scores = np.sum(normal * 2.0 * rng.normal(size=(tasks, 1, FEATURES)), axis=2)
    return scales * normal, np.where(scores + rng.logistic(size=scores.shape) > 0.0, 1.0, -1.0)


def initial_network(rng: np.random.Generator) -> dict[str, np.ndarray]:
    inputs = 3 + len(DECAYS)
    return {
        "W1": rng.normal(size=(inputs, HIDDEN)) / np.sqrt(inputs),
        "b1": np.zeros(HIDDEN),
        "W2": 0.1 * rng.normal(size=(HIDDEN, 2)),
    }


def main(rounds: int = 300) -> dict[str, float]:
    """The mean loss on the way down of new tasks, by optimizer."""
    rng = np.random.default_rng(0)
    new = make_tasks(np.random.default_rng(1), 200)
    network = initial_network(rng)
    state = optim.adam.init(network)
    for k in range(rounds):
        value, slope = effort(network, *make_tasks(rng, TASKS))
        slope = optim.clip_by_global_norm(slope, 0.3)
        rate = optim.cosine_decay(k, 0.01, rounds)
        network, state = optim.adam.update(slope, state, network, rate)
        if k % (rounds // 5) == 0:
            print(f"round {k:3d}  loss on the way {value:.3f}")
    reached = {"learned": float(effort.primal(network, *new))}
    for optimizer in optim.sgd, optim.momentum, optim.adam:
        rates = (0.01, 0.03, 0.1, 0.3, 1.0)
        reached[optimizer.__name__] = min(usual_effort(optimizer, rate, *new) for rate in rates)
    print("loss on the way, of 200 new tasks, for the best rates")
    for name, value in reached.items():
        print(f"  {name:8s} {value:.3f}")
    return reached


if __name__ == "__main__":
    main()
