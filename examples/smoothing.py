"""Smooth a track: the states of a moving thing from noisy measurements, as Kalman would.

The most likely track minimises a sum of squares: misses of the measurements, and accelerations.
Its gradient is linear in the track, so Newton's method ends after one step. Conjugate gradients
find the step, with products of the Hessian and a vector from `adjoint.hvp`. It is the track of the
Kalman filter and the smoother of Rauch, Tung and Striebel (1965), which follow for comparison.
"""

import numpy as np

from adjoint import grad, hvp

STEP = 0.2
NOISE = 0.5  # of a measurement
PUSH = 0.4  # of an acceleration
MOVE = np.array([[1.0, STEP], [0.0, 1.0]])
SPREAD = PUSH**2 * np.array([[STEP**3 / 3.0, STEP**2 / 2.0], [STEP**2 / 2.0, STEP]])
FIRST = np.diag([10.0, 10.0])  # the covariance of the first state, whose mean is zero


def unlikeliness(track, seen):
    """The negative logarithm of the likelihood of a track [time, position and speed]."""
    total = 0.5 * track[0] @ np.linalg.solve(FIRST, track[0])
    for before, after in zip(track[:-1], track[1:], strict=True):
        jump = after - MOVE @ before
        total += 0.5 * jump @ np.linalg.solve(SPREAD, jump)
    return total + 0.5 * np.sum((track[:, 0] - seen) ** 2) / NOISE**2


def newton_step(track, seen):
    """What conjugate gradients find for the step to the minimum."""
    product = hvp(unlikeliness)
    left = -grad(unlikeliness)(track, seen)
    step, along = np.zeros_like(track), left
    for _ in range(4 * track.size):
        size = np.sum(left * left)
        if size < 1e-20:
            break
        curved = product(track, seen, along)
        rate = size / np.sum(along * curved)
        step, left = step + rate * along, left - rate * curved
        along = left + np.sum(left * left) / size * along
    return step


def kalman(seen):
    """The filter, forward, and the smoother, backward."""
    mean, cov, kept = np.zeros(2), FIRST, []
    for k, measured in enumerate(seen):
        if k:
            mean, cov = MOVE @ mean, MOVE @ cov @ MOVE.T + SPREAD
        gain = cov[:, 0] / (cov[0, 0] + NOISE**2)
        mean, cov = mean + gain * (measured - mean[0]), cov - np.outer(gain, cov[0])
        kept.append((mean, cov))
    track = [mean]
    for mean, cov in reversed(kept[:-1]):
        gain = cov @ MOVE.T @ np.linalg.inv(MOVE @ cov @ MOVE.T + SPREAD)
        track.append(mean + gain @ (track[-1] - MOVE @ mean))
    return np.array(track[::-1])


def measured(count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """True positions, and what was seen of them."""
    true = 3.0 * np.sin(0.6 * STEP * np.arange(count))
    return true, true + NOISE * np.random.default_rng(0).normal(size=count)


def main() -> tuple[np.ndarray, np.ndarray]:
    """The track by derivatives, and the one by the formulas of Kalman."""
    true, seen = measured()
    track = newton_step(np.zeros((len(seen), 2)), seen)
    by_formula = kalman(seen)
    for name, positions in (("measured", seen), ("smoothed", track[:, 0])):
        print(f"{name}: wrong by {np.sqrt(np.mean((positions - true) ** 2)):.3f}")
    print(f"the two smoothed tracks differ by {np.max(np.abs(track - by_formula)):.1e}")
    return track, by_formula


def picture(figure) -> None:
    """The measurements and the tracks."""
    axes, (true, seen) = figure.subplots(), measured()
    axes.plot(seen, ".", color="C1", label="measured")
    axes.plot(true, ":", color="C2", label="true")
    axes.plot(main()[0][:, 0], color="C0", label="smoothed")
    axes.legend()


if __name__ == "__main__":
    main()
