"""How much of the user's function stands unchanged in the forward half, and helpers it needs."""

import ast

from benchmarks.text.source import Text, is_docstring


def head(node: ast.stmt) -> str:
    """The statement, or the first line of a compound one, in one spelling."""
    return ast.unparse(node).splitlines()[0]


def statements(node: ast.AST) -> list[str]:
    """The statements of a function in order; the last `return` is the derivative's to replace."""
    found: list[str] = []
    for name in ("body", "orelse", "finalbody"):
        for statement in getattr(node, name, []):
            if not isinstance(statement, ast.Return) and not is_docstring(statement):
                found.append(head(statement))
                found += statements(statement)
    return found


def kept_share(text: Text, program: str, name: str) -> float | None:
    """The share of the statements of function `name` that the forward half has verbatim.

    None where the function is a single `return`.
    """
    [function] = [
        n for n in ast.parse(program).body if isinstance(n, ast.FunctionDef) and n.name == name
    ]
    wanted = statements(function)
    if not wanted:
        return None
    there = {head(n) for _, nodes in text.forward() for n in nodes if isinstance(n, ast.stmt)}
    return sum(each in there for each in wanted) / len(wanted)


def helper_calls(source: str) -> int:
    """Calls of functions that the text imports from adjoint."""
    tree = ast.parse(source)
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("adjoint")
        for alias in node.names
    }
    return sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported
        for node in ast.walk(tree)
    )
