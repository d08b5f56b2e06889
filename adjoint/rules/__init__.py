"""The rules of all areas, registered by being imported."""

from adjoint.rules import (
    arithmetic,
    complex,
    factorizations,
    functions,
    linalg,
    linalg_shapes,
    mutation,
    norms,
    products,
    reductions,
    shapes,
    shaping,
)
from adjoint.rules.registry import (
    Rule,
    elementwise,
    is_inactive,
    linear,
    multilinear,
    nondifferentiable,
    rule,
    rule_for,
)

__all__ = [
    "Rule",
    "arithmetic",
    "complex",
    "elementwise",
    "factorizations",
    "functions",
    "is_inactive",
    "linalg",
    "linalg_shapes",
    "linear",
    "multilinear",
    "mutation",
    "nondifferentiable",
    "norms",
    "products",
    "reductions",
    "rule",
    "rule_for",
    "shapes",
    "shaping",
]
