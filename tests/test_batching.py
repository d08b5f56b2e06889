"""Jacobians of many directions at once, against one direction after the other."""

import copy
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, grad, hessian, jacfwd, jacobian, jacrev
from adjoint.api import sharing
from adjoint.jacobians import JacobianFunction
from adjoint.rules import batching
from adjoint.runtime.containers import tree_leaves
from adjoint.transforms.gradient import Request
from tests.corpus import Case
from tests.test_corpus import CASES

RNG = np.random.default_rng(0)
V, M, N = RNG.normal(size=3), RNG.normal(size=(3, 3)), RNG.normal(size=(3, 4))
S = M @ M.T + np.eye(3)
B = RNG.normal(size=(2, 3, 3))


def jacobian_of(f: Any, mode: str, argnums: Any = 0, batch: bool = True) -> JacobianFunction:
    kind = "pushforward" if mode == "forward" else "pullback"
    return JacobianFunction(f, Request(kind, batch=batch), argnums, mode=mode, sparsity=None)


def same(found: Any, want: Any) -> None:
    found, want = tree_leaves(found), tree_leaves(want)
    assert len(found) == len(want)
    for a, b in zip(found, want, strict=True):
        assert type(a) is type(b) and np.shape(a) == np.shape(b)
        assert np.result_type(a) == np.result_type(b)
        eps = np.finfo(np.result_type(b)).eps
        scale = max(1.0, float(np.max(np.abs(b), initial=0.0, where=np.isfinite(b))))
        np.testing.assert_allclose(a, b, 1e4 * eps, 1e4 * eps * scale)


# Every rule; each program makes use of it in one mode at least


def item_by_item(x: Any) -> Any:
    y = x * x
    y[0] = x[1] * x[2]
    y[1:] += 2.0 * x[:-1]
    y[[2, 0]] = y[[0, 2]] * x[0]
    return y


def masked(x: Any) -> Any:
    y = np.zeros_like(x)
    y[x > 0.0] = x[x > 0.0] ** 2
    return y


def columns(x: Any) -> Any:
    x[:, [0, 1]] = x[:, [1, 0]]
    x[1] = x[0] * 2.0
    return x * x


def looped(x: Any) -> Any:
    h = np.zeros_like(x)
    for k in range(4):
        if k == 2:
            h = np.tanh(M @ h + x)
        else:
            h = h * x + k
    return h


def solved(x: Any) -> Any:
    return np.linalg.solve(S + np.outer(x, x), x)


def packed(x: Any) -> Any:
    parts = {"a": x * x, "b": (x[0] * x, 3)}
    first, (second, n) = parts["a"], parts["b"]
    return first + second * n


