"""`c = b; c *= 2` for the results of hundreds of expressions: number, view, copy, or argument.

A number is bound to another object, an array is written into, and whoever shares its memory sees
that. The oracle is the program itself. A refusal is right as well; most must not be refused.
"""

from __future__ import annotations

import linecache
import math
from typing import Any

import numpy as np
import pytest

import adjoint

#: Over a vector y, a matrix Y (of its own), a float f and an int k.
EXPRESSIONS = """
np.einsum('i,i->', y, y)|np.einsum('i->', y)|np.einsum('ij->', Y)|np.einsum('ii->i', Y)
np.einsum('ij->ji', Y)|np.einsum('ii->', Y)|np.einsum('i', y)|np.einsum('i,j->ij', y, y)
np.einsum('...->...', y)
y[0]|y[0:1]|y[...]|y[0, ...]|y[0][...]|Y[0]|Y[0, 0]|Y[..., 0]|Y[0, 0, ...]|y[None]|y[0][None]
y[0][()]|y[()]|Y[:, 0]|y[::2]|y[::-1]|y[[0, 1]]|y[np.array([0, 1])]|y[y > 0]|y[np.array(0)]
y[np.int64(0)]|y[True]|y[k > 0]|y[y[0] > 0]|y[y[0] > 100]|y[np.bool_(True)]|y[np.sum(y) > 0]
y[np.any(y > 0)]|y[y[0] > 0, 0:2]|y[k]|y[len(y) - 1]|y[-1]|y[np.argmax(y)]|y[np.argmax(y):]
Y[np.argmax(y) // 2]|Y[[0]]|Y[[0], :]|Y[0:1, 0]|Y[(0, 1)]|Y[True]|Y[:, None]|Y[..., None, 0]
y[0].copy()|y.copy()|np.copy(y)|np.copy(y[0])|np.array(y)|np.array(y[0])|np.array(y, copy=True)
np.asarray(y)|np.asarray(y[0])|np.asarray(np.sum(y))|np.asanyarray(y[0])|np.asarray(f)
np.asarray(2.0 * f)|np.asanyarray(y)|np.ascontiguousarray(y)|np.ascontiguousarray(y[0])
np.asfortranarray(y[0])|np.require(y)|np.require(y[0])|np.asarray_chkfinite(y)
np.asarray_chkfinite(y[0])|np.asarray(y, dtype=float)|np.array(f)|np.array([f, f])
np.asarray([f, f])|np.asarray([y, y])|np.array(y, ndmin=2)|np.asarray(y, dtype=np.float32)
np.asarray(y, float)|np.asarray(Y.T)|np.asarray(y[::2])|np.asarray(Y, order='F')
np.asarray(Y, order='C')|np.array(y, copy=None)|np.asarray(y, copy=True)|np.copy(Y.T)
np.float64(y[0])|np.float64(f)|np.float64(np.sum(y))|float(y[0])|np.float64(np.asarray(y[0]))
np.double(f)|np.float64(y)|complex(y[0]).real|abs(y[0])|abs(y)|abs(f)|-y|+y|y + 0|y[0] + 0
y[0] * f|f * 2|round(y[0], 2)|max(y[0], y[1])|min(y[0], f)|max(y)|sum(y)|sum([y, y])
sum([f, y[0]])|pow(y[0], 2)|y[0] ** 2|divmod(y[0], 100.0)[1]|y[0] if k else y[1]
y if k else y * 2|y[0] or f|y[0] and f|f or y[0]
np.sum(y)|np.sum(Y)|np.sum(Y, axis=0)|np.sum(y, keepdims=True)|np.sum(y[0])|np.sum(f)|y.sum()
Y.sum(axis=1)|np.sum(Y, axis=(0, 1))|np.sum(y, axis=())|np.sum(y[0], axis=())|np.mean(y)
np.prod(y)|np.var(y)|np.std(y)|np.max(y)|np.min(Y)|np.max(Y, axis=0)|np.amax(y)|np.median(y)
np.quantile(y, 0.3)|np.percentile(y, 30.0)|np.ptp(y)|np.average(y)|np.average(Y, axis=0)
np.nansum(y)|np.nanmean(y)|np.nanmax(y)|np.trace(Y)|np.linalg.norm(y)|np.linalg.norm(Y, axis=0)
np.linalg.det(Y)|np.linalg.trace(Y)|np.linalg.slogdet(Y)[1]|np.linalg.cond(Y)|np.cumsum(y)
np.cumsum(y[0])|np.diff(y)|np.diff(y, n=0)|np.trapezoid(y)|np.linalg.inv(Y)
np.linalg.solve(Y, y[:2])|np.linalg.matrix_power(Y, 1)|np.linalg.matrix_power(Y, 2)
np.linalg.matrix_power(Y, 0)|np.add.reduce(y)|np.add.reduce(Y)|np.multiply.reduce(y)
np.maximum.reduce(y)|np.add.accumulate(y)|np.multiply.outer(y, y)|np.add.reduceat(y, [0, 2])
np.logaddexp.reduce(y)|np.add.outer(y[0], y[1])|np.multiply.outer(f, f)
np.dot(y, y)|np.dot(Y, Y)|np.dot(y[0], y[1])|np.dot(f, f)|np.dot(f, y)|y @ y|Y @ Y|Y @ y[:2]
np.vdot(y, y)|np.inner(y, y)|np.inner(y[0], y[1])|np.inner(f, y)|np.outer(y, y)|np.outer(f, f)
np.tensordot(y, y, 1)|np.tensordot(y, y, 0)|np.tensordot(Y, Y)|np.kron(y, y)|np.kron(f, f)
np.kron(y[0], y[1])|np.cross(y[:3], y[1:])|np.matmul(y, y)|np.vecdot(y, y)|np.matvec(Y, y[:2])
np.linalg.multi_dot([y[:2], Y, y[:2]])|np.linalg.multi_dot([Y, Y])|np.linalg.vecdot(y, y)
np.linalg.outer(y, y)|y.dot(y)|np.linalg.vector_norm(y)|np.linalg.matrix_norm(Y)
np.reshape(y, (2, 2))|np.reshape(y, -1)|np.reshape(y[0], ())|np.reshape(y[0], (1,))
np.reshape(y[:1], ())|y.reshape(2, 2)|y.reshape(-1)|y[:1].reshape(())|y[0].reshape(1)
y[0].reshape(())|np.reshape(f, ())|np.reshape(f, 1)|np.ravel(y)|np.ravel(Y)|np.ravel(Y.T)
Y.T.ravel()|Y.ravel(order='F')|Y.T.ravel(order='F')|np.ravel(y[0])|np.ravel(f)|y[0].ravel()
y[::2].ravel()|Y[:1].T.ravel()|Y[:, :1].ravel()|Y[:, :1].T.ravel()|Y[:, 0].ravel()
Y[:, 0].reshape(1, 2)|Y.T.reshape(4)|Y.T.reshape(1, 2, 2)|np.reshape(Y, (4,), order='F')
np.reshape(Y.T, (4,), order='F')|Y.flatten()|y.flatten()|y[0].flatten()|y.flat[0]
y[None].ravel()|y[None].T.ravel()|y[:, None].T.ravel()|np.reshape(Y, (4,), copy=True)
Y.T.T.ravel()|Y[::-1].ravel()|Y[0].ravel()|Y[1:].ravel()|Y[:1].ravel()
np.transpose(y)|np.transpose(Y)|y.T|Y.T|y[0].T|np.transpose(y[0])|np.transpose(f)|Y.mT
np.swapaxes(Y, 0, 1)|np.moveaxis(Y, 0, 1)|np.rollaxis(Y, 1)|np.rollaxis(y, 0)
np.expand_dims(y, 0)|np.expand_dims(y[0], 0)|np.expand_dims(f, 0)|np.squeeze(y)
np.squeeze(y[None])|np.squeeze(y[:1])|np.squeeze(y[0])|np.squeeze(f)|y[:1].squeeze()
y[0].squeeze()|np.flip(y)|np.flip(y[0])|np.fliplr(Y)|np.flipud(Y)|np.rot90(Y)|np.rot90(Y, 0)
np.rot90(Y, 2)|np.diagonal(Y)|np.diag(Y)|np.diag(y)|np.linalg.diagonal(Y)|np.diagflat(y)
np.broadcast_to(y, (2, 4))|np.broadcast_to(y, (4,))|np.broadcast_to(f, ())
np.broadcast_to(f, (2,))|np.broadcast_to(y[0], ())|np.atleast_1d(y)|np.atleast_1d(y[0])
np.atleast_1d(f)|np.atleast_2d(y)|np.atleast_3d(Y)|np.atleast_2d(f)|np.permute_dims(Y)
np.matrix_transpose(Y)|np.roll(y, 1)|np.roll(y, 0)|np.roll(f, 0)|np.tile(y, 1)|np.tile(f, ())
np.repeat(y, 1)|np.real(y)|np.imag(y)|np.real(y[0])|np.imag(y[0])|np.real(f)|y.real|y.imag
y[0].real|np.real_if_close(y)|np.real_if_close(y[0])|np.conj(y)|y.conj()|y[0].conj()
y[0].conjugate()|np.conj(y[0])|np.angle(y)|np.trim_zeros(y)|np.unstack(y)[0]|np.unstack(Y)[0]
np.split(y, 2)[0]|np.hsplit(y, 2)[1]|np.array_split(y, 2)[0]|np.vsplit(Y, 2)[0]
np.broadcast_arrays(y, y)[0]|np.broadcast_arrays(y, 1.0)[0]|np.broadcast_arrays(y, f)[1]
np.lib.stride_tricks.sliding_window_view(y, 2)|np.meshgrid(y, y)[0]|np.ix_(y)[0]|np.tril(Y)
np.triu(Y)|np.nan_to_num(y)|np.nan_to_num(y[0])|np.nan_to_num(f)|np.clip(y, 0, 9)
np.clip(y[0], 0, 9)|np.clip(f, 0, 9)|y.clip(0, 9)|y.astype(float)|y.astype(float, copy=False)
y[0].astype(float)|np.astype(y, float)|np.astype(y[0], float)|y.view()|y.take(0)|np.take(y, 0)
np.take(y, [0])|np.take(Y, 0)|np.take(Y, 0, axis=0)|np.take(y[0], 0)|np.choose(0, [y, y])
np.choose(0, [f, f])|np.compress([True, False], Y)|np.extract(y > 0, y)|np.delete(y, 0)
np.insert(y, 0, f)|np.append(y, f)|np.resize(y, 4)|np.resize(y, ())|np.concatenate([y])
np.concatenate((y, y))|np.stack([y])|np.stack([y[0], f])|np.hstack([y])|np.vstack([y])
np.hstack([f, f])|np.block([y])|np.block(y)|np.block(f)|np.block([[Y]])|np.column_stack([y])
np.dstack([y])|np.pad(y, 0)|np.pad(y, 1)|np.pad(f, 0)|np.kron(1.0, y)
np.sin(y)|np.sin(y[0])|np.sin(f)|np.exp(y[:1])|np.abs(y)|np.abs(y[0])|np.positive(y)
np.add(y, 0)|np.add(f, f)|np.maximum(y, 0)|np.maximum(f, 0)|np.where(y > 0, y, 0)
np.where(f > 0, f, 0)|np.where(k > 0, y[0], f)|np.where(y[0] > 0, y, f)|np.select([y > 0], [y])
np.select([f > 0], [f])|np.piecewise(y, [y > 0], [lambda v: 2 * v])
np.interp(f, [0.0, 9.0], y[:2])|np.interp(y, [0.0, 9.0], [1.0, 2.0])|np.sinc(y)|np.sinc(f)
np.i0(f)|np.i0(y)|np.modf(f)[0]|np.frexp(f)[0]|np.divmod(y, 99.0)[1]|np.sort(y)
np.partition(y, 1)|np.searchsorted(y, f) * y[0]|np.polyval(y, f)|np.polyval(y, y[0])
np.polyval([f, f], f)|np.polyval([1.0, 2.0], y)|np.polyadd(y, y)|np.polyder(y)|np.polyint(y)
np.polyder(y, 0)|np.polyint(y, 0)|np.convolve(y, y)|np.correlate(y, y)|np.gradient(y)
np.ediff1d(y)|np.unwrap(y)|np.cov(y)|np.cov(Y)|np.corrcoef(y)|np.corrcoef(Y)
np.apply_along_axis(np.sum, 0, y)|np.apply_along_axis(np.sum, 0, Y)
np.apply_along_axis(lambda v: 2 * v, 0, y)|np.apply_over_axes(np.sum, y, 0)
np.vectorize(lambda v: 2 * v)(y)|np.vectorize(lambda v: 2 * v)(f)|np.fft.fftshift(y)
np.fft.ifftshift(y)|np.fft.irfft(np.fft.rfft(y))|np.fft.fft(y).real|np.real(np.fft.fft(y))
np.bincount([0, 1], y[:2])|np.take_along_axis(y, np.array([0]), 0)|np.cumulative_sum(y)
np.vander(y, 2)|np.round(f * 0) + y
np.zeros(()) + f|np.zeros(1) + f|np.full((), f)|np.full(2, f)|np.full_like(y, f)
np.full_like(f, f)|np.full_like(y[0], f)|np.ones_like(y[0]) * f|np.zeros_like(y) + y
np.empty_like(f) * 0 + f|np.linspace(0.0, f, 3)|np.arange(3.0) * f|np.eye(2) * f
np.identity(2) @ Y|math.sin(f)|math.sqrt(y[0])|math.fsum(y)|math.hypot(f, f)|math.prod([f, f])
math.exp(y[0])|y.item(0)|y[0].item()|y[0].tolist()|np.asarray(y[0]).item()|np.asarray(y[0])[()]
np.asarray(y[0])[...]|np.asarray(y[0])[None]|np.asarray(y[0]) * 2
np.asarray(y[0]) + np.asarray(f)|np.asarray(y[0]).sum()|np.asarray(y[0]).copy()
np.asarray(y[0]).reshape(())|np.asarray(y[0]).T|np.squeeze(np.asarray(y[0]))
np.sum(np.asarray(y[0]))|np.sum(np.asarray(y[0]), axis=())|+np.asarray(f)
np.real(np.asarray(f))|np.array(y[0])[()]|np.moveaxis(np.asarray(f), [], [])
np.flip(np.asarray(f))|np.broadcast_to(np.asarray(f), ())|np.sum(y, out=np.zeros(()))
np.add(f, f, out=np.zeros(()))|np.sin(y, out=y)|np.add(y, y, out=y)
"""
TAILS = {
    "result": """
    c = b
    c *= 2.0
    return np.sum(b * b) + np.sum(y * y * y) + np.sum(Y * Y) + np.sum(x)
""",
    "argument": """
    y *= 3.0
    Y *= 1.5
    return np.sum(b * b) + np.sum(y * y)
""",
}
X = np.array([1.3, 0.7, 2.1, 1.6])
#: How many of them are refused, at most; which of several arrays a write means is not known.
MOST_REFUSED = 0.2


