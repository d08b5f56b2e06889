"""Imperative numerical programs: tables, sweeps, in-place solvers."""

import math

import numpy as np

from tests.corpus import program

SQUARE = np.random.default_rng(0).normal(size=(3, 3))
ROW = np.array([0.3, -0.4, 0.9, 1.1])


@program(ROW)
def init_is_outer(x):
    a = x * 1.0
    u = a.copy()
    s = 0.0
    for _t in range(3):
        r = a[1:]
        u[0] = r[0] * u[1]
        s += np.sum(r * u[1:])
    return s + np.sum(u)


@program(ROW)
def tridiag(d):
    n = len(d)
    c = np.zeros(n)
    x = np.zeros(n)
    c[0] = 0.3 / (3 + d[0])
    for i in range(1, n):
        c[i] = 0.3 / (3 + d[i] - 0.2 * c[i - 1])
    x[-1] = d[-1]
    for i in range(n - 2, -1, -1):
        x[i] = d[i] - c[i] * x[i + 1]
    return np.sum(x * x)


@program(SQUARE)
def lu(A):
    A = A + 4 * np.eye(3)
    n = 3
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    return np.sum(np.log(np.abs(np.diag(A))))


@program(ROW)
def hist_list(x):
    hist = []
    u = x * 1.0
    for _t in range(3):
        u = u * 1.1
        u[0] = u[1] * u[2]
        hist.append(u.copy())
    return np.sum(np.stack(hist) ** 2)


@program(ROW)
def hist_arr(x):
    H = np.zeros((4, 4))
    H[0] = x
    for t in range(3):
        H[t + 1] = np.sin(H[t]) * x
        H[t + 1, 0] = H[t, 1]
    return np.sum(H**2)


@program(ROW)
def gauss_seidel(b):
    u = np.zeros(6)
    for _s in range(3):
        for i in range(1, 5):
            u[i] = 0.5 * (u[i - 1] + u[i + 1] + b[i - 1] * u[i]) + 0.1
    return np.sum(u * u)


@program(ROW)
def dp(x):
    T = np.zeros((5, 5))
    T[:, 0] = 1.0
    for i in range(1, 5):
        for j in range(1, 5):
            T[i, j] = T[i - 1, j] * x[j - 1] + T[i, j - 1] * x[i - 1]
    return T[-1, -1]


@program(ROW, 0.1)
def leap(x, dt):
    p = x * 1.0
    v = np.zeros(4)
    for _t in range(4):
        v -= 0.5 * dt * np.sin(p)
        p += dt * v
        v -= 0.5 * dt * np.sin(p)
    return np.sum(p * v)


@program(ROW)
def masks(x):
    y = x**3
    y[x > 0.0] *= 2.0
    y[y < 0] = x[1]
    return np.sum(y * x)


@program(ROW)
def addat(x):
    y = np.zeros(3)
    np.add.at(y, [0, 0, 1, 2], x * x)
    y[[0, 0]] += x[:2]
    return np.sum(y * y)


@program(ROW)
def lastwins(x):
    y = np.zeros(3)
    idx = np.array([0, 0, 1, 2])
    y[idx] = x * x
    return np.sum(y * y)


@program(np.array([-1.6, -0.9, -0.3]))
def view_on_a_tape_of_tapes(v):
    for i in range(3):
        k = 0
        while k < i:
            k += 1
            for _ in range(i + 1):
                v[::2] *= 0.5 + math.cos(0.1 * k)
            v[::-1][k % 3] = np.arctan(np.sum(v * v))
    return np.sum(v * v)
