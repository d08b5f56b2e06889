"""The log-partition of a chain of labels, less the score of one labelling."""

import numpy as np


def soft_viterbi(emission, transition, labels):
    alpha = emission[0]
    for t in range(1, len(labels)):
        s = alpha[:, None] + transition
        m = np.max(s, axis=0)
        alpha = emission[t] + m + np.log(np.sum(np.exp(s - m), axis=0))
    m = np.max(alpha)
    log_z = m + np.log(np.sum(np.exp(alpha - m)))
    score = emission[0, labels[0]]
    for t in range(1, len(labels)):
        score += transition[labels[t - 1], labels[t]] + emission[t, labels[t]]
    return log_z - score


def by_hand(emission, transition, labels):
    steps = len(labels)
    alpha = emission[0]
    tape = []
    for t in range(1, steps):
        s = alpha[:, None] + transition
        p = np.exp(s - np.max(s, axis=0))
        total = p.sum(axis=0)
        alpha = emission[t] + np.max(s, axis=0) + np.log(total)
        tape.append(p / total)
    p = np.exp(alpha - np.max(alpha))

    emission_bar = np.zeros_like(emission)
    transition_bar = np.zeros_like(transition)
    alpha_bar = p / p.sum()
    for t in range(steps - 1, 0, -1):
        emission_bar[t] = alpha_bar
        s_bar = tape[t - 1] * alpha_bar
        transition_bar += s_bar
        alpha_bar = s_bar.sum(axis=1)
    emission_bar[0] = alpha_bar
    emission_bar[np.arange(steps), labels] -= 1.0
    np.subtract.at(transition_bar, (labels[:-1], labels[1:]), 1.0)
    return emission_bar, transition_bar


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(14)
    return rng.normal(size=(40, 6)), rng.normal(size=(6, 6)), rng.integers(6, size=40)
