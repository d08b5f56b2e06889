"""Python's own numbers: math, every operator, comparisons, boolean operators, walrus."""

import cmath  # noqa: F401  (an import that no program uses)
import math

import numpy as np

from tests.corpus import program, sample

program(0.4)(lambda x: math.sin(x) + math.cos(x) * math.tan(x))
program(0.4)(lambda x: math.asin(x) * math.acos(x) + math.atan(x))
program(0.4)(lambda x: math.sinh(x) * math.cosh(x) - math.tanh(x))
program(0.4)(lambda x: math.asinh(x) + math.acosh(1.5 + x) * math.atanh(x))
program(0.4)(lambda x: math.exp(x) * math.expm1(x) + math.exp2(x))
program(0.4)(lambda x: math.log(x) + math.log2(x) * math.log10(x) - math.log1p(x))
program(0.4)(lambda x: math.sqrt(x) * math.cbrt(x))
program(0.4)(lambda x: math.erf(x) * math.erfc(x * x))
program(0.4, also=[(2.5,)])(lambda x: math.gamma(x) + math.lgamma(x))
program(0.4, also=[(-0.4,)])(lambda x: math.fabs(x) * math.degrees(x) + math.radians(x))
program(0.4, 1.7, wrt=(0, 1))(lambda x, y: math.pow(x, y) + math.hypot(x, y))
program(0.4, 1.7, wrt=(0, 1))(lambda x, y: math.atan2(x, y) * math.log(y, 3.0))
program(2.4, 1.7, wrt=(0, 1))(lambda x, y: math.fmod(7.3 * x, y) + math.copysign(x, -y))
program(2.4, also=[(-2.4,)])(
    lambda x: x * math.floor(x) + math.ceil(x) * x - math.trunc(x) * x * x
)
program(0.4, 1.7, wrt=(0, 1))(lambda x, y: math.log(x + y) - math.log(x, y) + math.log2(y))
program(0.4, 1.7, 0.2, wrt=(0, 1, 2))(lambda x, y, z: math.hypot(x, y, z) + math.prod([x, y, z]))


@program(0.4, also=[(1.9,)])
def trigonometric_identity(x):
    return (
        math.sin(x) ** 2 + math.cos(x) ** 2 + math.tan(math.atan(x)) + math.asin(math.sin(0.3 * x))
    )


@program(0.4)
def hyperbolic(x):
    return math.acosh(math.cosh(1.0 + x)) + math.asinh(x) * math.atanh(math.tanh(x)) - math.sinh(x)


@program(0.4, 0.9, wrt=(0, 1))
def polar(x, y):
    r = math.sqrt(x * x + y * y)
    angle = math.atan2(y, x)
    return r * math.cos(2.0 * angle) + math.acos(0.1 * r) * math.degrees(angle) / 180.0


@program(0.3, 0.8, wrt=(0, 1))
def inverse_functions(x, y):
    a = math.asin(x) + math.acos(y) * math.atan(x * y)
    b = math.asinh(x) * math.acosh(1.0 + y) - math.atanh(x)
    return a * b + math.atan2(a, b) * math.tan(x) + math.cosh(y)


@program(0.3, also=[(-0.8,)])
def normal_distribution(x):
    below = 0.5 * math.erfc(-x / math.sqrt(2.0))
    return below * math.exp2(x) + math.cbrt(x) * math.expm1(x) * math.fabs(x)


@program(2.5, 0.4, wrt=(0, 1))
def beta_function(a, b):
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return math.exp(log_beta) + math.gamma(a) * math.gamma(b) / math.gamma(a + b) * math.exp2(b)


@program(1.4, 0.6, wrt=(0, 1))
def angles(x, y):
    a = math.radians(30.0 * x) + math.degrees(y) * 0.01
    return (
        math.sinh(a) * math.tan(math.radians(y)) + math.copysign(math.fabs(x), -y) + math.pow(y, x)
    )


@program(7.3, 2.1, wrt=(0, 1), also=[(-7.3, 2.1)])
def rounding(x, y):
    r = math.fmod(x, y) * math.floor(x) + math.ceil(y) * y
    return r * r / (1.0 + x * x) + math.trunc(x / y) * x + math.copysign(y, x)


@program(2.2, also=[(-2.2,)])
def fractional_parts(x):
    return (x - math.floor(x)) * (math.ceil(x) - x) + (x - math.trunc(x)) ** 2 + math.fmod(x, 0.9)


@program(0.7, 1.2, wrt=(0, 1))
def products_and_roots(x, y):
    return math.prod((x, y, 2.0)) * math.cbrt(y) + math.gamma(x) * math.radians(x) + math.log2(y)


@program(3.0)
def stirling(n):
    series = n * math.log(n) - n + 0.5 * math.log(2.0 * math.pi * n)
    return math.lgamma(n + 1.0) - series + math.erf(1.0 / n) + math.erfc(n)


