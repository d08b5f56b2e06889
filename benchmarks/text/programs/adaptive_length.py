"""The length of a curve by recursion: halve the interval until the depth is used up."""

import math


def height(x, a, w):
    return a * math.sin(w * x) + 0.1 * x * x


def length(x0, x1, a, w, depth):
    if depth == 0:
        return math.hypot(x1 - x0, height(x1, a, w) - height(x0, a, w))
    middle = 0.5 * (x0 + x1)
    return length(x0, middle, a, w, depth - 1) + length(middle, x1, a, w, depth - 1)


def adaptive_length(a, w, end, depth):
    return (length(0.0, end, a, w, depth) - 3.0) ** 2


def length_pullback(x0, x1, a, w, depth, bar):
    """Cotangents of x0, x1, a, w."""
    if depth == 0:
        s0, s1 = math.sin(w * x0), math.sin(w * x1)
        c0, c1 = math.cos(w * x0), math.cos(w * x1)
        dx = x1 - x0
        dy = a * (s1 - s0) + 0.1 * (x1 * x1 - x0 * x0)
        scaled = bar / math.hypot(dx, dy)
        dx_bar, dy_bar = scaled * dx, scaled * dy
        x0_bar = -dx_bar - dy_bar * (a * w * c0 + 0.2 * x0)
        x1_bar = dx_bar + dy_bar * (a * w * c1 + 0.2 * x1)
        return x0_bar, x1_bar, dy_bar * (s1 - s0), dy_bar * a * (x1 * c1 - x0 * c0)
    middle = 0.5 * (x0 + x1)
    x0_bar, left_bar, a_left, w_left = length_pullback(x0, middle, a, w, depth - 1, bar)
    right_bar, x1_bar, a_right, w_right = length_pullback(middle, x1, a, w, depth - 1, bar)
    half = 0.5 * (left_bar + right_bar)
    return x0_bar + half, x1_bar + half, a_left + a_right, w_left + w_right


def by_hand(a, w, end, depth):
    bar = 2.0 * (length(0.0, end, a, w, depth) - 3.0)
    _, end_bar, a_bar, w_bar = length_pullback(0.0, end, a, w, depth, bar)
    return a_bar, w_bar, end_bar


ARGNUMS = (0, 1, 2)


def example():
    return 0.7, 2.0, 2.5, 6