PROGRAMS: dict[str, tuple[Any, Any]] = {
    "elementwise": (lambda x: np.exp(x) * V + np.sin(x) / (2.0 + V) - x**3, V),
    "broadcast": (lambda x: x * N + x[:, :1] * N[0], N),
    "rows": (lambda x: x[:, None] * N + x @ N, V),
    "select": (lambda x: np.array([max(x[0], 0.1 * x[1]), abs(x[2])]), V),
    "where": (lambda x: np.where(x > 0.0, x * x, np.exp(x)), V),
    "clip": (lambda x: np.clip(x, -0.5, 0.5) * x, V),
    "zeros_like": (lambda x: np.zeros_like(x) + x * np.ones_like(x), V),
    "array": (lambda x: np.array([x[0], 2.0, x[1] * x[2]]), V),
    "nested array": (lambda x: np.array([x * x, V, x]), V),
    "asarray": (lambda x: np.asarray(x) + np.copy(x) * np.array(x), V),
    "float": (lambda x: float(x[0]) * x + float(np.sum(x)) * V, V),
    "astype": (lambda x: x.astype(np.float32) * 2.0, V),
    "sum": (lambda x: np.sum(x, axis=0) + np.sum(x, axis=-1, keepdims=True) * np.sum(x), N),
    "mean": (lambda x: x - np.mean(x, axis=(0,)) + np.mean(x), N),
    "prod": (lambda x: np.prod(x, axis=1) + np.max(x, axis=1) - np.min(x), N),
    "norm": (lambda x: x / np.linalg.norm(x), V),
    "softmax": (lambda x: np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x))), V),
    "cumsum": (lambda x: np.cumsum(x * x) + np.flip(x) * np.roll(x, 1), V),
    "cumsum of rows": (lambda x: np.cumsum(x, axis=0) + np.flip(x) * np.roll(x, 1, axis=1), N),
    "concatenate": (lambda x: np.concatenate([x * x, V, x[:2]]), V),
    "stack": (lambda x: np.stack([x * x, V, x], axis=-1), V),
    "take": (lambda x: np.take(x, [2, 0, 2]) * np.take(x, 1), V),
    "take rows": (lambda x: np.take(x, [2, 0, 2], axis=0) ** 2, N),
    "reshape": (lambda x: np.reshape(x * x, (2, 6)) + np.ravel(x).reshape(2, -1), N),
    "reshape by shape": (lambda x: np.reshape(np.ravel(x * x), x.shape), N),
    "broadcast_to": (lambda x: np.broadcast_to(x * x, (4, 3)) * N.T, V),
    "transpose": (lambda x: x.T @ x + np.transpose(x, (1, 0)) @ N, N),
    "swapaxes": (lambda x: np.swapaxes(x, 0, 1) @ x * np.moveaxis(x @ x.T, 0, 1)[0, 0], N),
    "moveaxis": (lambda x: np.moveaxis(x, 0, -1) * N.T, N),
    "squeeze": (lambda x: np.squeeze(np.reshape(x, (1, -1)), axis=0) * x, V),
    "triangles": (lambda x: np.tril(x) @ np.triu(x, 1), M),
    "inv": (lambda x: np.linalg.inv(x + S), M),
    "diagonal": (lambda x: np.diagonal(x) * np.trace(x) + np.diag(x, 0), M),
    "diag": (lambda x: np.diag(x) @ M, V),
    "matmul": (lambda x: M @ (x @ M) + np.dot(M, x) * np.dot(x, x) + x * np.inner(x, V), V),
    "matmul of matrices": (lambda x: M @ x @ N.T + x @ x.T, N),
    "matmul with vectors": (lambda x: x @ V * (V @ x) + np.vdot(x[0], x[1]), M),
    "many matrices": (lambda x: B @ x, M),
    "many matrices that move": (lambda x: x @ M + M @ x, B),
    "quadratic form": (lambda x: np.array([x @ S @ x, x @ x]), V),
    "outer": (lambda x: np.outer(x, V) + np.outer(V, x) * np.outer(x, x), V),
    "np.matmul": (lambda x: np.matmul(x, N) * np.matmul(V, x)[0], M),
    "einsum": (lambda x: np.einsum("ij,jk->ik", x, N) + np.einsum("ii->", x), M),
    "einsum twice": (lambda x: np.einsum("i,ij,j->i", x, M, x), V),
    "tensordot": (lambda x: np.tensordot(x, N, axes=([1], [0])) + np.tensordot(M, x, 2), M),
    "solve": (lambda x: np.linalg.solve(S, x * x), V),
    "solve for columns": (lambda x: np.linalg.solve(S, x * x), N),
    "solve with a matrix": (solved, V),
    "fft": (lambda x: np.real(np.fft.ifft(np.fft.fft(x) * V)), V),
    "rfft": (lambda x: np.fft.irfft(np.fft.rfft(x, axis=0), n=3, axis=0), N),
    "stores": (item_by_item, V),
    "masks": (masked, V),
    "columns": (columns, N),
    "subscripts": (lambda x: x[1, :3] * x[:, 2] + x[[0, 2], [1, 1]][0] * x[..., 1:][2], N),
    "squeezed": (lambda x: np.squeeze(x[:, :1] * x[:, 1:2], axis=1), N),
    "loop": (looped, V),
    "loop over rows": (lambda x: sum(row * row for row in x), N),
    "containers": (packed, V),
    "conjugates": (lambda x: np.abs(np.exp(1j * x) + x), V),
}  # fmt: skip

#: Each of these finds no rule for something; a sum of rows begins with a number.
ROW_BY_ROW = {("rfft", "reverse"), ("loop over rows", "reverse"), ("loop over rows", "forward")}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name: str, mode: str) -> None:
    f, x = PROGRAMS[name]
    function = jacobian_of(f, mode)
    want = jacobian_of(f, mode, batch=False)(x.copy())
    same(function(x.copy()), want)
    assert function._latest is not None
    assert function._latest.batched is ((name, mode) not in ROW_BY_ROW)
    same(jacobian_of(f, mode)(x.astype(np.float32)), want_single(f, x, mode))


def want_single(f: Any, x: np.ndarray, mode: str) -> Any:
    return jacobian_of(f, mode, batch=False)(x.astype(np.float32))


