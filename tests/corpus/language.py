"""The rest of the language: match, try, with, nonlocal, conversions, annotations, arguments."""

# ruff: noqa: E731, UP006, UP007, UP031, UP032, UP035, UP037, UP045 (as users write)

import collections
import contextlib
import logging
import math
import re
import warnings
from dataclasses import dataclass
from typing import Any, Final, List, Optional, Union

import numpy as np

from tests.corpus import program, sample

logger = logging.getLogger(__name__)


@program(0.6, "sin", also=[(0.6, "cos"), (0.6, "tan"), (0.6, "")])
def match_strings(x, name):
    match name:
        case "sin":
            return math.sin(x)
        case "cos" | "cosine":
            y = math.cos(x)
        case "":
            y = x
        case _:
            y = x * x * len(name)
    return y * x


@program(0.6, ("scale", 2.0), also=[(0.6, ("shift",)), (0.6, ("both", 1.5, 3)), (0.6, 4)])
def match_sequences(x, command):
    match command:
        case ("scale", factor):
            return factor * x * x
        case ["shift"]:
            return x + 1.0
        case [_, first, *rest] if len(rest) > 0:
            return x**first + len(rest) * x
        case int(n):
            return x**n
        case _:
            raise ValueError(command)


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float


@program([Circle(0.5), Box(1.5, 0.4), Box(0.7, 0.7)])
def match_classes(shapes):
    total = 0.0
    for shape in shapes:
        match shape:
            case Circle(radius=r):
                total += math.pi * r * r
            case Box(width=w, height=h) if w > 1.0:
                total += w * h * 2.0
            case Box():
                total += shape.width * shape.height**2
    return total


@program({"kind": "gauss", "scale": 0.7}, 0.4, wrt=1, also=[({"kind": "box"}, 0.4)])
def match_mappings(options, x):
    match options:
        case {"kind": "gauss", "scale": scale}:
            return math.exp(-((x / scale) ** 2))
        case {"kind": str() as kind, **rest}:
            return x * x * (len(kind) + len(rest))
    return 0.0


@program(0.6, also=[(-0.6,), (3.0,)])
def match_guards_on_values(x):
    match x:
        case v if v < 0.0:
            return v * v
        case v if v > 2.0:
            return 4.0 * v
    return math.sin(x)


@program(2.0)
def try_that_succeeds(x):
    try:
        y = 1.0 / x
    except ZeroDivisionError:
        y = 0.0
    return y * x * x


@program(0.6, {"a": 1.5}, wrt=(0, 1), also=[(0.6, {"b": 1.5})])
def key_error_is_caught(x, d):
    try:
        scale = d["a"]
    except KeyError as error:
        scale = x * len(str(error.args[0]))
    return scale * x * x + sum(d.values())


def checked_root(x):
    if x < 0.0:
        raise ValueError("negative")
    return math.sqrt(x)


@program(0.6, also=[(-0.6,)])
def raised_in_a_helper(x):
    try:
        return checked_root(x) * x
    except (ValueError, TypeError):
        return checked_root(-x)


@program(0.6, also=[(-0.6,)])
def try_with_else_and_finally(x):
    y = x * x
    try:
        y = y + checked_root(x)
    except ValueError:
        y = 3.0 * y
    else:
        y = y * x
    finally:
        y = y + 2.0 * x
    return y * y


@program(np.array([0.6, -0.5, 0.3]))
def continue_in_an_exception_handler(x):
    total, failures = 0.0, 0
    for v in x:
        try:
            root = checked_root(v)
        except ValueError:
            failures += 1
            continue
        total += root * v
    return total + failures * x[1]


class Converged(Exception):
    pass


@program(0.6)
def exception_that_leaves_two_loops(x):
    y = x
    try:
        for i in range(10):
            for j in range(3):
                y = y * 1.3 + 0.1 * j
                if y > 4.0:
                    raise Converged(i)
    except Converged as stop:
        y = y + stop.args[0] * x
    return y * y


