"""Functions and weights on their way to other processes, each unpickled once per process."""

from __future__ import annotations

import hashlib
import pickle
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

#: How many objects of each kind a process keeps: functions keep their compiled programs.
KEPT = {"function": 32, "weights": 2}
_here: dict[str, OrderedDict[str, Any]] = {kind: OrderedDict() for kind in KEPT}
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Sent:
    """A pickled object and the digest of the pickle.

    A process unpickles each digest once. So a gradient function that arrives with every task is
    one object, which compiles its program once. The object must not be modified.
    """

    kind: str
    digest: str
    pickled: bytes

    @classmethod
    def of(cls, kind: str, python: Any) -> Sent:
        pickled = _dumps(python)
        return cls(kind, hashlib.sha256(pickled).hexdigest(), pickled)

    def load(self) -> Any:
        with _LOCK:
            here = _here[self.kind]
            if self.digest not in here:
                here[self.digest] = pickle.loads(self.pickled)
                while len(here) > KEPT[self.kind]:
                    here.popitem(last=False)
            here.move_to_end(self.digest)
            return here[self.digest]


@dataclass(frozen=True)
class Shared:
    """The same interface for an object that stays in its process."""

    python: Any

    def load(self) -> Any:
        return self.python


@dataclass(frozen=True)
class ByValue:
    """An object that is pickled by value, and arrives as itself."""

    python: Any

    def __reduce__(self) -> Any:
        return pickle.loads, (_dumps(self.python),)


def _dumps(python: Any) -> bytes:
    """The pickle, by value for functions of scripts and notebooks, if cloudpickle is there."""
    try:
        import cloudpickle
    except ImportError:
        return pickle.dumps(python)
    return cloudpickle.dumps(python)  # type: ignore[no-any-return]


def travels(error: BaseException) -> BaseException:
    """The error, or one with the same text if it cannot be pickled and unpickled."""
    notes = list(getattr(error, "__notes__", ()))
    try:
        again = pickle.loads(_dumps(error))
        if type(again) is type(error) and str(again) == str(error):
            return error
    except Exception:  # an exception class may do anything here
        pass
    stand_in = RuntimeError(f"{type(error).__name__}: {error}")
    for note in notes:
        stand_in.add_note(note)
    return stand_in
