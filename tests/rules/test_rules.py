"""Every rule against differences, generated from the table of samples.

The rule is tried twice: as plain NumPy text on the sample's arrays, and through the compiler, as
a small program that makes the sample's call.
"""

import cmath
import functools
import importlib.util
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import linalg, ndimage, signal, special

from adjoint import grad, jvp, value_and_grad, vjp
from adjoint.frontend.keys.signature import key_of, type_from_key
from adjoint.ir import ops
from adjoint.ir.core import Constant, Op, Value
from adjoint.ir.infer import infer
from adjoint.ir.types import Array, List, Scalar, Struct, Unknown, rank_of
from adjoint.rules.registry import EXPANSIONS, RULES, is_inactive, rule_for
from adjoint.rules.staged import fit
from adjoint.testing.samples import CALLS, EXEMPT, SAMPLES, Sample, text_of
from tests.oracle import assert_same_gradient, map_leaves, richardson_gradient

pytestmark = pytest.mark.generated  # for every rule, type and program

PAIRS = [(target, sample) for target, samples in SAMPLES.items() for sample in samples]
DIRECT = [k for k, (target, _) in enumerate(PAIRS) if target is not operator.getitem]

#: Operations that reverse mode treats itself, without a rule.
BUILT_IN = {
    ops.make_tuple, ops.make_list, ops.make_dict, ops.make_record, ops.unpack, ops.cotangent,
    ops.add_containers, ops.pad_zeros,
}  # fmt: skip


def named(target: Any, sample: Sample) -> str:
    """A readable test id: the call with the kinds of its arguments."""
    text = getattr(target, "__name__", "call") if target else sample.text
    return f"{text}({', '.join(map(brief, sample.args))}{'|' if sample.kwargs else ''}" + (
        ",".join(f"{k}={v}" for k, v in sample.kwargs.items()) + ")"
    )


def brief(x: Any) -> str:
    if isinstance(x, np.ndarray):
        order = "" if x.flags.c_contiguous else "F" if x.flags.f_contiguous else "s"
        return f"{x.dtype.kind}{8 * x.dtype.itemsize}{list(x.shape)}{order}".replace(" ", "")
    if isinstance(x, (tuple, list)):
        inner = ",".join(map(brief, x))
        return f"({inner})" if isinstance(x, tuple) else f"[{inner}]"
    if callable(x):
        return str(x.__name__)
    return type(x).__name__ if isinstance(x, (float, np.generic)) else str(x)


def ids(pairs: list[tuple[Any, Sample]]) -> list[str]:
    return [named(target, sample) for target, sample in pairs]


def is_active(x: Any) -> bool:
    """Does an argument hold floats, and nothing but floats and containers of them?"""
    if isinstance(x, (tuple, list)):
        return len(x) > 0 and all(map(is_active, x))
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.kind in "fc"
    return isinstance(x, (float, complex))


