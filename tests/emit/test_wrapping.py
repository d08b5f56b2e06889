"""Long lines: they say the same, fit, and look as ruff formats them."""

from __future__ import annotations

import ast
import importlib.util
import random
import subprocess
import sys

import pytest

from adjoint.emit.text.wrapping import WIDTH, wrapped

NAMES = ["x", "alpha_bar", "log_weights_plus_log_prob", "sum_exp_transition", "W", "theta_dot"]
#: Each of them is one line, which is too long.
TEXT = """
first_of_two_long_names, second_of_two_long_names = an_array_of_samples,
    another_array_of_samples

return first_gradient_with_a_name, second_gradient_with_a_name,
    third_gradient_with_a_long_name

return {"first": first_gradient_with_a_name, "second": second_gradient,
    "third": third_gradient_x}

lap = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2]
    - 4 * u[1:-1, 1:-1] + forcing_term

z = (a_long_name_of_a_vector + another_long_name_of_one)
    * (a_third_name + a_fourth_and_longer_one)

z = np.sqrt(a_long_name_of_a_vector
    + another_long_name_of_one * a_third_long_name_of_one).mean(axis=0)

z = np.array([[a_long_name_of_a_vector, another_long_name],
    [a_third_name_of_one, a_fourth_name_xx]])

value = a_long_name_of_a_value if a_condition_on_the_inputs > 0
    else another_long_name_of_a_value

z = -(a_long_name_of_a_vector + another_long_name_of_one * a_third_long_name_of_one
    + a_fourth_name)

kept[first_index_of_the_array, second] = [f(a_long_name_of_a_vector, v)
    for v in values if v > 0.0]

log_prob_bar = weights_sum_bar + m_bar * log_weights_at_m
    / np.sum(log_weights_at_m, axis=1, out=s)
"""
LINES = [part.strip().replace("\n    ", " ") for part in TEXT.split("\n\n")]


def same(line: str, lines: list[str]) -> bool:
    before, after = (f"def f():\n    {text}" for text in (line, "\n    ".join(lines)))
    return ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))


@pytest.mark.parametrize("line", LINES)
def test_lines_as_ruff_breaks_them(line: str) -> None:
    if importlib.util.find_spec("ruff") is None:
        pytest.skip("ruff is not installed")
    text = f"def f():\n    {line}\n"
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--line-length", str(WIDTH)]
    done = subprocess.run([*command, "-"], input=text, capture_output=True, text=True, check=True)
    assert "\n".join(["def f():", *wrapped(f"    {line}")]) + "\n" == done.stdout


def expression(rng: random.Random, depth: int) -> str:
    if depth == 0:
        return rng.choice([*NAMES, "1e-3", '"a, (b) # c"', "-2"])
    inner = [expression(rng, depth - 1) for _ in range(3)]
    return rng.choice(
        [
            f"{inner[0]} + {inner[1]}", f"{inner[0]} * ({inner[1]} - {inner[2]})",
            f"np.where({inner[0]} > {inner[1]}, {inner[2]}, 0.0)", f"[{', '.join(inner)}]",
            f"({inner[0]},)", f"x[{inner[0]}, 1:{inner[1]}]", f"f({inner[0]}, axis={inner[1]}).T",
            f"({inner[0]} if {inner[1]} else {inner[2]})", f"[{inner[0]} for i in {inner[1]}]",
            f"{{'k': {inner[0]}, **{inner[1]}}}", f"(lambda a, b: a + b)({inner[1]}, 2)",
            f"({inner[0]} and not {inner[1]} or {inner[2]})", f"-({inner[0]})",
        ]
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_wrapped_lines_say_the_same_and_fit(seed: int) -> None:
    rng = random.Random(seed)
    text = expression(rng, rng.randrange(2, 5))
    line = rng.choice(["y = {}", "y += {}", "return {}", "a, b = {}, {}", "tape.append(({}, x))"])
    indent = " " * rng.choice([0, 4, 12])
    lines = wrapped(indent + line.replace("{}", text))
    assert same(line.replace("{}", text), [each.removeprefix(indent) for each in lines])
    assert max(map(len, lines)) <= WIDTH


def test_headers_of_loops_and_functions() -> None:
    names = ", ".join(f"a_field_of_the_tape_{k}" for k in range(9))
    for header in (f"for {names} in reversed(tape):", f"for ({names}), i in zip(tape, range(n)):",
                   f"def f({names}):", f"if {names.replace(', ', ' and ')}:"):  # fmt: skip
        lines = wrapped(f"    {header}")
        assert len(lines) > 1 and max(map(len, lines)) <= WIDTH
        assert same(f"{header}\n        pass", [*(x[4:] for x in lines), "    pass"])


def test_comments_and_short_lines_stay() -> None:
    for line in ("# " + "word " * 40, "    x = 1"):
        assert wrapped(line) == [line]
