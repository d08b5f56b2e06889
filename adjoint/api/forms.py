"""Cotangents and tangents in the form of the values that they belong to."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.runtime.containers import mapped
from adjoint.runtime.records import is_record


def in_form_of(value: Any, given: Any, what: str = "cotangent", of: str = "value") -> Any:
    """A cotangent in the structure, shape and dtype of the value; anything else is refused."""

    def inner(v: Any, g: Any) -> Any:
        return in_form_of(v, g, what, of)

    if is_record(value) and not isinstance(value, tuple):
        if type(given) is not type(value):
            raise ValueError(f"the {of} is a {type(value).__name__}: so must be the {what}")
        return mapped(inner, value, given)
    if isinstance(value, (tuple, list)):
        if not isinstance(given, (tuple, list)) or len(given) != len(value):
            raise ValueError(f"the {of} is a {type(value).__name__} of {len(value)}: so must be "
                             f"the {what}")  # fmt: skip
        items = map(inner, value, given)
        return type(value)(*items) if is_record(value) else type(value)(items)
    if isinstance(value, dict):
        if not isinstance(given, dict) or given.keys() != value.keys():
            raise ValueError(f"the {of} has keys {list(value)}: so must the {what}")
        return {k: inner(v, given[k]) for k, v in value.items()}
    if np.shape(given) != np.shape(value):
        raise ValueError(f"the {what} has shape {np.shape(given)}, the {of} {np.shape(value)}")
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "fc":
        array = np.asarray(given).astype(value.dtype, casting="same_kind", copy=False)
        return array if isinstance(value, np.ndarray) else array[()]
    return float(given) if isinstance(value, float) else given
