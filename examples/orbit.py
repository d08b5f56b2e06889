"""Fly to the moon: find the velocity that reaches a moving target after a given time.

A spacecraft leaves a low orbit around a planet whose moon passes by and pulls as well. The path is
integrated with the leapfrog method. Newton's method finds the velocity of departure: the Jacobian
of the point of arrival goes through all of the steps.
"""

import numpy as np

from adjoint import jacobian

STEPS = 400
DURATION = 2.6
MOON_MASS = 0.012
MOON_RADIUS = 1.0
START = np.array([0.1, 0.0])


def moon(time):
    """Where the moon is; it needs 2 pi for a turn."""
    return MOON_RADIUS * np.array([np.cos(time - 0.5), np.sin(time - 0.5)])


def pull(position, time):
    """The acceleration by the planet and by its moon, whose centre is softened."""
    away = moon(time) - position
    by_moon = MOON_MASS * away / (away @ away + 0.01) ** 1.5
    return by_moon - position / (position @ position) ** 1.5


def fly(velocity):
    """All positions on the way."""
    step, position, path = DURATION / STEPS, START, [START]
    for k in range(STEPS):
        velocity = velocity + 0.5 * step * pull(position, k * step)
        position = position + step * velocity
        velocity = velocity + 0.5 * step * pull(position, (k + 1) * step)
        path.append(position)
    return np.stack(path)


def arrival(velocity):
    """Where the flight ends, as seen from the moon."""
    return fly(velocity)[-1] - moon(DURATION)


def main(velocity=(0.0, 4.36)) -> tuple[np.ndarray, list[float]]:
    """The velocity that hits the moon, and the distance after each correction."""
    velocity, slopes, missed = np.array(velocity), jacobian(arrival), []
    for _ in range(30):
        away = arrival(velocity)
        missed.append(float(np.linalg.norm(away)))
        print(f"misses the moon by {missed[-1]:.2e}")
        if missed[-1] < 1e-10:
            break
        step = np.linalg.solve(slopes(velocity), away)
        while np.linalg.norm(arrival(velocity - step)) > missed[-1]:
            step = 0.5 * step  # a full step may lead into another orbit
        velocity = velocity - step
    return velocity, missed


def picture(figure) -> None:
    """The first and the last flight."""
    axes = figure.subplots()
    for velocity, style in ((np.array([0.0, 4.36]), "--"), (main()[0], "-")):
        axes.plot(*fly(velocity).T, style, color="C0", linewidth=1.0)
    axes.plot(*moon(np.linspace(0.0, DURATION, 100)), ":", color="C1")
    axes.plot(*moon(DURATION), "o", color="C1", markersize=8)
    axes.plot(0.0, 0.0, "o", color="C2", markersize=14)
    axes.set_aspect("equal")


if __name__ == "__main__":
    main()
