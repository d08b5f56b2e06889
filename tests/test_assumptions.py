"""The driver of attempts: which assumptions are added, and whose refusal is shown."""

from collections.abc import Callable

import pytest

from adjoint import UnsupportedError
from adjoint.assumptions import (
    ArgumentLayout,
    ArgumentLengths,
    Assumption,
    Assumptions,
    SplitBranches,
    StaticArgument,
    StaticCapture,
    WiderList,
    under_assumptions,
)
from adjoint.errors import Span


def refusal(reason: str, line: int) -> UnsupportedError:
    return UnsupportedError(reason, Span("program.py", line, 0, line))


def steps(*results: Exception | str) -> Callable[[Assumptions], str]:
    """An attempt that gives or raises one of these each time."""
    left = list(results)

    def attempt(known: Assumptions) -> str:
        result = left.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    return attempt


def test_assumptions_add_up() -> None:
    asked: list[Assumption] = [
        StaticArgument(1, "n"), ArgumentLayout(0, "x"), StaticCapture("sizes"),
        WiderList("line 3", "float"), WiderList("line 4", "int"), StaticArgument(2, "m"),
        SplitBranches({"line 5"}, refusal("two kinds", 5)),
        ArgumentLengths(refusal("any length", 6)),
    ]  # fmt: skip
    made, known = under_assumptions(steps(*asked, "the program"), Assumptions())
    assert made == "the program"
    assert (known.static, known.layout, known.frozen) == ({1, 2}, {0}, {"sizes"})
    assert known.wider == {"line 3": "float", "line 4": "int"}
    assert (known.split, known.lengths) == ({"line 5"}, True)
    assert known.of_the_key() == Assumptions({1, 2}, {0}, True, {"sizes"})  # type: ignore[arg-type]


def test_what_the_caller_knows_is_not_changed() -> None:
    known = Assumptions()
    under_assumptions(steps(StaticArgument(0, "n"), "the program"), known)
    assert known == Assumptions()


@pytest.mark.parametrize(
    ("first", "second", "shown", "way"),
    [(3, 7, "second", "for arguments of just these lengths"), (7, 3, "first", ""),
     (5, 5, "second", "for arguments of just these lengths")],
)  # fmt: skip
def test_the_refusal_that_got_furthest(first: int, second: int, shown: str, way: str) -> None:
    errors = [refusal("first", first), refusal("second", second)]
    with pytest.raises(UnsupportedError) as caught:
        under_assumptions(steps(ArgumentLengths(errors[0]), errors[1]), Assumptions())
    assert (caught.value.reason, caught.value.way) == (shown, way)
    assert [each.reason for each in caught.value.attempts] == [
        "first" if shown == "second" else "second"
    ]


def test_one_reason_is_told_once() -> None:
    errors = [refusal("the same", 3), refusal("the same", 3)]
    errors[1].instead = "a better remedy"
    with pytest.raises(UnsupportedError) as caught:
        under_assumptions(steps(ArgumentLengths(errors[0]), errors[1]), Assumptions())
    assert (caught.value.instead, caught.value.way) == ("a better remedy", "")
    assert caught.value.attempts == []


def test_an_assumption_that_did_not_help_is_not_made_twice() -> None:
    asked = [StaticArgument(0, "n"), StaticArgument(0, "n")]
    with pytest.raises(UnsupportedError, match="'n' decides the structure"):
        under_assumptions(steps(*asked), Assumptions())
