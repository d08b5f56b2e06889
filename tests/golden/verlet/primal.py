"""Two coupled carries, and a tuple assignment that swaps them for the next step."""

import math

FUNCTION = "orbit"
ARGNUMS = (0, 1, 2, 3)


def orbit(x, y, vx, vy, steps):
    dt = 0.05
    for _ in range(steps):
        r3 = (x * x + y * y) ** 1.5
        vx, vy = vx - dt * x / r3, vy - dt * y / r3
        x, y = x + dt * vx, y + dt * vy
    return 0.5 * (vx * vx + vy * vy) - 1.0 / math.sqrt(x * x + y * y)


def example() -> tuple:
    return 1.0, 0.2, -0.1, 0.9, 15
