"""Generated text kept in the repository: its diff is the review of the emitter.

Each directory holds `primal.py` (FUNCTION, ARGNUMS, example()), `hand.py` (gradient(), written by
hand) and what `python -m tests.golden` writes: `primal.ir`, `adjoint.ir` and `grad.py`.
"""

from __future__ import annotations

import importlib.util
import io
import tempfile
import tokenize
from pathlib import Path
from types import ModuleType

from adjoint import grad

HERE = Path(__file__).parent
PROGRAMS = sorted(path.parent.name for path in HERE.glob("*/primal.py"))
GENERATED = ("primal.ir", "adjoint.ir", "grad.py")

_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
    tokenize.ENCODING,
}


def load(name: str, file: str) -> ModuleType:
    """Import `<name>/<file>.py` on its own, under a name that nothing else has."""
    return load_file(HERE / name / f"{file}.py", f"golden_{name}_{file}")


def load_file(path: Path, module_name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def generate(name: str) -> dict[str, str]:
    """The texts of `GENERATED` for one program, as the compiler writes them now."""
    primal = load(name, "primal")
    gradient = grad(getattr(primal, primal.FUNCTION), primal.ARGNUMS)
    args = primal.example()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "grad.py"
        gradient.save(path, *args)
        source = path.read_text()
    gradient(*args)  # so that .ir is that of these types
    before, _, after = gradient.ir.partition("\n\n")
    return dict(zip(GENERATED, (before + "\n", after.rstrip("\n") + "\n", source), strict=True))


def tokens(source: str) -> int:
    """How many tokens a reader has to read: no comments, docstrings, layout."""
    count = 0
    at_start = True  # of a statement, where a lone string is a docstring
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in _LAYOUT:
            at_start = at_start or token.type in (tokenize.NEWLINE, tokenize.INDENT)
            continue
        if not (token.type == tokenize.STRING and at_start):
            count += 1
        at_start = False
    return count


def ratio(name: str, source: str | None = None) -> float:
    """Tokens of the generated gradient for each token of the one written by hand."""
    text = (HERE / name / "grad.py").read_text() if source is None else source
    return tokens(text) / tokens((HERE / name / "hand.py").read_text())
