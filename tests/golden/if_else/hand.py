"""The gradient of `huber` in primal.py, by hand."""


def gradient(r, delta):
    if abs(r) <= delta:
        return r, 0.0
    return delta if r > 0.0 else -delta, abs(r) - delta
