"""Pictures for the gallery: what the function `picture` of an example draws."""

import contextlib
import importlib.util
import io
from pathlib import Path


def drawn(path: Path) -> str | None:
    """The picture of an example as SVG; None where it draws none, or there is no matplotlib."""
    if "\ndef picture(figure)" not in path.read_text(encoding="utf-8"):
        return None
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError:
        return None
    spec = importlib.util.spec_from_file_location(f"picture_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with contextlib.redirect_stdout(io.StringIO()):
        spec.loader.exec_module(module)
        with rc_context({"svg.hashsalt": "adjoint", "font.size": 9}):
            figure = Figure(figsize=(6.4, 3.6), layout="constrained")
            module.picture(figure)
            text = io.StringIO()
            figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()
