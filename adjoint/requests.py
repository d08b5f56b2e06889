"""What the public functions ask of the compiler, in its own words and without any of its code.

Both sides import this module, so that the public functions need not import the compiler.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

#: A parameter by its index, or an element of `*args` by the index of both.
Position = int | tuple[int, int]


#: Is the first result of a compiled program compared with that of the program in NumPy?
COMPARES: ContextVar[bool] = ContextVar("adjoint_compares", default=True)


class _Miss:
    def __repr__(self) -> str:
        return "MISS"


#: What a call of a program gives where the program is for other arguments.
MISS = _Miss()

_TITLES = {
    "gradient": "Gradient",
    "value_and_gradient": "Value and gradient",
    "pullback": "Value and pullback",
    "pushforward": "Value and tangent",
    "tangent": "Tangent",
    "derivative": "Derivative",
}


@dataclass(frozen=True)
class Request:
    """What to compute.

    Attributes
    ----------
    kind : gradient, value_and_gradient or pullback, by reverse mode; pushforward (the value and
        its tangent), tangent (that alone) or derivative (for the tangent 1), by forward mode.
    has_aux : the function returns (value, aux).
    batch : take many tangents, or cotangents, at once where that is possible.
    checkpoint : how the states of its loops are kept, if not all of them.
    order : of a derivative.
    stops : the program stops at the first "nan", or at the first "inf" as well.
    backend : what the program is written for, "numpy" or "numba"; empty for that of the context.
    fallback : take the program in NumPy where that back end refuses.
    """

    kind: str
    has_aux: bool = False
    batch: bool = False
    checkpoint: Any = None
    order: int = 1
    stops: str = ""
    backend: str = ""
    fallback: bool = False

    @property
    def title(self) -> str:
        """The word for the result, as docstrings begin."""
        if self.kind == "derivative" and self.order > 1:
            return f"Derivative of order {self.order}"
        return _TITLES[self.kind]


@dataclass(frozen=True)
class Transform:
    """What a gradient function computes: of which function, with respect to which arguments."""

    kind: str
    argnums: tuple[int, ...]
    single: bool
    has_aux: bool = False
    function: Any = None
    leading: tuple[Any, ...] = ()
    checkpoint: Any = None
    maker: Any = None  # the public function that made it, where that is expanded
    arguments: tuple[Any, ...] = ()  # of the maker, behind the function


@dataclass(frozen=True)
class Custom:
    """What a function with a derivative of its own is made of.

    Attributes
    ----------
    function : the function itself.
    forward, backward : of `custom_vjp`; otherwise None, and `jvp` is given.
    transpose : makes the backward half from (jvp, primals, cotangent).
    fixed : positions of the arguments without derivative.
    """

    function: Callable[..., Any]
    forward: Any = None
    backward: Any = None
    jvp: Any = None
    transpose: Any = None
    fixed: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", "the function")


class checkpointing:  # noqa: N801  (it is called as a function is)
    """Keep only a few states of a loop: a context around loops, or an option of `grad`.

    The gradient of a loop in the `with` keeps at most `snapshots` of the states that the loop goes
    through, and takes steps again from the closest one. The gradient is the same. If the number of
    iterations is known when the loop begins, the states to keep are those that cost the fewest
    steps (Griewank and Walther, 2000): with s of them, (s + r choose s) steps are possible that
    are taken again at most r times each. In a `while` loop, or one that is left by `break`, they
    are chosen on the way (Wang, Moin and Iaccarino, 2009), at little more cost.

    The context concerns the outermost loops in the `with`. A loop inside of one of them needs a
    `with` of its own; else its iterations are recorded, for one iteration of the outer loop at a
    time. As `grad(f, checkpoint=checkpointing(8))` it concerns the outermost loops of `f`. Outside
    of gradients it does nothing.

    A step that is taken again draws the same random numbers, and the generator goes on as if it
    had been taken once. A step prints once.

    Parameters
    ----------
    snapshots : int, optional
        The number of states that are kept, including the first.
    memory : int, optional
        Their size in bytes, instead of `snapshots`. One state is always kept.

    Returns
    -------
    checkpointing
        A context manager, and a value for the option `checkpoint` of `grad`.

    Raises
    ------
    TypeError
        If not exactly one of `snapshots` and `memory` is given.

    Examples
    --------
    >>> @grad
    ... def decayed(rate, x, n):
    ...     with checkpointing(snapshots=4):
    ...         for _ in range(n):
    ...             x = x - rate * x
    ...     return x
    >>> decayed(0.5, 1.0, 3)
    -0.75
    """

    def __init__(self, snapshots: int | None = None, *, memory: int | None = None):
        given = [n for n in (snapshots, memory) if n is not None]
        if len(given) != 1:
            raise TypeError("checkpointing takes a number of snapshots, or the memory for them")
        if isinstance(given[0], bool) or not isinstance(given[0], int):
            raise TypeError("the budget of checkpointing is a whole number")
        if given[0] < 1:
            raise ValueError("a gradient has to keep one state at least")
        self.snapshots, self.memory = snapshots, memory

    def __eq__(self, other: object) -> bool:
        return isinstance(other, checkpointing) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((self.snapshots, self.memory))

    def __repr__(self) -> str:
        budget = self.snapshots if self.memory is None else f"memory={self.memory}"
        return f"checkpointing({budget})"

    def __enter__(self) -> checkpointing:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def smoothly(f: Any, *args: Any, **kwargs: Any) -> Any:
    """`f(*args, **kwargs)`, of a function without jumps (`adjoint.assume_smooth`)."""
    return f(*args, **kwargs)


def stop_gradient(x: T) -> T:
    """Return `x`, which every derivative takes as a constant.

    Parameters
    ----------
    x : number, array or container
        Any value.

    Returns
    -------
    number, array or container
        `x` itself.

    Examples
    --------
    >>> grad(lambda x: stop_gradient(x) * x)(3.0)
    3.0
    """
    return x
