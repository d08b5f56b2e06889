"""Textbook algorithms as people write them: loops, tables, buffers, objects of state."""

import math
from dataclasses import dataclass

import numpy as np

from tests.corpus import program, sample


@program(sample(7), 0.3, 4, wrt=(0, 1), also=[(sample(7), 0.3, 0)])
def heat_equation(u, alpha, steps):
    u[0] = u[-1] = 0.0
    for _ in range(steps):
        left = u[0]
        for i in range(1, len(u) - 1):
            here = u[i]
            u[i] += alpha * (left - 2.0 * here + u[i + 1])
            left = here
    return np.sum(u**2) + u[3]


@program(sample(5, 5), 3)
def laplace_in_two_dimensions(u, sweeps):
    for _ in range(sweeps):
        u[1:-1, 1:-1] = 0.25 * (u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:])
        u[0, :] = u[1, :]
        u[:, -1] *= 0.5
    return np.sum(np.sin(u) * u)


@program(sample(4, 4) + 4.0 * np.eye(4), sample(4, seed=1), wrt=(0, 1))
def lu_decomposition(A, b):
    n = len(A)
    L, U = np.eye(n), A.copy()
    for k in range(n - 1):
        for i in range(k + 1, n):
            L[i, k] = U[i, k] / U[k, k]
            for j in range(k, n):
                U[i, j] -= L[i, k] * U[k, j]
    y = np.zeros(n)
    for i in range(n):
        y[i] = b[i]
        for j in range(i):
            y[i] -= L[i, j] * y[j]
    x = np.zeros(n)
    for i in reversed(range(n)):
        x[i] = (y[i] - np.dot(U[i, i + 1 :], x[i + 1 :])) / U[i, i]
    return np.sum(x * x) + np.log(np.prod(np.diag(U)))


@program(sample(3, 3), sample(3, seed=1), wrt=(0, 1))
def cholesky_and_log_density(B, x):
    n = len(x)
    S = B @ B.T + np.eye(n)
    L = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            s = S[i, j]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            L[i, j] = math.sqrt(s) if i == j else s / L[j, j]
    z = np.empty(n)
    log_determinant = 0.0
    for i in range(n):
        z[i] = (x[i] - L[i, :i] @ z[:i]) / L[i, i]
        log_determinant += 2.0 * np.log(L[i, i])
    return -0.5 * (z @ z + log_determinant)


@dataclass
class State:
    mean: np.ndarray
    covariance: np.ndarray


class KalmanFilter:
    def __init__(self, F, Q, R):
        self.F, self.Q, self.R = F, Q, R
        self.log_likelihood = 0.0
        self.path = []

    def predict(self, state):
        return State(self.F @ state.mean, self.F @ state.covariance @ self.F.T + self.Q)

    def update(self, state, z):
        s = state.covariance[0, 0] + self.R
        gain = state.covariance[:, 0] / s
        error = z - state.mean[0]
        state.mean = state.mean + gain * error
        state.covariance = state.covariance - np.outer(gain, state.covariance[0])
        self.log_likelihood -= 0.5 * (np.log(2.0 * np.pi * s) + error * error / s)
        self.path.append(state.mean[1])
        return state


@program(
    State(np.zeros(2), np.eye(2)),
    0.1 * np.eye(2),
    0.4,
    np.array([0.4, 0.9, 1.1]),
    wrt=(0, 1, 2, 3),
)
def kalman_filter(state, Q, R, observed):
    kalman = KalmanFilter(np.array([[1.0, 0.5], [0.0, 1.0]]), Q, R)
    for z in observed:
        state = kalman.update(kalman.predict(state), z)
    return kalman.log_likelihood + np.sum(np.array(kalman.path) ** 2)


@program(
    sample(3, low=0.1),
    sample(3, 3, low=0.1, seed=1),
    sample(3, 2, low=0.1, seed=2),
    [0, 1, 1, 0],
    wrt=(0, 1, 2),
)
def forward_algorithm(start, transition, emission, observed):
    n, steps = len(start), len(observed)
    alpha = np.zeros((steps, n))
    scale = np.zeros(steps)
    for t, o in enumerate(observed):
        for j in range(n):
            if t == 0:
                alpha[t, j] = start[j] * emission[j, o]
            else:
                for i in range(n):
                    alpha[t, j] += alpha[t - 1, i] * transition[i, j]
                alpha[t, j] *= emission[j, o]
        scale[t] = alpha[t].sum()
        alpha[t] /= scale[t]
    return np.sum(np.log(scale)) + alpha[-1, 0] * alpha[1, 2]


