"""Names that say nothing: single letters, `t_8`, `g_3`, `flag`, unless the user wrote them."""

import ast
import re

NOTHING = re.compile(
    r"([a-zA-Z])\1*_?\d*"  # t, g_3, xx
    r"|(flag|tmp|temp|val|value|expr|aux|res|var|arr|num|buf|out)(_?\d+)?"
    r"|\w*_\d{2,}"
)
# A stack that is handed to the backward half is called tape.
TAPE = re.compile(r"tape(_\d+)?")
DERIVED = re.compile(r"(_bar|_dot|_stack)*(_\d+)?$")
COUNTED_TEMPORARY = re.compile(r"[gt]_\d+")


def user_names(source: str) -> set[str]:
    """All names in the user's text: variables, parameters, attributes, keys, functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.Constant(value=str(name)):
                names.add(name)
    return names


def is_meaningful(name: str, users: set[str]) -> bool:
    """The user's name, one derived from it (`x_bar`, `x_1`), or one that says something."""
    if name in users or TAPE.fullmatch(name):
        return True
    if COUNTED_TEMPORARY.fullmatch(name):
        return False
    base = DERIVED.sub("", name)
    return base in users or not (NOTHING.fullmatch(name) or NOTHING.fullmatch(base))


def bindings(source: str) -> list[str]:
    """The variables that are assigned, once for each assignment."""
    return [
        node.id
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def meaningless_share(source: str, users: set[str]) -> float:
    """The share of bindings whose name says nothing."""
    bound = bindings(source)
    return sum(not is_meaningful(name, users) for name in bound) / max(len(bound), 1)
