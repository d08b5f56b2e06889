"""From a function object to its text: the right function, the right lines, the right caret."""

from __future__ import annotations

import ast
import functools
import importlib.util
import itertools
import linecache
import os
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import grad
from adjoint.errors import SourceUnavailableError, UnsupportedError
from adjoint.frontend.syntax.magics import timed
from adjoint.frontend.syntax.source import FunctionSource, function_source

Load = Callable[[str], dict[str, Any]]
_numbers = itertools.count()


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """A module with this text, in a file of its own."""

    def load_text(text: str) -> dict[str, Any]:
        path = tmp_path / f"module_{next(_numbers)}.py"
        path.write_text(textwrap.dedent(text))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return vars(module)

    return load_text


def check_lines(function: Any) -> FunctionSource:
    """Every name and number of the tree stands in the file where the tree says."""
    source = function_source(function.__code__)
    seen = 0
    for node in ast.walk(ast.parse("".join(source.lines))):
        if getattr(node, "lineno", 0) == source.node.lineno and type(node).__name__ == type(
            source.node
        ).__name__ and node.col_offset == source.node.col_offset:  # fmt: skip
            seen += 1
    assert seen == 1, "the node is not where it says"
    import gast

    for node in gast.walk(source.node):
        if isinstance(node, gast.Name) and hasattr(node, "lineno"):
            text = source.lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset]
            assert text.decode() == node.id
    return source


def test_def(load: Load) -> None:
    space = load("""
        import numpy as np

        def before(x):
            return x

        def f(x, y):
            # a comment
            z = x * y

            return np.sin(
                z
            )

        def after(x):
            return -x
        """)
    source = check_lines(space["f"])
    assert source.node.name == "f" and source.node.lineno == 7
    assert [s.lineno for s in source.node.body] == [9, 11]
    assert grad(space["f"])(0.5, 2.0) == pytest.approx(2.0 * np.cos(1.0))


def test_nested_def(load: Load) -> None:
    space = load("""
        def outer(k):
            def f(x):
                def inner(y):
                    return y * k
                return inner(x) * x
            return f

        f = outer(3.0)
        """)
    source = check_lines(space["f"])
    assert source.node.name == "f" and source.node.lineno == 3
    assert grad(space["f"])(0.5) == pytest.approx(3.0)


def test_decorated(load: Load) -> None:
    space = load("""
        import functools
        from adjoint import grad

        def plain(f):
            return f

        def wrapping(k):
            def decorate(f):
                @functools.wraps(f)
                def wrapper(x):
                    return k * f(x)
                return wrapper
            return decorate

        @plain
        @plain
        def f(x):
            return x * x

        @wrapping(
            3.0
        )
        def g(x):
            return x * x

        @grad
        def h(x):
            return x * x * x
        """)
    assert check_lines(space["f"]).node.name == "f"
    assert grad(space["f"])(0.5) == pytest.approx(1.0)
    assert grad(space["g"])(0.5) == pytest.approx(3.0)
    assert space["h"](2.0) == pytest.approx(12.0)


def test_methods(load: Load) -> None:
    space = load("""
        class A:
            class B:
                rate = 2.0

                def f(self, x):
                    text = '''
        not indented
        '''
                    return self.rate * x * x

                @staticmethod
                def s(x):
                    return x ** 3

                @classmethod
                def c(cls, x):
                    return cls.rate * x

                square = lambda self, x: x * x * self.rate
        """)
    thing = space["A"].B()
    check_lines(space["A"].B.f)
    assert grad(thing.f)(0.5) == pytest.approx(2.0)
    assert grad(thing.s)(0.5) == pytest.approx(0.75)
    assert grad(thing.c)(0.5) == pytest.approx(2.0)
    assert grad(thing.square)(0.5) == pytest.approx(2.0)


def test_tabs_and_continuations(load: Load) -> None:
    space = load("if True:\n\tdef f(x):\n\t\ty = x \\\n\t\t\t* x\n\t\treturn y\n")
    assert check_lines(space["f"]).node.body[1].lineno == 5
    assert grad(space["f"])(0.5) == pytest.approx(1.0)


