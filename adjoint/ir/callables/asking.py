"""Records of what asks: for shapes, types and truths of arrays, and for text about them."""

from __future__ import annotations

import numpy as np

from adjoint.ir.callables.facts import (
    OWN,
    Cheap,
    Effect,
    Facts,
    Memory,
    Result,
    Table,
    each,
    functions,
    named,
)

_FORM = Facts(form_only=True, cheap=Cheap.ALWAYS, any_shapes=True)
#: Their answers about types are known when the program is compiled.
ABOUT_TYPES = named(
    np,
    "result_type can_cast promote_types min_scalar_type common_type mintypecode issubdtype "
    "isdtype finfo iinfo dtype typename",
)

ASKING: Table = (
    each(_FORM, np.shape, np.size),
    each(Facts(any_shapes=True), np.ndim),
    each(Facts(folds=True), *ABOUT_TYPES),
    each(
        OWN,
        *named(np, "allclose array_equal array_equiv broadcast_shapes shares_memory "
               "may_share_memory isfortran iterable isscalar isrealobj iscomplexobj "
               "triu_indices_from tril_indices_from diag_indices_from unravel_index "
               "ravel_multi_index ndindex ndenumerate einsum_path base_repr binary_repr "
               "array2string array_repr array_str format_float_positional "
               "format_float_scientific busday_count busday_offset is_busday datetime_as_string "
               "datetime_data"),
    ),
    # they raise, or do nothing
    each(
        Facts(effect=Effect.ORDERED),
        *(f for f in functions(np.testing) if f.__name__.startswith("assert_")),
    ),
    each(Facts(Result(Memory.MAYBE, ())), *functions(np.char), *functions(np.strings)),
)  # fmt: skip