def active(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(k for k, x in enumerate(args) if is_active(x))


def weights(y: Any) -> Any:
    """A cotangent for a result, without special values in it."""
    if isinstance(y, (tuple, list)):
        return type(y)(*map(weights, y)) if hasattr(y, "_fields") else type(y)(map(weights, y))
    rng = np.random.default_rng(7)
    w = rng.uniform(0.5, 1.5, np.shape(y))
    if np.iscomplexobj(y):
        w = w + 1j * rng.uniform(0.5, 1.5, np.shape(y))
    return (
        np.asarray(w).astype(np.asarray(y).dtype)[()]
        if isinstance(y, np.generic)
        else (w.astype(y.dtype) if isinstance(y, np.ndarray) else type(y)(w))
    )


def dot(w: Any, y: Any) -> float:
    """The pairing of a cotangent with a result: its real part, without a conjugate."""
    if isinstance(w, (tuple, list)):
        return sum(map(dot, w, y))
    return float(np.sum(w * np.asarray(y)).real)


def wanted(f: Callable[..., Any], args: tuple[Any, ...], w: Any) -> tuple[Any, ...]:
    """Cotangents of the active arguments by differences."""
    return richardson_gradient(lambda *a: dot(w, f(*a)), args, active(args))


def tolerance(sample: Sample) -> tuple[float, float]:
    """Single precision anywhere in the call allows only its own accuracy."""
    single = "float32" in sample.text

    def visit(path: Any, leaf: Any) -> None:
        nonlocal single
        single |= getattr(leaf, "dtype", None) in (np.float32, np.complex64)

    map_leaves(visit, (sample.args, sample.kwargs))
    return (2e-4, 1e-4) if single else (1e-7, 1e-9)


@functools.cache
def differences(index: int) -> Any:
    """The oracle's answer for a sample, which two tests ask for."""
    target, sample = ALL[index]
    f = functools.partial(target, **sample.kwargs) if target else alone(sample)
    y = f(*sample.args)
    w = weights(y)
    return y, w, wanted(f, sample.args, w)


def alone(sample: Sample) -> Any:
    """The call of a sample that has a text only."""
    names = [f"x{k}" for k in range(len(sample.args))]
    scope = {
        "np": np,
        "cmath": cmath,
        "linalg": linalg,
        "ndimage": ndimage,
        "signal": signal,
        "special": special,
    }
    return eval(f"lambda {', '.join(names)}: {sample.text.format(*names)}", scope)


ALL: list[tuple[Any, Sample]] = [*PAIRS, *((None, sample) for sample in CALLS)]
COMPILED = [k for k, (_, sample) in enumerate(ALL) if sample.compiled]


def _twice() -> list[int]:
    """Three samples for each target, in double precision, to differentiate twice."""
    chosen: list[int] = []
    seen: dict[Any, int] = {}
    for index in COMPILED:
        target, sample = ALL[index]
        arguments = [sample.args[k] for k in active(sample.args)]
        plain = all(isinstance(x, (float, complex, np.ndarray)) and np.size(x) for x in arguments)
        if target is None or not plain:
            continue
        if any(np.asarray(x).dtype not in (float, complex) for x in arguments):
            continue
        seen[target] = seen.get(target, 0) + 1
        if seen[target] <= 3:
            chosen.append(index)
    return chosen


TWICE = _twice()


# The rule itself


def test_every_rule_has_samples() -> None:
    missing = [t for t in RULES if t not in SAMPLES and t not in EXEMPT]
    assert not missing, f"rules without samples in adjoint/testing/samples: {missing}"


def test_every_composition_has_samples() -> None:
    texts = [sample.text for sample in CALLS]
    internal = "adjoint.rules"  # they are called by definitions only
    public = [t for t in EXPANSIONS if not str(getattr(t, "__module__", "")).startswith(internal)]
    missing = [t for t in public if not any(f"{t.__name__}(" in text for text in texts)]
    assert not missing, missing


def test_exemptions_are_needed() -> None:
    assert not [t for t in EXEMPT if t not in RULES or t in SAMPLES]


def fitted(contribution: Any, argument: Any) -> Any:
    """What reverse mode makes of a rule's contribution for one argument."""
    if isinstance(argument, (tuple, list)):
        return type(argument)(fitted(contribution[k], x) for k, x in enumerate(argument))
    result = fit(0.0 if contribution is None else contribution, argument)
    return result if isinstance(argument, np.ndarray) else type(argument)(result)


@pytest.mark.parametrize("index", DIRECT, ids=[named(*PAIRS[k]) for k in DIRECT])
def test_rule(index: int) -> None:
    target, sample = PAIRS[index]
    assert target in RULES, f"{target} has no rule"
    y, w, want = differences(index)
    args = list(sample.args)
    with np.errstate(invalid="ignore"):  # the exponent's cotangent below zero, which is dropped
        cotangents = RULES[target].pullback(w, y, args, dict(sample.kwargs))
    cotangents += [None] * (len(args) - len(cotangents))
    got = tuple(fitted(cotangents[k], args[k]) for k in active(sample.args))
    assert_same_gradient(got, want, *tolerance(sample))


# The rule in the compiler


@functools.cache
def programs() -> dict[tuple[str, int], Any]:
    """One function per sample, in files of their own, so that each has source text.

    It returns the weighted sum of the call's result, which has a gradient, and the result itself.
    """
    found = {}
    for start in range(0, len(COMPILED), 50):
        chosen = COMPILED[start : start + 50]
        lines = ["import cmath", "import math", "import operator", "", "import numpy as np", ""]
        lines += [
            "from scipy import linalg, ndimage, signal, special",
            "",
            "from adjoint import grad",
            "",
        ]
        for index in chosen:
            lines += ["", *program_text(index)]
            lines += ["", *plain_text(index)]
            if index in TWICE:
                lines += ["", *second_text(index)]
        path = FILES[0] / f"samples_{start}.py"
        path.write_text("\n".join(lines) + "\n")
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for kind in ("call", "plain", "value", "slope"):
            found.update({(kind, k): getattr(module, f"{kind}_{k}", None) for k in chosen})
    return found


def program_text(index: int) -> list[str]:
    target, sample = ALL[index]
    names = [f"x{k}" for k in range(len(sample.args))]
    shown = [written(name, x) for name, x in zip(names, sample.args, strict=True)]
    call = (text_of(target, sample) if target else sample.text).format(*shown)
    y = differences(index)[0]
    return [
        f"def call_{index}({', '.join([*names, 'w'])}):",
        f"    y = {call}",
        f"    return {weighted('w', 'y', y)}, y",
        "",
    ]


def plain_text(index: int) -> list[str]:
    """The call alone, with the active parameters first: the others are bound before `vjp`."""
    target, sample = ALL[index]
    names = [f"x{k}" for k in range(len(sample.args))]
    chosen = active(sample.args)
    ordered = [names[k] for k in chosen]
    ordered += [name for k, name in enumerate(names) if k not in chosen]
    call = program_text(index)[1].partition(" = ")[2]
    return [f"def plain_{index}({', '.join(ordered)}):", f"    return {call}", ""]


def second_text(index: int) -> list[str]:
    """A function that takes a gradient with respect to the first active argument inside."""
    target, sample = ALL[index]
    names = ", ".join([f"x{k}" for k in range(len(sample.args))])
    first, call, result, *_ = program_text(index)
    position = active(sample.args)[0]
    return [
        first.replace("call_", "value_"),
        call,
        result.removesuffix(", y"),
        "",
        "",
        f"def slope_{index}({names}, w, v):",
        f"    x_bar = grad(value_{index}, {position})({names}, w)",
        f"    return {weighted('v', 'x_bar', sample.args[position])}",
        "",
    ]


def weighted(w: str, y: str, value: Any) -> str:
    if isinstance(value, (tuple, list)):
        terms = [weighted(f"{w}[{k}]", f"{y}[{k}]", each) for k, each in enumerate(value)]
        return " + ".join(terms)
    part = ".real" if np.iscomplexobj(value) else ""
    if np.ndim(value) == 0:
        return f"({w} * {y}).real" if part else f"{w} * {y}"
    return f"np.sum({w} * {y}){part}"


FILES: list[Any] = []


@pytest.fixture(scope="module", autouse=True)
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    FILES[:] = [tmp_path_factory.mktemp("samples")]
    yield


def written(name: str, x: Any) -> str:
    """An argument as a person would write it into the call: floats and arrays are passed."""
    if isinstance(x, tuple) and not is_active(x):
        inner = [written(f"{name}[{k}]", each) for k, each in enumerate(x)]
        if any(isinstance(each, slice) for each in x):
            return ", ".join(inner)
        return f"({inner[0]},)" if len(x) == 1 else f"({', '.join(inner)})"
    if isinstance(x, slice):
        parts = ["" if p is None else str(p) for p in (x.start, x.stop, x.step)]
        return ":".join(parts if x.step is not None else parts[:2])
    if is_active(x) or isinstance(x, np.ndarray):
        return name
    return str(int(x)) if isinstance(x, np.integer) else "float" if x is float else repr(x)


@pytest.mark.parametrize("index", COMPILED, ids=[named(*ALL[k]) for k in COMPILED])
def test_program(index: int) -> None:
    target, sample = ALL[index]
    f = programs()["call", index]
    y, w, want = differences(index)
    chosen = active(sample.args)
    gradient = value_and_grad(f, chosen, has_aux=True)
    args = (*sample.args, w)
    (_, value), got = gradient(*args)
    assert_same_kind(value, y)
    assert_same_gradient(got, want, *tolerance(sample))
    entry, _ = gradient._find(args)
    check_operations(entry.program.function.body.walk(), sample, y)


def of_active_arguments(index: int) -> tuple[Callable[..., Any], list[Any]]:
    """The program of a sample as a function of its active arguments, and these."""
    _, sample = ALL[index]
    chosen = active(sample.args)
    static = {f"x{k}": x for k, x in enumerate(sample.args) if k not in chosen}
    f = functools.partial(programs()["plain", index], **static)
    return f, [sample.args[k] for k in chosen]


@pytest.mark.parametrize("index", COMPILED, ids=[named(*ALL[k]) for k in COMPILED])
def test_vjp(index: int) -> None:
    _, sample = ALL[index]
    y, w, want = differences(index)
    f, primals = of_active_arguments(index)
    value, pullback = vjp(f, *primals)
    assert_same_kind(value, y)
    assert_same_gradient(pullback(w), want, *tolerance(sample))


def direction(x: Any, seed: int) -> Any:
    """A tangent for an argument, without special values in it."""
    if isinstance(x, (tuple, list)):
        return type(x)(direction(item, 10 * seed + k) for k, item in enumerate(x))
    rng = np.random.default_rng(seed)
    v = rng.uniform(-1.0, 1.0, np.shape(x))
    if np.iscomplexobj(x):
        v = v + 1j * rng.uniform(-1.0, 1.0, np.shape(x))
    v = np.asarray(v, np.asarray(x).dtype)
    return v if isinstance(x, np.ndarray) else type(x)(v[()])


@pytest.mark.parametrize("index", COMPILED, ids=[named(*ALL[k]) for k in COMPILED])
def test_jvp(index: int) -> None:
    """The dot-product test against the oracle's cotangents: <w, J v> = <J^T w, v>."""
    _, sample = ALL[index]
    y, w, want = differences(index)
    f, primals = of_active_arguments(index)
    tangents = [direction(x, k + 1) for k, x in enumerate(primals)]
    value, tangent = jvp(f, primals, tangents)
    assert_same_kind(value, y)
    assert_same_form(tangent, value)
    expected = sum(inner(bar, v) for bar, v in zip(want, tangents, strict=True))
    rtol, atol = tolerance(sample)
    assert dot(w, tangent) == pytest.approx(expected, rel=10 * rtol, abs=10 * atol)


def inner(a: Any, b: Any) -> float:
    if isinstance(a, (tuple, list)):
        return sum(map(inner, a, b))
    return float(np.sum(np.multiply(a, b)).real)


def assert_same_form(tangent: Any, y: Any) -> None:
    """A tangent has the structure, shape and dtype of the value."""
    if isinstance(y, (tuple, list)):
        for t, each in zip(tangent, y, strict=True):
            assert_same_form(t, each)
        return
    assert np.shape(tangent) == np.shape(y)
    if np.asarray(y).dtype.kind == "f":
        assert np.asarray(tangent).dtype == np.asarray(y).dtype
        assert isinstance(tangent, np.ndarray) == isinstance(y, np.ndarray)


@pytest.mark.parametrize("index", TWICE, ids=[named(*ALL[k]) for k in TWICE])
def test_second_order(index: int) -> None:
    """The gradient of a gradient, against differences of the gradient."""
    _, sample = ALL[index]
    _, w, _ = differences(index)
    chosen = active(sample.args)
    v = weights(sample.args[chosen[0]])
    first = grad(programs()["value", index], chosen[0])
    args = (*sample.args, w, v)
    want = richardson_gradient(lambda *a: dot(v, first(*a[:-1])), args, chosen)
    got = grad(programs()["slope", index], chosen)(*args)
    assert_same_gradient(got, want, 1e-6, 1e-8)


def assert_same_kind(value: Any, y: Any) -> None:
    """The forward half computes what the call computes, down to the dtype."""
    if isinstance(y, (tuple, list)):
        for v, each in zip(value, y, strict=True):
            assert_same_kind(v, each)
        return
    assert np.shape(value) == np.shape(y)
    assert np.asarray(value).dtype == np.asarray(y).dtype
    np.testing.assert_allclose(value, y, rtol=1e-14, atol=1e-300)


def check_operations(operations: Iterator[Op], sample: Sample, y: Any) -> None:
    """Closure: each operation of a pullback can be differentiated again, in its precision."""
    arrays = [x for x in sample.args if isinstance(x, (np.ndarray, np.generic))]
    doubles = (np.float64, np.complex128)
    only_single = bool(arrays) and all(x.dtype not in doubles for x in arrays)
    only_single &= getattr(y, "dtype", None) in (np.float32, np.complex64)
    for op in operations:
        if op.kind != "apply":
            continue
        closed = rule_for(op.target) or is_inactive(op.target) or op.target in BUILT_IN
        assert closed or op.target.__name__ == "getitem", f"{op.target} has no rule"
        if only_single:
            for result in op.results:
                double = isinstance(result.type, Array) and result.type.dtype in doubles
                assert not double, f"{op.target.__name__} computes in double precision"


@pytest.mark.parametrize("index", range(len(PAIRS)), ids=ids(PAIRS))
def test_inferred_type(index: int) -> None:
    """The type that the compiler expects is the one that NumPy gives."""
    target, sample = PAIRS[index]
    y = differences(index)[0]
    args = [as_value(x) for x in sample.args]
    inferred = infer(target, args, {k: Constant(v) for k, v in sample.kwargs.items()})
    assert_type(inferred, y)


def as_value(x: Any) -> Value:
    arrays = isinstance(x, (tuple, list)) and any(isinstance(i, np.ndarray) for i in x)
    if is_active(x) or isinstance(x, np.ndarray):
        return Value(type_from_key(key_of(x)))
    if arrays:
        items = [as_value(i) for i in x]
        types = [i.type for i in items]
        return Op("apply", items, [Struct(type(x), tuple(types))], target=ops.make_tuple).result
    return Constant(x)


def assert_type(inferred: Any, y: Any) -> None:
    if isinstance(y, (tuple, list)):
        assert isinstance(inferred, (Struct, List))
        return
    if isinstance(inferred, Unknown):
        return
    assert rank_of(inferred) == np.ndim(y), f"{inferred} for {y!r}"
    if isinstance(inferred, Array):
        assert inferred.dtype == np.asarray(y).dtype
        assert inferred.scalar <= (not isinstance(y, np.ndarray))
        for size, actual in zip(inferred.dims, np.shape(y), strict=True):
            assert not isinstance(size, int) or size == actual
    else:
        assert isinstance(inferred, Scalar) and isinstance(y, (float, int, complex))
