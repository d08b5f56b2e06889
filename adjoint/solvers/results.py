"""What solvers return, for programs: fields with derivatives beside those of SciPy's result."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.runtime.solvers import evaluate
from adjoint.solvers.primitives import field, refuse, run, solved, underived


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


    @property
    def hess_inv(self) -> Any:
        return refuse("the field hess_inv of a minimum")

    @property
    def hess(self) -> Any:
        return refuse("the field hess of a minimum")


class ScalarMinimum(Result):
    """The result of minimize_scalar."""

    def __init__(self, raw: Any, x: Any, fun: Any) -> None:
        self._raw, self.x, self.fun = raw, x, fun


class LeastSquares(Result):
    """The result of least_squares and lsq_linear."""

    def __init__(self, raw: Any, x: Any, fun: Any, cost: Any) -> None:
        self._raw, self.x, self.fun, self.cost = raw, x, fun, cost

    @property
    def jac(self) -> Any:
        return refuse("the field jac of a least squares solution")

    @property
    def grad(self) -> Any:
        return refuse("the field grad of a least squares solution")

    @property
    def optimality(self) -> Any:
        return refuse("the field optimality of a least squares solution")


class Trajectory(Result):
    """The result of solve_ivp."""

    def __init__(self, raw: Any, t: Any, y: Any, sol: Any) -> None:
        self._raw, self.t, self.y, self.sol = raw, t, y, sol


class Steps:
    """The solution at the steps that the solver has chosen: the last one has a derivative."""

    def __init__(self, whole: Any, last: Any) -> None:
        self.whole, self.last = whole, last

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):
            if len(key) == 2 and isinstance(key[1], int) and key[1] == -1:
                return self.last[key[0]]
            return self.whole[key]
        return Instants(self.whole[key], self.last[key])

    @property
    def T(self) -> Any:
        return Instants(self.whole.T, self.last)

    @property
    def shape(self) -> Any:
        return self.whole.shape

    def __len__(self) -> int:
        return len(self.last)


class Instants:
    """What belongs to the steps, one after the other: the last one has a derivative."""

    def __init__(self, whole: Any, last: Any) -> None:
        self.whole, self.last = whole, last

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int) and key == -1:
            return self.last
        if isinstance(key, tuple) and isinstance(key[0], int) and key[0] == -1:
            return self.last[key[1:]]
        return self.whole[key]

    def __len__(self) -> int:
        return len(self.whole)


class Dense:
    """The solution at any time: `sol(t)` of solve_ivp with dense_output."""

    def __init__(
        self, raw: Any, theorem: Any, problem: Any, t0: Any, y0: Any, options: Any
    ) -> None:
        self.raw, self.theorem, self.problem = raw, theorem, problem
        self.t0, self.y0, self.options = t0, y0, options

    def __call__(self, t: Any) -> Any:
        times = np.array([t]) if np.ndim(t) == 0 else np.asarray(t, dtype=float)
        found = run(evaluate, np.outer(self.y0, times), self.raw, times)
        y = solved(found, self.theorem, self.problem, self.t0, self.y0, times, self.options)
        return y[:, 0] if np.ndim(t) == 0 else y


class Ended(Trajectory):
    """The result of solve_ivp with a terminal event."""

    def __init__(self, raw: Any, t: Any, y: Any, sol: Any, T: Any, end: Any) -> None:
        self._raw, self.t, self.y, self.sol = raw, t, y, sol
        self._T, self._end = T, end

    @property
    def t_events(self) -> Any:
        return [np.array([self._T])] if self.status == 1 else [np.zeros(0)]

    @property
    def y_events(self) -> Any:
        return [np.reshape(self._end, (1, -1))] if self.status == 1 else [np.zeros((0, 0))]


class Eventful(Trajectory):
    """The result of solve_ivp with events, of which some may end the integration."""

    def __init__(self, raw: Any, t: Any, y: Any, times: Any, states: Any) -> None:
        self._raw, self.t, self.y, self.sol = raw, t, y, None
        self._times, self._states = times, states

    @property
    def t_events(self) -> Any:
        return self._times

    @property
    def y_events(self) -> Any:
        return self._states