@program(3.0, also=[(0.2,)])
def logarithms(x):
    return math.log1p(x) + math.log2(1.0 + x) + math.log10(1.0 + x) - math.expm1(-x) * math.exp(-x)


@program(1.5, 0.7, wrt=(0, 1), also=[(-1.5, 0.7)])
def arithmetic(x, y):
    return x + y - x * y + x / y - +x + -y


@program(7.3, 2.0, wrt=(0, 1), also=[(-7.3, 2.0), (7.3, -2.0), (7.3, 3.1)])
def floor_and_modulo(x, y):
    return x // y * x + x % y * y


@program(7.3, also=[(-7.3,)])
def modulo_of_constants(x):
    return x % 2.0 + (10.5 % x) * 0.3 + x // 3 * x


@program(7.3, 2.1, wrt=(0, 1))
def div_mod(x, y):
    q, r = divmod(x, y)
    return q * r + r * r


@program(1.3, also=[(0.2,)])
def wrapped_angle(x):
    return (3.0 * x + math.pi) % (2.0 * math.pi) - math.pi + x // 0.7 * x


@program(1.7, 2.3, wrt=(0, 1))
def powers(x, y):
    return x**y + x**2 + x**0.5 + x**-1 + 2.0**x + y**0


@program(-1.7, also=[(0.0,), (1.7,)])
def whole_powers(x):
    return x**3 + x**2 + x**1 + pow(x, 4)


@program(-1.7, 3, also=[(1.7, -2), (0.5, 0)])
def power_of_an_integer(x, n):
    return x**n + pow(x, 2)


@program(1.5, also=[(-1.5,)])
def absolute(x):
    return abs(x) * 2.0 + abs(x * x - 1.0) + np.sign(x) * x


@program(1.5, 2.5, wrt=(0, 1), also=[(2.5, 1.5)])
def builtin_max_and_min(x, y):
    return max(x, y) * 2.0 + min(x, y) ** 2 + max(x, 0.0, y - 9.0) + min(y, 10.0)


@program(1.5)
def conversions(x):
    n = int(x)
    return float(x) * n + x * float(n) + x * round(2.4) + x * int(True) + float(2)


@program(1.5, 3)
def integer_arithmetic(x, n):
    k = n // 2 + n % 2 * 4 - (n << 1) + (n & 1) + (n | 4) + (n ^ 5) + (~n) + (n >> 1)
    return x * k + x ** (n - 1) / n


