"""Named tuples, data classes and users' classes: as arguments, created inside, changed."""

# ruff: noqa: B905 (users write zip without strict)

import enum
import functools
import math
from collections import namedtuple
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from tests.corpus import program, sample

Point = namedtuple("Point", ["x", "y"])


class Layer(NamedTuple):
    W: np.ndarray
    b: np.ndarray
    slope: float = 1.0

    def __call__(self, x):
        return np.tanh(self.slope * (x @ self.W + self.b))


@dataclass
class Body:
    position: np.ndarray
    velocity: np.ndarray
    mass: float = 2.0

    def energy(self):
        return 0.5 * self.mass * np.sum(self.velocity**2) - 1.0 / self.radius

    @property
    def radius(self):
        return np.sqrt(np.sum(self.position**2))

    def drift(self, h):
        self.position = self.position + h * self.velocity

    def kick(self, h):
        self.velocity -= h * self.position / self.radius**3


@dataclass(frozen=True)
class Normal:
    mean: float
    scale: float = 1.0

    def log_density(self, x):
        z = (x - self.mean) / self.scale
        return -0.5 * z * z - math.log(self.scale)


@dataclass(frozen=True)
class Mixture:
    weight: float
    left: Normal
    right: Normal = Normal(1.0)


@dataclass
class Parameters:
    layers: list
    scales: dict
    shift: tuple = (0.5, 1.5)


@program(Point(0.5, 1.5))
def named_tuple_by_name(p):
    return p.x * p.y + math.sin(p.x)


@program(Point(0.5, 1.5), Point(2.0, -1.0), wrt=(0, 1))
def named_tuple_by_index_and_unpacked(p, q):
    a, b = p
    return a * q[0] + b * q.y + p[-1] ** 2 * len(q)


@program(0.5, 1.5, wrt=(0, 1))
def named_tuple_created(x, y):
    p = Point(x * y, y=x)
    q = p._replace(y=p.x**2)
    r = Point(*q) + (x,)
    return p.y * q.x + q.y * r[2] + sum(p)


@program([Point(0.5, 1.5), Point(2.0, -1.0), Point(0.1, 0.3)])
def area_of_named_points(corners):
    area = 0.0
    for p, q in zip(corners, corners[1:] + corners[:1]):
        area += 0.5 * (p.x * q.y - q.x * p.y)
    return area * corners[0].x


@program(
    [Layer(sample(3, 2), sample(2, seed=1)), Layer(sample(2, 2, seed=2), sample(2, seed=3), 0.5)],
    sample(4, 3, seed=4),
    float32=True,
)
def layers_that_are_called(layers, x):
    for layer in layers:
        x = layer(x)
    return np.sum(x * x)


@program(Normal(0.3, 0.8), 1.2, wrt=(0, 1))
def method_of_a_data_class(d, x):
    return d.log_density(x) * d.mean


@program(Mixture(0.4, Normal(-1.0, 0.5)), [0.3, -0.7, 1.2])
def nested_data_classes(m, observed):
    total = 0.0
    for x in observed:
        left = m.weight * math.exp(m.left.log_density(x))
        right = (1.0 - m.weight) * math.exp(m.right.log_density(x))
        total += math.log(left + right)
    return total


@program(Normal(0.3, 0.8), 1.2, wrt=(0, 1))
def data_class_replaced(d, x):
    wide = replace(d, scale=d.scale * 2.0)
    moved = replace(wide, mean=x * d.mean)
    return wide.log_density(x) + moved.log_density(0.5) * moved.scale


@program(0.3, 0.8, wrt=(0, 1))
def data_class_created(mean, scale):
    d = Normal(mean)
    m = Mixture(weight=0.3, left=d, right=Normal(scale=scale, mean=mean**2))
    return m.left.log_density(1.0) + m.weight * m.right.log_density(mean) + m.right.mean


