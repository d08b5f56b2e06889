"""Move a robot's arm: angles of joints over time, from a start to a goal and around an obstacle.

The unknown is the whole motion. The hand should end at the goal, the joints should turn evenly,
and no point of the arm may come near the obstacle. The gradient goes through the joints, each of
which moves all that is behind it.
"""

import numpy as np

from adjoint import optim, value_and_grad

LENGTHS = np.array([1.0, 0.8, 0.6, 0.4])
TIMES = 25
PARTS = (0.0, 0.25, 0.5, 0.75)  # of the time between two, when the arm is watched too
GOAL = np.array([-1.0, 1.4])
OBSTACLE, CLEARANCE = np.array([0.9, 2.3]), 0.35
FIRST = np.array([0.2, 0.2, 0.2, 0.2])
FOLDED = np.array([0.3, 1.2, 1.2, 0.2])  # where the first guess waits


def joints(angles):
    """The points of the arm [joint, time, xy] for angles [time, joint], from base to hand."""
    heading, at, points = np.zeros(len(angles)), np.zeros((len(angles), 2)), []
    for k, length in enumerate(LENGTHS):
        heading = heading + angles[:, k]
        at = at + length * np.stack([np.cos(heading), np.sin(heading)], axis=1)
        points.append(at)
    return np.stack(points)


@value_and_grad
def cost(motion):
    """What is wrong with a motion [time, joint]; it begins at rest in `FIRST`."""
    angles = np.concatenate([np.broadcast_to(FIRST, (1, 4)), motion])
    between = np.concatenate([angles[:-1] + part * np.diff(angles, axis=0) for part in PARTS])
    points = joints(between)
    middles = 0.5 * (points[1:] + points[:-1])
    total = 1000.0 * np.sum((joints(angles)[-1, -1] - GOAL) ** 2)
    total += 20.0 * np.sum(np.diff(angles, axis=0) ** 2)
    for each in (points, middles):
        distance = np.sqrt(np.sum((each - OBSTACLE) ** 2, axis=-1))
        total += 200.0 * np.sum(np.maximum(CLEARANCE + 0.05 - distance, 0.0) ** 2)
    return total


def main(rounds: int = 400) -> np.ndarray:
    """The motion that was found."""
    half = TIMES // 2
    motion = np.concatenate([np.linspace(FIRST, FOLDED, half + 2)[1:-1], [FOLDED] * (half + 1)])
    state = optim.adam.init(motion)
    for k in range(rounds):
        value, slope = cost(motion)
        motion, state = optim.adam.update(
            slope, state, motion, optim.cosine_decay(k, 0.05, rounds)
        )
        if k % (rounds // 5) == 0:
            print(f"round {k:3d}  cost {value:9.3f}")
    points = joints(motion)
    nearest = np.min(np.linalg.norm(points - OBSTACLE, axis=-1))
    print(f"the hand misses by {np.linalg.norm(points[-1, -1] - GOAL):.4f}")
    print(f"the arm keeps a distance of {nearest:.3f} from the obstacle ({CLEARANCE})")
    return motion


def picture(figure) -> None:
    """The arm at several times."""
    axes = figure.subplots()
    points = joints(np.concatenate([FIRST[None], main()]))
    for time in range(0, TIMES + 1, 3):
        arm = np.concatenate([np.zeros((1, 2)), points[:, time]])
        axes.plot(*arm.T, "-o", color="C0", alpha=0.15 + 0.85 * time / TIMES, markersize=3)
    axes.plot(*points[-1].T, ":", color="C2")
    axes.plot(*GOAL, "*", color="C2", markersize=12)
    turn = np.linspace(0.0, 2.0 * np.pi, 60)
    axes.fill(*(OBSTACLE[:, None] + CLEARANCE * np.stack([np.cos(turn), np.sin(turn)])), "C1")
    axes.set_aspect("equal")


if __name__ == "__main__":
    main()
