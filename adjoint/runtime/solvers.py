"""What a theorem supposes of a solution is checked where its derivative is taken."""

from __future__ import annotations

from typing import Any

import numpy as np

#: A step of Newton's method from a root to a better one is at most so long, relatively.
_ROOT = 1e-6
#: The same from a minimum; the derivative is taken where the step leads.
_MINIMUM = 1e-3
#: The largest condition number of the matrix of a theorem.
_CONDITION = 1e13


def check_scalar_root(residual: Any, slope: Any, x: Any) -> None:
    """Raise where x is no simple root of the function of this value and slope."""
    if not abs(residual) <= _ROOT * abs(slope) * (1.0 + abs(x)) or slope == 0.0:
        raise ArithmeticError(
            f"x = {x!r} is no root, or none with a derivative: the function is {residual!r} "
            f"there, and its slope {slope!r}; is the tolerance of the solver too large?"
        )


def check_root(residual: Any, jacobian: Any, x: Any) -> None:
    """Raise where x is no simple root of the system of these values and this Jacobian."""
    check_regular(jacobian, "the Jacobian of the equations")
    step = np.linalg.solve(jacobian, residual)
    if not _length(step) <= _ROOT * (1.0 + _length(x)):
        raise ArithmeticError(
            f"the solver has stopped {_length(step):.1e} from a root, so that there is no "
            "derivative: make its tolerance smaller, or begin elsewhere"
        )


def check_regular(matrix: Any, what: str) -> None:
    """Raise where a matrix is singular, so that the solution is no function of the parameters."""
    if not np.all(np.isfinite(matrix)) or matrix.size and np.linalg.cond(matrix) > _CONDITION:
        raise ArithmeticError(
            f"{what} is singular at the solution, which has no derivative there"
        )


def _length(x: Any) -> float:
    return float(np.linalg.norm(x))


#: What is called for the error that it raises.
CHECKS = (check_scalar_root, check_root, check_regular)
