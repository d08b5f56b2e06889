"""The function that runs a compiled program, with the one in NumPy behind it.

Machine code decides nothing that it is not sure of. Where it raises, the program in NumPy runs with
the same arguments and decides: it has Python's own exceptions, with the user's line, and integers
of any size. The first result for each kind of arguments is compared with that program's.
"""

from __future__ import annotations

import linecache
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from adjoint.emit.module import Emitted
from adjoint.emit.numba import cache
from adjoint.errors import NativeWarning, Span, UnsupportedError

#: Above this time of the compiled program the one in NumPy is not run to compare, in seconds.
PATIENCE = 0.1


def require_numba() -> None:
    """Import Numba.

    Raises
    ------
    UnsupportedError : without it.
    """
    try:
        import numba  # noqa: F401
    except ImportError:
        raise UnsupportedError(
            "the back end 'numba' needs Numba, which is not installed",
            instead="pip install 'adjoint[numba]'",
        ) from None


@dataclass
class Native:
    """A compiled program.

    Attributes
    ----------
    reference : the program in NumPy.
    fallback : run that where Numba cannot compile the text.
    compares : whether a first result is compared; asked at each one.
    span : of the user's function, for messages.
    compared : for how many kinds of arguments that has happened.
    deferred : how often the compiled program raised, so that the one in NumPy decided.
    """

    emitted: Emitted
    reference: Callable[..., Any]
    fallback: bool
    compares: Callable[[], bool]
    span: Span | None = None
    compared: int = 0
    deferred: int = 0
    gives_up: UnsupportedError | None = None
    disagrees: bool = False
    module: types.ModuleType | None = None
    dispatchers: list[Any] = field(default_factory=list)
    path: Path | None = None
    lock: Any = field(default_factory=threading.RLock)

    def function(self) -> Callable[..., Any]:
        """The function of the text."""
        if self.module is None:
            with self.lock:
                if self.module is None:
                    self.path = cache.write(self.emitted.source)
                    self._import()
        return vars(self.module)[self.emitted.name]  # type: ignore[no-any-return]

    def _import(self) -> None:
        module = import_text(self.emitted, self.path)
        self.dispatchers = [v for v in vars(module).values() if hasattr(v, "overloads")]
        self.module = module

    def signatures(self) -> int:
        """For how many kinds of arguments there is machine code."""
        return sum(len(d.overloads) for d in self.dispatchers)

    def is_settled(self) -> bool:
        """Has all machine code that there is given its first result?"""
        known = self.module is not None and self.signatures() == self.compared
        return known and self.gives_up is None and not self.disagrees

    # Calls

    def run(self, *args: Any, **kwargs: Any) -> Any:
        def pullback_of_reference(cotangent: Any) -> Any:
            return self.reference(*args, **kwargs)[-1](cotangent)

        result = self._call(self._started, self.reference, args, kwargs)
        if type(result) is tuple and result and callable(result[-1]):
            compiled = result[-1]
            return *result[:-1], lambda cotangent: self._call(
                lambda g: (compiled, compiled(g)), pullback_of_reference, (cotangent,), {}
            )
        return result

    def _started(self, *args: Any, **kwargs: Any) -> tuple[Callable[..., Any], Any]:
        function = self.function()
        return function, function(*args, **kwargs)

    def _call(
        self, compiled: Callable[..., Any], reference: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        """The result of the compiled function, or that of the reference where it decides."""
        if self.gives_up is not None:
            return self._given_up(reference, args, kwargs)
        if self.disagrees:
            return reference(*args, **kwargs)
        try:
            function, result = compiled(*args, **kwargs)
        except Exception as error:
            if self._is_unreadable(error):
                return self._call(compiled, reference, args, kwargs)
            return self.after(error, reference, args, kwargs)
        if self.signatures() != self.compared:
            return self._first(function, result, reference, args, kwargs)
        return result

    def _given_up(self, reference: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        assert self.gives_up is not None
        if self.fallback:
            return reference(*args, **kwargs)
        raise self.gives_up.with_traceback(None)

    def _is_unreadable(self, error: Exception) -> bool:
        """Is what Numba has kept for the text damaged? It is made anew then, and not kept."""
        if self.path is None or not _is_of_the_cache(error):
            return False
        cache.forget(self.path)
        self.path = None
        self._import()
        return True

    def after(
        self, error: Exception, reference: Callable[..., Any], args: Any, kwargs: Any
    ) -> Any:
        """What happens where the compiled function did not give a result."""
        from numba.core.errors import NumbaError

        if isinstance(error, NumbaError) or _is_of_the_compiler(error):
            self.gives_up = self._refusal(error)
            if self.fallback:
                warn_of_fallback(self.emitted.name, self.gives_up)
            return self._given_up(reference, args, kwargs)
        self.deferred += 1
        return reference(*args, **kwargs)

    def _refusal(self, error: Exception) -> UnsupportedError:
        line = getattr(getattr(error, "loc", None), "line", None)
        span = self.emitted.span_of(line) if line is not None else None
        lines = [each.strip() for each in str(error).splitlines() if each.strip()]
        useful = [each for each in lines if not each.startswith(("Failed in", "During:", "File"))]
        reason = (useful or lines or [type(error).__name__])[0][:200]
        return UnsupportedError(
            f"the back end 'numba' cannot compile this: {reason}",
            span or self.span,
            'use backend="numpy", or fallback=True to do so wherever this happens',
        )

    def _first(
        self,
        function: Callable[..., Any],
        result: Any,
        reference: Callable[..., Any],
        args: Any,
        kwargs: Any,
    ) -> Any:
        """Compare the first result for these types with that of the program in NumPy."""
        self.compared = self.signatures()
        if not self.compares():
            return result
        begun = time.perf_counter()
        function(*args, **kwargs)
        if time.perf_counter() - begun > PATIENCE:
            return result
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                same = agree(result, reference(*args, **kwargs))
            except Exception:
                same = False
        if same:
            return result
        self.disagrees = True
        warnings.warn(
            f"{self.emitted.name}: the compiled program and the one in NumPy disagree; the one in "
            "NumPy is used. Please report this.",
            NativeWarning,
            stacklevel=4,
        )
        return reference(*args, **kwargs)


def load_numba(
    emitted: Emitted,
    reference: Callable[..., Any],
    fallback: bool,
    compares: Callable[[], bool],
    span: Span | None,
) -> types.FunctionType:
    """The function that runs the text: it is compiled at the first call for each kind of
    arguments."""
    native = Native(emitted, reference, fallback, compares, span)

    compiled, known = native.run, 0
    overloads: dict[Any, Any] = {}

    def run(*args: Any, **kwargs: Any) -> Any:
        nonlocal compiled, known, overloads
        if known and len(overloads) == known:
            try:
                result = compiled(*args, **kwargs)
            except Exception as error:
                return native.after(error, native.reference, args, kwargs)
            if len(overloads) == known:
                return result
        result = native.run(*args, **kwargs)
        if native.is_settled() and not emitted.name.endswith("_vjp"):
            overloads, compiled = native.dispatchers[-1].overloads, native.function()
            known = len(overloads)
        else:
            known = 0
        return result

    run.__name__ = run.__qualname__ = emitted.name
    run.native = native  # type: ignore[attr-defined]
    return run


def import_text(emitted: Emitted, path: Path | None) -> types.ModuleType:
    """The module of a text: from its file, where Numba finds what it has kept."""
    source = emitted.source
    if path is None:
        source = source.replace(", cache=True)", ")")
    name = path.stem if path is not None else f"adjoint_{abs(hash(source))}"
    file = str(path) if path is not None else f"<adjoint {name}>"
    module = types.ModuleType(name)
    module.__file__ = file
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    sys.modules[name] = module  # where Numba looks for it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(source, file, "exec"), vars(module))
    return module


def warn_of_fallback(name: str, refusal: UnsupportedError) -> None:
    warnings.warn(
        f"{name} runs in NumPy: {str(refusal).splitlines()[0]}", NativeWarning, stacklevel=6
    )


def _is_of_the_compiler(error: Exception) -> bool:
    """Does Numba's own code fail, and not the program?"""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("numba."):
            return True
        trace = trace.tb_next
    return False


def _is_of_the_cache(error: Exception) -> bool:
    """Is it about an entry of the cache?"""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "numba.core.caching":
            return True
        trace = trace.tb_next
    return False


def agree(a: Any, b: Any) -> bool:
    """Are two results the same, but for rounding?"""
    if callable(a) or callable(b):
        return callable(a) and callable(b)
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(agree, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(agree(a[k], b[k]) for k in a)
    x, y = np.asarray(a), np.asarray(b)
    if x.shape != y.shape or x.dtype != y.dtype:
        return False
    if x.dtype.kind not in "fc":
        return bool(np.array_equal(x, y))
    finite = np.abs(y[np.isfinite(y)])
    scale = float(finite.max()) if finite.size else 0.0
    tolerance = 1e-8 if x.dtype != np.float32 else 1e-3
    return bool(np.allclose(x, y, rtol=tolerance, atol=tolerance * scale, equal_nan=True))
