"""What rules declare about their functions, at points far from those that samples have.

A function that is declared linear is its own tangent map in forward mode: it must be so for large
arguments, too, where a function such as `unwrap` jumps.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from adjoint.rules.kinds import Rule
from adjoint.rules.registry import RULES
from adjoint.testing.samples import SAMPLES, Sample
from tests.rules.test_rules import is_active, named

pytestmark = pytest.mark.generated  # for every rule, type and program

SCALES = (1.0, 10.0, 1000.0)


def moved(x: Any, by: float, seed: int = 0) -> Any:
    """A point of the same structure, far away from the sample's."""
    if isinstance(x, (tuple, list)):
        return type(x)(moved(item, by, 10 * seed + k) for k, item in enumerate(x))
    v = np.random.default_rng(seed).normal(size=np.shape(x)) * by
    if np.iscomplexobj(x):
        v = v + 1j * np.random.default_rng(seed + 1).normal(size=np.shape(x)) * by
    v = np.asarray(v, np.asarray(x).dtype)
    return v if isinstance(x, np.ndarray) else type(x)(v[()])


def combined(f: Callable[..., Any], *xs: Any) -> Any:
    if isinstance(xs[0], (tuple, list)):
        return [combined(f, *items) for items in zip(*xs, strict=True)]
    return f(*map(np.asarray, xs))


def leaves(x: Any) -> Iterator[np.ndarray]:
    if isinstance(x, (tuple, list)):
        for item in x:
            yield from leaves(item)
    else:
        yield np.asarray(x)


def is_double(x: Any) -> bool:
    return all(leaf.dtype in (np.float64, np.complex128) for leaf in leaves(x))


def has_slope(given: Sample, rule: Rule, k: int) -> bool:
    """Of some operands only the shape is needed."""
    if rule.kind == "linear":
        return True
    y = rule.target(*given.args, **given.kwargs)
    return rule.pullback(y, y, list(given.args), dict(given.kwargs))[k] is not None


def declared_linear() -> list[Any]:
    """A target, a sample, and the operand in which the function is declared to be linear."""
    found = []
    for target, samples in SAMPLES.items():
        rule = RULES.get(target)
        if (
            rule is None
            or rule.kind not in ("linear", "multilinear")
            or rule.jvp is not None
            or rule.affine
        ):
            continue
        for each in samples:
            for k in range(min(1, len(each.args)) if rule.kind == "linear" else len(each.args)):
                if (
                    is_active(each.args[k])
                    and is_double(each.args[k])
                    and has_slope(each, rule, k)
                ):
                    found.append((target, each, k))
    return found


LINEAR = declared_linear()


@pytest.mark.parametrize(
    "target, given, k", LINEAR, ids=[f"{named(t, s)}-{k}" for t, s, k in LINEAR]
)
def test_linear_is_additive(target: Any, given: Sample, k: int) -> None:
    kwargs = {name: x for name, x in given.kwargs.items() if name != "initial"}

    def f(x: Any) -> Any:
        return target(*given.args[:k], x, *given.args[k + 1 :], **kwargs)

    for scale in SCALES:
        a, b = moved(given.args[k], scale, 1), moved(given.args[k], scale, 2)
        both = combined(lambda p, q: p + q, a, b)
        if not isinstance(a, (list, np.ndarray)):
            both = tuple(both) if isinstance(a, tuple) else type(a)(both)
        elif isinstance(a, np.ndarray):
            both = np.asarray(both)
        results = zip(leaves(f(both)), leaves(f(a)), leaves(f(b)), strict=True)
        for whole, first, second in results:
            size = 1.0 + np.max(np.abs(first), initial=0.0) + np.max(np.abs(second), initial=0.0)
            np.testing.assert_allclose(whole, first + second, rtol=1e-9, atol=1e-11 * size)


def smooth() -> list[Any]:
    """Element-wise functions of arrays in double precision, with an operand that is real."""
    found = []
    for target, samples in SAMPLES.items():
        rule = RULES.get(target)
        if rule is None or rule.kind != "elementwise":
            continue
        for each in samples:
            for k, partial in enumerate(rule.partials[: len(each.args)]):
                x = each.args[k]
                real = isinstance(x, (float, np.ndarray)) and np.asarray(x).dtype == np.float64
                single = any(is_active(arg) and not is_double(arg) for arg in each.args)
                if partial is not None and real and np.size(x) and not (each.kwargs or single):
                    found.append((target, each, k))
    return found


SMOOTH = smooth()


@pytest.mark.parametrize(
    "target, given, k", SMOOTH, ids=[f"{named(t, s)}-{k}" for t, s, k in SMOOTH]
)
@pytest.mark.filterwarnings("ignore")
def test_partial_derivatives_far_away(target: Any, given: Sample, k: int) -> None:
    """Two differences that agree are the slope; what has none at a point is left out."""
    args = list(given.args)
    for scale in SCALES[:2]:
        args[k] = moved(given.args[k], scale, 3)

        def f(x: Any) -> Any:
            return target(*args[:k], x, *args[k + 1 :])

        try:
            y = f(args[k])
            slope = RULES[target].partials[k](y, *args)  # type: ignore[misc]
            h = 1e-4 * scale
            near, far = ((f(args[k] + d) - f(args[k] - d)) / (2 * d) for d in (h / 2, h))
        except (ArithmeticError, ValueError, TypeError):
            continue  # outside of the domain
        if slope.__class__.__name__ == "Refused" or np.iscomplexobj(y):
            return
        want = (4 * near - far) / 3
        sure = np.isfinite(want) & (np.abs(near - far) < 1e-5 * (1.0 + np.abs(want)))
        got = np.broadcast_to(0.0 if slope is None else slope, np.shape(want))
        noise = 1e-11 * np.nanmax(np.abs(y), initial=1.0) / h
        close = np.abs(got - want) <= 1e-5 * (1.0 + np.abs(want)) + noise
        assert np.all(close | ~sure), (args, got, want)
