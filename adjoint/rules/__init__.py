"""The rules of all areas, registered by being imported."""

from adjoint.rules import arithmetic, functions, mutation, products, reductions, shapes, shaping
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
    "elementwise",
    "functions",
    "is_inactive",
    "linear",
    "multilinear",
    "mutation",
    "nondifferentiable",
    "products",
    "reductions",
    "rule",
    "rule_for",
    "shapes",
    "shaping",
]
