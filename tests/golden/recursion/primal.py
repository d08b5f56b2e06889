"""A function that calls itself."""

FUNCTION = "power"
ARGNUMS = 0


def power(x, n):
    if n == 0:
        return 1.0
    if n % 2 == 0:
        half = power(x, n // 2)
        return half * half
    return x * power(x, n - 1)


def example() -> tuple:
    return 1.1, 13
