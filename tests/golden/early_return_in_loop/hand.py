"""The gradient of `first_crossing` in primal.py, by hand."""

import math


def gradient(x, level, n):
    # forward
    y = x
    ys = []
    crossed = False
    for i in range(n):
        ys.append(y)
        y = y + math.sin(y) + 0.1 * i
        if y > level:
            crossed = True
            break

    # backward
    if crossed:
        before = ys[-1]
        step = y - before
        level_bar = 1.0 / step
        y_bar = -(level - before) / step**2
        before_bar = -level_bar - y_bar
    else:
        level_bar = -1.0
        y_bar = 1.0
        before_bar = 0.0
    for y in reversed(ys):
        # Only the last step of the loop, which is the first here, has a use for `before`.
        y_bar = y_bar * (1.0 + math.cos(y)) + before_bar
        before_bar = 0.0
    return y_bar, level_bar
