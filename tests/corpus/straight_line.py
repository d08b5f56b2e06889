"""Straight-line code: assignments and expressions, no control flow, no calls of one's own."""

# ruff: noqa: F841, PIE790 (users leave unused variables and needless statements)

import math

import numpy as np

from tests.corpus import program, sample


@program(1.5, also=[(-0.3,), (0.0,)])
def polynomial(x):
    return 3.0 * x**3 - 2.0 * x**2 + x - 7.0


@program(0.7)
def horner(x):
    y = 2.0
    y = y * x + 1.0
    y = y * x - 3.0
    y = y * x + 0.5
    return y


@program(1.2, -0.8, wrt=(0, 1), also=[(0.0, 0.0)])
def rosenbrock(x, y):
    a = 1.0 - x
    b = y - x * x
    return a * a + 100.0 * b * b


@program(sample(4), sample(4, 4, seed=1), wrt=(0, 1), float32=True)
def quadratic_form(x, A):
    return x @ A @ x


@program(0.4, 0.1, 1.3, wrt=(0, 1, 2))
def gaussian_density(x, mean, sigma):
    z = (x - mean) / sigma
    return math.exp(-0.5 * z * z) / (sigma * math.sqrt(2.0 * math.pi))


@program(1.3, 0.9, 1.1, wrt=(0, -1))
def lennard_jones(r, epsilon, sigma):
    s6 = (sigma / r) ** 6
    return 4.0 * epsilon * (s6 * s6 - s6)


@program(sample(5, 3), sample(5, low=0.5, seed=2), wrt=(0, 1))
def kinetic_energy(velocity, mass):
    """Energy of n bodies: velocity (n, 3), mass (n,)."""
    speed2 = np.sum(velocity**2, axis=1)
    return 0.5 * np.sum(mass * speed2)


@program(sample(3), sample(6, 3, seed=3), np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0]), float32=True)
def logistic_regression(w, X, y):
    logits = X @ w
    loss = np.logaddexp(0.0, logits) - y * logits
    penalty = 0.01 * np.sum(w * w)
    return np.mean(loss) + penalty


@program(1.1, 0.2, wrt=(0, 1))
def himmelblau(x, y):
    return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2


@program(0.9, 0.3, 0.8, -1.0, wrt=(0, 1, 2, 3))
def haversine(lat1, lon1, lat2, lon2):
    a = math.sin((lat2 - lat1) / 2) ** 2
    b = math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * math.asin(math.sqrt(a + b))


@program(100.0, 95.0, 0.5, 0.03, 0.2, wrt=(0, 1, 2, 3, 4))
def black_scholes(spot, strike, years, rate, volatility):
    deviation = volatility * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate + volatility**2 / 2) * years) / deviation
    d2 = d1 - deviation
    n1 = 0.5 * (1.0 + math.erf(d1 / math.sqrt(2.0)))
    n2 = 0.5 * (1.0 + math.erf(d2 / math.sqrt(2.0)))
    return spot * n1 - strike * math.exp(-rate * years) * n2


@program(0.6)
def names_are_reused(x):
    x = x * x
    x = np.sin(x)
    y = x
    x = y + x * y
    return x


@program(0.6)
def names_of_the_generated_code(x):
    """What a generator might call its own variables, used by the user."""
    x_bar = 2.0 * x
    y_bar = np.sin(x_bar)
    tape = y_bar * x
    x_1 = tape + x_bar
    primal, result = x_1 * tape, x_bar
    return primal * result


@program(2.5)
def identity(x):
    return x


@program(2.5)
def independent_of_the_argument(x):
    return 3.0


@program(sample(3), sample(3, seed=4), wrt=(0, 1))
def one_argument_is_unused(x, y):
    return np.sum(y * y)


@program(0.8, also=[(-0.4,)])
def dead_code(x):
    unused = np.exp(x) * 3.0
    also_unused = unused / 2.0
    y = np.cos(x)
    z = y * 4.0
    y = x * x
    return y


@program(0.8)
def chained_assignment(x):
    a = b = np.sin(x)
    c = a * b
    return c + a


@program(0.8, 0.3, wrt=(0, 1))
def swap(a, b):
    a, b = b, a * 2.0
    a, b = b * a, a - b
    return a / (2.0 + b * b)


@program(0.8)
def annotated(x: float) -> float:
    y: float = x * x
    z: float
    z = y + 1.0
    return y * z


@program(1.4)
def del_and_pass(x):
    y = x * x
    z = y + 1.0
    del y
    pass
    y = z * 2.0
    del z
    return y * x


