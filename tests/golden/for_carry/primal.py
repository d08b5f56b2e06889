"""A loop with one number carried along, which enters nonlinearly."""

FUNCTION = "logistic_map"
ARGNUMS = (0, 1)


def logistic_map(x, r, n):
    for _ in range(n):
        x = r * x * (1.0 - x)
    return x


def example() -> tuple:
    return 0.3, 2.9, 12
