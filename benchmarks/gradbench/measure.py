"""Times of GradBench's gradients by both back ends, and by autograd and JAX where they can."""

from __future__ import annotations

import importlib
import importlib.util
import types
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from adjoint import AdjointError, use
from benchmarks.gradbench.tool import NAMES, problem
from benchmarks.timing import interleaved

#: The program that a peer differentiates, the positions, and the arguments fixed when compiled.
PEERS: dict[str, tuple[str, tuple[int, ...], tuple[int, ...]]] = {
    "hello": ("square", (0,), ()),
    "lse": ("log_sum_exp", (0,), ()),
    "llsq": ("misfit", (0,), (1,)),
    "gmm": ("log_posterior", (0, 1, 2, 3), (5, 6)),
    "ode": ("last", (0,), (1,)),
    "lstm": ("loss", (0, 1), ()),
}
#: Sizes of GradBench's smaller inputs; the examples without any are of those themselves.
SIZES: dict[str, dict[str, int]] = {
    "lse": {"size": 2500}, "llsq": {"n": 1024, "size": 128},
    "kmeans": {"k": 10, "n": 1000, "d": 8}, "det": {"n": 6}, "gmm": {"d": 10, "k": 10, "n": 1000},
    "ode": {"n": 1000, "steps": 10}, "lstm": {"layers": 2, "length": 128, "width": 14},
    "ba": {"n": 49, "m": 7776, "p": 31843}, "ht": {"points": 100, "size": 500},
}  # fmt: skip
GRADIENTS = {"hello": "double", "kmeans": "dir", "particle": "rr", "saddle": "rr"}
GRADIENTS |= dict.fromkeys(("lse", "llsq", "det", "ode"), "gradient")


def with_numpy(module: types.ModuleType, another: Any) -> dict[str, Any]:
    """The functions of a module as they would be with another library called `np`."""
    names = {**vars(module), "np": another}
    for name, function in vars(module).items():
        if isinstance(function, types.FunctionType) and function.__module__ == module.__name__:
            names[name] = types.FunctionType(function.__code__, names, name)
    return names


def by_autograd(name: str) -> Callable[..., Any]:
    import autograd

    program, positions, _ = PEERS[name]
    names = with_numpy(problem(name), importlib.import_module("autograd.numpy"))
    wrt = positions if len(positions) > 1 else positions[0]
    return autograd.grad(names[program], wrt)  # type: ignore[no-any-return]


def by_jax(name: str) -> Callable[..., Any]:
    import jax

    jax.config.update("jax_enable_x64", True)
    program, positions, fixed = PEERS[name]
    names = with_numpy(problem(name), jax.numpy)
    wrt = positions if len(positions) > 1 else positions[0]
    gradient = jax.jit(jax.grad(names[program], wrt), static_argnums=fixed)
    return lambda *arguments: jax.block_until_ready(gradient(*arguments))


def in_machine_code(name: str, program: str) -> Callable[..., Any]:
    """The same on the other back end, in a copy of the module, which has its own programs."""
    spec = importlib.util.find_spec(problem(name).__name__)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = module.FUNCTIONS[program]

    def run(*arguments: Any) -> Any:
        with use("numba", compare=False):
            return function(*arguments)

    return run


def flat(result: Any) -> np.ndarray:
    parts = result if isinstance(result, (tuple, list)) else (result,)
    return np.concatenate([np.ravel(np.asarray(part, dtype=float)) for part in parts])


def contestants(name: str, program: str) -> dict[str, Callable[..., Any]]:
    found = {
        "adjoint": problem(name).FUNCTIONS[program],
        "Numba": in_machine_code(name, program),
    }
    return found | ({"autograd": by_autograd(name), "JAX": by_jax(name)} if name in PEERS else {})


def measure(chosen: list[str], budget: float) -> bool:
    """Print the time in NumPy, and the others as ratios to it; True if all gradients agree."""
    agreed, notes = True, list[str]()
    print(f"{'':10} {'adjoint, NumPy':>14} {'adjoint, Numba':>15} {'autograd':>9} {'JAX':>6}")
    for name in chosen or NAMES:
        of = problem(name)
        arguments = of.read(of.example(np.random.default_rng(0), **SIZES.get(name, {})))
        program = GRADIENTS.get(name, "jacobian")
        wanted = flat(of.FUNCTIONS[program](*arguments))
        running: dict[str, Callable[..., Any]] = {}
        for who, call in contestants(name, program).items():
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    got = flat(call(*arguments))
            except AdjointError as refusal:
                notes.append(f"{name} in {who}: {refusal.reason}")
                continue
            except Exception as error:
                if who in ("adjoint", "Numba"):
                    raise
                notes.append(f"{name} in {who}: {type(error).__name__}")
                continue
            agreed &= np.allclose(got, wanted, rtol=1e-7, atol=1e-9)
            running[who] = call
        times = interleaved(running, arguments, budget)
        base = times["adjoint"]
        ratios = [
            f"{times[who] / base:{n}.2f}" if who in times else f"{'-':>{n}}"
            for who, n in (("Numba", 15), ("autograd", 9), ("JAX", 6))
        ]
        print(f"{name:10} {base * 1e6:11.1f} us {' '.join(ratios)}")
    print(*notes, sep="\n")
    print("the gradients agree" if agreed else "GRADIENTS DIFFER")
    return agreed