@program(
    Body(np.array([1.0, 0.2]), np.array([0.1, 0.9])), 3, also=[(Body(sample(2), sample(2)), 0)]
)
def body_moves(body, steps):
    for _ in range(steps):
        body.drift(0.05)
        body.kick(0.1)
        body.drift(0.05)
    return body.energy() + body.position[0]


@program(Body(np.array([1.0, 0.2]), np.array([0.1, 0.9])))
def fields_written_from_outside(body):
    before = body.energy()
    body.mass = body.mass * 1.5 + body.position[1]
    body.velocity[0] = body.mass * 0.1
    body.position *= 2.0
    return body.energy() * before


@program(
    Parameters([(sample(2, 2), sample(2, seed=1))], {"out": 1.3, "in": np.array([0.4, 0.2])}),
    sample(2, seed=2),
    wrt=(0, 1),
)
def data_class_of_containers(p, x):
    x = x * p.scales["in"]
    for W, b in p.layers:
        x = np.sin(W @ x + b)
    p.scales["out"] *= p.shift[1]
    return p.scales["out"] * np.sum(x) + p.shift[0] ** 2


@dataclass
class Trace:
    decay: float
    total: float = 0.0
    values: list = field(default_factory=list)

    def add(self, v):
        self.total = self.decay * self.total + v
        self.values.append(self.total)


@program(0.8, sample(4), wrt=(0, 1), also=[(0.8, sample(1))])
def trace_of_a_running_total(decay, x):
    trace = Trace(decay)
    for v in x:
        trace.add(v * v)
    return trace.total * sum(trace.values)


