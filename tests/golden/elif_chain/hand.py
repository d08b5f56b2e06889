"""The gradient of `ease` in primal.py, by hand."""


def gradient(x, low, high):
    # forward
    width = high - low
    t = (x - low) / width
    if t <= 0.0:
        y = 0.0
        slope = 0.0
    elif t < 0.5:
        y = 2.0 * t * t
        slope = 4.0 * t
    elif t < 1.0:
        y = 1.0 - 2.0 * (1.0 - t) ** 2
        slope = 4.0 * (1.0 - t)
    else:
        y = 1.0
        slope = 0.0

    # backward
    x_bar = high * slope / width
    width_bar = -x_bar * t
    return x_bar, -x_bar - width_bar, y + width_bar
