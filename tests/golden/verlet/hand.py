"""The gradient of `orbit` in primal.py, by hand."""

import math


def gradient(x, y, vx, vy, steps):
    # forward
    dt = 0.05
    places = []
    for _ in range(steps):
        places.append((x, y))
        r3 = (x * x + y * y) ** 1.5
        vx, vy = vx - dt * x / r3, vy - dt * y / r3
        x, y = x + dt * vx, y + dt * vy

    # backward
    r3 = (x * x + y * y) ** 1.5
    x_bar, y_bar = x / r3, y / r3
    vx_bar, vy_bar = vx, vy
    for x, y in reversed(places):
        vx_bar, vy_bar = vx_bar + dt * x_bar, vy_bar + dt * y_bar
        r2 = x * x + y * y
        r3 = r2**1.5
        r3_bar = dt * (vx_bar * x + vy_bar * y) / (r3 * r3)
        r2_bar = 1.5 * r3_bar * math.sqrt(r2)
        x_bar = x_bar - dt * vx_bar / r3 + 2.0 * r2_bar * x
        y_bar = y_bar - dt * vy_bar / r3 + 2.0 * r2_bar * y
    return x_bar, y_bar, vx_bar, vy_bar
