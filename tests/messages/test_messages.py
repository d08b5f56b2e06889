"""What adjoint says to the mistakes of newcomers: the place, the reason, a remedy that works."""

from __future__ import annotations

import copy
import inspect
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adjoint import UnsupportedError, check_grads, grad
from adjoint.errors import Span
from tests.corpus.refused import REFUSED
from tests.messages import arguments, arrays, calls, names, outside, structures
from tests.messages.mistake import Mistake, line_in, underlined

MODULES = (calls, arguments, names, arrays, structures, outside)
MISTAKES = [c for c in Mistake.__subclasses__() if c.__module__ in {m.__name__ for m in MODULES}]
#: What no message mentions: the compiler's own types, and its samples.
INTERNAL = ("Opaque(", "Scalar(", "List(", "Dim(", "Range(", "Struct(", "Known(", "the run knows")


def test_there_are_sixty_of_them() -> None:
    assert len(MISTAKES) >= 60


pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")  # of np.matrix


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.__name__)
@pytest.mark.filterwarnings("ignore::adjoint.DisconnectedWarning")
def test_the_message(mistake: type[Mistake]) -> None:
    if mistake.needs:
        pytest.importorskip(mistake.needs)
    with pytest.raises(Exception) as caught:
        mistake.run("program")
    error, file = caught.value, inspect.getfile(mistake)
    shown = "\n".join([str(error), *getattr(error, "__notes__", ())])
    assert not any(word in shown for word in INTERNAL)
    if isinstance(error, UnsupportedError):
        said = mistake.says
        assert error.reason == said or said.endswith("...") and error.reason.startswith(said[:-3])
        assert error.instead == mistake.instead
        if error.span is not None:
            assert error.file == file
            assert underlined(error) == mistake.at
            return
    else:
        assert str(error) == mistake.says
    in_note = any(f"in {file}:" in note and mistake.at in note for note in notes_of(error))
    assert in_note or mistake.at in line_in(error, file)


def notes_of(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.__name__)
@pytest.mark.filterwarnings("error::adjoint.DisconnectedWarning")
def test_the_remedy(mistake: type[Mistake]) -> None:
    if mistake.needs:
        pytest.importorskip(mistake.needs)
    mistake.run("remedy")
    if mistake.transform is not None and mistake.checked:
        check_grads(mistake.__dict__["remedy"], mistake.arguments)


def without_names(reason: str) -> str:
    return re.sub(r"(item )?'[^']*'|the result", "NAME", reason)


@pytest.mark.parametrize("function, args", REFUSED, ids=lambda v: getattr(v, "__name__", ""))
def test_what_the_corpus_lists_as_refused_is_among_them(function: Any, args: Any) -> None:
    known = {without_names(m.says) for m in MISTAKES}
    with pytest.raises(UnsupportedError) as caught:
        grad(function)(*copy.deepcopy(args))
    assert without_names(caught.value.reason) in known


def test_a_place_is_reached_through_calls() -> None:
    with pytest.raises(UnsupportedError) as caught:
        outside.ChainedHelpers.run("program")
    program = outside.ChainedHelpers.__dict__["program"]
    first = program.__code__.co_firstlineno
    chain = f"in inner(), called from outer(), line {first + 5}, called from program(), line"
    assert f"{chain} {first + 7}" in str(caught.value)


def test_no_message_shows_a_place_in_a_library() -> None:
    with pytest.raises(UnsupportedError) as caught:
        outside.ParsesText.run("program")
    assert "decoder.py" not in str(caught.value)
    assert caught.value.file == inspect.getfile(outside)


def test_sizes_of_samples_are_not_shown() -> None:
    with pytest.raises(UnsupportedError) as caught:
        grad(lambda x, y: np.sum(np.ma.masked_where(y, x)))(np.ones(4), np.ones(4) > 0.5)
    assert "size" not in caught.value.reason


def refused_in_the_second_loop(x: Any) -> Any:
    items = [x[0]]
    for k in range(3):
        items.append(items[-1] * k)
    for _ in range(3):
        items.append(np.kaiser(3, items[0]))
    return items[-1]


def test_attempts_are_kept() -> None:
    """A loop is tried as one, and unrolled; the error of the attempt that got further is shown."""
    with pytest.raises(UnsupportedError, match="kaiser") as caught:
        grad(refused_in_the_second_loop)(np.ones(3))
    assert all(isinstance(attempt, UnsupportedError) for attempt in caught.value.attempts)


def test_the_attempt_that_got_further_is_shown() -> None:
    span = Span("model.py", 3, 0, 3)
    first, second = UnsupportedError("a", span), UnsupportedError("b", replace(span, line=5))
    assert first.or_later(second, "with this loop unrolled") is second
    assert second.attempts == [first]
    assert "b (with this loop unrolled)" in str(second)
    earlier = UnsupportedError("c", replace(span, line=1))
    assert second.or_later(earlier) is second
    assert second.attempts == [first, earlier]