def test_one_liners(load: Load) -> None:
    space = load("""
        def f(x): return x * x
        def g(x): y = x * x; return y * x
        if True: h = lambda x: -x
        """)
    assert [grad(space[n])(2.0) for n in "fgh"] == pytest.approx([4.0, 12.0, -1.0])


# Lambdas


def test_lambdas_on_one_line(load: Load) -> None:
    space = load("""
        import numpy as np
        fs = [lambda x: x * x, lambda x: x * x * x, lambda x: x + x, lambda x: x]
        pair = (lambda x: np.sin(x)), (lambda x: np.cos(x))
        same = (lambda x: 2.0 * x), (lambda x: 2.0 * x), (lambda x: 3.0 * x)
        constants = (lambda x: 0.0 * x + 1.0), (lambda x: 0.0), (lambda x: 1.0)
        """)
    x = 0.7
    assert [grad(f)(x) for f in space["fs"]] == pytest.approx([2 * x, 3 * x * x, 2.0, 1.0])
    assert [grad(f)(x) for f in space["pair"]] == pytest.approx([np.cos(x), -np.sin(x)])
    assert [grad(f)(x) for f in space["same"]] == [2.0, 2.0, 3.0]
    assert [grad(f)(x) for f in space["constants"]] == [0.0, 0.0, 0.0]
    for f in [*space["fs"], *space["pair"], *space["same"]]:
        check_lines(f)


def test_lambda_in_a_lambda(load: Load) -> None:
    space = load("""
        outer = lambda x: (lambda y: y * y * y)(x) * x
        make = lambda k: lambda x: k * x
        inner = make(5.0)
        deep = (lambda: lambda: lambda x: x * x)()()
        default = lambda x, f=(lambda z: z * z): f(x) * x
        """)
    assert grad(space["outer"])(2.0) == pytest.approx(32.0)
    assert grad(space["inner"])(2.0) == pytest.approx(5.0)
    assert grad(space["deep"])(2.0) == pytest.approx(4.0)
    assert grad(space["default"])(2.0) == pytest.approx(12.0)


def test_lambda_in_arguments_over_several_lines(load: Load) -> None:
    space = load("""
        def pick(*fs, last=None):
            return [*fs, last]

        fs = pick(
            lambda x: (
                x
                * x
            ),
            lambda x: x
            * x
            * x, lambda x: [x, x * x][
                1
            ] * 5.0,
            last=lambda x:
                -x,
        )
        """)
    assert [grad(f)(2.0) for f in space["fs"]] == pytest.approx([4.0, 12.0, 20.0, -1.0])
    for f in space["fs"]:
        check_lines(f)


def test_lambda_that_only_names_or_holds_a_constant(load: Load) -> None:
    space = load("fs = [lambda x, y: x, lambda x, y: y, lambda x, y: (x)]\n")
    assert [grad(f, (0, 1))(1.0, 2.0) for f in space["fs"]] == [(1.0, 0.0), (0.0, 1.0), (1.0, 0.0)]


def test_lambda_after_characters_of_several_bytes(load: Load) -> None:
    space = load("fs = ['äöü', lambda α: α * α, 'ß', lambda x: x * x * x]\n")
    assert [grad(f)(2.0) for f in space["fs"] if callable(f)] == pytest.approx([4.0, 12.0])


def test_lambda_with_branches_and_comprehensions(load: Load) -> None:
    space = load("""
        fs = [lambda x: x * x if x > 0 else -x, lambda x: sum([k * x for k in range(3)]) * x]
        """)
    assert grad(space["fs"][0])(2.0) == pytest.approx(4.0)
    assert grad(space["fs"][0])(-2.0) == pytest.approx(-1.0)
    assert grad(space["fs"][1])(2.0) == pytest.approx(12.0)


# Text that is not there, or not there any more


def test_a_changed_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "changing.py"
    path.write_text("def f(x):\n    return x * x\n")
    space: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("import numpy\n\n\ndef f(x):\n    return x * x * x\n")
    os.utime(path, (1, 1))
    linecache.checkcache(str(path))
    with pytest.raises(SourceUnavailableError, match="loaded, line 1: def f"):
        grad(space["f"])(2.0)


