"""Derivative rules: how they are declared, and the table that the transforms read.

A rule is plain NumPy text that runs on arrays (in tests) and on IR values (in the compiler).
Static facts such as `axis` reach it as Python values. Its kind says how much is derived:

`elementwise`   partial derivatives of y = f(a, b, ...), each a function of (y, a, b, ...)
`linear`        the transpose of x -> f(x), a function of (y_bar, x, ...)
`multilinear`   one cotangent per operand of a function linear in each, from (y_bar, a, b, ...)
`rule`          the general form: (y_bar, y, *args) -> a cotangent, or a tuple with one per operand
`expand`        no rule at all: the function written in terms of others that have rules

Nobody unbroadcasts in a rule: a cotangent of the broadcast shape is summed to the operand's own
shape where it is accumulated (`adjoint.rules.staged.fit`).

Forward mode follows from the same text: partial derivatives scale tangents, a linear function is
its own tangent map, a multilinear one is summed over its operands, and what a general rule pulls
back is transposed. `jvp=` gives the tangent map where that is not so, or where it reads better: a
function of (tangents, y, *args), with None for the operands whose tangent is zero.
"""

from __future__ import annotations

import importlib
import random
import sys
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from adjoint.declarations import DECLARATIONS
from adjoint.errors import UnsupportedError
from adjoint.ir import callables
from adjoint.ir.effects import is_random
from adjoint.ir.raising import declare_errors
from adjoint.kinds import is_hashable
from adjoint.rules.kinds import Partial, Rule

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

RULES: dict[Any, Rule] = {}
INACTIVE: set[Any] = set()
EXPANSIONS: dict[Any, Callable[..., Any]] = {}
REFUSED: dict[Any, str] = {}

#: Functions that are differentiated as another Python function that computes the same.
DEFINITIONS: dict[Any, Callable[..., Any]] = {}
#: Solvers, each with the Python function that stands for it where an input may reach the call.
SOLVERS: dict[Any, Callable[..., Any]] = {}
#: The same for methods, by the function in the class.
METHODS: dict[Any, Callable[[Any], Callable[..., Any] | None]] = {}


def _targets(target: Any) -> Iterable[Any]:
    return target if isinstance(target, (list, tuple)) else (target,)


def elementwise(target: Any, **partials: Partial) -> None:
    """Declare the partial derivatives of an element-wise function, operand by operand."""
    for each in _targets(target):
        _declare(Rule(each, "elementwise", partials=tuple(partials.values())))
        if not isinstance(each, (types.BuiltinFunctionType, type)):  # those take numbers only
            callables.declare(each, elementwise=True)


def _declare(rule_: Rule) -> None:
    callables.declare(rule_.target)
    DECLARATIONS.declare(rule_.target)
    RULES[rule_.target] = rule_
    INACTIVE.discard(rule_.target)


def _declares(kind: str, target: Any, jvp: Callable[..., Any] | None, affine: bool) -> Decorator:
    def decorator(vjp: Callable[..., Any]) -> Callable[..., Any]:
        for each in _targets(target):
            _declare(Rule(each, kind, vjp=vjp, jvp=jvp, affine=affine))
        return vjp

    return decorator


def linear(
    target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False
) -> Decorator:
    """Declare the transpose of a function that is linear in its first argument."""
    return _declares("linear", target, jvp, affine)


def multilinear(
    target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False
) -> Decorator:
    """Declare the cotangents of a function that is linear in each of several arguments."""
    return _declares("multilinear", target, jvp, affine)


def rule(target: Any, *, jvp: Callable[..., Any] | None = None, affine: bool = False) -> Decorator:
    """Declare the pullback of any function."""
    return _declares("general", target, jvp, affine)


def defined_as(target: Any, definition: Callable[..., Any]) -> None:
    """Declare that `definition`, a Python function, stands for `target` in programs."""
    DECLARATIONS.declare(target)
    DEFINITIONS[target] = definition


