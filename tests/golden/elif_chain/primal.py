"""A chain of cases: the smoothstep that graphics programs use."""

FUNCTION = "ease"
ARGNUMS = (0, 1, 2)


def ease(x, low, high):
    t = (x - low) / (high - low)
    if t <= 0.0:
        y = 0.0
    elif t < 0.5:
        y = 2.0 * t * t
    elif t < 1.0:
        y = 1.0 - 2.0 * (1.0 - t) ** 2
    else:
        y = 1.0
    return y * high


def example() -> tuple:
    return 1.6, 1.0, 2.0
