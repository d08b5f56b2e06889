"""What programs do with big containers from outside, each use against differences."""

import copy
import functools
import itertools
import linecache
import math
from typing import Any

import numpy as np
import pytest

from adjoint import checkpoint, grad, jvp

SIZE = 20
NUMBERS = [float(k % 7) + 0.5 for k in range(SIZE)]
SCOPE: dict[str, Any] = {
    "D": {f"k{k}": v for k, v in enumerate(NUMBERS)},
    "I": dict(enumerate(NUMBERS)),
    "A": {f"k{k}": np.arange(3.0) + k for k in range(SIZE)},
    "R": {f"k{k}": {"a": 1.0 + k, "b": (2.0, 3.0)} for k in range(SIZE)},
    "L": NUMBERS,
    "W": list(range(SIZE)),
    "M": [float(k) if k % 2 else "s" for k in range(SIZE)],
    "T": tuple(NUMBERS),
    "S": tuple(f"k{k}" for k in range(SIZE)),
    "B": tuple(np.arange(3.0) + k for k in range(SIZE)),
    "N": [[float(i * j) for i in range(SIZE)] for j in range(SIZE)],
    "np": np, "math": math, "copy": copy, "functools": functools, "itertools": itertools,
    "grad": grad, "jvp": jvp, "checkpoint": checkpoint,
}  # fmt: skip

EXPRESSIONS = """
x * sum(T) * sum(L)
x * sum(L[2:5]) * sum(T[2:5]) + x * sum(T[::-1])
x * max(T) + x * min(L)
x * sum(sorted(D.values()))
sum(x * v for v in D.values()) + sum(x * v for k, v in D.items())
sum(x * v for k, v in zip(D, T))
sum([x * D[k] for k in D]) + sum([x * D[k] for k in S])
x * np.sum(np.array(T)) * np.sum(np.array(L)) * np.sum(L)
x * np.sum(np.asarray(list(D.values())))
x * dict(D)["k3"] * {**D, "z": x}["z"] * {**D}["k4"]
x * sum([*T]) * sum([*L])
x * (T + (x,))[-1] * (L + [x])[-1] * (L + [x])[3]
x * (2.0 if isinstance(D, dict) and isinstance(T, tuple) and isinstance(L, list) else 1.0)
x * copy.copy(D)["k3"] * copy.deepcopy(D)["k4"]
x * I.get(3) + x * I.get(300, 7.0) + x * I[i]
x * sum(I) + x * sum(I[k] for k in I)
x * A["k3"].sum() + np.sum(x * A["k4"]) + sum(np.sum(x * v) for v in A.values())
np.sum(x * B[4]) + sum(np.sum(x * b) for b in B) + np.sum(x * np.stack(B))
x * R["k3"]["a"] * R["k4"]["b"][1] + sum(x * v["a"] for v in R.values())
x * M[3] + x * (1.0 if M[2] == "s" else 2.0)
x * N[3][4] * N[-1][-2] * len(N) * len(N[0])
sum(x * v for row in N for v in row) + np.sum(x * np.array(N))
x * np.arange(20.0)[W].sum() + x ** W[2] + x * np.arange(20.0)[W[3]]
x * T.index(2.5) * L.index(2.5) * L.count(2.5) * T.count(2.5)
x * S.index("k3") * len(S) * (2.0 if "k3" in S else 1.0)
x * (2.0 if "k3" in D.keys() and 2.5 in D.values() else 1.0)
x * functools.reduce(lambda a, b: a + b, T) * functools.reduce(lambda a, b: a + b, L)
sum(i * x * a for i, a in enumerate(T)) + sum(x * a * b for a, b in zip(T, L))
x * sum(reversed(T)) * sum(reversed(L)) * sum(map(lambda v: v * 2, T))
x * any(v > 3 for v in T) * all(v > 0 for v in L)
x * (lambda a, *r: a + sum(r))(*T) * (lambda **k: k["k3"])(**D)
x * (lambda t, k: t[k])(D, "k3") * (lambda t: len(t) + sum(t))(T)
x * next(iter(T)) * next(iter(D.values())) * D[list(D)[3]] * D[f"k{3}"]
x * T[i] * L[i] * T[True] * L[-20] * T[-20]
x * (D if x > 0 else {**D, "k3": 1.0})["k3"] * (L if x > 0 else [1.0] * 30)[3]
grad(lambda y: y * y * D["k3"] * T[4] * L[5] * sum(T))(x)
jvp(lambda y: y * y * D["k3"] * sum(L), (x,), (1.0,))[1]
checkpoint(lambda y: y * D["k3"] * T[4] * sum(T))(x)
sum(x * v for v in T if v > 2) + sum(x * v for k, v in D.items() if k != "k3")
{k: x * v for k, v in D.items()}["k3"] + [x * v for v in T][3] + [x * v for v in L][3]
x * sum(itertools.accumulate(T)) * sum(itertools.islice(T, 3)) * sum(itertools.chain(T, L))
x * math.fsum(T) * math.prod(L) + np.polyval(T, 0.1 * x) + np.polyval(L, 0.1 * x)
np.sum(np.array([x] * 20) * T) + np.sum(np.array([x] * 20) @ np.array(N))
x * (D.get("zz") or 3.0) * sum(D[k] for k in sorted(D)) * sum(D[k] for k in reversed(D))
x * (D | {"q": 1.0})["k3"] * len(D.items()) * len(D.copy())
x * sum(T[k] for k in range(len(T))) * sum(L[k] * T[k] for k in range(0, len(L), 2))
""".strip().splitlines()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_gradient(expression: str) -> None:
    file, text = f"<captured {expression}>", f"def f(x, i):\n    return {expression}\n"
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    scope = dict(SCOPE)
    exec(compile(text, file, "exec"), scope)
    f = scope["f"]
    slope = (f(1.5 + 1e-5, 4) - f(1.5 - 1e-5, 4)) / 2e-5
    assert math.isclose(grad(f, argnums=0)(1.5, 4), slope, rel_tol=1e-6)
