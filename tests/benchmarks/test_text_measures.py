"""What is counted in a text: halves, names, fields, statements, helpers."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.text import names, source, statements, tape
from benchmarks.text.measure import measure
from benchmarks.text.program import load

PROGRAM = '''
def square(x):
    return x * x


def f(x, n):
    """A docstring is not a statement."""
    ys = []
    s = 0.0
    for i in range(n):
        x = square(x) + i
        ys.append(x)
        s += x
    return s + len(ys)
'''
EMITTED = '''
import numpy as np
from adjoint.runtime.arrays import sum_to


def f_grad(x, n):
    """Gradient of f."""
    # forward
    ys = []
    s = 0.0
    tape = []
    saved = np.empty(n)
    for i in range(n):
        tape.append((x, i))
        saved[i] = x
        t_3 = x * x
        x = t_3 + i
        ys.append(x)
        s += x

    # backward
    x_bar = 0.0
    bars = []
    for x, i in reversed(tape):
        x_bar = sum_to(2 * x * (x_bar + 1.0), ())
        bars.append(x_bar)
    return x_bar
'''


def test_only_the_forward_half_and_only_what_is_not_the_users_is_a_field() -> None:
    assert tape.fields(source.emitted(EMITTED), PROGRAM, "f_grad") == 3


@pytest.mark.parametrize("name", ["tape", "x_bar", "ys_kept", "memory"])
def test_a_field_counts_under_any_name(name: str) -> None:
    renamed = EMITTED.replace("tape", name)
    assert tape.fields(source.emitted(renamed), PROGRAM, "f_grad") == 3


@pytest.mark.parametrize(
    "kept",
    ["tape += [(x, i)]", "tape[i] = x, i", "store.tape[i][0] = (x, i)", "tape[-1].append((x, i))"],
)
def test_a_field_counts_however_it_is_kept(kept: str) -> None:
    written = EMITTED.replace("tape.append((x, i))", kept)
    assert tape.fields(source.emitted(written), PROGRAM, "f_grad") == 3


def test_what_a_recursive_half_returns_behind_its_result_are_fields() -> None:
    text = """
def f_forward(x):
    y = x * x
    tape = (x, y, 1.0)
    return y, tape


def f_grad(x):
    y, tape = f_forward(x)

    # backward
    return y, (x, y)
"""
    assert tape.fields(source.emitted(text), PROGRAM, "f_grad") == 3
    assert (
        tape.fields(source.emitted(text.replace(", tape\n", ", (x, y)\n", 1)), PROGRAM, "f_grad")
        == 2
    )


def test_names() -> None:
    users = names.user_names(PROGRAM)
    for name in ("x", "i", "x_bar", "ys_1", "square", "tape", "tape_2", "exp_logits", "inv_S"):
        assert names.is_meaningful(name, users), name
    for name in ("t", "t_3", "g_1", "a", "zz", "flag", "tmp_1", "u_bar", "logits_12"):
        assert not names.is_meaningful(name, users), name
    found = ["ys", "s", "tape", "saved", "i", "t_3", "x", "s", "x_bar", "bars", "x", "i", "x_bar"]
    assert sorted(names.bindings(EMITTED)) == sorted(found)
    assert names.meaningless_share(EMITTED, users) == pytest.approx(1 / len(found))


def test_statements_that_stand_in_the_forward_half() -> None:
    """Five of six: `x = square(x) + i` was split."""
    assert statements.kept_share(source.emitted(EMITTED), PROGRAM, "f") == pytest.approx(5 / 6)
    moved = EMITTED.replace("        s += x\n", "").replace("bars = []", "s += x")
    assert statements.kept_share(source.emitted(moved), PROGRAM, "f") == pytest.approx(4 / 6)
    assert statements.kept_share(source.emitted(EMITTED), PROGRAM, "square") is None


def test_helpers_are_functions_of_adjoint() -> None:
    assert statements.helper_calls(EMITTED) == 1


def test_lines_and_tokens_are_those_of_the_code() -> None:
    code = source.formatted(
        'import math\n\n\ndef f(x):\n    """Say."""\n    # why\n    return x\n'
    )
    assert code == "def f(x):\n    return x\n"
    assert source.lines(code) == 2
    assert source.tokens(code) == len("def f ( x ) : return x".split())


def test_the_text_by_hand_has_the_functions_that_it_calls() -> None:
    text = (
        PROGRAM + "\n\ndef other(x):\n    return x\n\n\ndef by_hand(x, n):\n    return square(x)\n"
    )
    assert source.by_hand(text).source.split("\n")[0] == "def square(x):"
    assert "def f" not in source.by_hand(text).source
    assert "other" not in source.by_hand(text).source


def test_a_text_measured_against_itself() -> None:
    """The hand text is a text like any other: its own measures are at most the user's."""
    program = load("garch")
    row = measure(program, budget=0.0)
    assert row.costs is None
    assert row.by_hand.fields == 1
    assert row.by_hand.helpers == 0
    assert row.emitted.lines > 0


def test_the_command_prints_a_line_for_the_program_and_the_summary() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "benchmarks", "--text", "--quick", "--only", "garch"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert "garch" in done.stdout
    assert "time of a call / by hand" in done.stdout
    wrong = subprocess.run([*command, "--write"], cwd=root, capture_output=True, text=True)
    assert wrong.returncode != 0
