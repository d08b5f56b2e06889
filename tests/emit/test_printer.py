"""The printer: its text parses to the tree that it was made from."""

import ast
import copy
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

from adjoint.emit.text import printer
from adjoint.emit.text.printer import to_source

ROOT = Path(__file__).parents[2]

#: Syntax that is emitted today, and its neighbours.
SOURCES = [
    # constants
    "x = 1, -1, 1.5, -1.5e-300, 2j, True, None, ..., b'a', 10**400, 1e400",
    "x = (-1) ** 2, -1 ** 2, (-1.0).real, 1 .real, 2j ** 2, (-x) ** -y ** -2",
    "x = 'a', \"it's\", 'say \"no\"', 'both \\' and \"', '\\\\n', '\\n\\t\\x00', 'θ', '{}', ''",
    # f-strings
    "x = f'', f'a', f'{a}', f'{a!r} {b!s:>10} {c:.3f} {d:{w}.{p}}', f'{{{a}}}', f'{a=}'",
    "x = f'{ {1: 2}[1] } { {1, 2} } {(lambda x: x)(1)} {(y := 3)} {a if b else c} {a, b} {*a, b}'",
    "x = f\"{d['k']} {e['it s']}\", f\"it's {a} \\\"b\\\" \\n \\\\ θ\", f'{a}\\n{b:\\t>3}'",
    "x = f\"{f'{a} {b!r}'}\", f\"\"\"{f'{d[\"k\"]}'}\"\"\"",
    "x = f\"{a != b} {a:!r} {not a} {-a} {a[1:2]} {a.b(c, *d, **e)} {yes or no}\"",
    "x = '%s' % f'{a}' + f'{b}' 'tail'",
    # expressions
    "x = a + (b - c) - (d - e), a * (b + c) ** 2 / -d // e % f @ g, ~a << (b >> c) & d | e ^ g",
    "x = a < b <= c, not (a and (b or c)), (not a) in b, a is not b, (a < b) == c",
    "x = (a if b else c) if d else (e if f else g), [a if b else c], (a if b else c) + d",
    "x = lambda: 0, lambda a, /, b=1, *c, d, e=2, **f: (a, b), (lambda x: x)(1), lambda *, k: k",
    "x = f(a, *b, k=c, **d), f(*a, *b), f(x for x in y), f((x for x in y), 1), f((a, b)), f(**a)",
    "x = a[1], a[1:2], a[:, ::2], a[..., None, -1:], a[()], a[1,], a[*i, 0], a[b[c]], a[-1, ::-1]",
    "x = [], [a, *b], (), (a,), (*a,), {}, {a: b, **c}, {**(a if b else c)}, {a, b}, {*a}",
    "x = [f(i) for i in range(n) if i if i % 2], {k: v for k, v in z.items()}, {i for i in a}",
    "x = [(y := f(i), y ** 2) for i in a], (y := 1) + y, [a for a, in b], [a for a in (b, c)]",
    # statements
    "a = b = c\na, (b, *c) = d\n[a] = b\na.b[c] = d\na += b\na[1:] -= b, c\na: int = 1\na.b: int",
    "def f(a, b=1, /, c=2, *args, d, e=3, **kwargs):\n    'doc'\n    return",
    "def f(a, /):\n    return a, b\ndef g(a=1, /, b=2, *, c):\n    return (yield)",
    "@d(1)\n@e.f\ndef f():\n    nonlocal a\n    global b, c\n    def g():\n        pass",
    "for i, (j, k) in zip(a, b):\n    continue\nelse:\n    pass\nfor i in *a, b:\n    break",
    "while a and (b := c):\n    break\nelse:\n    x = 1",
    "if a:\n    x = 1\nelif b:\n    x = 2\nelse:\n    if c:\n        x = 3\n    x = 4",
    "try:\n    x = 1\nexcept (A, B) as e:\n    raise C(f'{e}') from e\nexcept D:\n    raise\n"
    "except:\n    pass\nelse:\n    x = 2\nfinally:\n    x = 3",
    "with a as b, c(d) as (e, f), g:\n    pass\nassert a, f'{b}'\nassert (a, b)\ndel a, b[0]",
    "match a:\n    case [1, *rest] if rest:\n        x = 1\n"
    "    case {'k': v, **r} | P(q=-1) as w:\n"
    "        x = 2\n        match b:\n            case None:\n                pass\n"
    "    case _:\n        x = 3",
    "import a, b.c as d\nfrom e.f import g as h, i\nx: list[int] = []",
]  # fmt: skip


def printed(source: str) -> str:
    return to_source(copy.deepcopy(ast.parse(source)).body)[0]


def same(source: str) -> bool:
    return ast.dump(ast.parse(printed(source))) == ast.dump(ast.parse(source))


@pytest.mark.parametrize("source", SOURCES)
def test_text_parses_to_the_tree_it_was_made_from(source: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = printed(source)
        assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(source)), text


@pytest.mark.parametrize("folder", ["adjoint", "tests", "benchmarks", "examples"])
def test_all_of_the_project_round_trips(folder: str) -> None:
    wrong = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            source = ast.unparse(node)
            if not isinstance(node, ast.TryStar) and not same(source):
                wrong.append(f"{path}:{node.lineno}")
    assert not wrong


def _formatted(*parts: ast.expr) -> str:
    text, _ = to_source([ast.Expr(ast.JoinedStr(list(parts)))])
    ast.parse(text, feature_version=(3, 11))
    return text.strip()


def _value(source: str, conversion: int = -1, spec: ast.JoinedStr | None = None) -> ast.expr:
    return ast.FormattedValue(ast.parse(source, mode="eval").body, conversion, spec)


@pytest.mark.parametrize(
    "source",
    ["'\\n'.join(xs)", "'\\\\' + s", "d['\"']", "f('\\x00', d)"],
)
def test_f_strings_that_python_3_11_cannot_write(source: str) -> None:
    names: dict[str, Any] = {
        "xs": ["a", "b"], "s": "c", "d": {'"': 1.25}, "f": lambda *args: repr(args), "w": 9,
    }  # fmt: skip
    width = ast.JoinedStr([_value("w")])
    tree = [
        ast.Constant("{it's} \"\n"), _value(source), _value(source, ord("r"), width), _value("s"),
    ]  # fmt: skip
    text = _formatted(*tree)
    inner = eval(source, dict(names))
    assert eval(text, dict(names)) == f"{{it's}} \"\n{inner}{inner!r:9}c"


def test_numbers_that_have_no_literal() -> None:
    for value in (float("inf"), -float("inf"), float("nan"), -0.0, complex(1, -2), complex(0, 3)):
        text, _ = to_source([ast.Expr(ast.Constant(value))])
        assert repr(eval(text)) == repr(value), text


def test_printer_warns_of_nothing() -> None:
    code = "import ast; from adjoint.emit.text.printer import to_source; "
    code += "print(to_source(ast.parse('print(f\"{x:.3f} y\", 1.0, None)').body)[0])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == 'print(f"{x:.3f} y", 1.0, None)'


def test_comments_and_lines() -> None:
    body = ast.parse("x = 1\ny = 2").body
    text, starts = to_source([printer.Comment("first"), body[0], printer.Comment(""), body[1]])
    assert text == "# first\nx = 1\n\ny = 2\n"
    assert [s for s in starts if s in body] == body
