"""Samples of scipy.special."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from adjoint.rules.registry import load_optional
from adjoint.testing.samples.table import (
    above_one,
    any_,
    apart,
    between,
    binary,
    call,
    positive,
    sample,
    unit,
)

load_optional()


def unary(make: Callable[..., Any], *targets: Any, before: tuple[Any, ...] = ()) -> None:
    """The forms that tell functions of one variable apart; `before` are fixed arguments."""
    for target in targets:
        for x in (make(2, 3), np.asarray(make(1)).reshape(()), float(make(1)[0]), make(0)):
            sample(target, *before, x)
        sample(target, *before, make(3, dtype=np.float32))


def with_parameters(target: Any, parameters: str, make: Callable[..., Any]) -> None:
    """Calls with numbers in front that are part of the program; integers also as samples."""
    for x in (make(2, 3), float(make(1)[0]), make(3, dtype=np.float32)):
        call(f"special.{target.__name__}({parameters}, {{0}})", x)
    integers = [1 + k for k in range(parameters.count(",") + 1)]
    sample(target, *integers, make(2, 3))
    sample(target, *integers, float(make(1)[0]))


probability = between(0.1, 0.9)


def between_poles(*shape: int, dtype: Any = float) -> Any:
    """Of both signs, away from 0 and -1."""
    return np.asarray(apart(*shape) / 2, dtype)


unary(any_, special.erf, special.erfc, special.erfi, special.erfcx, special.dawsn)
unary(unit, special.erfinv)
unary(between(0.3, 1.7), special.erfcinv)
unary(any_, special.fresnel)
unary(between_poles, special.gamma, special.rgamma)
unary(positive, special.gammaln, special.loggamma, special.digamma)
for n in (1, 2):
    unary(positive, special.polygamma, before=(n,))
    unary(above_one, special.zeta, before=(n + 1,))
binary(positive, above_one, special.beta)
sample(special.betaln, positive(2, 3), above_one(3))
sample(special.betaln, positive(3, dtype=np.float32), above_one(3, dtype=np.float32))
sample(special.binom, above_one(2, 1), unit(3))
sample(special.binom, 5, unit(3))
sample(special.poch, positive(2, 1), positive(3))
for d in (1, 2, 3):
    sample(special.multigammaln, above_one(3), d)
sample(special.multigammaln, float(above_one(1)[0]), 2)
sample(special.multigammaln, above_one(2, 3, dtype=np.float32), 2)
for a in (1, 2):
    unary(positive, special.gammainc, special.gammaincc, before=(a,))
unary(probability, special.gammaincinv, special.gammainccinv, before=(2,))
for target in (special.betainc, special.betaincc, special.betaincinv, special.betainccinv):
    for x in (probability(2, 3), probability(0), float(probability(1)[0])):  # xlogy is in double
        sample(target, 2, 3, x)

unary(any_, special.expit, special.log_expit)
unary(probability, special.logit)
if hasattr(special, "softplus"):
    unary(any_, special.softplus)
for x in (any_(3), any_(2, 3), np.asarray(any_(1)).reshape(()), float(any_(1)[0])):
    sample([special.logsumexp, special.softmax, special.log_softmax], x)
for axis in (0, 1, -1, (0, 2)):
    sample([special.logsumexp, special.softmax, special.log_softmax], any_(2, 3, 4), axis)
    sample(special.logsumexp, any_(2, 3, 4), axis=axis, keepdims=True)
for target in (special.logsumexp, special.softmax, special.log_softmax):
    sample(target, any_(2, 3, dtype=np.float32), axis=1)
    sample(target, any_(3, 4)[:, ::2].T, axis=0)
sample(special.logsumexp, any_(3), None, positive(3))
sample(special.logsumexp, any_(2, 3), 1, positive(3))
sample(special.logsumexp, any_(3), 0, positive(2, 3))
call("special.logsumexp({0}, axis=1, b={1})", any_(2, 3), positive(2, 3))
call("special.logsumexp(a={0}, b={1}, keepdims=True)", any_(2, 3), positive(2, 3))

binary(any_, positive, special.xlogy, special.xlog1py)
sample(special.xlogy, 2, positive(3))
for target in (special.rel_entr, special.kl_div):
    sample(target, positive(2, 3), positive(3))
    sample(target, positive(3, dtype=np.float32), positive(3, dtype=np.float32))
    sample(target, float(positive(1)[0]), positive(3))
unary(positive, special.entr)
for target in (special.huber, special.pseudo_huber):
    sample(target, positive(2, 1), between(3.0, 4.0)(3))
    sample(target, 1.3, unit(3))
    sample(target, 1.3, apart(3, dtype=np.float32))
    sample(target, positive(3, dtype=np.float32), between(-9.0, -3.0)(3, dtype=np.float32))
for target in (special.boxcox, special.boxcox1p, special.inv_boxcox, special.inv_boxcox1p):
    sample(target, positive(2, 3), positive(3))
    sample(target, positive(2, 3), 0)
    sample(target, positive(3), 0.7)
    sample(target, positive(3, dtype=np.float32), positive(3, dtype=np.float32))

unary(any_, special.exp2, special.exp10, special.expm1, special.cosm1, special.exprel)
unary(positive, special.log1p, special.cbrt)
unary(between(10.0, 80.0), special.sindg, special.cosdg, special.tandg, special.cotdg)
unary(positive, special.expi, special.exp1, special.spence, special.sici, special.shichi)
for n in (0, 1, 3):
    unary(positive, special.expn, before=(n,))
unary(any_, special.ndtr, special.log_ndtr)
unary(probability, special.ndtri)
unary(between(-3.0, -0.2), special.ndtri_exp)
binary(any_, positive, special.owens_t)
with_parameters(special.stdtr, "3.5", any_)
unary(positive, special.factorial)
sample(special.comb, above_one(2, 3), unit(3))
sample(special.comb, 5, positive(3))
sample(special.perm, above_one(2, 3), unit(3))
call("np.real(special.lambertw({0}))", positive(3))
call("special.lambertw({0}).real", float(positive(1)[0]))

bessel = (special.jv, special.yv, special.iv, special.kv, special.ive, special.kve)
for order in (0, 2):
    unary(positive, *bessel, before=(order,))
for target in bessel:
    with_parameters(target, "0.5", positive)
for order in (0, 2):
    unary(positive, special.yn, special.kn, before=(order,))
unary(any_, special.j0, special.j1, special.i0, special.i1)
unary(apart, special.i0e, special.i1e)
unary(positive, special.y0, special.y1, special.k0, special.k1, special.k0e, special.k1e)
spherical = (special.spherical_jn, special.spherical_yn, special.spherical_in)
for target in (*spherical, special.spherical_kn):
    for n in (0, 2):
        sample(target, n, positive(2, 3))
        sample(target, n, positive(3), derivative=True)
        sample(target, n, float(positive(1)[0]))
unary(any_, special.airy)
with_parameters(special.hyp0f1, "1.5", any_)
with_parameters(special.hyp1f1, "0.7, 1.5", any_)
with_parameters(special.hyperu, "0.7, 1.5", positive)
with_parameters(special.hyp2f1, "0.7, 0.5, 1.5", unit)
for target in (special.ellipk, special.ellipe):  # no single precision: hyp2f1 has none
    sample(target, unit(2, 3))
    sample(target, float(unit(1)[0]))
unary(probability, special.ellipkm1)
for phi in (any_(3), float(any_(1)[0])):
    call("special.ellipkinc({0}, 0.3)", phi)
    call("special.ellipeinc({0}, 0.3)", phi)
    sample([special.ellipkinc, special.ellipeinc], phi, -1)
for target in (
    special.eval_legendre, special.eval_chebyt, special.eval_chebyu, special.eval_sh_legendre,
    special.eval_laguerre, special.eval_hermite, special.eval_hermitenorm,
):  # fmt: skip
    for degree in (0, 1, 3, np.array([0, 2, 3])):
        sample(target, degree, unit(2, 3))
    sample(target, 2, float(unit(1)[0]))
for n in (0, 1, 3):
    with_parameters(special.eval_gegenbauer, f"{n}, 0.7", unit)
    with_parameters(special.eval_genlaguerre, f"{n}, 0.7", unit)
    with_parameters(special.eval_jacobi, f"{n}, 0.7, 1.2", unit)
