"""Complex numbers: their parts, and the functions of `cmath`.

The cotangent of z = x + iy is g with dL = Re(g dz), so the gradient of a real function L is
dL/dx - i dL/dy (docs/conventions.md). A holomorphic function then has the pullback g f'(z) without
any conjugation, as a real one has; only what is not holomorphic, below, conjugates.
"""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np

from adjoint.errors import UnsupportedError
from adjoint.rules.registry import elementwise, linear, nondifferentiable, rule
from adjoint.rules.staged import call, conj, is_complex

# Parts: Re(g Re dz), Re(g Im dz) = Re(-i g dz), Re(g conj(dz)) = Re(conj(g) dz)


@linear(np.real)
def real(y_bar: Any, z: Any) -> Any:
    return y_bar


@linear(np.imag)
def imag(y_bar: Any, z: Any) -> Any:
    return -1j * y_bar if is_complex(z) else None


@linear(np.conj)
def conjugate(y_bar: Any, z: Any) -> Any:
    return conj(y_bar)


elementwise(complex, real=lambda z, x, y=None: 1, imag=lambda z, x, y=None: 1j)


@linear(np.real_if_close)
def real_if_close(y_bar: Any, z: Any, tol: Any = 100) -> Any:
    if is_complex(z):
        raise UnsupportedError(
            "whether the result of np.real_if_close is real depends on values",
            instead="use z.real",
        )
    return y_bar


@rule([np.angle, cmath.phase])
def angle(y_bar: Any, y: Any, z: Any, deg: bool = False) -> Any:
    """d arg z = Im(dz / z)."""
    if not is_complex(z):
        return None
    return (-180j / math.pi if deg else -1j) * y_bar / z


@rule(cmath.polar)
def polar(y_bar: Any, y: Any, z: Any) -> Any:
    """The length and the angle."""
    if not is_complex(z):
        return y_bar[0] * call(math.copysign, 1.0, z)
    r_bar, phi_bar, r = y_bar[0], y_bar[1], y[0]
    return (r_bar - 1j * phi_bar / r) * conj(z) / r


@rule(cmath.rect)
def rect(z_bar: Any, z: Any, r: Any, phi: Any) -> Any:
    turn = call(cmath.rect, 1.0, phi)
    return z_bar * turn, z_bar * r * turn * 1j


# cmath, on Python numbers


elementwise(cmath.exp, z=lambda y, z: y)
elementwise(cmath.sqrt, z=lambda y, z: 1 / (2 * y))
elementwise(cmath.log10, z=lambda y, z: 1 / (z * math.log(10)))
elementwise(cmath.sin, z=lambda y, z: call(cmath.cos, z))
elementwise(cmath.cos, z=lambda y, z: -call(cmath.sin, z))
elementwise(cmath.tan, z=lambda y, z: 1 + y * y)
elementwise(cmath.asin, z=lambda y, z: 1 / call(cmath.sqrt, 1 - z * z))
elementwise(cmath.acos, z=lambda y, z: -1 / call(cmath.sqrt, 1 - z * z))
elementwise(cmath.atan, z=lambda y, z: 1 / (1 + z * z))
elementwise(cmath.sinh, z=lambda y, z: call(cmath.cosh, z))
elementwise(cmath.cosh, z=lambda y, z: call(cmath.sinh, z))
elementwise(cmath.tanh, z=lambda y, z: 1 - y * y)
elementwise(cmath.asinh, z=lambda y, z: 1 / call(cmath.sqrt, 1 + z * z))
elementwise(cmath.acosh, z=lambda y, z: 1 / (call(cmath.sqrt, z - 1) * call(cmath.sqrt, z + 1)))
elementwise(cmath.atanh, z=lambda y, z: 1 / (1 - z * z))


@rule(cmath.log)
def log(y_bar: Any, y: Any, z: Any, base: Any = None) -> Any:
    if base is None:
        return y_bar / z
    scale = call(cmath.log, base)
    return y_bar / (z * scale), -y_bar * y / (base * scale)


nondifferentiable(
    np.iscomplexobj, np.isrealobj, np.iscomplex, np.isreal, cmath.isclose, cmath.isfinite,
    cmath.isinf, cmath.isnan,
)  # fmt: skip
