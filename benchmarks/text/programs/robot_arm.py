"""Inverse kinematics: joints of an arm in the plane, an obstacle, and a target for the hand."""

import math
from dataclasses import dataclass


@dataclass
class Arm:
    angles: list[float]
    lengths: list[float]


def robot_arm(arm, target, obstacle, radius):
    x = y = heading = penalty = 0.0
    for angle, length in zip(arm.angles, arm.lengths):
        heading += angle
        x += length * math.cos(heading)
        y += length * math.sin(heading)
        distance = math.hypot(x - obstacle[0], y - obstacle[1])
        if distance < radius:
            penalty += (radius - distance) ** 2
    return (x - target[0]) ** 2 + (y - target[1]) ** 2 + 10.0 * penalty


def by_hand(arm, target, obstacle, radius):
    x = y = heading = 0.0
    tape = []
    for angle, length in zip(arm.angles, arm.lengths):
        heading += angle
        x += length * math.cos(heading)
        y += length * math.sin(heading)
        tape.append((heading, x, y))

    x_bar = 2.0 * (x - target[0])
    y_bar = 2.0 * (y - target[1])
    heading_bar = 0.0
    angles_bar = []
    lengths_bar = []
    for length, (heading, x, y) in zip(reversed(arm.lengths), reversed(tape)):
        dx, dy = x - obstacle[0], y - obstacle[1]
        distance = math.hypot(dx, dy)
        if distance < radius:
            push = 20.0 * (radius - distance) / distance
            x_bar -= push * dx
            y_bar -= push * dy
        c, s = math.cos(heading), math.sin(heading)
        lengths_bar.append(x_bar * c + y_bar * s)
        heading_bar += length * (y_bar * c - x_bar * s)
        angles_bar.append(heading_bar)
    return Arm(angles_bar[::-1], lengths_bar[::-1])


ARGNUMS = 0


def example():
    arm = Arm([0.3, 0.4, -0.5, 0.2, -0.6, 0.1], [1.0, 0.8, 0.7, 0.6, 0.5, 0.4])
    return arm, (2.5, 1.5), (1.8, 1.3), 0.6
