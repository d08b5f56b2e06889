"""Experience: what the last lowering of a loop has found out, for the next lowering of it.

A loop in a loop is lowered once for each round of the fixpoint of the outer one, and again where
a way to lower the outer one was refused. If each time began from nothing, nested loops would take
time exponential in their depth. What is remembered here is a guess: whoever uses it checks it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from adjoint.errors import UnsupportedError
from adjoint.frontend.state import objects as o
from adjoint.frontend.state.lowering import Frame
from adjoint.frontend.state.store import Slot, contents_of
from adjoint.ir.core import Region, enclosing_region
from adjoint.limits import REFUSALS_OF_A_LOOP

#: The keys that lead from a name to an object.
Path = tuple[Any, ...]


@dataclass
class Experience:
    """What is known of one loop, where it stands and from where it was called.

    Attributes
    ----------
    written : the arrays from before the loop that it writes to, and the places in containers,
        each with the path to the array or container; None after a wrong guess.
    by_index : its items are written to, so that they are read by position.
    refused : the containers to which it adds items, with their keys then, and the error.
    """

    written: list[tuple[o.Ref | Slot, Path | None]] | None = field(default_factory=list)
    by_index: bool = False
    refused: list[tuple[o.Obj, Path, UnsupportedError]] = field(default_factory=list)

    def guess(self, frame: Frame) -> list[o.Ref | Slot]:
        """What the loop writes to this time, if it writes to what it wrote to before.

        An object may have become another one at the same path: the one that is carried by the
        loop around.
        """
        found: dict[o.Ref | Slot, None] = {}
        for place, path in self.written or ():
            old = place.container if isinstance(place, Slot) else place
            obj = old if path is None else _at(frame, path)
            if isinstance(place, Slot):
                if path is not None and type(obj) is type(old) and place.key in contents_of(obj):
                    found[Slot(obj, place.key)] = None
            elif type(obj) is o.Ref and _is_visible(frame, obj):
                found[obj] = None
        return list(found)

    def learn(self, frame: Frame, written: Iterable[o.Ref | Slot]) -> None:
        """Remember what the loop writes to."""
        if self.written is not None:
            self.written = [
                (p, _path_to(frame, p.container if isinstance(p, Slot) else p)) for p in written
            ]

    def refuse(self, container: o.Obj, error: UnsupportedError) -> None:
        """Remember that this is no loop of the run, since it adds items to a container."""
        self.refused.append((container, tuple(contents_of(container)), error))

    def refusal(self) -> UnsupportedError | None:
        """Why this is no loop of the run, as long as the containers are what they were.

        A container that has got items each time gets some this time.
        """
        if len(self.refused) > REFUSALS_OF_A_LOOP:
            return self.refused[-1][2]
        for container, keys, error in self.refused:
            if tuple(contents_of(container)) == keys:
                return error
        return None


def experience_of(frame: Frame, node: Any) -> Experience:
    """What is known of a loop that stands at `node`."""
    known: dict[Hashable, Experience] = frame.lowering.root.experience
    key: list[Hashable] = [_position(frame, node)]
    caller = frame.caller
    while caller is not None:
        key.append(_position(caller, caller.node))
        caller = caller.caller
    return known.setdefault(tuple(key), Experience())


def _position(frame: Frame, node: Any) -> Hashable:
    return frame.source.file, getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _is_visible(frame: Frame, ref: o.Ref) -> bool:
    """Is it an object of the code around? Others are of a round that was given up."""
    wanted = enclosing_region(ref.value)
    region: Region | None = frame.lowering.builder.region
    while region is not None and region is not wanted:
        region = region.within
    return region is wanted


def _path_to(frame: Frame, wanted: o.Obj) -> Path | None:
    """How an object is reached from the names of a function: breadth first, without circles."""
    work: list[tuple[Path, o.Obj]] = [((name,), obj) for name, obj in frame.names.items()]
    seen: set[int] = set()
    for path, obj in work:
        if obj is wanted:
            return path
        if isinstance(obj, (o.Seq, o.Mapping, o.Instance)) and id(obj) not in seen:
            seen.add(id(obj))
            work += [((*path, key), part) for key, part in contents_of(obj).items()]
    return None


def _at(frame: Frame, path: Path) -> o.Obj | None:
    obj = frame.names.get(path[0])
    for key in path[1:]:
        if not isinstance(obj, (o.Seq, o.Mapping, o.Instance)):
            return None
        obj = contents_of(obj).get(key)
    return obj
