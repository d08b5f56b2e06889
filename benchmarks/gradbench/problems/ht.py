"""Hand tracking: a skinned hand is posed, and compared with measured points."""

from typing import Any

import numpy as np

from adjoint import jacfwd, jvp

FINGERS = 5


def pose(theta: np.ndarray, bones: int) -> Any:
    """Rows: the global rotation, scale and translation, then three angles for each bone."""
    rows = np.zeros((bones + 3, 3))
    rows[0] = theta[:3]
    rows[1] = 1.0
    rows[2] = theta[3:6]
    for finger in range(FINGERS):
        bone, at = 5 + 4 * finger, 6 + 4 * finger
        rows[bone, 0], rows[bone, 1] = theta[at], theta[at + 1]
        rows[bone + 1, 0], rows[bone + 2, 0] = theta[at + 2], theta[at + 3]
    return rows


def from_angles(angles: np.ndarray) -> Any:
    """The rotation about x, then y, then z; the angles stand in the order x, z, y."""
    cx, cz, cy = np.cos(angles)
    sx, sz, sy = np.sin(angles)
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cx, -sx], [0.0, sx, cx]])
    about_y = np.array([[cy, 0.0, sy], [0.0, 1.0, 0.0], [-sy, 0.0, cy]])
    about_z = np.array([[cz, -sz, 0.0], [sz, cz, 0.0], [0.0, 0.0, 1.0]])
    return about_z @ about_y @ about_x


def from_axis(axis: np.ndarray) -> Any:
    """The rotation about an axis, by an angle that is its length."""
    angle = np.sqrt(axis @ axis)
    if angle < 1e-4:
        return np.eye(3)
    unit = axis / angle
    x, y, z = unit
    s, c = np.sin(angle), np.cos(angle)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return c * np.eye(3) + s * cross + (1.0 - c) * unit[:, None] * unit


def vertices(theta: np.ndarray, model: dict[str, Any]) -> Any:
    """The posed vertices, one in each row."""
    parents = model["parents"]
    rows = pose(theta, len(parents))
    absolutes = np.zeros((len(parents), 4, 4))
    positions = np.zeros((len(model["positions"]), 3))
    for bone in range(len(parents)):
        local = np.eye(4)
        local[:3, :3] = from_angles(rows[bone + 3])
        relative = model["relatives"][bone] @ local
        parent = parents[bone]
        absolutes[bone] = relative if parent == -1 else absolutes[parent] @ relative
        transform = absolutes[bone] @ model["inverses"][bone]
        moved = model["positions"] @ transform[:3].T
        positions = positions + model["weights"][:, bone, None] * moved
    turned = (positions * model["mirror"]) @ (from_axis(rows[0]) * rows[1]).T
    return turned + rows[2]


def simple(theta: np.ndarray, us: np.ndarray, model: dict[str, Any]) -> Any:
    """Each point belongs to a vertex."""
    return np.ravel(model["points"] - vertices(theta, model)[model["correspondences"]])


def complicated(theta: np.ndarray, us: np.ndarray, model: dict[str, Any]) -> Any:
    """Each point belongs to a triangle, in which it has the coordinates `us`."""
    found = vertices(theta, model)
    corners = model["triangles"][model["correspondences"]]
    u, v = us[:, 0, None], us[:, 1, None]
    on_hand = u * found[corners[:, 0]] + v * found[corners[:, 1]]
    on_hand = on_hand + (1.0 - u - v) * found[corners[:, 2]]
    return np.ravel(model["points"] - on_hand)


def objective(theta: np.ndarray, us: np.ndarray, model: dict[str, Any]) -> Any:
    return complicated(theta, us, model) if us.size else simple(theta, us, model)


by_theta = {True: jacfwd(complicated), False: jacfwd(simple)}


def along(us: np.ndarray, column: int, theta: np.ndarray, model: dict[str, Any]) -> Any:
    """The derivative by a column of `us`: each error has its own row of it."""
    direction = np.zeros_like(us)
    direction[:, column] = 1.0
    arguments = (theta, us, model)
    return jvp(complicated, arguments, direction, argnums=1)[1]


def jacobian(theta: np.ndarray, us: np.ndarray, model: dict[str, Any]) -> Any:
    columns = by_theta[bool(us.size)](theta, us, model)
    if not us.size:
        return columns
    first = [along(us, column, theta, model)[:, None] for column in range(2)]
    return np.hstack((*first, columns))


FUNCTIONS = {"objective": objective, "jacobian": jacobian}


def read(given: dict[str, Any]) -> tuple[Any, ...]:
    data = given["data"]
    model = data["model"]
    read_model = {
        "parents": [int(parent) for parent in model["parents"]],
        "relatives": np.array(model["base_relatives"], dtype=float),
        "inverses": np.array(model["inverse_base_absolutes"], dtype=float),
        "positions": np.array(model["base_positions"], dtype=float),
        "weights": np.array(model["weights"], dtype=float),
        "triangles": np.array(model["triangles"], dtype=int).reshape(-1, 3),
        "mirror": np.array([-1.0 if model["is_mirrored"] else 1.0, 1.0, 1.0]),
        "correspondences": np.array(data["correspondences"], dtype=int),
        "points": np.array(data["points"], dtype=float),
    }
    us = np.array(given["us"], dtype=float).reshape(-1, 2)
    return np.array(given["theta"], dtype=float), us, read_model


def example(
    rng: np.random.Generator, points: int = 4, size: int = 12, full: bool = True
) -> dict[str, Any]:
    bones = 2 + 4 * FINGERS
    triangles = [rng.choice(size, 3, replace=False).tolist() for _ in range(size)]
    model = {
        "bone_count": bones,
        "bone_names": [f"bone {k}" for k in range(bones)],
        "parents": [-1, *(int(rng.integers(0, k)) for k in range(1, bones))],
        "base_relatives": (np.eye(4) + 0.1 * rng.normal(size=(bones, 4, 4))).tolist(),
        "inverse_base_absolutes": (np.eye(4) + 0.1 * rng.normal(size=(bones, 4, 4))).tolist(),
        "base_positions": np.append(rng.normal(size=(size, 3)), np.ones((size, 1)), 1).tolist(),
        "weights": rng.uniform(size=(size, bones)).tolist(),
        "triangles": triangles,
        "is_mirrored": False,
    }
    return {
        "theta": (0.3 * rng.normal(size=6 + 4 * FINGERS)).tolist(),
        "us": rng.uniform(0.1, 0.5, size=(points, 2)).tolist() if full else [],
        "data": {
            "model": model,
            "correspondences": rng.integers(0, size, size=points).tolist(),
            "points": rng.normal(size=(points, 3)).tolist(),
        },
    }
