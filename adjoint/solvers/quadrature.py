"""Integrals, by the rule of Leibniz.

The integrand is differentiated under the integral, and the limits contribute what it is there:
d/dp ∫ f(t, p) dt = ∫ ∂f/∂p dt + f(b) db/dp - f(a) da/dp. That holds for integrands without jumps,
so that those with branches are refused, as long as nobody says that they are smooth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import integrate

from adjoint.api import grad
from adjoint.jacobians import jacobian
from adjoint.rules.registry import linear, solves
from adjoint.runtime.containers import contract
from adjoint.runtime.solvers import end_value
from adjoint.solvers.primitives import (
    by_part,
    field,
    pose_continuous,
    refuse,
    run,
    solved,
    underived,
    when_varied,
    without,
)
from adjoint.solvers.roots import as_tuple

# The theorem


def _integral(
    f: Any, a: Any, b: Any, moves: Any, options: Any, p: Any, y: Any, y_bar: Any
) -> Any:
    def of_part(q: Any, put: Any) -> Any:
        def slope(t: Any) -> Any:
            return grad(lambda r: f(t, put(r)))(q)

        if np.ndim(q) == 0:
            return y_bar * integrate.quad(slope, a, b, **options)[0]
        return y_bar * integrate.quad_vec(slope, a, b, **_of_vectors(options))[0]

    return (*_ends(f, a, b, moves, p, y_bar), None, None, by_part(of_part, p))


def _vector_integral(
    f: Any, a: Any, b: Any, moves: Any, options: Any, p: Any, y: Any, y_bar: Any
) -> Any:
    def of_part(q: Any, put: Any) -> Any:
        def slopes(t: Any) -> Any:
            return jacobian(lambda r: f(t, put(r)))(q)

        total = integrate.quad_vec(slopes, a, b, **options)[0]
        return np.tensordot(y_bar, total, np.ndim(y))

    return (*_ends(f, a, b, moves, p, y_bar), None, None, by_part(of_part, p))


def _ends(f: Any, a: Any, b: Any, moves: Any, p: Any, y_bar: Any) -> Any:
    """The cotangents of the limits; an infinite one does not move."""
    a_bar, b_bar = None, None
    if moves[0] is not None:
        a_bar = 0.0 if np.isinf(a) else -contract(y_bar, end_value(f(a, p)))
    if moves[1] is not None:
        b_bar = 0.0 if np.isinf(b) else contract(y_bar, end_value(f(b, p)))
    return a_bar, b_bar


def _of_vectors(options: Any) -> Any:
    """Options of quad for quad_vec."""
    return without(options, "limlst", "maxp1")


@linear(end_value)
def _end_value(y_bar: Any, value: Any) -> Any:
    return y_bar


# Integrals of functions


@solves(integrate.quad)
def _quad(
    solver: Any, func: Any, a: Any, b: Any, args: Any = (), full_output: Any = 0, **options: Any
) -> Any:
    further = {"full_output": full_output} if full_output else {}
    for name in ("weight", "complex_func"):
        if name in options:
            refuse("a weight, or a complex integrand, of quad")
    given = as_tuple(args)
    integrand, problem = pose_continuous(integrand=(lambda t: func(t, *given), (0.0,)))
    result = run(solver, object, integrand, a, b, **further, **options)
    moves = when_varied(a), when_varied(b)
    y = solved(field(result, 0, 0.0), _integral, problem, a, b, moves, options)
    error = underived(field(result, 1, 0.0), "the error estimate of quad", problem, a, b)
    return (y, error, field(result, 2, object)) if full_output else (y, error)


@solves(integrate.quad_vec)
def _quad_vec(
    solver: Any, f: Any, a: Any, b: Any, epsabs: Any = 1e-200, epsrel: Any = 1e-8,
    norm: Any = "2", cache_size: Any = 100e6, limit: Any = 10000, workers: Any = 1,
    points: Any = None, quadrature: Any = None, full_output: Any = False, *, args: Any = (),
) -> Any:  # fmt: skip
    options = {"epsabs": epsabs, "epsrel": epsrel, "norm": norm, "limit": limit}
    if points is not None:
        options["points"] = points
    if quadrature is not None:
        options["quadrature"] = quadrature
    given = as_tuple(args)

    def integrand(t: Any) -> Any:
        return f(t, *given)

    function, problem = pose_continuous(integrand=(integrand, (0.0,)))
    like = integrand(0.5)
    result = run(solver, object, function, a, b, full_output=full_output, **options)
    moves = when_varied(a), when_varied(b)
    y = solved(field(result, 0, like), _vector_integral, problem, a, b, moves, options)
    error = underived(field(result, 1, 0.0), "the error estimate of quad_vec", problem, a, b)
    return (y, error, field(result, 2, object)) if full_output else (y, error)


@solves(integrate.dblquad)
def _dblquad(
    solver: Any, func: Any, a: Any, b: Any, gfun: Any, hfun: Any, args: Any = (),
    epsabs: Any = 1.49e-8, epsrel: Any = 1.49e-8,
) -> Any:  # fmt: skip
    given = as_tuple(args)

    def inner(x: Any) -> Any:
        low = gfun(x) if callable(gfun) else gfun
        high = hfun(x) if callable(hfun) else hfun
        return integrate.quad(
            lambda y: func(y, x, *given), low, high, epsabs=epsabs, epsrel=epsrel
        )[0]

    return integrate.quad(inner, a, b, epsabs=epsabs, epsrel=epsrel)


@solves(integrate.tplquad)
def _tplquad(
    solver: Any, func: Any, a: Any, b: Any, gfun: Any, hfun: Any, qfun: Any, rfun: Any,
    args: Any = (), epsabs: Any = 1.49e-8, epsrel: Any = 1.49e-8,
) -> Any:  # fmt: skip
    given = as_tuple(args)

    def inner(x: Any) -> Any:
        low = gfun(x) if callable(gfun) else gfun
        high = hfun(x) if callable(hfun) else hfun
        below = (lambda y: qfun(x, y)) if callable(qfun) else qfun
        above = (lambda y: rfun(x, y)) if callable(rfun) else rfun
        return integrate.dblquad(
            lambda z, y: func(z, y, x, *given), low, high, below, above, (), epsabs, epsrel
        )[0]

    return integrate.quad(inner, a, b, epsabs=epsabs, epsrel=epsrel)


@solves(integrate.nquad)
def _nquad(
    solver: Any, func: Any, ranges: Any, args: Any = None, opts: Any = None,
    full_output: Any = False,
) -> Any:  # fmt: skip
    """The innermost variable comes first, and the ranges of the inner ones know the outer ones."""
    if full_output:
        refuse("full_output of nquad")
    given = () if args is None else as_tuple(args)
    if opts is None:
        return _nested(func, ranges, given, (), {})
    if isinstance(opts, dict):
        return _nested(func, ranges, given, (), opts)
    refuse("several opts of nquad")


def _nested(func: Any, ranges: Any, given: Any, outer: Any, options: Any) -> Any:
    """The integral over the last range of the integral over those in front of it."""
    limits = ranges[-1]
    if callable(limits):
        limits = limits(*outer, *given)
    low, high = limits
    if len(ranges) == 1:
        return integrate.quad(lambda t: func(t, *outer, *given), low, high, **options)
    inner = ranges[:-1]
    return integrate.quad(
        lambda t: _nested(func, inner, given, (t, *outer), options)[0], low, high, **options
    )
