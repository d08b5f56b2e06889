"""A call that was refused is refused again without compiling, as long as nothing has changed."""

import gc
import traceback
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint.api.dispatch as dispatch
from adjoint import UnsupportedError, elementwise, grad, value_and_grad, vjp

SCALE: Any = 2.0
TABLE: dict[str, Any] = {"a": 1.0}


class Model:
    weight: Any = 3.0

    def applied(self, x: Any) -> Any:
        return self.weight * x


MODEL = Model()


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The attempts to compile a function."""
    seen: list[Any] = []
    compile_program = dispatch.compile_program

    def counted(function: Any, *rest: Any) -> Any:
        seen.append(function)
        return compile_program(function, *rest)

    monkeypatch.setattr(dispatch, "compile_program", counted)
    return seen


def refused(function: Callable[..., Any], *args: Any) -> UnsupportedError:
    with pytest.raises(UnsupportedError) as caught:
        function(*args)
    return caught.value


def through_text(x):
    return x * float(str(x))


def by_length(xs):
    return sum(xs) if len(xs) < 3 else float(str(xs[0]))


def of_several_kinds(x):
    y = [x] if x > 1.0 else {"a": x}
    return through_text(x) if isinstance(y, list) else x


def long_tree(x):
    return through_text(_twice(_twice(_twice(_twice(x)))))


def _twice(x):
    return _once(_once(x)) + _once(x)


def _once(x):
    for _ in range(3):
        x = np.sin(x) * x + 1.0
    return x


REFUSED = [
    (through_text, 2.0),
    (by_length, [1.0, 2.0, 3.0]),
    (of_several_kinds, 2.0),
    (long_tree, 2.0),
]


@pytest.mark.parametrize(
    ("function", "argument"), REFUSED, ids=lambda f: getattr(f, "__name__", "")
)
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_a_second_call(function: Any, argument: Any, transform: Any, compiled: list[Any]) -> None:
    derivative = transform(lambda x: function(x))
    first = refused(derivative, argument)
    attempts = len(compiled)
    assert attempts > 0
    second = refused(derivative, argument)
    assert len(compiled) == attempts
    assert second is not first
    assert type(second) is type(first)
    assert str(second) == str(first)
    assert (second.span, second.instead, second.way) == (first.span, first.instead, first.way)
    assert [str(e) for e in second.attempts] == [str(e) for e in first.attempts]


def test_tracebacks_are_fresh() -> None:
    derivative = grad(through_text)
    depths = []
    for _ in range(3):
        error = refused(derivative, 2.0)
        depths.append(len(traceback.extract_tb(error.__traceback__)))
        error.add_note("seen by the caller")
    assert len(set(depths)) == 1
    assert error.__notes__ == ["seen by the caller"]
    assert error.__context__ is None


def test_arguments_are_not_kept_alive() -> None:
    derivative = grad(lambda x: through_text(np.sum(x)))
    for _ in range(2):
        x = np.ones(3)
        known = weakref.ref(x)
        refused(derivative, x)
        del x
        gc.collect()
        assert known() is None


def test_another_type_is_compiled(compiled: list[Any]) -> None:
    derivative = grad(lambda x, kind: x if kind == "linear" else through_text(x))
    refused(derivative, 2.0, "other")
    assert derivative(2.0, "linear") == 1.0
    attempts = len(compiled)
    refused(derivative, 2.0, "other")
    assert len(compiled) == attempts
    refused(derivative, np.float64(2.0), "other")
    assert len(compiled) > attempts


def test_lists_of_other_lengths_are_tried(compiled: list[Any]) -> None:
    derivative = grad(lambda xs: by_length(xs))
    refused(derivative, [1.0, 2.0, 3.0])
    attempts = len(compiled)
    refused(derivative, [1.0, 2.0, 3.0])
    assert len(compiled) == attempts
    assert derivative([1.0, 2.0]) == [1.0, 1.0]


@pytest.mark.parametrize("change", ["helper", "global", "attribute", "method", "entry", "code"])
def test_what_was_read_is_read_again(change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def helper(x):
        return through_text(x)

    def function(x):
        if isinstance(SCALE, str) or isinstance(MODEL.weight, str) or MODEL.applied(x) is None:
            return x
        return helper(x) if TABLE.get("b") is None else x

    derivative = grad(function)
    refused(derivative, 2.0)
    refused(derivative, 2.0)
    match change:
        case "helper":

            def helper(x):
                return x
        case "global":
            monkeypatch.setitem(globals(), "SCALE", "wrong")
        case "attribute":
            monkeypatch.setattr(MODEL, "weight", "heavy", raising=False)
        case "method":
            monkeypatch.setattr(Model, "applied", lambda self, x: None)
        case "entry":
            monkeypatch.setitem(TABLE, "b", 1.0)
        case "code":
            monkeypatch.setattr(helper, "__code__", (lambda x: x).__code__)
    assert derivative(2.0) == 1.0


def test_a_rule_that_is_declared_later() -> None:
    def unreadable(x):
        return x * float(str(x))

    derivative = grad(lambda x: unreadable(x) * 2.0)
    refused(derivative, 3.0)
    refused(derivative, 3.0)
    elementwise(unreadable, x=lambda y, x: 2.0 * x)
    assert derivative(3.0) == 12.0


def test_a_pullback_is_refused_again(compiled: list[Any]) -> None:
    first = refused(lambda: vjp(through_text, 2.0))
    attempts = len(compiled)
    second = refused(lambda: vjp(through_text, 2.0))
    assert len(compiled) == attempts
    assert str(first) == str(second)


def test_only_so_many_refusals_are_kept() -> None:
    derivative = grad(lambda x, kind: through_text(x) if kind else x)
    for k in range(200):
        refused(derivative, 2.0, f"kind {k}")
    assert len(derivative._dispatch.cache.refusals) <= 64
