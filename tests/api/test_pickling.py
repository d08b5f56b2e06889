"""Gradient functions that are sent to another process: by name, and by value with their text."""

from __future__ import annotations

import importlib.util
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from adjoint import grad, hessian, value_and_grad
from tests.api import programs
from tests.frontend.test_ways_to_run import python


def needs(package: str) -> Any:
    missing = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(missing, reason=f"{package} is not installed")


#: Functions that only `__main__` has; helpers, closures, classes, and names that mean gradients.
SENDER = """\
import functools
import numpy as np
from adjoint import checkpoint, grad, hessian, jvp, value_and_grad, vjp

def helper(x):
    return np.sin(x) * x

def loss(x, k=2.0):
    return helper(x) * k

@grad
def decorated(x):
    return helper(x) ** 2

@value_and_grad
@grad
def twice(x):
    return np.exp(helper(x))

def make(k):
    def inner(x):
        return k * loss(x)
    return inner

class Model:
    def __init__(self, k):
        self.k = k
    def value(self, x):
        return self.k * helper(x)
    @grad
    def slope(self, x):
        return self.value(x)

def uses_a_gradient(x):
    return decorated(x) * x

def recursive(x, n=3):
    return x if n == 0 else np.sin(x) * recursive(x, n - 1)

same = {
    "lambda": grad(lambda x: x * x), "loss": grad(loss), "decorated": decorated, "twice": twice,
    "closure": grad(make(3.0)), "method": grad(Model(2.0).value), "slope": Model(2.0).slope,
    "partial": grad(functools.partial(loss, k=5.0)), "inside": grad(uses_a_gradient),
    "hessian": hessian(loss), "recursive": grad(recursive),
    "table": grad({"a": lambda x: x ** 3, "b": lambda x: np.cos(x) * helper(x)}["b"]),
}
"""

RECEIVER = """\
import pickle, sys
gradients = pickle.load(open(sys.argv[1], "rb"))
expected = pickle.load(open(sys.argv[2], "rb"))
for name, gradient in gradients.items():
    assert gradient(0.7) == expected[name], name
    text = gradient.source
print("all", "right")
"""


@needs("cloudpickle")
@pytest.mark.parametrize("stays", [True, False], ids=["script stays", "script is gone"])
def test_by_value(stays: bool, tmp_path: Path) -> None:
    """The receiver has neither the functions nor, in the end, their file."""
    program = SENDER + textwrap.dedent("""
        import cloudpickle, pickle
        open("sent", "wb").write(cloudpickle.dumps(same))
        open("values", "wb").write(pickle.dumps({k: g(0.7) for k, g in same.items()}))
        open("again", "wb").write(cloudpickle.dumps(same))  # after they were compiled
        """)
    (tmp_path / "sender.py").write_text(program)
    python("sender.py", cwd=tmp_path)
    if not stays:
        (tmp_path / "sender.py").unlink()
    (tmp_path / "receiver.py").write_text(RECEIVER)
    for sent in ("sent", "again"):
        assert "all right" in python("receiver.py", sent, "values", cwd=tmp_path)


@needs("cloudpickle")
def test_by_value_from_a_command_line(tmp_path: Path) -> None:
    python("-c", SENDER + "import cloudpickle\n"
           "open('sent', 'wb').write(cloudpickle.dumps(same))\n"
           "open('values', 'wb').write(cloudpickle.dumps({k: g(0.7) for k, g in same.items()}))",
           cwd=tmp_path)  # fmt: skip
    (tmp_path / "receiver.py").write_text(RECEIVER)
    assert "all right" in python("receiver.py", "sent", "values", cwd=tmp_path)


@needs("cloudpickle")
def test_functions_of_modules_travel_by_name() -> None:
    import cloudpickle

    for gradient in (programs.decorated, grad(programs.cubic), hessian(programs.cubic)):
        sent = cloudpickle.dumps(gradient)
        assert len(sent) < 1000
        assert cloudpickle.loads(sent)(0.7) == gradient(0.7)


