"""The gradient of `power` in primal.py, by hand."""


def power(x, n):
    """The power, and its derivative."""
    if n == 0:
        return 1.0, 0.0
    if n % 2 == 0:
        half, half_slope = power(x, n // 2)
        return half * half, 2.0 * half * half_slope
    rest, rest_slope = power(x, n - 1)
    return x * rest, rest + x * rest_slope


def gradient(x, n):
    _, x_bar = power(x, n)
    return x_bar