def test_a_file_that_is_no_longer_python_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text("def f(x):\n    return x * x\n")
    space: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("def f(x:\n    return (x * x\n")
    linecache.checkcache(str(path))
    with pytest.raises(SourceUnavailableError):
        grad(space["f"])(2.0)


def test_a_changed_body_is_noticed(tmp_path: Path) -> None:
    # The same name on the same line, but another program: the gradient would be of the new text.
    path = tmp_path / "edited.py"
    path.write_text("def f(x):\n    return x * x\n")
    space: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("def f(x):\n    return x * x * x\n")
    os.utime(path, (1, 1))
    linecache.checkcache(str(path))
    with pytest.raises(SourceUnavailableError):
        grad(space["f"])(2.0)


def test_a_lambda_in_a_broken_file(tmp_path: Path) -> None:
    path = tmp_path / "lambdas.py"
    path.write_text("f = lambda x: x * x\n")
    space: dict[str, Any] = {}
    exec(compile(path.read_text(), str(path), "exec"), space)
    path.write_text("f = lambda x: (x * x\n")
    linecache.checkcache(str(path))
    with pytest.raises(SourceUnavailableError):
        grad(space["f"])(2.0)


def test_exec_with_linecache() -> None:
    text = "def f(x):\n    y = x * x\n    return y * x\ng = lambda x: x * x\n"
    linecache.cache["<made up>"] = (len(text), None, text.splitlines(True), "<made up>")
    space: dict[str, Any] = {}
    exec(compile(text, "<made up>", "exec"), space)
    assert check_lines(space["f"]).node.lineno == 1
    assert grad(space["f"])(2.0) == pytest.approx(12.0)
    assert grad(space["g"])(2.0) == pytest.approx(4.0)


@pytest.mark.parametrize("text", ["def f(x):\n    return 1.25 * x\n", "f = lambda x: 1.25 * x\n"])
def test_exec_without_text(text: str) -> None:
    space: dict[str, Any] = {}
    exec(text, space)
    with pytest.raises(SourceUnavailableError, match="not available") as caught:
        grad(space["f"])(2.0)
    assert "linecache" in caught.value.instead


def test_equal_text_in_two_files(load: Load) -> None:
    text = "def f(x):\n    return x * no_such_name\n"
    f, g = load(text)["f"], load(text)["f"]
    assert f.__code__ == g.__code__ and f.__code__.co_filename != g.__code__.co_filename
    for function in (f, g):
        assert refused(function, 2.0).file == function.__code__.co_filename


def test_no_python_function() -> None:
    with pytest.raises(SourceUnavailableError):
        grad(int.bit_length)(2.0)
    with pytest.raises(SourceUnavailableError):
        grad(functools.partial(int.bit_length))(2.0)


# Spans


def refused(function: Any, *args: Any) -> UnsupportedError:
    with pytest.raises(UnsupportedError) as caught:
        grad(function)(*args)
    return caught.value


def underlined(error: UnsupportedError) -> str:
    """The part of the source line above the carets."""
    lines = str(error).splitlines()
    (row,) = [k for k, line in enumerate(lines) if set(line.strip()) == {"^"}]
    start = lines[row].index("^")
    return lines[row - 1][start : start + lines[row].count("^")]


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("    y = x * abs(no_such_name) + 1.0", "no_such_name"),
        ("    y = x + (yield_ := open(x))", "open(x)"),
        ("    y = np.fft.no_such_function(x) * x", "np.fft.no_such_function"),
        ("    y = 'ää'.join([x]) + no_such_name", "no_such_name"),
    ],
    ids=["name", "call", "attribute", "after umlauts"],
)  # fmt: skip
def test_carets(load: Load, line: str, marked: str) -> None:
    space = load(f"import numpy as np\n\n\ndef f(x):\n    z = x\n{line}\n    return y * z\n")
    error = refused(space["f"], 2.0)
    assert error.line == 6
    assert error.span is not None and error.span.text() == line
    if "'ää'" not in line:
        assert underlined(error).startswith(marked)
        assert str(error).splitlines()[0].startswith(f"{error.file}:6: ")


