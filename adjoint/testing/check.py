"""`check_grads`: gradients against differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from adjoint.api import compiler, grad, vjp
from adjoint.pushforwards import jvp
from adjoint.runtime.containers import contract
from adjoint.testing.differences import (
    along,
    complex_step,
    derivative,
    dot,
    leaves,
    random_like,
    unit_vectors,
)
from adjoint.testing.taylor import TaylorTable, taylor_table


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 1,
    modes: Sequence[str] = ("reverse",),
    *,
    rtol: float | None = None,
    atol: float | None = None,
    differences: str = "central",
    step: float = 0.02,
    taylor: bool = False,
    seed: int = 0,
) -> TaylorTable | None:
    """Compare the derivatives of `f` at `args` with differences.

    This is the dot-product test along random directions. For a random cotangent w and a random
    tangent v of each argument, `<w, J v>` by differences equals `<J^T w, v>`. If it fails, the
    elements are compared one by one, to name the wrong ones. For complex numbers `<g, v>` is the
    real part of `g v` (docs/conventions.md).

    Parameters
    ----------
    f : callable
        A function of floats, complex numbers, arrays and containers of them.
    args : sequence
        The arguments to check at. Integers and strings are left alone.
    order : int
        2 also checks the gradient of a gradient, and so on.
    modes : sequence of "reverse" and "forward"
        "reverse" checks pullbacks, "forward" the tangents of `jvp`, along the same directions.
    rtol, atol : float, optional
        By default 1e-6 and 1e-8; 1e-3 and 1e-4 if a float32 or float16 takes part.
    differences : "central" or "complex"
        "central" extrapolates central differences (Ridders 1982). "complex" takes one complex step
        (Squire and Trapp 1998). That is exact to rounding for functions that are analytic and
        accept complex arguments.
    step : float
        The largest step of central differences, and of the table.
    taylor : bool
        Return a table of Taylor remainders along a random direction. With the right gradient, its
        second column falls with slope 2.
    seed : int
        The seed of the random directions.

    Returns
    -------
    TaylorTable or None
        The table, with `taylor`. Print it to see it.

    Raises
    ------
    AssertionError
        If a derivative and the differences disagree. It names the argument and the elements.

    Examples
    --------
    >>> check_grads(lambda x: np.sum(np.sin(x)), (np.array([0.1, 0.2]),), order=2)
    """
    if not modes or not set(modes) <= {"reverse", "forward"}:
        raise ValueError(f"modes={tuple(modes)!r}: there are 'reverse' and 'forward'")
    if order < 1:
        raise ValueError("order counts from 1")
    if differences not in ("central", "complex"):
        raise ValueError(f"differences={differences!r}: there are 'central' and 'complex'")
    if differences == "complex" and order > 1:
        raise ValueError("differences='complex' is for order=1: gradients take real arguments")
    if not isinstance(args, (Sequence, np.ndarray)) or isinstance(args, str):
        name = getattr(f, "__name__", "f")
        raise TypeError(
            f"the args of check_grads are a tuple, one item for each argument of {name}, and this "
            f"is {compiler.described_python(args)}: write check_grads({name}, (x,))"
        )
    active = tuple(k for k, a in enumerate(args) if leaves(a))
    if not active:
        raise ValueError("check_grads needs an argument with a float in it")
    rng = np.random.default_rng(seed)
    check = _Check(f, args, active, rng, rtol, atol, differences, step, modes)
    for k in range(1, order + 1):
        check.run("" if k == 1 else f"order {k}, ")
        if k < order:
            check = check.next_order()
    return taylor_table(f, args, active, rng, step) if taylor else None


class _Check:
    """The check of one function; that of the next order is the check of another function."""

    def __init__(
        self,
        f: Callable[..., Any],
        args: Sequence[Any],
        active: tuple[int, ...],
        rng: np.random.Generator,
        rtol: float | None,
        atol: float | None,
        differences: str,
        step: float,
        modes: Sequence[str],
    ):
        self.f, self.args, self.active, self.rng, self.modes = f, args, active, rng, modes
        self.rtol, self.atol = rtol, atol
        self.differences, self.step = differences, step
        value, self.pullback = vjp(f, *args, argnums=active)
        self.w = random_like(value, rng)
        coarse = any(np.finfo(np.result_type(x)).bits < 64 for x in leaves([*args, value]))
        self.tolerance: dict[str, Any] = {
            "rtol": rtol if rtol is not None else 1e-3 if coarse else 1e-6,
            "atol": atol if atol is not None else 1e-4 if coarse else 1e-8,
        }

    def run(self, where: str) -> None:
        for k, cotangent in zip(self.active, self.pullback(self.w), strict=True):
            v = random_like(self.args[k], self.rng)
            got, want = dot(cotangent, v), self.slope(k, v)
            if "reverse" in self.modes and not np.isclose(got, want, **self.tolerance):
                raise AssertionError(
                    f"{where}argument {k}: {self.explain(k, cotangent, got, want)}"
                )
            if "forward" in self.modes:
                self.push(where, k, v, want)

    def push(self, where: str, k: int, v: Any, want: float) -> None:
        """The tangent along v, contracted with the cotangent of the other check."""
        tangents = [v if i == k else None for i in range(len(self.args))]
        got = dot(self.w, jvp(self.f, self.args, tangents)[1])
        if not np.isclose(got, want, **self.tolerance):
            raise AssertionError(
                f"{where}argument {k}: along a random direction differences give {want:.10g}, the "
                f"tangent {got:.10g}"
            )

    def slope(self, k: int, v: Any) -> float:
        """The derivative of `<w, f>` along v, a tangent of argument k, by differences."""
        if self.differences == "complex":
            return complex_step(self.f, self.args, k, v, self.w)
        line = along(self.f, self.args, {k: v}, self.w)
        return derivative(line, self.step)

    def explain(self, k: int, cotangent: Any, got: float, want: float) -> str:
        """Which elements disagree."""
        wrong: list[tuple[float, str]] = []
        count = 0
        for name, unit, value in _elements(self.args[k], cotangent):
            count += 1
            expected = self.slope(k, unit)
            if not np.isclose(value, expected, **self.tolerance):
                text = f"expected {expected:.10g}, got {value:.10g}"
                shown = f"element {name}: {text}" if name else text
                wrong.append((-abs(value - expected), shown))
        if not wrong:
            return (
                f"along a random direction differences give {want:.10g}, the pullback {got:.10g}; "
                "each element alone agrees"
            )
        shown = "\n".join(f"  {text}" for _, text in sorted(wrong)[:_MOST_SHOWN])
        more = len(wrong) - _MOST_SHOWN
        rest = f"\n  and {more} more" if more > 0 else ""
        return f"{len(wrong)} of {count} elements of the gradient are wrong\n{shown}{rest}"

    def next_order(self) -> _Check:
        """The check of the gradient of `<w, f>`, contracted with a random direction."""
        f, w, active = self.f, self.w, self.active
        v = tuple(random_like(self.args[k], self.rng) for k in active)

        def weighted(*args: Any) -> Any:
            return contract(f(*args), w)

        gradient = grad(weighted, active)

        def slope(*args: Any) -> Any:
            return contract(gradient(*args), v)

        return _Check(
            slope, self.args, active, self.rng, self.rtol, self.atol, self.differences, self.step,
            self.modes,
        )  # fmt: skip


_MOST_SHOWN = 5


def _elements(x: Any, cotangent: Any) -> Iterator[tuple[str, Any, float]]:
    """For each float in an argument: its name, the unit vector along it, its cotangent."""
    found = leaves(cotangent)
    for name, position, index, unit in unit_vectors(x):
        yield name, unit, float(np.asarray(found[position])[index])