def solves(
    *targets: Any, raises: tuple[type[Exception], ...] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare that the decorated function stands for solvers, whose result it gets by theorem.

    It calls them itself, by `adjoint.solvers.primitives.run`.
    """

    def decorator(model: Callable[..., Any]) -> Callable[..., Any]:
        callables.declare_pure(*targets)
        nondifferentiable(*targets)
        if raises:
            declare_errors(targets, raises)
        SOLVERS.update(dict.fromkeys(targets, model))
        return model

    return decorator


def methods_defined_as(
    method: Any, definition: Callable[[Any], Callable[..., Any] | None]
) -> None:
    """Declare what stands for a method: `definition(owner)`, a function of the owner as well.

    None says that nothing does, of this owner.
    """
    METHODS[method] = definition


def nondifferentiable(*targets: Any) -> None:
    """Declare functions whose derivative is zero where it exists, or whose result is discrete."""
    for target in targets:
        callables.declare(target)
        RULES.pop(target, None)  # the latest declaration is the one that counts
        SOLVERS.pop(target, None)
    DECLARATIONS.declare(*targets)
    INACTIVE.update(targets)


#: Functions and classes of libraries, and what stands for a call that an input reaches.
STAND_INS: dict[Any, Callable[..., Any]] = {}
#: Classes of libraries, and the function that makes a record of one of their objects.
ADOPTED: dict[type, Callable[..., Any]] = {}


def stands_in(target: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a Python function or class for `target`, where an input reaches the call.

    Any other call is made as it stands, and gives an object of the library.
    """

    def decorator(definition: Callable[..., Any]) -> Callable[..., Any]:
        for each in _targets(target):
            DECLARATIONS.declare(each)
            STAND_INS[each] = definition
        return definition

    return decorator


def adopts(*classes: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare how a record is made of an object of these classes: `make(object)`.

    The record, an instance of a class of ours, answers where an input meets the object.
    """

    def decorator(make: Callable[..., Any]) -> Callable[..., Any]:
        ADOPTED.update(dict.fromkeys(classes, make))
        return make

    return decorator


def composed(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare a function of the rules that is run while compiling, on IR values.

    Definitions call it where types decide, such as the rank of an argument.
    """
    EXPANSIONS[function] = function
    return function


def is_reached(value: Any) -> bool:
    """In a definition: may an input of the program reach this value? The frontend answers."""
    raise NotImplementedError(value)


def stand_in_of(target: Any) -> Callable[..., Any] | None:
    """The Python function or class that stands for a call of a library's."""
    load_optional()
    try:
        DECLARATIONS.read(target)
        return STAND_INS.get(target)
    except TypeError:
        return None


def adoption_of(cls: type) -> Callable[..., Any] | None:
    """The function that makes a record of an object of this class."""
    load_optional()
    return ADOPTED.get(cls)


#: Optional packages, and where their rules are. These are imported when a function of theirs is
#: first asked about: a program that has one has imported the package itself.
_OPTIONAL = {
    "scipy.special": ("adjoint.rules.special", "adjoint.rules.bessel"),
    "scipy.linalg": ("adjoint.rules.linalg_scipy", "adjoint.rules.banded"),
    "scipy.signal": ("adjoint.rules.signal", "adjoint.rules.filters"),
    "scipy.ndimage": ("adjoint.rules.filters",),
    "scipy.stats": ("adjoint.rules.stats",),
    "scipy.optimize": (
        "adjoint.solvers.roots", "adjoint.solvers.minima", "adjoint.solvers.least_squares",
    ),
    "scipy.integrate": (
        "adjoint.solvers.quadrature", "adjoint.solvers.sampled", "adjoint.solvers.odes",
    ),
    "scipy.interpolate": ("adjoint.rules.interpolation",),
    "scipy.sparse": ("adjoint.rules.sparse",),
}


def load_optional() -> None:
    """Declare the rules of the optional packages that are imported by now."""
    for package in [p for p in _OPTIONAL if p in sys.modules]:
        rules, inactive, solvers = dict(RULES), set(INACTIVE), set(SOLVERS)
        for module in _OPTIONAL.pop(package):
            importlib.import_module(module)
        RULES.update(rules)  # what the user has declared before stays
        INACTIVE.difference_update(rules)
        INACTIVE.update(inactive)
        for target in inactive - solvers:
            SOLVERS.pop(target, None)


def expand(target: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a function as a composition of others, in whose place the calls are lowered.

    The decorated function takes the arguments of a call and gives its result. Arrays and numbers
    known only at run time are IR values; sequences are Python's. It may leave a call as it is by
    making the same one with `adjoint.rules.staged.call`.
    """

    def decorator(composition: Callable[..., Any]) -> Callable[..., Any]:
        DECLARATIONS.declare(*_targets(target))
        for each in _targets(target):
            EXPANSIONS[each] = composition
        return composition

    return decorator


def undifferentiable(targets: Any, reason: str) -> None:
    """Declare functions that have no derivative, and the reason that the refusal gives."""
    DECLARATIONS.declare(*_targets(targets))
    REFUSED.update(dict.fromkeys(_targets(targets), reason))


def expansion_of(target: Any) -> Callable[..., Any] | None:
    try:
        DECLARATIONS.read(target)
        return EXPANSIONS.get(target)
    except TypeError:
        return None


def rule_for(target: Any) -> Rule | None:
    load_optional()
    try:
        DECLARATIONS.read(target)
        return RULES.get(target)
    except TypeError:
        return None


def definition_of(target: Any) -> Callable[..., Any] | None:
    """The Python function that stands for this one in programs."""
    load_optional()
    try:
        DECLARATIONS.read(target)
        return None if target in RULES else DEFINITIONS.get(target)
    except TypeError:
        return None


def solver_model(target: Any) -> Callable[..., Any] | None:
    """The Python function that stands for a solver in programs."""
    load_optional()
    try:
        return None if target in RULES else SOLVERS.get(target)
    except TypeError:
        return None


def definition_of_method(method: types.MethodType) -> Callable[..., Any] | None:
    """The Python function that stands for a method; it takes the owner as well."""
    load_optional()
    definition = METHODS.get(method.__func__)
    return None if definition is None else definition(method.__self__)


def is_inactive(target: Any) -> bool:
    load_optional()
    try:
        DECLARATIONS.read(target)
        return target in INACTIVE
    except TypeError:
        return False


def refusal_of(target: Any) -> str | None:
    """Why the function has no rule, where that was declared."""
    try:
        return REFUSED.get(target)
    except TypeError:
        return None


#: What to do about the functions of a package that have no rules.
_INSTEAD = {
    "scipy.stats": "call the method itself, as in norm.logpdf(x, loc, scale); some distributions "
    "have rules",
    "scipy.optimize": "use one of the functions of docs/scipy.md, give the equation and the "
    "solver to adjoint.custom_root, or make one step of the iteration and use adjoint.fixed_point",
    "numpy.ma": "use np.where with the mask: a masked array carries no derivative",
    "decimal": "compute with floats",
    "fractions": "compute with floats",
    "types": "use a dict, a named tuple or a class of your own",
    "random": "draw with a generator of NumPy's, as in m + s * rng.normal()",
    "pandas": "take the values of the columns outside of the function, with to_numpy()",
    "scipy.integrate": "use one of the functions of docs/scipy.md, write the steps of the "
    "integration as a loop, or declare the derivative with adjoint.custom_vjp",
    "scipy.interpolate": "use an interpolator that has a rule, such as CubicSpline, or declare "
    "this one with adjoint.elementwise",
    "scipy.ndimage": "use a linear filter, such as scipy.signal.convolve, or declare a rule with "
    "adjoint.linear",
}


#: Functions of Python's that a program should not call, and what to do instead.
_BUILTIN_REFUSALS: dict[Any, tuple[str, str]] = {
    open: ("it reads or writes a file", "read the file outside, and pass the data"),
    input: ("it asks a person", "pass the answer as an argument"),
    eval: ("the code is not known at compile time", "write the expression, or pass a function"),
    exec: ("the code is not known at compile time", "write the statements, or pass a function"),
    compile: ("the code is not known at compile time", "write the code, or pass a function"),
    globals: ("any name may be read", "read the names that are meant"),
    locals: ("any name may be read", "read the names that are meant"),
    vars: ("any attribute may be read", "read the attributes that are meant"),
    memoryview: ("it looks at the bytes of an array", "use a slice of the array"),
    bytes: ("its result is no number", "make the bytes outside of the function"),
    bytearray: ("its result is no number", "make the bytes outside of the function"),
}


def _names(target: Any) -> tuple[str, str]:
    """The name of a function, and how a program would write it."""
    if isinstance(target, np.ufunc):
        name = target.__name__
        for module in ("numpy", "scipy.special"):
            if getattr(sys.modules.get(module), name, None) is target:
                return name, f"{module}.{name}".replace("numpy.", "np.")
        return name, name
    name = getattr(target, "__qualname__", None) or type(target).__qualname__
    if "<locals>" in name and not isinstance(target, types.FunctionType):
        return "this function", "the_function"  # one of ctypes, for instance, has no name
    module = getattr(target, "__module__", None) or ""
    return name, f"{module}.{name}".replace("numpy.", "np.") if "numpy" in module else name


def _of_python(target: Any, module: str) -> str:
    """The advice for a function of Python's own library that computes no number from numbers."""
    if module in ("math", "cmath", "operator", "__main__"):
        return ""
    if module in ("builtins", "functools", "itertools"):
        return "write a loop or a comprehension that does the same"
    if module not in sys.stdlib_module_names:
        return ""
    return "call it outside of the differentiated function, and pass the result as an argument"


def _module_of(target: Any) -> str:
    owner = getattr(target, "__self__", target)
    owner = owner if isinstance(owner, type) else type(owner)
    return getattr(target, "__module__", None) or owner.__module__


def advice_of_package(target: Any) -> str:
    """The remedy for a function of a package that carries no derivatives."""
    parts = _module_of(target).split(".")
    package = next((p for p in (".".join(parts[:2]), parts[0]) if p in _INSTEAD), "")
    if isinstance(getattr(target, "__self__", None), random.Random):
        package = "random"
    return _INSTEAD.get(package, "")


def no_rule(target: Any) -> UnsupportedError:
    """The refusal of a function without a rule: why there is none, or how to declare one."""
    name, written = _names(target)
    reason = refusal_of(target)
    builtin = _BUILTIN_REFUSALS.get(target) if callable(target) and is_hashable(target) else None
    if builtin is not None:
        why, instead = builtin
        return UnsupportedError(f"{name} cannot be differentiated: {why}", instead=instead)
    if is_random(target):
        reason = "draw what does not depend on it, then shift, scale or index, as in m + s * draw"
    if reason is not None:
        return UnsupportedError(f"{name} is not differentiable: {reason}")
    return UnsupportedError(
        f"there is no derivative rule for {name}",
        instead=advice_of_package(target)
        or _of_python(target, _module_of(target).partition(".")[0])
        or f"write one: @adjoint.rule({written}) above a function of the cotangent, the "
        "result and the arguments, which returns the cotangents of the arguments; or declare the "
        f"result constant with adjoint.nondifferentiable({written})",
    )
