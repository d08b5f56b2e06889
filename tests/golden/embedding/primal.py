"""Rows of a table picked by integers, some of them twice."""

import numpy as np

FUNCTION = "loss"
ARGNUMS = 0


def loss(table, words, target):
    vectors = table[words]
    mean = np.mean(vectors, axis=0)
    return np.sum((mean - target) ** 2)


def example() -> tuple:
    rng = np.random.default_rng(0)
    return rng.normal(size=(5, 3)), np.array([1, 4, 1, 0]), rng.normal(size=3)
