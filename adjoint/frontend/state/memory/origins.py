"""Origins: whose memory the objects may be that one iteration of a loop passes to the next.

They may be what was there before the loop, or what an earlier iteration has left. The rounds of
the fixpoint learn it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.memory.aliasing import may_alias, root_of
from adjoint.frontend.state.memory.links import link_containers
from adjoint.frontend.state.store import Place, is_mutable
from adjoint.frontend.state.structure import leaves
from adjoint.ir.core import Region, enclosing_region, is_inside


@dataclass
class Origins:
    """What is known so far of the arrays and containers that a loop carries.

    Attributes
    ----------
    extra : of an array, the objects from before the loop that it may be.
    held : of an array, why a write into it would be ambiguous.
    confused : pairs of arrays that may be the same memory.
    others : of a container, those from before the loop that it may be.
    entered : of an array, the object before the loop; it may be that one in any case.
    """

    extra: dict[tuple[Place, int], frozenset[o.Ref]] = field(default_factory=dict)
    held: dict[tuple[Place, int], str] = field(default_factory=dict)
    confused: set[frozenset[tuple[Place, int]]] = field(default_factory=set)
    others: dict[Place, list[o.Obj]] = field(default_factory=dict)
    entered: dict[tuple[Place, int], o.Ref] = field(default_factory=dict)

    def alias(
        self, shapes: dict[Place, Any], carried: dict[Place, o.Obj], entries: dict[Place, o.Obj]
    ) -> None:
        """What the carried arrays may be: those before the loop, or of the last iteration."""
        group = object()
        refs = _leaves(carried, shapes)
        before = _leaves(entries, shapes)
        self.entered = {key: root_of(entry) for key, entry in before.items()}
        for key, ref in refs.items():
            entry = before.get(key)
            ref.group = group
            ref.aliases = self.extra.get(key, frozenset())
            ref.shared = self.held.get(key, "")
            if entry is not None:
                root = root_of(entry)
                ref.aliases |= {root}
                ref.shared = ref.shared or root.shared
                if root is not entry:
                    ref.shared = ref.shared or "it may be a view"
        for (j, a), (k, b) in itertools.combinations(before.items(), 2):
            if may_alias(root_of(a), root_of(b)):
                self.confused.add(frozenset((j, k)))
        for pair in self.confused:
            j, k = pair
            if j in refs and k in refs:
                refs[j].confused.add(refs[k])
                refs[k].confused.add(refs[j])

    def learn_arrays(
        self,
        shapes: dict[Place, Any],
        carried: dict[Place, o.Obj],
        ends: dict[Place, o.Obj],
        region: Region,
    ) -> bool:
        """Note what arrays an iteration leaves to the next one; True when that is news."""
        known = (self._news(), dict(self.held), set(self.confused))
        refs = _leaves(carried, shapes)
        after = _leaves(ends, shapes)
        own = set(refs.values())
        for key, leaf in after.items():
            root = root_of(leaf)
            if leaf is not root and root not in own:
                self.held.setdefault(key, "it may be a view")
            elif leaf is not root and root is not refs.get(key):
                self.held.setdefault(key, "it may be a view")
            if root.shared and root not in own:
                self.held.setdefault(key, root.shared)
            self.extra[key] = self.extra.get(key, frozenset()) | _outer(root, own, region)
        for (j, a), (k, b) in itertools.combinations(after.items(), 2):
            if may_alias(root_of(a), root_of(b)):
                self.confused.add(frozenset((j, k)))
        return known != (self._news(), self.held, self.confused)

    def _news(self) -> dict[tuple[Place, int], frozenset[o.Ref]]:
        """What is in `extra`, without what is known at the entry.

        A round that finds nothing else is the last one. One more for each loop would make nested
        loops exponential.
        """
        own = {key: frozenset([root]) for key, root in self.entered.items()}
        news = {key: roots - own.get(key, frozenset()) for key, roots in self.extra.items()}
        return {key: roots for key, roots in news.items() if roots}

    def learn_containers(
        self, ends: dict[Place, o.Obj], entries: dict[Place, o.Obj], first: int
    ) -> bool:
        """Note which containers from before the loop are carried; True when that is news."""
        news = False
        for place, end in ends.items():
            older = isinstance(end, (o.Seq, o.Mapping, o.Instance)) and end.serial < first
            known = self.others.setdefault(place, [])
            if older and end not in known and end is not entries[place]:
                known.append(end)
                news = True
        return news

    def link(self, place: Place, obj: o.Obj, entry: o.Obj) -> None:
        """Remember in the containers of what is carried which ones they may be."""
        link_containers(obj, [entry, *self.others.get(place, [])])


def _leaves(objs: dict[Place, o.Obj], shapes: dict[Place, Any]) -> dict[tuple[Place, int], o.Ref]:
    """The arrays at the leaves of what is carried."""
    return {
        (place, k): leaf
        for place, shape in shapes.items()
        for k, leaf in enumerate(leaves(objs.get(place, o.UNASSIGNED), shape))
        if isinstance(leaf, o.Ref) and is_mutable(leaf.value.type)
    }


def _outer(root: o.Ref, own: set[o.Ref], region: Region) -> frozenset[o.Ref]:
    """The objects from before the loop that this may be."""
    inside = enclosing_region(root.value)
    if root in own:
        return frozenset(a for a in root.aliases if a not in own)
    if inside is None or not is_inside(inside, region):
        return frozenset([root])
    found: frozenset[o.Ref] = frozenset()
    for alias in root.aliases:
        found |= _outer(alias, own, region)
    return found
