"""Matrix factorisation by stochastic gradient steps; how the start decides the final error."""

import numpy as np


def factorisation_sgd(U, V, ratings, rate, decay):
    U = U.copy()
    V = V.copy()
    for i, j, r in ratings:
        error = r - U[i] @ V[j]
        step = rate * (error * V[j] - decay * U[i])
        V[j] += rate * (error * U[i] - decay * V[j])
        U[i] += step
    loss = 0.0
    for i, j, r in ratings:
        loss += (r - U[i] @ V[j]) ** 2
    return loss / len(ratings)


def by_hand(U, V, ratings, rate, decay):
    U = U.copy()
    V = V.copy()
    tape = []
    for i, j, r in ratings:
        u, v = U[i].copy(), V[j].copy()
        error = r - u @ v
        tape.append((u, v, error))
        U[i] += rate * (error * v - decay * u)
        V[j] += rate * (error * u - decay * v)

    U_bar = np.zeros_like(U)
    V_bar = np.zeros_like(V)
    for i, j, r in ratings:
        error_bar = 2.0 / len(ratings) * (U[i] @ V[j] - r)
        U_bar[i] += error_bar * V[j]
        V_bar[j] += error_bar * U[i]
    keep = 1.0 - rate * decay
    for (i, j, _), (u, v, error) in zip(reversed(ratings), reversed(tape)):
        u_bar, v_bar = U_bar[i].copy(), V_bar[j]
        error_bar = rate * (u_bar @ v + v_bar @ u)
        U_bar[i] = keep * u_bar + rate * error * v_bar - error_bar * v
        V_bar[j] = keep * v_bar + rate * error * u_bar - error_bar * u
    return U_bar, V_bar


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(17)
    ratings = [(int(i), int(j), float(r)) for i, j, r in rng.integers(0, 6, size=(80, 3))]
    return 0.5 * rng.normal(size=(6, 4)), 0.5 * rng.normal(size=(6, 4)), ratings, 0.02, 0.1
