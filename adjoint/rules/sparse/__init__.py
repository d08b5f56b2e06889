"""Rules for scipy.sparse: a matrix is a record of its entries, at places that are constant."""

from adjoint.rules.sparse import matrices, products, solvers

__all__ = ["matrices", "products", "solvers"]
