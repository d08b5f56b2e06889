"""Code for the backward pass at a chosen place: changing cotangents there, or looking at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def transform_cotangent(x: T, f: Callable[[Any], Any]) -> T:
    """Return `x`, and let `f` replace its cotangent at this place of the backward pass.

    Parameters
    ----------
    x : number, array or container
        The value, returned as it is.
    f : callable
        It takes the cotangent of x, and returns the one that takes its place, in the same
        structure, shapes and dtypes. Its text becomes part of the generated code if adjoint can
        read it. Else it is called by its name, and higher derivatives through it are refused.

    Returns
    -------
    number, array or container
        `x` itself.

    Notes
    -----
    If the result does not depend on x there is no cotangent, and `f` is not used. A function
    that is called by its name is given the array itself: it must not write into it, and should
    copy what it keeps. Derivatives of higher order pass through here as well, each of them once.

    Examples
    --------
    >>> grad(lambda x: transform_cotangent(x, lambda g: -g) ** 2)(3.0)
    -6.0
    """
    return x


def observe_cotangent(x: T, f: Callable[[Any], Any]) -> T:
    """Return `x`, and show its cotangent to `f` at this place of the backward pass.

    The effects of `f` (print, log, `assert`, `breakpoint()`) happen each time that the backward
    pass comes by, in order with its other effects. For `breakpoint()`, define a function with
    `def`: the generated code is one frame further up.

    Parameters
    ----------
    x : number, array or container
        The value, returned as it is.
    f : callable
        It takes the cotangent of x. Its result is ignored.

    Returns
    -------
    number, array or container
        `x` itself.

    Notes
    -----
    Those of `transform_cotangent` hold here as well.

    Examples
    --------
    >>> grad(lambda x: observe_cotangent(x, print) ** 2)(3.0)
    6.0
    6.0
    """
    return x
