"""Links: which objects from before a join, or a call, an object from after it may be."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.state import State
from adjoint.frontend.state.store import contents_of, is_mutable
from adjoint.frontend.state.structure import leaves, shape_of


def link_containers(joined: o.Obj, sources: Sequence[o.Obj]) -> None:
    """Remember in the containers after a join which ones they may be."""
    if not isinstance(joined, (o.Seq, o.Mapping, o.Instance)):
        return
    alike = [s for s in sources if type(s) is type(joined) and s is not joined]
    for source in alike:
        joined.origins |= {source} | source.origins  # type: ignore[attr-defined]
    for key, item in contents_of(joined).items():
        link_containers(item, [c[key] for s in alike if key in (c := contents_of(s))])


def link(state: State, joined: o.Obj, sources: Sequence[o.Obj]) -> o.Obj:
    """Remember in the objects after a branch whose memory they may be."""
    link_containers(joined, sources)
    shape = shape_of(joined, state)
    for position, new in enumerate(leaves(joined, shape)):
        if not isinstance(new, o.Ref) or not is_mutable(new.value.type):
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
    roots: set[o.Ref] = set()
    work = list(given)
    while work:
        item = work.pop()
        if isinstance(item, o.Ref) and is_mutable(item.value.type):
            roots.add(item.base if isinstance(item, o.View) else item)
        work += o.parts_of(item)
    work = [result]
    while work:
        item = work.pop()
        if isinstance(item, o.Ref) and is_mutable(item.value.type):
            item.aliases |= roots
        work += o.parts_of(item)
    return result
