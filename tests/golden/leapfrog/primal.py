"""Bodies that attract each other, moved by the leapfrog method in place."""

import numpy as np

FUNCTION = "kinetic_energy"
ARGNUMS = (0, 1, 2)


def accelerate(acceleration, position, mass):
    acceleration.fill(0.0)
    for i in range(len(mass)):
        for j in range(i + 1, len(mass)):
            r = position[j] - position[i]
            pull = r / (r @ r + 0.1) ** 1.5
            acceleration[i] += mass[j] * pull
            acceleration[j] -= mass[i] * pull


def kinetic_energy(position, velocity, mass, steps):
    h = 0.05
    acceleration = np.zeros_like(position)
    accelerate(acceleration, position, mass)
    for _ in range(steps):
        velocity += 0.5 * h * acceleration
        position += h * velocity
        accelerate(acceleration, position, mass)
        velocity += 0.5 * h * acceleration
    return 0.5 * np.sum(mass[:, None] * velocity**2)


def example() -> tuple:
    position = np.array([[1.0, 0.0], [-0.5, 0.8], [-0.3, -0.9]])
    velocity = np.array([[0.0, 0.6], [-0.5, -0.2], [0.4, -0.3]])
    return position, velocity, np.array([1.0, 2.0, 0.5]), 5
