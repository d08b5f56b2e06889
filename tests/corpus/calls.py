"""Calls of the user's own functions, in all the ways that Python has for it."""

# ruff: noqa: B905, B023 (users write zip without strict, and lambdas that read loop variables)

import functools
import math
from functools import partial

import numpy as np

from tests.corpus import helpers, program, sample
from tests.corpus.helpers import affine, logged, safe_log, times, twice

GRAVITY = 9.81
WEIGHTS = np.array([0.5, -1.0, 2.0])
SETTINGS = {"rate": 0.1, "power": 3}
ACTIVATIONS = [np.tanh, np.sin]


def square(x):
    return x * x


def mean_square(v):
    return np.mean(square(v))


def residual(x, y):
    difference = x - y
    return difference, square(difference)


@program(1.5)
def helper(x):
    return square(x) + square(x + 1.0)


@program(sample(4))
def helper_of_a_helper(v):
    return mean_square(v) * np.sum(v)


@program(0.4, 1.3, wrt=(0, 1))
def helper_with_two_results(x, y):
    d, d2 = residual(x, y)
    both = residual(y, 2.0)
    return d * d2 + both[1]


@program(sample(3), 0.7, wrt=(0, 1))
def same_helper_for_numbers_and_arrays(v, x):
    return np.sum(square(v)) + square(x)


@program(0.8, also=[(-3.0,)])
def through_a_module(x):
    return helpers.softplus(x) * helpers.scaled(x)


@program(sample(3), sample(3, seed=1), wrt=(0, 1))
def vectors_through_a_module(u, v):
    return helpers.normalise(u) @ helpers.normalise(v) * helpers.norm(u - v)


@program(0.8, also=[(0.2,)])
def helper_with_early_return(x):
    return x * safe_log(x * x) + safe_log(2.0 * x)


@program(0.8)
def defaults(x):
    return affine(x) + affine(x, 3.0) * affine(x, 1.0, x)


@program(0.8)
def keywords(x):
    return affine(x, shift=1.0) * affine(shift=x, scale=2.0, x=x) + affine(x, scale=x)


@program(0.8, also=[(0.8, 3.0)])
def default_of_the_program(x, factor=2.0):
    return factor * x * x


def weighted(*values, weight=1.0):
    total = 0.0
    for v in values:
        total += weight * v * v
    return total


@program(0.3, 0.4, 0.5, wrt=(0, 2))
def star_args_in_a_helper(a, b, c):
    return weighted(a, b, c) + weighted(a * b, weight=c) + weighted()


@program(0.3, 0.4, 0.5, wrt=(0, 1, 2))
def star_args_of_the_program(first, *rest):
    total = first
    for r in rest:
        total = total * r + first
    return total


@program((0.3, 0.4), wrt=0)
def star_in_the_call(pair):
    return math.hypot(*pair) + affine(*pair, shift=1.0)


@program(0.3, 0.4, wrt=(0, 1))
def double_star_in_the_call(x, y):
    options = {"scale": y, "shift": 1.0}
    return affine(x, **options)


def dot_all(scale, *vectors):
    total = 0.0
    for v in vectors:
        total = total + np.dot(v, v) * scale
    return total


@program(sample(3), sample(2, seed=1), wrt=(0, 1))
def star_args_of_arrays(u, v):
    both = (u, v)
    return dot_all(2.0, *both) * dot_all(u[0], v, v)


def keyword_only(x, *, scale, offset=0.5):
    return scale * x + offset * x * x


@program(0.3, 0.4, wrt=(0, 1))
def keyword_only_helper(x, y):
    return keyword_only(x, scale=y) + keyword_only(y, offset=x, scale=2.0)


@program(0.3, scale=3.0)
def keyword_only_program(x, *, scale, bias=1.0):
    return np.sin(scale * x) + bias * x


@program(0.3, exponent=3)
def keyword_only_with_a_number(x, *, exponent=2):
    return x**exponent


def positional_only(x, y, /, z):
    return x * y + z


@program(0.3)
def positional_only_helper(x):
    return positional_only(x, x + 1.0, z=x * x)


