"""A while loop with a second way out."""

FUNCTION = "flight"
ARGNUMS = (0, 1)


def flight(v, drag):
    height = 10.0
    t = 0
    while height > 0.0:
        v = v - 0.1 * (9.81 + drag * v)
        if t >= 12:
            break
        height = height + 0.1 * v
        t += 1
    return height * v


def example() -> tuple:
    return 6.0, 0.3
