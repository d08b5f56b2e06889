"""Which `def` or `lambda` of a text is it that was compiled to some code, if any?

Two programs are the same when their code is: instructions, names, constants, those of the
functions inside, each compiled from its own text. Python has several ways to compile a text, and
the code differs in details. A module is compiled as a whole, a shell compiles each statement
alone, and import hooks (of beartype, typeguard) change the tree first. So a text is compiled in
all of these ways, and one has to give just this code. Only code that a hook has marked is compared
by its name, its arguments, its line and its names, for the hook has added statements of its own.
"""

from __future__ import annotations
import __future__

import ast
import copy
import functools
import inspect
import re
import types
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from adjoint.frontend.syntax.magics import TIMED, timed
from adjoint.frontend.syntax.private import all_names, cell_prefix, private_to_cell

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Compiled = tuple[types.CodeType, ...]

_FUTURE = (
    functools.reduce(
        lambda flags, name: flags | getattr(__future__, name).compiler_flag,
        __future__.all_feature_names,
        0,
    )
    & ~inspect.CO_NESTED
)  # the flag of the oldest feature has another meaning in code objects

#: Names in the code of functions that a hook (pytest, typeguard, beartype) has added to.
_MARKS = re.compile(r"@py|typeguard\._functions$|__\w+_beartype__$")


def find_definition(
    code: types.CodeType, lines: tuple[str, ...], namespace: Mapping[str, Any]
) -> Definition | None:
    """The node of the text that compiles to `code`; None if there is none."""
    try:
        tree = _parsed(lines)
    except (SyntaxError, ValueError):
        return _in_a_block(code, lines, namespace)
    prefix = cell_prefix(code)
    if prefix:
        tree = private_to_cell(tree, prefix, set(all_names(code)))
    around = _around(tree, code.co_firstlineno)
    nodes = [n for s in around if s in tree.body for n in _definitions(s) if _is_at(n, code)]
    if not nodes:
        return None
    for compiled in _ways(code, lines, tree, around, namespace, bool(prefix)):
        if any(_same_code(code, c) for c in _at_its_place(code, compiled(None))):
            return nodes[0] if len(nodes) == 1 else _told_apart(code, nodes, compiled)
    if any(map(_MARKS.match, all_names(code))):
        return _before_hooks(code, tree, nodes)
    return None


@functools.lru_cache(maxsize=64)
def _parsed(lines: tuple[str, ...]) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse("".join(lines))


def _in_a_block(
    code: types.CodeType, lines: tuple[str, ...], namespace: Mapping[str, Any]
) -> Definition | None:
    """The definition in a text that does not parse as a whole: the block that its line starts."""
    first = code.co_firstlineno
    if first == 1:
        return None
    try:
        block = inspect.getblock(list(lines[first - 1 :]))
        indented = block[0][:1] in (" ", "\t")
        head = [*["\n"] * (first - 2), "if True:\n"] if indented else ["\n"] * (first - 1)
        text = tuple([*head, *block])
        _parsed(text)
    except Exception:  # the tokenizer has several kinds of errors
        return None
    return find_definition(code, text, namespace)


# The nodes at a line


def _around(tree: ast.Module, line: int) -> list[ast.stmt]:
    """The statements that a line is in, those outside first."""
    found: list[ast.stmt] = []
    work: list[ast.AST] = [tree]
    for node in work:
        if isinstance(node, ast.stmt):
            if not _first_line(node) <= line <= (node.end_lineno or node.lineno):
                continue
            found.append(node)
        if isinstance(node, (ast.Module, ast.stmt, ast.ExceptHandler, ast.match_case)):
            work += ast.iter_child_nodes(node)
    return found


def _first_line(node: Any) -> int:
    """The line of the first decorator, or of the node itself: that is where code starts."""
    decorators = getattr(node, "decorator_list", None)
    return min([node.lineno, *(d.lineno for d in decorators)]) if decorators else int(node.lineno)


def _definitions(node: ast.AST) -> Iterator[Definition]:
    return (n for n in ast.walk(node) if isinstance(n, _DEFINITIONS))


def _is_at(node: Definition, code: types.CodeType) -> bool:
    if isinstance(node, ast.Lambda):
        return code.co_name == "<lambda>" and node.lineno == code.co_firstlineno
    return node.name == code.co_name and _first_line(node) <= code.co_firstlineno <= node.lineno


def _told_apart(
    code: types.CodeType,
    nodes: list[Definition],
    compiled: Callable[[list[Definition] | None], Compiled],
) -> Definition:
    """The one of several lambdas of a line: each gets a line of its own, which its code shows.

    Lambdas with the same code are the same program; their columns choose among them.
    """
    places = list(code.co_positions())
    best, most = nodes[0], -1
    for made in compiled(nodes):
        index = made.co_firstlineno - _MARKED
        if 0 <= index < len(nodes) and _same_code(code, made):
            common = sum(a == b for a, b in zip(places, made.co_positions(), strict=True))
            if common > most:
                best, most = nodes[index], common
    return best


_MARKED = 10**6  # lines that no text has


