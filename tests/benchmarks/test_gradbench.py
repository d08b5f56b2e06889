"""GradBench's problems, at small inputs and through its protocol."""

import copy
import io
import json
import subprocess
import sys

import numpy as np
import pytest

from adjoint import grad
from benchmarks.gradbench.problems import ba, det, ht, kmeans, particle, saddle
from benchmarks.gradbench.tool import NAMES, answer, answers, problem

GRADIENTS = [("lse", "primal", "gradient"), ("llsq", "primal", "gradient")]
GRADIENTS += [("det", "primal", "gradient"), ("gmm", "objective", "jacobian")]
GRADIENTS += [("ode", "primal", "gradient"), ("lstm", "objective", "jacobian")]


def ask(module, function, given):
    message = {"id": 1, "kind": "evaluate", "module": module, "function": function}
    said = answer({**message, "input": given})
    assert said["success"], said.get("error")
    return json.loads(json.dumps(said["output"]))


def flat(result):
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list):
        return np.concatenate([flat(each) for each in result]) if result else np.zeros(0)
    return np.array([float(result)])


def moved(given, fields, direction, step):
    """The input with its fields moved along a direction."""
    given, at = copy.deepcopy(given), 0
    for field in fields:
        array = np.array(given[field], dtype=float)
        part = direction[at : at + array.size].reshape(array.shape)
        given[field] = (array + step * part).tolist()
        at += array.size
    return given


def difference(module, function, given, fields, direction, step=1e-6):
    above = flat(ask(module, function, moved(given, fields, direction, step)))
    below = flat(ask(module, function, moved(given, fields, direction, -step)))
    return (above - below) / (2.0 * step)


@pytest.mark.parametrize("module, primal, gradient", GRADIENTS)
def test_gradients_agree_with_differences(module, primal, gradient):
    rng = np.random.default_rng(1)
    of = problem(module)
    given = of.example(rng)
    slope = flat(ask(module, gradient, given))
    for _ in range(3):
        direction = rng.normal(size=slope.size)
        expected = difference(module, primal, given, of.VARIABLES, direction)[-1]
        assert np.isclose(slope @ direction, expected, rtol=1e-6, atol=1e-7)


def test_square():
    assert ask("hello", "square", 3.0) == 9.0
    assert ask("hello", "double", 3.0) == 6.0


def test_determinant():
    given = det.example(np.random.default_rng(2), n=5)
    matrix = np.reshape(given["A"], (5, 5))
    assert np.isclose(ask("det", "primal", given), np.linalg.det(matrix))
    wanted = np.linalg.det(matrix) * np.linalg.inv(matrix).T
    assert np.allclose(ask("det", "gradient", given), np.ravel(wanted))


def test_a_newton_step_of_k_means_leads_to_the_mean():
    given = kmeans.example(np.random.default_rng(3))
    centroids, points = kmeans.read(given)
    nearest = np.argmin(np.sum((points[:, None] - centroids) ** 2, axis=2), axis=1)
    means = [points[nearest == k].mean(axis=0) for k in range(len(centroids))]
    assert np.allclose(ask("kmeans", "dir", given), centroids - means)


def test_the_blocks_of_bundle_adjustment():
    rng = np.random.default_rng(4)
    (problem,) = ba.read(ba.example(rng, n=2, m=3, p=7))
    for name in ("cameras", "points", "weights"):  # GradBench repeats one of each
        problem[name] = problem[name] * rng.uniform(0.9, 1.1, size=problem[name].shape)
    rows, columns, values = ba.jacobian(problem)
    sizes = [problem[name].size for name in ("cameras", "points", "weights")]
    found = np.zeros((len(rows) - 1, sum(sizes)))
    np.add.at(found, (np.repeat(np.arange(len(rows) - 1), np.diff(rows)), columns), values)

    def errors(x):
        cameras, points, weights = np.split(x, np.cumsum(sizes)[:2])
        parts = {"cameras": cameras.reshape(-1, ba.CAMERA).T, "points": points.reshape(-1, 3).T}
        error, weight = ba.objective({**problem, **parts, "weights": weights})
        return np.concatenate((error.T.ravel(), weight))

    x = np.concatenate([problem[name].T.ravel() for name in ("cameras", "points", "weights")])
    direction, step = rng.normal(size=x.size), 1e-6
    wanted = (errors(x + step * direction) - errors(x - step * direction)) / (2.0 * step)
    assert np.allclose(found @ direction, wanted, rtol=1e-6, atol=1e-6)
    block = ask("ba", "jacobian", ba.example(rng, p=10))
    assert [len(block[name]) for name in ("rows", "cols", "vals")] == [31, 31, 31]


