"""Objects from outside: super(), properties, private names, attributes made on demand."""

import dataclasses
from types import SimpleNamespace

import numpy as np

from tests.corpus import program


class Base:
    unit = 2.0

    def __init__(self, k):
        self.k = k

    def f(self, x):
        return self.k * x

    @property
    def twice(self):
        return 2.0 * self.k

    @classmethod
    def make(cls, k):
        return cls(k)

    @staticmethod
    def half(x):
        return 0.5 * x


class Derived(Base):
    def f(self, x):
        return super().f(x) ** 2

    @property
    def twice(self):
        return super().twice + 1.0

    def old(self, x):
        return super(Derived, self).f(x) * super().unit  # noqa: UP008

    @classmethod
    def make(cls, k):
        return super().make(2.0 * k)

    @staticmethod
    def half(x):
        return 3.0 * x

    def both(self, x):
        return super().half(x) + self.half(x)


class Further(Derived):
    def f(self, x):
        return super().f(x) * self.twice


derived, further = Derived(3.0), Further(1.5)


@program(2.0)
def method_of_an_outside_object(x):
    return derived.f(x)


@program(2.0)
def two_levels(x):
    return further.f(x) + further.both(x)


@program(2.0)
def with_arguments(x):
    return further.old(x) * x


@program(2.0)
def of_a_class(x):
    return Derived.make(x).f(x) + Further.make(x).twice


@program(2.0)
def of_an_object_of_the_program(x):
    return Further(x).f(x) * Further(x).old(x)


class Units:
    """Attributes that are not there are made from their name."""

    def __init__(self, scale):
        self.scale = scale

    def __getattr__(self, name):
        if name == "double":
            return 2.0 * self.scale
        if name.startswith("times_"):
            return self.scale * float(name.removeprefix("times_"))
        raise AttributeError(name)


@program(1.5)
def attribute_made_when_asked(x):
    u = Units(x)
    return u.double * u.times_3 + u.scale


@program(1.5)
def attribute_that_is_not_there(x):
    try:
        return Units(x).other
    except AttributeError:
        return x * x


@dataclasses.dataclass(frozen=True)
class State:
    a: float
    b: float = 2.0


start = State(1.5)


@program(0.7)
def outside_record_replaced(x):
    s = dataclasses.replace(start, a=x)
    return dataclasses.replace(s, b=s.a * s.b).b * start.a


space = SimpleNamespace(k=2.0, inner=SimpleNamespace(w=np.array([1.0, 2.0])))


@program(0.7)
def outside_namespace(x):
    return np.sum(space.inner.w * x) ** space.k


class Scaled:
    def __init__(self, k):
        self.__k = k

    def __call__(self, x):
        return self.__scaled(x)

    def __scaled(self, x):
        return self.__k * x * x


scaled = Scaled(4.0)


@program(0.7)
def callable_object_with_private_names(x):
    return scaled(x) + Scaled(x)(2.0)