def _before_hooks(
    code: types.CodeType, tree: ast.Module, nodes: list[Definition]
) -> Definition | None:
    """The definition that a hook added statements to."""
    flags = code.co_flags & _FUTURE
    for made in _all_code(_code_of(_with_marks(tree, nodes), code.co_filename, flags)):
        index = made.co_firstlineno - _MARKED
        if 0 <= index < len(nodes) and _is_part(made, code):
            return nodes[index]
    return None


# The ways in which a text is compiled


def _ways(
    code: types.CodeType,
    lines: tuple[str, ...],
    tree: ast.Module,
    around: list[ast.stmt],
    namespace: Mapping[str, Any],
    renamed: bool,
) -> Iterator[Callable[[list[Definition] | None], Compiled]]:
    """Functions that compile the text, with lines of their own for the nodes that they are given:
    as a module, by the module's loader, and each of the statements around the code alone."""

    def way(make: Callable[[ast.Module], types.CodeType | None], module: ast.Module) -> Any:
        def compiled(marked: list[Definition] | None) -> Compiled:
            return _all_code(make(module if marked is None else _with_marks(module, marked)))

        return compiled

    make = functools.partial(_code_of, file=code.co_filename, flags=code.co_flags & _FUTURE)

    def as_a_module(marked: list[Definition] | None) -> Compiled:
        if marked is None and not renamed:
            return _compiled(lines, code.co_filename, code.co_flags & _FUTURE)
        return way(make, tree)(marked)  # type: ignore[no-any-return]

    yield as_a_module
    load = getattr(namespace.get("__loader__"), "source_to_code", None)
    if load is not None and not _is_standard(load):
        yield way(functools.partial(_loaded, load, code.co_filename), tree)
    for statement in around:
        yield way(make, ast.Module([statement], []))
    if code.co_filename == TIMED:
        yield way(make, timed(tree.body))


def _is_standard(load: Any) -> bool:
    return getattr(load, "__module__", "") in ("_frozen_importlib_external", "importlib.abc")


def _loaded(load: Any, file: str, module: ast.Module) -> types.CodeType | None:
    """The module as its own loader compiles it: import hooks change the tree before."""
    try:
        made: types.CodeType = load(copy.deepcopy(module), file)
        return made
    except Exception:
        return None  # a loader that wants text, or has other wishes


def _with_marks(module: ast.Module, marked: list[Definition]) -> ast.Module:
    """A copy in which these nodes have lines of their own, in which their code begins."""
    memo: dict[int, Any] = {}
    module = copy.deepcopy(module, memo)
    for index, node in enumerate(marked):
        copied = memo.get(id(node))
        if copied is None:  # in another statement of the line
            continue
        if not isinstance(copied, ast.Lambda):
            copied.decorator_list = []
        copied.lineno = copied.end_lineno = _MARKED + index
        copied.col_offset, copied.end_col_offset = 0, 1
    return module


@functools.lru_cache(maxsize=64)
def _compiled(lines: tuple[str, ...], file: str, flags: int) -> Compiled:
    """The code of all functions in a text."""
    return _all_code(_code_of("".join(lines), file, flags))


def _code_of(text: ast.Module | str, file: str, flags: int) -> types.CodeType | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made: types.CodeType = compile(text, file, "exec", flags, dont_inherit=True)
            return made
    except (SyntaxError, ValueError):
        return None  # `return` or `await` outside of its function: not compiled in this way


def _all_code(outermost: types.CodeType | None) -> Compiled:
    found = [] if outermost is None else [outermost]
    for code in found:
        found += [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return tuple(found[1:])


# Comparing code


def _at_its_place(code: types.CodeType, compiled: Compiled) -> list[types.CodeType]:
    place = (code.co_name, code.co_firstlineno)
    return [c for c in compiled if (c.co_name, c.co_firstlineno) == place]


def _same_code(a: types.CodeType, b: types.CodeType) -> bool:
    inner = [[c for c in code.co_consts if isinstance(c, types.CodeType)] for code in (a, b)]
    return (
        (a.co_code, a.co_names) == (b.co_code, b.co_names)
        and _arguments(a) == _arguments(b)
        and _constants(a) == _constants(b)
        and len(inner[0]) == len(inner[1])
        and all(map(_same_code, *inner))
    )


def _arguments(code: types.CodeType) -> tuple[Any, ...]:
    return (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_varnames,
            code.co_freevars, code.co_cellvars)  # fmt: skip


def _constants(code: types.CodeType) -> list[Any]:
    """A key that tells 1, 1.0 and True apart, and does not depend on the order of a set."""
    constants = [c for c in code.co_consts if not isinstance(c, types.CodeType)]
    return [sorted(map(repr, c)) if isinstance(c, frozenset) else repr(c) for c in constants]


def _is_part(written: types.CodeType, loaded: types.CodeType) -> bool:
    """Is this the code that a hook added statements to? It has the same arguments, and all names
    and lines of it are there; only the exception of an assertion is raised in another way."""
    count = written.co_argcount + written.co_kwonlyargcount
    lines = [
        {line for _, _, line in code.co_lines() if line and line < _MARKED}
        for code in (written, loaded)
    ]
    names = set(all_names(written)) - {"AssertionError"}
    return (
        written.co_varnames[:count] == loaded.co_varnames[:count]
        and _arguments(written)[:3] == _arguments(loaded)[:3]
        and names <= set(all_names(loaded))
        and lines[0] <= lines[1]
    )
