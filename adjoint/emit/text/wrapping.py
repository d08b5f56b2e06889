"""Long lines, broken as ruff breaks them: in brackets, with operators at the start of a line."""

from __future__ import annotations

import ast
from collections.abc import Iterator

WIDTH = 99
#: The binary operators between spaces, those that bind least first.
_OPERATORS = (
    (" if ", " else "), (" or ",), (" and ",),
    (" in ", " not in ", " is not ", " is ", " < ", " <= ", " > ", " >= ", " == ", " != "),
    (" | ",), (" ^ ",), (" & ",), (" << ", " >> "), (" + ", " - "),
    (" * ", " / ", " // ", " % ", " @ "),
)  # fmt: skip
_OPEN, _CLOSE = "([{", ")]}"
_KEYWORDS = ("return ", "assert ", "raise ", "if ", "elif ", "while ", "for ", "def ", "with ")


def wrapped(line: str) -> list[str]:
    """The lines that take the place of a logical line: itself, where it fits."""
    code = line.lstrip()
    if len(line) <= WIDTH or code.startswith(("#", "@")):
        return [line]
    lines = _statement(code, len(line) - len(code))
    return lines if _same(code, lines) else [line]


def _same(code: str, lines: list[str]) -> bool:
    """Do the lines say what the one line said? (What cannot be parsed is left as it is.)"""
    text = "\n".join(lines).lstrip()
    body = "\n pass" if code.endswith(":") else ""
    before = "if x:\n pass\n" if code.startswith("elif ") else ""
    try:
        one, other = (ast.dump(ast.parse(before + each + body)) for each in (code, text))
    except SyntaxError:
        return False
    return one == other


def _statement(code: str, indent: int) -> list[str]:
    head, tail = "", ""
    if code.endswith(":"):
        code, tail = code[:-1], ":"
    for keyword in _KEYWORDS:
        if code.startswith(keyword):
            head, code = keyword, code[len(keyword) :]
            break
    if head == "for ":
        return _loop(code, indent)
    if not head:
        places = [k for k, _ in _outside(code) if code.startswith("= ", k) and _assigns(code, k)]
        if places:
            place = places[-1] + 2
            head, code = code[:place], code[place:]
    return _layout(head, code, tail, indent, inside=False)


def _assigns(code: str, k: int) -> bool:
    """Is the sign at `k` that of an assignment, and not of a comparison or a keyword?"""
    return k > 0 and code[k - 1] not in "=!<>" and (code[k - 1] == " " or " " in code[:k])


def _loop(code: str, indent: int) -> list[str]:
    """`for <target> in <iterable>:`, whose target is broken when the iterable is not enough."""
    place = next(k for k, _ in _outside(code) if code.startswith(" in ", k))
    target, iterable = code[:place], code[place + 4 :]
    lines = _layout(f"for {target} in ", iterable, ":", indent, inside=False)
    if len(lines[0]) <= WIDTH:
        return lines
    space = " " * indent
    inner = target[1:-1] if _groups(target) == [(0, len(target) - 1)] else target
    return [
        f"{space}for (",
        *_each(inner, indent + 4),
        *_layout(") in ", iterable, ":", indent, inside=False),
    ]


def _layout(head: str, code: str, tail: str, indent: int, inside: bool) -> list[str]:
    """`head`, an expression and `tail`; `inside` of brackets a line may end anywhere."""
    space = " " * indent
    flat = f"{space}{head}{code}{tail}"
    if len(flat) <= WIDTH:
        return [flat]
    parts = _at_commas(code)
    if not inside and len(parts) > 1:
        return [f"{space}{head}(", *_each(code, indent + 4), f"{space}){tail}"]
    operands = _at_operators(code)
    fitting = [g for g in _groups(code) if indent + len(head) + g[0] < WIDTH]
    group = fitting[-1] if fitting else None
    if len(operands) > 1:
        if inside:
            lines = _layout(head, operands[0], "", indent, inside=True)
            for operand in operands[1:-1]:
                lines += _layout("", operand, "", indent, inside=True)
            return lines + _layout("", operands[-1], tail, indent, inside=True)
        if len(operands) > 2 or group is None or group[1] < len(code) - 1:
            return _in_parentheses(head, code, tail, indent)
    if group is None:
        return [flat] if inside else _in_parentheses(head, code, tail, indent)
    start, stop = group
    content = code[start + 1 : stop]
    before = code[start - 1 : start]
    display = code[start] in "[{" or not (before.isalnum() or before in {"_", ")", "]"})
    display = display and len(_at_commas(content)) > 1  # else a subscript, or mere parentheses
    if not display and len(space) + 4 + len(content) <= WIDTH and not content.endswith(","):
        inner = [f"{space}    {content}"]
    elif _is_comprehension(content):
        inner = _clauses(content, indent + 4)
    elif len(_at_commas(content)) == 1:
        inner = _layout("", content, "", indent + 4, inside=True)
    else:
        inner = _each(content, indent + 4)
    return [f"{space}{head}{code[: start + 1]}", *inner, f"{space}{code[stop:]}{tail}"]


