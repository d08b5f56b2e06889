"""The gradient of `logistic_map` in primal.py, by hand."""


def gradient(x, r, n):
    # forward
    xs = []
    for _ in range(n):
        xs.append(x)
        x = r * x * (1.0 - x)

    # backward
    x_bar = 1.0
    r_bar = 0.0
    for x in reversed(xs):
        r_bar += x_bar * x * (1.0 - x)
        x_bar = x_bar * r * (1.0 - 2.0 * x)
    return x_bar, r_bar
