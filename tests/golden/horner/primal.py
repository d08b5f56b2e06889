"""A polynomial by Horner's rule: a loop over its coefficients, all of them inputs."""

FUNCTION = "polynomial"
ARGNUMS = (0, 1)


def polynomial(x, coefficients):
    result = 0.0
    for c in coefficients:
        result = result * x + c
    return result


def example() -> tuple:
    return 1.2, [0.5, -2.0, 3.0, 1.0]
