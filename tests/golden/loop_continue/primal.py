"""A loop that skips what it does not like."""

FUNCTION = "robust_loss"
ARGNUMS = (0, 1)


def robust_loss(location, samples):
    total = 0.0
    for sample in samples:
        distance = sample - location
        if abs(distance) > 3.0:
            continue
        total = total + distance * distance
    return total


def example() -> tuple:
    return 0.4, [0.1, 5.0, 1.2, -0.7, -4.0]
