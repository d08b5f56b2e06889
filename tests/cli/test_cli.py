"""The command line: what each command prints, its JSON, and its exit codes."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import adjoint
from adjoint.cli.main import DISAGREES, DONE, RAISED, REFUSED, USAGE, main, parser
from tests.cli import model

FILE = Path(model.__file__)
LOSS = ["--args", "np.ones((2, 3)), np.arange(3.0)"]


def run(capsys, command: str, function: str, *options: str) -> tuple[int, str, str]:
    code = main([command, f"{FILE}:{function}", *options])
    out, err = capsys.readouterr()
    return code, out, err


def test_show_prints_the_gradient_for_the_arguments(capsys) -> None:
    code, out, _ = run(capsys, "show", "loss", *LOSS)
    want = adjoint.grad(model.loss).source_for(np.ones((2, 3)), np.arange(3.0))
    assert code == DONE and out == want


def test_show_prints_the_program_of_the_annotations(capsys) -> None:
    code, out, _ = run(capsys, "show", "annotated")
    assert code == DONE and "x: float" in out


def test_show_takes_a_module_a_gradient_and_a_method(capsys) -> None:
    assert main(["show", "tests.cli.model:loss", *LOSS]) == DONE
    assert run(capsys, "show", "slope", "--args", "2.0")[1].count("def slope_grad") == 1
    assert "energy_grad" in run(capsys, "show", "Model.energy", "--args", "2.0")[1]


def test_show_in_colours_is_the_same_text(capsys) -> None:
    _, plain, _ = run(capsys, "show", "loss", *LOSS)
    _, coloured, _ = run(capsys, "show", "loss", *LOSS, "--color", "always")
    assert coloured != plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_show_the_intermediate_form_and_forward_mode(capsys) -> None:
    _, out, _ = run(capsys, "show", "loss", *LOSS, "--ir")
    assert "func loss(" in out and "matmul" in out
    _, out, _ = run(capsys, "show", "loss", *LOSS, "--forward", "--wrt", "x")
    assert "x_dot" in out and "def loss_jvp" in out
    _, out, _ = run(capsys, "show", "loss", *LOSS, "--wrt", "w,x")
    assert "with respect to w, x" in out
    _, out, _ = run(capsys, "show", "loss", *LOSS, "--value")
    assert "def loss_value_and_grad" in out


def test_check_agrees_and_names_the_worst_element(capsys) -> None:
    code, out, _ = run(capsys, "check", "loss", *LOSS, "--json")
    found = json.loads(out)
    assert code == DONE and found["agrees"]
    gradient = adjoint.grad(model.loss, argnums=(0, 1))(np.ones((2, 3)), np.arange(3.0))
    for part, g in zip(found["arguments"], gradient, strict=True):
        worst = part["worst"]
        index = eval(worst["element"].removeprefix(part["argument"]))
        np.testing.assert_allclose(worst["gradient"], np.asarray(g)[tuple(index)])
        assert part["elements"] == part["compared"] == g.size


def test_check_fails_where_the_rule_is_wrong(capsys, tmp_path) -> None:
    file = tmp_path / "wrong_rule.py"
    file.write_text(
        "import numpy as np, adjoint\n"
        "def cube(x): return x * x * x\n"
        "adjoint.elementwise(cube, x=lambda y, x: 2.0 * x * x)\n"
        "def f(x): return np.sum(cube(x))\n"
    )
    code = main(["check", f"{file}:f", "--args", "np.array([1.0, 2.0])"])
    out = capsys.readouterr().out
    assert code == DISAGREES and "disagree" in out and "x[" in out


def test_check_samples_a_large_argument(capsys) -> None:
    code, out, _ = run(capsys, "check", "loss", "--args", "np.ones((30, 30)) / 30, np.ones(30)",
                       "--most", "5", "--json")  # fmt: skip
    parts = json.loads(out)["arguments"]
    assert code == DONE and [p["compared"] for p in parts] == [5, 5]


@pytest.mark.parametrize(
    "function, args, says",
    [
        ("integer", "3", "pass floats"),
        ("doubled", "[1.0, 2.0]", "pass arrays"),
        ("windowed", "np.ones(3)", "constant"),
    ],
)
def test_why_proposes_a_remedy_that_works(capsys, function, args, says) -> None:
    code, out, _ = run(capsys, "why", function, "--args", args, "--json")
    found = json.loads(out)
    assert code == REFUSED
    assert says in found["remedy"]["says"] and found["remedy"]["tried"]
    with pytest.raises(adjoint.UnsupportedError) as refused:
        adjoint.grad(getattr(model, function))(*eval(f"({args},)", {"np": np}))
    assert found["refused"]["reason"] == refused.value.reason
    assert [a["reason"] for a in found["attempts"]] == [e.reason for e in refused.value.attempts]
    code, out, _ = run(capsys, "why", function, "--args", args)
    assert "a remedy that works" in out and found["refused"]["reason"] in out


def test_why_of_a_function_that_is_not_refused(capsys) -> None:
    code, out, _ = run(capsys, "why", "loss", *LOSS)
    assert code == DONE and "nothing is refused" in out


def test_save_writes_a_module_that_runs(capsys, tmp_path) -> None:
    path = tmp_path / "loss_grad.py"
    assert main(["save", f"{FILE}:loss", str(path), *LOSS]) == DONE
    spec = importlib.util.spec_from_file_location("loss_grad", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    w, x = np.ones((2, 3)), np.arange(3.0)
    np.testing.assert_array_equal(module.loss_grad(w, x), adjoint.grad(model.loss)(w, x))


def test_time_counts_the_programs_that_differences_take(capsys) -> None:
    code, out, _ = run(capsys, "time", "loss", *LOSS, "--seconds", "0.02", "--json")
    found = json.loads(out)
    assert code == DONE and found["numbers"] == 6
    assert found["differences"] == pytest.approx(12 * found["program"])
    assert found["gradient"] > 0 and found["first_call"] > 0
    code, out, _ = run(capsys, "time", "loss", *LOSS, "--seconds", "0.02")
    assert "gradient by 6 numbers" in out


def test_explore_writes_the_page(capsys, tmp_path) -> None:
    path = tmp_path / "loss.html"
    code, out, _ = run(capsys, "explore", "loss", *LOSS, "-o", str(path))
    assert code == DONE and str(path) in out
    assert "loss_grad" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments, code, says",
    [
        (["show", f"{FILE}:los"], USAGE, "did you mean 'loss'?"),
        (["show", str(FILE)], USAGE, "functions there: loss"),
        (["show", "nowhere.py:f"], USAGE, "there is no file nowhere.py"),
        (["show", "no_such_module:f"], USAGE, "there is no module no_such_module"),
        (["check", f"{FILE}:loss"], USAGE, "needs arguments"),
        (["check", f"{FILE}:loss", "--args", "1.0,"], RAISED, "missing"),
        (["check", f"{FILE}:loss", "--args", "1.0 +"], USAGE, "no list of arguments"),
        (["check", f"{FILE}:loss", "--args", "unknown"], USAGE, "NameError"),
        (["check", f"{FILE}:integer", "--args", "3"], USAGE, "no argument of integer has a float"),
        (["check", f"{FILE}:raises", "--args", "2.0"], RAISED, "too large"),
        (["show", f"{FILE}:integer", "--args", "3"], REFUSED, "pass a float"),
    ],
)
def test_exit_codes_and_messages(capsys, arguments, code, says) -> None:
    assert main(arguments) == code
    out, err = capsys.readouterr()
    assert says in err and not out
    assert main([*arguments, "--json"]) == code
    out, err = capsys.readouterr()
    (text,) = json.loads(out).values()
    assert says in text and not err


def test_help_has_examples_of_every_command(capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    commands = parser()._subparsers._group_actions[0].choices
    assert set(commands) == {"show", "explore", "check", "why", "save", "time"}
    for name in commands:
        assert f"adjoint {name} " in out
        with pytest.raises(SystemExit):
            main([name, "--help"])
        assert f"example:\n  adjoint {name} " in capsys.readouterr().out


def test_it_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "adjoint", "show", "tests.cli.model:loss", *LOSS],
        cwd=FILE.parent.parent.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "def loss_grad" in done.stdout and "\x1b" not in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has other pipes")
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_reader_may_stop_reading(more) -> None:
    """As in `adjoint show ... | head -1`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "adjoint", "show", "tests.cli.model:loss", *LOSS, *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=FILE.parent.parent.parent,
    )  # fmt: skip
    process.stdout.close()
    assert process.stderr.read() == "" and process.wait() == 0


def test_a_terminal_has_colours_and_a_bar(tmp_path) -> None:
    """tqdm draws on a terminal only, and only where work is long."""
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    pty = pytest.importorskip("pty", reason="no terminals on this system")
    import fcntl
    import struct
    import termios

    file = tmp_path / "slow.py"
    file.write_text("import time\ndef f(x):\n    time.sleep(0.03)\n    return (x**2).sum()\n")
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    process = subprocess.Popen(
        [sys.executable, "-m", "adjoint", "check", f"{file}:f", "--args", "np.ones(4)"],
        cwd=FILE.parent.parent.parent, stdout=follower, stderr=follower,
        env={**environment, "TERM": "xterm"},
    )  # fmt: skip
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert process.wait() == DONE
    text = shown.decode()
    assert "differences by x" in text and "\x1b[32mthey agree" in text