@program(sample(3), 0.4, wrt=(0, 1))
def annotated_arrays(v: np.ndarray, s: float) -> float:
    w: np.ndarray = np.sin(v) * s
    total: float = 0.0
    total += w @ v
    return total


@program(0.4)
def annotated_numbers(x: float, n: int = 2) -> float:
    y: float = x * n
    k: int = n + 1
    return y**k


@program(1.4, also=[(0.2,)])
def asserts(x):
    assert x > 0.0
    y = math.log(x)
    assert y < 100.0, "too large"
    assert not math.isnan(y), f"{y} is not a number"
    return y * x


@program(sample(4), 0.5, wrt=(0, 1))
def asserts_about_shapes(v, scale):
    assert v.ndim == 1 and v.shape[0] == 4
    assert len(v) == 4, "four numbers, please"
    del_me = v * 2.0
    del del_me
    return np.sum(v * scale) ** 2


@program(0.8, 0.4, wrt=(0, 1))
def unicode_names(α, θ):
    β = α * np.cos(θ)
    Δ = β - α
    return Δ * Δ + β


@program(sample(3, 4), float32=True)
def elementwise_chain(x):
    return np.sum(np.exp(-(np.sin(x) ** 2)) * np.tanh(x) + np.sqrt(1.0 + x * x))


@program(sample(4, 3), sample(3, 5, seed=1), sample(5, seed=2), sample(4, 5, seed=3), wrt=(1, 2))
def linear_layer(x, W, b, y):
    r = x @ W + b - y
    return np.mean(r * r)


@program(
    sample(6, 3),
    sample(3, 5, seed=1),
    sample(5, seed=2),
    sample(5, 2, seed=3),
    sample(2, seed=4),
    sample(6, 2, seed=5),
    wrt=(1, 2, 3, 4),
    float32=True,
)
def two_layer_perceptron(x, W1, b1, W2, b2, y):
    h = np.tanh(x @ W1 + b1)
    p = h @ W2 + b2
    r = p - y
    return np.sum(r * r)


@program(sample(5, 4), np.array([0, 3, 1, 2, 2]), float32=True)
def softmax_cross_entropy(logits, labels):
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_z = np.log(np.sum(np.exp(shifted), axis=1))
    return np.mean(log_z - shifted[np.arange(5), labels])


@program(
    sample(5, 4),
    sample(4, 3, seed=1),
    sample(4, 3, seed=2),
    sample(4, 3, seed=3),
    wrt=(0, 1, 2, 3),
)
def attention_head(x, W_query, W_key, W_value):
    query, key, value = x @ W_query, x @ W_key, x @ W_value
    scores = query @ key.T / np.sqrt(key.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.sum((weights @ value) ** 2)


@program(sample(6, 4), sample(4, low=0.5, seed=1), sample(4, seed=2), wrt=(0, 1, 2))
def layer_norm(x, gain, bias):
    mean = x.mean(axis=-1, keepdims=True)
    deviation = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    return np.sum(np.sin((x - mean) / deviation * gain + bias))


@program(sample(4), np.array([3.0, 1.0, 4.0, 2.0]), np.array([1.0, 1.0, 0.0, 1.0]), sample(4, 4))
def cox_partial_likelihood(beta, time, event, X):
    """Negative log partial likelihood of Cox's proportional hazards."""
    risk = X @ beta
    at_risk = time[None, :] >= time[:, None]
    log_sum = np.log(np.sum(np.where(at_risk, np.exp(risk)[None, :], 0.0), axis=1))
    return -np.sum(event * (risk - log_sum))


@program(sample(8), sample(3, seed=1), wrt=(0, 1))
def convolution_by_slicing(signal, kernel):
    out = kernel[0] * signal[2:] + kernel[1] * signal[1:-1] + kernel[2] * signal[:-2]
    return np.sum(out * out)


@program(sample(5, 6))
def laplacian_energy(u):
    inner = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4.0 * u[1:-1, 1:-1]
    return 0.5 * np.sum(inner**2)


@program(0.3, also=[(-0.6,)])
def a_long_expression(x):
    return (
        math.sin(x) * math.cos(x)
        + math.exp(-x * x) / (1.0 + x**2)
        - (3.0 * x - 1.0) * (x + 2.0) * (x - 0.5) / math.sqrt(x * x + 2.0)
        + math.tanh(2.0 * x) ** 2
    )


@program(0.3)
def shared_subexpressions(x):
    a = np.exp(x) * np.sin(x)
    b = np.exp(x) * np.cos(x)
    return a / b + a * b + np.exp(x)