def _in_parentheses(head: str, code: str, tail: str, indent: int) -> list[str]:
    space = " " * indent
    inner = _layout("", code, "", indent + 4, inside=True)
    return [f"{space}{head}(", *inner, f"{space}){tail}"]


def _each(content: str, indent: int) -> list[str]:
    """What stands between brackets, each item in a line of its own."""
    lines: list[str] = []
    for part in filter(None, _at_commas(content)):
        name, found, value = part.partition("=")
        keyword = found and name.isidentifier() and not value.startswith("=")
        head, code = (f"{name}=", value) if keyword else ("", part)
        lines += _layout(head, code, ",", indent, inside=True)
    return lines


def _clauses(content: str, indent: int) -> list[str]:
    """A comprehension, with each of its clauses in a line of its own."""
    places = [k for k, _ in _outside(content) if content.startswith((" for ", " if "), k)]
    places = [k for k in places if k >= next(p for p in places if content.startswith(" for ", p))]
    pieces = [content[a:b].strip() for a, b in zip([0, *places], [*places, None], strict=True)]
    return [line for piece in pieces for line in _layout("", piece, "", indent, inside=True)]


def _is_comprehension(content: str) -> bool:
    return any(content.startswith(" for ", k) for k, _ in _outside(content))


# Scanning: strings and what is in brackets are passed over


def _outside(code: str) -> Iterator[tuple[int, str]]:
    """The positions outside of all strings and brackets, with their characters."""
    for k, letter, depth in _scan(code):
        if depth == 0 and letter not in _CLOSE:
            yield k, letter


def _scan(code: str) -> Iterator[tuple[int, str, int]]:
    """Positions outside of strings, characters, and the number of brackets around each."""
    depth, k = 0, 0
    while k < len(code):
        letter = code[k]
        if letter in "\"'":
            quote = code[k : k + 3] if code[k : k + 3] in ('"""', "'''") else letter
            k += len(quote)
            while k < len(code) and not code.startswith(quote, k):
                k += 2 if code[k] == "\\" else 1
            k += len(quote)
            continue
        depth -= letter in _CLOSE
        yield k, letter, depth
        depth += letter in _OPEN
        k += 1


def _at_commas(code: str) -> list[str]:
    places: list[int] = []
    parameters = 0  # of a lambda, which commas separate too
    for k, letter in _outside(code):
        word = code.startswith("lambda", k) and not code[k - 1 : k].isidentifier()
        parameters += word and not code[k + 6 : k + 7].isidentifier()
        parameters -= letter == ":" and parameters > 0
        if letter == "," and not parameters:
            places.append(k)
    starts, stops = [0, *(k + 1 for k in places)], [*places, len(code)]
    return [code[a:b].strip() for a, b in zip(starts, stops, strict=True)]


def _at_operators(code: str) -> list[str]:
    """The operands of the operators that bind least, each after the first with its operator."""
    if code.startswith("lambda"):
        return [code]
    outside = [k for k, _ in _outside(code)]
    for signs in _OPERATORS:
        places = [k for k in outside if code.startswith(signs, k)]
        if places:
            bounds = zip([0, *places], [*places, None], strict=True)
            return [code[a:b].strip() for a, b in bounds]
    return [code]


def _groups(code: str) -> list[tuple[int, int]]:
    """The brackets outside of others that hold something, without those that others follow.

    What follows the last ones may be a chain of calls and attributes.
    """
    opened, found = -1, []
    for k, letter, depth in _scan(code):
        if depth == 0 and letter in _OPEN:
            opened = k
        elif depth == 0 and letter in _CLOSE and k > opened + 1:
            found.append((opened, k))
    behind = len(code)
    kept: list[tuple[int, int]] = []
    for start, stop in reversed(found):
        between = code[stop + 1 : behind]
        if between and not between.replace(".", "").replace("()", "").isidentifier():
            break
        kept.append((start, stop))
        behind = start
    return kept[::-1]
