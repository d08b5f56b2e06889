"""Every record of `ir/callables` against NumPy and Python: what calls of many samples do."""

from __future__ import annotations

import itertools
import types
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import adjoint  # noqa: F401  (the rules)
from adjoint.ir import callables
from adjoint.ir.callables import Call, Effect, Facts, Memory, Rank0
from adjoint.ir.callables.table import DECLARED
from adjoint.ir.core import Constant, Value
from adjoint.ir.types import Array, type_of_constant
from adjoint.rules.registry import EXPANSIONS, INACTIVE, RULES, load_optional

load_optional()

#: Outside of what a test should touch: files, streams, the state of NumPy, the process.
LEFT_OUT = {
    "print", "input", "open", "setattr", "delattr", "save", "savetxt", "savez",
    "savez_compressed", "load", "loadtxt", "genfromtxt", "fromfile", "fromregex", "memmap",
    "set_printoptions", "get_printoptions", "printoptions", "seterr", "geterr", "seterrcall",
    "geterrcall", "setbufsize", "getbufsize", "errstate", "show_config", "show_runtime", "info",
    "get_include", "mintypecode", "array_repr", "seed", "set_state", "set_bit_generator",
    "from_dlpack",
}  # fmt: skip


def filled(*shape: int) -> np.ndarray:
    return np.arange(1.0, 1 + np.prod(shape)).reshape(shape)


#: One array in each layout, and what stands for numbers.
FIRST = {
    "vector": filled(4),
    "matrix": filled(3, 3) + np.eye(3),
    "row": filled(1, 3),
    "column": filled(3, 1),
    "cube": filled(2, 2, 2),
    "rank 0": np.array(2.0),
    "one": filled(1),
    "empty": filled(0),
    "number": np.float64(2.0),
    "float": 2.0,
    "Fortran": np.asfortranarray(filled(3, 3) + np.eye(3)),
    "transposed": filled(2, 3).T,
    "strided": filled(8)[::2],
    "backwards": filled(4)[::-1],
    "whole": np.array([1, 0, 2]),
    "mask": np.array([True, False, True, True]),
    "complex": filled(4) + 1j,
}
REST: list[tuple[Any, ...]] = [
    (), (0,), (1,), (2,), (0, 1), (0, 0), ((2, 2),), ((3,),), ((),), (2.0,), (filled(4),),
    (filled(3, 3),), (np.array([0, 1, 2]),), (np.array([True, False, True, True]),),
    (filled(4), filled(4)), (None,), (slice(0, 2),), (True,),
]  # fmt: skip


#: Models in the frontend lower these before they become operations: items are held there.
LOWERED = {enumerate, max, min, sum, zip, reversed, sorted, tuple, dict, set, frozenset, id, hash}


def name_of(target: Any) -> str:
    owner = getattr(target, "__self__", None)
    prefix = f"{owner.__name__}." if isinstance(owner, np.ufunc) else ""
    return prefix + getattr(target, "__name__", str(target))


def recorded() -> list[Any]:
    ufuncs = [f for f in vars(np).values() if isinstance(f, np.ufunc)]
    methods = [getattr(np.add, name) for name in ("reduce", "accumulate", "outer", "at")]
    everything = dict.fromkeys([*callables.targets(), *ufuncs, *methods])
    return [t for t in everything if _is_tried(t)]


def _is_tried(target: Any) -> bool:
    """Not operations of ours, whose arguments are no user's, nor what tests would have to undo."""
    module = getattr(target, "__module__", None) or ""
    if module.startswith(("adjoint", "numpy.testing", "numpy.polynomial")) or target in DECLARED:
        return False
    return name_of(target) not in LEFT_OUT and target not in LOWERED


def copied(x: Any) -> Any:
    """A copy in the same layout."""
    return x.copy(order="K") if isinstance(x, np.ndarray) and x.ndim > 1 else (
        np.concatenate([x, x])[: x.size] if isinstance(x, np.ndarray) and x.ndim == 1 else
        x.copy() if isinstance(x, np.ndarray) else x
    )  # fmt: skip


def arguments(key: str) -> Iterator[list[Any]]:
    for rest in REST:
        yield [FIRST[key], *rest]
        if rest:
            yield [*rest, FIRST[key]]
            yield ["i,i->", FIRST[key], *rest]
    yield ["...->...", FIRST[key]]
    yield [[FIRST[key], FIRST[key]]]
    yield [[FIRST[key], FIRST[key]], 0]


def arrays_in(result: Any) -> Iterator[np.ndarray]:
    if isinstance(result, np.ndarray):
        yield result
    elif isinstance(result, (tuple, list, map, zip, reversed, enumerate)):
        for item in itertools.islice(result, 20):
            yield from arrays_in(item)


def as_value(x: Any) -> Value:
    """What the compiler knows: arrays and NumPy's numbers by their type, all else by value."""
    if isinstance(x, (np.ndarray, np.generic)):
        return Value(type_of_constant(x))
    return Constant(x)


