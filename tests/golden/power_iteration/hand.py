"""The gradient of `stretch` in primal.py, by hand."""

import numpy as np


def gradient(A, steps):
    # forward
    v = np.ones(A.shape[0])
    tape = []
    for _ in range(steps):
        before = v
        w = A @ v
        norm = np.sqrt(np.sum(w * w))
        v = w / norm
        tape.append((before, norm, v))

    # backward
    A_bar = np.outer(v, v)
    v_bar = A @ v + v @ A
    for before, norm, v in reversed(tape):
        w_bar = (v_bar - v * (v @ v_bar)) / norm
        A_bar += np.outer(w_bar, before)
        v_bar = w_bar @ A
    return A_bar
