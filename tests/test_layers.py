"""Each layer of the compiler imports only from the layers below it.

The runtime imports only NumPy, and SciPy in a folder of its own.
"""

import ast
import graphlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "adjoint"
LAYERS = (
    {"errors", "limits", "originals", "requests", "runtime"},
    {"assumptions", "declarations", "kinds"}, {"ir"}, {"rules"},
    {"frontend", "transforms", "emit"}, {"backends"}, {"pipeline"}, {"api"},
    {"pushforwards", "sparsity"},
    {"jacobians"}, {"higher"}, {"custom", "hooks", "optim", "recompute"},
    {"implicit", "parallel", "revolve", "smoothness", "solvers"},
    {"testing"}, {"explorer"}, {"tools"}, {"cli"}, {"public"}, {"inside"},
    {"__init__", "__main__"},
)  # fmt: skip
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
FILES = sorted(PACKAGE.rglob("*.py"))


#: It imports the whole compiler for the first program.
COMPILER = "api.compiler"
#: The modules that import a part of the package later; in `ir.core` a function prints itself.
LAZY = {COMPILER, "ir.core"}


def layer(parts: tuple[str, ...]) -> str:
    return parts[0] if parts else "__init__"


def imports(path: Path) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line and dotted name of every import, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, tuple(alias.name.split("."))) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            module = tuple((node.module or "").split("."))
            own = module == ("adjoint",)  # `from adjoint import ir` names a layer
            yield from ((node.lineno, (*module, a.name) if own else module) for a in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_layers(path: Path) -> None:
    mine = layer(path.relative_to(PACKAGE).with_suffix("").parts)
    wrong = []
    for line, name in imports(path):
        if name[0] == "adjoint":
            theirs = layer(name[1:])
            allowed = theirs == mine or HEIGHT[theirs] < HEIGHT[mine]
            allowed = allowed or dotted(path) == COMPILER
        else:
            known = {"numpy", *sys.stdlib_module_names}
            known |= {"scipy"} if "with_scipy" in path.parts else set()
            allowed = mine != "runtime" or name[0] in known
        if not allowed:
            wrong.append(f"{path.name}:{line} imports {'.'.join(name)}")
    assert not wrong, wrong


#: The folders of a part, each importing only from itself and those before it; "" are the files
#: beside the folders. In the frontend, calls in the other direction go through
#: `state/dispatch.py`, whose tables the upper folders fill.
FOLDERS = {
    "frontend": (
        "syntax", "keys", "state", "flow", "opaque", "objects", "numpy", "control", "library",
        "derivatives", "",
    ),
    "transforms": (
        "simplify", "sizes", "activity", "effects", "memory", "optimise", "reverse_mode",
        "forward_mode", "",
    ),
    "emit": ("text", "memory", "names", "placement", "python", "", "numba"),
}  # fmt: skip
#: A folder holds about fifteen files; this is the most that any may have.
MOST_FILES = 17


def dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def functions_of(tree: ast.Module) -> Iterator[ast.AST]:
    return (n for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))


def modules_imported(path: Path, known: set[str]) -> Iterator[str]:
    """The files of the package that a file imports when it is imported itself.

    Imports for annotations only do not count: a class may be named before it is defined.
    """
    tree = ast.parse(path.read_text())
    inside = {id(node) for function in functions_of(tree) for node in ast.walk(function)}
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in for_types or id(node) in inside:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("adjoint"):
            module = (node.module or "").removeprefix("adjoint").removeprefix(".")
            names = {f"{module}.{alias.name}".removeprefix(".") for alias in node.names}
            yield from names & known or {module}


def test_imports_are_not_circular() -> None:
    known = {dotted(path) for path in FILES}
    graph: dict[str, set[str]] = {}
    for path in FILES:
        mine = dotted(path)
        graph.setdefault(mine, set()).update({*modules_imported(path, known)} - {mine})
    assert sum(map(len, graph.values())) > 200
    list(graphlib.TopologicalSorter(graph).static_order())  # raises, and names the circle


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_function_imports_a_part_of_the_package(path: Path) -> None:
    """A name that appears late hides a circle, or a cost; `api/compiler.py` pays it once."""
    late = [
        f"line {node.lineno}"
        for function in functions_of(ast.parse(path.read_text()))
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        and ast.unparse(node).split()[1].partition(".")[0] == "adjoint"
    ]
    assert not late or dotted(path) in LAZY, late


@pytest.mark.parametrize("part", FOLDERS)
def test_folders_stand_in_order(part: str) -> None:
    known = {dotted(path) for path in FILES}
    order = FOLDERS[part]

    def folder(module: str) -> str:
        name = module.split(".")[1]
        return name if name in order else ""

    wrong = [
        f"{mine} imports {theirs}"
        for mine, path in ((dotted(p), p) for p in FILES)
        for theirs in modules_imported(path, known)
        if mine.startswith(f"{part}.") and theirs.startswith(f"{part}.")
        if order.index(folder(theirs)) > order.index(folder(mine))
    ]
    assert not wrong, wrong


@pytest.mark.parametrize(
    "folder",
    sorted({p.parent for p in FILES if {*FOLDERS} & {*p.parts}}),
    ids=lambda p: p.relative_to(PACKAGE).as_posix(),
)
def test_folders_are_small_and_say_what_they_hold(folder: Path) -> None:
    assert len(list(folder.glob("*.py"))) <= MOST_FILES
    first = (folder / "__init__.py").read_text().partition("\n")[0]
    assert first.startswith('"""') and len(first) > 20, f"{folder.name}/__init__.py says nothing"
