"""Texts as the measures read them: the functions that one reaches, halves, formatted code."""

import ast
import io
import subprocess
import sys
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass

WIDTH = 99
# Tokens that are layout, not code.
LAYOUT = {
    tokenize.NEWLINE,
    tokenize.NL,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.COMMENT,
}


@dataclass(frozen=True)
class Text:
    """A source text, its tree, and which line of a function begins the backward half."""

    source: str
    is_mark: Callable[[str], bool]

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)

    def functions(self) -> Iterator[tuple[ast.FunctionDef, int | None]]:
        """The functions of the module, each with the line where its backward half begins."""
        lines = self.source.splitlines()
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                first, last = body_line(node), node.end_lineno
                marks = (k for k in range(first, last) if self.is_mark(lines[k - 1]))
                yield node, next(marks, None)

    def forward(self) -> Iterator[tuple[ast.FunctionDef, list[ast.AST]]]:
        """The functions, each with the nodes of its forward half; without a mark it is all."""
        for function, mark in self.functions():
            nodes = (node for node in ast.walk(function) if node is not function)
            yield function, [n for n in nodes if mark is None or getattr(n, "lineno", 0) < mark]


def body_line(function: ast.FunctionDef) -> int:
    """The first line of the body, after the docstring."""
    first = function.body[0]
    return first.lineno if not is_docstring(first) else (first.end_lineno or first.lineno) + 1


def emitted(source: str) -> Text:
    return Text(source, lambda line: line.strip() == "# backward")


def by_hand(source: str) -> Text:
    """The function `by_hand` and those that it reaches; its halves are parted by an empty line."""
    return Text(reached(source, "by_hand"), lambda line: not line.strip())


def reached(source: str, root: str) -> str:
    """The text of the functions of a module that one of them reaches, itself included."""
    definitions = {n.name: n for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}
    seen: set[str] = set()
    todo = [root]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            names = (n.id for n in ast.walk(definitions[name]) if isinstance(n, ast.Name))
            todo += [each for each in names if each in definitions]
    lines = source.splitlines()
    texts = ["\n".join(lines[d.lineno - 1 : d.end_lineno]) for d in definitions.values()
             if d.name in seen]  # fmt: skip
    return "\n\n\n".join(texts) + "\n"


def is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def formatted(source: str) -> str:
    """The code alone, as ruff writes it: no docstrings, comments or imports."""
    tree = ast.parse(source)
    tree.body = [n for n in tree.body if not isinstance(n, ast.Import | ast.ImportFrom)]
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Module) and node.body:
            if is_docstring(node.body[0]):
                node.body[0:1] = [] if len(node.body) > 1 else [ast.Pass()]
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={WIDTH}", "-"]
    done = subprocess.run(
        command, input=ast.unparse(tree), capture_output=True, text=True, check=True
    )
    return done.stdout


def lines(code: str) -> int:
    return sum(1 for line in code.splitlines() if line.strip())


def tokens(code: str) -> int:
    read = tokenize.generate_tokens(io.StringIO(code).readline)
    return sum(token.type not in LAYOUT for token in read)
