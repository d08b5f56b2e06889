"""Gradients of loops in machine code: by hand in Numba and in C++, and by adjoint's back ends."""

from __future__ import annotations

import ctypes
import math
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.timing import interleaved

# The programs, and their gradients by hand. The functions by hand are compiled by Numba.


def pendulum(theta: Any, omega: Any, n: int) -> Any:
    for _ in range(n):
        if abs(theta) > 1.0:
            omega = omega - 0.011 * math.sin(theta)
        else:
            omega = omega - 0.01 * math.sin(theta)
        theta = theta + 0.01 * omega
    return theta


def pendulum_by_hand(theta: Any, omega: Any, n: int) -> Any:
    tape = np.empty(n)
    for k in range(n):
        tape[k] = theta
        if abs(theta) > 1.0:
            omega -= 0.011 * math.sin(theta)
        else:
            omega -= 0.01 * math.sin(theta)
        theta += 0.01 * omega
    theta_bar, omega_bar = 1.0, 0.0
    for k in range(n - 1, -1, -1):
        omega_bar += 0.01 * theta_bar
        rate = 0.011 if abs(tape[k]) > 1.0 else 0.01
        theta_bar -= rate * math.cos(tape[k]) * omega_bar
    return theta_bar


PENDULUM = """
#include <cmath>
#include <vector>
extern "C" double pendulum(double theta, double omega, long n) {
    std::vector<double> tape(n);
    for (long k = 0; k < n; k++) {
        tape[k] = theta;
        omega -= (std::fabs(theta) > 1.0 ? 0.011 : 0.01) * std::sin(theta);
        theta += 0.01 * omega;
    }
    double theta_bar = 1.0, omega_bar = 0.0;
    for (long k = n - 1; k >= 0; k--) {
        omega_bar += 0.01 * theta_bar;
        theta_bar -= (std::fabs(tape[k]) > 1.0 ? 0.011 : 0.01) * std::cos(tape[k]) * omega_bar;
    }
    return theta_bar;
}
"""


def fill(x: Any) -> Any:
    y = np.zeros(len(x))
    for i in range(1, len(x)):
        y[i] = math.sin(x[i]) * y[i - 1] + x[i]
    return np.sum(y * y)


def fill_by_hand(x: Any) -> Any:
    n = len(x)
    y, x_bar = np.zeros(n), np.zeros(n)
    for i in range(1, n):
        y[i] = math.sin(x[i]) * y[i - 1] + x[i]
    y_bar = 2.0 * y
    for i in range(n - 1, 0, -1):
        g = y_bar[i]
        x_bar[i] = g + g * y[i - 1] * math.cos(x[i])
        y_bar[i - 1] += g * math.sin(x[i])
    return x_bar


FILL = """
#include <cmath>
#include <vector>
extern "C" void fill(const double* x, long n, double* x_bar) {
    std::vector<double> y(n), y_bar(n);
    for (long i = 1; i < n; i++) y[i] = std::sin(x[i]) * y[i - 1] + x[i];
    for (long i = 0; i < n; i++) y_bar[i] = 2.0 * y[i];
    x_bar[0] = 0.0;
    for (long i = n - 1; i > 0; i--) {
        double g = y_bar[i];
        x_bar[i] = g + g * y[i - 1] * std::cos(x[i]);
        y_bar[i - 1] += g * std::sin(x[i]);
    }
}
"""


def heated(u: Any, alpha: float, steps: int) -> Any:
    n, m = u.shape
    for _ in range(steps):
        w = u.copy()
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                around = u[i + 1, j] + u[i - 1, j] + u[i, j + 1] + u[i, j - 1]
                w[i, j] = u[i, j] + alpha * (around - 4.0 * u[i, j])
        u = w
    return u


def stencil(u: Any, alpha: float, steps: int) -> Any:
    return np.sum(heated(u, alpha, steps) ** 2)


def stencil_by_hand(u: Any, alpha: float, steps: int) -> Any:
    w_bar = 2.0 * heated(u, alpha, steps)
    n, m = u.shape
    for _ in range(steps):
        u_bar = w_bar.copy()
        for i in range(1, n - 1):
            for j in range(1, m - 1):
                g = alpha * w_bar[i, j]
                u_bar[i, j] -= 4.0 * g
                u_bar[i + 1, j] += g
                u_bar[i - 1, j] += g
                u_bar[i, j + 1] += g
                u_bar[i, j - 1] += g
        w_bar = u_bar
    return w_bar


def seidel(x: Any, b: Any, sweeps: int) -> Any:
    x = x.copy()
    for _ in range(sweeps):
        for i in range(1, len(x) - 1):
            x[i] = 0.5 * (x[i - 1] + x[i + 1] + b[i])
    return np.sum(x * x)


