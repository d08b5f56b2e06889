"""Bundle adjustment: errors of cameras that see points, and their sparse Jacobian."""

from typing import Any

import numpy as np

from adjoint import grad, vjp

CAMERA = (
    11  # a rotation (3), a centre (3), a focal length, a principal point (2), a distortion (2)
)


def rotated(axis: Any, x: Any) -> Any:
    """Rodrigues' formula, for one axis and one point in each column."""
    angle = np.sqrt(np.sum(axis * axis, axis=0))
    unit = axis / angle
    across = np.stack(
        (
            unit[1] * x[2] - unit[2] * x[1],
            unit[2] * x[0] - unit[0] * x[2],
            unit[0] * x[1] - unit[1] * x[0],
        )
    )
    cosine = np.cos(angle)
    along = np.sum(unit * x, axis=0) * (1.0 - cosine)
    return x * cosine + across * np.sin(angle) + unit * along


def reprojection(cameras: Any, points: Any, weights: Any, features: Any) -> Any:
    """The errors of all observations: one in each column, with its own camera and point."""
    seen = rotated(cameras[:3], points - cameras[3:6])
    flat = seen[:2] / seen[2]
    square = np.sum(flat * flat, axis=0)
    distortion = 1.0 + cameras[9] * square + cameras[10] * square * square
    return weights * (flat * distortion * cameras[6] + cameras[7:9] - features)


def weight_error(weights: Any) -> Any:
    return 1.0 - weights * weights


def total_weight_error(weights: Any) -> Any:
    return np.sum(weight_error(weights))


weight_slope = grad(total_weight_error)


def gathered(problem: dict[str, Any]) -> tuple[Any, ...]:
    cameras, points = problem["cameras"], problem["points"]
    by_camera, by_point = problem["observed"]
    return cameras[:, by_camera], points[:, by_point], problem["weights"], problem["features"]


def objective(problem: dict[str, Any]) -> Any:
    return reprojection(*gathered(problem)), weight_error(problem["weights"])


def jacobian(problem: dict[str, Any]) -> Any:
    """Rows (offsets), columns and values of the Jacobian.

    An observation depends on its own camera, point and weight only: two pullbacks give every
    block.
    """
    arguments = gathered(problem)
    count = len(problem["weights"])
    error, pullback = vjp(reprojection, *arguments, argnums=(0, 1, 2))
    values = np.empty((count, 2, CAMERA + 4))
    for row in range(2):
        seed = np.zeros_like(error)
        seed[row] = 1.0
        cameras_bar, points_bar, weights_bar = pullback(seed)
        values[:, row, :CAMERA] = cameras_bar.T
        values[:, row, CAMERA : CAMERA + 3] = points_bar.T
        values[:, row, -1] = weights_bar
    by_camera, by_point = problem["observed"]
    points_at = CAMERA * problem["cameras"].shape[1]
    weights_at = points_at + 3 * problem["points"].shape[1] + np.arange(count)
    columns = np.empty((count, 2, CAMERA + 4), dtype=int)
    columns[:, :, :CAMERA] = (CAMERA * by_camera[:, None] + np.arange(CAMERA))[:, None]
    columns[:, :, CAMERA:-1] = (points_at + 3 * by_point[:, None] + np.arange(3))[:, None]
    columns[:, :, -1] = weights_at[:, None]
    in_blocks = (CAMERA + 4) * np.arange(2 * count + 1)
    rows = np.concatenate((in_blocks, in_blocks[-1] + 1 + np.arange(count)))
    slopes = weight_slope(problem["weights"])
    return rows, np.append(columns, weights_at), np.append(values, slopes)


FUNCTIONS = {"objective": objective, "jacobian": jacobian}


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    """GradBench sends one camera, point, weight and feature, to be repeated."""
    n, m, p = int(given["n"]), int(given["m"]), int(given["p"])

    def columns(name: str, count: int) -> np.ndarray:
        return np.tile(np.array(given[name], dtype=float)[:, None], (1, count))

    problem = {
        "cameras": columns("cam", n),
        "points": columns("x", m),
        "weights": np.full(p, float(given["w"])),
        "features": columns("feat", p),
        "observed": (np.arange(p) % n, np.arange(p) % m),
    }
    return (problem,)


def write(function: str, result: Any) -> Any:
    """The repetition is left out again."""
    if function == "objective":
        error, weights = result
        return {
            "reproj_error": {"elements": error[:, 0].tolist(), "repeated": error.shape[1]},
            "w_err": {"element": float(weights[0]), "repeated": len(weights)},
        }
    block = 2 * (CAMERA + 4)
    shown = (np.append(part[:block], part[-1]).tolist() for part in result)
    return dict(zip(("rows", "cols", "vals"), shown, strict=True))


def example(rng: np.random.Generator, n: int = 2, m: int = 3, p: int = 5) -> dict[str, Any]:
    return {
        "n": n,
        "m": m,
        "p": p,
        "cam": rng.uniform(0.1, 1.0, size=CAMERA).tolist(),
        "x": rng.uniform(1.0, 2.0, size=3).tolist(),
        "w": 0.7,
        "feat": rng.normal(size=2).tolist(),
    }
