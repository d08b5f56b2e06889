"""Grind a lens: the gradient goes through the refraction of every ray.

A bundle of parallel rays meets a lens of glass. Each face is a curve x = a y² + b y⁴ + c y⁶.
Spherical faces focus the outer rays too early. The Gauss-Newton method finds the coefficients that
bring all rays to one point.
"""

import numpy as np

from adjoint import jacobian

GLASS = 1.5
THICKNESS = 0.6
FOCUS = 4.0
HEIGHTS = np.linspace(-1.0, 1.0, 21)
#: Two arcs of circles of radius 4, to fourth order.
START = np.array([0.125, 0.002, 0.0, -0.125, -0.002, 0.0])


def face(shape, y):
    """Where a face is at these heights, and its slope there."""
    a, b, c = shape
    return a * y**2 + b * y**4 + c * y**6, 2.0 * a * y + 4.0 * b * y**3 + 6.0 * c * y**5


def meet(x, y, slope, shape, at):
    """Where rays meet a face: Newton's method on the distance along the axis."""
    for _ in range(4):
        depth, tilt = face(shape, y)
        ahead = (at + depth - x) / (1.0 - tilt * slope)
        x, y = x + ahead, y + slope * ahead
    return x, y


def refract(slope, tilt, ratio):
    """The slope behind a face, by Snell's law in the frame of its normal."""
    normal = -np.arctan(tilt)
    sine = ratio * np.sin(np.arctan(slope) - normal)
    return np.tan(normal + np.arcsin(sine))


def trace(shapes):
    """The points of all rays: at the start, at both faces, in the plane of the focus."""
    x, y, slope = np.full(len(HEIGHTS), -1.0), HEIGHTS, np.zeros(len(HEIGHTS))
    path = [np.stack([x, y])]
    for shape, at, ratio in ((shapes[:3], 0.0, 1.0 / GLASS), (shapes[3:], THICKNESS, GLASS)):
        x, y = meet(x, y, slope, shape, at)
        slope = refract(slope, face(shape, y)[1], ratio)
        path.append(np.stack([x, y]))
    path.append(np.stack([np.full(len(y), FOCUS), y + slope * (FOCUS - x)]))
    return path


def misses(shapes):
    """How far from the axis the rays arrive, and how much the faces were bent."""
    return np.concatenate([trace(shapes)[-1][1], 1e-4 * (shapes - START)])


def main(rounds: int = 6) -> tuple[np.ndarray, list[float]]:
    """The shapes of both faces, and the radius of the spot in each round."""
    shapes, slopes, spots = START, jacobian(misses), []
    for _ in range(rounds):
        missed = misses(shapes)
        spots.append(float(np.sqrt(np.mean(missed[: len(HEIGHTS)] ** 2))))
        print(f"the spot has a radius of {spots[-1]:.2e}")
        shapes = shapes - np.linalg.lstsq(slopes(shapes), missed)[0]
    return shapes, spots


def picture(figure) -> None:
    """The rays through the first and through the last lens."""
    for axes, shapes, title in zip(
        figure.subplots(2, 1, sharex=True), (START, main()[0]), ("arcs", "ground"), strict=True
    ):
        path = np.array(trace(shapes))
        axes.plot(path[:, 0], path[:, 1], color="C0", linewidth=0.6)
        y = np.linspace(-1.1, 1.1, 50)
        left, right = face(shapes[:3], y)[0], THICKNESS + face(shapes[3:], y)[0]
        axes.fill_betweenx(y, left, right, color="C0", alpha=0.2)
        axes.set_title(title, fontsize=10)
        axes.set_aspect("equal")


if __name__ == "__main__":
    main()
