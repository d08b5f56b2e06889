"""The error catalogue: the mistakes of tests/messages, each with its message and a remedy."""

import ast
import inspect
import re
import textwrap
import types
from collections.abc import Callable
from typing import Any

from tests.messages import arguments, arrays, calls, names, outside, structures
from tests.messages.mistake import Mistake

MODULES = (calls, arguments, names, arrays, structures, outside)

INTRODUCTION = """\
# Error catalogue

Each entry has a program, what adjoint or Python says about it, and a program that works. The tests
run all of them. They compare the messages word for word, and the gradients of the remedies with
differences.

A message shows the line, and a caret under the place. The search of this site finds messages by
their words.
"""


def page() -> str:
    sections = [INTRODUCTION]
    for module in MODULES:
        title = (module.__doc__ or "").strip().rstrip(".")
        sections.append(f"## {title}\n\nThe programs use these names:\n")
        sections.append(f"```python\n{shared(module)}\n```\n")
        sections += [entry(c) for c in Mistake.__subclasses__() if c.__module__ == module.__name__]
    return "\n".join(sections)


def shared(module: types.ModuleType) -> str:
    """The imports of a module of mistakes, and what it defines for its programs."""
    text = inspect.getsource(module)
    parts = []
    for node in ast.parse(text).body:
        segment = ast.get_source_segment(text, node) or ""
        is_mistake = isinstance(node, ast.ClassDef) and "Mistake" in map(ast.unparse, node.bases)
        is_ours = "__future__" in segment or "tests." in segment or isinstance(node, ast.Expr)
        if not (is_mistake or is_ours):
            gap = "\n\n" if isinstance(node, ast.FunctionDef | ast.ClassDef) else ""
            decorators = [f"@{ast.unparse(d)}\n" for d in getattr(node, "decorator_list", ())]
            parts.append(gap + "".join(decorators) + segment)
    return re.sub(r"  # (noqa|type): .*", "", "\n".join(parts)).strip()


def entry(mistake: type[Mistake]) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", mistake.__name__).capitalize()
    message = mistake.says + (f"\n  instead: {mistake.instead}" if mistake.instead else "")
    return (
        f"### {words}\n\n```python\n{source(mistake.__dict__['program'])}\n```\n\n"
        f"At `{mistake.at}`:\n\n```text\n{message}\n```\n\n"
        f"What works:\n\n```python\n{source(mistake.__dict__['remedy'])}\n```\n"
    )


def source(function: Callable[..., Any]) -> str:
    text = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    return re.sub(r"  # (noqa|type): .*", "", text).strip()
