"""Random programs on both back ends: the compiled ones beside those in NumPy."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import numpy as np

from adjoint import UnsupportedError, grad
from tests.corpus import Case
from tests.fuzz.grammar import Program
from tests.fuzz.judge import crash, load, reason
from tests.native import outcome

_NUMBA = "the back end 'numba' cannot compile this: "


def examine(program: Program, folder: Path) -> tuple[str, str]:
    """What becomes of one program: agrees, skipped, refused, wrong or error; and the reason."""
    os.environ["ADJOINT_CACHE_DIR"] = ""  # nobody needs its machine code again
    f = load(program.source, folder).f
    try:
        with np.errstate(all="ignore"):
            grad(f, program.wrt)(*copy.deepcopy(program.args))
    except UnsupportedError as refusal:
        return "skipped", reason(refusal)
    except Exception as error:
        return _raising(f, program, error)
    try:
        with np.errstate(all="ignore"):
            refused = outcome(Case("fuzz:0:f-0", f, program.args, program.wrt))
    except AssertionError as difference:
        return "wrong", " ".join(str(difference).split())[:300]
    except Exception as failure:
        return "error", crash(failure)
    return ("refused", refused.removeprefix(_NUMBA)[:100]) if refused else ("agrees", "")


def _raising(f: Any, program: Program, error: Exception) -> tuple[str, str]:
    """A program that raises does so in machine code, too."""
    try:
        with np.errstate(all="ignore"):
            grad(f, program.wrt, backend="numba")(*copy.deepcopy(program.args))
    except UnsupportedError as refusal:
        return "refused", reason(refusal).removeprefix(_NUMBA)[:100]
    except Exception as other:
        same = type(other) is type(error)
        return ("agrees", "") if same else ("wrong", f"{error!r} became {other!r}")
    return "wrong", f"{error!r} is not raised"
