"""Look into a rod: how well each part of it conducts heat, from the temperature at a few places.

The heat equation is solved by explicit steps. The conductivity of each cell is unknown, and has to
explain what seven thermometers have seen, and to change little from cell to cell. The Gauss-Newton
method finds it; the Jacobian goes through all time steps.
"""

import numpy as np

from adjoint import jacobian

CELLS = 20
STEPS = 300
TIME_STEP = 0.2
PLACES = np.arange(1, CELLS, 3)
EVERY = 10  # steps between two readings
NOISE = 2e-4


def conductivity():
    """A rod with a part that conducts badly, and one that conducts well."""
    k = np.ones(CELLS - 1)
    k[4:8] = 0.4
    k[12:16] = 1.6
    return k


def readings(k):
    """What the thermometers show [time, place]. The left end is heated, the right end is cold."""
    heat, shown = np.zeros(CELLS), []
    for step in range(STEPS):
        flow = k * np.diff(heat)
        change = np.concatenate([flow, [-heat[-1]]]) - np.concatenate([[heat[0] - 1.0], flow])
        heat = heat + TIME_STEP * change
        if step % EVERY == EVERY - 1:
            shown.append(heat[PLACES])
    return np.stack(shown)


def misses(log_k, seen):
    """Errors of the readings in units of the noise, and how much the conductivity changes."""
    wrong = (readings(np.exp(log_k)) - seen) / NOISE
    return np.concatenate([wrong.ravel(), np.diff(log_k) / 0.2])


def main(rounds: int = 10) -> tuple[np.ndarray, list[float]]:
    """The conductivity that was found, and the misfit in each round."""
    true = conductivity()
    clean = readings(true)
    seen = clean + NOISE * np.random.default_rng(0).normal(size=clean.shape)
    log_k, slopes, misfits = np.zeros(CELLS - 1), jacobian(misses), []
    for _ in range(rounds):
        missed = misses(log_k, seen)
        misfits.append(float(np.mean(missed**2)))
        print(f"mean square of the errors {misfits[-1]:.3f}")
        step = np.linalg.lstsq(slopes(log_k, seen), missed)[0]
        step = step * min(1.0, 0.5 / np.max(np.abs(step)))
        while np.mean(misses(log_k - step, seen) ** 2) > misfits[-1]:
            step = 0.5 * step
        log_k = log_k - step
    found = np.exp(log_k)
    print(f"conductivity: wrong by {np.mean(np.abs(found - true)):.3f} in the mean")
    return found, misfits


def picture(figure) -> None:
    """The true conductivity and the one that was found."""
    axes = figure.subplots()
    axes.step(range(CELLS - 1), conductivity(), ":", color="C2", label="true", where="mid")
    axes.step(range(CELLS - 1), main()[0], color="C0", label="found", where="mid")
    axes.plot(PLACES, np.zeros(len(PLACES)), "^", color="C1", label="thermometers")
    axes.set_xlabel("cell")
    axes.legend()


if __name__ == "__main__":
    main()
