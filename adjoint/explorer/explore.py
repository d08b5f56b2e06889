"""`f.explore(*args)`: run the generated program once, and make a page of it."""

from __future__ import annotations

import functools
import html
import json
import warnings
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from adjoint.api.arguments import split
from adjoint.api.dispatch import Dispatch
from adjoint.api.exploration import Exploration
from adjoint.api.function import GradientFunction
from adjoint.api.programs import Cache
from adjoint.emit.module import load
from adjoint.explorer.data import Data, Json
from adjoint.explorer.differences import compared
from adjoint.explorer.instrument import instrument
from adjoint.explorer.listing import listing
from adjoint.explorer.reasons import reasons
from adjoint.explorer.recording import Recorder
from adjoint.explorer.stages import stages

#: The scripts of the page, in order.
_SCRIPTS = ("core.js", "code.js", "steps.js", "tape.js", "graph.js", "views.js", "start.js")


def explored(
    f: GradientFunction[..., Any, Any], values: Sequence[Any], path: str | Path | None, show: bool
) -> Exploration:
    """Record the call of a derivative with these values, and make the page of it.

    Parameters
    ----------
    path : the file to write, or None.
    show : without a path, open the page in the browser; a notebook shows it by itself.
    """
    entry, extra = f._find(values)
    if entry.stored:
        entry.check_memory(f._function, values, list(extra.values()))
    program = entry.program
    text = listing(program.emitted)
    instrumented = instrument(text)
    run = Recorder(text, instrumented)
    function = load(program.emitted, instrumented.tree, run.helpers())
    args, kwargs = split(f._parameters.all, values)
    results, result, error = None, None, None
    try:
        with np.errstate(all="ignore"):
            results = function(*args, **kwargs, **extra)
        result = results if f._bare else f._pack(results)
    except Exception as raised:
        error = raised
    data = Data(program.emitted, program.function.span, text, run)
    title = program.emitted.name
    found = data.to_json()
    found |= {"title": title, "doc": (program.run.__doc__ or "").strip()}
    found["why"] = reasons(data, f._function)
    found["stages"] = stages(lambda: _compiled_again(f, values))
    if error is not None:
        found["error"] = f"{type(error).__name__}: {error}"
    elif (check := _check(f, values, results)) is not None:
        found["check"] = check
    made = Exploration(title, page(title, found), result, error)
    if path is not None:
        made.save(path)
    elif show:
        made.show()
    return made


def _compiled_again(f: GradientFunction[..., Any, Any], values: Sequence[Any]) -> None:
    dispatch = Dispatch(f._parameters, f._wrt, f._request, f._dispatch.callee, None)
    dispatch.cache = Cache()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dispatch.find(values)


def _check(f: GradientFunction[..., Any, Any], values: Sequence[Any], results: Any) -> Json | None:
    """The gradient beside differences, for first derivatives of arguments."""
    plain = f._request.kind in ("gradient", "value_and_gradient") and not f._request.has_aux
    numbers = [k for k in f._wrt if isinstance(k, int)]
    if not plain or len(numbers) < len(f._wrt) or isinstance(f.primal, GradientFunction):
        return None
    parts = list(results) if isinstance(results, (tuple, list)) and not (
        f._bare) else [results]  # fmt: skip
    gradients = dict(zip(numbers, parts[f._leading :], strict=True))

    def primal(*moved: Any) -> Any:
        args, kwargs = split(f._parameters.all, moved)
        return f._function(*args, **kwargs)

    names = [p.name for p in f._parameters.all]
    return compared(primal, values, gradients, names)


def page(title: str, data: Json) -> str:
    """The page with its data: one file, whose scripts and styles are in it."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    parts = {
        "TITLE": html.escape(title),
        "STYLE": _file("page.css"),
        "SCRIPT": "\n".join(map(_file, _SCRIPTS)),
        "DATA": text,
    }
    shown = _file("page.html")
    for name, part in parts.items():
        before, _, after = shown.partition(f"@{name}@")
        shown = before + part + after
        if name == "TITLE":
            shown = shown.replace("@TITLE@", part)
    return shown


@functools.cache
def _file(name: str) -> str:
    return (resources.files("adjoint.explorer") / "page" / name).read_text(encoding="utf-8")


__all__ = ["explored", "page"]