def test_a_caret_in_an_expression_over_several_lines(load: Load) -> None:
    space = load("""
        def f(x):
            y = (x
                 + no_such_name
                 * x)
            return y
        """)
    error = refused(space["f"], 2.0)
    assert error.line == 4 and underlined(error) == "no_such_name"
    assert error.span is not None and error.span.statement in (3, 4)


def test_a_caret_in_a_method(load: Load) -> None:
    space = load("""
        class A:
            def f(self, x):
                y = x
                return y * no_such_name
        """)
    error = refused(space["A"]().f, 2.0)
    assert error.line == 5 and underlined(error) == "no_such_name"


def test_a_caret_in_a_lambda_and_in_a_helper(load: Load) -> None:
    space = load("""
        def helper(x):
            return x * no_such_name

        f = (1.0, lambda x: x * helper(
            x))[1]
        g = lambda x: x * other_name
        """)
    error = refused(space["f"], 2.0)
    assert error.line == 3 and underlined(error) == "no_such_name"
    error = refused(space["g"], 2.0)
    assert error.line == 7 and underlined(error) == "other_name"


# Every way to compile, every place of a function

PLACES = """
import math
import numpy as np
fs = []
def keep(f): fs.append(f); return f
keep(lambda x: math.sin(x)); keep(lambda x: math.cos(x)); h = lambda x: x * x; keep(h)
for f in (lambda x: 2.0 * x, lambda x: 3.0 * x): keep(f)
with np.errstate(all=keep(lambda x: np.exp(x)) and "ignore"): keep(lambda x: -x)
if keep(lambda x: x ** 3): keep(lambda x: x ** 4)
else: pass
try: keep(lambda x: math.tan(x)); raise ValueError
except ValueError: keep(lambda x: np.tanh(x))
finally: keep(lambda x: 5.0 * x)
match 1:
    case 1 if keep(lambda x: 1.0 / x): keep(lambda x: 2.0 / x)
while keep(lambda x: x + x * x) and len(fs) < 3: pass
class A:
    rate = keep(lambda x: 6.0 * x); other = keep(lambda x: x * 7.0)
    @staticmethod
    def s(x, f=keep(lambda x: 8.0 * x)): return f(x) * math.sin(x)
    def __private(self, x): return np.cos(x)
    def m(self, x): return self.__private(x) * 9.0
keep(A.s); keep(A().m)
def deco(g): return keep
@deco(keep(lambda x: 10.0 * x))
def decorated(x): return (lambda y: y * y)(x) + math.exp(x)
@deco(
    keep(lambda x: 11.0 * x)
)
@deco(None)
def twice(x):
    return x * 12.0
table = {"a": keep(lambda x: x * 13.0), "b": {"c": keep(lambda x: (
    x * 14.0)), "d": keep(lambda x: x * 15.0)}}
[keep(lambda x, k=k: k * x) for k in (16.0, 17.0)]
(lambda: [keep(lambda x: 18.0 * x), keep(lambda x: 18.0 * x * x)])()
def outer(k):
    def inner(x): return k * x * math.sin(x)
    return inner, lambda x: k * x, lambda x: k + x
[keep(f) for f in outer(19.0)]
keep(lambda x: (lambda y: y + x)(x) * x); keep(lambda x: (lambda y: y * x)(x) * x)
keep(lambda x: x if x > 0.0 else -x); keep(lambda x: x if x < 0.0 else -x)
keep(lambda x: 1.0 * x); keep(lambda x: 1 * x); keep(lambda x: True * x); keep(lambda x: -0.0 + x)
async def coroutine():
    return keep(lambda x: 20.0 * x)
"""


def as_a_module(text: str, file: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "somewhere"}
    exec(compile(text, file, "exec"), space)
    return space


def statement_by_statement(text: str, file: str) -> dict[str, Any]:
    space: dict[str, Any] = {"__name__": "somewhere"}
    for statement in ast.parse(text).body:
        exec(compile(ast.Module([statement], []), file, "exec"), space)
    return space


