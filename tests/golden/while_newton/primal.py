"""A while loop that runs until it has converged: Newton's square root."""

FUNCTION = "root"
ARGNUMS = 0


def root(a):
    x = a
    while abs(x * x - a) > 1e-12 * a:
        x = 0.5 * (x + a / x)
    return x


def example() -> tuple:
    return (3.0,)
