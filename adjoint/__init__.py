"""adjoint: a source-to-source differentiation compiler for Python and NumPy.

The public names are in `adjoint/public.py`. The first one that is used loads it, and with it the
compiler: this is the only lazy import of the package, and `import adjoint` costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from adjoint.public import *  # noqa: F403
    from adjoint.public import __all__ as __all__
else:

    def __getattr__(name: str) -> Any:
        if name.startswith("__") and name != "__all__":
            raise AttributeError(f"module 'adjoint' has no attribute {name!r}")
        import adjoint.public as public

        names = globals()
        if hasattr(public, "__all__"):  # else this thread is loading it
            names.update({each: getattr(public, each) for each in public.__all__})
            names["__all__"] = public.__all__
        if name not in names:
            raise AttributeError(f"module 'adjoint' has no attribute {name!r}")
        return names[name]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__getattr__("__all__")})