def expressions() -> list[str]:
    return [e for line in EXPRESSIONS.strip().splitlines() for e in line.split("|")]


def program(expression: str, tail: str) -> Any:
    head = "def program(x, f, k):\n    y = x * 1.0\n    Y = y.reshape(2, 2) + 0.0\n"
    text = f"{head}    b = {expression}{TAILS[tail]}"
    file = f"<aliases {tail} {expression}>"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    names: dict[str, Any] = {"np": np, "math": math}
    exec(compile(text, file, "exec"), names)
    return names["program"]


def outcome(expression: str, tail: str) -> str:
    f = program(expression, tail)
    try:
        expected = f(X.copy(), 0.9, 1)
    except Exception:
        expected = None
    try:
        value, gradient = adjoint.value_and_grad(f)(X.copy(), 0.9, 1)
    except adjoint.AdjointError:
        return "refused"
    except Exception as error:
        return "right" if expected is None else f"raises {error!r}"
    if expected is None:
        return "does not raise"
    step = 1e-6
    differences = [
        (f(X + step * d, 0.9, 1) - f(X - step * d, 0.9, 1)) / (2 * step) for d in np.eye(4)
    ]
    right = np.allclose(value, expected, rtol=1e-10)
    right = right and np.allclose(gradient, differences, rtol=1e-5, atol=1e-6)
    return "right" if right else f"{value}, {gradient} for {expected}, {differences}"


