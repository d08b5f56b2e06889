"""One branch, on a number."""

FUNCTION = "huber"
ARGNUMS = (0, 1)


def huber(r, delta):
    if abs(r) <= delta:
        loss = 0.5 * r * r
    else:
        loss = delta * (abs(r) - 0.5 * delta)
    return loss


def example() -> tuple:
    return -2.5, 1.0
