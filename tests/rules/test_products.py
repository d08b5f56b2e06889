"""What the gradients of products cost."""

import numpy as np

from adjoint import grad
from tests.memory import peak


def test_one_matrix_for_many_needs_no_product_for_each() -> None:
    """Of the matrix, the cotangents of 256 products would be 16 times as large as the input."""
    x, W = np.ones((256, 4, 64)), np.ones((64, 64))

    def energy(x, W):
        return np.sum((x @ W) ** 2)

    slope = grad(energy, (0, 1))
    assert peak(slope, x, W) < 8 * x.nbytes