def test_every_rule_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = set()

    class Watched(dict[Any, Any]):
        def get(self, key: Any, default: Any = None) -> Any:
            tried.add(key)
            return super().get(key, default)

    monkeypatch.setattr(batching, "RULES", Watched(batching.RULES))
    monkeypatch.setattr(sharing, "_caches", OrderedDict())
    for f, x in PROGRAMS.values():
        for mode in ("forward", "reverse"):
            jacobian_of(f, mode).source_for(x)
    assert not set(batching.RULES) - tried


# Programs of all kinds


@pytest.mark.parametrize("case", CASES[::7], ids=lambda case: case.name)
def test_corpus(case: Case) -> None:
    """The derivative of the gradient; half of them have rules for everything in one mode."""
    f = grad(case.function, case.wrt)
    for mode in ("forward", "reverse"):
        function = jacobian_of(f, mode, case.wrt)
        args, kwargs = copy.deepcopy((case.args, case.kwargs))
        try:
            want = jacobian_of(f, mode, case.wrt, batch=False)(*args, **kwargs)
        except UnsupportedError:
            continue
        same(function(*copy.deepcopy(case.args), **copy.deepcopy(case.kwargs)), want)


# What could go wrong


def test_sizes_that_are_equal() -> None:
    """As many directions as any axis has elements: an axis in the wrong place would fit."""
    A = RNG.normal(size=(3, 3))

    def f(A: Any, x: Any) -> Any:
        first, second, third = A * x
        A[:, 1] = first * A[1] + second
        return (A @ third) * np.sum(A, axis=0) + A[0]

    for argnums in (0, 1, (0, 1)):
        for mode in ("forward", "reverse"):
            function = jacobian_of(f, mode, argnums)
            same(function(A, V), jacobian_of(f, mode, argnums, batch=False)(A, V))
            assert function._latest is not None and function._latest.batched


def test_a_number_that_becomes_an_array() -> None:
    def f(x: Any, n: int) -> Any:
        s = 0.0
        for _ in range(n):
            s = s * x + x
        return s + x

    for n in (0, 1, 4):
        for mode in ("forward", "reverse"):
            same(jacobian_of(f, mode)(V, n), jacobian_of(f, mode, batch=False)(V, n))


def test_a_name_that_a_branch_does_not_assign() -> None:
    def f(x: Any) -> Any:
        if np.sum(x) > 0.0:
            y = np.tanh(x)
        else:
            return x * x
        return y * x

    for x in (np.abs(V), -np.abs(V)):
        same(jacrev(grad(lambda x: np.sum(f(x))))(x), np.diag(np.diag(jacfwd(grad(
            lambda x: np.sum(f(x))))(x))))  # fmt: skip


def test_what_the_user_prints_is_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        print("once")
        return np.tanh(x)

    jacfwd(f)(V)
    assert capsys.readouterr().out == "once\n"


def test_arguments_and_results_own_their_memory() -> None:
    x = V.copy()
    found = jacobian(lambda x: x, mode="forward")(x)
    found[:] = 7.0
    np.testing.assert_array_equal(x, V)
    np.testing.assert_array_equal(jacrev(lambda x: x * 0.0 + V)(x), np.zeros((3, 3)))
    np.testing.assert_array_equal(jacfwd(lambda x: V.copy())(x), np.zeros((3, 3)))


def test_many_directions_come_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    from adjoint import jacobians

    want = hessian(energy)(V)
    monkeypatch.setattr(jacobians, "_AT_ONCE", 6)
    same(hessian(energy)(V), want)
    same(jacrev(lambda x: np.outer(x, x))(V), np.stack([np.outer(e, V) + np.outer(V, e)
         for e in np.eye(3)], axis=-1))  # fmt: skip


def energy(x: Any) -> Any:
    return np.sum(np.tanh(M @ x) ** 2)


def test_the_text() -> None:
    """One product with a matrix for all directions, and the primal once."""

    def layer(x: Any, W: Any, b: Any) -> Any:
        return np.tanh(W @ x + b)

    found = jacobian_of(layer, "forward").source_for(V, M, V)
    assert "    return y, x_dot @ W.T * (1 - y * y)\n" in found
    assert "many tangents at once" in found
    found = jacobian_of(layer, "reverse").source_for(V, M, V)
    assert "        return y_bar * (1 - tanh_W * tanh_W) @ W\n" in found