@pytest.mark.parametrize("full", [True, False])
def test_hand_tracking(full):
    rng = np.random.default_rng(5)
    given = ht.example(rng, full=full)
    jacobian = np.array(ask("ht", "jacobian", given))
    skipped = 2 if full else 0
    direction = rng.normal(size=len(given["theta"]))
    wanted = difference("ht", "objective", given, ("theta",), direction)
    assert np.allclose(jacobian[:, skipped:] @ direction, wanted, rtol=1e-6, atol=1e-7)
    if full:  # each error has its own two coordinates
        direction = rng.normal(size=np.shape(given["us"]))
        wanted = difference("ht", "objective", given, ("us",), direction.ravel())
        found = np.sum(jacobian[:, :2] * np.repeat(direction, 3, axis=0), axis=1)
        assert np.allclose(found, wanted, rtol=1e-6, atol=1e-7)


def test_the_four_ways_to_aim_a_particle():
    ends = {name: ask("particle", name, {"w": 0.0}) for name in particle.FUNCTIONS}
    assert np.allclose(list(ends.values()), ends["rr"], rtol=1e-9)
    missed = {name: miss(np.array([ends["rr"]])) for name, miss in particle.INNER.items()}
    assert max(missed.values()) < 1e-6 < particle.miss_forward(np.zeros(1))
    w = np.array([0.1])
    wanted = (particle.miss_forward(w + 1e-6) - particle.miss_forward(w - 1e-6)) / 2e-6
    for miss in particle.INNER.values():
        assert np.allclose(grad(miss)(w), wanted, rtol=1e-6)


def test_a_saddle_point_in_both_modes():
    given = saddle.example(np.random.default_rng(6))
    found = [ask("saddle", name, given) for name in ("rr", "ff")]
    assert np.allclose(found, found[0], rtol=1e-9, atol=1e-12)
    assert set(saddle.FUNCTIONS) == {"rr", "rf", "fr", "ff"}
    assert np.max(np.abs(found)) < 1e-3  # where the gradient of a quadratic is zero


def test_the_protocol():
    messages = [
        {"id": 0, "kind": "start", "eval": "hello"},
        {"id": 1, "kind": "define", "module": "hello"},
        {"id": 2, "kind": "evaluate", "module": "hello", "function": "double", "input": 2.5},
        {"id": 3, "kind": "analysis", "of": 2, "valid": True},
        {"id": 4, "kind": "define", "module": "os"},
        {"id": 5, "kind": "evaluate", "module": "lse", "function": "primal",
         "input": {"x": [1.0, 2.0], "min_runs": 3, "min_seconds": 0}},
        {"id": 6, "kind": "evaluate", "module": "lse", "function": "nothing", "input": {"x": []}},
    ]  # fmt: skip
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    said = [json.loads(line) for line in answers(io.StringIO(lines))]
    assert [each["id"] for each in said] == list(range(7))
    assert said[1] == {"id": 1, "success": True}
    assert said[2]["output"] == 5.0 and said[2]["timings"][0]["name"] == "evaluate"
    assert said[3] == {"id": 3}
    assert not said[4]["success"] and not said[6]["success"] and "nothing" in said[6]["error"]
    assert len(said[5]["timings"]) == 3
    tool = subprocess.run(
        [sys.executable, "-m", "benchmarks.gradbench"],
        input=lines, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [json.loads(line)["id"] for line in tool.stdout.splitlines()] == list(range(7))


def test_there_are_twelve_problems():
    assert len(set(NAMES)) == 12 and all(problem(name).FUNCTIONS for name in NAMES)