def test_what_returns_is_the_function_as_written() -> None:
    again = pickle.loads(pickle.dumps(programs.decorated))
    assert again.primal is programs.decorated.primal
    nested = value_and_grad(programs.decorated)
    assert pickle.loads(pickle.dumps(nested))(0.7) == nested(0.7)


@needs("joblib")
def test_joblib(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        SENDER
        + textwrap.dedent("""
        from joblib import Parallel, delayed
        if __name__ == "__main__":
            for name, gradient in same.items():
                found = Parallel(n_jobs=2)(delayed(gradient)(x) for x in (0.3, 0.7))
                assert found == [gradient(0.3), gradient(0.7)], name
            print("all", "right")
        """)
    )
    assert "all right" in python("script.py", cwd=tmp_path)


@pytest.mark.parametrize("method", ["spawn", "fork", "forkserver"])
def test_multiprocessing(method: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        SENDER
        + textwrap.dedent(f"""
        import multiprocessing
        if __name__ == "__main__":
            with multiprocessing.get_context({method!r}).Pool(2) as pool:
                for gradient in (decorated, twice, grad(loss), Model(2.0).slope):
                    assert pool.map(gradient, [0.3, 0.7]) == [gradient(0.3), gradient(0.7)]
            print("all", "right")
        """)
    )
    assert "all right" in python("script.py", cwd=tmp_path)


@needs("dask")
@needs("cloudpickle")
def test_dask(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        SENDER
        + textwrap.dedent("""
        import dask
        if __name__ == "__main__":
            tasks = [dask.delayed(g)(0.7) for g in same.values()]
            found = dask.compute(*tasks, scheduler="processes", num_workers=2)
            assert list(found) == [g(0.7) for g in same.values()]
            print("all", "right")
        """)
    )
    assert "all right" in python("script.py", cwd=tmp_path)


@needs("sklearn")
def test_a_grid_search_with_an_estimator_of_the_script(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        textwrap.dedent("""
        import numpy as np
        from sklearn.base import BaseEstimator, RegressorMixin
        from sklearn.model_selection import GridSearchCV
        from adjoint import grad, value_and_grad

        def _loss(w, X, y, decay):
            return np.mean((X @ w - y) ** 2) + decay * np.sum(w * w)

        made_before = value_and_grad(_loss)

        class Ridge(RegressorMixin, BaseEstimator):
            def __init__(self, decay=0.1, before=False):
                self.decay, self.before = decay, before

            def fit(self, X, y):
                self.coef_ = np.zeros(X.shape[1])
                for _ in range(200):
                    if self.before:
                        slope = made_before(self.coef_, X, y, self.decay)[1]
                    else:
                        slope = grad(_loss)(self.coef_, X, y, self.decay)
                    self.coef_ = self.coef_ - 0.05 * slope
                return self

            def predict(self, X):
                return X @ self.coef_

        if __name__ == "__main__":
            rng = np.random.default_rng(0)
            X = rng.normal(size=(40, 3))
            y = X @ np.array([1.0, -2.0, 0.5])
            grid = {"decay": [0.0, 0.1], "before": [True, False]}
            search = GridSearchCV(Ridge(), grid, n_jobs=2, cv=2, error_score="raise").fit(X, y)
            alone = GridSearchCV(Ridge(), grid, cv=2, error_score="raise").fit(X, y)
            for key in ("mean_test_score", "std_test_score"):
                np.testing.assert_allclose(search.cv_results_[key], alone.cv_results_[key])
            print("all", "right")
        """)
    )
    assert "all right" in python("script.py", cwd=tmp_path)


@needs("cloudpickle")
def test_a_function_without_its_text_says_what_to_do(tmp_path: Path) -> None:
    sender = "import cloudpickle\nopen('sent', 'wb').write(cloudpickle.dumps(lambda x: x * x))"
    subprocess.run([sys.executable, "-c", sender], cwd=tmp_path, check=True)
    receiver = """
        import pickle
        from adjoint import AdjointError, grad
        try:
            grad(pickle.load(open("sent", "rb")))(2.0)
        except AdjointError as error:
            print(error)
        """
    printed = python("-c", textwrap.dedent(receiver), cwd=tmp_path)
    assert "not available" in printed and "before it is pickled" in printed