def problems(target: Any, facts: Facts, given: list[Any]) -> Iterator[str]:
    """What a call does, against what its record says."""
    if _names_memory(target, given):
        return
    kept = [x.copy() if isinstance(x, np.ndarray) else x for x in given]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = target(*given)
        except BaseException:
            return
    if isinstance(result, types.GeneratorType):
        return
    for k, (x, before) in enumerate(zip(given, kept, strict=True)):
        if isinstance(x, np.ndarray) and not np.array_equal(
            x, before, equal_nan=x.dtype.kind in "fc"
        ):
            if k not in facts.writes and not _is_out(target, given, result, x):
                yield f"writes argument {k}"
    if any(result is x for x in given[1:]) and _is_out(target, given, result, result):
        return  # the compiler gives it by name
    made = facts.of(Call(target, [as_value(x) for x in given]))
    parts = [a for a in arrays_in(result) if a.size]
    for k, x in enumerate(given):
        if not isinstance(x, np.ndarray) or not x.size:
            continue
        shared = any(np.shares_memory(a, x) for a in parts)
        lends = made.memory is not Memory.OWN and (not made.of or k in made.of)
        if shared and not lends:
            yield f"the result has the memory of argument {k}"
        if lends and made.memory is Memory.SAME and result is not x:
            yield f"the result is not argument {k}"
        if lends and made.memory is Memory.VIEW and parts and not shared:
            yield f"the result is no view of argument {k}"
    for a in arrays_in(result):
        if not a.flags.writeable and not made.read_only:
            given_so = any(isinstance(x, np.ndarray) and not x.flags.writeable for x in given)
            if not given_so:
                yield "the result is read-only"
    if made.contiguous and isinstance(result, np.ndarray) and not result.flags.c_contiguous:
        yield "the result is not in C order"
    if made.rank0 is not Rank0.ASK and np.ndim(result) == 0:
        like = isinstance(given[0], np.generic) if given else False
        number = made.rank0 is Rank0.NUMBER or made.rank0 is Rank0.LIKE and like
        if isinstance(result, (np.generic, np.ndarray)):
            if result.dtype.kind in "biufc" and isinstance(result, np.generic) is not number:
                yield f"of rank 0 it is a {type(result).__name__}"


def _names_memory(target: Any, given: list[Any]) -> bool:
    """Is an array to be overwritten given by position? The compiler takes these by name."""
    if isinstance(target, np.ufunc):
        return len(given) > target.nin
    names = callables.parameter_names(target)
    return any(name.startswith("overwrite_") for name in names[: len(given)])


def _is_out(target: Any, given: list[Any], result: Any, x: Any) -> bool:
    """Was the array given as `out`, by position? The compiler passes it by name."""
    names = callables.parameter_names(target)
    if isinstance(target, np.ufunc) or isinstance(getattr(target, "__self__", None), np.ufunc):
        return any(x is g for g in given[1:])
    places = [names.index(n) for n in ("out", "output", "bins", "overwrite_input") if n in names]
    return any(p < len(given) and given[p] is x for p in places)


@pytest.mark.parametrize("target", recorded(), ids=name_of)
def test_record(target: Any) -> None:
    facts = callables.facts_of(target)
    assert facts is not None
    found: set[str] = set()
    state = np.random.get_state()[1].tolist()  # type: ignore[union-attr]
    for key in FIRST:
        for given in arguments(key):
            arguments_ = [copied(x) for x in given]
            for problem in problems(target, facts, arguments_):
                found.add(f"{key}, {[type(x).__name__ for x in given[1:]]}: {problem}")
    if facts.effect is not Effect.DRAWS:
        assert np.random.get_state()[1].tolist() == state  # type: ignore[union-attr]
    assert not found, sorted(found)[:6]


def test_the_samples_reach_the_functions() -> None:
    """Samples that no function takes would show nothing."""
    silent = []
    for target in recorded():
        if getattr(target, "__module__", "") not in ("numpy", "numpy.linalg", "numpy.fft"):
            continue
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            if not any(_returns(target, g) for key in FIRST for g in arguments(key)):
                silent.append(name_of(target))
    assert len(silent) < 40, silent


def _returns(target: Any, given: list[Any]) -> bool:
    try:
        target(*[copied(x) for x in given])
    except BaseException:
        return False
    return True


@pytest.mark.parametrize(
    "table", [RULES, INACTIVE, EXPANSIONS], ids=["rules", "inactive", "expand"]
)
def test_what_has_a_rule_has_a_record(table: Any) -> None:
    """Of its own: one that is made when the rule is declared knows nothing of views."""
    own = ("numpy", "scipy", "adjoint", "math", "cmath", "builtins", "_operator")
    missing = [
        name_of(t) for t in table
        if (getattr(t, "__module__", None) or "numpy").split(".")[0] in own
        and (not callables.is_recorded(t) or t in DECLARED)
        and not (getattr(t, "__module__", "") or "").startswith(("adjoint.api", "adjoint.custom"))
    ]  # fmt: skip
    assert not missing


def test_a_function_in_no_record() -> None:
    assert not callables.is_recorded(np.ma.masked_invalid)
    assert not callables.is_recorded(lambda x: x)
    assert not callables.is_recorded([])  # cannot be looked up
    assert isinstance(as_value(filled(2)).type, Array)