@program(0.3, 0.9, wrt=(0, 1))
def nested_function(x, y):
    def inner(t):
        return math.sin(t) * t

    return inner(x) * inner(y) + inner(x * y)


@program(0.3, 0.9, wrt=(0, 1))
def closure_over_an_argument(x, y):
    def along(t):
        return (x + t) * (y - t)

    return along(0.5) * along(x)


@program(0.3)
def closure_sees_a_later_value(x):
    y = x * x

    def read():
        return y * 2.0

    before = read()
    y = x + 1.0
    return before * read()


@program(0.3, 0.6, wrt=(0, 1))
def nested_twice(a, b):
    def outer(t):
        def inner(s):
            return s * a + t

        return inner(b) * inner(t)

    return outer(a + b)


@program(0.3)
def function_that_returns_a_function(x):
    def power(n):
        def apply(t):
            return t**n

        return apply

    cube = power(3)
    return cube(x) + power(2)(x)


def make_scaler(factor):
    def scale(x):
        return factor * x * x

    return scale


double_square = make_scaler(2.0)
half_square = make_scaler(0.5)


@program(0.7)
def closures_with_the_same_code(x):
    return double_square(x) + half_square(x) * x


program(0.7)(make_scaler(4.0))
program(0.7)(make_scaler(np.float64(0.25)))


@program(0.7)
def lambdas_on_one_line(x):
    f, g = (lambda t: t * t), (lambda t: math.sin(t))
    return f(x) + g(x) * f(g(x))


pair = (lambda x: x * x * 3.0, lambda x: np.cos(x) * x)
program(0.7)(pair[0]), program(0.7)(pair[1])
program(sample(3))(lambda v: np.sum(v * v)), program(sample(3))(lambda v: np.prod(v + 2.0))
program(0.5, 0.2, wrt=(0, 1))(lambda x, y=1.0: x * y + (lambda z: z * z)(x))


@program(0.7)
def lambdas_from_module_level(x):
    first, second = pair
    return first(x) + pair[1](x) + second(first(x))


@program(0.7, also=[(-0.7,)])
def chosen_function(x):
    f = math.sin if x > 0.0 else math.exp
    return f(x) * x


@program(0.7)
def lambda_reads_local(x):
    y = x * x
    f = lambda t: t * y  # noqa: E731
    return f(x) + f(2.0)


def integrate(f, low, high, n):
    h = (high - low) / n
    total = 0.5 * (f(low) + f(high))
    for i in range(1, n):
        total += f(low + i * h)
    return total * h


@program(0.2, 1.4, wrt=(0, 1))
def function_as_argument(low, high):
    return integrate(math.sin, low, high, 6) + integrate(square, low, high, 3)


@program(0.8)
def lambda_as_argument(a):
    return integrate(lambda t: math.exp(-a * t * t), 0.0, 1.0, 8)


@program(0.8, math.sin, also=[(0.8, square), (0.8, lambda t: t**3), (0.8, np.exp)])
def function_given_to_the_program(x, f):
    return f(x) * x + f(2.0 * x)


@program(0.8)
def function_from_a_list(x):
    for f in ACTIVATIONS:
        x = f(x) + 0.5 * x
    return x


@program(0.8, "cube", also=[(0.8, "square")])
def function_from_a_dict(x, name):
    table = {"square": square, "cube": lambda t: t * t * t}
    return table[name](x) + x


@program(0.8)
def partial_of_a_helper(x):
    triple = partial(affine, scale=3.0)
    shifted = functools.partial(affine, shift=x)
    return triple(x) * shifted(x)


tripled = partial(affine, scale=3.0, shift=-1.0)


@program(0.8)
def partial_from_module_level(x):
    return tripled(x) * tripled(x, shift=x)


@program(0.8, 1.2, wrt=(0, 1))
def partial_with_positionals(x, y):
    first = partial(residual, x)
    return first(y)[1] + integrate(partial(math.pow, x), 0.0, y, 3)


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


@program(1.3, 4, also=[(1.3, 0), (1.3, 1)])
def recursion(x, n):
    return power(x, n) + 0.5


