"""Where binomial checkpointing keeps a state; see `checkpointed_loop` and `checkpointing`."""

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


def first_split(length: int, snapshots: int) -> int:
    """The same where all steps are taken anyway, for the value: keeping a state is free then.

    The pieces between the states are independent: the first is reversed with all snapshots, the
    next with one less, and so on. What s of them need for n steps grows with n by r, the number of
    repetitions, between (s + r - 1 choose s) and (s + r choose s). So the sum is the least where r
    is the same for all pieces.
    """
    if snapshots == 1:
        return length
    r = 0
    while math.comb(snapshots + r + 1, snapshots) - 1 < length:
        r += 1
    fewest = math.comb(snapshots + r - 1, snapshots) if r else 1
    return max(fewest, length - math.comb(snapshots + r, snapshots - 1) + 1)
