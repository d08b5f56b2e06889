"""Records of what writes into an argument, changes NumPy's state, or reads and writes files."""

from __future__ import annotations

import numpy as np

from adjoint.ir.callables.facts import Effect, Facts, Memory, Result, Table, each, named

_WRITER = Facts(writes=(0,), effect=Effect.ORDERED)
_OUTSIDE = Facts(Result(Memory.MAYBE, ()), effect=Effect.ORDERED)

WRITING: Table = (
    each(
        _WRITER, np.copyto, np.put, np.place, np.putmask, np.fill_diagonal, np.put_along_axis,
    ),
    each(
        _OUTSIDE,
        *named(np, "save savetxt savez savez_compressed load loadtxt genfromtxt fromfile "
               "fromregex memmap set_printoptions get_printoptions printoptions seterr geterr "
               "seterrcall geterrcall setbufsize getbufsize errstate show_config show_runtime "
               "info get_include"),
    ),
    # their results may lie in memory that something else writes
    each(
        Facts(Result(Memory.MAYBE, (), read_only=True)),
        *named(np, "frombuffer fromstring from_dlpack asmatrix bmat broadcast nditer nested_iters "
               "frompyfunc vectorize"),
    ),
)  # fmt: skip