@program(1.3, 5, also=[(1.3, 0)])
def recursive_program(x, n):
    if n < 1:
        return x
    return math.sin(recursive_program(x, n - 1)) * x


def is_even(x, n):
    return x if n == 0 else is_odd(x * x, n - 1)


def is_odd(x, n):
    return 0.5 * x if n == 0 else is_even(math.sin(x), n - 1)


@program(0.9, 3, also=[(0.9, 2), (0.9, 0)])
def mutual_recursion(x, n):
    return is_even(x, n) + x


@program(sample(5), also=[(sample(1),)])
def divide_and_conquer(v):
    if len(v) == 1:
        return v[0] ** 2
    middle = len(v) // 2
    left, right = divide_and_conquer(v[:middle]), divide_and_conquer(v[middle:])
    return left * 0.5 + right + left * right


@program(0.9, 4)
def fibonacci(x, n):
    if n < 2:
        return x**n
    return fibonacci(x, n - 1) + 0.5 * fibonacci(x, n - 2)


@program(0.9, 3)
def nested_recursion(x, n):
    def go(y, k):
        if k == 0:
            return y
        return go(y * x + 0.1, k - 1)

    return go(1.0, n)


@logged
def logged_square(x):
    return x * x


@twice
def quartic(x):
    return x * x


@times(3.0)
@twice
def decorated_twice(x):
    return math.sin(x)


@functools.lru_cache(maxsize=None)  # noqa: UP033
def cached_constant(n):
    return 1.0 / n


@program(0.9)
def decorated_helper(x):
    return logged_square(x) + logged_square(2.0 * x)


@program(0.9)
def decorator_that_changes_the_meaning(x):
    return quartic(x) * x


@program(0.9)
def decorator_with_an_argument(x):
    return decorated_twice(x) + quartic(x)


@program(0.9)
def global_number(height):
    return math.sqrt(2.0 * GRAVITY * height)


@program(sample(3))
def global_array(x):
    return np.sum(WEIGHTS * x) ** 2 + GRAVITY * x[0]


@program(0.9)
def global_dict(x):
    return SETTINGS["rate"] * x ** SETTINGS["power"]


@program(0.4, 0.2, wrt=(0, 1))
def runge_kutta(y, rate):
    def slope(t, y):
        return -rate * y + math.sin(t)

    t, h = 0.0, 0.1
    for _ in range(10):
        k1 = slope(t, y)
        k2 = slope(t + h / 2, y + h / 2 * k1)
        k3 = slope(t + h / 2, y + h / 2 * k2)
        k4 = slope(t + h, y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        t += h
    return y


@program(sample(2), 0.7, 5, wrt=(0, 1))
def van_der_pol(state, mu, steps):
    def derivative(s):
        return np.stack([s[1], mu * (1.0 - s[0] ** 2) * s[1] - s[0]])

    def midpoint(s, h):
        return s + h * derivative(s + 0.5 * h * derivative(s))

    for _ in range(steps):
        state = midpoint(state, 0.1)
    return np.sum(state * state)


def newton(f, df, x, tolerance=1e-10):
    for _ in range(50):
        step = f(x) / df(x)
        x = x - step
        if abs(step) < tolerance:
            break
    return x


@program(2.0, also=[(5.0,)])
def newton_with_functions(a):
    return newton(lambda x: x**3 - a, lambda x: 3.0 * x**2, 1.0)


@program(sample(4, 3), {"W": sample(3, 2, seed=1), "b": sample(2, seed=2)}, wrt=1)
def layer_from_a_factory(x, parameters):
    def layer(activation):
        def apply(inputs):
            return activation(inputs @ parameters["W"] + parameters["b"])

        return apply

    return np.sum(layer(np.tanh)(x) * layer(helpers.softplus)(x))


@program(0.7)
def decorator_that_wraps(x):
    def twice(f):
        @functools.wraps(f)
        def both(*args):
            return f(f(*args))

        return both

    @twice
    def step(v):
        return v * v + 0.1

    return step(x)


@program(0.7)
def functions_in_a_list(x):
    powers = [lambda v, k=k: v**k * x for k in range(1, 12)]
    return sum(f(x) for f in powers) + powers[2](0.5)
