"""Rules for scipy.sparse: a matrix is a record of its entries, at places that are constant."""

from adjoint.rules.sparse import (
    arguments,
    blocks,
    construction,
    matrices,
    products,
    solvers,
)

__all__ = ["arguments", "blocks", "construction", "matrices", "products", "solvers"]
