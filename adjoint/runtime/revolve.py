"""Where binomial checkpointing keeps a state; see `adjoint.checkpointed_loop`."""

import math


def split(length: int, snapshots: int) -> int:
    """After how many of `length` steps to keep the next state, so that the fewest are repeated.

    Here r, how often a step is repeated, is the smallest with length <= (snapshots + r choose r).
    """
    if snapshots == 1:
        return length - 1
    r = 1
    while math.comb(snapshots + r, r) < length:
        r += 1
    fewest = math.comb(snapshots + r - 2, r - 2) if r > 1 else 1
    return max(fewest, length - math.comb(snapshots - 1 + r, r))