@program(
    sample(3, seed=1), sample(4) + 4.0, sample(3, seed=2), sample(4, seed=3), wrt=(0, 1, 2, 3)
)
def thomas_algorithm(lower, diagonal, upper, d):
    """Solve a tridiagonal system, overwriting the arguments."""
    n = len(d)
    for i in range(1, n):
        w = lower[i - 1] / diagonal[i - 1]
        diagonal[i] -= w * upper[i - 1]
        d[i] -= w * d[i - 1]
    d[-1] /= diagonal[-1]
    for i in range(n - 2, -1, -1):
        d[i] = (d[i] - upper[i] * d[i + 1]) / diagonal[i]
    return np.sum(d**2) + d[0]


@program(sample(3, 2), sample(3, 2, seed=1), np.array([1.0, 2.0, 0.5]), 3, wrt=(0, 1, 2))
def n_body_leapfrog(position, velocity, mass, steps):
    h, n = 0.05, len(mass)
    acceleration = np.zeros_like(position)

    def accelerate():
        acceleration.fill(0.0)
        for i in range(n):
            for j in range(i + 1, n):
                r = position[j] - position[i]
                pull = r / (r @ r + 0.1) ** 1.5
                acceleration[i] += mass[j] * pull
                acceleration[j] -= mass[i] * pull

    accelerate()
    for _ in range(steps):
        velocity += 0.5 * h * acceleration
        position += h * velocity
        accelerate()
        velocity += 0.5 * h * acceleration
    return 0.5 * np.sum(mass[:, None] * velocity**2) + position[0] @ position[1]


@program(sample(4, seed=3), sample(3, seed=2), wrt=(0, 1))
def convolution_by_loops(signal, kernel):
    out = np.zeros(len(signal) + len(kernel) - 1)
    for i, s in enumerate(signal):
        for j, k in enumerate(kernel):
            out[i + j] += s * k
    return np.sum(out**3)


@program(sample(4), sample(3, seed=1), wrt=(0, 1))
def soft_dynamic_time_warping(a, b):
    D = np.full((len(a) + 1, len(b) + 1), 40.0)
    D[0, 0] = 0.0
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            steps = np.array([D[i - 1, j], D[i, j - 1], D[i - 1, j - 1]])
            D[i, j] = (a[i - 1] - b[j - 1]) ** 2 - np.log(np.sum(np.exp(-steps)))
    return D[-1, -1]


@program(sample(4, 3))
def gram_schmidt(A):
    Q = A.copy()
    for j in range(A.shape[1]):
        for k in range(j):
            Q[:, j] -= (Q[:, k] @ Q[:, j]) * Q[:, k]
        Q[:, j] /= np.sqrt(np.sum(Q[:, j] ** 2))
    return Q[0, 1] * Q[2, 2] + Q[3, 0]


@program(np.array([2.0, 0.7]), sample(3), wrt=(0, 1))
def conjugate_gradients(d, b):
    A = np.diag([d[0], d[1], 1.5]) + 0.2
    x = np.zeros(3)
    r = b.copy()
    p = r.copy()
    for _ in range(2):
        Ap = A @ p
        old = r @ r
        alpha = old / (p @ Ap)
        x += alpha * p
        r -= alpha * Ap
        p *= (r @ r) / old
        p += r
    return np.sum(x * x) + r @ p


@program(sample(3, 3), 3)
def power_of_a_matrix_by_squaring(A, n):
    result = np.eye(3)
    while n > 0:
        if n % 2 == 1:
            result = result @ A
        A[:] = A @ A
        n //= 2
    return np.sum(result * A)


@program(sample(4), sample(4, seed=1), np.array([0.5, 0.2]), 3, wrt=(0, 1, 2))
def stochastic_gradient_descent(x, y, w, epochs):
    losses = []
    for _ in range(epochs):
        for i in range(len(x)):
            error = w[0] * x[i] + w[1] - y[i]
            w[0] -= 0.1 * error * x[i]
            w[1] -= 0.1 * error
            losses.append(error**2)
    return losses[-1] + sum(losses) / len(losses) + w[0] * w[1]


@program(sample(4), np.array([0.3, 0.6, 0.9]), wrt=(0, 1))
def neville_interpolation(values, points):
    knots = np.array([0.0, 0.4, 0.8, 1.2])
    total = 0.0
    for t in points:
        p = values.copy()
        for k in range(1, len(p)):
            for i in range(len(p) - k):
                p[i] = (t - knots[i + k]) * p[i] + (knots[i] - t) * p[i + 1]
                p[i] /= knots[i] - knots[i + k]
        total += p[0] ** 2
    return total


@program(0.9, 0.4, wrt=(0, 1))
def romberg_integration(a, b):
    table = [[0.0] * 4 for _ in range(4)]
    for k in range(4):
        n = 2**k
        h = (b - a) / n
        inner = sum(math.exp(-((a + i * h) ** 2)) for i in range(1, n))
        table[k][0] = h * (0.5 * (math.exp(-a * a) + math.exp(-b * b)) + inner)
        for m in range(1, k + 1):
            table[k][m] = table[k][m - 1] + (table[k][m - 1] - table[k - 1][m - 1]) / (4**m - 1)
    return table[3][3]
