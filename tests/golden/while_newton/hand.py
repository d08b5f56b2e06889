"""The gradient of `root` in primal.py, by hand."""


def gradient(a):
    # forward
    x = a
    xs = []
    while abs(x * x - a) > 1e-12 * a:
        xs.append(x)
        x = 0.5 * (x + a / x)

    # backward
    x_bar = 1.0
    a_bar = 0.0
    for x in reversed(xs):
        a_bar += 0.5 * x_bar / x
        x_bar = 0.5 * x_bar * (1.0 - a / (x * x))
    return a_bar + x_bar
