"""Objects whose type is known only when the program runs, as operands of arithmetic."""

from __future__ import annotations

from typing import Any

import numpy as np


def number(value: Any) -> Any:
    """The value as a real number or an array of real numbers, a copy where it is an array.

    Raises
    ------
    TypeError : its arithmetic is not that of a number or an array; the message says what to write.
    """
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return value
    if type(value) is np.ndarray and value.dtype.kind in "biuf":
        return value.copy()
    kind = type(value)
    raise TypeError(
        f"adjoint: a {kind.__module__}.{kind.__qualname__} is an operand of arithmetic here, and "
        f"its operators are not those of a real number or array; {advice(value)}"
    )


def advice(value: Any) -> str:
    """What to write to get a number or an array of an object."""
    if isinstance(value, np.ma.MaskedArray):
        return filling()
    if type(value).__module__.partition(".")[0] in ("pandas", "xarray"):
        return "write .to_numpy() behind it"
    if isinstance(value, (complex, np.complexfloating)):
        return "write complex(...) around it"
    if isinstance(value, np.ndarray):
        return "give it dtype=float"
    return "write float(...) or np.asarray(...) around it"


def column(value: Any) -> Any:
    """The same, where a column of pandas may stand for the array of its values.

    Its labels have to be 0, 1, 2, ... and nothing may be missing: then pandas and NumPy agree.
    """
    if type(value).__name__ != "Series" or not type(value).__module__.startswith("pandas"):
        return number(value)
    values, labels = np.array(value.to_numpy()), value.index
    plain = type(labels).__name__ == "RangeIndex" and (labels.start, labels.step) == (0, 1)
    if plain and values.dtype.kind in "biuf" and not np.isnan(values).any():
        return values
    return number(value)


def filling() -> str:
    return "write .filled(...) to say what stands for the masked elements"


def unit(value: Any) -> Any:
    """The cotangent 1 of a result that has to be a real number.

    Raises
    ------
    TypeError : it is an array with axes, or complex.
    """
    if np.ndim(value) or np.iscomplexobj(value):
        raise TypeError(
            f"the function returns an array of shape {np.shape(value)}; a gradient needs a real "
            "number: reduce the result with np.sum, or use adjoint.vjp or adjoint.jacobian"
        )
    return 1.0
