"""Messages on a graph: gather along edges, a linear layer, scatter, a score for each node."""

import numpy as np


def graph_network(W, U, v, features, senders, receivers, labels, rounds):
    h = features
    for _ in range(rounds):
        messages = h[senders] @ W
        received = np.zeros_like(h)
        np.add.at(received, receivers, messages)
        h = np.tanh(h @ U + received)
    scores = h @ v
    return np.mean(np.log(1.0 + np.exp(scores)) - labels * scores)


def by_hand(W, U, v, features, senders, receivers, labels, rounds):
    h = features
    states = [h]
    for _ in range(rounds):
        messages = h[senders] @ W
        received = np.zeros_like(h)
        np.add.at(received, receivers, messages)
        h = np.tanh(h @ U + received)
        states.append(h)
    scores = h @ v

    scores_bar = (1.0 / (1.0 + np.exp(-scores)) - labels) / len(labels)
    v_bar = scores_bar @ h
    h_bar = np.outer(scores_bar, v)
    W_bar = np.zeros_like(W)
    U_bar = np.zeros_like(U)
    for k in reversed(range(rounds)):
        h = states[k]
        a_bar = h_bar * (1.0 - states[k + 1] ** 2)
        messages_bar = a_bar[receivers]
        U_bar += h.T @ a_bar
        W_bar += h[senders].T @ messages_bar
        h_bar = a_bar @ U.T
        np.add.at(h_bar, senders, messages_bar @ W.T)
    return W_bar, U_bar, v_bar


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(24)
    return (
        0.3 * rng.normal(size=(8, 8)),
        0.5 * rng.normal(size=(8, 8)),
        rng.normal(size=8),
        rng.normal(size=(20, 8)),
        rng.integers(20, size=60),
        rng.integers(20, size=60),
        (rng.uniform(size=20) > 0.5).astype(float),
        3,
    )
