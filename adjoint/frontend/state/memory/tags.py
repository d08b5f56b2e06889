"""Tags: values that say at run time which of several objects a reference is."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.ir.core import Region, Value
from adjoint.ir.staging import active_builders
from adjoint.ir.types import join


@dataclass(frozen=True)
class Tag:
    """A number, or of two cases the condition of the first one."""

    value: Value
    is_condition: bool = False


def by_tag(tag: Tag, count: int, case: Callable[[int], Sequence[Value]]) -> list[Value]:
    """Select the case that the tag says."""
    builder: Any = active_builders[-1]

    def of_the_rest(k: int) -> Sequence[Value]:
        if k + 1 == count:
            return case(k)
        is_this = tag.value if tag.is_condition else builder.apply(operator.eq, tag.value, k)
        with builder.inside(Region()) as then:
            builder.end(values := list(case(k)))
        with builder.inside(Region()) as otherwise:
            builder.end(others := list(of_the_rest(k + 1)))
        types = []
        for a, b in zip(values, others, strict=True):
            type_ = join(a.type, b.type)
            if type_ is None:
                raise UnsupportedError(f"a name is {a.type} on one path and {b.type} on another")
            types.append(type_)
        style = "conditional" if len(types) == 1 else ""
        return builder.if_(is_this, [then, otherwise], types, style=style).results

    return list(of_the_rest(0))
