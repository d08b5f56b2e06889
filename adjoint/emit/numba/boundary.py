"""What passes between Python and machine code: containers as tuples, numbers as they were."""

from __future__ import annotations

from adjoint.emit.numba.kinds import dtype_of, dtype_text, is_number, refuse
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, Scalar, Struct, Type


def given(param: Value) -> str:
    """An argument in the form that the compiled function takes."""
    return _given(param.name, param.type)


def _given(text: str, type_: Type) -> str:
    match type_:
        case Struct(kind, items, keys):
            parts = []
            for k, item in enumerate(items):
                if keys is not None and kind is dict:
                    where = f"{text}[{keys[k]!r}]"
                elif keys is not None and not issubclass(kind, tuple):
                    where = f"{text}.{keys[k]}"
                else:
                    where = f"{text}[{k}]"
                parts.append(_given(where, item))
            return f"({''.join(part + ', ' for part in parts)})"
        case List(element):
            return f"np.array({text}, dtype={dtype_text(dtype_of(element))})"
        case Array(_, dims, scalar) if not dims and not scalar:
            return f"{text}[()]"
    return text


def returned(text: str, result: Value) -> str:
    """A result in the form that the program in NumPy gives it."""
    return _returned(text, result.type, result)


def _returned(text: str, type_: Type, result: Value) -> str:
    match type_:
        case Scalar(kind):
            return f"{kind}({text})"
        case Array(dtype, dims, scalar):
            if dims:
                return text
            return f"{dtype_text(dtype)}({text})" if scalar or True else text
        case Struct(kind, items, keys):
            parts = [_returned(f"{text}[{k}]", t, result) for k, t in enumerate(items)]
            if kind is dict and keys is not None:
                pairs = (f"{key!r}: {part}" for key, part in zip(keys, parts, strict=True))
                return f"{{{', '.join(pairs)}}}"
            if kind is list:
                return f"[{', '.join(parts)}]"
            if kind is tuple:
                return f"({''.join(part + ', ' for part in parts)})"
            raise refuse(f"the result holds a {kind.__name__}", None)
        case List(element) if is_number(element):
            return f"list({text})"
    raise refuse(f"a result of type {type_}", None)
