"""The gradient of `polynomial` in primal.py, by hand."""


def gradient(x, coefficients):
    # forward
    result = 0.0
    results = []
    for c in coefficients:
        results.append(result)
        result = result * x + c

    # backward
    result_bar = 1.0
    x_bar = 0.0
    coefficients_bar = []
    for result in reversed(results):
        coefficients_bar.append(result_bar)
        x_bar += result_bar * result
        result_bar = result_bar * x
    return x_bar, coefficients_bar[::-1]
