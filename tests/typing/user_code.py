"""Code as users write it. Type checkers find an error in each line that says so, and no other.

It runs as well: what is asserted of types holds of the values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import adjoint
from adjoint import grad, value_and_grad

Array = npt.NDArray[np.float64]


# Decorators keep the parameters


@grad
def loss(x: float, n: int = 2) -> float:
    return x**n


@value_and_grad(argnums=(0, 1))
def both(W: Array, b: Array, *, scale: float = 1.0) -> np.float64:
    return np.float64(np.sum(W @ b) * scale)


@grad(argnames="b", has_aux=True)
def aux(a: float, b: float) -> tuple[float, str]:
    return a * b, "done"


def square(x: float) -> float:
    return x * x


def row(x: Array) -> Array:
    return x * x


@dataclass
class Model:
    slope: float

    @grad
    def error(self, x: float) -> float:
        return (self.slope * x - 1.0) ** 2

    @value_and_grad(argnums=0)
    def cost(self, x: float) -> float:
        return self.slope * x


@adjoint.register(fields=["w"])
class Layer:
    def __init__(self, w: float):
        self.w = w


def right(folder: Path, W: Array, b: Array) -> None:
    assert_type(loss(2.0), Any)
    assert_type(loss(2.0, n=3), Any)
    assert_type(loss.primal(2.0), float)
    assert_type(loss.source, str)
    assert_type(loss.source_for(2.0), str)
    assert_type(loss.ir, str)
    loss.save(folder / "loss_grad.py")
    loss.save(str(folder / "loss_grad.py"), 2.0, 3)

    assert_type(both(W, b, scale=2.0), tuple[np.float64, Any])
    assert_type(aux(1.0, 2.0), Any)
    assert_type(grad(square)(2.0), Any)
    assert_type(value_and_grad(square)(2.0), tuple[float, Any])
    assert_type(value_and_grad(aux.primal, has_aux=True)(1.0, 2.0), tuple[tuple[float, str], Any])
    assert_type(grad(grad(square))(2.0), Any)

    model = Model(3.0)
    assert_type(model.error(2.0), Any)
    assert_type(model.cost(x=2.0), tuple[float, Any])
    assert_type(grad(lambda layer: layer.w * 2.0)(Layer(1.0)), Any)

    value, pullback = adjoint.vjp(row, b)
    assert_type(value, Array)
    assert_type(pullback(b), tuple[Any, ...])
    value, pull = adjoint.vjp(row, b, argnums=0)
    assert_type(pull(b), Any)
    assert_type(adjoint.vjp(aux.primal, 1.0, 2.0, has_aux=True)[2], str)
    assert_type(adjoint.jvp(square, (2.0,), (1.0,)), tuple[float, Any])
    number, forward = adjoint.linearize(square, 2.0)
    assert_type(number, float)
    assert_type(forward(1.0), Any)
    assert_type(forward.source, str)

    assert_type(adjoint.derivative(square)(2.0), float)
    assert_type(adjoint.derivative(n=2)(square)(2.0), float)
    assert_type(adjoint.jacobian(row)(b), Any)
    assert_type(adjoint.jacfwd(row, sparsity="diagonal")(b), Any)
    assert_type(adjoint.jacrev(argnums=0)(row)(b), Any)
    assert_type(adjoint.hessian(square)(2.0), Any)
    assert_type(adjoint.hvp(square)(2.0, 1.0), Any)
    assert_type(adjoint.gnvp(row)(b, b), Any)
    assert_type(adjoint.elementwise_grad(row)(b), Any)
    assert_type(adjoint.stop_gradient(b), Array)
    assert_type(adjoint.checkpoint(square)(2.0), float)
    assert_type(adjoint.fixed_point(lambda x: x / 2.0 + 1.0, 1.0), float)
    assert_type(adjoint.observe_cotangent(b, print), Array)
    keep: Callable[[float], float] = square
    assert_type(grad(keep)(1.0), Any)


@adjoint.custom_vjp
def doubled(x: float) -> float:
    return 2.0 * x


doubled.defvjp(lambda x: (2.0 * x, None), lambda residuals, y_bar: (2.0 * y_bar,))


@adjoint.custom_jvp(nondiff_argnums=1)
def scaled(x: float, factor: float) -> float:
    return x * factor


@scaled.defjvp
def scaled_jvp(factor: float, primals: Any, tangents: Any) -> Any:
    return primals[0] * factor, tangents[0] * factor


assert_type(doubled(1.0), float)
assert_type(scaled(1.0, 2.0), float)


def wrong(model: Model) -> None:
    loss("wrong", 3)  # error
    loss(2.0, 3, 4)  # error
    loss(2.0, m=3)  # error
    loss.sorce  # error  # noqa: B018
    loss.primal("wrong")  # error
    loss.source_for()  # error
    both(np.eye(2))  # error
    both(np.eye(2), np.ones(2), 1.0)  # error
    grad(square, argnum=0)  # error
    grad(argnums="x")(square)  # error
    grad(2.0)  # error
    value_and_grad(square)("wrong")  # error
    model.error("wrong")  # error
    model.cost()  # error
    adjoint.vjp(2.0)  # error
    adjoint.jvp(square, (2.0,))  # error
    adjoint.derivative(square, order=2)  # error
    adjoint.jacobian(row)("wrong")  # error
    adjoint.hessian(square, mode="reverse")  # error
    doubled("wrong")  # error
    scaled(1.0)  # error
    adjoint.checkpoint(square)("wrong")  # error
    adjoint.gard  # error  # noqa: B018
    adjoint.optim.adamm  # error  # noqa: B018
