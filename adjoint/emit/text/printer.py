"""Syntax tree -> text, with comments. The one file that knows astor.

astor's generator is subclassed, because astor 0.8.1 is older than Python 3.12: constants,
f-strings and `match` are printed here. Comment nodes are statements of their own. What the
generator leaves in one line is wrapped by `wrapping`.
"""

from __future__ import annotations

import ast
import math
import warnings
from typing import Any

with warnings.catch_warnings():  # it asks for `ast.Num`, which Python 3.12 deprecates
    warnings.simplefilter("ignore", DeprecationWarning)
    import astor
    from astor.code_gen import SourceGenerator, set_precedence
    from astor.op_util import Precedence


from adjoint.emit.text.wrapping import wrapped


class Comment(ast.stmt):
    """A comment line (`text` without the hash), or an empty line when `text` is empty."""

    _fields = ("text",)
    text: str

    def __init__(self, text: str):
        super().__init__()
        self.text = text


class _Mark(str):
    """An empty string in astor's output that says where a statement begins."""

    node: ast.stmt


_QUOTES = ('"', "'", '"""', "'''")


class _Generator(SourceGenerator):  # type: ignore[misc]
    """astor's generator, with what it lacks.

    Attributes
    ----------
    quote : the quote of strings that hold neither.
    """

    quote = '"'

    def newline(self, node: ast.stmt | None = None, extra: int = 0) -> None:
        super().newline(node, extra)
        if node is not None:
            mark = _Mark()
            mark.node = node
            self.result.append(mark)

    def visit_Comment(self, node: Comment) -> None:
        self.statement(node, f"# {node.text}" if node.text else "")

    def visit_Assert(self, node: ast.Assert) -> None:
        set_precedence(node, node.test, node.msg)
        self.statement(node, "assert ", node.test)
        self.conditional_write(", ", node.msg)

    def visit_Constant(self, node: ast.Constant) -> None:
        value = node.value
        if isinstance(value, str):
            self.write(_string(value, self.quote))
        elif _is_negative(value) and self.get__pp(node) > Precedence.USub:
            self.write("(")
            self._handle_numeric_constant(value)
            self.write(")")
        elif hasattr(node, "spelling"):
            self.write(node.spelling)
        else:
            super().visit_Constant(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if not (isinstance(node.op, ast.Pow) and _is_simple(node.left) and _is_simple(node.right)):
            super().visit_BinOp(node)
            return
        with self.delimit(node, node.op) as delimiters:  # `x**2`, but `f(x) ** 2`
            set_precedence(Precedence.Pow + 1, node.left)
            set_precedence(Precedence.PowRHS, node.right)
            assert delimiters is not None
            self.write(node.left, "**", node.right)

    def visit_Slice(self, node: ast.Slice) -> None:
        set_precedence(node, node.lower, node.upper, node.step)
        parts = [node.lower, node.upper, node.step]
        spaced = not all(part is None or _is_plain(part) for part in parts)
        self.conditional_write(node.lower)
        for part in parts[1:] if node.step is not None else parts[1:2]:
            self.write(" :" if spaced and (part is not parts[1] or node.lower) else ":")
            if part is not None:
                self.write(" " if spaced else "", part)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.write(_f_string(node, self.quote))

    def visit_Dict(self, node: ast.Dict) -> None:
        self.write("{")
        for k, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            set_precedence(Precedence.Comma if key else Precedence.BitOr, key, value)
            self.write(", " if k else "", *(key, ": ") if key else ("**",), value)
        self.write("}")

    def visit_ListComp(self, node: ast.ListComp) -> None:
        set_precedence(Precedence.Comma, node.elt)
        super().visit_ListComp(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        with self.delimit(node) as delimiters:
            set_precedence(delimiters.p, node.body)
            self.write("lambda")
            if any(getattr(node.args, field) for field in node.args._fields):
                self.write(" ")
                self.visit_arguments(node.args)
            self.write(": ", node.body)

    def visit_arguments(self, node: ast.arguments) -> None:
        """astor gives defaults to the wrong parameters where some are positional-only."""
        listed: list[Any] = []
        first = [*node.posonlyargs, *node.args]
        missing = [None] * (len(first) - len(node.defaults))
        for k, (arg, default) in enumerate(zip(first, [*missing, *node.defaults], strict=True)):
            if k and k == len(node.posonlyargs):
                listed.append(("/",))
            listed.append((arg, default))
        if node.posonlyargs and not node.args:
            listed.append(("/",))
        if node.vararg or node.kwonlyargs:
            listed.append(("*", node.vararg) if node.vararg else ("*",))
        listed += zip(node.kwonlyargs, node.kw_defaults, strict=True)
        if node.kwarg:
            listed.append(("**", node.kwarg))
        for k, (head, *rest) in enumerate(listed):
            self.write(", " if k else "", head)
            if isinstance(head, str):
                self.write(*rest)
            elif rest[0] is not None:
                set_precedence(Precedence.Comma, rest[0])
                self.write("=", rest[0])

    def visit_Match(self, node: ast.Match) -> None:
        set_precedence(Precedence.Comma, node.subject)
        self.statement(node, "match ", node.subject, ":")
        self.indentation += 1
        for case in node.cases:
            self.newline(case.body[0])
            self.write("case ", ast.unparse(case.pattern))
            self.conditional_write(" if ", case.guard)
            self.write(":")
            self.body(case.body)
        self.indentation -= 1


def _string(text: str, quote: str = '"') -> str:
    """A literal in double quotes, or in those of `repr` where that needs no backslashes."""
    shown = repr(text)
    if shown[0] != quote and quote not in text:
        return quote + shown[1:-1].replace(f"\\{shown[0]}", shown[0]) + quote
    return shown


def _is_simple(node: ast.expr) -> bool:
    """Does a power of this stand without spaces around its operator?"""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.USub) and _is_simple(node.operand)
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) or _is_number(node)


