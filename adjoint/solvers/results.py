"""What solvers return, for programs: fields with derivatives beside those of SciPy's result."""

from __future__ import annotations

from typing import Any

from adjoint.solvers.primitives import field, underived


class Result:
    """A result of SciPy's, of which some fields have derivatives.

    Whether, how and when a solver has ended is constant between jumps.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    @property
    def success(self) -> bool:
        return field(self._raw, "success", bool)

    @property
    def status(self) -> int:
        return field(self._raw, "status", int)

    @property
    def message(self) -> str:
        return field(self._raw, "message", str)

    @property
    def nit(self) -> int:
        return field(self._raw, "nit", int)

    @property
    def nfev(self) -> int:
        return field(self._raw, "nfev", int)

    @property
    def njev(self) -> int:
        return field(self._raw, "njev", int)

    @property
    def nhev(self) -> int:
        return field(self._raw, "nhev", int)

    def __getitem__(self, name: Any) -> Any:
        return getattr(self, name)


class ScalarRoot(Result):
    """The result of root_scalar."""

    def __init__(self, raw: Any, root: Any) -> None:
        self._raw, self.root = raw, root

    @property
    def converged(self) -> bool:
        return field(self._raw, "converged", bool)

    @property
    def flag(self) -> str:
        return field(self._raw, "flag", str)

    @property
    def iterations(self) -> int:
        return field(self._raw, "iterations", int)

    @property
    def function_calls(self) -> int:
        return field(self._raw, "function_calls", int)


class Root(Result):
    """The result of root: the function is zero there, and stays so."""

    def __init__(self, raw: Any, x: Any, fun: Any) -> None:
        self._raw, self.x, self.fun = raw, x, fun


class Minimum(Result):
    """The result of minimize."""

    def __init__(self, raw: Any, x: Any, fun: Any, problem: Any) -> None:
        self._raw, self.x, self.fun, self._problem = raw, x, fun, problem

    @property
    def jac(self) -> Any:
        return underived(field(self._raw, "jac", self.x), "the field jac", self._problem)


class ScalarMinimum(Result):
    """The result of minimize_scalar."""

    def __init__(self, raw: Any, x: Any, fun: Any) -> None:
        self._raw, self.x, self.fun = raw, x, fun


class LeastSquares(Result):
    """The result of least_squares and lsq_linear."""

    def __init__(self, raw: Any, x: Any, fun: Any, cost: Any) -> None:
        self._raw, self.x, self.fun, self.cost = raw, x, fun, cost
