"""Code for the backward pass at a chosen place: changing cotangents there, or looking at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from adjoint.frontend.derivatives.hooks import call_observe, call_transform
from adjoint.frontend.library.builtins import BUILTINS

T = TypeVar("T")


def transform_cotangent(x: T, f: Callable[[Any], Any]) -> T:
    """`x`, whose cotangent is replaced by `f` of it at this place of the backward pass.

    Parameters
    ----------
    x : a number, an array, or a container of them.
    f : takes the cotangent of x, and returns what takes its place, in the same structure, shape
        and dtype. Its text becomes part of the generated code where adjoint can read it; else it
        is called by its name, and higher derivatives through it are refused.

    Notes
    -----
    Where the result does not depend on x there is no cotangent, and `f` is not used. A function
    that is called by its name is given the array itself: it must not write into it, and should
    copy what it keeps. Derivatives of higher order pass through here as well, each of them once.
    """
    return x


def observe_cotangent(x: T, f: Callable[[Any], Any]) -> T:
    """`x`, whose cotangent is shown to `f` at this place of the backward pass.

    What `f` does (print, log, `assert`, `breakpoint()`) happens once for each time that the
    backward pass comes by, in order with its other effects; what it returns is ignored. A function
    that calls `breakpoint()` has a name of its own: the generated code is one frame further up.

    Parameters and notes as for `transform_cotangent`.
    """
    return x


BUILTINS[transform_cotangent] = call_transform
BUILTINS[observe_cotangent] = call_observe
