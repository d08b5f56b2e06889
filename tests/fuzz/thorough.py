"""All questions to one program: value, gradient, both modes, further calls, ownership."""

import copy
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from adjoint import AdjointError, grad, hvp, value_and_grad
from tests.fuzz.grammar import Program
from tests.fuzz.judge import Late, along_direction, crash, load, on_copies, reason, time_limit
from tests.oracle import assert_same_gradient, map_leaves, richardson

TRUSTED = 1e-8  # what the differences may be off by, in their own opinion
RTOL = 1e-6
LONGEST_PROGRAM = 2  # seconds


def examine(program: Program, folder: Path, second: bool = False) -> tuple[str, str]:
    """What becomes of one program: agrees, skipped, refused, wrong or error; and the reason.

    It is called at each of its points, in double and single precision, by functions that keep
    their compiled programs from one call to the next. `second` also asks for a product with the
    Hessian.
    """
    f = load(program.source, folder).f
    makers = value_and_grad(f, program.wrt), grad(f, program.wrt)
    outcomes = []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for args in (program.args, *program.others):
            outcome = _call(f, makers, args, program.wrt, second and args is program.args)
            if outcome[0] in ("wrong", "error"):
                return outcome[0], f"{outcome[1]}\nat {args!r}"
            outcomes.append(outcome)
        if outcomes[0][0] == "agrees":
            outcome = _single_precision(f, makers[1], program)
            if outcome[0] != "agrees":
                return outcome
    for kind in ("refused", "agrees"):
        found = [outcome for outcome in outcomes if outcome[0] == kind]
        if found:
            return found[0]
    return outcomes[0]


def _call(
    f: Callable[..., Any], makers: tuple[Any, Any], args: Any, wrt: Any, second: bool
) -> tuple[str, str]:
    try:
        with time_limit(LONGEST_PROGRAM):
            value = f(*copy.deepcopy(args))
    except Late:  # a list that grows while a loop runs over it
        return "skipped", "the program does not end"
    except Exception as raised:
        return _raises_too(makers, args, type(raised))
    try:
        want, error = richardson(on_copies(f), args, wrt)
    except Exception as raised:
        return "skipped", f"primal beside the point: {type(raised).__name__}"
    trusted = bool(error < TRUSTED)
    own = copy.deepcopy(args)
    try:
        got_value, got = makers[0](*own)
        alone = makers[1](*own)
    except AdjointError as refusal:
        return "refused", reason(refusal)
    except ZeroDivisionError:  # as for the slope of math.sqrt at 0, by docs/conventions.md
        return "skipped", "an infinite slope of a Python number"
    except Exception as failure:
        return "error", crash(failure)
    try:
        assert_unchanged(own, args)
        np.testing.assert_allclose(got_value, value, 1e-9, 1e-9, err_msg="value")
        assert_owned((got, alone), own)
        if not trusted:
            return "skipped", "differences do not converge"
        assert_same_gradient(got, want, RTOL, RTOL / 10)
        assert_same_gradient(alone, want, RTOL, RTOL / 10)
        ahead, slope = along_direction(f, own, wrt, want)
        np.testing.assert_allclose(ahead, slope, RTOL * 10, RTOL, err_msg="jvp")
        if second and not isinstance(wrt, tuple):
            _second_order(f, own, wrt)
    except AdjointError as refusal:
        return "refused", f"forward or second order: {reason(refusal)}"
    except AssertionError as difference:
        return "wrong", str(difference)
    except Exception as failure:
        return "error", f"forward or second order: {crash(failure)}"
    return "agrees", ""


def _raises_too(makers: tuple[Any, Any], args: Any, wanted: type) -> tuple[str, str]:
    """Where the program raises, so do the value and the gradient."""
    for made in makers:
        try:
            got = made(*copy.deepcopy(args))
        except AdjointError as refusal:
            return "refused", reason(refusal)
        except Exception as failure:
            if not isinstance(failure, wanted):
                return "error", f"{wanted.__name__} in the program, but {crash(failure)}"
            continue
        return "wrong", f"{wanted.__name__} in the program, but {got!r}"
    return "agrees", ""


def _second_order(f: Callable[..., Any], args: Any, wrt: int) -> None:
    """Compare the product of the Hessian and a vector with differences of the gradient."""
    x = args[wrt]
    v = np.random.default_rng(7).uniform(0.5, 1.5, np.shape(x)) if np.ndim(x) else 0.8
    product = hvp(f, wrt)(*args, v)
    slope = grad(f, wrt)

    def along(h: float) -> Any:
        moved = list(copy.deepcopy(args))
        moved[wrt] = x + h * v
        return np.asarray(slope(*moved))

    steps = [(along(h) - along(-h)) / (2 * h) for h in (2e-3, 1e-3, 5e-4)]
    first, then = (4 * steps[1] - steps[0]) / 3, (4 * steps[2] - steps[1]) / 3
    if np.allclose(first, then, 1e-6, 1e-7):  # else a kink is near
        np.testing.assert_allclose(product, then, 1e-5, 1e-6, err_msg="hvp")


def _single_precision(f: Callable[..., Any], gradient: Any, program: Program) -> tuple[str, str]:
    """The gradient at single precision has that dtype, and is near."""

    def narrow(_: Any, leaf: Any) -> Any:
        return leaf.astype(np.float32) if isinstance(leaf, np.ndarray) else leaf

    args = map_leaves(narrow, list(program.args))
    try:
        value, exact = f(*copy.deepcopy(args)), f(*copy.deepcopy(program.args))
    except Exception:
        return "agrees", ""  # as at double precision, which was compared
    try:
        if abs(value - exact) > 1e-3 * max(1.0, abs(exact)):
            return "agrees", ""  # another branch was taken
        got, want = gradient(*args), gradient(*copy.deepcopy(program.args))
    except AdjointError as refusal:
        return "refused", f"float32: {reason(refusal)}"
    except Exception as failure:
        return "error", f"float32: {crash(failure)}"
    positions = program.wrt if isinstance(program.wrt, tuple) else (program.wrt,)
    each = (got, want) if isinstance(program.wrt, tuple) else ((got,), (want,))
    for position, g, w in zip(positions, *each, strict=True):
        if np.shape(g) != np.shape(w) or getattr(g, "dtype", None) != getattr(
            args[position], "dtype", None
        ):
            return "wrong", f"float32: {np.shape(g)} {getattr(g, 'dtype', type(g))}"
        scale = max(1.0, float(np.max(np.abs(w), initial=0.0)))
        if not np.allclose(g, w, 3e-2, 3e-2 * scale):
            return "wrong", f"float32: {g} for {w}"
    return "agrees", ""


def assert_unchanged(now: Any, before: Any) -> None:
    for here, there in zip(now, before, strict=True):
        assert type(here) is type(there), "an argument was modified"
        np.testing.assert_array_equal(here, there, "an argument was modified")


def assert_owned(gradients: Any, args: Any) -> None:
    """Gradients share memory with nothing, and can be written to."""
    arrays: list[np.ndarray[Any, Any]] = []
    map_leaves(lambda _, x: arrays.append(x) if isinstance(x, np.ndarray) else None, gradients)
    given = [x for x in args if isinstance(x, np.ndarray)]
    for k, x in enumerate(arrays):
        assert x.flags.writeable, "a gradient is read-only"
        for other in [*given, *arrays[:k]]:
            assert not np.shares_memory(x, other), "a gradient shares memory"
