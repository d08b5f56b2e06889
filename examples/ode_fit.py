"""Weigh a pendulum by watching it: fit a differential equation to noisy observations.

The angle of a damped pendulum is measured 40 times. Its stiffness (gravity over length), damping
and starting point are found by gradient descent. There are two ways to the gradient:

- The discrete adjoint is reverse mode through the solver, exact for the numbers that it computes.
- The continuous adjoint λ obeys λ' = -(∂f/∂z)ᵀ λ backwards in time and jumps at each observation
  by what the observation wants (Cao, Li, Petzold and Serban, "Adjoint sensitivity analysis for
  differential-algebraic equations", 2003). Its pullbacks come from `adjoint.vjp`.

The second is the gradient of the exact solution, up to an error of its own. They meet as the steps
become small, at the order of the method, which is four.
"""

import numpy as np

from adjoint import optim, value_and_grad, vjp

INTERVAL = 0.25  # between observations
TRUTH = {"z": np.array([2.0, 0.0]), "p": np.array([9.81, 0.3])}


def field(z, p):
    """The velocity of angle and angular speed, for a stiffness and a damping."""
    angle, speed = z
    stiffness, damping = p
    return np.stack([speed, -stiffness * np.sin(angle) - damping * speed])


def runge_kutta(f, z, h):
    """One step of the classical fourth-order method for z' = f(z)."""
    k1 = f(z)
    k2 = f(z + 0.5 * h * k1)
    k3 = f(z + 0.5 * h * k2)
    k4 = f(z + h * k3)
    return z + (h / 6.0) * (k1 + 2.0 * k2 + 2.0 * k3 + k4)


def advance(f, z, steps):
    """The state one interval later."""
    for _ in range(steps):
        z = runge_kutta(f, z, INTERVAL / steps)
    return z


@value_and_grad
def misfit(unknown, observed, steps):
    """Half the sum of the squared errors, with some steps of the solver between observations."""
    z, p = unknown["z"], unknown["p"]
    total = 0.0
    for angle in observed:
        z = advance(lambda z: field(z, p), z, steps)
        total += 0.5 * (z[0] - angle) ** 2
    return total


def continuous_adjoint(unknown, observed, steps):
    """The gradient of `misfit`, by integrating the adjoint equation over each interval."""
    z, p = unknown["z"], unknown["p"]
    states = []
    for _ in observed:
        z = advance(lambda z: field(z, p), z, steps)
        states.append(z)

    def backwards(state):
        velocity, pullback = vjp(field, state[:2], p)
        z_bar, p_bar = pullback(state[2:4])
        return np.concatenate([-velocity, z_bar, p_bar])

    z_bar, p_bar = np.zeros(2), np.zeros(2)
    for z, angle in zip(reversed(states), reversed(observed), strict=True):
        z_bar = z_bar + np.array([z[0] - angle, 0.0])
        end = advance(backwards, np.concatenate([z, z_bar, p_bar]), steps)
        z_bar, p_bar = end[2:4], end[4:]
    return {"z": z_bar, "p": p_bar}


def observations(rng: np.random.Generator, count: int = 40, noise: float = 0.02) -> np.ndarray:
    z, angles = TRUTH["z"], []
    for _ in range(count):
        z = advance(lambda z: field(z, TRUTH["p"]), z, 50)
        angles.append(z[0])
    return np.array(angles) + noise * rng.normal(size=count)


def fit(unknown: dict, observed: np.ndarray, steps: int, rounds: int) -> dict:
    """Adam, first on the beginning of the observations, then on ever more of them.

    The misfit of all of them has many valleys, one for each number of swings that could be missed.
    """
    state = optim.adam.init(unknown)
    for k in range(rounds):
        seen = observed[: 5 + len(observed) * k // (rounds // 2)]
        value, slope = misfit(unknown, seen, steps)
        rate = optim.cosine_decay(k, 0.05, rounds)
        unknown, state = optim.adam.update(slope, state, unknown, rate)
        if k % (rounds // 5) == 0:
            print(f"round {k:3d}  misfit of {len(seen):2d} observations {value:.5f}")
    return unknown


def main(rounds: int = 200) -> tuple[dict, list[float]]:
    """What the fit finds, and how far the two gradients are apart for ever smaller steps."""
    observed = observations(np.random.default_rng(0))
    guess = {"z": np.array([1.5, 0.5]), "p": np.array([7.0, 0.0])}
    distances = []
    for steps in (4, 8, 16, 32):
        _, discrete = misfit(guess, observed, steps)
        continuous = continuous_adjoint(guess, observed, steps)
        difference = [discrete[name] - continuous[name] for name in ("z", "p")]
        distances.append(float(np.max(np.abs(difference))))
        print(f"{steps:2d} steps an interval: the adjoints differ by {distances[-1]:.1e}")
    found = fit(guess, observed, 5, rounds)
    print(f"stiffness {found['p'][0]:.3f} (9.81), damping {found['p'][1]:.4f} (0.3)")
    print(f"start {found['z'][0]:.3f} (2.0), with speed {found['z'][1]:.3f} (0.0)")
    return found, distances


def picture(figure) -> None:
    """The observations, and the pendulum that was found."""
    axes, observed = figure.subplots(), observations(np.random.default_rng(0))
    guess = {"z": np.array([1.5, 0.5]), "p": np.array([7.0, 0.0])}
    found, angles = fit(guess, observed, 5, 100), []
    z = found["z"]
    for _ in range(8 * len(observed)):
        z = runge_kutta(lambda z: field(z, found["p"]), z, INTERVAL / 8)
        angles.append(z[0])
    axes.plot(INTERVAL * np.arange(1, 1 + len(observed)), observed, ".", color="C1")
    axes.plot(INTERVAL / 8 * np.arange(1, 1 + len(angles)), angles, color="C0")
    axes.set_xlabel("time")
    axes.set_ylabel("angle")


if __name__ == "__main__":
    main()