@pytest.mark.parametrize("tail", TAILS)
def test_writes_into_results(tail: str) -> None:
    outcomes = {e: outcome(e, tail) for e in expressions()}
    wrong = {e: found for e, found in outcomes.items() if found not in ("right", "refused")}
    assert not wrong
    refused = [e for e, found in outcomes.items() if found == "refused"]
    assert len(refused) < MOST_REFUSED * len(outcomes), refused


#: Lists of whole numbers where NumPy takes arrays, and positions by np.where.
LISTS = """
np.choose([0, 1, 1, 0], [2.0 * y, y**2])|np.choose((0, 1, 1, 0), (2.0 * y, y**2))
np.choose(np.array([0, 1, 1, 0]), [2.0 * y, y**2])|np.choose([[0, 1], [1, 0]], [2.0 * Y, Y**2])
np.choose([0, 1, 5, 0], [2.0 * y, y**2], mode='clip')
np.choose([True, False, True, True], [2.0 * y, y**2])|np.choose([0], [y, y * 2])
np.choose(1, [y, y * 2])
np.where([True, False, True, False], y, 2 * y)|np.where([1, 0, 1, 0], y, 2 * y)
np.where((True, False, True, False), y, 0)
np.select([[True, False, True, False], y > 1], [y, y * y])
np.select([[1 > 0, False, True, False]], [y])
np.where(y > 1)[0] * y[0]|y[np.where(y > 1)]|y[np.where(y > 1)[0]]
np.where([True, False])[0] * y[0]|Y[np.where(Y > 1)]|np.where(Y > 1)[1] * f|np.where(y)[0] * f
len(np.where(y > 1)[0]) * y|y[np.where([1, 0, 1, 0])]|np.argwhere(y > 1) * f
np.nonzero(y > 1)[0] * f
y ** [1, 2, 1, 2]|np.power(y, [1, 2, 1, 2])|np.maximum(y, [1, 2, 3, 4])
np.minimum([1, 2, 3, 4], y)|np.arctan2(y, [1, 2, 3, 4])|np.copysign(y, [1, -2, 3, 4])
np.average(y, weights=[1, 2, 3, 4])|np.dot(y, [1, 2, 3, 4])|np.inner([1, 2, 3, 4], y)
np.outer(y, [1, 2])|np.kron(y, [1, 2])|np.convolve(y, [1, 2])|np.correlate(y, [1, 2])
np.linalg.solve(Y, [1, 2])|np.tensordot(y, [1, 2, 3, 4], 1)|np.einsum('i,i->', y, [1, 2, 3, 4])
np.vdot([1, 2, 3, 4], y)|Y @ [1, 2]|np.matmul([1, 2], Y)|np.polyval([1, 2], y)
np.interp(y, [1, 2, 3], [1, 2, 4])|np.clip(y, [1, 1, 1, 1], [2, 2, 2, 2])|np.take(y, [0, 2])
np.repeat(y, [1, 2, 1, 0])|np.repeat(y, 2)|np.add.reduceat(y, [0, 2])
np.cross(y[:3], [1, 2, 3])|np.trapezoid(y, [0, 1, 3, 4])|np.trapezoid(y, x=[0, 1, 3, 4])
np.gradient(y, [0, 1, 3, 4])|np.bincount([0, 1, 1, 0], weights=y)
np.histogram([1, 2], bins=[0, 1, 2])[0] * f|np.digitize(y, [1, 2]) * y
np.searchsorted([1, 2], y) * y|np.insert(y, [1], [5])|np.append(y, [1, 2])
np.concatenate([y, [1, 2]])|np.quantile(y, [0, 1])|np.percentile(y, [0, 50])
np.full(2, [1, 2]) * f|np.full_like(Y, [1, 2]) * f|np.broadcast_to([1, 2], (2, 2)) * f
np.less(y, [1, 2, 3, 4]) * y|np.isin(y, [1, 2]) * y
np.piecewise(y, [y > 1, y <= 1], [1, 2]) * y|np.multiply.outer(y, [1, 2])
np.subtract([1, 2, 3, 4], y)|np.hypot([1, 2, 3, 4], y)|np.array([1, 2]) * f|np.sum([1, 2]) * y
np.mean([1, 2]) * y|np.max([1, 2]) * y|np.diff(y, prepend=[1])|np.linspace([1, 2], [3, f], 3)
np.meshgrid(y, [1, 2])[1] * f|np.tile([1, 2], 2) * y|np.roll([1, 2, 3, 4], 1) * y
np.sort([2, 1, 4, 3]) * y|np.argsort([2, 1, 4, 3]) * y|np.flip([2, 1, 4, 3]) * y
np.cumsum([2, 1, 4, 3]) * y|np.reshape([1, 2, 3, 4], (2, 2)) * Y|np.diag([1, 2]) * Y
np.stack([y, [1, 2, 3, 4]])|np.vstack([y, [1, 2, 3, 4]])|np.linalg.norm([1, 2]) * y
np.linalg.det([[1, 2], [3, 5]]) * y|np.linalg.inv([[1, 2], [3, 5]]) @ Y
np.transpose([[1, 2], [3, 5]]) @ Y|np.ones_like([1, 2, 3, 4]) * y
np.zeros_like([1, 2, 3, 4]) * y + y|np.shape([1, 2])[0] * y|np.size([1, 2]) * y
np.ndim([[1, 2]]) * y|len([1, 2]) * y
"""


