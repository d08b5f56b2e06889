"""Functions that the programs call through this module; nothing here is registered."""

import functools
import math

import numpy as np

SCALE = 1.5


def softplus(x):
    return np.log1p(np.exp(x))


def scaled(x):
    """Reads a global of its own module."""
    return SCALE * x


def normalise(v):
    return v / norm(v)


def norm(v):
    return np.sqrt(np.sum(v * v))


def affine(x, scale=2.0, shift=0.0):
    return scale * x + shift


def safe_log(x):
    if x < 0.1:
        return 0.0
    return math.log(x)


def logged(function):
    """A decorator that changes nothing but goes through a wrapper."""

    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


def twice(function):
    def wrapper(x):
        return function(function(x))

    return wrapper


def times(factor):
    """A decorator with an argument."""

    def decorate(function):
        def wrapper(x):
            return factor * function(x)

        return wrapper

    return decorate