def seidel_by_hand(x: Any, b: Any, sweeps: int) -> Any:
    x = x.copy()
    n = len(x)
    for _ in range(sweeps):
        for i in range(1, n - 1):
            x[i] = 0.5 * (x[i - 1] + x[i + 1] + b[i])
    x_bar = 2.0 * x
    for _ in range(sweeps):
        for i in range(n - 2, 0, -1):
            g = 0.5 * x_bar[i]
            x_bar[i] = 0.0
            x_bar[i - 1] += g
            x_bar[i + 1] += g
    return x_bar


def newton(a: float) -> Any:
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


def newton_by_hand(a: float) -> Any:
    tape = np.empty(64)
    x, n = a, 0
    while abs(x * x - a) > 1e-12:
        tape[n] = x
        n += 1
        x = 0.5 * (x + a / x)
    x_bar, a_bar = 1.0, 0.0
    for k in range(n - 1, -1, -1):
        a_bar += 0.5 * x_bar / tape[k]
        x_bar = 0.5 * x_bar * (1.0 - a / (tape[k] * tape[k]))
    return a_bar + x_bar


def polynomial(x: float) -> Any:
    return 3.0 * x * x * x - 2.0 * x * x + x


def polynomial_by_hand(x: float) -> Any:
    return 9.0 * x * x - 4.0 * x + 1.0


def _cases() -> list[tuple[Callable[..., Any], Callable[..., Any], tuple[Any, ...], str]]:
    rng = np.random.default_rng(0)
    return [
        (polynomial, polynomial_by_hand, (1.3,), ""),
        (pendulum, pendulum_by_hand, (0.5, 0.1, 1000), PENDULUM),
        (fill, fill_by_hand, (rng.uniform(0.1, 1.0, 1000),), FILL),
        (stencil, stencil_by_hand, (rng.normal(size=(40, 40)), 0.1, 20), ""),
        (seidel, seidel_by_hand, (rng.normal(size=500), rng.normal(size=500), 20), ""),
        (newton, newton_by_hand, (2.0,), ""),
    ]


def _in_cpp(name: str, text: str, folder: Path) -> Callable[..., Any] | None:
    """The gradient in C++, compiled by g++ where there is one."""
    if not text or shutil.which("g++") is None:
        return None
    source, made = folder / f"{name}.cpp", folder / f"{name}.so"
    source.write_text(text)
    command = ["g++", "-O3", "-march=native", "-shared", "-fPIC", str(source), "-o", str(made)]
    subprocess.run(command, check=True)
    function = getattr(ctypes.CDLL(str(made)), name)
    if name == "fill":

        def call(x: Any) -> Any:
            x_bar = np.empty_like(x)
            function(
                ctypes.c_void_p(x.ctypes.data), ctypes.c_long(len(x)),
                ctypes.c_void_p(x_bar.ctypes.data),
            )  # fmt: skip
            return x_bar

        return call
    function.restype = ctypes.c_double
    function.argtypes = [ctypes.c_double, ctypes.c_double, ctypes.c_long]
    return function


def native(budget: float = 1.0) -> bool:
    """Print ratios to the gradient by hand in Numba; True if all gradients agree."""
    from numba import njit
    from numba.extending import register_jitable

    from adjoint import grad

    register_jitable(heated)  # which the gradient by hand calls

    agreed = True
    print(f"{'':12} {'Numba':>10} {'C++':>8} {'adjoint':>8} {'in NumPy':>9} {'compiled in':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for primal, by_hand, arguments, text in _cases():
            name = primal.__name__
            compiled = grad(primal, backend="numba")
            began = time.perf_counter()
            compiled(*arguments)
            took = time.perf_counter() - began
            contestants: dict[str, Callable[..., Any]] = {"Numba": njit(by_hand)}
            in_cpp = _in_cpp(name, text, Path(folder))
            if in_cpp is not None:
                contestants["C++"] = in_cpp
            contestants |= {"adjoint": compiled, "in NumPy": grad(primal)}
            wanted = by_hand(*arguments)
            for each in contestants.values():
                agreed &= bool(np.allclose(each(*arguments), wanted, rtol=1e-9, atol=1e-9))
            times = interleaved(contestants, arguments, budget)
            base = times["Numba"]
            ratios = [
                f"{times[k] / base:{n}.2f}" if k in times else f"{'-':>{n}}"
                for k, n in (("C++", 8), ("adjoint", 8), ("in NumPy", 9))
            ]
            print(f"{name:12} {base * 1e6:7.2f} us {' '.join(ratios)} {took:10.2f} s")
    print("the gradients agree" if agreed else "GRADIENTS DIFFER")
    return agreed