@pytest.mark.parametrize(
    "expression", [e for x in LISTS.strip().splitlines() for e in x.split("|")]
)
def test_lists_where_arrays_are_meant(expression: str) -> None:
    TAILS["plain"] = "\n    return np.sum(b * b) + np.sum(y * y * y) + np.sum(Y * Y)\n"
    assert outcome(expression, "plain") == "right"


def ravel_of_thin(x):
    a = np.zeros((1, 3))
    r = a.T.ravel()
    r[0] = x[0] * x[1]
    return np.sum(a) + x[2]


def ravel_in_fortran_order(x):
    y = np.zeros((2, 2), order="F")
    z = y.ravel()
    z[0] = x[0] * x[1]
    return np.sum(z) + x[2]


def ravel_of_given_order_by_position(x):
    y = np.ones((2, 2), float, "C")
    z = y.ravel()
    z[0] = x[0] * x[1]
    return np.sum(y) + x[2]


def mask_of_rank_0(x):
    y = np.array(x[0])
    y[y < 0.0] = 0.0
    return y * x[1]


def mask_of_rank_0_that_holds(x):
    y = np.array(x[0] * x[2])
    y[y > 0.0] = 0.5
    return y * x[1] + x[0]


@pytest.mark.parametrize(
    "f",
    [ravel_of_thin, ravel_in_fortran_order, ravel_of_given_order_by_position, mask_of_rank_0,
     mask_of_rank_0_that_holds],
)  # fmt: skip
def test_layouts_and_masks(f: Any) -> None:
    value, gradient = adjoint.value_and_grad(f)(X.copy())
    step = 1e-6
    differences = [(f(X + step * d) - f(X - step * d)) / (2 * step) for d in np.eye(4)]
    np.testing.assert_allclose(value, f(X.copy()))
    np.testing.assert_allclose(gradient, differences, rtol=1e-5, atol=1e-6)


def unknown_function_of_own_array(x):
    y = x * 1.0
    z = np.ma.getdata(y)
    z[0] = 5.0
    return np.sum(y * y)


def unknown_function_of_active_argument(x):
    np.ma.getdata(x)
    return np.sum(x * x)


def unknown_function_of_data(x, data):
    return np.sum(x * np.ma.getdata(data))


def test_functions_in_no_record() -> None:
    for f in (unknown_function_of_own_array, unknown_function_of_active_argument):
        with pytest.raises(adjoint.AdjointError):
            adjoint.grad(f)(X.copy())
    data = np.array([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(adjoint.grad(unknown_function_of_data)(X.copy(), data), data)
