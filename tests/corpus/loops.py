"""for and while, without early exits; every kind of iterable; loops that make no trip."""

# ruff: noqa: B905, B007 (users write zip without strict, and loop variables they do not use)

import math

import numpy as np

from tests.corpus import program, sample


@program(1.1, 4, also=[(1.1, 0), (1.1, 1)])
def power_by_loop(x, n):
    y = 1.0
    for _ in range(n):
        y = y * x
    return y


@program(0.7, 5, also=[(0.7, 0)])
def sum_of_sines(x, n):
    total = 0.0
    for i in range(1, n + 1):
        total += math.sin(i * x) / i
    return total


@program(0.7, 9, also=[(0.7, 2)])
def range_with_step(x, n):
    total = x
    for i in range(2, n, 3):
        total = total * x + i
    return total


@program(0.7, 6, also=[(0.7, 0)])
def range_backwards(x, n):
    y = 0.0
    for i in range(n, 0, -2):
        y = y * x + 1.0 / i
    return y


@program(sample(5))
def over_range_of_len(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * (i + 1)
    return total


@program(sample(5), also=[(sample(0),)])
def over_an_array(x):
    total = 1.0
    for value in x:
        total = total + np.sin(value) * total
    return total


@program(sample(4, 3), float32=True)
def over_rows(A):
    total = 0.0
    for row in A:
        total += np.sum(row * row) ** 0.5
    return total


@program(sample(4, 3), sample(3, seed=1), wrt=(0, 1))
def over_rows_with_state(A, h):
    for row in A:
        h = np.tanh(row + 0.5 * h)
    return np.sum(h)


@program([0.5, 1.5, -0.3], also=[([],), ([2.0],)])
def over_a_list(values):
    product = 1.0
    for v in values:
        product = product * (1.0 + v)
    return product


@program((0.5, 1.5, -0.3))
def over_a_tuple(values):
    total = 0.0
    for v in values:
        total = total * v + v
    return total


@program(0.4)
def over_a_literal(x):
    y = 0.0
    for c in (1.0, -2.0, 0.5):
        y = y * x + c
    for c in [3, 4]:
        y = y + c * x
    return y


@program(sample(4), sample(4, seed=1), wrt=(0, 1), also=[(sample(0), sample(0))])
def over_zip(x, y):
    total = 0.0
    for a, b in zip(x, y):
        total += a * b * b
    return total


@program(sample(4), [0.1, 0.2, 0.3], (1.0, 2.0, 3.0), wrt=(0, 1, 2))
def over_zip_of_three_kinds(x, y, z):
    total = 0.0
    for a, b, c in zip(x, y, z):
        total += a * b + np.sin(b * c)
    return total


@program(sample(4), also=[(sample(0),)])
def over_enumerate(x):
    total = 0.0
    for i, v in enumerate(x):
        total += v**2 * i
    return total


@program(sample(4), sample(4, seed=1), wrt=(0, 1))
def over_enumerate_of_zip(x, y):
    total = 0.0
    for i, (a, b) in enumerate(zip(x, y), start=1):
        total = total * 0.5 + a * b / i
    return total


@program(sample(5))
def over_reversed_array(coefficients):
    y = 0.0
    for c in reversed(coefficients):
        y = y * 0.3 + c * c
    return y


@program(0.5, 4, also=[(0.5, 0)])
def over_reversed_range(x, n):
    y = 1.0
    for i in reversed(range(n)):
        y = y * x + i
    return y


@program([0.1, 0.7, 0.4], wrt=0)
def over_reversed_list(values):
    y = 1.0
    for v in reversed(values):
        y = math.sin(y * v) + v
    return y


@program(sample(3, 4))
def nested_loops(A):
    total = 0.0
    for i in range(A.shape[0]):
        for j in range(A.shape[1]):
            total += A[i, j] ** 2 * (i - j)
    return total


@program(sample(4), also=[(sample(1),), (sample(0),)])
def triangular_loops(x):
    n = len(x)
    energy = 0.0
    for i in range(n):
        for j in range(i):
            energy += 1.0 / (1.0 + (x[i] - x[j]) ** 2)
    return energy


@program(0.3, 3, 2, also=[(0.3, 3, 0), (0.3, 0, 3)])
def nested_with_state(x, n, m):
    s = x
    for i in range(n):
        t = s
        for j in range(m):
            t = math.sin(t) + 0.1 * s * j
        s = t * x + s
    return s


@program(0.3, 5, also=[(0.3, 0)])
def branch_in_a_loop(x, n):
    s = 1.0
    for i in range(n):
        if i % 2 == 0:
            s = s * math.cos(x)
        else:
            s = s + x * s
    return s


@program(1.4, 4, also=[(0.2, 6)])
def branch_on_the_state(x, n):
    s = 1.0
    for i in range(n):
        if s > 2.0:
            s = s * np.sin(x)
        else:
            s = s + x * s
    return s


@program(sample(6))
def sum_of_positives(x):
    total = 0.0
    for v in x:
        if v > 0.0:
            total += v * v
    return total


@program(40.0, also=[(0.5,), (1.7,)])
def while_it_is_large(x):
    while x > 1.0:
        x = x / 3.0
    return x * x


@program(0.7, 4, also=[(0.7, 0)])
def while_counts(x, n):
    i = 0
    y = x
    while i < n:
        y = math.sin(y) + 0.1 * i
        i += 1
    return y


@program(2.0, also=[(9.0,)])
def newton_square_root(a):
    x = 1.0
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x


@program(0.9, 0.4, wrt=(0, 1))
def kepler_by_newton(mean_anomaly, eccentricity):
    E = mean_anomaly
    for _ in range(12):
        f = E - eccentricity * math.sin(E) - mean_anomaly
        E = E - f / (1.0 - eccentricity * math.cos(E))
    return E


@program(0.5, 3, also=[(0.5, 0)])
def while_in_for(x, n):
    s = 0.0
    for i in range(n):
        k = i
        t = x
        while k > 0:
            t = t * x
            k -= 1
        s += t
    return s


@program(0.5, 30, also=[(1.5, 3), (0.5, 0)])
def while_with_and(x, limit):
    steps = 0
    s = x
    while steps < limit and s < 4.0:
        s = s * 1.3 + x
        steps += 1
    return s * s


@program(0.3, 0.5, 50, wrt=(0, 1))
def pendulum(angle, velocity, steps):
    for _ in range(steps):
        velocity = velocity - 0.02 * math.sin(angle)
        angle = angle + 0.02 * velocity
    return angle * angle + velocity


@program(0.8, 12.0, wrt=(0, 1))
def projectile(angle, speed):
    x, y = 0.0, 0.0
    vx, vy = speed * math.cos(angle), speed * math.sin(angle)
    for _ in range(40):
        drag = 0.01 * math.sqrt(vx * vx + vy * vy)
        vx, vy = vx - 0.05 * drag * vx, vy - 0.05 * (9.81 + drag * vy)
        x, y = x + 0.05 * vx, y + 0.05 * vy
    return x + 0.5 * y


@program(sample(3, 2), sample(3, 2, seed=1), np.array([1.0, 2.0, 0.5]), 4, wrt=(0, 1, 2))
def n_body(position, velocity, mass, steps):
    for _ in range(steps):
        difference = position[None, :, :] - position[:, None, :]
        distance2 = np.sum(difference**2, axis=-1) + 0.1
        pull = mass[None, :, None] * difference / distance2[:, :, None] ** 1.5
        velocity = velocity + 0.05 * pull.sum(axis=1)
        position = position + 0.05 * velocity
    return np.sum(mass * np.sum(velocity**2, axis=1)) + np.sum(position[0])


@program(
    sample(5, 3),
    sample(4, 3, seed=1),
    sample(4, 4, seed=2),
    sample(4, seed=3),
    wrt=(1, 2, 3),
    float32=True,
)
def recurrent_network(inputs, W_in, W_hidden, bias):
    h = np.zeros(4)
    loss = 0.0
    for x in inputs:
        h = np.tanh(W_in @ x + W_hidden @ h + bias)
        loss += np.sum(h * h)
    return loss


@program(
    sample(4, 3),
    [(sample(3, 5, seed=1), sample(5, seed=2)), (sample(5, 2, seed=3), sample(2, seed=4))],
    wrt=1,
    float32=True,
)
def perceptron_over_layers(x, layers):
    for W, b in layers:
        x = np.tanh(x @ W + b)
    return np.sum(x**2)


@program(np.array([1.2, 0.9, 1.5, 1.1]), 0.3, 0.2, wrt=(0, 1, 2))
def kalman_filter(observations, process_noise, measurement_noise):
    mean, variance = 0.0, 1.0
    log_likelihood = 0.0
    for z in observations:
        variance = variance + process_noise
        innovation = z - mean
        s = variance + measurement_noise
        log_likelihood -= 0.5 * (np.log(2.0 * np.pi * s) + innovation**2 / s)
        gain = variance / s
        mean = mean + gain * innovation
        variance = (1.0 - gain) * variance
    return log_likelihood


@program(
    sample(4, low=0.1),
    sample(4, 4, low=0.1, seed=1),
    np.array([0, 2, 1]),
    sample(4, 3, low=0.1, seed=2),
    wrt=(0, 1, 3),
)
def hidden_markov_model(start, transition, observed, emission):
    alpha = start * emission[:, observed[0]]
    for o in observed[1:]:
        alpha = (alpha @ transition) * emission[:, o]
    return np.log(np.sum(alpha))


@program(sample(4), 5, also=[(sample(4), 0)])
def power_iteration(x, n):
    A = np.diag([1.0, 2.0, 3.0, 4.0]) + 0.1
    for _ in range(n):
        x = A @ x
        x = x / np.sqrt(np.sum(x * x))
    return x @ A @ x


@program(sample(6), 3, also=[(sample(6), 0)])
def heat_equation(u, steps):
    for _ in range(steps):
        u = u + 0.2 * (np.concatenate([u[1:], u[:1]]) - 2.0 * u + np.concatenate([u[-1:], u[:-1]]))
    return np.sum(u**4)


@program(0.6, also=[(-0.2,)])
def the_loop_variable_afterwards(x):
    s = 0.0
    for i in range(4):
        s = s + x * i
    return s * i


@program(0.6, 3)
def variable_of_the_last_trip(x, n):
    for i in range(n):
        t = x * (i + 1)
    return t * t


@program(0.6, 4)
def fibonacci_of_states(x, n):
    a, b = x, 1.0
    for _ in range(n):
        a, b = b, a * x + b
    return a * b


@program(sample(40, 3), also=[(sample(40, 3) - 5.0,)])
def rows_that_are_chosen(a):
    total, count = 0, 0
    for row in a:
        if row[0] > 0.0:
            total, count = total + row * row, count + 1
        elif row[1] > 0.5:
            total = total - row
    return np.sum(total) / max(count, 1) + sum(np.sum(row) for row in a if row[1] > 0.0)


@program(sample(3, 3))
def neighbours(a):
    around = sum(
        np.roll(np.roll(a, i, 0), j, 1) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)
    )
    return np.sum(around**2 * a)


# What a loop steps through gets another value under its name, whose tangent is summed up

X = np.array([0.3, 1.2, -0.5, 0.7])


@program(X)
def steps_through_what_it_replaces(x):
    z = x * 2.0
    for v in z:
        z = z + v * 0.1
    return np.sum(z * z)


@program(np.outer(X, X))
def steps_through_rows_that_it_replaces(A):
    z = A * 2.0
    for k, row in enumerate(z):
        if k > 2:
            break
        z = z - row * 0.1
    return np.sum(z * z)


@program(X)
def steps_backwards_through_a_sum(x):
    z = w = x + np.sin(x)
    for a, b in zip(reversed(z), x):
        w = w + a * b
        z = z - 0.5 * w
    return z @ w


@program(np.outer(X, X))
def steps_through_rows_twice(A):
    z = A * 0.5
    for row in z:
        for v in row:
            z = z + v * row
    return np.sum(z**2)
