"""Broadcasting with new axes: the energy of charges that repel each other."""

import numpy as np

FUNCTION = "energy"
ARGNUMS = (0, 1)


def energy(positions, charges):
    difference = positions[:, None, :] - positions[None, :, :]
    squared = np.sum(difference**2, axis=2) + 0.1
    return np.sum(charges[:, None] * charges / np.sqrt(squared))


def example() -> tuple:
    rng = np.random.default_rng(0)
    return rng.normal(size=(4, 2)), np.array([1.0, -0.5, 2.0, 0.7])
