"""Origins: whose memory the objects may be that one iteration of a loop passes to the next.

They may be what was there before the loop, or what an earlier iteration has left. The rounds of
the fixpoint learn it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from adjoint.frontend.state import objects as o
from adjoint.frontend.state.memory.aliasing import may_alias, root_of
from adjoint.frontend.state.memory.choices import is_array_type, options_of, owners
from adjoint.frontend.state.memory.links import link_containers
from adjoint.frontend.state.memory.tags import Tag
from adjoint.frontend.state.state import Place, State
from adjoint.frontend.state.store import is_mutable
from adjoint.frontend.state.structure import Leaf, leaf_shapes, leaf_types, leaves
from adjoint.ir.core import Region, Value, enclosing_region, is_inside

#: A leaf of a place that is carried.
Key = tuple[Place, int]
#: A name that may be more arrays than this is not followed.
MOST_MEMBERS = 8


@dataclass
class Origins:
    """Facts that are known so far about the arrays and containers that a loop carries.

    Attributes
    ----------
    extra : of an array, the objects from before the loop that it may be.
    held : of an array, why a write into it would be ambiguous.
    confused : pairs of arrays that may be the same memory.
    members : of an array, all that it may be; None where that is not known.
    others : of a container, those from before the loop that it may be.
    entered : of an array, the object before the loop; it may be that one in any case.
    """

    extra: dict[Key, frozenset[o.Ref]] = field(default_factory=dict)
    held: dict[Key, str] = field(default_factory=dict)
    confused: set[frozenset[Key]] = field(default_factory=set)
    others: dict[Place, list[o.Obj]] = field(default_factory=dict)
    entered: dict[Key, o.Ref] = field(default_factory=dict)
    members: dict[Key, list[o.Ref | None] | None] = field(default_factory=dict)

    def begin(self, shapes: dict[Place, Any], entries: dict[Place, o.Obj], since: int) -> None:
        """Note what the arrays are that have come to be carried, in the first iteration."""
        for key, leaf, shape in _places(shapes, entries):
            if shape.missing or not is_array_type(shape.type):
                self.members[key] = None
            elif key not in self.members:
                options = options_of(leaf, since, lambda root: False)
                self.members[key] = None if options is None else list(options.members)

    def tagged(self, shapes: dict[Place, Any]) -> list[Key]:
        """The arrays that may be one of several, so that a tag says which one."""
        keys = ((place, k) for place, s in shapes.items() for k in range(len(list(leaf_types(s)))))
        return [key for key in keys if len(self.members.get(key) or ()) > 1]

    def learn_members(
        self,
        shapes: dict[Place, Any],
        ends: dict[Place, o.Obj],
        since: int,
    ) -> bool:
        """Note what an iteration leaves to the next one; True when that is news."""
        found = list(_places(shapes, ends))
        names = Counter(owner for _, leaf, _ in found for owner in owners(leaf))
        news = False
        for key, leaf, _ in found:
            known = self.members.get(key)
            if known is None:
                continue
            options = options_of(leaf, since, lambda root: names[root] > 1)
            new = None if options is None else list(dict.fromkeys([*known, *options.members]))
            if new is None or len(new) > MOST_MEMBERS:
                self.members[key], news = None, True
            elif new != known:
                self.members[key], news = new, True
        return news

    def tag_of(self, key: Key, leaf: o.Obj, since: int) -> Value:
        """The tag of what an array is."""
        options = options_of(leaf, since, lambda root: False)
        members = self.members[key]
        assert options is not None and members is not None
        return options.number([members.index(m) for m in options.members])

    def made(self, key: Key, shape: Leaf, value: Value, tag: Value | None) -> o.Ref:
        """The object of an array that is carried, with its value and tag."""
        members = self.members.get(key)
        if members is not None and members[0] is not None and len(members) == 1:
            return members[0]
        if members is None or tag is None:
            return o.Ref(value, missing=shape.missing)
        return o.Either(value, tag=Tag(tag), members=tuple(members))

    def alias(
        self,
        state: State,
        shapes: dict[Place, Any],
        carried: dict[Place, o.Obj],
        entries: dict[Place, o.Obj],
        since: int,
    ) -> None:
        """Set which arrays the carries may be: those before the loop, or of the last iteration."""
        group = object()
        refs = {k: r for k, r in _leaves(carried, shapes).items() if r.serial > since}
        before = _leaves(entries, shapes)
        self.entered = {key: root_of(entry) for key, entry in before.items()}
        for key, ref in refs.items():
            entry = before.get(key)
            ref.group = group
            if isinstance(ref, o.Either):
                state.mark(ref, seen=tuple(map(state.read, ref.roots)))
                continue
            ref.aliases = self.extra.get(key, frozenset())
            shared = self.held.get(key, "")
            if entry is not None:
                root = root_of(entry)
                ref.aliases |= {root}
                shared = shared or root.shared or ("" if root is entry else "it may be a view")
            state.mark(ref, shared=shared)
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
        since: int,
    ) -> bool:
        """Note what arrays an iteration leaves to the next one; True when that is news."""
        known = (self._news(), dict(self.held), set(self.confused))
        refs = _leaves(carried, shapes)
        after = _leaves(ends, shapes)
        own = {ref for ref in refs.values() if ref.serial > since}
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

    def _news(self) -> dict[Key, frozenset[o.Ref]]:
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


def _places(
    shapes: dict[Place, Any], objs: dict[Place, o.Obj]
) -> Iterator[tuple[Key, o.Obj, Leaf]]:
    """The leaves of what is carried, with their shapes."""
    for place, shape in shapes.items():
        pairs = zip(leaves(objs[place], shape), leaf_shapes(shape), strict=True)
        for k, (leaf, own) in enumerate(pairs):
            yield (place, k), leaf, own


def _leaves(objs: dict[Place, o.Obj], shapes: dict[Place, Any]) -> dict[Key, o.Ref]:
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
        return frozenset(a for a in root.points_to if a not in own)
    if inside is None or not is_inside(inside, region):
        return frozenset([root])
    found: frozenset[o.Ref] = frozenset()
    for alias in root.points_to:
        found |= _outer(alias, own, region)
    return found