def _is_plain(node: ast.expr) -> bool:
    """Does a slice with this bound stand without spaces around its colon?"""
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Name) or _is_number(node)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float, complex))


def _is_negative(value: Any) -> bool:
    if isinstance(value, complex):
        return value.real == 0.0 and math.copysign(1.0, value.imag) < 0.0
    return isinstance(value, (int, float)) and repr(value).startswith("-")


def _f_string(node: ast.JoinedStr, quote: str) -> str:
    """The text of an f-string that every Python from 3.11 reads.

    Before 3.12 an expression inside of an f-string holds neither a backslash nor the quotes
    around it. Where no choice of quotes avoids both, `str.format` takes the place.
    """
    for outer in (quote, *(q for q in _QUOTES if q != quote)):
        for inner in ("'", '"'):
            shown: list[str] = []
            text = _replacements(node, outer, inner, shown, "{{{}{}}}")
            if not any(outer in each or "\\" in each for each in shown):
                return f"f{outer}{text}{outer}"
    arguments: list[str] = []
    text = _replacements(node, '"', '"', arguments, "{{{1}}}")
    return f'"{text}".format({", ".join(each.strip() for each in arguments)})'


def _replacements(
    node: ast.JoinedStr, outer: str, inner: str, shown: list[str], field: str
) -> str:
    """The text between the quotes `outer`; the texts of its expressions go to `shown`.

    Parameters
    ----------
    inner : the quotes of strings in the expressions.
    field : the form of a replacement field, of the expression and its conversion and format.
    """
    text = ""
    for value in node.values:
        if isinstance(value, ast.FormattedValue):
            expression = _expression(value.value, inner)
            shown.append(expression)
            behind = "" if value.conversion == -1 else f"!{chr(value.conversion)}"
            if isinstance(value.format_spec, ast.JoinedStr):
                behind += ":" + _replacements(value.format_spec, outer, inner, shown, field)
            text += field.format(expression, behind)
        else:
            assert isinstance(value, ast.Constant)
            # repr of a text with both quotes escapes ' and not "
            literal = repr("'" + '"' + str(value.value))[4:-1]
            literal = literal.replace("\\'", "'").replace(outer[0], f"\\{outer[0]}")
            text += literal.replace("{", "{{").replace("}", "}}")
    return text


def _expression(node: ast.expr, quote: str) -> str:
    """An expression as it may stand in a replacement field."""
    set_precedence(Precedence.Comma + 1, node)
    generator = _Generator(" " * 4)
    generator.quote = quote
    generator.visit(node)
    text = "".join(generator.result)
    return f" {text}" if text.startswith("{") else text


def to_source(nodes: list[ast.stmt]) -> tuple[str, list[ast.stmt | None]]:
    """The text of some statements, and for each of its lines the statement that it belongs to."""
    pieces: list[str] = []

    def collect(source: list[str]) -> str:
        pieces.extend(source)
        return ""

    astor.to_source(
        ast.Module(nodes, []),
        pretty_source=collect,
        source_generator_class=_Generator,
    )
    lines: list[str] = [""]
    starts: list[ast.stmt | None] = [None]
    begins: ast.stmt | None = None
    for piece in pieces:
        if isinstance(piece, _Mark):
            begins = piece.node  # on the line that the next line break opens
            continue
        first, *rest = piece.split("\n")
        lines[-1] += first
        for line in rest:
            lines.append(line)
            starts.append(None)
        if rest:
            starts[-1], begins = begins, None
    kept: list[int] = []
    for k, line in enumerate(lines):
        if line.strip() or (kept and lines[kept[-1]].strip()):
            kept.append(k)
    while kept and not lines[kept[-1]].strip():
        kept.pop()
    text: list[str] = []
    begun: list[ast.stmt | None] = []
    for k in kept:
        if text and lines[k].startswith(("def ", "@")) and not text[-1]:
            text.append("")  # two empty lines between functions
            begun.append(None)
        pieces = wrapped(lines[k].rstrip())
        text += pieces
        begun += [starts[k]] * len(pieces)
    return "\n".join(text) + "\n", begun
