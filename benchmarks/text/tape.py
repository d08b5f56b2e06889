"""Count what the forward half keeps for the backward half, whatever it is called.

A field is a value that the forward half appends to a list, or stores into an array or a dict,
where the user's program does not do so itself; each part of an appended tuple counts. A function
that is all forward and returns a tuple behind its result (as recursion does) keeps those parts.
"""

import ast
import re
from collections.abc import Iterator

from benchmarks.text.source import Text

VERSION = re.compile(r"_\d+$")


def fields(text: Text, program: str, root: str) -> int:
    """How many values a text keeps. `root` is its gradient function, `program` the user's text."""
    own = {base for node in ast.walk(ast.parse(program)) for base, _ in kept(node)}
    functions = {n.name for n in ast.parse(program).body if isinstance(n, ast.FunctionDef)}
    marked = {function.name for function, mark in text.functions() if mark is not None}
    total = 0
    for function, nodes in text.forward():
        if function.name in functions:
            continue  # The user's own helper, which the text calls as it is.
        halves = function.name in marked
        for base, count in (found for node in nodes for found in kept(node)):
            is_users = base in own or VERSION.sub("", base) in own
            # Without halves, a cotangent is told by its name.
            if not is_users and (halves or "_bar" not in base):
                total += count
        if not halves and function.name != root:
            total += returned(function)
    return total


def kept(node: ast.AST) -> Iterator[tuple[str, int]]:
    """The container that a statement puts values into, and how many."""
    match node:
        case ast.Call(func=ast.Attribute(value=container, attr="append"), args=[value]):
            yield base_of(container), width(value)
        case ast.AugAssign(target=ast.Name(id=base), value=ast.List(elts=[value])):
            yield base, width(value)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Subscript):
                    yield base_of(target), width(value)
                if isinstance(value, ast.ListComp) and isinstance(target, ast.Name):
                    yield target.id, width(value.elt)


def width(value: ast.AST) -> int:
    return len(value.elts) if isinstance(value, ast.Tuple) else 1


def base_of(node: ast.AST) -> str:
    """The variable in which a place is: `x` of `x[i].y`."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def returned(function: ast.FunctionDef) -> int:
    """The parts of a tuple that is returned behind the result, written there or named before."""
    named = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    widths = [0]
    for node in ast.walk(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            last = node.value.elts[-1]
            last = named.get(last.id, last) if isinstance(last, ast.Name) else last
            if isinstance(last, ast.Tuple):
                widths.append(len(last.elts))
    return max(widths)
