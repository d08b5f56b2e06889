"""Each layer of the compiler imports only from the layers below it, and the runtime only NumPy."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "adjoint"
LAYERS = (
    {"errors", "runtime"}, {"ir"}, {"rules"}, {"frontend", "transforms", "emit"},
    {"pipeline"}, {"api"}, {"pushforwards", "sparsity"}, {"jacobians"}, {"higher"}, {"inside"},
    {"checkpoint", "custom", "hooks", "optim"}, {"implicit", "revolve"}, {"testing"}, {"tools"},
    {"__init__", "__main__"},
)  # fmt: skip
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
FILES = sorted(PACKAGE.rglob("*.py"))


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
        else:
            allowed = mine != "runtime" or name[0] in {"numpy", *sys.stdlib_module_names}
        if not allowed:
            wrong.append(f"{path.name}:{line} imports {'.'.join(name)}")
    assert not wrong, wrong
