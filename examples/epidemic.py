"""Fit an epidemic: rates of infection and recovery from the number of the sick.

The model divides a population into susceptible, infected and recovered people. From noisy counts
of the first sixty days the Gauss-Newton method finds the two rates and the number of people who
were ill at first, with their errors. The Jacobian goes through a loop over days and hours.
"""

import numpy as np

from adjoint import jacobian

DAYS = 60
PARTS = 4  # of a day
NOISE = 0.002
TRUTH = np.log(np.array([0.35, 0.12, 0.001]))


def infected(logs, days):
    """The infected part of the population on each day; the parameters are positive."""
    infection, recovery, ill = np.exp(logs)
    susceptible, curve = 1.0 - ill, []
    for _ in range(days):
        curve.append(ill)
        for _ in range(PARTS):
            new = infection * susceptible * ill / PARTS
            susceptible = susceptible - new
            ill = ill + new - recovery * ill / PARTS
    return np.stack(curve)


def observations(rng: np.random.Generator) -> np.ndarray:
    return infected(TRUTH, DAYS) + NOISE * rng.normal(size=DAYS)


def fit(seen: np.ndarray, logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The parameters, and their covariance."""
    slopes = jacobian(infected)
    for _ in range(30):
        wrong = infected(logs, len(seen)) - seen
        J = slopes(logs, len(seen))
        damped = J.T @ J + 1e-4 * wrong @ wrong * np.eye(3)
        step = np.linalg.solve(damped, J.T @ wrong)
        logs = logs - step * min(1.0, 0.5 / np.max(np.abs(step)))
    return logs, NOISE**2 * np.linalg.inv(J.T @ J)


def main() -> tuple[np.ndarray, np.ndarray]:
    """The parameters that were found, and their standard deviations, as logarithms."""
    seen = observations(np.random.default_rng(0))
    found, covariance = fit(seen, np.log(np.array([0.5, 0.2, 0.002])))
    errors = np.sqrt(np.diag(covariance))
    for name, log, error, true in zip(
        ("infection", "recovery", "ill at first"), found, errors, TRUTH, strict=True
    ):
        print(f"{name:12}  {np.exp(log):.4f} +- {np.exp(log) * error:.4f}  ({np.exp(true):.4f})")
    return found, errors


def picture(figure) -> None:
    """The counts, the fit, and how it goes on."""
    axes, seen = figure.subplots(), observations(np.random.default_rng(0))
    axes.plot(seen, ".", color="C1", label="counted")
    axes.plot(infected(main()[0], 120), color="C0", label="fitted")
    axes.plot(infected(TRUTH, 120), ":", color="C2", label="true")
    axes.set_xlabel("day")
    axes.legend()


if __name__ == "__main__":
    main()
