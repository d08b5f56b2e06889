"""Links: which objects from before a join, or a call, an object from after it may be."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TypeGuard

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.state import State
from adjoint.frontend.state.store import contents_of, is_mutable
from adjoint.frontend.state.structure import leaves, shape_of


def link_containers(
    joined: o.Obj, sources: Sequence[o.Obj], holders: tuple[o.Obj, ...] = ()
) -> None:
    """Remember in the containers after a join which ones they may be."""
    if not isinstance(joined, (o.Seq, o.Mapping, o.Instance)) or joined in holders:
        return
    alike = [s for s in sources if type(s) is type(joined) and s is not joined]
    for source in alike:
        joined.origins |= {source} | source.origins  # type: ignore[attr-defined]
    for key, item in contents_of(joined).items():
        held = [c[key] for s in alike if key in (c := contents_of(s))]
        link_containers(item, held, (*holders, joined))


def link(state: State, joined: o.Obj, sources: Sequence[o.Obj]) -> o.Obj:
    """Remember in the objects after a branch whose memory they may be."""
    link_containers(joined, sources)
    shape = shape_of(joined, state)
    for position, new in enumerate(leaves(joined, shape)):
        if new in sources or isinstance(new, o.Either) or not _is_array(new):
            continue
        for source in sources:
            old = next(itertools.islice(leaves(source, shape), position, None), o.UNASSIGNED)
            if isinstance(old, o.Seq):
                state.hold(old, "it may be in a list")
            if isinstance(old, o.Ref) and old is not new:
                root = old.base if isinstance(old, o.View) else old
                new.aliases |= {root}
                view = "it may be a view" if isinstance(old, o.View) else ""
                state.mark(new, shared=view or new.shared or root.shared)
    return joined


def may_return(result: o.Obj, given: Sequence[o.Obj]) -> o.Obj:
    """The result of a function that was not inlined may be, or hold, what it was given."""
    arrays = [item for obj in given for item in o.whole(obj) if _is_array(item)]
    roots = frozenset(item.base if isinstance(item, o.View) else item for item in arrays)
    for item in filter(_is_array, o.whole(result)):
        item.aliases |= roots
    return result


def _is_array(obj: o.Obj) -> TypeGuard[o.Ref]:
    return isinstance(obj, o.Ref) and is_mutable(obj.value.type)