class Vec2:
    def __init__(self, x, y=0.0):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec2(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vec2(self.x - other.x, self.y - other.y)

    def __neg__(self):
        return Vec2(-self.x, -self.y)

    def __mul__(self, s):
        return Vec2(self.x * s, self.y * s)

    __rmul__ = __mul__

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __abs__(self):
        return math.hypot(self.x, self.y)

    def __iter__(self):
        return iter((self.x, self.y))

    @staticmethod
    def polar(radius, angle):
        return Vec2(radius * math.cos(angle), radius * math.sin(angle))

    @classmethod
    def unit(cls, angle):
        return cls(math.cos(angle), math.sin(angle))


@program(0.5, 1.5, wrt=(0, 1))
def object_is_made_and_read(x, y):
    v = Vec2(x, y=y)
    w = Vec2(v.y * 2.0)
    return v.x * w.x + w.y + v.y


@program(0.5, 1.5, wrt=(0, 1))
def operators_of_a_vector(x, y):
    u, v = Vec2(x, 1.0), Vec2(y, x * y)
    w = 2.0 * u - v * 0.5 + -v
    return (w @ u) * abs(v)


@program(0.5, 1.5, wrt=(0, 1))
def static_and_class_methods(radius, angle):
    v = Vec2.polar(radius, angle) + Vec2.unit(angle * radius)
    return v @ v + v.x


@program(0.5, 1.5, wrt=(0, 1))
def object_that_unpacks(x, y):
    a, b = Vec2(x * y, x + y)
    return a * b + sum(c * c for c in Vec2(y, a))


@program(0.5, 3)
def planet_of_vectors(x, steps):
    position, velocity = Vec2(x, 1.0), Vec2(0.3, -0.2)
    for _ in range(steps):
        velocity = velocity - position * (0.1 / abs(position) ** 3)
        position += velocity * 0.1
    return position @ velocity


class Polynomial:
    def __init__(self, *coefficients):
        self.coefficients = list(coefficients)

    def __call__(self, x):
        y = 0.0
        for c in reversed(self.coefficients):
            y = y * x + c
        return y

    def __len__(self):
        return len(self.coefficients)

    def __getitem__(self, k):
        return self.coefficients[k]

    def __setitem__(self, k, value):
        self.coefficients[k] = value

    def __contains__(self, value):
        return value in range(len(self))

    def derivative(self):
        return Polynomial(*[k * c for k, c in enumerate(self.coefficients)][1:])


@program(0.5, 1.5, wrt=(0, 1))
def polynomial_object(a, x):
    p = Polynomial(1.0, a, a * a, 0.5)
    slope = p.derivative()
    return p(x) * slope(a) + len(slope) * p[1]


@program(0.5, 1.5, wrt=(0, 1))
def items_of_an_object_are_stored(a, x):
    p = Polynomial(a, 2.0, x)
    p[1] = p[0] * p[2]
    p[-1] += a
    if 2 in p:
        p[0] *= p[1]
    return p(x)


class Dual:
    """Forward mode, written by hand; the gradient goes through it in reverse."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other):
        if not isinstance(other, Dual):
            return Dual(self.value * other, self.slope * other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    __rmul__ = __mul__

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.slope)


@program(0.7, also=[(-1.2,)])
def dual_numbers(x):
    d = Dual(x, 1.0)
    y = 3.0 * d * d + (d * d + 1.0).sin()
    return y.value * y.slope


class Cell:
    """A user's complex number."""

    __slots__ = ("re", "im")

    def __init__(self, re, im):
        self.re, self.im = re, im

    def square(self):
        return Cell(self.re * self.re - self.im * self.im, 2.0 * self.re * self.im)

    def __eq__(self, other):
        return self.re == other.re and self.im == other.im

    def __lt__(self, other):
        return self.modulus2 < other.modulus2

    @property
    def modulus2(self):
        return self.re**2 + self.im**2


@program(0.3, 0.5, wrt=(0, 1))
def julia_orbit(re, im):
    z, c = Cell(re, im), Cell(-0.4, 0.6)
    for _ in range(4):
        z = z.square()
        z = Cell(z.re + c.re, z.im + c.im)
    if z == c or c < z:
        return z.re
    return z.modulus2


class Shape:
    sides = 0

    def __init__(self, size):
        self.size = size

    def area(self):
        return self.factor() * self.size**2

    def factor(self):
        raise NotImplementedError

    def describe(self):
        return f"{type(self).__name__} with {self.sides} sides"


class Square(Shape):
    sides = 4

    def factor(self):
        return 1.0


class Rectangle(Square):
    def __init__(self, size, ratio):
        super().__init__(size)
        self.ratio = ratio

    def factor(self):
        return self.ratio * super().factor()


class Disc(Shape):
    def factor(self):
        return math.pi


@program(0.5, 1.5, wrt=(0, 1))
def inheritance(size, ratio):
    total = 0.0
    for shape in [Square(size), Rectangle(size, ratio), Disc(ratio)]:
        total += shape.area() * (1.0 + shape.sides)
        if isinstance(shape, Square) and shape.describe().startswith("Rect"):
            total += shape.ratio**2
    return total


class Linear:
    def __init__(self, W, b):
        self.W = W
        self.b = b

    def __call__(self, x):
        return self.W @ x + self.b


class Network:
    def __init__(self, *layers, activation=np.tanh):
        self.layers = layers
        self.activation = activation

    def __call__(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)

    def loss(self, x, target):
        error = self(x) - target
        return np.mean(error**2)


MODEL = Network(
    Linear(sample(3, 2), sample(3, seed=1)), Linear(sample(1, 3, seed=2), sample(1, seed=3))
)
program(sample(2), 0.4, wrt=(0, 1))(lambda x, target: MODEL.loss(x, target))


@program(sample(2))
def model_of_the_module(x):
    return MODEL(x)[0] * MODEL.loss(x, 0.5) + np.sum(MODEL.layers[0].W @ x)


@program(sample(3, 2), sample(3, seed=1), sample(2, seed=2), wrt=(0, 1, 2))
def model_made_of_the_arguments(W, b, x):
    model = Network(Linear(W, b), Linear(b[None, :] * W[0, 0], 0.5), activation=np.sin)
    return model.loss(x, 0.2)


class Ridge:
    """A model whose method is the program: it reads what `self` holds."""

    def __init__(self, X, y, penalty):
        self.X, self.y, self.penalty = X, y, penalty

    def objective(self, w):
        return np.sum((self.X @ w - self.y) ** 2) + self.penalty * np.sum(w**2)


ridge = Ridge(sample(4, 2), sample(4, seed=1), 0.3)
program(sample(2, seed=2))(lambda w: ridge.objective(w))


class Adam:
    def __init__(self, rate, decay=0.9):
        self.rate, self.decay = rate, decay
        self.first, self.second = 0.0, 0.0
        self.steps = 0

    def step(self, w, g):
        self.steps += 1
        self.first = self.decay * self.first + (1.0 - self.decay) * g
        self.second = self.decay * self.second + (1.0 - self.decay) * g**2
        m = self.first / (1.0 - self.decay**self.steps)
        v = self.second / (1.0 - self.decay**self.steps)
        return w - self.rate * m / (np.sqrt(v) + 1e-3)


@program(0.1, sample(3), wrt=(0, 1))
def learning_rate_of_an_optimizer(rate, w):
    optimizer = Adam(rate)
    for _ in range(3):
        w = optimizer.step(w, 2.0 * w + 0.5)
    return np.sum(w**2) * optimizer.steps


class Filter:
    def __init__(self, size):
        self.mean = np.zeros(size)
        self.covariance = np.eye(size)
        self.log_likelihood = 0.0

    def predict(self, F, noise):
        self.mean = F @ self.mean
        self.covariance = F @ self.covariance @ F.T
        self.covariance[0, 0] += noise

    def update(self, z, noise):
        innovation = z - self.mean[0]
        s = self.covariance[0, 0] + noise
        gain = self.covariance[:, 0] / s
        self.mean += gain * innovation
        self.covariance -= np.outer(gain, self.covariance[0])
        self.log_likelihood -= 0.5 * (innovation**2 / s + np.log(s))


@program(0.2, 0.3, np.array([0.5, 0.9, 1.6]), wrt=(0, 1, 2))
def kalman_filter_object(process, measurement, observed):
    kalman = Filter(2)
    F = np.array([[1.0, 1.0], [0.0, 1.0]])
    for z in observed:
        kalman.predict(F, process)
        kalman.update(z, measurement)
    return kalman.log_likelihood + kalman.mean[1]


class Thermostat:
    def __init__(self, temperature):
        self._temperature = temperature
        self.changes = 0

    @property
    def fahrenheit(self):
        return 1.8 * self._temperature + 32.0

    @fahrenheit.setter
    def fahrenheit(self, value):
        self.changes += 1
        self._temperature = (value - 32.0) / 1.8

    @functools.cached_property
    def first(self):
        return self._temperature * 2.0


@program(20.0, 1.1, wrt=(0, 1))
def property_with_a_setter(temperature, factor):
    t = Thermostat(temperature)
    first = t.first
    t.fahrenheit = t.fahrenheit * factor
    t.fahrenheit += 1.0
    return t.fahrenheit * t.changes + t._temperature * first + t.first


@program(0.6, also=[(-0.6,)])
def attribute_in_a_branch(x):
    v = Vec2(x, 2.0)
    if x > 0.0:
        v.x = v.y * x
        v.y *= x
    else:
        v.y = x * x
    return v.x * v.y


@program(sample(5), also=[(-np.abs(sample(5)),)])
def attributes_in_a_loop(x):
    box = Vec2(0.0, 1.0)
    for k, v in enumerate(x):
        if v < 0.0:
            box.x += v * v
            continue
        box.y = box.y * (1.0 + v)
        if k > 2:
            break
    return box.x * box.y + box.x


@program(0.5, 1.5, wrt=(0, 1))
def two_names_of_an_object(x, y):
    v = w = Vec2(x, y)
    pair = [v, Vec2(y)]
    w.x = x * y
    pair[0].y += pair[1].x
    return v.x * v.y + pair[0].x


def rotate(v, angle):
    v.x, v.y = (
        math.cos(angle) * v.x - math.sin(angle) * v.y,
        math.sin(angle) * v.x + math.cos(angle) * v.y,
    )


@program(0.5, 0.3, wrt=(0, 1))
def helper_changes_an_object(x, angle):
    v = Vec2(x, 1.0)
    for _ in range(2):
        rotate(v, angle)
    return v.x * v.y + abs(v) * v.x


class Node:
    def __init__(self, value, following=None):
        self.value, self.following = value, following


@program(0.6, 3)
def linked_list(x, n):
    head = None
    for k in range(n):
        head = Node(x ** (k + 1), head)
    total, node = 0.0, head
    while node is not None:
        total = total * x + node.value
        node = node.following
    return total


class Tree:
    def __init__(self, value, *children):
        self.value, self.children = value, children

    def total(self, depth=1):
        return depth * self.value**2 + sum(child.total(depth + 1) for child in self.children)


@program(0.6, 1.2, wrt=(0, 1))
def tree_of_objects(x, y):
    tree = Tree(x, Tree(y), Tree(x * y, Tree(1.0), Tree(x)))
    return tree.total() * tree.children[1].value


class Kind(enum.Enum):
    LINEAR = "linear"
    QUADRATIC = "quadratic"
    SINE = "sine"


class Weight(enum.IntEnum):
    SMALL = 1
    LARGE = 3


@program(0.6, Kind.QUADRATIC, also=[(0.6, Kind.LINEAR), (0.6, Kind.SINE)])
def members_of_an_enum(x, kind):
    if kind is Kind.LINEAR:
        y = 2.0 * x
    elif kind == Kind.QUADRATIC:
        y = x * x
    else:
        y = math.sin(x)
    return y * Weight.LARGE + x * Weight.SMALL.value + len(kind.name)


@functools.lru_cache(maxsize=100)
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


@functools.cache
def nodes(n):
    return np.cos(np.pi * (np.arange(n) + 0.5) / n)


@program(0.6, 4)
def cached_functions_of_numbers(x, n):
    bernstein = sum(binomial(n, k) * x**k * (1.0 - x) ** (n - k) * k**2 for k in range(n + 1))
    return bernstein * np.sum(np.exp(x * nodes(n)))


class Spring:
    stiffness = 3.0
    count = 0

    def force(self, x):
        return -self.stiffness * x * (1.0 + Spring.count)


class Hard(Spring):
    stiffness = Spring.stiffness * 2.0

    def force(self, x, cubic=0.5):
        return super().force(x) - cubic * x**3


@program(0.6)
def attributes_of_the_class(x):
    soft, hard = Spring(), Hard()
    soft.stiffness = 1.0 + x
    bound = hard.force
    return soft.force(x) * bound(x, cubic=x) + getattr(hard, "stiffness") * x  # noqa: B009


class Matrix:
    def __init__(self, rows):
        self.rows = rows

    @property
    def T(self):
        return Matrix([list(column) for column in zip(*self.rows)])

    def __matmul__(self, other):
        columns = other.T.rows
        return Matrix(
            [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in self.rows]
        )

    def __getitem__(self, place):
        i, j = place
        return self.rows[i][j]


@program([[0.5, 1.5], [-0.3, 0.8]])
def matrix_class(rows):
    A = Matrix(rows)
    B = A @ A.T @ A
    return B[0, 1] * B[1, 0] + A[1, 1]


class Body:
    def __init__(self, place):
        self.place = place


@program(2.0)
def an_object_is_itself(x):
    p, q = Body(x), Body(x * x)
    same = p
    y = p.place * x if same is p else x
    return y * q.place if p is not q else y


@program(sample(3))
def pairs_of_different_objects(x):
    bodies = [Body(x[0]), Body(x[1]), Body(x[2] * x[0])]
    total = 0.0
    for p in bodies:
        for q in bodies:
            if p is not q:
                total += p.place * q.place**2
    return total


@program(sample(3))
def lists_that_are_one(x):
    a = [1, 2]
    b, c, d = a, [1, 2], [x[0], x[1]]
    e = d
    y = x[0] * x[1] if a is b else x[0]
    z = x[2] if a is c else x[2] ** 3
    return y * z * (d[0] if d is e else 1.0)


class Particle:
    def __init__(self, position, velocity, mass):
        self.position, self.velocity, self.mass = position, velocity, mass
        self.seen = []

    def kick(self, force, dt):
        self.velocity = self.velocity + force / self.mass * dt
        self.position = self.position + self.velocity * dt


def forces(particles):
    found = []
    for p in particles:
        force = np.zeros(2)
        for q in particles:
            if q is not p:
                d = q.position - p.position
                force = force + d / (np.sum(d * d) + 0.1) ** 1.5
        found.append(force)
    return found


@program(np.array([0.1, 0.2]), 3)
def bodies_in_a_list(v, n):
    bodies = [Particle(np.array([float(i), 0.5 * i]), v * (i + 1), 1.0 + i) for i in range(3)]
    for _ in range(n):
        for p, force in zip(bodies, forces(bodies), strict=True):
            p.kick(force, 0.1)
    return sum(np.sum(p.position**2) for p in bodies)


@program(sample(3, 2, seed=5))
def bodies_of_the_rows_of_an_array(x):
    bodies = [Particle(p, np.zeros(2), 2.0) for p in x]
    for p in bodies:
        p.velocity = p.velocity + p.position**2
        for q in bodies:
            q.position = q.position + 0.1 * p.velocity
    return sum(np.sum(p.position * p.velocity) for p in bodies)


@program(sample(4))
def bodies_by_position(x):
    bodies = [Body(x[i] * i) for i in range(4)]
    for i in range(1, 4):
        bodies[i].place = bodies[i].place * x[i] + bodies[i - 1].place
        if x[i] > 0.0:
            bodies[0].place = bodies[0].place - x[i]
    return bodies[0].place * bodies[3].place + bodies[-2].place ** 2


@program(sample(3))
def tables_in_a_list(x):
    rows = [{"a": x[i], "b": i} for i in range(3)]
    for row in rows:
        row["a"] = row["a"] * row["b"] + 1.0
    first = rows[0]
    first["a"] *= x[1]
    return rows[0]["a"] * rows[2]["a"] + rows[1]["a"] ** 2


def moved(bodies, step):
    for b in bodies:
        b.place += step * b.place
    return bodies


@program(sample(3))
def bodies_of_a_helper(x):
    bodies = [Body(v) for v in (x[i] ** 2 for i in range(3))]
    again = moved(bodies, x[0])
    moved(again[1:], 0.5)
    return bodies[0].place + bodies[1].place * again[2].place


@program(sample(3))
def one_body_in_two_lists(x):
    bodies = [Body(x[i]) for i in range(3)]
    heavy = [b for k, b in enumerate(bodies) if k != 1]
    for b in heavy:
        b.place = b.place * x[2]
    heavy[0].place += bodies[1].place
    return bodies[0].place ** 2 + bodies[2].place * bodies[1].place


@program(sample(2))
def arrays_in_bodies_are_written(x):
    bodies = [Body(np.ones(2) * (i + 1)) for i in range(2)]
    for b in bodies:
        b.place[0] = x[1] * b.place[1]
        b.place += x
    bodies[1].place = bodies[0].place * bodies[1].place
    return np.sum(bodies[1].place ** 2) + bodies[0].place[1]