@program(1.5, 7, 2)
def integers_become_floats(x, n, m):
    ratio = n / m
    return x * ratio + n % m * x * x + (n // m) ** m * x


@program(0.5)
def augmented(x):
    y = x
    y += 2.0 * x
    y *= x
    y -= x / 3.0
    y /= 1.0 + x
    y **= 2
    return y


@program(7.5)
def augmented_floor_and_modulo(x):
    y = 3.0 * x
    y //= 2.0
    z = x
    z %= 2.0
    n = 5
    n //= 2
    n <<= 1
    return y * z * x + n * x


@program(1.5, 0.4, wrt=(0, 1), also=[(-1.5, 0.4)])
def augmented_by_another(x, y):
    s = 1.0
    s += x
    s *= y
    s /= 2.0 + y * y
    s **= 3
    s -= +x
    return s


@program(7.5, 2.2, wrt=(0, 1))
def augmented_in_a_loop(x, y):
    s = 1.0
    n = 1
    for i in range(3):
        s *= x
        s %= y + i
        s **= 1.5
        x //= 1.6
        x += 0.2 * +y
        n <<= 1
        n |= i
    return s * n


@program(7.5, -2.2, wrt=(0, 1))
def augmented_remainders(x, y):
    q, r = divmod(x, 2.0)
    q *= x
    r %= 0.7
    x //= y
    y /= q
    n = 13
    n //= 4
    n %= 2
    n >>= 0
    return q * r * y + x * n


@program(7.5, 2.2, wrt=(0, 1))
def hours_and_minutes(x, y):
    hours, minutes = divmod(x * y, 1.0)
    return pow(hours, 2) * minutes + pow(minutes, 2.5) + int(hours) * x + round(y) * float(x)


@program(1.5, 12, 5)
def bits(x, n, m):
    k = (n & m) + (n | m) - (n ^ m) + (~n) + (n >> 1) + (m << 2)
    flags = (n > 3) & (m > 3) | (x > 9.0)
    return x**2 * k + (x if flags else 0.0) + (~m & 7 ^ 2) * x


@program(0.5, also=[(0.0,)])
def counters(x):
    n, s = 0, 0
    while n < 4:
        n += 1
        s += x * n
    s /= n
    s -= n
    return s * s


@program(0.5, also=[(2.5,), (-1.0,)])
def comparisons(x):
    y = x
    if x >= 2.0:
        y = y * 2.0
    if x <= 0.0:
        y = y * 3.0
    if x != 1.5:
        y = y * y
    if x == 1.5:
        y = y + 1.0
    return y


@program(0.5, also=[(1.5,), (-1.5,)])
def chained(x):
    y = x * x
    inside = -1.0 < x < 1.0
    if inside:
        y = y * x
    if 0.0 < x < y < 9.0:
        y = y + x
    return y


@program(0.5, 0.0, wrt=0, also=[(0.5, 2.0)])
def or_gives_a_default(x, y):
    z = y or x
    return z * x


@program(0.5, 0.0, wrt=0, also=[(0.5, 2.0)])
def and_gives_the_last(x, y):
    z = y and x * y
    return z + x


@program(0.5, also=[(-0.5,), (1.5,)])
def booleans(x):
    positive, small = x > 0.0, abs(x) < 1.0
    y = x
    if positive and small:
        y = math.sin(y)
    if not positive or not small:
        y = y * 2.0
    return y * x


@program(0.5, also=[(-0.5,), (1.5,)])
def booleans_as_numbers(x):
    return (x > 0.0) * x * x + (x < 1.0) * 3.0 * x + (not x > 0.0) * math.exp(x)


@program(0.5, True, also=[(0.5, False)])
def bool_argument(x, on):
    sign = 1 if on else -1
    return sign * x * x + (2.0 if not on else x)


@program(0.5, also=[(-2.0,), (4.0,)])
def walrus(x):
    if (y := x * x) > 1.0:
        return y * x
    return y + x


@program(0.5, also=[(1.2,)])
def walrus_in_an_expression(x):
    z = (y := math.sin(x)) * y + (w := 2.0 * x)
    return z * y + w


@program(0.5, also=[(2.0,), (9.0,)])
def walrus_in_while(x):
    n = 0
    while (y := x * 1.5 + n) < 6.0:
        x = y
        n += 1
    return x * y


@program(0.5, also=[(-0.5,)])
def short_circuit_guards(x):
    if x > 0.0 and math.log(x) < 0.0:
        return x * math.log(x)
    return x * x if x < 0.0 or math.sqrt(x) > 0.5 else x


@program(0.5, also=[(-0.5,), (1.5,)])
def conditional_in_arithmetic(x):
    return (x if x > 1.0 else x * x) * (math.exp(x) if x < 0.0 else 1.0) + 2.0


@program(0.5, 1, also=[(0.5, 2), (0.5, 3)])
def equal_or_not(x, n):
    y = x
    if n == 1:
        y = y * 2.0
    if n != 2:
        y = y * x
    if n is not None and x != 7.0:
        y = y + x
    return y if n not in [5, 6] and n != 3 else y * y


@program(0.5, None, also=[(0.5, 3)])
def defaults_by_identity(x, n):
    times = 2 if n is None else n
    y = x
    for _ in range(times):
        y = y * x
    return y if n is not None else -y


@program(0.5, "a", None, also=[(0.5, "abc", 1)])
def membership_and_identity(x, name, extra):
    y = x
    if "b" in name:
        y = y * 2.0
    if name not in ("x", "y"):
        y = y * x
    if extra is not None:
        y = y + extra * x
    return y


@program(np.float64(0.5), also=[(np.float64(1.5),)])
def numpy_scalar(x):
    return np.sin(x) * x + math.exp(x)


@program(0.5, sample(3), wrt=(0, 1))
def python_scalar_meets_array(x, v):
    s = math.sin(x)
    s += float(2)
    return np.sum(s * v) / (1.0 + abs(x)) + x**2 // 1.0


@program(0.3, -0.2, wrt=(0, 1), also=[(1.4, 0.2)])
def mandelbrot_escape(cx, cy):
    x, y = 0.0, 0.0
    n = 0
    while n < 6 and (r2 := x * x + y * y) < 4.0:
        x, y = x * x - y * y + cx, 2.0 * x * y + cy
        n += 1
    return r2 + x * n


@program(1.0, 0.8, wrt=(0, 1), also=[(0.5, 1.9)])
def arithmetic_geometric_mean(a, b):
    while not math.isclose(a, b, rel_tol=1e-13):
        a, b = 0.5 * (a + b), math.sqrt(a * b)
    return a


@program(0.8, also=[(4.5,), (12.0,), (40.0,)])
def income_tax(income):
    if income <= 1.0:
        tax = 0.0
    elif income <= 5.0:
        tax = 0.1 * (income - 1.0)
    elif 5.0 < income <= 20.0:
        tax = 0.4 + 0.25 * (income - 5.0) + 0.01 * (income - 5.0) ** 2
    else:
        tax = 6.4 + 0.45 * (income - 20.0)
    return income - tax
