"""The gradient of `kinetic_energy` in primal.py, by hand."""

import numpy as np


def accelerate(position, mass):
    acceleration = np.zeros_like(position)
    for i in range(len(mass)):
        for j in range(i + 1, len(mass)):
            r = position[j] - position[i]
            pull = r / (r @ r + 0.1) ** 1.5
            acceleration[i] += mass[j] * pull
            acceleration[j] -= mass[i] * pull
    return acceleration


def accelerate_backward(position, mass, acceleration_bar, position_bar, mass_bar):
    """Add what the accelerations contribute to the last two."""
    for i in range(len(mass)):
        for j in range(i + 1, len(mass)):
            r = position[j] - position[i]
            d = r @ r + 0.1
            pull = r / d**1.5
            pull_bar = mass[j] * acceleration_bar[i] - mass[i] * acceleration_bar[j]
            mass_bar[j] += acceleration_bar[i] @ pull
            mass_bar[i] -= acceleration_bar[j] @ pull
            r_bar = pull_bar / d**1.5 - 3.0 * (pull_bar @ pull) / d * r
            position_bar[j] += r_bar
            position_bar[i] -= r_bar


def gradient(position, velocity, mass, steps):
    # forward
    h = 0.05
    start = position
    acceleration = accelerate(position, mass)
    path = []
    for _ in range(steps):
        velocity = velocity + 0.5 * h * acceleration
        position = position + h * velocity
        path.append(position)
        acceleration = accelerate(position, mass)
        velocity = velocity + 0.5 * h * acceleration

    # backward
    mass_bar = 0.5 * np.sum(velocity**2, axis=1)
    velocity_bar = mass[:, None] * velocity
    position_bar = np.zeros_like(position)
    acceleration_bar = np.zeros_like(position)
    for position in reversed(path):
        acceleration_bar += 0.5 * h * velocity_bar
        accelerate_backward(position, mass, acceleration_bar, position_bar, mass_bar)
        velocity_bar += h * position_bar
        acceleration_bar = 0.5 * h * velocity_bar
    accelerate_backward(start, mass, acceleration_bar, position_bar, mass_bar)
    return position_bar, velocity_bar, mass_bar
