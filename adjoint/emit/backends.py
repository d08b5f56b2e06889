"""The back ends other than the text in NumPy, which every program has.

A back end takes a function after all passes, and leaves it as it is. What it writes runs in front
of the program in NumPy, which decides wherever the back end's own program does not.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from adjoint.emit.module import Argument, Emitted
from adjoint.emit.numba.loading import load_numba, require_numba, warn_of_fallback
from adjoint.emit.numba.module import emit_numba
from adjoint.errors import Span, UnsupportedError
from adjoint.ir.core import Function
from adjoint.requests import COMPARES


@dataclass(frozen=True)
class Backend:
    """How a function becomes text, and the text a function.

    Attributes
    ----------
    require : raises where what the back end needs is not installed.
    emit : of the function, its new name, its parameters and its docstring, the text.
    loader : of the text, the program in NumPy, whether to fall back on it, whether to compare with
        it, and the place of the user's function, the function to call.
    """

    require: Callable[[], None]
    emit: Callable[[Function, str, list[Argument], str], Emitted]
    loader: Callable[..., types.FunctionType]

    def emit_or_fall_back(
        self, function: Function, name: str, arguments: list[Argument], docstring: str,
        fallback: bool,
    ) -> Emitted | None:  # fmt: skip
        """The text; None where there is none and the program in NumPy is to run.

        Raises
        ------
        UnsupportedError : where there is none, with the line.
        """
        try:
            self.require()
            return self.emit(function, name, arguments, docstring)
        except UnsupportedError as refusal:
            if refusal.line is None and function.span is not None:
                refusal = UnsupportedError(refusal.reason, function.span, refusal.instead)
            if not fallback:
                raise refusal from None
            warn_of_fallback(name, refusal)
            return None

    def load(
        self, emitted: Emitted, reference: Any, fallback: bool, span: Span | None
    ) -> types.FunctionType:
        return self.loader(emitted, reference, fallback, COMPARES.get, span)


BACKENDS = {"numba": Backend(require_numba, emit_numba, load_numba)}

__all__ = ["BACKENDS", "Backend"]
