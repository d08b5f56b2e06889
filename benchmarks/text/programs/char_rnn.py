"""A recurrent network that predicts the next character of a sequence."""

import numpy as np


def char_rnn(Wx, Wh, b, Wy, by, chars):
    h = np.zeros(Wh.shape[0])
    loss = 0.0
    for t in range(len(chars) - 1):
        h = np.tanh(Wx[:, chars[t]] + Wh @ h + b)
        logits = Wy @ h + by
        logits = logits - np.max(logits)
        loss += np.log(np.sum(np.exp(logits))) - logits[chars[t + 1]]
    return loss / (len(chars) - 1)


def by_hand(Wx, Wh, b, Wy, by, chars):
    steps = len(chars) - 1
    h = np.zeros(Wh.shape[0])
    tape = []
    for t in range(steps):
        h_prev = h
        h = np.tanh(Wx[:, chars[t]] + Wh @ h + b)
        logits = Wy @ h + by
        p = np.exp(logits - np.max(logits))
        p /= p.sum()
        tape.append((h_prev, h, p))

    Wx_bar = np.zeros_like(Wx)
    Wh_bar = np.zeros_like(Wh)
    b_bar = np.zeros_like(b)
    Wy_bar = np.zeros_like(Wy)
    by_bar = np.zeros_like(by)
    h_bar = np.zeros(Wh.shape[0])
    for t in reversed(range(steps)):
        h_prev, h, logits_bar = tape[t]
        logits_bar[chars[t + 1]] -= 1.0
        logits_bar /= steps
        Wy_bar += np.outer(logits_bar, h)
        by_bar += logits_bar
        a_bar = (h_bar + Wy.T @ logits_bar) * (1.0 - h * h)
        Wx_bar[:, chars[t]] += a_bar
        Wh_bar += np.outer(a_bar, h_prev)
        b_bar += a_bar
        h_bar = Wh.T @ a_bar
    return Wx_bar, Wh_bar, b_bar, Wy_bar, by_bar


ARGNUMS = (0, 1, 2, 3, 4)


def example():
    rng = np.random.default_rng(1)
    hidden, letters = 24, 12
    return (
        0.5 * rng.normal(size=(hidden, letters)),
        0.2 * rng.normal(size=(hidden, hidden)),
        0.1 * rng.normal(size=hidden),
        0.5 * rng.normal(size=(letters, hidden)),
        np.zeros(letters),
        rng.integers(letters, size=30),
    )