def in_a_loop_of_a_function(text: str, file: str) -> dict[str, Any]:
    """As `%timeit` does it."""
    found: dict[str, Any] = {}
    exec(compile(timed([*ast.parse(text).body, *ast.parse("found.update(locals())").body]),
                 file, "exec"), space := {"found": found})  # fmt: skip
    space["inner"]([0], lambda: 0.0)
    return found


@pytest.mark.parametrize(
    ("run", "file"),
    [
        (as_a_module, "<places>"),
        (statement_by_statement, "<places one by one>"),
        (in_a_loop_of_a_function, "<magic-timeit>"),
    ],
)
def test_every_place(run: Callable[[str, str], dict[str, Any]], file: str) -> None:
    linecache.cache[file] = (len(PLACES), None, PLACES.splitlines(True), file)
    fs = run(PLACES, file)["fs"]
    assert len(fs) > 40
    h = 1e-4
    for f in fs:
        for x in (0.3, 0.7):
            expected = (f(x - 2 * h) - 8 * f(x - h) + 8 * f(x + h) - f(x + 2 * h)) / (12 * h)
            assert grad(f)(x) == pytest.approx(expected, abs=1e-9), check_lines(f).node.lineno


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return x * x", "return x * x * x"),  # a part of it is the old program
        ("y = x * x; return y", "y = x * x; y = 2.0 * y; return y"),
        ("return 1.0 * x", "return 1 * x"),
        ("return x * 0.0", "return x * -0.0"),
        ("return x + (2.0).real", "return x + (3.0).real"),
        ("return (lambda y: y)(x)", "return (lambda y: y * y)(x)"),
        ("return sum([x for k in range(2)])", "return sum([x for k in range(3)])"),
        ("return x if x > 0.0 else x", "return x if x > 0.0 else -x"),
        ("return x.real", "return x.imag"),
        ("z = 1.0; y = 2.0; return y * x", "z = 1.0; y = 2.0; return z * x"),
    ],
)
def test_any_change_is_noticed(before: str, after: str) -> None:
    for old, new in ((before, after), (after, before)):
        for heading in ("def f(x): ", "f = lambda x: "):
            if heading.startswith("f") and ";" in before:
                continue
            cut = "return " if heading.startswith("f") else ""
            loaded = heading + old.replace(cut, "", 1) if cut else heading + old
            edited = heading + new.replace(cut, "", 1) if cut else heading + new
            file = f"<edited {next(_numbers)}>"
            space: dict[str, Any] = {}
            exec(compile(loaded, file, "exec"), space)
            linecache.cache[file] = (len(edited), None, [edited + "\n"], file)
            with pytest.raises(SourceUnavailableError, match="changed since") as caught:
                grad(space["f"])(2.0)
            assert edited in str(caught.value) and "loaded, line 1" in str(caught.value)


class Private:
    """Names with two underscores belong to the class in which they are written."""

    __rate = 3.0

    def __init__(self, k: float):
        self.__k = k

    def __twice(self, x):  # type: ignore[no-untyped-def]
        return 2.0 * x

    def value(self, x):  # type: ignore[no-untyped-def]
        return self.__twice(x) * self.__rate * self.__k

    def inside(self, x):  # type: ignore[no-untyped-def]
        def helper(__y):  # type: ignore[no-untyped-def]
            __z = __y * self.__k
            return __z * __y

        return helper(x)

    def by_lambda(self):  # type: ignore[no-untyped-def]
        return lambda x: self.__twice(x) * self.__k

    def made(self, x):  # type: ignore[no-untyped-def]
        return Private(x).__k * x


class Inherits(Private):
    __rate = 100.0

    def value(self, x):  # type: ignore[no-untyped-def]
        return Private.value(self, x) + self.__rate * x


def test_names_private_to_a_class() -> None:
    model = Private(5.0)
    assert grad(model.value)(1.0) == 30.0
    assert grad(model.inside)(1.0) == 10.0
    assert grad(model.by_lambda())(1.0) == 10.0
    assert grad(model.made)(3.0) == 6.0
    assert grad(Inherits(5.0).value)(1.0) == 130.0
