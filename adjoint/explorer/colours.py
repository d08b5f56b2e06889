"""Python text as HTML, one piece for each line, by the standard library's tokenizer."""

from __future__ import annotations

import html
import io
import keyword
import token
import tokenize

_CLASSES = {
    token.STRING: "s", token.NUMBER: "m", tokenize.COMMENT: "c", token.OP: "o",
}  # fmt: skip
_F_STRINGS = {getattr(token, name, -1) for name in ("FSTRING_START", "FSTRING_MIDDLE",
                                                    "FSTRING_END")}  # fmt: skip
_BUILTINS = {"range", "len", "zip", "reversed", "enumerate", "print", "abs", "min", "max", "sum"}


def coloured(text: str) -> list[str]:
    """Each line with spans of class k, s, m, c, o, b, d (keywords, strings, numbers, comments,
    operators, builtins, definitions) and n (names)."""
    lines = text.split("\n")
    marks: list[list[tuple[int, int, str]]] = [[] for _ in lines]
    before = ""
    try:
        for each in tokenize.generate_tokens(io.StringIO(text).readline):
            kind = _CLASSES.get(each.type, "")
            if each.type == token.NAME:
                kind = _name(each.string, before)
                before = each.string
            elif each.type in _F_STRINGS:
                kind = "s"
            elif each.string.strip():
                before = each.string
            if kind:
                _spread(marks, lines, each.start, each.end, kind)
    except (tokenize.TokenError, SyntaxError, IndentationError):
        pass  # a fragment: what was read has its colours
    return [_joined(line, found) for line, found in zip(lines, marks, strict=True)]


def _name(text: str, before: str) -> str:
    if keyword.iskeyword(text):
        return "k"
    if before in ("def", "class"):
        return "d"
    return "b" if text in _BUILTINS else "n"


def _spread(
    marks: list[list[tuple[int, int, str]]],
    lines: list[str],
    start: tuple[int, int],
    end: tuple[int, int],
    kind: str,
) -> None:
    for row in range(start[0], end[0] + 1):
        first = start[1] if row == start[0] else 0
        last = end[1] if row == end[0] else len(lines[row - 1])
        if last > first:
            marks[row - 1].append((first, last, kind))


def _joined(line: str, marks: list[tuple[int, int, str]]) -> str:
    text, at = "", 0
    for first, last, kind in marks:
        text += html.escape(line[at:first], quote=False)
        piece = html.escape(line[first:last], quote=False)
        text += f'<i class="{kind}">{piece}</i>'
        at = last
    return text + html.escape(line[at:], quote=False)
