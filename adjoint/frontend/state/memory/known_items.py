"""Lists of objects that are changed later: `bodies = [Body(...) for i in range(3)]`.

A comprehension collects its items in a list that is one value, of which nobody can change an
item. A change of an item says so, and the program is lowered once more, with lists whose items
are known one by one.
"""

from __future__ import annotations

from typing import Any

from adjoint.assumptions import KnownItems
from adjoint.errors import Span
from adjoint.frontend.state import objects as o

#: Why an item of a list that is one value is not changed.
OF_A_LIST = "it is an element of a list"
OF_A_LOOP = "it is an element of what the loop runs over"


def collects(lowering: Any, item: o.Obj) -> None:
    """Note that a comprehension collects objects that can be changed."""
    if isinstance(item, (o.Seq, o.Mapping, o.Instance)):
        lowering.root.object_lists.add(lowering.builder.span)


def need_known_items(lowering: Any, reason: str, changed: Any = None) -> None:
    """Ask for lists of known items, where something is to be changed that is shared for `reason`.

    It may be a row of the list `changed`, of which something else holds rows.

    Raises
    ------
    KnownItems : if there are comprehensions of which this was not asked before.
    """
    root = lowering.root
    spans = root.object_lists - root.known.known_items
    if reason in (OF_A_LIST, OF_A_LOOP) and spans:
        raise KnownItems(spans)
    made = getattr(changed, "rows", None)
    if isinstance(made, Span) and made not in root.known.known_items:
        raise KnownItems({made})