@program(np.array([0.0, 0.6, 1.5]), wrt=0, also=[(np.array([0.5, 0.6, 1.5]),)])
def errors_of_numpy_are_ignored(x):
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.sin(x[1:]) / x[1:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = y * x[0] + y
    return np.sum(y**2)


@program(0.6, {"a": 1.5}, wrt=(0, 1), also=[(0.6, {"b": 1.5})])
def suppress(x, d):
    y = x * x
    with contextlib.suppress(KeyError):
        y = y * d["a"]
        y = y + x
    return y + x + math.fsum(d.values())


class Recorder:
    def __init__(self, scale):
        self.scale = scale
        self.entries = []

    def __enter__(self):
        self.entries.append(self.scale)
        return self

    def __exit__(self, kind, value, trace):
        self.entries.append(self.scale**2)
        return False

    def record(self, v):
        self.entries.append(v * self.scale)


@program(0.6)
def context_manager_of_the_user(x):
    with Recorder(x) as recorder, contextlib.nullcontext(2.0 * x) as y:
        recorder.record(y * y)
        recorder.record(math.sin(x))
    return sum(recorder.entries) * len(recorder.entries)


@contextlib.contextmanager
def doubled(values):
    values.append(values[0] * 2.0)
    yield values[-1]
    values.append(values[0] ** 2)


@program(0.6)
def context_manager_of_a_generator(x):
    values = [x]
    with doubled(values) as y:
        values[0] = y * x
    return sum(values) * values[-1]


@program(sample(4))
def nonlocal_accumulator(x):
    total, count = 0.0, 0

    def add(v):
        nonlocal total, count
        total = total * 0.5 + v * v
        count += 1

    for v in x:
        add(v)
    return total * count


@program(0.6)
def nonlocal_state_of_a_counter(x):
    def make(start):
        value = start

        def step(by=1.0):
            nonlocal value
            value = value * x + by
            return value

        return step

    first, second = make(x), make(2.0)
    first()
    second(by=x)
    return first(0.5) * second()


@program(0.6, 3, "run")
def text_and_logging(x, n, name):
    label = f"{name}-{n:03d}"
    for k in range(n):
        x = x * 1.1 + 0.1
        logger.debug("step %d: %g", k, x)
        if k > 5:
            print(f"{label}: x = {x:.3f} after {k!r}", end="\n")
    title = "%s (%d)" % (label.upper(), n) + " {}".format(k)
    return x * x + len(title) * x + title.count("R")


@program(np.array([0.6, 1.7, -0.3]))
def conversions(x):
    a = float(x[0]) * x[1].item()
    n = int(x[1] * 2.0)
    y = x.astype(np.float64) * float("0.5") + np.float64(a)
    b = x.sum().item() if isinstance(x, np.ndarray) else 0.0
    return float(np.sum(y * y)) * n + b * a + x.tolist()[2] * round(x[1]) + int(x[2] > 0.0)


@program(0.6, also=[(np.float64(1.6),), (np.array([0.6, 0.7]),), ([0.3, 0.4],)])
def by_type_of_the_argument(x):
    if isinstance(x, (list, tuple)):
        return sum(x) * x[0]
    if isinstance(x, np.ndarray) and x.ndim == 1:
        return np.sum(x**2)
    if hasattr(x, "dtype") or type(x) is not float:
        return x * 3.0
    assert not isinstance(x, (int, str)), f"unexpected {type(x).__name__}"
    return x * x


@program(0.6, 3)
def annotations(x: float, n: int = 2, *, options: Optional[dict[str, Any]] = None) -> "float":
    y: float = x * x
    z: Union[float, "np.ndarray"]
    values: List[float] = []
    limit: Final = 5
    z = y * 2.0
    for k in range(min(n, limit)):
        term: float = z**k
        values.append(term)
    options = options or {"scale": x}
    return sum(values) * options["scale"]


@program(0.6, [0.5, 1.5, 0.2], wrt=(0, 1))
def walrus_in_while_and_conditions(x, values):
    total = 0.0
    while (n := len(values)) > 0 and (last := values.pop()) < 2.0:
        total += last * x * n
    if (y := total * x) > 0.1:
        total = y + (z := x * 2.0) * z
    return total + sum(w for v in [x, y] if (w := v * v) > 0.0)


@program(0.6, also=[(2.5,), (-0.6,)])
def chained_comparison(x):
    low, high = 0.0, 2.0
    if low <= x < high != 3.0:
        return x * x
    return x * high if not low < x else high + 3.0 * x


@program([0.5, 1.5, -0.3])
def lambdas_with_defaults(values):
    powers = [lambda t, k=k, c=c: c * t**k for k, c in enumerate(values, start=1)]
    scale = lambda t, by=values[0]: t * by
    return sum(f(0.7) for f in powers) * scale(values[1]) + scale(2.0, by=values[2])


@program(0.6, 1.5, wrt=(0, 1))
def nested_function_with_defaults(x, y):
    slope = x * y

    def line(t, slope=slope, *, shift=x):
        return slope * t + shift

    slope = 100.0
    return line(y) * line(0.5, shift=slope * x) + line(x, 2.0)


def weighted_sum(a, b=1.0, *rest, scale=1.0, **named):
    return scale * (a * b + sum(rest)) + named.get("shift", 0.0)


def forward(function, *args, **kwargs):
    kwargs.setdefault("shift", 0.5)
    return function(*args[::-1], **kwargs)


@program(0.6, 1.5, wrt=(0, 1))
def arguments_are_forwarded(x, y):
    first = forward(weighted_sum, x, y, x * y, scale=y)
    return first * forward(weighted_sum, 2.0, x, shift=x * x)


@program(sample(5), 0.3, also=[(sample(5), 5.0)])
def early_return_after_stores(x, limit):
    y = np.zeros(5)
    for i in range(5):
        y[i] = x[i] ** 2 + (y[i - 1] if i else 0.0)
        if y[i] > limit:
            x[0] = y[i] * x[1]
            return np.sum(y * x)
        x[i] *= 2.0
    else:
        y[0] = 1.0
    return np.sum(y + x)


@program(sample(3, 2), also=[(sample(2, 2),)])
def assert_del_and_pass(A):
    assert A.ndim == 2, f"a matrix is needed, not {A.shape}"
    m, n = A.shape
    assert n == 2
    B = A * A
    parts = {"first": B[0], "rest": B[1:]}
    del B, parts["rest"]
    if m > 5:
        pass
    else:
        B = 2.0 * A
    return np.sum(parts["first"] * B[1]) + len(parts) * A[0, 0]


@program(sample(3))
def chained_assignment(x):
    a = b = x * x
    c, d = e = np.sum(a), 2.0 * x[0]
    b[0] = d
    y = z = c
    z += x[1]
    first = rest = []
    rest.append(y * z)
    return np.sum(a) * c + e[1] * first[0]


@program(np.array([0.3, 0.5, 0.7]))
def several_targets_of_stores(x):
    y = np.zeros(4)
    y[0], (y[1], *others) = x[0] * x[1], [x[2] ** 2, x[0], x[1]]
    y[2] = y[3] = others[0] * others[1]
    for y[0] in (x[0], x[1] * y[0]):  # noqa: B020
        y[3] += y[0]
    return np.sum(y * y)


@program(0.6, True, also=[(0.6, False)])
def imports_inside(x, fast):
    if fast:
        from math import exp as function
    else:
        import math as m

        function = m.log
    import numpy

    return function(x) * numpy.tanh(x)


def _double(x):
    return 2.0 * x


FUNCTIONS = {"double": _double, "square": lambda x: x * x, "sine": np.sin}


@program(0.6, ["square", "sine"], also=[(0.6, ["double", "none", "double"]), (0.6, [])])
def dispatch_by_name(x, names):
    local = {"none": lambda t: t, **FUNCTIONS}
    for name in names:
        f = local.get(name) or FUNCTIONS["sine"]
        x = f(x) + local["square"](x)
    return x * x


@program(0.6, 4)
def conditional_function_definition(x, n):
    if n % 2 == 0:

        def f(t):
            return t * t
    else:

        def f(t):
            return math.exp(t)

    g = f if n > 10 else math.sin
    return f(x) * g(f(x))


@program(sample(4))
def global_constants_and_modules(x):
    eps = np.finfo(float).eps
    scale = math.pi if np.pi == math.pi else 1.0
    shape = (2, -1)
    return np.sum(x.reshape(shape)[0] ** 2) * scale + eps * x[0] + math.tau * x[3]


@program(0.6, "0.5 1.5 2", also=[(0.6, "")])
def numbers_from_text(x, text):
    total = x
    for k, word in enumerate(text.split()):
        total += float(word) * x**k
        if not word.isdigit():
            total *= 1.0 + 0.1 * len(word)
    return total


@program(0.5)
def generator_function(x):
    def powers(n):
        p = 1.0
        for _ in range(n):
            yield p
            p = p * x

    return sum(powers(4)) + sum(p * p for p in powers(3))


@program(sample(4))
def dtypes_are_asserted(x):
    order = np.argsort(x)
    assert order.dtype == np.int64, "positions"
    assert x.dtype == float
    assert x.dtype != np.float32
    return np.sum(x * order)


@program(np.arange(1.0, 9.0))
def text_says_what_is_computed(x):
    total = 0.0
    for token in re.findall(r"\d+|[+*-]", "3+4*2-1"):
        if token.isdigit():
            total = total * 0.5 + x[int(token)] ** 2
        else:
            total -= x[ord(token) % 8]
    for m in range(8):
        total += x[m] * (m ^ 3) if bin(m).count("1") % 2 else -x[m]
    return total


@program(np.array([0.5, -1.0, 2.0]))
def class_made_inside(x):
    State = collections.namedtuple("State", "count total")  # noqa: PYI024
    state = State(0, 0.0)
    for v in x:
        state = state._replace(count=state.count + 1, total=state.total + v * v)
    return state.total / state.count
