"""Aim a cannon: the gradient goes through a `while` loop that runs until the ball lands.

Air drag grows with the square of the speed, so there is no formula for the range. The number of
steps depends on the aim; the landing point is interpolated between the last two steps, which makes
it a continuous function of the aim although the number of steps jumps.
"""

import math

from adjoint import value_and_grad

GRAVITY = 9.81
DRAG = 0.002
TIME_STEP = 0.01


@value_and_grad(argnums=(0, 1))
def landing(angle, speed, height=1.5):
    """How far from the cannon a ball lands."""
    x, y = 0.0, height
    vx, vy = speed * math.cos(angle), speed * math.sin(angle)
    x_before, y_before = x, y
    while y > 0.0:
        x_before, y_before = x, y
        drag = DRAG * math.sqrt(vx * vx + vy * vy)
        vx = vx - TIME_STEP * drag * vx
        vy = vy - TIME_STEP * (GRAVITY + drag * vy)
        x = x + TIME_STEP * vx
        y = y + TIME_STEP * vy
    return x_before + (x - x_before) * y_before / (y_before - y)


def main(target: float = 120.0, angle: float = 0.3, speed: float = 25.0) -> float:
    """Aim at the target; return by how much the last shot missed, in metres."""
    miss = math.inf
    for shot in range(1, 31):
        where, (by_angle, by_speed) = landing(angle, speed)
        miss = where - target
        print(
            f"shot {shot:2d}  angle {math.degrees(angle):5.2f} deg  speed {speed:6.3f} m/s  "
            f"lands at {where:8.3f} m  misses by {miss:+.2e} m"
        )
        if abs(miss) < 1e-6:
            break
        # The smallest change of aim that would hit if the range were linear in it (Gauss-Newton),
        # measuring speed in units of 50 m/s so that neither knob does all the work.
        squared = by_angle**2 + (50.0 * by_speed) ** 2
        angle = angle - miss * by_angle / squared
        speed = speed - miss * 50.0**2 * by_speed / squared
    return miss


def picture(figure) -> None:
    """Where balls land, by the angle of the cannon, and the slope of that curve."""
    angles = [0.02 * k for k in range(10, 75)]
    where, slopes = zip(*(landing(angle, 40.0) for angle in angles), strict=True)
    first, second = figure.subplots(2, 1, sharex=True)
    first.plot(angles, where)
    first.set_ylabel("range [m]")
    second.plot(angles, [by_angle for by_angle, _ in slopes], color="C1")
    second.set_ylabel("its slope")
    second.set_xlabel("angle")


if __name__ == "__main__":
    main()
