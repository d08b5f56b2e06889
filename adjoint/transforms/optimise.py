"""The order of the passes behind a derivative."""

from __future__ import annotations

from adjoint.ir.core import Function, functions_called
from adjoint.ir.stages import reached
from adjoint.ir.verifier import ENABLED, verify
from adjoint.transforms.effects.checks import drop_implied_checks, simplify_checks
from adjoint.transforms.effects.dce import eliminate_dead_code
from adjoint.transforms.effects.implied import drop_implied_errors
from adjoint.transforms.memory.residuals import resolve_residuals
from adjoint.transforms.simplify.arms import sink_numbers, sink_tangents
from adjoint.transforms.simplify.cse import eliminate_common_subexpressions
from adjoint.transforms.simplify.signs import sink_signs
from adjoint.transforms.simplify.simplify import associate_products, simplify
from adjoint.transforms.sizes.sizes import (
    sizes_at_hand,
    sizes_of_first_states,
    sizes_of_latest_states,
)


def optimise(function: Function, errors: bool = True, halves: bool = False) -> None:
    """Simplify while the backward code may still see into forward regions, then close it.

    Without `errors`, the operations of the program have run before: none stays for its exception.
    With `halves`, the function is to be cut in two.
    """
    reached(function, "differentiated")
    simplify_checks(function)
    eliminate_dead_code(function, errors)
    reached(function, "without dead code")
    sink_tangents(function.body)
    simplify(function)
    eliminate_common_subexpressions(function)
    simplify(function)
    eliminate_dead_code(function, errors)
    reached(function, "simplified")
    sizes_at_hand(function)
    sizes_of_first_states(function)
    eliminate_common_subexpressions(function)
    eliminate_dead_code(function, errors)
    resolve_residuals(function, halves)
    reached(function, "with residuals")
    sizes_of_latest_states(function)
    eliminate_common_subexpressions(function)
    simplify(function)
    sink_signs(function)
    simplify(function)
    associate_products(function)
    sink_numbers(function)
    drop_implied_checks(function)
    if errors:
        drop_implied_errors(function)
    eliminate_dead_code(function, errors)
    reached(function, "optimised")
    if ENABLED:
        verify(function, "optimise")


def tidy(function: Function) -> None:
    """Share and simplify what an optimised function computes again."""
    eliminate_common_subexpressions(function)
    simplify(function)
    eliminate_dead_code(function)
    if ENABLED:
        verify(function, "tidy")


def optimise_calls(function: Function) -> None:
    """Optimise the functions that are called as the user wrote them."""
    for callee in functions_called(function):
        if not callee.attrs.get("optimised"):
            callee.attrs["optimised"] = True
            optimise(callee)
